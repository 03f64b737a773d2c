/* SPDX-License-Identifier: MIT */
#include "server/rest/envelope.h"

#include "server/base/json_walk.h"
#include <string.h>

void envelope_begin(json_writer *w) {
    json_begin_object(w);
}

/* True when the value that begins at `from` is the last thing in t. */
static bool ends_with_value_at(text t, size_t from) {
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = from; i < t.count; i++) {
        char c = t.bytes[i];
        if (in_string) {
            if (c == '\\') i++;
            in_string = c != '"';
            continue;
        }
        if (c == '"') in_string = true;
        if (c == '{' || c == '[') depth++;
        if ((c == '}' || c == ']') && --depth == 0) return i + 1 == t.count;
    }
    return false;
}

/* A quote within a string is escaped, so the bytes are found only as a key. */
static bool find_meta(text t, size_t *value) {
    const text key = TEXT("\"meta\":{");
    for (size_t i = t.count; i-- > 1;) {
        if (t.bytes[i] != '"' || t.count - i < key.count) continue;
        if (memcmp(t.bytes + i, key.bytes, key.count) != 0) continue;
        if (t.bytes[i - 1] != ',' && t.bytes[i - 1] != '{') continue;
        *value = i + key.count - 1;
        return ends_with_value_at(t, *value);
    }
    return false;
}

/* Of the rows of `data`, which the object in t begins with. */
static bool find_ids(text t, uint64_t *newest, uint64_t *oldest) {
    json_walk members = {.container = t};
    text id;
    bool any = false;
    if (!json_walk_next(&members) || !text_equal(members.key, TEXT("data"))) return false;
    json_walk rows = {.container = members.value};
    while (json_walk_next(&rows)) {
        uint64_t number;
        if (!json_walk_find(rows.value, "id", &id) || id.count < 2) continue;
        if (!text_to_u64(text_slice(id, 1, id.count - 1), &number)) continue;
        if (!any || number > *newest) *newest = number;
        if (!any || number < *oldest) *oldest = number;
        any = true;
    }
    return any;
}

void envelope_finish(json_writer *w, const envelope_facts *f) {
    size_t meta;
    uint64_t newest = 0, oldest = 0;
    if (w->out->failed) return;
    bool has_ids = f->has_ids && find_ids(buffer_text(w->out), &newest, &oldest);
    if (find_meta(buffer_text(w->out), &meta)) {
        w->out->count--; /* Its closing brace. */
        w->needs_comma = w->out->bytes[w->out->count - 1] != '{';
    } else {
        json_key(w, "meta");
        json_begin_object(w);
    }
    if (has_ids) json_field(w, "newest_id", id, newest);
    if (has_ids) json_field(w, "oldest_id", id, oldest);
    if (f->next_token.count > 0) json_field(w, "next_token", text, f->next_token);
    json_field(w, "epoch", u64, f->epoch);
    json_key(w, "as_of");
    if (f->newest_ms == INT64_MIN)
        json_put_null(w);
    else
        json_put_time(w, f->newest_ms);
    json_end_object(w);
    json_end_object(w);
}
