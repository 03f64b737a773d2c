/* SPDX-License-Identifier: MIT */
#include "pipeline/base/json.h"

#include "pipeline/base/times.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_writer json_to(buffer *out) {
    return (json_writer){out, false};
}

static void begin_value(json_writer *w) {
    if (w->needs_comma) buffer_add_byte(w->out, ',');
    w->needs_comma = true;
}

static void open_with(json_writer *w, char bracket) {
    begin_value(w);
    buffer_add_byte(w->out, bracket);
    w->needs_comma = false;
}

static void close_with(json_writer *w, char bracket) {
    buffer_add_byte(w->out, bracket);
    w->needs_comma = true;
}

void json_begin_object(json_writer *w) {
    open_with(w, '{');
}

void json_end_object(json_writer *w) {
    close_with(w, '}');
}

void json_begin_array(json_writer *w) {
    open_with(w, '[');
}

void json_end_array(json_writer *w) {
    close_with(w, ']');
}

void json_key(json_writer *w, const char *key) {
    json_put_string(w, key);
    buffer_add_byte(w->out, ':');
    w->needs_comma = false;
}

static void add_escape(buffer *out, uint32_t c) {
    static const char letters[] = "btn fr"; /* For 8 to 13; 11 has none. */
    if (c == '"' || c == '\\') {
        buffer_add_byte(out, '\\');
        buffer_add_byte(out, (char)c);
    } else if (c >= 8 && c <= 13 && c != 11) {
        buffer_add_byte(out, '\\');
        buffer_add_byte(out, letters[c - 8]);
    } else {
        buffer_add_format(out, "\\u%04x", c);
    }
}

static bool is_plain(unsigned char c) {
    return c >= 0x20 && c != '"' && c != '\\' && c != '<' && c < 0x7F;
}

void json_put_text(json_writer *w, text value) {
    begin_value(w);
    buffer_add_byte(w->out, '"');
    for (size_t at = 0, plain = 0;;) {
        while (at < value.count && is_plain((unsigned char)value.bytes[at])) at++;
        buffer_add(w->out, text_slice(value, plain, at));
        if (at >= value.count) break;
        size_t begin = at;
        uint32_t c = utf8_next(value, &at);
        plain = at;
        if (c < 0xA0 || c == 0x2028 || c == 0x2029) {
            add_escape(w->out, c);
        } else if (c == 0xFFFD && at - begin != 3) {
            buffer_add(w->out, TEXT("\xEF\xBF\xBD"));
        } else {
            buffer_add(w->out, text_slice(value, begin, at));
        }
    }
    buffer_add_byte(w->out, '"');
}

void json_put_string(json_writer *w, const char *value) {
    json_put_text(w, text_of(value));
}

void json_put_bool(json_writer *w, bool value) {
    json_put_raw(w, value ? TEXT("true") : TEXT("false"));
}

void json_put_null(json_writer *w) {
    json_put_raw(w, TEXT("null"));
}

void json_put_u64(json_writer *w, uint64_t value) {
    begin_value(w);
    buffer_add_u64(w->out, value);
}

void json_put_i64(json_writer *w, int64_t value) {
    begin_value(w);
    buffer_add_i64(w->out, value);
}

size_t double_to_text(double value, char out[32]) {
    int count;
    if (!isfinite(value)) {
        count = snprintf(out, 32, "null");
    } else if (value == 0) {
        count = snprintf(out, 32, "0"); /* Minus zero is zero. */
    } else if (fabs(value) < 1e15 && value == floor(value)) {
        count = snprintf(out, 32, "%.0f", value);
    } else {
        int digits = 15;
        do count = snprintf(out, 32, "%.*g", digits, value);
        while (digits++ < 17 && strtod(out, NULL) != value);
    }
    return (size_t)count;
}

void json_put_double(json_writer *w, double value) {
    char digits[32];
    size_t count = double_to_text(value, digits);
    json_put_raw(w, (text){digits, count});
}

void json_put_id(json_writer *w, uint64_t id) {
    begin_value(w);
    buffer_add_byte(w->out, '"');
    buffer_add_u64(w->out, id);
    buffer_add_byte(w->out, '"');
}

void json_put_time(json_writer *w, int64_t ms) {
    char digits[TIME_TEXT_BYTES];
    time_to_text(ms, digits);
    json_put_string(w, digits);
}

void json_put_raw(json_writer *w, text json_value) {
    begin_value(w);
    buffer_add(w->out, json_value);
}
