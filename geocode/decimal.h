/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_DECIMAL_H
#define DUNLIN_GEOCODE_DECIMAL_H

#include "pipeline/base/text.h"

/* Reads a number such as "-73.9", "+41" or "1e-05" that is all of `t`, and gives it
 * as a multiple of 10^-places, towards zero; *is_exact tells whether nothing was cut
 * off.  False for anything else, and beyond +-9e17 units.  No locale, no rounding
 * twice: the digits are never a binary fraction. */
bool decimal_read(text t, int places, int64_t *units, bool *is_exact);

/* Degrees as 1e-7 degree, rounded half away from zero. */
bool degrees_read(text t, int64_t *e7);

#endif
