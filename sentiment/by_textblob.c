/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "pipeline/base/array.h"
#include "pipeline/base/json.h"
#include "sentiment/describe.h"
#include "sentiment/model.h"
#include "sentiment/textblob.h"
#include "sentiment/vader.h"

/* Embedded by data/data.mk. */
extern const char textblob_data[];
extern const uint64_t textblob_data_count;

static status open_table(sentiment_model *m) {
    return textblob_table_open(&m->polarities, textblob_data, textblob_data_count);
}

/* The demo tells above 0, 0 and below apart.  Six decimals decide: what is left of
 * 0.1 + 0.2 - 0.3 is no mood. */
static void score(const sentiment_model *m, text t, sentiment *result) {
    *result = (sentiment){.score = textblob_polarity(&m->polarities, t)};
    result->score_e6 = (int32_t)lround(result->score * 1e6);
    result->label = result->score_e6 > 0   ? SENTIMENT_POSITIVE
                    : result->score_e6 < 0 ? SENTIMENT_NEGATIVE
                                           : SENTIMENT_NEUTRAL;
}

/* ---- What each word did ---- */

typedef struct {
    textblob_step *steps;
    size_t count, assessments;
} account;

/* Polarities stay where an assessment ends, whose mean is the text's; others are NAN. */
static void keep_last_of_each(account *a) {
    size_t next = 0;
    for (size_t i = a->count; i-- > 0;) {
        textblob_step *s = &a->steps[i];
        if (s->assessment == 0 || s->assessment == next) s->polarity = NAN;
        if (s->assessment != 0) next = s->assessment;
    }
}

static status account_init(account *a, const sentiment_model *m, text t) {
    textblob_walk w;
    textblob_step s;
    size_t room = 0;
    *a = (account){0};
    textblob_begin(&w, &m->polarities, t);
    while (textblob_next(&w, &s)) {
        if (!ARRAY_ROOM(a->steps, a->count, room, 32)) {
            free(a->steps);
            return STATUS_NO_MEMORY;
        }
        a->steps[a->count++] = s;
    }
    a->assessments = w.assessments;
    keep_last_of_each(a);
    return STATUS_OK;
}

static const char *role_text(textblob_role r) {
    static const char *const names[] = {NULL,    "word",  "modifier", "negation",
                                        "boost", "irony", "emoticon"};
    return names[r];
}

static text tail_of(const textblob_word *w) {
    return (text){w->tail, w->tail_count};
}

static bool is_rated(const textblob_step *s) {
    return s->role == TEXTBLOB_WORD || s->role == TEXTBLOB_MODIFIER || s->role == TEXTBLOB_FACE;
}

static void write_word(json_writer *w, const char *key, const textblob_word *t) {
    buffer word = {0};
    buffer_add(&word, t->head);
    buffer_add(&word, tail_of(t));
    json_field(w, key, text, buffer_text(&word));
    w->out->failed |= word.failed;
    buffer_deinit(&word);
}

static void write_polarity(json_writer *w, const char *key, double polarity) {
    json_key(w, key);
    isnan(polarity) ? json_put_null(w) : json_put_double(w, vader_round(polarity, 6));
}

static void write_step(json_writer *w, const textblob_step *s) {
    json_begin_object(w);
    write_word(w, "token", &s->word);
    write_polarity(w, "lexicon", is_rated(s) ? s->rated : NAN);
    if (s->role != TEXTBLOB_NOTHING) json_field(w, "role", string, role_text(s->role));
    if (s->assessment != 0) json_field(w, "assessment", u64, s->assessment);
    write_polarity(w, "score", s->polarity);
    json_end_object(w);
}

static void explain(const sentiment_model *m, text t, buffer *json) {
    account a;
    text lang;
    sentiment s;
    json_writer w = json_to(json);
    if (account_init(&a, m, t) != STATUS_OK) {
        json->failed = true;
        return;
    }
    sentiment_of_text(m, t, &s, &lang);
    json_begin_object(&w);
    json_field(&w, "text", text, t);
    json_field(&w, "language", text, lang);
    json_field(&w, "model", string, sentiment_model_name(m));
    json_key(&w, "tokens");
    json_begin_array(&w);
    for (size_t i = 0; i < a.count; i++) write_step(&w, &a.steps[i]);
    json_end_array(&w);
    json_field(&w, "assessments", u64, a.assessments);
    json_field(&w, "score", double, s.score);
    json_field(&w, "label", string, sentiment_label_text(s.label));
    json_end_object(&w);
    free(a.steps);
}

static void write_words(const sentiment_model *m, text t, json_writer *w) {
    account a;
    if (account_init(&a, m, t) != STATUS_OK) {
        w->out->failed = true;
        return;
    }
    for (size_t i = 0; i < a.count; i++) {
        const textblob_step *s = &a.steps[i];
        if (s->role == TEXTBLOB_NOTHING) continue;
        json_begin_object(w);
        write_word(w, "word", &s->word);
        write_polarity(w, "valence", s->polarity);
        if (s->role != TEXTBLOB_WORD) json_field(w, "role", string, role_text(s->role));
        json_end_object(w);
    }
    free(a.steps);
}

static void add_polarity(buffer *out, double polarity) {
    if (isnan(polarity))
        buffer_add_format(out, "%9s", "");
    else
        buffer_add_format(out, "%+9.3f", vader_round(polarity, 3));
}

static void add_step(buffer *out, const textblob_step *s) {
    buffer_add(out, TEXT("  "));
    describe_word(out, s->word.head, tail_of(&s->word), s->role != TEXTBLOB_NOTHING);
    if (s->role != TEXTBLOB_NOTHING) {
        add_polarity(out, is_rated(s) ? s->rated : NAN);
        bool is_word = s->role == TEXTBLOB_WORD;
        if (!is_word || !isnan(s->polarity)) add_polarity(out, s->polarity);
        if (!is_word) buffer_add_format(out, "  %s", role_text(s->role));
    }
    buffer_add_byte(out, '\n');
}

static void describe(const sentiment_model *m, text t, buffer *out) {
    account a;
    sentiment s;
    text lang;
    if (account_init(&a, m, t) != STATUS_OK) {
        out->failed = true;
        return;
    }
    sentiment_of_text(m, t, &s, &lang);
    buffer_add_format(out, "%s %+.4f   ", sentiment_label_text(s.label), s.score);
    describe_language(out, lang, s.label);
    if (a.count > 0)
        buffer_add_format(out, "  %-*s%9s%9s\n", DESCRIBE_COLUMNS, "word", "lexicon", "counts");
    for (size_t i = 0; i < a.count; i++) add_step(out, &a.steps[i]);
    if (a.count > 0) buffer_add_byte(out, '\n');
    buffer_add_format(out, "  the mean of what counts, %zu in all: %+.6f\n", a.assessments,
                      s.score);
    free(a.steps);
}

const sentiment_method sentiment_by_textblob = {
    .name = "textblob",
    .open = open_table,
    .score = score,
    .explain = explain,
    .write_words = write_words,
    .describe = describe,
};
