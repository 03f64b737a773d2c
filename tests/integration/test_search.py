#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Search and comparisons over REST, against a look at every tweet and response by itself."""
import json
import math
import os
import re
import statistics
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from program import Server, generated_sample, run_tests, test

SAMPLE = generated_sample(3000)


def ask(path, **query):
    return server.api(f'{path}?' + urllib.parse.urlencode(query))


def found(**query):
    """All rows, by pages of 100."""
    rows, query = [], {'limit': 100, **query}
    while True:
        answer = ask('search', **query)
        rows += answer['data']
        if 'next_token' not in answer['meta']:
            return rows
        query['cursor'] = answer['meta']['next_token']


def words_of(row):
    return re.findall(r"[^\W_]+", re.sub(r"['’]", '', row['text']).lower())


@test
def every_known_tweet_is_found_once_newest_first():
    rows = found()
    assert len({r['id'] for r in rows}) == len(rows) == server.api('stats')['data']['tweets']
    order = [(r['created_at'], int(r['id'])) for r in rows]
    assert order == sorted(order, reverse=True)
    times = [r['created_at'] for r in found(sort='oldest')]
    assert times == sorted(times)
    for sort in ('responses', 'influence'):
        values = [r[sort] for r in found(sort=sort)]
        assert values == sorted(values, reverse=True) and values[0] > 0, sort


@test
def a_question_finds_what_a_look_at_all_finds():
    rows = found()
    word = max((w for r in rows for w in words_of(r) if w.isascii() and len(w) > 5), key=lambda w: sum(w in words_of(r) for r in rows))
    author = rows[0]['author_id']
    for q, wants in ((word, lambda r: word in words_of(r)),
                     (f'-{word} is:retweet', lambda r: word not in words_of(r) and r['kind'] == 'retweet'),
                     (f'from:{author} OR (is:quote lang:es)', lambda r: r['author_id'] == author or (r['kind'] == 'quote' and r['lang'] == 'es')),
                     ('sentiment:>=0.5', lambda r: r['sentiment'] is not None and r['sentiment']['score'] >= .5),
                     ('-sentiment:negative -sentiment:positive', lambda r: (r['sentiment'] or {'label': ''})['label'] in ('', 'neutral'))):
        expected = [r for r in rows if wants(r)]
        assert found(q=q) == expected and 0 < len(expected) < len(rows), (q, len(expected))


@test
def rows_are_those_of_the_board():
    board = ask('tweets/top', limit=50)['data']
    by_id = {r['id']: r for r in found(sort='influence', q='-is:retweet')}
    for row in board:
        assert by_id.get(row['id'], row) == row
    assert sum(r['id'] in by_id for r in board) > 5


@test
def a_window_holds_for_when_tweets_were_made():
    rows = found()
    start, end = rows[len(rows) // 2]['created_at'][:16] + ':00.000Z', rows[len(rows) // 4]['created_at'][:16] + ':00.000Z'
    assert found(start=start, end=end) == [r for r in rows if start <= r['created_at'] < end]


@test
def sides_are_what_their_questions_keep():
    a, b = 'sentiment:positive', 'sentiment:negative'
    data = ask('compare', a=a, b=b, kind='reply,quote', c='is:original', d='nobodysaysthis')['data']
    for side, q in zip(data['sides'], (a, b, 'is:original', 'nobodysaysthis')):
        rows = ask('tweets/top', q=q, kind='reply,quote', limit=100)['data']
        assert side['tweets'] >= len(rows) and (side['tweets'] == len(rows) or len(rows) == 100), side
        if len(rows) < 100:
            assert side['responses'] == sum(r['responses'] for r in rows)
            assert side['received']['n'] == sum(r['received']['n'] for r in rows)
        assert side['q'] == q and sum(side['minutes']['responses']) == side['responses']
        timeline = ask('timeline', q=q, kind='reply,quote')['data']
        heard = {m['minute']: m['tweets'] for m in timeline}
        assert all(n <= dict(zip(side['minutes']['minute'], side['minutes']['responses']))[m] for m, n in heard.items())
    assert [d['of'] + d['to'] for d in data['differences']] == ['ab', 'ac', 'ad', 'bc', 'bd', 'cd']
    assert data['differences'][2]['received'] == {'mean': None, 'low': None, 'high': None}


@test
def a_difference_has_its_interval_after_welch():
    data = ask('compare', a='sentiment:>0', b='sentiment:<=0', sentiment='all')['data']
    (na, ma, sa), (nb, mb, sb) = [(s['received']['n'], s['received']['mean'], s['received']['spread']) for s in data['sides']]
    va, vb = sa * sa / na, sb * sb / nb
    assert min(na, nb) > 50
    got = data['differences'][0]['received']
    half = statistics.NormalDist().inv_cdf(.975) * math.sqrt(va + vb) # Of so many, t is nearly normal, and above it.
    assert math.isclose(got['mean'], ma - mb, abs_tol=1e-12)
    assert math.isclose(got['low'] + got['high'], 2 * got['mean'], abs_tol=1e-9)
    assert half < (got['high'] - got['low']) / 2 < half * 1.03


@test
def what_is_wrong_is_told_with_its_place():
    for target, parameter, words in (('search?q=form:ada', 'q', 'at byte 0: there is no such operator; did you mean from:?'),
                                     ('tweets/top?q=(a', 'q', 'at byte 0: this parenthesis has no end'),
                                     ('map?q=', 'q', 'at byte 0: something to look for belongs here'),
                                     ('timeline?q=a&q=b', 'q', 'given twice'),
                                     ('compare?a=x', 'b', 'missing'),
                                     ('compare?a=x&b=y&d=z', 'c', 'missing'),
                                     ('compare?a=x&b=is:retwet', 'b', 'at byte 3: unknown; did you mean retweet?'),
                                     ('compare?a=x&b=y&q=z', 'q', 'unknown'),
                                     ('origins/top?bbox=1,2,3', 'bbox', 'must be west,south,east,north'),
                                     ('origins/top?bbox=1,2,3,4,5', 'bbox', 'must be west,south,east,north'),
                                     ('origins/top?bbox=0,50,1,91', 'bbox', 'must be west,south,east,north'),
                                     ('origins/top?bbox=0,50,1,49', 'bbox', 'its south is north of its north'),
                                     ('search?sort=newst', 'sort', 'unknown; did you mean newest?')):
        status, _, body = server.get(f'/api/v1/{target}')
        assert status == 400, (target, status)
        error = json.loads(body)['errors'][0]
        assert error['parameter'] == parameter and error['detail'].startswith(words), (target, error)


@test
def a_cursor_is_good_for_its_own_question_alone():
    answer = ask('search', q='is:retweet', limit=3)
    token = answer['meta']['next_token']
    assert server.get(f'/api/v1/search?q=is:retweet&cursor={token}')[0] == 200
    for other in ('search?', 'search?q=is:reply&', 'search?q=is:retweet&sort=oldest&', 'search?q=is:retweet&window=1h&'):
        assert server.get(f'/api/v1/{other}cursor={token}')[0] == 400, other
    token = ask('origins/top', limit=3, bbox='-11,35,32,71')['meta']['next_token']
    assert server.get(f'/api/v1/origins/top?limit=3&bbox=-11,35,32,72&cursor={token}')[0] == 400
    token = ask('origins/top', limit=1, country='US')['meta']['next_token']
    assert server.get(f'/api/v1/origins/top?limit=1&country=GB&cursor={token}')[0] == 400


with Server(SAMPLE) as server:
    server.wait_until_read()
    run_tests()
