#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How tweets and authors are received, of answers and of all responses, equals a batch.

    moods.py FILE...

`received` is the mean over what replies and quotes say; with sentiment=all over the own
words of every response, retweets included, as the demo has it.  batch.py says which
responses there are; a text's score is what `dunlin sentiment` says of it alone (which
is held against the originals elsewhere); here they are added up, by both models.
"""
import json
import math
import os
import re
import select
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import batch  # noqa: E402

DUNLIN = os.environ.get("DUNLIN", "build/release/dunlin")
ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\u00a0"}


def run(*arguments, **how):
    return subprocess.run([DUNLIN, *arguments], check=True, capture_output=True, timeout=120, **how).stdout


def plain(text):
    """Entities decoded once."""
    return re.sub(r"&(amp|lt|gt|quot|apos|nbsp);", lambda m: ENTITIES[m.group(1)], text)


def is_told(lang):
    return bool(lang) and len(lang) > 1 and lang not in ("und", "zxx", "mul") and not re.fullmatch("q[a-t].", lang)


def langs_of(tweet, langs):
    """Of the tweet, and of the tweets in it: its own language, or its user's."""
    if isinstance(tweet, dict) and isinstance(tweet.get("user"), dict):
        lang = tweet.get("lang")
        langs[batch.read_id(tweet.get("id_str"), tweet.get("id"))] = lang if is_told(lang) else tweet["user"].get("lang")
        for inner in ("retweeted_status", "quoted_status"):
            langs_of(tweet.get(inner), langs)


class Batch:
    """The responses, each with the score of its own words by a model: None for unknown."""

    def __init__(self, paths, model):
        conversation, langs = batch.Conversation(int(time.time() * 1000)), {}
        for path in paths:
            batch.read_file(conversation, path)
            for line in batch.read_bytes(path).split(b"\n"):
                try:
                    langs_of(json.loads(line), langs)
                except ValueError:
                    pass
        self.responses = batch.Answers(conversation, batch.Places()).responses
        texts = [conversation.tweets.get(r["tweet"], "text", "") for r in self.responses]
        lines = "".join(json.dumps(plain(t)) + "\n" for t in texts)
        answers = run("sentiment", "--model", model, "--json-strings", "-", input=lines.encode()).splitlines()
        for r, answer in zip(self.responses, map(json.loads, answers)):
            lang = langs.get(r["tweet"])
            known = lang.lower().split("-")[0] == "en" if is_told(lang) else answer["label"] != "unknown"
            r["score"] = answer["score"] if known else None
            r["lang"] = lang if is_told(lang) else answer["language"]
            r["minute"] = conversation.tweets.get(r["tweet"], "created", 0) // 60000

    def received(self, by, all_texts, keeps):
        """Of each tweet ("to"), author or language: [n, mean, low, high, spread]."""
        scores = {}
        for r in filter(keeps, self.responses):
            counts = r["score"] is not None and (all_texts or r["kind"] != "retweets")
            scores.setdefault(str(r[by]), []).extend([r["score"]] if counts else [])
        return {key: interval(s) for key, s in scores.items()}


def interval(scores):
    n = len(scores)
    if n == 0:
        return [0, None, None, None, None]
    mean = math.fsum(scores) / n
    if n == 1:
        return [1, mean, None, None, None]
    spread = math.sqrt(math.fsum((s - mean) ** 2 for s in scores) / (n - 1))
    margin = 1.96 * spread / math.sqrt(n)
    return [n, mean, mean - margin, mean + margin, spread]


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([DUNLIN, "serve", "--port", "0", "-q", *arguments], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __enter__(self):
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        self.url = self.process.stdout.readline().strip() if ready else ""
        if not self.url.startswith("http://127."):
            self.__exit__()
            sys.exit("the server does not start")
        for _ in range(1200):
            if self.get("stats")["data"]["source"]["state"] == "ended":
                return self
            time.sleep(0.05)
        self.__exit__()
        sys.exit("the source does not end")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()

    def get(self, target):
        with urllib.request.urlopen(self.url + "api/v1/" + target, timeout=60) as answer:
            return json.load(answer)

    def rows(self, target):
        """All pages."""
        page, rows = self.get(target), []
        while True:
            rows += page["data"]
            if "next_token" not in page["meta"]:
                return rows
            page = self.get(f"{target}&cursor={page['meta']['next_token']}")


def close(a, b):
    return a == b if a is None or b is None else abs(a - b) < 2e-6


# Board, what its rows are of in the batch, and the member that names a row.
BOARDS = (("tweets", "to", "id"), ("authors", "author", "id"), ("languages", "lang", "lang"))


def check(server, theirs, filters, keeps):
    """Every row of the boards, on all their pages; how many have a mean."""
    checked = 0
    for sentiment in ("received", "all"):
        for board, by, name in BOARDS:
            expected = theirs.received(by, sentiment == "all", keeps)
            rows = server.rows(f"{board}/top?limit=100&sentiment={sentiment}{filters}")
            assert len(rows) == len(expected), (board, sentiment, len(rows), len(expected))
            for row in rows:
                got = [row["received"][key] for key in ("n", "mean", "low", "high", "spread")]
                assert all(map(close, got, expected[row[name]])), (board, sentiment, row[name], got, expected[row[name]])
                checked += got[0] > 0
    return checked


def controversy(of):
    """The lower end of the interval of the spread."""
    return of[4] - 1.96 * of[4] / math.sqrt(2 * (of[0] - 1))


def check_orders(server, theirs):
    """Boards by reception and by controversy, of all responses' words."""
    for sort, mark in (("reception", lambda of: of[2]), ("controversy", controversy)):
        for board, by, name in BOARDS:
            expected = theirs.received(by, True, lambda r: True)
            best = sorted((mark(of) for of in expected.values() if of[0] > 1), reverse=True)
            rows = server.rows(f"{board}/top?limit=100&sentiment=all&sort={sort}")
            got = [mark(expected[row[name]]) for row in rows]
            assert len(got) == len(best) and all(map(close, got, best)), (board, sort, got[:5], best[:5])


def main(paths):
    for model in ("vader", "textblob"):
        with Server("--sentiment", model, *paths) as server:
            theirs = Batch(paths, model)
            minutes = sorted(r["minute"] for r in theirs.responses)
            half, end = minutes[len(minutes) // 2], minutes[-1] + 1
            window = f"&start={batch.write_ms(half * 60000)}&end={batch.write_ms(end * 60000)}"
            checked = check(server, theirs, "", lambda r: True)
            checked += check(server, theirs, window, lambda r: half <= r["minute"] < end)
            checked += check(server, theirs, "&kind=retweet,reply&lang=en",
                             lambda r: r["lang"] == "en" and r["kind"] != "quotes")
            check_orders(server, theirs)
            assert checked > 100, checked
            print(f"moods by {model}: {len(theirs.responses)} responses, {checked} rows with a mean are the batch's")


if __name__ == "__main__":
    main(sys.argv[1:])
