/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_FIND_H
#define DUNLIN_GEOCODE_FIND_H

#include "geocode/choose.h"

/* All that was seen while a place was looked for; gazetteer_explain tells it. */
typedef enum {
    WAY_NONE,        /* Nothing was found. */
    WAY_COORDINATES, /* Numbers in the text. */
    WAY_PLAIN,       /* Names as they are written. */
    WAY_TYPO,        /* A word with a letter wrong. */
    WAY_SQUEEZED,    /* Elongated or hyphenated letters taken together. */
    WAY_UNMASKED     /* Signs that look like letters as letters, brackets left out. */
} finding_way;

typedef struct {
    finding_way way;
    reading read;
    candidate chosen; /* Unless the way is WAY_NONE or WAY_COORDINATES. */
} finding;

#define LOCATION_BYTES_MAX 1024 /* What comes after is not read; a profile has 30 letters. */

bool find_place(const gazetteer *g, text location, finding *f, place *found);

#endif
