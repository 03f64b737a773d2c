/* SPDX-License-Identifier: MIT */
#include "geocode/pipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geocode/explain.h"
#include "pipeline/base/log.h"

bool geocode_find(const gazetteer *g, const place_table *t, text location, place *found) {
    if (t != NULL && place_table_find(t, location, found)) return true;
    return g != NULL && gazetteer_find(g, location, found);
}

void geocode_write_fields(json_writer *w, const place *found, text location) {
    text name = found->name.count > 0 ? found->name : text_trim(location);
    json_field(w, "name", text, name);
    json_field(w, "kind", string, place_kind_text(found->kind));
    json_field(w, "country", string, found->country);
    json_field(w, "lat", double, found->lat_e7 / 1e7);
    json_field(w, "lon", double, found->lon_e7 / 1e7);
    json_field(w, "area", double, found->area_e4 / 1e4);
    /* A float's own digits would be noise. */
    json_field(w, "confidence", double, floor((double)found->confidence * 1000 + .5) / 1000);
}

void geocode_write(json_writer *w, const place *found, text location) {
    if (found == NULL) {
        json_put_null(w);
        return;
    }
    json_begin_object(w);
    geocode_write_fields(w, found, location);
    json_end_object(w);
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool read_hex4(text t, size_t at, uint32_t *code) {
    *code = 0;
    if (at + 4 > t.count) return false;
    for (size_t i = at; i < at + 4; i++) {
        int digit = hex_digit(t.bytes[i]);
        if (digit < 0) return false;
        *code = *code << 4 | (uint32_t)digit;
    }
    return true;
}

/* "uXXXX", or two of them that are one code point; *at is moved past it. */
static bool read_code_point(text t, size_t *at, buffer *out) {
    uint32_t code, low;
    char utf8[4];
    if (!read_hex4(t, *at + 1, &code)) return false;
    *at += 5;
    bool is_high = code >= 0xD800 && code <= 0xDBFF;
    if (is_high && *at + 1 < t.count && t.bytes[*at] == '\\' && t.bytes[*at + 1] == 'u' &&
        read_hex4(t, *at + 2, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
        *at += 6;
    }
    buffer_add(out, (text){utf8, utf8_put(code, utf8)});
    return true;
}

static bool read_escape(text t, size_t *at, buffer *out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (*at == t.count) return false;
    if (t.bytes[*at] == 'u') return read_code_point(t, at, out);
    const char *plain = t.bytes[*at] == '\0' ? NULL : strchr(from, t.bytes[*at]);
    if (plain == NULL) return false;
    buffer_add_byte(out, to[plain - from]);
    *at += 1;
    return true;
}

/* The line as a JSON string, unescaped into `out`; false when it is none. */
static bool read_json_string(text line, buffer *out) {
    buffer_clear(out);
    line = text_trim(line);
    if (line.count < 2 || line.bytes[0] != '"' || line.bytes[line.count - 1] != '"') return false;
    text inside = text_slice(line, 1, line.count - 1);
    for (size_t at = 0; at < inside.count;) {
        char c = inside.bytes[at++];
        if (c == '"' || (unsigned char)c < 0x20) return false;
        if (c != '\\')
            buffer_add_byte(out, c);
        else if (!read_escape(inside, &at, out))
            return false;
    }
    return true;
}

static void answer(const gazetteer *g, const place_table *t, text location, buffer *out) {
    place found;
    json_writer w = json_to(out);
    geocode_write(&w, geocode_find(g, t, location, &found) ? &found : NULL, location);
    buffer_add_byte(out, '\n');
}

status geocode_pipe(const gazetteer *g, const place_table *t, bool json_strings, FILE *in,
                    FILE *out, bool line_buffered) {
    status s = STATUS_OK;
    char *line = NULL;
    size_t capacity = 0;
    buffer location = {0}, json = {0};
    for (ssize_t count; s == STATUS_OK && (count = getline(&line, &capacity, in)) > 0;) {
        text given = {line, (size_t)count - (line[count - 1] == '\n')};
        buffer_clear(&json);
        if (!json_strings)
            answer(g, t, given, &json);
        else if (read_json_string(given, &location))
            answer(g, t, buffer_text(&location), &json);
        else
            buffer_add(&json, TEXT("null\n"));
        if (json.failed || location.failed)
            s = STATUS_NO_MEMORY;
        else if (fwrite(json.bytes, 1, json.count, out) != json.count)
            s = STATUS_CANNOT_WRITE;
        if (line_buffered && fflush(out) != 0) s = STATUS_CANNOT_WRITE;
    }
    if (s == STATUS_OK && ferror(in)) s = STATUS_CANNOT_READ;
    if (s == STATUS_OK && fflush(out) != 0) s = STATUS_CANNOT_WRITE;
    free(line);
    buffer_deinit(&location);
    buffer_deinit(&json);
    return s;
}

static void describe_place(const place *found, text location, buffer *out) {
    terminal_escape(out, found->name.count > 0 ? found->name : text_trim(location));
    buffer_add_format(out, "  %s%s%s, ", place_kind_text(found->kind),
                      found->country[0] != 0 ? " in " : "", found->country);
    buffer_add_format(out, "%.4f %.4f, %.2f square degrees, confidence %.2f\n", found->lat_e7 / 1e7,
                      found->lon_e7 / 1e7, found->area_e4 / 1e4, (double)found->confidence);
}

static void describe_reasons(const gazetteer *g, text location, buffer *out) {
    finding f;
    place found;
    buffer sentences = {0};
    find_place(g, location, &f, &found);
    explain_reasons(g, location, &f, &sentences);
    text rest = buffer_text(&sentences);
    for (size_t end; text_find_byte(rest, SENTENCE_END, &end);) {
        buffer_add(out, TEXT("  "));
        terminal_escape(out, text_slice(rest, 0, end));
        buffer_add_byte(out, '\n');
        rest = text_slice(rest, end + 1, rest.count);
    }
    if (sentences.failed) out->failed = true;
    buffer_deinit(&sentences);
}

void geocode_describe(const gazetteer *g, const place_table *t, text location, buffer *out) {
    place found;
    bool is_listed = t != NULL && place_table_find(t, location, &found);
    bool is_found = is_listed || (g != NULL && gazetteer_find(g, location, &found));
    if (is_found)
        describe_place(&found, location, out);
    else
        buffer_add(out, TEXT("no place\n"));
    if (is_listed)
        buffer_add(out, TEXT("  The list of places has this string.\n"));
    else if (g != NULL)
        describe_reasons(g, location, out);
}
