#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`dunlin inspect`: what each kind of dump is told to be, in each thing it may be packed in.

All dumps are made up here.  Replay must count the same items as inspect does.
"""
import bz2
import csv
import gzip
import io
import json
import lzma
import os
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.dirname(__file__))
from program import path, run, run_tests, test


def inspect(*files, stdin=None):
    r = run('inspect', '--json', *files, stdin=stdin)
    assert r.returncode == 0, r.stderr
    found = json.loads(r.stdout)
    assert sum(found['outcomes'].values()) == found['items'], found
    return found


# ---- The dumps: one tweet (11) and a reply to it (12), by two people, in each notation ----

V1 = [
    {'created_at': 'Wed Oct 10 20:19:24 +0000 2018', 'id': 11, 'id_str': '11', 'lang': 'en',
     'text': 'what a lovely day', 'coordinates': {'type': 'Point', 'coordinates': [7.0, 51.0]},
     'user': {'id': 1, 'id_str': '1', 'screen_name': 'ada', 'name': 'Ada', 'location': 'Bonn',
              'followers_count': 3, 'statuses_count': 9}},
    {'created_at': 'Wed Oct 10 20:20:24 +0000 2018', 'id': 12, 'id_str': '12', 'lang': 'en',
     'text': '@ada it is terrible', 'in_reply_to_status_id_str': '11',
     'user': {'id': 2, 'id_str': '2', 'screen_name': 'bob', 'name': 'Bob', 'location': '',
              'followers_count': 4, 'statuses_count': 8}},
]
USERS = [{'id': u['id_str'], 'username': u['screen_name'], 'name': u['name'],
          'location': u['location'] or None,
          'public_metrics': {'followers_count': u['followers_count'],
                             'tweet_count': u['statuses_count']}}
         for u in (t['user'] for t in V1)]
V2 = [
    {'id': '11', 'author_id': '1', 'created_at': '2018-10-10T20:19:24.000Z', 'lang': 'en',
     'text': 'what a lovely day', 'edit_history_tweet_ids': ['11'], 'geo': {
         'coordinates': {'type': 'Point', 'coordinates': [7.0, 51.0]}, 'place_id': 'ab'}},
    {'id': '12', 'author_id': '2', 'created_at': '2018-10-10T20:20:24.000Z', 'lang': 'en',
     'text': '@ada it is terrible', 'referenced_tweets': [{'type': 'replied_to', 'id': '11'}],
     'withheld': {'country_codes': ['IN']}},
]
for u in USERS:
    if u['location'] is None:
        del u['location']
FLAT = [{**t, 'author': u, '__twarc': {}} for t, u in zip(V2, USERS)]
PAGE = {'data': V2, 'includes': {'users': USERS}, 'meta': {'result_count': 2}, '__twarc': {}}
ARCHIVE = [{'tweet': {'id_str': str(i), 'id': str(i), 'full_text': 'what a day', 'lang': 'en',
                      'created_at': 'Wed Oct 10 20:19:24 +0000 2018', 'favorite_count': '1',
                      **({'in_reply_to_status_id_str': '11'} if i == 12 else {})}}
           for i in (11, 12)]


def lines(items):
    return ''.join(json.dumps(i) + '\n' for i in items)


def table(delimiter=','):
    out = io.StringIO()
    names = ['id', 'author_id', 'created_at', 'text', 'lang', 'referenced_tweets.replied_to.id',
             'entities.hashtags', 'author.username', 'author.name', 'author.location',
             'author.public_metrics.followers_count', 'author.public_metrics.tweet_count']
    w = csv.writer(out, delimiter=delimiter)
    w.writerow(names)
    for t, u in zip(V2, USERS):
        w.writerow([t['id'], t['author_id'], t['created_at'], t['text'] + '\nand "more",;\t', 'en',
                    '11' if t['id'] == '12' else '', json.dumps([{'start': 0, 'tag': 'day'}]),
                    u['username'], u['name'], u.get('location', ''),
                    u['public_metrics']['followers_count'], 9])
    return out.getvalue()


KINDS = {  # name: (bytes, the kind, how many items, the form)
    'v1.jsonl': (lines(V1), 'tweets of API v1.1', 2, 'lines'),
    'v1-array.json': (json.dumps(V1), 'tweets of API v1.1', 2, 'an array'),
    'v1-indented.json': (json.dumps(V1, indent=2), 'tweets of API v1.1', 2, 'an array'),
    'search.json': (json.dumps({'statuses': V1, 'search_metadata': {}}), 'tweets of API v1.1', 2,
                    'the response of a search'),
    'premium.json': (json.dumps({'results': V1, 'next': 'x'}, indent=1), 'tweets of API v1.1', 2,
                     'the response of a search'),
    'joined.json': (''.join(map(json.dumps, V1)), 'tweets of API v1.1', 2,
                    'objects over several lines'),
    'page.jsonl': (lines([PAGE]), 'pages of X API v2', 1, 'lines'),
    'page-indented.json': (json.dumps(PAGE, indent=4), 'pages of X API v2', 1,
                           'objects over several lines'),
    'stream.jsonl': (lines([{'data': t, 'includes': {'users': [u]}} for t, u in zip(V2, USERS)]),
                     'lines of X API v2', 2, 'lines'),
    'flat.jsonl': (lines(FLAT), 'flattened tweets of X API v2', 2, 'lines'),
    'demo.jsonl': (lines([{'tweet': t, 'includes': {'users': [u], 'tweets': []}}
                          for t, u in zip(V2, USERS)]), 'lines of the demo', 2, 'lines'),
    'twarc.csv': (table(), 'rows of a table', 2, 'a table'),
    'twarc.tsv': (table('\t'), 'rows of a table', 2, 'a table'),
    'grailbird.js': ('Grailbird.data.tweets_2018_10 = \n ' + json.dumps(V1, indent=1),
                     'tweets of API v1.1', 2, 'an archive of X'),
}


@test
def each_kind_is_told():
    for name, (content, kind, items, form) in KINDS.items():
        found = inspect(path(name, content))
        assert found['kinds'] == {kind: items}, (name, found)
        assert found['items'] == items and found['outcomes']['accepted'] == items, (name, found)
        assert form in found['forms'], (name, found['forms'])
        assert (found['tweets'], found['known'], found['users']) == (2, 2, 2), (name, found)
        assert found['replies'] == {'count': 1, 'with_original': 1}, (name, found)
        assert found['users_with_location'] == {'count': 1, 'share': 0.5}, (name, found)
        assert found['with_followers']['share'] == 1, (name, found)
        assert found['first'] == '2018-10-10T20:19:24.000Z', (name, found)
        assert found['languages'] == [{'lang': 'en', 'tweets': 2, 'share': 1}], (name, found)
        assert found['shows'] == {'timeline': 'yes', 'map': 'yes', 'mood': 'yes', 'boards': 'yes',
                                  'influence': 'yes'}, (name, found)
        if not name.startswith('twarc'):
            assert found['with_coordinates'] == {'count': 1, 'share': 0.5}, (name, found)


def packings(name, content):
    data = content.encode()
    yield name + '.gz', gzip.compress(data)
    yield name + '.bz2', bz2.compress(data)
    yield name + '.xz', lzma.compress(data)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as t:
        info = tarfile.TarInfo('a/' + name + '.bz2')
        packed = bz2.compress(data)
        info.size = len(packed)
        t.addfile(info, io.BytesIO(packed))
    yield name + '.tar', out.getvalue()
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('a/' + name, data)
    yield name + '.zip', out.getvalue()
    yield 'crlf-' + name, data.replace(b'\n', b'\r\n') if '.csv' not in name else data
    yield 'bom-' + name, b'\xef\xbb\xbf' + data


@test
def what_it_is_packed_in_changes_nothing():
    for name, (content, _, items, _) in KINDS.items():
        plain = inspect(path(name, content))
        for packed, data in packings(name, content):
            found = inspect(path(packed, data))
            if 'crlf' in packed:  # Indented JSON has the carriage returns between its tokens.
                found['forms'] = plain['forms']
            assert found == {**plain, 'source': found['source']}, (packed, found, plain)
        found = inspect('-', stdin=content.encode())
        assert found == {**plain, 'source': found['source']}, (name, found)


@test
def utf16_is_read_and_counted_as_repaired():
    for name, (content, _, items, _) in KINDS.items():
        for code in ('utf-16', 'utf-16-le', 'utf-16-be'):
            if code != 'utf-16' and content[0] not in '{[':
                continue  # Without a mark only JSON is told.
            found = inspect(path(code + name, content.encode(code)))
            assert found['outcomes']['repaired'] == items, (name, code, found)
            assert found['reasons'] == {'utf16': items}, (name, code, found)
            assert found['tweets'] == 2, (name, code, found)


@test
def an_archive_of_x_is_by_its_account():
    posts = 'window.YTD.tweets.part0 = ' + json.dumps(ARCHIVE, indent=2)
    account = 'window.YTD.account.part0 = [ {"account": {"accountId": "7", "username": "ada", ' \
              '"email": "secret@example.com", "accountDisplayName": "Ada"} } ]'
    profile = 'window.YTD.profile.part0 = [ {"profile": {"description": {"location": "Bonn"}}} ]'
    alone = inspect(path('alone/tweets.js', posts))
    assert alone['outcomes']['rejected'] == 2 and alone['reasons'] == {'no_author': 2}, alone
    assert 'account.js' in alone['rejected'][0]['advice']
    whole = path('whole/data/tweets.js', posts)
    path('whole/data/account.js', account)
    path('whole/data/profile.js', profile)
    found = inspect(whole)
    assert found['kinds'] == {'posts of an archive of X': 2}, found
    assert found['users'] == 1 and found['users_with_location']['count'] == 1, found
    assert b'secret' not in run('inspect', path('whole')).stdout
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        z.writestr('data/tweets.js', posts)
        z.writestr('data/account.js', account)
    zipped = inspect(path('archive.zip', out.getvalue()))
    assert zipped['kinds'] == {'posts of an archive of X': 2}, zipped
    assert zipped['tweets'] == 2, zipped


@test
def what_is_no_tweet_is_named():
    ids = inspect(path('ids.txt', '1050118621198921728\r\n1050118621198921729\n\n'))
    assert ids['reasons'] == {'blank': 1, 'tweet_id': 2}, ids
    assert 'hydrate' in ids['rejected'][0]['advice']
    told = run('inspect', path('ids.csv', 'id\n1050118621198921728\n')).stdout.decode()
    assert 'these are tweet ids; hydrate them first' in told, told
    told = run('replay', path('ids.txt', '1050118621198921728\n')).stderr.decode()
    assert 'nothing was accepted: these are tweet ids; hydrate them first' in told, told
    others = inspect(path('others.jsonl', lines([
        {'did': 'did:plc:a', 'time_us': 1, 'kind': 'commit', 'commit': {}},
        {'id': 'a', 'pubkey': 'b', 'kind': 1, 'sig': 'c', 'tags': [], 'content': ''}])))
    assert others['reasons'] == {'bluesky': 1, 'nostr': 1}, others


@test
def notices_are_counted():
    found = inspect(path('notices.jsonl', lines([
        {'delete': {'status': {'id_str': '11', 'user_id_str': '1'}}},
        {'data': {'scrub_geo': {'user': {'id': '1'}, 'up_to_tweet_id': '9',
                                'event_at': '2021-07-06T18:40:40.000Z'}}},
        {'data': {'user_suspend': {'user': {'id': '1'}, 'event_at': '2021-07-06T18:40:40.000Z'}}},
        {'data': {'withheld': {'tweet': {'id': '1'}, 'withheld_in_countries': ['DE'],
                               'event_at': '2021-07-06T18:40:40.000Z'}}},
        {'data': {'undelete': {'tweet': {'id': '1', 'author_id': '2'},
                               'event_at': '2021-07-06T18:40:40.000Z'}}},
        {'limit': {'track': 3}}])))
    assert found['kinds'] == {'notices': 6}, found
    assert found['reasons'] == {'delete': 1, 'scrub_geo': 1, 'limit': 1, 'compliance': 3}, found


@test
def bad_items_are_shown_escaped():
    r = run('inspect', path('bad.jsonl', b'{"a":"\x1b[31m\xe2\x80\xae\n' + lines(V1).encode()))
    told = r.stdout.decode()
    assert r.returncode == 0 and 'rejected    invalid_json 1' in told.replace('  1', ' 1'), told
    assert '\x1b' not in told and '\u202e' not in told and 'bad.jsonl:1:' in told, told


@test
def nothing_readable_is_an_error():
    r = run('inspect', path('missing'))
    assert r.returncode == 4 and b'missing' in r.stderr, r
    assert run('inspect').returncode == 2
    empty = inspect(path('empty.json', ''))
    assert empty['items'] == 0 and empty['shows']['map'] == 'no', empty


@test
def what_lacks_answers_alone_is_told_so():
    alone = lines([{'id_str': '1', 'id': 1, 'created_at': 'Wed Oct 10 20:19:24 +0000 2018', 'text': 'hello',
                    'user': {'id': 7, 'id_str': '7', 'location': 'London', 'followers_count': 3}}])
    told = run('inspect', path('alone.jsonl', alone)).stdout.decode()
    assert inspect(path('alone.jsonl', alone))['shows']['map'] == 'no', told
    assert '100 % of the tweets are by people who say where they are, but none answers' in told, told
    assert '100 % of the tweets say how many followers their author has, but none answers' in told, told


@test
def replay_counts_the_same_items():
    for name, (content, _, _, _) in KINDS.items():
        file = path(name, content)
        replayed = json.loads(run('replay', '-q', '--json', file).stdout)
        found = inspect(file)
        assert replayed['items'] == found['items'], (name, replayed)
        assert all(replayed[o] == n for o, n in found['outcomes'].items()), (name, replayed)


run_tests()
