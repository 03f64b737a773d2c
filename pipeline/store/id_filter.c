/* SPDX-License-Identifier: MIT */
#include "pipeline/store/id_filter.h"

#include <stdlib.h>

#include "pipeline/base/hash.h"

uint32_t id_filter_hash(id_kind kind, uint64_t id) {
    return (uint32_t)(hash_mix(kind == ID_OF_USER ? ~id : id) >> 32);
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

size_t id_filter_sort(uint32_t *hashes, size_t count) {
    size_t kept = 0;
    if (count > 0) qsort(hashes, count, sizeof(*hashes), compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || hashes[i] != hashes[kept - 1]) hashes[kept++] = hashes[i];
    return kept;
}

void id_filter_write(const uint32_t *sorted, size_t count, buffer *out) {
    uint32_t last = 0;
    varint_add(out, count);
    for (size_t i = 0; i < count; i++) {
        varint_add(out, sorted[i] - last);
        last = sorted[i];
    }
}

bool id_filter_meets(varint_reader *filters, const uint32_t *sorted, size_t count) {
    uint64_t left = varint_take(filters);
    uint32_t hash = 0;
    size_t at = 0;
    bool is_met = false;
    for (; left > 0 && !filters->failed; left--) {
        hash += (uint32_t)varint_take(filters);
        while (at < count && sorted[at] < hash) at++;
        is_met |= at < count && sorted[at] == hash;
    }
    return is_met || filters->failed; /* What cannot be read may hold it. */
}
