/* SPDX-License-Identifier: MIT */
#include "pipeline/base/random.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

uint64_t random_seed(void) {
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = hash_mix((uint64_t)time(NULL) ^ (uint64_t)getpid() << 32);
    return seed;
}
