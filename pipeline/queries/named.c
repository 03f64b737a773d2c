/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/named.h"

#include "pipeline/queries/bits.h"

bool named_each(const moment *m, const flow_scan *table, uint32_t begin, uint32_t end,
                named_visitor visit, void *context) {
    flow_block b;
    for (size_t index = 0; flow_scan_next(m->snapshot, table, begin, end, &index, &b);) {
        const uint32_t *tweet = b.columns[MENTION_TWEET], *name = b.columns[MENTION_NAME];
        for (uint32_t i = 0; i < b.row_count; i++) {
            bool is_live = (b.live[i / 64] >> (i % 64) & 1) != 0;
            if (is_live && tweet[i] >= begin && tweet[i] < end &&
                !visit(tweet[i], name[i], context))
                return false;
        }
    }
    return true;
}

typedef struct {
    const moment *moment;
    text hashtag;
    uint32_t name_max, name; /* name 0: not found. */
    uint64_t *seen, *tweets;
} search;

static bool raise_name(uint32_t tweet, uint32_t name, void *context) {
    search *s = context;
    (void)tweet;
    if (name > s->name_max) s->name_max = name;
    return true;
}

/* Each name's text is looked at once. */
static bool match_name(uint32_t tweet, uint32_t name, void *context) {
    search *s = context;
    (void)tweet;
    if (bits_has(s->seen, name)) return true;
    bits_set(s->seen, name);
    if (text_equal(strings_get(s->moment->names, name), s->hashtag)) s->name = name;
    return s->name == 0;
}

static bool mark_tweet(uint32_t tweet, uint32_t name, void *context) {
    const search *s = context;
    if (name == s->name) bits_set(s->tweets, tweet);
    return true;
}

bool named_tweets(const moment *m, text hashtag, uint64_t *tweet_bits) {
    const flow_scan *table = m->graph->hashtag_scan;
    search s = {.moment = m, .hashtag = hashtag, .tweets = tweet_bits};
    (void)named_each(m, table, 0, UINT32_MAX, raise_name, &s);
    s.seen = bits_new(s.name_max);
    if (s.seen == NULL) return false;
    (void)named_each(m, table, 0, UINT32_MAX, match_name, &s);
    free(s.seen);
    if (s.name != 0) (void)named_each(m, table, 0, UINT32_MAX, mark_tweet, &s);
    return true;
}
