/* SPDX-License-Identifier: MIT */
/* Lines, fixes, undos, deletes and late lines in any order: the answers are those of an
 * engine that was only told lines, where each value that a fix left in force came as a
 * correction of its own.  Which value that is, plain loops say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/random.h"
#include "pipeline/base/times.h"
#include "pipeline/queries/answers.h"
#include "pipeline/queries/fixes.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/model.h"
#include "tests/support/opened.h"

enum { STEPS = 160, FIXES = 12, USERS = 9, TWEETS = 24, HISTORIES = 250, CORRECTION = 1000000 };

static const cleaning_options cleaning = {2, 300000000, 1000000000, false};

#define BEGIN_MS     (MODEL_MINUTE_0 * MS_PER_MINUTE)
#define ANY(list, r) (list[random_below((r), sizeof(list) / sizeof(list)[0])])
static const char *const locations[] = {"Koeln", " Bonn ", "Tokyo", "", "nowhere"};
static const char *const words[] = {"I love it", "this is bad, really bad", "", "go #goal! &lt;3",
                                    "#worldcup http://a.b/"};
static const char *const langs[] = {"en", "ja", ""};

static record random_line(random_source *r) {
    record x = {.origin = (uint8_t)random_below(r, RECORD_ORIGINS),
                .observed_ms = BEGIN_MS + (int64_t)random_below(r, 12)};
    if (random_below(r, 10) == 0) x.version = (int32_t)random_below(r, 4);
    uint64_t which = random_below(r, 20);
    if (which < 11) {
        x.kind = RECORD_TWEET;
        x.tweet = (tweet_record){.id = 1 + random_below(r, TWEETS),
                                 .heard = random_below(r, 3) != 0,
                                 .followers = random_below(r, 1000),
                                 .tweets = random_below(r, 100),
                                 .text = text_of(ANY(words, r)),
                                 .lang = text_of(ANY(langs, r)),
                                 .user_lang = text_of(ANY(langs, r)),
                                 .is_plain = random_below(r, 4) == 0};
        x.tweet.author_id = 1 + x.tweet.id % USERS;
        x.tweet.created_ms = BEGIN_MS + (int64_t)random_below(r, 3 * MS_PER_MINUTE);
        x.tweet.reply_to = random_below(r, 3) == 0 ? 0 : 1 + random_below(r, TWEETS);
        x.tweet.retweet_of = random_below(r, 4) != 0 ? 0 : 1 + random_below(r, TWEETS);
        x.fields = TWEET_AUTHOR | TWEET_CREATED;
        for (uint32_t field = TWEET_TEXT; field <= TWEET_TWEETS; field <<= 1)
            if (random_below(r, 4) != 0) x.fields |= field;
        if (random_below(r, 5) == 0) x.fields |= TWEET_HASHTAGS;
        x.tweet.hashtags = random_below(r, 2) == 0 ? TEXT("") : TEXT("goal");
    } else if (which < 17) {
        x.kind = RECORD_USER;
        x.user = (user_record){.id = 1 + random_below(r, USERS),
                               .followers = random_below(r, 1000),
                               .username = random_below(r, 2) == 0 ? TEXT("ada") : TEXT("bob"),
                               .name = TEXT("n"),
                               .location = text_of(ANY(locations, r))};
        for (uint32_t field = USER_NAME; field <= USER_FOLLOWERS; field <<= 1)
            if (random_below(r, 5) != 0) x.fields |= field;
        if (x.fields == 0) x.fields = USER_NAME;
    } else {
        x.kind = random_below(r, 2) == 0 ? RECORD_DELETE : RECORD_UNDELETE;
        x.tweet.id = 1 + random_below(r, TWEETS);
    }
    return x;
}

/* ---- What stands, by plain loops ---- */

typedef struct {
    int32_t version;
    int64_t observed_ms;
} said;

static bool is_line_of(const record *l, bool of_user, uint64_t id) {
    if (l->kind != (of_user ? RECORD_USER : RECORD_TWEET)) return false;
    return (of_user ? l->user.id : l->tweet.id) == id;
}

static bool is_heard(const record *lines, size_t count, uint64_t id) {
    for (size_t i = 0; i < count; i++)
        if (is_line_of(&lines[i], false, id) && lines[i].tweet.heard) return true;
    return false;
}

/* The stamp that stands of a field; false: nobody said it. */
static bool find_said(const record *lines, size_t count, bool of_user, uint64_t id, uint32_t field,
                      said *s) {
    bool is_count = !of_user && (field & (TWEET_FOLLOWERS | TWEET_TWEETS)) != 0;
    bool only_heard = is_count && is_heard(lines, count, id), found = false;
    for (size_t i = 0; i < count; i++) {
        const record *l = &lines[i];
        if (!is_line_of(l, of_user, id) || (l->fields & field) == 0) continue;
        if (only_heard && !l->tweet.heard) continue;
        bool later = !found || l->version > s->version ||
                     (l->version == s->version && l->observed_ms > s->observed_ms);
        if (later) *s = (said){l->version, l->observed_ms};
        found = true;
    }
    return found;
}

typedef struct {
    bool is_set;
    uint64_t number;
    text words;
} laid;

typedef struct {
    record record;
    bool is_undone;
    int64_t users_until_ms;
    laid tweets[TWEETS + 1][RULE_FIELDS], users[USERS + 1][RULE_FIELDS];
} model_fix;

typedef struct {
    record lines[STEPS];
    size_t line_count, fix_count;
    model_fix fixes[FIXES];
    model base;
} history;

static const struct {
    rule_field field;
    uint32_t tweet_bit, user_bit;
} fields[] = {{RULE_CREATED, TWEET_CREATED, 0},
              {RULE_FOLLOWERS, TWEET_FOLLOWERS, USER_FOLLOWERS},
              {RULE_TWEETS, TWEET_TWEETS, 0},
              {RULE_TEXT, TWEET_TEXT, 0},
              {RULE_LANG, TWEET_LANG, 0},
              {RULE_REPLY_TO, TWEET_REPLY_TO, 0},
              {RULE_RETWEET_OF, TWEET_RETWEET_OF, 0},
              {RULE_LOCATION, 0, USER_LOCATION},
              {RULE_USERNAME, 0, USER_USERNAME}};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* The last fix that laid a value over this field and still stands; NULL: none. */
static const laid *in_force(const history *h, bool of_user, uint64_t id, size_t field) {
    said s = {0, 0};
    uint32_t bit = of_user ? fields[field].user_bit : fields[field].tweet_bit;
    bool is_said = find_said(h->lines, h->line_count, of_user, id, bit, &s);
    for (size_t i = h->fix_count; i-- > 0;) {
        const model_fix *x = &h->fixes[i];
        const laid *l =
            of_user ? &x->users[id][fields[field].field] : &x->tweets[id][fields[field].field];
        if (x->is_undone || !l->is_set) continue;
        if (!is_said) return l;
        if (s.version > x->record.version) continue;
        if (s.version == x->record.version && s.observed_ms > x->record.observed_ms) continue;
        if (of_user && s.version == 0 && s.observed_ms > x->users_until_ms) continue;
        return l;
    }
    return NULL;
}

/* ---- Rules, each as words and as a loop ---- */

enum { NEVER = -1 }; /* Neither true nor false. */

typedef struct {
    const model *m;
    const history *h;
    bool of_user;
    uint64_t id;
} subject;

static uint64_t number_of(const subject *s, rule_field field) {
    size_t i = 0;
    while (fields[i].field != field) i++;
    const laid *l = in_force(s->h, s->of_user, s->id, i);
    if (l != NULL) return l->number;
    if (s->of_user) return s->m->users[s->id].followers;
    const model_tweet *t = &s->m->tweets[s->id];
    return field == RULE_FOLLOWERS ? t->followers
           : field == RULE_TWEETS  ? t->tweets
                                   : (uint64_t)t->created_ms;
}

/* Of the tweet, or of the author or person. */
static text words_of(const subject *s, rule_field field) {
    size_t i = 0;
    while (fields[i].field != field) i++;
    bool of_user = field != RULE_TEXT;
    uint64_t id = of_user && !s->of_user ? s->m->tweets[s->id].author : s->id;
    const laid *l = in_force(s->h, of_user, id, i);
    if (l != NULL) return l->words;
    const model_user *u = &s->m->users[id];
    return field == RULE_TEXT       ? s->m->tweets[id].text
           : field == RULE_LOCATION ? u->location
                                    : u->username;
}

static int64_t told_ms(const subject *s) {
    int64_t latest = INT64_MIN;
    for (size_t i = 0; i < s->h->line_count; i++) {
        const record *l = &s->h->lines[i];
        if (l->kind != (s->of_user ? RECORD_USER : RECORD_TWEET) || l->version != 0) continue;
        uint64_t id = s->of_user ? l->user.id : l->tweet.id;
        if (id == s->id && l->observed_ms > latest) latest = l->observed_ms;
    }
    return latest;
}

static uint8_t origin_of(const subject *s) {
    uint8_t origin = 0;
    bool is_heard = s->m->tweets[s->id].is_heard;
    int64_t latest = told_ms(s);
    for (size_t i = 0; i < s->h->line_count; i++) {
        const record *l = &s->h->lines[i];
        bool counts = s->of_user ? l->kind == RECORD_USER && l->user.id == s->id &&
                                       l->version == 0 && l->observed_ms == latest
                                 : l->kind == RECORD_TWEET && l->tweet.id == s->id &&
                                       (l->tweet.heard || (!is_heard && l->version == 0));
        if (counts && l->origin > origin) origin = l->origin;
    }
    return origin;
}

static int64_t clock_ms = BEGIN_MS + 3 * MS_PER_MINUTE;

static int is_of_push(const subject *s) {
    return origin_of(s) == ORIGIN_PUSH;
}
static int is_recent(const subject *s) {
    if (s->of_user) return told_ms(s) >= clock_ms - 90 * MS_PER_SECOND;
    return (int64_t)number_of(s, RULE_CREATED) >= clock_ms - 90 * MS_PER_SECOND;
}
static int is_told_late(const subject *s) {
    return told_ms(s) >= BEGIN_MS + 6;
}
static int is_followed(const subject *s) {
    return number_of(s, RULE_FOLLOWERS) > 500;
}
static int is_by_ada(const subject *s) {
    return text_equal(words_of(s, RULE_USERNAME), TEXT("ada"));
}
static int is_of_three(const subject *s) {
    return (s->of_user ? s->id : s->m->tweets[s->id].author) == 3;
}
static int is_in_tokyo(const subject *s) {
    return text_equal(words_of(s, RULE_LOCATION), TEXT("Tokyo"));
}
static int is_bad(const subject *s) {
    if (s->of_user) return NEVER;
    text t = words_of(s, RULE_TEXT);
    return t.count > 0 && strstr(t.bytes, "bad") != NULL;
}
static int is_early(const subject *s) {
    return s->of_user ? NEVER : s->id < 12;
}

static const struct {
    const char *words;
    int (*holds)(const subject *s);
} conditions[] = {{"source:push", is_of_push},
                  {"created_at>=-90s", is_recent},
                  {"observed_at>=%s", is_told_late},
                  {"followers>500", is_followed},
                  {"from:@ADA", is_by_ada},
                  {"author:3", is_of_three},
                  {"location=Tokyo", is_in_tokyo},
                  {"text~BAD", is_bad},
                  {"id<12", is_early}};

static uint64_t times_three(uint64_t v) {
    return v * 3;
}
static uint64_t plus_five(uint64_t v) {
    return v + 5;
}
static uint64_t a_minute_later(uint64_t v) {
    return v + MS_PER_MINUTE;
}
static uint64_t half(uint64_t v) {
    return (v + 1) / 2;
}

static const struct {
    const char *written;
    rule_field field;
    uint64_t (*after)(uint64_t); /* NULL: number or words are the value. */
    uint64_t number;
    const char *words;
} assignments[] = {
    {"followers*=3", RULE_FOLLOWERS, times_three, 0, NULL},
    {"followers/=2", RULE_FOLLOWERS, half, 0, NULL},
    {"followers=7", RULE_FOLLOWERS, NULL, 7, NULL},
    {"tweets+=5", RULE_TWEETS, plus_five, 0, NULL},
    {"created_at+=1m", RULE_CREATED, a_minute_later, 0, NULL},
    {"text='I hate it &amp; #goal'", RULE_TEXT, NULL, 0, "I hate it &amp; #goal"},
    {"lang=ja", RULE_LANG, NULL, 0, "ja"},
    {"lang=en", RULE_LANG, NULL, 0, "en"},
    {"reply_to=5", RULE_REPLY_TO, NULL, 5, NULL},
    {"retweet_of=null", RULE_RETWEET_OF, NULL, 0, NULL},
    {"location=' Tokyo '", RULE_LOCATION, NULL, 0, "Tokyo"},
    {"location=null", RULE_LOCATION, NULL, 0, ""},
    {"username=ada", RULE_USERNAME, NULL, 0, "ada"},
};
enum { ASSIGNMENTS = sizeof assignments / sizeof assignments[0] };

typedef struct {
    int (*first)(const subject *s), (*second)(const subject *s);
    bool is_negated, is_or;
    size_t set, set_2; /* Equal: one only. */
    char where[200], written[100];
} random_rule;

static int both(const random_rule *x, const subject *s) {
    int a = x->first(s), b = x->second(s);
    if (x->is_negated && b != NEVER) b = !b;
    if (x->is_or) return a == 1 || b == 1 ? 1 : a == NEVER || b == NEVER ? NEVER : 0;
    return a == 0 || b == 0 ? 0 : a == NEVER || b == NEVER ? NEVER : 1;
}

static void make_rule(random_rule *x, random_source *r) {
    const size_t count = sizeof conditions / sizeof conditions[0];
    size_t a = random_below(r, count), b = random_below(r, count);
    char one[80], two[80], at[TIME_TEXT_BYTES];
    time_to_text(BEGIN_MS + 6, at);
    (void)snprintf(one, sizeof one, a == 2 ? "observed_at>=%s" : "%s",
                   a == 2 ? at : conditions[a].words);
    (void)snprintf(two, sizeof two, b == 2 ? "observed_at>=%s" : "%s",
                   b == 2 ? at : conditions[b].words);
    x->first = conditions[a].holds;
    x->second = conditions[b].holds;
    x->is_negated = random_below(r, 3) == 0;
    x->is_or = random_below(r, 2) == 0;
    (void)snprintf(x->where, sizeof x->where, "%s %s %s%s", one, x->is_or ? "or" : "and",
                   x->is_negated ? "not " : "", two);
    x->set = random_below(r, ASSIGNMENTS);
    x->set_2 = random_below(r, ASSIGNMENTS);
    if (assignments[x->set].field == assignments[x->set_2].field) x->set_2 = x->set;
    (void)snprintf(x->written, sizeof x->written, "%s%s%s", assignments[x->set].written,
                   x->set_2 == x->set ? "" : ", ",
                   x->set_2 == x->set ? "" : assignments[x->set_2].written);
}

static bool is_settable(rule_field field, bool of_user) {
    size_t i = 0;
    while (fields[i].field != field) i++;
    return (of_user ? fields[i].user_bit : fields[i].tweet_bit) != 0;
}

static void lay_one(const subject *s, size_t set, laid *after) {
    rule_field field = assignments[set].field;
    if (!is_settable(field, s->of_user)) return;
    laid l = {.is_set = true, .number = assignments[set].number};
    if (assignments[set].words != NULL) l.words = text_of(assignments[set].words);
    if (assignments[set].after != NULL) l.number = assignments[set].after(number_of(s, field));
    after[field] = l;
}

static uint64_t lay_all(history *h, model_fix *x, const random_rule *made) {
    uint64_t seen = 0;
    for (uint64_t id = 1; id <= TWEETS; id++) {
        const subject s = {&h->base, h, false, id};
        const model_tweet *t = &h->base.tweets[id];
        if (!t->is_known || both(made, &s) != 1) continue;
        seen += !t->is_deleted;
        lay_one(&s, made->set, x->tweets[id]);
        lay_one(&s, made->set_2, x->tweets[id]);
    }
    for (uint64_t id = 1; id <= USERS; id++) {
        const subject s = {&h->base, h, true, id};
        if (!h->base.users[id].is_seen || both(made, &s) != 1) continue;
        if (told_ms(&s) > x->users_until_ms) x->users_until_ms = told_ms(&s);
        lay_one(&s, made->set, x->users[id]);
        lay_one(&s, made->set_2, x->users[id]);
    }
    return seen;
}

/* ---- Both engines ---- */

static engine *new_engine(void) {
    engine *e;
    engine_options o = {.places = listed_places,
                        .model = sentiments,
                        .cleaning = cleaning,
                        .hash_seed = random_seed()};
    assert_int_equal(engine_new(&o, &e, NULL), STATUS_OK);
    return e;
}

static void tell(engine *e, const record *r) {
    assert_int_equal(engine_apply(e, r), STATUS_OK);
}

static record correction_of(const history *h, bool of_user, uint64_t id, size_t field,
                            const laid *l) {
    record r = {.kind = of_user ? RECORD_USER : RECORD_TWEET,
                .version = CORRECTION,
                .fields = of_user ? fields[field].user_bit : fields[field].tweet_bit};
    if (of_user) {
        r.user = (user_record){
            .id = id, .followers = l->number, .location = l->words, .username = l->words};
        return r;
    }
    const model_tweet *t = &h->base.tweets[id];
    r.tweet = (tweet_record){.id = id,
                             .heard = t->is_heard,
                             .created_ms = (int64_t)l->number,
                             .followers = l->number,
                             .tweets = l->number,
                             .reply_to = l->number,
                             .retweet_of = l->number,
                             .text = l->words,
                             .lang = l->words,
                             .user_lang = t->user_lang,
                             .is_plain = true};
    return r;
}

static void tell_in_force(const history *h, bool of_user, uint64_t id, engine *e) {
    for (size_t field = 0; field < FIELDS; field++) {
        if ((of_user ? fields[field].user_bit : fields[field].tweet_bit) == 0) continue;
        const laid *l = in_force(h, of_user, id, field);
        if (l == NULL) continue;
        record r = correction_of(h, of_user, id, field, l);
        tell(e, &r);
    }
}

static void add_answer(engine *e, const char *path, const query_params *p, buffer *out) {
    const query *q = queries;
    while (strcmp(q->path, path) != 0) q++;
    json_writer w = json_to(out);
    json_begin_object(&w);
    status s = q->answer(engine_present(e), p, &w);
    json_end_object(&w);
    assert_true(s == STATUS_OK || s == STATUS_NOT_FOUND);
    buffer_add_byte(out, '\n');
}

static void write_answers(engine *e, buffer *out) {
    static const char *const boards[] = {"tweets/top",    "authors/top", "places/top",
                                         "languages/top", "links/top",   "hashtags/top"};
    assert_int_equal(engine_commit(e), STATUS_OK);
    for (uint64_t id = 1; id <= TWEETS; id++) {
        add_answer(e, "tweets/{id}", &(query_params){.id = id}, out);
        add_answer(e, "authors/{id}", &(query_params){.id = id}, out);
        add_answer(e, "authors/{id}/responses", &(query_params){.id = id, .limit = 9}, out);
    }
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++) {
        add_answer(e, boards[i], &(query_params){.sort = "influence", .limit = 50}, out);
        add_answer(e, boards[i],
                   &(query_params){.sort = "recent_5m", .limit = 50, .window = WINDOW_5M}, out);
    }
    add_answer(e, "timeline", &(query_params){0}, out);
    add_answer(e, "map", &(query_params){0}, out);
    add_answer(e, "cleaning", &(query_params){0}, out);
}

static void same_answers(const history *h, engine *e, uint64_t seed) {
    engine *other = new_engine();
    buffer a = {0}, b = {0};
    for (size_t i = 0; i < h->line_count; i++) tell(other, &h->lines[i]);
    for (uint64_t id = 1; id <= TWEETS; id++) tell_in_force(h, false, id, other);
    for (uint64_t id = 1; id <= USERS; id++) tell_in_force(h, true, id, other);
    write_answers(e, &a);
    write_answers(other, &b);
    size_t same = 0;
    while (same < a.count && same < b.count && a.bytes[same] == b.bytes[same]) same++;
    if (same < a.count || same < b.count)
        fail_msg("history %d at %zu:\n%.300s\n-- expected:\n%.300s", (int)seed, same,
                 a.bytes + (same < 200 ? 0 : same - 200), b.bytes + (same < 200 ? 0 : same - 200));
    assert_int_equal(flow_error_count(engine_flow(e)), 0);
    buffer_deinit(&a);
    buffer_deinit(&b);
    engine_free(other);
}

/* ---- Histories ---- */

/* What a rule that was tried said of the board is the board that it led to. */
static void same_board(engine *e, const fix_board *seen) {
    ranking now;
    assert_int_equal(ranking_open(&now, engine_present(e), RANK_AUTHORS,
                                  &(query_params){.limit = FIX_BOARD_ROWS}),
                     STATUS_OK);
    assert_int_equal(seen->count, now.count);
    for (size_t i = 0; i < now.count; i++) {
        assert_int_equal(seen->rows[i].user, now.lines[i].total.id);
        assert_true(seen->rows[i].after == now.lines[i].total.influence);
    }
    ranking_close(&now);
}

static void step_fix(history *h, engine *e, random_source *r) {
    random_rule made;
    model_fix *x = &h->fixes[h->fix_count];
    make_rule(&made, r);
    fix_preview seen;
    rule_times times = {clock_ms, clock_ms + 10 * MS_PER_MINUTE};
    rule *parsed;
    status s = rule_read(text_of(made.where), text_of(made.written), &times, &parsed, NULL);
    if (s == STATUS_BAD_FORMAT) return; /* Of nobody who can match. */
    assert_int_equal(s, STATUS_OK);
    fix_weights weights = {0};
    fix_board board;
    bool looks = random_below(r, 2) == 0; /* At the board, which is that of a commit. */
    if (looks) assert_int_equal(engine_commit(e), STATUS_OK);
    assert_int_equal(fixes_preview(engine_facts(e), parsed, &seen, &weights), STATUS_OK);
    assert_int_equal(fix_board_make(engine_present(e), &weights, &board), STATUS_OK);
    fix_weights_deinit(&weights);
    bool sets_tweets = rule_sets(parsed, false) != 0, moves = fixes_move_responses(parsed);
    rule_free(parsed);
    memset(x, 0, sizeof *x);
    x->record = (record){.kind = RECORD_FIX,
                         .version = fixes_next_version(engine_facts(e)),
                         .observed_ms = clock_ms};
    x->record.fix.number = h->fix_count + 1;
    x->record.fix.now_ms = clock_ms;
    x->record.fix.where = text_of(made.where);
    x->record.fix.set = text_of(made.written);
    x->users_until_ms = clock_ms;
    model_compute(&h->base, h->lines, h->line_count, listed_places, sentiments, &cleaning);
    uint64_t tweets = lay_all(h, x, &made);
    assert_int_equal(seen.effect.tweets, sets_tweets ? tweets : 0);
    tell(e, &x->record);
    h->fix_count++;
    const fix *told = fixes_find(engine_facts(e), h->fix_count);
    assert_memory_equal(&told->effect, &seen.effect, sizeof seen.effect);
    if (!looks || moves) return;
    assert_int_equal(engine_commit(e), STATUS_OK);
    same_board(e, &board);
}

static void step_undo(history *h, engine *e, random_source *r) {
    record undo = {.kind = RECORD_UNDO_FIX};
    undo.fix.number = 1 + random_below(r, FIXES);
    tell(e, &undo);
    if (undo.fix.number <= h->fix_count) h->fixes[undo.fix.number - 1].is_undone = true;
}

static void play(uint64_t seed, history *h) {
    random_source r = {seed};
    engine *e = new_engine();
    h->line_count = h->fix_count = 0;
    clock_ms = BEGIN_MS + (seed % 2 == 0 ? 3 * MS_PER_MINUTE : 8); /* Later lines are news. */
    for (size_t i = 0; i < STEPS; i++) {
        uint64_t which = random_below(&r, 24);
        if (which == 0 && h->fix_count < FIXES) {
            step_fix(h, e, &r);
        } else if (which == 1) {
            step_undo(h, e, &r);
        } else {
            h->lines[h->line_count] = random_line(&r);
            tell(e, &h->lines[h->line_count++]);
        }
        if (random_below(&r, 9) == 0) assert_int_equal(engine_commit(e), STATUS_OK);
        if (i + 1 < STEPS && random_below(&r, 40) != 0) continue;
        model_compute(&h->base, h->lines, h->line_count, listed_places, sentiments, &cleaning);
        same_answers(h, e, seed);
    }
    engine_free(e);
}

static void fixes_lie_over_lines_as_plain_loops_say(void **state) {
    history *h = malloc(sizeof *h);
    (void)state;
    assert_non_null(h);
    for (uint64_t seed = 0; seed < HISTORIES; seed++) play(seed, h);
    free(h);
}

/* ---- One by one ---- */

static record line_of(uint64_t id, int64_t at_ms, uint64_t followers) {
    record r = {.kind = RECORD_TWEET,
                .origin = ORIGIN_PUSH,
                .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_FOLLOWERS,
                .observed_ms = at_ms};
    r.tweet = (tweet_record){.id = id,
                             .author_id = 1,
                             .created_ms = at_ms,
                             .heard = true,
                             .text = TEXT("words"),
                             .followers = followers};
    return r;
}

static record fix_of(const engine *e, uint64_t number, const char *where, const char *set) {
    record r = {.kind = RECORD_FIX, .observed_ms = BEGIN_MS + MS_PER_MINUTE};
    r.version = fixes_next_version(engine_facts((engine *)(uintptr_t)e));
    r.fix.number = number;
    r.fix.now_ms = r.observed_ms;
    r.fix.where = text_of(where);
    r.fix.set = text_of(set);
    return r;
}

static uint64_t followers_of(engine *e, uint64_t id) {
    uint32_t number;
    assert_int_equal(engine_commit(e), STATUS_OK);
    const moment *m = engine_present(e);
    assert_true(idmap_find(m->graph->tweet_ids, id, &number));
    return moment_tweet(m, number)->followers;
}

static void an_upper_fix_keeps_what_it_was_reckoned_from(void **state) {
    engine *e = new_engine();
    record line = line_of(1, BEGIN_MS, 5), undo = {.kind = RECORD_UNDO_FIX};
    (void)state;
    tell(e, &line);
    record first = fix_of(e, 1, "source:push", "followers*=10");
    tell(e, &first);
    record second = fix_of(e, 2, "source:push", "followers+=1");
    tell(e, &second);
    assert_int_equal(followers_of(e, 1), 51);
    undo.fix.number = 1;
    tell(e, &undo);
    assert_int_equal(followers_of(e, 1), 51);
    undo.fix.number = 2;
    tell(e, &undo);
    assert_int_equal(followers_of(e, 1), 5);
    tell(e, &undo);   /* Once more, */
    tell(e, &second); /* and a number that was there: nothing. */
    assert_int_equal(followers_of(e, 1), 5);
    assert_int_equal(fixes_count(engine_facts(e)), 2);
    engine_free(e);
}

static void a_line_of_a_higher_version_stands_above_a_fix(void **state) {
    engine *e = new_engine();
    record line = line_of(1, BEGIN_MS, 5);
    (void)state;
    line.version = 3;
    tell(e, &line);
    record one = fix_of(e, 1, "id:1", "followers=9");
    assert_int_equal(one.version, 4);
    tell(e, &one);
    line.tweet.followers = 6;
    tell(e, &line); /* Below. */
    assert_int_equal(followers_of(e, 1), 9);
    line.version = 5;
    tell(e, &line);
    assert_int_equal(followers_of(e, 1), 6);
    engine_free(e);
}

static void a_rule_of_a_later_version_changes_nothing(void **state) {
    engine *e = new_engine();
    record line = line_of(1, BEGIN_MS, 5);
    (void)state;
    tell(e, &line);
    record strange = fix_of(e, 1, "mood>=0.5", "followers=9");
    tell(e, &strange);
    assert_int_equal(followers_of(e, 1), 5);
    assert_int_equal(fixes_get(engine_facts(e), 0)->effect.tweets, 0);
    engine_free(e);
}

static void a_look_says_what_would_change(void **state) {
    engine *e = new_engine();
    rule *r;
    fix_preview seen;
    const rule_times times = {BEGIN_MS + MS_PER_MINUTE, BEGIN_MS + 2 * MS_PER_MINUTE};
    (void)state;
    for (uint64_t id = 1; id <= 20; id++) {
        record line = line_of(id, BEGIN_MS + (int64_t)id, id % 2);
        tell(e, &line);
    }
    assert_int_equal(
        rule_read(TEXT("id<=18"), TEXT("followers*=7,created_at+=110s,lang=fi"), &times, &r, NULL),
        STATUS_OK);
    assert_int_equal(fixes_preview(engine_facts(e), r, &seen, NULL), STATUS_OK);
    rule_free(r);
    assert_int_equal(seen.effect.tweets, 18);
    assert_int_equal(seen.effect.users, 0);
    assert_int_equal(seen.effect.tweet_fields[RULE_FOLLOWERS], 9); /* 0 stays 0. */
    assert_int_equal(seen.effect.tweet_fields[RULE_CREATED], 18);
    assert_int_equal(seen.effect.tweet_fields[RULE_LANG], 18);
    assert_int_equal(seen.effect.refused, 0);
    assert_int_equal(seen.sample_count, FIX_SAMPLES_MAX);
    assert_int_equal(seen.samples[0].id, 1);
    assert_int_equal(seen.samples[0].field, RULE_CREATED);
    assert_int_equal(seen.samples[0].after.number - seen.samples[0].before.number, 110000);
    assert_int_equal(seen.samples[1].field, RULE_FOLLOWERS);
    assert_int_equal(seen.samples[1].before.number, 1);
    assert_int_equal(seen.samples[1].after.number, 7);
    assert_int_equal(followers_of(e, 1), 1);
    engine_free(e);
}

typedef struct {
    engine *e;
    const rule *rule;
} onlooker;

static status look_at_the_board(void *context) {
    onlooker *o = context;
    fix_weights weights = {0};
    fix_preview seen;
    fix_board board;
    status s = fixes_preview(engine_facts(o->e), o->rule, &seen, &weights);
    if (s == STATUS_OK) s = fix_board_make(engine_present(o->e), &weights, &board);
    fix_weights_deinit(&weights);
    return s;
}

static void a_look_survives_every_failed_allocation(void **state) {
    engine *e = new_engine();
    onlooker o = {.e = e};
    rule *r;
    const rule_times times = {BEGIN_MS, BEGIN_MS};
    (void)state;
    for (uint64_t id = 1; id <= 100; id++) {
        record line = line_of(id, BEGIN_MS + (int64_t)id, id);
        tell(e, &line);
    }
    assert_int_equal(engine_commit(e), STATUS_OK);
    assert_int_equal(rule_read(TEXT("id>0"), TEXT("followers*=7"), &times, &r, NULL), STATUS_OK);
    o.rule = r;
    assert_in_range(torture(look_at_the_board, &o, 100), 3, 100);
    rule_free(r);
    engine_free(e);
}

static record profile_of(uint64_t id, int64_t at_ms, uint64_t followers) {
    record r = {.kind = RECORD_USER, .fields = USER_FOLLOWERS, .observed_ms = at_ms};
    r.user = (user_record){.id = id, .followers = followers};
    return r;
}

/* Numbers of what is forgotten are given to what comes next, which no fix lies over. */
static void nothing_of_a_fix_is_left_over_what_was_forgotten(engine *e, int64_t at_ms) {
    record undo = {.kind = RECORD_UNDO_FIX};
    for (uint64_t id = 500; id < 560; id++) {
        record line = line_of(id, at_ms, id);
        line.tweet.author_id = id;
        tell(e, &line);
        record person = profile_of(id, at_ms, id);
        tell(e, &person);
        if (id % 7 == 0) assert_int_equal(engine_commit(e), STATUS_OK);
    }
    for (uint64_t id = 500; id < 560; id++) assert_int_equal(followers_of(e, id), id);
    undo.fix.number = 1;
    tell(e, &undo);
    for (uint64_t id = 500; id < 560; id++) {
        uint32_t number;
        assert_int_equal(followers_of(e, id), id);
        assert_true(idmap_find(engine_present(e)->graph->user_ids, id, &number));
        const audience_row *a = flow_view_find(engine_present(e)->snapshot,
                                               engine_present(e)->graph->audience_view, number);
        assert_int_equal(a->followers, id);
    }
    assert_int_equal(flow_error_count(engine_flow(e)), 0);
}

static void fill_and_fix(engine *e) {
    for (uint64_t id = 1; id <= 40; id++) {
        record line = line_of(id, BEGIN_MS, 5), person = profile_of(id, BEGIN_MS, 5);
        line.tweet.author_id = id;
        tell(e, &line);
        tell(e, &person);
    }
    record made = fix_of(e, 1, "followers>1", "followers*=10, reply_to=77");
    tell(e, &made);
    assert_int_equal(followers_of(e, 1), 50);
}

static void what_a_fix_lies_over_may_be_erased(void **state) {
    engine_options o = {.places = listed_places,
                        .model = sentiments,
                        .cleaning = cleaning,
                        .hash_seed = random_seed(),
                        .forgets = true};
    engine *e;
    (void)state;
    assert_int_equal(engine_new(&o, &e, NULL), STATUS_OK);
    fill_and_fix(e);
    for (uint64_t id = 1; id <= 30; id++) {
        record gone = {.kind = RECORD_DELETE, .observed_ms = BEGIN_MS + 1};
        gone.tweet.id = id;
        tell(e, &gone);
    }
    assert_int_equal(engine_commit(e), STATUS_OK);
    record back = {.kind = RECORD_UNDELETE, .observed_ms = BEGIN_MS + 2};
    back.tweet.id = 1;
    tell(e, &back);
    record again = line_of(1, BEGIN_MS, 5); /* As it was sent, and after the fix. */
    tell(e, &again);
    assert_int_equal(followers_of(e, 1), 5);
    assert_int_equal(followers_of(e, 35), 50);
    nothing_of_a_fix_is_left_over_what_was_forgotten(e, BEGIN_MS + 5);
    assert_int_equal(followers_of(e, 35), 5);
    engine_free(e);
}

static void what_a_fix_lies_over_may_grow_too_old(void **state) {
    engine *e = new_engine();
    (void)state;
    assert_int_equal(engine_set_keep(e, MS_PER_MINUTE), STATUS_OK);
    fill_and_fix(e);
    record later = line_of(400, BEGIN_MS + 10 * MS_PER_MINUTE, 1);
    tell(e, &later);
    assert_int_equal(followers_of(e, 400), 1);
    nothing_of_a_fix_is_left_over_what_was_forgotten(e, BEGIN_MS + 10 * MS_PER_MINUTE);
    engine_free(e);
}

static status fix_and_undo(void *context) {
    engine_options o = {
        .places = listed_places, .model = sentiments, .cleaning = cleaning, .hash_seed = 7};
    engine *e;
    (void)context;
    status s = engine_new(&o, &e, NULL);
    record user = {.kind = RECORD_USER, .fields = USER_LOCATION, .observed_ms = BEGIN_MS};
    user.user = (user_record){.id = 1, .location = TEXT("Koeln")};
    if (s == STATUS_OK) s = engine_apply(e, &user);
    for (uint64_t id = 1; id <= 5 && s == STATUS_OK; id++) {
        record line = line_of(id, BEGIN_MS, id);
        s = engine_apply(e, &line);
    }
    if (s == STATUS_OK) {
        record one = fix_of(e, 1, "source:push or author:1",
                            "text='so #bad',lang=de,location=Bonn,followers*=2,reply_to=77");
        s = engine_apply(e, &one);
    }
    if (s == STATUS_OK) s = engine_commit(e);
    record undo = {.kind = RECORD_UNDO_FIX};
    undo.fix.number = 1;
    if (s == STATUS_OK) s = engine_apply(e, &undo);
    if (s == STATUS_OK) s = engine_commit(e);
    engine_free(e);
    return s;
}

static void fixes_survive_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(fix_and_undo, NULL, 20000) > 100);
}

static int set_up(void **state) {
    static const char lines[] =
        "Koeln\t50.9375\t6.9603\t0.04\nBonn\t50.7374\t7.0982\t0.04\nTokyo\t35.7\t139.6\t0.04\n";
    (void)state;
    return open_sentiments_and_places(lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixes_lie_over_lines_as_plain_loops_say),
        cmocka_unit_test(an_upper_fix_keeps_what_it_was_reckoned_from),
        cmocka_unit_test(a_line_of_a_higher_version_stands_above_a_fix),
        cmocka_unit_test(a_rule_of_a_later_version_changes_nothing),
        cmocka_unit_test(a_look_says_what_would_change),
        cmocka_unit_test(a_look_survives_every_failed_allocation),
        cmocka_unit_test(what_a_fix_lies_over_may_be_erased),
        cmocka_unit_test(what_a_fix_lies_over_may_grow_too_old),
        cmocka_unit_test(fixes_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("fixes", tests, set_up, close_sentiments_and_places);
}
