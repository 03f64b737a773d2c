/* SPDX-License-Identifier: MIT */
#include "pipeline/scoring.h"

#include "pipeline/base/hash.h"
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 13, TEXT_BYTES_MAX = 320, LANG_BYTES_MAX = 12 };

/* All that a score follows from, and the score. */
typedef struct {
    uint16_t text_bytes;
    uint8_t lang_bytes, user_lang_bytes, scored_lang_bytes;
    bool is_plain, is_used, lang_is_guessed;
    sentiment_label label;
    int32_t score;
    char lang[LANG_BYTES_MAX], user_lang[LANG_BYTES_MAX], scored_lang[LANG_BYTES_MAX];
    char text[TEXT_BYTES_MAX];
} scored;

struct scoring {
    const sentiment_model *model;
    uint64_t seed;
    scored slots[SLOTS];
};

scoring *scoring_new(const sentiment_model *m, uint64_t hash_seed) {
    scoring *s = calloc(1, sizeof(*s));
    if (s == NULL) return NULL;
    s->model = m;
    s->seed = hash_seed;
    return s;
}

void scoring_free(scoring *s) {
    free(s);
}

static bool fits(const tweet_record *t) {
    return t->text.count <= TEXT_BYTES_MAX && t->lang.count <= LANG_BYTES_MAX &&
           t->user_lang.count <= LANG_BYTES_MAX;
}

static bool is_of(const scored *slot, const tweet_record *t) {
    return slot->is_used && slot->is_plain == t->is_plain &&
           text_equal((text){slot->text, slot->text_bytes}, t->text) &&
           text_equal((text){slot->lang, slot->lang_bytes}, t->lang) &&
           text_equal((text){slot->user_lang, slot->user_lang_bytes}, t->user_lang);
}

static uint8_t keep(char *to, text from) {
    if (from.count > 0) memcpy(to, from.bytes, from.count);
    return (uint8_t)from.count;
}

static void remember(scored *slot, const tweet_record *t, const tweet_sentiment *found) {
    slot->is_used = found->lang.count <= LANG_BYTES_MAX;
    if (!slot->is_used) return;
    memcpy(slot->text, t->text.bytes == NULL ? "" : t->text.bytes, t->text.count);
    slot->text_bytes = (uint16_t)t->text.count;
    slot->lang_bytes = keep(slot->lang, t->lang);
    slot->user_lang_bytes = keep(slot->user_lang, t->user_lang);
    slot->scored_lang_bytes = keep(slot->scored_lang, found->lang);
    slot->is_plain = t->is_plain;
    slot->lang_is_guessed = found->lang_is_guessed;
    slot->label = found->label;
    slot->score = found->score_e6;
}

static void score_tweet(scoring *s, arena *memory, record *r) {
    tweet_record *t = &r->tweet;
    tweet_sentiment found;
    scored *slot = NULL;
    if (fits(t)) slot = &s->slots[hash_bytes(t->text.bytes, t->text.count, s->seed) & (SLOTS - 1)];
    if (slot != NULL && is_of(slot, t)) {
        /* The slot may soon be another text's: the language is copied. */
        text lang = arena_copy(memory, (text){slot->scored_lang, slot->scored_lang_bytes});
        found = (tweet_sentiment){slot->score, slot->label, lang, slot->lang_is_guessed};
        if (lang.bytes == NULL) return; /* The engine will score it. */
    } else {
        sentiment_of_tweet(s->model, t->text, t->is_plain, t->lang, t->user_lang, &found);
        if (slot != NULL) remember(slot, t, &found);
    }
    t->score = found.score_e6;
    t->score_label = (uint8_t)found.label;
    t->scored_lang = found.lang;
    t->lang_is_guessed = found.lang_is_guessed;
    r->fields |= TWEET_SCORE;
}

/* A page of v2 has thousands of tweets and users, and no user's language. */
static bool any_user_lang(const record_batch *b, const item *of) {
    for (uint32_t i = 0; i < of->record_count; i++) {
        const record *r = &b->records[of->first_record + i];
        if (r->kind == RECORD_USER && (r->fields & USER_LANG) != 0) return true;
    }
    return false;
}

/* The author's own language, as a user record of the same item says. */
static text user_lang_of(const record_batch *b, const item *of, uint64_t author_id) {
    for (uint32_t i = 0; i < of->record_count; i++) {
        const record *r = &b->records[of->first_record + i];
        if (r->kind == RECORD_USER && r->user.id == author_id && (r->fields & USER_LANG) != 0)
            return r->user.lang;
    }
    return (text){NULL, 0};
}

void scoring_run(scoring *s, record_batch *b) {
    for (size_t i = 0; i < b->item_count; i++) {
        const item *of = &b->items[i];
        bool any = any_user_lang(b, of);
        for (uint32_t j = 0; j < of->record_count; j++) {
            record *r = &b->records[of->first_record + j];
            if (r->kind != RECORD_TWEET || (r->fields & TWEET_TEXT) == 0) continue;
            if (any) r->tweet.user_lang = user_lang_of(b, of, r->tweet.author_id);
            score_tweet(s, b->memory, r);
        }
    }
}
