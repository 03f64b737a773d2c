/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_SCHEMA_H
#define DUNLIN_PIPELINE_FLOW_SCHEMA_H

#include "pipeline/base/hash.h"
#include "pipeline/flow/flow.h"
#include <string.h>

/* What the engine knows of a row: its columns, keys cut out of it, and its order. */

__extension__ typedef unsigned __int128 flow_u128;
enum { ROW_BYTES_MAX = 64, ROW_WORDS_MAX = 8 };

size_t flow_type_bytes(flow_type type);
const flow_column *schema_find(const flow_schema *s, const char *name); /* NULL: none. */
const flow_column *schema_find_text(const flow_schema *s, const char *name, size_t name_bytes);
bool schema_is_sound(const flow_schema *s); /* Offsets add up, at most 64 bytes. */
size_t schema_align(const flow_schema *s);  /* Of the struct, in bytes. */

/* Any column's value fits i128.  A write that does not fit changes nothing. */
flow_i128 column_read(const flow_column *c, const void *row);
bool column_write(const flow_column *c, void *row, flow_i128 value);

/* A key: columns of a row packed one after the other, zero to the last word. */
typedef struct {
    uint64_t words[ROW_WORDS_MAX];
} packed_key;

typedef struct {
    uint16_t bytes;        /* Of the packed key. */
    uint16_t piece_count;  /* Neighbours in the row are one piece. */
    uint16_t column_count; /* Of the key. */
    struct {
        uint16_t from, bytes;
    } pieces[ROW_WORDS_MAX];
    const flow_column *columns[ROW_BYTES_MAX];
} key_plan;

/* False when a column is not there. */
bool key_plan_init(key_plan *p, const flow_schema *s, const flow_key *key);
/* Whether keys of the two plans can be compared: same types in the same order. */
bool key_plan_matches(const key_plan *a, const key_plan *b);

/* memcpy of a length known at run time, without a call for the usual ones. */
static inline void copy_bytes(void *to, const void *from, size_t bytes) {
    switch (bytes) {
    case 4: memcpy(to, from, 4); break;
    case 8: memcpy(to, from, 8); break;
    case 12: memcpy(to, from, 12); break;
    case 16: memcpy(to, from, 16); break;
    case 20: memcpy(to, from, 20); break;
    case 24: memcpy(to, from, 24); break;
    case 32: memcpy(to, from, 32); break;
    default: memcpy(to, from, bytes);
    }
}

static inline bool equal_bytes(const void *a, const void *b, size_t bytes) {
    uint64_t x, y;
    uint32_t u, v;
    switch (bytes) {
    case 4:
        memcpy(&u, a, 4);
        memcpy(&v, b, 4);
        return u == v;
    case 8:
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        return x == y;
    case 12: return memcmp(a, b, 12) == 0;
    case 16: return memcmp(a, b, 16) == 0;
    case 20: return memcmp(a, b, 20) == 0;
    case 24: return memcmp(a, b, 24) == 0;
    default: return memcmp(a, b, bytes) == 0;
    }
}

static inline void key_pack(const key_plan *p, const void *row, packed_key *key) {
    const uint8_t *from = row;
    uint8_t *to = (uint8_t *)key->words;
    if (p->bytes > 0) key->words[(p->bytes - 1) / 8] = 0;
    for (size_t i = 0; i < p->piece_count; i++) {
        copy_bytes(to, from + p->pieces[i].from, p->pieces[i].bytes);
        to += p->pieces[i].bytes;
    }
}

static inline bool key_equals_row(const key_plan *p, const packed_key *key, const void *row) {
    const uint8_t *a = (const uint8_t *)key->words, *b = row;
    for (size_t i = 0; i < p->piece_count; i++) {
        if (!equal_bytes(a, b + p->pieces[i].from, p->pieces[i].bytes)) return false;
        a += p->pieces[i].bytes;
    }
    return true;
}

/* The 32 bits by which tables find a key; whoever asks confirms equality. */
static inline uint32_t key_hash(const packed_key *key, size_t bytes, uint64_t seed) {
    uint64_t h = bytes > 0 ? hash_mix(key->words[0] ^ seed) : seed;
    for (size_t i = 1; i * 8 < bytes; i++) h = hash_mix(h ^ key->words[i]);
    return (uint32_t)(h >> 32);
}

/* Keys and hashes of some rows that follow each other, so that what they lead to can
 * be fetched ahead while others are worked on. */
enum { KEYS_AHEAD = 16 };
typedef struct {
    packed_key keys[KEYS_AHEAD];
    uint32_t hashes[KEYS_AHEAD];
} keys_ahead;

static inline void keys_ahead_fill(keys_ahead *k, const key_plan *p, const uint8_t *rows,
                                   size_t row_bytes, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++, rows += row_bytes) {
        key_pack(p, rows, &k->keys[i]);
        k->hashes[i] = key_hash(&k->keys[i], p->bytes, seed);
    }
}

/* From rows of one schema to rows of another: the columns that both have. */
typedef struct {
    size_t count;
    struct {
        uint16_t from, to, bytes;
    } copies[ROW_BYTES_MAX];
} row_copy;

size_t row_copy_init(row_copy *c, const flow_schema *to, const flow_schema *from); /* How many. */
void row_copy_run(const row_copy *c, void *to, const void *from);

/* An order of rows as an order of words: the columns of `group`, then those of
 * `order` ("-" descends), then the others, each as an unsigned number of which the
 * smaller comes first.  A bijection: the words give the row back. */
typedef struct {
    uint16_t word_count, group_bytes, column_count;
    struct {
        const flow_column *column;
        bool descends;
    } columns[ROW_BYTES_MAX];
} order_plan;

bool order_plan_init(order_plan *p, const flow_schema *s, const flow_key *group,
                     const flow_key *order);
void order_encode(const order_plan *p, const void *row, uint64_t *words);
void order_decode(const order_plan *p, const uint64_t *words, void *row);

#endif
