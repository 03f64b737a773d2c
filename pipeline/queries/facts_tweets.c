/* SPDX-License-Identifier: MIT */
/* A tweet's facts: what each line says of it, and the row that follows. */
#include "pipeline/queries/facts_internal.h"

#include <string.h>

#include "pipeline/base/hash.h"
#include "pipeline/base/times.h"

enum {
    COUNTS = TWEET_FOLLOWERS | TWEET_TWEETS,
    SAID = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_LANG | TWEET_RETWEET_OF |
           TWEET_REPLY_TO | TWEET_QUOTE_OF | TWEET_LINKS | TWEET_HASHTAGS | COUNTS,
    LANG_BYTES_MAX = 16, /* A longer code is no language's. */
};

bool tweet_is_there(const tweet_facts *t) {
    return (t->fields & TWEET_AUTHOR) != 0 && (t->flags & (IS_DELETED | IS_HIDDEN)) == 0;
}

static tweet_row row_of(const tweet_facts *t, uint32_t number) {
    tweet_row row;
    memset(&row, 0, sizeof row);
    row.tweet = number;
    row.created_ms = t->created_ms;
    row.minute = (uint32_t)minute_of(t->created_ms);
    row.followers = t->followers;
    row.tweets = t->tweets;
    row.author = t->author;
    uint32_t ref = t->retweet_of != 0 ? t->retweet_of
                   : t->reply_to != 0 ? t->reply_to
                                      : t->quote_of;
    row.ref = ref - 1; /* None: NO_NUMBER. */
    row.kind = t->retweet_of != 0 ? KIND_RETWEET
               : t->reply_to != 0 ? KIND_REPLY
               : t->quote_of != 0 ? KIND_QUOTE
                                  : KIND_ORIGINAL;
    row.text = t->text;
    row.score = t->score;
    row.label = t->label;
    row.lang = t->scored_lang;
    row.flags = (uint8_t)(((t->flags & IS_HEARD) != 0 ? TWEET_IS_HEARD : 0) |
                          ((t->flags & IS_GUESSED) != 0 ? TWEET_LANG_GUESSED : 0) |
                          ((t->flags & IS_PLAIN) != 0 ? TWEET_IS_PLAIN : 0) |
                          ((t->flags & IS_EDITED) != 0 ? TWEET_HAS_VERSIONS : 0));
    return row;
}

status tweet_touch(facts *f, tweet_facts *t, uint32_t number) {
    tweet_facts room;
    const tweet_facts *in_force;
    if ((t->flags & IS_TOUCHED) != 0) return STATUS_OK;
    status s = tweet_in_force(f, t, number, &room, &in_force);
    if (s != STATUS_OK) return s;
    tweet_row row = row_of(in_force, number);
    if (!touched_add(&f->touched_tweets, number, tweet_is_there(t), &row)) return STATUS_NO_MEMORY;
    t->flags |= IS_TOUCHED;
    return STATUS_OK;
}

/* ---- One record's fields ---- */

typedef struct {
    facts *f;
    tweet_facts *t;
    const tweet_record *r;
    field_stamps stamps;
    stamp now;
    uint32_t set; /* Fields that this record replaced or brought. */
    uint8_t origin;
    bool corrects; /* Its counts are the tweet's own, set right. */
} change;

static bool takes(change *c, uint32_t field, uint32_t said, bool greater) {
    if ((said & field) == 0) return false;
    unsigned number = (unsigned)__builtin_ctz(field);
    if ((c->t->fields & field) != 0 && !field_loses(&c->stamps, number, c->now, greater))
        return false;
    c->set |= field;
    return true;
}

static text code_text(const facts *f, uint16_t handle) {
    return strings_get(f->ports.langs, handle);
}

bool facts_hold_code(facts *f, text code, uint16_t *handle) {
    uint32_t wide;
    if (text_equal(code, code_text(f, *handle))) return true;
    if (!strings_hold(f->ports.langs, code, &wide)) return false;
    *handle = wide > UINT16_MAX ? 0 : (uint16_t)wide; /* Only garbage has so many languages. */
    return true;
}

static status take_reference(change *c, uint32_t field, uint32_t said, uint64_t id,
                             uint32_t *reference) {
    idmap *ids = c->f->ports.tweet_ids;
    uint64_t held = *reference == 0 ? 0 : idmap_id(ids, *reference - 1);
    if (!takes(c, field, said, id > held)) return STATUS_OK;
    uint32_t number = NO_NUMBER;
    if (id != 0 && !idmap_add(ids, id, &number)) return STATUS_NO_MEMORY;
    if (id != 0) idmap_hold(ids, number);
    if (*reference != 0) idmap_drop(ids, *reference - 1);
    *reference = number + 1;
    return STATUS_OK;
}

static uint64_t hash_of_text(const change *c) {
    return hash_bytes(c->r->text.bytes, c->r->text.count, c->f->ports.hash_seed);
}

static uint64_t *held_hash(const change *c) {
    return blocks_make(&c->f->text_hashes, (uint32_t)(c->stamps.key >> FIELD_BITS));
}

static bool is_held_text(const change *c) {
    texts *store = c->f->ports.texts;
    if (c->t->text == 0 || c->r->text.count == 0)
        return (c->t->text == 0) == (c->r->text.count == 0);
    if (!texts_has_disk(store)) return text_equal(texts_get(store, c->t->text), c->r->text);
    const uint64_t *held = held_hash(c);
    return held != NULL && *held == hash_of_text(c);
}

/* Whether it wins a tie.  Only then a text that differs is read, which may be on disk. */
static bool text_is_greater(const change *c) {
    unsigned field = (unsigned)__builtin_ctz(TWEET_TEXT);
    if ((c->t->fields & TWEET_TEXT) == 0 || field_loses(&c->stamps, field, c->now, false) ||
        !field_loses(&c->stamps, field, c->now, true))
        return false;
    if (!is_held_text(c))
        return text_compare(c->r->text, texts_get(c->f->ports.texts, c->t->text)) > 0;
    bool plain = (c->t->flags & IS_PLAIN) != 0;
    if (c->r->is_plain != plain) return c->r->is_plain;
    return text_compare(c->r->user_lang, code_text(c->f, c->t->user_lang)) > 0;
}

/* What is longer than anything kept is cut before it is compared, or the answer would
 * follow from the order of coming; a score of the whole of it does not count. */
static bool is_kept_whole(const tweet_record *t) {
    return t->lang.count <= LANG_BYTES_MAX && t->user_lang.count <= LANG_BYTES_MAX &&
           texts_cut(t->text).count == t->text.count && t->links.count <= MENTION_LIST_BYTES_MAX &&
           t->hashtags.count <= MENTION_LIST_BYTES_MAX;
}

static record as_kept(const record *line) {
    record r = *line;
    if (r.tweet.lang.count > LANG_BYTES_MAX) r.tweet.lang = TEXT("");
    if (r.tweet.user_lang.count > LANG_BYTES_MAX) r.tweet.user_lang = TEXT("");
    r.tweet.text = texts_cut(r.tweet.text);
    r.tweet.links = mention_list_cut(r.tweet.links);
    r.tweet.hashtags = mention_list_cut(r.tweet.hashtags);
    r.fields &= ~(uint32_t)TWEET_SCORE;
    return r;
}

static status take_text(change *c, uint32_t said) {
    if ((said & TWEET_TEXT) == 0 || !takes(c, TWEET_TEXT, said, text_is_greater(c)))
        return STATUS_OK;
    texts *store = c->f->ports.texts;
    if (!is_held_text(c)) {
        uint32_t handle;
        uint64_t *hash = texts_has_disk(store) ? held_hash(c) : NULL;
        if (texts_has_disk(store) && hash == NULL) return STATUS_NO_MEMORY;
        if (!texts_add(store, c->r->text, &handle)) return STATUS_NO_MEMORY;
        if (hash != NULL) *hash = hash_of_text(c);
        texts_remove(store, c->t->text);
        c->t->text = handle;
    }
    c->t->flags = (uint8_t)((c->t->flags & ~IS_PLAIN) | (c->r->is_plain ? IS_PLAIN : 0));
    return facts_hold_code(c->f, c->r->user_lang, &c->t->user_lang) ? STATUS_OK : STATUS_NO_MEMORY;
}

static status take_list(change *c, uint32_t field, uint32_t said, text list, mentions *m,
                        uint32_t number) {
    if ((said & field) == 0) return STATUS_OK;
    int order = text_compare(list, mentions_said(m, number));
    if (!takes(c, field, said, order > 0)) return STATUS_OK;
    c->t->flags |= IS_RELISTED;
    if (order == 0) return STATUS_OK;
    return mentions_say(m, number, list) ? STATUS_OK : STATUS_NO_MEMORY;
}

static uint32_t clamp_count(uint64_t count) {
    return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

static status take_author(change *c, uint32_t said, uint32_t number) {
    const tweet_facts *t = c->t;
    idmap *ids = c->f->ports.user_ids;
    uint64_t held = (t->fields & TWEET_AUTHOR) == 0 ? 0 : idmap_id(ids, t->author);
    uint32_t author;
    if (!takes(c, TWEET_AUTHOR, said, c->r->author_id > held) || c->r->author_id == held)
        return STATUS_OK;
    if (!idmap_add(ids, c->r->author_id, &author)) return STATUS_NO_MEMORY;
    return author_take(c->f, c->t, number, author);
}

static status take_created(change *c, uint32_t said, uint32_t number) {
    tweet_facts *t = c->t;
    int64_t before = (t->fields & TWEET_CREATED) == 0 ? INT64_MAX : t->created_ms;
    if (!takes(c, TWEET_CREATED, said, c->r->created_ms > t->created_ms)) return STATUS_OK;
    t->created_ms = c->r->created_ms;
    if (!c->f->keeps || t->created_ms >= before) return STATUS_OK;
    return keep_tweet(c->f, t, number) ? STATUS_OK : STATUS_NO_MEMORY;
}

static status take_simple(change *c, uint32_t said) {
    tweet_facts *t = c->t;
    const tweet_record *r = c->r;
    if ((said & TWEET_LANG) != 0 &&
        takes(c, TWEET_LANG, said, text_compare(r->lang, code_text(c->f, t->lang)) > 0) &&
        !facts_hold_code(c->f, r->lang, &t->lang))
        return STATUS_NO_MEMORY;
    if (takes(c, TWEET_FOLLOWERS, said, clamp_count(r->followers) > t->followers))
        t->followers = clamp_count(r->followers);
    if (takes(c, TWEET_TWEETS, said, clamp_count(r->tweets) > t->tweets))
        t->tweets = clamp_count(r->tweets);
    return STATUS_OK;
}

static status take_references(change *c, uint32_t said) {
    const tweet_record *r = c->r;
    tweet_facts *t = c->t;
    status s = take_reference(c, TWEET_RETWEET_OF, said, r->retweet_of, &t->retweet_of);
    if (s == STATUS_OK) s = take_reference(c, TWEET_REPLY_TO, said, r->reply_to, &t->reply_to);
    if (s == STATUS_OK) s = take_reference(c, TWEET_QUOTE_OF, said, r->quote_of, &t->quote_of);
    return s;
}

static status take_lists(change *c, uint32_t said, uint32_t number) {
    const facts *f = c->f;
    status s = take_list(c, TWEET_HASHTAGS, said, c->r->hashtags, f->hashtags, number);
    if (s == STATUS_OK) s = take_list(c, TWEET_LINKS, said, c->r->links, f->links, number);
    return s;
}

/* Score and language follow from text and language; the decode worker has worked them
 * out for what its record says, which is nearly always what stands. */
static status rescore(change *c, uint32_t fields) {
    tweet_facts *t = c->t;
    const tweet_record *r = c->r;
    text lang = code_text(c->f, t->lang);
    text said = (fields & TWEET_LANG) != 0 ? r->lang : (text){NULL, 0};
    tweet_sentiment s = {r->score, (sentiment_label)r->score_label, r->scored_lang,
                         r->lang_is_guessed};
    if ((fields & TWEET_SCORE) == 0 || (c->set & TWEET_TEXT) == 0 || !text_equal(lang, said))
        sentiment_of_tweet(c->f->ports.model,
                           (c->set & TWEET_TEXT) != 0 ? r->text
                                                      : texts_get(c->f->ports.texts, t->text),
                           (t->flags & IS_PLAIN) != 0, lang, code_text(c->f, t->user_lang), &s);
    t->score = s.label == SENTIMENT_UNKNOWN ? 0 : s.score_e6;
    t->label = (uint8_t)s.label;
    t->flags = (uint8_t)((t->flags & ~IS_GUESSED) | (s.lang_is_guessed ? IS_GUESSED : 0));
    return facts_hold_code(c->f, s.lang, &t->scored_lang) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Of several sources the greatest counts, so that no order matters. */
static void take_origin(tweet_facts *t, uint8_t origin) {
    if (origin > t->origin) t->origin = origin;
}

/* Own counts, by a line or by a correction, take the place of those of embedded copies. */
static void own_counts(change *c, uint32_t fresh) {
    tweet_facts *t = c->t;
    for (unsigned i = 0; t->has_own_stamps && i < 16; i++)
        if ((fresh >> i & 1) != 0) stamps_remove(c->stamps.own, c->stamps.key + i);
    t->fields &= (uint16_t)~fresh;
    if ((fresh & TWEET_FOLLOWERS) != 0) t->followers = 0;
    if ((fresh & TWEET_TWEETS) != 0) t->tweets = 0;
}

/* Of the tweet's own counts, those that are there already. */
static uint32_t counts_owned(const tweet_facts *t) {
    if ((t->flags & IS_HEARD) != 0) return COUNTS;
    return ((t->fields & OWN_FOLLOWERS) != 0 ? TWEET_FOLLOWERS : 0u) |
           ((t->fields & OWN_TWEETS) != 0 ? TWEET_TWEETS : 0u);
}

static void hear(change *c) {
    tweet_facts *t = c->t;
    if ((t->flags & IS_HEARD) != 0) {
        c->f->double_count += c->now.version == 0;
        return;
    }
    t->flags |= IS_HEARD;
    t->origin = 0;
}

/* Counts and origin of an embedded copy stand only while no line of its own has come. */
static uint32_t fields_that_count(change *c, uint32_t said) {
    tweet_facts *t = c->t;
    uint32_t owned = counts_owned(t);
    if (c->r->heard) {
        hear(c);
        own_counts(c, COUNTS & ~owned);
    } else if (c->corrects) {
        own_counts(c, said & COUNTS & ~owned);
        if ((said & TWEET_FOLLOWERS) != 0) t->fields |= OWN_FOLLOWERS;
        if ((said & TWEET_TWEETS) != 0) t->fields |= OWN_TWEETS;
    } else {
        said &= ~owned;
    }
    bool is_source = c->r->heard || ((t->flags & IS_HEARD) == 0 && c->now.version == 0);
    if (is_source) take_origin(t, c->origin);
    return said;
}

static void drop_reference(const facts *f, uint32_t reference) {
    if (reference != 0) idmap_drop(f->ports.tweet_ids, reference - 1);
}

status tweet_end(facts *f, tweet_facts *t, uint32_t number) {
    if (t->fields == 0) return STATUS_OK;
    status s = tweet_touch(f, t, number);
    bool has_author = (t->fields & TWEET_AUTHOR) != 0;
    texts_remove(f->ports.texts, t->text);
    drop_reference(f, t->retweet_of);
    drop_reference(f, t->reply_to);
    drop_reference(f, t->quote_of);
    for (unsigned i = 0; t->has_own_stamps && i < 1 << FIELD_BITS; i++)
        stamps_remove(&f->tweet_stamps, ((uint64_t)number << FIELD_BITS) + i);
    fixes_forget_tweet(f, number);
    *t = (tweet_facts){.author = t->author,
                       .next_of_author = t->next_of_author,
                       .flags = t->flags & (IS_TOUCHED | IS_EDITED)};
    idmap_drop(f->ports.tweet_ids, number);
    return s == STATUS_OK && has_author ? author_lose(f, t->author) : s;
}

/* Whether what the line says is to be known at all. */
static bool is_wanted(facts *f, const record *line, bool *failed) {
    const tweet_record *r = &line->tweet;
    uint32_t number;
    *failed = false;
    if (f->keeps) {
        if (r->heard) keep_hear(f, r->created_ms);
        const tweet_facts *t =
            idmap_find(f->ports.tweet_ids, r->id, &number) ? blocks_find(&f->tweets, number) : NULL;
        if (is_too_old(f, r->created_ms) && (t == NULL || t->fields == 0)) {
            f->late_count++;
            return false;
        }
    }
    if (!f->ports.forgets) return true;
    bool is_gone = tweet_is_deleted(f, r->id) ||
                   ((line->fields & TWEET_AUTHOR) != 0 && user_is_deleted(f, r->author_id));
    if (is_gone) *failed = !id_list_add(&f->forgotten_tweets, r->id);
    return !is_gone;
}

static void begin_tweet(facts *f, tweet_facts *t, uint32_t number, uint64_t id) {
    t->base_ms = INT64_MIN;
    if (tweet_is_hidden(f, id)) t->flags |= IS_DELETED;
    if (versions_has(f->versions, number)) t->flags |= IS_EDITED;
    idmap_hold(f->ports.tweet_ids, number);
}

static status take_all(change *c, const record *line, uint32_t number) {
    uint32_t said = fields_that_count(c, line->fields & SAID);
    status s = take_author(c, said, number);
    if (s == STATUS_OK) s = take_created(c, said, number);
    if (s == STATUS_OK) s = take_simple(c, said);
    if (s == STATUS_OK) s = take_text(c, said);
    if (s == STATUS_OK) s = take_references(c, said);
    if (s == STATUS_OK) s = take_lists(c, said, number);
    return s;
}

static status apply_tweet(facts *f, const record *line) {
    const tweet_record *r = &line->tweet;
    uint32_t number;
    bool failed;
    if (!is_wanted(f, line, &failed)) return failed ? STATUS_NO_MEMORY : STATUS_OK;
    if (!idmap_add(f->ports.tweet_ids, r->id, &number)) return STATUS_NO_MEMORY;
    tweet_facts *t = blocks_make(&f->tweets, number);
    if (t == NULL) return STATUS_NO_MEMORY;
    bool is_first = t->fields == 0;
    status s = tweet_touch(f, t, number);
    if (is_first) begin_tweet(f, t, number, r->id);
    change c = {.f = f, .t = t, .r = r, .now = {line->observed_ms, line->version}};
    c.origin = line->origin;
    c.corrects = (line->fields & TWEET_CORRECTS) != 0;
    c.stamps = (field_stamps){&f->tweet_stamps, (uint64_t)number << FIELD_BITS, &t->base_ms,
                              &t->has_own_stamps};
    if (s == STATUS_OK) s = take_all(&c, line, number);
    t->fields |= (uint16_t)c.set;
    if (s == STATUS_OK && (is_first || (c.set & (TWEET_TEXT | TWEET_LANG)) != 0))
        s = rescore(&c, line->fields);
    if (s == STATUS_OK && !fields_stamp(&c.stamps, t->fields & SAID, c.set, c.now))
        s = STATUS_NO_MEMORY;
    return s;
}

status tweet_facts_apply(facts *f, const record *line) {
    if (is_kept_whole(&line->tweet)) return apply_tweet(f, line);
    record cut = as_kept(line);
    return apply_tweet(f, &cut);
}

status tweet_facts_edit(facts *f, const record *r) {
    const uint64_t ids[2] = {r->edit.from, r->edit.to};
    uint32_t numbers[2];
    status s = STATUS_OK;
    if (ids[0] == ids[1]) return s;
    for (size_t i = 0; i < 2; i++)
        if (!idmap_add(f->ports.tweet_ids, ids[i], &numbers[i])) return STATUS_NO_MEMORY;
    if (!versions_link(f->versions, numbers[0], numbers[1], r->observed_ms))
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < 2 && s == STATUS_OK; i++) {
        tweet_facts *t = blocks_find(&f->tweets, numbers[i]);
        if (t == NULL || t->fields == 0 || !versions_has(f->versions, numbers[i])) continue;
        s = tweet_touch(f, t, numbers[i]);
        t->flags |= IS_EDITED;
    }
    return s;
}

/* ---- Rows that changed ---- */

static status set_mentions(mentions *m, const tweet_facts *t, uint32_t number, uint32_t field,
                           text words) {
    if ((t->fields & field) == 0) return mentions_set_text(m, number, words);
    return mentions_set_list(m, number, mentions_said(m, number));
}

/* A retweet has none of its own, nor has what is gone. */
static status flush_mentions(facts *f, const tweet_facts *t, uint32_t number) {
    if (t->fields == 0) {
        status s = mentions_forget(f->hashtags, number);
        return s == STATUS_OK ? mentions_forget(f->links, number) : s;
    }
    bool has = tweet_is_there(t) && t->retweet_of == 0;
    text words = has ? texts_get(f->ports.texts, t->text) : TEXT("");
    if (!has) {
        status s = mentions_set_text(f->hashtags, number, words);
        return s == STATUS_OK ? mentions_set_text(f->links, number, words) : s;
    }
    status s = set_mentions(f->hashtags, t, number, TWEET_HASHTAGS, words);
    return s == STATUS_OK ? set_mentions(f->links, t, number, TWEET_LINKS, words) : s;
}

/* Whether what is found in its words may be other than it was; the words are unread. */
static bool words_changed(const tweet_facts *t, bool was, const unsigned char *before,
                          const tweet_row *now) {
    tweet_row old;
    memcpy(&old, before, sizeof old);
    return t->fields == 0 || (t->flags & IS_RELISTED) != 0 || was != tweet_is_there(t) ||
           old.text != now->text || (old.kind == KIND_RETWEET) != (now->kind == KIND_RETWEET);
}

static status flush_tweet(facts *f, size_t i) {
    const touched_rows *list = &f->touched_tweets;
    uint32_t number = list->numbers[i];
    tweet_facts *t = blocks_find(&f->tweets, number);
    const unsigned char *before = list->rows + i * list->row_bytes;
    tweet_facts room;
    const tweet_facts *in_force = t;
    status s = tweet_in_force(f, t, number, &room, &in_force);
    tweet_row now = row_of(in_force, number);
    bool is = tweet_is_there(t), was = list->was_there[i];
    bool is_same = is && was && memcmp(before, &now, sizeof now) == 0;
    if (s == STATUS_OK && words_changed(t, was, before, &now))
        s = flush_mentions(f, in_force, number);
    if ((t->flags & IS_EDITED) != 0 && !versions_touch(f->versions, number)) s = STATUS_NO_MEMORY;
    t->flags &= (uint8_t) ~(IS_RELISTED | IS_TOUCHED);
    if (is_same || s != STATUS_OK) return s;
    if (was) s = flow_push(f->ports.tweets, before, -1);
    return is && s == STATUS_OK ? flow_push(f->ports.tweets, &now, 1) : s;
}

status tweet_facts_flush(facts *f) {
    status s = STATUS_OK;
    for (size_t i = 0; i < f->touched_tweets.count && s == STATUS_OK; i++) s = flush_tweet(f, i);
    return s;
}
