// SPDX-License-Identifier: MIT
// How the stand-in's sources and journal fare, in the states that the page tells of.

const source = (kind, more) => ({kind, state: 'live', detail: '', tweets: 120345, rate: 41.2, lag_ms: 1800, newest: '2012-07-04T12:00:00.000Z', bytes_read: 734003200, bytes_total: 0,
    connects: 1, gaps: 0, missed: 0, next_try: null, lacks: [], spend: null, reconnects: [], ...more});
const files = source('files', {state: 'replaying', lag_ms: null, bytes_total: 1e9, connects: 0});
const journal = {is_writing: true, detail: '', since: null, file_bytes: 48e6, wal_bytes: 4e6, backlog_bytes: 0, records: 120345, deletes_waiting: 0, rows_damaged: 0, floor: null, read_share: 1};
const health = {journal: null, is_restoring: false, is_memory_full: false, memory_bytes: 412e6, queue: 1, queue_max: 4, epoch_us: 8300, doubles: 0};
const alert = (kind, words, more) => ({id: `${kind}-0-1341403200000`, kind, source: null, since: '2012-07-04T12:00:00.000Z', until: null, words, numbers: {now: 0.8, before: 0.12}, ...more});

// What people noted, and rules that set right what was held.
const hours = (n) => new Date(Date.UTC(2012, 6, 4, 5, 0) + n * 3600000).toISOString();
const note = (id, at, until, text) => ({id: String(id), at: hours(at), until: until === null ? null : hours(until), text, made_at: '2012-07-04T13:00:00.000Z'});
const annotations = [note(1, -5, null, 'long before'), note(2, 0.5, null, 'goal'), note(3, 1, 1.5, '<img src=x onerror=alert(1)> outage \u202E of the source'), note(4, 2, null, 'the end')];
const fix = (number, set, where, undone) => ({number, where, set, made_at: '2012-07-04T12:30:00.000Z', now: '2012-07-04T12:30:00.000Z', version: number, undone, tweets: 5000, users: number === 1 ? 1 : 0,
    changes: {tweets: {followers: 5000}, users: {}}, refused: 0});
const fixes = [fix(1, 'followers*=1000', 'source:push and created_at>=-1h', true), fix(2, 'lang="en"', '"<img src=x onerror=alert(1)>"', false)];

export const STATES = {
    calm: {sources: [files], health, alerts: [], annotations: [], fixes: []},
    noted: {sources: [files], health, alerts: [], annotations, fixes},
    trouble: {
        sources: [
            source('x-stream', {state: 'waiting', detail: 'HTTP 503 <img src=x onerror=alert(1)>', next_try: '2012-07-04T12:00:20.000Z', lag_ms: 95000, connects: 4, gaps: 3, missed: 120,
                spend: {spent_usd: 8.25, budget_usd: 10, usd_per_hour: 1.5, cap_at: '2012-07-04T13:10:00.000Z'},
                reconnects: [{at: '2012-07-04T11:59:58.000Z', why: 'HTTP 503'}, {at: '2012-07-04T11:20:00.000Z', why: 'closed by the server'}]}),
            source('mastodon', {lacks: ['location', 'followers']}),
        ],
        health: {...health, journal: {...journal, is_writing: false, since: '2012-07-04T11:58:00.000Z', detail: 'no space left on device', backlog_bytes: 3e6, deletes_waiting: 2}, is_memory_full: true, doubles: 12},
        alerts: [
            alert('labels_shifted', 'Moods shifted: negative is 80.0 % of five minutes, 12.0 % of the hour before'),
            alert('source_away', 'x-stream is not connected: HTTP 503 <img src=x onerror=alert(1)>', {source: 'x-stream', since: '2012-07-04T11:59:58.000Z'}),
            alert('rate_fell', 'The rate fell: 20 tweets a minute heard, 60 in the hour before', {since: '2012-07-04T10:00:00.000Z', until: '2012-07-04T10:20:00.000Z'}),
        ],
    },
    poor: {sources: [source('mastodon', {lacks: ['location', 'followers']})], health: {...health, journal, is_restoring: true}, alerts: []},
};
STATES.poor.health.journal = {...journal, read_share: 0.42};

// Those that the page shows the meaning of.
export const NAMES = ['responses', 'influence', 'responders', 'received.mean', 'received.spread', 'recent', 'located', 'clean.responses', 'sentiment.score', 'words', 'terms.influence',
    'rows_out', 'bytes_held', 'time_us', 'items', 'accepted', 'repaired', 'ignored', 'rejected', 'lag_ms', 'gaps', 'missed', 'spend', 'journal', 'rate_fell'];
