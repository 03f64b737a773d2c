#!/bin/sh
# SPDX-License-Identifier: MIT
# Every author's retweets and responders equal the sum and the number of the retweet
# network's edges into them: see higgs.py.
set -eu
. tests/support/shared_data.sh
higgs=$DATA/cascades/higgs
if [ ! -f "$higgs/higgs-activity_time.txt.gz" ]; then
    echo "skipped: $higgs is not here; DUNLIN_TEST_DATA names the folder above"
    exit 77
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
python3 tests/integration/higgs.py lines "$higgs/higgs-activity_time.txt.gz" >"$out/lines.jsonl"
./dunlin replay "$out/lines.jsonl" --out "$out/answers"
python3 tests/integration/higgs.py check "$higgs/higgs-retweet_network.edgelist.gz" "$out/answers"
