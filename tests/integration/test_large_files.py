#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files that are larger than any memory; they are sparse, so no disk is filled.

A journal whose file has 50 GB is as one that held much and dropped it: all that is added to a
small journal are free pages, which SQLite has in lists and a map.  A dump of 100 GB has tweets at
its beginning, and then zeros, a line that is read past."""
import os
import re
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from program import (Server, Skip, generated_sample, path, push_token, replayed, run_tests, same_answers, test,
                     wait_for)

SIZE = int(float(os.environ.get('JOURNAL_GB', '50')) * 1e9)
WAL_BYTES_MAX = 64 << 20
FREE_PAGE = b'\2\0\0\0\0' # Of the map: type, parent.


def is_map(page, size):
    """Whether SQLite keeps its map of pages there; its page of locks is no other's."""
    each, locks = size // 5 + 1, (1 << 30) // size + 1
    first = (page - 2) // each * each + 2
    return page == (first + 1 if first == locks else first)


def grow(file, bytes_max):
    """Adds free pages, of which only lists and map are written."""
    with open(file, 'r+b') as f:
        header = f.read(100)
        size, = struct.unpack('>H', header[16:18])
        pages, first, count = struct.unpack('>III', header[28:40])
        assert header[:6] == b'SQLite' and size == 8192 and pages == os.path.getsize(file) // size
        assert struct.unpack('>I', header[52:56])[0] > 0, 'without a map a file cannot shrink'
        last, locks = bytes_max // size, (1 << 30) // size + 1
        free = []
        for page in range(pages + 1, last + 1):
            if is_map(page, size):
                f.seek((page - 1) * size)
                f.write(FREE_PAGE * (size // 5))
            elif page != locks:
                free.append(page)
        # The map's page that is there already knows of those behind the old end.
        start = next(p for p in range(pages, 1, -1) if is_map(p, size))
        f.seek((start - 1) * size + 5 * (pages - start))
        f.write(FREE_PAGE * (size // 5 - (pages - start)))
        leaves = size // 4 - 8
        following = first
        for at in range(0, len(free), leaves + 1): # The first list has the last pages.
            trunk, *rest = free[at:at + leaves + 1]
            f.seek((trunk - 1) * size)
            f.write(struct.pack(f'>{len(rest) + 2}I', following, len(rest), *rest))
            following = trunk
        f.truncate(last * size)
        f.seek(24)
        change = struct.unpack('>I', header[24:28])[0] + 1
        f.write(struct.pack('>IIII', change, last, following, count + len(free)))
        f.seek(92)
        f.write(struct.pack('>I', change))


def resident(server):
    status = open(f'/proc/{server.process.pid}/status', encoding='ascii').read()
    return int(re.search(r'VmRSS:\s+(\d+)', status).group(1)) * 1024


def bytes_read(server):
    with open(f'/proc/{server.process.pid}/io', encoding='ascii') as f:
        return int(re.search(r'rchar: (\d+)', f.read()).group(1))


def health(server):
    return server.api('health')['data']['journal']


@test
def a_journal_of_50_gb_is_read_written_and_shrunk():
    db, token = path('large.db'), push_token()
    with open(generated_sample(6000), 'rb') as f:
        lines = f.readlines()
    thirds = [b''.join(lines[i::3]) for i in range(3)]
    with Server('serve', '--db', db, '--push-token-file', token) as server:
        assert server.push(thirds[0])[0] == 200
        assert server.stop() == 0
    grow(db, SIZE)
    held = os.stat(db).st_blocks * 512
    if held > SIZE / 10:
        raise Skip('files are not sparse here')
    print(f'  {SIZE / 1e9:.1f} GB, of which {held / 1e6:.0f} MB are on the disk')
    begin = time.monotonic()
    with Server('serve', '--db', db, '--push-token-file', token) as server:
        wait_for('it is ready', server.is_ready)
        print(f'  ready after {time.monotonic() - begin:.1f} s')
        assert server.push(thirds[1])[0] == 200 # While it shrinks.
        biggest = 0

        def has_shrunk():
            nonlocal biggest
            now = health(server)
            biggest = max(biggest, os.path.getsize(db + '-wal'), now['wal_bytes'])
            return 0 < now['file_bytes'] < SIZE - (64 << 20)
        wait_for('it shrinks', has_shrunk)
        assert server.is_ready()
        assert biggest <= WAL_BYTES_MAX, biggest
        server.process.kill()
    with Server('serve', '--db', db, '--push-token-file', token) as server:
        wait_for('it is ready', server.is_ready)
        code, _, answer = server.push(thirds[2])
        assert code == 200 and answer['data']['stored'], answer
        begin = time.monotonic()
        assert server.stop() == 0 # Shrinking goes on after the next start.
        print(f'  ended after {time.monotonic() - begin:.1f} s with {os.path.getsize(db) / 1e9:.1f} GB left')
        assert time.monotonic() - begin < 5
    assert same_answers(replayed('kept', '--db', db), replayed('sent', '-', stdin=b''.join(thirds)))


@test
def a_dump_of_100_gb_shows_its_first_tweets_while_the_rest_is_read():
    with open(generated_sample(6000), 'rb') as f:
        tweets = f.read()
    dump = path('large.jsonl', tweets)
    os.truncate(dump, int(100e9))
    if os.stat(dump).st_blocks * 512 > 1e9:
        raise Skip('files are not sparse here')
    with Server('serve', dump) as server:
        stats = wait_for('its first tweets', lambda: server.api('stats')['data']['items'] >= 6000 and
                         server.api('stats')['data'])
        assert stats['source']['state'] == 'replaying' and stats['source']['bytes_total'] == 100e9, stats['source']
        before = resident(server)
        wait_for('some of the rest', lambda: bytes_read(server) > 2e9)
        assert resident(server) < before + (64 << 20), (before, resident(server))
        assert server.stop() == 0


run_tests(sys.argv[1:])
