#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts recorded v1.1 streams straight from the definitions, to hold dunlin against.

    count_totals.py count FILE_OR_FOLDER...        the counts, as one JSON object
    count_totals.py check DIR FILE_OR_FOLDER...    holds DIR/accounting.json and
                                                   DIR/totals.json against them

It shares nothing with dunlin but the definitions: every line is parsed by Python,
everything is kept, and the totals are counted at the end.  Times and ids are
compared as integers, profile values as UTF-8 bytes.
"""
import bz2
import calendar
import collections
import gzip
import json
import os
import re
import sys
import time

# Unicode 15 White_Space; str.strip() would take U+001C to U+001F too.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" \
              "\u2028\u2029\u202f\u205f\u3000"
NOTICES = ("delete", "scrub_geo", "limit", "status_withheld", "user_withheld", "disconnect", "warning")
PROFILE = ("name", "screen_name", "location", "followers_count", "statuses_count", "lang")
COMPARED = ("heard", "tweets", "originals", "retweets", "replies", "quotes", "deleted", "users",
            "users_with_location", "responses")


def files_of(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for name in sorted(os.listdir(path)):
            if not name.startswith("."):
                yield from files_of([os.path.join(path, name)])


def lines_of(path):
    with open(path, "rb") as file:
        magic = file.read(3)
    opened = bz2.open(path) if magic == b"BZh" else gzip.open(path) if magic[:2] == b"\x1f\x8b" else open(path, "rb")
    with opened as file:
        for line in file:
            yield line.rstrip(b"\n")


def number(value):
    return int(value) if value not in (None, "") else None


def id_of(thing, key="id"):
    """An id by its string, which no program has rounded, else by its number."""
    return number(thing.get(key + "_str")) or number(thing.get(key))


def ms_of(created_at):
    return 1000 * calendar.timegm(time.strptime(created_at, "%a %b %d %H:%M:%S +0000 %Y"))


def needs_repair(line, text):
    """Why a strict parser would not take it; None when it would."""
    if "\ufffd" in text and b"\xef\xbf\xbd" not in line:
        return "invalid_utf8"
    escapes = re.sub(r"\\[^u]", "", text)
    if "\\u0000" in escapes:
        return "nul_escape"
    pairs = re.sub(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..", "", escapes)
    return "lone_surrogate" if re.search(r"\\u[dD][89a-fA-F]", pairs) else None


class Counts:
    def __init__(self):
        self.outcomes = collections.Counter()
        self.by = {"ignored": collections.Counter(), "rejected": collections.Counter(),
                   "repaired": collections.Counter()}
        self.heard, self.deleted, self.users = set(), set(), set()
        self.references = {}  # Of a tweet id: {kind: (seen, id)}, the latest of each.
        self.authors = {}
        self.locations = {}   # Of a user id: (seen, bytes), the latest.

    def outcome(self, name, reason=None):
        self.outcomes[name] += 1
        if reason:
            self.by[name][reason] += 1

    def line(self, line):
        text = line.decode("utf-8", "replace")
        if not text.strip(" \t\r"):
            return self.outcome("ignored", "blank")
        try:
            thing = json.loads(text)
        except ValueError:
            return self.outcome("rejected", "invalid_json")
        if not isinstance(thing, dict):
            return self.outcome("rejected", "not_an_object")
        for notice in NOTICES:
            if notice in thing:
                if notice == "delete":
                    self.deleted.add(id_of(thing["delete"]["status"]))
                return self.outcome("ignored", notice)
        if "user" not in thing:
            raise SystemExit("count_totals.py: a line of a kind that it does not count: " + ", ".join(thing))
        repair = needs_repair(line, text)
        self.tweet(thing, number(thing.get("timestamp_ms")) or ms_of(thing["created_at"]))
        self.heard.add(id_of(thing))
        return self.outcome("repaired" if repair else "accepted", repair)

    def tweet(self, tweet, seen):
        this = id_of(tweet)
        references = self.references.setdefault(this, {})
        self.authors[this] = id_of(tweet["user"])
        found = {}
        if "retweeted_status" in tweet:
            found["retweets"] = id_of(tweet["retweeted_status"] or {})
        for kind, key in (("replies", "in_reply_to_status_id"), ("quotes", "quoted_status_id")):
            if key in tweet or key + "_str" in tweet:
                found[kind] = id_of(tweet, key)
        for kind, reference in found.items():
            references[kind] = max(references.get(kind, (-1, 0)), (seen, reference or 0))
        self.user(tweet["user"], seen)
        for key in ("retweeted_status", "quoted_status"):
            if tweet.get(key):
                self.tweet(tweet[key], seen)

    def user(self, user, seen):
        this = id_of(user)
        if any(key in user for key in PROFILE):
            self.users.add(this)
        if "location" in user:
            value = (user["location"] or "").encode("utf-8", "replace")
            self.locations[this] = max(self.locations.get(this, (-1, b"")), (seen, value))

    def kind_and_reference(self, tweet):
        for kind in ("retweets", "replies", "quotes"):
            reference = self.references[tweet].get(kind, (0, 0))[1]
            if reference:
                return kind, reference
        return "originals", 0

    def totals(self):
        known = set(self.references) - self.deleted
        totals = collections.Counter({key: 0 for key in COMPARED})
        totals.update(heard=len(self.heard - self.deleted), tweets=len(known), deleted=len(self.deleted),
                      users=len(self.users))
        for tweet in known:
            kind, reference = self.kind_and_reference(tweet)
            totals[kind] += 1
            totals["responses"] += reference in known and self.authors[reference] != self.authors[tweet]
        for _, location in self.locations.values():
            totals["users_with_location"] += location.decode().strip(WHITE_SPACE) != ""
        return dict(totals)

    def accounting(self):
        counts = {"items": sum(self.outcomes.values())}
        counts.update({name: self.outcomes[name] for name in ("accepted", "repaired", "ignored", "rejected")})
        counts.update({name + "_by": dict(self.by[name]) for name in ("ignored", "rejected", "repaired")})
        return counts


def count(paths):
    counts = Counts()
    for path in files_of(paths):
        for line in lines_of(path):
            counts.line(line)
    return {"accounting": counts.accounting(), "totals": counts.totals()}


def check(folder, expected):
    wrong = 0
    for name in ("accounting", "totals"):
        with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
            found = json.load(file)
        for key, value in expected[name].items():
            if found.get(key) != value:
                print(f"{name}.json: {key} is {found.get(key)} instead of {value}")
                wrong += 1
    return wrong


def main(arguments):
    if len(arguments) >= 2 and arguments[0] == "count":
        print(json.dumps(count(arguments[1:]), indent=1))
        return 0
    if len(arguments) >= 3 and arguments[0] == "check":
        return 1 if check(arguments[1], count(arguments[2:])) else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
