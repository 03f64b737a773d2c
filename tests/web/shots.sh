#!/bin/sh
# SPDX-License-Identifier: MIT
# Pictures of the page in both themes and both sizes: shots.sh [FOLDER] (build/shots)
set -eu
out=$(realpath -m "${1:-$(dirname "$0")/../../build/shots}")
cd "$(dirname "$0")"
[ -e ../../dunlin ] || { echo "shots.sh: build the program first: make"; exit 1; }
[ -d node_modules/axe-core ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
exec node shots.mjs "$out"
