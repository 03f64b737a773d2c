// SPDX-License-Identifier: MIT
// What one looks at, as the page's address: to keep, to send, to go back to.
//
// Each choice is an entry of the history; dragging the brush changes one.  What is as
// it always is at first is left out.  A word that means nothing is passed over.
import {batch, effect, untracked} from '@preact/signals';
import {cleaned, FILTERS, type Filters} from './filters.ts';
import {ALL, PRESETS, type Selection, selectionParams, snapRange} from './selection.ts';
import {
    asTable, boardName, BOARDS, chosenTheme, filters, globe, opened, selection, sort, SORTS, type Subject, TEXTS, texts, view, VIEWS,
} from './store.ts';

const WRITE_AFTER_MS = 60;

function written(): URLSearchParams {
    const params = new URLSearchParams();
    const put = (name: string, value: string, first = ''): void => { if (value !== first) params.set(name, value); };
    for (const [name, value] of Object.entries(selectionParams(selection.value))) put(name, value, 'all');
    for (const name of FILTERS) put(name, filters.value[name] ?? '');
    put('sort', sort.value, 'influence');
    put('sentiment', texts.value, 'received');
    put('board', boardName.value, 'authors');
    put('view', view.value, 'map');
    put('map', asTable.value ? 'table' : globe.value ? 'globe' : 'flat', 'flat');
    if (opened.value !== null) put('card', `${opened.value.kind}:${opened.value.id}`);
    put('theme', chosenTheme.value ?? '');
    return params;
}

const oneOf = <T extends string>(all: readonly T[], value: string | null): T => all.find((one) => one === value) ?? all[0]!;

export function readSelection(params: URLSearchParams): Selection {
    const start = Date.parse(params.get('start') ?? ''), end = Date.parse(params.get('end') ?? '');
    if (Number.isFinite(start) && Number.isFinite(end)) return {kind: 'range', ...snapRange(start, end)};
    const window = PRESETS.find((preset) => preset === params.get('window'));
    return window === undefined ? ALL : {kind: 'preset', window};
}
export function readFilters(params: URLSearchParams): Filters {
    const found: Filters = {};
    for (const name of FILTERS) {
        const value = cleaned(name, params.get(name) ?? '');
        if (value !== null) found[name] = value;
    }
    return found;
}
export function readCard(params: URLSearchParams): Subject | null {
    const match = /^(author|tweet):([0-9]{1,20})$/.exec(params.get('card') ?? '');
    if (match === null) return null;
    return match[1] === 'tweet' ? {kind: 'tweet', id: match[2]!, authorId: null} : {kind: 'author', id: match[2]!};
}

function read(params: URLSearchParams): void {
    batch(() => {
        selection.value = readSelection(params);
        filters.value = readFilters(params);
        sort.value = oneOf(SORTS.map((s) => s.sort), params.get('sort'));
        texts.value = oneOf(TEXTS, params.get('sentiment'));
        boardName.value = oneOf(BOARDS, params.get('board'));
        view.value = oneOf(VIEWS, params.get('view'));
        asTable.value = params.get('map') === 'table';
        globe.value = params.get('map') === 'globe';
        opened.value = readCard(params);
        const theme = params.get('theme');
        if (theme === 'dark' || theme === 'light') chosenTheme.value = theme;
    });
}

const address = (params: URLSearchParams): string => `${location.pathname}${params.size === 0 ? '' : `?${params}`}`;
const without = (params: URLSearchParams, names: readonly string[]): string => new URLSearchParams([...params].filter(([name]) => !names.includes(name))).toString();

export function start(): void {
    read(new URLSearchParams(location.search));
    let last = written(), range = false, timer: unknown = null;
    history.replaceState(null, '', address(last));
    addEventListener('popstate', () => {
        read(new URLSearchParams(location.search));
        last = written();
        range = false;
    });
    const write = (): void => {
        timer = null;
        const now = untracked(written);
        if (now.toString() === last.toString()) return;
        const rangeOnly = now.has('start') && without(now, ['start', 'end', 'window']) === without(last, ['start', 'end', 'window']);
        const themeOnly = without(now, ['theme']) === without(last, ['theme']);
        if (themeOnly || rangeOnly && range) history.replaceState(null, '', address(now));
        else history.pushState(null, '', address(now));
        if (!themeOnly) range = rangeOnly;
        last = now;
    };
    effect(() => {
        written();
        timer ??= setTimeout(write, WRITE_AFTER_MS);
    });
}
