/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

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

/* Polarities stay where an assessment ends: their sum is that of the mean. */
static void keep_last_of_each(account *a) {
    size_t next = 0;
    for (size_t i = a->count; i-- > 0;) {
        textblob_step *s = &a->steps[i];
        if (s->assessment == next) s->polarity = 0;
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
        if (a->count == room) {
            room = room == 0 ? 32 : 2 * room;
            textblob_step *more = realloc(a->steps, room * sizeof *more);
            if (more == NULL) {
                free(a->steps);
                return STATUS_NO_MEMORY;
            }
            a->steps = more;
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

static void write_step(json_writer *w, const textblob_step *s) {
    buffer word = {0};
    buffer_add(&word, s->word.head);
    buffer_add(&word, tail_of(&s->word));
    json_begin_object(w);
    json_field(w, "token", text, buffer_text(&word));
    json_key(w, "lexicon");
    if (is_rated(s))
        json_put_double(w, vader_round(s->rated, 6));
    else
        json_put_null(w);
    if (s->role != TEXTBLOB_NOTHING) json_field(w, "role", string, role_text(s->role));
    if (s->assessment != 0) json_field(w, "assessment", u64, s->assessment);
    json_field(w, "score", double, vader_round(s->polarity, 6));
    json_end_object(w);
    w->out->failed |= word.failed;
    buffer_deinit(&word);
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

static void add_step(buffer *out, const textblob_step *s) {
    buffer_add(out, TEXT("  "));
    describe_word(out, s->word.head, tail_of(&s->word), s->role != TEXTBLOB_NOTHING);
    if (s->role != TEXTBLOB_NOTHING) {
        if (is_rated(s))
            buffer_add_format(out, "%+9.3f", vader_round(s->rated, 3));
        else
            buffer_add_format(out, "%9s", "");
        if (s->polarity != 0)
            buffer_add_format(out, "%+9.3f", vader_round(s->polarity, 3));
        else
            buffer_add_format(out, "%9s", "");
        buffer_add_format(out, "  %s", s->role == TEXTBLOB_WORD ? "" : role_text(s->role));
        while (out->count > 0 && out->bytes[out->count - 1] == ' ') out->count--;
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
    .describe = describe,
};
