// SPDX-License-Identifier: MIT
// Everything that the page knows, as signals.  Frames of the stream are gathered and
// applied together, so that what is on screen belongs together.
import {batch, computed, signal} from '@preact/signals';
import type {Alert, Annotation, BadPlace, Board, BoardFrame, Hello, MapColumns, MapFrame, Stats, TimelineFrame} from './api.ts';
import {MapTable, Timeline} from './merge.ts';
import type {Theme} from './scale.ts';
import {type FilterName, type Filters, timelineParams, withFilter} from './filters.ts';
import {ALL, isAll, type Selection, selectionParams} from './selection.ts';

export type Connection =
    | { state: 'connecting' }
    | { state: 'live' }
    | { state: 'waiting'; untilMs: number }; // The page's clock, Date.now().

export const connection = signal<Connection>({state: 'connecting'});
export const hello = signal<Hello | null>(null);
export const epoch = signal<number | null>(null);
export const stats = signal<Stats | null>(null);
export const liveBoard = signal<Board | null>(null);
export const liveMap = new MapTable();
export const liveMapVersion = signal(0); // Counts the frames; 0: none came.
export const timeline = new Timeline();
export const timelineVersion = signal(0);
export const alerts = signal<Alert[]>([]); // Those that go on first.

export const annotations = signal<Annotation[]>([]); // The earliest first.

export const newestMs = computed(() => {
    const newest = stats.value?.newest;
    return newest ? Date.parse(newest) : null;
});

export const SORTS = [
    {sort: 'influence', label: 'Influence'}, {sort: 'responses', label: 'Responses'}, {sort: 'responders', label: 'Distinct people'},
    {sort: 'retweets', label: 'Retweets'}, {sort: 'replies', label: 'Replies'}, {sort: 'quotes', label: 'Quotes'},
    {sort: 'reception', label: 'Reception'}, {sort: 'controversy', label: 'Controversy'},
    {sort: 'recent_5m', label: 'Now (5 min)'}, {sort: 'recent_1h', label: 'Lately (1 h)'}, {sort: 'recent_6h', label: 'Lately (6 h)'},
] as const;
export type Sort = typeof SORTS[number]['sort'];
export const selection = signal<Selection>(ALL);
export const sort = signal<Sort>('influence');
export const filters = signal<Filters>({});
// Whose words make the mood that something received: those of answers, or all texts.
export const TEXTS = ['received', 'all'] as const;
export type Texts = typeof TEXTS[number];
export const texts = signal<Texts>('received');
export const textsParams = computed(() => Object.fromEntries(texts.value === 'all' ? [['sentiment', 'all']] : []) as Record<string, string>);
// What a value is called where it is an id: places and authors, as they were shown.
export const names = signal<ReadonlyMap<string, string>>(new Map());
export function setFilter(name: FilterName, value: string | null, called?: string): void {
    if (value !== null && called !== undefined) names.value = new Map([...names.peek(), [`${name} ${value}`, called]]);
    filters.value = withFilter(filters.peek(), name, value);
}
export const toggleFilter = (name: FilterName, value: string, called?: string): void => setFilter(name, filters.peek()[name] === value ? null : value, called);

// The board beside that of tweets; 'tweets': that one alone.
export const BOARDS = ['authors', 'tweets', 'places', 'origins', 'hashtags', 'links', 'languages'] as const;
export type BoardName = typeof BOARDS[number];
export const GROUPS: readonly BoardName[] = ['places', 'origins', 'hashtags', 'links', 'languages'];
export const boardName = signal<BoardName>('authors');
export const missingBoards = signal<ReadonlySet<BoardName>>(new Set()); // Of a server that has none of them.

// How many rows of each board are asked for.
export const ROWS = 10, MORE_ROWS = 40;
export const wanted = signal({main: ROWS, tweets: ROWS});

// What REST answered for the present selection; null: the live stream has it.
export interface Asked { board: Board | null; map: MapColumns | null; more: { main: boolean; tweets: boolean }; version: number }
export const asked = signal<Asked>({board: null, map: null, more: {main: true, tweets: true}, version: 0});
// The question that is put now, and the one that was answered: the same once all is shown.
export const answered = signal('');
export const question = computed(() => JSON.stringify([selectionParams(selection.value), filters.value, sort.value, texts.value, boardName.value, wanted.value, epoch.value]));
export const askError = signal<string | null>(null);
export const asking = signal(false);

export const mapIsLive = computed(() => isAll(selection.value) && texts.value === 'received' && Object.keys(filters.value).length === 0);
export const boardIsLive = computed(() => mapIsLive.value && sort.value === 'influence' && !GROUPS.includes(boardName.value)
    && wanted.value.main === ROWS && wanted.value.tweets === ROWS);
// The minutes of the stream are of everything; filtered ones are asked for.
export const askedTimeline = new Timeline();
export const timelineAnswered = signal(false);
export const timelineIsLive = computed(() => Object.keys(timelineParams(filters.value)).length === 0);
export const shownTimeline = computed(() => {
    void timelineVersion.value;
    return !timelineIsLive.value && timelineAnswered.value ? askedTimeline : timeline;
});

export const board = computed(() => {
    if (boardIsLive.value) return liveBoard.value;
    return asked.value.board ?? null;
});
export const mapColumns = computed<MapColumns | null>(() => {
    if (!mapIsLive.value) return asked.value.map;
    return liveMapVersion.value > 0 ? liveMap.rows : null;
});
// A new number whenever mapColumns's content is another one.
export const mapVersion = computed(() => (mapIsLive.value ? `live ${liveMapVersion.value}` : `asked ${asked.value.version}`));

export const badPlaces = signal<{ rows: BadPlace[]; rounds: number; reliableFrom: number | null } | null>(null);

// What the card is about; a tweet's author is known once it was answered.
export type Subject = { kind: 'author'; id: string } | { kind: 'tweet'; id: string; authorId: string | null };
export const pointed = signal<string | null>(null);   // An author, under the pointer or the focus.
export const opened = signal<Subject | null>(null);   // Chosen; stays.
export const pinned = computed(() => (opened.value?.kind === 'tweet' ? opened.value.authorId : opened.value?.id ?? null));
export const focusId = computed(() => (opened.value === null ? pointed.value : pinned.value));
const same = (a: Subject | null, b: Subject): boolean => a?.kind === b.kind && a.id === b.id;
// Opened again it closes.
export function toggleCard(subject: Subject): void {
    opened.value = same(opened.peek(), subject) ? null : subject;
    if (opened.value === null) return;
    view.value = 'map'; // Where the card is.
    if (narrow.matches) tab.value = 'map';
}
export function openAuthor(id: string): void {
    if (!same(opened.peek(), {kind: 'author', id})) toggleCard({kind: 'author', id});
}
export function closeCard(): void {
    opened.value = null;
    pointed.value = null;
}

export const cardSide = signal<'left' | 'right'>('left'); // Where it does not hide its author.

// On a phone: the panel that shows.
export type Tab = 'map' | 'boards' | 'cleaning' | 'works';
export const tab = signal<Tab>('map');
// What fills the space beside the boards: the map with what belongs to it, or the works.
export const VIEWS = ['map', 'dataflow', 'lines', 'health'] as const;
export type View = typeof VIEWS[number];
export const view = signal<View>('map');
export const asTable = signal(false); // The map as a table.
export const lightMode = signal(false);   // No GPU: fewer pixels, fewer updates.
export const flatOnly = signal(false);    // No WebGL2.
export const globe = signal(false);

function storedTheme(): Theme | null {
    try {
        const stored = localStorage.getItem('dunlin-theme');
        return stored === 'dark' || stored === 'light' ? stored : null;
    } catch {
        return null; // Storage is turned off: the system's theme then.
    }
}
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal<Theme>(systemDark.matches ? 'dark' : 'light');
systemDark.addEventListener('change', () => { systemTheme.value = systemDark.matches ? 'dark' : 'light'; });
export const chosenTheme = signal<Theme | null>(storedTheme());
export const theme = computed<Theme>(() => chosenTheme.value ?? systemTheme.value);

export function toggleTheme(): void {
    chosenTheme.value = theme.value === 'dark' ? 'light' : 'dark';
    try {
        localStorage.setItem('dunlin-theme', chosenTheme.value);
    } catch {
        // Not kept, then.
    }
}

export const narrow = matchMedia('(max-width: 720px)'); // One panel at a time, as in style.css.
export const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

// A frame of the stream as it travels between tabs.  The last of an epoch brings its id.
export interface Frame { event: string; id: string; data: string; isLast: boolean }

export function epochOf(id: string): number | null {
    const n = Number(id.slice(id.lastIndexOf('-') + 1));
    return id.includes('-') && Number.isFinite(n) ? n : null;
}

function applyFrame(frame: Frame): void {
    const data: unknown = JSON.parse(frame.data);
    switch (frame.event) {
    case 'hello':
        // Another version of the program has another page.
        if (hello.value !== null && hello.value.version !== (data as Hello).version) location.reload();
        hello.value = data as Hello;
        epoch.value = (data as Hello).epoch ?? epochOf(frame.id);
        break;
    case 'stats': stats.value = data as Stats; break;
    case 'map':
        liveMap.apply(data as MapFrame);
        liveMapVersion.value++;
        break;
    case 'board': {
        const {tweets, includes, authors} = data as BoardFrame;
        liveBoard.value = {tweets, authors, users: includes.users, groups: []};
        break;
    }
    case 'timeline':
        timeline.apply(data as TimelineFrame);
        timelineVersion.value++;
        break;
    case 'annotation': annotations.value = (data as { annotations: Annotation[] }).annotations; break;
    case 'alert': alerts.value = (data as { alerts: Alert[] }).alerts; break;
    }
    const frameEpoch = epochOf(frame.id);
    if (frame.isLast && frameEpoch !== null) epoch.value = frameEpoch;
}

let waiting: Frame[] = [];
let timer: unknown = null;
let appliedAt = -Infinity;
export const updateMs = (): number => (lightMode.value ? 1000 : 250);

// The frames of a tick come together, and the last brings the epoch's id.  Of an epoch
// that was told already more may come (a channel was late, the source has changed its
// state), and then no new id does: what nothing follows for this long was the end.
const SETTLED_MS = 250;
let receivedAt = -Infinity;

function applyWaiting(): void {
    appliedAt = performance.now();
    const isSettled = appliedAt - receivedAt >= SETTLED_MS;
    const whole = isSettled ? waiting.length : waiting.findLastIndex((frame) => frame.isLast) + 1; // The rest belongs to an epoch still on its way.
    const frames = waiting.slice(0, whole);
    waiting = waiting.slice(whole);
    timer = waiting.length > 0 ? setTimeout(applyWaiting, SETTLED_MS) : null;
    if (whole > 0) batch(() => frames.forEach(applyFrame));
}

export function receive(frame: Frame): void {
    if (frame.event === 'reset') waiting = []; // Nothing from before counts.
    waiting.push(frame);
    receivedAt = performance.now();
    // The first frames come at once; a short wait lets those of one epoch arrive.
    timer ??= setTimeout(applyWaiting, Math.max(20, appliedAt + updateMs() - performance.now()));
}

// All frames that bring another tab to the present state.
export function presentFrames(): Frame[] {
    const id = `${hello.value?.boot ?? ''}-${epoch.value ?? 0}`;
    const frames: Frame[] = [];
    const add = (event: string, data: unknown): void => { frames.push({event, id, data: JSON.stringify(data), isLast: false}); };
    if (hello.value) add('hello', {...hello.value, epoch: epoch.value ?? hello.value.epoch});
    if (stats.value) add('stats', stats.value);
    if (liveMapVersion.value > 0) add('map', {full: true, upsert: liveMap.rows, remove: []});
    if (liveBoard.value) add('board', {...liveBoard.value, includes: {users: liveBoard.value.users}});
    if (timelineVersion.value > 0) add('timeline', {full: true, minutes: timeline.rows(), removed: []});
    if (alerts.value.length > 0) add('alert', {alerts: alerts.value});
    if (annotations.value.length > 0) add('annotation', {annotations: annotations.value});
    if (frames.length > 0) frames.at(-1)!.isLast = true;
    return frames;
}
