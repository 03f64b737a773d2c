#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each check of tidy.py finds a mistake planted for it, and a clean tree passes them all."""
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402

SPDX = "/* SPDX-License-Identifier: MIT */\n"
CLEAN = {
    "pipeline/base/text.h": SPDX + "#ifndef DUNLIN_PIPELINE_BASE_TEXT_H\n#define DUNLIN_PIPELINE_BASE_TEXT_H\n#endif\n",
    "pipeline/queries/mood.c": SPDX + '#include <stdio.h>\n\n#include "pipeline/flow/flow.h"\n#include "geocode/geocode.h"\n',
    "pipeline/sources/mastodon_connection.c": SPDX + '#include <curl/curl.h>\n#include "pipeline/base/text.h"\n',
    "web/src/main.ts": "// SPDX-License-Identifier: MIT\nnode.textContent = name;\n",
    "tests/unit/test_disk.c": SPDX + "void a_full_disk_is_said(void);\n",
    "tests/FAULTS.md": "| fault | test | long |\n|---|---|---|\n| a full disk | `unit/test_disk.c:a_full_disk_is_said` | |\n",
}
LONG = SPDX + "int f(int a) {\n" + "    a++;\n" * 71 + "    return a;\n}\n"
TANGLED = SPDX + "int f(int a) {\n" + "    if (a) a++;\n" * 16 + "    return a;\n}\n"
FIX = "FIX" + "ME"

# (the check, file, text): each alone in a clean tree must fail that check.
PLANTED = [
    ("includes_point_down", "pipeline/flow/flow.c", SPDX + '#include "pipeline/queries/query.h"\n'),
    ("includes_point_down", "geocode/find.c", SPDX + '#include "pipeline/flow/flow.h"\n'),
    ("includes_point_down", "server/rest/route.c", SPDX + '#include "pipeline/flow/flow.h"\n'),
    ("includes_point_down", "pipeline/queries/mood.c", SPDX + '#include "pipeline/flow/trace.h"\n'),
    ("includes_point_down", "pipeline/base/text.c", SPDX + '#include "text.h"\n'),
    ("includes_point_down", "pipeline/base/text.c", SPDX + '#include "tests/support/fail_alloc.h"\n'),
    ("includes_point_down", "pipeline/sources/x.c", SPDX + '#include "pipeline/decode/decode.h"\n'),
    ("each_foreign_library_has_one_door", "server/rest/route.c", SPDX + "#include <curl/curl.h>\n"),
    ("each_foreign_library_has_one_door", "server/rest/route.c", SPDX + "#include <microhttpd.h>\n"),
    ("each_foreign_library_has_one_door", "server/rest/route.c", SPDX + "#include <openssl/ssl.h>\n"),
    ("each_foreign_library_has_one_door", "pipeline/decode/fast.c", SPDX + "#include <simdjson.h>\n"),
    ("functions_are_short_and_plain", "pipeline/base/long.c", LONG),
    ("functions_are_short_and_plain", "pipeline/base/tangled.c", TANGLED),
    ("functions_are_short_and_plain", "tests/tidy/shape.allow", "pipeline/base/text.c f no such thing\n"),
    ("each_file_begins_with_its_licence", "pipeline/base/text.c", "int a;\n"),
    ("guards_are_named_after_their_files", "pipeline/base/map.h", SPDX + "#ifndef MAP_H\n#define MAP_H\n#endif\n"),
    ("nothing_is_left_to_do", "pipeline/base/text.c", SPDX + f"/* {FIX} */\n"),
    ("what_a_header_offers_is_used", "pipeline/base/map.h",
     SPDX + "#ifndef DUNLIN_PIPELINE_BASE_MAP_H\n#define DUNLIN_PIPELINE_BASE_MAP_H\nint map_size(int a);\n#endif\n"),
    ("no_registry_is_named", "web/package-lock.json", '{"resolved": "x"}\n'),
    ("no_registry_is_named", "data/data.mk", "https://regis" + "try.npmjs.org/x\n"),
    ("the_tree_knows_nothing_outside_itself", "data/data.mk", "cp ../shar" + "ed/data/x .\n"),
    ("the_tree_knows_nothing_outside_itself", "server/rest/route.c", SPDX + "/* As DES" + "IGN 5 says. */\n"),
    ("faults_name_tests_that_are_there", "tests/FAULTS.md", "| a full disk | `unit/test_disk.c:a_full_disk` | |\n"),
    ("faults_name_tests_that_are_there", "tests/FAULTS.md", "| a full disk | `unit/test_gone.c:a_full_disk_is_said` | |\n"),
    ("faults_name_tests_that_are_there", "tests/FAULTS.md", "| a full disk | somewhere | |\n"),
    ("the_page_writes_no_html_from_strings", "web/src/main.ts", "// SPDX-License-Identifier: MIT\nnode.inner" + "HTML = name;\n"),
]


def plant(files):
    folder = tempfile.mkdtemp()
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(content)
    return folder


def findings(check, files):
    folder = plant(files)
    try:
        return list(getattr(tidy, "check_" + check)(tidy.Tree(folder)))
    finally:
        shutil.rmtree(folder)


def main():
    checks = [name[len("check_"):] for name in dir(tidy) if name.startswith("check_")]
    needs_tool = {"functions_are_short_and_plain"} if shutil.which("pmccabe") is None else set()
    passed = failed = 0
    for check in checks:
        right = check in needs_tool or not findings(check, CLEAN)
        right &= check in {c for c, _, _ in PLANTED}
        print(f"{'ok' if right else 'FAILED'}: {check}: a clean tree passes, and a mistake is planted for it")
        passed, failed = passed + right, failed + (not right)
    for check, name, content in PLANTED:
        if check in needs_tool:
            continue
        found = findings(check, {**CLEAN, name: content})
        right = len(found) == 1 and found[0][0] == name
        print(f"{'ok' if right else 'FAILED'}: {check}: found in {name}" + ("" if right else f": {found}"))
        passed, failed = passed + right, failed + (not right)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
