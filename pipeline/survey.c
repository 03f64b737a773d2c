/* SPDX-License-Identifier: MIT */
#include "pipeline/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/array.h"
#include "pipeline/base/idmap.h"
#include "sentiment/sentiment.h"

enum { IS_KNOWN = 1, IS_HEARD = 2, IS_PROFILE = 1, IS_LOCATED = 2 };

/* Ids, and a byte of flags each. */
typedef struct {
    idmap *ids;
    uint8_t *flags;
    size_t capacity;
} id_flags;

typedef struct {
    uint64_t to;
    survey_response kind;
} reference;

struct survey {
    survey_figures f;
    id_flags tweets, users;
    reference *references;
    size_t reference_count, reference_capacity;
};

/* ---- Ids ---- */

/* Sets flags of an id; *before is what was set. */
static bool mark(id_flags *t, uint64_t id, uint8_t flags, uint8_t *before) {
    uint32_t number;
    if (!idmap_add(t->ids, id, &number)) return false;
    if (number >= t->capacity) {
        size_t capacity = t->capacity == 0 ? 1024 : t->capacity * 2;
        uint8_t *grown = realloc(t->flags, capacity);
        if (grown == NULL) return false;
        memset(grown + t->capacity, 0, capacity - t->capacity);
        t->flags = grown;
        t->capacity = capacity;
    }
    *before = t->flags[number];
    t->flags[number] |= flags;
    return true;
}

static bool is_marked(const id_flags *t, uint64_t id, uint8_t flag) {
    uint32_t number;
    return idmap_find(t->ids, id, &number) && number < t->capacity &&
           (t->flags[number] & flag) != 0;
}

static uint64_t count_marked(const id_flags *t, uint8_t flag) {
    uint64_t count = 0;
    for (size_t i = 0; i < t->capacity; i++) count += (t->flags[i] & flag) != 0;
    return count;
}

/* ---- Life ---- */

survey *survey_new(void) {
    survey *s = calloc(1, sizeof(*s));
    if (s == NULL) return NULL;
    s->tweets.ids = idmap_new(1);
    s->users.ids = idmap_new(1);
    if (s->tweets.ids != NULL && s->users.ids != NULL) return s;
    survey_free(s);
    return NULL;
}

void survey_free(survey *s) {
    if (s == NULL) return;
    idmap_free(s->tweets.ids);
    idmap_free(s->users.ids);
    free(s->tweets.flags);
    free(s->users.flags);
    free(s->references);
    free(s);
}

/* ---- Records ---- */

static void count_lang(survey_figures *f, text lang) {
    char name[sizeof f->langs[0].lang];
    size_t i = 0;
    (void)snprintf(name, sizeof name, "%.*s", (int)lang.count, lang.count > 0 ? lang.bytes : "");
    if (name[0] == '\0') (void)strcpy(name, "und");
    while (i < f->lang_count && strcmp(f->langs[i].lang, name) != 0) i++;
    if (i == SURVEY_LANGS_MAX) return;
    if (i == f->lang_count) memcpy(f->langs[f->lang_count++].lang, name, sizeof name);
    f->langs[i].tweets++;
}

static bool add_reference(survey *s, const tweet_record *t) {
    survey_response kind = t->retweet_of != 0 ? SURVEY_RETWEETS
                           : t->reply_to != 0 ? SURVEY_REPLIES
                                              : SURVEY_QUOTES;
    uint64_t to = t->retweet_of != 0 ? t->retweet_of : t->reply_to != 0 ? t->reply_to : t->quote_of;
    if (to == 0) return true;
    if (!ARRAY_ROOM(s->references, s->reference_count, s->reference_capacity, 1024)) return false;
    s->references[s->reference_count++] = (reference){to, kind};
    s->f.responses[kind]++;
    return true;
}

static bool is_located(const record_batch *b, const item *of, uint64_t author_id) {
    for (uint32_t i = 0; i < of->record_count; i++) {
        const record *r = &b->records[of->first_record + i];
        if (r->kind == RECORD_USER && r->user.id == author_id && r->user.location.count > 0)
            return true;
    }
    return false;
}

static bool add_heard(survey *s, const record_batch *b, const item *of, const record *r) {
    const tweet_record *t = &r->tweet;
    survey_figures *f = &s->f;
    f->heard++;
    if (f->first_ms == 0 || t->created_ms < f->first_ms) f->first_ms = t->created_ms;
    if (t->created_ms > f->last_ms) f->last_ms = t->created_ms;
    f->with_text += t->text.count > 0;
    f->with_mood += t->score_label != SENTIMENT_UNKNOWN;
    f->with_location += is_located(b, of, t->author_id);
    f->with_followers += (r->fields & TWEET_FOLLOWERS) != 0;
    f->with_coordinates += (r->fields & TWEET_COORDINATES) != 0;
    f->with_place += (r->fields & TWEET_PLACE) != 0;
    f->with_hashtags += t->hashtags.count > 0;
    f->with_links += t->links.count > 0;
    count_lang(f, t->scored_lang);
    return add_reference(s, t);
}

static bool add_record(survey *s, const record_batch *b, const item *of, const record *r) {
    uint8_t before;
    if (r->kind == RECORD_USER) {
        uint8_t flags = IS_PROFILE | (text_trim(r->user.location).count > 0 ? IS_LOCATED : 0);
        return mark(&s->users, r->user.id, flags, &before);
    }
    if (r->kind != RECORD_TWEET) return true;
    if (!mark(&s->tweets, r->tweet.id, r->tweet.heard ? IS_KNOWN | IS_HEARD : IS_KNOWN, &before))
        return false;
    if (!r->tweet.heard) return true;
    if ((before & IS_HEARD) == 0) return add_heard(s, b, of, r);
    s->f.again++;
    return true;
}

/* ---- Items ---- */

static void add_form(survey_figures *f, const char *form) {
    if (form == NULL) return;
    for (size_t i = 0; i < f->form_count; i++)
        if (strcmp(f->forms[i], form) == 0) return;
    if (f->form_count < SURVEY_FORMS_MAX) f->forms[f->form_count++] = form;
}

static void add_example(survey_figures *f, const item *i, tweet_source *source) {
    survey_example *e = f->examples[reason_find(i->reason)];
    for (int k = 0; k < SURVEY_EXAMPLES; k++, e++) {
        if (e->line != 0) continue;
        (void)snprintf(e->file, sizeof e->file, "%s", source->file_name(source, i->file));
        e->line = i->line;
        e->byte_count = i->bytes.count < SURVEY_BYTES_MAX ? i->bytes.count : SURVEY_BYTES_MAX;
        if (e->byte_count > 0) memcpy(e->bytes, i->bytes.bytes, e->byte_count);
        return;
    }
}

static bool add_item(survey *s, const record_batch *b, const item *i, tweet_source *source) {
    bool is_good = i->outcome <= ITEM_REPAIRED;
    if (is_good || i->kind == ITEM_KIND_NOTICE) s->f.kinds[i->kind]++;
    if (i->outcome == ITEM_REJECTED) add_example(&s->f, i, source);
    for (uint32_t k = 0; k < i->record_count; k++)
        if (!add_record(s, b, i, &b->records[i->first_record + k])) return false;
    return true;
}

status survey_add(survey *s, const source_chunk *chunk, const record_batch *b,
                  tweet_source *source) {
    accounting_add(&s->f.sums, b);
    add_form(&s->f, chunk->form);
    for (size_t i = 0; i < b->item_count; i++)
        if (!add_item(s, b, &b->items[i], source)) return STATUS_NO_MEMORY;
    return STATUS_OK;
}

static int by_tweets(const void *a, const void *b) {
    const survey_lang *x = a, *y = b;
    if (x->tweets != y->tweets) return x->tweets < y->tweets ? 1 : -1;
    return strcmp(x->lang, y->lang);
}

const survey_figures *survey_end(survey *s) {
    survey_figures *f = &s->f;
    memset(f->have_original, 0, sizeof f->have_original);
    for (size_t i = 0; i < s->reference_count; i++)
        f->have_original[s->references[i].kind] +=
            is_marked(&s->tweets, s->references[i].to, IS_KNOWN);
    f->known = count_marked(&s->tweets, IS_KNOWN);
    f->users = count_marked(&s->users, IS_PROFILE);
    f->users_located = count_marked(&s->users, IS_LOCATED);
    qsort(f->langs, f->lang_count, sizeof f->langs[0], by_tweets);
    return f;
}
