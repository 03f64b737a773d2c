/* SPDX-License-Identifier: MIT */
/* test_folder -- a folder of the test program's own, where nothing waits for a disk if there
 * is such a place. */
#ifndef DUNLIN_TESTS_SUPPORT_TEST_FOLDER_H
#define DUNLIN_TESTS_SUPPORT_TEST_FOLDER_H

/* For cmocka: 0 is good.  At its end the folder goes with all that it holds. */
int test_folder_open(void **state);
int test_folder_close(void **state);

const char *test_folder(void);
/* Of a file in it; good until four others have been asked for. */
const char *test_folder_path(const char *name);

#endif
