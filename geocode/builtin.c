/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "geocode/gazetteer_file.h"

/* The file, put into the program by data/data.mk. */
extern const char dunlin_gazetteer[];
extern const uint64_t dunlin_gazetteer_count;

status gazetteer_builtin(gazetteer **result) {
    *result = NULL;
    gazetteer *g = calloc(1, sizeof *g);
    if (g == NULL) return STATUS_NO_MEMORY;
    status s = gazetteer_attach(g, dunlin_gazetteer, dunlin_gazetteer_count);
    if (s == STATUS_OK)
        *result = g;
    else
        free(g);
    return s;
}

bool fold_table_builtin(fold_table *f) {
    gazetteer g = {0};
    bool good = gazetteer_attach(&g, dunlin_gazetteer, dunlin_gazetteer_count) == STATUS_OK;
    *f = g.fold;
    return good;
}
