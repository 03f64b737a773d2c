// SPDX-License-Identifier: MIT
// Everything that the page knows, as signals.  Frames of the stream are gathered and
// applied together, so that what is on screen belongs together.
import {batch, computed, signal} from '@preact/signals';
import type {BadPlace, Board, BoardFrame, Hello, MapColumns, MapFrame, Stats, TimelineFrame} from './api.ts';
import {MapTable, Timeline} from './merge.ts';
import type {Theme} from './scale.ts';
import {ALL, isAll, type Selection} from './selection.ts';

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

export const newestMs = computed(() => {
    const newest = stats.value?.newest;
    return newest ? Date.parse(newest) : null;
});

export type Sort = 'influence' | 'responses' | 'retweets' | 'replies' | 'sentiment';
export const SORTS: { sort: Sort; label: string }[] = [
    {sort: 'influence', label: 'Influence'}, {sort: 'responses', label: 'Responses'}, {sort: 'retweets', label: 'Retweets'},
    {sort: 'replies', label: 'Replies'}, {sort: 'sentiment', label: 'Reception'},
];
export const selection = signal<Selection>(ALL);
export const sort = signal<Sort>('influence');
export const language = signal(''); // Empty: all.

// What REST answered for the present selection; null: the live stream has it.
export interface Asked { board: Board | null; map: MapColumns | null; version: number }
export const asked = signal<Asked>({board: null, map: null, version: 0});
export const askError = signal<string | null>(null);
export const asking = signal(false);

export const boardIsLive = computed(() => isAll(selection.value) && language.value === '' && sort.value === 'influence');
export const mapIsLive = computed(() => isAll(selection.value) && language.value === '');

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

export const pointed = signal<string | null>(null);  // Under the pointer or the focus.
export const pinned = signal<string | null>(null);   // Chosen; stays.
export const focusId = computed(() => pointed.value ?? pinned.value);

export const cardSide = signal<'left' | 'right'>('left'); // Where it does not hide its author.

export type Tab = 'map' | 'authors' | 'tweets' | 'cleaning';
export const tab = signal<Tab>('map');
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
        liveBoard.value = {tweets, authors, users: includes.users};
        break;
    }
    case 'timeline':
        timeline.apply(data as TimelineFrame);
        timelineVersion.value++;
        break;
    }
    const frameEpoch = epochOf(frame.id);
    if (frame.isLast && frameEpoch !== null) epoch.value = frameEpoch;
}

let waiting: Frame[] = [];
let timer: unknown = null;
let appliedAt = -Infinity;
export const updateMs = (): number => (lightMode.value ? 1000 : 250);

function applyWaiting(): void {
    timer = null;
    appliedAt = performance.now();
    const whole = waiting.findLastIndex((frame) => frame.isLast) + 1; // The rest belongs to an epoch still on its way.
    const frames = waiting.slice(0, whole);
    waiting = waiting.slice(whole);
    if (whole > 0) batch(() => frames.forEach(applyFrame));
}

export function receive(frame: Frame): void {
    if (frame.event === 'reset') waiting = []; // Nothing from before counts.
    waiting.push(frame);
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
    if (frames.length > 0) frames.at(-1)!.isLast = true;
    return frames;
}
