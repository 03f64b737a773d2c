#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh SECONDS FUZZER...: runs each fuzzer for SECONDS and prints the share of its
# module's lines that it reached.
#
# fuzz_NAME fuzzes pipeline/NAME or NAME/, unless its source says otherwise in a line
# with "covers: " and files or folders.  Seeds come from tests/fuzz/corpus/NAME, words
# from tests/fuzz/NAME.dict; what it finds stays in build/fuzz/corpus/NAME.
set -eu
seconds=$1
shift
llvm() { command -v "$1-14" || command -v "$1"; }
cov=$(llvm llvm-cov)
profdata=$(llvm llvm-profdata)
passed=0 failed=0

for fuzzer; do
    name=${fuzzer##*/fuzz_}
    source=tests/fuzz/fuzz_$name.c
    work=build/fuzz/corpus/$name
    profile=build/fuzz/$name.profraw
    mkdir -p "$work"
    set -- "$work"
    [ ! -d "tests/fuzz/corpus/$name" ] || set -- "$@" "tests/fuzz/corpus/$name"
    [ ! -f "tests/fuzz/$name.dict" ] || set -- "-dict=tests/fuzz/$name.dict" "$@"
    covers=$(sed -n 's/.*covers: \([^*]*\).*/\1/p' "$source" | head -n 1)
    if [ -z "$covers" ]; then
        for folder in "pipeline/$name" "$name"; do [ ! -d "$folder" ] || covers=$folder; done
    fi
    echo "== $fuzzer for $seconds s"
    if LLVM_PROFILE_FILE=$profile "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 \
        -print_final_stats=1 -artifact_prefix=build/fuzz/ "$@" >"build/fuzz/$name.log" 2>&1; then
        passed=$((passed + 1))
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log")
        "$profdata" merge -sparse "$profile" -o "build/fuzz/$name.profdata"
        "$cov" report "$fuzzer" -instr-profile="build/fuzz/$name.profdata" $covers >"build/fuzz/$name.lines"
        awk -v name="$name" -v runs="$runs" -v covers="$covers" '$1 == "TOTAL" {
            printf "fuzz %s: %s runs, no finding; %s of the lines of %s reached\n", name, runs, $10, covers
        }' "build/fuzz/$name.lines"
    else
        failed=$((failed + 1))
        tail -n 40 "build/fuzz/$name.log"
        echo "fuzz $name: a finding; the input is in build/fuzz/, the log in build/fuzz/$name.log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
