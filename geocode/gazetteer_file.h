/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_GAZETTEER_FILE_H
#define DUNLIN_GEOCODE_GAZETTEER_FILE_H

#include "geocode/geocode.h"
#include "geocode/tokens.h"

/* gazetteer_file -- the gazetteer as bytes: one file, used where it is mapped.
 *
 * A header with the place of each section, then the sections, each aligned to 8
 * bytes, little endian, no pointers.  Names are not stored but hashed: a slot is
 * right with a probability of 1 - 2^-32, and display names are the places' own. */

#define GAZETTEER_MAGIC   "dunlinGZ"
#define GAZETTEER_VERSION 2u

typedef enum {
    SECTION_FOLD_BLOCKS,     /* uint16_t: FOLD_BLOCK_COUNT page numbers */
    SECTION_FOLD_PAGES,      /* uint32_t: 256 a page */
    SECTION_FOLD_EXPANSIONS, /* uint32_t */
    SECTION_SLOTS,           /* name_slot */
    SECTION_POSTINGS,        /* uint32_t */
    SECTION_PLACES,          /* place_row: countries, regions, cities */
    SECTION_AREAS,           /* int32_t: area_e4 of the places that are no cities */
    SECTION_STRINGS,         /* char: count byte and display name, per place */
    SECTION_GRID,            /* uint32_t: GRID_CELLS + 1 places in grid_cities */
    SECTION_GRID_CITIES,     /* uint32_t: city numbers by cell */
    SECTION_COUNTRIES,       /* uint32_t: 26 * 26, 1 + place of a country code */
    SECTION_TYPO_BITS,       /* uint64_t: TYPO_BIT_COUNT bits, see gazetteer_may_be_typo */
    SECTION_COUNT
} gazetteer_section;

typedef struct {
    char magic[8];
    uint32_t version, section_count;
    uint64_t file_bytes;
    uint64_t checksum; /* Of all that follows the header. */
    struct {
        uint64_t offset, count;
    } sections[SECTION_COUNT];
} gazetteer_header;

/* Open addressing, linear probing.  value: bits 0-25 the first posting, or 0 when
 * no place has this name; bits 26-31 the most tokens of a name that begins so (kept
 * for the first one and two tokens of every name). */
typedef struct {
    uint32_t check, value; /* value 0: a free slot. */
} name_slot;
#define SLOT_POSTING(value) ((value)&0x3FFFFFFu)
#define SLOT_LONGEST(value) ((value) >> 26)
#define NAME_TOKENS_MAX     24

/* Bits 0-19 the place, 20-30 what kind of name, 31 the last of its name. */
#define POSTING_PLACE(p)  ((p)&0xFFFFFu)
#define POSTING_LAST      (1u << 31)
#define POSTING_ALTERNATE (1u << 20) /* Not the place's own name. */
#define POSTING_CODE      (1u << 21) /* An abbreviation: in capitals, or beside a place. */
#define POSTING_COMMON    (1u << 22) /* Also a common word. */
#define POSTING_TYPO      (1u << 23) /* One letter left out of the name. */
#define POSTING_OWN       (1u << 24) /* From our own list of what people write. */
#define POSTING_NEVER     (1u << 25) /* No place: a phrase that hides places. */
#define POSTING_FILLER    (1u << 26) /* No place, says nothing: "in", "city of". */
#define POSTING_NO_PLACE  (POSTING_NEVER | POSTING_FILLER)
/* POSTING_CODE beside one of them: "IN" is a state, "in" is not. */
static inline bool posting_is_no_place(uint32_t posting) {
    return (posting & POSTING_NO_PLACE) != 0 && (posting & POSTING_CODE) == 0;
}

typedef struct {
    int32_t lat_e7, lon_e7;
    uint32_t name;   /* In SECTION_STRINGS. */
    uint32_t parent; /* The place that it lies in; NO_PARENT for most countries. */
    uint32_t population;
    uint16_t country; /* Two letters, the first in the low byte. */
    uint8_t kind;     /* place_kind */
    uint8_t weight;   /* 16 log10(population), more where people tweet more. */
} place_row;
#define NO_PARENT   UINT32_MAX
#define PARENTS_MAX 4 /* Above a place that stands before its parent. */

/* Cells of one degree, for the city near a point. */
#define GRID_CELLS (180 * 360)
static inline uint32_t grid_cell(int32_t lat_e7, int32_t lon_e7) {
    int64_t row = (lat_e7 + 900000000LL) / 10000000, column = (lon_e7 + 1800000000LL) / 10000000;
    return (uint32_t)((row > 179 ? 179 : row) * 360 + column % 360);
}

struct gazetteer {
    const char *bytes;
    uint64_t byte_count;
    bool is_mapped;
    fold_table fold;
    const name_slot *slots;
    const uint32_t *postings;
    const place_row *places;
    const int32_t *areas;
    const char *strings;
    const uint32_t *grid, *grid_cities, *countries;
    const uint64_t *typo_bits;
    uint32_t slot_count, posting_count, place_count, area_count, string_bytes, grid_city_count;
};

/* Points *g into bytes that stay; STATUS_BAD_FORMAT when they are no gazetteer of
 * this version, STATUS_BAD_DATA when a number in them leads out of them. */
status gazetteer_attach(gazetteer *g, const char *bytes, uint64_t byte_count);
status gazetteer_check(const gazetteer *g); /* All checks that need a pass over all. */
uint64_t gazetteer_checksum(const char *bytes, uint64_t byte_count);

static inline uint32_t slot_of_hash(uint64_t hash, uint32_t slot_count) {
    return (uint32_t)((hash >> 32) * slot_count >> 32);
}
/* The slot's value of a name hash, or 0. */
uint32_t gazetteer_slot(const gazetteer *g, uint64_t name_hash);
text gazetteer_name(const gazetteer *g, uint32_t number);
int32_t gazetteer_area_e4(const gazetteer *g, uint32_t number);
/* True if the place `number` lies in `ancestor`, itself not counted. */
bool gazetteer_is_in(const gazetteer *g, uint32_t number, uint32_t ancestor);
bool gazetteer_country(const gazetteer *g, const char code[2], uint32_t *number);
/* The nearest city within about 100 km; false in the middle of nowhere. */
bool gazetteer_nearest_city(const gazetteer *g, int32_t lat_e7, int32_t lon_e7, uint32_t *city);

/* False for nearly all words that are no name with a letter left out: a bit for each such
 * name's hash, in so few bytes that a processor keeps them at hand. */
#define TYPO_BIT_COUNT (1u << 20)
static inline bool gazetteer_may_be_typo(const gazetteer *g, uint64_t key) {
    uint64_t bit = key >> 44;
    return (g->typo_bits[bit / 64] >> (bit % 64) & 1) != 0;
}

#define CITY_AREA_E4 400

/* Deleted-letter keys are hashed apart from names. */
#define TYPO_HASH_EMPTY  0x2545F4914F6CDD1DULL
#define TYPO_LETTERS_MIN 7
#define TYPO_LETTERS_MAX 24

#endif
