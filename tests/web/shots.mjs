// SPDX-License-Identifier: MIT
// Pictures of the page in both themes and both sizes: node shots.mjs URL OUT
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {launch} from './browser.mjs';

const [url, out] = process.argv.slice(2);
mkdirSync(out, {recursive: true});
const browser = await launch();
for (const colorScheme of ['dark', 'light']) {
    for (const [name, width, height] of [['wide', 1440, 900], ['phone', 390, 844]]) {
        const context = await browser.newContext({viewport: {width, height}, colorScheme, deviceScaleFactor: name === 'phone' ? 2 : 1, hasTouch: name === 'phone'});
        const page = await context.newPage();
        page.on('console', (message) => { if (message.type() === 'error') console.error(message.text()); });
        page.on('pageerror', (error) => console.error(error));
        await page.goto(url);
        await page.waitForSelector('.authors .row', {state: 'attached'});
        await page.waitForTimeout(3500);
        await page.screenshot({path: path.join(out, `${name}-${colorScheme}-plain.png`)});
        if (name === 'wide') await page.click('.authors .row >> nth=0');
        else await page.evaluate(() => document.querySelector('.tabs button:nth-child(2)').click());
        await page.waitForTimeout(2500);
        await page.screenshot({path: path.join(out, `${name}-${colorScheme}.png`)});
        await context.close();
    }
}
await browser.close();
