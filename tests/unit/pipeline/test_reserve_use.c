/* SPDX-License-Identifier: MIT */
/* Memory that runs out in the middle of an epoch: with its reserve the epoch gets through; when
 * that is not enough the pipeline ends, and the journal has all that it was told is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/pipeline.h"
#include "tests/support/fail_alloc.h"

enum { TWEETS_AN_EPOCH = 24, EPOCHS = 300, ALLOCATIONS_MAX = 20, NEVER = 1 << 30 };

static sentiment_model *model;
static char folder[64];

static const char *path_of(const char *name) {
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static pipeline *start(const char *db) {
    const pipeline_options o = {.model = model,
                                .decoders = 1,
                                .clean_min = 2,
                                .clean_cutoff = -1,
                                .readers = true,
                                .db_path = db == NULL ? NULL : path_of(db)};
    pipeline *p;
    assert_int_equal(pipeline_new(&o, &p, NULL), STATUS_OK);
    assert_int_equal(pipeline_start(p, NULL), STATUS_OK);
    assert_int_equal(pipeline_wait(p), STATUS_OK); /* The journal is all there is to read. */
    return p;
}

/* ---- An epoch that fails ---- */

typedef struct {
    uint64_t number, after; /* Which epoch; which of its allocations fails. */
    bool all_after;
} fault;

/* Tweets with new words, each the answer to another, and who wrote them. */
static void add_tweet(record_batch *out, uint64_t id, char *words) {
    record *r = record_batch_add(out);
    assert_non_null(r);
    (void)snprintf(words, 32, "so good #tag%llu", (unsigned long long)id);
    r->kind = RECORD_TWEET;
    r->fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_REPLY_TO;
    r->observed_ms = 1577836800000 + (int64_t)id * 1000;
    r->tweet = (tweet_record){.id = id,
                              .author_id = 1 + id % 97,
                              .created_ms = 1577836800000 + (int64_t)id * 1000,
                              .reply_to = id / 2 + 1,
                              .heard = true,
                              .text = text_of(words)};
}

static char words_of_epoch[TWEETS_AN_EPOCH][32]; /* Until the call is over. */

static status add_epoch(void *context, struct engine *e, record_batch *out) {
    const fault *f = context;
    (void)e;
    for (uint64_t i = 0; i < TWEETS_AN_EPOCH; i++)
        add_tweet(out, 1 + f->number * TWEETS_AN_EPOCH + i, words_of_epoch[i]);
    if (f->after != NEVER) fail_alloc_begin(f->after, f->all_after);
    return STATUS_OK;
}

/* How many allocations failed. */
static uint64_t run_epoch(pipeline *p, fault f, status *result) {
    (void)fail_alloc_end();
    *result = pipeline_run(p, add_epoch, &f);
    return f.after == NEVER ? 0 : fail_alloc_end();
}

/* ---- What must be the same ---- */

static char *answers_of(pipeline *p) {
    static const char *const names[] = {"totals.json",   "tweets.jsonl", "authors.jsonl",
                                        "minutes.jsonl", "places.jsonl", "accounting.json"};
    buffer all = {0};
    char path[160];
    assert_int_equal(pipeline_write_files(p, path_of("out"), NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/out/%s", folder, names[i]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        for (int c; (c = fgetc(file)) != EOF;) buffer_add_byte(&all, (char)c);
        (void)fclose(file);
        (void)unlink(path);
    }
    buffer_add_byte(&all, '\0');
    assert_false(all.failed);
    return all.bytes;
}

static void expect_epochs(pipeline *p, uint64_t count) {
    status s;
    pipeline *calm = start(NULL);
    for (uint64_t n = 0; n < count; n++) {
        (void)run_epoch(calm, (fault){n, NEVER, false}, &s);
        assert_int_equal(s, STATUS_OK);
    }
    char *wanted = answers_of(calm), *got = answers_of(p);
    assert_string_equal(got, wanted);
    free(wanted);
    free(got);
    pipeline_free(calm);
}

static void fail_one_in_each_epoch(const char *db) {
    pipeline *p = start(db);
    uint64_t failed = 0;
    status s;
    for (uint64_t number = 0; number < EPOCHS; number++) {
        failed += run_epoch(p, (fault){number, number % ALLOCATIONS_MAX, false}, &s);
        assert_int_equal(s, STATUS_OK);
    }
    assert_true(failed >= EPOCHS / 4);
    expect_epochs(p, EPOCHS);
    pipeline_free(p);
}

static void an_allocation_that_fails_within_an_epoch_is_survived(void **state) {
    (void)state;
    fail_one_in_each_epoch(NULL);
    fail_one_in_each_epoch("survived.db");
}

static void memory_that_stays_away_ends_it_and_the_journal_has_what_was_stored(void **state) {
    static const uint64_t afters[] = {0, 1, 2, 3, 5, 8, 13, 21, 34};
    size_t refused = 0;
    status s;
    (void)state;
    for (size_t i = 0; i < sizeof afters / sizeof afters[0]; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "ends-%zu.db", i);
        pipeline *p = start(name);
        for (uint64_t n = 0; n < 3; n++) {
            (void)run_epoch(p, (fault){n, NEVER, false}, &s);
            assert_int_equal(s, STATUS_OK);
        }
        uint64_t failed = run_epoch(p, (fault){3, afters[i], true}, &s);
        /* What fails beside the epoch, or once it is over, may be done without. */
        assert_true(s == STATUS_OK || failed > 0);
        refused += s != STATUS_OK;
        /* Refused before it began, all goes on; after that nothing does. */
        (void)run_epoch(p, (fault){4, NEVER, false}, &s);
        assert_true(s == STATUS_OK || s == STATUS_STOPPED);
        assert_int_equal(pipeline_wait(p), s == STATUS_OK ? STATUS_OK : STATUS_NO_MEMORY);
        pipeline_free(p);
        p = start(name);
        for (uint64_t n = 3; n < 5; n++) { /* Sent again, as it was refused. */
            (void)run_epoch(p, (fault){n, NEVER, false}, &s);
            assert_int_equal(s, STATUS_OK);
        }
        expect_epochs(p, 5);
        pipeline_free(p);
    }
    assert_true(refused > 0);
}

/* A thread counts as an allocation that may fail (tests/support/fail_alloc.h); so does what the
 * threads do, which is why only the first few are those of starting. */
static void threads_that_cannot_be_made_are_told(void **state) {
    const pipeline_options o = {.model = model, .decoders = 3, .clean_cutoff = -1, .readers = true};
    (void)state;
    for (uint64_t after = 0; after < 4; after++) {
        pipeline *p;
        assert_int_equal(pipeline_new(&o, &p, NULL), STATUS_OK);
        fail_alloc_begin(after, true);
        status s = pipeline_start(p, NULL);
        uint64_t failed = fail_alloc_end();
        assert_true(failed > 0);
        assert_true(s == STATUS_NO_MEMORY || after == 3);
        assert_int_equal(pipeline_wait(p), s);
        pipeline_free(p); /* Those that were made end. */
    }
}

static int set_up(void **state) {
    (void)state;
    log_set_level(LOG_ERROR);
    (void)snprintf(folder, sizeof folder, "/tmp/dunlin-reserve-XXXXXX");
    return mkdtemp(folder) != NULL && sentiment_model_builtin(&model) == STATUS_OK ? 0 : 1;
}

static int tear_down(void **state) {
    char words[128];
    (void)state;
    sentiment_model_free(model);
    log_set_level(LOG_INFO);
    (void)snprintf(words, sizeof words, "rm -rf %s", folder);
    return system(words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allocation_that_fails_within_an_epoch_is_survived),
        cmocka_unit_test(memory_that_stays_away_ends_it_and_the_journal_has_what_was_stored),
        cmocka_unit_test(threads_that_cannot_be_made_are_told),
    };
    return cmocka_run_group_tests_name("reserve use", tests, set_up, tear_down);
}
