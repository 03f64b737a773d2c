/* SPDX-License-Identifier: MIT */
/* Several sources as one, made of sources that follow a script. */
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

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/sources/source_many.h"
#include "tests/support/fail_alloc.h"

enum { SOURCES = 3 };

/* Gives `lines` chunks of one line, of files 0, 1, 2, 0, ..., then waits for stop, or ends. */
typedef struct {
    tweet_source base;
    const char *word;
    int lines, given;
    bool lasts; /* Waits after its lines. */
    status end;
    source_receipt *receipt; /* Of its chunks. */
    source_state state;
    int orders;
    atomic_int closes;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopped;
} script;

static script *script_of(tweet_source *s) {
    return (script *)(void *)s;
}

static status script_next(tweet_source *source, source_chunk **chunk) {
    script *s = script_of(source);
    (void)pthread_mutex_lock(&s->lock);
    while (s->lasts && s->given == s->lines && !s->is_stopped)
        (void)pthread_cond_wait(&s->changed, &s->lock);
    bool is_stopped = s->is_stopped;
    (void)pthread_mutex_unlock(&s->lock);
    if (is_stopped) return STATUS_STOPPED;
    if (s->given == s->lines) return s->end;
    source_chunk *c = source_chunk_new(64);
    if (c == NULL) return STATUS_NO_MEMORY;
    c->count = (size_t)snprintf(c->bytes, 64, "%s%d\n", s->word, s->given);
    c->file = (uint32_t)(s->given++ % 3);
    c->origin = (uint8_t)s->word[0];
    c->receipt = s->receipt;
    *chunk = c;
    return STATUS_OK;
}

static void script_stop(tweet_source *source) {
    script *s = script_of(source);
    (void)pthread_mutex_lock(&s->lock);
    s->is_stopped = true;
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
}

static void script_state(tweet_source *source, source_state *result) {
    *result = script_of(source)->state;
}

static const char *script_file_name(tweet_source *source, uint32_t file) {
    static const char *const names[] = {"x", "y", "z"};
    return file == 0 ? script_of(source)->word : names[file];
}

static void script_close(tweet_source *source) {
    atomic_fetch_add(&script_of(source)->closes, 1);
}

static status script_control(tweet_source *source, const source_order *order) {
    (void)order;
    script_of(source)->orders++;
    return STATUS_NOT_POSSIBLE;
}

typedef struct {
    script parts[SOURCES];
    tweet_source *many;
} several;

static void prepare(several *t, int lines) {
    static const char *const words[] = {"a", "b", "c"};
    memset(t, 0, sizeof *t);
    for (int i = 0; i < SOURCES; i++) {
        script *s = &t->parts[i];
        s->base = (tweet_source){script_next,  script_stop, script_state, script_file_name,
                                 script_close, NULL,        NULL};
        s->word = words[i];
        s->lines = lines;
        s->end = STATUS_END;
        s->state = (source_state){.kind = words[i], .state = "live"};
        (void)pthread_mutex_init(&s->lock, NULL);
        (void)pthread_cond_init(&s->changed, NULL);
    }
}

static status open_all(several *t) {
    tweet_source *parts[SOURCES];
    for (int i = 0; i < SOURCES; i++) parts[i] = &t->parts[i].base;
    return source_many_open(parts, SOURCES, &t->many);
}

static source_chunk *take(several *t, status expected) {
    source_chunk *c;
    assert_int_equal(t->many->next(t->many, &c), expected);
    if (expected == STATUS_OK)
        assert_non_null(c);
    else
        assert_null(c);
    return c;
}

static void every_chunk_of_each_comes_once_in_its_order(void **state) {
    several t;
    int next_of[SOURCES] = {0}, number;
    char word;
    (void)state;
    prepare(&t, 200);
    assert_int_equal(open_all(&t), STATUS_OK);
    for (uint64_t i = 0; i < UINT64_C(200) * SOURCES; i++) {
        source_chunk *c = take(&t, STATUS_OK);
        assert_int_equal(sscanf(c->bytes, "%c%d", &word, &number), 2);
        assert_int_equal(number, next_of[word - 'a']++);
        assert_int_equal(c->sequence, i);
        assert_int_equal(c->origin, word);
        source_chunk_free(c);
    }
    (void)take(&t, STATUS_END);
    (void)take(&t, STATUS_END); /* And again. */
    t.many->close(t.many);
    for (int i = 0; i < SOURCES; i++) assert_int_equal(atomic_load(&t.parts[i].closes), 1);
}

static void files_are_numbered_anew_without_gaps_and_keep_their_names(void **state) {
    several t;
    bool seen[9] = {false};
    (void)state;
    prepare(&t, 9);
    assert_int_equal(open_all(&t), STATUS_OK);
    for (int i = 0; i < 9 * SOURCES; i++) {
        source_chunk *c = take(&t, STATUS_OK);
        assert_in_range(c->file, 0, 8);
        seen[c->file] = true;
        const char *name = t.many->file_name(t.many, c->file);
        const char *expected =
            script_file_name(&t.parts[c->bytes[0] - 'a'].base, (uint32_t)(c->bytes[1] - '0') % 3);
        assert_string_equal(name, expected);
        source_chunk_free(c);
    }
    for (int i = 0; i < 9; i++) assert_true(seen[i]);
    assert_string_equal(t.many->file_name(t.many, 9), "");
    t.many->close(t.many);
}

static void one_that_fails_is_a_state_while_others_go_on(void **state) {
    several t;
    source_state s, parts[SOURCES];
    (void)state;
    prepare(&t, 0);
    t.parts[1].end = STATUS_UNAUTHORIZED;
    t.parts[2].lines = 50;
    t.parts[2].lasts = true;
    assert_int_equal(open_all(&t), STATUS_OK);
    for (int i = 0; i < 50; i++) source_chunk_free(take(&t, STATUS_OK));
    do {
        t.many->state(t.many, &s);
    } while (strcmp(s.detail, "b failed: not authorized") != 0);
    assert_string_equal(s.kind, "several");
    assert_string_equal(s.state, "live");
    assert_int_equal(t.many->parts(t.many, parts, SOURCES), SOURCES);
    assert_string_equal(parts[1].state, "failed");
    assert_string_equal(parts[2].state, "live");
    t.many->stop(t.many);
    (void)take(&t, STATUS_STOPPED);
    t.many->close(t.many);
}

static void the_end_is_a_failure_only_when_all_have_failed(void **state) {
    several t;
    (void)state;
    prepare(&t, 1);
    t.parts[0].end = STATUS_UNAUTHORIZED;
    t.parts[1].end = STATUS_UPSTREAM;
    assert_int_equal(open_all(&t), STATUS_OK);
    for (int i = 0; i < SOURCES; i++) source_chunk_free(take(&t, STATUS_OK));
    (void)take(&t, STATUS_END);
    t.many->close(t.many);

    prepare(&t, 0);
    t.parts[0].end = STATUS_UNAUTHORIZED;
    t.parts[1].end = STATUS_UPSTREAM;
    t.parts[2].end = STATUS_CANNOT_READ;
    assert_int_equal(open_all(&t), STATUS_OK);
    (void)take(&t, STATUS_UNAUTHORIZED);
    t.many->close(t.many);
}

static void *stop_soon(void *context) {
    several *t = context;
    t->many->stop(t->many);
    return NULL;
}

static void stop_ends_a_wait_and_loses_nothing_that_waits(void **state) {
    several t;
    pthread_t thread;
    (void)state;
    prepare(&t, 0);
    for (int i = 0; i < SOURCES; i++) t.parts[i].lasts = true;
    assert_int_equal(open_all(&t), STATUS_OK);
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &t), 0);
    (void)take(&t, STATUS_STOPPED); /* However the two threads meet. */
    (void)pthread_join(thread, NULL);
    t.many->close(t.many);

    prepare(&t, 1000);
    assert_int_equal(open_all(&t), STATUS_OK);
    source_chunk_free(take(&t, STATUS_OK));
    t.many->stop(t.many);
    int count = 1;
    source_chunk *c;
    while (t.many->next(t.many, &c) == STATUS_OK) {
        count++;
        source_chunk_free(c);
    }
    int given = 0;
    for (int i = 0; i < SOURCES; i++) given += t.parts[i].given;
    assert_int_equal(count, given);
    t.many->close(t.many);
}

static void stopped_before_it_began_it_reads_nothing(void **state) {
    several t;
    (void)state;
    prepare(&t, 5);
    assert_int_equal(open_all(&t), STATUS_OK);
    t.many->stop(t.many);
    (void)take(&t, STATUS_STOPPED);
    t.many->close(t.many);
    for (int i = 0; i < SOURCES; i++) assert_int_equal(t.parts[i].given, 0);
}

typedef struct {
    source_receipt base;
    atomic_int stopped;
} counted_receipt;

static void count_stopped(source_receipt *self, status s, uint64_t epoch) {
    counted_receipt *r = (counted_receipt *)(void *)self;
    assert_int_equal(s, STATUS_STOPPED);
    assert_int_equal(epoch, 0);
    atomic_fetch_add(&r->stopped, 1);
}

static void receipts_go_with_their_chunks_and_are_told_when_nobody_takes_them(void **state) {
    several t;
    counted_receipt r = {.base = {NULL, count_stopped}};
    (void)state;
    prepare(&t, 100);
    t.parts[1].receipt = &r.base;
    assert_int_equal(open_all(&t), STATUS_OK);
    int taken = 0;
    for (int i = 0; i < 30; i++) {
        source_chunk *c = take(&t, STATUS_OK);
        assert_ptr_equal(c->receipt, c->bytes[0] == 'b' ? &r.base : NULL);
        c->receipt = NULL; /* As the engine that has taken it. */
        taken += c->bytes[0] == 'b';
        source_chunk_free(c);
    }
    t.many->close(t.many);
    assert_int_equal(taken + atomic_load(&r.stopped), t.parts[1].given);
}

static void a_quick_one_does_not_hold_up_a_slow_one(void **state) {
    several t;
    (void)state;
    prepare(&t, 1 << 20);
    t.parts[1].lines = 1;
    t.parts[1].lasts = true;
    t.parts[2].lines = 0;
    assert_int_equal(open_all(&t), STATUS_OK);
    char word;
    do {
        source_chunk *c = take(&t, STATUS_OK); /* Ends long before the million of the others. */
        word = c->bytes[0];
        source_chunk_free(c);
    } while (word != 'b');
    assert_true(t.parts[0].given < 1 << 20);
    t.many->close(t.many);
}

static void orders_go_to_the_first_that_takes_some(void **state) {
    several t;
    source_state s;
    const source_order order = {.kind = SOURCE_PAUSE};
    (void)state;
    prepare(&t, 0);
    assert_int_equal(open_all(&t), STATUS_OK);
    assert_null(t.many->control);
    t.many->close(t.many);

    prepare(&t, 0);
    t.parts[1].base.control = t.parts[2].base.control = script_control;
    t.parts[0].state.speed = 3;
    t.parts[1].state.speed = 60;
    t.parts[1].state.can_seek = true;
    assert_int_equal(open_all(&t), STATUS_OK);
    assert_int_equal(t.many->control(t.many, &order), STATUS_NOT_POSSIBLE);
    assert_int_equal(t.parts[1].orders, 1);
    assert_int_equal(t.parts[2].orders, 0);
    t.many->state(t.many, &s);
    assert_true(s.speed > 59 && s.speed < 61 && s.can_seek);
    t.many->close(t.many);
}

static void states_add_up(void **state) {
    several t;
    source_state s;
    (void)state;
    prepare(&t, 0);
    t.parts[0].state = (source_state){.kind = "files",
                                      .state = "ended",
                                      .bytes_read = 10,
                                      .bytes_total = 20,
                                      .parts_read = 2,
                                      .lacks_location = true};
    t.parts[1].state = (source_state){.kind = "x-stream",
                                      .state = "waiting",
                                      .detail = "HTTP 503",
                                      .bytes_read = 5,
                                      .connects = 3,
                                      .gaps = 1,
                                      .spent_usd = 1.5,
                                      .next_try_ms = 900,
                                      .lacks_location = true,
                                      .lacks_deletes = true};
    t.parts[2].state = (source_state){.kind = "mastodon",
                                      .state = "paused",
                                      .connects = 4,
                                      .missed = 7,
                                      .next_try_ms = 800,
                                      .lacks_location = true};
    assert_int_equal(open_all(&t), STATUS_OK);
    t.many->state(t.many, &s);
    assert_string_equal(s.state, "paused");
    assert_string_equal(s.detail, "x-stream waiting: HTTP 503");
    assert_int_equal(s.bytes_read, 15);
    assert_int_equal(s.bytes_total, 0); /* Not known of all. */
    assert_int_equal(s.parts_read, 2);
    assert_int_equal(s.connects, 7);
    assert_int_equal(s.gaps, 1);
    assert_int_equal(s.missed, 7);
    assert_int_equal(s.next_try_ms, 800);
    assert_true(s.spent_usd > 1.4 && s.spent_usd < 1.6);
    assert_true(s.lacks_location && !s.lacks_deletes && !s.lacks_followers);
    t.many->close(t.many);
}

/* All of it; what a part has no memory for is that part's end. */
static status read_all(void *context) {
    several t;
    source_chunk *c;
    int count = 0;
    (void)context;
    prepare(&t, 4);
    status s = open_all(&t);
    if (s != STATUS_OK) {
        assert_null(t.many);
        return s;
    }
    while ((s = t.many->next(t.many, &c)) == STATUS_OK) {
        count++;
        source_chunk_free(c);
    }
    t.many->close(t.many);
    assert_true(s == STATUS_NO_MEMORY || s == STATUS_END);
    return count == 4 * SOURCES ? STATUS_OK : STATUS_NO_MEMORY;
}

static void survives_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(read_all, NULL, 1000), 8, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chunk_of_each_comes_once_in_its_order),
        cmocka_unit_test(files_are_numbered_anew_without_gaps_and_keep_their_names),
        cmocka_unit_test(one_that_fails_is_a_state_while_others_go_on),
        cmocka_unit_test(the_end_is_a_failure_only_when_all_have_failed),
        cmocka_unit_test(stop_ends_a_wait_and_loses_nothing_that_waits),
        cmocka_unit_test(stopped_before_it_began_it_reads_nothing),
        cmocka_unit_test(receipts_go_with_their_chunks_and_are_told_when_nobody_takes_them),
        cmocka_unit_test(a_quick_one_does_not_hold_up_a_slow_one),
        cmocka_unit_test(orders_go_to_the_first_that_takes_some),
        cmocka_unit_test(states_add_up),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    log_set_level((log_level)-1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
