/* SPDX-License-Identifier: MIT */
/* confidence -- points to chances.
 *
 * Rising lines through the share of answers that were right among profiles of people
 * whose tweets say where they were (tests/eval/eval_geocode.c): within 161 km, or, for
 * what is too large to be a point, in the right country.  Even a sure name ends at
 * about 0.8: that many tweet from near the place that their profile names.  A name in
 * full of a country or region is as sure as a city's, however few live there.  Whole
 * numbers, so that every machine gives the same. */
#include "geocode/confidence.h"

typedef struct {
    int score, thousandths;
} knot;

/* Sorted by score; before the first and after the last the line is level. */
static const knot city_knots[] = {{56, 350}, {72, 580}, {88, 740}, {100, 800}, {160, 820}};
static const knot region_knots[] = {{56, 300}, {80, 600}, {96, 720}, {120, 780}, {160, 820}};
static const knot country_knots[] = {{56, 420}, {72, 620}, {88, 720}, {104, 790}, {136, 820}};

static int along(const knot *knots, size_t count, int score) {
    if (score <= knots[0].score) return knots[0].thousandths;
    for (size_t i = 1; i < count; i++) {
        const knot *a = &knots[i - 1], *b = &knots[i];
        if (score < b->score)
            return a->thousandths +
                   (b->thousandths - a->thousandths) * (score - a->score) / (b->score - a->score);
    }
    return knots[count - 1].thousandths;
}
#define ALONG(knots, score) along((knots), sizeof(knots) / sizeof *(knots), (score))

int confidence_of(const gazetteer *g, const candidate *c) {
    switch (g->places[c->place].kind) {
    case PLACE_COUNTRY: return ALONG(country_knots, c->score);
    case PLACE_REGION: return ALONG(region_knots, c->score);
    default: return ALONG(city_knots, c->score);
    }
}
