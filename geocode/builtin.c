/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "geocode/gazetteer_file.h"

/* The file, put into the program by data/data.mk. */
extern const char dunlin_gazetteer_begin[], dunlin_gazetteer_end[];

status gazetteer_builtin(gazetteer **result) {
    *result = NULL;
    gazetteer *g = calloc(1, sizeof *g);
    if (g == NULL) return STATUS_NO_MEMORY;
    uint64_t byte_count = (uint64_t)(dunlin_gazetteer_end - dunlin_gazetteer_begin);
    status s = gazetteer_attach(g, dunlin_gazetteer_begin, byte_count);
    if (s == STATUS_OK)
        *result = g;
    else
        free(g);
    return s;
}
