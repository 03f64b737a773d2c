/* SPDX-License-Identifier: MIT */
#include "pipeline/shifts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAST_REACH = 180, /* Minutes back that the past is looked for. */
    NOW_REACH = 10,   /* So long may the five of now take. */
    USUAL_AFTER = 60, /* Minutes after which a shift is how things are. */
    CATEGORIES = 16,  /* At most. */
    BLOCKS_MAX = SHIFT_PAST_MINUTES / SHIFT_NOW_MINUTES,
    NOW_TWEETS_MIN = 100, /* Fewer say nothing of shares. */
    PAST_TWEETS_MIN = 300,
};
_Static_assert((int)CATEGORIES >= (int)SHIFT_LANGS, "room for all");

#define RATE_DEVIATIONS      4.0
#define RATE_CALM_DEVIATIONS 2.0
#define RATE_FALL            (2.0 / 3)
#define RATE_JUMP            1.5
#define RATE_CALM_FALL       0.8
#define RATE_CALM_JUMP       1.25
#define CHANCE_DEVIATIONS    4.75  /* One in a million, of a normal distribution's one side. */
#define DIVERGENCE_MIN       0.004 /* Bits. */

/* The past that a shift is measured by; it stays while one goes on. */
typedef struct {
    double median, deviation;  /* Of the rate, both as Anscombe's. */
    double counts[CATEGORIES]; /* Of labels or languages. */
    double total, dispersion;
} past;

typedef struct {
    const shift_minute *rows;
    shift_kind kind;
    size_t categories;
    uint8_t is_odd[SHIFT_SERIES_MAX]; /* Of a shift: no past. */
    size_t floor;                     /* Before it things were otherwise. */
    bool is_open;
    past past;
} search;

/* Indices of whole minutes, the newest first. */
typedef struct {
    size_t at[SHIFT_PAST_MINUTES];
    size_t count;
} picks;

static picks pick_now(const search *s, size_t last) {
    picks p = {.count = 0};
    for (size_t back = 0; back < NOW_REACH && back <= last && p.count < SHIFT_NOW_MINUTES; back++)
        if (s->rows[last - back].is_whole) p.at[p.count++] = last - back;
    return p;
}

static picks pick_past(const search *s, size_t before) {
    picks p = {.count = 0};
    for (size_t back = 1; back <= PAST_REACH && back <= before && p.count < SHIFT_PAST_MINUTES;
         back++) {
        size_t i = before - back;
        if (i < s->floor) break;
        if (s->rows[i].is_whole && s->is_odd[i] == 0) p.at[p.count++] = i;
    }
    return p;
}

/* ---- Rate ---- */

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *values, size_t count) {
    assert(count > 0);
    qsort(values, count, sizeof *values, compare_doubles);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static double rate_median(const search *s, const picks *p, double *values) {
    for (size_t i = 0; i < p->count; i++)
        values[i] = 2 * sqrt((double)s->rows[p->at[i]].tweets + 3.0 / 8);
    return median_of(values, p->count);
}

static double rate_of(double stabilised) {
    double rate = stabilised * stabilised / 4 - 3.0 / 8;
    return rate > 0 ? rate : 0;
}

static void learn_rate(const search *s, const picks *p, past *result) {
    double values[SHIFT_PAST_MINUTES];
    result->median = rate_median(s, p, values);
    for (size_t i = 0; i < p->count; i++) values[i] = fabs(values[i] - result->median);
    result->deviation = fmax(1, 1.4826 * median_of(values, p->count));
}

/* Whether now is another rate; while a shift goes on, whether it is not calm yet. */
static bool judge_rate(const search *s, const picks *now, shift *found) {
    double values[SHIFT_PAST_MINUTES], median = rate_median(s, now, values);
    double deviations = fabs(median - s->past.median) / s->past.deviation;
    double before = rate_of(s->past.median), is = rate_of(median);
    double ratio = before > 0 ? is / before : 1;
    if (s->is_open)
        return deviations > RATE_CALM_DEVIATIONS &&
               (ratio < RATE_CALM_FALL || ratio > RATE_CALM_JUMP);
    found->before = before;
    found->now = is;
    found->size = ratio;
    return deviations >= RATE_DEVIATIONS && (ratio < RATE_FALL || ratio > RATE_JUMP);
}

/* ---- Labels and languages ---- */

static const uint32_t *counts_of(const search *s, size_t row) {
    return s->kind == SHIFT_OF_LABELS ? s->rows[row].labels : s->rows[row].langs;
}

static double sum_counts(const search *s, const size_t *at, size_t count, double *sums) {
    double total = 0;
    memset(sums, 0, CATEGORIES * sizeof *sums);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < s->categories; c++) {
            double n = counts_of(s, at[i])[c];
            sums[c] += n;
            total += n;
        }
    return total;
}

/* G of a table of two rows, a and b; *freedom: its degrees. */
static double g_of(const double *a, double a_total, const double *b, double b_total,
                   double *freedom) {
    double g = 0, seen = 0, total = a_total + b_total;
    for (size_t c = 0; c < CATEGORIES; c++) {
        double both = a[c] + b[c];
        if (both <= 0) continue;
        seen++;
        if (a[c] > 0) g += a[c] * log(a[c] * total / (a_total * both));
        if (b[c] > 0) g += b[c] * log(b[c] * total / (b_total * both));
    }
    *freedom = seen > 1 ? seen - 1 : 1;
    return 2 * g;
}

/* What chi-squared exceeds with the chance of a normal's z (Wilson & Hilferty, 1931). */
static double chi_squared(double freedom, double z) {
    double part = 2 / (9 * freedom), root = 1 - part + z * sqrt(part);
    return freedom * root * root * root;
}

/* How much more the past's own five minutes differ than chance allows: at least 1.  Of few
 * it is known badly, so it is taken for more. */
static double dispersion_of(const search *s, const picks *p, const past *of) {
    double ratios[BLOCKS_MAX], block[CATEGORIES], rest[CATEGORIES], freedom;
    size_t blocks = 0;
    for (size_t at = 0; at + SHIFT_NOW_MINUTES <= p->count; at += SHIFT_NOW_MINUTES) {
        double total = sum_counts(s, p->at + at, SHIFT_NOW_MINUTES, block);
        if (total <= 0 || total >= of->total) continue;
        for (size_t c = 0; c < CATEGORIES; c++) rest[c] = of->counts[c] - block[c];
        double g = g_of(block, total, rest, of->total - total, &freedom);
        ratios[blocks++] = g / chi_squared(freedom, 0);
    }
    if (blocks == 0) return 1;
    return fmax(1, median_of(ratios, blocks)) * (1 + 4 / (double)blocks);
}

static void learn_shares(const search *s, const picks *p, past *result) {
    result->total = sum_counts(s, p->at, p->count, result->counts);
    result->dispersion = 1;
}

static double entropy_part(double share, double mean) {
    return share > 0 ? share * log2(share / mean) / 2 : 0;
}

/* In bits; and which category changed most. */
static double divergence_of(const double *a, double a_total, const double *b, double b_total,
                            uint32_t *most) {
    double bits = 0, widest = -1;
    for (uint32_t c = 0; c < CATEGORIES; c++) {
        double x = a[c] / a_total, y = b[c] / b_total, mean = (x + y) / 2;
        bits += entropy_part(x, mean) + entropy_part(y, mean);
        if (fabs(x - y) > widest) {
            widest = fabs(x - y);
            *most = c;
        }
    }
    return bits;
}

static bool judge_shares(const search *s, const picks *now, shift *found) {
    double counts[CATEGORIES], freedom;
    const past *p = &s->past;
    double total = sum_counts(s, now->at, now->count, counts);
    if (total < NOW_TWEETS_MIN || p->total < PAST_TWEETS_MIN) return s->is_open;
    uint32_t category = 0;
    double bits = divergence_of(counts, total, p->counts, p->total, &category);
    double g = g_of(counts, total, p->counts, p->total, &freedom) / p->dispersion;
    double limit = chi_squared(freedom, CHANCE_DEVIATIONS);
    if (s->is_open) return g > limit / 2 && bits > DIVERGENCE_MIN / 2;
    found->category = category;
    found->before = p->counts[category] / p->total;
    found->now = counts[category] / total;
    found->size = bits;
    return g > limit && bits > DIVERGENCE_MIN;
}

/* ---- A series ---- */

static bool judge(const search *s, const picks *now, shift *found) {
    return s->kind == SHIFT_OF_RATE ? judge_rate(s, now, found) : judge_shares(s, now, found);
}

/* Whether a shift begins.  The dispersion is dear, and asked for last. */
static bool notice(search *s, const picks *now, shift *found) {
    const picks p = pick_past(s, now->at[now->count - 1]);
    if (p.count < SHIFT_PAST_MINUTES_MIN) return false;
    s->kind == SHIFT_OF_RATE ? learn_rate(s, &p, &s->past) : learn_shares(s, &p, &s->past);
    if (!judge(s, now, found)) return false;
    if (s->kind == SHIFT_OF_RATE) return true;
    s->past.dispersion = dispersion_of(s, &p, &s->past);
    return judge(s, now, found);
}

/* The newer half of the five may have been odd before it was noticed. */
static void open_shift(search *s, const picks *now, shift *found) {
    s->is_open = true;
    found->since = s->rows[now->at[0]].minute;
    for (size_t i = 0; i < now->count / 2 + 1; i++) s->is_odd[now->at[i]] = 1;
}

static void go_on(search *s, size_t at, const picks *now, shift *found) {
    uint32_t minute = s->rows[at].minute;
    s->is_odd[at] = 1;
    found->is_usual_now = minute - found->since >= USUAL_AFTER;
    if (!found->is_usual_now && judge(s, now, found)) return;
    found->until = minute + 1;
    s->is_open = false;
    if (!found->is_usual_now) return;
    while (s->rows[at].minute > found->since) s->is_odd[at--] = 0;
    s->is_odd[at] = 0;
    s->floor = at;
}

static size_t find_kind(search *s, size_t count, shift *found, size_t most) {
    size_t n = 0;
    shift spare;
    for (size_t i = 0; i < count; i++) {
        if (!s->rows[i].is_whole) continue;
        const picks now = pick_now(s, i);
        if (now.count < SHIFT_NOW_MINUTES) continue;
        shift *here = s->is_open ? &found[n - 1] : n < most ? &found[n] : &spare;
        if (s->is_open) {
            go_on(s, i, &now, here);
            continue;
        }
        *here = (shift){.kind = s->kind};
        if (here == &spare || !notice(s, &now, here)) continue;
        open_shift(s, &now, here);
        n++;
    }
    return n;
}

void shifts_mark_recorded(shift_minute *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        rows[i].is_whole = rows[i].tweets > 0 && i > 0 && rows[i - 1].tweets > 0 &&
                           (i + 1 == count || rows[i + 1].tweets > 0);
}

size_t shifts_find(const shift_minute *rows, size_t count, shift *found, size_t most) {
    static const size_t categories[SHIFT_KINDS] = {0, SHIFT_LABELS, SHIFT_LANGS};
    size_t n = 0;
    assert(count <= SHIFT_SERIES_MAX);
    for (int kind = 0; kind < SHIFT_KINDS; kind++) {
        search s = {.rows = rows, .kind = (shift_kind)kind, .categories = categories[kind]};
        n += find_kind(&s, count, found + n, most - n);
    }
    return n;
}
