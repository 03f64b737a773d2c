#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whatever a client sends as a parameter, an id, a cursor or a body, it is told what is
wrong; the server never fails, and clients that leave take nothing with them."""
import json
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import program
from program import Server, generated_sample, run_tests, test

# What may stand after "=" as it is; None: the parameter has no "=" at all.
VALUES = [
    None, '', '%20', '0', '-1', '-9223372036854775808', '9223372036854775807', '9223372036854775808',
    '18446744073709551616', '1e309', 'NaN', 'Infinity', '0x10', '1.5', '+5', '%2B5', 'true', 'null', '[]', '{}',
    '%FF', '%C3%28', '%ED%A0%80', '%F4%90%80%80', '%C0%80', '%00', 'a%00b', '%', '%4', '%zz', '%u0041',
    "'%20OR%201=1;--", '%27;DROP%20TABLE%20tweets;--', '../../../etc/passwd', '%2e%2e%2f', '<script>alert(1)</script>',
    '%0d%0aSet-Cookie:%20a=b', '%0a', '%09', '%1b[2J', '%E2%80%AE', '%F0%9F%98%80', '%EF%BF%BE', 'a' * 64, 'a' * 300,
    'a' * 2049, 'a' * 7000, '%41' * 2000, '2012-07-04T12:00:00Z', '2012-13-45T99:99:99Z', '9999-12-31T23:59:59Z',
    '0000-00-00T00:00:00Z', '@', '@ada', '#', '%23', '%23worldcup', ',', ',,,,', 'retweet,', 'en', 'EN-us', '*', '?',
    '$(id)', '%{id}', '{{7*7}}', '%25s%25n', 'window', 'a=b', '&&', ';',
]
IDS = ['0', '-1', '9223372036854775808', '18446744073709551615', '18446744073709551616', 'NaN', '%00', '%FF', '1%2F2',
       "1'--", '1;2', '+1', '%31', '..', 'a' * 5000, '%F0%9F%98%80', '1.0', '01', '1%20', '*', 'null', '<b>', '$(id)']
ORDERS = [
    b'', b'{', b'}', b'null', b'1', b'"pause"', b'[]', b'{}', b'{"action":"pause"', b'{"action":"pause"}x', b'\xff\xfe',
    b'{"action":"\xff"}', b'{"action":null}', b'{"action":{}}', b'{"action":["pause"]}', b'{"action":"pause","a":1}',
    b'{"action":"speed"}', b'{"action":"speed","speed":NaN}', b'{"action":"speed","speed":1e999}', b'[' * 60000,
    b'{"action":"speed","speed":-1}', b'{"action":"speed","speed":"fast"}', b'{"action":"seek","to":9e99}',
    b'{"action":"seek","to":"9999-99-99T00:00:00Z"}', b'{"action":"\\u0000pause"}', b'{"action":"\\ud800"}',
    b'{"action":"pause","action":"pause"}', b'{"' + b'a' * 60000 + b'":1}', b'{"action":"' + b'a' * 60000 + b'"}',
    b' ' * 65536, b'{"action":"seek","to":"' + b'1' * 64000 + b'"}', b'\0' * 1000, b'{"action":"play"}\0',
    b'\xef\xbb\xbf{"action":"play"}',
]


def parameters():
    """(path with a good id, what it must have, the name of a parameter) of all there are."""
    root = json.loads(server.get('/api/v1/openapi.json')[2])
    for target, operations in root['paths'].items():
        taken = []
        if 'get' not in operations: # Of what is only sent, tests/integration/test_push.py has its own.
            continue
        for p in operations['get'].get('parameters', []):
            while '$ref' in p:
                p = root['components']['parameters'][p['$ref'].rsplit('/', 1)[1]]
            taken.append(p)
        path, needed = target, []
        for p in taken:
            if p['in'] == 'path':
                path = path.replace('{%s}' % p['name'], p['example'])
            elif p.get('required'):
                needed.append((p['name'], p['example']))
        yield path, needed, [p['name'] for p in taken if p['in'] == 'query'] + ['unknown', 'limt', 'w%69ndow']


class Line:
    """One connection, kept; requests as bytes, so that nothing is mended on the way."""

    def __init__(self):
        self.socket = None

    def ask(self, target, method='GET', head='', body=b''):
        if self.socket is None:
            self.socket = socket.create_connection(('127.0.0.1', server.port), timeout=60)
            self.file = self.socket.makefile('rb')
        raw = f'{method} {target} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n'.encode('utf-8', 'surrogateescape') + body
        self.socket.sendall(raw)
        status = self.file.readline()
        code = int(status.split()[1]) if status else 0
        headers = {}
        while True:
            name, _, value = self.file.readline().decode('latin-1').strip().partition(': ')
            if not name:
                break
            assert name not in headers or name == 'Vary', (target, name)
            headers[name] = value
        got = b''
        if 'Content-Length' in headers:
            got = self.file.read(int(headers['Content-Length']))
        elif headers.get('Transfer-Encoding') == 'chunked':
            while (size := int(self.file.readline() or b'0', 16)) > 0:
                got += self.file.read(size)
                self.file.readline()
            self.file.readline()
        if not status or headers.get('Connection') == 'close':
            self.socket.close()
            self.socket = None
        return code, headers, got


def judge(what, code, headers, body):
    assert 200 <= code < 500 and 'Set-Cookie' not in headers, (what, code, body[:300])
    if code >= 400 and headers.get('Content-Type') == 'application/problem+json':
        problem = json.loads(body)
        assert problem['status'] == code and problem['title'] and problem['detail'], (what, problem)
        assert b'<' not in body and b'\x1b' not in body, (what, body)
    return code


@test
def no_value_of_a_parameter_breaks_anything():
    line, counts = Line(), {}
    for path, needed, names in parameters():
        for name in names:
            for value in VALUES:
                pair = name if value is None else f'{name}={value}'
                pairs = [pair] + [f'{n}={v}' for n, v in needed if n != name]
                if path == '/api/v1/stream':
                    pairs += [] if name == 'once' else ['once=1']
                    if name == 'once' and value == '0' or name == 'once' and value in (None, ''):
                        continue # A stream that does not end.
                pairs += [pair] if value in ('1', 'en', None) else [] # Given twice.
                target = f'{path}?' + '&'.join(pairs)
                code, headers, body = line.ask(target)
                judge(target[:300], code, headers, body)
                counts[code] = counts.get(code, 0) + 1
    print('  ', sum(counts.values()), 'requests:', counts)
    assert sum(counts.values()) > 8000 and counts[200] > 100 and counts[400] > 1000, counts


@test
def what_is_wrong_is_named():
    line = Line()
    for target, parameter in [('tweets/top?limit=-1', 'limit'), ('tweets/top?limit=NaN', 'limit'),
                              ('tweets/top?start=%FF', 'start'), ('tweets/top?lang=%20', 'lang'),
                              ('tweets/top?limt=1', 'limt'), ('map?window=2h', 'window'), ('tweets/top?sort=', 'sort'),
                              ('tweets/top?limit=1&limit=2', 'limit'), ('stream?topics=bord', 'topics'),
                              ('locations/explain', 'text'), ('tweets/x', 'id')]:
        code, _, body = line.ask('/api/v1/' + target)
        problem = json.loads(body)
        assert code == 400 and problem['errors'][0]['parameter'] == parameter, (target, problem)


@test
def no_id_breaks_anything():
    line = Line()
    for path in ['tweets', 'authors']:
        for value in IDS:
            code, headers, body = line.ask(f'/api/v1/{path}/{value}')
            judge((path, value[:50]), code, headers, body)
            assert code >= 400, (path, value[:50], code)


@test
def no_cursor_but_a_given_one_is_taken():
    line = Line()
    good = server.api('tweets/top?limit=1')['meta']['next_token']
    forged = [good[:i] + ('A' if good[i] != 'A' else 'B') + good[i + 1:] for i in range(len(good))]
    forged += [good[:-1], good + 'A', good + '=', good[::-1], good.upper(), good[4:], 'A' * len(good), 'A', '%FF', good * 3]
    for token in forged:
        code, headers, body = line.ask('/api/v1/tweets/top?limit=1&cursor=' + token)
        assert judge(token, code, headers, body) in (400, 410), (token, code)
        assert json.loads(body)['errors'][0]['parameter'] == 'cursor'
    for other in ['authors/top?', 'tweets/top?lang=en&', 'tweets/top?sort=responses&', 'tweets/top?window=1h&']:
        assert line.ask(f'/api/v1/{other}cursor={good}')[0] == 400, other
    assert line.ask('/api/v1/tweets/top?limit=2&cursor=' + good)[0] == 200
    with Server(generated_sample(2000)) as another:
        another.wait_until_read()
        code, _, body = another.get('/api/v1/tweets/top?limit=1&cursor=' + good)
        assert code == 410, (code, body)


@test
def no_order_breaks_anything():
    line = Line()
    for order in ORDERS:
        code, headers, body = line.ask('/api/v1/replay', 'POST', 'Content-Type: application/json\r\n'
                                       f'Content-Length: {len(order)}\r\n', order)
        assert judge(order[:60], code, headers, body) in (400, 409), (order[:60], code)
    for head, wanted in [('Content-Type: application/json\r\nContent-Length: 65537\r\n', 413),
                         ('Content-Type: text/plain\r\nContent-Length: 2\r\n', 415), ('Content-Length: 2\r\n', 415),
                         ('Content-Type: application/json\r\n', 411),
                         ('Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n', 411),
                         ('Content-Type: application/json\r\nContent-Length: 2\r\nOrigin: http://evil\r\n', 403),
                         ('Content-Type: application/json\r\nContent-Length: 2\r\nSec-Fetch-Site: cross-site\r\n', 403)]:
        assert Line().ask('/api/v1/replay', 'POST', head)[0] == wanted, head


@test
def a_megabyte_is_refused():
    for target in ['/api/v1/tweets/top?lang=' + 'a' * 1000000, '/' + 'a' * 1000000, '/api/v1/stream?since=' + '%41' * 300000]:
        try:
            code = Line().ask(target)[0]
        except OSError: # It was refused while it was still being sent.
            code = 0
        assert code in (0, 414, 431), code


def open_files():
    return len(os.listdir(f'/proc/{server.process.pid}/fd'))


def resident_bytes():
    with open(f'/proc/{server.process.pid}/statm') as f:
        return int(f.read().split()[1]) * os.sysconf('SC_PAGESIZE')


def leave(count):
    """Clients that go in mid-answer: some say so, some reset, some never read."""
    targets = ['/api/v1/snapshot', '/api/v1/export?what=tweets', '/api/v1/stream', '/api/v1/map', '/', '/api/v1/timeline',
               '/api/v1/tweets/top?limit=100', '/api/v1/export?what=authors&format=jsonl']
    for i in range(count):
        with socket.create_connection(('127.0.0.1', server.port)) as s:
            s.sendall(f'GET {targets[i % len(targets)]} HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
            if i % 3 > 0:
                s.recv(100)
            if i % 2 > 0:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


def settle(files):
    """Streams notice at their next write that nobody reads."""
    for _ in range(400):
        if open_files() <= files:
            return
        server.get('/healthz')
        time.sleep(0.1)


@test
def requests_with_conditions_are_answered_as_the_standard_has_it():
    line = Line()
    for target in ['/api/v1/tweets/top', '/api/v1/stats', '/api/v1/export?what=map', '/api/v1/openapi.json', '/', '/docs']:
        code, headers, body = line.ask(target)
        tag = headers['ETag']
        for value, wanted in [(tag, 304), (f'"x", {tag}', 304), ('*', 304), (tag.removeprefix('W/'), 304), ('"x"', 200),
                              ('', 200), ('W/' * 1000, 200), ('"' * 1000, 200)]:
            code, again, got = line.ask(target, head=f'If-None-Match: {value}\r\n')
            assert code == wanted and (again['ETag'] == tag or target == '/api/v1/stats'), (target, value, code)
            assert (got == b'') == (code == 304), (target, value)
        assert headers['Vary'] == 'Accept, Accept-Encoding', headers
        # Ranges are not offered: the whole is given.
        assert line.ask(target, head='Range: bytes=0-1\r\n')[0] == 200
        assert line.ask(target, head='Range: bytes=9-1,-,x\r\nIf-Range: "a"\r\n')[0] == 200


@test
def a_server_without_files_left_serves_again_when_they_are_back():
    """With 64 descriptors, 300 connections: those that fit are served, the others wait."""
    limited = ['sh', '-c', 'ulimit -n 64; exec "$0" "$@"', program.DUNLIN]
    with Server(generated_sample(2000), command=limited) as s:
        s.wait_until_read()
        crowd = [socket.create_connection(('127.0.0.1', s.port)) for _ in range(300)]
        for c in crowd[:20]:
            c.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
        assert all(b'200 OK' in c.recv(4096) for c in crowd[:20])
        for c in crowd:
            c.close()
        assert s.get('/healthz')[0] == 200 and s.api('tweets/top')['data']


@test
def ten_thousand_clients_that_leave_take_nothing_with_them():
    files = open_files()
    leave(2000) # What is held for good is held now.
    settle(files)
    bytes_before = resident_bytes()
    leave(10000)
    settle(files)
    bytes_after = resident_bytes()
    print(f'   files {files} -> {open_files()}, resident {bytes_before >> 10} KiB -> {bytes_after >> 10} KiB')
    assert open_files() <= files, (files, open_files())
    assert bytes_after <= bytes_before * 1.01 + (2 << 20), (bytes_before, bytes_after)
    assert server.get('/healthz')[0] == 200


if __name__ == '__main__':
    with Server(generated_sample(8000)) as server:
        server.wait_until_read()
        run_tests()
