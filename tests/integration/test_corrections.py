#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The correction story of server/CORRECTIONS.md, over HTTP and as commands.

A source pushes follower counts in thousands and times an hour off, among what is right:
one rule corrects it, is taken back, and corrects it again; lines that correct single fields
do the same.  RECORDS=100000 for the long form."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from program import PUSH_SECRET, Server, path, push_token, run, run_tests, test

RECORDS = int(os.environ.get('RECORDS', '10000'))
TOKEN_FILE = push_token()
AUTHORITY = {'Authorization': f'Bearer {PUSH_SECRET}'}
MINUTES, PEOPLE, CHUNK = 60, 500, 2000
WHERE, SET = 'source:push and created_at>=2021-03-04T09:00:00Z', 'followers*=1000, created_at+=1h'
WINDOWS = ('5m', '15m', '1h', '6h', '24h', 'all')
ORDERS = ('influence', 'responses', 'responders', 'reception', 'recent_1h')


def line(i, is_pushed, is_wrong=False):
    """Of two sources, whose people are apart: one has even numbers."""
    author = str(2 * (1 + i * 7919 % PEOPLE) + is_pushed)
    minute, thousands = i * MINUTES // RECORDS, 1 + int(author) * 37 % 900
    tweet = {'id': str(1000 + i), 'author_id': author, 'lang': 'en',
             'created_at': f'2021-03-04T{9 if is_wrong else 10:02d}:{minute:02d}:{i % 60:02d}.000Z',
             'text': ('so good #tag ' if i % 3 else 'this is bad ') + str(i % 11)}
    if i >= 60:
        tweet['referenced_tweets'] = [{'type': ('replied_to', 'retweeted', 'quoted')[i % 3],
                                       'id': str(1000 + i * 31 % 60)}]
    user = {'id': author, 'username': f'u{author}', 'name': 'N', 'location': ('Paris', 'Lima', 'Oslo')[i % 3 - 1],
            'public_metrics': {'followers_count': thousands * (1 if is_wrong else 1000), 'tweet_count': 81}}
    return json.dumps({'data': tweet, 'includes': {'users': [user]}}) + '\n'


def is_of_push(i):
    return i // 7 % 2 == 1


def right_file():
    """What the source that is right sends: read as a file."""
    return path('right.jsonl', ''.join(line(i, False) for i in range(RECORDS) if not is_of_push(i)).encode())


def push(server, lines):
    for begin in range(0, len(lines), CHUNK):
        code, _, answer = server.push(''.join(lines[begin:begin + CHUNK]).encode())
        assert code == 200 and answer['data']['rejected'] == 0, answer


def started():
    return Server('serve', '--push-token-file', TOKEN_FILE, right_file())


def fill(server, is_wrong):
    """What is right is read meanwhile: the order is nobody's."""
    push(server, [line(i, True, is_wrong) for i in range(RECORDS) if is_of_push(i)])
    while server.api('stats')['data']['tweets'] < RECORDS:
        pass


BOARD = 'authors/top?window=all&sort=influence&limit=100'


def answers(server):
    """Every board in every window and order, every minute, the map."""
    found = {}
    for board in ('authors', 'tweets', 'hashtags', 'languages', 'places'):
        for window in WINDOWS:
            for order in ORDERS:
                target = f'{board}/top?window={window}&sort={order}&limit=100'
                found[target] = server.api(target)['data']
    for target in ('timeline?window=all', 'timeline?window=1h', 'map?window=all', 'map?window=15m', 'authors/3',
                   'tweets/1001'):
        found[target] = server.api(target)['data']
    return found


def post(server, **order):
    code, _, body = server.ask('POST', '/api/v1/fixes', body=json.dumps(order), Content_Type='application/json',
                               **AUTHORITY)
    return code, json.loads(body)


def differing(a, b):
    return [target for target in a if a[target] != b[target]]


@test
def one_rule_sets_an_hour_right_and_back_and_right_again():
    with started() as right, started() as wrong:
        fill(right, False)
        fill(wrong, True)
        as_right, as_wrong = answers(right), answers(wrong)
        assert len(differing(as_right, as_wrong)) > 100, differing(as_right, as_wrong)
        pushed = sum(map(is_of_push, range(RECORDS)))
        code, answer = post(wrong, where=WHERE, set=SET)
        data = answer['data']
        assert code == 200 and data['dry_run'] is True, answer
        assert data['tweets'] == pushed and data['users'] == PEOPLE, data
        assert data['changes'] == {'tweets': {'created_at': pushed, 'followers': pushed},
                                   'users': {'followers': PEOPLE}}, data
        sample = data['samples'][1]
        assert sample['field'] == 'followers' and sample['after'] == 1000 * sample['before'], sample
        # And who would lead then, and stood where before: the board of the run that is right.
        then, now = ([(a['id'], a['username'], a['influence']) for a in found[BOARD]] for found in (as_right, as_wrong))
        assert [(a['id'], a['username'], a['influence']) for a in data['board']] == then[:10], data['board']
        for i, a in enumerate(data['board']):
            assert a['rank'] == i + 1 and now[a['was'] - 1] == (a['id'], a['username'], a['before']), a
        assert any(a['rank'] != a['was'] for a in data['board']), data['board']
        assert post(wrong, where=WHERE, set='retweet_of=null')[1]['data']['board'] is None
        same = post(wrong, where=WHERE, set='lang=ja')[1]['data']['board']
        assert len(same) == 10 and all(a['rank'] == a['was'] and a['before'] == a['influence'] for a in same), same
        assert not differing(answers(wrong), as_wrong)
        code, answer = post(wrong, where=WHERE, set=SET, dry_run=False)
        assert code == 200 and answer['data']['number'] == 1 and answer['data']['stored'] is False, answer
        assert not differing(answers(wrong), as_right), differing(answers(wrong), as_right)
        code, answer = post(wrong, undo=1)
        assert code == 200 and answer['data']['undone'] is True, answer
        assert not differing(answers(wrong), as_wrong), differing(answers(wrong), as_wrong)
        # Once more, by the command.
        url = wrong.url
        done = run('fix', url, '--where', WHERE, '--set', SET, '--apply', '--push-token-file', TOKEN_FILE)
        assert done.returncode == 0 and b'done: fix 2;' in done.stdout and b'held in memory' in done.stdout, done
        assert not differing(answers(wrong), as_right), differing(answers(wrong), as_right)
        listed = wrong.api('fixes')['data']
        assert [(f['number'], f['undone'], f['tweets']) for f in listed] == [(1, True, pushed), (2, False, pushed)]


@test
def fixes_are_there_after_a_restart_and_can_be_taken_back():
    started_with = ('serve', '--push-token-file', TOKEN_FILE, '--db', path('journal.db'))
    with Server(*started_with) as s:
        push(s, [line(i, True, True) for i in range(1000)])
        as_wrong = answers(s)
        for where, what in ((WHERE, SET), ('location=Paris', 'location=Bonn, username=somebody'), ('id<1100', 'lang=ja')):
            code, answer = post(s, where=where, set=what, dry_run=False)
            assert code == 200 and answer['data']['users'] + answer['data']['tweets'] > 50, answer
            assert answer['data']['stored'] is True, answer
        push(s, [line(i, True, True) for i in range(900, 1100)]) # Some again, some new.
        before, listed = answers(s), s.api('fixes')['data']
        assert differing(before, as_wrong)
        s.process.kill()
        s.process.wait(10)
    with Server(*started_with) as s:
        while s.api('stats')['data']['tweets'] < 1100:
            pass
        assert not differing(answers(s), before), differing(answers(s), before)
        assert s.api('fixes')['data'] == listed and len(listed) == 3, listed
        for number in (1, 2, 3):
            code, answer = post(s, undo=number)
            assert code == 200, answer
        undone = answers(s)
    with Server('serve', '--push-token-file', TOKEN_FILE) as s:
        push(s, [line(i, True, True) for i in range(1100)])
        assert not differing(answers(s), undone), differing(answers(s), undone)


@test
def a_line_sets_one_field_of_one_tweet_or_person_right():
    with Server('serve', '--push-token-file', TOKEN_FILE) as s:
        push(s, [line(i, True) for i in range(100)])
        tweet, person = s.api('tweets/1050')['data'], s.api('authors/3')['data']
        assert tweet['text'].startswith('so good') and person['location'] == 'Oslo', (tweet, person)
        push(s, ['{"correction":{"tweet":"1050","text":"this is bad <b>","created_at":"2021-03-04T10:59:00Z"}}\n',
                 '{"correction":{"user":"3","location":"Bonn","followers":7,"version":2}}\n',
                 line(50, True)]) # Said once more as it was: it stays as it is set.
        fresh, person = s.api('tweets/1050')['data'], s.api('authors/3')['data']
        assert fresh['text'] == 'this is bad <b>' and fresh['sentiment']['label'] == 'negative', fresh
        assert fresh['created_at'] == '2021-03-04T10:59:00.000Z' and fresh['author_id'] == tweet['author_id'], fresh
        assert person['location'] == 'Bonn' and person['followers'] == 7, person
        # A fix is above what was said before it, a line of a higher version above that.
        code, answer = post(s, where='author:3', set='location=Lima', dry_run=False)
        assert code == 200 and answer['data']['version'] == 3, answer
        assert s.api('authors/3')['data']['location'] == 'Lima'
        push(s, ['{"correction":{"user":"3","location":"Rome","version":4}}\n'])
        assert s.api('authors/3')['data']['location'] == 'Rome'


@test
def the_command_says_what_is_wrong_and_changes_nothing():
    with Server('serve', '--push-token-file', TOKEN_FILE) as s:
        push(s, [line(i, True) for i in range(100)])
        authority = ('--push-token-file', TOKEN_FILE)
        for arguments, code, words in (
            (('--where', 'sorce:push', '--set', 'followers=1'), 2, b'did you mean source?\n  sorce:push\n  ^^^^^\n'),
            (('--where', 'source:push', '--set', 'followers=many'), 2, b'  followers=many\n            ^^^^\n'),
            (('--where', 'source:push'), 2, b'--set is missing'),
            (('--list', '--undo', '1'), 2, b'one at a time'),
            ((), 2, b'it needs a rule'),
            (('--undo', '5', *authority), 1, b'it answers 404: There is no fix of this number.'),
            (('--where', 'id:1', '--set', 'lang=en', '--apply', '--dry-run'), 2, b'exclude each other'),
            (('--where', 'id:1050', '--set', 'lang=ja', '--apply'), 6, b'it answers 401'),
        ):
            done = run('fix', s.url, *arguments)
            assert done.returncode == code and words in done.stderr, (arguments, done)
        done = run('fix', s.url, '--where', 'id:1050', '--set', 'text="\x1b[31mred"', *authority)
        assert done.returncode == 0 and b'nothing was changed' in done.stdout, done
        assert b'\x1b' not in done.stdout and b'tweet 1050  text  so good' in done.stdout, done
        assert b'the first ten authors stay as they are' in done.stdout, done
        done = run('fix', s.url, '--where', 'source:push', '--set', 'followers*=4', *authority)
        assert b'the first authors, by influence:\n    1 (was ' in done.stdout and b' -> ' in done.stdout, done
        done = run('fix', s.url, '--list')
        assert done.returncode == 0 and done.stdout == b'no fixes\n', done
        done = run('fix', s.url, '--where', 'id:1050', '--set', 'lang=ja', '--json', *authority)
        assert json.loads(done.stdout)['samples'] == [
            {'tweet': '1050', 'field': 'lang', 'before': 'en', 'after': 'ja'}], done
        done = run('fix', 'http://127.0.0.1:1/', '--list')
        assert done.returncode == 6, done


run_tests(sys.argv[1:])
