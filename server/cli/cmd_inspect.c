/* SPDX-License-Identifier: MIT */
/* inspect -- what a dump is, and what dunlin will be able to show from it: read by the
 * source and the decoder that replay reads it by. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/base/log.h"
#include "pipeline/decode/decode.h"
#include "pipeline/scoring.h"
#include "pipeline/survey.h"
#include "server/base/terminal.h"
#include "server/options/commands.h"
#include "server/process/assembly.h"
#include "server/process/signals.h"

enum { LANGS_SHOWN = 8, LATE_MS = 600000, MUCH_PERCENT = 20 };

typedef struct {
    tweet_source *source;
    sentiment_model *model;
    decoder *decoder;
    scoring *scoring;
    record_batch *batch;
    survey *survey;
} inspection;

/* ---- Reading ---- */

static void deinit(inspection *i) {
    if (i->source != NULL) i->source->close(i->source);
    survey_free(i->survey);
    record_batch_free(i->batch);
    scoring_free(i->scoring);
    decoder_free(i->decoder);
    sentiment_model_free(i->model);
}

static int init(inspection *i, const options *o) {
    int code = assembly_open_files(o, &i->source);
    if (code != EXIT_OK) return code;
    bool is_good = sentiment_model_new(o->sentiment, &i->model) == STATUS_OK;
    i->decoder = decoder_new();
    i->scoring = is_good ? scoring_new(i->model, 1) : NULL;
    i->batch = record_batch_new();
    i->survey = survey_new();
    is_good = i->decoder != NULL && i->scoring != NULL && i->batch != NULL && i->survey != NULL;
    if (!is_good) complain("inspect", status_text(STATUS_NO_MEMORY), NULL);
    if (!is_good) return EXIT_FAILED;
    decoder_set_geo(i->decoder, true);
    decoder_set_latest(i->decoder, clock_real()->now_ms(clock_real()) + LATE_MS);
    return EXIT_OK;
}

static status take_chunk(inspection *i, const source_chunk *chunk) {
    record_batch_clear(i->batch);
    status s = decoder_run(i->decoder, chunk, i->batch);
    if (s != STATUS_OK) return s;
    scoring_run(i->scoring, i->batch);
    return survey_add(i->survey, chunk, i->batch, i->source);
}

static status take_all(inspection *i) {
    source_chunk *chunk;
    status s;
    while ((s = i->source->next(i->source, &chunk)) == STATUS_OK) {
        s = take_chunk(i, chunk);
        source_chunk_free(chunk);
        if (s != STATUS_OK) return s;
    }
    return s == STATUS_END ? STATUS_OK : s;
}

/* ---- Verdicts ---- */

static unsigned percent(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : (unsigned)(part * 100 / whole);
}

static uint64_t sum_of(const uint64_t *counts) {
    return counts[SURVEY_RETWEETS] + counts[SURVEY_REPLIES] + counts[SURVEY_QUOTES];
}

/* One thing that dunlin shows, and how many of the tweets serve it. */
typedef struct {
    const char *what, *why;
    uint64_t tweets;
    bool lacks_answers; /* It shows answers alone, and there are none. */
} view_share;

static const char *judge(uint64_t part, uint64_t whole) {
    return part == 0 ? "no" : percent(part, whole) < MUCH_PERCENT ? "thin" : "yes";
}

enum { VIEWS = 5 };

static void share_views(const survey_figures *f, view_share views[VIEWS]) {
    uint64_t answers = sum_of(f->have_original);
    views[0] = (view_share){"timeline", "have a time", f->heard, false};
    views[1] =
        (view_share){"map", "are by people who say where they are", f->with_location, answers == 0};
    views[2] =
        (view_share){"mood", "are in a language that dunlin has words for", f->with_mood, false};
    views[3] = (view_share){"boards", "answer a tweet that is here too", answers, false};
    views[4] = (view_share){"influence", "say how many followers their author has",
                            f->with_followers, answers == 0};
}

static const char *judge_view(const view_share *v, const survey_figures *f) {
    return judge(v->lacks_answers ? 0 : v->tweets, f->heard);
}

/* ---- JSON ---- */

static void write_share(json_writer *w, const char *key, uint64_t count, uint64_t of) {
    json_key(w, key);
    json_begin_object(w);
    json_field(w, "count", u64, count);
    json_key(w, "share");
    of == 0 ? json_put_null(w) : json_put_double(w, (double)count / (double)of);
    json_end_object(w);
}

static void write_kinds(json_writer *w, const survey_figures *f) {
#define X(name, words) words,
    static const char *const words[] = {ITEM_KIND_MAP(X)};
#undef X
    json_key(w, "kinds");
    json_begin_object(w);
    for (int k = 0; k < ITEM_KINDS; k++)
        if (f->kinds[k] > 0) json_field(w, words[k], u64, f->kinds[k]);
    json_end_object(w);
    json_key(w, "forms");
    json_begin_array(w);
    for (size_t i = 0; i < f->form_count; i++) json_put_string(w, f->forms[i]);
    json_end_array(w);
}

static void write_tweets(json_writer *w, const survey_figures *f) {
    static const char *const names[] = {"retweets", "replies", "quotes"};
    json_field(w, "tweets", u64, f->heard);
    json_field(w, "repeated", u64, f->again);
    json_field(w, "known", u64, f->known);
    json_field(w, "users", u64, f->users);
    json_key(w, "first");
    f->heard == 0 ? json_put_null(w) : json_put_time(w, f->first_ms);
    json_key(w, "last");
    f->heard == 0 ? json_put_null(w) : json_put_time(w, f->last_ms);
    write_share(w, "users_with_location", f->users_located, f->users);
    write_share(w, "with_location", f->with_location, f->heard);
    write_share(w, "with_coordinates", f->with_coordinates, f->heard);
    write_share(w, "with_place", f->with_place, f->heard);
    write_share(w, "with_followers", f->with_followers, f->heard);
    write_share(w, "with_hashtags", f->with_hashtags, f->heard);
    write_share(w, "with_links", f->with_links, f->heard);
    write_share(w, "with_mood", f->with_mood, f->heard);
    for (int k = 0; k < SURVEY_RESPONSES; k++) {
        json_key(w, names[k]);
        json_begin_object(w);
        json_field(w, "count", u64, f->responses[k]);
        json_field(w, "with_original", u64, f->have_original[k]);
        json_end_object(w);
    }
}

static void write_langs(json_writer *w, const survey_figures *f) {
    json_key(w, "languages");
    json_begin_array(w);
    for (size_t i = 0; i < f->lang_count; i++) {
        json_begin_object(w);
        json_field(w, "lang", string, f->langs[i].lang);
        json_field(w, "tweets", u64, f->langs[i].tweets);
        json_field(w, "share", double, (double)f->langs[i].tweets / (double)f->heard);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_rejected(json_writer *w, const survey_figures *f, reason r) {
    json_begin_object(w);
    json_field(w, "reason", string, reason_key(r));
    json_field(w, "items", u64, f->sums.by_reason[r]);
    json_key(w, "advice");
    reason_advice(r) == NULL ? json_put_null(w) : json_put_string(w, reason_advice(r));
    json_key(w, "examples");
    json_begin_array(w);
    for (int k = 0; k < SURVEY_EXAMPLES && f->examples[r][k].line != 0; k++) {
        const survey_example *e = &f->examples[r][k];
        json_begin_object(w);
        json_field(w, "file", string, e->file);
        json_field(w, "line", u64, e->line);
        json_field(w, "bytes", text, ((text){e->bytes, e->byte_count}));
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_json(const survey_figures *f, const source_state *state, buffer *out) {
    json_writer w = json_to(out);
    view_share views[VIEWS];
    json_begin_object(&w);
    json_field(&w, "items", u64, f->sums.items);
    write_kinds(&w, f);
    accounting_write_keys(&f->sums, &w);
    write_tweets(&w, f);
    write_langs(&w, f);
    json_key(&w, "rejected");
    json_begin_array(&w);
    for (reason r = REASON_ACCEPTED; r < REASON_COUNT; r++)
        if (reason_outcome(r) == ITEM_REJECTED && f->sums.by_reason[r] > 0)
            write_rejected(&w, f, r);
    json_end_array(&w);
    share_views(f, views);
    json_key(&w, "shows");
    json_begin_object(&w);
    for (int i = 0; i < VIEWS; i++) json_field(&w, views[i].what, string, judge_view(&views[i], f));
    json_end_object(&w);
    json_field(&w, "source", string, state->detail);
    json_end_object(&w);
    buffer_add_byte(out, '\n');
}

/* ---- For people ---- */

static void say_kinds(const survey_figures *f, buffer *out) {
#define X(name, words) words,
    static const char *const words[] = {ITEM_KIND_MAP(X)};
#undef X
    bool any = false;
    buffer_add(out, TEXT("what        "));
    for (int k = 0; k < ITEM_KINDS; k++) {
        if (f->kinds[k] == 0) continue;
        buffer_add_format(out, "%s%s (%" PRIu64 ")", any ? ", " : "", words[k], f->kinds[k]);
        any = true;
    }
    if (!any) buffer_add(out, TEXT("nothing that dunlin reads"));
    for (size_t i = 0; i < f->form_count; i++)
        buffer_add_format(out, "%s%s", i == 0 ? "; as " : ", ", f->forms[i]);
    buffer_add_byte(out, '\n');
}

static void say_items(const survey_figures *f, buffer *out) {
    const uint64_t *o = f->sums.outcomes;
    buffer_add_format(out,
                      "items       %" PRIu64 ": %" PRIu64 " accepted, %" PRIu64
                      " repaired, %" PRIu64 " ignored, %" PRIu64 " rejected\n",
                      f->sums.items, o[ITEM_ACCEPTED], o[ITEM_REPAIRED], o[ITEM_IGNORED],
                      o[ITEM_REJECTED]);
}

static void add_share(buffer *out, uint64_t part, uint64_t whole) {
    unsigned share = percent(part, whole);
    if (part > 0 && share == 0)
        buffer_add(out, TEXT("<1 %"));
    else
        buffer_add_format(out, "%u %%", share);
}

static void say_langs(const survey_figures *f, buffer *out) {
    buffer_add(out, TEXT("languages   "));
    for (size_t i = 0; i < f->lang_count && i < LANGS_SHOWN; i++) {
        if (i > 0) buffer_add(out, TEXT(", "));
        terminal_escape(out, text_of(f->langs[i].lang));
        buffer_add_byte(out, ' ');
        add_share(out, f->langs[i].tweets, f->heard);
    }
    buffer_add(out, f->lang_count > LANGS_SHOWN ? TEXT(", ...\n") : TEXT("\n"));
}

static void say_shares(const survey_figures *f, buffer *out) {
    const struct {
        const char *what;
        uint64_t tweets;
    } shares[] = {
        {"location", f->with_location}, {"coordinates", f->with_coordinates},
        {"a place", f->with_place},     {"followers", f->with_followers},
        {"hashtags", f->with_hashtags}, {"links", f->with_links},
    };
    buffer_add(out, TEXT("of tweets   "));
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        add_share(out, shares[i].tweets, f->heard);
        buffer_add_format(out, " with %s%s", shares[i].what,
                          i + 1 < sizeof shares / sizeof shares[0] ? ", " : "\n");
    }
}

static void say_tweets(const survey_figures *f, buffer *out) {
    char first[TIME_TEXT_BYTES], last[TIME_TEXT_BYTES];
    buffer_add_format(out,
                      "tweets      %" PRIu64 " (and %" PRIu64 " lines again); %" PRIu64
                      " known with those inside others\n",
                      f->heard, f->again, f->known);
    buffer_add_format(out, "people      %" PRIu64 "; ", f->users);
    add_share(out, f->users_located, f->users);
    buffer_add(out, TEXT(" say a location\n"));
    if (f->heard == 0) return;
    time_to_text(f->first_ms, first);
    time_to_text(f->last_ms, last);
    buffer_add_format(out, "dates       %s to %s\n", first, last);
    say_langs(f, out);
    say_shares(f, out);
}

static void say_responses(const survey_figures *f, buffer *out) {
    static const char *const names[] = {"retweets", "replies", "quotes"};
    buffer_add(out, TEXT("responses   "));
    for (int k = 0; k < SURVEY_RESPONSES; k++)
        buffer_add_format(out, "%s%" PRIu64 " %s (original here: %" PRIu64 ")", k > 0 ? ", " : "",
                          f->responses[k], names[k], f->have_original[k]);
    buffer_add_byte(out, '\n');
}

static void say_reasons(const survey_figures *f, item_outcome o, const char *word, buffer *out) {
    if (f->sums.outcomes[o] == 0) return;
    buffer_add_format(out, "%-11s", word);
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++)
        if (reason_outcome(r) == o && f->sums.by_reason[r] > 0)
            buffer_add_format(out, " %s %" PRIu64, reason_key(r), f->sums.by_reason[r]);
    buffer_add_byte(out, '\n');
}

static void say_examples(const survey_figures *f, buffer *out) {
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++) {
        if (reason_outcome(r) != ITEM_REJECTED || f->sums.by_reason[r] == 0) continue;
        if (reason_advice(r) != NULL)
            buffer_add_format(out, "  %s: %s\n", reason_key(r), reason_advice(r));
        for (int k = 0; k < SURVEY_EXAMPLES && f->examples[r][k].line != 0; k++) {
            const survey_example *e = &f->examples[r][k];
            buffer_add_format(out, "  %s: ", reason_key(r));
            terminal_escape(out, text_of(e->file));
            buffer_add_format(out, ":%" PRIu64 ": ", e->line);
            terminal_escape(out, (text){e->bytes, e->byte_count});
            buffer_add(out, e->byte_count == SURVEY_BYTES_MAX ? TEXT("...\n") : TEXT("\n"));
        }
    }
}

static void say_all(const survey_figures *f, const source_state *state, buffer *out) {
    view_share views[VIEWS];
    say_kinds(f, out);
    say_items(f, out);
    say_reasons(f, ITEM_REPAIRED, "repaired", out);
    say_reasons(f, ITEM_IGNORED, "ignored", out);
    say_reasons(f, ITEM_REJECTED, "rejected", out);
    say_examples(f, out);
    if (state->detail[0] != '\0') {
        buffer_add(out, TEXT("files       "));
        terminal_escape(out, text_of(state->detail));
        buffer_add_byte(out, '\n');
    }
    if (f->known == 0) return;
    say_tweets(f, out);
    say_responses(f, out);
    share_views(f, views);
    buffer_add(out, TEXT("dunlin will show\n"));
    for (int i = 0; i < VIEWS; i++) {
        buffer_add_format(out, "  %-10s%-5s ", views[i].what, judge_view(&views[i], f));
        add_share(out, views[i].tweets, f->heard);
        buffer_add_format(out, " of the tweets %s%s\n", views[i].why,
                          views[i].lacks_answers ? ", but none answers a tweet that is here" : "");
    }
}

static int print(const survey_figures *f, const source_state *state, bool as_json) {
    buffer out = {0};
    if (as_json)
        write_json(f, state, &out);
    else
        say_all(f, state, &out);
    if (!out.failed) (void)fwrite(out.bytes, 1, out.count, stdout);
    bool failed = out.failed;
    buffer_deinit(&out);
    if (failed) complain("inspect", status_text(STATUS_NO_MEMORY), NULL);
    return failed ? EXIT_FAILED : EXIT_OK;
}

int command_inspect(const options *o) {
    inspection i = {0};
    source_state state;
    signals_release(); /* There is nothing to end in order. */
    int code = init(&i, o);
    if (code == EXIT_OK) {
        status s = take_all(&i);
        i.source->state(i.source, &state);
        if (s != STATUS_OK)
            complain(state.detail[0] != '\0' ? state.detail : o->operands[0], status_text(s), NULL);
        bool is_unread = s == STATUS_CANNOT_READ || s == STATUS_CANNOT_OPEN;
        code = s == STATUS_OK ? print(survey_end(i.survey), &state, o->json)
               : is_unread    ? EXIT_UNREADABLE
                              : EXIT_FAILED;
    }
    deinit(&i);
    return code;
}
