/* SPDX-License-Identifier: MIT */
/* shared_data -- real tweets and answer keys to test with.  They are other people's
 * words and no part of the project: tests skip where they are missing. */
#ifndef DUNLIN_TESTS_SUPPORT_SHARED_DATA_H
#define DUNLIN_TESTS_SUPPORT_SHARED_DATA_H

enum { SHARED_DATA_PATH_BYTES = 1024 };

/* The path of a file or folder below the folder that DUNLIN_TEST_DATA names (else
 * ../shared/data), written to `path` and returned.  NULL, and a message on stdout
 * that says what is missing, when it is not there: then skip(). */
const char *shared_data(const char *name, char path[SHARED_DATA_PATH_BYTES]);

#endif
