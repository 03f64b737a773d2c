#!/bin/sh
# SPDX-License-Identifier: MIT
# Recorded v1.1 streams: the items add up, and the totals are those of an independent
# count, exactly.
set -u
. tests/support/shared_data.sh
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
passed=0 failed=0
for folder in "$DATA"/tweets/v1-stream-*; do
    if ./dunlin replay "$folder" --out "$out" && tests/integration/count_totals.py check "$out" "$folder"; then
        passed=$((passed + 1))
    else
        echo "FAILED: $folder"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
