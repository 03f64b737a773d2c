/* SPDX-License-Identifier: MIT */
#include "tests/support/store_run.h"

#include <stdio.h>
#include <time.h>

static size_t tweets_of(uint64_t n) {
    return (size_t)(n % 5 + 1);
}

static int64_t time_of(uint64_t n) {
    return TWITTER_EPOCH_MS + (int64_t)n * STORE_RUN_TIME_MS;
}

static text words_of(uint64_t n, size_t i, char words[64]) {
    int count =
        snprintf(words, 64, "epoch %llu says %zu of %zu", (unsigned long long)n, i, tweets_of(n));
    return (text){words, (size_t)count};
}

static bool fill(uint64_t n, record_batch *b) {
    char words[64];
    for (size_t i = 0; i < tweets_of(n); i++) {
        record *r = record_batch_add(b);
        item *it = record_batch_add_item(b);
        if (r == NULL || it == NULL) return false;
        r->kind = RECORD_TWEET;
        r->fields = TWEET_AUTHOR | TWEET_TEXT | TWEET_CREATED;
        r->observed_ms = r->tweet.created_ms = time_of(n);
        r->tweet.id = n * 10 + i, r->tweet.author_id = n;
        r->tweet.text = arena_copy(b->memory, words_of(n, i, words));
        if (r->tweet.text.bytes == NULL) return false;
    }
    record *r = record_batch_add(b);
    if (r == NULL) return false;
    r->kind = RECORD_USER;
    r->observed_ms = time_of(n);
    r->user.id = n;
    return true;
}

bool store_run_pack(uint64_t n, buffer *frame) {
    record_batch *b = record_batch_new();
    bool is_packed = b != NULL && fill(n, b) && store_pack(b, frame) == STATUS_OK;
    record_batch_free(b);
    return is_packed;
}

status store_run_append(store *s, uint64_t n) {
    buffer frame = {0};
    status st = STATUS_NO_MEMORY;
    if (store_run_pack(n, &frame)) {
        text t = buffer_text(&frame);
        st = store_append(s, &t, 1);
    }
    buffer_deinit(&frame);
    return st;
}

static bool is_right(uint64_t n, const record *r) {
    char words[64];
    if (r->kind == RECORD_USER) return r->user.id == n;
    size_t i = (size_t)(r->tweet.id - n * 10);
    return r->kind == RECORD_TWEET && i < tweets_of(n) && r->tweet.author_id == n &&
           r->tweet.created_ms == time_of(n) && text_equal(r->tweet.text, words_of(n, i, words));
}

static status take(void *context, const record_batch *b, const store_tally *tallies,
                   size_t tally_count) {
    store_run_found *f = context;
    uint64_t items = 0;
    for (size_t i = 0; i < tally_count; i++) items += tallies[i].count;
    f->items += items;
    f->epochs++;
    f->records += b->record_count;
    if (b->record_count == 0) return STATUS_OK;
    const record *last = &b->records[b->record_count - 1];
    uint64_t n = last->kind == RECORD_USER ? last->user.id : last->tweet.author_id;
    if (f->epochs > 1 && f->first != 0 && n <= f->last) f->is_wrong = true;
    if (f->first == 0) f->first = n;
    if (f->last != 0 && n > f->last) f->left_out += n - f->last - 1;
    f->last = n;
    for (size_t i = 0; i < b->record_count; i++) f->is_wrong |= !is_right(n, &b->records[i]);
    if (!f->may_miss_records && b->record_count != tweets_of(n) + 1) f->is_wrong = true;
    if (items != tweets_of(n)) f->is_wrong = true;
    return STATUS_OK;
}

status store_run_read(store *s, store_run_found *found) {
    bool may_miss = found->may_miss_records;
    *found = (store_run_found){.may_miss_records = may_miss};
    return store_read(s, take, found);
}

bool store_run_settle(store *s) {
    store_state state;
    struct timespec pause = {0, 2000000};
    for (int i = 0; i < 30000; i++) {
        store_get_state(s, &state);
        if (state.waiting == 0) return true;
        (void)nanosleep(&pause, NULL);
    }
    return false;
}
