/* SPDX-License-Identifier: MIT */
#include "sentiment/entities.h"

#include "pipeline/base/char_reference.h"
#include <string.h>

static const named_character named[] = {
    {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0},
};

bool entities_are_in(text t) {
    size_t at;
    return text_find_byte(t, '&', &at);
}

/* Reads the entity at t.bytes[0]; `*count` is its length.  What is no character stays. */
static bool entity_of(text t, uint32_t *code_point, size_t *count) {
    if (!char_reference_read(t, named, sizeof named / sizeof named[0], code_point, count))
        return false;
    bool is_surrogate = *code_point >= 0xD800 && *code_point <= 0xDFFF;
    return *code_point > 0 && *code_point < CHAR_REFERENCE_VALUE_MAX && !is_surrogate;
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
