#!/bin/sh
# SPDX-License-Identifier: MIT
# How tweets and authors are received equals a batch's sums: made-up lines, and real ones
# where they are at hand.  See moods.py.
set -eu
cd "$(dirname "$0")/../.."
dunlin=${DUNLIN:-build/release/dunlin}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$dunlin" gen --lines 10000 --out "$work/made.jsonl"
python3 tests/integration/moods.py "$work/made.jsonl"
real() (
    . tests/support/shared_data.sh
    python3 tests/integration/moods.py "$DATA"/tweets/v1-stream-2016/*.bz2
)
real || [ $? -eq 77 ]
