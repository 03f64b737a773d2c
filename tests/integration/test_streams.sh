#!/bin/sh
# SPDX-License-Identifier: MIT
# Recorded minutes of the public stream: every answer equals that of a plain batch, the
# items add up, and neither the order of the files nor the number of decoders matters.
set -eu
. tests/support/shared_data.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\t%s\t%s\t%s\n' London 51.5074 -0.1278 0.04 'New York' 40.7128 -74.006 0.04 \
    Paris 48.8566 2.3522 0.04 Tokyo 35.6762 139.6503 0.04 Brasil -10.3 -53.2 700 \
    Jakarta -6.2088 106.8456 0.04 Chicago 41.8781 -87.6298 0.04 USA 39.8 -98.6 900 \
    Argentina -34.6 -58.4 0.04 Istanbul 41.0082 28.9784 0.04 >"$work/places.tsv"

passed=0 failed=0
judge() { # judge NAME COMMAND...: counts what the command says.
    name=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        echo "ok: $name"
        passed=$((passed + 1))
    else
        echo "FAILED: $name"
        cat "$work/said"
        failed=$((failed + 1))
    fi
}

for year in 2011 2013 2016; do
    stream=$DATA/tweets/v1-stream-$year
    [ -d "$stream" ] || continue
    ./dunlin replay -q "$stream" --out "$work/ours" --places "$work/places.tsv" --places-only
    python3 tests/integration/batch.py --out "$work/theirs" --places "$work/places.tsv" "$stream"
    judge "$year: equals the batch" python3 tests/integration/compare.py --accounting "$work/ours" "$work/theirs"
    # shellcheck disable=SC2046  # The files' names hold no blanks.
    ./dunlin replay -q $(find "$stream" -type f -name '*.bz2' | sort -r) --out "$work/again" \
        --places "$work/places.tsv" --places-only --decoders 3 --epoch 100
    judge "$year: the same bytes backwards, with other epochs and decoders" diff -r "$work/ours" "$work/again"
    rm -rf "$work/ours" "$work/theirs" "$work/again"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
