/* SPDX-License-Identifier: MIT */
/* What names something is settled once, as numbers and bits; a tweet then costs a few looks
 * at its row, and its text is read only where nothing else has decided. */
#include "pipeline/queries/wanted_internal.h"

#include "pipeline/queries/bits.h"
#include "pipeline/queries/meant.h"
#include "pipeline/queries/named.h"
#include "sentiment/sentiment.h"
#include <stdlib.h>
#include <string.h>

/* Of a text what is beyond this is not looked at. */
enum { FOLDED_TEXT_BYTES_MAX = 256 << 10 };

typedef struct {
    uint32_t number; /* Of a person or language; NO_NUMBER: there is none. */
    uint64_t *bits;  /* Of tweets or places; NULL: not of this term. */
} settled;

struct wanted_judge {
    const wanted *wanted;
    const moment *moment;
    texts_reader *texts;
    settled terms[WANTED_TERMS_MAX];
    text text, folded; /* Of the tweet being judged; bytes NULL: not read yet. */
    char room[FOLDED_TEXT_BYTES_MAX];
};

/* ---- What is named ---- */

static bool mark_tweet(uint32_t tweet, uint32_t name, void *context) {
    (void)name;
    bits_set(context, tweet);
    return true;
}

static uint64_t *tweets_with(const moment *m, const wanted_term *t) {
    uint64_t *bits = bits_new(idmap_count(m->graph->tweet_ids));
    bool good = bits != NULL;
    if (good && t->type == TERM_TAG)
        good = named_tweets(m, t->words, bits);
    else if (good)
        (void)named_each(m, t->type == TERM_HAS_TAGS ? m->graph->hashtag_scan : m->graph->link_scan,
                         0, UINT32_MAX, mark_tweet, bits);
    if (good) return bits;
    free(bits);
    return NULL;
}

static bool settle_bits(const moment *m, const wanted_term *t, settled *s) {
    switch (t->type) {
    case TERM_TAG:
    case TERM_HAS_TAGS:
    case TERM_HAS_LINKS: s->bits = tweets_with(m, t); break;
    case TERM_PLACE: s->bits = meant_places_named(m, t->words); break;
    case TERM_COUNTRY: s->bits = meant_places_in(m, t->words); break;
    default: return true;
    }
    return s->bits != NULL;
}

static void settle_people(wanted_judge *j) {
    text names[WANTED_TERMS_MAX] = {{NULL, 0}};
    uint32_t numbers[WANTED_TERMS_MAX];
    size_t terms[WANTED_TERMS_MAX], count = 0;
    for (size_t i = 0; i < j->wanted->term_count; i++) {
        const wanted_term *t = &j->wanted->terms[i];
        if (t->type != TERM_FROM && t->type != TERM_TO) continue;
        names[count] = t->words;
        terms[count++] = i;
    }
    meant_people(j->moment, names, numbers, count);
    for (size_t i = 0; i < count; i++) j->terms[terms[i]].number = numbers[i];
}

wanted_judge *wanted_judge_new(const wanted *w, const moment *m) {
    wanted_judge *j = malloc(sizeof *j);
    if (j == NULL) return NULL;
    j->wanted = w;
    j->moment = m;
    memset(j->terms, 0, sizeof j->terms);
    j->texts = texts_reader_new(m->texts);
    bool good = j->texts != NULL;
    settle_people(j);
    for (size_t i = 0; good && i < w->term_count; i++) {
        const wanted_term *t = &w->terms[i];
        settled *s = &j->terms[i];
        if (t->type == TERM_LANG && !meant_lang(m, t->words, &s->number)) s->number = NO_NUMBER;
        good = settle_bits(m, t, s);
    }
    if (good) return j;
    wanted_judge_free(j);
    return NULL;
}

void wanted_judge_free(wanted_judge *j) {
    if (j == NULL) return;
    for (size_t i = 0; i < j->wanted->term_count; i++) free(j->terms[i].bits);
    texts_reader_free(j->texts);
    free(j);
}

/* ---- Conditions ---- */

static bool score_is(const wanted_term *t, const tweet_row *row) {
    if (row->label == SENTIMENT_UNKNOWN) return false;
    switch (t->op) {
    case SCORE_IS: return row->score == t->number;
    case SCORE_LESS: return row->score < t->number;
    case SCORE_AT_MOST: return row->score <= t->number;
    case SCORE_MORE: return row->score > t->number;
    case SCORE_AT_LEAST: return row->score >= t->number;
    }
    return false;
}

static bool is_to(const wanted_judge *j, const settled *s, const tweet_row *row) {
    if (row->kind != KIND_REPLY || row->ref == NO_NUMBER) return false;
    const tweet_row *to = moment_tweet(j->moment, row->ref);
    return to != NULL && to->author == s->number;
}

static bool is_at(const wanted_judge *j, const settled *s, const tweet_row *row) {
    uint32_t number;
    bool makes_point;
    return moment_place_of_user(j->moment, row->author, &number, &makes_point) &&
           number < places_count(j->moment->places) && bits_has(s->bits, number);
}

/* What a retweet has is its original's. */
static bool has(const settled *s, const tweet_row *row) {
    if (row->kind != KIND_RETWEET) return bits_has(s->bits, row->tweet);
    return row->ref != NO_NUMBER && bits_has(s->bits, row->ref);
}

/* ---- Texts ---- */

static text text_of_tweet(wanted_judge *j, const tweet_row *row) {
    if (j->text.bytes == NULL) j->text = texts_read(j->texts, row->text);
    return j->text;
}

static bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The next name behind an @ that is not within a word, from *at on, which is moved past it. */
static bool next_mention(text t, size_t *at, text *name) {
    for (size_t sign; *at < t.count; *at = sign + 1) {
        if (!text_find_byte(text_slice(t, *at, t.count), '@', &sign)) return false;
        sign += *at;
        size_t end = sign + 1;
        while (end < t.count && is_name_byte(t.bytes[end])) end++;
        bool is_inside = sign > 0 && is_name_byte(t.bytes[sign - 1]);
        if (is_inside || end == sign + 1) continue;
        *name = text_slice(t, sign + 1, end);
        *at = end;
        return true;
    }
    return false;
}

static bool mentions(wanted_judge *j, const wanted_term *t, const tweet_row *row) {
    const text all = text_of_tweet(j, row);
    text name;
    for (size_t at = 0; next_mention(all, &at, &name);)
        if (t->type == TERM_HAS_MENTIONS || text_equal_caseless(name, t->words)) return true;
    return false;
}

static bool has_words(wanted_judge *j, const wanted_term *t, const tweet_row *row) {
    const text all = text_of_tweet(j, row);
    if (!folded_may_have(all, t->pair)) return false;
    if (j->folded.bytes == NULL) {
        bool is_plain = (row->flags & TWEET_IS_PLAIN) != 0;
        j->folded.count = folded_write(&j->wanted->fold, all, is_plain, j->room, sizeof j->room);
        j->folded.bytes = j->room;
    }
    return memmem(j->folded.bytes, j->folded.count, t->words.bytes, t->words.count) != NULL;
}

/* ---- The tree ---- */

static bool term_holds(wanted_judge *j, size_t number, const tweet_row *row) {
    const wanted_term *t = &j->wanted->terms[number];
    const settled *s = &j->terms[number];
    switch (t->type) {
    case TERM_KIND: return row->kind == (uint8_t)t->number;
    case TERM_LANG: return row->lang == s->number;
    case TERM_LABEL: return row->label == (uint8_t)t->number;
    case TERM_SCORE: return score_is(t, row);
    case TERM_FROM: return row->author == s->number;
    case TERM_TAG:
    case TERM_HAS_TAGS:
    case TERM_HAS_LINKS: return has(s, row);
    case TERM_TO: return is_to(j, s, row);
    case TERM_PLACE:
    case TERM_COUNTRY: return is_at(j, s, row);
    case TERM_MENTION:
    case TERM_HAS_MENTIONS: return mentions(j, t, row);
    case TERM_WORDS: return has_words(j, t, row);
    }
    return false;
}

static bool node_holds(wanted_judge *j, uint16_t number, const tweet_row *row) {
    const wanted_node *nodes = j->wanted->nodes, *n = &nodes[number - 1];
    bool any = n->type == NODE_ANY, holds = !any;
    if (n->type == NODE_TERM) return term_holds(j, n->term, row) != n->is_negated;
    for (uint16_t at = n->first; at != 0 && holds != any; at = nodes[at - 1].next)
        holds = node_holds(j, at, row);
    return holds != n->is_negated;
}

bool wanted_matches(wanted_judge *j, const tweet_row *row) {
    j->text = j->folded = (text){NULL, 0};
    return node_holds(j, j->wanted->root, row);
}
