#!/bin/sh
# SPDX-License-Identifier: MIT
# Whatever the seed, places of a made-up conversation fall in each of six rounds.
set -eu
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for seed in 1 2 3; do
    ./dunlin gen --seed $seed --lines 20000 --format demo --out "$out/lines" --places "$out/places"
    python3 tests/support/check_rounds.py "$out/lines" "$out/places"
done
