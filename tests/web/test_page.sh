#!/bin/sh
# SPDX-License-Identifier: MIT
# The page in Chromium, against a stand-in server and then against the program itself:
# test_page.sh [words of a test's name]
set -eu
cd "$(dirname "$0")"
command -v "${CHROMIUM:-chromium}" >/dev/null || { echo "test_page: skipped: there is no chromium"; exit 77; }
[ -e ../../dunlin ] || { echo "test_page: build the program first: make"; exit 1; }
[ -d node_modules/axe-core ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
{ node page.mjs "$@" || echo failed; node program.mjs "$@" || echo failed; } | awk '
    / passed, [0-9]+ failed$/ { passed += $1; failed += $3; next }
    { print; fflush() }
    $0 == "failed" { broken = 1 }
    END { print passed + 0 " passed, " failed + 0 " failed"; exit (broken || failed > 0 || passed == 0) }'
