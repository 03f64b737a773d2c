/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geocode/compile/model.h"

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "gazetteer_compile: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(1);
}

text read_all(const char *path) {
    FILE *in = fopen(path, "rb");
    if (in == NULL) die("%s: cannot be opened", path);
    buffer b = {0};
    for (size_t count = 1; count > 0;) {
        if (!buffer_reserve(&b, 1 << 20)) die("out of memory");
        count = fread(b.bytes + b.count, 1, 1 << 20, in);
        b.count += count;
    }
    if (ferror(in)) die("%s: cannot be read", path);
    fclose(in);
    buffer_add_byte(&b, '\0');
    if (b.failed) die("out of memory");
    return (text){b.bytes, b.count - 1};
}

bool next_field(text *rest, char separator, text *field) {
    if (rest->bytes == NULL) return false;
    size_t end;
    if (!text_find_byte(*rest, separator, &end)) {
        *field = *rest;
        *rest = (text){NULL, 0};
        return true;
    }
    *field = text_slice(*rest, 0, end);
    *rest = text_slice(*rest, end + 1, rest->count);
    return true;
}

static uint32_t hex4(const char *at) {
    char digits[5] = {at[0], at[1], at[2], at[3], 0};
    return (uint32_t)strtoul(digits, NULL, 16);
}

/* The escape at t.bytes[at], after its backslash; the bytes that it takes. */
static size_t add_escape(text t, size_t at, buffer *out) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char c = at < t.count ? t.bytes[at] : '\\', utf8[4];
    const char *plain = strchr(from, c);
    if (c != 'u' || t.count - at < 5) {
        buffer_add_byte(out, c != '\0' && plain != NULL ? to[plain - from] : c);
        return 1;
    }
    uint32_t code = hex4(t.bytes + at + 1);
    bool is_pair = code >= 0xD800 && code <= 0xDBFF && t.count - at >= 11;
    if (is_pair) code = 0x10000 + ((code & 0x3FF) << 10 | (hex4(t.bytes + at + 7) & 0x3FF));
    buffer_add(out, (text){utf8, utf8_put(code, utf8)});
    return is_pair ? 11 : 5;
}

bool next_json_string(text *rest, buffer *out, bool *is_key) {
    size_t at;
    buffer_clear(out);
    if (!text_find_byte(*rest, '"', &at)) return false;
    for (at++; at < rest->count && rest->bytes[at] != '"';) {
        if (rest->bytes[at] == '\\')
            at += 1 + add_escape(*rest, at + 1, out);
        else
            buffer_add_byte(out, rest->bytes[at++]);
    }
    if (out->failed) die("out of memory");
    for (at++; at < rest->count && strchr(" \n\r\t", rest->bytes[at]) != NULL;) at++;
    *is_key = at < rest->count && rest->bytes[at] == ':';
    *rest = text_slice(*rest, at, rest->count);
    return true;
}
