/* SPDX-License-Identifier: MIT */
/* The test that matters: whatever comes, in whatever order and batches, every view is
 * at every epoch what plain loops over all records say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/random.h"
#include "pipeline/base/times.h"
#include "pipeline/output.h"
#include "pipeline/queries/answers.h"
#include "pipeline/queries/facts.h"
#include "tests/support/model_board.h"
#include "tests/support/model_wanted.h"
#include "tests/support/opened.h"

enum {
    RECORDS = 220,
    USERS = 14,
    TWEETS = 40,
    HISTORIES = 150,
    ORDERS = 25,
    FILE_BYTES_MAX = 4 << 20
};

static const cleaning_options cleaning = {2, 300000000, 1000000000, false};
static const cleaning_options other_strings = {2, 300000000, 1000000000, true};

/* Close together, far apart, one name twice, one too large for a point. */
static const char *const table_lines =
    "Koeln\t50.9375\t6.9603\t0.04\nBonn\t50.7374\t7.0982\t0.04\nParis\t48.8566\t2.3522\t0.04\n"
    "Tokyo\t35.6762\t139.6503\t0.04\nEdo\t35.6762\t139.6503\t0.04\nLima\t-12.0464\t-77.0428\t0.04\n"
    "Brasil\t-10\t-55\t740\nworldwide\t1.5\t2.5\t0.1\nturn on notifications\t-33\t151\t0.04\n";
static const char *const locations[] = {"Koeln",  " Bonn ", "Paris",     "Tokyo",
                                        "Edo",    "Lima",   "worldwide", "turn on notifications",
                                        "Brasil", "",       "nowhere",   "\xE3\x80\x80Koeln"};
static const char *const words[] = {"I love it",
                                    "this is bad, really bad",
                                    "the table is brown",
                                    "",
                                    "AMAZING!!! :)",
                                    "I love it &amp; you",
                                    "go #WorldCup #goal! https://t.co/aB1",
                                    "#worldcup http://a.b/"};
static const char *const tag_lists[] = {"", "WorldCup", "goal\nGOAL\nNFL"};
static const char *const link_lists[] = {"", "https://t.co/aB1", "http://a.b/\nhttps://t.co/aB1"};
static const char *const langs[] = {"en", "ja", "", "en-gb"};

#define ANY(list, r) (list[random_below((r), sizeof(list) / sizeof(list)[0])])

static uint64_t reference(random_source *r) {
    return random_below(r, 3) == 0 ? 0 : 1 + random_below(r, TWEETS);
}

static record random_tweet(random_source *r) {
    record x = {.kind = RECORD_TWEET};
    tweet_record *t = &x.tweet;
    t->id = 1 + random_below(r, TWEETS);
    t->author_id = 1 + (t->id + random_below(r, 8) / 7) % USERS; /* Rarely another. */
    t->created_ms = (MODEL_MINUTE_0 + (int64_t)random_below(r, MODEL_MINUTES)) * MS_PER_MINUTE +
                    (int64_t)random_below(r, MS_PER_MINUTE);
    t->heard = random_below(r, 3) != 0;
    t->followers = random_below(r, 100000);
    t->tweets = random_below(r, 1000);
    t->text = text_of(ANY(words, r));
    t->lang = text_of(ANY(langs, r));
    t->user_lang = text_of(ANY(langs, r));
    t->is_plain = random_below(r, 5) == 0;
    x.fields = TWEET_AUTHOR | TWEET_CREATED;
    for (uint32_t field = TWEET_TEXT; field <= TWEET_TWEETS; field <<= 1)
        if (random_below(r, 4) != 0) x.fields |= field;
    if (random_below(r, 4) == 0) x.fields |= TWEET_HASHTAGS;
    if (random_below(r, 4) == 0) x.fields |= TWEET_LINKS;
    t->hashtags = text_of(ANY(tag_lists, r));
    t->links = text_of(ANY(link_lists, r));
    uint64_t which = random_below(r, 8);
    if (which < 3) t->retweet_of = reference(r);
    if (which > 1 && which < 6) t->reply_to = reference(r);
    if (which == 6 || random_below(r, 9) == 0) t->quote_of = reference(r);
    return x;
}

/* Single fields set right, of a tweet that is known, heard, or neither yet. */
static record random_correction(random_source *r) {
    record x = random_tweet(r);
    x.fields &= ~(uint32_t)(TWEET_AUTHOR | TWEET_CREATED);
    if ((x.fields & (TWEET_FOLLOWERS | TWEET_TWEETS)) != 0) x.fields |= TWEET_CORRECTS;
    x.tweet.heard = false;
    x.version = 1 + (int32_t)random_below(r, 3);
    return x;
}

static record random_user(random_source *r) {
    static const char *const names[] = {"ada", "bob", "c<img>", ""};
    record x = {.kind = RECORD_USER};
    x.user.id = 1 + random_below(r, USERS);
    x.user.username = text_of(ANY(names, r));
    x.user.name = text_of(ANY(names, r));
    x.user.location = text_of(ANY(locations, r));
    x.user.followers = random_below(r, 1000);
    for (uint32_t field = USER_NAME; field <= USER_FOLLOWERS; field <<= 1)
        if (random_below(r, 5) != 0) x.fields |= field;
    return x;
}

/* What hides people and tweets, or makes several versions one. */
static record random_event(random_source *r) {
    static const char *const countries[] = {"", "FR", "FR,DE", "XX", "XY,FR", "DEX,XD"};
    record x = {.kind = RECORD_HIDE_USER};
    uint64_t which = random_below(r, 8), user = 1 + random_below(r, USERS);
    if (which < 4) {
        x.hide.user_id = user;
        x.hide.reason = (hide_reason)random_below(r, HIDE_REASONS);
        x.hide.is_hidden = random_below(r, 3) == 0;
    } else if (which < 6) {
        x.kind = RECORD_WITHHOLD;
        if (which == 4)
            x.withhold.user_id = user;
        else
            x.withhold.tweet_id = 1 + random_below(r, TWEETS);
        x.withhold.countries = text_of(ANY(countries, r));
    } else {
        x.kind = RECORD_EDIT;
        x.edit.from = 1 + random_below(r, TWEETS);
        x.edit.to = x.edit.from + random_below(r, 3);
    }
    return x;
}

static record random_record(random_source *r) {
    record x = {0};
    uint64_t which = random_below(r, 22);
    if (which < 11)
        x = random_below(r, 8) == 0 ? random_correction(r) : random_tweet(r);
    else if (which < 17)
        x = random_user(r);
    else if (which > 19)
        x = random_event(r);
    else {
        x.kind = which == 17 ? RECORD_DELETE : which == 18 ? RECORD_UNDELETE : RECORD_SCRUB_GEO;
        x.tweet.id = 1 + random_below(r, TWEETS);
    }
    x.observed_ms = MODEL_MINUTE_0 * MS_PER_MINUTE + (int64_t)random_below(r, 12); /* Ties. */
    if (x.version == 0 && random_below(r, 12) == 0) x.version = (int32_t)random_below(r, 3);
    return x;
}

static void fill(record *records, size_t count, random_source *r) {
    for (size_t i = 0; i < count; i++) {
        records[i] = random_record(r);
        if (i > 0 && random_below(r, 15) == 0)
            records[i] = records[random_below(r, i)]; /* Doubles. */
    }
}

static engine *new_engine_that(const cleaning_options *o, bool readers, bool forgets) {
    engine *e;
    const char *why = NULL;
    engine_options options = {.places = listed_places,
                              .model = sentiments,
                              .cleaning = *o,
                              .hash_seed = random_seed(),
                              .country = MODEL_COUNTRY,
                              .forgets = forgets,
                              .readers = readers};
    status s = engine_new(&options, &e, &why);
    if (s != STATUS_OK) fail_msg("%s: %s", status_text(s), why == NULL ? "" : why);
    return e;
}

static engine *new_engine(const cleaning_options *o, bool readers) {
    return new_engine_that(o, readers, false);
}

/* ---- Comparing ---- */

static bool number_of(const moment *m, const idmap *ids, uint64_t id, uint32_t *number) {
    (void)m;
    return idmap_find(ids, id, number);
}

static void same_total(const moment *m, const flow_view *v, const idmap *ids, uint64_t id,
                       const model_total *expected) {
    uint32_t number;
    const total_row *t =
        number_of(m, ids, id, &number) ? flow_view_find(m->snapshot, v, number) : NULL;
    assert_int_equal(t != NULL, expected->responses > 0);
    if (t == NULL) return;
    assert_int_equal(t->responses, expected->responses);
    assert_int_equal(t->retweets, expected->retweets);
    assert_int_equal(t->replies, expected->replies);
    assert_int_equal(t->quotes, expected->quotes);
    assert_int_equal(t->received, expected->received);
    assert_true(t->influence == expected->influence);
    assert_int_equal(t->score_sum, expected->score_sum);
    assert_true(t->score_sq == expected->score_sq);
}

static void same_clean(const moment *m, uint64_t id, const model_total *expected) {
    uint32_t number;
    if (!number_of(m, m->graph->user_ids, id, &number)) return;
    const clean_row *c = flow_view_find(m->snapshot, m->graph->clean_view, number);
    const responders_row *r = flow_view_find(m->snapshot, m->graph->responders_view, number);
    assert_int_equal(r == NULL ? 0 : r->responders, expected->responders);
    assert_int_equal(c == NULL ? 0 : c->responses, expected->clean);
    if (c == NULL) return;
    assert_int_equal(c->close, expected->close);
    assert_int_equal(c->medium, expected->medium);
    assert_int_equal(c->far, expected->far);
    assert_true(c->influence == expected->clean_influence);
}

static void same_tweet(const moment *m, uint64_t id, const model_tweet *expected) {
    uint32_t number;
    const tweet_row *t =
        number_of(m, m->graph->tweet_ids, id, &number) ? moment_tweet(m, number) : NULL;
    assert_int_equal(t != NULL, expected->is_known && !expected->is_deleted);
    if (t == NULL) return;
    assert_int_equal(t->created_ms, expected->created_ms);
    assert_int_equal(idmap_id(m->graph->user_ids, t->author), expected->author);
    assert_int_equal(t->kind, expected->kind);
    assert_int_equal(t->ref == NO_NUMBER ? 0 : idmap_id(m->graph->tweet_ids, t->ref),
                     expected->ref);
    assert_true(text_equal(texts_get(m->texts, t->text), expected->text));
    assert_int_equal(t->label, expected->mood.label);
    if (t->label != SENTIMENT_UNKNOWN) assert_int_equal(t->score, expected->mood.score_e6);
    assert_true(text_equal(strings_get(m->langs, t->lang), expected->mood.lang));
    assert_int_equal((t->flags & TWEET_IS_HEARD) != 0, expected->is_heard);
}

static void same_user(const moment *m, uint64_t id, const model_user *expected) {
    uint32_t number, place_number;
    bool makes_point = false;
    const user_row *u =
        number_of(m, m->graph->user_ids, id, &number) ? moment_user(m, number) : NULL;
    assert_int_equal(u != NULL, expected->is_seen);
    if (u == NULL) return;
    assert_true(text_equal(strings_get(m->names, u->username), expected->username));
    assert_true(text_equal(strings_get(m->names, u->name), expected->name));
    assert_true(text_equal(strings_get(m->names, u->location), expected->location));
    bool has_place = moment_place_of_user(m, number, &place_number, &makes_point);
    assert_int_equal(has_place, expected->has_place);
    assert_int_equal(makes_point, expected->makes_point);
    const audience_row *a = flow_view_find(m->snapshot, m->graph->audience_view, number);
    assert_int_equal(a->followers, expected->followers);
}

static void same_places(const moment *m, const model *expected) {
    size_t ends = 0;
    const place_total_row *t;
    for (size_t i = 0; i < expected->place_count; i++) ends += expected->places[i].is_end;
    assert_int_equal(flow_view_count(m->snapshot, m->graph->place_total_view), ends);
    for (uint32_t number = 0;
         (t = flow_view_next(m->snapshot, m->graph->place_total_view, &number)) != NULL; number++) {
        const place *p = places_get(m->places, number);
        const model_place *same = NULL;
        for (size_t i = 0; i < expected->place_count; i++)
            if (expected->places[i].place.lat_e7 == p->lat_e7 &&
                expected->places[i].place.lon_e7 == p->lon_e7)
                same = &expected->places[i];
        assert_non_null(same);
        assert_true(text_equal(same->place.name, p->name));
        place_judgement j = moment_judge(m, number);
        assert_int_equal(t->responses, same->responses);
        assert_int_equal(j.round, same->round);
        assert_int_equal(j.authors, same->authors);
        assert_int_equal(j.speakers, same->speakers);
        assert_int_equal(j.verdict, same->round != 0    ? VERDICT_BAD
                                    : same->authors > 0 ? VERDICT_GOOD
                                                        : VERDICT_UNJUDGED);
    }
}

static void same_minutes(const moment *m, const model *expected) {
    for (uint32_t i = 0; i < MODEL_MINUTES; i++) {
        const model_minute *x = &expected->minutes[i];
        const minute_row *row =
            flow_view_find(m->snapshot, m->graph->minute_view, (uint32_t)MODEL_MINUTE_0 + i);
        assert_int_equal(row != NULL, x->tweets > 0);
        if (row == NULL) continue;
        assert_int_equal(row->tweets, x->tweets);
        assert_int_equal(row->retweets, x->retweets);
        assert_int_equal(row->replies, x->replies);
        assert_int_equal(row->quotes, x->quotes);
        assert_int_equal(row->positive, x->positive);
        assert_int_equal(row->neutral, x->neutral);
        assert_int_equal(row->negative, x->negative);
        assert_int_equal(row->unknown, x->unknown);
    }
}

/* ---- Boards: any window, filter and sort, page by page ---- */

static const uint32_t half_lives[] = {5, 60, 360};

typedef struct {
    query_params params;
    model_question question;
    char author[24];
} random_question;

static text any_author(random_question *q, random_source *r) {
    static const char *const names[] = {"@ADA", "@bob", "@nobody"};
    if (random_below(r, 2) == 0) return text_of(ANY(names, r));
    (void)snprintf(q->author, sizeof q->author, "%d", 1 + (int)random_below(r, USERS));
    return text_of(q->author);
}

static void ask_at_random(random_question *q, const moment *m, random_source *r) {
    static const char *const at[] = {"koeln", "Bonn", "Edo", "BRASIL", "Atlantis"};
    static const char *const tags[] = {"WORLDCUP", "Goal", "none"};
    static const query_box boxes[] = {
        {true, 50000000, 500000000, 80000000, 520000000},      /* Koeln, Bonn. */
        {true, 1300000000, -400000000, -770000000, 400000000}, /* Across: Tokyo, Lima. */
        {true, -600000000, -150000000, -500000000, -50000000}, /* Brasil is too large for it. */
        {true, 69603000, 509375000, 69603000, 509375000},      /* A point. */
        {true, -1800000000, -900000000, 1800000000, 900000000}};
    query_params *p = &q->params;
    memset(q, 0, sizeof *q);
    p->sort = board_sorts[random_below(r, SORT_SENTIMENT + 1)];
    p->limit = 1 + (uint32_t)random_below(r, 6);
    p->all_texts = random_below(r, 3) == 0;
    if (random_below(r, 3) == 0) p->filter.lang = text_of(ANY(langs, r));
    if (random_below(r, 3) == 0) p->filter.kinds = (unsigned)random_below(r, 8) << 1;
    if (random_below(r, 5) == 0) p->filter.hashtag = text_of(ANY(tags, r));
    if (random_below(r, 6) == 0) p->filter.author = any_author(q, r);
    if (random_below(r, 5) == 0) p->filter.place = text_of(ANY(at, r));
    if (random_below(r, 6) == 0) p->filter.box = ANY(boxes, r);
    if (random_below(r, 3) == 0) p->filter.wanted = model_question_any(r);
    if (random_below(r, 4) == 0) p->filter.located = (query_bool)random_below(r, 3);
    if (random_below(r, 4) == 0) p->filter.clean = (query_bool)random_below(r, 3);
    p->window = random_below(r, 3) == 0   ? WINDOW_ALL
                : random_below(r, 2) == 0 ? WINDOW_5M
                                          : WINDOW_GIVEN;
    p->start_ms = (MODEL_MINUTE_0 + (int64_t)random_below(r, MODEL_MINUTES)) * MS_PER_MINUTE;
    p->end_ms = p->start_ms + (1 + (int64_t)random_below(r, MODEL_MINUTES)) * MS_PER_MINUTE;
    q->question = (model_question){.filter = p->filter, .all_texts = p->all_texts};
    (void)moment_newest_minute(m, &q->question.as_of);
    if (!moment_window(m, p->window, p->start_ms, p->end_ms, &q->question.begin, &q->question.end))
        q->question.end = q->question.begin; /* Counted back from nothing. */
    board_sort sort = board_sort_from(p->sort);
    if (sort >= SORT_RECENT_5M && sort <= SORT_RECENT_6H)
        q->question.half_life = half_lives[sort - SORT_RECENT_5M];
}

static void key_of_line(const ranking *r, const board_line *s, char key[MODEL_KEY_BYTES]) {
    const moment *m = r->moment;
    uint32_t id = s->total.id;
    if (r->subject >= RANK_LANGS) {
        text name = strings_get(r->subject == RANK_LANGS ? m->langs : m->names, id);
        (void)snprintf(key, MODEL_KEY_BYTES, "%.*s", (int)name.count, name.bytes);
    } else if (r->subject == RANK_PLACES || r->subject == RANK_ORIGINS) {
        const place *p = places_get(m->places, id);
        (void)snprintf(key, MODEL_KEY_BYTES, "%d %d", p->lat_e7, p->lon_e7);
    } else {
        const idmap *ids = r->subject == RANK_TWEETS ? m->graph->tweet_ids : m->graph->user_ids;
        (void)snprintf(key, MODEL_KEY_BYTES, "%d", (int)idmap_id(ids, id));
    }
}

/* The line of the model that is the same; it is taken out, so none can be there twice. */
static model_line take_same(model_board *b, const ranking *r, const board_line *s) {
    char key[MODEL_KEY_BYTES];
    size_t i = 0;
    key_of_line(r, s, key);
    while (i < b->count && strcmp(b->lines[i].key, key) != 0) i++;
    if (i == b->count) fail_msg("%s is not on the model's board", key);
    model_line line = b->lines[i];
    b->lines[i] = b->lines[--b->count];
    const total_row *t = &s->total;
    assert_int_equal(t->responses, line.sums.responses);
    assert_int_equal(t->retweets, line.sums.retweets);
    assert_int_equal(t->replies, line.sums.replies);
    assert_int_equal(t->quotes, line.sums.quotes);
    assert_int_equal(t->received, line.sums.received);
    assert_true(t->influence == line.sums.influence);
    assert_int_equal(t->score_sum, line.sums.score_sum);
    assert_true(t->score_sq == line.sums.score_sq);
    assert_int_equal(s->responders, model_count(line.responders));
    if (r->subject == RANK_PLACES || r->subject == RANK_ORIGINS)
        assert_int_equal(s->authors, model_count(line.authors));
    if (r->subject >= RANK_HASHTAGS) assert_int_equal(s->authors, model_count(line.authors));
    if (r->subject >= RANK_LANGS) assert_int_equal(s->tweets, model_count(line.tweets));
    assert_true(fabs((double)s->recent / 0x1p32 - line.recent) < 1e-8);
    return line;
}

/* What comes after `before` may not be better. */
static void same_order(const model_line *before, const model_line *line, board_sort sort) {
    double mark_before, mark;
    assert_true(model_mark(line, sort, &mark));
    if (before == NULL) return;
    assert_true(model_mark(before, sort, &mark_before));
    assert_true(mark < mark_before + 2e-9 * (1 + fabs(mark)));
    bool is_exact = sort <= SORT_RESPONDERS;
    if (is_exact && mark == mark_before) /* NOLINT: counts as doubles. */
        assert_true(line->sums.influence <= before->sums.influence);
}

static void same_page(model_board *b, const ranking *r, model_line *last, bool *is_first) {
    for (size_t i = 0; i < r->count; i++) {
        model_line line = take_same(b, r, &r->lines[i]);
        same_order(*is_first ? NULL : last, &line, r->sort);
        *last = line;
        *is_first = false;
    }
}

static void same_pages(const moment *m, ranking_subject subject, const random_question *q,
                       model_board *b) {
    query_cursor from, next;
    model_line last;
    bool is_first = true, is_last = false;
    query_params p = q->params;
    p.next = &next;
    for (size_t pages = 0; !is_last && pages < MODEL_LINES; pages++) {
        ranking r;
        assert_int_equal(ranking_open(&r, m, subject, &p), STATUS_OK);
        assert_int_equal(ranking_count(&r), STATUS_OK);
        same_page(b, &r, &last, &is_first);
        is_last = next.words[0] == 0;
        assert_true(is_last || r.count == p.limit);
        ranking_close(&r);
        from = next;
        p.cursor = &from;
    }
    assert_true(is_last);
    for (size_t i = 0; i < b->count; i++) { /* What is left has no place on it. */
        double mark;
        assert_false(model_mark(&b->lines[i], board_sort_from(p.sort), &mark));
    }
}

static void same_boards(const moment *m, const model *expected, random_source *r) {
    model_board *b = malloc(sizeof *b);
    random_question q;
    for (ranking_subject subject = RANK_TWEETS; subject <= RANK_LINKS; subject++) {
        ask_at_random(&q, m, r);
        if (model_names_nothing(expected, &q.params.filter)) {
            const char *wrong = NULL;
            ranking none;
            q.params.wrong = &wrong;
            assert_int_equal(ranking_open(&none, m, subject, &q.params), STATUS_NOT_FOUND);
            assert_non_null(wrong);
            ranking_close(&none);
            continue;
        }
        model_board_compute(b, expected, subject, &q.question);
        same_pages(m, subject, &q, b);
    }
    free(b);
}

/* ---- What the query language finds, against plain loops ---- */

static json_t *ask(const moment *m,
                   status (*answer)(const moment *m, const query_params *p, json_writer *w),
                   const query_params *p) {
    buffer out = {0};
    json_writer w = json_to(&out);
    json_begin_object(&w);
    assert_int_equal(answer(m, p, &w), STATUS_OK);
    json_end_object(&w);
    json_t *made = json_loadb(out.bytes, out.count, 0, NULL);
    assert_non_null(made);
    buffer_deinit(&out);
    return made;
}

static json_int_t count_at(const json_t *row, const char *key) {
    return json_integer_value(json_object_get(row, key));
}

static uint64_t id_at(const json_t *row) {
    return strtoull(json_string_value(json_object_get(row, "id")), NULL, 10);
}

static bool is_in_window(const model_question *q, const model_tweet *t) {
    int64_t minute = minute_of(t->created_ms);
    return t->is_known && !t->is_deleted && minute >= q->begin && minute < q->end;
}

/* Whether b may stand behind a. */
static bool may_follow(const model *m, uint64_t a, uint64_t b, const char *sort) {
    flow_i128 marks[2], influences[2] = {m->by_tweet[a].influence, m->by_tweet[b].influence};
    const uint64_t ids[2] = {a, b};
    int64_t made[2] = {m->tweets[a].created_ms, m->tweets[b].created_ms};
    for (size_t i = 0; i < 2; i++)
        marks[i] = strcmp(sort, "newest") == 0      ? made[i]
                   : strcmp(sort, "oldest") == 0    ? -made[i]
                   : strcmp(sort, "responses") == 0 ? (flow_i128)m->by_tweet[ids[i]].responses
                                                    : influences[i];
    if (marks[0] != marks[1]) return marks[0] > marks[1];
    return made[0] != made[1] ? made[0] > made[1] : a > b;
}

/* Takes the tweets of a page out of `left`. */
static void same_hits(const json_t *answer, const model *expected, const char *sort,
                      bool left[MODEL_IDS], uint64_t *last) {
    const json_t *rows = json_object_get(answer, "data");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        uint64_t id = id_at(row);
        assert_true(id < MODEL_IDS && left[id]);
        assert_true(*last == 0 || may_follow(expected, *last, id, sort));
        assert_int_equal(count_at(row, "responses"), expected->by_tweet[id].responses);
        left[id] = false;
        *last = id;
    }
}

static void same_search(const moment *m, const model *expected, random_source *r) {
    random_question q;
    query_cursor from, next = {{1}};
    bool left[MODEL_IDS] = {false};
    uint64_t last = 0;
    ask_at_random(&q, m, r);
    q.params.sort = search_sorts[random_below(r, 4)];
    q.params.filter.wanted = random_below(r, 8) == 0 ? TEXT("") : model_question_any(r);
    for (uint64_t id = 1; id < MODEL_IDS; id++)
        left[id] = is_in_window(&q.question, &expected->tweets[id]) &&
                   (q.params.filter.wanted.count == 0 ||
                    model_wants(expected, id, q.params.filter.wanted));
    q.params.next = &next;
    while (next.words[0] != 0) {
        json_t *answer = ask(m, search_answer, &q.params);
        same_hits(answer, expected, q.params.sort, left, &last);
        json_decref(answer);
        from = next;
        q.params.cursor = &from;
    }
    for (uint64_t id = 1; id < MODEL_IDS; id++) assert_false(left[id]);
}

static void same_side(const json_t *side, const model *expected, const model_question *q,
                      model_board *b) {
    bool authors[MODEL_IDS] = {false}, responders[MODEL_IDS] = {false};
    uint64_t responses = 0, received = 0, series = 0;
    model_board_compute(b, expected, RANK_TWEETS, q);
    for (size_t i = 0; i < b->count; i++) {
        const model_line *line = &b->lines[i];
        responses += line->sums.responses;
        received += line->sums.received;
        for (size_t id = 0; id < MODEL_IDS; id++) {
            authors[id] |= line->authors[id];
            responders[id] |= line->responders[id];
        }
    }
    const json_t *counts = json_object_get(json_object_get(side, "minutes"), "responses");
    for (size_t i = 0; i < json_array_size(counts); i++)
        series += (uint64_t)json_integer_value(json_array_get(counts, i));
    assert_int_equal(count_at(side, "tweets"), b->count);
    assert_int_equal(count_at(side, "responses"), responses);
    assert_int_equal(series, responses);
    assert_int_equal(count_at(side, "authors"), model_count(authors));
    assert_int_equal(count_at(side, "responders"), model_count(responders));
    assert_int_equal(count_at(json_object_get(side, "received"), "n"), received);
}

static void same_comparison(const moment *m, const model *expected, random_source *r) {
    model_board *b = malloc(sizeof *b);
    random_question q;
    ask_at_random(&q, m, r);
    size_t count = 2 + random_below(r, 3);
    for (size_t i = 0; i < count; i++) q.params.sides[i] = model_question_any(r);
    if (!model_names_nothing(expected, &q.params.filter)) {
        json_t *answer = ask(m, compare_answer, &q.params);
        const json_t *data = json_object_get(answer, "data"),
                     *sides = json_object_get(data, "sides");
        assert_int_equal(json_array_size(sides), count);
        assert_int_equal(json_array_size(json_object_get(data, "differences")),
                         count * (count - 1) / 2);
        for (size_t i = 0; i < count; i++) {
            q.question.filter.wanted = q.params.sides[i];
            same_side(json_array_get(sides, i), expected, &q.question, b);
        }
        json_decref(answer);
    }
    free(b);
}

/* Of tweets heard, those that are responses to what is looked for. */
static void same_filtered_timeline(const moment *m, const model *expected, random_source *r) {
    random_question q;
    json_int_t tweets = 0, expected_tweets = 0;
    ask_at_random(&q, m, r);
    q.params.filter = (query_filter){.wanted = model_question_any(r)};
    json_t *answer = ask(m, timeline_answer, &q.params);
    const json_t *rows = json_object_get(answer, "data");
    for (size_t i = 0; i < json_array_size(rows); i++)
        tweets += count_at(json_array_get(rows, i), "tweets");
    for (uint64_t id = 1; id < MODEL_IDS; id++) {
        const model_tweet *t = &expected->tweets[id];
        expected_tweets += is_in_window(&q.question, t) && t->is_heard &&
                           model_is_response(expected, id) &&
                           model_wants(expected, t->target, q.params.filter.wanted);
    }
    assert_int_equal(tweets, expected_tweets);
    json_decref(answer);
}

static void same_everything(const moment *m, const model *expected, random_source *r) {
    everything e = stats_read(m);
    for (uint64_t id = 1; id <= TWEETS; id++) {
        same_tweet(m, id, &expected->tweets[id]);
        same_total(m, m->graph->tweet_total_view, m->graph->tweet_ids, id, &expected->by_tweet[id]);
    }
    for (uint64_t id = 1; id <= USERS; id++) {
        same_user(m, id, &expected->users[id]);
        same_total(m, m->graph->author_total_view, m->graph->user_ids, id,
                   &expected->by_author[id]);
        same_clean(m, id, &expected->by_author[id]);
    }
    same_places(m, expected);
    same_minutes(m, expected);
    same_boards(m, expected, r);
    same_search(m, expected, r);
    same_comparison(m, expected, r);
    same_filtered_timeline(m, expected, r);
    assert_int_equal(e.known.tweets, expected->known);
    assert_int_equal(e.known.heard, expected->heard);
    assert_int_equal(e.known.retweets, expected->kinds[KIND_RETWEET]);
    assert_int_equal(e.known.replies, expected->kinds[KIND_REPLY]);
    assert_int_equal(e.known.quotes, expected->kinds[KIND_QUOTE]);
    assert_int_equal(e.profiles.users, expected->users_seen);
    assert_int_equal(e.profiles.located, expected->users_located);
    assert_int_equal(e.deleted, expected->deleted);
    assert_int_equal(e.responses.responses, expected->all.responses);
    assert_int_equal(e.responses.received, expected->all.received);
    assert_int_equal(e.responses.score_sum, expected->all.score_sum);
    assert_int_equal(e.located, expected->located);
    assert_int_equal(e.clean, expected->clean);
    assert_int_equal(e.bad_places, expected->bad);
    assert_int_equal(e.rounds, expected->rounds);
    assert_int_equal(flow_scan_count(m->snapshot, m->graph->response_scan),
                     expected->all.responses);
    assert_int_equal(flow_error_count(m->graph->flow), 0);
}

static void play(uint64_t seed, const cleaning_options *o, bool readers) {
    random_source r = {seed};
    record records[RECORDS];
    model *expected = malloc(sizeof(*expected));
    engine *e = new_engine(o, readers);
    const moment *held = NULL;
    fill(records, RECORDS, &r);
    for (size_t done = 0; done < RECORDS;) {
        size_t batch = 1 + random_below(&r, 40);
        for (; batch > 0 && done < RECORDS; batch--)
            assert_int_equal(engine_apply(e, &records[done++]), STATUS_OK);
        assert_int_equal(engine_commit(e), STATUS_OK);
        model_compute(expected, records, done, listed_places, sentiments, o);
        const moment *m = readers ? engine_acquire(e) : engine_present(e);
        same_everything(m, expected, &r);
        if (!readers) continue;
        if (held != NULL) engine_release(held); /* A reader who is one epoch late. */
        held = m;
    }
    if (held != NULL) engine_release(held);
    engine_free(e);
    free(expected);
}

static void every_view_is_what_plain_loops_say_at_every_epoch(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < HISTORIES; seed++) play(seed, &cleaning, seed % 3 == 0);
}

static void so_it_is_when_equal_strings_are_no_evidence(void **state) {
    (void)state;
    for (uint64_t seed = 1000; seed < 1000 + HISTORIES / 3; seed++)
        play(seed, &other_strings, false);
}

/* ---- The same bytes for any order and any epochs ---- */

static void shuffle(record *records, size_t count, random_source *r) {
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below(r, i);
        record swap = records[i - 1];
        records[i - 1] = records[j];
        records[j] = swap;
    }
}

static void add_answer(engine *e, const char *path, const query_params *p, buffer *out) {
    const query *q = queries;
    while (strcmp(q->path, path) != 0) q++;
    json_writer w = json_to(out);
    json_begin_object(&w);
    json_key(&w, path);
    q->content_type == NULL ? json_begin_object(&w) : (void)0;
    status s = q->answer(engine_present(e), p, &w);
    assert_true(s == STATUS_OK || s == STATUS_NOT_FOUND);
    q->content_type == NULL ? json_end_object(&w) : (void)0;
    json_end_object(&w);
    buffer_add_byte(out, '\n');
}

/* What is asked over REST; operators' times and bytes are nobody's answer. */
static void write_answers(engine *e, const char *folder) {
    buffer out = {0};
    for (uint64_t id = 1; id <= TWEETS; id++) {
        add_answer(e, "authors/{id}", &(query_params){.id = id}, &out);
        add_answer(e, "tweets/{id}", &(query_params){.id = id}, &out);
        add_answer(e, "authors/{id}/responses", &(query_params){.id = id, .limit = 5}, &out);
    }
    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++)
        add_answer(e, "locations/explain", &(query_params){.text = text_of(locations[i])}, &out);
    static const char *const boards[] = {"tweets/top",  "authors/top",   "places/top",
                                         "origins/top", "languages/top", "links/top",
                                         "hashtags/top"};
    for (size_t i = 0; board_sorts[i] != NULL; i++) {
        for (size_t b = 0; b < sizeof boards / sizeof boards[0]; b++) {
            query_params p = {.sort = board_sorts[i], .limit = 20, .window = WINDOW_5M};
            add_answer(e, boards[b], &p, &out);
            p.window = WINDOW_ALL;
            add_answer(e, boards[b], &p, &out);
            p.filter = (query_filter){.lang = TEXT("en"), .kinds = QUERY_KIND_REPLY};
            p.all_texts = true;
            add_answer(e, boards[b], &p, &out);
            p.filter = (query_filter){.hashtag = TEXT("goal")};
            add_answer(e, boards[b], &p, &out);
            p.filter = (query_filter){.place = TEXT("Koeln"), .clean = QUERY_FALSE};
            add_answer(e, boards[b], &p, &out);
        }
        query_params p = {.filter = {.lang = TEXT("en"), .author = TEXT("@ada")}};
        add_answer(e, "map", &p, &out);
    }
    add_answer(e, "places", &(query_params){0}, &out);
    add_answer(e, "cleaning", &(query_params){0}, &out);
    add_answer(e, "timeline", &(query_params){0}, &out);
    for (size_t i = 0; i < 2; i++) {
        query_params p = {
            .filter = {.lang = TEXT("en"), .hashtag = i == 0 ? TEXT("") : TEXT("goal")}};
        add_answer(e, "timeline", &p, &out);
    }
    json_writer w = json_to(&out);
    size_t begin = out.count;
    json_begin_object(&w);
    write_stats(&w, engine_present(e));
    buffer_add_byte(&out, '\0');
    out.count = (size_t)(strstr(out.bytes + begin, "\"memory_bytes\"") - out.bytes);
    assert_int_equal(output_file(folder, "answers", &out), STATUS_OK);
    buffer_deinit(&out);
}

/* In epochs of any size, at most `epoch` records. */
static void tell_all(engine *e, const record *records, size_t count, size_t epoch) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(engine_apply(e, &records[i]), STATUS_OK);
        if (i % epoch == epoch - 1) assert_int_equal(engine_commit(e), STATUS_OK);
    }
    assert_int_equal(engine_commit(e), STATUS_OK);
}

static void write_engine(engine *e, const char *folder) {
    assert_int_equal(output_write(engine_present(e), folder, NULL), STATUS_OK);
    write_answers(e, folder);
    assert_int_equal(flow_error_count(engine_flow(e)), 0);
    engine_free(e);
}

static void write_folder(const record *records, size_t count, size_t epoch, const char *folder) {
    engine *e = new_engine(&cleaning, false);
    tell_all(e, records, count, epoch);
    write_engine(e, folder);
}

static void same_file(const char *a, const char *b, const char *name) {
    char path[2][256], *bytes[2];
    size_t counts[2];
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path[i], sizeof path[i], "%s/%s", i == 0 ? a : b, name);
        FILE *file = fopen(path[i], "rb");
        assert_non_null(file);
        bytes[i] = malloc(FILE_BYTES_MAX);
        counts[i] = fread(bytes[i], 1, FILE_BYTES_MAX, file);
        assert_true(counts[i] < FILE_BYTES_MAX);
        (void)fclose(file);
        (void)unlink(path[i]);
    }
    assert_true(counts[0] > 0 || strstr(name, ".jsonl") != NULL);
    size_t same = 0;
    while (same < counts[0] && same < counts[1] && bytes[0][same] == bytes[1][same]) same++;
    if (same < counts[0] || same < counts[1])
        fail_msg("%s at %zu: %.200s", name, same, bytes[0] + (same < 100 ? 0 : same - 100));
    free(bytes[0]);
    free(bytes[1]);
}

static void same_folders(const char *a, const char *b) {
    static const char *const names[] = {"totals.json",  "authors.jsonl", "tweets.jsonl",
                                        "places.jsonl", "minutes.jsonl", "answers"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) same_file(a, b, names[i]);
    (void)rmdir(a);
    (void)rmdir(b);
}

static void any_order_and_any_epochs_give_the_same_bytes(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < ORDERS; seed++) {
        random_source r = {seed};
        record records[RECORDS];
        char a[] = "/tmp/dunlin-test-XXXXXX", b[] = "/tmp/dunlin-test-XXXXXX";
        assert_non_null(mkdtemp(a));
        assert_non_null(mkdtemp(b));
        fill(records, RECORDS, &r);
        write_folder(records, RECORDS, RECORDS, a);
        shuffle(records, RECORDS, &r);
        write_folder(records, RECORDS, 1 + random_below(&r, 30), b);
        same_folders(a, b);
    }
}

/* ---- What is held ---- */

/* A tweet is by one author and of one time, whoever tells of it; records come at any. */
static void fill_plainly(record *records, size_t count, random_source *r) {
    const int64_t begin_ms = MODEL_MINUTE_0 * MS_PER_MINUTE;
    fill(records, count, r);
    for (size_t i = 0; i < count; i++) {
        record *x = &records[i];
        x->observed_ms = begin_ms + (int64_t)random_below(r, MODEL_MINUTES * MS_PER_MINUTE);
        if (x->kind == RECORD_TWEET) {
            x->tweet.author_id = 1 + x->tweet.id % USERS;
            x->tweet.created_ms = begin_ms + (int64_t)(x->tweet.id * 7919 % TWEETS) *
                                                 (MODEL_MINUTES * MS_PER_MINUTE / TWEETS);
        } else if (x->kind == RECORD_USER) {
            x->fields |= USER_USERNAME;
        }
        bool corrects_user = x->kind == RECORD_USER && x->version > 0;
        bool corrects_tweet = x->kind == RECORD_TWEET && (x->fields & TWEET_CREATED) == 0;
        if (corrects_user || corrects_tweet) x->observed_ms = 0; /* Corrections say none. */
    }
}

static size_t keep_held(const record *records, size_t count, int64_t keep_ms, record *held) {
    int64_t newest_ms = 0;
    size_t held_count = 0;
    for (size_t i = 0; i < count; i++)
        if (records[i].kind == RECORD_TWEET && records[i].tweet.heard &&
            records[i].tweet.created_ms > newest_ms)
            newest_ms = records[i].tweet.created_ms;
    for (size_t i = 0; i < count; i++) {
        bool is_tweet = records[i].kind == RECORD_TWEET;
        int64_t ms = is_tweet ? records[i].tweet.created_ms : records[i].observed_ms;
        if (ms > newest_ms - keep_ms || ms == 0) held[held_count++] = records[i];
    }
    return held_count;
}

static void what_is_too_old_never_was(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 2 * ORDERS; seed++) {
        random_source r = {seed + 5000};
        record records[RECORDS], held[RECORDS];
        char a[] = "/tmp/dunlin-test-XXXXXX", b[] = "/tmp/dunlin-test-XXXXXX";
        int64_t keep_ms = 1 + (int64_t)random_below(&r, MODEL_MINUTES * MS_PER_MINUTE);
        assert_non_null(mkdtemp(a));
        assert_non_null(mkdtemp(b));
        fill_plainly(records, RECORDS, &r);
        size_t held_count = keep_held(records, RECORDS, keep_ms, held);
        write_folder(held, held_count, 1 + random_below(&r, 30), a);
        engine *e = new_engine(&cleaning, false);
        size_t before = seed % 2 == 0 ? 0 : random_below(&r, RECORDS); /* Known without it. */
        tell_all(e, records, before, 20);
        assert_int_equal(engine_set_keep(e, keep_ms), STATUS_OK);
        tell_all(e, records + before, RECORDS - before, 1 + random_below(&r, 30));
        write_engine(e, b);
        same_folders(a, b);
    }
}

/* ---- What is forgotten ---- */

static int64_t latest(const record *records, size_t count, record_kind kind, uint64_t id,
                      bool is_hidden) {
    int64_t ms = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const record *x = &records[i];
        if (x->kind != kind || x->observed_ms <= ms) continue;
        bool is_it = kind == RECORD_HIDE_USER
                         ? x->hide.user_id == id && x->hide.reason == HIDE_DELETED &&
                               x->hide.is_hidden == is_hidden
                         : x->tweet.id == id;
        if (is_it) ms = x->observed_ms;
    }
    return ms;
}

/* By what came up to now. */
static bool is_gone(const record *records, size_t count, uint64_t tweet, uint64_t user) {
    int64_t deleted = latest(records, count, RECORD_DELETE, tweet, true);
    int64_t hidden = latest(records, count, RECORD_HIDE_USER, user, true);
    return (deleted != INT64_MIN &&
            deleted >= latest(records, count, RECORD_UNDELETE, tweet, true)) ||
           (hidden != INT64_MIN && hidden >= latest(records, count, RECORD_HIDE_USER, user, false));
}

/* Without what had been said before a delete, or came while it was in force. */
static size_t keep_remembered(const record *records, size_t count, record *kept) {
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++) {
        kept[kept_count++] = records[i];
        size_t to = 0;
        for (size_t k = 0; k < kept_count; k++) {
            const record *x = &kept[k];
            bool is_gone_now = (x->kind == RECORD_TWEET &&
                                is_gone(records, i + 1, x->tweet.id, x->tweet.author_id)) ||
                               (x->kind == RECORD_USER && is_gone(records, i + 1, 0, x->user.id));
            if (!is_gone_now) kept[to++] = *x;
        }
        kept_count = to;
    }
    return kept_count;
}

static void what_is_forgotten_never_was(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < ORDERS; seed++) {
        random_source r = {seed + 7000};
        record records[RECORDS], kept[RECORDS];
        char a[] = "/tmp/dunlin-test-XXXXXX", b[] = "/tmp/dunlin-test-XXXXXX";
        assert_non_null(mkdtemp(a));
        assert_non_null(mkdtemp(b));
        fill_plainly(records, RECORDS, &r);
        write_folder(kept, keep_remembered(records, RECORDS, kept), 7, a);
        engine *e = new_engine_that(&cleaning, false, true);
        tell_all(e, records, RECORDS, 1 + random_below(&r, 30));
        write_engine(e, b);
        same_folders(a, b);
    }
}

static int set_up(void **state) {
    (void)state;
    return open_sentiments_and_places(table_lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_view_is_what_plain_loops_say_at_every_epoch),
        cmocka_unit_test(so_it_is_when_equal_strings_are_no_evidence),
        cmocka_unit_test(any_order_and_any_epochs_give_the_same_bytes),
        cmocka_unit_test(what_is_too_old_never_was),
        cmocka_unit_test(what_is_forgotten_never_was),
    };
    return cmocka_run_group_tests_name("histories", tests, set_up, close_sentiments_and_places);
}
