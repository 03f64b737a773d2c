/* SPDX-License-Identifier: MIT */
/* How right the built-in model is, on tweets that people have labelled: SemEval's sets
 * one by one (accuracy; AvgRec, the mean recall of the three classes; F1 of positive
 * and negative), the 4,200 tweets of VADER's authors (r with the mean of 20 raters),
 * and how right the guessed language is.  A text in several sets counts in the first. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/hash.h"
#include "pipeline/base/idmap.h"
#include "sentiment/entities.h"
#include "sentiment/sentiment.h"
#include "tests/support/shared_data.h"
#include "tests/support/text_lines.h"

#define TEXT_BYTES_MAX 4096

/* ---- Texts: SemEval's files hold \u2019, doubled quotes and entities ---- */

static int hex_of(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c | 0x20);
    return at == NULL ? -1 : (int)(at - digits);
}

static bool read_unit(text t, size_t at, uint32_t *unit) {
    if (at + 6 > t.count || t.bytes[at] != '\\' || t.bytes[at + 1] != 'u') return false;
    *unit = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        int digit = hex_of(t.bytes[i]);
        if (digit < 0) return false;
        *unit = *unit * 16 + (uint32_t)digit;
    }
    return true;
}

/* Undoes all three in `out`, which has room for t.count bytes. */
static text unescape(text t, char *out) {
    char plain[TEXT_BYTES_MAX];
    size_t count = 0;
    for (size_t at = 0; at < t.count;) {
        uint32_t unit, low;
        if (read_unit(t, at, &unit)) {
            at += 6;
            if (unit >> 10 == 0x36 && read_unit(t, at, &low)) {
                unit = 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF);
                at += 6;
            }
            count += utf8_put(unit, plain + count);
        } else {
            plain[count++] = t.bytes[at];
            at += t.bytes[at] == '"' && at + 1 < t.count && t.bytes[at + 1] == '"' ? 2 : 1;
        }
    }
    return entities_decode((text){plain, count}, out);
}

/* ---- Scores ---- */

typedef struct {
    size_t count[3][3]; /* [true][predicted]; 0 negative, 1 neutral, 2 positive. */
    size_t all, right;
} confusion;

static void confusion_add(confusion *c, size_t truth, size_t predicted) {
    c->count[truth][predicted]++;
    c->all++;
    c->right += truth == predicted;
}

static double recall(const confusion *c, size_t k) {
    double of = (double)(c->count[k][0] + c->count[k][1] + c->count[k][2]);
    return of > 0 ? (double)c->count[k][k] / of : 0;
}

static double f1(const confusion *c, size_t k) {
    double answered = (double)(c->count[0][k] + c->count[1][k] + c->count[2][k]);
    double precision = answered > 0 ? (double)c->count[k][k] / answered : 0, r = recall(c, k);
    return precision + r > 0 ? 2 * precision * r / (precision + r) : 0;
}

static void print_confusion(const sentiment_model *m, const char *name, const confusion *c) {
    (void)printf("sentiment %-8s %-14s n %6zu  accuracy %.3f  AvgRec %.3f  F1(pos,neg) %.3f\n",
                 sentiment_model_name(m), name, c->all,
                 (double)c->right / (double)(c->all > 0 ? c->all : 1),
                 (recall(c, 0) + recall(c, 1) + recall(c, 2)) / 3, (f1(c, 0) + f1(c, 2)) / 2);
}

static bool class_of(text label, size_t *class) {
    static const char *const names[] = {"negative", "neutral", "positive"};
    for (*class = 0; *class < 3; *class += 1)
        if (text_equal(label, text_of(names[*class]))) return true;
    return false;
}

static size_t predict(const sentiment_model *m, text t) {
    sentiment s;
    sentiment_score(m, t, &s);
    return (size_t)s.label - SENTIMENT_NEGATIVE;
}

/* True if the text has not been seen before. */
static bool is_new(idmap *seen, text t) {
    uint32_t number, before = (uint32_t)idmap_count(seen);
    return idmap_add(seen, hash_bytes(t.bytes, t.count, 1) | 1, &number) && number == before;
}

static void eval_set(const sentiment_model *m, const char *name, idmap *seen, confusion *total) {
    char path[SHARED_DATA_PATH_BYTES], file[128], plain[TEXT_BYTES_MAX];
    text_lines lines;
    confusion c = {0};
    (void)snprintf(file, sizeof file, "sentiment/semeval-%s.tsv", name);
    if (shared_data(file, path) == NULL) return;
    if (text_lines_load(&lines, path)) {
        for (size_t i = 0; i < lines.count; i++) {
            size_t truth;
            text t = text_field(lines.lines[i], 2);
            if (!class_of(text_field(lines.lines[i], 1), &truth) || t.count > TEXT_BYTES_MAX)
                continue;
            t = unescape(t, plain);
            if (!is_new(seen, t)) continue;
            size_t predicted = predict(m, t);
            confusion_add(&c, truth, predicted);
            confusion_add(total, truth, predicted);
        }
        print_confusion(m, name, &c);
    }
    text_lines_unload(&lines);
}

static void eval_semeval(const sentiment_model *m) {
    static const char *const sets[] = {"2013test",  "2014test",    "2014sarcasm", "2015test",
                                       "2016test",  "2016devtest", "2013dev",     "2016dev",
                                       "2013train", "2015train",   "2016train"};
    idmap *seen = idmap_new(1);
    confusion total = {0};
    if (seen == NULL) return;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) eval_set(m, sets[i], seen, &total);
    print_confusion(m, "all SemEval", &total);
    idmap_free(seen);
}

/* ---- VADER's own tweets ---- */

typedef struct {
    double n, x, y, xx, yy, xy;
} moments;

static void moments_add(moments *m, double x, double y) {
    m->n++;
    m->x += x;
    m->y += y;
    m->xx += x * x;
    m->yy += y * y;
    m->xy += x * y;
}

static double correlation(const moments *m) {
    double cov = m->n * m->xy - m->x * m->y;
    return cov / sqrt((m->n * m->xx - m->x * m->x) * (m->n * m->yy - m->y * m->y));
}

static void eval_rated(const sentiment_model *m) {
    char path[SHARED_DATA_PATH_BYTES];
    text_lines lines;
    moments both = {0};
    confusion c = {0};
    if (shared_data("sentiment/vader-tweets-ground-truth.tsv", path) == NULL) return;
    if (text_lines_load(&lines, path)) {
        for (size_t i = 0; i < lines.count; i++) {
            sentiment s;
            double mean = strtod(text_field(lines.lines[i], 1).bytes, NULL) / 4;
            sentiment_score(m, text_field(lines.lines[i], 2), &s);
            moments_add(&both, mean, s.score);
            size_t truth = mean >= 0.05 ? 2 : mean <= -0.05 ? 0 : 1;
            confusion_add(&c, truth, (size_t)s.label - SENTIMENT_NEGATIVE);
        }
        print_confusion(m, "vader-tweets", &c);
        (void)printf(
            "sentiment %-8s vader-tweets   r with the mean of 20 people %.3f (the originals: "
            "VADER .872, TextBlob .697)\n",
            sentiment_model_name(m), correlation(&both));
    }
    text_lines_unload(&lines);
}

/* ---- The guessed language ---- */

/* How many texts CLD2 tells, how many of these rightly, and how many would be scored:
 * those taken for English, the one language with a model. */
static void eval_language(const sentiment_model *m, const char *name, const char *code) {
    char path[SHARED_DATA_PATH_BYTES], file[128];
    text_lines lines;
    size_t told = 0, right = 0, scored = 0;
    (void)snprintf(file, sizeof file, "sentiment/umsab/%s-train-text.txt", name);
    if (shared_data(file, path) == NULL) return;
    if (text_lines_load(&lines, path)) {
        for (size_t i = 0; i < lines.count; i++) {
            text lang;
            tweet_sentiment s;
            sentiment_of_tweet(m, lines.lines[i], false, TEXT(""), TEXT(""), &s);
            scored += s.label != SENTIMENT_UNKNOWN;
            if (!language_guess(lines.lines[i], &lang)) continue;
            told++;
            right += text_equal(lang, text_of(code));
        }
        (void)printf("language  %-20s n %6zu  told %.3f  right of the told %.3f  scored %.3f\n",
                     name, lines.count, (double)told / (double)lines.count,
                     (double)right / (double)(told > 0 ? told : 1),
                     (double)scored / (double)lines.count);
    }
    text_lines_unload(&lines);
}

int main(void) {
    static const char *const languages[][2] = {
        {"arabic", "ar"}, {"english", "en"}, {"french", "fr"},     {"german", "de"},
        {"hindi", "hi"},  {"italian", "it"}, {"portuguese", "pt"}, {"spanish", "es"}};
    static const char *const models[] = {"vader", "textblob"};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        sentiment_model *m;
        if (sentiment_model_new(models[i], &m) != STATUS_OK) return 1;
        eval_semeval(m);
        eval_rated(m);
        for (size_t k = 0; i == 0 && k < sizeof languages / sizeof languages[0]; k++)
            eval_language(m, languages[k][0], languages[k][1]);
        sentiment_model_free(m);
    }
    return 0;
}
