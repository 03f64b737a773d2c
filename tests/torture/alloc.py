#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""alloc.py SECONDS [FOLDER OF UNIT TESTS] [WORDS OF A NAME...]: every allocation and every
thread of the unit tests fails once, in turn, alone and with all that follow.

A test that fails for it is as it should be; a program that crashes, hangs or runs into a
sanitizer in dunlin's code is not.  (Tests may crash in their own code: what a test allocates
is not checked.)  Programs are run from the first allocation on, each a little at a time, and
random ones are added until the time is over.  Prints how many were failed; 1 if one crashed.
"""
import concurrent.futures
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

FIRST = 60 # Allocations of each program that are failed in their order.
BASE_S_MAX = 1.5, 20.0 # Programs that take longer by themselves are left out, of the short form and the long.
folder = tempfile.TemporaryDirectory(prefix='dunlin-alloc-')


OURS = re.compile(r'(\./)?(pipeline|server|geocode|sentiment)/')


def frames_of(said):
    """[(function, file, line)] of gdb's words, the innermost first."""
    return re.findall(r'^#\d+ +(?:0x\w+ in )?(\w+) .* at ([^\s:]+):(\d+)', said, re.M)


def innermost(frames):
    """The innermost frame of ours, or None if a test's is further in.  Nor do we answer for a
    test that was cut off, and then breaks a function's contract: an assertion there is meant."""
    known = [f for f in frames if OURS.match(f[1]) or 'tests/' in f[1]]
    known = [f for i, f in enumerate(known) if i == 0 or f[0] != known[i - 1][0]] # Inlined: shown twice.
    asserts = any('assert' in f[0] for f in frames)
    if not known:
        return 'crashes, nobody knows where'
    function, file, line = known[0]
    if not OURS.match(file) or (asserts and len(known) > 1 and not OURS.match(known[1][1])):
        return None
    return f'{function} at {file}:{line}'


class Program:
    def __init__(self, file):
        self.file = file
        self.name = '/'.join(file.split('/')[-2:])
        self.next = 0
        self.crashes = []

    def run(self, seconds, **environment):
        # A folder of its own: what a test leaves behind is no other's matter.
        try:
            got = subprocess.run([self.file], timeout=seconds, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 stdin=subprocess.DEVNULL, env={**os.environ, **environment})
            return got.returncode, got.stderr.decode(errors='replace')
        except subprocess.TimeoutExpired:
            return None, ''

    def measure(self, most_s):
        count = os.path.join(folder.name, self.name.replace('/', '-'))
        begin = time.monotonic()
        code, _ = self.run(most_s, DUNLIN_COUNT_ALLOC=count)
        self.base_s = time.monotonic() - begin
        if code not in (0, None):
            self.crashes.append(('none', 'fails by itself'))
        if code != 0 or not os.path.exists(count): # Without an allocation nothing counts them.
            return False
        self.count = int(open(count, encoding='ascii').read())
        return self.count > 0

    def fail(self, after, all_after):
        which = f'{after}{"+" if all_after else ""}'
        code, said = self.run(4 * self.base_s + 20, DUNLIN_FAIL_ALLOC=which)
        where = None
        if code is None:
            where = self.where_it_hangs(which)
        elif code < 0 or 'Sanitizer' in said:
            where = self.where(which, said)
        if where:
            self.crashes.append((which, where))

    def where_it_hangs(self, which):
        """What the main thread waits for in our code; a test that waits for what does not come
        any more is its own matter."""
        process = subprocess.Popen([self.file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   stdin=subprocess.DEVNULL, env={**os.environ, 'DUNLIN_FAIL_ALLOC': which})
        try:
            process.wait(2 * self.base_s + 10)
            return None
        except subprocess.TimeoutExpired:
            got = subprocess.run(['gdb', '-batch', '-p', str(process.pid), '-ex', 'thread 1', '-ex', 'bt'],
                                 capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
            where = innermost(frames_of(got.stdout.decode(errors='replace')))
            return where and f'hangs: {where}'
        finally:
            process.kill()
            process.wait()

    def where(self, which, said):
        """The innermost frame of ours, if it is no test's."""
        if 'Sanitizer' in said:
            frames = re.findall(r'#\d+ 0x\w+ in (\w+) (\S+?):(\d+)', said)
        else:
            try:
                got = subprocess.run(['gdb', '-batch', '-ex', 'run', '-ex', 'bt', self.file], stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, timeout=4 * self.base_s + 60, stdin=subprocess.DEVNULL,
                                     env={**os.environ, 'DUNLIN_FAIL_ALLOC': which}).stdout.decode(errors='replace')
            except (OSError, subprocess.TimeoutExpired):
                return 'crashes'
            frames = frames_of(got)
            if not frames and 'exited' in got:
                return None # It is not there every time; gdb has its own times.
            if '[  FAILED  ]' in got and re.search(r'^Thread (?!1 )\d+ .*received signal', got, re.M):
                return None # A test that was cut off freed what its other threads still use.
        return innermost(frames)


def plan(programs, until):
    """(program, which allocation, all after it): round by round, then at random."""
    chance = random.Random(11)
    for at in range(FIRST):
        for p in programs:
            if at < p.count:
                yield p, at, at % 2 == 1
    while time.monotonic() < until:
        p = chance.choice(programs)
        # Small numbers are more worth: many programs do the same over and over.
        yield p, int(p.count ** chance.random()), chance.random() < 0.5


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    where = sys.argv[2] if len(sys.argv) > 2 else 'build/release/tests/unit'
    words = sys.argv[3:]
    if shutil.which('gdb') is None: # It tells whose code crashed.
        print('skipped: there is no gdb')
        return 77
    files = sorted(f for f in glob.glob(os.path.join(where, '*', 'test_*')) if os.access(f, os.X_OK) and '.' not in
                   os.path.basename(f))
    programs = [Program(f) for f in files if not words or any(w in f for w in words)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        fit = list(workers.map(lambda p: p.measure(BASE_S_MAX[seconds > 300]), programs))
        programs = [p for p, fits in zip(programs, fit) if fits]
        until = time.monotonic() + seconds
        running = set()
        for program, after, all_after in plan(programs, until):
            if time.monotonic() >= until:
                break
            running.add(workers.submit(program.fail, after, all_after))
            failed += 1
            if len(running) >= 2:
                running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)[1]
    crashes = [(p.name, which, how) for p in programs for which, how in p.crashes]
    for name, which, how in crashes:
        print(f'FAILED: {name}: DUNLIN_FAIL_ALLOC={which}: {how}')
    print(f'{failed} allocations of {len(programs)} programs were failed, {len(crashes)} were not survived')
    print(f'{failed - len(crashes)} passed, {len(crashes)} failed')
    return 1 if crashes or failed == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
