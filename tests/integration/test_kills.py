#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that is killed (-9) at random moments while it takes in what is pushed:
test_kills.py [KILLS [SEED]].

Every batch of lines that was acknowledged must be there after the next start, and the
answers must be those of a replay of what was acknowledged; what was under way at the kill
may be there as a whole, or not at all."""
import http.client
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from program import PUSH_SECRET, Server, generated_sample, path, push_token, replayed, same_answers

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
LINES_A_BATCH, CHECK_EACH = 40, 5

chance = random.Random(SEED)
with open(generated_sample(20000), 'rb') as f:
    lines = f.readlines()
batches = [b''.join(lines[i:i + LINES_A_BATCH]) for i in range(0, len(lines), LINES_A_BATCH)]
db, token = path('kills.db'), push_token()
acknowledged, under_way = [], None


def push(server):
    """Until the server is gone."""
    global under_way
    try:
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=30)
        while True:
            if under_way is None:
                under_way = len(acknowledged) % len(batches)
            connection.request('POST', '/api/v1/records', body=batches[under_way], headers={
                'Content-Type': 'application/x-ndjson', 'Authorization': f'Bearer {PUSH_SECRET}'})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status in (429, 503):
                time.sleep(0.01)
                continue
            assert answer.status == 200, (answer.status, body[:500])
            acknowledged.append(under_way)
            under_way = None
    except (OSError, http.client.HTTPException):
        pass


def look():
    """What the journal says, without the server."""
    kept = replayed('kept', '--db', db)
    sent = b''.join(batches[i] for i in acknowledged[:len(batches)])
    if same_answers(kept, replayed('sent', '-', stdin=sent)):
        return
    assert under_way is not None, 'the answers differ from those of what was acknowledged'
    more = replayed('more', '-', stdin=sent + batches[under_way])
    assert same_answers(kept, more), 'neither with nor without the batch under way do the answers agree'


for kill in range(KILLS):
    with Server('serve', '--db', db, '--push-token-file', token) as server:
        pusher = threading.Thread(target=push, args=(server,))
        pusher.start()
        time.sleep(chance.random() ** 2 * 0.4)
        server.process.kill()
        server.process.wait()
        pusher.join()
    if kill % CHECK_EACH == 0 or kill == KILLS - 1:
        look()

with Server('serve', '--db', db, '--push-token-file', token) as server:
    pusher = threading.Thread(target=push, args=(server,))
    pusher.start()
    time.sleep(0.3)
    assert server.stop() == 0
    pusher.join()
look()
assert len(acknowledged) > KILLS / 4, acknowledged
print(f'{KILLS} kills, {len(acknowledged)} batches acknowledged, {len(acknowledged) * LINES_A_BATCH} lines: none lost')
print('1 passed, 0 failed')
