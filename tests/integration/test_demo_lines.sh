#!/bin/sh
# SPDX-License-Identifier: MIT
# A made-up conversation of more than 60,000 responses, with moves, deletes, doubles,
# answers to oneself and late originals: every file of `replay --out` equals that of an
# independent batch, six rounds of cleaning included; and shuffled lines, compressed
# files, other epochs and other numbers of decoders change no byte.
set -eu
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

same() { # same FOLDER FOLDER
    diff -r "$1" "$2" >/dev/null || { echo "$1 and $2 differ"; exit 1; }
}

for format in demo v1; do
    lines=$out/$format.jsonl places=$out/$format.tsv
    ./dunlin gen --seed 11 --lines 75000 --format "$format" --out "$lines" --places "$places"
    ./dunlin replay -q "$lines" --places "$places" --places-only --out "$out/a"
    python3 tests/integration/batch.py --places "$places" --out "$out/batch" "$lines"
    python3 tests/integration/compare.py "$out/a" "$out/batch"
    python3 - "$out/a/totals.json" <<'PY'
import json, sys
totals = json.load(open(sys.argv[1]))
assert totals["responses"] >= 60000, totals
assert totals["rounds"] == 6, totals
PY
    python3 - "$lines" "$out/shuffled.jsonl" <<'PY'
import random, sys
lines = open(sys.argv[1], "rb").readlines()
random.Random(5).shuffle(lines)
open(sys.argv[2], "wb").writelines(lines)
PY
    split -n l/3 "$out/shuffled.jsonl" "$out/part."
    gzip "$out/part.aa"
    bzip2 "$out/part.ab"
    ./dunlin replay -q "$out/part.ac" "$out/part.aa.gz" "$out/part.ab.bz2" --decoders 3 --epoch 777 \
        --places "$places" --places-only --out "$out/b"
    same "$out/a" "$out/b"
    ./dunlin replay -q - --decoders 1 --epoch 1000000 --places "$places" --places-only --out "$out/c" <"$lines"
    same "$out/a" "$out/c"
    rm -rf "$out"/part.* "$out/a" "$out/b" "$out/c" "$out/batch"
done
