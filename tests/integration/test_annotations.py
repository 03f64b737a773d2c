#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What people note of a time: over REST, on the live stream, and after a kill."""
import http.client
import json
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(__file__))
from program import PUSH_SECRET, Server, generated_sample, path, push_token, run, run_tests, test, wait_for

TOKEN_FILE = push_token()
HOSTILE = '<img src=x onerror=alert(1)> "\\ é \u202e'


def post(to, body, token=PUSH_SECRET, **headers):
    headers = {'Content_Type': 'application/json', 'Authorization': f'Bearer {token}', **headers}
    body = body if isinstance(body, (bytes, str)) else json.dumps(body)
    code, _, answer = to.ask('POST', '/api/v1/annotations', body=body, **{k: v for k, v in headers.items() if v})
    return code, json.loads(answer)


def delete(to, number, token=PUSH_SECRET, **headers):
    code, _, answer = to.ask('DELETE', f'/api/v1/annotations/{number}', Authorization=f'Bearer {token}', **headers)
    return code, json.loads(answer)


def texts(to, query=''):
    return [n['text'] for n in to.api('annotations' + query)['data']]


def note(at, text, until=None):
    return {'at': f'2012-07-04T{at}Z', 'text': text, **({'until': f'2012-07-04T{until}Z'} if until else {})}


def clear(to):
    for n in to.api('annotations')['data']:
        assert delete(to, n['id'])[0] == 200


@test
def a_note_is_added_told_and_taken_away():
    code, answer = post(server, note('12:00:00', HOSTILE, '12:30:00'))
    assert code == 200 and answer['meta']['stored'] is False, answer
    told = answer['data']
    assert told == {'id': told['id'], 'at': '2012-07-04T12:00:00.000Z', 'until': '2012-07-04T12:30:00.000Z',
                    'text': HOSTILE, 'made_at': told['made_at']}, told
    assert post(server, note('12:00:00', HOSTILE, '12:30:00'))[1]['data'] == told # The same again.
    code, answer = post(server, note('11:00:00', '  goal '))
    assert code == 200 and answer['data']['text'] == 'goal' and answer['data']['until'] is None
    listed = server.api('annotations')
    assert [n['text'] for n in listed['data']] == ['goal', HOSTILE]
    assert listed['meta']['result_count'] == 2 and listed['meta']['stored'] is False, listed['meta']
    code, answer = delete(server, told['id'])
    assert code == 200 and answer['data'] == {'id': told['id'], 'deleted': True}, answer
    assert delete(server, told['id'])[0] == 404
    clear(server)
    assert texts(server) == []


@test
def a_window_has_what_touches_it():
    for n in (note('11:00:00', 'a'), note('11:30:00', 'b', '12:30:00'), note('13:00:00', 'c')):
        assert post(server, n)[0] == 200
    for query, wanted in [('?start=2012-07-04T11:00:00Z&end=2012-07-04T11:01:00Z', ['a']),
                          ('?start=2012-07-04T12:00:00Z', ['b', 'c']), ('?end=2012-07-04T13:00:00Z', ['a', 'b']),
                          ('?window=all', ['a', 'b', 'c']), ('?window=5m', [])]:
        assert texts(server, query) == wanted, (query, texts(server, query))
    newest = server.api('stats')['data']['newest']
    assert post(server, {'at': newest, 'text': 'now'})[0] == 200
    assert post(server, {'at': '2099-01-01T00:00:00Z', 'text': 'later'})[0] == 200 # The source may be silent.
    assert texts(server, '?window=5m') == ['now', 'later']
    clear(server)


@test
def what_is_wrong_is_explained():
    at = '2012-07-04T12:00:00Z'
    for body, parameter, words in [
            ({'text': 'x'}, 'at', 'missing'), ({'at': at}, 'text', 'missing'),
            ({'at': 'noon', 'text': 'x'}, 'at', 'not a time; write it like "2012-07-04T12:00:00Z"'),
            ({'at': 7, 'text': 'x'}, 'at', 'not a time; write it like "2012-07-04T12:00:00Z"'),
            ({'at': '1912-07-04T12:00:00Z', 'text': 'x'}, 'at', 'before 1970'),
            ({'at': at, 'until': '2012-07-04T11:59:59Z', 'text': 'x'}, 'until', 'must not be before at'),
            ({'at': at, 'text': ''}, 'text', 'it is empty'), ({'at': at, 'text': ' '}, 'text', 'it is empty'),
            ({'at': at, 'text': 'x' * 501}, 'text', 'it is too long: at most 500 bytes'),
            ({'at': at, 'text': 'é' * 251}, 'text', 'it is too long: at most 500 bytes'),
            ({'at': at, 'text': 'a\nb'}, 'text', 'it has a control character: write one line'),
            ({'at': at, 'text': '\u0000'}, 'text', 'it has a control character: write one line'),
            ({'at': at, 'text': 'a\u2028b'}, 'text', 'it has a control character: write one line'),
            ({'at': at, 'text': ['x']}, 'text', 'must be a string'),
            ({'at': at, 'txt': 'x'}, 'txt', 'unknown; did you mean text?'),
            (f'{{"at":"{at}","at":"{at}","text":"x"}}', 'at', 'given twice'),
            ('[]', 'body', 'must be a JSON object such as {"at":"2012-07-04T12:00:00Z","text":"goal"}'),
            (b'{"at":"\xff"}', 'body', 'must be a JSON object such as {"at":"2012-07-04T12:00:00Z","text":"goal"}')]:
        code, answer = post(server, body)
        assert code == 400 and answer['errors'][0] == {'parameter': parameter, 'detail': words}, (body, answer)
    assert post(server, 'x' * 70000)[0] == 413
    assert post(server, note('12:00:00', 'x'), Content_Type='text/plain')[0] == 415
    for number, code in [('x', 400), ('-1', 400), ('1', 404), ('9' * 30, 400)]:
        assert delete(server, number)[0] == code, number
    assert server.ask('DELETE', '/api/v1/annotations')[0] == 405
    code, headers, _ = server.get('/api/v1/annotations/1')
    assert code == 405 and headers['Allow'] == 'DELETE, OPTIONS', headers
    assert texts(server) == []


@test
def it_takes_the_token_of_those_who_push():
    one = note('12:00:00', 'x')
    assert post(server, one, token='wrong')[0] == 401
    assert post(server, one, Authorization=None)[0] == 401
    assert delete(server, 1, token='wrong')[0] == 401
    for headers in ({'Origin': 'http://evil.example'}, {'Sec_Fetch_Site': 'cross-site'}):
        assert post(server, one, **headers)[0] == 403, headers
        assert delete(server, 1, **headers)[0] == 403, headers
    with Server(generated_sample(2000)) as closed:
        code, answer = post(closed, one)
        assert code == 403 and '--push-token-file' in answer['detail'], answer
        code, answer = delete(closed, 1)
        assert code == 403 and '--push-token-file' in answer['detail'], answer
        assert texts(closed) == []
    assert texts(server) == []


@test
def there_are_at_most_two_hundred():
    for i in range(200):
        assert post(server, {'at': '2012-07-04T12:00:00Z', 'text': str(i)})[0] == 200
    code, answer = post(server, note('12:00:00', 'one more'))
    assert code == 409 and '200' in answer['detail'], answer
    clear(server)


@test
def open_pages_are_told():
    c = http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)
    c.request('GET', '/api/v1/stream?topics=annotations', headers={'Accept': 'application/x-ndjson'})
    lines = c.getresponse()

    def next_of(event):
        while True:
            line = json.loads(lines.readline() or '{"event":"end"}')
            if line['event'] in (event, 'end'):
                return line['data']['annotations']
    assert next_of('annotation') == []
    number = post(server, note('12:00:00', HOSTILE))[1]['data']['id']
    assert [n['text'] for n in next_of('annotation')] == [HOSTILE]
    assert delete(server, number)[0] == 200
    assert next_of('annotation') == []
    c.close()


@test
def a_kill_loses_none():
    journal, kept = path('notes.db'), []
    for turn in range(3):
        with Server('serve', '--push-token-file', TOKEN_FILE, '--db', journal) as s:
            assert texts(s) == kept, (turn, texts(s), kept)
            for i in range(5):
                code, answer = post(s, note(f'12:{turn:02}:{i:02}', f'{turn}.{i}'))
                assert code == 200 and answer['meta']['stored'] is True, answer
            assert delete(s, answer['data']['id'])[0] == 200
            kept += [f'{turn}.{i}' for i in range(4)]
            s.process.send_signal(signal.SIGKILL)
            s.process.wait(10)
    with Server('serve', '--push-token-file', TOKEN_FILE, '--db', journal) as s:
        assert texts(s) == kept and s.api('annotations')['meta']['stored'] is True
        assert wait_for('the journal is read', s.is_ready) or True


@test
def what_is_kept_of_tweets_is_no_matter():
    journal = path('kept.db')
    with Server('serve', '--push-token-file', TOKEN_FILE, '--db', journal, '--keep', '1h') as s:
        assert post(s, note('12:00:00', 'old'))[0] == 200
        assert s.push(open(generated_sample(2000), 'rb').read())[0] == 200
    with Server('serve', '--push-token-file', TOKEN_FILE, '--db', journal, '--keep', '1h') as s:
        assert texts(s) == ['old']


@test
def the_command_adds_lists_and_takes_away():
    token, url = ('--push-token-file', TOKEN_FILE), server.url
    done = run('note', *token, '\x1b[31m goal', '--at', '2012-07-04T12:00:00Z', '--until', '2012-07-04T12:05:00Z', url)
    assert done.returncode == 1 and b'it has a control character' in done.stderr, done
    done = run('note', *token, 'goal \u202e', '--at', '2012-07-04T12:00:00Z', '--until', '2012-07-04T12:05:00Z', url)
    number = server.api('annotations')['data'][0]['id']
    line = f'{number}  2012-07-04T12:00:00.000Z - 2012-07-04T12:05:00.000Z  goal '.encode()
    assert done.returncode == 0 and done.stdout.startswith(line) and '\u202e'.encode() not in done.stdout, done
    assert run('note', '--list', url).stdout == done.stdout
    done = run('note', *token, 'now', '--json', url)
    assert done.returncode == 0 and json.loads(done.stdout)['text'] == 'now', done
    for number in [n['id'] for n in server.api('annotations')['data']]:
        done = run('note', *token, '--undo', number, url)
        assert done.returncode == 0 and done.stdout == f'taken away: note {number}\n'.encode(), done
    done = run('note', '--list', url)
    assert done.returncode == 0 and done.stdout == b'no notes\n', done
    for arguments, code, words in [(('x', url), 2, b'a token is needed'), ((*token, url), 2, b'it needs what to note'),
                                   ((*token, 'a', 'b', url), 2, b'quote it'), ((*token, 'a', '--list', url), 2, b'one at a time'),
                                   ((*token, 'a', '--at', 'noon', url), 2, b'--at is no time'),
                                   ((*token, 'a', '--until', 'noon', url), 2, b'--until is no time'),
                                   ((*token, '--undo', '7', url), 1, b'it answers 404: There is no annotation of this id.'),
                                   ((*token, 'a', 'http://127.0.0.1:1/'), 6, b'there is no answer')]:
        done = run('note', *arguments)
        assert done.returncode == code and words in done.stderr, (arguments, done)


if __name__ == '__main__':
    with Server(generated_sample(2000), '--push-token-file', TOKEN_FILE) as server:
        wait_for('the sample', lambda: server.api('stats')['data']['newest'])
        wait_for('its end', lambda: server.api('sources')['data'][0]['state'] == 'ended')
        run_tests(sys.argv[1:])
