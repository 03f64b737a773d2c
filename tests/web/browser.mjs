// SPDX-License-Identifier: MIT
// Debian's Chromium as the tests and pictures use it: Mesa's software GL, which draws
// three times faster than the browser's own.
import {existsSync} from 'node:fs';
import {chromium} from 'playwright-core';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const chromiumIsThere = existsSync(CHROMIUM);

const FLAGS = ['--no-sandbox', '--hide-scrollbars', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
               '--disable-sync', '--font-render-hinting=none'];
const GL = ['--use-gl=angle', '--use-angle=gl-egl', '--ignore-gpu-blocklist'];
const NO_GL = ['--disable-gpu', '--disable-webgl', '--disable-3d-apis'];

export function launch({webgl = true} = {}) {
    return chromium.launch({
        executablePath: CHROMIUM, headless: true, args: [...FLAGS, ...(webgl ? GL : NO_GL)],
        env: {...process.env, EGL_PLATFORM: 'surfaceless'},
    });
}
