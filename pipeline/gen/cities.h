/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_GEN_CITIES_H
#define DUNLIN_PIPELINE_GEN_CITIES_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    LANG_EN,
    LANG_ES,
    LANG_PT,
    LANG_FR,
    LANG_DE,
    LANG_IT,
    LANG_TR,
    LANG_ID,
    LANG_JA,
    LANG_AR,
    LANG_RU,
    LANG_NL,
    LANG_COUNT
} gen_lang;

/* Where the people of a conversation live: large cities of the world, how many of
 * them (out of all weights) live there, and the language most of them write. */
typedef struct {
    const char *name, *country;
    const char *native;     /* As some who live there write it; NULL: as in English. */
    int32_t lat_e4, lon_e4; /* 1e-4 degree. */
    uint16_t weight;
    gen_lang lang;
} city;

extern const city cities[];
extern const size_t city_count;

#endif
