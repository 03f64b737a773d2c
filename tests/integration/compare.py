#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares two folders of `replay --out` field by field.

    compare.py [--sentiment] [--accounting] [--most 20] OURS THEIRS
    compare.py          checks itself

THEIRS says which rows and keys there must be; OURS may have more keys behind them.
Keys must come in THEIRS' order, and rows in the order of their first key (places: of
lat, then lon).  Integers, texts and null must be equal; other numbers to 1e-9 of
their size, sums of weights to 2^-32 a response besides (that is how they are held).
An empty text and null are one.  Fields of sentiment are compared when both folders
have them and --sentiment is given; the reasons of accounting.json with --accounting.
"""
import argparse
import json
import math
import os
import sys
import tempfile

FILES = {"accounting.json": None, "totals.json": None, "authors.jsonl": ("id",), "tweets.jsonl": ("id",),
         "places.jsonl": ("lat", "lon"), "minutes.jsonl": ("minute",)}
SENTIMENT = {"sentiment", "received", "positive", "neutral", "negative", "unknown"}
REASONS = {"ignored_by", "rejected_by", "repaired_by"}


def read_rows(path):
    with open(path, "rb") as f:
        return [json.loads(line) for line in f.read().decode("utf-8").split("\n") if line]


class Comparison:
    def __init__(self, skipped):
        self.skipped, self.differences, self.fields = skipped, [], 0

    def note(self, *words):
        self.differences.append(" ".join(map(str, words)))

    def numbers(self, where, ours, theirs, responses):
        if isinstance(ours, bool) or not isinstance(ours, (int, float)):
            return self.note(where, "ours", ours, "theirs", theirs)
        if isinstance(theirs, int) and ours != theirs:
            return self.note(where, "ours", ours, "theirs", theirs)
        if not math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=responses * 2.0**-32):
            self.note(where, "ours", repr(ours), "theirs", repr(theirs))

    def values(self, where, ours, theirs, responses=0):
        self.fields += 1
        if isinstance(theirs, dict) and isinstance(ours, dict):
            return self.objects(where, ours, theirs)
        if isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
            return self.numbers(where, ours, theirs, responses)
        if (ours or None) != (theirs or None) or isinstance(ours, (int, float)):
            self.note(where, "ours", repr(ours), "theirs", repr(theirs))

    def objects(self, where, ours, theirs):
        keys = [k for k in theirs if k not in self.skipped]
        missing = [k for k in keys if k not in ours]
        if missing:
            self.note(where, "ours lacks", ", ".join(missing))
        is_map = where.split(" ")[-1] in REASONS  # Of reasons to numbers, in any order.
        if not is_map and [k for k in ours if k in keys] != [k for k in keys if k in ours]:
            self.note(where, "keys in another order:", ", ".join(ours))
        for key in keys:
            if key in ours:
                sum_of = theirs.get("responses", 0) if key == "influence" else 0
                self.values(f"{where} {key}", ours[key], theirs[key], sum_of)

    def rows(self, name, key, ours, theirs):
        def key_of(row):
            values = tuple(row.get(k) for k in key)
            return int(values[0]) if key == ("id",) else values

        for whose, rows in (("ours", ours), ("theirs", theirs)):
            keys = [key_of(row) for row in rows]
            if any(a >= b for a, b in zip(keys, keys[1:])):
                self.note(name, whose, "is not sorted, or a row is there twice")
        mine, other = ({key_of(row): row for row in rows} for rows in (ours, theirs))
        for k in sorted(other.keys() - mine.keys()):
            self.note(name, k, "is only theirs:", json.dumps(other[k])[:200])
        for k in sorted(mine.keys() - other.keys()):
            self.note(name, k, "is only ours:", json.dumps(mine[k])[:200])
        for k in sorted(mine.keys() & other.keys()):
            self.objects(f"{name} {k}:", mine[k], other[k])

    def folders(self, ours, theirs):
        for name, key in FILES.items():
            paths = os.path.join(ours, name), os.path.join(theirs, name)
            absent = [p for p in paths if not os.path.exists(p)]
            if absent:
                self.note("there is no", *absent)
                continue
            mine, other = map(read_rows, paths)
            if key:
                self.rows(name, key, mine, other)
            elif len(mine) == len(other) == 1:
                self.objects(name, mine[0], other[0])
            else:
                self.note(name, "is not one object")


def check_itself():
    rows = {name: [{"items": 3}] for name in ("accounting.json", "totals.json")}
    rows["authors.jsonl"] = [{"id": "9", "location": "", "influence": 1.5, "responses": 1}, {"id": "10"}]
    rows.update({name: [] for name in FILES if name not in rows})

    def differences(change):
        changed = json.loads(json.dumps(rows))
        change(changed)
        with tempfile.TemporaryDirectory() as folder:
            for whose, content in (("ours", changed), ("theirs", rows)):
                os.mkdir(os.path.join(folder, whose))
                for name in FILES:
                    with open(os.path.join(folder, whose, name), "w") as f:
                        f.writelines(json.dumps(row) + "\n" for row in content[name])
            c = Comparison(SENTIMENT | REASONS)
            c.folders(os.path.join(folder, "ours"), os.path.join(folder, "theirs"))
            return len(c.differences)

    def author(change):
        return differences(lambda all_rows: change(all_rows["authors.jsonl"]))

    assert differences(lambda r: None) == 0
    assert author(lambda a: a[0].update(location=None, influence=1.5000000001, more=1)) == 0
    assert author(lambda a: a[0].update(influence=1.50001)) == 1
    assert author(lambda a: a[0].update(responses=2)) == 1
    assert author(lambda a: a[0].update(location="x")) == 1
    assert author(lambda a: a.reverse()) == 1
    assert author(lambda a: a.pop()) == 1
    assert author(lambda a: a.append({"id": "11"})) == 1
    assert author(lambda a: a[0].update(location=a[0].pop("location"))) == 1
    print("compare.py: ok")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--sentiment", action="store_true")
    parser.add_argument("--accounting", action="store_true")
    parser.add_argument("--most", type=int, default=20, help="differences to print")
    o = parser.parse_args()
    if not o.folders:
        return check_itself()
    if len(o.folders) != 2:
        parser.error("two folders, OURS and THEIRS")
    c = Comparison((set() if o.sentiment else SENTIMENT) | (set() if o.accounting else REASONS))
    c.folders(*o.folders)
    for line in c.differences[:o.most]:
        print(line)
    print(f"{c.fields} fields compared, {len(c.differences)} differences")
    return 1 if c.differences or c.fields == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
