/* SPDX-License-Identifier: MIT */
/* opened -- what test programs open before their first test, and close after the last: the
 * model of sentiment, and a table of places that the test writes down itself. */
#ifndef DUNLIN_TESTS_SUPPORT_OPENED_H
#define DUNLIN_TESTS_SUPPORT_OPENED_H

#include "geocode/geocode.h"
#include "sentiment/sentiment.h"

extern sentiment_model *sentiments;
extern place_table *listed_places;

/* For cmocka: 0 is good. */
int open_sentiments(void **state);
int close_sentiments(void **state);

/* Both; the lines are those of a file of --places. */
int open_sentiments_and_places(const char *lines);
int close_sentiments_and_places(void **state);

/* As place_table_load, of a file that holds this and is gone afterwards. */
status load_places(text content, place_table **table, uint64_t *line, const char **why);

#endif
