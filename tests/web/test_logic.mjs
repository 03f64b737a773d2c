#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The page's logic without a browser: state, pace, colours, words, layout.
import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {runAll, test} from './harness.mjs';
import {randomOf} from './mock/model.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..'), web = path.join(root, 'web');
const {buildSync} = createRequire(path.join(web, 'package.json'))('esbuild');
const scratch = mkdtempSync(path.join(tmpdir(), 'dunlin-web-'));
process.on('exit', () => rmSync(scratch, {recursive: true, force: true}));

async function load(name) {
    const {outputFiles} = buildSync({absWorkingDir: web, entryPoints: [`src/${name}.ts`], bundle: true, write: false, format: 'esm', target: 'es2022', platform: 'node'});
    const file = path.join(scratch, `${name.replaceAll('/', '-')}.mjs`);
    writeFileSync(file, outputFiles[0].contents);
    return import(pathToFileURL(file).href);
}
const [merge, pace, scale, format, selection, bins, arrange, world, mercator] =
    await Promise.all(['merge', 'pace', 'scale', 'format', 'selection', 'bins', 'map/arrange', 'map/world', 'map/mercator'].map(load));
const {basemap} = await import(pathToFileURL(path.join(web, 'tools/basemap.mjs')).href);

const columnsOf = (rows) => {
    const columns = merge.emptyColumns();
    for (const row of rows) for (const [name, column] of Object.entries(columns)) column.push(row[name] ?? (name === 'received_mean' ? null : name === 'username' || name === 'place' ? '' : 0));
    return columns;
};
const rowsOf = (table) => {
    const rows = new Map();
    table.rows.id.forEach((id, i) => rows.set(id, table.rows.influence[i]));
    return rows;
};

test('a day of another year says which, and is not the same day', () => {
    const ms = (text) => Date.parse(text);
    assert.equal(format.date(ms('2016-01-06T12:00:00Z'), ms('2016-12-02T00:00:00Z')), '6 Jan');
    assert.equal(format.date(ms('2016-01-06T12:00:00Z'), ms('2019-12-02T00:00:00Z')), '6 Jan 2016');
    assert.equal(format.sameDay(ms('2011-12-02T10:00:00Z'), ms('2019-12-02T10:00:00Z')), false);
    assert.equal(format.sameDay(ms('2019-12-02T00:00:00Z'), ms('2019-12-02T23:59:59Z')), true);
    assert.equal(format.span(ms('2011-09-28T02:35:00Z'), ms('2019-12-02T14:17:00Z')), '28 Sep 2011 02:35 – 2 Dec 2019 14:17');
    assert.equal(format.span(ms('2019-12-02T02:35:00Z'), ms('2019-12-03T00:00:00Z')), '2 Dec, 02:35–24:00');
    assert.equal(format.countryName('de'), 'Germany');
    assert.equal(format.countryName('Deutschland'), 'Deutschland');
});

test('a full map frame replaces what was', () => {
    const table = new merge.MapTable();
    table.apply({full: true, upsert: columnsOf([{id: 'a', influence: 1}, {id: 'b', influence: 2}]), remove: []});
    table.apply({full: true, upsert: columnsOf([{id: 'c', influence: 3}]), remove: []});
    assert.deepEqual([...rowsOf(table)], [['c', 3]]);
});

test('map frames of changes add up to the same as a plain table', () => {
    const random = randomOf(7), table = new merge.MapTable(), plain = new Map();
    for (let step = 0; step < 500; step++) {
        const remove = [...plain.keys()].filter(() => random() < 0.1);
        if (random() < 0.2) remove.push('never there');
        remove.forEach((id) => plain.delete(id));
        const rows = Array.from({length: Math.floor(random() * 8)}, () => ({id: `${Math.floor(random() * 40)}`, influence: Math.floor(random() * 1000)}));
        rows.forEach((row) => plain.set(row.id, row.influence));
        table.apply({full: false, upsert: columnsOf(rows), remove});
        assert.deepEqual(new Map([...rowsOf(table)].sort()), new Map([...plain].sort()));
        for (const [id, i] of table.rows.id.map((name, at) => [name, at])) assert.equal(table.rowOfId(id), i);
    }
});

test('timeline frames change, add and remove minutes, and order does not matter', () => {
    const timeline = new merge.Timeline(), at = (n) => new Date(n * 60000).toISOString();
    timeline.apply({full: true, minutes: [{minute: at(3), tweets: 1}, {minute: at(1), tweets: 2}], removed: []});
    timeline.apply({full: false, minutes: [{minute: at(2), tweets: 5}, {minute: at(3), tweets: 4}], removed: [at(1)]});
    assert.deepEqual(timeline.rows().map((m) => m.tweets), [5, 4]);
    assert.deepEqual(timeline.starts, [120000, 180000]);
});

test('throttle runs the first call at once and the last of a burst at its end', () => {
    let now = 0;
    const timers = [], ran = [];
    const fake = {now: () => now, set: (run, ms) => timers.push({run, at: now + ms}), clear: () => {}};
    const advance = (to) => {
        for (now = to; timers.length > 0 && timers[0].at <= now;) timers.shift().run();
    };
    const asked = pace.throttle((n) => ran.push([now, n]), () => 100, fake);
    asked(1); asked(2);
    advance(50); asked(3);
    assert.deepEqual(ran, [[0, 1]]);
    advance(100);
    assert.deepEqual(ran, [[0, 1], [100, 3]]);
    advance(150); asked(4);
    advance(200);
    assert.deepEqual(ran.at(-1), [200, 4]);
    advance(1000); asked(5);
    assert.deepEqual(ran.at(-1), [1000, 5]);
});

test('waits between attempts grow to 15 s and stay within a fifth', () => {
    for (let attempt = 0; attempt < 40; attempt++) {
        const middle = Math.min(15000, 1000 * 2 ** Math.min(attempt, 4));
        for (const r of [0, 0.5, 0.999]) {
            const ms = pace.backoffMs(attempt, () => r);
            assert.ok(ms >= 0.8 * middle - 1 && ms <= 1.2 * middle + 1);
        }
    }
});

test('reception: no replies is not neutral, and the dead band is', () => {
    const step = scale.receptionStep;
    assert.equal(step(0, null), 'none');
    assert.equal(step(3, 0), 'neutral');
    assert.equal(step(3, 0.049), 'neutral');
    assert.equal(step(3, -0.05), 'negative');
    assert.equal(step(3, 0.05), 'positive');
    assert.equal(step(3, 0.3), 'positive-strong');
    assert.equal(step(3, -0.9), 'negative-strong');
});

test('a circle of four times the influence has twice the radius', () => {
    assert.equal(scale.radiusOf(400, 400, 26), 26);
    assert.equal(scale.radiusOf(100, 400, 26), 13);
    assert.equal(scale.radiusOf(0, 400, 26), scale.RADIUS_MIN);
});

const css = readFileSync(path.join(web, 'src/style.css'), 'utf8');
const tokens = (selector) => Object.fromEntries([...css.slice(css.indexOf(selector)).split('}')[0].matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
const themes = {dark: tokens(':root {'), light: tokens(':root[data-theme="light"] {')};
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

test('the map and the style sheet agree on the colours', () => {
    for (const theme of ['dark', 'light']) {
        for (const [step, colour] of Object.entries(scale.COLOURS[theme].steps)) assert.deepEqual(rgb(themes[theme][step]), colour, `${theme} ${step}`);
        assert.deepEqual(rgb(themes[theme].sea), scale.COLOURS[theme].sea);
        assert.deepEqual(rgb(themes[theme].panel), scale.COLOURS[theme].panel);
    }
});

const luminance = (c) => {
    const [r, g, b] = c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
};

test('text has a contrast of 4.5 and more on every ground, in both themes', () => {
    for (const [name, theme] of Object.entries(themes)) {
        for (const text of ['text', 'quiet', 'accent']) {
            for (const ground of ['panel', 'raised', 'back', 'sea']) {
                const ratio = contrast(rgb(theme[text]), rgb(theme[ground]));
                assert.ok(ratio >= 4.5, `${name}: ${text} on ${ground}: ${ratio.toFixed(2)}`);
            }
        }
    }
});

test('circles stand out from land and sea, the two ends of the scale by lightness from the middle', () => {
    for (const theme of Object.values(scale.COLOURS)) {
        for (const step of ['negative-strong', 'positive-strong', 'neutral', 'none']) {
            for (const ground of [theme.sea, theme.land]) assert.ok(contrast(theme.steps[step], ground) >= 3, step);
        }
    }
});

// What a person sees who lacks one kind of cone (Machado, Oliveira, Fernandes 2009, severity 1).
const BLINDNESS = {
    protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
test('the ends of the reception scale stay apart for every kind of colour blindness', () => {
    for (const [name, matrix] of Object.entries(BLINDNESS)) {
        for (const [themeName, theme] of Object.entries(scale.COLOURS)) {
            const seen = (step) => matrix.map((row) => row.reduce((sum, m, i) => sum + m * theme.steps[step][i], 0));
            const apart = (a, b) => Math.hypot(...seen(a).map((v, i) => v - seen(b)[i]));
            for (const [a, b] of [['negative-strong', 'positive-strong'], ['negative', 'positive'], ['negative-strong', 'neutral'], ['positive-strong', 'neutral']]) {
                assert.ok(apart(a, b) > 55, `${name}, ${themeName}: ${a} and ${b}: ${apart(a, b).toFixed(0)}`);
            }
        }
    }
});

test('entities are decoded once, and only the three that Twitter sends', () => {
    assert.equal(format.decodeEntities('a &lt;b&gt; &amp; c'), 'a <b> & c');
    assert.equal(format.decodeEntities('&amp;lt;'), '&lt;');
    assert.equal(format.decodeEntities('&quot;&#39;&nbsp;&'), '&quot;&#39;&nbsp;&');
    assert.equal(format.tweetText('\u202Eabc\u202C &gt;'), 'abc >');
});

test('compact numbers have three digits at most and never round up to 1000', () => {
    const expected = [[0, '0'], [7, '7'], [7.25, '7.3'], [999, '999'], [1000, '1K'], [1234, '1.2K'], [99949, '99.9K'], [99951, '100K'], [999499, '999K'],
                      [999500, '1M'], [1.25e6, '1.3M'], [-1234, '-1.2K'], [3.1e9, '3.1B']];
    for (const [n, words] of expected) assert.equal(format.compact(n), words, String(n));
});

test('a range snaps outward to whole minutes, in order, and is never empty', () => {
    const {snapRange} = selection;
    assert.deepEqual(snapRange(61000, 179000), {startMs: 60000, endMs: 180000});
    assert.deepEqual(snapRange(179000, 61000), {startMs: 60000, endMs: 180000});
    assert.deepEqual(snapRange(60000, 60000), {startMs: 60000, endMs: 120000});
});

test('a preset counts back from the newest minute', () => {
    const newest = Date.UTC(2012, 6, 4, 12, 3, 30);
    assert.deepEqual(selection.selectionSpan({kind: 'preset', window: '5m'}, newest), {startMs: Date.UTC(2012, 6, 4, 11, 59), endMs: Date.UTC(2012, 6, 4, 12, 4)});
    assert.equal(selection.selectionSpan(selection.ALL, newest), null);
});

test('columns of the timeline keep every count, without gaps', () => {
    const random = randomOf(3);
    for (const room of [10, 60, 300]) {
        const rows = [], starts = [];
        for (let m = 12345; rows.length < 200; m += 1 + Math.floor(random() * 5)) {
            starts.push(m * 60000);
            rows.push({tweets: 4, positive: 1, neutral: 1, negative: Math.floor(random() * 9), unknown: 1});
        }
        const b = bins.binMinutes(rows, starts, room), sum = (list) => list.reduce((x, y) => x + y, 0);
        assert.ok(b.starts.length <= room || room === 300, `${b.starts.length} in ${room}`);
        assert.equal(sum(b.tweets), 800);
        assert.equal(sum(b.negative), sum(rows.map((r) => r.negative)));
        b.starts.forEach((s, i) => assert.ok(i === 0 || s - b.starts[i - 1] === b.widthMs));
        assert.ok(b.starts[0] <= starts[0] && b.starts.at(-1) + b.widthMs > starts.at(-1));
    }
    assert.deepEqual(bins.binMinutes([], [], 10).starts, []);
});

test('names of places never overlap, and the most influential one is there', () => {
    const random = randomOf(11);
    for (let run = 0; run < 50; run++) {
        const places = Array.from({length: 80}, (_, i) => ({name: `place ${i}`, x: random() * 400, y: random() * 300, radius: 1 + random() * 9}));
        places[0].x = 200;
        const labels = arrange.placeLabels(places, (text) => text.length * 6, 14, 30, {left: 0, top: 0, right: 400, bottom: 300});
        const boxes = labels.map(({text, x, y, align}) => {
            const width = text.length * 6, left = align === 'left' ? x : align === 'right' ? x - width : x - width / 2;
            return {left, right: left + width, top: y - 7, bottom: y + 7};
        });
        boxes.forEach((a, i) => boxes.slice(0, i).forEach((b) => assert.ok(!(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom))));
        assert.ok(labels.length > 5 && labels.length <= 30);
    }
});

test('authors of one place are spread, the most influential in the middle and drawn first', () => {
    const rows = Array.from({length: 30}, (_, i) => ({id: `${i}`, lat: 515000, lon: -1200, influence: 1000 + i, place: 'London', received_n: i % 3, received_mean: i % 3 ? 500 : null}));
    const {points, rowOf, groups} = arrange.arrange(columnsOf(rows), scale.COLOURS.dark, 26, 1);
    assert.equal(groups.length, 1);
    assert.equal(rowOf[0], 29);
    assert.ok(Math.abs(points.position[0] + 0.12) < 1e-4 && Math.abs(points.position[1] - 51.5) < 1e-4);
    const distinct = new Set(Array.from({length: 30}, (_, i) => `${points.position[2 * i].toFixed(4)} ${points.position[2 * i + 1].toFixed(4)}`));
    assert.equal(distinct.size, 30);
    const empty = rowOf.findIndex((row) => row % 3 === 0), full = rowOf.findIndex((row) => row % 3 === 1);
    assert.ok(points.fill[4 * empty + 3] < 40 && points.fill[4 * full + 3] > 180, 'no replies is an empty ring');
});

test('the flat map projects there and back, and to the nearest copy of the world', () => {
    for (const [lon, lat] of [[0, 0], [179, 80], [-179, -60], [33.3, 51.2]]) {
        assert.ok(Math.abs(mercator.longitude(mercator.mercatorX(lon)) - lon) < 1e-9);
        assert.ok(Math.abs(mercator.latitude(mercator.mercatorY(lat)) - lat) < 1e-9);
    }
    const at = new Float32Array(2), size = {width: 1000, height: 500};
    mercator.project({lon: 170, lat: 0, zoom: 1}, size, -170, 0, at, 0);
    assert.ok(Math.abs(at[0] - (500 + 20 / 360 * 1024)) < 0.01);
});

test('the base map never crosses the plane, and its cut is no coast', () => {
    for (const resolution of ['110m', '50m']) {
        const unpacked = world.unpackWorld(JSON.parse(basemap(resolution)));
        const jump = (line) => line.every(([lon, lat], i) => i === 0 || Math.abs(lon - line[i - 1][0]) < 180 || (lat < -85 && line[i - 1][1] < -85)); // Antarctica's lower edge.
        assert.ok(unpacked.land.flat().every((ring) => jump(ring)), `${resolution} land`);
        assert.ok(unpacked.borders.every(jump) && unpacked.lines.every(jump), `${resolution} lines`);
        const onCut = unpacked.lines.some((line) => line.some(([lon], i) => i > 0 && Math.abs(lon) > 179.99 && Math.abs(line[i - 1][0]) > 179.99));
        assert.ok(!onCut, `${resolution}: a stroke along the 180th meridian`);
        assert.ok(unpacked.land.flat(2).every(([lon, lat]) => Math.abs(lon) <= 180 && Math.abs(lat) <= 85.06));
    }
});

function sources(folder) {
    return readdirSync(folder, {withFileTypes: true}).flatMap((entry) => (entry.isDirectory() ? sources(path.join(folder, entry.name)) : [path.join(folder, entry.name)]));
}
test('no source makes markup, code or styles of a string', () => {
    const banned = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\(|new Function|javascript:|srcdoc|setHTML|https?:\/\/(?!www\.w3\.org\/2000\/svg)/;
    for (const file of sources(path.join(web, 'src'))) {
        const match = banned.exec(readFileSync(file, 'utf8'));
        assert.equal(match, null, `${path.relative(root, file)}: ${match?.[0]}`);
    }
    const html = readFileSync(path.join(web, 'src/index.html'), 'utf8');
    assert.ok(!/<style|style=|<script(?![^>]*src=)|\son[a-z]+=/.test(html), 'index.html has something inline');
});

test('lock files name no host', () => {
    for (const file of ['web/package-lock.json', 'tests/web/package-lock.json']) {
        const lock = JSON.parse(readFileSync(path.join(root, file), 'utf8'));
        for (const [name, entry] of Object.entries(lock.packages)) {
            if (name === '') continue;
            assert.equal(entry.resolved, undefined, `${file}: ${name}`);
            assert.ok(entry.integrity, `${file}: ${name}`);
        }
    }
});

await runAll({only: process.argv[2]});
