/* SPDX-License-Identifier: MIT */
#include "server/base/csv.h"

#include "server/base/json_walk.h"

csv_writer csv_to(buffer *out) {
    return (csv_writer){.out = out};
}

static void begin_cell(csv_writer *w) {
    if (w->needs_comma) buffer_add_byte(w->out, ',');
    w->needs_comma = true;
}

static bool is_one_of(char c, text letters) {
    size_t at;
    return text_find_byte(letters, c, &at);
}

/* The full-width forms are read as the others where people write Japanese or Chinese. */
static bool begins_formula(text t) {
    static const text wide[] = {
        {"\xEF\xBC\x9D", 3}, {"\xEF\xBC\x8B", 3}, {"\xEF\xBC\x8D", 3}, {"\xEF\xBC\xA0", 3}};
    if (t.count == 0) return false;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (text_starts_with(t, wide[i])) return true;
    return is_one_of(t.bytes[0], TEXT("=+-@\t\r\n"));
}

static bool needs_quotes(text t) {
    for (size_t i = 0; i < t.count; i++)
        if (is_one_of(t.bytes[i], TEXT(",\"\r\n\t;'"))) return true;
    return t.count > 0 && (t.bytes[0] == ' ' || t.bytes[t.count - 1] == ' ');
}

void csv_put_text(csv_writer *w, text value) {
    bool is_formula = begins_formula(value), quotes = is_formula || needs_quotes(value);
    begin_cell(w);
    if (quotes) buffer_add_byte(w->out, '"');
    if (is_formula) buffer_add_byte(w->out, '\'');
    for (size_t at; value.count > 0; value = text_slice(value, at + 1, value.count)) {
        bool found = text_find_byte(value, '"', &at);
        if (!found) at = value.count;
        buffer_add(w->out, text_slice(value, 0, at));
        if (found) buffer_add(w->out, TEXT("\"\""));
    }
    if (quotes) buffer_add_byte(w->out, '"');
}

void csv_put_json(csv_writer *w, text value) {
    buffer plain = {0};
    if (json_walk_is(value, '"')) {
        (void)json_walk_string(value, &plain);
        csv_put_text(w, buffer_text(&plain));
    } else if (json_walk_is(value, '[') || json_walk_is(value, '{')) {
        csv_put_text(w, value);
    } else {
        begin_cell(w);
        if (!text_equal(value, TEXT("null"))) buffer_add(w->out, value);
    }
    if (plain.failed) w->out->failed = true;
    buffer_deinit(&plain);
}

void csv_end_row(csv_writer *w) {
    buffer_add(w->out, TEXT("\r\n"));
    w->needs_comma = false;
}
