/* SPDX-License-Identifier: MIT */
/* The whole way from bytes to moments, with threads, while readers look on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/base/random.h"
#include "pipeline/decode/record.h"
#include "pipeline/pipeline.h"
#include "pipeline/queries/answers.h"
#include "tests/support/opened.h"

enum { LINES = 6000, LINES_A_CHUNK = 50 };

/* A source that makes lines as it goes; bad ones among them. */
typedef struct {
    tweet_source source;
    random_source r;
    uint64_t made, sequence;
    bool is_live;            /* Falls silent instead of ending. */
    source_receipt *receipt; /* Of each chunk; NULL: none. */
    atomic_bool stopped;
} made_source;

static void add_line(buffer *b, made_source *s) {
    uint64_t id = ++s->made, user = 1 + random_below(&s->r, 300);
    if (id % 97 == 0) {
        buffer_add(b, TEXT("{\"tweet\": broken\n"));
    } else if (id % 53 == 0) {
        buffer_add_format(b, "{\"delete\":{\"status\":{\"id_str\":\"%llu\"}}}\n",
                          (unsigned long long)(1 + random_below(&s->r, id)));
    } else {
        uint64_t ref = 1 + random_below(&s->r, 40);
        buffer_add_format(
            b,
            "{\"tweet\":{\"id\":\"%llu\",\"author_id\":\"%llu\",\"created_at\":\"2020-01-01T00:%"
            "02u:00."
            "000Z\",\"text\":\"good or bad "
            "%llu\",\"lang\":\"en\",\"referenced_tweets\":[{\"type\":\"%s\",\"id\":"
            "\"%llu\"}]},\"includes\":{\"users\":[{\"id\":\"%llu\",\"username\":\"u%llu\",\"name\":"
            "\"n\",\"location\":\"place %u\",\"public_metrics\":{\"followers_count\":%u,"
            "\"tweet_count\":7}}],\"tweets\":[{\"id\":\"%llu\",\"author_id\":\"%llu\","
            "\"created_at\":\"2020-01-01T00:00:00.000Z\",\"text\":\"origin\"}]}}\n",
            (unsigned long long)id + 1000, (unsigned long long)user, (unsigned)(id / 200 % 60),
            (unsigned long long)id % 5, id % 3 == 0 ? "replied_to" : "retweeted",
            (unsigned long long)ref, (unsigned long long)user, (unsigned long long)user,
            (unsigned)random_below(&s->r, 9), (unsigned)random_below(&s->r, 5000),
            (unsigned long long)ref, (unsigned long long)(1 + ref % 20));
    }
}

static void pause_a_moment(void) {
    (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static status made_next(tweet_source *self, source_chunk **chunk) {
    made_source *s = (made_source *)self;
    buffer b = {0};
    if (atomic_load(&s->stopped)) return STATUS_STOPPED;
    while (s->is_live && s->made >= LINES && !atomic_load(&s->stopped)) pause_a_moment();
    if (s->made >= LINES) return s->is_live ? STATUS_STOPPED : STATUS_END;
    for (int i = 0; i < LINES_A_CHUNK; i++) add_line(&b, s);
    *chunk = source_chunk_new(b.count);
    if (*chunk == NULL) return STATUS_NO_MEMORY;
    memcpy((*chunk)->bytes, b.bytes, b.count);
    (*chunk)->count = b.count;
    (*chunk)->first_line = s->made - LINES_A_CHUNK + 1;
    (*chunk)->sequence = s->sequence++;
    (*chunk)->receipt = s->receipt;
    buffer_deinit(&b);
    return STATUS_OK;
}

static void made_stop(tweet_source *self) {
    atomic_store(&((made_source *)self)->stopped, true);
}

static void made_state(tweet_source *self, source_state *result) {
    (void)self;
    *result = (source_state){.kind = "made", .state = "live"};
}

static const char *made_file_name(tweet_source *self, uint32_t file) {
    (void)self;
    (void)file;
    return "made";
}

static void made_close(tweet_source *self) {
    free(self);
}

static tweet_source *made_new(uint64_t seed) {
    made_source *s = calloc(1, sizeof(*s));
    s->source =
        (tweet_source){made_next, made_stop, made_state, made_file_name, made_close, NULL, NULL};
    s->r.state = seed;
    return &s->source;
}

static pipeline *pipeline_of(uint32_t decoders, uint32_t epoch, bool readers) {
    pipeline *p;
    pipeline_options o = {.model = sentiments,
                          .decoders = decoders,
                          .epoch_records_max = epoch,
                          .clean_min = 5,
                          .clean_cutoff = -1,
                          .readers = readers};
    assert_int_equal(pipeline_new(&o, &p, NULL), STATUS_OK);
    return p;
}

/* What must hold in every moment, or somebody has seen half an epoch. */
static bool adds_up(const moment *m) {
    everything e = stats_read(m);
    uint64_t by_author = 0, by_tweet = 0, heard = 0;
    const total_row *t;
    const minute_row *row;
    for (uint32_t i = 0; (t = flow_view_next(m->snapshot, m->graph->author_total_view, &i)) != NULL;
         i++)
        by_author += t->responses;
    for (uint32_t i = 0; (t = flow_view_next(m->snapshot, m->graph->tweet_total_view, &i)) != NULL;
         i++)
        by_tweet += t->responses;
    for (uint32_t i = 0; (row = flow_view_next(m->snapshot, m->graph->minute_view, &i)) != NULL;
         i++)
        heard += row->tweets;
    return by_author == e.responses.responses && by_tweet == by_author && heard == e.known.heard &&
           flow_scan_count(m->snapshot, m->graph->response_scan) == by_author;
}

typedef struct {
    pipeline *p;
    uint64_t moments;
    bool good;
} reader;

static void *look_on(void *context) {
    reader *r = context;
    uint64_t last = 0;
    r->good = true;
    while (!pipeline_has_ended(r->p) || r->moments < 3) {
        const moment *m = pipeline_acquire(r->p);
        buffer out = {0};
        json_writer w = json_to(&out);
        r->good = r->good && adds_up(m) && moment_epoch(m) >= last;
        last = moment_epoch(m);
        json_begin_object(&w);
        query_params p = {.limit = 10, .window = (query_window)(r->moments % WINDOW_GIVEN)};
        for (size_t i = 0; i < query_count; i++) {
            if ((queries[i].params & (QUERY_ID | QUERY_TEXT)) != 0 ||
                queries[i].content_type != NULL)
                continue;
            r->good = r->good && queries[i].answer(m, &p, &w) == STATUS_OK;
        }
        json_end_object(&w);
        buffer_deinit(&out);
        pipeline_release(r->p, m);
        r->moments++;
    }
    return NULL;
}

static void readers_see_whole_epochs_only(void **state) {
    (void)state;
    pipeline *p = pipeline_of(2, 500, true);
    pthread_t threads[2];
    reader readers[2] = {{.p = p}, {.p = p}};
    assert_int_equal(pipeline_start(p, made_new(1)), STATUS_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_on, &readers[i]), 0);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(readers[i].good);
        assert_true(readers[i].moments >= 3);
    }
    pipeline_progress progress;
    pipeline_get_progress(p, &progress);
    assert_int_equal(progress.items, LINES);
    assert_int_equal(progress.outcomes[0] + progress.outcomes[1] + progress.outcomes[2] +
                         progress.outcomes[3],
                     LINES);
    assert_int_equal(progress.outcomes[ITEM_REJECTED], LINES / 97);
    pipeline_free(p);
}

/* The sum of all and that of the only file, as of one moment. */
static void same_sums(pipeline *p) {
    buffer out = {0};
    json_writer w = json_to(&out);
    pipeline_write_accounting(p, &w);
    buffer_add_byte(&out, '\0');
    const char *file = strstr(out.bytes, "\"made\",\"items\":");
    unsigned long long of_all = strtoull(out.bytes + strlen("{\"items\":"), NULL, 10);
    unsigned long long of_file =
        file == NULL ? 0 : strtoull(file + strlen("\"made\",\"items\":"), NULL, 10);
    assert_int_equal(of_all, of_file);
    buffer_deinit(&out);
}

static void what_became_of_the_items_can_be_asked_while_they_come(void **state) {
    (void)state;
    pipeline *p = pipeline_of(2, 0, true);
    buffer out = {0};
    json_writer w = json_to(&out);
    char expected[200];
    assert_int_equal(pipeline_start(p, made_new(5)), STATUS_OK);
    pipeline_write_rejected(p, 100, &w);
    while (!pipeline_has_ended(p)) same_sums(p);
    same_sums(p);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    buffer_clear(&out);
    w = json_to(&out);
    pipeline_write_accounting(p, &w);
    pipeline_write_rejected(p, 1, &w);
    buffer_add_byte(&out, '\0');
    (void)snprintf(expected, sizeof expected, "{\"items\":%d,\"outcomes\":{\"accepted\":", LINES);
    assert_memory_equal(out.bytes, expected, strlen(expected));
    (void)snprintf(expected, sizeof expected, "\"files\":[{\"name\":\"made\",\"items\":%d,", LINES);
    assert_non_null(strstr(out.bytes, expected));
    assert_non_null(strstr(out.bytes, "\"bytes\":\"{\\\"tweet\\\": broken\"}]"));
    buffer_deinit(&out);
    pipeline_free(p);
}

static char *answer_bytes(uint32_t decoders, uint32_t epoch) {
    char folder[] = "/tmp/dunlin-test-XXXXXX", path[256];
    static const char *const names[] = {"accounting.json", "authors.jsonl", "minutes.jsonl",
                                        "places.jsonl",    "totals.json",   "tweets.jsonl"};
    pipeline *p = pipeline_of(decoders, epoch, false);
    buffer all = {0};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pipeline_start(p, made_new(9)), STATUS_OK);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    assert_int_equal(pipeline_write_files(p, folder, NULL), STATUS_OK);
    pipeline_free(p);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        for (int c; (c = fgetc(file)) != EOF;) buffer_add_byte(&all, (char)c);
        (void)fclose(file);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    buffer_add_byte(&all, '\0');
    return all.bytes;
}

static void decoders_and_epochs_change_no_byte(void **state) {
    (void)state;
    char *one = answer_bytes(1, 1000000), *many = answer_bytes(4, 7);
    assert_true(strlen(one) > 10000);
    assert_string_equal(one, many);
    free(one);
    free(many);
}

static void a_stopped_pipeline_ends_and_keeps_what_it_took(void **state) {
    (void)state;
    pipeline *p = pipeline_of(2, 0, true);
    assert_int_equal(pipeline_start(p, made_new(2)), STATUS_OK);
    pipeline_progress progress = {0};
    while (progress.items == 0) pipeline_get_progress(p, &progress);
    pipeline_stop(p);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    pipeline_get_progress(p, &progress);
    uint64_t sum = 0;
    for (size_t i = 0; i < ITEM_OUTCOMES; i++) sum += progress.outcomes[i];
    assert_int_equal(progress.items, sum);
    assert_int_equal(progress.items % LINES_A_CHUNK, 0); /* Whole chunks. */
    assert_int_equal(progress.outcomes[ITEM_REJECTED], progress.items / 97);
    const moment *m = pipeline_acquire(p);
    assert_true(adds_up(m));
    assert_true(stats_read(m).known.heard > 0);
    pipeline_release(p, m);
    pipeline_free(p);
}

/* A clock that a test sets, and that runs on at each look. */
typedef struct {
    clock_source clock;
    _Atomic int64_t now_us;
} test_clock;

static int64_t test_now_ms(clock_source *self) {
    (void)self;
    return 1600000000000;
}

static int64_t test_ticks_us(clock_source *self) {
    return atomic_fetch_add(&((test_clock *)self)->now_us, 20000);
}

static void the_rate_falls_when_a_stream_falls_silent(void **state) {
    (void)state;
    test_clock clock = {.clock = {.now_ms = test_now_ms, .ticks_us = test_ticks_us}};
    pipeline_options o = {
        .model = sentiments, .decoders = 1, .clean_cutoff = -1, .clock = &clock.clock};
    pipeline_progress progress = {0};
    pipeline *p;
    tweet_source *source = made_new(3);
    ((made_source *)source)->is_live = true;
    assert_int_equal(pipeline_new(&o, &p, NULL), STATUS_OK);
    assert_int_equal(pipeline_start(p, source), STATUS_OK);
    for (; progress.items < LINES; pause_a_moment()) pipeline_get_progress(p, &progress);
    atomic_fetch_add(&clock.now_us, (int64_t)1000 * 1000000);
    pipeline_get_progress(p, &progress);
    assert_true(progress.items_per_second <= LINES / 1000.0);
    pipeline_stop(p);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    pipeline_free(p);
}

static status obeyed(tweet_source *self, const source_order *order) {
    (void)self;
    return order->kind == SOURCE_PAUSE ? STATUS_OK : STATUS_BAD_ARGUMENT;
}

static void orders_go_to_the_source_if_it_takes_any(void **state) {
    const source_order pause = {.kind = SOURCE_PAUSE}, play = {.kind = SOURCE_PLAY};
    (void)state;
    for (int takes_any = 0; takes_any < 2; takes_any++) {
        pipeline *p = pipeline_of(1, 0, true);
        tweet_source *source = made_new(4);
        if (takes_any) source->control = obeyed;
        assert_int_equal(pipeline_control(p, &pause), STATUS_NOT_POSSIBLE);
        assert_int_equal(pipeline_start(p, source), STATUS_OK);
        assert_int_equal(pipeline_control(p, &pause), takes_any ? STATUS_OK : STATUS_NOT_POSSIBLE);
        assert_int_equal(pipeline_control(p, &play),
                         takes_any ? STATUS_BAD_ARGUMENT : STATUS_NOT_POSSIBLE);
        pipeline_free(p);
    }
}

/* ---- Receipts and jobs ---- */

typedef struct {
    source_receipt receipt;
    pipeline *p;
    atomic_uint counted, done, stopped, early; /* early: done before it was shown. */
    _Atomic uint64_t items;
} test_receipt;

static void note_counted(source_receipt *self, const record_batch *b) {
    test_receipt *r = (test_receipt *)self;
    atomic_fetch_add(&r->counted, 1);
    atomic_fetch_add(&r->items, b->item_count);
}

static void note_done(source_receipt *self, status s, uint64_t epoch) {
    test_receipt *r = (test_receipt *)self;
    if (s == STATUS_OK) {
        const moment *m = pipeline_acquire(r->p);
        if (epoch == 0 || moment_epoch(m) < epoch) atomic_fetch_add(&r->early, 1);
        pipeline_release(r->p, m);
    } else {
        atomic_fetch_add(&r->stopped, 1);
    }
    atomic_fetch_add(&r->done, 1);
}

static void whoever_waits_for_a_chunk_is_told_when_it_is_shown(void **state) {
    (void)state;
    pipeline *p = pipeline_of(2, 700, true);
    test_receipt r = {.receipt = {note_counted, note_done}, .p = p};
    tweet_source *source = made_new(6);
    ((made_source *)source)->receipt = &r.receipt;
    assert_int_equal(pipeline_start(p, source), STATUS_OK);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    assert_int_equal(atomic_load(&r.counted), LINES / LINES_A_CHUNK);
    assert_int_equal(atomic_load(&r.done), LINES / LINES_A_CHUNK);
    assert_int_equal(atomic_load(&r.items), LINES);
    assert_int_equal(atomic_load(&r.stopped), 0);
    assert_int_equal(atomic_load(&r.early), 0);
    pipeline_free(p);
}

static void each_receipt_is_told_its_end_however_the_pipeline_ends(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        pipeline *p = pipeline_of(2, 0, true);
        test_receipt r = {.receipt = {note_counted, note_done}, .p = p};
        made_source *source = (made_source *)made_new(7);
        source->receipt = &r.receipt;
        source->is_live = true;
        assert_int_equal(pipeline_start(p, &source->source), STATUS_OK);
        while (atomic_load(&r.counted) < (unsigned)i) pause_a_moment();
        pipeline_stop(p);
        assert_int_equal(pipeline_wait(p), STATUS_OK);
        pipeline_progress progress;
        pipeline_get_progress(p, &progress);
        pipeline_free(p);
        assert_int_equal(atomic_load(&r.items), progress.items);
        assert_int_equal(atomic_load(&r.done) - atomic_load(&r.stopped), atomic_load(&r.counted));
    }
}

static status add_a_tweet(void *context, struct engine *e, record_batch *out) {
    (void)e;
    record *r = record_batch_add(out);
    if (r == NULL) return STATUS_NO_MEMORY;
    r->kind = RECORD_TWEET;
    r->fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT;
    r->tweet = (tweet_record){.id = *(const uint64_t *)context,
                              .author_id = 5,
                              .created_ms = 1577836800000,
                              .heard = true,
                              .text = TEXT("made by a job")};
    return STATUS_OK;
}

static status refuse(void *context, struct engine *e, record_batch *out) {
    (void)context, (void)e, (void)out;
    return STATUS_BAD_ARGUMENT;
}

static uint64_t heard(pipeline *p) {
    const moment *m = pipeline_acquire(p);
    uint64_t count = stats_read(m).known.heard;
    pipeline_release(p, m);
    return count;
}

static void a_job_is_done_and_shown_when_it_returns(void **state) {
    (void)state;
    pipeline *p = pipeline_of(2, 0, true);
    uint64_t id = 1u << 30;
    assert_int_equal(pipeline_run(p, add_a_tweet, &id), STATUS_STOPPED); /* Nothing runs yet. */
    assert_int_equal(pipeline_start(p, made_new(8)), STATUS_OK);
    assert_int_equal(pipeline_run(p, refuse, NULL), STATUS_BAD_ARGUMENT);
    for (int i = 0; i < 5; i++, id++) { /* While others come, and after the last of them. */
        uint64_t before = heard(p);
        if (i == 3) assert_int_equal(pipeline_wait(p), STATUS_OK);
        assert_int_equal(pipeline_run(p, add_a_tweet, &id), STATUS_OK);
        assert_true(heard(p) > before);
    }
    uint64_t all = heard(p);
    assert_int_equal(pipeline_run(p, add_a_tweet, &(uint64_t){id}), STATUS_OK);
    assert_int_equal(heard(p), all + 1);
    pipeline_free(p);
}

static void a_pipeline_that_never_started_can_be_freed(void **state) {
    (void)state;
    pipeline_free(pipeline_of(3, 0, true));
    pipeline_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_whole_epochs_only),
        cmocka_unit_test(what_became_of_the_items_can_be_asked_while_they_come),
        cmocka_unit_test(decoders_and_epochs_change_no_byte),
        cmocka_unit_test(a_stopped_pipeline_ends_and_keeps_what_it_took),
        cmocka_unit_test(the_rate_falls_when_a_stream_falls_silent),
        cmocka_unit_test(orders_go_to_the_source_if_it_takes_any),
        cmocka_unit_test(whoever_waits_for_a_chunk_is_told_when_it_is_shown),
        cmocka_unit_test(each_receipt_is_told_its_end_however_the_pipeline_ends),
        cmocka_unit_test(a_job_is_done_and_shown_when_it_returns),
        cmocka_unit_test(a_pipeline_that_never_started_can_be_freed),
    };
    return cmocka_run_group_tests_name("pipeline", tests, open_sentiments, close_sentiments);
}
