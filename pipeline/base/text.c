/* SPDX-License-Identifier: MIT */
#include "pipeline/base/text.h"

#include <string.h>

text text_of(const char *c_string) {
    return (text){c_string, c_string == NULL ? 0 : strlen(c_string)};
}

bool text_equal(text a, text b) {
    return a.count == b.count && (a.count == 0 || memcmp(a.bytes, b.bytes, a.count) == 0);
}

bool text_equal_caseless(text a, text b) {
    if (a.count != b.count) return false;
    for (size_t i = 0; i < a.count; i++) {
        unsigned char x = (unsigned char)a.bytes[i], y = (unsigned char)b.bytes[i];
        bool is_letter = (x | 0x20) >= 'a' && (x | 0x20) <= 'z';
        if (x != y && !(is_letter && (x ^ y) == 0x20)) return false;
    }
    return true;
}

int text_compare(text a, text b) {
    size_t common = a.count < b.count ? a.count : b.count;
    int order = common == 0 ? 0 : memcmp(a.bytes, b.bytes, common);
    if (order != 0) return order;
    return a.count < b.count ? -1 : a.count > b.count;
}

bool text_starts_with(text t, text prefix) {
    return t.count >= prefix.count && text_equal((text){t.bytes, prefix.count}, prefix);
}

bool text_ends_with(text t, text suffix) {
    return t.count >= suffix.count &&
           (suffix.count == 0 ||
            text_equal((text){t.bytes + (t.count - suffix.count), suffix.count}, suffix));
}

bool text_find_byte(text t, char byte, size_t *position) {
    const char *at = t.count == 0 ? NULL : memchr(t.bytes, byte, t.count);
    if (at == NULL) return false;
    *position = (size_t)(at - t.bytes);
    return true;
}

text text_slice(text t, size_t begin, size_t end) {
    if (end > t.count) end = t.count;
    if (begin > end) begin = end;
    return t.bytes == NULL ? t : (text){t.bytes + begin, end - begin};
}

bool unicode_is_white_space(uint32_t c) {
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
    if (c < 0x2000) return c == 0x85 || c == 0xA0 || c == 0x1680;
    return c <= 0x200A || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

text text_trim(text t) {
    size_t begin = 0, end = t.count;
    while (begin < end) {
        size_t next = begin;
        if (!unicode_is_white_space(utf8_next((text){t.bytes, end}, &next))) break;
        begin = next;
    }
    while (end > begin) {
        size_t start = end - 1;
        while (start > begin && end - start < 4 && ((unsigned char)t.bytes[start] & 0xC0) == 0x80)
            start--;
        size_t next = start;
        uint32_t c = utf8_next((text){t.bytes, end}, &next);
        if (next != end || !unicode_is_white_space(c)) break;
        end = start;
    }
    return text_slice(t, begin, end);
}

bool text_to_u64(text t, uint64_t *value) {
    uint64_t sum = 0;
    if (t.count == 0 || t.count > 20) return false;
    for (size_t i = 0; i < t.count; i++) {
        unsigned digit = (unsigned char)t.bytes[i] - (unsigned)'0';
        if (digit > 9 || sum > (UINT64_MAX - digit) / 10) return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

uint32_t utf8_next(text t, size_t *at) {
    const unsigned char *p = (const unsigned char *)t.bytes + *at;
    size_t left = t.count - *at;
    uint32_t c = p[0];
    *at += 1;
    if (c < 0x80) return c;
    size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    if (c < 0xC2 || c > 0xF4 || left <= more) return 0xFFFD;
    uint32_t value = c & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0xFFFD;
        value = value << 6 | (p[i] & 0x3Fu);
    }
    if ((more == 2 && value < 0x800) || (more == 3 && (value < 0x10000 || value > 0x10FFFF)) ||
        (value >= 0xD800 && value <= 0xDFFF))
        return 0xFFFD;
    *at += more;
    return value;
}

size_t utf8_put(uint32_t c, char out[4]) {
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = more; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(lead[more] | c);
    return more + 1;
}

bool utf8_valid(text t) {
    for (size_t at = 0; at < t.count;) {
        size_t begin = at;
        if ((unsigned char)t.bytes[at] < 0x80) {
            at++;
            continue;
        }
        if (utf8_next(t, &at) == 0xFFFD && at - begin != 3) return false;
    }
    return true;
}
