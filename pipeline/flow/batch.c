/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/batch.h"

#include "pipeline/flow/pages.h"
#include <stdlib.h>

#ifdef TEST_TINY
enum {
    BATCH_ROWS_MIN = 1,
    CONSOLIDATE_PAIRS_MAX = 2,
    PART_ROWS = 4,
    PARTED_ROWS_MIN = 4,
    PARTS_MAX = 4
};
#else
enum {
    BATCH_ROWS_MIN = 8,
    CONSOLIDATE_PAIRS_MAX = 8,
    PART_ROWS = 8192,
    PARTED_ROWS_MIN = 32768,
    PARTS_MAX = 512
};
#endif

void batch_init(batch *b, size_t row_bytes) {
    *b = (batch){.row_bytes = (uint32_t)row_bytes, .is_consolidated = true};
}

void batch_deinit(batch *b) {
    pages_free(b->rows, b->capacity * b->row_bytes);
    pages_free(b->weights, b->weight_capacity * sizeof b->weights[0]);
    batch_init(b, b->row_bytes);
}

void batch_clear(batch *b) {
    b->count = 0;
    b->is_consolidated = true;
}

bool batch_grow(batch *b) {
    size_t capacity = b->capacity + b->capacity / 2 + BATCH_ROWS_MIN;
    int64_t *weights = pages_resize(b->weights, b->weight_capacity * sizeof weights[0],
                                    capacity * sizeof weights[0]);
    if (weights != NULL) {
        b->weights = weights;
        b->weight_capacity = capacity;
    }
    uint8_t *rows = weights == NULL ? NULL
                                    : pages_resize(b->rows, b->capacity * b->row_bytes,
                                                   capacity * b->row_bytes);
    b->failed |= rows == NULL;
    if (rows == NULL) return false;
    b->rows = rows;
    b->capacity = capacity;
    return true;
}

void batch_append(batch *to, const batch *from, int64_t sign) {
    if (from->count == 0) return;
    bool is_consolidated = to->count == 0 && from->is_consolidated;
    for (size_t i = 0; i < from->count; i++)
        batch_add(to, batch_row(from, i), sign * from->weights[i]);
    to->is_consolidated = is_consolidated;
}

size_t batch_bytes(const batch *b) {
    return b->capacity * b->row_bytes + b->weight_capacity * sizeof b->weights[0];
}

void consolidator_deinit(consolidator *c) {
    free(c->heads);
    c->heads = NULL;
    c->capacity = 0;
}

/* Moves the i-th row to the end of the first `kept`, or adds it to its equal. */
static size_t keep_among(batch *b, size_t i, size_t equal, size_t kept) {
    if (equal < kept) {
        b->weights[equal] = weight_plus(b->weights[equal], b->weights[i]);
        return kept;
    }
    if (kept != i) {
        copy_bytes(batch_row(b, kept), batch_row(b, i), b->row_bytes);
        b->weights[kept] = b->weights[i];
    }
    return kept + 1;
}

static size_t merge_pairs(batch *b) {
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        size_t equal = 0;
        while (equal < kept && !equal_bytes(batch_row(b, equal), batch_row(b, i), b->row_bytes))
            equal++;
        kept = keep_among(b, i, equal, kept);
    }
    return kept;
}

typedef struct {
    uint32_t hash, number;
} row_ref;

static uint64_t row_hash(const void *row, size_t bytes, uint64_t seed) {
    uint64_t word;
    if (bytes != 8) return hash_bytes(row, bytes, seed);
    memcpy(&word, row, 8);
    return hash_mix(word ^ seed);
}

static size_t merge_hashed(batch *b, const consolidator *c, size_t mask) {
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        const void *row = batch_row(b, i);
        size_t at = row_hash(row, b->row_bytes, c->seed) & mask;
        while (c->heads[at] != 0 && !equal_bytes(batch_row(b, c->heads[at] - 1), row, b->row_bytes))
            at = (at + 1) & mask;
        size_t equal = c->heads[at] != 0 ? c->heads[at] - 1 : kept;
        if (c->heads[at] == 0) c->heads[at] = (uint32_t)kept + 1;
        kept = keep_among(b, i, equal, kept);
    }
    return kept;
}

/* Large batches: the (hash, row number) pairs are parted by the hash first, so that
 * each part's table stays in the nearest cache; rows are read again only where two
 * hashes agree, and never moved. */
static void merge_part(batch *b, const row_ref *part, size_t count, row_ref *table, size_t mask) {
    memset(table, 0, (mask + 1) * sizeof table[0]);
    for (size_t i = 0; i < count; i++) {
        size_t at = part[i].hash & mask, first = 0;
        for (; table[at].number != 0; at = (at + 1) & mask) {
            first = table[at].number - 1;
            if (table[at].hash == part[i].hash &&
                equal_bytes(batch_row(b, first), batch_row(b, part[i].number), b->row_bytes))
                break;
        }
        if (table[at].number == 0) {
            table[at] = (row_ref){part[i].hash, part[i].number + 1};
        } else {
            b->weights[first] = weight_plus(b->weights[first], b->weights[part[i].number]);
            b->weights[part[i].number] = 0;
        }
    }
}

static size_t part_of(uint32_t hash, size_t parts) {
    return (hash >> 16) & (parts - 1);
}

/* Puts the pairs of part p at refs[begins[p]] up to refs[begins[p + 1]]. */
static void scatter(const batch *b, const uint32_t *hashes, size_t *begins, size_t parts,
                    row_ref *refs) {
    memset(begins, 0, (parts + 1) * sizeof begins[0]);
    for (size_t i = 0; i < b->count; i++) begins[part_of(hashes[i], parts)]++;
    for (size_t p = 0, sum = 0; p <= parts; p++) {
        size_t count = begins[p];
        begins[p] = sum;
        sum += count;
    }
    for (size_t i = 0; i < b->count; i++)
        refs[begins[part_of(hashes[i], parts)]++] = (row_ref){hashes[i], (uint32_t)i};
    memmove(begins + 1, begins, parts * sizeof begins[0]);
    begins[0] = 0;
}

static bool merge_parts(batch *b, uint64_t seed) {
    size_t parts = 2, begins[PARTS_MAX + 1], most = 0, mask = 1;
    while (parts < PARTS_MAX && b->count / parts > PART_ROWS) parts *= 2;
    uint32_t *hashes = malloc(b->count * sizeof hashes[0]);
    row_ref *refs = malloc(b->count * sizeof refs[0]), *table = NULL;
    if (hashes != NULL && refs != NULL) {
        for (size_t i = 0; i < b->count; i++)
            hashes[i] = (uint32_t)(row_hash(batch_row(b, i), b->row_bytes, seed) >> 32);
        scatter(b, hashes, begins, parts, refs);
        for (size_t p = 0; p < parts; p++)
            if (begins[p + 1] - begins[p] > most) most = begins[p + 1] - begins[p];
        while (mask < most * 2) mask = mask * 2 + 1;
        table = malloc((mask + 1) * sizeof table[0]);
    }
    for (size_t p = 0; table != NULL && p < parts; p++)
        merge_part(b, refs + begins[p], begins[p + 1] - begins[p], table, mask);
    free(hashes);
    free(refs);
    free(table);
    return table != NULL;
}

static bool reserve_heads(consolidator *c, size_t heads) {
    if (c->capacity >= heads && c->capacity / 16 <= heads) return true;
    consolidator_deinit(c);
    c->heads = malloc(heads * sizeof c->heads[0]);
    c->capacity = c->heads == NULL ? 0 : heads;
    return c->heads != NULL;
}

static void drop_zeros(batch *b) {
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->weights[i] != 0) kept = keep_among(b, i, kept, kept);
    b->count = kept;
}

bool batch_consolidate(batch *b, consolidator *c) {
    if (b->is_consolidated) return true;
    if (b->count <= CONSOLIDATE_PAIRS_MAX) {
        b->count = merge_pairs(b);
    } else if (b->count > PARTED_ROWS_MIN) {
        if (!merge_parts(b, c->seed)) return false;
    } else {
        size_t heads = 4;
        while (heads < b->count * 2) heads *= 2;
        if (!reserve_heads(c, heads)) return false;
        memset(c->heads, 0, heads * sizeof c->heads[0]);
        b->count = merge_hashed(b, c, heads - 1);
    }
    drop_zeros(b);
    b->is_consolidated = true;
    return true;
}
