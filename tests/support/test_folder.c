/* SPDX-License-Identifier: MIT */
#include "tests/support/test_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];

int test_folder_open(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/dunlin-test-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(folder) == NULL;
}

int test_folder_close(void **state) {
    char words[128];
    (void)state;
    (void)snprintf(words, sizeof words, "rm -rf %s", folder);
    return system(words);
}

const char *test_folder(void) {
    return folder;
}

const char *test_folder_path(const char *name) {
    static char paths[4][128];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}
