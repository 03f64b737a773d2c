/* SPDX-License-Identifier: MIT */
/* eval_alerts -- how often a shift is seen where there is none, and how soon where there is.
 *
 * The recorded minutes as they are; days put together from them, with the waves that days
 * have; and shifts planted in such days. */
#include "pipeline/base/random.h"
#include "pipeline/pipeline.h"
#include "pipeline/queries/minutes.h"
#include "pipeline/shifts.h"
#include "pipeline/sources/files.h"
#include "tests/support/shared_data.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 1440, DAYS = 60, PLANTS = 100, PLANTED_AT = 300, BLOCK = 3, FOUND_MAX = 64 };

static const char *const kinds[] = {"rate", "labels", "languages"};

typedef struct {
    shift_minute rows[SHIFT_SERIES_MAX];
    size_t count;
} series;

/* ---- What was recorded ---- */

static void count_minutes(const moment *m, series *s) {
    static minute_counts counts[SHIFT_SERIES_MAX];
    static uint32_t langs[SHIFT_SERIES_MAX * SHIFT_LANGS];
    minutes_lang names[SHIFT_LANGS - 1];
    uint32_t newest = 0;
    s->count = 0;
    if (!minutes_newest(m, &newest)) return;
    size_t lang_count = minutes_langs(m, names, SHIFT_LANGS - 1);
    size_t count = minutes_read(m, newest - 120, newest + 1, counts, SHIFT_SERIES_MAX);
    uint32_t begin = counts[0].minute;
    s->count = newest - begin + 1;
    memset(s->rows, 0, sizeof s->rows);
    memset(langs, 0, sizeof langs);
    (void)minutes_count_langs(m, begin, newest + 1, names, lang_count, langs, SHIFT_LANGS);
    for (size_t i = 0; i < s->count; i++) {
        s->rows[i].minute = begin + (uint32_t)i;
        memcpy(s->rows[i].langs, langs + i * SHIFT_LANGS, sizeof s->rows[i].langs);
    }
    for (size_t i = 0; i < count; i++) {
        shift_minute *row = &s->rows[counts[i].minute - begin];
        const uint32_t labels[] = {counts[i].positive, counts[i].neutral, counts[i].negative,
                                   counts[i].unknown};
        row->tweets = counts[i].tweets;
        memcpy(row->labels, labels, sizeof labels);
    }
    shifts_mark_recorded(s->rows, s->count);
}

static bool read_recorded(const char *folder, const sentiment_model *model, series *s) {
    pipeline *p;
    tweet_source *source;
    const pipeline_options o = {.model = model, .clean_cutoff = -1, .readers = true};
    if (source_files(&folder, 1, NULL, &source) != STATUS_OK) return false;
    if (pipeline_new(&o, &p, NULL) != STATUS_OK) return false;
    bool good = pipeline_start(p, source) == STATUS_OK && pipeline_wait(p) == STATUS_OK;
    const moment *m = pipeline_acquire(p);
    count_minutes(m, s);
    pipeline_release(p, m);
    pipeline_free(p);
    return good;
}

static void show_found(const series *s) {
    shift found[FOUND_MAX];
    size_t count = shifts_find(s->rows, s->count, found, FOUND_MAX);
    for (size_t i = 0; i < count; i++)
        printf("alerts     %-10s in minute %zu of it: %.4g before, %.4g then\n",
               kinds[found[i].kind], (size_t)(found[i].since - s->rows[0].minute), found[i].before,
               found[i].now);
}

static void eval_recorded(const char *name, const series *s) {
    size_t whole = 0, tweets = 0;
    for (size_t i = 0; i < s->count; i++) {
        whole += s->rows[i].is_whole;
        tweets += s->rows[i].tweets;
    }
    printf("alerts     recorded   %s: %zu minutes, %zu of them whole, %zu tweets\n", name, s->count,
           whole, tweets);
    show_found(s);
}

/* ---- Days made of it ---- */

static double wave(size_t minute, size_t phase, double height) {
    return 1 + height * sin(6.283185307179586 * ((double)minute / DAY + (double)phase / 16));
}

/* About n times share, as if each of n were kept with that chance. */
static uint32_t thin(random_source *r, uint32_t n, double share) {
    double whole = floor(share), rest = share - whole, kept = 0;
    for (uint32_t i = 0; i < n; i++) kept += whole + (random_unit(r) < rest);
    return (uint32_t)kept;
}

static int compare_counts(const void *a, const void *b) {
    return (*(const uint32_t *)a > *(const uint32_t *)b) -
           (*(const uint32_t *)a < *(const uint32_t *)b);
}

/* Some recorded minutes hold half of what the others do: who recorded them lost the rest.
 * They are shifts, and nothing to make quiet days of. */
static size_t leave_out_cut(series *pool) {
    static uint32_t tweets[SHIFT_SERIES_MAX];
    size_t count = 0, left = 0;
    for (size_t i = 0; i < pool->count; i++)
        if (pool->rows[i].is_whole) tweets[count++] = pool->rows[i].tweets;
    qsort(tweets, count, sizeof tweets[0], compare_counts);
    for (size_t i = 0; i < pool->count; i++) {
        shift_minute *row = &pool->rows[i];
        row->is_whole = row->is_whole && row->tweets * 5 > tweets[count / 2] * 4;
        left += row->is_whole;
    }
    return left;
}

/* Minutes that were recorded next to one another stay so, for their bursts; volume goes
 * through a day's wave, languages through waves of their own, moods through lesser ones. */
static void make_day(const series *pool, random_source *r, series *day) {
    size_t from = 0;
    day->count = DAY;
    for (size_t i = 0; i < DAY; i++, from++) {
        while (i % BLOCK == 0 || from >= pool->count || !pool->rows[from].is_whole) {
            from = random_below(r, pool->count);
            if (pool->rows[from].is_whole) break;
        }
        const shift_minute *was = &pool->rows[from];
        shift_minute *row = &day->rows[i];
        double volume = wave(i, 0, 0.5);
        *row = (shift_minute){.minute = 22000000 + (uint32_t)i, .is_whole = true};
        for (size_t c = 0; c < SHIFT_LABELS; c++)
            row->tweets += row->labels[c] = thin(r, was->labels[c], volume * wave(i, 4 * c, 0.15));
        for (size_t c = 0; c < SHIFT_LANGS; c++)
            row->langs[c] = thin(r, was->langs[c], volume * wave(i, c, 0.4));
    }
}

static void describe_langs(const series *pool) {
    double sums[SHIFT_LANGS] = {0}, total = 0;
    size_t minutes = 0;
    for (size_t i = 0; i < pool->count; i++) {
        minutes += pool->rows[i].is_whole;
        for (size_t c = 0; pool->rows[i].is_whole && c < SHIFT_LANGS; c++) {
            sums[c] += pool->rows[i].langs[c];
            total += pool->rows[i].langs[c];
        }
    }
    if (minutes == 0 || total <= 0) return;
    printf("alerts     languages  %.0f responses a minute, first %.1f %%, third %.1f %%\n",
           total / (double)minutes, 100 * sums[0] / total, 100 * sums[2] / total);
}

static void eval_days(const series *pool) {
    static series day;
    random_source r = {1};
    size_t counts[SHIFT_KINDS] = {0};
    for (size_t d = 0; d < DAYS; d++) {
        shift found[FOUND_MAX];
        make_day(pool, &r, &day);
        size_t count = shifts_find(day.rows, day.count, found, FOUND_MAX);
        for (size_t i = 0; i < count; i++) counts[found[i].kind]++;
    }
    for (int k = 0; k < SHIFT_KINDS; k++)
        printf("alerts     false      %-10s %.3f a day (%zu in %d days of %d minutes)\n", kinds[k],
               (double)counts[k] / DAYS, counts[k], DAYS, DAY);
}

/* ---- Planted shifts ---- */

static void scale(shift_minute *row, random_source *r, double by) {
    row->tweets = 0;
    for (size_t c = 0; c < SHIFT_LABELS; c++)
        row->tweets += row->labels[c] = thin(r, row->labels[c], by);
    for (size_t c = 0; c < SHIFT_LANGS; c++) row->langs[c] = thin(r, row->langs[c], by);
}

static void halve(shift_minute *row, random_source *r) {
    scale(row, r, 0.5);
}

static void empty(shift_minute *row, random_source *r) {
    scale(row, r, 0);
}

static void twice(shift_minute *row, random_source *r) {
    scale(row, r, 2);
}

static void all_negative(shift_minute *row, random_source *r) {
    (void)r;
    row->labels[2] += row->labels[0] + row->labels[1];
    row->labels[0] = row->labels[1] = 0;
}

static void flip(shift_minute *row, random_source *r) {
    uint32_t positive = row->labels[0];
    (void)r;
    row->labels[0] = row->labels[2];
    row->labels[2] = positive;
}

static void all_unknown(shift_minute *row, random_source *r) {
    (void)r;
    row->labels[3] = row->tweets;
    row->labels[0] = row->labels[1] = row->labels[2] = 0;
}

static void lose_first(shift_minute *row, random_source *r) {
    (void)r;
    row->langs[0] = 0;
}

static void lose_third(shift_minute *row, random_source *r) {
    (void)r;
    row->langs[2] = 0;
}

static const struct {
    const char *name;
    shift_kind kind;
    void (*plant)(shift_minute *row, random_source *r);
} plants[] = {
    {"rate halved", SHIFT_OF_RATE, halve},
    {"rate zero", SHIFT_OF_RATE, empty},
    {"rate twice", SHIFT_OF_RATE, twice},
    {"all negative", SHIFT_OF_LABELS, all_negative},
    {"positive for negative", SHIFT_OF_LABELS, flip},
    {"no label known", SHIFT_OF_LABELS, all_unknown},
    {"first language gone", SHIFT_OF_LANGS, lose_first},
    {"third language gone", SHIFT_OF_LANGS, lose_third},
};

static int compare_delays(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

static void eval_plant(const series *pool, size_t plant) {
    static series day;
    int delays[PLANTS];
    size_t seen = 0;
    random_source r = {plant + 2};
    for (size_t n = 0; n < PLANTS; n++) {
        shift found[FOUND_MAX];
        const uint32_t at = PLANTED_AT + (uint32_t)random_below(&r, 600);
        make_day(pool, &r, &day);
        for (size_t i = at; i < at + 90; i++) plants[plant].plant(&day.rows[i], &r);
        size_t count = shifts_find(day.rows, day.count, found, FOUND_MAX);
        for (size_t i = 0; i < count; i++) {
            int delay = (int)(found[i].since - day.rows[at].minute) + 1;
            if (found[i].kind != plants[plant].kind || delay < 1 || delay > 30) continue;
            delays[seen++] = delay;
            break;
        }
    }
    qsort(delays, seen, sizeof delays[0], compare_delays);
    printf("alerts     planted    %-22s seen %zu of %d", plants[plant].name, seen, PLANTS);
    if (seen > 0)
        printf(", after %d minutes (median), %d (most)", delays[seen / 2], delays[seen - 1]);
    printf("\n");
}

int main(void) {
    static const char *const names[] = {"tweets/v1-stream-2011", "tweets/v1-stream-2013",
                                        "tweets/v1-stream-2016"};
    static series recorded[3];
    char folder[SHARED_DATA_PATH_BYTES];
    sentiment_model *model;
    if (sentiment_model_builtin(&model) != STATUS_OK) return 1;
    for (size_t i = 0; i < 3; i++)
        if (shared_data(names[i], folder) != NULL && read_recorded(folder, model, &recorded[i]))
            eval_recorded(names[i], &recorded[i]);
    sentiment_model_free(model);
    if (recorded[0].count == 0) return 0;
    printf("alerts     days       of %zu minutes of %s\n", leave_out_cut(&recorded[0]), names[0]);
    describe_langs(&recorded[0]);
    eval_days(&recorded[0]);
    for (size_t i = 0; i < sizeof plants / sizeof plants[0]; i++) eval_plant(&recorded[0], i);
    return 0;
}
