#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""faults.py [WORDS OF A SECTION OR FAULT...]: plays the faults of tests/FAULTS.md, prints a line
for each, and closes with "N passed, N failed": a fault has passed when all tests of its row have.

Programs are run once each, shortly.  What another target runs (fuzzers, long forms) is named."""
import os
import re
import subprocess
import sys
import time

BUILD = os.environ.get('BUILD', 'build/release')
SECONDS_MAX = 900
NAMED = re.compile(r'`([\w./-]+\.(?:c|py|sh|mjs)):([^`]+)`')


def read_rows(words):
    """[(section, fault, [(file, test)])]"""
    section, rows = '', []
    with open('tests/FAULTS.md', encoding='utf-8') as f:
        for line in f:
            if line.startswith('## '):
                section = re.split('[:,]', line[3:].strip())[0]
            cells = line.strip().split(' | ')
            if not line.startswith('| ') or len(cells) < 2 or cells[0] in ('| fault', '| what'):
                continue
            fault = cells[0][2:]
            if not words or any(w in f'{section}: {fault}' for w in words):
                rows.append((section, fault, NAMED.findall(cells[1])))
    return rows


def program_of(file):
    """What runs the test, or None if another target does."""
    if file.startswith(('unit/', 'integration/')):
        return f'{BUILD}/tests/{file[:-2]}' if file.endswith('.c') else f'tests/{file}'
    return None


def plain(name):
    return name.strip().replace('_', ' ')


class Run:
    def __init__(self, program):
        begin = time.monotonic()
        try:
            got = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX,
                                 stdin=subprocess.DEVNULL)
            self.code, said = got.returncode, got.stdout.decode(errors='replace')
        except (OSError, subprocess.TimeoutExpired) as e:
            self.code, said = -1, str(e)
        self.passed = {plain(n) for n in re.findall(r'^(?:\[       OK \] |ok: )(.*)$', said, re.M)}
        self.skipped = {plain(n) for n in re.findall(r'^skipped: ([^:\n]*)', said, re.M)}
        print(f'== {program}: {time.monotonic() - begin:.0f} s, exit code {self.code}', flush=True)
        if self.code not in (0, 77):
            print(said[-3000:])

    def verdict(self, test):
        """Words that are no test's name stand for the whole program."""
        if self.code == 77 or plain(test) in self.skipped:
            return 'skipped'
        return 'ok' if plain(test) in self.passed or self.code == 0 else 'FAILED'


def main(words):
    rows = read_rows(words)
    programs = sorted({program_of(file) for _, _, tests in rows for file, _ in tests} - {None})
    runs = {program: Run(program) for program in programs}
    counts = {'ok': 0, 'FAILED': 0, 'skipped': 0, 'elsewhere': 0}
    for section, fault, tests in rows:
        verdicts = {runs[program_of(file)].verdict(test) for file, test in tests if program_of(file)}
        result = next((v for v in ('FAILED', 'skipped', 'ok') if v in verdicts), 'elsewhere')
        counts[result] += 1
        print(f'{result}: {section}: {fault}')
    print(f'{len(rows)} faults, of which {counts["elsewhere"]} are played by other targets')
    print(f'{counts["ok"]} passed, {counts["FAILED"]} failed, {counts["skipped"]} skipped')
    return 1 if counts['FAILED'] or not counts['ok'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
