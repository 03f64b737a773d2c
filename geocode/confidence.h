/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_CONFIDENCE_H
#define DUNLIN_GEOCODE_CONFIDENCE_H

#include "geocode/choose.h"

#define CONFIDENCE_COORDINATES 850 /* A device wrote them; people carry it around. */

/* The chance, in thousandths, that a place chosen with these points is where the
 * person is. */
int confidence_of(const gazetteer *g, const candidate *c);

#endif
