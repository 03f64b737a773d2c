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

const char *reason_advice(reason r) {
    switch (r) {
    case REASON_TWEET_ID:
        return "these are tweet ids; hydrate them first (twarc2 hydrate ids.txt tweets.jsonl)";
    case REASON_NO_AUTHOR:
        return "who wrote them is not said: of an archive of X, keep account.js beside tweets.js; "
               "of X API v2, ask for author_id";
    case REASON_NO_TIME: return "ask X API v2 for created_at";
    case REASON_ROUNDED_ID:
        return "ids were kept as floating-point numbers, and their last digits are lost; get the "
               "file from where id_str is kept";
    case REASON_CSV_ROW: return "the table was cut off, or edited by a program that lost quotes";
    case REASON_BAD_CORRECTION:
        return "a correction names a tweet or a user and one field at least, as in "
               "{\"correction\":{\"tweet\":\"123\",\"followers\":1000,\"version\":2}}";
    case REASON_BLUESKY:
    case REASON_NOSTR: return "dunlin reads what Twitter, X and Mastodon write, not this network";
    default: return NULL;
    }
}

reason reason_find(const char *key) {
    if (key == NULL) return REASON_ACCEPTED;
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++)
        if (rows[r].key == key) return r; /* Items carry the table's own pointer. */
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++)
        if (strcmp(rows[r].key, key) == 0) return r;
    return REASON_COUNT;
}
