/* SPDX-License-Identifier: MIT */
/* Which value of a field stands, and what stood at the start of an epoch.
 *
 * Most of what is known came with one line: that line's time is the base, and only
 * a field that was said at another time has a stamp of its own. */
#include "pipeline/queries/facts_internal.h"

#include <stdlib.h>
#include <string.h>

stamp field_stamp(const field_stamps *f, unsigned field) {
    stamp s = {*f->base_ms, 0};
    if (*f->has_own) (void)stamps_find(f->own, f->key + field, &s);
    return s;
}

bool field_loses(const field_stamps *f, unsigned field, stamp s, bool greater) {
    int order = stamp_compare(s, field_stamp(f, field));
    return order > 0 || (order == 0 && greater);
}

/* The fields of `mask` that follow the base get its stamp as their own. */
static bool detach(const field_stamps *f, uint32_t mask) {
    stamp base = {*f->base_ms, 0}, own;
    for (unsigned field = 0; mask >> field != 0; field++) {
        if ((mask >> field & 1) == 0) continue;
        if (*f->has_own && stamps_find(f->own, f->key + field, &own)) continue;
        if (!stamps_put(f->own, f->key + field, base)) return false;
        *f->has_own = true;
    }
    return true;
}

static void forget_own(const field_stamps *f, uint32_t mask) {
    for (unsigned field = 0; *f->has_own && mask >> field != 0; field++)
        if ((mask >> field & 1) != 0) stamps_remove(f->own, f->key + field);
}

bool fields_stamp(const field_stamps *f, uint32_t present, uint32_t set, stamp s) {
    bool is_later = s.version == 0 && s.observed_ms > *f->base_ms && present != 0;
    if (set == 0 && !is_later) return true; /* The base is of the last line, come what may. */
    if (s.version == 0 && s.observed_ms >= *f->base_ms) {
        uint32_t rest = present & ~set;
        if (s.observed_ms > *f->base_ms && rest != 0 && !detach(f, rest)) return false;
        forget_own(f, set);
        if (rest == 0) *f->has_own = false;
        *f->base_ms = s.observed_ms;
        return true;
    }
    for (unsigned field = 0; set >> field != 0; field++) {
        if ((set >> field & 1) == 0) continue;
        if (!stamps_put(f->own, f->key + field, s)) return false;
        *f->has_own = true;
    }
    return true;
}

bool touched_add(touched_rows *t, uint32_t number, bool was_there, const void *row) {
    if (t->count == t->capacity) {
        size_t capacity = t->capacity == 0 ? 1024 : t->capacity * 2;
        void *rows = realloc(t->rows, capacity * t->row_bytes);
        if (rows != NULL) t->rows = rows;
        void *numbers = realloc(t->numbers, capacity * sizeof(*t->numbers));
        if (numbers != NULL) t->numbers = numbers;
        void *flags = realloc(t->was_there, capacity * sizeof(*t->was_there));
        if (flags != NULL) t->was_there = flags;
        if (rows == NULL || numbers == NULL || flags == NULL) return false;
        t->capacity = capacity;
    }
    memcpy(t->rows + t->count * t->row_bytes, row, t->row_bytes);
    t->numbers[t->count] = number;
    t->was_there[t->count++] = was_there;
    return true;
}
