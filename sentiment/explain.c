/* SPDX-License-Identifier: MIT */
#include "pipeline/base/json.h"
#include "sentiment/account.h"
#include "sentiment/model.h"

static void write_decimal(json_writer *w, const char *key, double value) {
    json_key(w, key);
    json_put_double(w, vader_round(value, 4));
}

static void write_word(json_writer *w, const char *key, const token *t) {
    buffer word = {0};
    buffer_add(&word, t->head);
    buffer_add(&word, t->tail);
    json_field(w, key, text, buffer_text(&word));
    w->out->failed |= word.failed;
    buffer_deinit(&word);
}

static void write_step(json_writer *w, const vader_step *s, double valence) {
    const char *role = vader_role(&s->word);
    json_begin_object(w);
    write_word(w, "token", &s->word);
    json_key(w, "lexicon");
    if (s->is_rated) {
        json_put_double(w, s->lexicon);
        write_decimal(w, "caps", s->capitals);
        write_decimal(w, "booster", s->boosted);
        write_decimal(w, "negated", s->negated);
        json_field(w, "idiom", bool, s->is_idiom);
        write_decimal(w, "but", s->valence == 0 ? 1 : valence / s->valence);
    } else {
        json_put_null(w);
    }
    if (role != NULL) json_field(w, "role", string, role);
    write_decimal(w, "score", valence);
    json_end_object(w);
}

static void write_account(json_writer *w, const vader_account *a) {
    const vader_result *r = &a->result;
    json_key(w, "tokens");
    json_begin_array(w);
    for (size_t i = 0; i < r->count; i++) write_step(w, &a->steps[i], a->valences[i]);
    json_end_array(w);
    json_key(w, "punctuation");
    json_begin_object(w);
    json_field(w, "exclamations", u64, r->exclamations);
    json_field(w, "questions", u64, r->questions);
    write_decimal(w, "emphasis", r->emphasis);
    json_end_object(w);
    write_decimal(w, "sum", r->sum);
}

void vader_explain(const sentiment_model *m, text t, buffer *json) {
    vader_account a;
    text lang;
    sentiment s;
    json_writer w = json_to(json);
    if (vader_account_init(&a, &m->words, t) != STATUS_OK) {
        json->failed = true;
        return;
    }
    sentiment_of_text(m, t, &s, &lang);
    json_begin_object(&w);
    json_field(&w, "text", text, t);
    json_field(&w, "language", text, lang);
    json_field(&w, "model", string, sentiment_model_name(m));
    write_account(&w, &a);
    json_field(&w, "positive", double, s.positive);
    json_field(&w, "neutral", double, s.neutral);
    json_field(&w, "negative", double, s.negative);
    json_field(&w, "score", double, s.score);
    json_field(&w, "label", string, sentiment_label_text(s.label));
    json_end_object(&w);
    vader_account_deinit(&a);
}

void vader_write_words(const sentiment_model *m, text t, json_writer *w) {
    vader_account a;
    if (vader_account_init(&a, &m->words, t) != STATUS_OK) {
        w->out->failed = true;
        return;
    }
    for (size_t i = 0; i < a.result.count; i++) {
        const vader_step *s = &a.steps[i];
        const char *role = vader_role(&s->word);
        if (!s->is_rated && role == NULL) continue;
        json_begin_object(w);
        write_word(w, "word", &s->word);
        json_key(w, "valence");
        s->is_rated ? json_put_double(w, vader_round(a.valences[i], 4)) : json_put_null(w);
        if (role != NULL) json_field(w, "role", string, role);
        json_end_object(w);
    }
    vader_account_deinit(&a);
}
