/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/filter.h"

#include "pipeline/queries/bits.h"
#include "pipeline/queries/mention.h"
#include "pipeline/queries/named.h"
#include "pipeline/queries/shapes.h"
#include <string.h>

/* ---- What the words mean ---- */

static bool find_lang(const moment *m, text lang, uint32_t *number) {
    /* Languages are few: a handle is found by looking at those that occur. */
    const lang_row *row;
    for (uint32_t key = 0; (row = flow_view_next(m->snapshot, m->graph->lang_view, &key)) != NULL;
         key++) {
        *number = row->lang;
        if (text_equal(strings_get(m->langs, row->lang), lang)) return true;
    }
    return false;
}

static uint64_t *bits_of_users(const moment *m) {
    return bits_new(idmap_count(m->graph->user_ids));
}

/* An id, or @username in any ASCII case, of several the one with the least id. */
static bool find_author(const moment *m, text who, uint32_t *user) {
    const idmap *ids = m->graph->user_ids;
    const user_row *u;
    uint64_t id;
    bool found = false;
    if (text_to_u64(who, &id)) return idmap_find(ids, id, user);
    text name = text_slice(who, 1, who.count); /* Behind the @. */
    for (uint32_t key = 0; (u = flow_view_next(m->snapshot, m->graph->user_view, &key)) != NULL;
         key++) {
        if (!text_equal_caseless(strings_get(m->names, u->username), name)) continue;
        if (!found || idmap_id(ids, key) < idmap_id(ids, *user)) *user = key;
        found = true;
    }
    return found;
}

static status settle_author(filter *f, const query_filter *q, const char **wrong) {
    uint64_t id;
    f->any_author = false;
    if (find_author(f->moment, q->author, &f->author)) return STATUS_OK;
    *wrong = "author";
    f->nothing = true;
    return text_to_u64(q->author, &id) ? STATUS_OK : STATUS_NOT_FOUND;
}

/* By its id, as places/top gives it, or by its name. */
static bool is_called(const place *p, text wanted) {
    char room[PLACE_NAME_ROOM], id[PLACE_ID_ROOM];
    return text_equal_caseless(place_name(p, room), wanted) ||
           (wanted.count == PLACE_ID_ROOM - 1 && text_equal(place_id_text(p, id), wanted));
}

/* Places called so, as bits of their numbers; NULL: no memory. */
static uint64_t *places_named(const moment *m, text wanted) {
    uint32_t count = places_count(m->places);
    uint64_t *bits = bits_new(count);
    place found;
    bool any = false;
    for (uint32_t i = 0; bits != NULL && i < count; i++)
        if (is_called(places_get(m->places, i), wanted)) {
            bits_set(bits, i);
            any = true;
        }
    if (bits == NULL || any || !places_look_up(m->places, wanted, &found)) return bits;
    for (uint32_t i = 0; i < count; i++)
        if (place_compare(places_get(m->places, i), &found) == 0) bits_set(bits, i);
    return bits;
}

/* The code of the country that is meant; false when it is none. */
static bool country_meant(const moment *m, text said, char code[3]) {
    place found;
    if (said.count == 2 && (unsigned char)said.bytes[0] < 0x80) {
        for (size_t i = 0; i < 2; i++) code[i] = (char)(said.bytes[i] & ~0x20);
        code[2] = '\0';
        return true;
    }
    if (!places_look_up(m->places, said, &found) || found.kind != PLACE_COUNTRY) return false;
    memcpy(code, found.country, 3);
    return code[0] != '\0';
}

/* Places in the country, as bits of their numbers; NULL: no memory. */
static uint64_t *places_in(const moment *m, text said) {
    uint32_t count = places_count(m->places);
    uint64_t *bits = bits_new(count);
    char code[3];
    if (bits == NULL || !country_meant(m, said, code)) return bits;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(places_get(m->places, i)->country, code) == 0) bits_set(bits, i);
    return bits;
}

/* Of the responders those at the places, which are freed; NULL: no memory. */
static status settle_home(filter *f, uint64_t *wanted) {
    const moment *m = f->moment;
    uint64_t *at_home = bits_of_users(m);
    uint32_t number, count = places_count(m->places);
    bool makes_point, any = false;
    const user_row *u;
    for (uint32_t key = 0; wanted != NULL && at_home != NULL &&
                           (u = flow_view_next(m->snapshot, m->graph->user_view, &key)) != NULL;
         key++) {
        if (!places_of(m->places, u->location, &number, &makes_point) || number >= count ||
            !bits_has(wanted, number))
            continue;
        any = true;
        if (f->responders == NULL || bits_has(f->responders, key)) bits_set(at_home, key);
    }
    bool good = wanted != NULL && at_home != NULL;
    free(wanted);
    free(f->responders);
    f->responders = at_home;
    if (!good) return STATUS_NO_MEMORY;
    return any ? STATUS_OK : STATUS_NOT_FOUND;
}

static status settle_place(filter *f, const query_filter *q, const char **wrong) {
    status s = STATUS_OK;
    if (q->place.count > 0) {
        *wrong = "place";
        s = settle_home(f, places_named(f->moment, q->place));
    }
    if (s == STATUS_OK && q->country.count > 0) {
        *wrong = "country";
        s = settle_home(f, places_in(f->moment, q->country));
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

static status settle(filter *f, const query_filter *q, const char **wrong) {
    status s = STATUS_OK;
    if (!f->any_lang && !find_lang(f->moment, q->lang, &f->lang)) f->nothing = true;
    if (!f->any_author) s = settle_author(f, q, wrong);
    if (s == STATUS_OK) s = settle_place(f, q, wrong);
    if (s == STATUS_OK && q->hashtag.count > 0) s = settle_hashtag(f, q);
    if (s == STATUS_OK) s = settle_homes(f);
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
                 q->country.count == 0 && q->hashtag.count == 0 && q->located == QUERY_ANY &&
                 q->clean == QUERY_ANY;
    status s = settle(f, q, &which);
    if (wrong != NULL && s == STATUS_NOT_FOUND) *wrong = which;
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
    const unsigned kinds = f->kinds, wanted = f->lang, begin = f->begin;
    for (uint32_t i = 0; i < b->row_count; i++) {
        bool passes = (b->live[i / 64] >> (i % 64) & 1) != 0 && minute[i] - begin < span &&
                      (any_lang || lang[i] == wanted) && (any_kind || (kinds >> kind[i] & 1) != 0);
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
