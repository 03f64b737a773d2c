#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One dump, however it is written down, packed and ordered, gives the same answers, byte
for byte; and strange conversations are worked through like any other.
"""
import bz2
import gzip
import io
import json
import lzma
import os
import random
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.dirname(__file__))
from program import path, run, run_tests, test

LINES = 1500
FILES = ['accounting.json', 'authors.jsonl', 'minutes.jsonl', 'places.jsonl', 'totals.json',
         'tweets.jsonl']
number = 0


def replay(*files, stdin=None):
    """The six files as bytes."""
    global number
    number += 1
    out = path('out%d' % number)
    r = run('replay', '-q', '--clean-min', '5', *files, '--out', out, stdin=stdin)
    assert r.returncode == 0, r.stderr
    answers = {}
    for name in FILES:
        with open(os.path.join(out, name), 'rb') as f:
            answers[name] = f.read()
    accounting = json.loads(answers['accounting.json'])
    assert sum(accounting[o] for o in ('accepted', 'repaired', 'ignored', 'rejected')) \
        == accounting['items'], accounting
    return answers


def totals(answers):
    return json.loads(answers['totals.json'])


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)
    return out.getvalue()


@test
def one_dump_in_all_forms_gives_the_same_bytes():
    made = run('gen', '--lines', str(LINES))
    assert made.returncode == 0, made.stderr
    lines = [line for line in made.stdout.decode().split('\n') if line]
    objects = [json.loads(line) for line in lines]
    data = ('\n'.join(lines) + '\n').encode()
    mixed = lines[:]
    random.Random(1).shuffle(mixed)
    parts = [('\n'.join(mixed[i::4]) + '\n').encode() for i in range(4)]
    expected = replay(path('plain', data))
    assert totals(expected)['responses'] > 100, expected['totals.json']
    forms = {
        'gz': gzip.compress(data), 'bz2': bz2.compress(data), 'xz': lzma.compress(data),
        'two-gz': gzip.compress(data[:1000]) + gzip.compress(data[1000:]),
        'crlf': data.replace(b'\n', b'\r\n'), 'bom': b'\xef\xbb\xbf' + data,
        'no-newline': data[:-1], 'shuffled': b''.join(parts),
        'array': json.dumps(objects), 'indented': json.dumps(objects, indent=2),
        'statuses': json.dumps({'statuses': objects}),
        'results': json.dumps({'next': 'x', 'results': objects}, indent=1),
        'joined': ''.join(lines), 'objects': '\n'.join(json.dumps(o, indent=3) for o in objects),
        'assigned': 'Grailbird.data.tweets_2012_11 = ' + json.dumps(objects) + ';',
        'arrays': '\n'.join('[' + ','.join(lines[i::3]) + ']' for i in range(3)),
        'ascii': '\n'.join(json.dumps(o) for o in objects),
        'utf8': '\n'.join(json.dumps(o, ensure_ascii=False) for o in objects),
        'tar': tar([('a/%d.json' % i, p) for i, p in enumerate(parts)]),
        'tar-of-bz2': tar([('a/%d.json.bz2' % i, bz2.compress(p)) for i, p in enumerate(parts)]),
        'tar.gz': gzip.compress(tar([('x.json', data)])),
        'zip': zipped([('%d.json' % i, p) for i, p in enumerate(parts)]),
        'zip-of-bz2': zipped([('%d.bz2' % i, bz2.compress(p)) for i, p in enumerate(parts)]),
    }
    for name, content in forms.items():
        found = replay(path(name, content))
        assert found == expected, (name, [n for n in FILES if found[n] != expected[n]])
    assert replay('-', stdin=data) == expected
    pieces = [path('many/%d' % i, p) for i, p in enumerate(parts)]
    assert replay(*pieces) == expected and replay(*pieces[::-1]) == expected
    assert replay(path('many')) == expected
    wide = replay(path('utf16', data.decode().encode('utf-16')))
    del wide['accounting.json'], expected['accounting.json']  # There it counts as repaired.
    assert wide == expected


def tweet(tweet_id, user, **more):
    return {'id': tweet_id, 'id_str': str(tweet_id), 'text': 'good', 'lang': 'en',
            'created_at': 'Wed Oct 10 20:19:24 +0000 2018',
            'user': {'id': user, 'id_str': str(user), 'screen_name': 'u%d' % user,
                     'location': 'Bonn', 'followers_count': 3, 'statuses_count': 5}, **more}


def of(*objects):
    return path('strange', ''.join(json.dumps(o) + '\n' for o in objects))


@test
def strange_conversations_add_up():
    same = totals(replay(of(*[tweet(11, 1)] * 1000)))
    assert same['heard'] == same['tweets'] == 1, same
    own = totals(replay(of(tweet(11, 1, retweeted_status=tweet(11, 1)))))
    assert own['tweets'] == 1 and own['responses'] == 0, own
    circle = totals(replay(of(tweet(11, 1, in_reply_to_status_id=12),
                              tweet(12, 2, in_reply_to_status_id=13),
                              tweet(13, 3, in_reply_to_status_id=11))))
    assert circle['replies'] == circle['responses'] == 3, circle
    all_kinds = totals(replay(of(tweet(11, 1), tweet(12, 2, retweeted_status=tweet(11, 1),
                                                     in_reply_to_status_id=11,
                                                     quoted_status_id=11))))
    assert all_kinds['retweets'] == all_kinds['responses'] == 1, all_kinds
    tags = [{'text': 't%d' % i, 'indices': [0, 1]} for i in range(100000)]
    assert totals(replay(of(tweet(11, 1, entities={'hashtags': tags}))))['tweets'] == 1


@test
def strange_characters_come_out_as_they_went_in():
    texts = ['', 'e' + '\u0301' * 280, '\u202eabc\u202c \u2066x\u2069', '\U0001f468\u200d\U0001f469',
             '\u2028\u2029\x7f', '<script>alert(1)</script>', 'a\x00b', '\x1b[31m']
    answers = replay(of(*[tweet(11 + i, 1, text=t) for i, t in enumerate(texts)],
                        *[tweet(111 + i, 2, in_reply_to_status_id=11 + i)
                          for i in range(len(texts))]))
    found = [json.loads(line)['text'] for line in answers['tweets.jsonl'].decode().splitlines()]
    assert found == [t.replace('\x00', '\ufffd') for t in texts], found
    assert b'\x1b' not in answers['tweets.jsonl'] and b'<script' not in answers['tweets.jsonl']


run_tests()
