#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SNAP's Higgs data (five days of July 2012 around the discovery) as a test.

    higgs.py lines ACTIVITY    each "A B unix_time RT" (A retweets B) as one of the
                               demo's lines, on stdout
    higgs.py check NETWORK DIR holds DIR/authors.jsonl against the retweet network,
                               lines of "A B weight": A retweeted B so many times

The data name no tweets: every retweet gets an id of its own, and all of B's retweets
answer one original of B's.  Then `retweets` of B is the sum of the weights of the
edges that point to B, and `responders` is their number; self-edges are left out.
"""
import collections
import datetime
import gzip
import json
import sys

ORIGINAL_IDS, RETWEET_IDS = 10**12, 2 * 10**12
ORIGINALS_AT = "2012-06-30T00:00:00.000Z"  # A day before the first action.


def rows(path):
    with gzip.open(path, "rt", encoding="ascii") as lines:
        for line in lines:
            yield line.split()


def user(number):
    return {"id": number, "username": "user" + number, "name": "User " + number,
            "public_metrics": {"followers_count": 1, "following_count": 1, "tweet_count": 1, "listed_count": 0}}


def line_of(number, retweeter, author, unix_time):
    at = datetime.datetime.fromtimestamp(int(unix_time), datetime.timezone.utc)
    original = str(ORIGINAL_IDS + int(author))
    return {
        "tweet": {"id": str(RETWEET_IDS + number), "author_id": retweeter,
                  "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "text": "RT @user" + author + ": higgs",
                  "referenced_tweets": [{"type": "retweeted", "id": original}]},
        "includes": {"users": [user(retweeter), user(author)],
                     "tweets": [{"id": original, "author_id": author, "created_at": ORIGINALS_AT, "text": "higgs"}]},
    }


def write_lines(activity):
    for number, (retweeter, author, unix_time, kind) in enumerate(rows(activity)):
        if kind == "RT":
            sys.stdout.write(json.dumps(line_of(number, retweeter, author, unix_time)) + "\n")


def expected_of(network):
    weights, edges = collections.Counter(), collections.Counter()
    for retweeter, author, weight in rows(network):
        if retweeter != author:
            weights[author] += int(weight)
            edges[author] += 1
    return {author: (weights[author], edges[author]) for author in weights}


def check(network, folder):
    expected = expected_of(network)
    with open(folder + "/authors.jsonl", encoding="utf-8") as lines:
        found = {a["id"]: (a["retweets"], a["responders"]) for a in map(json.loads, lines)}
    wrong = [a for a in expected.keys() | found.keys() if expected.get(a) != found.get(a)]
    for author in sorted(wrong)[:10]:
        print(f"user {author}: (retweets, responders) {found.get(author)} instead of {expected.get(author)}")
    total = sum(retweets for retweets, _ in expected.values())
    print(f"higgs: {len(expected)} authors with {total} retweets by the network, {len(found)} by dunlin, {len(wrong)} differ")
    return 1 if wrong or not expected else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "lines":
        write_lines(sys.argv[2])
    elif len(sys.argv) == 4 and sys.argv[1] == "check":
        sys.exit(check(*sys.argv[2:]))
    else:
        sys.exit(__doc__)
