// SPDX-License-Identifier: MIT
// The page in Chromium, against the program itself: node program.mjs [words of a test's name]
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {answers, assertShows, browser, chooseFilter, dragBrush, idle, lastAsked, measureOf, nothingWrong, open, rankBy, runPageTests, screen, Server, watch} from './common.mjs';
import {test} from './harness.mjs';

const program = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dunlin');
const scratch = mkdtempSync(path.join(tmpdir(), 'dunlin-page-'));
process.on('exit', () => rmSync(scratch, {recursive: true, force: true}));
const sample = path.join(scratch, 'sample.jsonl');
execFileSync(program, ['gen', '--lines', '12000', '--out', sample]);

const serve = (...args) => Server.start(program, 'serve', '--quiet', '--port', '0', ...args);

async function ended(server) {
    for (let i = 0; i < 300; i++) {
        if ((await server.get('stats')).data.source.state === 'ended') return;
        await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error('the replay does not end');
}
// The page at rest shows the last epoch.
async function caughtUp(page, server) {
    const {meta} = await server.get('stats');
    await page.waitForFunction((n) => document.querySelector('[data-field=epoch]').textContent.replaceAll(',', '') === String(n), meta.epoch);
    return meta.epoch;
}

// All epochs as another client of the stream sees them: what each showed, by number.
function record(server) {
    const epochs = new Map(), state = {}, controller = new AbortController();
    const reading = (async () => {
        const response = await fetch(`${server.url}api/v1/stream?topics=board,stats&window=all`, {headers: {accept: 'application/x-ndjson'}, signal: controller.signal});
        let rest = '';
        for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
            const lines = (rest + part).split('\n');
            rest = lines.pop();
            for (const line of lines.filter((l) => l !== '')) {
                const {event, id, data} = JSON.parse(line);
                state[event] = data;
                if (id && state.stats && state.board) epochs.set(Number(id.split('-')[1]), {...state});
            }
        }
    })().catch(() => {});
    return {epochs, stop: async () => { controller.abort(); await reading; }};
}

test('while a replay runs, the numbers on screen are those of the epoch on screen', async () => {
    const server = await serve('--speed', '3000', sample), recording = record(server), page = await open(server.url);
    const looks = [];
    for (let i = 0; i < 40; i++) {
        looks.push(await screen(page));
        await page.waitForTimeout(400);
    }
    await page.waitForTimeout(300);
    await recording.stop();
    const seen = new Map(looks.map((look) => [look.epoch, look]));
    let same = 0;
    for (const [epoch, look] of seen) {
        const expected = recording.epochs.get(epoch);
        if (!expected) continue; // An epoch that this client was given as part of a later one.
        assertShows(look, {stats: {data: expected.stats}, authors: {data: expected.board.authors}, tweets: {data: expected.board.tweets}});
        same++;
    }
    assert.ok(seen.size >= 8 && same >= 5, `${seen.size} epochs on screen, ${same} of them recorded`);
    nothingWrong();
});

test('after a replay every number, list and range is the API\'s', async () => {
    const server = await serve(sample), page = await open(server.url);
    await ended(server);
    await caughtUp(page, server);
    assert.equal(await page.textContent('.state'), 'Replay ended');
    assertShows(await screen(page), await answers(server));
    for (const sort of ['responses', 'retweets', 'replies', 'reception', 'influence']) {
        await rankBy(page, sort);
        await idle(page);
        const {stats, authors, tweets} = await answers(server, {sort});
        assertShows(await screen(page), {stats, authors, tweets}, sort);
    }
    for (const [label, window] of [['5m', '5m'], ['15m', '15m'], ['1h', '1h'], ['6h', '6h'], ['24h', '24h']]) {
        await page.click(`.segments button >> text="${label}"`);
        await idle(page);
        const shown = await screen(page), expected = await answers(server, {window});
        if (expected.map.data.id.length === 0) delete expected.map; // Says so in words.
        assertShows(shown, expected);
    }
    await page.click('.segments button >> text="All"');
    await dragBrush(page, 0.2, 0.4);
    await idle(page);
    const {start, end} = lastAsked(page, 'map');
    assertShows(await screen(page), await answers(server, {start, end}));
    await chooseFilter(page, 'lang', 'es');
    await idle(page);
    assertShows(await screen(page), await answers(server, {start, end, lang: 'es'}));
    nothingWrong();
});

test('timeline, cleaning, explanations and an author\'s card come from the program', async () => {
    const server = await serve(sample), page = await open(server.url);
    await ended(server);
    await caughtUp(page, server);
    const {data: bad} = await server.get('cleaning');
    assert.equal(await page.locator('.bad tbody tr').count(), bad.length);
    await page.fill('.ask input', 'London, UK');
    await page.press('.ask input', 'Enter');
    await page.waitForSelector('.answer');
    assert.match(await page.textContent('.answer'), /^London, GB/);
    const {geocoder} = (await server.get('locations/explain', {text: 'London, UK'})).data;
    assert.ok((await page.textContent('.answer details')).includes(geocoder.reasons[0]));
    const top = (await server.get('authors/top')).data[0], detail = (await server.get(`authors/${top.id}`)).data;
    await page.click(`.authors li[data-key="${top.id}"] .row`);
    await page.waitForSelector('.card .numbers');
    const numbers = await page.evaluate(() => [...document.querySelectorAll('.card .numbers [data-value]')].map((n) => Number(n.dataset.value)));
    assert.deepEqual(numbers, [detail.influence, detail.responses, detail.responders, detail.followers]);
    nothingWrong();
});

test('each board, filter and card is the program\'s, and the replay is steered', async () => {
    const server = await serve(sample), page = await open(server.url);
    await ended(server);
    await caughtUp(page, server);
    for (const [board, sorts] of [['places', ['influence', 'recent_6h']], ['origins', ['responses', 'reception']], ['hashtags', ['responses']], ['links', ['influence']], ['languages', ['responders', 'controversy']], ['authors', ['recent_1h', 'controversy']]]) {
        await page.click(`.board-tabs >> text="${board[0].toUpperCase()}${board.slice(1)}"`);
        for (const sort of sorts) {
            await rankBy(page, sort);
            await idle(page);
            const {data} = await server.get(`${board}/top`, {sort});
            const shown = await page.evaluate((name) => [...document.querySelectorAll(`.${name} li`)].map((li) => ({key: li.dataset.key, value: Number(li.querySelector('.value .num').dataset.value)})), board);
            assert.deepEqual(shown, data.map((row) => ({key: row.id ?? row.tag ?? row.url ?? row.lang, value: measureOf(row, sort)})), `${board} by ${sort}`);
        }
    }
    await rankBy(page, 'influence');
    await page.click('.board-tabs >> text="Places"');
    await page.waitForSelector('.places .row');
    await idle(page);
    const place = (await server.get('places/top')).data[0].id;
    await page.click('.places .row >> nth=0');
    await page.click('.board-tabs >> text="Authors"');
    await chooseFilter(page, 'located', 'true');
    await page.click('.opens');
    await page.check('.filter-form fieldset label:nth-of-type(2) input');
    await page.keyboard.press('Escape');
    await idle(page);
    assertShows(await screen(page), await answers(server, {place, located: 'true', kind: 'reply'}));
    await page.click('.chips .link');
    await idle(page);
    await page.click('.authors .more');
    await page.waitForFunction(() => document.querySelectorAll('.authors li').length === 50);
    const {id} = (await server.get('tweets/top')).data[0], {data} = await server.get(`tweets/${id}`);
    await page.click(`.tweets li[data-key="${id}"] .row`);
    await page.waitForSelector('.card .terms');
    const card = await page.evaluate(() => ({
        weights: [...document.querySelectorAll('.card .terms tbody tr')].map((tr) => Number(tr.lastChild.querySelector('[data-value]').dataset.value)),
        places: [...document.querySelectorAll('.card .their-places [data-value]')].map((n) => Number(n.dataset.value)), marks: document.querySelectorAll('.card mark').length,
    }));
    assert.deepEqual(card.weights, data.terms.influence.map((t) => t.weight));
    assert.deepEqual(card.places, data.responses_by_place.slice(0, 6).map((p) => p.responses));
    assert.ok(data.words.length === 0 || card.marks > 0);
    await page.click('[aria-label="Lines"]');
    await page.waitForSelector('[data-outcome=accepted]');
    const {outcomes} = (await server.get('accounting')).data;
    for (const [name, n] of Object.entries(outcomes)) assert.equal(Number(await page.getAttribute(`[data-outcome=${name}]`, 'data-value')), n);
    await page.click('[aria-label="Dataflow"]');
    await page.waitForSelector('.stage');
    nothingWrong();
});

test('a replay is paused, set to another speed and sent forward from the page', async () => {
    const server = await serve('--speed', '60', sample), page = await browser.newPage();
    page.asked = [];
    watch(page, server.url);
    await page.goto(server.url);
    const state = async () => (await server.get('replay')).data;
    await page.click('[aria-label="Pause"]');
    await page.waitForSelector('[aria-label="Play"]');
    assert.equal((await state()).state, 'paused');
    await page.selectOption('[aria-label="Speed"]', '0.1');
    await page.waitForFunction(() => document.querySelector('.progress .of').textContent.includes('0.1×'));
    assert.equal((await state()).speed, 0.1);
    await page.click('[aria-label="Play"]');
    await page.waitForSelector('[aria-label="Pause"]');
    const from = Date.parse((await state()).position);
    await page.click('[aria-label="Forward"]');
    await page.click('.forward .steps button >> text="6 h"');
    await page.waitForFunction((ms) => Date.parse(document.querySelector('.as-of time').dateTime) >= ms, from + 5 * 3600000);
    assert.ok(Date.parse((await state()).position) - from >= 6 * 3600000);
    nothingWrong();
});

test('moods of all texts are the program\'s, and so is what the page exports', async () => {
    const server = await serve(sample), page = await open(server.url);
    await ended(server);
    await caughtUp(page, server);
    await rankBy(page, 'reception');
    await page.selectOption('.moods-of', 'all');
    await idle(page);
    assertShows(await screen(page), await answers(server, {sort: 'reception', sentiment: 'all'}), 'reception');
    await page.click('[aria-label=Export]');
    await page.waitForSelector('.export-form a');
    const links = await page.evaluate(() => [...document.querySelectorAll('.export-form a')].map((a) => a.href));
    for (const link of links) {
        const response = await fetch(link), {what, format} = Object.fromEntries(new URL(link).searchParams), text = await response.text();
        assert.equal(response.status, 200, link);
        assert.ok(response.headers.get('content-disposition').includes(`dunlin-${what}.${format}`), link);
        if (what !== 'authors' || format !== 'jsonl') continue;
        const rows = text.trim().split('\n').map((line) => JSON.parse(line)), shown = (await screen(page)).authors;
        assert.deepEqual(rows.slice(0, 10).map((row) => row.id), shown.map((a) => a.id));
    }
    nothingWrong();
});

test('a recording beside a source that is pushed to is steered, and both are told of', async () => {
    const secret = path.join(scratch, 'push.token');
    writeFileSync(secret, 'a-secret-for-this-test-alone\n', {mode: 0o600});
    const server = await serve('--speed', '60', '--push-token-file', secret, sample), page = await browser.newPage();
    page.asked = [];
    watch(page, server.url);
    await page.goto(server.url);
    await page.waitForFunction(() => document.querySelector('.progress .detail')?.textContent === 'files + push');
    await page.click('[aria-label="Pause"]');
    await page.waitForSelector('[aria-label="Play"]');
    assert.equal((await server.get('replay')).data.state, 'paused');
    await page.click('[aria-label^="Sources and health"]');
    await page.waitForSelector('[data-source=push]');
    await page.waitForFunction(() => document.querySelector('[data-source=files] .state-words').textContent === 'Paused');
    nothingWrong();
});

test('the program defines all that the page explains, and tells of its source', async () => {
    const server = await serve(sample), page = await open(server.url);
    await ended(server);
    await caughtUp(page, server);
    const {data} = await server.get('definitions'), known = new Map(data.map((d) => [d.name, d]));
    const module = readFileSync(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../web/src/definitions.ts'), 'utf8');
    const names = [...module.slice(module.indexOf('const names'), module.indexOf('as const')).matchAll(/: '([^']+)'/g)].map((match) => match[1]);
    assert.ok(names.length >= 20);
    for (const name of names) assert.ok(known.has(name), `${name} is not defined by the program`);
    await page.click('.authors .what');
    await page.waitForSelector('.meaning strong');
    const shown = await page.evaluate(() => [...document.querySelectorAll('.meaning [data-term]')].map((e) => e.textContent));
    const wanted = ['responses', 'influence'].map((name) => known.get(name)).map((d) => `${d.title} ${d.meaning}${d.formula ?? ''}`);
    for (const words of wanted) assert.ok(shown.includes(words), `${words} is not among ${shown}`);
    await page.click('[aria-label^="Sources and health"]');
    await page.waitForSelector('[data-source=files]');
    await page.waitForFunction(() => document.querySelector('[data-source=files] .state-words').textContent === 'Replay ended');
    assert.match(await page.textContent('.journal'), /^In memory only/);
    nothingWrong();
});

test('what is noted while a page is open is marked on it, and goes when it is taken away', async () => {
    const token = path.join(scratch, 'notes-token');
    writeFileSync(token, 'notes-secret-1\n', {mode: 0o600});
    const server = await serve('--push-token-file', token, sample), page = await open(server.url);
    const {newest} = (await server.get('stats')).data, authorization = 'Bearer notes-secret-1', text = '<b>goal</b> & more';
    const made = await fetch(`${server.url}api/v1/annotations`, {method: 'POST', headers: {authorization, 'content-type': 'application/json'}, body: JSON.stringify({at: newest, text})});
    assert.equal(made.status, 200);
    const {id} = (await made.json()).data;
    await page.waitForSelector(`.mark[data-note="${id}"]`);
    assert.ok((await page.getAttribute('.mark', 'aria-label')).endsWith(` UTC: ${text}`));
    assert.equal((await fetch(`${server.url}api/v1/annotations/${id}`, {method: 'DELETE', headers: {authorization}})).status, 200);
    await page.waitForFunction(() => !document.querySelector('.mark'));
    nothingWrong();
});

const HOSTILE = ['<img src=x onerror=alert(1)>', '"><script>alert(2)</script>', "'-alert(3)-'", 'javascript:alert(4)', '<svg/onload=alert(5)>', '&lt;b&gt;', '\u202Eevil\u202C',
                 '</title><iframe srcdoc="<script>alert(6)</script>">', '${alert(7)}', '{{7*7}}'];
// A conversation in which every field that a person can write is hostile.
function hostileLines() {
    const lines = [], at = (n) => new Date(Date.UTC(2012, 6, 4, 12, 0, n)), twitterDate = (date) => `${date.toUTCString().slice(0, 3)} Jul 04 ${date.toISOString().slice(11, 19)} +0000 2012`;
    const user = (n, text) => ({id: n, id_str: String(n), name: text, screen_name: text, location: text, description: text, followers_count: 500, friends_count: 1, statuses_count: 10, url: text, lang: 'en'});
    let id = 900000, second = 0;
    HOSTILE.forEach((text, i) => {
        const author = user(100 + i, text), own = id++;
        const original = {created_at: twitterDate(at(second++)), id: own, id_str: String(own), text: `${text} I love this ${text}`, user: author, lang: 'en', entities: {hashtags: [{text}], urls: [], user_mentions: []}, source: text};
        lines.push(original);
        for (let k = 0; k < 10 - i / 2; k++) {
            const other = id++, by = user(1000 + 50 * i + k, text);
            lines.push({created_at: twitterDate(at(second++)), id: other, id_str: String(other), text: `${text} great`, user: by, lang: 'en', in_reply_to_status_id: own, in_reply_to_status_id_str: String(own), in_reply_to_user_id: author.id, entities: {}});
        }
    });
    return lines.map((line) => JSON.stringify(line)).join('\n') + '\n';
}

test('hostile names, locations and texts stay text all the way from the file', async () => {
    const file = path.join(scratch, 'hostile.jsonl'), places = path.join(scratch, 'places.tsv');
    writeFileSync(file, hostileLines());
    writeFileSync(places, HOSTILE.map((text, i) => `${text}\t${40 + i}\t${i * 5}\t0.04\n`).join(''));
    const server = await serve('--places', places, file);
    await ended(server);
    const page = await open(server.url);
    await page.evaluate(() => {
        globalThis.violations = [];
        document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(event.violatedDirective));
    });
    const {authors} = await answers(server), shown = await screen(page);
    assert.equal(authors.data.length, 10);
    const unturned = (text) => text.replace(/[\u202A-\u202E]/g, '');
    assert.deepEqual(shown.authors.map((a) => a.name), authors.data.map((a) => unturned(a.name)));
    assert.ok(shown.authors.some((a) => a.name === HOSTILE[0]) && shown.tweets.some((t) => t.words.includes(HOSTILE[0])));
    assert.ok(shown.tweets.some((t) => t.words.startsWith('<b>')), 'entities of a text are decoded once');
    for (const a of authors.data) {
        await page.click(`.authors li[data-key="${a.id}"] .row`);
        await page.waitForFunction((name) => document.querySelector('.card h2')?.textContent === name, unturned(a.name));
    }
    for (const text of HOSTILE.slice(0, 3)) {
        await page.fill('.ask input', text);
        await page.press('.ask input', 'Enter');
        await page.waitForSelector('.answer');
        await page.click('[aria-label="Back to the list"]');
    }
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => document.querySelectorAll('#app img, #app script, #app style, #app iframe, #app [onerror], #app [onload]').length), 0);
    assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
    nothingWrong();
});

test('the page comes back after the program was restarted', async () => {
    let server = await serve(sample);
    await ended(server);
    const {port} = server, page = await open(server.url);
    page.offline = true; // Failed requests are logged as errors by the browser.
    await server.stop();
    await page.waitForFunction(() => /^Reconnecting in \d+ s$/.test(document.querySelector('.state').textContent));
    server = await Server.start(program, 'serve', '--quiet', '--port', port, sample);
    await ended(server);
    await page.waitForFunction(() => document.querySelector('.state').textContent === 'Replay ended', null, {timeout: 20000});
    await caughtUp(page, server);
    assertShows(await screen(page), await answers(server));
});

await runPageTests();
