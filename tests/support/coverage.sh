#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh BUILD_FOLDER: lines reached, a line for each source file, worst first.
set -eu
find "$1" -name '*.gcda' ! -path '*/tests/*' | while read -r data; do
    gcov -n "$data" 2>/dev/null
done | awk -F"[':%]" '
    /^File / { file = $2 }
    /^Lines executed/ {
        split($0, part, " of "); lines = part[2]
        if (file ~ /\.(c|cc)$/ && file !~ /^\// && !(file in seen)) {
            seen[file]; printf "%6.1f %% of %5d lines  %s\n", $2, lines, file
            all += lines; reached += lines * $2 / 100
        }
        file = ""
    }
    END { if (all) printf "%6.1f %% of %5d lines  all\n", 100 * reached / all, all }' | sort -n
