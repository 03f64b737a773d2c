// SPDX-License-Identifier: MIT
// The page in Chromium, against the stand-in server: node page.mjs [words of a test's name]
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {launch} from './browser.mjs';
import {answers, assertShows, browser, chooseFilter, dragBrush, idle, lastAsked, measureOf, nothingWrong, open, rankBy, runPageTests, screen, Server, settle, watch, hasFocus, isLive} from './common.mjs';
import {test} from './harness.mjs';

const mockProgram = path.join(path.dirname(fileURLToPath(import.meta.url)), 'mock/server.mjs');
class Mock extends Server {
    static start(...options) { return super.start(process.execPath, mockProgram, '--hours', '3', ...options); }
    async steer(verb, params = {}) { return (await fetch(`${this.url}mock/${verb}?${new URLSearchParams(params)}`)).json(); }
}

test('numbers on screen are the API\'s, epoch by epoch', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    for (let i = 0; i < 6; i++) {
        const {epoch} = await mock.steer('step', {ms: 40000 * (i + 1)});
        await settle(page, epoch);
        assertShows(await screen(page), await answers(mock));
    }
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('numbers on screen are the API\'s while a replay runs', async () => {
    const mock = await Mock.start('--tick', '1600'), page = await open(mock.url);
    let same = 0;
    for (let i = 0; i < 60 && same < 5; i++) {
        const before = await answers(mock), shown = await screen(page), after = await mock.get('stats');
        const {epoch} = before.stats.meta;
        if (shown.epoch === epoch && after.meta.epoch === epoch && before.map.meta.epoch === epoch) {
            assertShows(shown, before);
            same++;
        }
        await page.waitForTimeout(300);
    }
    assert.ok(same >= 5, `only ${same} looks at the same epoch`);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('each epoch is shown whole: the epoch, the totals and the boards change together', async () => {
    const mock = await Mock.start('--tick', '300'), page = await open(mock.url);
    const seen = await page.evaluate(() => new Promise((done) => {
        const looks = [];
        const observer = new MutationObserver(() => looks.push([document.querySelector('[data-field=epoch]').textContent, document.querySelector('.figure [data-value]').dataset.value]));
        observer.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
        setTimeout(() => { observer.disconnect(); done(looks); }, 5000);
    }));
    const byEpoch = new Map();
    for (const [epoch, tweets] of seen) byEpoch.set(epoch, (byEpoch.get(epoch) ?? new Set()).add(tweets));
    assert.ok(byEpoch.size >= 3, `${byEpoch.size} epochs in 5 s`);
    assert.ok(byEpoch.size <= 8, `without a GPU one update a second, not ${byEpoch.size} in 5 s`);
    for (const [epoch, values] of byEpoch) assert.equal(values.size, 1, `epoch ${epoch} showed ${[...values]}`);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('hostile strings stay text: no element, no dialog, no violation, no foreign request', async () => {
    const mock = await Mock.start('--hostile', '--paused'), page = await open(mock.url);
    await page.evaluate(() => {
        globalThis.violations = [];
        document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    await mock.steer('step');
    const {authors} = await answers(mock);
    const hostileOne = authors.data.findIndex((a) => a.name.includes('<img'));
    assert.ok(hostileOne >= 0, 'the stand-in has a hostile author on the board');
    const shown = await screen(page);
    assert.ok(shown.authors.some((a) => a.name === '<img src=x onerror=alert(1)>'));
    for (let i = 0; i < 10; i++) {
        await page.hover(`.authors li:nth-child(${i + 1}) .row`);
        await page.waitForFunction((id) => document.querySelector('.card .numbers') && document.querySelector(`.authors li[data-key="${id}"] [data-focus]`), authors.data[i].id);
    }
    await page.click(`.authors li:nth-child(${hostileOne + 1}) .row`);
    await page.waitForFunction(() => document.querySelector('.card h2')?.textContent === '<img src=x onerror=alert(1)>');
    assert.match(await page.textContent('.card .where'), /<img src=x onerror=alert\(1\)>/);
    await page.waitForFunction(() => document.querySelector('.cleaning td.place'));
    assert.match(await page.textContent('.cleaning td.place'), /^<img src=x onerror=alert\(1\)>/);
    await page.fill('.ask input', '<img src=x onerror=alert(1)>');
    await page.press('.ask input', 'Enter');
    await page.waitForSelector('.answer');
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => document.querySelectorAll('#app img, #app script, #app style, #app iframe, #app [onerror]').length), 0);
    assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('entities in a tweet are decoded once', async () => {
    const mock = await Mock.start('--paused', '--entities'), page = await open(mock.url);
    const {words} = (await screen(page)).tweets[0];
    assert.equal(words, 'Fish & chips <b>not bold</b> and &lt; as written');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('the brush sets the time of map and boards, and clearing it goes back', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    const all = await screen(page);
    const asked = page.asked.length;
    await dragBrush(page, 0.3, 0.55);
    await idle(page);
    const rounds = page.asked.slice(asked).filter((r) => r.includes('authors/top')).length;
    assert.ok(rounds >= 1 && rounds <= 12, `${rounds} rounds of questions while dragging`);
    const {start, end} = lastAsked(page, 'authors/top');
    assert.ok(Date.parse(start) % 60000 === 0 && Date.parse(end) % 60000 === 0 && start < end, `${start} ${end}`);
    assert.deepEqual(lastAsked(page, 'map'), {start, end});
    const shown = await screen(page), expected = await answers(mock, {start, end});
    assertShows(shown, expected);
    assert.notDeepEqual(shown.authors, all.authors, 'the range has another board');
    assert.match(await page.textContent('.authors .scope'), /^4 Jul, \d\d:\d\d–\d\d:\d\d UTC$/);

    const handle = page.locator('.handle.end');
    await handle.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await idle(page);
    assert.equal(Date.parse(lastAsked(page, 'authors/top').end) - Date.parse(end), 11 * 60000);
    assertShows(await screen(page), await answers(mock, {start, end: lastAsked(page, 'authors/top').end}));

    await page.mouse.move(5, 5);
    await page.click('.chosen .link');
    assert.deepEqual((await screen(page)).authors, all.authors);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('a window that ends now is asked again as tweets arrive', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await page.click('.segments button >> text="15m"');
    for (let i = 0; i < 3; i++) {
        const {epoch} = await mock.steer('step', {ms: 120000});
        await settle(page, epoch);
        await idle(page);
        assertShows(await screen(page), await answers(mock, {window: '15m'}));
    }
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('sort and language are asked of the server and shown as it answers', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    for (const sort of ['responses', 'retweets', 'replies', 'reception', 'influence']) {
        await rankBy(page, sort);
        await idle(page);
        const {stats, authors, tweets} = await answers(mock, {sort});
        assertShows(await screen(page), {stats, authors, tweets}, sort);
    }
    await chooseFilter(page, 'lang', 'es');
    await idle(page);
    assertShows(await screen(page), await answers(mock, {lang: 'es'}));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('rows move to their new rank, and do not where motion is unwanted', async () => {
    const mock = await Mock.start('--paused');
    for (const reducedMotion of ['no-preference', 'reduce']) {
        const page = await open(mock.url, {reducedMotion});
        await page.evaluate(() => {
            globalThis.moves = 0;
            const animate = Element.prototype.animate;
            Element.prototype.animate = function (...args) { globalThis.moves++; return animate.apply(this, args); };
        });
        await rankBy(page, 'reception');
        await page.waitForTimeout(800);
        const moves = await page.evaluate(() => globalThis.moves);
        assert.ok(reducedMotion === 'reduce' ? moves === 0 : moves > 0, `${reducedMotion}: ${moves} moves`);
        await page.context().close();
    }
    await mock.stop();
    nothingWrong();
});

test('the theme follows the system, can be changed, and stays changed', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url, {colorScheme: 'dark'});
    const look = () => page.evaluate(() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]);
    const dark = await look();
    assert.equal(dark[0], 'dark');
    await page.click('[aria-label="Change theme"]');
    const light = await look();
    assert.equal(light[0], 'light');
    assert.notEqual(light[1], dark[1]);
    await page.reload();
    await page.waitForSelector('.authors .row');
    assert.equal((await look())[0], 'light');
    const other = await open(mock.url, {colorScheme: 'light'});
    assert.equal(await other.evaluate(() => document.documentElement.dataset.theme), 'light');
    await page.context().close();
    await other.context().close();
    await mock.stop();
    nothingWrong();
});

test('on a small screen one panel shows at a time, and nothing is wider than the screen', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url, {viewport: {width: 390, height: 844}, hasTouch: true});
    const shown = () => page.evaluate(() => ['map', 'timeline', 'authors', 'tweets', 'cleaning', 'dataflow'].filter((name) => (document.querySelector(`section.${name}`)?.offsetHeight ?? 0) > 0));
    const expected = {Map: ['map', 'timeline'], Boards: ['authors'], Cleaning: ['cleaning'], Works: ['dataflow']};
    for (const [label, panels] of Object.entries(expected)) {
        await page.tap(`.tabs button >> text="${label}"`);
        assert.deepEqual(await shown(), panels);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight));
        const wide = await page.evaluate((name) => document.querySelector(`section.${name}`).getBoundingClientRect().width, panels[0]);
        assert.ok(wide > 350, `${label}: ${wide} px wide`);
    }
    await page.tap('.tabs button >> text="Boards"');
    await page.tap('.board-tabs >> text="Tweets"');
    assert.deepEqual(await shown(), ['tweets']);
    await page.tap('.tweets .row >> nth=2');
    await page.waitForSelector('.card .numbers');
    const small = await page.evaluate(() => [...document.querySelectorAll('button, select, input')].filter((b) => !b.closest('.scroll table') && b.offsetWidth > 0 && (b.offsetHeight < 24 || b.offsetWidth < 24) && !b.classList.contains('link')).length);
    assert.equal(small, 0, 'targets are 24 pixels at least');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('the page says when it reconnects, does so after a restart of the server, and is right again', async () => {
    let mock = await Mock.start('--paused');
    const {port} = mock, page = await open(mock.url);
    page.offline = true; // Failed requests are logged as errors by the browser.
    await mock.stop();
    await page.waitForFunction(() => /^Reconnecting in \d+ s$/.test(document.querySelector('.state').textContent));
    mock = await Mock.start('--paused', '--port', port, '--seed', '5');
    await page.waitForFunction(() => document.querySelector('.connection').classList.contains('live'), null, {timeout: 20000});
    page.offline = false;
    await idle(page);
    await settle(page, (await mock.get('stats')).meta.epoch);
    assertShows(await screen(page), await answers(mock));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('everything can be reached and used by keyboard', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    const focus = () => page.evaluate(() => {
        const at = document.activeElement, style = at.tagName === 'CANVAS' ? getComputedStyle(at.parentElement, '::after') : getComputedStyle(at);
        return {what: at.closest('[data-key]')?.dataset.key ?? at.getAttribute('aria-label') ?? at.textContent.slice(0, 30) ?? at.tagName, outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
    });
    const seen = [];
    for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(() => document.activeElement === document.body)) break;
        const now = await focus();
        seen.push(now.what);
        assert.ok(now.outline, `no outline on ${now.what}`);
    }
    for (const what of ['Globe', 'Change theme', 'Zoom in', 'All', 'Ask about a location', 'Removed places']) assert.ok(seen.includes(what), `${what} is not among ${seen}`);
    const {authors} = await answers(mock);
    assert.ok(authors.data.every((a) => seen.includes(a.id)));
    await page.focus('.authors li:nth-child(3) .row');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Shift+Tab');
    await page.waitForFunction(() => document.querySelector('.card h2'));
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card.pinned');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !document.querySelector('.card'));
    await page.click('.segments button >> text="1h"');
    await page.focus('.handle.start');
    await page.keyboard.press('PageDown');
    await page.waitForFunction(() => document.querySelector('[data-field=range]'));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('pointing at a circle shows its author, a press keeps it, and lines go to responders', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await page.waitForTimeout(1500);
    const box = await page.locator('.map-view').boundingBox();
    let found = null;
    for (let x = 0.2; x < 0.95 && !found; x += 0.01) {
        await page.mouse.move(box.x + x * box.width, box.y + 0.35 * box.height);
        await page.waitForTimeout(20);
        found = await page.evaluate(() => document.querySelector('.card') !== null) ? x : null;
    }
    assert.ok(found, 'no circle on the row of the northern cities');
    await page.waitForSelector('.card .numbers');
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForSelector('.card.pinned');
    const top = (await mock.get('authors/top')).data[0];
    await page.keyboard.press('Escape');
    await page.mouse.move(5, 5);
    const ink = () => page.evaluate(() => {
        const canvas = document.querySelector('.overlay'), data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let n = 0;
        for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n++;
        return n;
    });
    await page.waitForTimeout(200);
    const labelsOnly = await ink();
    assert.ok(labelsOnly > 1000, 'names of places are drawn');
    await page.click(`.authors li[data-key="${top.id}"] .row`);
    await page.waitForSelector('.card .numbers');
    let withLines = 0;
    for (let i = 0; i < 20 && withLines < labelsOnly * 1.5; i++) {
        await page.waitForTimeout(200);
        withLines = await ink();
    }
    assert.ok(withLines > labelsOnly * 1.5, `lines are drawn: ${labelsOnly} pixels before, ${withLines} after`);
    const numbers = await page.evaluate(() => [...document.querySelectorAll('.card .numbers [data-value]')].map((n) => Number(n.dataset.value)));
    const detail = (await mock.get(`authors/${top.id}`)).data;
    assert.deepEqual(numbers, [detail.influence, detail.responses, detail.responders, detail.followers]);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('what the cleaning removed is the API\'s list, and it explains a location', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await page.waitForSelector('.cleaning td.place');
    const rows = await page.evaluate(() => [...document.querySelectorAll('.bad tbody tr')].map((tr) => [...tr.children].map((td) => td.textContent)));
    const {data} = await mock.get('cleaning');
    assert.deepEqual(rows, data.map((p) => [`${p.name} ${p.country}`, String(p.round), String(p.authors), String(p.speakers), p.responses.toLocaleString('en')]));
    await page.click('.cleaning td.place .link >> nth=2');
    await page.waitForSelector('.answer');
    assert.match(await page.textContent('.answer'), /Everywhere, GB.*bad.*Removed in round 2/s);
    await page.click('[aria-label="Back to the list"]');
    await page.fill('.ask input', 'nowhere at all');
    await page.click('.ask button');
    await page.waitForSelector('.answer');
    assert.match(await page.textContent('.answer'), /names no place/);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('with a GPU dots run along the lines, four updates a second are shown, and nothing breaks', async () => {
    const mock = await Mock.start('--tick', '100'), context = await browser.newContext({viewport: {width: 1000, height: 700}});
    await context.addInitScript(() => { // As a browser on a machine with a GPU says.
        const ask = WebGL2RenderingContext.prototype.getParameter;
        WebGL2RenderingContext.prototype.getParameter = function (name) { return name === 0x9246 ? 'ANGLE (A GPU)' : ask.call(this, name); };
    });
    const page = await context.newPage();
    watch(page, mock.url);
    await page.goto(mock.url);
    await page.waitForSelector('.authors .row');
    assert.equal(await page.evaluate(() => document.querySelector('.page').classList.contains('light')), false);
    const shown = await page.evaluate(() => new Promise((done) => {
        const epochs = new Set(), timer = setInterval(() => epochs.add(document.querySelector('[data-field=epoch]').textContent), 20);
        setTimeout(() => { clearInterval(timer); done(epochs.size); }, 4000);
    }));
    assert.ok(shown >= 5 && shown <= 18, `${shown} epochs in 4 s`);
    await page.evaluate(() => document.querySelector('.authors .row').click());
    await page.waitForSelector('.card .numbers');
    await mock.steer('pause');
    await page.waitForTimeout(1500);
    const look = () => page.evaluate(() => document.querySelector('.overlay').toDataURL());
    const first = await look();
    await page.waitForTimeout(300);
    assert.notEqual(await look(), first, 'dots run');
    nothingWrong();
});

test('tabs share one stream, and another takes over when the first closes', async () => {
    const mock = await Mock.start('--paused'), first = await open(mock.url), context = first.context();
    const others = [];
    for (let i = 0; i < 3; i++) {
        const page = await context.newPage();
        watch(page, mock.url);
        await page.goto(mock.url);
        await page.waitForSelector('.authors .row');
        others.push(page);
    }
    let counts = await mock.steer('step');
    assert.equal(counts.clients, 1);
    for (const page of others) {
        await settle(page, counts.epoch);
        assertShows(await screen(page), await answers(mock));
    }
    await first.close();
    await others[0].waitForTimeout(1500);
    counts = await mock.steer('step');
    assert.equal(counts.clients, 1);
    for (const page of others) await settle(page, counts.epoch);
    await context.close();
    await mock.stop();
    nothingWrong();
});

test('without WebGL2 the map is drawn on a plain canvas and says so', async () => {
    const mock = await Mock.start('--paused'), plain = await launch({webgl: false}), page = await open(mock.url, {}, plain);
    await page.waitForTimeout(1500);
    assert.match(await page.textContent('.map-note'), /drawn without WebGL2/);
    const colours = await page.evaluate(() => {
        const canvas = document.querySelector('.base'), data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data, seen = new Set();
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
        return seen.size;
    });
    assert.ok(colours > 20, `${colours} colours on the map`);
    assert.equal(await page.locator('[aria-label="Globe"]').count(), 0);
    await page.keyboard.press('Tab');
    await plain.close();
    await mock.stop();
    nothingWrong();
});

test('the globe shows, turns and goes back to the flat map', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await page.waitForTimeout(1000);
    const picture = async () => (await page.locator('.map-view').screenshot()).toString('base64');
    const flat = await picture();
    await page.click('[aria-label="Globe"]');
    await page.waitForTimeout(1000);
    const globe = await picture();
    assert.notEqual(globe, flat);
    const box = await page.locator('.map-view').boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.6);
    await page.mouse.down();
    for (let i = 0; i < 8; i++) await page.mouse.move(box.x + box.width * (0.5 + i / 60), box.y + box.height * 0.6);
    await page.mouse.up();
    await page.mouse.move(5, 5);
    await page.waitForTimeout(800);
    assert.notEqual(await picture(), globe);
    await page.click('[aria-label="Globe"]');
    await page.waitForTimeout(800);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('the answers of a refused question are said in the server\'s words', async () => {
    const mock = await Mock.start('--paused', '--refuse', 'authors/top'), page = await open(mock.url);
    page.offline = true;
    await rankBy(page, 'replies');
    await page.waitForSelector('.problem');
    assert.equal(await page.textContent('.problem'), 'two scans are under way: ask again');
    await rankBy(page, 'influence');
    await page.waitForFunction(() => !document.querySelector('.problem') && document.querySelectorAll('.authors .row').length === 10);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

// The card's own words: everything that a person reads there, without the popovers.
const card = (page) => page.evaluate(() => ({
    title: document.querySelector('#card-title')?.textContent, text: document.querySelector('.card .text')?.textContent,
    marks: [...document.querySelectorAll('.card mark')].map((m) => [m.firstChild.textContent, m.querySelector('.valence').textContent]),
    numbers: [...document.querySelectorAll('.card .numbers [data-value]')].map((n) => Number(n.dataset.value)),
    terms: [...document.querySelectorAll('.card .terms tbody tr')].map((tr) => [tr.querySelector('button').textContent, Number(tr.lastChild.querySelector('[data-value]').dataset.value)]),
    places: [...document.querySelectorAll('.card .their-places li')].map((li) => [li.querySelector('.link').firstChild.textContent, Number(li.querySelector('[data-value]').dataset.value)]),
    columns: document.querySelectorAll('.card .time-bars rect').length, focused: document.querySelector('.card')?.contains(document.activeElement) ?? false,
}));
const closed = (page) => page.waitForFunction(() => !document.querySelector('.card'));

test('a tweet\'s card tells its scored words, the terms of its influence, when and whence it was answered', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    const id = '5001', {data} = await mock.get(`tweets/${id}`), {name, username} = (await mock.get(`authors/${data.author_id}`)).data;
    await page.focus(`.tweets li[data-key="${id}"] .row`);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card .terms');
    const shown = await card(page);
    assert.equal(shown.title, name);
    assert.deepEqual(shown.marks, data.words.filter((w) => w.valence).map((w) => [w.word, `${w.valence < 0 ? '−' : '+'}${Math.abs(w.valence).toFixed(2)}`]));
    assert.ok(shown.marks.length > 0);
    assert.deepEqual(shown.numbers, [data.influence, data.responses, data.responders]);
    assert.deepEqual(shown.terms, data.terms.influence.map((t) => [`@${t.username}`, t.weight]));
    assert.deepEqual(shown.places, data.responses_by_place.slice(0, 6).map((p) => [p.name, p.responses]));
    assert.ok(shown.columns > 10 && shown.focused, 'responses over time are drawn, and the card has the focus');
    await page.click(`.card .pill >> text=About @${username}`);
    await page.waitForFunction((words) => document.querySelector('.card .where') && document.querySelector('#card-title').textContent === words, name);
    await page.keyboard.press('Escape');
    await closed(page);
    assert.equal(await page.evaluate(() => document.activeElement.closest('li')?.dataset.key), id, 'the focus is back on the row');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('an author\'s card shows responses over time and by place, their tweets, and the newest responses by cursor', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url), id = '1000', {data} = await mock.get(`authors/${id}`);
    await page.click(`.authors li[data-key="${id}"] .row`);
    await page.waitForSelector('.card .their-places');
    assert.deepEqual((await card(page)).places, data.responders_by_place.slice(0, 6).map((p) => [p.name, p.responses]));
    await page.click('.their-responses summary');
    await page.waitForSelector('.their-responses tbody tr');
    await page.click('.their-responses .link >> text="More"');
    await page.waitForFunction(() => document.querySelectorAll('.their-responses tbody tr').length === 20);
    const address = page.url();
    await page.click('.their-tweets button >> nth=1');
    await page.waitForURL((url) => url.href !== address); // Back goes from there.
    await page.waitForFunction((words) => document.querySelector('.card .text')?.textContent.startsWith(words), data.tweets[1].text.slice(0, 8));
    await page.goBack();
    await page.waitForSelector('.card .where');
    await page.click('.card .pill[aria-pressed]');
    await page.waitForSelector('.chip[data-filter=author]');
    await idle(page);
    assertShows(await screen(page), await answers(mock, {author: id}));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('the map opens an author by keyboard, and gives the focus back', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await page.focus('.base');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card.pinned .numbers');
    await page.keyboard.press('Escape');
    await closed(page);
    assert.equal(await page.evaluate(() => document.activeElement.className), 'base');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

const addressed = (page, wanted) => page.waitForFunction((expected) => {
    const {theme, ...now} = Object.fromEntries(new URLSearchParams(location.search));
    return JSON.stringify(Object.entries(now).sort()) === JSON.stringify(Object.entries(expected).sort());
}, wanted);

test('the address tells what one looks at; back, forward and a new tab go there', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    const steps = [
        [{window: '1h'}, () => page.click('.segments button >> text="1h"')],
        [{window: '1h', sort: 'controversy'}, () => rankBy(page, 'controversy')],
        [{window: '1h', sort: 'controversy', board: 'places'}, () => page.click('.board-tabs >> text="Places"')],
        [{window: '1h', sort: 'controversy', board: 'places', lang: 'es'}, () => chooseFilter(page, 'lang', 'es')],
        [{window: '1h', sort: 'controversy', board: 'places', lang: 'es', map: 'table'}, () => page.click('[aria-label="Map as a table"]')],
        [{window: '1h', sort: 'controversy', board: 'places', lang: 'es', map: 'table', view: 'lines'}, () => page.click('[aria-label="Lines"]')],
    ];
    for (const [expected, act] of steps) {
        await act();
        await addressed(page, expected);
    }
    const {url} = {url: page.url()};
    for (const [expected] of steps.slice(0, -1).reverse()) {
        await page.goBack();
        await addressed(page, expected);
    }
    await page.goBack();
    await addressed(page, {});
    await page.waitForSelector('.authors .row');
    await idle(page);
    assertShows(await screen(page), await answers(mock));
    for (let i = 0; i < steps.length; i++) await page.goForward();
    await addressed(page, steps.at(-1)[0]);
    const other = await page.context().newPage();
    watch(other, mock.url);
    await other.goto(url);
    await other.waitForSelector('.lines .outcomes');
    await other.click('[aria-label="Lines"]');
    await other.waitForSelector('.map-table tbody tr');
    await idle(other);
    const {data} = await mock.get('places/top', {window: '1h', sort: 'controversy', lang: 'es'});
    assert.deepEqual(await other.evaluate(() => [...document.querySelectorAll('.places li')].map((li) => li.dataset.key)), data.map((p) => p.id));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('an address of nonsense is passed over', async () => {
    const mock = await Mock.start('--paused');
    const page = await open(`${mock.url}?window=9d&sort=%3Cimg%3E&board=x&view=y&start=no&end=no&kind=a,b&located=perhaps&card=tweet:%3Cb%3E&theme=pink&map=1`);
    await addressed(page, {});
    assertShows(await screen(page), await answers(mock));
    await page.context().close();
    await mock.stop();
});

const rowsOf = (page, name) => page.evaluate((board) => [...document.querySelectorAll(`.${board} li`)].map((li) => ({key: li.dataset.key, value: Number(li.querySelector('.value .num').dataset.value)})), name);
const keyOf = (row) => row.id ?? row.tag ?? row.url ?? row.lang;

for (const board of ['places', 'authors', 'origins', 'hashtags', 'links', 'languages', 'tweets']) {
    const hasAllSorts = board === 'places' || board === 'authors';
    test(`the board of ${board} in ${hasAllSorts ? 'each' : 'another'} order is the API's`, async () => {
        const mock = await Mock.start('--paused'), page = await open(mock.url), sorts = await page.evaluate(() => [...document.querySelector('.rank-by label select').options].map((o) => o.value));
        assert.equal(sorts.length, 11);
        await page.click(`.board-tabs >> text="${board[0].toUpperCase()}${board.slice(1)}"`);
        for (const sort of hasAllSorts ? sorts : ['controversy', 'influence']) {
            await rankBy(page, sort);
            await idle(page);
            const {data} = await mock.get(`${board}/top`, {sort});
            assert.deepEqual(await rowsOf(page, board), data.map((row) => ({key: keyOf(row), value: measureOf(row, sort) ?? 0})), `${board} by ${sort}`);
        }
        await page.context().close();
        await mock.stop();
        nothingWrong();
    });
}

test('more of a board comes by cursor', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await page.click('.board-tabs >> text="Places"');
    await idle(page);
    for (const n of [50, 90]) {
        await page.click('.places .more');
        await page.waitForFunction((count) => document.querySelectorAll('.places li').length === count, n);
    }
    assert.ok(lastAsked(page, 'places/top').cursor, 'by cursor');
    await idle(page);
    const first = await mock.get('places/top', {limit: 50}), second = await mock.get('places/top', {limit: 40, cursor: first.meta.next_token});
    assert.deepEqual((await rowsOf(page, 'places')).map((r) => r.key), [...first.data, ...second.data].map(keyOf));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('a country\'s people: which of its places respond, and how they take it', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await chooseFilter(page, 'country', 'GB');
    await page.click('.board-tabs >> text="Origins"');
    await page.waitForSelector('.origins .row');
    await idle(page);
    assert.equal(await page.textContent('.chip[data-filter=country]'), 'from United Kingdom');
    const {data} = await mock.get('origins/top', {country: 'GB'});
    assert.ok(data.length > 0 && data.every((row) => row.country === 'GB'));
    assert.deepEqual((await rowsOf(page, 'origins')).map((row) => row.key), data.map(keyOf));
    await page.click('.origins .row >> nth=0');
    await idle(page);
    assert.deepEqual(lastAsked(page, 'map'), {window: 'all', country: 'GB', place: data[0].id});
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('filters come by a press on a place, a hashtag, a language or the form, and go by keyboard', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url), expected = {};
    const check = async () => {
        await idle(page);
        assertShows({...await screen(page), authors: []}, {...await answers(mock, expected), authors: {data: []}});
        assert.deepEqual(lastAsked(page, 'map'), {window: 'all', ...expected});
    };
    for (const [board, filter, value] of [['Places', 'place', (row) => row.id], ['Hashtags', 'hashtag', (row) => row.tag.slice(1).toLowerCase()], ['Languages', 'lang', (row) => row.lang]]) {
        await page.click(`.board-tabs >> text="${board}"`);
        await page.waitForSelector(`.${board.toLowerCase()} .row`);
        await idle(page);
        const row = (await mock.get(`${board.toLowerCase()}/top`, expected)).data[0];
        await page.click(`.${board.toLowerCase()} .row >> nth=0`);
        expected[filter] = value(row);
        await page.waitForSelector(`.chip[data-filter=${filter}]`);
        await check();
    }
    for (const [name, value] of [['located', 'true'], ['author', '@priya_garcia86']]) {
        await chooseFilter(page, name, value);
        expected[name] = value;
        await check();
    }
    await page.click('.opens');
    await hasFocus(page, '.filter-form');
    await page.check('.filter-form fieldset label:nth-of-type(2) input');
    await page.check('.filter-form [name=clean]');
    await page.keyboard.press('Escape');
    Object.assign(expected, {kind: 'reply', clean: 'true'});
    await check();
    assert.equal(lastAsked(page, 'timeline').hashtag, expected.hashtag);
    await page.focus('.chip[data-filter=hashtag]');
    while (Object.keys(expected).length > 0) {
        const filter = await page.evaluate(() => document.activeElement.dataset.filter);
        assert.ok(filter in expected, `the focus is on a chip, not on ${filter}`);
        await page.keyboard.press('Delete');
        delete expected[filter];
        await page.waitForFunction((name) => !document.querySelector(`.chip[data-filter=${name}]`), filter);
    }
    await idle(page);
    assertShows({...await screen(page), authors: []}, {...await answers(mock), authors: {data: []}});
    assert.ok(await page.evaluate(() => document.activeElement.classList.contains('opens')));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('words look for tweets: a chip, the address and each question have them, and what is wrong is told', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    const text = (await mock.get('tweets/top', {})).data[0].text, q = text.match(/\p{L}{5,}/u)[0].toLowerCase();
    await chooseFilter(page, 'q', ` ${q} `);
    await page.waitForSelector('.chip[data-filter=q]');
    await idle(page);
    const found = await answers(mock, {q});
    assert.ok(found.tweets.data.length > 0 && found.tweets.data.every((t) => t.text.toLowerCase().includes(q)));
    assertShows(await screen(page), found);
    assert.deepEqual(lastAsked(page, 'map'), {window: 'all', q});
    assert.equal(lastAsked(page, 'timeline').q, q);
    await addressed(page, {q});
    await page.reload();
    await page.waitForSelector('.chip[data-filter=q]');
    await isLive(page);
    await idle(page);
    assertShows(await screen(page), found);
    assert.equal(await page.textContent('.chip[data-filter=q]'), `to tweets that match “${q}”`);
    page.lacks = ['form%3Aada'];
    await chooseFilter(page, 'q', 'form:ada');
    await page.waitForFunction(() => document.querySelector('.problem')?.textContent === 'A parameter is wrong. q: at byte 0: there is no such operator; did you mean from:?');
    await page.click('.chip[data-filter=q]');
    await page.waitForFunction(() => !document.querySelector('.problem'));
    await idle(page);
    assertShows(await screen(page), await answers(mock));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('a replay is paused, played, set to another speed and sent forward', async () => {
    const mock = await Mock.start('--tick', '200', '--step', '1000'), page = await open(mock.url), state = async () => (await mock.get('replay')).data;
    await page.click('[aria-label="Pause"]');
    await page.waitForSelector('[aria-label="Play"]');
    assert.equal((await state()).state, 'paused');
    await page.waitForFunction(() => document.querySelector('.state').textContent === 'Paused');
    await page.selectOption('[aria-label="Speed"]', '0.1');
    await page.waitForFunction(() => document.querySelector('.progress .of').textContent.includes('0.1×'));
    assert.equal((await state()).speed, 0.1);
    await page.selectOption('[aria-label="Speed"]', '0');
    const before = Date.parse((await state()).position);
    await page.click('[aria-label="Forward"]');
    await page.click('.forward .steps button >> text="1 h"');
    await page.waitForFunction((ms) => Date.parse(document.querySelector('.as-of time').dateTime) === ms, before + 3600000);
    await page.click('[aria-label="Forward"]');
    await hasFocus(page, '.forward');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !document.querySelector('.forward') && document.activeElement.getAttribute('aria-label') === 'Forward');
    await page.click('[aria-label="Play"]');
    await page.waitForSelector('[aria-label="Pause"]');
    assert.equal((await state()).state, 'playing');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('the map\'s table has every author of the map, in the order one chooses, by keyboard', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url), {data} = await mock.get('map');
    await page.focus('[aria-label="Map as a table"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.map-table tbody tr');
    const ids = () => page.evaluate(() => [...document.querySelectorAll('.map-table tbody tr')].map((tr) => tr.dataset.key));
    const order = (column, sign) => data.id.map((_, i) => i).sort((a, b) => sign * (typeof data[column][a] === 'string' ? data[column][a].localeCompare(data[column][b]) : data[column][a] - data[column][b]) || (data.id[a] < data.id[b] ? -1 : 1)).map((i) => data.id[i]);
    assert.deepEqual(await ids(), order('influence', -1).slice(0, 100));
    await page.focus('.map-table thead button >> nth=1');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.map-table [aria-sort=ascending]');
    assert.deepEqual(await ids(), order('place', 1).slice(0, 100));
    while (await page.locator('.map-table .more').count() > 0) await page.click('.map-table .more');
    assert.equal((await ids()).length, data.id.length);
    await page.focus('.map-table tbody button >> nth=3');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card.pinned .numbers');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('the dataflow is a picture of all stages, with numbers that move, and its operators are the API\'s', async () => {
    const mock = await Mock.start('--tick', '400'), page = await open(mock.url), {data} = await mock.get('dataflow');
    await page.click('[aria-label="Dataflow"]');
    await page.waitForSelector('.stage');
    const names = await page.evaluate(() => [...document.querySelectorAll('.stage')].map((s) => s.dataset.stage));
    for (const o of data.filter((op) => op.kind !== 'output' && !op.in_loop && op.name !== op.kind)) assert.ok(names.includes(o.name), `${o.name} is not among ${names}`);
    const boxes = await page.evaluate(() => [...document.querySelectorAll('.stage .box')].map((b) => { const {left, right, top, bottom} = b.getBoundingClientRect(); return {left, right, top, bottom}; }));
    boxes.forEach((a, i) => boxes.slice(0, i).forEach((b) => assert.ok(!(a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1), 'no stage lies on another')));
    await page.waitForFunction(() => /[1-9]/.test(document.querySelector('[data-stage=responses] .stage-numbers').textContent.split('/s')[0]));
    await page.focus('[data-stage=verdicts]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.chosen-stage tbody tr');
    assert.match(await page.textContent('.chosen-stage h3'), /^verdicts reads /);
    await page.click('.dataflow .segments button >> text="Table"');
    await page.waitForFunction((n) => document.querySelectorAll('.operators tbody tr').length === n, data.length);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('lines are accounted for, and rejected ones can be read', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url), {data} = await mock.get('accounting'), rejected = (await mock.get('rejected', {limit: 50})).data;
    await page.click('[aria-label="Lines"]');
    await page.waitForSelector('.rejected li');
    const shown = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll('[data-outcome]')].map((dd) => [dd.dataset.outcome, Number(dd.dataset.value)])));
    assert.equal(shown.items, shown.accepted + shown.repaired + shown.ignored + shown.rejected);
    for (const name of ['accepted', 'repaired', 'ignored', 'rejected']) assert.equal(shown[name], data.outcomes[name]);
    assert.equal(await page.locator('.rejected li').count(), rejected.length);
    await page.click('.rejected summary >> nth=0');
    assert.equal(await page.textContent('.rejected pre >> nth=0'), rejected[0].bytes);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('each of 500 hostile strings in every field stays text: no dialog, no violation, no foreign request', async () => {
    const mock = await Mock.start('--payloads', '--paused'), page = await open(mock.url), seen = new Set();
    await page.evaluate(() => {
        globalThis.violations = [];
        document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    const look = async () => {
        const {strange, links, text} = await page.evaluate(() => ({
            strange: document.querySelectorAll('#app :is(img, script, style, iframe, object, base, meta, link, form:not(.ask, .filter-form, .forward), [onerror], [onload], [onfocus], [onmouseover], [ontoggle], [srcdoc])').length,
            links: [...document.querySelectorAll('#app a')].filter((a) => !/^https?:$/.test(a.protocol) || a.rel !== 'noopener noreferrer nofollow').length,
            text: document.getElementById('app').innerText,
        }));
        assert.equal(strange + links, 0);
        seen.add(text.length);
    };
    for (const board of ['Places', 'Hashtags', 'Links', 'Languages', 'Tweets', 'Authors']) {
        await page.click(`.board-tabs >> text="${board}"`);
        await idle(page);
        await page.click(`.board-main .more`, {timeout: 1000}).catch(() => { /* There is no more. */ });
        await idle(page);
        await look();
    }
    for (const row of ['.authors .row >> nth=1', '.tweets .row >> nth=0', '.tweets .row >> nth=3']) {
        await page.click(row);
        await page.waitForSelector('.card.pinned .numbers');
        await look();
        await page.keyboard.press('Escape');
    }
    await page.click('.board-tabs >> text="Hashtags"');
    await page.waitForSelector('.hashtags .row');
    await page.click('.hashtags .row >> nth=0');
    await page.click('.board-tabs >> text="Places"');
    await page.waitForSelector('.places .row');
    await page.click('.places .row >> nth=0');
    await look();
    await page.click('[aria-label="Map as a table"]');
    await page.waitForSelector('.map-table tbody tr, .map .empty');
    await look();
    await page.click('[aria-label="Dataflow"]');
    await page.waitForSelector('.stage');
    await page.click('.stage >> nth=0');
    await look();
    await page.click('[aria-label="Lines"]');
    await page.waitForSelector('.rejected li');
    await page.evaluate(() => document.querySelectorAll('.rejected details').forEach((d) => { d.open = true; }));
    await look();
    assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the screen');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('a lost WebGL context comes back without a reload, with its circles', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    const colours = async () => new Set((await page.locator('.base').screenshot()).toString('latin1').match(/[^]{3}/g)).size;
    await page.waitForFunction(() => document.querySelector('.base').width > 300);
    await page.evaluate(() => {
        globalThis.here = true;
        document.querySelector('.base').id = 'old';
        document.querySelector('.base').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
    });
    await page.waitForFunction(() => document.querySelector('.base') && document.querySelector('.base').id !== 'old' && document.querySelector('.base').width > 300);
    await page.waitForFunction(() => document.querySelector('.base').getContext('webgl2')?.isContextLost() === false);
    assert.ok(await colours() > 500, 'something is drawn');
    await page.focus('.base');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card.pinned .numbers');
    assert.equal(await page.evaluate(() => globalThis.here), true, 'the page was not loaded anew');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

const trouble = async (mock, page, to = 'trouble') => {
    await mock.steer('state', {to});
    await page.click('[aria-label^="Sources and health"]');
    await page.waitForSelector('.health .source');
};

test('what somebody should look at is one quiet line, a number, and a list; it can be hidden', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    assert.equal(await page.evaluate(() => document.querySelector('.alert-strip').childNodes.length), 0);
    await mock.steer('state', {to: 'trouble'});
    await page.waitForSelector('.alert-strip .alert-words');
    const {data} = await mock.get('alerts');
    assert.equal(await page.textContent('.alert-strip .alert-words'), data[0].words);
    assert.equal(await page.textContent('.more-alerts'), 'and 1 more');
    assert.equal(await page.textContent('.works .badge'), '2');
    await page.click('.alert-strip >> text="Show"');
    await addressed(page, {view: 'health'});
    await page.waitForSelector('.alerts li');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.alerts li')].map((li) => [li.dataset.alert, li.querySelector('.alert-words').textContent])), data.map((a) => [a.kind, a.words]));
    assert.equal(await page.locator('.alerts li.active').count(), 2);
    await page.focus('[aria-label="Hide these alerts"]');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('.alert-strip').childNodes.length === 0);
    assert.equal(await page.textContent('.works .badge'), '2');
    await mock.steer('state', {to: 'calm'});
    await page.waitForFunction(() => !document.querySelector('.badge') && !document.querySelector('.alerts'));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('what was noted is marked on the timeline, told under pointer and focus, and listed', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    assert.equal(await page.locator('.marks').count(), 0);
    await mock.steer('state', {to: 'noted'});
    await page.waitForSelector('.mark');
    const labels = ['4 Jul 05:30 UTC: goal', '4 Jul 06:00 – 06:30 UTC: <img src=x onerror=alert(1)> outage  of the source', '4 Jul 07:00 UTC: the end'];
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('[aria-label="Notes on the timeline"] button')].map((b) => b.getAttribute('aria-label'))), labels);
    // One stop of the Tab key, arrow keys from there.
    assert.equal(await page.locator('.mark[tabindex="0"]').count(), 1);
    await page.focus('.mark >> nth=0');
    await page.waitForFunction(() => document.querySelector('.mark-words')?.textContent === '4 Jul 05:30 UTC goal');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('.mark-words')?.textContent.includes('<img src=x onerror=alert(1)> outage'));
    assert.equal(await page.getAttribute('.mark[tabindex="0"]', 'data-note'), '3');
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.querySelector('.mark-words')?.textContent.includes('the end'));
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !document.querySelector('.mark-words'));
    await page.hover('.mark >> nth=0');
    await page.waitForFunction(() => document.querySelector('.mark-words')?.textContent.includes('goal'));
    const [box, inside] = [await page.locator('.mark-words').boundingBox(), await page.locator('.plots').boundingBox()];
    assert.ok(box.x >= inside.x && box.x + box.width <= inside.x + inside.width, JSON.stringify([box, inside]));
    // The brush is there beside them, and a mark brings the time around it.
    await page.focus('.mark[data-note="3"]');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('[data-field=range]')?.textContent === '4 Jul, 06:00–06:30');
    await page.click('[aria-label^="Sources and health"]');
    await page.waitForSelector('.notes li');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.notes li')].map((li) => li.textContent)),
        ['long before4 Jul 00:00 UTC', 'goal4 Jul 05:30 UTC', '<img src=x onerror=alert(1)> outage  of the source4 Jul 06:00 – 06:30 UTC', 'the end4 Jul 07:00 UTC']);
    assert.equal(await page.locator('#app img').count(), 0);
    await mock.steer('state', {to: 'calm'});
    await page.waitForFunction(() => !document.querySelector('.marks') && !document.querySelector('.notes'));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('corrections are a quiet list: which rule, when, on how much, and whether in force', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await mock.steer('state', {to: 'noted'});
    await page.click('[aria-label^="Sources and health"]');
    await page.waitForSelector('.fixes li');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.fixes li')].map((li) => [li.dataset.fix, li.classList.contains('over'), ...[...li.children].map((c) => c.textContent)])), [
        ['2', false, '2', 'lang="en" where "<img src=x onerror=alert(1)>"', 'in force, on 5,000 tweets; made 4 Jul 12:30:00 UTC'],
        ['1', true, '1', 'followers*=1000 where source:push and created_at>=-1h', 'taken back; made 4 Jul 12:30:00 UTC'],
    ]);
    assert.equal(await page.locator('#app img').count(), 0);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('each source says how it stands, what it lacks and costs, and why it ended', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await trouble(mock, page);
    await page.waitForSelector('[data-source=mastodon]');
    const words = await page.textContent('[data-source=x-stream]');
    for (const what of ['Source waiting', 'HTTP 503 <img src=x onerror=alert(1)>', 'next try 12:00:20', '41.2', '120K', '95 s', '$8.25 of $10.00', '$1.50 an hour; there at 4 Jul 13:10:00 UTC'])
        assert.ok(words.includes(what), `${what} is not in ${words}`);
    assert.equal(await page.getAttribute('[data-source=x-stream] meter', 'value'), '0.825');
    await page.click('[data-source=x-stream] summary');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.reconnects .alert-words')].map((w) => w.textContent)), ['HTTP 503', 'closed by the server']);
    assert.match(await page.textContent('[data-source=mastodon] .lacks'), /^It does not say where people are.*nor how many follow/);
    assert.match(await page.textContent('.journal'), /^Not stored since 4 Jul 11:58:00 UTC: no space left on device/);
    assert.ok((await page.textContent('.health')).includes('Memory is full: reading waits'));
    assert.equal(await page.locator('#app img').count(), 0);
    await page.click('.health .what');
    await page.waitForSelector('.meaning');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.meaning strong')].map((s) => s.textContent)), ['lag_ms', 'gaps', 'missed', 'spend', 'journal', 'rate_fell'].map((name) => `Title of ${name}`));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('what no source gives is said where it is missed', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    assert.equal(await page.locator('.lack').count(), 0);
    await trouble(mock, page, 'poor');
    await page.waitForSelector('[data-source=mastodon]');
    assert.match(await page.textContent('.journal'), /^Reading the journal back: 42 %/);
    await page.click('[aria-label^="Sources and health"]');
    await page.waitForSelector('.map-lack');
    assert.match(await page.textContent('.map-lack'), /^mastodon does not say where people are/);
    assert.match(await page.textContent('.boards .lack'), /influence cannot tell voices apart/);
    await rankBy(page, 'responses');
    await page.waitForFunction(() => !document.querySelector('.boards .lack'));
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('moods of all texts are asked for, kept in the address, and exported', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    await page.selectOption('.moods-of', 'all');
    await idle(page);
    for (const route of ['authors/top', 'tweets/top', 'map']) assert.equal(lastAsked(page, route).sentiment, 'all');
    await addressed(page, {sentiment: 'all'});
    await chooseFilter(page, 'lang', 'es'); // An entry of the history each: what is chosen at once is one.
    await addressed(page, {sentiment: 'all', lang: 'es'});
    await rankBy(page, 'replies');
    await addressed(page, {sentiment: 'all', lang: 'es', sort: 'replies'});
    await idle(page);
    await page.click('[aria-label=Export]');
    await hasFocus(page, '.export-form');
    const exported = await page.evaluate(() => [...document.querySelectorAll('.export-form a')].map((a) => Object.fromEntries(new URL(a.href).searchParams)));
    assert.deepEqual(exported.map(({what, format}) => `${what} ${format}`), ['authors csv', 'authors jsonl', 'authors geojson', 'tweets csv', 'tweets jsonl', 'map csv', 'map jsonl', 'map geojson', 'timeline csv', 'timeline jsonl']);
    assert.deepEqual(exported[0], {what: 'authors', format: 'csv', window: 'all', lang: 'es', sentiment: 'all', sort: 'replies'});
    assert.deepEqual(exported[8], {what: 'timeline', format: 'csv', window: 'all', lang: 'es'});
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    assert.equal(download.suggestedFilename(), 'dunlin-authors.csv');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !document.querySelector('.export-form') && document.activeElement.getAttribute('aria-label') === 'Export');
    for (const before of [{sentiment: 'all', lang: 'es'}, {sentiment: 'all'}, {}]) {
        await page.goBack();
        await addressed(page, before);
    }
    assert.equal(await page.inputValue('.moods-of'), 'received');
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
for (const [look, options] of [['light', {colorScheme: 'light'}], ['dark', {colorScheme: 'dark'}], ['forced colors', {colorScheme: 'dark', forcedColors: 'active'}]]) {
    test(`axe finds nothing serious: ${look}`, async () => {
        const mock = await Mock.start('--paused'), page = await open(mock.url, {...options, bypassCSP: true, reducedMotion: 'reduce'});
        await page.evaluate(axeSource);
        const check = async (what) => {
            const {violations} = await page.evaluate(() => globalThis.axe.run(document, {resultTypes: ['violations'], elementRef: false}));
            const serious = violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary}`).join(' | ')}`);
            assert.deepEqual(serious, [], what);
        };
        await mock.steer('state', {to: 'noted'}); // Its notes and fixes stay.
        await page.waitForSelector('.mark');
        await page.focus('.mark >> nth=1');
        await check('map, timeline and boards');
        await page.click('.tweets .row >> nth=1');
        await page.waitForSelector('.card .terms');
        await check('card of a tweet');
        await page.click('.authors .row >> nth=0');
        await page.waitForSelector('.card .where');
        await page.click('.card-tools .what');
        await check('card of an author');
        await page.click('.card [aria-label=Close]');
        await page.click('.board-tabs >> text="Places"');
        await page.waitForSelector('.places .row');
        await page.click('.places .row >> nth=0');
        await page.waitForSelector('.chip');
        await page.click('[aria-label="Map as a table"]');
        await page.click('.opens');
        await check('places, a filter, its form, the table');
        await page.keyboard.press('Escape');
        await page.click('[aria-label="Dataflow"]');
        await page.waitForSelector('.stage');
        await page.click('.stage >> nth=4');
        await check('dataflow');
        await page.click('[aria-label="Lines"]');
        await page.waitForSelector('.rejected li');
        await page.click('.rejected summary >> nth=0');
        await check('lines');
        await trouble(mock, page);
        await page.click('.source summary');
        await page.click('[aria-label=Export]');
        await page.waitForSelector('.alert-strip .alert-words');
        await check('sources, health, alerts and exports');
        await page.context().close();
        await mock.stop();
        nothingWrong();
    });
}

test('a server without the newer answers hides what needs them', async () => {
    const mock = await Mock.start('--old', '--paused'), page = await open(mock.url);
    page.lacks = ['/replay', '/top', '/accounting', '/rejected'];
    assert.equal(await page.locator('.replay').count(), 0);
    await page.click('.board-tabs >> text="Hashtags"');
    await page.waitForFunction(() => ![...document.querySelectorAll('.board-tabs button')].some((b) => b.textContent === 'Hashtags'));
    await idle(page);
    assertShows(await screen(page), await answers(mock));
    await page.click('[aria-label="Lines"]');
    await page.waitForSelector('[data-outcome=accepted]');
    assert.equal(await page.locator('.lines [role=alert]').count(), 0);
    await page.context().close();
    await mock.stop();
});

await runPageTests();
