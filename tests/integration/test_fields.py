#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fields= over REST: the names that the interface's description lists are those that rows
have, and an answer with some of them says of these what the whole answer says."""
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from program import Server, generated_sample, path, run_tests, test


def link_and_reply():
    """What the sample has none of: a link that is answered."""
    tweets = [{'id': i, 'text': 'see https://example.org/a', 'created_at': 'Wed Jul 04 12:00:00 +0000 2012',
               'in_reply_to_status_id': to, 'user': {'id': i, 'screen_name': f'u{i}'}} for i, to in [(1, None), (2, 1)]]
    return ''.join(json.dumps(t) + '\n' for t in tweets).encode()


def described():
    """path -> names, of all that takes fields=."""
    paths = json.loads(server.get('/api/v1/openapi.json')[2])['paths']
    return {target.removeprefix('/api/v1/'): p['schema']['items']['enum']
            for target, operations in paths.items()
            for p in operations.get('get', {}).get('parameters', []) if p.get('name') == 'fields'}


def first(board):
    return server.api(f'{board}?limit=1')['data'][0]['id']


def filled(target):
    return target.replace('{id}', first('tweets/top' if target.startswith('tweets') else 'authors/top'))


def rows_of(answer):
    return answer['data'] if isinstance(answer['data'], list) else [answer['data']]


def asked(target, **query):
    return server.api(filled(target) + '?' + urllib.parse.urlencode(query))


@test
def the_names_are_those_that_rows_have():
    known = described()
    assert {'tweets/top', 'tweets/{id}', 'authors/top', 'authors/{id}', 'authors/{id}/responses', 'timeline',
            'hashtags/top', 'places/top', 'search'} <= set(known), known
    for target, names in known.items():
        seen = set()
        for query in [{}, {'sort': 'recent_6h'}] if target.endswith('/top') else [{}]:
            for row in rows_of(asked(target, **query)):
                assert set(row) <= set(names), (target, set(row) - set(names))
                seen |= set(row)
        assert seen == set(names), (target, set(names) - seen)


@test
def what_is_kept_is_as_it_was():
    for target, names in described().items():
        whole = asked(target)
        for wanted in (names[:1], names[1:3], names[-2:], names):
            some = asked(target, fields=','.join(wanted))
            kept = {names[0], *wanted}
            assert rows_of(some) == [{k: v for k, v in row.items() if k in kept} for row in rows_of(whole)], target
            for answer in (some, whole):
                answer['meta'].pop('next_token', None) # It has the time in it.
            assert type(some['data']) is type(whole['data']) and some['meta'] == whole['meta'], (target, some['meta'])
            leads_on = 'includes' in whole and 'author_id' in kept
            assert some.get('includes') == (whole['includes'] if leads_on else None), (target, wanted)


@test
def pages_go_on_with_other_fields():
    one = asked('tweets/top', limit=2, fields='text')
    two = asked('tweets/top', limit=2, fields='influence', cursor=one['meta']['next_token'])
    assert [set(row) for row in one['data'] + two['data']] == [{'id', 'text'}] * 2 + [{'id', 'influence'}] * 2
    assert {r['id'] for r in one['data']}.isdisjoint({r['id'] for r in two['data']})
    assert {'newest_id', 'oldest_id'} <= set(one['meta'])


@test
def a_wrong_name_is_explained():
    for query, words in {'fields=txt': 'txt is unknown; did you mean text?',
                         'fields=id,place': 'place is unknown; rows begin with id',
                         'fields=': 'names none', 'fields=,,': 'names none',
                         'fields=text&fields=id': 'given twice',
                         'fields=' + 'id,' * 140: 'it is too long',
                         'fields=%3Cb%3E' + 'x' * 200: '<b>' + 'x' * 37 + ' is unknown; rows begin with id'}.items():
        code, _, body = server.get('/api/v1/tweets/top?' + query)
        assert code == 400 and json.loads(body)['errors'][0] == {'parameter': 'fields', 'detail': words}, (query, body)
    for target in ('stats?fields=id', 'map?fields=id', 'export?what=tweets&fields=id', 'alerts?fields=id'):
        code, _, body = server.get('/api/v1/' + target)
        assert code == 400, (target, code, body)


if __name__ == '__main__':
    with Server(generated_sample(8000), path('link.jsonl', link_and_reply())) as server:
        server.wait_until_read()
        run_tests()
