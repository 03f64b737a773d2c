#!/bin/sh
# SPDX-License-Identifier: MIT
# all.sh SECONDS: the long forms of what `make test` does shortly, in about so much time;
# closes with "N passed, N failed" over all of them.
#
# A fifth each: kill -9 while records come; faults of the disk; allocations that fail; drops
# of the stream; the rest goes to signals, the correction of 100,000 records, a soak and
# valgrind.  tests/FAULTS.md says which faults are played where.
set -eu
seconds=${1:-600}
share=$((seconds / 5))
[ "$share" -ge 10 ] || share=10
tests=build/release/tests
list=$(mktemp -d)
trap 'rm -rf "$list"' EXIT

# name, then the command that run.sh shall run
piece() {
    printf '#!/bin/sh\n%s\n' "$2" >"$list/$1"
    chmod +x "$list/$1"
}
piece 1-kills "exec tests/integration/test_kills.py $((share * 2))"
piece 2-disk "TORTURE=$share exec $tests/unit/store/test_store_faults"
piece 3-allocations "exec tests/torture/alloc.py $share"
piece 4-drops "TWEETS=$((share * 8600)) DROPS=$((share * 25 / 3)) exec $tests/integration/test_x_answers"
piece 5-signals "TORTURE=$((share / 3)) exec tests/integration/test_process.py"
piece 6-corrections "RECORDS=100000 exec tests/integration/test_corrections.py"
piece 7-soak "SOAK=$((share / 3)) exec tests/integration/test_soak.py"
piece 8-valgrind "VALGRIND_LINES=$((share * 50)) exec tests/integration/test_valgrind.py"
TEST_SECONDS=$((seconds * 3 + 600)) tests/support/run.sh "$list"/*
