/* SPDX-License-Identifier: MIT */
/* anonymize -- people's names become keyed hashes before anything is kept or shown.
 *
 * A username becomes a pseudonym of 13 letters and digits, the same wherever it stands: in
 * profiles, in texts (@name, @name@host) and in links to a person's page.  A name becomes
 * the same pseudonym.  Without the key nobody can try names out.  Numbers of users and
 * tweets stay, and so does what people write of themselves otherwise. */
#ifndef DUNLIN_PIPELINE_ANONYMIZE_H
#define DUNLIN_PIPELINE_ANONYMIZE_H

#include "pipeline/base/status.h"
#include "pipeline/decode/record.h"

typedef struct anonymizer anonymizer;

/* The key is the file's at `path`, which is made (0600) if missing; NULL: another one each
 * time.  CANNOT_OPEN, CANNOT_READ, CANNOT_WRITE; BAD_FORMAT: it is no key. */
status anonymizer_open(const char *path, anonymizer **result);
void anonymizer_free(anonymizer *a); /* Wipes the key; NULL is allowed. */

/* Changes the batch's records, whose texts then are its arena's, and takes away the bytes of
 * rejected items.  Any number of threads, each with a batch of its own.  NO_MEMORY: the
 * batch must not be used. */
status anonymizer_run(const anonymizer *a, record_batch *b);

#endif
