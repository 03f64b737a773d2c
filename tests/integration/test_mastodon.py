#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Mastodon server's stream, alone and beside other sources, as REST tells of it.

The stand-in speaks Server-Sent Events as a Mastodon server does, a script of events for
each connection: heartbeats, events cut in the middle, errors in JSON.
"""
import http.server
import json
import os
import threading
import time

from program import Server, generated_sample, path, run, run_tests, test

ID_BIT = 1 << 62
TOKEN = 'not-a-real-token'


class Mastodon:
    """Each connection sends the next script, a list of bytes, and is then held or, after a
    None, dropped.  Without scripts left it sends heartbeats alone."""

    def __init__(self, *scripts, token=TOKEN, code=None):
        self.scripts, self.requests, self.ended = list(scripts), [], threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append((self.path, self.headers['Authorization']))
                if code or self.headers['Authorization'] != 'Bearer ' + token:
                    return self.refuse(code or 401)
                self.send_response(200)
                self.send_header('Content-Type', 'text/event-stream')
                self.end_headers()
                self.wfile.write(b':)\n\n')
                script = outer.scripts.pop(0) if outer.scripts else []
                for part in script:
                    if part is None:
                        return None
                    self.wfile.write(part)
                    self.wfile.flush()
                outer.ended.wait(60)
                return None

            def refuse(self, code):
                body = b'{"error":"The access token is invalid"}'
                self.send_response(code)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_port}'

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


def event(name, payload):
    data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return f'event: {name}\ndata: {data}\n\n'.encode()


def status(number, author, content, minute=0, **more):
    fields = more.pop('fields', [])
    return {'id': str(number), 'created_at': f'2022-12-23T10:{minute:02}:00.000Z', 'visibility': 'public',
            'language': 'en', 'content': content, 'tags': [], 'in_reply_to_id': None, 'reblog': None,
            'account': {'id': str(author), 'username': f'u{author}', 'acct': f'u{author}@one.example',
                        'display_name': f'User {author}', 'followers_count': 10 * author,
                        'statuses_count': author, 'fields': fields}, **more}


def wait_for(ask, wanted):
    for _ in range(400):
        found = ask()
        if wanted(found):
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def serve(upstream, *more, **environment):
    return Server('serve', '--source', 'mastodon', '--mastodon-url', upstream.url, *more,
                  MASTODON_TOKEN=TOKEN, **environment)


def tweet(s, number):
    code, _, body = s.get(f'/api/v1/tweets/{number | ID_BIT}')
    return (json.loads(body)['data'] if code == 200 else None), code


FIRST = status(101, 1, '<p>A lovely &amp; warm day</p><p>in <b>Cologne</b></p>',
               fields=[{'name': 'Wohnort', 'value': 'K\u00f6ln, <i>Germany</i>'}])
CONVERSATION = [
    event('update', FIRST),
    event('update', status(102, 2, '<p>@u1 terrible, awful weather</p>', 1, in_reply_to_id='101')),
    event('update', status(103, 3, '', 2, reblog=FIRST)),
    event('update', status(104, 3, '<p>gone soon</p>', 3)),
    b':thump\n\n',
    event('status.update', status(102, 2, '<p>@u1 wonderful, great weather</p>', 1, in_reply_to_id='101',
                                  edited_at='2022-12-23T10:05:00.000Z')),
    event('delete', '104'),
    event('filters_changed', 'undefined'),
]


@test
def statuses_boosts_edits_and_deletes_become_answers():
    with Mastodon(CONVERSATION) as upstream, serve(upstream) as s:
        stats = wait_for(lambda: s.api('stats')['data'], lambda d: d['items'] == 7)
        assert stats['accepted'] == 5 and stats['ignored'] == 2, stats
        assert stats['source']['kind'] == 'mastodon' and stats['source']['state'] == 'live', stats
        first, _ = tweet(s, 101)
        assert first['text'] == 'A lovely &amp; warm day\n\nin Cologne', first
        author = s.api(f'authors/{1 | ID_BIT}')['data']
        assert author['username'] == 'u1@one.example' and author['followers'] == 10, author
        assert author['location'] == 'K\u00f6ln, Germany', author
        reply, _ = tweet(s, 102)
        assert reply['text'] == '@u1 wonderful, great weather', reply
        assert tweet(s, 104)[1] in (404, 410)
        top = s.api('tweets/top?sort=replies')['data']
        assert top[0]['id'] == str(101 | ID_BIT), top
        assert upstream.requests == [('/api/v1/streaming/public', 'Bearer ' + TOKEN)], upstream.requests
        with open(f'/proc/{s.process.pid}/environ', 'rb') as f: # Nor does /proc tell it.
            assert TOKEN.encode() not in f.read()


@test
def an_event_that_was_cut_by_a_drop_is_lost_alone():
    with Mastodon([CONVERSATION[0], CONVERSATION[1][:40], None], CONVERSATION[2:3]) as upstream, \
            serve(upstream, '--mastodon-stream', 'hashtag:winter') as s:
        stats = wait_for(lambda: s.api('stats')['data'], lambda d: d['items'] == 2)
        assert stats['accepted'] == 2 and stats['source']['connects'] == 2, stats
        assert tweet(s, 102)[1] == 404
        assert [target for target, _ in upstream.requests] == ['/api/v1/streaming/hashtag?tag=winter'] * 2


@test
def files_and_streams_are_read_at_once():
    sample = generated_sample(500)
    alone = json.loads(run('replay', sample, '--out', path('alone'), '--json').stdout)
    with Mastodon(CONVERSATION) as upstream, serve(upstream, sample) as s:
        stats = wait_for(lambda: s.api('stats')['data'], lambda d: d['items'] == 500 + 7)
        assert stats['source']['kind'] == 'several' and stats['source']['state'] == 'live', stats
        files = {f['name']: f['items'] for f in s.api('accounting')['data']['files']}
        assert files == {sample: 500, 'Mastodon public': 7}, files
        assert tweet(s, 101)[0]['text'].startswith('A lovely')
        assert stats['accepted'] == alone['accepted'] + 5, (stats, alone)


@test
def a_rule_knows_what_came_from_where():
    secret = path('push-token', b'a-secret-of-24-characters')
    with Mastodon(CONVERSATION) as upstream, \
            serve(upstream, generated_sample(500), '--push-token-file', secret) as s:
        wait_for(lambda: s.api('stats')['data'], lambda d: d['items'] == 500 + 7)
        before = {a['id']: a for a in s.api('authors/top?limit=100')['data']}
        ordered = ('fix', s.url, '--push-token-file', secret)
        r = run(*ordered, '--where', 'source:mastodon', '--set', 'followers*=1000', '--apply')
        assert r.returncode == 0, r
        assert s.api(f'authors/{2 | ID_BIT}')['data']['followers'] == 20000
        others = [a for a in s.api('authors/top?limit=100')['data'] if int(a['id']) < ID_BIT and a['id'] in before]
        assert len(others) > 10 and all(a['followers'] == before[a['id']]['followers'] for a in others)
        assert run(*ordered, '--undo', '1').returncode == 0
        assert s.api(f'authors/{2 | ID_BIT}')['data']['followers'] == 20


def answers(s):
    return [s.api(target)['data'] for target in
            [f'tweets/{101 | ID_BIT}', f'tweets/{102 | ID_BIT}', f'authors/{1 | ID_BIT}', 'tweets/top?sort=replies']]


@test
def what_was_shown_is_there_after_kill_9():
    journal = path('mastodon.db')
    with Mastodon(CONVERSATION) as upstream:
        with serve(upstream, '--db', journal) as s:
            wait_for(lambda: s.api('stats')['data'], lambda d: d['items'] == 7)
            before = answers(s)
            s.process.kill()
            s.process.wait(10)
        with serve(upstream, '--db', journal) as s: # Which now sends heartbeats alone.
            wait_for(lambda: tweet(s, 102)[1], lambda code: code == 200)
            assert answers(s) == before
            assert tweet(s, 104)[1] in (404, 410)


@test
def one_that_refuses_does_not_end_the_others():
    with Mastodon(CONVERSATION) as upstream, Mastodon(code=401) as x, \
            serve(upstream, '--source', 'x', '--x-url', x.url, X_BEARER_TOKEN='wrong-secret') as s:
        stats = wait_for(lambda: s.api('stats')['data'],
                         lambda d: d['items'] == 7 and 'failed' in d['source']['detail'])
        assert stats['source']['state'] == 'live', stats
        assert 'HTTP 401' in stats['source']['detail'], stats
        assert 'wrong-secret' not in json.dumps(stats)
        assert s.stop() == 0


@test
def a_token_that_is_refused_ends_with_6_and_is_not_said():
    with Mastodon(token='another') as upstream:
        r = run('serve', '--source', 'mastodon', '--mastodon-url', upstream.url, '--port', '0',
                '--mastodon-token-file', path('token', b'not-a-real-token\n'))
        assert r.returncode == 6 and b'give another; The access token is invalid' in r.stderr, r
        assert TOKEN.encode() not in r.stderr + r.stdout


@test
def a_token_comes_from_a_file_the_environment_or_systemd():
    path('token', b'not-a-real-token\n')
    credentials = path('credentials')
    os.makedirs(credentials)
    with open(os.path.join(credentials, 'mastodon-token'), 'wb') as f:
        f.write(b'not-a-real-token\n')
    for environment in [{'MASTODON_TOKEN_FILE': path('token')}, {'CREDENTIALS_DIRECTORY': credentials},
                        {'DUNLIN_MASTODON_TOKEN_FILE': path('token'), 'MASTODON_TOKEN': 'wrong'}]:
        with Mastodon(CONVERSATION[:1]) as upstream, \
                Server('serve', '--source', 'mastodon', '--mastodon-url', upstream.url, **environment) as s:
            wait_for(lambda: s.api('stats')['data'], lambda d: d['accepted'] == 1)


@test
def wrong_usage_says_what_to_do():
    for words, code, said in [
        (['--source', 'mastodon'], 2, '--source mastodon: no server is named: give --mastodon-url https://'),
        (['--source', 'mastodon', '--mastodon-url', 'https://one.example'], 3,
         '--source mastodon: there is no access token: give --mastodon-token-file FILE, or MASTODON_TOKEN'),
        (['--source', 'mastodon', '--mastodon-url', 'https://one.example', '--mastodon-stream', 'user'], 2,
         'user: no such stream: give public, '),
        (['--source', 'mastodon', '--mastodon-url', 'http://one.example', '--mastodon-token-file',
          path('token', b'not-a-real-token\n')], 3, 'http://one.example: bad argument: give the https:// address'),
        (['--source', 'mastodon', '--source', 'mastodon'], 2, '--source: the same source twice'),
        (['--source', 'nostr'], 2, '--source: nostr: give one of x|mastodon'),
    ]:
        r = run('serve', *words)
        assert r.returncode == code and said in r.stderr.decode(), (words, r)


if __name__ == '__main__':
    run_tests()
