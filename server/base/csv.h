/* SPDX-License-Identifier: MIT */
/* csv -- rows for spreadsheets and scripts (RFC 4180, UTF-8, CRLF).
 *
 * What people wrote is never taken for a formula: a text that begins as one would gets
 * an apostrophe before it (OWASP, "CSV injection").  Numbers are ours and stay bare. */
#ifndef DUNLIN_SERVER_BASE_CSV_H
#define DUNLIN_SERVER_BASE_CSV_H

#include "pipeline/base/buffer.h"

typedef struct {
    buffer *out;
    bool needs_comma;
} csv_writer;

csv_writer csv_to(buffer *out); /* Borrows out. */
void csv_put_text(csv_writer *w, text value);
/* A value of JSON: strings as texts, null as nothing, the rest as it is written. */
void csv_put_json(csv_writer *w, text value);
void csv_end_row(csv_writer *w);

#endif
