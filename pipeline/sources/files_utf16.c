/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_utf16.h"

bool utf16_begins(text t, utf16 *u) {
    bool is_little = text_starts_with(t, TEXT("\xFF\xFE")) || text_starts_with(t, TEXT("{\0")) ||
                     text_starts_with(t, TEXT("[\0"));
    u->is_big_endian = text_starts_with(t, TEXT("\xFE\xFF")) || text_starts_with(t, TEXT("\0{")) ||
                       text_starts_with(t, TEXT("\0["));
    return is_little || u->is_big_endian;
}

static size_t put_unit(utf16 *u, uint16_t unit, char *to) {
    size_t count = 0;
    bool is_low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (u->high != 0 && is_low) {
        uint32_t code = 0x10000 + ((uint32_t)(u->high - 0xD800) << 10) + (unit - 0xDC00u);
        u->high = 0;
        return utf8_put(code, to);
    }
    if (u->high != 0) count = utf8_put(0xFFFD, to);
    u->high = 0;
    if (unit >= 0xD800 && unit <= 0xDBFF)
        u->high = unit;
    else if (unit != 0xFEFF)
        count += utf8_put(unit, to + count); /* A low half alone becomes U+FFFD. */
    return count;
}

size_t utf16_to_utf8(utf16 *u, text from, char *to) {
    size_t count = 0;
    for (size_t i = 0; i < from.count; i++) {
        unsigned char byte = (unsigned char)from.bytes[i];
        if (u->has_odd) {
            unsigned first = u->odd, second = byte;
            unsigned unit = u->is_big_endian ? first << 8 | second : second << 8 | first;
            count += put_unit(u, (uint16_t)unit, to + count);
        }
        u->odd = byte;
        u->has_odd = !u->has_odd;
    }
    return count;
}

size_t utf16_end(utf16 *u, char *to) {
    bool is_cut = u->has_odd || u->high != 0;
    u->has_odd = false;
    u->high = 0;
    return is_cut ? utf8_put(0xFFFD, to) : 0;
}
