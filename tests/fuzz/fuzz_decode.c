/* SPDX-License-Identifier: MIT */
/* Any bytes as lines: both parsers say the same, and what they say is sound.
 * covers: pipeline/decode */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/times.h"
#include "pipeline/decode/accounting.h"
#include "pipeline/decode/dead_letter.h"
#include "pipeline/decode/decode.h"
#include "pipeline/decode/file_accounts.h"
#include "pipeline/decode/rejected.h"
#include "tests/support/describe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

static const int64_t latest_ms = 1798761600000; /* 2027-01-01 */
static decoder *fast, *strict;
static record_batch *batch;
static dead_letter *dead;
static rejected *last;
static file_accounts *files;
static buffer by_fast, by_strict;

static const char *any_name(tweet_source *self, uint32_t file) {
    (void)self;
    (void)file;
    return "input";
}
static tweet_source source = {.file_name = any_name};

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    fast = decoder_new();
    strict = decoder_new();
    batch = record_batch_new();
    if (fast == NULL || strict == NULL || batch == NULL) abort();
    last = rejected_new();
    files = file_accounts_new();
    if (last == NULL || files == NULL) abort();
    if (dead_letter_open("/dev/null", &dead) != STATUS_OK) abort();
    decoder_set_geo(fast, true);
    decoder_set_strict(strict, true);
    decoder_set_latest(fast, latest_ms);
    decoder_set_latest(strict, latest_ms);
    return 0;
}

static bool is_time(int64_t ms) {
    return ms >= TWITTER_EPOCH_MS && ms <= latest_ms;
}

/* Members apart by one newline, none empty. */
static void check_list(text t) {
    assert(utf8_valid(t));
    for (size_t i = 0; i < t.count; i++)
        assert(t.bytes[i] != '\n' || (i > 0 && i + 1 < t.count && t.bytes[i - 1] != '\n'));
}

static void check_notice(const record *r) {
    if (r->kind == RECORD_SCRUB_GEO) {
        assert(r->scrub.user_id != 0 && r->scrub.up_to != 0);
    } else if (r->kind == RECORD_HIDE_USER) {
        assert(r->hide.user_id != 0 && r->hide.reason < HIDE_REASONS);
    } else if (r->kind == RECORD_WITHHOLD) {
        assert((r->withhold.tweet_id != 0) != (r->withhold.user_id != 0));
        assert(utf8_valid(r->withhold.countries));
    } else if (r->kind == RECORD_EDIT) {
        assert(r->edit.from != 0 && r->edit.to != 0 && r->edit.from != r->edit.to);
    } else {
        assert(r->tweet.id != 0);
    }
}

static void check_record(const record *r) {
    assert(r->observed_ms == 0 || is_time(r->observed_ms));
    if (r->kind == RECORD_TWEET) {
        assert(r->tweet.id != 0 && r->tweet.author_id != 0 && is_time(r->tweet.created_ms));
        assert(utf8_valid(r->tweet.text) && utf8_valid(r->tweet.lang));
        check_list(r->tweet.hashtags);
        check_list(r->tweet.links);
    } else if (r->kind == RECORD_USER) {
        assert(r->user.id != 0 && r->fields != 0 && utf8_valid(r->user.location));
    } else {
        check_notice(r);
    }
}

static void check_batch(void) {
    accounting a = {0};
    size_t records = 0;
    for (size_t i = 0; i < batch->item_count; i++) {
        const item *it = &batch->items[i];
        assert(it->first_record == records);
        assert(it->outcome != ITEM_REJECTED || it->record_count == 0);
        records += it->record_count;
    }
    assert(records == batch->record_count);
    for (size_t i = 0; i < records; i++) check_record(&batch->records[i]);
    accounting_add(&a, batch);
    assert(a.items == a.outcomes[0] + a.outcomes[1] + a.outcomes[2] + a.outcomes[3]);
    buffer_clear(&by_fast);
    accounting_write_json(&a, &by_fast);
    if (dead_letter_add(dead, batch, &source) != STATUS_OK) abort();
    rejected_add(last, batch, &source);
    if (file_accounts_add(files, batch, &source) != STATUS_OK) abort();
    json_writer w = json_to(&by_fast);
    rejected_write_json(last, 3, &w);
}

static void run(decoder *d, const source_chunk *c, buffer *out) {
    record_batch_clear(batch);
    if (decoder_run(d, c, batch) != STATUS_OK) abort();
    check_batch();
    buffer_clear(out);
    describe_batch(batch, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    source_chunk *c = source_chunk_new(size);
    if (c == NULL) abort();
    if (size > 0) memcpy(c->bytes, data, size);
    c->count = size;
    c->first_line = 1;
    run(strict, c, &by_strict);
    run(fast, c, &by_fast);
    assert(text_equal(buffer_text(&by_fast), buffer_text(&by_strict)));
    source_chunk_free(c);
    return 0;
}
