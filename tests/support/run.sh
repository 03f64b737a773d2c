#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test programs and scripts, one after the other, shows what they print, and
# closes with one line: "N passed, N failed", and the skipped ones if there are any.
#
# A cmocka program counts by its tests.  Anything else counts by its own line of
# that form, or as one test: exit 0 passes, 77 skips, all else fails.  A program
# that dies or exceeds TEST_SECONDS (900) fails, whatever it printed before.
set -u
output=$(mktemp) || exit 1
trap 'rm -f "$output" "$output.code"' EXIT
passed=0 failed=0 skipped=0 broken= slow=

for program; do
    echo "== $program"
    begun=$(date +%s)
    { timeout -k 10 "${TEST_SECONDS:-900}" "$program" 2>&1; echo $? >"$output.code"; } | tee "$output"
    code=$(cat "$output.code")
    counts=$(awk -v code="$code" '
        /\[ RUN      \]/ { run++ }
        /\[       OK \]/ { ok++ }
        /\[  SKIPPED \]/ && !/test\(s\)/ { name = $NF; if (!(name in seen)) { seen[name]; skip++ } }
        /^([a-z_]+: )?[0-9]+ passed, [0-9]+ failed/ {
            line = $0; sub(/^[a-z_]+: /, "", line); n = split(line, word, /[ ,]+/)
            plain = 1; p += word[1]; f += word[3]; if (n >= 6) s += word[5]
        }
        END {
            if (run > 0) { p = ok; s = skip; f = run - ok - skip }
            else if (!plain) { p = code == 0; s = code == 77; f = !p && !s }
            if (code != 0 && code != 77 && f == 0) f = 1
            print p + 0, f + 0, s + 0
        }' "$output")
    set -- $counts
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    [ "$code" -eq 0 ] || [ "$code" -eq 77 ] || echo "== $program: exit code $code"
    took=$(($(date +%s) - begun))
    [ "$took" -lt 10 ] || slow="$slow $program:${took}s"
    [ "$2" -eq 0 ] || broken="$broken $program"
done
[ -z "$slow" ] || echo "slow:$slow"
for program in $broken; do echo "FAILED: $program"; done
[ "$skipped" -eq 0 ] && echo "$passed passed, $failed failed" || echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
