/* SPDX-License-Identifier: MIT */
/* wanted -- which tweets are looked for, as people write it: a part of X's query language.
 *
 *     (goal OR "own goal") #worldcup -is:retweet lang:en sentiment:>0.2
 *
 *     word  "some words"        in the text, folded, at the bounds of words
 *     #tag  @name               has the hashtag, exactly; names somebody in its text
 *     from:NAME  to:NAME        by them; a reply to a known tweet of theirs; a name or an id
 *     lang:en                   written in it
 *     place:"New York"          its author is there, as place= says; country:US likewise
 *     is:retweet|reply|quote|original
 *     has:hashtags|links|mentions
 *     sentiment:>0.2            the score of its own words; >= > <= < =
 *     sentiment:positive|neutral|negative
 *
 * What stands side by side must all hold, OR joins less closely than that, parentheses group,
 * and '-' before any of these negates it.  Negations alone are all the other tweets.  A retweet
 * has the hashtags and links of what it repeats.
 *
 * Reading takes time in proportion to the text; one that was read does not change. */
#ifndef DUNLIN_PIPELINE_QUERIES_WANTED_H
#define DUNLIN_PIPELINE_QUERIES_WANTED_H

#include "pipeline/queries/moment.h"
#include "pipeline/queries/written.h"

enum { WANTED_BYTES_MAX = 1024, WANTED_TERMS_MAX = 64, WANTED_DEPTH_MAX = 16 };

typedef struct wanted wanted;
/* BAD_FORMAT: *e says what is wrong with it (e may be NULL); NO_MEMORY.  Keeps nothing
 * borrowed. */
status wanted_read(text words, wanted **result, written_error *e);
void wanted_free(wanted *w); /* NULL is allowed. */

/* Judges tweets of one moment; one thread.  Both are borrowed.  A person, place, language
 * or hashtag that there is not is nobody's. */
typedef struct wanted_judge wanted_judge;
wanted_judge *wanted_judge_new(const wanted *w, const moment *m); /* NULL: no memory. */
void wanted_judge_free(wanted_judge *j);                          /* NULL is allowed. */
/* Allocates nothing; looks at the text last. */
bool wanted_matches(wanted_judge *j, const tweet_row *t);

#endif
