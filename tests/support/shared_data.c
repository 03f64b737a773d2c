/* SPDX-License-Identifier: MIT */
#include "tests/support/shared_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *shared_data(const char *name, char path[SHARED_DATA_PATH_BYTES]) {
    const char *folder = getenv("DUNLIN_TEST_DATA");
    if (folder == NULL || *folder == '\0') folder = "../shared/data";
    int count = snprintf(path, SHARED_DATA_PATH_BYTES, "%s/%s", folder, name);
    if (count > 0 && count < SHARED_DATA_PATH_BYTES && access(path, R_OK) == 0) return path;
    (void)printf("skipped: %s/%s is not here; DUNLIN_TEST_DATA names the folder\n", folder, name);
    return NULL;
}
