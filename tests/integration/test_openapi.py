#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The interface's description is true: a linter passes openapi.json, every example in it
is answered as it says, and every line of /docs can be run as it stands."""
import html
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from program import Server, generated_sample, path, run_tests, test

LINTER = os.path.join(os.path.dirname(__file__), '..', 'openapi')


def description():
    return json.loads(server.get('/api/v1/openapi.json')[2])


def resolved(node, root):
    while '$ref' in node:
        where = node['$ref'].lstrip('#/').split('/')
        node = root
        for key in where:
            node = node[key]
    return node


def examples_of(operation, root):
    """(path parameters, what each request must have, [what more, one a request])"""
    fixed, needed, more = {}, {}, [{}]
    for p in (resolved(p, root) for p in operation.get('parameters', [])):
        if 'example' not in p:
            continue
        value = p['example']
        value = json.dumps(value) if isinstance(value, (bool, int)) else value
        value = ','.join(value) if isinstance(value, list) else value
        if p['in'] == 'path':
            fixed[p['name']] = value
        elif p.get('required'):
            needed[p['name']] = value
        else:
            more.append({p['name']: value})
    return fixed, needed, more


def reading(root):
    return [(target, operations) for target, operations in root['paths'].items() if 'get' in operations]


@test
def a_linter_passes_it():
    npm = shutil.which('npm')
    if npm is None:
        return print('  not linted: there is no npm')
    if not os.path.isdir(os.path.join(LINTER, 'node_modules', '@redocly', 'cli')):
        got = subprocess.run([npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
                             cwd=LINTER, capture_output=True, text=True)
        if got.returncode != 0:
            return print('  not linted: npm ci failed:', got.stderr[-300:].strip())
    file = path('openapi.json', server.get('/api/v1/openapi.json')[2])
    got = subprocess.run(['node', 'node_modules/@redocly/cli/bin/cli.js', 'lint', '--format=json', file],
                         cwd=LINTER, capture_output=True, text=True,
                         env={**os.environ, 'REDOCLY_TELEMETRY': 'off', 'REDOCLY_SUPPRESS_UPDATE_NOTICE': 'true'})
    report = json.loads(got.stdout[got.stdout.index('{'):])
    problems = [(p['ruleId'], p['message'], p['location'][0].get('pointer')) for p in report['problems']]
    assert got.returncode == 0 and report['totals']['errors'] == 0, problems
    assert not problems, problems


@test
def every_example_is_answered_as_it_says():
    root = description()
    asked = 0
    for target, operations in reading(root):
        fixed, needed, more = examples_of(operations['get'], root)
        good = operations['get']['responses']['200']['content']
        for one in more:
            url = target.format(**fixed)
            query = {**needed, **one}
            if target == '/api/v1/stream':
                query['once'] = '1'
            code, headers, body = server.get(url + '?' + urllib.parse.urlencode(query))
            assert code == 200, (url, query, code, body[:300])
            assert headers['Content-Type'] in good, (url, headers['Content-Type'], list(good))
            asked += 1
    assert asked > 40, asked


@test
def every_answer_is_of_the_shape_it_says():
    root = description()
    for target, operations in reading(root):
        content = operations['get']['responses']['200']['content']
        if content.get('application/json', {}).get('schema', {}).get('$ref') != '#/components/schemas/Answer':
            continue
        fixed, needed, _ = examples_of(operations['get'], root)
        answer = json.loads(server.get(target.format(**fixed) + '?' + urllib.parse.urlencode(needed))[2])
        if target == '/api/v1/openapi.json':
            continue
        assert set(answer) <= {'data', 'includes', 'meta'} and {'data', 'meta'} <= set(answer), target
        assert {'epoch', 'as_of'} <= set(answer['meta']), (target, answer['meta'])


@test
def every_order_to_a_replay_is_obeyed():
    orders = description()['paths']['/api/v1/replay']['post']['requestBody']['content']['application/json']
    with Server(generated_sample(8000), '--speed', '600') as slow:
        for _ in range(200): # It listens before it reads.
            if slow.api('replay')['data']['can_seek']:
                break
            time.sleep(0.05)
        for name, example in orders['examples'].items():
            code, _, body = slow.ask('POST', '/api/v1/replay', body=json.dumps(example['value']),
                                     Content_Type='application/json')
            assert code == 200, (name, code, body)
            state = json.loads(body)['data']
            assert set(state) == {'state', 'speed', 'position', 'start', 'can_seek'}, state


@test
def every_path_says_what_it_takes():
    for target, operations in description()['paths'].items():
        code, headers, _ = server.ask('OPTIONS', target.replace('{id}', '1'))
        wanted = ('GET, HEAD, OPTIONS' if 'get' in operations else
                  'OPTIONS, POST' if 'post' in operations else 'DELETE, OPTIONS')
        assert code == 204 and headers['Allow'].startswith(wanted), (target, code)
        if 'get' not in operations:
            assert server.ask('HEAD', target)[0] == 405, target
            continue
        code, headers, body = server.ask('HEAD', target.replace('{id}', '1'))
        assert body == b'' and code in (200, 400, 404), (target, code)


@test
def the_page_for_people_is_small_and_safe():
    code, headers, body = server.get('/docs')
    page = body.decode()
    assert code == 200 and headers['Content-Type'].startswith('text/html') and len(body) <= 20480, len(body)
    assert '<script' not in page and '<style' not in page and ' style=' not in page
    for target, operations in description()['paths'].items():
        verb = next(verb for verb in ('get', 'post', 'delete') if verb in operations)
        assert f'{verb.upper()} {target}</code>' in page, target
    for name in ['influence', 'received.spread', 'responders', 'recent', 'verdict']:
        assert f'<td><code>{name}</code><td>' in page, name
    code, headers, body = server.get('/docs.css')
    assert code == 200 and headers['Content-Type'].startswith('text/css')


@test
def its_lines_run_as_they_stand():
    if shutil.which('curl') is None:
        return print('  not run: there is no curl')
    lines = [html.unescape(line) for line in re.findall(r'<pre>(.*?)</pre>', server.get('/docs')[2].decode())]
    assert len(lines) > 20, lines
    for line in lines:
        got = subprocess.run(['sh', '-c', line.replace('curl -s', 'curl -s -w "\n%{http_code}"', 1)],
                             capture_output=True, timeout=60)
        # The replay of these tests has ended: it obeys nobody any more.  Nothing can be pushed.
        wanted = b'403' if 'PUSH-TOKEN' in line else b'409' if ' -d ' in line else b'200'
        assert got.returncode == 0 and got.stdout[-3:] in (b'200', wanted), (line, got)


if __name__ == '__main__':
    with Server(generated_sample(8000)) as server:
        server.wait_until_read()
        run_tests()
