#!/bin/sh
# SPDX-License-Identifier: MIT
# The page in Chromium: test_page.sh [words of a test's name]
set -eu
cd "$(dirname "$0")"
command -v "${CHROMIUM:-chromium}" >/dev/null || { echo "test_page: skipped: there is no chromium"; exit 77; }
[ -d ../../build/web/files ] || { echo "test_page: build the page first: make"; exit 1; }
[ -d node_modules/playwright-core ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
exec node page.mjs "$@"
