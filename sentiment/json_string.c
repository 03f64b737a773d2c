/* SPDX-License-Identifier: MIT */
#include "sentiment/json_string.h"

#include <string.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads "uXXXX" at `at`. */
static bool read_unit(text t, size_t at, uint32_t *unit) {
    if (t.count < at + 5 || t.bytes[at] != 'u') return false;
    *unit = 0;
    for (size_t i = at + 1; i < at + 5; i++) {
        char c = t.bytes[i], small = (char)(c | 0x20);
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && !(small >= 'a' && small <= 'f')) return false;
        *unit = *unit * 16 + (uint32_t)(is_digit ? c - '0' : small - 'a' + 10);
    }
    return true;
}

/* Decodes the escape whose backslash is before *at. */
static bool take_escape(text t, size_t *at, uint32_t *code_point) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    uint32_t low;
    if (*at >= t.count) return false;
    const char *letter = t.bytes[*at] == '\0' ? NULL : strchr(letters, t.bytes[*at]);
    if (letter != NULL) {
        *code_point = (uint32_t)meant[letter - letters];
        *at += 1;
        return true;
    }
    if (!read_unit(t, *at, code_point)) return false;
    *at += 5;
    if (*code_point < 0xD800 || *code_point > 0xDBFF || *at >= t.count || t.bytes[*at] != '\\' ||
        !read_unit(t, *at + 1, &low) || low < 0xDC00 || low > 0xDFFF)
        return true;
    *code_point = 0x10000 + ((*code_point - 0xD800) << 10) + (low - 0xDC00);
    *at += 6;
    return true;
}

bool json_string_decode(char *bytes, size_t count, text *result) {
    size_t at = 0, used = 0;
    while (count > 0 && is_blank(bytes[count - 1])) count--;
    while (at < count && is_blank(bytes[at])) at++;
    if (count < at + 2 || bytes[at] != '"' || bytes[count - 1] != '"') return false;
    text inner = text_slice((text){bytes, count}, at + 1, count - 1);
    for (at = 0; at < inner.count;) {
        char c = inner.bytes[at++];
        uint32_t code_point;
        if (c == '"' || (unsigned char)c < 0x20) return false;
        if (c != '\\') {
            bytes[used++] = c;
            continue;
        }
        if (!take_escape(inner, &at, &code_point)) return false;
        char encoded[4];
        size_t more = utf8_put(code_point, encoded);
        memcpy(bytes + used, encoded, more);
        used += more;
    }
    *result = (text){bytes, used};
    return true;
}
