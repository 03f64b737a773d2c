/* SPDX-License-Identifier: MIT */
/* shapes -- how a tweet, an author, a place look in JSON, wherever they are shown
 * (server/API.md).  All text of others goes through the JSON writer only. */
#ifndef DUNLIN_PIPELINE_QUERIES_SHAPES_H
#define DUNLIN_PIPELINE_QUERIES_SHAPES_H

#include "pipeline/queries/best.h"

double weight_to_double(flow_i128 weight); /* From 2^-32. */
double degrees(int32_t e7);

/* Members: responses and its kinds; "clean" with its sums. */
void write_counts(json_writer *w, const total_row *t);
/* Members: all sums, in the one order that all rows of boards have. */
enum { SHOW_RESPONDERS = 1, SHOW_RECENT = 2 };
void write_sums(json_writer *w, const board_line *s, unsigned show);
void write_clean(json_writer *w, const moment *m, uint32_t user);
void write_received(json_writer *w, const total_row *t);
/* What people call a place: its name; of mere coordinates these, written into `room`. */
enum { PLACE_NAME_ROOM = 32 };
text place_name(const place *p, char room[PLACE_NAME_ROOM]);
/* place_id in 16 hexadecimal digits. */
enum { PLACE_ID_ROOM = 17 };
text place_id_text(const place *p, char room[PLACE_ID_ROOM]);
void write_place(json_writer *w, const place *p);        /* NULL: null. */
void write_place_fields(json_writer *w, const place *p); /* name, lat, lon, country. */
const place *place_of_user(const moment *m, uint32_t user, uint32_t *number, bool *makes_point);
/* An author with what the sums say; of_all_time adds clean. */
void write_author_fields(json_writer *w, const moment *m, const board_line *s, unsigned show,
                         bool of_all_time);
/* Members of a tweet; nothing when it is not known. */
void write_tweet_fields(json_writer *w, const moment *m, const board_line *s, unsigned show);
/* "includes": {"users": [...]} of these user numbers, each once. */
void write_includes(json_writer *w, const moment *m, const uint32_t *users, size_t count);
void write_window(json_writer *w, uint32_t begin, uint32_t end); /* A member of meta. */

#endif
