#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dunlin on X, as a stand-in on this machine plays it: streams, events, rules, money, the
token.  With words: only the tests whose names have one."""
import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from program import DUNLIN, Server, generated_sample, path, run, run_tests, test  # noqa: E402

FAKE_X = os.path.join(os.path.dirname(DUNLIN), 'tests/tools/fake_x')
TOKEN = 'AAAAnot-a-real-token%3D'


class FakeX:
    """The stand-in, until the block ends; then `counts` says what it has seen."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([FAKE_X, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.counts = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process.poll() is None:
            out, _ = self.process.communicate(timeout=20)
            self.counts = json.loads(out)
        return self.counts


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f'never came: line {condition.__code__.co_firstlineno}')


def post(number, author=None, **more):
    user = {'id': str(author or 100000 + number), 'username': f'u{number}', 'name': 'U', 'location': 'Bonn',
            'public_metrics': {'followers_count': 5, 'tweet_count': 5}}
    data = {'id': str(1000000000000 + number), 'author_id': user['id'], 'text': f'a nice day {number}',
            'created_at': '2026-01-01T10:00:00.000Z', **more}
    return json.dumps({'data': data, 'includes': {'users': [user]}}).encode() + b'\n'


def posts(count):
    return path(f'posts-{count}.jsonl', b''.join(post(n) for n in range(1, count + 1)))


def demo_as_stream(lines):
    """The demo's lines are X's but for one name."""
    with open(generated_sample(lines, 'demo'), 'rb') as f:
        return path(f'stream-{lines}.jsonl', b''.join(b'{"data":' + line[len(b'{"tweet":'):] for line in f))


def serve(upstream, *arguments, **environment):
    return Server('serve', '--source', 'x', '--x-url', upstream.url, *arguments, stderr=subprocess.PIPE,
                  X_BEARER_TOKEN=TOKEN, **environment)


def rules(upstream, *arguments, token=TOKEN):
    r = run('rules', *arguments, '--x-url', upstream.url, X_BEARER_TOKEN=token)
    return r.returncode, r.stdout.decode(), r.stderr.decode()


@test
def rules_are_listed_added_checked_and_removed():
    with FakeX('--token', TOKEN) as x:
        assert rules(x) == (0, '', '')
        code, out, _ = rules(x, 'add', 'dunlin OR #waders', 'knot lang:en', '--tag', 'birds')
        assert code == 0, out
        added = [line.split('\t') for line in out.splitlines()]
        assert [a[1:] for a in added[:2]] == [['birds', 'dunlin OR #waders'], ['birds', 'knot lang:en']], out
        assert added[2] == ['2 created, 0 not created, 2 valid, 0 invalid'], out
        assert rules(x, 'list')[1].splitlines() == out.splitlines()[:2]
        code, out, _ = rules(x, 'remove', added[0][0])
        assert (code, out) == (0, '1 deleted, 0 not deleted\n')
        assert rules(x)[1].splitlines() == ['\t'.join(added[1])]


@test
def a_rule_that_cannot_be_is_told_in_words():
    with FakeX('--token', TOKEN) as x:
        assert rules(x, 'add', 'dunlin')[0] == 0
        code, out, _ = rules(x, 'add', 'dunlin', '(waders', 'knot')
        assert code == 5, out
        assert 'refused: dunlin: ' in out and 'DuplicateRule' in out, out
        assert 'refused: (waders: UnprocessableEntity\n  missing parenthesis (at position 1)\n' in out, out
        assert out.splitlines()[-1] == '1 created, 2 not created, 2 valid, 1 invalid', out
        assert rules(x, 'add', '(')[0] == 5
        code, out, _ = rules(x, 'remove', '99')
        assert code == 5 and 'Rule does not exist' in out, out


@test
def a_dry_run_changes_nothing():
    with FakeX('--token', TOKEN) as x:
        for words in (('check', 'dunlin'), ('add', 'dunlin', '--dry-run')):
            code, out, _ = rules(x, *words)
            assert code == 0 and '1 created, 0 not created, 1 valid, 0 invalid (nothing was changed)' in out, out
        assert rules(x) == (0, '', '')
        assert rules(x, 'check', '"dunlin')[0] == 5


@test
def rules_are_json_where_that_is_asked_for():
    with FakeX('--token', TOKEN) as x:
        code, out, _ = rules(x, 'add', 'a "quoted" rule', '(b', '--tag', 'x\ty', '--json')
        answer = json.loads(out)
        assert code == 5 and answer['dry_run'] is False, out
        assert [(r['value'], r['tag']) for r in answer['rules']] == [('a "quoted" rule', 'x\ty')], out
        assert answer['errors'][0]['value'] == '(b' and answer['errors'][0]['details'], out
        assert answer['summary'] == {'created': 1, 'not_created': 1, 'valid': 1, 'invalid': 1}, out
        for n in range(10):
            assert rules(x, 'add', f'rule {n}')[0] == 0
        listed = json.loads(rules(x, 'list', '--json')[1])['rules'] # Of several pages.
        assert [r['value'] for r in listed] == ['a "quoted" rule', *(f'rule {n}' for n in range(10))], listed


@test
def hostile_words_of_rules_move_no_terminal():
    with FakeX('--token', TOKEN) as x:
        code, out, _ = rules(x, 'add', 'a\x1b[2Jb\u202e', '--tag', 't\x07')
        assert code == 0 and '\x1b' not in out and '\x07' not in out and '\u202e' not in out, out


@test
def rules_without_a_token_or_an_upstream_say_what_is_wrong():
    with FakeX('--token', TOKEN) as x:
        code, out, err = rules(x, token='another-token')
        assert code == 6 and out == '' and 'HTTP 401: Unauthorized' in err and 'another-token' not in err, err
        url = x.url
    r = run('rules', '--x-url', url, X_BEARER_TOKEN=TOKEN)
    assert r.returncode == 6 and TOKEN.encode() not in r.stderr, r
    r = run('rules', '--x-url', 'http://example.com', X_BEARER_TOKEN=TOKEN)
    assert r.returncode == 3, r
    assert run('rules', 'fly').returncode == 2
    assert run('rules', 'add').returncode == 2
    assert run('rules', 'list', 'x').returncode == 2


@test
def drops_lose_nothing_and_double_nothing():
    lines = demo_as_stream(3000)
    assert run('replay', lines, '--out', path('out-drops')).returncode == 0
    totals = json.load(open(path('out-drops/totals.json')))
    with FakeX('--token', TOKEN, '--lines', lines, '--drops', '8', '--replay', '200') as x:
        with serve(x) as s:
            until(lambda: s.api('stats')['data']['heard'] == totals['heard'])
            until(lambda: s.api('stats')['data']['source']['state'] == 'live')
            stats = s.api('stats')['data']
            for key, value in totals.items():
                assert stats.get(key, value) == value, (key, value, stats)
            assert stats['source']['connects'] == 9, stats
        counts = x.end()
    assert counts['drops'] == 8 and counts['too_often'] == counts['too_many'] == 0, counts


@test
def a_delete_on_the_compliance_stream_takes_a_tweet_of_the_filtered_one():
    events = path('events.jsonl', json.dumps({'data': {'delete': {
        'tweet': {'id': '1000000000003', 'author_id': '100003'}, 'event_at': '2026-01-02T00:00:00.000Z'}}}).encode() + b'\n')
    with FakeX('--token', TOKEN, '--lines', posts(5), '--events', events) as x:
        with serve(x, '--x-stream', 'filtered,tweets-compliance:1,users-compliance:2') as s:
            until(lambda: s.api('stats')['data']['heard'] == 4 and s.api('stats')['data']['deleted'] == 1)
        assert x.end()['requests'] == 3


@test
def sigterm_closes_the_connection_before_the_program_ends():
    with FakeX('--token', TOKEN, '--lines', posts(5)) as x:
        with serve(x) as s:
            until(lambda: s.api('stats')['data']['heard'] == 5)
            assert s.stop() == 0
        with serve(x) as s: # Nobody holds the one connection that there may be.
            until(lambda: s.api('stats')['data']['heard'] >= 0 and
                  s.api('stats')['data']['source']['state'] == 'live')
        counts = x.end()
    assert counts['requests'] == 2 and counts['too_many'] == 0 and counts['open'] == 0, counts


@test
def a_reached_budget_ends_reading_and_the_answers_stay():
    state = path('budget/x.state')
    with FakeX('--token', TOKEN, '--lines', posts(100), '--rate', '200') as x:
        with serve(x, '--budget-usd', '0.16', '--x-state', state) as s: # 0.015 a line of its own author.
            until(lambda: s.api('stats')['data']['source']['state'] == 'budget reached')
            until(lambda: s.api('stats')['data']['heard'] == 10)
            assert 'budget-usd' in s.api('stats')['data']['source']['detail']
            assert s.process.poll() is None
            assert s.stop() == 0
        assert stat.S_IMODE(os.stat(state).st_mode) == 0o600
        assert 'spent 150000 10 10' in open(state).read()
        r = run('top', '--source', 'x', '--x-url', x.url, '--budget-usd', '0.15', '--x-state', state, '--once',
                X_BEARER_TOKEN=TOKEN)
        assert r.returncode == 7 and b'budget' in r.stderr, r
        assert x.end()['requests'] == 1, x.counts


@test
def killed_and_started_again_and_again_it_asks_no_more_than_x_allows():
    state = path('killed/x.state')
    with FakeX('--token', TOKEN, '--lines', posts(20)) as x:
        for _ in range(60):
            with serve(x, '--x-state', state) as s:
                time.sleep(0.02)
                s.process.kill()
                s.process.wait()
        counts = x.end()
    assert 20 < counts['requests'] <= 50 and counts['too_often'] == 0, counts
    assert len(re.findall(r' \d{13}', open(state).read())) == 45, open(state).read()


@test
def streams_add_up_to_one_bill():
    with FakeX('--token', TOKEN, '--lines', posts(5)) as x:
        with serve(x, '--x-stream', 'filtered,sampled,users-compliance:1') as s:
            until(lambda: s.api('stats')['data']['heard'] == 5)
            until(lambda: s.api('stats')['data']['source']['connects'] == 3)
            metrics = s.get('/metrics')[2].decode()
            spent = re.findall(r'^dunlin_source_spent_usd(?:{.*})? (\S+)$', metrics, re.MULTILINE)
            assert abs(sum(map(float, spent)) - 0.075) < 1e-9, spent


@test
def the_state_is_kept_beside_the_journal():
    db = path('beside.db')
    with FakeX('--token', TOKEN, '--lines', posts(5)) as x:
        for _ in range(2):
            with serve(x, '--db', db) as s:
                until(lambda: s.api('stats')['data']['source']['state'] == 'live' and
                      s.api('stats')['data']['heard'] == 5)
        assert re.search(r'\nstream filtered 0 0 0 0 \d{13} \d{13}\n', open(db + '.x-state').read())


@test
def a_state_that_is_damaged_or_in_use_is_told():
    state = path('damaged/x.state')
    os.makedirs(os.path.dirname(state))
    with open(state, 'w') as f:
        f.write('dunlin x-state 1\nspent 5')
    with FakeX('--token', TOKEN, '--lines', posts(5)) as x:
        arguments = ('serve', '--source', 'x', '--x-url', x.url, '--x-state', state, '--port', '0')
        r = run(*arguments, X_BEARER_TOKEN=TOKEN)
        assert r.returncode == 3 and b'damaged' in r.stderr, r
        os.unlink(state)
        with serve(x, '--x-state', state):
            r = run(*arguments, X_BEARER_TOKEN=TOKEN)
            assert r.returncode == 3 and b'another dunlin uses it' in r.stderr, r


@test
def a_wrong_choice_of_streams_is_told():
    for words in ('compliance', 'filtered,', 'sample10:3', 'firehose'):
        r = run('serve', '--source', 'x', '--x-stream', words, '--x-url', 'http://127.0.0.1:1', '--port', '0',
                X_BEARER_TOKEN=TOKEN)
        assert r.returncode == 2 and words.encode() in r.stderr, r


@test
def the_token_is_in_no_log_no_page_no_metric_and_no_environment():
    credentials = path('credentials')
    os.makedirs(credentials, exist_ok=True)
    for name, how in (('file', 'file'), ('x-bearer-token', 'credential'), (None, 'environment')):
        environment, arguments = {}, []
        if name is not None:
            file = os.path.join(credentials, name)
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 'w') as f:
                f.write(TOKEN + '\n')
        if how == 'file':
            arguments = ['--x-token-file', file]
        elif how == 'credential':
            environment = {'CREDENTIALS_DIRECTORY': credentials}
        else:
            environment = {'X_BEARER_TOKEN': TOKEN}
        with FakeX('--token', TOKEN, '--lines', posts(5), '--drops', '1') as x:
            base = ('serve', '--source', 'x', '--x-url', x.url, '--verbose', *arguments)
            with Server(*base, stderr=subprocess.PIPE, **environment) as s:
                until(lambda: s.api('stats')['data']['heard'] == 5)
                seen = [s.get(p)[2] for p in ('/metrics', '/api/v1/stats', '/readyz', '/', '/api/v1/accounting')]
                for p in ('environ', 'cmdline'):
                    try:
                        with open(f'/proc/{s.process.pid}/{p}', 'rb') as f:
                            seen.append(f.read())
                    except PermissionError: # Not even its own user's.
                        pass
                s.stop()
                seen.append(s.process.stderr.read())
            seen.append(run(*base, '--print-config', **environment).stdout)
            for words in seen:
                words = words if isinstance(words, str) else bytes(words).decode('utf-8', 'replace')
                assert TOKEN not in words and 'real-token' not in words, (how, words[:500])
            if how == 'file':
                assert 'others on this machine can read it' in seen[-2], seen[-2]
            counts = x.end()
            assert counts['unauthorized'] == 0 and counts['requests'] == 2, (how, counts)


@test
def a_process_that_holds_a_token_leaves_no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    with FakeX('--token', TOKEN, '--lines', posts(5)) as x:
        with serve(x) as s:
            until(lambda: s.api('stats')['data']['heard'] == 5)
            s.process.send_signal(signal.SIGABRT)
            _, how = os.waitpid(s.process.pid, 0)
            s.process.returncode = -os.WTERMSIG(how)
            assert os.WIFSIGNALED(how) and not os.WCOREDUMP(how), how


@test
def a_script_plays_faults_in_order():
    script = path('faults.script', b'# A refusal, then the stream.\n'
                  b'answer 503\nbody {"title":"Service Unavailable"}\nclose\n')
    with FakeX('--script', script) as x:
        with Server('serve', '--source', 'x', '--x-url', x.url, stderr=subprocess.PIPE,
                    X_BEARER_TOKEN='right-token') as s:
            until(lambda: s.api('stats')['data']['source']['state'] == 'waiting')
            assert 'HTTP 503 Service Unavailable' in s.api('stats')['data']['source']['detail']


if __name__ == '__main__':
    run_tests(sys.argv[1:])
