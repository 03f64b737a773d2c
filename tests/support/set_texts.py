# SPDX-License-Identifier: MIT
"""The texts of the labelled sets, as the tests of sentiment read them."""
import glob
import os


def text_of(name, line):
    """The third field of a table; else all of the line."""
    fields = line.split("\t")
    return fields[2] if name.endswith(".tsv") and len(fields) > 2 else line


def set_texts(data):
    """Yields (name of the file, its texts)."""
    folder = os.path.join(data, "sentiment")
    paths = glob.glob(folder + "/*.tsv") + glob.glob(folder + "/*.csv") + glob.glob(folder + "/umsab/*-text.txt")
    for path in sorted(paths):
        name = os.path.basename(path)
        with open(path, encoding="utf-8", newline="\n") as lines:
            yield name, [text_of(name, line.rstrip("\n")) for line in lines]
