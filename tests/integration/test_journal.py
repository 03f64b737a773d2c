#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The journal seen from outside: what was stored gives the answers of what was read, is read
by one program at a time, keeps to its span, and forgets what is deleted."""
import json
import os
import re
import resource
import sys
import threading

sys.path.insert(0, os.path.dirname(__file__))
from program import (ANSWERS, Server, generated_sample, path, push_token, replayed, run, run_tests,
                     same_answers, test, wait_for)

TOKEN = push_token()


def pushed(server, lines):
    code, _, answer = server.push(lines)
    assert code == 200, answer
    return answer['data']


def tweet(number, text, at, author=7, **more):
    return {'data': {'id': str(number), 'author_id': str(author), 'created_at': at, 'text': text, 'lang': 'en', **more},
            'includes': {'users': [{'id': str(author), 'username': f'u{author}', 'name': 'N', 'location': 'Berlin',
                                    'public_metrics': {'followers_count': 9, 'tweet_count': 3}}]}}


@test
def what_was_stored_gives_the_answers_of_what_was_read():
    sample, db = generated_sample(8000), path('same.db')
    direct, stored = replayed('direct', sample), replayed('stored', sample, '--db', db)
    again = replayed('again', '--db', db)
    assert same_answers(direct, stored, (*ANSWERS, 'accounting.json'))
    assert same_answers(direct, again, (*ANSWERS, 'accounting.json'))


@test
def another_model_scores_what_was_stored_anew():
    sample, db = generated_sample(4000), path('model.db')
    replayed('by-vader', sample, '--db', db)
    assert same_answers(replayed('from-db', '--db', db, '--sentiment', 'textblob'),
                replayed('by-textblob', sample, '--sentiment', 'textblob'))


@test
def a_second_program_on_one_journal_is_refused_and_a_killed_one_leaves_no_lock():
    db = path('one.db')
    with Server('serve', '--db', db, '--push-token-file', TOKEN) as server:
        answer = run('replay', '--db', db)
        assert answer.returncode == 1 and str(server.process.pid).encode() in answer.stderr, answer
        server.process.kill()
        server.process.wait()
    assert run('replay', '--db', db).returncode == 0


@test
def what_is_no_journal_is_refused_politely():
    for name, content, words in (('text.db', b'these are words, not a database\n' * 99, b'no database'),
                                 ('folder', None, b'--db')):
        file = path(name, content)
        if content is None:
            os.makedirs(file, exist_ok=True)
        answer = run('replay', '--db', file)
        assert answer.returncode == 1 and words in answer.stderr and b'--db' in answer.stderr, answer
        assert content is None or open(file, 'rb').read() == content


@test
def what_is_older_than_the_span_is_gone_here_and_after_a_restart():
    db = path('keep.db')
    lines = [tweet(10**6 + i, f'word {i}', f'2020-01-{1 + i // 4:02d}T{i % 4:02d}:00:00.000Z') for i in range(80)]
    newest = {'data': lines[-1]['data'], 'includes': lines[-1]['includes']}
    assert newest['data']['created_at'].startswith('2020-01-20')
    limits = ('--db', db, '--keep', '5d')
    for start in range(2):
        with Server('serve', *limits, '--push-token-file', TOKEN) as server:
            for i in range(0, 80 if start == 0 else 0, 10):
                pushed(server, lines[i:i + 10])
            wait_for('the journal is read back', server.is_ready)
            heard = server.api('stats')['data']['heard']
            assert heard == 20, heard # The last five days of four each, the edge excluded.
            late = pushed(server, [tweet(5, 'too late', '2020-01-02T00:00:00.000Z')])
            assert late['accepted'] == 1 and server.api('stats')['data']['heard'] == 20
    for words, told in ((('--keep', '1GB'), b'give --db'), (('--keep', 'long'), b'give an age'),
                        (('--country', 'Germany'), b'two capital letters'), (('--max-memory', '5'), b'500MB')):
        answer = run('serve', *words, generated_sample(4000), '--port', '0')
        assert answer.returncode == 2 and told in answer.stderr, answer


@test
def a_delete_reaches_the_answers_and_the_file_within_a_second_or_so():
    db, secret = path('delete.db'), 'a-word-that-nobody-else-writes'
    other = 'what-stays-in-the-file'
    with Server('serve', '--db', db, '--push-token-file', TOKEN) as server:
        pushed(server, [tweet(11, secret, '2020-01-01T00:00:00.000Z'), tweet(12, other, '2020-01-01T00:00:01.000Z'),
                      tweet(13, 'so it is', '2020-01-01T00:00:02.000Z', 8,
                            referenced_tweets=[{'type': 'replied_to', 'id': '11'}]),
                      tweet(14, 'so it is', '2020-01-01T00:00:03.000Z', 8,
                            referenced_tweets=[{'type': 'replied_to', 'id': '12'}])])
        assert {t['id'] for t in server.api('tweets/top')['data']} == {'11', '12'}
        assert secret in json.dumps(server.api('tweets/11'))
        pushed(server, [{'delete': {'status': {'id_str': '11', 'user_id_str': '7'}, 'timestamp_ms': '1577836900000'}}])
        assert [t['id'] for t in server.api('tweets/top')['data']] == ['12'] # In the answer to the push, not later.
        assert server.get('/api/v1/tweets/11')[0] == 404
        for target in ('snapshot', 'export?what=tweets&format=jsonl', 'stream?once=1'):
            assert secret.encode() not in server.get('/api/v1/' + target)[2], target
        wait_for('the file follows', lambda: not waiting(server)) # Rewritten by a thread of its own.
        server.process.kill()
    assert reads_back(db, other) and not reads_back(db, secret)
    with Server('serve', '--db', db, '--push-token-file', TOKEN) as server:
        # Forgotten: an undelete brings nothing back, a line that comes after it does.
        pushed(server, [{'undelete': {'status': {'id_str': '11', 'user_id_str': '7'}, 'timestamp_ms': '1577837000000'}}])
        assert server.get('/api/v1/tweets/11')[0] == 404
        pushed(server, [tweet(11, 'said again', '2020-01-01T00:00:00.000Z')])
        assert {t['id'] for t in server.api('tweets/top')['data']} == {'11', '12'}


def waiting(server):
    values = re.findall(rb'^dunlin_journal_deletes_waiting (\d+)', server.get('/metrics')[2], re.M)
    assert values, 'metrics say how many deletes the file does not follow'
    return int(values[0])


def reads_back(db, word):
    """Whether the word is in what the journal gives back, or in the bytes of its files."""
    out = replayed('read-back', '--db', db)
    files = [os.path.join(out, name) for name in ANSWERS] + [db, db + '-wal']
    return any(word.encode() in open(f, 'rb').read() for f in files if os.path.exists(f))


def is_full(server):
    code, _, body = server.get('/readyz')
    return code == 503 and b'memory' in body


@test
def a_full_memory_stops_the_reading_and_says_so():
    with Server('serve', '--max-memory', '1MB', generated_sample(20000), '--speed', 'max') as server:
        wait_for('memory is full', lambda: is_full(server))
        items = server.api('stats')['data']['items']
        assert items < 20000, items
        assert server.stop() == 0


@test
def where_the_system_gives_no_more_memory_a_batch_waits_and_nothing_ends():
    with open(generated_sample(20000), 'rb') as f:
        lines = f.readlines()
    bodies = [b''.join(lines[i:i + 1000]) for i in range(0, len(lines), 1000)]
    with Server('serve', '--push-token-file', TOKEN) as server:
        pushed(server, bodies[0])
        with open(f'/proc/{server.process.pid}/status') as f:
            size = 1024 * int(re.search(r'VmSize:\s+(\d+)', f.read()).group(1))
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_AS)
        resource.prlimit(server.process.pid, resource.RLIMIT_AS, (size + (20 << 20), hard))
        sender = threading.Thread(target=lambda: [pushed(server, body) for body in bodies[1:]])
        sender.start()
        wait_for('memory is full', lambda: is_full(server))
        assert server.process.poll() is None and server.api('stats')['data']['items'] < len(lines)
        resource.prlimit(server.process.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, hard))
        sender.join()
        assert server.api('stats')['data']['items'] == len(lines) and server.is_ready()


run_tests(sys.argv[1:])
