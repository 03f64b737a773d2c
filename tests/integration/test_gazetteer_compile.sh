#!/bin/sh
# SPDX-License-Identifier: MIT
# The same packages and lists give the same bytes, and a fault is said.
set -eu
compile=build/host/gazetteer_compile
if [ ! -x "$compile" ] || [ ! -d data/node_modules ]; then
    echo "skipped: the gazetteer was not compiled here"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$compile" data/node_modules /usr/share/locale data/geocode "$work/again.bin" >/dev/null
cmp "$work/again.bin" build/data/gazetteer.bin
echo "ok: compiled twice, the same bytes"

cp -R data/geocode "$work/lists"
echo 'nowhere	ZZ	name' >>"$work/lists/aliases.tsv"
if "$compile" data/node_modules /usr/share/locale "$work/lists" "$work/bad.bin" >/dev/null 2>"$work/error"; then
    echo "a list with an unknown place was taken" >&2
    exit 1
fi
grep -q 'nowhere: no place ZZ' "$work/error"
echo "ok: a place that a list does not know is named"

if "$compile" "$work" /usr/share/locale data/geocode "$work/bad.bin" >/dev/null 2>"$work/error"; then
    echo "missing packages were taken" >&2
    exit 1
fi
grep -q 'cannot be opened' "$work/error"
echo "ok: a missing package is named"
