/* SPDX-License-Identifier: MIT */
#include "pipeline/store/journal_codec.h"

#include <stdlib.h>

#include "pipeline/base/array.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/random.h"
#include "pipeline/store/varint.h"

enum { TEXT_EMPTY, TEXT_NEW, TEXT_KNOWN, KEY_BYTES_MAX = 64, SCORE_LABELS = 4 };

/* One walk over a record writes it or reads it, so that the two cannot differ. */
typedef struct {
    bool writes;
    buffer *out;                         /* Writing. */
    uint32_t *slots;                     /* Numbers + 1 of known texts, by hash. */
    size_t slot_count;                   /* A power of two, or 0. */
    uint64_t seed;                       /* Of the hash: texts are of strangers. */
    varint_reader in;                    /* Reading. */
    bool failed;                         /* No memory. */
    journal_decoder *texts;              /* Known texts, by number. */
    uint64_t tweet_id, user_id, time_ms; /* The last ones. */
} walk;

static void walk_number(walk *w, uint64_t *value) {
    if (w->writes)
        varint_add(w->out, *value);
    else
        *value = varint_take(&w->in);
}

static void walk_from(walk *w, uint64_t *value, uint64_t *last) {
    uint64_t step = varint_fold((int64_t)(*value - *last));
    walk_number(w, &step);
    *value = *last += (uint64_t)varint_unfold(step);
}

static void walk_time(walk *w, int64_t *ms) {
    uint64_t value = (uint64_t)*ms;
    walk_from(w, &value, &w->time_ms);
    *ms = (int64_t)value;
}

/* A number below `limit`. */
static uint32_t walk_below(walk *w, uint32_t value, uint32_t limit) {
    uint64_t number = value;
    walk_number(w, &number);
    if (!w->writes && number >= limit) number = varint_fail(&w->in);
    return (uint32_t)number;
}

static void walk_bool(walk *w, bool *value) {
    *value = walk_below(w, *value, 2) == 1;
}

static bool keep_text(walk *w, text t) {
    journal_decoder *d = w->texts;
    if (!ARRAY_ROOM(d->texts, d->text_count, d->text_capacity, 256)) {
        w->failed = true;
        return false;
    }
    d->texts[d->text_count++] = t;
    return true;
}

/* ---- writing a text ---- */

static size_t slot_of(const walk *w, text t) {
    size_t at = (size_t)hash_bytes(t.bytes, t.count, w->seed) & (w->slot_count - 1);
    while (w->slots[at] != 0 && !text_equal(w->texts->texts[w->slots[at] - 1], t))
        at = (at + 1) & (w->slot_count - 1);
    return at;
}

static bool grow_slots(walk *w) {
    size_t count = w->slot_count == 0 ? 512 : w->slot_count * 2;
    uint32_t *slots = calloc(count, sizeof(*slots));
    if (slots == NULL) {
        w->failed = true;
        return false;
    }
    free(w->slots);
    w->slots = slots;
    w->slot_count = count;
    for (size_t i = 0; i < w->texts->text_count; i++)
        slots[slot_of(w, w->texts->texts[i])] = (uint32_t)i + 1;
    return true;
}

static void write_text(walk *w, text t) {
    if (t.count == 0) {
        varint_add(w->out, TEXT_EMPTY);
        return;
    }
    if (w->texts->text_count * 2 >= w->slot_count && !grow_slots(w)) return;
    size_t at = slot_of(w, t);
    if (w->slots[at] != 0) {
        varint_add(w->out, (uint64_t)w->slots[at] - 1 + TEXT_KNOWN);
        return;
    }
    if (!keep_text(w, t)) return;
    w->slots[at] = (uint32_t)w->texts->text_count;
    varint_add(w->out, TEXT_NEW);
    varint_add(w->out, t.count);
    buffer_add(w->out, t);
}

static text read_text(walk *w) {
    uint64_t code = varint_take(&w->in);
    text t = {NULL, 0};
    if (code == TEXT_NEW) {
        t = varint_take_bytes(&w->in, varint_take(&w->in));
        (void)keep_text(w, t);
    } else if (code != TEXT_EMPTY) {
        if (code - TEXT_KNOWN >= w->texts->text_count)
            (void)varint_fail(&w->in);
        else
            t = w->texts->texts[code - TEXT_KNOWN];
    }
    return t;
}

static void walk_text(walk *w, text *t) {
    if (w->writes)
        write_text(w, *t);
    else
        *t = read_text(w);
}

/* ---- records ---- */

static void walk_score(walk *w, tweet_record *t) {
    uint64_t score = varint_fold(t->score);
    walk_number(w, &score);
    t->score = (int32_t)varint_unfold(score);
    t->score_label = (uint8_t)walk_below(w, t->score_label, SCORE_LABELS);
    walk_bool(w, &t->lang_is_guessed);
    walk_text(w, &t->scored_lang);
}

static void walk_tweet(walk *w, uint32_t fields, tweet_record *t) {
    walk_from(w, &t->id, &w->tweet_id);
    walk_bool(w, &t->heard);
    walk_bool(w, &t->is_plain);
    if ((fields & TWEET_AUTHOR) != 0) walk_from(w, &t->author_id, &w->user_id);
    if ((fields & TWEET_CREATED) != 0) walk_time(w, &t->created_ms);
    if ((fields & TWEET_TEXT) != 0) walk_text(w, &t->text);
    if ((fields & TWEET_LANG) != 0) walk_text(w, &t->lang);
    /* 0 is common here, and a difference to an id is long. */
    if ((fields & TWEET_RETWEET_OF) != 0) walk_number(w, &t->retweet_of);
    if ((fields & TWEET_REPLY_TO) != 0) walk_number(w, &t->reply_to);
    if ((fields & TWEET_QUOTE_OF) != 0) walk_number(w, &t->quote_of);
    if ((fields & TWEET_FOLLOWERS) != 0) walk_number(w, &t->followers);
    if ((fields & TWEET_TWEETS) != 0) walk_number(w, &t->tweets);
    if ((fields & TWEET_LINKS) != 0) walk_text(w, &t->links);
    if ((fields & TWEET_HASHTAGS) != 0) walk_text(w, &t->hashtags);
    walk_text(w, &t->user_lang);
    if ((fields & TWEET_SCORE) != 0) walk_score(w, t);
}

static void walk_user(walk *w, uint32_t fields, user_record *u) {
    walk_from(w, &u->id, &w->user_id);
    if ((fields & USER_NAME) != 0) walk_text(w, &u->name);
    if ((fields & USER_USERNAME) != 0) walk_text(w, &u->username);
    if ((fields & USER_LOCATION) != 0) walk_text(w, &u->location);
    if ((fields & USER_FOLLOWERS) != 0) walk_number(w, &u->followers);
    if ((fields & USER_TWEETS) != 0) walk_number(w, &u->tweets);
    if ((fields & USER_LANG) != 0) walk_text(w, &u->lang);
}

static void walk_rest(walk *w, record *r) {
    int64_t now_ms;
    switch (r->kind) {
    case RECORD_TWEET: walk_tweet(w, r->fields, &r->tweet); break;
    case RECORD_USER: walk_user(w, r->fields, &r->user); break;
    case RECORD_DELETE:
    case RECORD_UNDELETE: walk_from(w, &r->tweet.id, &w->tweet_id); break;
    case RECORD_SCRUB_GEO:
        walk_from(w, &r->scrub.user_id, &w->user_id);
        walk_number(w, &r->scrub.up_to);
        break;
    case RECORD_HIDE_USER:
        walk_from(w, &r->hide.user_id, &w->user_id);
        r->hide.reason = (hide_reason)walk_below(w, r->hide.reason, HIDE_REASONS);
        walk_bool(w, &r->hide.is_hidden);
        break;
    case RECORD_WITHHOLD:
        walk_number(w, &r->withhold.tweet_id);
        walk_number(w, &r->withhold.user_id);
        walk_text(w, &r->withhold.countries);
        break;
    case RECORD_EDIT:
        walk_from(w, &r->edit.from, &w->tweet_id);
        walk_from(w, &r->edit.to, &w->tweet_id);
        break;
    case RECORD_FIX:
    case RECORD_UNDO_FIX:
        now_ms = r->fix.now_ms;
        walk_number(w, &r->fix.number);
        walk_time(w, &now_ms);
        r->fix.now_ms = now_ms;
        walk_text(w, &r->fix.where);
        walk_text(w, &r->fix.set);
        break;
    }
}

static void walk_record(walk *w, record *r) {
    uint64_t version = varint_fold(r->version), fields = r->fields;
    r->kind = (record_kind)walk_below(w, r->kind, RECORD_UNDO_FIX + 1);
    r->origin = (uint8_t)walk_below(w, r->origin, RECORD_ORIGINS);
    walk_number(w, &version);
    walk_number(w, &fields);
    walk_time(w, &r->observed_ms);
    r->version = (int32_t)varint_unfold(version);
    r->fields = (uint32_t)fields;
    walk_rest(w, r);
}

/* ---- a frame's worth ---- */

static void write_tally(walk *w, const store_tally *t) {
    (void)walk_below(w, t->outcome, ITEM_OUTCOMES);
    write_text(w, text_of(t->reason));
    varint_add(w->out, t->count);
}

status journal_encode(const record *records, size_t count, const store_tally *tallies,
                      size_t tally_count, buffer *out) {
    journal_decoder known = {0};
    walk w = {.writes = true, .out = out, .seed = random_seed(), .texts = &known};
    varint_add(out, tally_count);
    for (size_t i = 0; i < tally_count; i++) write_tally(&w, &tallies[i]);
    varint_add(out, count);
    for (size_t i = 0; i < count; i++) {
        record r = records[i];
        walk_record(&w, &r);
    }
    free(w.slots);
    free(known.texts);
    return w.failed || out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static bool add_tally(journal_decoder *d, store_tally t) {
    if (!ARRAY_ROOM(d->tallies, d->tally_count, d->tally_capacity, 16)) return false;
    d->tallies[d->tally_count++] = t;
    return true;
}

static void read_tally(walk *w) {
    store_tally t = {.outcome = (uint8_t)walk_below(w, 0, ITEM_OUTCOMES)};
    text reason = read_text(w);
    t.count = varint_take(&w->in);
    if (reason.count > KEY_BYTES_MAX) (void)varint_fail(&w->in);
    if (w->in.failed) return;
    if (reason.count > 0) {
        t.reason = arena_copy(w->texts->batch->memory, reason).bytes; /* With a NUL. */
        w->failed |= t.reason == NULL;
    }
    w->failed |= !add_tally(w->texts, t);
}

static void read_records(walk *w) {
    uint64_t left = varint_take(&w->in);
    for (; left > 0 && !w->in.failed && !w->failed; left--) {
        record *r = record_batch_add(w->texts->batch);
        if (r == NULL)
            w->failed = true;
        else
            walk_record(w, r);
    }
}

status journal_decode(journal_decoder *d, text bytes) {
    if (d->batch == NULL && (d->batch = record_batch_new()) == NULL) return STATUS_NO_MEMORY;
    record_batch_clear(d->batch);
    d->tally_count = d->text_count = 0;
    walk w = {.in = varint_read(bytes), .texts = d};
    if (bytes.count == 0) return STATUS_BAD_DATA;
    uint64_t tallies = varint_take(&w.in);
    for (; tallies > 0 && !w.in.failed && !w.failed; tallies--) read_tally(&w);
    if (!w.failed) read_records(&w);
    if (w.failed) return STATUS_NO_MEMORY;
    return w.in.failed || w.in.at != w.in.end ? STATUS_BAD_DATA : STATUS_OK;
}

void journal_decoder_deinit(journal_decoder *d) {
    record_batch_free(d->batch);
    free(d->tallies);
    free(d->texts);
    *d = (journal_decoder){0};
}
