/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/filter.h"

#include "pipeline/queries/bits.h"
#include "pipeline/queries/meant.h"
#include "pipeline/queries/mention.h"
#include "pipeline/queries/named.h"
#include "pipeline/queries/wanted.h"
#include <string.h>

/* ---- What the words mean ---- */

static uint64_t *bits_of_users(const moment *m) {
    return bits_new(idmap_count(m->graph->user_ids));
}

static status settle_author(filter *f, const query_filter *q, const char **wrong) {
    uint64_t id;
    f->any_author = false;
    meant_people(f->moment, &q->author, &f->author, 1);
    if (f->author != NO_NUMBER) return STATUS_OK;
    *wrong = "author";
    f->nothing = true;
    return text_to_u64(q->author, &id) ? STATUS_OK : STATUS_NOT_FOUND;
}

/* Of the responders those at the places, which are freed; NULL: no memory. */
static status settle_home(filter *f, uint64_t *there) {
    const moment *m = f->moment;
    uint64_t *at_home = bits_of_users(m);
    uint32_t number, count = places_count(m->places);
    bool makes_point, any = false;
    const user_row *u;
    for (uint32_t key = 0; there != NULL && at_home != NULL &&
                           (u = flow_view_next(m->snapshot, m->graph->user_view, &key)) != NULL;
         key++) {
        if (!places_of(m->places, u->location, &number, &makes_point) || number >= count ||
            !bits_has(there, number))
            continue;
        any = true;
        if (f->responders == NULL || bits_has(f->responders, key)) bits_set(at_home, key);
    }
    bool good = there != NULL && at_home != NULL;
    free(there);
    free(f->responders);
    f->responders = at_home;
    if (!good) return STATUS_NO_MEMORY;
    return any ? STATUS_OK : STATUS_NOT_FOUND;
}

static status settle_place(filter *f, const query_filter *q, const char **wrong) {
    status s = STATUS_OK;
    if (q->place.count > 0) {
        *wrong = "place";
        s = settle_home(f, meant_places_named(f->moment, q->place));
    }
    if (s == STATUS_OK && q->country.count > 0) {
        *wrong = "country";
        s = settle_home(f, meant_places_in(f->moment, q->country));
    }
    if (s == STATUS_OK && q->box.is_given) {
        s = settle_home(f, meant_places_inside(f->moment, &q->box));
        if (s == STATUS_NOT_FOUND) s = STATUS_OK; /* A box with nobody in it is an answer. */
    }
    return s;
}

/* Users with a map point; clean: that is not bad. */
static uint64_t *users_at_home(const moment *m, bool clean) {
    uint64_t *bits = bits_of_users(m);
    const home_row *home;
    for (uint32_t key = 0;
         bits != NULL && (home = flow_view_next(m->snapshot, m->graph->home_view, &key)) != NULL;
         key++)
        if (!clean || flow_view_find(m->snapshot, m->graph->round_view, home->place) == NULL)
            bits_set(bits, key);
    return bits;
}

static status settle_homes(filter *f) {
    if (f->is_located != QUERY_ANY) f->located = users_at_home(f->moment, false);
    if (f->is_clean != QUERY_ANY) f->clean = users_at_home(f->moment, true);
    bool good = (f->is_located == QUERY_ANY || f->located != NULL) &&
                (f->is_clean == QUERY_ANY || f->clean != NULL);
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

/* A hashtag that no tweet has is an answer, not a mistake. */
static status settle_hashtag(filter *f, const query_filter *q) {
    char room[MENTION_ROOM];
    text folded;
    f->refs = bits_new(idmap_count(f->moment->graph->tweet_ids));
    if (f->refs == NULL) return STATUS_NO_MEMORY;
    text said = text_starts_with(q->hashtag, TEXT("#"))
                    ? text_slice(q->hashtag, 1, q->hashtag.count)
                    : q->hashtag;
    if (!hashtag_fold(said, room, &folded)) return STATUS_OK;
    return named_tweets(f->moment, folded, f->refs) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Tweets with a response that passes all else. */
static uint64_t *tweets_asked_about(const filter *f, uint32_t tweet_count) {
    uint64_t *bits = bits_new(tweet_count);
    uint32_t *chosen = malloc((FLOW_BLOCK_ROWS_MAX + 1) * sizeof *chosen);
    flow_block b;
    for (size_t index = 0; bits != NULL && chosen != NULL && filter_next_block(f, &index, &b);) {
        const uint32_t *refs = b.columns[RESPONSE_REF];
        uint32_t count = filter_select(f, &b, chosen);
        for (uint32_t i = 0; i < count; i++) bits_set(bits, refs[chosen[i]]);
    }
    bool good = chosen != NULL;
    free(chosen);
    if (good) return bits;
    free(bits);
    return NULL;
}

/* Of the tweets (bits below `count`) only those stay that match. */
static void keep_wanted(wanted_judge *j, const moment *m, uint64_t *bits, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (bits[i / 64] == 0) i |= 63; /* Most are none. */
        if (i >= count || !bits_has(bits, i)) continue;
        const tweet_row *row = moment_tweet(m, i);
        if (row == NULL || !wanted_matches(j, row)) bits_clear(bits, i);
    }
}

static status settle_wanted(filter *f, const query_filter *q, const char **wrong) {
    wanted *w;
    status s = wanted_read(q->wanted, &w, NULL);
    *wrong = "q";
    if (s != STATUS_OK) return s == STATUS_BAD_FORMAT ? STATUS_BAD_ARGUMENT : s;
    wanted_judge *j = wanted_judge_new(w, f->moment);
    uint32_t tweet_count = idmap_count(f->moment->graph->tweet_ids);
    uint64_t *bits = tweets_asked_about(f, tweet_count);
    bool good = j != NULL && bits != NULL;
    if (good) keep_wanted(j, f->moment, bits, tweet_count);
    wanted_judge_free(j);
    wanted_free(w);
    free(f->refs);
    f->refs = bits;
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

static status settle(filter *f, const query_filter *q, const char **wrong) {
    status s = STATUS_OK;
    if (!f->any_lang && !meant_lang(f->moment, q->lang, &f->lang)) f->nothing = true;
    if (!f->any_author) s = settle_author(f, q, wrong);
    if (s == STATUS_OK) s = settle_place(f, q, wrong);
    if (s == STATUS_OK && q->hashtag.count > 0) s = settle_hashtag(f, q);
    if (s == STATUS_OK) s = settle_homes(f);
    if (s == STATUS_OK && q->wanted.count > 0) s = settle_wanted(f, q, wrong);
    return s;
}

status filter_init(filter *f, const moment *m, const query_filter *q, uint32_t begin, uint32_t end,
                   const char **wrong) {
    const char *which = NULL;
    *f = (filter){.moment = m, .begin = begin, .end = end, .nothing = begin >= end};
    f->any_lang = q->lang.count == 0;
    f->any_kind = q->kinds == 0;
    f->any_author = q->author.count == 0;
    f->kinds = (uint8_t)q->kinds;
    f->is_located = q->located;
    f->is_clean = q->clean;
    f->is_open = f->any_lang && f->any_kind && f->any_author && q->place.count == 0 &&
                 q->country.count == 0 && q->hashtag.count == 0 && q->wanted.count == 0 &&
                 !q->box.is_given && q->located == QUERY_ANY && q->clean == QUERY_ANY;
    status s = settle(f, q, &which);
    if (wrong != NULL && (s == STATUS_NOT_FOUND || s == STATUS_BAD_ARGUMENT)) *wrong = which;
    return s;
}

void filter_deinit(filter *f) {
    free(f->responders);
    free(f->refs);
    free(f->located);
    free(f->clean);
}

/* ---- Rows ---- */

/* Without a branch: what passes is not to be foretold. */
static uint32_t select_live(const filter *f, const flow_block *b, uint32_t *chosen) {
    const uint32_t *minute = b->columns[RESPONSE_MINUTE];
    const uint16_t *lang = b->columns[RESPONSE_LANG];
    const uint8_t *kind = b->columns[RESPONSE_KIND];
    uint32_t count = 0, span = f->end - f->begin;
    const bool any_lang = f->any_lang, any_kind = f->any_kind; /* Not read again for each row. */
    const unsigned kinds = f->kinds, only_lang = f->lang, begin = f->begin;
    for (uint32_t i = 0; i < b->row_count; i++) {
        bool passes = (b->live[i / 64] >> (i % 64) & 1) != 0 && minute[i] - begin < span &&
                      (any_lang || lang[i] == only_lang) &&
                      (any_kind || (kinds >> kind[i] & 1) != 0);
        chosen[count] = i;
        count += passes;
    }
    return count;
}

static uint32_t keep_in(const uint64_t *bits, const uint32_t *column, uint32_t *chosen,
                        uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = chosen[i];
        chosen[kept] = row;
        kept += bits_has(bits, column[row]);
    }
    return kept;
}

static uint32_t keep_equal(uint32_t number, const uint32_t *column, uint32_t *chosen,
                           uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = chosen[i];
        chosen[kept] = row;
        kept += column[row] == number;
    }
    return kept;
}

/* Both ends are in the set, or not both. */
static uint32_t keep_ends(const uint64_t *bits, bool both, const flow_block *b, uint32_t *chosen,
                          uint32_t count) {
    const uint32_t *author = b->columns[RESPONSE_AUTHOR];
    const uint32_t *responder = b->columns[RESPONSE_RESPONDER];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = chosen[i];
        chosen[kept] = row;
        kept += (bits_has(bits, author[row]) && bits_has(bits, responder[row])) == both;
    }
    return kept;
}

static uint32_t keep_passing(const filter *f, const flow_block *b, uint32_t *chosen,
                             uint32_t count) {
    if (!f->any_author) count = keep_equal(f->author, b->columns[RESPONSE_AUTHOR], chosen, count);
    if (f->refs != NULL) count = keep_in(f->refs, b->columns[RESPONSE_REF], chosen, count);
    if (f->responders != NULL)
        count = keep_in(f->responders, b->columns[RESPONSE_RESPONDER], chosen, count);
    if (f->is_located != QUERY_ANY)
        count = keep_ends(f->located, f->is_located == QUERY_TRUE, b, chosen, count);
    if (f->is_clean != QUERY_ANY)
        count = keep_ends(f->clean, f->is_clean == QUERY_TRUE, b, chosen, count);
    return count;
}

uint32_t filter_select(const filter *f, const flow_block *b, uint32_t *chosen) {
    return keep_passing(f, b, chosen, select_live(f, b, chosen));
}

uint32_t filter_select_among(const filter *f, const flow_block *b, enum response_column column,
                             const uint64_t *bits, uint32_t *chosen) {
    uint32_t count = keep_in(bits, b->columns[column], chosen, select_live(f, b, chosen));
    return keep_passing(f, b, chosen, count);
}

bool filter_next_block(const filter *f, size_t *index, flow_block *b) {
    return !f->nothing && flow_scan_next(f->moment->snapshot, f->moment->graph->response_scan,
                                         f->begin, f->end, index, b);
}
