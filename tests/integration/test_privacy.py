#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What was deleted, hidden or has become too old is in no answer and no export, and in the
journal neither, whether the program goes on or starts again.

Lines are pushed over HTTP, so all that is known came through the whole program."""
import http.client
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from program import Server, path, push_token, replayed, run, run_tests, test, wait_for

TOKEN_FILE = push_token()
SECRET = 'regretted'


def tweet(number, author, text, at='2021-03-04T10:00:00.000Z', to=None):
    post = {'id': str(number), 'author_id': str(author), 'created_at': at, 'text': text, 'lang': 'en'}
    if to is not None:
        post['referenced_tweets'] = [{'type': 'replied_to', 'id': str(to)}]
    user = {'id': str(author), 'username': f'user{author}', 'name': f'{SECRET} name {author}', 'location': 'Paris',
            'public_metrics': {'followers_count': 100, 'tweet_count': 16}}
    return {'data': post, 'includes': {'users': [user]}}


def event(kind, at='2021-03-04T10:00:05.000Z', **about):
    return {'data': {kind: {**about, 'event_at': at}}}


def push(server, *items):
    code, _, answer = server.push(items)
    assert code == 200 and answer['data']['rejected'] == 0, answer


def serve(db, *more):
    return Server('serve', '--db', db, '--push-token-file', TOKEN_FILE, *more)


def everything_said(server):
    """All that the server says of what it holds, as one text."""
    said = []
    for target in ('tweets/top', 'search', 'authors/top', 'places/top', 'hashtags/top', 'map', 'stats', 'tweets/11', 'tweets/12',
                   'authors/7', 'authors/7/responses', 'authors/8/responses', 'export?what=tweets&format=csv',
                   'export?what=tweets&format=jsonl', 'export?what=authors&format=csv'):
        code, _, body = server.get('/api/v1/' + target)
        assert code in (200, 404), (target, code, body)
        said.append(body.decode())
    return '\n'.join(said)


def journal(server):
    return server.api('health')['data']['journal']


def journal_is_settled(server):
    return journal(server)['deletes_waiting'] == 0


@test
def the_journal_is_told_of_from_the_first_answer():
    for i in range(5):
        with serve(path(f'first-{i}.db')) as server:
            assert journal(server)['deletes_waiting'] == 0


@test
def a_deleted_tweet_is_gone_from_everywhere_and_stays_away():
    db = path('tweet.db')
    with serve(db) as server:
        push(server, tweet(11, 7, SECRET + ' words #shame'), tweet(12, 8, 'why?', to=11))
        assert SECRET + ' words' in everything_said(server)
        assert server.api('stats')['data']['responses'] == 1
        push(server, event('delete', tweet={'id': '11'}))
        assert SECRET + ' words' not in everything_said(server)
        assert server.get('/api/v1/tweets/11')[0] == 404
        assert server.api('stats')['data']['responses'] == 0
        wait_for('the journal follows', lambda: journal_is_settled(server))
        push(server, tweet(11, 7, SECRET + ' words #shame')) # As somebody's quote might bring it.
        push(server, event('undelete', '2021-03-04T10:00:09.000Z', tweet={'id': '11'}))
        assert server.get('/api/v1/tweets/11')[0] == 404 # It is not there any more to come back.
        wait_for('the journal follows', lambda: journal_is_settled(server))
        server.process.kill()
    with serve(db) as server:
        wait_for('it is read back', server.is_ready)
        assert SECRET + ' words' not in everything_said(server)
        assert server.get('/api/v1/tweets/12')[0] == 200
        push(server, tweet(11, 7, 'new words'))
        assert server.api('stats')['data']['responses'] == 1


@test
def a_deleted_person_is_gone_with_all_that_they_said():
    db = path('person.db')
    with serve(db) as server:
        push(server, *(tweet(100 + i, 7, f'{SECRET} words {i}') for i in range(50)), tweet(12, 8, 'why?', to=100))
        push(server, event('user_delete', user={'id': '7'}))
        said = everything_said(server)
        assert SECRET + ' words' not in said and SECRET + ' name 7' not in said
        assert server.api('stats')['data']['tweets'] == 1
        wait_for('the journal follows', lambda: journal_is_settled(server))
        server.process.kill()
    with serve(db) as server:
        wait_for('it is read back', server.is_ready)
        stats = server.api('stats')['data']
        assert stats['tweets'] == 1 and stats['users'] == 1, stats


@test
def who_is_protected_is_hidden_until_shown_again_even_by_a_later_run():
    db = path('protected.db')
    with serve(db) as server:
        push(server, event('user_protect', user={'id': '7'})) # Before they are heard of.
        push(server, tweet(11, 7, SECRET + ' words'), tweet(12, 8, 'why?', to=11))
        assert SECRET + ' words' not in everything_said(server)
    with serve(db) as server:
        wait_for('it is read back', server.is_ready)
        assert SECRET + ' words' not in everything_said(server)
        push(server, event('user_unprotect', '2021-03-04T10:00:09.000Z', user={'id': '7'}))
        assert SECRET + ' words' in everything_said(server)
        assert server.api('stats')['data']['responses'] == 1


@test
def what_is_withheld_is_hidden_in_the_country_that_is_named():
    withheld = event('withheld', tweet={'id': '11'}, withheld_in_countries=['FR', 'DE'])
    for country, code in (('DE', 404), ('US', 200)):
        with serve(path(f'withheld-{country}.db'), '--country', country) as server:
            push(server, tweet(11, 7, 'words'), withheld)
            assert server.get('/api/v1/tweets/11')[0] == code, country
    wrong = run('serve', '--country', 'Germany', '--db', path('none.db'), '--port', '0')
    assert wrong.returncode == 2 and b'two capital letters' in wrong.stderr, wrong.stderr


@test
def an_edit_takes_the_responses_along():
    with serve(path('edited.db')) as server:
        push(server, tweet(11, 7, 'first'), tweet(20, 8, 'why?', to=11), tweet(12, 7, 'second'))
        push(server, event('tweet_edit', tweet={'id': '11'}, initial_tweet_id='11', edit_tweet_ids=['11', '12']))
        push(server, tweet(21, 9, 'what?', to=12))
        top = server.api('tweets/top')['data']
        assert [(t['id'], t['responses']) for t in top] == [('12', 2)], top


@test
def what_is_too_old_goes_from_answers_and_journal():
    db = path('keep.db')

    def at(minute):
        return f'2021-03-04T10:{minute:02d}:00.000Z'

    with serve(db, '--keep', '10m') as server:
        push(server, *(tweet(100 + m, 7, f'{SECRET} words {m}', at(m)) for m in range(10)))
        assert server.api('stats')['data']['tweets'] == 10
        push(server, *(tweet(200 + m, 8, f'new words {m}', at(m)) for m in range(15, 35)))
        stats = server.api('stats')['data']
        assert stats['tweets'] == 10 and stats['users'] == 1, stats # 10:25 to 10:34.
        assert SECRET not in everything_said(server).replace(SECRET + ' name 8', '')
        push(server, tweet(300, 7, SECRET + ' words again', at(12))) # Too late.
        assert server.api('stats')['data']['tweets'] == 10
        wait_for('it is counted', lambda: b'dunlin_late_total 1\n' in server.get('/metrics')[2])
        wait_for('the journal has the floor', lambda: '2021-03-04T10:23' <= (journal(server)['floor'] or ''))
    with serve(db, '--keep', '10m') as server:
        wait_for('it is read back', server.is_ready)
        stats = server.api('stats')['data']
        assert stats['tweets'] == 10 and stats['users'] == 1, stats
    with serve(db) as server: # Held to by the journal too.
        wait_for('it is read back', server.is_ready)
        assert server.api('stats')['data']['tweets'] <= 11


@test
def who_comes_back_to_the_stream_is_not_told_what_was_deleted():
    def events(last_id, seconds=0.4):
        """What the stream tells within a while, and the last id."""
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)
        connection.request('GET', '/api/v1/stream?topics=board', headers={'Last-Event-ID': last_id} if last_id else {})
        told, until = b'', time.monotonic() + seconds
        stream = connection.getresponse()
        while time.monotonic() < until or b'event: board' not in told:
            told += stream.read1(65536)
            if not last_id and told.count(b'event: board') >= 1:
                break
            if last_id and (b'event: reset' in told and told.endswith(b'\n\n')):
                break
        connection.close()
        return told.decode(), [line[4:] for line in told.decode().split('\n') if line.startswith('id: ')][-1]
    with serve(path('stream.db')) as server:
        first = events(None)[1]
        push(server, tweet(11, 7, SECRET), tweet(12, 8, 'so it is', to=11))
        wait_for('it is told', lambda: SECRET in events(None)[0])
        push(server, event('delete', tweet={'id': '11', 'author_id': '7'}))
        wait_for('it is told', lambda: SECRET not in events(None)[0].replace(SECRET + ' name', ''))
        told, _ = events(first)
        assert 'event: reset' in told and SECRET not in told.replace(SECRET + ' name', ''), told


@test
def what_is_said_again_after_an_undelete_stays_however_soon():
    delete = {'delete': {'status': {'id_str': '11', 'user_id_str': '7'}, 'timestamp_ms': '1614852005000'}}
    undelete = {'undelete': {'status': {'id_str': '11', 'user_id_str': '7'}, 'timestamp_ms': '1614852006000'}}
    again = tweet(11, 7, 'said again')
    for name, pushes in (('apart', [[delete], [undelete], [again]]), ('at-once', [[delete, undelete, again]])):
        db = path(name + '.db')
        with serve(db) as server:
            push(server, tweet(11, 7, SECRET), tweet(12, 8, 'so it is', to=11))
            for items in pushes:
                push(server, *items)
            assert 'said again' in everything_said(server)
            wait_for('the file follows', lambda: journal_is_settled(server))
            server.process.kill()
        with serve(db) as server:
            wait_for('it is read back', server.is_ready)
            assert 'said again' in everything_said(server), name


@test
def where_a_tweet_was_sent_from_is_kept_nowhere_before_and_after_a_scrub():
    where = {'geo': {'coordinates': {'type': 'Point', 'coordinates': [7.1234567, 50.7654321]}}}
    said = tweet(11, 7, 'from here')
    said['data'].update(where)
    old = {'id_str': '12', 'created_at': 'Thu Mar 04 10:00:00 +0000 2021', 'text': 'from there', 'lang': 'en',
           'coordinates': {'type': 'Point', 'coordinates': [7.1234567, 50.7654321]},
           'user': {'id_str': '7', 'screen_name': 'user7', 'location': 'Paris'}}
    db = path('geo.db')
    with serve(db) as server:
        push(server, event('scrub_geo', user={'id': '7'}, up_to_tweet_id='12'))
        push(server, said, old)
        push(server, {'scrub_geo': {'user_id_str': '7', 'up_to_status_id_str': '12'}})
        assert server.api('stats')['data']['heard'] == 2
        words = everything_said(server)
        assert '1234567' not in words and '7654321' not in words, words
    out = replayed('geo', '--db', db)
    for name in os.listdir(out):
        assert b'7654321' not in open(os.path.join(out, name), 'rb').read(), name


@test
def names_become_pseudonyms_that_a_restart_keeps():
    db, names = path('names.db'), []
    for start in range(2):
        with serve(db, '--anonymize') as server:
            wait_for('it is read back', server.is_ready)
            push(server, tweet(11 + 10 * start, 7, 'what @user8 said'),
                 tweet(12 + 10 * start, 8, 'to @User7, see https://twitter.com/user7/status/1', to=11))
            code, _, _ = server.push(b'{"user":{"screen_name":"user7"\n')
            assert code == 200 and b'user7' not in server.get('/api/v1/rejected')[2]
            said = everything_said(server)
            assert SECRET not in said and 'user7' not in said.lower() and 'user8' not in said
            author = server.api('authors/7')['data']
            assert len(author['username']) == 13 and author['username'] == author['name']
            assert '@' + author['username'] in json.dumps(server.api('tweets/12')['data'])
            names.append(author['username'])
            server.process.kill()
    assert names[0] == names[1], names
    kept = b''.join(open(db + end, 'rb').read() for end in ('', '-wal') if os.path.exists(db + end))
    assert b'user7' not in kept and SECRET.encode() not in kept
    answer = run('serve', '--anonymize', '--dead-letter', path('dead'), '-')
    assert answer.returncode == 2 and b'not both' in answer.stderr


run_tests(sys.argv[1:])
