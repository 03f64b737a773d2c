/* SPDX-License-Identifier: MIT */
#include "geocode/confidence.h"

int confidence_of(const reading *r, const gazetteer *g, const candidate *c) {
    (void)r;
    (void)g;
    int p = 300 + (c->score - SCORE_MIN) * 8;
    return p > 950 ? 950 : p;
}
