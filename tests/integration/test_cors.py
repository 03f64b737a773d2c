#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pages of other sites: who may read the interface, and that nobody else may."""
import os

from program import Server, generated_sample, path, push_token, run, run_tests, test

SAMPLE = generated_sample(300)
NEWS = 'https://news.example'


def told(headers):
    return {name: headers[name] for name in headers.keys() if name.startswith('Access-Control')}


def varies(headers):
    return 'Origin' in ', '.join(headers.get_all('Vary'))


@test
def without_the_option_no_site_may_read():
    with Server(SAMPLE) as s:
        _, headers, _ = s.get('/api/v1/stats', Origin=NEWS)
        assert told(headers) == {} and not varies(headers)


@test
def a_named_site_may_read_and_no_other():
    with Server(SAMPLE, '--cors-origin', NEWS, '--cors-origin', 'http://localhost:3000') as s:
        s.wait_until_read()
        for target, code in (('stats', 200), ('authors/top', 200), ('authors/top?limit=x', 400), ('nothing', 404)):
            got, headers, _ = s.get('/api/v1/' + target, Origin=NEWS)
            assert got == code and headers['Access-Control-Allow-Origin'] == NEWS and varies(headers), target
            assert 'ETag' in headers['Access-Control-Expose-Headers']
            assert 'Access-Control-Allow-Credentials' not in headers
        for other in 'https://news.example.evil', 'http://news.example', 'null', '*', 'https://news.example/', '':
            _, headers, _ = s.get('/api/v1/stats', Origin=other)
            assert told(headers) == {} and varies(headers), other
        _, headers, _ = s.get('/', Origin=NEWS) # The page itself is for nobody else's scripts.
        assert told(headers) == {}
        etag = s.get('/api/v1/authors/top')[1]['ETag']
        code, headers, _ = s.get('/api/v1/authors/top', Origin='http://localhost:3000', If_None_Match=etag)
        assert code == 304 and headers['Access-Control-Allow-Origin'] == 'http://localhost:3000'


@test
def a_browser_may_ask_first_and_needs_no_token_for_that():
    token = path('token', b'reading-secret-1\n')
    os.chmod(token, 0o600)
    with Server(SAMPLE, '--token-file', token, '--cors-origin', NEWS) as s:
        asks = {'Access_Control_Request_Method': 'GET', 'Access_Control_Request_Headers': 'authorization'}
        code, headers, _ = s.ask('OPTIONS', '/api/v1/stats', Origin=NEWS, Authorization='', **asks)
        assert code == 204 and headers['Access-Control-Allow-Headers'] == 'Authorization'
        assert headers['Access-Control-Allow-Methods'] == 'GET, HEAD'
        code, headers, _ = s.ask('OPTIONS', '/api/v1/stats', Origin='https://evil.example', Authorization='', **asks)
        assert code == 401 and told(headers) == {}
        code, headers, _ = s.get('/api/v1/stats', Origin=NEWS, Authorization='')
        assert code == 401 and headers['Access-Control-Allow-Origin'] == NEWS # So that its page can say why.
        assert s.get('/api/v1/stats', Origin=NEWS, Authorization='Bearer reading-secret-1')[0] == 200


@test
def who_may_read_may_change_nothing():
    with Server(SAMPLE, '--push-token-file', push_token(), '--cors-origin', NEWS) as s:
        code, headers, _ = s.push([], Origin=NEWS)
        assert code == 403 and told(headers) == {}


@test
def what_is_no_origin_is_refused():
    for wrong in '*', 'null', 'news.example', 'https://', 'https://news.example/path', 'https://News.example':
        r = run('serve', SAMPLE, '--cors-origin', wrong)
        assert r.returncode == 2 and b'give an origin such as' in r.stderr, (wrong, r)


if __name__ == '__main__':
    run_tests()
