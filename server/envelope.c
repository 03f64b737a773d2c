/* SPDX-License-Identifier: MIT */
#include "server/envelope.h"

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

void envelope_finish(json_writer *w, uint64_t epoch, int64_t newest_ms) {
    size_t meta;
    if (w->out->failed) return;
    if (find_meta(buffer_text(w->out), &meta)) {
        w->out->count--; /* Its closing brace. */
        w->needs_comma = w->out->bytes[w->out->count - 1] != '{';
    } else {
        json_key(w, "meta");
        json_begin_object(w);
    }
    json_field(w, "epoch", u64, epoch);
    json_key(w, "as_of");
    if (newest_ms == INT64_MIN)
        json_put_null(w);
    else
        json_put_time(w, newest_ms);
    json_end_object(w);
    json_end_object(w);
}
