// SPDX-License-Identifier: MIT
// Builds the page: node tools/build.mjs OUT.
//
// Writes every file of the page into OUT/files, the same bytes each time, and the
// table of them as OUT/assets.c, which the program is linked with.  Names of what
// never changes under its name carry a hash of the content.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {basemap} from './basemap.mjs';

const JAVASCRIPT_GZIP_KIB_MAX = 350;
const web = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const root = path.resolve(web, '..');
const out = path.resolve(process.argv[2] ?? path.join(root, 'build/web'));
const types = {
    '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
    '.json': 'application/json', '.woff2': 'font/woff2', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8',
};

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

async function bundle() {
    const result = await build({
        absWorkingDir: web,
        entryPoints: {app: 'src/main.tsx'},
        bundle: true, minify: true, write: false, metafile: true,
        format: 'esm', target: 'es2022', legalComments: 'none', charset: 'utf8',
        jsx: 'automatic', jsxImportSource: 'preact',
        define: {'process.env.NODE_ENV': '"production"'},
        loader: {'.woff2': 'file', '.woff': 'empty'},
        entryNames: '[name].[hash]', assetNames: '[name].[hash]',
        outdir: '/',
        logLevel: 'warning',
    });
    const files = result.outputFiles.map((file) => ({name: path.basename(file.path), bytes: Buffer.from(file.contents)}));
    return {files, inputs: Object.keys(result.metafile.inputs)};
}

// The licences of all that the page carries, as they ask for.
function licences(inputs) {
    const packages = new Set(['world-atlas']); // The base map's; the rest is what was bundled.
    for (const input of inputs) {
        const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
        if (match) packages.add(match[1]);
    }
    const parts = [...packages].sort().map((name) => {
        const folder = path.join(web, 'node_modules', name), {version, license} = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
        const file = readdirSync(folder).filter((f) => /^(licen[cs]e|copying)/i.test(f)).sort()[0];
        return `${name} ${version}, ${license}\n\n${file ? readFileSync(path.join(folder, file), 'utf8').trim() : '(The package brings no text of its licence.)'}\n`;
    });
    return {name: 'licenses.txt', bytes: Buffer.from(`This page is made of parts by others, under these licences.\nThe coasts and borders are those of Natural Earth, which are in the public domain.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`)};
}

function page(files) {
    const named = (extension) => files.find((file) => file.name.startsWith('app.') && file.name.endsWith(extension)).name;
    const html = readFileSync(path.join(web, 'src/index.html'), 'utf8')
        .replace('app.css', named('.css')).replace('app.js', named('.js'));
    return {name: 'index.html', bytes: Buffer.from(html)};
}

// GNU gzip, not node's zlib: its bytes do not depend on node's version.
function gzip(bytes) {
    return execFileSync('gzip', ['-9nc'], {input: bytes, maxBuffer: 1 << 26});
}

function assetTable(files) {
    const rows = files.map((file, i) => {
        const type = types[path.extname(file.name)];
        const url = file.name === 'index.html' ? '/' : `/${file.name}`;
        return `    {"${url}", "${type}", asset_${i}, ${file.gzip.length}, "\\"${hash(file.bytes)}\\""},`;
    });
    const blobs = files.map((file, i) => `BLOB(asset_${i}, "${path.relative(root, file.path)}")`);
    return `/* SPDX-License-Identifier: MIT */
/* The files of the page, gzipped.  Made by web/tools/build.mjs. */
#include "server/http/assets.h"

#define BLOB(name, file)                                                                  \\
    __asm__(".section .rodata\\n.balign 16\\n.local " #name "\\n" #name ":\\n"               \\
            ".incbin \\"" file "\\"\\n.byte 0\\n.previous\\n");                              \\
    extern const unsigned char name[] __attribute__((visibility("hidden")));

${blobs.join('\n')}

const asset assets[] = {
${rows.join('\n')}
};
const size_t asset_count = sizeof(assets) / sizeof(assets[0]);
`;
}

rmSync(out, {recursive: true, force: true});
mkdirSync(path.join(out, 'files'), {recursive: true});
const {files, inputs} = await bundle();
for (const resolution of ['110m', '50m']) files.push({name: `map-${resolution}.json`, bytes: Buffer.from(basemap(resolution))});
files.push({name: 'icon.svg', bytes: readFileSync(path.join(web, 'src/icon.svg'))});
files.push(licences(inputs), page(files));
files.sort((a, b) => (a.name < b.name ? -1 : 1));
for (const file of files) {
    file.gzip = gzip(file.bytes);
    file.path = path.join(out, 'files', `${file.name}.gz`);
    writeFileSync(file.path, file.gzip);
}
writeFileSync(path.join(out, 'assets.c'), assetTable(files));

const kib = (n) => (n / 1024).toFixed(1);
const size = (test) => files.filter(test).reduce((sum, file) => sum + file.gzip.length, 0);
const javascript = size((file) => file.name.endsWith('.js'));
console.log(`web: JavaScript ${kib(javascript)} KiB gzipped (at most ${JAVASCRIPT_GZIP_KIB_MAX}), ` +
            `all ${files.length} files ${kib(size(() => true))} KiB`);
if (javascript > JAVASCRIPT_GZIP_KIB_MAX * 1024) {
    console.error('web: the JavaScript is too large');
    process.exit(1);
}
