/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/reasons.h"

#include <string.h>

typedef struct {
    item_outcome outcome;
    const char *key;
} reason_row;

#define X(name, outcome, key) {ITEM_##outcome, key},
static const reason_row rows[] = {REASON_MAP(X)};
#undef X

item_outcome reason_outcome(reason r) {
    return rows[r].outcome;
}

const char *reason_key(reason r) {
    return rows[r].key;
}

reason reason_find(const char *key) {
    if (key == NULL) return REASON_ACCEPTED;
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++)
        if (rows[r].key == key) return r; /* Items carry the table's own pointer. */
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++)
        if (strcmp(rows[r].key, key) == 0) return r;
    return REASON_COUNT;
}
