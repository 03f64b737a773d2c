#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The process: signals at any time, settings that change while it runs, the log, what the
service manager hears.  TORTURE=SECONDS makes the long ones longer."""
import http.server
import json
import os
import random
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from program import DUNLIN, Server, Skip, generated_sample, path, run_tests, test, wait_for

LONG = float(os.environ.get('TORTURE', '0'))
KEYS = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')


def token_file(name, token):
    file = path(name, token.encode() + b'\n')
    os.chmod(file, 0o600)
    return file


def logged(file):
    """The lines of a log in logfmt, each as a dictionary; asserts that they are."""
    lines = []
    for line in open(file, encoding='utf-8').read().splitlines():
        pairs = KEYS.findall(line)
        assert ' '.join(f'{k}={v}' for k, v in pairs) == line, line
        assert [k for k, _ in pairs[:4]] == ['ts', 'level', 'part', 'msg'], line
        lines.append({k: v.strip('"') for k, v in pairs})
    return lines


def wait_for_line(file, words, count=1):
    for _ in range(200):
        if os.path.exists(file) and open(file, encoding='utf-8').read().count(words) >= count:
            return logged(file)
        time.sleep(0.05)
    raise AssertionError((words, open(file, encoding='utf-8').read()))


def tell(server, number):
    server.process.send_signal(number)


def descriptors(server):
    return len(os.listdir(f'/proc/{server.process.pid}/fd'))


def resident_kb(server):
    status = open(f'/proc/{server.process.pid}/status', encoding='ascii').read()
    return int(re.search(r'VmRSS:\s+(\d+)', status)[1])


def code_of(server, token):
    return server.get('/api/v1/stats', Authorization=f'Bearer {token}')[0]


# ---- The log

@test
def each_line_of_a_server_is_logfmt_or_json():
    sample = generated_sample(6000)
    for form in ('logfmt', 'json', 'auto'):
        file = path(f'log-{form}')
        with Server('serve', sample, '--log-file', file, '--log-format', form) as server:
            server.wait_until_read()
            tell(server, signal.SIGUSR1)
            for _ in range(100):
                if os.path.exists(file) and 'stats' in open(file, encoding='utf-8').read():
                    break
                time.sleep(0.05)
        text = open(file, encoding='utf-8').read()
        if form == 'json':
            stats = [o for o in map(json.loads, text.splitlines()) if o['msg'] == 'stats'][0]
        else:
            stats = [o for o in logged(file) if o['msg'] == 'stats'][0]
        assert stats['level'] == 'info' and stats['part'] == 'keeper' and int(stats['items']) == 6000, stats
        assert stats['source'] == 'files' and stats['state'] == 'ended', stats


@test
def a_hostile_name_forges_no_line():
    evil = 'a\nts=2012 level=error part=x msg=forged\x1b[31m\u2028b.jsonl.gz'
    folder = path('hostile')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, evil), 'wb') as f:
        f.write(b'\x1f\x8b\x08 this is no gzip')
    with open(os.path.join(folder, 'good.jsonl'), 'wb') as f:
        f.write(open(generated_sample(6000), 'rb').readline())
    file = path('log-hostile')
    with Server('serve', folder, '--log-file', file) as server:
        server.wait_until_read()
    lines = logged(file)
    assert any('forged' in line['msg'] for line in lines), lines
    assert not any(line['msg'] == 'forged' or line['part'] == 'x' for line in lines), lines
    assert '\x1b' not in open(file, encoding='utf-8').read()


# ---- Reloading

@test
def a_hangup_brings_new_tokens_names_and_a_new_log():
    secret = token_file('secret', 'first-secret')
    config = path('reload.toml', f'token-file = "{secret}"\nhost = ["127.0.0.1", "one.example"]\nport = 0\n'.encode())
    file = path('reload.log')
    with Server('serve', generated_sample(6000), '--config', config, '--log-file', file) as server:
        assert code_of(server, 'first-secret') == 200 and code_of(server, 'second-secret') == 401
        assert server.get('/healthz', Host='one.example')[0] == 200
        assert server.get('/healthz', Host='two.example')[0] == 421
        token_file('secret', 'second-secret')
        path('reload.toml', f'token-file = "{secret}"\nhost = ["127.0.0.1", "two.example"]\nclients-per-address = 1\n'
                            f'clean-min = 3\n'.encode())
        os.rename(file, file + '.1')
        tell(server, signal.SIGHUP)
        lines = wait_for_line(file, 'was read again')
        # What needs a restart is said, in the old file or the new one.
        said = logged(file + '.1') + lines
        assert any('--clean-min has changed' in line['msg'] for line in said), said
        assert not any('--host' in line['msg'] for line in said), said
        assert code_of(server, 'second-secret') == 200 and code_of(server, 'first-secret') == 401
        assert server.get('/healthz', Host='two.example')[0] == 200
        assert server.get('/healthz', Host='one.example')[0] == 421
        path('reload.toml', b'no such line\n')
        tell(server, signal.SIGHUP)
        wait_for_line(file, 'old settings stay')
        assert code_of(server, 'second-secret') == 200
        token_file('secret', 'x')
        path('reload.toml', f'token-file = "{secret}"\n'.encode())
        tell(server, signal.SIGHUP)
        wait_for_line(file, 'old settings stay', 2)
        assert code_of(server, 'second-secret') == 200
    text = open(file, encoding='utf-8').read() + open(file + '.1', encoding='utf-8').read()
    assert 'first-secret' not in text and 'second-secret' not in text


@test
def a_thousand_hangups_leak_nothing():
    secret = token_file('leak-secret', 'first-secret')
    file = path('leak.log')
    with Server('serve', '--token-file', secret, '--push-token-file', secret, '--log-file', file,
                generated_sample(6000)) as server:
        def hang_up(times):
            for n in range(times):
                tell(server, signal.SIGHUP)
                if n % 20 == 19: # Signals that wait are one: let most of them be seen.
                    assert code_of(server, 'first-secret') == 200
                time.sleep(0.002)
                assert server.process.poll() is None
        hang_up(200)
        wait_for_line(file, 'was read again')
        fds, rss = descriptors(server), resident_kb(server)
        hang_up(1000)
        time.sleep(0.3)
        assert descriptors(server) <= fds + 1, (fds, descriptors(server))
        assert resident_kb(server) <= rss + 1024, (rss, resident_kb(server))


class Upstream:
    """Streams of X and of a Mastodon server, which last until they are broken; `tokens` came."""

    def __init__(self):
        self.tokens, self.broken = [], threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.tokens.append((self.path.split('/')[1], self.headers['Authorization']))
                self.send_response(200)
                self.send_header('Content-Type', 'text/event-stream' if 'streaming' in self.path else 'application/json')
                self.end_headers()
                while not outer.broken.wait(0.1):
                    self.wfile.write(b':)\n\n' if 'streaming' in self.path else b'\r\n')

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def count(self, kind, token):
        return self.tokens.count((kind, f'Bearer {token}'))

    def drop(self):
        self.broken.set()
        time.sleep(0.3)
        self.broken.clear()


@test
def a_hangup_brings_new_tokens_of_sources_for_their_next_connection():
    upstream, log = Upstream(), path('sources.log')
    x, mastodon = token_file('x-secret', 'first-x-secret'), token_file('m-secret', 'first-m-secret')
    with Server('serve', '--source', 'x', '--x-url', upstream.url, '--x-token-file', x, '--source', 'mastodon',
                '--mastodon-url', upstream.url, '--mastodon-token-file', mastodon, '--log-file', log,
                '--verbose') as server:
        wait_for('both have come', lambda: upstream.count('2', 'first-x-secret') == 1 and
                 upstream.count('api', 'first-m-secret') == 1)
        token_file('x-secret', 'second-x-secret')
        token_file('m-secret', 'second-m-secret')
        time.sleep(0.3)
        assert len(upstream.tokens) == 2 # Nobody has asked for them.
        tell(server, signal.SIGHUP)
        lines = wait_for_line(log, 'was read again')
        assert sum('another token from the next connection on' in line['msg'] for line in lines) == 2, lines
        assert len(upstream.tokens) == 2, upstream.tokens # What is connected stays so.
        upstream.drop()
        wait_for('the new ones come', lambda: upstream.count('2', 'second-x-secret') and
                 upstream.count('api', 'second-m-secret'))
        # What is no token changes nothing, and neither does half of it.
        token_file('x-secret', 'third-x-secret')
        token_file('m-secret', 'two words')
        tell(server, signal.SIGHUP)
        wait_for_line(log, 'old settings stay')
        upstream.tokens.clear()
        upstream.drop()
        wait_for('the old ones come', lambda: upstream.count('2', 'second-x-secret') and
                 upstream.count('api', 'second-m-secret'))
        said = server.get('/metrics')[2] + server.get('/api/v1/sources')[2] + server.get('/readyz')[2]
    for secret in ('first-', 'second-', 'third-', 'two words'):
        assert secret not in open(log, encoding='utf-8').read() and secret.encode() not in said, secret
    upstream.broken.set()
    upstream.server.shutdown()


# ---- Ending

def streams(server, count):
    open_ones = []
    for _ in range(count):
        s = socket.create_connection(('127.0.0.1', server.port))
        s.sendall(b'GET /api/v1/stream?topics=stats HTTP/1.1\r\nHost: localhost\r\n\r\n')
        open_ones.append(s)
    return open_ones


@test
def the_end_takes_no_five_seconds_under_many_clients():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(10000 if LONG else 1000, most[1] - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most[1], max(most[0], count + 200)), most[1]))
    with Server('serve', generated_sample(6000), '--clients-per-address', '0') as server:
        clients = streams(server, count)
        for s in random.Random(1).sample(clients, 50):
            assert s.recv(4096).startswith(b'HTTP/1.1 200'), s
        begin = time.monotonic()
        assert server.stop() == 0
        took = time.monotonic() - begin
        assert took < 5, took
        said_bye = 0
        for s in clients[:200]:
            s.settimeout(5)
            data = b''
            while True:
                more = s.recv(65536)
                if not more:
                    break
                data += more
            said_bye += b'event: bye' in data
        assert said_bye >= 190, said_bye # Who has read nothing yet may be cut off.
        for s in clients:
            s.close()
        print(f'  {count} streams: ended in {took:.2f} s')


@test
def it_ends_in_the_middle_of_everything():
    sample = generated_sample(60000)
    chance = random.Random(3)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        with Server('serve', sample) as server:
            time.sleep(chance.random() * 0.5)
            begin = time.monotonic()
            tell(server, number)
            assert server.process.wait(10) == 0
            assert time.monotonic() - begin < 5


@test
def the_second_interrupt_forces():
    with Server('serve', generated_sample(60000)) as server:
        # Somebody who does not read holds the end up for as long as it waits for anybody.
        s = socket.create_connection(('127.0.0.1', server.port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(b'GET /api/v1/export?what=map&format=geojson HTTP/1.1\r\nHost: localhost\r\n\r\n' * 50)
        time.sleep(0.5)
        tell(server, signal.SIGINT)
        time.sleep(0.3)
        if server.process.poll() is None:
            tell(server, signal.SIGINT)
        assert server.process.wait(1) in (0, -signal.SIGINT), server.process.returncode
        s.close()


@test
def signals_at_random_do_no_harm():
    numbers = [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGWINCH, signal.SIGCHLD,
               signal.SIGCONT, signal.SIGURG]
    chance = random.Random(7)
    sample = generated_sample(60000)
    with Server('serve', sample) as calm:
        wanted = calm.wait_until_read()
    count = 10000 if LONG else 1000
    with Server('serve', sample, '--log-file', path('random.log')) as server:
        until = time.monotonic() + max(LONG, 0)
        sent = 0
        while sent < count or time.monotonic() < until:
            tell(server, chance.choice(numbers))
            sent += 1
            if sent % 50 == 0:
                assert server.get('/healthz')[0] == 200
        stats = server.wait_until_read()
        for key in ('items', 'accepted', 'tweets', 'responses', 'clean', 'users'):
            assert stats[key] == wanted[key], key
        assert server.stop() == 0
        print(f'  {sent} signals')


# ---- What the service manager hears

class Manager:
    """A socket as systemd's, and what came on it."""

    def __init__(self):
        self.path = path(f'notify-{len(os.listdir(os.path.dirname(path("x"))))}')
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.heard = []

    def listen(self, seconds, until=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (until and any(m.startswith(until) for m in self.heard)):
            ready, _, _ = select.select([self.socket], [], [], 0.05)
            if ready:
                self.heard.append(self.socket.recv(4096).decode())
        return self.heard


@test
def the_service_manager_hears_how_it_stands():
    manager = Manager()
    with Server('serve', generated_sample(6000), NOTIFY_SOCKET=manager.path, WATCHDOG_USEC='600000') as server:
        assert 'READY=1' in manager.listen(10, 'READY=1'), manager.heard
        manager.heard.clear()
        fed = [m for m in manager.listen(2) if m == 'WATCHDOG=1']
        assert len(fed) >= 4, manager.heard # Every 600 ms at least, in 2 s.
        server.wait_until_read()
        manager.listen(1)
        assert 'STATUS=files: ended' in manager.heard, manager.heard
        manager.heard.clear()
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        tell(server, signal.SIGHUP)
        manager.listen(10, 'READY=1')
        reloading = [m for m in manager.heard if m.startswith('RELOADING=1\nMONOTONIC_USEC=')]
        assert len(reloading) == 1 and manager.heard[-1] == 'READY=1', manager.heard
        stamp = int(reloading[0].rsplit('=', 1)[1])
        assert before <= stamp <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000, (before, stamp)
        manager.heard.clear()
        assert server.stop() == 0
        assert 'STOPPING=1' in manager.listen(0.5), manager.heard
        # Those who work for it must not speak for it: nothing else came.
        assert all(m.split('=')[0] in ('STOPPING', 'WATCHDOG', 'STATUS') for m in manager.heard), manager.heard


@test
def an_abstract_address_is_heard_too():
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind('\0dunlin-test-%d' % os.getpid())
    listener.settimeout(10)
    with Server('serve', generated_sample(6000), NOTIFY_SOCKET='@dunlin-test-%d' % os.getpid()):
        assert listener.recv(100) == b'READY=1'


@test
def who_holds_a_token_leaves_no_core():
    secret = token_file('core-secret', 'core-secret')
    with Server('serve', '--token-file', secret, generated_sample(6000)) as server:
        limits = open(f'/proc/{server.process.pid}/limits', encoding='ascii').read()
        assert re.search(r'Max core file size +0 +0 ', limits), limits
        # Not dumpable: the kernel gives its entries to root, whoever runs it.
        assert os.stat(f'/proc/{server.process.pid}/status').st_uid == 0


@test
def the_unit_is_hardened():
    if shutil.which('systemd-analyze') is None:
        raise Skip('there is no systemd-analyze')
    unit = os.path.join(os.path.dirname(__file__), '..', '..', 'data', 'systemd', 'dunlin.service')
    got = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--threshold=15', unit],
                         capture_output=True, text=True, timeout=60)
    print(' ', got.stdout.strip().splitlines()[-1] if got.stdout else got.stderr.strip())
    assert got.returncode == 0, got
    good = path('dunlin.service', open(unit, 'rb').read().replace(b'/usr/local/bin/dunlin', b'/bin/true'))
    got = subprocess.run(['systemd-analyze', 'verify', '--man=no', good], capture_output=True, text=True, timeout=60)
    assert 'dunlin.service' not in got.stderr, got.stderr # Unknown settings are named there.


if __name__ == '__main__':
    run_tests(sys.argv[1:])
