/* SPDX-License-Identifier: MIT */
/* Random programs, incremental against recomputed: the bytes are seeds.  For many
 * programs and their figures see `make fuzz-flow`. */
#include "tests/support/flow_program.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    program_totals totals = {0};
    uint64_t seed = 0;
    memcpy(&seed, data, size < sizeof seed ? size : sizeof seed);
    if (!program_check(seed, false, true, &totals)) abort();
    return 0;
}
