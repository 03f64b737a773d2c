#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Do places fall in each of six rounds of cleaning?  check_rounds.py LINES PLACES [ROUNDS]

For a conversation of `dunlin gen --places PLACES`, demo lines only: the cleaning over
single responses, with nothing but the standard library and a sphere for the earth.
"""
import collections
import json
import math
import sys


def kilometres(a, b):
    (lat1, lon1), (lat2, lon2) = [map(math.radians, p) for p in (a, b)]
    half = math.sin((lat2 - lat1) / 2)**2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2)**2
    return 2 * 6371 * math.asin(math.sqrt(half))


def read(lines):
    """Who wrote each tweet, whom each responds to, and where each last said they live."""
    author, to, home, gone = {}, {}, {}, set()
    for line in map(json.loads, lines):
        if "delete" in line:
            gone.add(line["delete"]["status"]["id_str"])
            continue
        tweet, includes = line["tweet"], line["includes"]
        for t in [tweet, *includes.get("tweets", [])]:
            author[t["id"]] = t["author_id"]
        for reference in tweet.get("referenced_tweets", []):
            to[tweet["id"]] = reference["id"]
        for user in includes["users"]:
            if "location" in user:
                home[user["id"]] = max(home.get(user["id"], ("", "")), (tweet["created_at"], user["location"]))
    return [(author[b], author[a]) for a, b in to.items()
            if b in author and not {a, b} & gone and author[a] != author[b]], home


def rounds(lines, places):
    table = {}
    for string, lat, lon, area in (line.rstrip("\n").split("\t") for line in places):
        if float(area) <= 10:
            table[string] = (float(lat), float(lon))
    pairs, home = read(lines)
    where = {user: table.get(location.strip()) for user, (_, location) in home.items()}
    located = [(a, where[a], where[b]) for a, b in pairs if where.get(a) and where.get(b)]
    bad, fallen = set(), []
    while True:
        counts = collections.defaultdict(lambda: [0, 0, None])
        for a, here, there in located:
            if here not in bad and there not in bad:
                counts[a][0] += 1
                counts[a][1] += kilometres(here, there) < 200
                counts[a][2] = here
        reliable = [(here, close / n > .005) for n, close, here in counts.values() if n >= 80]
        falls = {here for here, _ in reliable} - {here for here, speaks in reliable if speaks}
        if not falls:
            return len(located), fallen
        bad |= falls
        fallen.append(len(falls))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as lines, open(sys.argv[2], encoding="utf-8") as places:
        located, fallen = rounds(lines, places)
    print(f"{located} located responses; places that fell, by round: {fallen}")
    sys.exit(len(fallen) != int(sys.argv[3] if len(sys.argv) > 3 else 6))


if __name__ == "__main__":
    main()
