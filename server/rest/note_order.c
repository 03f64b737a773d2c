/* SPDX-License-Identifier: MIT */
#include "server/rest/note_order.h"

#include "server/base/json_members.h"
#include "server/base/json_walk.h"

typedef enum { MEMBER_AT, MEMBER_UNTIL, MEMBER_TEXT, MEMBER_COUNT } member;
static const char *const member_names[] = {"at", "until", "text"};

static void read_time(text value, member m, int64_t *ms, param_errors *e) {
    buffer word = {0};
    if (!json_walk_string(value, &word) || word.failed ||
        !time_from_rfc3339(buffer_text(&word), ms))
        param_errors_add(e, text_of(member_names[m]),
                         "not a time; write it like \"2012-07-04T12:00:00Z\"");
    else if (*ms < 0)
        param_errors_add(e, text_of(member_names[m]), "before 1970");
    buffer_deinit(&word);
}

static bool is_line(text words) {
    for (size_t at = 0; at < words.count;) {
        uint32_t c = utf8_next(words, &at);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029) return false;
    }
    return true;
}

static void read_words(text value, note *result, buffer *words, param_errors *e) {
    const text name = TEXT("text");
    if (!json_walk_string(value, words)) {
        param_errors_add(e, name, "must be a string");
        return;
    }
    result->words = text_trim(buffer_text(words));
    if (words->failed)
        param_errors_add(e, name, "out of memory");
    else if (result->words.count == 0)
        param_errors_add(e, name, "it is empty");
    else if (result->words.count > NOTE_BYTES_MAX)
        param_errors_add(e, name, "it is too long: at most %d bytes", NOTE_BYTES_MAX);
    else if (!is_line(result->words))
        param_errors_add(e, name, "it has a control character: write one line");
}

bool note_order_read(text body, note *result, buffer *words, param_errors *e) {
    static const char example[] = "{\"at\":\"2012-07-04T12:00:00Z\",\"text\":\"goal\"}";
    text members[MEMBER_COUNT] = {{0}};
    *result = (note){0};
    if (!json_members_read(body, member_names, MEMBER_COUNT, example, members, e)) return false;
    if (members[MEMBER_AT].count == 0)
        param_errors_add(e, TEXT("at"), "missing");
    else
        read_time(members[MEMBER_AT], MEMBER_AT, &result->at_ms, e);
    result->until_ms = result->at_ms;
    if (members[MEMBER_UNTIL].count > 0 && !text_equal(members[MEMBER_UNTIL], TEXT("null")))
        read_time(members[MEMBER_UNTIL], MEMBER_UNTIL, &result->until_ms, e);
    if (members[MEMBER_TEXT].count == 0)
        param_errors_add(e, TEXT("text"), "missing");
    else
        read_words(members[MEMBER_TEXT], result, words, e);
    if (e->count == 0 && result->until_ms < result->at_ms)
        param_errors_add(e, TEXT("until"), "must not be before at");
    return e->count == 0;
}

unsigned note_order_refusal(status s, const char **detail) {
    switch (s) {
    case STATUS_NOT_FOUND: *detail = "There is no annotation of this id."; return 404;
    case STATUS_NOT_POSSIBLE:
        *detail = "There are 200 annotations already: take one away first.";
        return 409;
    case STATUS_CANNOT_WRITE: *detail = "It cannot be stored now."; return 503;
    default: *detail = status_text(s); return 503;
    }
}
