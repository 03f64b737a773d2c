#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the compiler does not see: tidy.py [FOLDER].

Each check below yields (file, line, message) for what it objects to; a new check is
one more function named check_..., and its planted mistake in test_tidy.py.
"""
import os
import re
import shutil
import subprocess
import sys

# Who may include whom, by folder, the longest match first.  "" is the top level of a
# folder: the pipeline/ files themselves.  Arrows point down only (ARCHITECTURE.md).
BASE = {"pipeline/base"}
LOGIC = BASE | {"geocode", "sentiment", "pipeline/decode", "pipeline/sources"}
SERVED = LOGIC | {"pipeline", "pipeline/queries", "pipeline/store", "pipeline/gen"}
ARROWS = {
    "pipeline/base": BASE,
    "pipeline/flow": BASE | {"pipeline/flow"},
    "geocode": BASE | {"geocode"},
    "geocode/compile": BASE | {"geocode", "geocode/compile"},
    "sentiment": BASE | {"sentiment"},
    "pipeline/decode": BASE | {"pipeline/decode", "pipeline/sources/source.h"},
    "pipeline/sources": BASE | {"pipeline/sources", "pipeline/decode/record.h"},
    "pipeline/store": BASE | {"pipeline/store", "pipeline/decode/record.h"},
    "pipeline/gen": LOGIC | {"pipeline/gen"},
    "pipeline/queries": LOGIC | {"pipeline/queries", "pipeline/flow/flow.h", "pipeline/flow/view.h"},
    "pipeline": LOGIC | {"pipeline", "pipeline/flow/flow.h", "pipeline/flow/view.h",
                         "pipeline/queries", "pipeline/store", "pipeline/gen"},
    "server/base": SERVED | {"server/base"},
    "server/options": SERVED | {"server/options", "server/base"},
    "server/http": SERVED | {"server/http", "server/base"},
    "server/live": SERVED | {"server/live", "server/base"},
    "server/rest": SERVED | {"server/rest", "server/base", "server/http", "server/live"},
    "server/process": SERVED | {"server/process", "server/base", "server/options", "server/rest"},
    "server/cli": SERVED | {"server/cli", "server/base", "server/options", "server/http", "server/rest", "server/process"},
    "server": SERVED | {"server/base", "server/options", "server/http", "server/live", "server/rest", "server/process", "server/cli"},
    "data": LOGIC | {"data"},
    "tests": None,  # Anything.
}

# One door for each foreign library: (header, files that may include it).
DOORS = [
    (r"curl/", r"pipeline/sources/(x_stream_curl\.h|mastodon_connection\.c)$|server/cli/(asker_remote|poster)\.c$"),
    (r"microhttpd\.h$", r"server/http/http\w*\.[ch]$"),
    (r"nettle/", r"server/rest/cursor\.c$|pipeline/anonymize\.c$"),
    (r"sqlite3\.h$", r"pipeline/store/journal\.c$|tests/"),
    (r"(libsvm/)?svm\.h$", r"(sentiment|geocode)/"),
    (r"jansson\.h$", r"pipeline/decode/strict\.c$|server/cli/screen\.c$"),
    (r"simdjson\.h$", r"pipeline/decode/simd\.cc$"),
    (r"cld2/", r"sentiment/cld2\.cc$"),
    (r"uni(case|conv|ctype|lbrk|name|norm|str|types|wbrk|width)\.h$", r"(sentiment/letter|geocode/compile/fold_build)\.c$"),
    (r"(bzlib|zlib)\.h$", r"pipeline/sources/files_unpack\.c|server/http/assets\.c$"),
    (r"(lzma|zstd)\.h$", r"pipeline/sources/files_unpack\.c$|pipeline/store/packing\.c$"),
    (r"archive(_entry)?\.h$", r"pipeline/sources/files_archive\.c$"),
    (r"cmocka\.h$", r"tests/"),
    (r"gnutls/", r"tests/support/"),
]

SYSTEM = re.compile(
    r"^(assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|stdalign"
    r"|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|threads|time|uchar"
    r"|wchar|wctype|dirent|dlfcn|fcntl|fnmatch|ftw|getopt|glob|grp|langinfo|libgen|malloc|netdb|poll"
    r"|pthread|pwd|regex|sched|semaphore|spawn|strings|syslog|termios|unistd|utime"
    r"|(sys|net|netinet|arpa|linux)/\w+|[a-z0-9]*intrin)\.h$|^[a-z_]+$")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LINES_MAX, COMPLEXITY_MAX = 70, 15


def tracked(root):
    """Files under version control, or all of them where there is no git."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                            capture_output=True, text=True)
    if listed.returncode == 0:
        return sorted({f for f in listed.stdout.split("\n") if f and os.path.isfile(os.path.join(root, f))})
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", "node_modules", ".git", "__pycache__")]
        files += [os.path.relpath(os.path.join(folder, f), root) for f in names]
    return sorted(files)


class Tree:
    def __init__(self, root):
        self.root = root
        self.files = tracked(root)

    def named(self, *endings):
        return [f for f in self.files if f.endswith(endings)]

    def lines(self, name):
        with open(os.path.join(self.root, name), encoding="utf-8", errors="replace") as f:
            return f.read().split("\n")

    def includes(self):
        for name in self.named(".c", ".h", ".cc"):
            for number, line in enumerate(self.lines(name), 1):
                found = INCLUDE.match(line)
                if found:
                    yield name, number, found.group(1), found.group(2)


def arrows_of(name):
    folder = os.path.dirname(name)
    while folder and folder not in ARROWS:
        folder = os.path.dirname(folder)
    return folder


def check_includes_point_down(tree):
    for name, line, mark, header in tree.includes():
        if mark != '"':
            continue
        if "/" not in header:
            yield name, line, f'"{header}": write the path from the root of the tree'
            continue
        source = arrows_of(name)
        if not source:
            yield name, line, "no arrows are known for this folder; see ARROWS"
            continue
        allowed = ARROWS[source]
        if header.startswith("tests/") and source != "tests":
            yield name, line, f'"{header}": the program does not include its tests'
        elif allowed is not None and header not in allowed and os.path.dirname(header) not in allowed \
                and not os.path.dirname(header).startswith("build"):
            yield name, line, f'"{header}": {source} does not include {os.path.dirname(header)}'


def check_each_foreign_library_has_one_door(tree):
    for name, line, mark, header in tree.includes():
        if mark != "<" or SYSTEM.match(header):
            continue
        door = next(((h, d) for h, d in DOORS if re.match(h, header)), None)
        if door is None:
            yield name, line, f"<{header}>: no door is known for this library; see DOORS"
        elif not re.match(door[1], name) and not name.startswith("tests/"):
            yield name, line, f"<{header}>: its door is {door[1]}"


def check_functions_are_short_and_plain(tree):
    """Length and complexity by pmccabe; tests/tidy/shape.allow lists the exceptions, each
    with its reason: `file function reason...`."""
    allowed = {}
    if "tests/tidy/shape.allow" in tree.files:
        for number, line in enumerate(tree.lines("tests/tidy/shape.allow"), 1):
            if line.strip() and not line.startswith("#"):
                words = line.split(None, 2)
                if len(words) < 3:
                    yield "tests/tidy/shape.allow", number, "a reason is missing"
                else:
                    allowed[words[0], words[1]] = number
    files = [f for f in tree.named(".c", ".cc") if not f.startswith("tests/fuzz/corpus")]
    if not files:
        return
    found = subprocess.run(["pmccabe"] + files, cwd=tree.root, capture_output=True, text=True)
    seen = set()
    for row in found.stdout.split("\n"):
        columns = row.split("\t")
        if len(columns) < 6:
            continue
        complexity, lines, first = int(columns[0]), int(columns[4]), int(columns[3])
        name, function = re.match(r"(.*)\(\d+\): (.*)$", columns[5]).groups()
        if lines <= LINES_MAX and complexity <= COMPLEXITY_MAX:
            continue
        seen.add((name, function))
        if (name, function) not in allowed:
            yield name, first, f"{function}: {lines} lines, complexity {complexity}"
    for key in allowed.keys() - seen:
        yield "tests/tidy/shape.allow", allowed[key], f"{key[1]} needs no exception any more"


def check_each_file_begins_with_its_licence(tree):
    for name in tree.named(".c", ".h", ".cc"):
        if not re.match(r"/[/*] SPDX-License-Identifier: MIT", tree.lines(name)[0]):
            yield name, 1, "the first line is not the SPDX line"
    for name in tree.named(".ts", ".tsx", ".mjs", ".py", ".sh"):
        if not any("SPDX-License-Identifier: MIT" in line for line in tree.lines(name)[:3]):
            yield name, 1, "no SPDX line in the first three"


def check_guards_are_named_after_their_files(tree):
    for name in tree.named(".h"):
        guard = "DUNLIN_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
        text = "\n".join(tree.lines(name))
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield name, 1, f"the guard is not {guard}"


def text_files(tree):
    for name in tree.files:
        if name.startswith("tests/tidy/") or re.search(r"\.(png|bin|gz|bz2|ico|woff2|topojson)$", name):
            continue
        if not name.startswith("tests/fuzz/corpus/"):
            yield name


def search(tree, names, pattern, message):
    compiled = re.compile(pattern)
    for name in names:
        for number, line in enumerate(tree.lines(name), 1):
            found = compiled.search(line)
            if found:
                yield name, number, message.format(found.group(0))


def check_nothing_is_left_to_do(tree):
    yield from search(tree, [f for f in text_files(tree) if not f.endswith("lock.json")],
                      r"\b(FIXME|TODO|XXX)\b", "{}: finish it or write an issue")


def check_no_registry_is_named(tree):
    hosts = (r"\b(registry|proxy|files|repo1|deb|static|index|security)[.](npmjs|yarnpkg|golang|maven|debian|crates"
             r"|pythonhosted)\b|\bpypi[.]\w|\bpythonhosted[.]|\"resolved\":")
    yield from search(tree, text_files(tree), hosts, "{}: name no registry host")


def check_the_tree_knows_nothing_outside_itself(tree):
    names = [f for f in text_files(tree) if not f.startswith("tests/support/shared_data")]
    yield from search(tree, names, r"(?<![\w./])\.\./shared\b|(?<![\w.])/work/", "{}: a path outside the project")
    yield from search(tree, names, r"\bDESIGN\b(?!\w)|\bGUIDE \d", "{}: not a file of this project")


def check_the_page_writes_no_html_from_strings(tree):
    names = [f for f in tree.named(".ts", ".tsx", ".mjs", ".js", ".html") if f.startswith("web/")]
    yield from search(tree, names, r"\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML"
                      r"|document\.write|DOMParser)\b|\beval\(|new Function\(", "{}: use textContent")


def check_what_a_header_offers_is_used(tree):
    """A function that only its own file names belongs there, static, or is dead."""
    words = {}
    for name in tree.named(".c", ".h", ".cc"):
        for word in set(re.findall(r"\b[a-z]\w*\b", "\n".join(tree.lines(name)))):
            words.setdefault(word, set()).add(os.path.splitext(name)[0])
    prototype = re.compile(r"^(?!typedef|static|#|extern|return|else)[a-z][\w \*]*?\b([a-z]\w+)\(")
    for name in tree.named(".h"):
        for number, line in enumerate(tree.lines(name), 1):
            found = prototype.match(line)
            inline = found and sum(found.group(1) + "(" in other for other in tree.lines(name)) > 1
            if found and not inline and len(words[found.group(1)]) == 1:
                yield name, number, f"{found.group(1)}: nobody else uses it"


def check_faults_name_tests_that_are_there(tree):
    """tests/FAULTS.md: `file below tests/:words in it`, one at least in each row but those that
    say by which target, or where, it is done."""
    if "tests/FAULTS.md" not in tree.files:
        return
    for number, line in enumerate(tree.lines("tests/FAULTS.md"), 1):
        named = re.findall(r"`([\w./-]+\.(?:c|py|sh|mjs)):([^`]+)`", line)
        for file, words in named:
            if "tests/" + file not in tree.files:
                yield "tests/FAULTS.md", number, f"{file} is not there"
            elif not re.search(rf"(?<!\w){re.escape(words)}(?!\w)", "\n".join(tree.lines("tests/" + file))):
                yield "tests/FAULTS.md", number, f"{file} has no {words}"
        if line.startswith("| ") and line.count("|") == 4 and not named \
                and not re.search(r"\| (test|---) |`make |README", line):
            yield "tests/FAULTS.md", number, "no test is named"


def main(root):
    tree = Tree(root)
    passed = failed = skipped = 0
    for key, check in list(globals().items()):
        if not key.startswith("check_"):
            continue
        name = key[len("check_"):].replace("_", " ")
        if "functions_are_short" in key and shutil.which("pmccabe") is None:
            print(f"skipped: {name}: pmccabe is not on this machine")
            skipped += 1
            continue
        found = list(check(tree))
        for file, line, message in found:
            print(f"{file}:{line}: {message}")
        print(("FAILED: " if found else "ok: ") + name)
        failed += bool(found)
        passed += not found
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
