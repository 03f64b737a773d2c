/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_JSON_H
#define DUNLIN_PIPELINE_BASE_JSON_H

#include "pipeline/base/buffer.h"

/* Writes JSON into a buffer; commas are its business.  Output is one line of
 * ASCII-safe control characters: CR, LF, NUL, U+007F, U+2028 and U+2029, "<" and
 * bad UTF-8 never pass unescaped, so a value can stand in an SSE frame, a log
 * line or a script block.  Keys are literals of ours.  (No name here is one of
 * jansson's: the linker would give it ours.) */
typedef struct {
    buffer *out;
    bool needs_comma;
} json_writer;

json_writer json_to(buffer *out); /* Borrows out. */
void json_begin_object(json_writer *w);
void json_end_object(json_writer *w);
void json_begin_array(json_writer *w);
void json_end_array(json_writer *w);
void json_key(json_writer *w, const char *key);
void json_put_text(json_writer *w, text value);
void json_put_string(json_writer *w, const char *value);
void json_put_bool(json_writer *w, bool value);
void json_put_null(json_writer *w);
void json_put_u64(json_writer *w, uint64_t value);
void json_put_i64(json_writer *w, int64_t value);
/* The shortest form that reads back to the same double; null when not finite. */
void json_put_double(json_writer *w, double value);
void json_put_id(json_writer *w, uint64_t id);      /* As a string: JavaScript rounds. */
void json_put_time(json_writer *w, int64_t ms);     /* RFC 3339 UTC with milliseconds. */
void json_put_raw(json_writer *w, text json_value); /* Taken as it is. */

#define json_field(w, key, kind, value) (json_key((w), (key)), json_put_##kind((w), (value)))

/* The shortest decimal form that reads back to the same double: at most 24 bytes
 * and a NUL; "null" when not finite.  Integers below 1e15 have no point. */
size_t double_to_text(double value, char out[32]);

#endif
