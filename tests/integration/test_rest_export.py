#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Exports as people use them: Python's csv, GeoJSON, and twarc's own tools (from PyPI, in a
folder of the test; skipped where they cannot be had) read what the answers say."""
import csv
import io
import json
import os
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from program import Server, folder, generated_sample, path, run_tests, test

# twarc-csv 0.7.2 calls what pandas 3 no longer has, twarc setuptools' pkg_resources.
TWARC = ['twarc==2.14.0', 'twarc-csv==0.7.2', 'pandas==2.2.3', 'setuptools==75.8.0']
FORMULAS = ['=1+1', '=cmd|\' /C calc\'!A0', '=HYPERLINK("http://evil","x")', '+1', '+cmd|\'x\'!A0', '-1+2',
            '-2+3+cmd|\' /C calc\'!A0', '@SUM(1+1)', '@ada', '\t=1', '\r=1', '=1,"=2"', '＝1+1', '＋1', '－1',
            '＠A1', '=1\r\n=2', '"=1', "'=1", '=']


def export(server, **query):
    code, headers, body = server.get('/api/v1/export?' + urllib.parse.urlencode(query))
    assert code == 200, (query, code, body[:500])
    return headers, body.decode()


def rows_of(server, **query):
    return list(csv.DictReader(io.StringIO(export(server, **query)[1], newline='')))


def paged(server, board, **query):
    rows = []
    while True:
        answer = server.api(f'{board}/top?' + urllib.parse.urlencode({**query, 'limit': 100}))
        rows += answer['data']
        if 'next_token' not in answer['meta']:
            return rows
        query['cursor'] = answer['meta']['next_token']


def boards():
    paths = json.loads(server.get('/api/v1/openapi.json')[2])['paths']
    return [p.split('/')[3] for p in paths if p.endswith('/top')]


@test
def every_board_as_csv_is_all_of_its_pages():
    assert len(boards()) >= 4, boards()
    for board in boards():
        for query in [{}, {'sort': 'responses', 'window': '24h'}, {'lang': 'en', 'kind': 'reply,quote'}]:
            rows, wanted = rows_of(server, what=board, **query), paged(server, board, **query)
            assert len(rows) == len(wanted) and (query or rows or board in ('hashtags', 'links')), (board, query, len(rows), len(wanted))
            for row, want in zip(rows, wanted):
                for key in ['id', 'lang', 'tag', 'url', 'responses', 'retweets', 'influence']:
                    if key in want and want[key] is not None:
                        assert row[key] == str(want[key]) or float(row[key]) == want[key], (board, key, row, want)
                assert None not in row and None not in row.values(), row


@test
def every_form_says_the_same():
    for what in ['authors', 'places', 'map']:
        table = rows_of(server, what=what)
        lines = [json.loads(line) for line in export(server, what=what, format='jsonl')[1].splitlines()]
        features = json.loads(export(server, what=what, format='geojson')[1])
        assert [row['id'] for row in table] == [row['id'] for row in lines]
        placed = [row for row in lines if (row.get('place') if what == 'authors' else row)]
        assert features['type'] == 'FeatureCollection'
        assert [f['properties']['id'] for f in features['features']] == [row['id'] for row in placed]
        for f in features['features']:
            lon, lat = f['geometry']['coordinates']
            assert -180 <= lon <= 180 and -90 <= lat <= 90, f
    timeline = [json.loads(line) for line in export(server, what='timeline', format='jsonl')[1].splitlines()]
    assert timeline == server.api('timeline')['data']


@test
def a_file_has_a_name_and_a_type():
    for form, kind in [('csv', 'text/csv; charset=utf-8; header=present'), ('jsonl', 'application/x-ndjson'),
                       ('geojson', 'application/geo+json')]:
        headers, _ = export(server, what='authors', format=form, limit=1)
        assert headers['Content-Type'] == kind
        assert headers['Content-Disposition'] == f'attachment; filename="dunlin-authors.{form}"'
        code, headers, _ = server.get('/api/v1/export?what=authors&limit=1', Accept=kind.split(';')[0])
        assert code == 200 and headers['Content-Type'] == kind
    code, headers, _ = server.get('/api/v1/export?what=authors&format=csv', Accept='application/json')
    assert code == 200 and headers['Content-Type'].startswith('text/csv')
    tag = headers['ETag']
    assert server.get('/api/v1/export?what=authors&format=csv', If_None_Match=tag)[0] == 304


@test
def wrong_words_are_explained():
    for query, parameter, words in [
        ('', 'what', 'missing'), ('what=twets', 'what', 'did you mean tweets'),
        ('what=tweets&format=xls', 'format', 'unknown'), ('what=tweets&format=geojson', 'format', 'geojson is for'),
        ('what=tweets&limit=10001', 'limit', 'from 1 to 10000'), ('what=tweets&sort=size', 'sort', 'unknown'),
        ('what=map&cursor=x', 'cursor', 'unknown'), ('what=tweets&wat=1', 'wat', 'unknown'),
    ]:
        code, headers, body = server.get('/api/v1/export?' + query)
        errors = json.loads(body)['errors']
        assert code == 400 and headers['Content-Type'] == 'application/problem+json', query
        assert any(e['parameter'] == parameter and words in e['detail'] for e in errors), (query, errors)


@test
def what_people_write_never_becomes_a_formula():
    """In texts, names and places that are no places: 20 each."""
    lines = []
    for i, formula in enumerate(FORMULAS):
        def tweet(number, author, **more):
            return {'id': number, 'id_str': str(number), 'created_at': 'Wed Jul 04 12:00:00 +0000 2012',
                    'text': formula, 'lang': 'en', **more,
                    'user': {'id': author, 'id_str': str(author), 'screen_name': f'user{author}', 'name': formula,
                             'location': formula, 'followers_count': 1, 'statuses_count': 1}}
        first = tweet(1000 + i, 100 + i)
        lines.append(json.dumps(tweet(2000 + i, 99, retweeted_status=first)))
    with Server(path('formulas.jsonl', '\n'.join(lines).encode())) as s:
        s.wait_until_read()
        tweets, authors = rows_of(s, what='tweets'), rows_of(s, what='authors')
        assert len(tweets) == len(authors) == len(FORMULAS), (len(tweets), len(authors))
        cells = [row['text'] for row in tweets] + [row[key] for row in authors for key in ['name', 'location']]
        assert len(cells) >= 50
        for cell in cells:
            assert cell[:1] not in tuple('=+-@\t\r\n＝＋－＠'), repr(cell)
        # And nothing of it is lost.
        assert {cell.removeprefix("'") for cell in cells} >= {f.removeprefix("'") for f in FORMULAS}
        raw = export(s, what='tweets')[1]
        assert raw.count('\r\n') >= len(FORMULAS) + 1 and raw.endswith('\r\n')


@test
def tools_of_twarc_read_it():
    if os.environ.get('NO_PIP'):
        return print('  not asked: NO_PIP')
    place = os.path.join(folder.name, 'twarc')
    pip = subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', '--disable-pip-version-check',
                          '--root-user-action=ignore', '--target', place, *TWARC], capture_output=True, text=True)
    if pip.returncode != 0:
        return print('  not asked: pip install failed:', pip.stderr[-200:].strip())
    body = export(server, what='tweets', format='jsonl')[1]
    source, config = path('tweets.jsonl', body.encode()), path('twarc.cfg', b'bearer_token = "none"\n')

    def twarc(command, out):
        got = subprocess.run([sys.executable, os.path.join(place, 'bin', 'twarc2'), '--config', config,
                              '--log', path('twarc.log'), command, source, path(out)],
                             capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': place})
        assert got.returncode == 0 and 'ERROR' not in got.stdout + got.stderr, got
        return open(path(out), encoding='utf-8', newline='')
    wanted = paged(server, 'tweets')
    flat = [json.loads(line) for line in twarc('flatten', 'flat.jsonl')]
    assert [t['id'] for t in flat] == [t['id'] for t in wanted]
    for t, want in zip(flat, wanted):
        assert t['text'] == want['text'] and t['author']['id'] == want['author_id']
        assert t['public_metrics']['retweet_count'] == want['retweets']
    table = list(csv.DictReader(twarc('csv', 'tweets.csv')))
    assert [row['id'] for row in table] == [t['id'] for t in wanted]
    assert all(row['author.username'] for row in table)


if __name__ == '__main__':
    with Server(generated_sample(8000)) as server:
        server.wait_until_read()
        run_tests()
