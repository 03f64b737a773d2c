/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/keys.h"

#include <string.h>

#include "pipeline/base/random.h"

static bool fill_slots(key_set *k) {
    memset(k->slots, 0, sizeof k->slots);
    for (uint32_t i = 0; i < k->count; i++) {
        uint8_t *slot = &k->slots[key_slot(k->seed, k->names[i].bytes, k->names[i].count)];
        if (*slot != 0) return false;
        *slot = (uint8_t)(i + 1);
    }
    return true;
}

bool key_set_init(key_set *k, const char *const *names, uint32_t count) {
    random_source random = {1}; /* Any seed: the same search each time. */
    if (count > KEYS_MAX) return false;
    k->count = count;
    for (uint32_t i = 0; i < count; i++) k->names[i] = text_of(names[i]);
    for (int tries = 0; tries < 100000; tries++) {
        k->seed = (uint32_t)random_next(&random) | 1;
        if (fill_slots(k)) return true;
    }
    return false;
}
