// SPDX-License-Identifier: MIT
// Pictures of the page in both themes and both sizes, from a made-up conversation that
// is being replayed: node shots.mjs OUT
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {browser, open, Server} from './common.mjs';

const [out] = process.argv.slice(2), program = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dunlin');
const scratch = mkdtempSync(path.join(tmpdir(), 'dunlin-shots-')), sample = path.join(scratch, 'conversation.jsonl');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// A card and its lines; the board it came from; or what the cleaning removed.
async function show(page, size) {
    if (size === 'wide') {
        await page.click('.authors li:nth-child(1) .row');
        await page.waitForSelector('.card .numbers');
        await page.mouse.move(720, 30);
    }
    await sleep(2500);
}

async function shoot(server, size, viewport, colorScheme) {
    const page = await open(server.url, {viewport, colorScheme, deviceScaleFactor: size === 'phone' ? 2 : 1, hasTouch: size === 'phone'});
    await sleep(2500);
    await show(page, size);
    const file = path.join(out, `${size}-${colorScheme}.png`);
    await page.screenshot({path: file});
    console.log(file);
    if (size === 'wide') {
        await page.keyboard.press('Escape');
        await page.click('[aria-label^="Sources and health"]');
        await page.waitForSelector('.health .source');
        await page.screenshot({path: path.join(out, `${size}-${colorScheme}-health.png`)});
    }
    if (size === 'phone') {
        for (const tab of ['Boards', 'Cleaning', 'Works']) {
            await page.tap(`.tabs button >> text="${tab}"`);
            await sleep(600);
            await page.screenshot({path: path.join(out, `${size}-${colorScheme}-${tab.toLowerCase()}.png`)});
        }
    }
    await page.context().close();
}

mkdirSync(out, {recursive: true});
execFileSync(program, ['gen', '--lines', '60000', '--out', sample]);
const server = await Server.start(program, 'serve', '--quiet', '--port', '0', '--speed', '2400', sample);
try {
    while ((await server.get('stats')).data.bad_places < 4) await sleep(500); // Late enough that the cleaning has found some.
    for (const colorScheme of ['dark', 'light']) {
        await shoot(server, 'wide', {width: 1440, height: 900}, colorScheme);
        await shoot(server, 'phone', {width: 390, height: 844}, colorScheme);
    }
} finally {
    await server.stop();
    await browser.close();
    rmSync(scratch, {recursive: true, force: true});
}
