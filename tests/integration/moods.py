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
import urllib.error
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
            r["minute"] = conversation.tweets.get(r["tweet"], "created", 0) // 60000

    def received(self, by, all_texts, begin, end):
        """Of each tweet ("to") or author: [n, mean, low, high]."""
        scores = {}
        for r in self.responses:
            counts = r["score"] is not None and (all_texts or r["kind"] != "retweets")
            if begin <= r["minute"] < end:
                scores.setdefault(str(r[by]), []).extend([r["score"]] if counts else [])
        return {key: interval(s) for key, s in scores.items()}


def interval(scores):
    n = len(scores)
    if n == 0:
        return [0, None, None, None]
    mean = math.fsum(scores) / n
    if n == 1:
        return [1, mean, None, None]
    margin = 1.96 * math.sqrt(math.fsum((s - mean) ** 2 for s in scores) / (n - 1) / n)
    return [n, mean, mean - margin, mean + margin]


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

    def takes(self, target):
        try:
            self.get(target)
            return True
        except urllib.error.HTTPError as e:
            if e.code != 400:
                raise
            return False


def close(a, b):
    return a == b if a is None or b is None else abs(a - b) < 2e-6


def check(server, theirs, begin, end):
    """Every row of the boards; how many were looked at."""
    window = "" if end == math.inf else \
        f"&start={batch.write_ms(begin * 60000)}&end={batch.write_ms(end * 60000)}"
    checked = 0
    for sentiment in ("received", "all"):
        for board, by in (("tweets", "to"), ("authors", "author")):
            expected = theirs.received(by, sentiment == "all", begin, end)
            rows = server.get(f"{board}/top?limit=100&sort=responses&sentiment={sentiment}{window}")["data"]
            assert len(rows) == min(100, len(expected)), (board, sentiment, len(rows), len(expected))
            for row in rows:
                got = [row["received"][key] for key in ("n", "mean", "low", "high")]
                right = expected[row["id"]]
                assert all(map(close, got, right)), (board, sentiment, row["id"], got, right)
                checked += got[0] > 0
    return checked


def main(paths):
    for model in ("vader", "textblob"):
        with Server("--sentiment", model, *paths) as server:
            if not server.takes("authors/top?sentiment=all"):
                print("skipped: boards take no sentiment=all")
                sys.exit(77)
            theirs = Batch(paths, model)
            minutes = sorted(r["minute"] for r in theirs.responses)
            half = minutes[len(minutes) // 2]
            checked = check(server, theirs, 0, math.inf) + check(server, theirs, half, minutes[-1] + 1)
            assert checked > 100, checked
            print(f"moods by {model}: {len(theirs.responses)} responses, {checked} rows with a mean are the batch's")


if __name__ == "__main__":
    main(sys.argv[1:])
