/* SPDX-License-Identifier: MIT */
/* What a stream of X does to its lines changes no answer: breaking off at random and
 * sending again, doubles, any order, notices between and ahead.  Each time the answers are
 * compared with those of the plain list.
 *
 *   TWEETS=1000000 DROPS=1000 SEED=1 test_x_answers     # of the first test */
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
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/base/random.h"
#include "pipeline/gen/gen.h"
#include "pipeline/pipeline.h"
#include "pipeline/sources/files.h"
#include "pipeline/sources/x_stream.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_x.h"

#define START_MS 1600000000000
#define MARKER   "\"id\":\"9000000000000000001\""
static const char last_line[] =
    "{\"data\":{" MARKER ",\"author_id\":\"77\",\"text\":\"the last\",\"created_at\":"
    "\"2012-07-04T00:00:00.000Z\"},\"includes\":{\"users\":[{\"id\":\"77\",\"username\":\"u\","
    "\"name\":\"U\"}]}}\n";

static uint64_t number_of(const char *name, uint64_t otherwise) {
    const char *words = getenv(name);
    uint64_t value;
    return words != NULL && text_to_u64(text_of(words), &value) ? value : otherwise;
}

/* ---- The list that is sent ---- */

/* The demo's lines are X's but for a name.  The last one is known. */
static char *make_list(uint64_t lines, const char *path, text *list) {
    const gen_options with = {.lines = lines, .seed = number_of("SEED", 1), .format = GEN_DEMO};
    FILE *f = fopen(path, "w+");
    char *bytes = NULL, *line = NULL;
    size_t capacity = 0, room = 0;
    assert_non_null(f);
    assert_int_equal(gen_run(&with, f, NULL), STATUS_OK);
    room = (size_t)ftell(f) + sizeof last_line;
    bytes = malloc(room);
    assert_non_null(bytes);
    rewind(f);
    list->count = 0;
    for (ssize_t got; (got = getline(&line, &capacity, f)) > 0;) {
        static const char was[] = "{\"tweet\":", is[] = "{\"data\":";
        bool is_tweet = strncmp(line, was, sizeof was - 1) == 0;
        size_t skipped = is_tweet ? sizeof was - 1 : 0, head = is_tweet ? sizeof is - 1 : 0;
        memcpy(bytes + list->count, is, head);
        memcpy(bytes + list->count + head, line + skipped, (size_t)got - skipped);
        list->count += head + (size_t)got - skipped;
    }
    memcpy(bytes + list->count, last_line, sizeof last_line - 1);
    list->count += sizeof last_line - 1;
    list->bytes = bytes;
    free(line);
    assert_true(list->count <= room);
    rewind(f);
    assert_int_equal(ftruncate(fileno(f), 0), 0);
    assert_int_equal(fwrite(bytes, 1, list->count, f), list->count);
    assert_int_equal(fclose(f), 0);
    return bytes;
}

static int compare_ids(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

typedef struct {
    uint64_t *ids;
    size_t count, capacity;
} id_list;

/* The id behind the key, of which the line may have one at most. */
static void add_id(id_list *l, text line, const char *key) {
    const char *found = memmem(line.bytes, line.count, key, strlen(key));
    if (found == NULL) return;
    if (l->count == l->capacity) {
        l->capacity = l->capacity == 0 ? 1024 : 2 * l->capacity;
        l->ids = realloc(l->ids, l->capacity * sizeof l->ids[0]);
        assert_non_null(l->ids);
    }
    l->ids[l->count++] = strtoull(found + strlen(key), NULL, 10);
}

static void sort_once(id_list *l) {
    size_t kept = 0;
    if (l->count > 0) qsort(l->ids, l->count, sizeof l->ids[0], compare_ids);
    for (size_t i = 0; i < l->count; i++)
        if (i == 0 || l->ids[i] != l->ids[i - 1]) l->ids[kept++] = l->ids[i];
    l->count = kept;
}

/* How many tweets the list has by their own lines, once each, less the deleted. */
static uint64_t count_tweets(text list) {
    id_list tweets = {0}, deleted = {0};
    uint64_t count = 0;
    for (size_t end; text_find_byte(list, '\n', &end);
         list = text_slice(list, end + 1, list.count)) {
        text line = text_slice(list, 0, end);
        bool is_tweet = text_starts_with(line, TEXT("{\"data\":{\"id\":\""));
        add_id(is_tweet ? &tweets : &deleted, line, is_tweet ? "\"id\":\"" : "\"id_str\":\"");
    }
    sort_once(&tweets);
    sort_once(&deleted);
    for (size_t i = 0; i < tweets.count; i++)
        count += deleted.count == 0 || bsearch(&tweets.ids[i], deleted.ids, deleted.count,
                                               sizeof deleted.ids[0], compare_ids) == NULL;
    free(tweets.ids);
    free(deleted.ids);
    return count;
}

/* ---- The stream, until its last line ---- */

typedef struct {
    tweet_source base; /* First. */
    tweet_source *stream;
    fake_clock clock;
    _Atomic bool has_all;
    pthread_t hurry;
} until_last;

static status next_chunk(tweet_source *self, source_chunk **chunk) {
    until_last *u = (until_last *)(void *)self;
    *chunk = NULL;
    if (atomic_load(&u->has_all)) return STATUS_END;
    status s = u->stream->next(u->stream, chunk);
    if (s == STATUS_OK &&
        memmem((*chunk)->bytes, (*chunk)->count, MARKER, sizeof MARKER - 1) != NULL)
        atomic_store(&u->has_all, true);
    return s;
}

static void stop(tweet_source *self) {
    until_last *u = (until_last *)(void *)self;
    u->stream->stop(u->stream);
}

static void get_state(tweet_source *self, source_state *result) {
    until_last *u = (until_last *)(void *)self;
    u->stream->state(u->stream, result);
}

static const char *file_name(tweet_source *self, uint32_t file) {
    until_last *u = (until_last *)(void *)self;
    return u->stream->file_name(u->stream, file);
}

static void close_nothing(tweet_source *self) {
    (void)self; /* The test still asks it. */
}

/* Time passes at once whenever the stream only waits for it. */
static void *hurry(void *context) {
    until_last *u = context;
    while (!atomic_load(&u->has_all)) {
        source_state s;
        u->stream->state(u->stream, &s);
        int64_t left_ms = s.next_try_ms - u->clock.base.now_ms(&u->clock.base);
        if (strcmp(s.state, "waiting") == 0 && left_ms > 0) {
            fake_clock_advance(&u->clock, left_ms);
            x_stream_wake(u->stream);
        }
        (void)usleep(200);
    }
    return NULL;
}

/* ---- Answers ---- */

/* What a source leads to, as files in a new folder. */
static void answer(tweet_source *source, const char *folder, const sentiment_model *model) {
    const pipeline_options with = {.clean_cutoff = -1, .model = model};
    const char *failed = NULL;
    pipeline *p;
    assert_int_equal(pipeline_new(&with, &p, NULL), STATUS_OK);
    assert_int_equal(pipeline_start(p, source), STATUS_OK);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    assert_int_equal(pipeline_write_files(p, folder, &failed), STATUS_OK);
    pipeline_free(p);
}

static void expect_same_answers(const char *a, const char *b) {
    static const char *const names[] = {"totals.json", "authors.jsonl", "tweets.jsonl",
                                        "places.jsonl", "minutes.jsonl"};
    char command[256];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(command, sizeof command, "cmp %s/%s %s/%s", a, names[i], b, names[i]);
        assert_int_equal(system(command), 0);
    }
}

static uint64_t heard_in(const char *folder) {
    char path[128], line[4096];
    (void)snprintf(path, sizeof path, "%s/totals.json", folder);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    (void)fclose(f);
    const char *found = strstr(line, "\"heard\":");
    assert_non_null(found);
    return strtoull(found + strlen("\"heard\":"), NULL, 10);
}

static void follow(text list, uint32_t drops, const char *folder, const sentiment_model *model) {
    until_last u = {.base = {next_chunk, stop, get_state, file_name, close_nothing, NULL, NULL}};
    fake_x_counts counts;
    source_state s;
    fake_clock_init(&u.clock, START_MS);
    const fake_x_options with = {.clock = &u.clock.base,
                                 .lines = list,
                                 .drops = drops,
                                 .replay_lines = 500,
                                 .seed = number_of("SEED", 1)};
    fake_x *x = fake_x_start(&with);
    assert_non_null(x);
    const x_stream_options o = {
        .base_url = fake_x_url(x), .token = TEXT("right-token"), .clock = &u.clock.base};
    assert_int_equal(x_stream_open(&o, &u.stream), STATUS_OK);
    assert_int_equal(pthread_create(&u.hurry, NULL, hurry, &u), 0);
    answer(&u.base, folder, model);
    (void)pthread_join(u.hurry, NULL);
    u.stream->state(u.stream, &s);
    fake_x_get_counts(x, &counts);
    if (drops > 0)
        print_message(
            "%u drops, %llu connects, %llu lines sent in all, $%.2f, at most %llu connects "
            "in 15 minutes, %.1f hours by the clock\n",
            drops, (unsigned long long)s.connects, (unsigned long long)counts.lines_sent,
            s.spent_usd, (unsigned long long)counts.window_max,
            (double)(u.clock.base.now_ms(&u.clock.base) - START_MS) / 3.6e6);
    assert_int_equal(counts.drops, drops);
    assert_int_equal(s.connects, drops + 1);
    assert_int_equal(counts.too_often, 0);
    assert_int_equal(counts.too_many, 0);
    assert_true(counts.window_max <= 50);
    u.stream->close(u.stream);
    fake_x_stop(x);
}

/* ---- Tests ---- */

typedef struct {
    char folder[32], sent[64], live[64], plain[64];
    sentiment_model *model;
} answers_test;

static void set_up(answers_test *t) {
    *t = (answers_test){.folder = "/tmp/dunlin-x-XXXXXX"};
    assert_non_null(mkdtemp(t->folder));
    (void)snprintf(t->sent, sizeof t->sent, "%s/sent.jsonl", t->folder);
    (void)snprintf(t->live, sizeof t->live, "%s/live", t->folder);
    (void)snprintf(t->plain, sizeof t->plain, "%s/plain", t->folder);
    assert_int_equal(sentiment_model_new("vader", &t->model), STATUS_OK);
}

static void tear_down(answers_test *t) {
    char command[64];
    sentiment_model_free(t->model);
    (void)snprintf(command, sizeof command, "rm -r %s", t->folder);
    assert_int_equal(system(command), 0);
}

/* The answers of the stream were written; those of the file `sent` are the same. */
static void expect_answers_of_the_file(answers_test *t) {
    const char *const files[] = {t->sent};
    const source_files_options with = {0};
    tweet_source *source;
    assert_int_equal(source_files(files, 1, &with, &source), STATUS_OK);
    answer(source, t->plain, t->model);
    expect_same_answers(t->live, t->plain);
}

static void nothing_is_lost_and_nothing_doubled(void **state) {
    (void)state;
    answers_test t;
    text list;
    set_up(&t);
    char *bytes = make_list(number_of("TWEETS", 20000), t.sent, &list);
    uint64_t expected = count_tweets(list);
    follow(list, (uint32_t)number_of("DROPS", 50), t.live, t.model);
    free(bytes);
    assert_int_equal(heard_in(t.live), expected);
    expect_answers_of_the_file(&t);
    print_message("%llu tweets heard, of %llu sent; answers equal those of the list\n",
                  (unsigned long long)heard_in(t.live), (unsigned long long)expected);
    tear_down(&t);
}

/* The list's lines but the last, which is told apart. */
typedef struct {
    text *lines;
    size_t count;
} lines_of_list;

static lines_of_list cut(text list) {
    lines_of_list l = {.lines = calloc(list.count / 32, sizeof l.lines[0])};
    assert_non_null(l.lines);
    for (size_t end; text_find_byte(list, '\n', &end); list = text_slice(list, end + 1, list.count))
        l.lines[l.count++] = text_slice(list, 0, end + 1);
    l.count--;
    return l;
}

typedef void rearrange(const lines_of_list *l, random_source *r, buffer *out);

static void expect_no_change(rearrange *change, uint64_t lines) {
    answers_test t;
    buffer out = {0};
    random_source r = {5};
    text list;
    set_up(&t);
    char *bytes = make_list(lines, t.sent, &list);
    lines_of_list l = cut(list);
    change(&l, &r, &out);
    buffer_add(&out, text_of(last_line));
    assert_false(out.failed);
    follow(buffer_text(&out), 0, t.live, t.model);
    expect_answers_of_the_file(&t);
    buffer_deinit(&out);
    free(l.lines);
    free(bytes);
    tear_down(&t);
}

static void double_half(const lines_of_list *l, random_source *r, buffer *out) {
    for (size_t i = 0; i < l->count; i++) {
        buffer_add(out, l->lines[i]);
        if (i % 2 == 0) buffer_add(out, l->lines[i]);
        if (i > 100 && i % 2 == 1) buffer_add(out, l->lines[i - random_below(r, 100)]);
    }
}

static void doubles_change_nothing(void **state) {
    (void)state;
    expect_no_change(double_half, 6000);
}

/* The list is of two days: a 48th of it is an hour. */
static void shuffle_hours(const lines_of_list *l, random_source *r, buffer *out) {
    size_t hour = l->count / 48;
    for (size_t begin = 0; begin < l->count; begin += hour) {
        size_t count = begin + hour <= l->count ? hour : l->count - begin;
        for (size_t i = count; i > 1; i--) {
            size_t j = (size_t)random_below(r, i);
            text swapped = l->lines[begin + i - 1];
            l->lines[begin + i - 1] = l->lines[begin + j];
            l->lines[begin + j] = swapped;
        }
    }
    for (size_t i = 0; i < l->count; i++) buffer_add(out, l->lines[i]);
}

static void an_order_that_is_an_hour_wrong_changes_nothing(void **state) {
    (void)state;
    expect_no_change(shuffle_hours, 6000);
}

static void deletes_first(const lines_of_list *l, random_source *r, buffer *out) {
    (void)r;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < l->count; i++)
            if (text_starts_with(l->lines[i], TEXT("{\"delete\"")) == (pass == 0))
                buffer_add(out, l->lines[i]);
}

static void a_delete_before_its_tweet_deletes_it(void **state) {
    (void)state;
    expect_no_change(deletes_first, 6000);
}

static void add_notices(const lines_of_list *l, random_source *r, buffer *out) {
    static const char scrub_geo[] = "{\"scrub_geo\":{\"user_id_str\":\"10156\",\"user_id\":10156,"
                                    "\"up_to_status_id\":220305923896246272}}\r\n";
    static const char *const notices[] = {
        "\r\n",
        "{\"limit\":{\"track\":7}}\r\n",
        "{\"warning\":{\"code\":\"FALLING_BEHIND\",\"message\":\"x\",\"percent_full\":60}}\r\n",
        scrub_geo,
        "{\"brand_new\":{\"kind\":[1,2,{\"id\":\"3\"}]}}\r\n",
        "{\"data\":{}}\r\n",
        "not json at all\r\n",
    };
    for (size_t i = 0; i < l->count; i++) {
        buffer_add(out, text_of(notices[random_below(r, sizeof notices / sizeof notices[0])]));
        buffer_add(out, l->lines[i]);
    }
}

static void notices_and_what_nobody_knows_change_nothing(void **state) {
    (void)state;
    expect_no_change(add_notices, 6000);
}

/* A minute of ten times the 50 tweets a second that are usual. */
static void all_at_once(const lines_of_list *l, random_source *r, buffer *out) {
    (void)r;
    for (size_t i = 0; i < l->count; i++) buffer_add(out, l->lines[i]);
}

static void a_burst_is_taken_in_whole(void **state) {
    (void)state;
    expect_no_change(all_at_once, 60 * 10 * 50);
}

/* A tweet, its edit, and a retweet of either, in all six orders. */
static void an_edit_counts_in_any_order(void **state) {
    (void)state;
#define POST(id, user, more)                                                                       \
    "{\"data\":{\"id\":\"" id "\",\"author_id\":\"" user "\",\"text\":\"a word\"," more            \
    "},\"includes\":{\"users\":[{\"id\":\"" user "\",\"username\":\"u\",\"name\":\"U\"}]}}\n"
    static const char first[] = POST("1001", "1",
                                     "\"created_at\":\"2026-01-01T10:00:00.000Z\","
                                     "\"edit_history_tweet_ids\":[\"1001\"]");
    static const char second[] = POST("1002", "1",
                                      "\"created_at\":\"2026-01-01T10:01:00.000Z\","
                                      "\"edit_history_tweet_ids\":[\"1001\",\"1002\"]");
    static const char retweet[] =
        POST("1003", "2",
             "\"created_at\":\"2026-01-01T10:02:00.000Z\","
             "\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":\"1001\"}]");
    static const char *const lines[] = {first, second, retweet};
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < 6; i++) {
        answers_test t;
        buffer out = {0};
        set_up(&t);
        FILE *f = fopen(t.sent, "w");
        assert_non_null(f);
        for (size_t j = 0; j < 3; j++) {
            buffer_add(&out, text_of(lines[orders[i][j]]));
            assert_true(fputs(lines[j], f) >= 0);
        }
        buffer_add(&out, text_of(last_line));
        assert_true(fputs(last_line, f) >= 0);
        assert_int_equal(fclose(f), 0);
        follow(buffer_text(&out), 0, t.live, t.model);
        expect_answers_of_the_file(&t);
        buffer_deinit(&out);
        tear_down(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_and_nothing_doubled),
        cmocka_unit_test(doubles_change_nothing),
        cmocka_unit_test(an_order_that_is_an_hour_wrong_changes_nothing),
        cmocka_unit_test(a_delete_before_its_tweet_deletes_it),
        cmocka_unit_test(notices_and_what_nobody_knows_change_nothing),
        cmocka_unit_test(a_burst_is_taken_in_whole),
        cmocka_unit_test(an_edit_counts_in_any_order),
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
