/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/facts_internal.h"

#include <stdlib.h>

facts *facts_new(const facts_ports *ports) {
    facts *f = calloc(1, sizeof(*f));
    if (f == NULL) return NULL;
    f->ports = *ports;
    blocks_init(&f->tweets, sizeof(tweet_facts));
    blocks_init(&f->text_hashes, sizeof(uint64_t));
    blocks_init(&f->users, sizeof(user_facts));
    for (size_t i = 0; facts_pair(f, i) != NULL; i++) {
        notices_init(&facts_pair(f, i)->said, ports->hash_seed);
        notices_init(&facts_pair(f, i)->unsaid, ports->hash_seed);
    }
    f->touched_tweets.row_bytes = sizeof(tweet_row);
    f->touched_users.row_bytes = sizeof(user_rows);
    f->newest_ms = f->floor_ms = INT64_MIN;
    calendar_init(&f->due_tweets);
    calendar_init(&f->due_users);
    f->versions = versions_new(ports->tweet_ids, ports->versions, ports->hash_seed);
    fixes_init(&f->fixes);
    f->hashtags = mentions_new(MENTION_HASHTAG, ports->names, ports->hashtags, ports->hash_seed);
    f->links = mentions_new(MENTION_LINK, ports->names, ports->links, ports->hash_seed);
    if (f->hashtags != NULL && f->links != NULL && f->versions != NULL) return f;
    facts_free(f);
    return NULL;
}

static void touched_deinit(touched_rows *t) {
    free(t->rows);
    free(t->numbers);
    free(t->was_there);
}

void facts_free(facts *f) {
    if (f == NULL) return;
    blocks_deinit(&f->tweets);
    blocks_deinit(&f->users);
    blocks_deinit(&f->text_hashes);
    stamps_deinit(&f->tweet_stamps);
    stamps_deinit(&f->user_stamps);
    mentions_free(f->hashtags);
    mentions_free(f->links);
    versions_free(f->versions);
    for (size_t i = 0; facts_pair(f, i) != NULL; i++) {
        notices_deinit(&facts_pair(f, i)->said);
        notices_deinit(&facts_pair(f, i)->unsaid);
    }
    free(f->named_users.items);
    free(f->swept_users.items);
    free(f->forgotten_tweets.items);
    free(f->forgotten_users.items);
    calendar_deinit(&f->due_tweets);
    calendar_deinit(&f->due_users);
    fixes_deinit(&f->fixes);
    touched_deinit(&f->touched_tweets);
    touched_deinit(&f->touched_users);
    free(f);
}

/* What comes with a time of its own may be too old; a correction has none. */
static bool is_said_too_early(const facts *f, const record *r) {
    if (r->kind == RECORD_TWEET || r->kind == RECORD_FIX || r->kind == RECORD_UNDO_FIX)
        return false;
    return f->keeps && r->observed_ms != 0 && is_too_old(f, r->observed_ms);
}

status facts_apply(facts *f, const record *r) {
    if (r->version > f->fixes.version_max) f->fixes.version_max = r->version;
    if (is_said_too_early(f, r)) return STATUS_OK;
    switch (r->kind) {
    case RECORD_TWEET: return tweet_facts_apply(f, r);
    case RECORD_USER: return user_facts_apply(f, r);
    case RECORD_DELETE:
    case RECORD_UNDELETE:
    case RECORD_HIDE_USER:
    case RECORD_WITHHOLD: return notices_apply(f, r);
    case RECORD_SCRUB_GEO: return STATUS_OK; /* No tweet's geo is held: nothing to take away. */
    case RECORD_EDIT: return tweet_facts_edit(f, r);
    case RECORD_FIX: return fixes_apply(f, r);
    case RECORD_UNDO_FIX: return fixes_undo(f, r->fix.number);
    }
    return STATUS_BAD_ARGUMENT;
}

static bool find_author(uint32_t tweet, uint32_t *author, void *context) {
    const facts *f = context;
    const tweet_facts *t = blocks_find(&f->tweets, tweet);
    if (t == NULL || !tweet_is_there(t)) return false;
    *author = t->author;
    return true;
}

status facts_flush(facts *f) {
    status s = keep_expire(f);
    if (s == STATUS_OK) s = notices_flush(f);
    if (s == STATUS_OK) s = tweet_facts_flush(f);
    f->touched_tweets.count = 0;
    if (s == STATUS_OK) s = versions_flush(f->versions, find_author, f);
    if (s == STATUS_OK) s = user_facts_flush(f);
    if (s == STATUS_OK) authors_sweep(f);
    return s;
}

/* Who is there again, by an undelete and a later line of the same epoch, is not to go. */
static void keep_gone(facts *f) {
    id_list *tweets = &f->forgotten_tweets, *users = &f->forgotten_users;
    size_t kept = 0;
    uint32_t number;
    for (size_t i = 0; i < tweets->count; i++) {
        const tweet_facts *t = NULL;
        if (idmap_find(f->ports.tweet_ids, tweets->items[i], &number))
            t = blocks_find(&f->tweets, number);
        if (t == NULL || t->fields == 0) tweets->items[kept++] = tweets->items[i];
    }
    tweets->count = kept;
    kept = 0;
    for (size_t i = 0; i < users->count; i++) {
        const user_facts *u = NULL;
        if (idmap_find(f->ports.user_ids, users->items[i], &number))
            u = blocks_find(&f->users, number);
        if (u == NULL || !u->is_seen) users->items[kept++] = users->items[i];
    }
    users->count = kept;
}

void facts_take_forgotten(facts *f, const uint64_t **tweet_ids, size_t *tweet_count,
                          const uint64_t **user_ids, size_t *user_count) {
    keep_gone(f);
    *tweet_ids = f->forgotten_tweets.items;
    *tweet_count = f->forgotten_tweets.count;
    *user_ids = f->forgotten_users.items;
    *user_count = f->forgotten_users.count;
    f->forgotten_tweets.count = f->forgotten_users.count = 0;
}

uint64_t facts_taken_away_count(const facts *f) {
    return f->taken_away_count;
}

uint64_t facts_deleted_count(const facts *f) {
    return f->deletes.said.count;
}

uint64_t facts_double_count(const facts *f) {
    return f->double_count;
}

static size_t notices_held(const facts *f) {
    size_t bytes = 0;
    for (size_t i = 0; facts_pair((facts *)(uintptr_t)f, i) != NULL; i++) {
        const notice_pair *p = facts_pair((facts *)(uintptr_t)f, i);
        bytes += notices_bytes(&p->said) + notices_bytes(&p->unsaid);
    }
    return bytes;
}

size_t facts_bytes(const facts *f) {
    return sizeof(*f) + blocks_bytes(&f->tweets) + blocks_bytes(&f->users) +
           blocks_bytes(&f->text_hashes) + stamps_bytes(&f->tweet_stamps) +
           stamps_bytes(&f->user_stamps) + notices_held(f) + versions_bytes(f->versions) +
           mentions_bytes(f->hashtags) + mentions_bytes(f->links) + fixes_bytes(&f->fixes) +
           calendar_bytes(&f->due_tweets) + calendar_bytes(&f->due_users) +
           f->touched_tweets.capacity * (f->touched_tweets.row_bytes + 5) +
           f->touched_users.capacity * (f->touched_users.row_bytes + 5);
}
