/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_TEXT_H
#define DUNLIN_PIPELINE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed run of bytes: never freed through this, need not end in NUL, may
 * hold NUL.  UTF-8 unless said otherwise.  {NULL, 0} is the empty text. */
typedef struct {
    const char *bytes;
    size_t count;
} text;

#define TEXT(literal) ((text){(literal), sizeof(literal) - 1})

text text_of(const char *c_string); /* Borrows; NULL gives the empty text. */
bool text_equal(text a, text b);
bool text_equal_caseless(text a, text b); /* Of ASCII letters alone. */
/* Byte order, the order of every tie and sort in dunlin: <0, 0, >0. */
int text_compare(text a, text b);
bool text_starts_with(text t, text prefix);
bool text_ends_with(text t, text suffix);
bool text_find_byte(text t, char byte, size_t *position);
text text_slice(text t, size_t begin, size_t end); /* Clamped to t. */
/* A copy without Unicode White_Space at both ends (U+00A0, U+3000, ... count). */
text text_trim(text t);
/* Decimal digits only, no sign, no blanks; false on overflow or anything else. */
bool text_to_u64(text t, uint64_t *value);

/* Reads the code point at t.bytes[*at] and moves *at past it.  A bad sequence
 * gives U+FFFD and moves by one byte; *at must be < t.count. */
uint32_t utf8_next(text t, size_t *at);
/* Writes 1 to 4 bytes; surrogates and values above U+10FFFF become U+FFFD. */
size_t utf8_put(uint32_t code_point, char out[4]);
/* True for well-formed UTF-8: no surrogates, no overlong forms, max U+10FFFF. */
bool utf8_valid(text t);
bool unicode_is_white_space(uint32_t code_point);

#endif
