/* SPDX-License-Identifier: MIT */
#include "pipeline/base/hash.h"

#include <string.h>

static uint64_t fold(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const unsigned char *p, size_t count) {
    uint64_t v = 0;
    memcpy(&v, p, count);
    return v;
}

uint64_t hash_bytes(const void *bytes, size_t count, uint64_t seed) {
    const uint64_t k0 = 0x9E3779B97F4A7C15ULL, k1 = 0xD6E8FEB86659FD93ULL;
    const unsigned char *p = bytes;
    uint64_t h = seed ^ fold(count ^ k0, k1);
    for (; count >= 16; p += 16, count -= 16) h = fold(load(p, 8) ^ k0 ^ h, load(p + 8, 8) ^ k1);
    if (count >= 8) {
        h = fold(load(p, 8) ^ k1 ^ h, k0);
        p += 8;
        count -= 8;
    }
    if (count > 0) h = fold(load(p, count) ^ k0 ^ h, k1);
    return hash_mix(h);
}

uint64_t hash_stable(const void *bytes, size_t count) {
    const unsigned char *p = bytes;
    uint64_t h = 0xCBF29CE484222325ULL;
    for (size_t i = 0; i < count; i++) h = (h ^ p[i]) * 0x100000001B3ULL;
    return h;
}
