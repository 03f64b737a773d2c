#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The journal cannot grow for a while (a limit on the size of files stands for a full disk):
the live view goes on, readiness says why, writing resumes by itself, nothing is lost."""
import filecmp
import json
import os
import resource
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from program import DUNLIN, Server, generated_sample, path, run_tests, test

LIMIT_BYTES = 400 * 1024
ANSWERS = ('totals.json', 'authors.jsonl', 'tweets.jsonl', 'places.jsonl', 'minutes.jsonl')
with open(generated_sample(6000), 'rb') as f:
    lines = f.readlines()
batches = [b''.join(lines[i:i + 100]) for i in range(0, len(lines), 100)]
token = path('push-token', b'a-secret-for-pushing\n')
os.chmod(token, 0o600)


def limit(server, size):
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def push(server, batch):
    code, _, body = server.ask('POST', '/api/v1/records', body=batch, Content_Type='application/x-ndjson',
                               Authorization='Bearer a-secret-for-pushing')
    return code, json.loads(body)


def replay(name, arguments, content=b''):
    out = path(name)
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([DUNLIN, 'replay', '--out', out, '--quiet', *arguments], input=content, check=True, timeout=120)
    return out


def wait_for(what, question):
    for _ in range(200):
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(what)


@test
def a_full_disk_stops_the_journal_and_nothing_else():
    db = path('full.db')
    with Server('serve', '--db', db, '--push-token-file', token) as server:
        limit(server, LIMIT_BYTES)
        refused = 0
        for batch in batches:
            code, answer = push(server, batch)
            assert code in (200, 503), (code, answer)
            refused += code == 503
        assert 0 < refused < len(batches), refused
        stats = server.api('stats')['data']
        assert stats['items'] == len(lines), stats['items'] # Shown all the same.
        code, _, body = server.get('/readyz')
        assert code == 503 and b'journal' in body, (code, body)
        limit(server, resource.RLIM_INFINITY)
        wait_for('it writes again', lambda: server.get('/readyz')[0] == 200)
        code, answer = push(server, batches[0])
        assert code == 200 and answer['data']['stored'], answer
        server.process.kill()
    kept = replay('kept', ['--db', db])
    sent = replay('sent', ['-'], b''.join(batches))
    assert filecmp.cmpfiles(kept, sent, ANSWERS, shallow=False)[0] == list(ANSWERS)


run_tests(sys.argv[1:])
