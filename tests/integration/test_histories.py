#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program's files equal the plain batch's, for conversations made to be difficult.

    test_histories.py [--seeds 40] [--first 1] [--lines 500] [--keep FOLDER]

Few ids, so that everything meets: tweets told of twice with other counts, corrections
by version, profiles that change back and forth and at equal times, deletes before and
after, undeletes, tweets embedded at any depth, answers to oneself, missing and null
fields, three formats in one file, broken lines.  Each is shuffled over plain, gzip and
bzip2 files and replayed with other epochs and decoders: the bytes must be the same.
"""
import argparse
import bz2
import fractions
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import batch  # noqa: E402
import compare  # noqa: E402

START_MS = 1341360000000
STRINGS = ["London", "London", "Paris", "Reading", "New York", "New York", "Perth", " London\u00a0", "london", "Camden", "Paris", "Reading", "Lyon", "turn on notifications",
           "Worldwide", "", "\u3000", "New York", "Big", "K\u00f6ln", "Ko\u0308ln", "Perth"]
PLACES = """London\t51.5074\t-0.1278\t0.04
london\t51.5074\t-0.1278\t0.04
Camden\t51.5074\t-0.1278\t12
 Paris \t48.8566\t2.3522\t10
Reading\t51.4543\t-0.9781\t0.04
Lyon\t45.7640000\t4.8357\t9.9999
turn on notifications\t-23.5\t133.9\t0.5
New York\t40.7128\t-74.006\t0.04
Big\t0\t0\t10.0001
K\u00f6ln\t50.93750001\t6.96030004\t0.04
Perth\t-31.9505\t115.8605\t1e-3
Perth\t-31.95050\t115.86050\t0.04
"""


class Author:
    """Of lines."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.tweets = [10**15 + i * 7 for i in range(self.r.choice((40, 200, 600)))]
        self.users = [500 + i for i in range(self.r.choice((6, 25)))]
        self.wrote = {t: self.r.choice(self.users) for t in self.tweets}
        self.at = {t: START_MS + self.r.randrange(3600) * 1000 for t in self.tweets}
        self.answers = {t: (self.r.choice(("retweet", "reply", "quote", "none")), self.r.choice(self.tweets))
                        for t in self.tweets}

    def chance(self, one_in):
        return self.r.randrange(one_in) == 0

    def counts(self):
        return self.r.choice((0, 1, 16, 99, 100, 2500, 10**6, -3)), self.r.choice((0, 1, 16, 99, 100, 81, 6561))

    def twitter_time(self, ms):
        s, names = ms // 1000, "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
        whole = batch.write_ms(s * 1000)
        return f"Wed {names[int(whole[5:7]) - 1]} {whole[8:10]} {whole[11:19]} +0000 {whole[:4]}"

    # -- v1.1 --

    def v1_user(self, user):
        followers, tweets = self.counts()
        u = {"id": user, "id_str": str(user)}
        if not self.chance(12):
            u.update(screen_name=self.r.choice(("ada", "bob", "zo\u00eb")), followers_count=followers,
                     statuses_count=tweets, name="N")
        if not self.chance(6):
            u["location"] = self.r.choice(STRINGS + [None])
        return u

    def v1(self, tweet, depth=0):
        kind, to = self.answers[tweet]
        t = {"created_at": self.twitter_time(self.at[tweet]), "id": tweet, "id_str": str(tweet),
             "text": self.r.choice(("a &amp; b", "RT @ada: yes", "\u2028 caf\u00e9", "x")), "user": self.v1_user(self.wrote[tweet])}
        if self.chance(8):
            del t["id_str"]
        if self.chance(5):
            t["extended_tweet"] = {"full_text": "longer than long"}
        if kind == "reply":
            t["in_reply_to_status_id" + self.r.choice(("", "_str"))] = to if self.chance(2) else str(to)
        elif self.chance(2):
            t["in_reply_to_status_id"] = None
        if kind == "quote" or (kind == "retweet" and self.chance(3)):
            t["quoted_status_id_str"] = str(to)
        if (kind == "quote" and not self.chance(3)) and depth < 4:
            t["quoted_status"] = self.v1(to, depth + 1)
        if kind == "retweet":
            t["retweeted_status"] = self.v1(to, depth + 1) if depth < 4 else None
        if self.chance(9):
            t["is_quote_status"] = True
        return t

    def v1_line(self):
        tweet = self.r.choice(self.tweets)
        t = self.v1(tweet)
        if self.chance(2):
            t["timestamp_ms"] = str(self.at[tweet] + self.r.randrange(1000))
        return self.with_version(t)

    def with_version(self, line):
        if self.chance(10):
            line["version"] = self.r.choice((1, 2, -1, 0))
        return line

    # -- X v2 and the demo's --

    def v2_user(self, user):
        followers, tweets = self.counts()
        u = {"id": str(user), "username": self.r.choice(("ada", "eve")), "name": "N",
             "public_metrics": {"followers_count": followers, "tweet_count": tweets}}
        if not self.chance(5):
            u["location"] = self.r.choice(STRINGS + [None])
        if self.chance(9):
            del u["public_metrics"]
        return u

    def v2_tweet(self, tweet, is_heard):
        kind, to = self.answers[tweet]
        t = {"id": str(tweet), "author_id": str(self.wrote[tweet]), "created_at": batch.write_ms(self.at[tweet]),
             "text": self.r.choice(("RT @ada: yes", "so good", "so bad"))}
        names = {"retweet": "retweeted", "reply": "replied_to", "quote": "quoted"}
        if kind != "none" and (is_heard or not self.chance(3)):
            t["referenced_tweets"] = [{"type": names[kind], "id": str(to)}]
            if self.chance(4):
                t["referenced_tweets"].append({"type": self.r.choice(list(names.values())), "id": str(to)})
        return t

    def v2_line(self):
        tweet = self.r.choice(self.tweets)
        known = {tweet, self.answers[tweet][1]} | ({self.r.choice(self.tweets)} if self.chance(5) else set())
        users = sorted({self.wrote[t] for t in known})
        line = {self.r.choice(("tweet", "data")): self.v2_tweet(tweet, True), "includes": {
            "users": [self.v2_user(u) for u in users if not self.chance(10)]}}
        if not self.chance(4):
            line["includes"]["tweets"] = [self.v2_tweet(t, False) for t in sorted(known - {tweet})]
        return self.with_version(line)

    # -- Others --

    def notice(self):
        tweet = self.r.choice(self.tweets + [3])
        at = START_MS + self.r.randrange(10) * 1000
        if self.chance(3):
            body = {"tweet": {"id": str(tweet), "author_id": "9"}, "event_at": batch.write_ms(at)}
            return {self.r.choice(("undelete", "undrop", "drop")): body}
        body = {"status": {"id": tweet, "id_str": str(tweet), "user_id": 9}}
        if not self.chance(4):
            body["timestamp_ms"] = str(at)
        return {"delete": body}

    def line(self):
        share = self.r.randrange(100)
        if share < 3:
            return self.r.choice((b"", b"  ", b"[]", b"[1]", b"{", b"null", b'{"limit":{"track":1}}', b'{"x":1}', b"\xff",
                                  b'{"delete":{"status":{}}}', b'{"scrub_geo":{"user_id":5,"up_to_status_id":7}}'))
        made = self.notice() if share < 6 else self.v1_line() if share < 55 else self.v2_line()
        if share == 99:
            made = [made, made] if self.chance(2) else {"statuses": [made]}
        return json.dumps(made, ensure_ascii=self.chance(2)).encode("utf-8")

    def lines(self, count):
        made = [self.line() for _ in range(count)]
        return made + [self.r.choice(made) for _ in range(count // 20)]


def write_files(folder, lines, r):
    """The lines over a few files, each in a wrapping of its own; their names."""
    names = [os.path.join(folder, f"{i}.jsonl") for i in range(r.randint(1, 3))]
    parts = [[] for _ in names]
    for line in lines:
        r.choice(parts).append(line)
    for name, part in zip(names, parts):
        wrap = r.choice((lambda data: data, gzip.compress, bz2.compress))
        with open(name, "wb") as f:
            f.write(wrap(b"".join(line + b"\n" for line in part)))
    return names


def run_batch(names, places, folder, options):
    conversation = batch.Conversation(2 * 10**12)
    for name in names:
        batch.read_file(conversation, name)
    answers = batch.Answers(conversation, batch.Places(places), *options)
    os.makedirs(folder)
    for name, rows in answers.files().items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(row) + "\n" for row in rows)
    return answers


def run_program(names, places, folder, options, r):
    clean_min, cutoff, other_strings = options
    subprocess.run([os.environ.get("DUNLIN", "./dunlin"), "replay", *names, "--quiet", "--places", places, "--places-only",
                    "--clean-min", str(clean_min), "--clean-cutoff", str(float(cutoff)), "--clean-evidence",
                    "other-strings" if other_strings else "all", "--epoch", str(r.choice((1, 7, 100, 16384))),
                    "--decoders", str(r.randint(1, 3)), "--out", folder], check=True)
    content = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            content[name] = f.read()
    return content


def one_history(seed, line_count, folder):
    r = random.Random(-seed)
    places = os.path.join(folder, "places.tsv")
    with open(places, "w", encoding="utf-8") as f:
        f.write(PLACES)
    lines = Author(seed).lines(line_count)
    options = (r.choice((1, 2, 3)), fractions.Fraction(r.choice(("0.005", "0.25", "0.5"))), r.random() < .3)
    runs = []
    for order in range(2):
        r.shuffle(lines)
        inputs = os.path.join(folder, f"lines-{order}")
        os.makedirs(inputs)
        names = write_files(inputs, lines, r)
        runs.append(run_program(names, places, os.path.join(folder, f"ours-{order}"), options, r))
    answers = run_batch(names, places, os.path.join(folder, "theirs"), options)
    c = compare.Comparison(compare.SENTIMENT)
    c.folders(os.path.join(folder, "ours-1"), os.path.join(folder, "theirs"))
    if runs[0] != runs[1]:
        c.note("other bytes in another order:", *[n for n in runs[0] if runs[0][n] != runs[1].get(n)])
    return c, answers.totals()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--keep", help="leave the files of the first that differs there")
    o = parser.parse_args()
    fields, rounds, responses = 0, 0, 0
    for seed in range(o.first, o.first + o.seeds):
        with tempfile.TemporaryDirectory() as temporary:
            folder = o.keep and os.path.join(o.keep, str(seed)) or temporary
            os.makedirs(folder, exist_ok=True)
            c, totals = one_history(seed, o.lines, folder)
        if c.differences:
            print(f"history {seed} ({len(c.differences)} differences):", *c.differences[:8], sep="\n  ")
            return 1
        fields, rounds = fields + c.fields, max(rounds, totals["rounds"])
        responses += totals["responses"]
    print(f"{o.seeds} histories: {responses} responses, {rounds} rounds at most, {fields} fields compared, 0 differences")
    return 0 if responses > 0 and rounds > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
