/* SPDX-License-Identifier: MIT */
#include "pipeline/base/char_reference.h"

enum { REFERENCE_BYTES_MAX = 12 }; /* "&#x0010FFFF;" */

static int digit_of(char c, uint32_t base) {
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    return digit >= 0 && digit < (int)base && (c <= '9' || (c | 0x20) >= 'a') ? digit : -1;
}

static bool number_of(text digits, uint32_t *number) {
    uint32_t base = 10, value = 0;
    if (digits.count > 0 && (digits.bytes[0] | 0x20) == 'x') {
        base = 16;
        digits = text_slice(digits, 1, digits.count);
    }
    for (size_t i = 0; i < digits.count; i++) {
        int digit = digit_of(digits.bytes[i], base);
        if (digit < 0) return false;
        if (value < CHAR_REFERENCE_VALUE_MAX) value = value * base + (uint32_t)digit;
    }
    *number = value < CHAR_REFERENCE_VALUE_MAX ? value : CHAR_REFERENCE_VALUE_MAX;
    return digits.count > 0;
}

bool char_reference_read(text t, const named_character *named, size_t count, uint32_t *value,
                         size_t *bytes) {
    size_t end;
    if (!text_find_byte(text_slice(t, 0, REFERENCE_BYTES_MAX), ';', &end)) return false;
    text body = text_slice(t, 1, end);
    *bytes = end + 1;
    if (body.count > 0 && body.bytes[0] == '#')
        return number_of(text_slice(body, 1, body.count), value);
    for (size_t i = 0; i < count; i++) {
        if (!text_equal(text_of(named[i].name), body)) continue;
        *value = named[i].code_point;
        return true;
    }
    return false;
}
