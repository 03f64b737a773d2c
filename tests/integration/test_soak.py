#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that takes tweets and forgets them again for as long as SOAK says, 10 s unless told:
memory and open files stay where they are once as much goes as comes."""
import datetime
import json
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from program import Server, path, push_token, run_tests, test

SECONDS = float(os.environ.get('SOAK', '10'))
TWEETS, MINUTES = 300, 10 # A batch; how far its time goes.
WARM_BATCHES = 60         # More than the hours that are kept.
GROWTH_BYTES_MAX = 6 << 20
chance = random.Random(4)


def batch(number):
    """Answers to tweets of this batch and the one before, and now and then a delete."""
    begin = datetime.datetime(2015, 1, 1) + datetime.timedelta(minutes=MINUTES * number)
    lines = []
    for i in range(TWEETS):
        at = begin + datetime.timedelta(seconds=i * 60 * MINUTES / TWEETS)
        own = (number * TWEETS + i + 1) << 22
        user = 1 + chance.randrange(2000)
        line = {'id_str': str(own), 'created_at': at.strftime('%a %b %d %H:%M:%S +0000 %Y'), 'lang': 'en',
                'text': f'a {chance.choice(("good", "bad", "plain"))} day #{chance.choice("abcdef")} {own}',
                'user': {'id_str': str(user), 'screen_name': f'u{user}', 'followers_count': 9, 'statuses_count': 9,
                         'location': chance.choice(('Bonn', 'Paris', 'Lima', 'nowhere'))}}
        if i % 3:
            line['in_reply_to_status_id_str'] = str(max(1, own // (1 << 22) - chance.randrange(1, TWEETS)) << 22)
        lines.append(line)
        if i % 50 == 7:
            lines.append({'delete': {'status': {'id_str': str(own - (5 << 22)), 'user_id_str': '7'}}})
    return ''.join(json.dumps(line) + '\n' for line in lines)


def held(server):
    process = f'/proc/{server.process.pid}'
    status = open(f'{process}/status', encoding='ascii').read()
    return int(re.search(r'VmRSS:\s+(\d+)', status).group(1)) * 1024, len(os.listdir(f'{process}/fd'))


@test
def memory_and_files_stay_where_they_are():
    db = path('soak.db')
    with Server('serve', '--db', db, '--keep', '6h', '--push-token-file', push_token()) as server:
        begin = middle = None
        number, until = 0, time.monotonic() + SECONDS
        while number < 3 * WARM_BATCHES or time.monotonic() < until:
            code, _, answer = server.push(batch(number))
            assert code == 200 and answer['data']['rejected'] == 0, (code, answer)
            server.get('/api/v1/authors/top?window=1h')
            server.get('/api/v1/stream?once=1')
            number += 1
            if number == WARM_BATCHES:
                begin = held(server)
            half = time.monotonic() > until - SECONDS / 2 and number >= 2 * WARM_BATCHES
            if middle is None and half:
                middle = held(server)
        end = held(server)
        tweets = server.api('stats')['data']['tweets']
        assert tweets < TWEETS * 60 * 7 / MINUTES, tweets # What is too old has gone.
        print(f'  {number} batches: {begin[0] / 1e6:.1f}, {middle[0] / 1e6:.1f}, {end[0] / 1e6:.1f} MB; '
              f'the journal {os.path.getsize(db) / 1e6:.1f} MB')
        assert end[0] <= middle[0] + GROWTH_BYTES_MAX and end[1] <= middle[1] + 1, (begin, middle, end)
        assert server.stop() == 0


run_tests(sys.argv[1:])
