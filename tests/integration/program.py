# SPDX-License-Identifier: MIT
"""What scripts that test the program share: the program with a port of its own, and
tests that are functions.  The program is ./build/release/dunlin, or $DUNLIN."""
import filecmp
import http.client
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

DUNLIN = os.environ.get('DUNLIN', 'build/release/dunlin')
folder = tempfile.TemporaryDirectory(prefix='dunlin-test-')
tests = []


def test(function):
    tests.append(function)
    return function


class Skip(Exception):
    """Raised by a test that this machine cannot run, with the reason."""


def run(*arguments, stdin=None, **environment):
    return subprocess.run([DUNLIN, *arguments], input=stdin, capture_output=True, timeout=120,
                          env={**os.environ, **environment})


def run_tests(words=()):
    """Those whose names have one of the words, or all.  Prints one line a test and the sums;
    ends the script if one has failed."""
    failed = skipped = 0
    wanted = [t for t in tests if not words or any(word in t.__name__ for word in words)]
    for function in wanted:
        try:
            function()
            print(f'ok: {function.__name__}')
        except Skip as why:
            skipped += 1
            print(f'skipped: {function.__name__}: {why}')
        except Exception as e: # A test that cannot be finished has failed.
            failed += 1
            where = traceback.extract_tb(e.__traceback__)[-1]
            print(f'FAILED: {function.__name__}: line {where.lineno}: {type(e).__name__}: {str(e)[:2000]}')
        sys.stdout.flush()
    sums = f'{len(wanted) - failed - skipped} passed, {failed} failed'
    print(sums + (f', {skipped} skipped' if skipped else ''))
    if failed:
        sys.exit(1)


def path(name, content=None):
    full = os.path.join(folder.name, name)
    if content is not None:
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'wb') as f:
            f.write(content if isinstance(content, bytes) else content.encode())
    return full


def generated_sample(lines, kind='v1'):
    out = path(f'{kind}-{lines}.jsonl')
    subprocess.run([DUNLIN, 'gen', '--lines', str(lines), '--format', kind, '--out', out], check=True,
                   stderr=subprocess.DEVNULL)
    return out


PUSH_SECRET = 'push-secret-1'
ANSWERS = ('totals.json', 'authors.jsonl', 'tweets.jsonl', 'places.jsonl', 'minutes.jsonl')


def push_token():
    """A file for --push-token-file."""
    file = path('push-token', PUSH_SECRET.encode() + b'\n')
    os.chmod(file, 0o600)
    return file


def replayed(name, *arguments, stdin=None):
    """The folder of the answers to a replay."""
    out = path(name)
    shutil.rmtree(out, ignore_errors=True)
    answer = run('replay', *arguments, '--out', out, '--quiet', stdin=stdin)
    assert answer.returncode == 0, answer
    return out


def same_answers(a, b, files=ANSWERS):
    return filecmp.cmpfiles(a, b, files, shallow=False)[0] == list(files)


def wait_for(what, question):
    """The first answer that is not false; `what` did not come if there is none in 20 s or so."""
    for _ in range(400):
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(what)


class Server:
    """`dunlin ...` with a port of its own, until the block ends."""

    def __init__(self, *arguments, command=(DUNLIN,), stderr=subprocess.DEVNULL, **environment):
        self.process = subprocess.Popen([*command, *arguments, '--port', '0'], text=True,
                                        stdout=subprocess.PIPE, stderr=stderr,
                                        env={**os.environ, **environment})

    def __enter__(self):
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        self.url = self.process.stdout.readline().strip() if ready else ''
        assert re.fullmatch(r'http://127\.0\.0\.1:\d+/', self.url), self.url
        self.port = int(self.url.rsplit(':', 1)[1].rstrip('/'))
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def ask(self, method, target, body=None, **headers):
        """(code, headers, body); a header's _ is a -."""
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            c.request(method, target, body=body, headers={k.replace('_', '-'): v for k, v in headers.items()})
            answer = c.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            c.close()

    def get(self, target, **headers):
        return self.ask('GET', target, **headers)

    def push(self, body, kind='application/x-ndjson', token=PUSH_SECRET, **headers):
        """(code, headers, answer) of POST records; what is no bytes is a list of objects."""
        if not isinstance(body, (bytes, str)):
            body = ''.join(json.dumps(line) + '\n' for line in body)
        code, headers, answer = self.ask('POST', '/api/v1/records', body=body, Content_Type=kind,
                                         Authorization=f'Bearer {token}', **headers)
        return code, headers, json.loads(answer)

    def is_ready(self):
        return self.get('/readyz')[0] == 200

    def api(self, target):
        code, _, body = self.get('/api/v1/' + target)
        assert code == 200, (target, code, body[:500])
        return json.loads(body)

    def wait_until_read(self):
        for _ in range(1200):
            stats = self.api('stats')['data']
            if stats['source']['state'] == 'ended': # The last epoch is shown.
                return stats
            time.sleep(0.05)
        raise AssertionError(stats)
