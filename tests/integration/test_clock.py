#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The wall clock is set while a server runs: an hour and a day back and ahead.  What comes is
taken, stored and kept; streams, replays and the end keep their own time."""
import datetime
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from program import Server, path, push_token, replayed, run_tests, same_answers, test, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
HOUR_S, DAY_S = 3600, 86400


def preload():
    """The clock that can be set, or None without a compiler."""
    library = path('clock_shift.so')
    compiler = shutil.which('gcc') or shutil.which('clang')
    if compiler is None:
        return None
    if not os.path.exists(library):
        subprocess.run([compiler, '-D_GNU_SOURCE', '-shared', '-fPIC', '-O1', '-o', library,
                        os.path.join(HERE, '..', 'torture', 'clock_shift.c')], check=True)
    return library


class Clock:
    """Of the programs that are started with its environment."""

    def __init__(self):
        self.file = path('shift', struct.pack('q', 0))
        self.environment = {'LD_PRELOAD': preload(), 'DUNLIN_CLOCK_SHIFT': self.file}

    def set(self, seconds):
        with open(self.file, 'r+b') as f:
            f.write(struct.pack('q', seconds * 1000))


def tweet(number, **more):
    """Said now, by the true clock."""
    at = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.000Z')
    users = [{'id': str(5 + number % 3), 'username': f'u{number % 3}', 'location': 'Bonn',
              'public_metrics': {'followers_count': 5, 'tweet_count': 5}}]
    return {'data': {'id': str(1500000000000000000 + number), 'author_id': users[0]['id'], 'created_at': at,
                     'text': f'a nice day {number}', **more}, 'includes': {'users': users}}


@test
def a_clock_that_is_set_back_or_ahead_loses_nothing():
    db, clock, sent = path('clock.db'), Clock(), []
    with Server('serve', '--db', db, '--keep', '7d', '--push-token-file', push_token(), **clock.environment) as server:
        def push():
            sent.append(tweet(len(sent)))
            code, _, answer = server.push(sent[-1:])
            assert code == 200 and answer['data']['accepted'] == 1 and answer['data']['stored'], (code, answer)
        push()
        for shift in (-HOUR_S, 0, HOUR_S, 0, -DAY_S, DAY_S, -30 * DAY_S, 0):
            clock.set(shift)
            for _ in range(3):
                push()
            assert server.is_ready(), (shift, server.get('/readyz'))
            assert server.api('stats')['data']['heard'] == len(sent), shift
            begin = time.monotonic()
            assert b'event: hello' in server.get('/api/v1/stream?once=1')[2]
            assert time.monotonic() - begin < 5
        push()
        assert server.stop() == 0
    lines = b''.join(json.dumps(line).encode() + b'\n' for line in sent)
    assert same_answers(replayed('kept', '--db', db), replayed('sent', '-', stdin=lines))


@test
def a_stream_and_a_replay_keep_their_own_time():
    clock = Clock()
    at = datetime.datetime(2022, 1, 1, tzinfo=datetime.timezone.utc)
    lines = []
    for number in range(60):
        line = tweet(number)
        line['data']['created_at'] = (at + datetime.timedelta(seconds=number)).strftime('%Y-%m-%dT%H:%M:%S.000Z')
        lines.append(json.dumps(line).encode() + b'\n')
    with Server('serve', path('minute.jsonl', b''.join(lines)), '--speed', '30', **clock.environment) as server:
        said = []

        def listen():
            said.append(server.get('/api/v1/stream?topics=stats')[2])
        reader = threading.Thread(target=listen)
        reader.start()
        begin = time.monotonic()
        for shift in (-HOUR_S, HOUR_S, -DAY_S, DAY_S):
            clock.set(shift)
            time.sleep(0.2)
        wait_for('all is read', lambda: server.api('stats')['data']['items'] == len(lines))
        assert time.monotonic() - begin < 15, 'a minute at thirty times its speed'
        begin = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begin < 5
        reader.join()
        assert said[0].count(b'event: stats') >= 5 and b'event: bye' in said[0], said[0][-500:]


if preload() is None:
    print('skipped: there is no compiler for a clock that can be set')
    sys.exit(77)
run_tests(sys.argv[1:])
