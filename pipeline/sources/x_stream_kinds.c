/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/x_stream_kinds.h"

const x_stream_form x_stream_forms[X_STREAM_KINDS] = {
    {"filtered", "X filtered stream", "/2/tweets/search/stream", 0, true},
    {"sampled", "X sampled stream", "/2/tweets/sample/stream", 0, true},
    {"sample10", "X 10 % sample", "/2/tweets/sample10/stream", 2, true},
    {"firehose", "X firehose", "/2/tweets/firehose/stream", 20, true},
    {"tweets-compliance", "X tweets compliance", "/2/tweets/compliance/stream", 4, false},
    {"users-compliance", "X users compliance", "/2/users/compliance/stream", 4, false},
};

static bool find_kind(text word, x_stream_kind *kind) {
    for (size_t i = 0; i < X_STREAM_KINDS; i++) {
        if (!text_equal(word, text_of(x_stream_forms[i].word))) continue;
        *kind = (x_stream_kind)i;
        return true;
    }
    return false;
}

static status add(x_stream_choice c, x_stream_choice *result, size_t max, size_t *count) {
    for (size_t i = 0; i < *count; i++)
        if (result[i].kind == c.kind && result[i].partition == c.partition)
            return STATUS_BAD_ARGUMENT;
    if (*count == max) return STATUS_TOO_LARGE;
    result[(*count)++] = c;
    return STATUS_OK;
}

static status add_word(text word, x_stream_choice *result, size_t max, size_t *count) {
    x_stream_choice c = {0};
    size_t colon;
    uint64_t part = 0;
    bool has_part = text_find_byte(word, ':', &colon);
    if (!find_kind(has_part ? text_slice(word, 0, colon) : word, &c.kind))
        return STATUS_BAD_ARGUMENT;
    uint32_t parts = x_stream_forms[c.kind].partitions;
    if (has_part &&
        (!text_to_u64(text_slice(word, colon + 1, word.count), &part) || part == 0 || part > parts))
        return STATUS_BAD_ARGUMENT;
    c.partition = (uint32_t)part;
    if (has_part || parts == 0) return add(c, result, max, count);
    status s = STATUS_OK;
    for (c.partition = 1; c.partition <= parts && s == STATUS_OK; c.partition++)
        s = add(c, result, max, count);
    return s;
}

status x_stream_choices(text list, x_stream_choice *result, size_t max, size_t *count) {
    status s = STATUS_OK;
    *count = 0;
    for (bool goes_on = true; goes_on && s == STATUS_OK;) {
        size_t end;
        goes_on = text_find_byte(list, ',', &end);
        if (!goes_on) end = list.count;
        s = add_word(text_slice(list, 0, end), result, max, count);
        list = text_slice(list, end + 1, list.count);
    }
    return s;
}
