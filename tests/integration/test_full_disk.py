#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The journal cannot grow for a while (a limit on the size of files stands for a full disk):
the live view goes on, readiness says why, writing resumes by itself, nothing is lost."""
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from program import (DUNLIN, Server, Skip, generated_sample, path, push_token, replayed, run, run_tests,
                     same_answers, test, wait_for)

LIMIT_BYTES = 400 * 1024
with open(generated_sample(6000), 'rb') as f:
    lines = f.readlines()
batches = [b''.join(lines[i:i + 100]) for i in range(0, len(lines), 100)]


def limit(server, size):
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@test
def a_full_disk_stops_the_journal_and_nothing_else():
    db = path('full.db')
    with Server('serve', '--db', db, '--push-token-file', push_token()) as server:
        limit(server, LIMIT_BYTES)
        refused = 0
        for batch in batches:
            code, _, answer = server.push(batch)
            assert code in (200, 503), (code, answer)
            refused += code == 503
        assert 0 < refused < len(batches), refused
        stats = server.api('stats')['data']
        assert stats['items'] == len(lines), stats['items'] # Shown all the same.
        code, _, body = server.get('/readyz')
        assert code == 503 and b'journal' in body, (code, body)
        limit(server, resource.RLIM_INFINITY)
        wait_for('it writes again', server.is_ready)
        code, _, answer = server.push(batches[0])
        assert code == 200 and answer['data']['stored'], answer
        server.process.kill()
    assert same_answers(replayed('kept', '--db', db), replayed('sent', '-', stdin=b''.join(batches)))


@test
def a_file_system_that_may_only_be_read_is_refused_in_words():
    db, folder = path('small.db'), path('read-only')
    sample = generated_sample(100)
    assert run('replay', sample, '--db', db, '--out', path('out'), '--quiet').returncode == 0
    os.mkdir(folder)
    mounted = f'mount -t tmpfs tmpfs {folder} && cp {db} {folder}/ && mount -o remount,ro {folder} && exec "$@"'
    inside = ['unshare', '--mount', '--map-root-user', 'sh', '-c', mounted, 'sh']
    if subprocess.run([*inside, 'true'], capture_output=True).returncode != 0:
        raise Skip('this machine mounts nothing for us')
    for words, said in (
            (['serve', '--port', '0', '--db', f'{folder}/small.db'], 'small.db: its lock file cannot be opened: Read-only'),
            (['serve', '--port', '0', '--db', f'{folder}/new.db'], 'new.db: Read-only file system'),
            (['replay', sample, '--quiet', '--out', f'{folder}/out'], f'{folder}/out: cannot be opened'),
            (['replay', sample, '--quiet', '--dead-letter', f'{folder}/bad', '--out', path('out')],
             f'{folder}/bad: cannot be opened')):
        got = subprocess.run([*inside, DUNLIN, *words], capture_output=True, text=True, timeout=60)
        assert got.returncode == 1 and said in got.stderr, (words, got)


run_tests(sys.argv[1:])
