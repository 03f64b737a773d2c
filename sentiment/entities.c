/* SPDX-License-Identifier: MIT */
#include "sentiment/entities.h"

#include <string.h>

#define ENTITY_BYTES_MAX 12 /* "&#x0010FFFF;" */

static const struct {
    text name;
    uint32_t code_point;
} named[] = {
    {{"amp", 3}, '&'},  {{"lt", 2}, '<'},    {{"gt", 2}, '>'},
    {{"quot", 4}, '"'}, {{"apos", 4}, '\''}, {{"nbsp", 4}, 0xA0},
};

bool entities_are_in(text t) {
    size_t at;
    return text_find_byte(t, '&', &at);
}

static int digit_of(char c, uint32_t base) {
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    return digit >= 0 && digit < (int)base && (c <= '9' || (c | 0x20) >= 'a') ? digit : -1;
}

static bool number_of(text digits, uint32_t *code_point) {
    uint32_t base = 10, value = 0;
    if (digits.count > 0 && (digits.bytes[0] | 0x20) == 'x') {
        base = 16;
        digits = text_slice(digits, 1, digits.count);
    }
    for (size_t i = 0; i < digits.count; i++) {
        int digit = digit_of(digits.bytes[i], base);
        if (digit < 0) return false;
        value = value * base + (uint32_t)digit;
        if (value > 0x10FFFF) return false;
    }
    *code_point = value;
    return digits.count > 0 && value > 0 && !(value >= 0xD800 && value <= 0xDFFF);
}

/* Reads the entity at t.bytes[0]; `*count` is its length. */
static bool entity_of(text t, uint32_t *code_point, size_t *count) {
    size_t end;
    if (!text_find_byte(text_slice(t, 0, ENTITY_BYTES_MAX), ';', &end)) return false;
    text body = text_slice(t, 1, end);
    *count = end + 1;
    if (body.count > 0 && body.bytes[0] == '#')
        return number_of(text_slice(body, 1, body.count), code_point);
    for (size_t k = 0; k < sizeof named / sizeof named[0]; k++) {
        if (!text_equal(named[k].name, body)) continue;
        *code_point = named[k].code_point;
        return true;
    }
    return false;
}

text entities_decode(text t, char *out) {
    size_t count = 0, at = 0;
    while (at < t.count) {
        size_t run = t.count - at, entity_bytes;
        uint32_t code_point;
        char encoded[4];
        if (text_find_byte(text_slice(t, at, t.count), '&', &run) && run == 0) {
            if (entity_of(text_slice(t, at, t.count), &code_point, &entity_bytes)) {
                size_t bytes = utf8_put(code_point, encoded);
                memcpy(out + count, encoded, bytes);
                count += bytes;
                at += entity_bytes;
                continue;
            }
            run = 1;
        }
        memcpy(out + count, t.bytes + at, run);
        count += run;
        at += run;
    }
    return (text){out, count};
}
