/* SPDX-License-Identifier: MIT */
#include "sentiment/describe.h"

#include <stdio.h>

#include "pipeline/base/log.h"
#include "sentiment/account.h"
#include "sentiment/letter.h"
#include "sentiment/model.h"

void describe_word(buffer *out, text head, text tail, bool is_filled) {
    buffer word = {0};
    size_t at = 0, cut = 0;
    int columns = 0;
    terminal_escape(&word, head);
    terminal_escape(&word, tail);
    text shown = buffer_text(&word);
    while (at < shown.count && columns <= DESCRIBE_COLUMNS) {
        cut = columns < DESCRIBE_COLUMNS ? at : cut;
        columns += letter_columns(utf8_next(shown, &at));
    }
    text kept = columns > DESCRIBE_COLUMNS ? text_slice(shown, 0, cut) : shown;
    buffer_add(out, kept);
    if (columns > DESCRIBE_COLUMNS) buffer_add(out, TEXT("\xE2\x80\xA6"));
    if (is_filled)
        buffer_add_format(out, "%*s", columns < DESCRIBE_COLUMNS ? DESCRIBE_COLUMNS - columns : 0,
                          "");
    out->failed |= word.failed;
    buffer_deinit(&word);
}

void describe_language(buffer *out, text lang, sentiment_label label) {
    bool is_told = !text_equal(lang, TEXT("und"));
    buffer_add(out, TEXT("language "));
    buffer_add(out, is_told ? lang : TEXT("not told"));
    if (label == SENTIMENT_UNKNOWN)
        buffer_add(
            out,
            TEXT(": no model knows it; the numbers are what its words would count in English"));
    buffer_add(out, TEXT("\n\n"));
}

/* A number in 9 columns, or blanks where it has no effect. */
static void add_effect(buffer *out, const char *format, double value, double none) {
    char digits[32] = "";
    if (value != none) (void)snprintf(digits, sizeof digits, format, vader_round(value, 3));
    buffer_add_format(out, "%9s", digits);
}

static void add_step(buffer *out, const vader_step *s, double valence) {
    const char *role = vader_role(&s->word);
    buffer_add(out, TEXT("  "));
    describe_word(out, s->word.head, s->word.tail, s->is_rated || role != NULL);
    if (s->is_rated) {
        buffer_add_format(out, "%+9.1f", s->lexicon);
        add_effect(out, "%+g", s->capitals, 0);
        add_effect(out, "%+g", s->boosted, 0);
        add_effect(out, "x %g", s->negated, 1);
        add_effect(out, "x %g", s->valence == 0 ? 1 : valence / s->valence, 1);
        buffer_add_format(out, "%+9.3f%s", vader_round(valence, 3), s->is_idiom ? "  idiom" : "");
    } else if (role != NULL) {
        buffer_add_format(out, "%*s%s", 5 * 9 + 9 + 2, "", role);
    }
    buffer_add_byte(out, '\n');
}

static void add_sum(buffer *out, const vader_result *r) {
    buffer_add_format(out, "  sum of the words %+.3f", vader_round(r->sum, 3));
    if (r->emphasis > 0 && r->sum != 0)
        buffer_add_format(out, ", %+.3f for %zu \"!\" and %zu \"?\"",
                          r->sum > 0 ? r->emphasis : -r->emphasis, r->exclamations, r->questions);
    buffer_add_byte(out, '\n');
}

void vader_describe(const sentiment_model *m, text t, buffer *out) {
    vader_account a;
    sentiment s;
    text lang;
    if (vader_account_init(&a, &m->words, t) != STATUS_OK) {
        out->failed = true;
        return;
    }
    sentiment_of_text(m, t, &s, &lang);
    buffer_add_format(out, "%s %+.4f   positive %g, neutral %g, negative %g   ",
                      sentiment_label_text(s.label), s.score, s.positive, s.neutral, s.negative);
    describe_language(out, lang, s.label);
    if (a.result.count > 0)
        buffer_add_format(out, "  %-*s%9s%9s%9s%9s%9s%9s\n", DESCRIBE_COLUMNS, "word", "lexicon",
                          "capitals", "boosted", "negated", "but", "counts");
    for (size_t i = 0; i < a.result.count; i++) add_step(out, &a.steps[i], a.valences[i]);
    if (a.result.count > 0) buffer_add_byte(out, '\n');
    add_sum(out, &a.result);
    vader_account_deinit(&a);
}
