/* SPDX-License-Identifier: MIT */
#include "pipeline/minute_series.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAMED_LANGS = SHIFT_LANGS - 1,
    MAIN_LANGS = 8, /* While these are named, no others are chosen. */
    SCAN_SHARE = 20,
};

struct minute_series {
    shift_minute rows[SHIFT_SERIES_MAX], before[SHIFT_SERIES_MAX];
    size_t count;
    bool is_news; /* Rows differ from those that were last told of. */
    minutes_lang langs[SHIFT_LANGS];
    size_t lang_count;
    uint32_t dirty_begin, dirty_end; /* Minutes whose languages are not counted yet. */
    int64_t next_scan_us;
    uint32_t missed[SHIFT_SERIES_MAX]; /* By minute: itself, when it was missed. */
    minute_counts counts[SHIFT_SERIES_MAX];
    uint32_t scanned[SHIFT_SERIES_MAX * SHIFT_LANGS];
};

minute_series *minute_series_new(void) {
    return calloc(1, sizeof(minute_series));
}

void minute_series_free(minute_series *s) {
    free(s);
}

void minute_series_miss(minute_series *s, uint32_t minute) {
    s->missed[minute % SHIFT_SERIES_MAX] = minute;
}

const shift_minute *minute_series_rows(const minute_series *s, size_t *count) {
    *count = s->count;
    return s->rows;
}

const char *minute_series_lang(const minute_series *s, size_t i) {
    return i < s->lang_count ? s->langs[i].code : "";
}

static void soil(minute_series *s, uint32_t begin, uint32_t end) {
    if (s->dirty_begin == s->dirty_end) s->dirty_begin = begin, s->dirty_end = begin;
    if (begin < s->dirty_begin) s->dirty_begin = begin;
    if (end > s->dirty_end) s->dirty_end = end;
}

static bool is_named(const minute_series *s, uint32_t number) {
    for (size_t i = 0; i < s->lang_count; i++)
        if (s->langs[i].number == number) return true;
    return false;
}

/* When others are chosen all minutes have to be counted again, so it is done seldom. */
static void choose_langs(minute_series *s, const moment *m) {
    minutes_lang now[SHIFT_LANGS] = {{.number = 0}};
    size_t count = minutes_langs(m, now, NAMED_LANGS), named = 0;
    while (named < count && named < MAIN_LANGS && is_named(s, now[named].number)) named++;
    if (named == count || named == MAIN_LANGS) return;
    memcpy(s->langs, now, sizeof now);
    s->lang_count = count;
    if (s->count > 0) soil(s, s->rows[0].minute, s->rows[s->count - 1].minute + 1);
}

/* What was known of a minute: rows are by minute, without a gap. */
static const shift_minute *old_row(const minute_series *s, size_t old_count, uint32_t minute) {
    if (old_count == 0 || minute < s->before[0].minute) return NULL;
    size_t at = minute - s->before[0].minute;
    return at < old_count ? &s->before[at] : NULL;
}

static void fill_row(minute_series *s, size_t old_count, const minute_counts *c) {
    shift_minute *row = &s->rows[c->minute - s->rows[0].minute];
    const uint32_t labels[SHIFT_LABELS] = {c->positive, c->neutral, c->negative, c->unknown};
    const shift_minute *old = old_row(s, old_count, c->minute);
    row->tweets = c->tweets;
    memcpy(row->labels, labels, sizeof labels);
    if (old != NULL) memcpy(row->langs, old->langs, sizeof row->langs);
    if (old == NULL || old->tweets != row->tweets ||
        memcmp(old->labels, labels, sizeof labels) != 0)
        soil(s, c->minute, c->minute + 1);
}

static void read_rows(minute_series *s, const moment *m, uint32_t end) {
    uint32_t begin = end > SHIFT_SERIES_MAX ? end - SHIFT_SERIES_MAX : 0;
    size_t old_count = s->count, read = minutes_read(m, begin, end, s->counts, SHIFT_SERIES_MAX);
    memcpy(s->before, s->rows, old_count * sizeof s->rows[0]);
    s->count = 0;
    if (read == 0) return;
    begin = s->counts[0].minute;
    s->count = end - begin;
    memset(s->rows, 0, s->count * sizeof s->rows[0]);
    for (size_t i = 0; i < s->count; i++) s->rows[i].minute = begin + (uint32_t)i;
    for (size_t i = 0; i < read; i++) fill_row(s, old_count, &s->counts[i]);
}

static void mark_whole(minute_series *s, const minute_series_times *t) {
    shifts_mark_recorded(s->rows, s->count);
    for (size_t i = 0; i < s->count; i++) {
        uint32_t minute = s->rows[i].minute;
        if (minute >= t->listening_since)
            s->rows[i].is_whole = s->missed[minute % SHIFT_SERIES_MAX] != minute;
    }
}

/* Counts the languages that are not known yet; false when it has to wait. */
static bool count_langs(minute_series *s, const moment *m, clock_source *clock) {
    int64_t now_us = clock->ticks_us(clock);
    if (s->count == 0 || s->dirty_begin >= s->dirty_end) return true;
    if (now_us < s->next_scan_us) return false;
    uint32_t first = s->rows[0].minute, last = first + (uint32_t)s->count;
    uint32_t begin = s->dirty_begin > first ? s->dirty_begin : first;
    uint32_t end = s->dirty_end < last ? s->dirty_end : last;
    if (begin < end) {
        memset(s->scanned, 0, (size_t)(end - begin) * SHIFT_LANGS * sizeof s->scanned[0]);
        if (minutes_count_langs(m, begin, end, s->langs, s->lang_count, s->scanned, SHIFT_LANGS) !=
            STATUS_OK)
            return false;
        for (uint32_t i = begin; i < end; i++)
            memcpy(s->rows[i - first].langs, s->scanned + (size_t)(i - begin) * SHIFT_LANGS,
                   sizeof s->rows[0].langs);
    }
    s->dirty_begin = s->dirty_end = 0;
    int64_t end_us = clock->ticks_us(clock);
    s->next_scan_us = end_us + SCAN_SHARE * (end_us - now_us);
    return true;
}

series_news minute_series_update(minute_series *s, const moment *m, const minute_series_times *t,
                                 clock_source *clock) {
    uint32_t newest;
    if (!minutes_newest(m, &newest)) return SERIES_SAME;
    size_t old_count = s->count;
    choose_langs(s, m);
    read_rows(s, m, t->end > newest ? t->end : newest);
    mark_whole(s, t);
    bool is_counted = count_langs(s, m, clock);
    s->is_news = s->is_news || s->count != old_count ||
                 memcmp(s->rows, s->before, s->count * sizeof s->rows[0]) != 0;
    if (!is_counted) return SERIES_WAITS;
    bool is_news = s->is_news;
    s->is_news = false;
    return is_news ? SERIES_NEWS : SERIES_SAME;
}
