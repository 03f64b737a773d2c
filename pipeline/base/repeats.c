/* SPDX-License-Identifier: MIT */
#include "pipeline/base/repeats.h"

#include "pipeline/base/hash.h"
#include <stdio.h>
#include <string.h>

static bool is_over(const repeat *slot, int64_t now_us) {
    return now_us - slot->since_us >= REPEATS_WINDOW_US;
}

static void begin(repeat *slot, uint64_t hash, int level, const char *part, text line,
                  int64_t now_us) {
    size_t count = line.count < REPEATS_BYTES - 1 ? line.count : REPEATS_BYTES - 1;
    *slot = (repeat){.hash = hash, .since_us = now_us, .seen = 1, .level = level};
    (void)snprintf(slot->part, sizeof slot->part, "%s", part);
    if (count > 0) memcpy(slot->words, line.bytes, count);
}

bool repeats_pass(repeats *r, int level, const char *part, text line, int64_t now_us, repeat *old) {
    uint64_t hash = hash_bytes(line.bytes, line.count, (uint64_t)level);
    repeat *slot = &r->slots[hash % REPEATS_SLOTS];
    old->left_out = 0;
    if (slot->seen == 0 || slot->hash != hash || is_over(slot, now_us)) {
        if (slot->seen > 0) *old = *slot;
        begin(slot, hash, level, part, line, now_us);
        return true;
    }
    if (slot->seen < REPEATS_PASS) {
        slot->seen++;
        return true;
    }
    slot->left_out++;
    return false;
}

bool repeats_take(repeats *r, int64_t now_us, bool all, repeat *old) {
    for (size_t i = 0; i < REPEATS_SLOTS; i++) {
        repeat *slot = &r->slots[i];
        if (slot->left_out == 0 || !(all || is_over(slot, now_us))) continue;
        *old = *slot;
        slot->left_out = 0;
        if (is_over(slot, now_us)) slot->seen = 0;
        return true;
    }
    return false;
}
