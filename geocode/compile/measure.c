/* SPDX-License-Identifier: MIT */
/* measure -- where a region is: at the median latitude and longitude of its people,
 * which is near its largest city, in a box around all of its cities. */
#include <stdlib.h>

#include "geocode/compile/model.h"

#define HALF_CITY_E7 1000000 /* A city's box is 0.2 degrees wide. */

typedef struct {
    uint32_t region;
    int32_t at_e7;
    uint64_t weight;
} weighted;

static int by_region_then_place(const void *a, const void *b) {
    const weighted *x = a, *y = b;
    if (x->region != y->region) return x->region < y->region ? -1 : 1;
    return x->at_e7 < y->at_e7 ? -1 : x->at_e7 > y->at_e7;
}

/* Sorted by place, all of one region. */
static int32_t weighted_median(const weighted *w, size_t count) {
    uint64_t total = 0, before = 0;
    for (size_t i = 0; i < count; i++) total += w[i].weight;
    size_t i = 0;
    while (i + 1 < count && (before += w[i].weight) * 2 < total) i++;
    return w[i].at_e7;
}

/* The narrowest arc that holds all longitudes: the circle less its widest gap. */
static int64_t arc_e7(const weighted *w, size_t count) {
    int64_t widest = 3600000000LL - ((int64_t)w[count - 1].at_e7 - w[0].at_e7);
    for (size_t i = 1; i < count; i++)
        if ((int64_t)w[i].at_e7 - w[i - 1].at_e7 > widest)
            widest = (int64_t)w[i].at_e7 - w[i - 1].at_e7;
    return 3600000000LL - widest;
}

static size_t collect(const model *m, bool is_lon, weighted *out) {
    size_t count = 0;
    for (size_t i = m->region_count; i < m->place_count; i++) {
        const model_place *p = &m->places[i];
        for (uint32_t up = p->parent; up != NO_PARENT; up = m->places[up].parent)
            out[count++] = (weighted){up, is_lon ? p->lon_e7 : p->lat_e7, p->population + 1};
    }
    qsort(out, count, sizeof *out, by_region_then_place);
    return count;
}

static void measure_side(model *m, bool is_lon, weighted *w, int64_t *extent_e7) {
    size_t count = collect(m, is_lon, w);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && w[end].region == w[i].region;) end++;
        model_place *p = &m->places[w[i].region];
        int32_t median = weighted_median(w + i, end - i);
        *(is_lon ? &p->lon_e7 : &p->lat_e7) = median;
        extent_e7[w[i].region] =
            2 * HALF_CITY_E7 + (is_lon ? arc_e7(w + i, end - i) : w[end - 1].at_e7 - w[i].at_e7);
        p->is_empty = false;
    }
}

void measure_regions(model *m) {
    weighted *w = malloc((m->place_count + 1) * 3 * sizeof *w);
    int64_t *height = calloc(m->region_count, sizeof *height);
    int64_t *width = calloc(m->region_count, sizeof *width);
    if (w == NULL || height == NULL || width == NULL) die("out of memory");
    for (size_t i = 0; i < m->region_count; i++) m->places[i].is_empty = m->places[i].area_e4 == 0;
    measure_side(m, false, w, height);
    measure_side(m, true, w, width);
    for (size_t i = 0; i < m->region_count; i++) {
        int64_t area_e4 = (height[i] / 1000) * (width[i] / 1000) / 10000;
        if (height[i] > 0)
            m->places[i].area_e4 = (int32_t)(area_e4 > INT32_MAX ? INT32_MAX : area_e4);
    }
    for (size_t i = m->region_count; i < m->place_count; i++)
        for (uint32_t up = m->places[i].parent; up != NO_PARENT; up = m->places[up].parent)
            if (!m->places[i].is_section) m->places[up].population += m->places[i].population;
    free(w);
    free(height);
    free(width);
}

#define SEATS_MIN   10 /* Fewer say nothing about the others. */
#define SEAT_LEVELS 5

typedef struct {
    uint32_t group; /* Country and level. */
    uint64_t population;
} seat;

static int by_group_then_population(const void *a, const void *b) {
    const seat *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return x->population < y->population ? -1 : x->population > y->population;
}

static uint32_t group_of(const model_place *p) {
    return (uint32_t)p->country * SEAT_LEVELS + p->seat;
}

/* The number of seats before the first of a group that is not less. */
static size_t first_of(const seat *seats, size_t count, uint32_t group) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (seats[middle].group < group)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void guess_people(model *m) {
    size_t count = 0;
    seat *seats = malloc((m->place_count + 1) * sizeof *seats);
    if (seats == NULL) die("out of memory");
    for (size_t i = m->region_count; i < m->place_count; i++)
        if (m->places[i].seat > 0 && m->places[i].population > 0)
            seats[count++] = (seat){group_of(&m->places[i]), m->places[i].population};
    qsort(seats, count, sizeof *seats, by_group_then_population);
    for (size_t i = m->region_count; i < m->place_count; i++) {
        model_place *p = &m->places[i];
        if (p->seat == 0 || p->population > 0) continue;
        size_t first = first_of(seats, count, group_of(p));
        size_t end = first_of(seats, count, group_of(p) + 1);
        if (end - first >= SEATS_MIN)
            p->guessed_people = seats[first + (end - first) / 2].population;
    }
    free(seats);
}

static int by_place_and_name(const void *a, const void *b) {
    const model_place *x = *(model_place *const *)a, *y = *(model_place *const *)b;
    if (x->lat_e7 != y->lat_e7) return x->lat_e7 < y->lat_e7 ? -1 : 1;
    if (x->lon_e7 != y->lon_e7) return x->lon_e7 < y->lon_e7 ? -1 : 1;
    int order = text_compare(x->name, y->name);
    return order != 0 ? order : x < y ? -1 : 1; /* Their order in the file. */
}

/* Moves the later ones of equals; their number. */
static size_t move_twins(model_place **sorted, size_t count) {
    size_t moved = 0;
    int32_t twin = 0;
    qsort(sorted, count, sizeof *sorted, by_place_and_name);
    for (size_t i = 1, first = 0; i < count; i++) {
        bool is_twin = sorted[i]->lat_e7 == sorted[first]->lat_e7 &&
                       sorted[i]->lon_e7 == sorted[first]->lon_e7 &&
                       text_equal(sorted[i]->name, sorted[first]->name);
        if (!is_twin) {
            first = i;
            twin = 0;
            continue;
        }
        twin++;
        sorted[i]->lon_e7 += sorted[i]->lon_e7 < 1790000000 ? twin : -twin;
        moved++;
    }
    return moved;
}

void separate_twins(model *m) {
    model_place **sorted = malloc((m->place_count + 1) * sizeof(model_place *));
    if (sorted == NULL) {
        die("out of memory");
        return;
    }
    do {
        for (size_t i = 0; i < m->place_count; i++) sorted[i] = &m->places[i];
    } while (move_twins(sorted, m->place_count) > 0);
    free(sorted);
}
