// SPDX-License-Identifier: MIT
// A stand-in for dunlin that speaks server/API.md with a made-up conversation:
//   node server.mjs [--port N] [--hostile] [--paused] [--tick MS] [--step MS] [--page DIR]
//     [--entities] [--payloads] [--old] [--refuse ROUTE] [--hours N] [--seed N]
// Prints its address.  POST /mock/pause, resume, step and shuffle steer it.
import {createServer} from 'node:http';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {NAMES, STATES} from './health.mjs';
import {Model, PRESETS} from './model.mjs';

const {values: options} = parseArgs({options: {
    port: {type: 'string', default: '0'}, hostile: {type: 'boolean'}, paused: {type: 'boolean'}, tick: {type: 'string', default: '250'},
    step: {type: 'string', default: '15000'}, page: {type: 'string'}, hours: {type: 'string', default: '6'}, seed: {type: 'string', default: '1'},
    entities: {type: 'boolean'}, payloads: {type: 'boolean'}, old: {type: 'boolean'}, refuse: {type: 'string'},
}});
const pageDir = options.page ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../build/web/files');
const types = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.woff2': 'font/woff2', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8'};
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; " +
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";
const assets = new Map(readdirSync(pageDir).map((name) => [name === 'index.html.gz' ? '/' : `/${name.slice(0, -3)}`, {type: types[path.extname(name.slice(0, -3))], gzip: readFileSync(path.join(pageDir, name))}]));

const model = new Model({isHostile: options.hostile, allHostile: options.payloads, hours: Number(options.hours), seed: Number(options.seed)});
if (options.entities) model.topTweets({}).slice(0, 1).forEach((t) => { model.tweets.find((tweet) => tweet.id === t.id).text = 'Fish &amp; chips &lt;b&gt;not bold&lt;/b&gt; and &amp;lt; as written'; });
const boot = `b${Date.now().toString(36)}`;
let paused = Boolean(options.paused);
const clients = new Set();
export const counts = {requests: 0, streams: 0};

const SCOPE = ['window', 'start', 'end', 'q', 'lang', 'place', 'country', 'author', 'hashtag', 'kind', 'located', 'clean'], BOARD = [...SCOPE, 'limit', 'sort', 'sentiment', 'cursor'];
const GROUPS = ['places', 'origins', 'hashtags', 'links', 'languages'];
const PARAMETERS = {
    'authors/top': BOARD, 'tweets/top': BOARD, ...Object.fromEntries(GROUPS.map((name) => [`${name}/top`, BOARD])),
    map: [...SCOPE, 'sentiment'], alerts: [], annotations: ['window', 'start', 'end'], fixes: [], sources: [], health: [], definitions: [], export: ['what', 'format', ...BOARD], timeline: ['window', 'start', 'end', 'q', 'lang', 'kind', 'author', 'hashtag'], 'locations/explain': ['text'], cleaning: [], stats: [], snapshot: [], stream: ['topics', 'window', 'once', 'since'],
    replay: [], accounting: [], rejected: ['limit'], dataflow: [],
};

// How sources and journal fare: POST /mock/state?to=NAME takes another of STATES.
const state = structuredClone(STATES.calm);
const definitions = NAMES.map((name) => ({name, title: `Title of ${name}`, meaning: `What ${name} means.`, formula: name === 'influence' ? 'a <b> formula' : null}));

function problem(response, status, title, detail, url, errors) {
    response.writeHead(status, {'content-type': 'application/problem+json'});
    response.end(JSON.stringify({type: 'about:blank', title, status, detail, instance: url, errors}));
}
function answer(response, data, more = {}) {
    const {meta, ...rest} = more;
    response.writeHead(200, {'content-type': 'application/json', 'cache-control': 'no-cache'});
    response.end(JSON.stringify({data, ...rest, meta: {epoch: model.epoch, as_of: new Date(model.now).toISOString(), ...(Array.isArray(data) ? {result_count: data.length} : {}), ...meta}}));
}

const board = () => {
    const tweets = model.topTweets({}).slice(0, 10);
    return {epoch: model.epoch, tweets, includes: {users: model.users(tweets)}, authors: model.topAuthors({}).slice(0, 10)};
};
const frame = (event, data) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const lastFrame = (event, data) => `id: ${boot}-${model.epoch}\n${frame(event, data)}`; // An epoch's id comes with its last event.
const emptyMap = () => ({id: [], lat: [], lon: [], influence: [], responses: [], received_n: [], received_mean: [], username: [], place: []});
const mapState = () => {
    const columns = model.map({}), rows = new Map();
    columns.id.forEach((id, i) => rows.set(id, Object.fromEntries(Object.keys(columns).map((k) => [k, columns[k][i]]))));
    return rows;
};

const alertFrame = () => frame('alert', {alerts: state.alerts}) + frame('annotation', {annotations: state.annotations ?? []});

function fullFrames() {
    return frame('hello', {version: 'mock', boot, epoch: model.epoch, tick_ms: Number(options.tick), topics: ['map', 'board', 'stats', 'timeline', 'alerts', 'annotations'], window: 'all'}) +
        frame('stats', model.stats()) + frame('map', {epoch: model.epoch, full: true, upsert: model.map({}), remove: []}) + frame('board', board()) + alertFrame() +
        lastFrame('timeline', {epoch: model.epoch, full: true, minutes: model.timeline(), removed: []});
}

let before = {map: mapState(), minutes: new Map(model.timeline().map((m) => [m.minute, JSON.stringify(m)]))};
function changeFrames() {
    const now = mapState(), upsert = emptyMap(), remove = [...before.map.keys()].filter((id) => !now.has(id));
    for (const [id, row] of now) {
        if (JSON.stringify(before.map.get(id)) === JSON.stringify(row)) continue;
        for (const key of Object.keys(upsert)) upsert[key].push(row[key]);
    }
    const minutes = model.timeline().filter((m) => before.minutes.get(m.minute) !== JSON.stringify(m));
    before = {map: now, minutes: new Map(model.timeline().map((m) => [m.minute, JSON.stringify(m)]))};
    return frame('stats', model.stats()) + frame('map', {epoch: model.epoch, full: false, upsert, remove}) + frame('board', board()) +
        lastFrame('timeline', {epoch: model.epoch, full: false, minutes, removed: []});
}

function step(ms) {
    model.advance(ms);
    const frames = changeFrames();
    for (const client of clients) client.write(frames);
}
setInterval(() => { if (!paused && model.replay.state === 'playing') step(Number(options.step)); }, Number(options.tick)).unref();

function stream(request, response, params) {
    counts.streams++;
    response.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-cache'});
    response.write(`retry: 1000\n\n${fullFrames()}`);
    if (params.once) return response.end();
    clients.add(response);
    request.on('close', () => clients.delete(response));
}

// A page of a list, and the cursor of the next.
function answerPage(response, rows, params, moreOf = () => ({})) {
    const from = params.cursor ? Number(Buffer.from(params.cursor, 'base64url').toString()) : 0, to = from + Number(params.limit ?? 10), data = rows.slice(from, to);
    answer(response, data, {...moreOf(data), meta: {result_count: data.length, ...(to < rows.length ? {next_token: Buffer.from(String(to)).toString('base64url')} : {})}});
}

async function steerReplay(request, response, url) {
    if (request.headers['content-type'] !== 'application/json') return problem(response, 415, 'Unsupported Media Type', 'send application/json', url);
    let body = '';
    for await (const part of request) body += part;
    const wrong = model.order(JSON.parse(body));
    if (wrong !== null) return problem(response, 409, 'Conflict', wrong, url);
    step(0);
    return answer(response, model.replayState());
}

const NEW = ['alerts', 'annotations', 'fixes', 'sources', 'health', 'definitions', 'export', 'replay', 'accounting', 'rejected', ...GROUPS.map((name) => `${name}/top`)];

function api(request, response, route, params, url) {
    const known = PARAMETERS[route];
    const strange = known && Object.keys(params).find((name) => !known.includes(name));
    if (strange) return problem(response, 400, 'Bad Request', `${strange}: unknown parameter`, url);
    if (params.window && params.window !== 'all' && !PRESETS[params.window]) return problem(response, 400, 'Bad Request', 'window: one of 5m 15m 1h 6h 24h all', url);
    if (/(^|\s)form:/.test(params.q ?? '')) return problem(response, 400, 'Bad Request', 'A parameter is wrong.', url, [{parameter: 'q', detail: 'at byte 0: there is no such operator; did you mean from:?'}]);
    if (route === options.refuse) return problem(response, 503, 'Service Unavailable', 'two scans are under way: ask again', url);
    if (options.old && NEW.includes(route)) return problem(response, 404, 'Not Found', 'no such route', url);
    const tweet = /^tweets\/(\d+)$/.exec(route);
    if (tweet) {
        const data = model.tweet(tweet[1]);
        return data ? answer(response, data, {includes: {users: model.users([data])}}) : problem(response, 404, 'Not Found', 'no such tweet', url);
    }
    const responses = /^authors\/(\d+)\/responses$/.exec(route);
    if (responses) return answerPage(response, model.responsesTo(responses[1]), params);
    const group = /^(\w+)\/top$/.exec(route)?.[1];
    if (GROUPS.includes(group)) return answerPage(response, model.topGroups(group, params), params);
    const author = /^authors\/(\d+)$/.exec(route);
    if (author) {
        const data = model.author(author[1]);
        return data ? answer(response, data) : problem(response, 404, 'Not Found', 'no such author', url);
    }
    switch (route) {
    case 'authors/top': return answerPage(response, model.topAuthors(params), params);
    case 'tweets/top': return answerPage(response, model.topTweets(params), params, (data) => ({includes: {users: model.users(data)}}));
    case 'replay': return request.method === 'POST' ? steerReplay(request, response, url) : answer(response, model.replayState());
    case 'accounting': return answer(response, model.accounting());
    case 'rejected': return answer(response, model.rejected().slice(0, Number(params.limit ?? 10)));
    case 'alerts': return answer(response, state.alerts);
    case 'annotations': return answer(response, state.annotations);
    case 'fixes': return answer(response, state.fixes);
    case 'sources': return answer(response, state.sources);
    case 'health': return answer(response, state.health);
    case 'definitions': return answer(response, definitions);
    case 'export':
        response.writeHead(200, {'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="dunlin-${params.what}.${params.format}"`});
        return response.end(`asked\r\n${JSON.stringify(params)}\r\n`);
    case 'dataflow': return answer(response, model.dataflow());
    case 'map': return answer(response, model.map(params));
    case 'timeline': return answer(response, model.timeline(params));
    case 'cleaning': return answer(response, model.cleaning(), {meta: {rounds: 6, clean_min: 80, clean_cutoff: 0.005}});
    case 'locations/explain': return answer(response, model.explain(params.text ?? ''));
    case 'stats': return answer(response, model.stats());
    case 'snapshot': return answer(response, {stats: model.stats(), map: {full: true, upsert: model.map({}), remove: []}, board: board()});
    case 'stream': return stream(request, response, params);
    default: return problem(response, 404, 'Not Found', 'no such route', url);
    }
}

const server = createServer((request, response) => {
    counts.requests++;
    const url = new URL(request.url, 'http://localhost'), params = Object.fromEntries(url.searchParams);
    const steer = /^\/mock\/(\w+)$/.exec(url.pathname);
    if (url.pathname === '/healthz') return response.end('ok');
    if (steer) {
        if (steer[1] === 'pause') paused = true;
        if (steer[1] === 'resume') paused = false;
        if (steer[1] === 'step') step(Number(params.ms ?? 15000));
        if (steer[1] === 'state') {
            Object.assign(state, structuredClone(STATES[params.to]));
            for (const client of clients) client.write(alertFrame());
        }
        if (steer[1] === 'drop') for (const client of clients) client.destroy();
        return response.end(JSON.stringify({...counts, clients: clients.size, epoch: model.epoch}));
    }
    const asset = assets.get(url.pathname);
    if (asset) {
        response.writeHead(200, {'content-type': asset.type, 'content-encoding': 'gzip', 'content-security-policy': CSP, 'x-content-type-options': 'nosniff'});
        return response.end(asset.gzip);
    }
    if (url.pathname.startsWith('/api/v1/')) return api(request, response, url.pathname.slice(8), params, request.url);
    return problem(response, 404, 'Not Found', 'no such file', request.url);
});
server.listen(Number(options.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
