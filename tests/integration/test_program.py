#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program as a person and a browser meet it: commands, exit codes, the server.

Runs ./build/release/dunlin (or $DUNLIN) on a conversation of its own making, with
ports of its own on loopback.  Prints one line a test and closes with the sums.
"""
import bz2
import http.client
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from program import DUNLIN, Server as Program, path, run, run_tests, test

SAMPLE_LINES = 8000
sample = path('sample.jsonl')


class Server(Program):
    """That tells what it said on stderr, how long it took to stop, and streams."""

    def __init__(self, *arguments, **environment):
        super().__init__(*arguments, stderr=subprocess.PIPE, **environment)

    def __exit__(self, *ended):
        super().__exit__(*ended)
        self.process.stderr.close()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        began = time.monotonic()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return code, time.monotonic() - began

    def wait_until_read(self, items):
        stats = super().wait_until_read()
        assert stats['items'] == items, stats
        return stats

    def open_stream(self, query=''):
        return Stream(self.port, query)


class Stream:
    """Server-Sent Events by the rules of the standard."""

    def __init__(self, port, query, last_id=None):
        self.connection = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
        headers = {'Accept': 'text/event-stream'}
        if last_id is not None:
            headers['Last-Event-ID'] = last_id
        self.connection.request('GET', '/api/v1/stream' + query, headers=headers)
        self.answer = self.connection.getresponse()
        self.last_id = last_id

    def __iter__(self):
        event, data = '', []
        for line in self.answer:
            line = line.decode().rstrip('\n')
            name, _, value = line.partition(':')
            value = value[1:] if value.startswith(' ') else value
            if line == '':
                if data:
                    yield event, json.loads('\n'.join(data)), self.last_id
                event, data = '', []
            elif name == 'event':
                event = value
            elif name == 'data':
                data.append(value)
            elif name == 'id':
                self.last_id = value

    def close(self):
        self.connection.close()


# ---- Commands ----

@test
def help_begins_with_examples():
    for command in ['serve', 'replay', 'geocode', 'sentiment', 'gen']:
        for words in ([command, '--help'], ['help', command], ['--help', command]):
            r = run(*words)
            assert r.returncode == 0 and r.stderr == b'', words
            out = r.stdout.decode()
            assert 0 < out.index('Examples:') < out.index('Usage:') < out.index('Options:')
    assert b'Examples:' in run().stdout
    assert run('--version').stdout.startswith(b'dunlin ')


@test
def wrong_usage_says_what_to_do():
    for words, code, said in [
        (['--prot', '1', sample], 2, 'dunlin: --prot: no such option: did you mean --port?\n'),
        (['repaly', sample], 2, 'dunlin: repaly: no such file or command: did you mean replay?\n'),
        (['export'], 2, 'dunlin: export: no such file or command: dunlin --help lists the commands\n'),
        (['replay'], 2, 'dunlin: replay: there is nothing to read: '
                        'name FILE..., or - for stdin, or give --db FILE\n'),
        (['serve'], 2, 'dunlin: serve: there is nothing to read: '
                       'name FILE..., or - for stdin, or give --source x, --push-token-file FILE or --db FILE\n'),
        (['serve', '--source', 'x', '--source', 'x'], 2, 'dunlin: --source: the same source twice: '
                                                         'give each of them once\n'),
        (['serve', '--bind', '0.0.0.0', sample], 3,
         'dunlin: 0.0.0.0: everyone who reaches this address could read: '
         'give --token-file FILE, or --insecure-no-auth\n'),
        (['serve', '--source', 'x'], 3, 'dunlin: --source x: there is no bearer token: '
         'give --x-token-file FILE, or X_BEARER_TOKEN in the environment\n'),
        (['replay', sample, '--places-only'], 2,
         'dunlin: --places-only: there are no places: give --places FILE with it\n'),
        (['replay', sample, '--places', path('bad.tsv', b'here\tthere\n')], 3, ':1: '),
    ]:
        r = run(*words)
        assert r.returncode == code and r.stdout == b'', (words, r)
        assert said in r.stderr.decode(), (words, r.stderr)


@test
def what_a_terminal_obeys_is_not_sent_to_it():
    r = run('replay', '\x1b[2Jno\nsuch')
    assert r.returncode == 4 and b'\x1b' not in r.stderr and b'\\x1B[2Jno\\x0Asuch' in r.stderr


@test
def replay_counts_every_item_and_tells_by_its_exit_code():
    bad = path('bad.jsonl', b'{"tweet":\n\n[]\n')
    r = run('replay', bad, '--json', '--dead-letter', path('dead.jsonl'))
    counts = json.loads(r.stdout)
    assert r.returncode == 0 and counts['items'] == 3 and counts['rejected'] == 1, counts
    assert len(open(path('dead.jsonl')).readlines()) == 1
    assert run('replay', bad, '--strict').returncode == 5
    assert run('replay', path('no-such-file')).returncode == 4
    assert b'no dump of tweets' in r.stderr and b'dunlin inspect' in r.stderr, r
    assert b'no dump of tweets' not in run('replay', bad, sample).stderr
    assert run('replay', bad, '-q').stderr == b''


@test
def top_without_a_terminal_shows_the_boards_once():
    r = run('top', sample)
    lines = r.stdout.decode().splitlines()
    assert r.returncode == 0 and b'\x1b' not in r.stdout, r
    assert 'ended' in lines[0] and f'{SAMPLE_LINES} items' in lines[1], lines[:2]
    assert sum('influence' in line for line in lines) == 2 and len(lines) > 20, lines
    assert b'\x1b[' in run('top', sample, '--color=always').stdout
    with Server(sample) as s:
        s.wait_until_read(SAMPLE_LINES)
        remote = run('top', s.url, '--once')
        assert remote.returncode == 0 and remote.stdout.decode().splitlines()[3:] == lines[3:], remote
    gone = run('top', 'http://127.0.0.1:9/', '--once')
    assert gone.returncode == 6 and gone.stdout == b'' and b'127.0.0.1' in gone.stderr, gone


@test
def doctor_says_what_is_wrong():
    r = run('doctor', '--port', '0', DUNLIN_CONFIG='/dev/null')
    assert b'sentiment model vader' in r.stdout, r.stdout
    r = run('doctor', '--port', '0', '--sentiment', 'textblob', DUNLIN_CONFIG='/dev/null')
    assert b'sentiment model textblob' in r.stdout, r.stdout
    assert r.returncode == 0 and b'WRONG' not in r.stdout and b'gazetteer' in r.stdout, r
    r = run('doctor', '--bind', '0.0.0.0', '--port', '0')
    assert r.returncode == 1 and b'WRONG' in r.stdout and b'--token-file' in r.stderr, r


@test
def configuration_files_are_checked_and_obeyed():
    good = path('good.toml', b'port = 0\n[replay]\nclean-min = 7\n')
    bad = path('bad.toml', b'\nprt = 0\n')
    r = run('check-config', good)
    assert r.returncode == 0 and b'right, 2 settings' in r.stdout, r
    r = run('check-config', good, bad)
    assert r.returncode == 3 and b'bad.toml:2: prt: no such setting: did you mean port?' in r.stderr, r
    assert run('replay', '--config', bad, sample).returncode == 3
    assert run('replay', '--config', path('no.toml'), sample).returncode == 3
    r = run('replay', '--config', good, '--print-config', sample)
    assert r.returncode == 0 and b'clean-min = 7  # ' in r.stdout, r
    assert b'clean-min = 80  # default' in run('serve', '--config', good, '--print-config', sample).stdout


@test
def the_manual_and_completions_name_every_command():
    commands = re.findall(r'^  dunlin ([a-z-]+) ', run('--help').stdout.decode(), re.M)
    man = run('man').stdout.decode()
    assert man.startswith('.TH DUNLIN 1') and len(commands) > 8, commands
    for shell in ('bash', 'zsh', 'fish'):
        r = run('completions', shell)
        assert r.returncode == 0 and all(c in r.stdout.decode() for c in commands), r
    assert all(f'.SS dunlin {c}'.replace('-', '\\-') in man for c in commands), man
    assert run('completions', 'tcsh').returncode == 2
    script = run('completions', 'bash').stdout.decode() + (
        '\nCOMP_WORDS=(dunlin replay --dead-); COMP_CWORD=2; _dunlin; echo "${COMPREPLY[@]}"')
    done = subprocess.run(['bash', '-c', script], capture_output=True, timeout=20)
    assert done.stdout.strip() == b'--dead-letter', done


@test
def replay_of_damaged_files_alone_says_that_nothing_could_be_read():
    whole = bz2.compress(open(sample, 'rb').read())
    cut = path('cut.bz2', whole[:3000])
    r = run('replay', cut, '--out', path('out-cut'))
    assert r.returncode == 4 and b'cut.bz2' in r.stderr and b'damaged' in r.stderr, r
    r = run('replay', cut, sample, '--json')
    assert r.returncode == 0 and json.loads(r.stdout)['items'] > 0 and b'cut.bz2' in r.stderr, r


@test
def the_same_lines_give_the_same_files_however_they_come():
    content = open(sample, 'rb').read()
    lines = content.splitlines(keepends=True)
    one, two = path('one.jsonl', b''.join(lines[1::2])), path('two.jsonl', b''.join(lines[::2]))
    assert run('replay', sample, '--out', path('out-a')).returncode == 0
    assert run('replay', '-', '--out', path('out-b'), stdin=content).returncode == 0
    assert run('replay', one, two, '--decoders', '3', '--epoch', '7',
               f'--out={path("out-c")}').returncode == 0
    names = sorted(os.listdir(path('out-a')))
    assert names == ['accounting.json', 'authors.jsonl', 'minutes.jsonl', 'places.jsonl',
                     'totals.json', 'tweets.jsonl'], names
    for name in names:
        a = open(os.path.join(path('out-a'), name), 'rb').read()
        assert a == open(os.path.join(path('out-b'), name), 'rb').read(), name
        assert a == open(os.path.join(path('out-c'), name), 'rb').read(), name


@test
def pipes_answer_every_line():
    r = run('sentiment', '-', stdin=b'good\n\nso bad!!!')
    labels = [json.loads(line)['label'] for line in r.stdout.splitlines()]
    assert r.returncode == 0 and labels[0] == 'positive' and labels[2] == 'negative', r
    assert len(labels) == 3
    r = run('sentiment', '--sentiment', 'textblob', '-', stdin=b'not very good\n')
    answer = json.loads(r.stdout)
    assert answer['label'] == 'negative' and abs(answer['score'] + 0.35 / 1.3) < 1e-9, r
    r = run('sentiment', '--model', 'textblob', '--json', 'not very good')
    assert json.loads(r.stdout)['tokens'][0]['role'] == 'negation', r
    assert b'vader|textblob' in run('sentiment', '--model', 'afinn', 'x').stderr
    r = run('geocode', '-', stdin='Köln, DE\n\nnowhere at all\n'.encode())
    places = [json.loads(line) for line in r.stdout.splitlines()]
    assert places[0]['country'] == 'DE' and places[1:] == [None, None], places
    answer = json.loads(run('geocode', '--json', 'Paris,', 'TX').stdout)
    assert answer['text'] == 'Paris, TX' and answer['place']['country'] == 'US'
    table = path('table.tsv', 'Köln\t1.5\t2.5\t0.04\n'.encode())
    r = run('geocode', '--places', table, '--places-only', '-', stdin='Köln\nParis\n'.encode())
    assert [json.loads(line) for line in r.stdout.splitlines()][1] is None
    assert b'"lat":1.5,' in r.stdout


@test
def moods_are_measured_as_asked():
    def line(id, text):
        return json.dumps({'id_str': str(id), 'created_at': 'Wed Jul 04 12:00:00 +0000 2012',
                           'text': text, 'lang': 'en', 'user': {'id_str': '5', 'lang': 'en'}})
    lines = path('moods.jsonl', (line(1, 'not very good') + '\n' + line(2, 'a good day') + '\n').encode())
    moods = {}
    for model in ['vader', 'textblob']:
        with Server('--sentiment', model, lines) as s:
            assert s.wait_until_read(2)['sentiment_model'] == model
            moods[model] = [s.api(f'tweets/{id}')['data']['sentiment'] for id in (1, 2)]
            words = s.api('tweets/1')['data']['words']
            assert [w['word'] for w in words] == ['not', 'very', 'good'], words
            assert words[0] == {'word': 'not', 'valence': None, 'role': 'negation'}, words
    assert moods['textblob'] == [{'score': -0.269231, 'label': 'negative'},
                                 {'score': 0.7, 'label': 'positive'}], moods
    assert moods['vader'][0]['score'] == -0.3865, moods


# ---- The server ----

@test
def a_file_alone_is_served_and_its_numbers_are_those_of_replay():
    assert run('replay', sample, '--out', path('out')).returncode == 0
    totals = json.load(open(path('out/totals.json')))
    accounting = json.load(open(path('out/accounting.json')))
    authors = [json.loads(line) for line in open(path('out/authors.jsonl'))]
    with Server(sample) as s:
        stats = s.wait_until_read(accounting['items'])
        for key, value in {**totals, **accounting}.items():
            if key in stats:
                assert stats[key] == value, (key, stats[key], value)
        answer = s.api('authors/top?limit=100')
        assert answer['meta']['as_of'] == stats['newest'] > stats['oldest'] > '2006'
        best = sorted(authors, key=lambda a: -a['influence'])[:100]
        assert [a['influence'] for a in answer['data']] == [a['influence'] for a in best]
        by_id = {a['id']: a for a in authors}
        for a in answer['data']:
            for key in ['username', 'location', 'responses', 'retweets', 'replies', 'quotes',
                        'responders', 'influence']:
                assert a[key] == by_id[a['id']][key], (key, a)
        one = s.api('authors/' + answer['data'][0]['id'])['data']
        assert one['influence'] == best[0]['influence'] and one['tweets']
        minutes = s.api('timeline')['data']
        assert minutes == [json.loads(line) for line in open(path('out/minutes.jsonl'))]
        code, headers, page = s.get('/')
        assert code == 200 and b'<script' in page and 'script-src' in headers['Content-Security-Policy']
        assert s.stop()[0] == 0


@test
def what_a_stream_says_it_did_not_send_is_told():
    lines = b'{"limit":{"track":12}}\n{"limit":{"track":30}}\n' + open(sample, 'rb').read()
    with Server(path('limits.jsonl', lines)) as s:
        s.wait_until_read(SAMPLE_LINES + 2)
        assert s.api('sources')['data'][0]['missed'] == 30
        assert b'dunlin_source_missed_total{number="0",kind="files"} 30\n' in s.get('/metrics')[2]


@test
def windows_of_a_board_add_up():
    with Server(sample) as s:
        stats = s.wait_until_read(SAMPLE_LINES)
        def responses(window):
            return sum(m['retweets'] + m['replies'] + m['quotes'] for m in s.api('timeline?' + window)['data'])
        half = '2012-07-05T00:00:00Z'
        whole = responses('window=all')
        assert responses('end=' + half) + responses('start=' + half) == whole > 0
        hour = s.api('timeline?window=1h')['data']
        assert 0 < len(hour) <= 60 and hour[-1]['minute'] == stats['newest']


@test
def windows_count_back_from_the_newest_minute():
    with Server(sample) as s:
        newest = s.wait_until_read(SAMPLE_LINES)['newest']
        def minutes(window):
            return [m['minute'] for m in s.api('timeline?' + window)['data']]
        assert minutes('start=-1h') == minutes('start=-60m') == minutes('start=-59.5m') == minutes('window=1h')
        assert minutes('start=-2h&end=-1h') + minutes('start=-1h') == minutes('start=-2h')
        assert minutes('end=-1h') + minutes('start=-1h') == minutes('')
        assert minutes('start=-30s') == minutes('start=-1m&end=-1s') == [newest]
        assert minutes('start=-100d') == minutes('') and minutes('start=-1m&end=2012-07-04T00:00:00Z') == []
        page = s.api('authors/top?start=-90m&limit=1')
        rest = s.api('authors/top?start=-90m&limit=1&cursor=' + page['meta']['next_token'])
        assert page['data'] + rest['data'] == s.api('authors/top?start=-90m&limit=2')['data']
        for wrong in 'start=-', 'start=-1', 'start=-1y', 'start=--1h', 'start=-1h&end=-2h', 'start=-0m', 'end=-1e3m':
            assert s.get('/api/v1/timeline?' + wrong)[0] == 400, wrong


def whole_map(s):
    rows = s.api('snapshot')['data']['map']['upsert']
    return {key: tuple(rows[name][i] for name in sorted(rows) if name != 'id') for i, key in enumerate(rows['id'])}


def follow_to_the_end(s):
    """A client that leaves and resumes, and applies changes one by one: how often it came, how
    often it had to begin anew."""
    held, board, last_id, resets, joins = {}, None, None, 0, 0
    ended = False
    while not ended:
        stream = Stream(s.port, '?topics=map,stats,board', last_id)
        joins += 1
        for count, (event, data, last_id) in enumerate(stream):
            if event == 'reset':
                resets += 1
            if event == 'map':
                if data['full']:
                    held = {}
                rows = data['upsert']
                for i, key in enumerate(rows['id']):
                    held[key] = tuple(rows[name][i] for name in sorted(rows) if name != 'id')
                for key in data.get('remove', []):
                    held.pop(key, None)
            if event == 'board':
                board = [a['id'] for a in data['authors']]
            if event == 'stats':
                ended = data['source']['state'] == 'ended'
            # The map is told every other tick: until it is all there, a frame must come.
            if (ended and held == whole_map(s)) or (not ended and count > 40):
                break
        stream.close()
    now = whole_map(s)
    assert held == now and len(now) > 50, (len(held), len(now))
    assert board == [a['id'] for a in s.api('authors/top')['data']]
    return joins, resets


@test
def the_stream_ends_where_the_snapshot_is():
    kept = b''.join(line for line in open(sample, 'rb') if not line.startswith(b'{"delete"'))
    with Server(path('kept.jsonl', kept), '--speed', '40000') as s: # Two days in four seconds.
        joins, resets = follow_to_the_end(s)
    assert joins > 2 and resets == 0, (joins, resets)


@test
def the_stream_of_what_is_deleted_from_too_ends_there():
    with Server(sample, '--speed', '40000') as s: # Who comes back after a delete begins anew.
        joins, _ = follow_to_the_end(s)
    assert joins > 2, joins


@test
def once_tells_hello_stats_map_board_of_one_epoch():
    with Server(sample) as s:
        s.wait_until_read(SAMPLE_LINES)
        stream = s.open_stream('?once=1')
        events = list(stream)
        assert [e for e, _, _ in events] == ['hello', 'stats', 'map', 'board']
        hello = events[0][1]
        assert events[3][2] == f'{hello["boot"]}-{hello["epoch"]}'
        assert events[2][1]['epoch'] == events[3][1]['epoch'] == hello['epoch']
        code, headers, body = s.get('/api/v1/stream?once=1', Accept='application/x-ndjson')
        assert headers['Content-Type'] == 'application/x-ndjson'
        assert [json.loads(line)['event'] for line in body.splitlines()] == ['hello', 'stats', 'map', 'board']


@test
def the_gate_is_shut():
    secret = path('secret', b'a-token-of-tests\n')
    os.chmod(secret, 0o600)
    with Server(sample, '--token-file', secret) as s:
        assert s.get('/api/v1/stats')[0] == 401 and s.get('/healthz')[0] == 200
        assert s.get('/api/v1/stats', Authorization='Bearer a-token-of-tests')[0] == 200
        code, headers, _ = s.get('/?token=a-token-of-tests')
        assert code == 303 and headers['Location'] == '/' and 'HttpOnly' in headers['Set-Cookie']
        assert s.get('/api/v1/stats', Host='evil.example')[0] == 421
        stopped = s.stop()
        assert stopped[0] == 0 and 'a-token' not in s.process.stderr.read()
    assert run('serve', sample, '--token-file', path('short', b'x\n')).returncode == 3


@test
def a_port_in_use_is_said():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        s.listen()
        port = str(s.getsockname()[1])
        r = run('serve', sample, '--port', port)
        assert r.returncode == 1 and b'the port is in use: ' in r.stderr, r


@test
def stopping_with_streams_open_takes_no_five_seconds():
    for number in [signal.SIGTERM, signal.SIGINT]:
        with Server(sample) as s:
            streams = [s.open_stream() for _ in range(30)]
            for stream in streams:
                assert next(iter(stream))[0] == 'hello'
            code, seconds = s.stop(number)
            assert code == 0 and seconds < 5, (code, seconds)
            assert [e for e, _, _ in streams[0]][-1] == 'bye'
            for stream in streams:
                stream.close()


class Upstream:
    """A stand-in for the stream of X: sends the lines, then keep-alives, until closed."""

    def __init__(self, lines, code=200):
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def do_GET(self):
                upstream.requests.append((self.path, self.headers.get('Authorization')))
                self.send_response(code)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Transfer-Encoding', 'chunked')
                self.end_headers()
                body = b''.join(lines) if code == 200 else b'{"title":"Unauthorized","status":401}'
                self.wfile.write(b'%x\r\n%s\r\n' % (len(body), body))
                while code == 200 and not upstream.stops.wait(0.2):
                    self.wfile.write(b'2\r\n\r\n\r\n')
                    self.wfile.flush()
                self.wfile.write(b'0\r\n\r\n')
                self.close_connection = True

        self.requests, self.stops = [], threading.Event()
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stops.set()
        self.server.shutdown()
        self.server.server_close()


@test
def a_live_stream_of_x_is_served():
    demo = path('demo.jsonl')
    assert run('gen', '--lines', '2000', '--format', 'demo', '--out', demo).returncode == 0
    assert run('replay', demo, '--out', path('out-x')).returncode == 0
    totals = json.load(open(path('out-x/totals.json')))
    with Upstream(open(demo, 'rb').readlines()) as upstream, \
            Server('serve', '--source', 'x', '--x-url', upstream.url, '--x-stream', 'sampled',
                   X_BEARER_TOKEN='not-a-real-token') as s:
        for _ in range(200):
            stats = s.api('stats')['data']
            if stats['heard'] == totals['heard']:
                break
            time.sleep(0.05)
        for key, value in totals.items():
            assert stats.get(key, value) == value, (key, stats)
        assert stats['source']['kind'] == 'x-stream' and stats['source']['state'] == 'live', stats
        target, authorization = upstream.requests[0]
        assert target.startswith('/2/tweets/sample/stream?') and 'tweet.fields=' in target
        assert authorization == 'Bearer not-a-real-token'
        code, seconds = s.stop()
        assert code == 0 and seconds < 5
        assert 'not-a-real-token' not in s.process.stderr.read()


@test
def a_token_that_x_refuses_ends_with_6():
    with Upstream([], code=401) as upstream:
        token = path('x-token', b'not-a-real-token\n')
        r = run('serve', '--source', 'x', '--x-url', upstream.url, '--x-token-file', token, '--port', '0')
        assert r.returncode == 6 and b'not authorized' in r.stderr, r
        assert b'not-a-real-token' not in r.stderr


@test
def an_interrupted_replay_ends_by_its_signal():
    p = subprocess.Popen([DUNLIN, 'replay', sample, '--speed', '1'], stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    p.send_signal(signal.SIGINT)
    assert p.wait(5) == 130


def main():
    made = run('gen', '--lines', str(SAMPLE_LINES), '--format', 'v1', '--out', sample)
    if made.returncode != 0:
        sys.exit(f'dunlin gen: {made.stderr.decode()}')
    run_tests(sys.argv[1:])


if __name__ == '__main__':
    main()
