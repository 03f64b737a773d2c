#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A short replay and a short serving under valgrind: no error, nothing lost.  VALGRIND_LINES
makes them longer."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from program import DUNLIN, Server, generated_sample, path, push_token, run_tests, test, wait_for

LINES = int(os.environ.get('VALGRIND_LINES', '600'))
FOUND = 99
WATCHED = ('valgrind', '--quiet', f'--error-exitcode={FOUND}', '--leak-check=full',
           '--errors-for-leak-kinds=definite,indirect', '--show-leak-kinds=definite,indirect', DUNLIN)


@test
def a_replay_is_clean():
    got = subprocess.run([*WATCHED, 'replay', generated_sample(LINES), '--out', path('out'), '--quiet'],
                         capture_output=True, text=True, timeout=600)
    assert got.returncode == 0, got.stderr[-3000:]


@test
def a_server_is_clean():
    said = path('valgrind.log')
    with open(said, 'w', encoding='utf-8') as log, open(generated_sample(LINES), 'rb') as f:
        lines = f.readlines()
        with Server('serve', '--db', path('valgrind.db'), '--push-token-file', push_token(), command=WATCHED,
                    stderr=log) as server:
            wait_for('it is ready', server.is_ready)
            for at in range(0, len(lines), 100):
                code, _, answer = server.push(b''.join(lines[at:at + 100]))
                assert code == 200 and answer['data']['stored'], (code, answer)
            for target in ('authors/top', 'tweets/top?window=1h', 'timeline', 'origins/top', 'stats', 'sources',
                           'stream?once=1', 'export?what=tweets&format=csv'):
                assert server.get('/api/v1/' + target)[0] == 200, target
            server.process.terminate()
            code = server.process.wait(60)
    assert code == 0, (code, open(said, encoding='utf-8').read()[-3000:])


if shutil.which('valgrind') is None:
    print('skipped: there is no valgrind')
    sys.exit(77)
run_tests(sys.argv[1:])
