// SPDX-License-Identifier: MIT
// What the tests of the page share: servers to ask, pages that note what must not
// happen, and everything on screen in one look.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {launch} from './browser.mjs';
import {runAll} from './harness.mjs';

// A server in a process of its own that prints its address first.
export class Server {
    static all = new Set();
    static async start(program, ...args) {
        const server = new this();
        server.child = spawn(program, args, {stdio: ['ignore', 'pipe', 'pipe']});
        server.child.stderr.on('data', (text) => { server.said = (server.said ?? '') + text; });
        Server.all.add(server);
        const gone = once(server.child, 'exit').then(() => { throw new Error(`${program} ended: ${server.said ?? ''}`); });
        gone.catch(() => {});
        [server.url] = await Promise.race([once(createInterface({input: server.child.stdout}), 'line'), gone]);
        return server;
    }
    async get(route, params = {}) { return (await fetch(`${this.url}api/v1/${route}?${new URLSearchParams(params)}`)).json(); }
    get port() { return new URL(this.url).port; }
    async stop() {
        Server.all.delete(this);
        if (this.child.exitCode !== null) return;
        this.child.kill();
        await once(this.child, 'exit');
    }
}

// A run that is cut short leaves nothing behind.
process.on('exit', () => { for (const server of Server.all) server.child.kill(); });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

export const browser = await launch();
const errors = [];
export const nothingWrong = () => assert.deepEqual(errors.splice(0), []);

// A page of its own that notes whatever must not happen.
/* What the live stream told first is on screen. */
export const isLive = (page) => page.waitForFunction(() => document.querySelector('.figure') !== null && /\d/.test(document.querySelector('[data-field=epoch]').textContent));
export async function open(url, options = {}, from = browser) {
    const context = await from.newContext({viewport: {width: 1440, height: 900}, reducedMotion: 'no-preference', ...options});
    const page = await context.newPage();
    page.asked = [];
    watch(page, url);
    await page.goto(url);
    await page.waitForFunction(() => document.querySelectorAll('.authors .row').length === 10);
    await isLive(page);
    return page;
}
export function watch(page, url) {
    page.on('pageerror', (error) => errors.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => { errors.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
    page.on('console', (message) => {
        if (message.type() !== 'error' || page.offline || (page.lacks ?? []).some((route) => message.location().url.includes(route))) return;
        errors.push(`console: ${message.text()} ${message.location().url}`);
    });
    page.on('request', (request) => {
        page.asked?.push(request.url());
        if (!request.url().startsWith(url) && !request.url().startsWith('data:')) errors.push(`foreign request: ${request.url()}`);
    });
}

// Everything on screen in one look.
export const screen = (page) => page.evaluate(() => {
    const text = (element) => element?.textContent ?? null, value = (element) => Number(element?.querySelector('.value .num').dataset.value);
    const figures = Object.fromEntries([...document.querySelectorAll('.figure')].map((f) => [text(f.querySelector('dt')), Number(f.querySelector('[data-value]').dataset.value)]));
    return {
        epoch: Number(text(document.querySelector('[data-field=epoch]')).replaceAll(',', '')), figures,
        authors: [...document.querySelectorAll('.authors li')].map((row) => ({id: row.dataset.key, value: value(row), name: text(row.querySelector('.name'))})),
        tweets: [...document.querySelectorAll('.tweets li')].map((row) => ({id: row.dataset.key, value: value(row), words: text(row.querySelector('.words'))})),
        onMap: Number(/^[\d,]+/.exec(text(document.querySelector('[data-field=map-count]')))?.[0].replaceAll(',', '')),
    };
});
export const settle = (page, epoch) => page.waitForFunction((n) => document.querySelector('[data-field=epoch]').textContent.replaceAll(',', '') === String(n), epoch);

export const measureOf = (row, by) => (by === 'reception' ? row.received.mean : by === 'controversy' ? row.received.spread : by.startsWith('recent_') ? row.recent : row[by]);
export function assertShows(shown, {stats, authors, tweets, map}, by = 'influence') {
    const s = stats.data;
    assert.deepEqual(shown.figures, {Tweets: s.tweets, Responses: s.responses, Located: s.located, People: s.users, Mood: s.mood.mean, 'Per second': s.rate});
    assert.deepEqual(shown.authors.map(({id, value}) => ({id, value})), authors.data.map((a) => ({id: a.id, value: measureOf(a, by)})));
    assert.deepEqual(shown.tweets.map(({id, value}) => ({id, value})), tweets.data.map((t) => ({id: t.id, value: measureOf(t, by)})));
    if (map) assert.equal(shown.onMap, map.data.id.length);
}
export const answers = async (server, params = {}) => {
    const {sort, ...scope} = params, ranked = sort ? {...scope, sort} : scope;
    const [stats, authors, tweets, map] = await Promise.all([server.get('stats'), server.get('authors/top', ranked), server.get('tweets/top', ranked), server.get('map', scope)]);
    return {stats, authors, tweets, map};
};

export async function dragBrush(page, from, to) {
    const box = await page.locator('.brush').boundingBox(), y = box.y + box.height / 2;
    await page.mouse.move(box.x + from * box.width, y);
    await page.mouse.down();
    for (let i = 1; i <= 12; i++) await page.mouse.move(box.x + (from + (to - from) * i / 12) * box.width, y);
    await page.mouse.up();
}
export const lastAsked = (page, route) => {
    const url = page.asked.filter((r) => r.includes(`/api/v1/${route}`)).at(-1);
    return url ? Object.fromEntries(new URL(url).searchParams) : null;
};
// Until the boards show what is asked of them, of the epoch on screen.
export const idle = async (page) => {
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); }));
    await page.waitForFunction(() => {
        const {asks, shows} = document.querySelector('.boards').dataset;
        return asks === shows && !document.querySelector('.panel[aria-busy]');
    });
};
// What opens takes the focus a moment later: keys come after that.
export const hasFocus = (page, selector) => page.waitForFunction((within) => document.activeElement.closest(within) !== null, selector);
// A filter of the form behind the button.
export async function chooseFilter(page, name, value) {
    await page.click('.opens');
    await hasFocus(page, '.filter-form');
    const field = page.locator(`.filter-form [name=${name}]`);
    if (await field.evaluate((element) => element.tagName === 'SELECT')) await field.selectOption(value);
    else await field.fill(value);
    await page.press('.filter-form button', 'Enter');
    await page.waitForFunction(() => !document.querySelector('.filter-form'));
}
export const rankBy = (page, sort) => page.selectOption('.rank-by label select', sort);

export async function runPageTests() {
    await runAll({only: process.argv[2], after: async () => {
        for (const context of browser.contexts()) await context.close();
        for (const server of Server.all) await server.stop();
        errors.length = 0;
    }});
    await browser.close();
}
