/* SPDX-License-Identifier: MIT */
/* The door to libunistring: Unicode's properties of letters beyond ASCII. */
#ifndef DUNLIN_SENTIMENT_LETTER_H
#define DUNLIN_SENTIMENT_LETTER_H

#include <stdbool.h>
#include <stdint.h>

bool letter_is_upper(uint32_t code_point);
bool letter_is_lower_or_title(uint32_t code_point);
bool letter_is_any(uint32_t code_point);     /* Alphabetic, syllabic or ideographic. */
bool letter_is_in_word(uint32_t code_point); /* A letter, a mark on one, or a digit. */
uint32_t letter_lower(uint32_t code_point);  /* By itself, whatever stands around it. */
/* Columns of a terminal that it takes: 0, 1 or 2; 1 for control characters. */
int letter_columns(uint32_t code_point);

#endif
