/* SPDX-License-Identifier: MIT */
/* survey -- what a dump holds, without working it through: for `dunlin inspect`.
 *
 * Takes the decoded and scored batches that replay would take, and keeps of them ids
 * and sums: about 20 bytes a tweet or person, 16 a response.  One thread. */
#ifndef DUNLIN_PIPELINE_SURVEY_H
#define DUNLIN_PIPELINE_SURVEY_H

#include "pipeline/decode/accounting.h"
#include "pipeline/sources/source.h"

enum { SURVEY_EXAMPLES = 2, SURVEY_FORMS_MAX = 8, SURVEY_LANGS_MAX = 256, SURVEY_BYTES_MAX = 200 };

typedef enum { SURVEY_RETWEETS, SURVEY_REPLIES, SURVEY_QUOTES, SURVEY_RESPONSES } survey_response;

typedef struct {
    char file[200], bytes[SURVEY_BYTES_MAX]; /* As they came: escape them. */
    uint64_t line;
    size_t byte_count;
} survey_example;

typedef struct {
    char lang[12]; /* As the scores go by: said, of the user, or guessed; "und". */
    uint64_t tweets;
} survey_lang;

typedef struct {
    accounting sums;
    uint64_t kinds[ITEM_KINDS];          /* Items that were accepted, repaired or are notices. */
    const char *forms[SURVEY_FORMS_MAX]; /* Of the documents; static. */
    size_t form_count;

    uint64_t heard, again;                /* Tweets by lines of their own; further lines of them. */
    uint64_t known, users, users_located; /* Ids with a record; profiles, those with a location. */
    int64_t first_ms, last_ms;            /* Of the tweets heard; 0: none. */
    /* Of the tweets heard: */
    uint64_t with_text, with_mood, with_location, with_followers, with_coordinates, with_place;
    uint64_t with_hashtags, with_links;
    uint64_t responses[SURVEY_RESPONSES], have_original[SURVEY_RESPONSES];
    survey_lang langs[SURVEY_LANGS_MAX]; /* Most first, after survey_end. */
    size_t lang_count;
    survey_example examples[REASON_COUNT][SURVEY_EXAMPLES]; /* Of rejected items. */
} survey_figures;

typedef struct survey survey;
survey *survey_new(void);    /* NULL: no memory. */
void survey_free(survey *s); /* NULL is allowed. */
/* Takes a batch, which was decoded with decoder_set_geo and scored, and the chunk it came
 * from. */
status survey_add(survey *s, const source_chunk *chunk, const record_batch *b,
                  tweet_source *source);
/* Works out what only the whole tells.  Borrowed until the next call. */
const survey_figures *survey_end(survey *s);

#endif
