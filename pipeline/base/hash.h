/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_HASH_H
#define DUNLIN_PIPELINE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Mixes 64 bits so that every input bit reaches every output bit (the finalizer
 * of splitmix64: Steele, Lea, Flood, OOPSLA 2014).  A bijection. */
static inline uint64_t hash_mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* Hashes `count` bytes; another seed gives an unrelated function.  Not for
 * signatures.  Results differ between byte orders and never reach an output. */
uint64_t hash_bytes(const void *bytes, size_t count, uint64_t seed);

/* FNV-1a: the same on every machine, for what people see; slower than hash_bytes. */
uint64_t hash_stable(const void *bytes, size_t count);

#endif
