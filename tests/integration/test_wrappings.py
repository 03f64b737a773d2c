#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One conversation in every wrapping and order gives the same bytes under --out.

Each row of `wrappings` makes an input of the same lines; `faults` are files that are
no conversation, or only a part of one, and what is said about them.
"""
import bz2
import gzip
import io
import json
import lzma
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile

DUNLIN = os.environ.get('DUNLIN', 'build/release/dunlin')
LINES = 2000
folder = tempfile.TemporaryDirectory(prefix='dunlin-wrappings-')


def run(*arguments, stdin=None):
    return subprocess.run([DUNLIN, *arguments], stdin=stdin, capture_output=True, timeout=120)


def path(name, content=None):
    full = os.path.join(folder.name, name)
    if content is not None:
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'wb') as f:
            f.write(content)
    return full


def zstd(data, *flags):
    return subprocess.run(['zstd', '-qc', *flags], input=data, capture_output=True, check=True).stdout


def tar(members, format=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=format) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if data is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
            else:
                info.size = len(data)
            t.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    return out.getvalue()


class Pipe(io.RawIOBase):
    """What cannot be sought, so that a zip is written with its lengths behind."""

    def __init__(self):
        super().__init__()
        self.data = io.BytesIO()

    def writable(self):
        return True

    def write(self, b):
        return self.data.write(b)


def zipped(members, method=zipfile.ZIP_DEFLATED, streamed=False):
    out = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, data in members:
            z.writestr(name, data)
    return out.data.getvalue() if streamed else out.getvalue()


def array(data):
    return b'[' + b',\n'.join(data.strip().split(b'\n')) + b']'


sample = path('sample.jsonl')
assert run('gen', '--lines', str(LINES), '--out', sample).returncode == 0
whole = open(sample, 'rb').read()
lines = whole.splitlines(keepends=True)
pieces = [b''.join(lines[i * LINES // 5:(i + 1) * LINES // 5]) for i in range(5)]
shuffled = random.Random(1).sample(lines, len(lines))
named = [(f'2017/11/11/{i:02}.json', p) for i, p in enumerate(pieces)]
packed = [(n + '.bz2', bz2.compress(p)) for n, p in named]
mixed = [('a.gz', gzip.compress(pieces[0])), ('b.bz2', bz2.compress(pieces[1])), ('c.xz', lzma.compress(pieces[2])),
         ('d.zst', zstd(pieces[3])), ('e', pieces[4])]
junk = [('2017', None), ('2017/.09.json.bz2.J1uA1l', b'\0' * 3000), ('2017/.nfs000000000001', b'{"a":1}\n'),
        ('2017/._01.json', b'\0\5\x16\7{"a":1}\n'), ('__MACOSX/01.json', b'{"a":1}\n'), ('README', b'Not a tweet.\n'),
        ('photo.jpg', bytes(range(256)) * 99), ('link.json', '/etc/passwd'), ('../../../up.json~', b'{"a":1}\n')]

# What, and a function that makes the files; a list is several inputs, a dict a folder.
wrappings = {
    'plain': lambda: whole,
    'gz': lambda: gzip.compress(whole),
    'gz of many members': lambda: b''.join(gzip.compress(p) for p in pieces),
    'gz with padding': lambda: gzip.compress(whole) + b'\0' * 1000,
    'bz2': lambda: bz2.compress(whole),
    'bz2 of many members': lambda: b''.join(bz2.compress(p) for p in pieces),
    'zst': lambda: zstd(whole),
    'zst with a long window': lambda: zstd(whole, '--ultra', '-20', '--long=31'),
    'zst of many frames, some to skip': lambda: b'\x50\x2a\x4d\x18\4\0\0\0skip' + b''.join(zstd(p) for p in pieces),
    'xz': lambda: lzma.compress(whole),
    'xz of many streams, padded': lambda: lzma.compress(whole[:999]) + lzma.compress(whole[999:]) + b'\0' * 8,
    'gz in gz': lambda: gzip.compress(gzip.compress(whole)),
    'gz in bz2 in xz in zst': lambda: zstd(lzma.compress(bz2.compress(gzip.compress(whole)))),
    'tar': lambda: tar(named),
    'tar, ustar': lambda: tar(named, tarfile.USTAR_FORMAT),
    'tar, GNU, long names': lambda: tar([('x' * 300 + n, p) for n, p in named], tarfile.GNU_FORMAT),
    'tar, names in no order': lambda: tar(named[::-1]),
    'tar, names that are no text': lambda: tar([('\udcff\udcfe' + n, p) for n, p in named], tarfile.GNU_FORMAT),
    'tar, names in Korean': lambda: tar([('기록' + n, p) for n, p in named]),
    'tars joined': lambda: tar(named[:2]) + tar(named[2:]),
    'tar with junk': lambda: tar(junk[:4] + named[:2] + junk[4:] + named[2:]),
    'tar.gz': lambda: gzip.compress(tar(named)),
    'tar.bz2': lambda: bz2.compress(tar(named)),
    'tar.xz': lambda: lzma.compress(tar(named)),
    'tar.zst': lambda: zstd(tar(named)),
    'tar of bz2': lambda: tar(packed),
    'tar of bz2, with junk': lambda: tar(junk + packed),
    'tar of all packers': lambda: tar(mixed),
    'tar.gz of bz2': lambda: gzip.compress(tar(packed)),
    'tar of tars': lambda: tar([('a.tar', tar(named[:2])), ('b.tar.gz', gzip.compress(tar(packed[2:])))]),
    'zip': lambda: zipped(named),
    'zip, stored': lambda: zipped(named, zipfile.ZIP_STORED),
    'zip, bzip2': lambda: zipped(named, zipfile.ZIP_BZIP2),
    'zip, lzma': lambda: zipped(named, zipfile.ZIP_LZMA),
    'zip, lengths behind': lambda: zipped(named, streamed=True),
    'zip of bz2': lambda: zipped(packed, zipfile.ZIP_STORED),
    'zip of all packers': lambda: zipped(mixed),
    'zip of tar of bz2': lambda: zipped([('x.tar', tar(packed))]),
    'zip in tar in zip': lambda: zipped([('x.tar', tar([('y.zip', zipped(named))]))]),
    'zip with junk': lambda: zipped([j for j in junk if isinstance(j[1], bytes)] + named),
    'zip without its directory': lambda: zipped(named)[:zipped(named).index(b'PK\1\2')],
    'array': lambda: array(whole),
    'tar of arrays in bz2': lambda: tar([(n, bz2.compress(array(p))) for n, p in named]),
    'several files': lambda: [bz2.compress(pieces[0]), pieces[1], tar(packed[2:4]), zstd(pieces[4])],
    'folder': lambda: dict(named),
    'folder of bz2': lambda: dict(packed),
    'folder of everything': lambda: {'1.tar': tar(packed[:2]), 'x/2.zip': zipped(named[2:3]), 'y/3.json': pieces[3],
                                     'z/4.zst': zstd(pieces[4]), '.hidden': b'{"a":1}\n', 'note.txt': b'None.\n'},
    'lines shuffled': lambda: b''.join(shuffled),
    'lines shuffled, in a tar of gz': lambda: tar([(f'{i}', gzip.compress(b''.join(shuffled[i::5]))) for i in range(5)]),
    'CRLF': lambda: whole.replace(b'\n', b'\r\n'),
    'a byte order mark': lambda: b'\xef\xbb\xbf' + whole,
    'lines before and behind blanks': lambda: b'\n\n'.join(lines),
}
# These hold more items, or less, than the lines themselves; their answers are the same.
OTHER_ITEMS = {'lines before and behind blanks'}


def inputs(name, made):
    base = name.replace('/', '-')
    if isinstance(made, bytes):
        return [path(base, made)]
    if isinstance(made, list):
        return [path(f'{base}-{i}', m) for i, m in enumerate(made)]
    for member, data in made.items():
        path(os.path.join(base, member), data)
    return [path(base)]


def answers(out):
    return {f: open(os.path.join(out, f), 'rb').read() for f in sorted(os.listdir(out))}


def replay(files, *options, stdin=None):
    out = path('out')
    shutil.rmtree(out, ignore_errors=True)
    done = run('replay', *files, '--out', out, *options, stdin=stdin)
    return done, answers(out) if done.returncode == 0 else {}


def differs(name, got, expected):
    drop = {'accounting.json'} if name in OTHER_ITEMS else set()
    return [f for f in expected if f not in drop and got.get(f) != expected[f]]


def check(name, files, expected, **with_):
    done, got = replay(files, **with_)
    wrong = differs(name, got, expected)
    if done.returncode != 0 or wrong:
        return f'exit {done.returncode}; not the same: {wrong}; {done.stderr.decode()[-300:]}'
    return None


def accounted(got):
    a = json.loads(got['accounting.json'])
    assert a['items'] == a['accepted'] + a['repaired'] + a['ignored'] + a['rejected'], a
    return a['items']


def makes_fifo(name, data):
    fifo = path(name)
    os.mkfifo(fifo)

    def write():
        with open(fifo, 'wb') as f:
            f.write(data)
    threading.Thread(target=write, daemon=True).start()
    return fifo


def grows(name, parts):
    """A file that is written while it is read: what is there at the end is read."""
    full = path(name, parts[0])

    def write():
        with open(full, 'ab') as f:
            for p in parts[1:]:
                f.write(p)
                f.flush()
                time.sleep(0.001)
    threading.Thread(target=write, daemon=True).start()
    return full


def zip_broken():
    data = bytearray(zipped(packed, zipfile.ZIP_STORED))
    second = data.index(b'PK\3\4', data.index(b'PK\3\4') + 4)
    data[second + 60:second + 90] = bytes(30)
    return bytes(data)


# What, its inputs, the exit code, the least and most of items, and what stderr says.
faults = {
    'a FIFO': lambda: ([makes_fifo('fifo', whole)], 0, LINES, LINES, ''),
    'a packed FIFO': lambda: ([makes_fifo('fifo-tar', tar(packed))], 0, LINES, LINES, ''),
    '/dev/null': lambda: (['/dev/null'], 0, 0, 0, ''),
    'no bytes': lambda: ([path('none', b'')], 0, 0, 0, ''),
    'a folder without files': lambda: ([os.makedirs(path('bare')) or path('bare')], 4, 0, 0, 'cannot be read'),
    'a file that is not there': lambda: (['/nowhere/at/all'], 4, 0, 0, 'No such file'),
    'one there, one not': lambda: ([sample, '/nowhere/at/all'], 0, LINES, LINES, 'No such file'),
    'a file that grows': lambda: ([grows('grows', [whole] + lines[:50])], 0, LINES, LINES + 50, ''),
    'a line of 10 MB': lambda: ([path('long', whole + b'{"a":"' + b'x' * 10_000_000 + b'"}\n' + whole)], 0,
                                2 * LINES + 1, 2 * LINES + 1, '1 rejected'),
    'a cut bz2': lambda: ([path('cut.bz2', bz2.compress(whole)[:-100])], 0, 0, LINES, 'damaged'),
    'a cut gz': lambda: ([path('cut.gz', gzip.compress(whole)[:-100])], 0, LINES // 2, LINES, 'damaged'),
    'a cut zst': lambda: ([path('cut.zst', zstd(whole)[:-100])], 0, LINES // 2, LINES, 'damaged'),
    'a cut xz': lambda: ([path('cut.xz', lzma.compress(whole)[:-100])], 0, LINES // 2, LINES, 'damaged'),
    'a cut tar of bz2': lambda: ([path('cut.tar', tar(packed)[:-20000])], 0, 3 * LINES // 5, LINES, 'damaged'),
    'a zip with a broken member': lambda: ([path('broken.zip', zip_broken())], 0, 4 * LINES // 5, LINES, '01.json.bz2: '),
    'a tar with one cut bz2': lambda: ([path('one.tar', tar(packed[:1] + [('2/02.bz2', packed[1][1][:-99])] + packed[2:]))],
                                       0, 4 * LINES // 5, LINES, '2/02.bz2: '),
    'an encrypted zip': lambda: ([path('secret.zip', encrypted())], 4, 0, 0, 'secret.json'),
    'a bomb': lambda: ([path('bomb.gz', gzip.compress(gzip.compress(b'{\n' + b' ' * (80 << 20))))], 0, 1, 2, '1,000 times'),
    'a tar of noise': lambda: ([path('noise.tar', tar(named)[:512] + random.Random(2).randbytes(30000))], 0, 1, 300, ''),
}


def encrypted():
    """A member that says that it is: what follows would be a password's."""
    data = bytearray(zipped([('secret.json', whole)], zipfile.ZIP_STORED))
    data[6] |= 1
    return bytes(data)


def check_fault(make):
    files, code, least, most, says = make()
    out = path('out')
    shutil.rmtree(out, ignore_errors=True)
    done = run('replay', *files, '--out', out)
    told = done.stderr.decode(errors='replace')
    if done.returncode != code or says not in told:
        return f'exit {done.returncode}: {told[-400:]}'
    items = accounted(answers(out)) if code == 0 else 0
    return None if least <= items <= most else f'{items} items: {told[-400:]}'


def check_names():
    """What is rejected is kept with the member and the line that it stood in."""
    dead = path('dead.jsonl')
    run('replay', path('bad.tar', tar([('a/1.json', gzip.compress(lines[0] + b'{bad\n'))])), '--dead-letter', dead)
    kept = [json.loads(line) for line in open(dead)]
    got = [(k['file'], k['line'], k['bytes']) for k in kept]
    return None if got == [(path('bad.tar') + ':a/1.json', 2, '{bad')] else str(kept)


def main():
    failed = passed = 0
    words = sys.argv[1:]
    rows = [(n, m) for n, m in {**wrappings, **faults, 'names of members': check_names}.items()
            if all(w in n for w in words)]
    done, expected = replay([sample])
    assert done.returncode == 0 and json.loads(expected['accounting.json'])['items'] == LINES, done.stderr
    for name, make in rows:
        if name in faults:
            told = check_fault(make)
        else:
            told = check_wrapping(name, make, expected) if name in wrappings else make()
        print(f'FAILED: {name}: {told}' if told else f'ok: {name}', flush=True)
        failed += told is not None
        passed += told is None
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


def check_wrapping(name, make, expected):
    files = inputs(name, make())
    told = check(name, files, expected)
    if told is None and len(files) == 1 and os.path.isfile(files[0]):
        with open(files[0], 'rb') as f:
            told = check(name, ['-'], expected, stdin=f)
        told = told and 'from standard input: ' + told
    return told


if __name__ == '__main__':
    if shutil.which('zstd') is None:
        sys.exit(77)
    sys.exit(main())
