#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh BUILD_FOLDER: lines reached and branches taken, a line for each source file, worst
# first.  A branch is each way out of each condition, of assertions too, which nobody takes.
set -eu
find "$1" -name '*.gcda' ! -path '*/tests/*' | while read -r data; do
    gcov -b -n "$data" 2>/dev/null
done | awk -F"[':%]" '
    function add() {
        if (file == "" || file in seen) return
        seen[file]
        printf "%6.1f %% of %5d lines, %6.1f %% of %5d branches  %s\n", share, lines, taken, branches, file
        all += lines; reached += lines * share / 100
        all_branches += branches; all_taken += branches * taken / 100
    }
    /^File / { add(); file = $2; if (file !~ /\.(c|cc)$/ || file ~ /^\//) file = ""; branches = taken = 0 }
    /^Lines executed/ { split($0, part, " of "); lines = part[2]; share = $2 }
    /^Taken at least once/ { split($0, part, " of "); branches = part[2]; taken = $2 }
    /^No executable lines/ { file = "" }
    /^$/ { add(); file = "" }
    END {
        if (all) printf "%6.1f %% of %5d lines, %6.1f %% of %5d branches  all\n", 100 * reached / all, all,
                        100 * all_taken / all_branches, all_branches
    }' | sort -n
