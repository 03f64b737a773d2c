/* SPDX-License-Identifier: MIT */
/* The correction story: a source sent follower counts in thousands and times an hour off,
 * among others that are right.  One rule corrects it: every answer is that of a run that
 * had it right; taken back, that of the wrong run; corrected again, right again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/decode/record.h"
#include "pipeline/fixing.h"
#include "pipeline/queries/answers.h"
#include "tests/support/opened.h"

enum { LINES = 10000, LINES_A_CHUNK = 500, MINUTES = 60, HOUR = 11 };

/* ---- The sources: every other line is X's, and right ---- */

typedef struct {
    tweet_source source;
    bool is_right; /* What the pushing one sends. */
    uint64_t made, sequence;
} story;

/* People of one source have even numbers, of the other odd ones. */
static void add_line(buffer *b, const story *s, uint64_t i, bool is_pushed) {
    uint64_t author = (1 + i * 7919 % 150) * 2 + is_pushed, of_minute = i * MINUTES / LINES;
    uint64_t ref = i < 40 ? 0 : 1 + (i * 31) % 40, k = 1 + author * 37 % 900;
    bool is_wrong = is_pushed && !s->is_right;
    buffer_add_format(
        b,
        "{\"data\":{\"id\":\"%u\",\"author_id\":\"%u\",\"created_at\":\"2020-01-01T%02d:%02u:%02u."
        "000Z\",\"text\":\"%s %u\",\"lang\":\"en\"",
        (unsigned)i + 1, (unsigned)author, is_wrong ? HOUR - 1 : HOUR, (unsigned)of_minute,
        (unsigned)(i % 60), i % 3 == 0 ? "so good #tag" : "this is bad", (unsigned)(i % 9));
    if (ref != 0)
        buffer_add_format(b, ",\"referenced_tweets\":[{\"type\":\"%s\",\"id\":\"%u\"}]",
                          i % 2 == 0 ? "replied_to" : "retweeted", (unsigned)ref);
    buffer_add_format(b,
                      "},\"includes\":{\"users\":[{\"id\":\"%u\",\"username\":\"u%u\",\"name\":\"n"
                      "\",\"public_metrics\":{\"followers_count\":%u,\"tweet_count\":16}}]}}\n",
                      (unsigned)author, (unsigned)author, (unsigned)(is_wrong ? k : k * 1000));
}

static status story_next(tweet_source *self, source_chunk **chunk) {
    story *s = (story *)self;
    buffer b = {0};
    bool is_pushed = s->sequence % 2 == 1; /* A chunk has one source. */
    if (s->made >= LINES) return STATUS_END;
    for (uint64_t i = 0; i < LINES_A_CHUNK; i++) add_line(&b, s, s->made + i, is_pushed);
    *chunk = source_chunk_new(b.count);
    if (*chunk == NULL) return STATUS_NO_MEMORY;
    memcpy((*chunk)->bytes, b.bytes, b.count);
    (*chunk)->count = b.count;
    (*chunk)->first_line = s->made + 1;
    (*chunk)->sequence = s->sequence++;
    (*chunk)->origin = is_pushed ? ORIGIN_PUSH : ORIGIN_X;
    s->made += LINES_A_CHUNK;
    buffer_deinit(&b);
    return STATUS_OK;
}

static void story_stop(tweet_source *self) {
    (void)self;
}

static void story_state(tweet_source *self, source_state *result) {
    (void)self;
    *result = (source_state){.kind = "made", .state = "live"};
}

static const char *story_file_name(tweet_source *self, uint32_t file) {
    (void)self, (void)file;
    return "made";
}

static void story_close(tweet_source *self) {
    free(self);
}

static pipeline *run_of(bool is_right) {
    pipeline *p;
    pipeline_options o = {.model = sentiments, .clean_min = 5, .clean_cutoff = -1, .readers = true};
    story *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->source = (tweet_source){.next = story_next,
                               .stop = story_stop,
                               .state = story_state,
                               .file_name = story_file_name,
                               .close = story_close};
    s->is_right = is_right;
    assert_int_equal(pipeline_new(&o, &p, NULL), STATUS_OK);
    assert_int_equal(pipeline_start(p, &s->source), STATUS_OK);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    return p;
}

/* ---- All that it answers ---- */

static void add_answer(const moment *m, const query *q, const query_params *params, buffer *out) {
    json_writer w = json_to(out);
    json_begin_object(&w);
    assert_int_equal(q->answer(m, params, &w), STATUS_OK);
    json_end_object(&w);
    buffer_add_byte(out, '\n');
}

/* All that asks for no id and no text, in every window and order. */
static char *answers_of(pipeline *p) {
    const moment *m = pipeline_acquire(p);
    buffer out = {0};
    for (size_t i = 0; i < query_count; i++) {
        const query *q = &queries[i];
        bool is_plain = (q->params & (QUERY_ID | QUERY_TEXT)) == 0 && q->content_type == NULL;
        if (!is_plain || strcmp(q->path, "dataflow") == 0) continue;
        for (query_window window = WINDOW_ALL; window < WINDOW_GIVEN; window++) {
            query_params params = {.window = window, .limit = 100, .sort = "influence"};
            add_answer(m, q, &params, &out);
            params.sort = "recent_5m";
            if (q->sorts != NULL) add_answer(m, q, &params, &out);
        }
    }
    add_answer(m, &queries[1], &(query_params){.id = 4}, &out); /* A tweet, with its terms. */
    pipeline_release(p, m);
    buffer_add_byte(&out, '\0');
    assert_false(out.failed);
    return out.bytes;
}

static bool is_same(pipeline *p, const char *expected) {
    char *answers = answers_of(p);
    bool same = strcmp(answers, expected) == 0;
    free(answers);
    return same;
}

/* ---- The story ---- */

#define CORRECTION_WHERE "source:push and created_at>=2020-01-01T10:00:00Z"
#define CORRECTION_SET   "followers*=1000, created_at+=1h"
static const fixing_order correction = {.where = {CORRECTION_WHERE, sizeof CORRECTION_WHERE - 1},
                                        .set = {CORRECTION_SET, sizeof CORRECTION_SET - 1}};

/* What was answered, for the test to look into. */
static char *ask_for(pipeline *p, const fixing_order *o, status expected) {
    buffer out = {0};
    json_writer w = json_to(&out);
    rule_error wrong;
    assert_int_equal(fixing_do(p, o, &w, &wrong), expected);
    buffer_add_byte(&out, '\0');
    return out.bytes;
}

static void says(char *answer, const char *words) {
    if (strstr(answer, words) == NULL) fail_msg("no %s in %s", words, answer);
    free(answer);
}

static void one_rule_sets_the_past_right(void **state) {
    pipeline *right = run_of(true), *wrong = run_of(false);
    char *right_answers = answers_of(right), *wrong_answers = answers_of(wrong);
    fixing_order dry = correction;
    (void)state;
    assert_true(strlen(right_answers) > 100000);
    assert_string_not_equal(right_answers, wrong_answers);
    dry.is_dry = true;
    says(ask_for(wrong, &dry, STATUS_OK), "\"tweets\":5000,\"users\":150,\"changes\":{\"tweets\":{"
                                          "\"created_at\":5000,\"followers\":5000},\"users\":{"
                                          "\"followers\":150}},\"refused\":0,\"samples\":[{\"tweet"
                                          "\":\"");
    assert_true(is_same(wrong, wrong_answers));
    says(ask_for(wrong, &correction, STATUS_OK), "{\"dry_run\":false,\"number\":1,");
    assert_true(is_same(wrong, right_answers));
    says(ask_for(wrong, &(fixing_order){.undo = 1}, STATUS_OK), "\"undone\":true");
    says(ask_for(wrong, &dry, STATUS_OK), "}]}"); /* Nothing that could be stored. */
    assert_true(is_same(wrong, wrong_answers));
    says(ask_for(wrong, &correction, STATUS_OK), "\"number\":2,");
    assert_true(is_same(wrong, right_answers));
    pipeline_free(right);
    pipeline_free(wrong);
    free(right_answers);
    free(wrong_answers);
}

static void what_cannot_be_done_is_said_and_changes_nothing(void **state) {
    pipeline *p = run_of(false);
    char *before = answers_of(p);
    buffer out = {0};
    json_writer w = json_to(&out);
    rule_error wrong;
    const fixing_order bad = {.where = TEXT("sorce:push"), .set = TEXT("followers=1")};
    (void)state;
    assert_int_equal(fixing_do(p, &bad, &w, &wrong), STATUS_BAD_FORMAT);
    assert_non_null(strstr(wrong.message, "did you mean source?"));
    assert_int_equal(fixing_do(p, &(fixing_order){.undo = 1}, &w, &wrong), STATUS_NOT_FOUND);
    free(ask_for(p, &correction, STATUS_OK));
    free(ask_for(p, &(fixing_order){.undo = 1}, STATUS_OK));
    assert_int_equal(fixing_do(p, &(fixing_order){.undo = 1}, &w, &wrong), STATUS_NOT_POSSIBLE);
    assert_int_equal(out.count, 0);
    assert_true(is_same(p, before));
    fixing_write_list(p, &w);
    buffer_add_byte(&out, '\0');
    assert_non_null(strstr(out.bytes, "[{\"number\":1,\"where\":\"source:push and created_at>="));
    assert_non_null(strstr(out.bytes, "\"undone\":true,\"tweets\":5000,"));
    pipeline_stop(p);
    (void)pipeline_wait(p);
    buffer_deinit(&out);
    free(before);
    pipeline_free(p);
}

/* -1h is the last hour of what was heard, whatever the clock says. */
static void relative_times_count_back_as_windows_do(void **state) {
    pipeline *p = run_of(true);
    const fixing_order last = {
        .where = TEXT("created_at>=-30m"), .set = TEXT("followers=1"), .is_dry = true};
    (void)state;
    says(ask_for(p, &last, STATUS_OK), "\"now\":\"2020-01-01T12:00:00.000Z\",");
    says(ask_for(p, &last, STATUS_OK), "\"version\":1,\"undone\":false,\"tweets\":5000,");
    pipeline_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rule_sets_the_past_right),
        cmocka_unit_test(what_cannot_be_done_is_said_and_changes_nothing),
        cmocka_unit_test(relative_times_count_back_as_windows_do),
    };
    return cmocka_run_group_tests_name("fixing", tests, open_sentiments, close_sentiments);
}
