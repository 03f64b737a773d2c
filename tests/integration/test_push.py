#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records that are pushed over HTTP: the same answers as of files, counts line by line,
one answer a body, and `dunlin push` against a real server."""
import concurrent.futures
import json
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from program import DUNLIN, PUSH_SECRET, Server, generated_sample, path, push_token, run, run_tests, test

TOKEN = PUSH_SECRET
TOKEN_FILE = push_token()
LINES = 'application/x-ndjson'


def counts(server):
    return server.api('accounting')['data']['outcomes']


def settled(server, items):
    for _ in range(600):
        stats = server.api('stats')['data']
        if stats['items'] == items:
            return
        time.sleep(0.05)
    raise AssertionError((items, stats))


BOARDS = ('authors/top?limit=100', 'tweets/top?limit=100', 'timeline', 'languages')


def boards(server):
    answers = []
    for board in BOARDS:
        code, _, body = server.get('/api/v1/' + board)
        if code == 200:
            answers.append(json.loads(body)['data'])
    assert len(answers) >= 3
    return answers


@test
def what_is_pushed_gives_the_answers_of_a_file():
    sample = generated_sample(6000)
    lines = open(sample, 'rb').read().splitlines(keepends=True)
    bodies = [b''.join(lines[i:i + 500]) for i in range(0, len(lines), 500)]
    with Server(sample) as by_file, Server('serve', '--push-token-file', TOKEN_FILE) as by_push:
        by_file.wait_until_read()
        with concurrent.futures.ThreadPoolExecutor(4) as senders:
            answers = list(senders.map(lambda b: by_push.push(b), bodies))
        assert all(code == 200 for code, _, _ in answers), answers
        data = [a['data'] for _, _, a in answers]
        assert sum(d['items'] for d in data) == len(lines)
        outcomes = counts(by_file)
        for outcome in ('accepted', 'repaired', 'ignored', 'rejected'):
            assert sum(d[outcome] for d in data) == outcomes[outcome], outcome
        assert all(d['stored'] is False and d['epoch'] > 0 for d in data), data[0]
        # What was answered is shown: no wait is needed.
        assert boards(by_push) == boards(by_file)


@test
def an_answer_comes_when_it_is_shown():
    with Server('serve', '--push-token-file', TOKEN_FILE) as server:
        for n in range(20):
            line = json.dumps({'data': {'id': str(1600000000000000000 + n), 'author_id': '12', 'text': 'hello',
                                        'created_at': '2022-12-06T05:00:00.000Z'}})
            code, _, answer = server.push(line)
            assert code == 200 and answer['data']['accepted'] == 1, answer
            meta = server.api('timeline')['meta']
            assert meta['epoch'] >= answer['data']['epoch'], (meta, answer)
            assert server.api('stats')['data']['items'] == n + 1


@test
def each_line_has_its_verdict():
    with Server('serve', '--push-token-file', TOKEN_FILE) as server:
        code, _, answer = server.push(b'{"data":{"id":"1"}}\n\nno\n{"tweet_id":1}\n["x"]\n')
        assert code == 200, answer
        data = answer['data']
        assert data['items'] == 5 and data['accepted'] + data['repaired'] + data['ignored'] + data['rejected'] == 5
        assert {'line': 3, 'reason': 'invalid_json'} in data['errors'], data
        assert all(set(e) == {'line', 'reason'} for e in data['errors'])
        # The same reasons as the accounting has.
        reasons = server.api('accounting')['data']['reasons']
        for e in data['errors']:
            assert e['reason'] in reasons, (e, reasons)


@test
def an_indented_document_is_taken_too():
    tweets = [json.loads(line) for line in open(generated_sample(6000), 'rb').read().splitlines()[:50]]
    with Server('serve', '--push-token-file', TOKEN_FILE) as server:
        code, _, answer = server.push(json.dumps(tweets, indent=2), 'application/json')
        assert code == 200 and answer['data']['items'] == 50 and answer['data']['rejected'] == 0, answer


@test
def what_was_answered_is_there_after_a_kill():
    lines = open(generated_sample(6000), 'rb').read().splitlines(keepends=True)
    journal = path('pushed.db')
    with Server('serve', '--push-token-file', TOKEN_FILE, '--db', journal) as server:
        for i in range(0, 3000, 300):
            code, _, answer = server.push(b''.join(lines[i:i + 300]))
            assert code == 200 and answer['data']['stored'] is True, answer
        before = boards(server)
        server.process.kill()
        server.process.wait(10)
    with Server('serve', '--push-token-file', TOKEN_FILE, '--db', journal) as server:
        settled(server, 3000)
        # The journal is shown as a whole; a sign of life waits until it is.
        assert server.push(lines[0])[0] == 200
        assert boards(server) == before


@test
def it_stands_beside_files():
    sample = generated_sample(6000)
    with Server('serve', '--push-token-file', TOKEN_FILE, sample) as server:
        line = open(sample, 'rb').readline()
        code, _, answer = server.push(line)
        assert code == 200 and answer['data']['items'] == 1, answer
        settled(server, sum(1 for _ in open(sample, 'rb')) + 1)


@test
def without_the_token_nothing_comes_in():
    with Server('serve', '--push-token-file', TOKEN_FILE) as server:
        for token, code in (('', 401), ('wrong-secret', 401), (TOKEN[:-1], 401)):
            got, headers, answer = server.push(b'{}', token=token)
            assert got == code and 'Bearer' in headers['WWW-Authenticate'], (got, answer)
            assert TOKEN not in json.dumps(answer)
        assert server.push(b'{}', Origin='http://evil.example')[0] == 403
        assert server.push(b'{}', kind='text/plain')[0] == 415
        assert server.api('stats')['data']['items'] == 0
    with Server(generated_sample(6000)) as server:
        got, _, answer = server.push(b'{}')
        assert got == 403 and '--push-token-file' in answer['detail'], answer


@test
def a_client_that_leaves_early_changes_nothing():
    lines = open(generated_sample(6000), 'rb').read().splitlines(keepends=True)[:2000]
    with Server('serve', '--push-token-file', TOKEN_FILE) as server:
        sent = 0
        for i in range(0, len(lines), 100):
            body = b''.join(lines[i:i + 100])
            s = socket.create_connection(('127.0.0.1', server.port))
            s.sendall(f'POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: {LINES}\r\n'
                      f'Authorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body)
            if i % 200 == 0: # Half of them have left before their answer.
                s.recv(100)
                sent += 100
            s.close()
        assert server.push(b'{}')[0] == 200
        items = server.api('stats')['data']['items']
        assert sent + 1 <= items <= len(lines) + 1, items


@test
def the_end_answers_everybody():
    body = b''.join(open(generated_sample(6000), 'rb').read().splitlines(keepends=True)[:3000])
    server = Server('serve', '--push-token-file', TOKEN_FILE)
    with server:
        with concurrent.futures.ThreadPoolExecutor(8) as senders:
            waiting = [senders.submit(server.push, body) for _ in range(24)]
            time.sleep(0.1)
            begin = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - begin < 5
            for w in waiting:
                try:
                    assert w.result()[0] in (200, 429, 503), w.result()
                except OSError: # It came when nobody listened any more.
                    pass


@test
def dunlin_push_sends_files():
    sample = generated_sample(6000)
    broken = path('broken.jsonl', b'{"data":{"id":"1500000000000000001"}}\nno\n')
    with Server(sample) as by_file, Server('serve', '--push-token-file', TOKEN_FILE) as server:
        got = run('push', '--push-token-file', TOKEN_FILE, '--json', sample, server.url)
        assert got.returncode == 0, got
        said = json.loads(got.stdout)
        by_file.wait_until_read()
        outcomes = counts(by_file)
        assert {k: said[k] for k in outcomes} == outcomes, (said, outcomes)
        assert boards(server) == boards(by_file)
        got = run('push', '--push-token-file', TOKEN_FILE, '--strict', '-', server.url, stdin=open(broken, 'rb').read())
        assert got.returncode == 5 and b'rejected' in got.stdout and b':2' in got.stderr, got
        wrong = path('wrong-token', b'another-secret\n')
        got = run('push', '--push-token-file', wrong, sample, server.url)
        assert got.returncode == 6 and b'401' in got.stderr, got
        assert TOKEN.encode() not in got.stderr + got.stdout


@test
def dunlin_push_comes_again_when_it_must():
    """A server that is full twice, then stops once, then takes everything."""
    answers = [(429, {}), (503, {}), (200, {'data': {'items': 1, 'accepted': 1, 'repaired': 0, 'ignored': 0,
                                                     'rejected': 0, 'epoch': 3, 'stored': True, 'errors': []}})]
    listener = socket.create_server(('127.0.0.1', 0))
    port = listener.getsockname()[1]
    sample = path('one.jsonl', b'{"data":{"id":"1500000000000000001"}}\n')
    process = subprocess.Popen([DUNLIN, 'push', '--push-token-file', TOKEN_FILE, sample, f'http://127.0.0.1:{port}/'],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for code, body in answers:
        s, _ = listener.accept()
        got = b''
        while b'1500000000000000001"}}' not in got:
            got += s.recv(65536)
        assert f'Authorization: Bearer {TOKEN}'.encode() in got
        text = json.dumps(body)
        s.sendall(f'HTTP/1.1 {code} X\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: {len(text)}\r\n\r\n'
                  f'{text}'.encode())
        s.close()
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0 and b'accepted 1' in out and b'stored' in out, (out, err)
    listener.close()


@test
def a_credential_is_a_token():
    folder = path('credentials')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'push-token'), 'w', encoding='utf-8') as f:
        f.write('credential-secret\n')
    os.chmod(f.name, 0o600)
    with Server('serve', CREDENTIALS_DIRECTORY=folder) as server:
        assert server.push(b'{}', token='credential-secret')[0] == 200
        assert server.push(b'{}')[0] == 401


if __name__ == '__main__':
    run_tests(sys.argv[1:])
