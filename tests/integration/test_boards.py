#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boards over REST, page by page, against a batch that shares nothing with the program."""
import collections
import json
import math
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
import batch
from program import Server, generated_sample, run_tests, test

SAMPLE = generated_sample(6000)


def tweets_of(line):
    for name in ('retweeted_status', 'quoted_status'):
        if name in line:
            yield from tweets_of(line[name])
    if 'text' in line:
        yield line


def read_sample():
    conversation = batch.Conversation(4e12)
    tags, langs = collections.defaultdict(set), {}
    batch.read_file(conversation, SAMPLE)
    with open(SAMPLE) as f:
        for line in map(json.loads, f):
            for t in tweets_of(line):
                langs[t['id']] = t['lang']
                if 'retweeted_status' not in t:
                    tags[t['id']] |= {h['text'].lower() for h in t['entities']['hashtags']}
    return batch.Answers(conversation, batch.Places(None)), tags, langs


answers, tags, langs = read_sample()
newest = max(answers.c.tweets.get(t, 'created') for t in answers.c.heard & answers.present) // 60000


def minute_of(response):
    return answers.c.tweets.get(response['tweet'], 'created') // 60000


def text_of(tweet):
    return answers.c.tweets.get(tweet, 'text', '')


def has_word(tweet, word):
    return word in re.findall(r'\w+', text_of(tweet).lower())


def paged(board, **query):
    rows, pages = [], 0
    while True:
        answer = server.api(f'{board}/top?' + urllib.parse.urlencode(query))
        rows += answer['data']
        pages += 1
        if 'next_token' not in answer['meta']:
            return rows, pages
        query['cursor'] = answer['meta']['next_token']


def expect(board, key, groups, sort, value, **query):
    """groups: key -> responses.  value: what the sort ranks by."""
    rows, pages = paged(board, limit=7, sort=sort, **query)
    assert pages == max(1, -(-len(rows) // 7)), (board, len(rows), pages)
    assert {row[key] for row in rows} == set(groups) and len(rows) == len(groups), (board, len(rows), len(groups))
    before = math.inf
    for row in rows:
        got = groups[row[key]]
        kinds = collections.Counter(r['kind'] for r in got)
        assert row['responses'] == len(got), row
        assert all(row[k] == kinds[k] for k in ('retweets', 'replies', 'quotes')), row
        assert row['responders'] == len({r['responder'] for r in got}), row
        assert math.isclose(row['influence'], math.fsum(r['weight'] for r in got), rel_tol=1e-7), row
        if board in ('hashtags', 'languages'):
            assert row['tweets'] == len({r['to'] for r in got}), row
        if board == 'hashtags':
            assert row['authors'] == len({r['author'] for r in got}), row
        now = value(got)
        assert now <= before + 1e-6 * (1 + abs(now)), (row, now, before)
        before = now
        if 'recent' in row:
            assert math.isclose(row['recent'], now, abs_tol=1e-6), (row, now)


def group(responses, keys_of):
    groups = collections.defaultdict(list)
    for r in responses:
        for key in keys_of(r):
            groups[key].append(r)
    return groups


def fading(half_life):
    return lambda got: math.fsum(2 ** (-max(newest - minute_of(r), 0) / half_life) for r in got)


def influence(got):
    return math.fsum(r['weight'] for r in got)


@test
def hashtags_are_as_a_batch_has_them():
    groups = group(answers.responses, lambda r: ['#' + tag for tag in tags[r['to']]])
    assert len(groups) > 7, len(groups)
    expect('hashtags', 'tag', groups, 'influence', influence)
    expect('hashtags', 'tag', groups, 'responders', lambda got: len({r['responder'] for r in got}))


@test
def languages_are_as_a_batch_has_them():
    groups = group(answers.responses, lambda r: [langs[r['tweet']]])
    expect('languages', 'lang', groups, 'replies', lambda got: sum(r['kind'] == 'replies' for r in got))


@test
def tweets_fade_as_a_batch_says():
    groups = group(answers.responses, lambda r: [str(r['to'])])
    expect('tweets', 'id', groups, 'recent_6h', fading(360))


@test
def filters_keep_what_a_batch_keeps():
    tag = max(group(answers.responses, lambda r: tags[r['to']]).items(), key=lambda x: len(x[1]))[0]
    lang = collections.Counter(langs[r['tweet']] for r in answers.responses).most_common(1)[0][0]
    kept = [r for r in answers.responses
            if tag in tags[r['to']] and langs[r['tweet']] == lang and r['kind'] != 'retweets']
    assert kept
    expect('authors', 'id', group(kept, lambda r: [str(r['author'])]), 'quotes',
           lambda got: sum(r['kind'] == 'quotes' for r in got), hashtag=tag.upper(), lang=lang, kind='reply,quote')


@test
def origins_have_what_the_filter_by_place_lets_pass():
    rows, _ = paged('origins', limit=100, sort='responses')
    assert len(rows) > 7, len(rows)
    for row in rows[:5] + rows[-5:]:
        there, _ = paged('languages', limit=100, place=row['id'])
        assert row['responses'] == sum(r['responses'] for r in there), (row, there)
        assert math.isclose(row['influence'], math.fsum(r['influence'] for r in there), rel_tol=1e-7)
    people, _ = paged('places', limit=100, sort='responses')
    assert {r['id']: r['responses'] for r in rows} != {r['id']: r['responses'] for r in people}


@test
def a_country_has_the_origins_in_it():
    rows, _ = paged('origins', limit=100, sort='responses')
    country = collections.Counter(r['country'] for r in rows if r['country']).most_common(1)[0][0]
    inside = [r for r in rows if r['country'] == country]
    assert 1 < len(inside) < len(rows), country
    for name in (country, country.lower()):
        kept, _ = paged('origins', limit=100, sort='responses', country=name)
        assert kept == inside, name
    one = inside[0]
    kept, _ = paged('origins', limit=100, country=country, place=one['id'])
    assert [r['id'] for r in kept] == [one['id']]
    status = server.get('/api/v1/origins/top?country=XX')[0]
    assert status == 404, status


@test
def a_box_has_the_origins_in_it():
    rows, _ = paged('origins', limit=100, sort='responses')
    for west, south, east, north in ((-11, 35, 32, 71), (100, -60, -30, 60), (-180, -90, 180, 90)):
        def is_inside(row):
            across = west <= row['lon'] <= east if west <= east else row['lon'] >= west or row['lon'] <= east
            return row['map_point'] and across and south <= row['lat'] <= north
        kept, _ = paged('origins', limit=100, sort='responses', bbox=f'{west},{south},{east},{north}')
        assert kept == [r for r in rows if is_inside(r)] and kept, (west, south, east, north)
    kept, _ = paged('origins', bbox='-140,-60,-139,-59')
    assert kept == []


@test
def questions_keep_what_a_batch_keeps():
    words = collections.Counter(w for r in answers.responses for w in set(re.findall('[a-z]{5,}', text_of(r['to']).lower())))
    word = words.most_common(1)[0][0]
    tag = max(group(answers.responses, lambda r: tags[r['to']]).items(), key=lambda x: len(x[1]))[0]
    for q, wants in ((word.upper(), lambda t: has_word(t, word)),
                     (f'-{word} lang:en', lambda t: not has_word(t, word) and langs[t] == 'en'),
                     (f'{word} OR #{tag}', lambda t: has_word(t, word) or tag in tags[t])):
        kept = [r for r in answers.responses if wants(r['to'])]
        assert 0 < len(kept) < len(answers.responses), q
        expect('tweets', 'id', group(kept, lambda r: [str(r['to'])]), 'responses', len, q=q)


@test
def windows_keep_what_a_batch_keeps():
    minutes = sorted(minute_of(r) for r in answers.responses)
    begin, end = minutes[len(minutes) // 3], minutes[len(minutes) // 2]
    kept = [r for r in answers.responses if begin <= minute_of(r) < end]
    expect('tweets', 'id', group(kept, lambda r: [str(r['to'])]), 'recent_1h', fading(60),
           start=batch.write_ms(begin * 60000), end=batch.write_ms(end * 60000))


with Server(SAMPLE) as server:
    server.wait_until_read()
    run_tests()
