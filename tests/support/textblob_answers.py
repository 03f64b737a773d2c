#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks the original TextBlob for the answers that the tests hold ours against.

    textblob_answers.py sets DATA FOLDER       the texts of DATA/sentiment -> FOLDER/*.i32
    textblob_answers.py cases FILE.case        fills in the third line of every case
    textblob_answers.py made PARTS COUNT FILE  the answers to COUNT texts made of the parts

Needs the original: pip install textblob==0.20.1 (in an environment of its own), under a
Python before 3.12, whose sum() no longer adds floats one by one.
The sets' texts are other people's words: only the polarity is kept, in 1e-9, little-endian
int32, one a line.  How a text is made of parts: made() here and in test_textblob.c.
"""
import json
import os
import struct
import sys

from textblob import TextBlob
from set_texts import set_texts

MASK = (1 << 64) - 1


def polarity(text):
    return TextBlob(text).sentiment.polarity


def packed(text):
    return struct.pack("<i", round(polarity(text) * 1e9))


def sets(data, folder):
    for name, texts in set_texts(data):
        with open(os.path.join(folder, name + ".i32"), "wb") as out:
            out.writelines(packed(text) for text in texts)
        print(f"{name}: {len(texts)}")


def cases(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        blocks = [b.split("\n") for b in lines.read().strip("\n").split("\n\n")]
    for block in blocks:
        if not block[0].startswith("#"):
            block[2:] = [f"{polarity(json.loads(block[1])):.9f}"]
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write("\n\n".join("\n".join(block) for block in blocks) + "\n")


def draws(seed):
    """splitmix64, as pipeline/base/random.h has it."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        yield z ^ (z >> 31)


def made(parts, seed):
    """1 to 24 parts, half of them with a blank behind."""
    d = draws(seed)
    text = ""
    for _ in range(1 + next(d) % 24):
        text += parts[next(d) % len(parts)]
        text += " " if next(d) % 2 else ""
    return text


def made_answers(path, count, answers):
    with open(path, encoding="utf-8", newline="\n") as lines:
        parts = [json.loads(line) for line in lines if line.startswith('"')]
    with open(answers, "wb") as out:
        out.writelines(packed(made(parts, seed)) for seed in range(count))


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "sets":
        sets(*sys.argv[2:])
    elif len(sys.argv) == 3 and sys.argv[1] == "cases":
        cases(sys.argv[2])
    elif len(sys.argv) == 5 and sys.argv[1] == "made":
        made_answers(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        sys.exit(__doc__)
