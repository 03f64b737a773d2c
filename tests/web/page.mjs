// SPDX-License-Identifier: MIT
// The page in Chromium, against the stand-in server: node page.mjs [words of a test's name]
import assert from 'node:assert/strict';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {launch} from './browser.mjs';
import {answers, assertShows, browser, dragBrush, idle, lastAsked, nothingWrong, open, runPageTests, screen, Server, settle, watch} from './common.mjs';
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
    await page.waitForTimeout(400);
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
    await page.waitForTimeout(300);
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
        await page.waitForTimeout(1500);
        await idle(page);
        assertShows(await screen(page), await answers(mock, {window: '15m'}));
    }
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

test('sort and language are asked of the server and shown as it answers', async () => {
    const mock = await Mock.start('--paused'), page = await open(mock.url);
    for (const sort of ['responses', 'retweets', 'replies', 'sentiment', 'influence']) {
        await page.selectOption('.rank-by label:nth-child(1) select', sort);
        await page.waitForTimeout(350);
        await idle(page);
        const {stats, authors, tweets} = await answers(mock, {sort});
        assertShows(await screen(page), {stats, authors, tweets}, sort);
    }
    await page.selectOption('.rank-by label:nth-child(2) select', 'es');
    await page.waitForTimeout(350);
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
        await page.selectOption('.rank-by label:nth-child(1) select', 'sentiment');
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
    const shown = () => page.evaluate(() => ['map', 'timeline', 'authors', 'tweets', 'cleaning'].filter((name) => document.querySelector(`section.${name}`).offsetParent !== null || document.querySelector(`section.${name}`).offsetHeight > 0));
    const expected = {Map: ['map', 'timeline'], Authors: ['authors'], Tweets: ['tweets'], Cleaning: ['cleaning']};
    for (const [label, panels] of Object.entries(expected)) {
        await page.tap(`.tabs button >> text="${label}"`);
        assert.deepEqual(await shown(), panels);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight));
        const wide = await page.evaluate((name) => document.querySelector(`section.${name}`).getBoundingClientRect().width, panels[0]);
        assert.ok(wide > 350, `${label}: ${wide} px wide`);
    }
    await page.tap('.tabs button >> text="Authors"');
    await page.tap('.authors .row >> nth=2');
    await page.waitForSelector('.card .numbers');
    const small = await page.evaluate(() => [...document.querySelectorAll('button, select, input')].filter((b) => b.offsetWidth > 0 && (b.offsetHeight < 24 || b.offsetWidth < 24) && !b.classList.contains('link')).length);
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
    await page.waitForTimeout(1500);
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
    await page.selectOption('.rank-by label:nth-child(1) select', 'replies');
    await page.waitForSelector('.problem');
    assert.equal(await page.textContent('.problem'), 'two scans are under way: ask again');
    await page.selectOption('.rank-by label:nth-child(1) select', 'influence');
    await page.waitForFunction(() => !document.querySelector('.problem') && document.querySelectorAll('.authors .row').length === 10);
    await page.context().close();
    await mock.stop();
    nothingWrong();
});

await runPageTests();
