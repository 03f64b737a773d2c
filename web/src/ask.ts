// SPDX-License-Identifier: MIT
// Questions over REST: board and map for what the stream does not send, what was
// cleaned, and one author.
//
// At most one round of a question is under way; a newer one cancels it.  A question
// whose end is "now" is asked again each second, if there is a new epoch to ask about.
import {effect, signal, untracked} from '@preact/signals';
import {type Author, type AuthorDetail, type BadPlace, get, type MapColumns, Refused, type Minute, type Tweet} from './api.ts';
import {throttle} from './pace.ts';
import {selectionParams} from './selection.ts';
import {
    asked, asking, askError, badPlaces, boardIsLive, epoch, focusId, hello, language, liveBoard, liveMap, mapIsLive, selection,
    sort, stats, timeline, timelineVersion,
} from './store.ts';

const aborted = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';
const wordsOf = (error: unknown): string => (error instanceof Refused ? error.message : 'The server cannot be reached.');

// Asks, forgetting the question before.
class Asker {
    private controller: AbortController | null = null;
    get isBusy(): boolean { return this.controller !== null; }

    cancel(): void {
        this.controller?.abort();
        this.controller = null;
    }

    async ask<T>(question: (signal: AbortSignal) => Promise<T>, done: (answer: T) => void, failed: (why: string) => void): Promise<void> {
        this.cancel();
        const controller = new AbortController();
        this.controller = controller;
        try {
            const answer = await question(controller.signal);
            if (this.controller === controller) done(answer);
        } catch (error) {
            if (this.controller === controller && !aborted(error)) failed(wordsOf(error));
        } finally {
            if (this.controller === controller) this.controller = null;
        }
    }
}

const view = new Asker();
let askedEpoch: number | null = null; // Of the newest answer.

async function askView(signal: AbortSignal) {
    const scope: Record<string, string> = selectionParams(selection.value);
    if (language.value !== '') scope.lang = language.value;
    const ranked = {...scope, sort: sort.value, limit: '10'};
    const [authors, tweets, map] = await Promise.all([
        get<Author[]>('authors/top', ranked, signal), get<Tweet[]>('tweets/top', ranked, signal),
        mapIsLive.value ? null : get<MapColumns>('map', scope, signal),
    ]);
    return {authors, tweets, map};
}

function refreshView(): void {
    if (boardIsLive.value) {
        view.cancel();
        asking.value = false;
        askError.value = null;
        return;
    }
    const at = epoch.value;
    asking.value = true;
    void view.ask(askView, ({authors, tweets, map}) => {
        askedEpoch = at;
        asking.value = false;
        askError.value = null;
        asked.value = {
            board: {authors: authors.data, tweets: tweets.data, users: tweets.includes?.users ?? []},
            map: map?.data ?? asked.value.map, version: asked.value.version + 1,
        };
    }, (why) => {
        asking.value = false;
        askError.value = why;
    });
}

// Dragging the brush asks ten times a second, not at every pixel.
const refreshViewSoon = throttle<void>(refreshView, () => 100);

const detail = new Asker();
export const author = signal<AuthorDetail | null>(null);
export const authorError = signal<string | null>(null);
let detailEpoch: number | null = null;

function refreshAuthor(): void {
    const id = focusId.value;
    if (id === null) {
        detail.cancel();
        author.value = null;
        authorError.value = null;
        return;
    }
    const at = epoch.value;
    void detail.ask((signal) => get<AuthorDetail>(`authors/${encodeURIComponent(id)}`, {}, signal), (answer) => {
        detailEpoch = at;
        author.value = answer.data;
        authorError.value = null;
    }, (why) => { authorError.value = why; });
}
const refreshAuthorSoon = throttle<void>(refreshAuthor, () => 80);

const cleaning = new Asker();
let cleaningEpoch: number | null = null;

function refreshCleaning(): void {
    const at = epoch.value;
    void cleaning.ask((signal) => get<BadPlace[]>('cleaning', {}, signal), (answer) => {
        cleaningEpoch = at;
        badPlaces.value = {rows: answer.data, rounds: answer.meta.rounds ?? 0, reliableFrom: answer.meta.clean_min ?? null};
    }, () => { /* Asked again in a few seconds. */ });
}

const minutes = new Asker();
function refreshTimeline(): void {
    void minutes.ask((signal) => get<Minute[]>('timeline', {}, signal), (answer) => {
        timeline.apply({full: true, minutes: answer.data, removed: []});
        timelineVersion.value++;
    }, () => { /* Asked again in a few seconds. */ });
}

export function start(): void {
    let boardWasLive = true, mapWasLive = true;
    effect(() => {
        void [selection.value, sort.value, language.value];
        untracked(() => {
            askedEpoch = null;
            // Until the answer is there, what was on screen stays.
            const {board, map, version} = asked.value;
            asked.value = {board: boardWasLive ? liveBoard.value : board, map: mapWasLive ? liveMap.rows : map, version};
            boardWasLive = boardIsLive.value;
            mapWasLive = mapIsLive.value;
            refreshViewSoon();
        });
    });
    effect(() => {
        void focusId.value;
        untracked(refreshAuthorSoon);
    });
    let badCount = -1;
    effect(() => {
        const count = stats.value?.bad_places ?? -1;
        if (count !== badCount && count >= 0) untracked(refreshCleaning);
        badCount = count;
    });
    const every = (ms: number, run: () => void): void => {
        setInterval(() => { if (!document.hidden) run(); }, ms);
    };
    every(1000, () => {
        const now = epoch.value;
        if (!view.isBusy && !boardIsLive.value && askedEpoch !== now) refreshView();
    });
    every(2000, () => { if (!detail.isBusy && focusId.value !== null && detailEpoch !== epoch.value) refreshAuthor(); });
    every(5000, () => { if (!cleaning.isBusy && cleaningEpoch !== epoch.value) refreshCleaning(); });
    every(2000, () => { if (hello.value !== null && !hello.value.topics.includes('timeline')) refreshTimeline(); });
}
