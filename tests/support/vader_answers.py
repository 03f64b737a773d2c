#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks the original VADER for the answers that the tests hold ours against.

    vader_answers.py sets DATA FOLDER    the texts of DATA/sentiment -> FOLDER/*.i16
    vader_answers.py cases FILE.case     fills in the third line of every case

Needs the original: pip install vaderSentiment==3.3.2 (in an environment of its own).
The sets' texts are other people's words: only four numbers a line are kept, little-
endian int16: compound in 1e-4, then positive, neutral and negative in 1e-3.
"""
import json
import os
import struct
import sys

from set_texts import set_texts
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

ANALYZER = SentimentIntensityAnalyzer()


def answer(text):
    a = ANALYZER.polarity_scores(text)
    return round(a["compound"] * 1e4), round(a["pos"] * 1e3), round(a["neu"] * 1e3), round(a["neg"] * 1e3)


def sets(data, folder):
    for name, texts in set_texts(data):
        with open(os.path.join(folder, name + ".i16"), "wb") as out:
            for text in texts:
                out.write(struct.pack("<4h", *answer(text)))
        print(f"{name}: {len(texts)}")


def cases(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        blocks = [b.split("\n") for b in lines.read().strip("\n").split("\n\n")]
    for block in blocks:
        if block[0].startswith("#"):
            continue
        a = answer(json.loads(block[1]))
        block[2:] = [f"{a[0] / 1e4:.4f} {a[1] / 1e3:.3f} {a[2] / 1e3:.3f} {a[3] / 1e3:.3f}"]
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write("\n\n".join("\n".join(block) for block in blocks) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "sets":
        sets(*sys.argv[2:])
    elif len(sys.argv) == 3 and sys.argv[1] == "cases":
        cases(sys.argv[2])
    else:
        sys.exit(__doc__)
