// SPDX-License-Identifier: MIT
// Questions over REST: board and map for what the stream does not send, what was
// cleaned, and one author.
//
// At most one round of a question is under way; a newer one cancels it.  A question
// whose end is "now" is asked again each second, if there is a new epoch to ask about.
import {effect, signal, untracked} from '@preact/signals';
import {
    type Answer, type Author, type AuthorDetail, type BadPlace, get, getRows, type Group, isMissing, type MapColumns, type Minute, Refused, type Tweet,
    type TweetDetail, type User, wordsOf,
} from './api.ts';
import {timelineParams} from './filters.ts';
import {throttle} from './pace.ts';
import {selectionParams} from './selection.ts';
import {
    answered, asked, askedTimeline, asking, askError, badPlaces, boardIsLive, type BoardName, boardName, epoch, filters, focusId, GROUPS, hello, liveBoard,
    liveMap, mapIsLive, missingBoards, opened, question, ROWS, selection, sort, stats, texts, textsParams, timeline, timelineAnswered, timelineIsLive, timelineVersion, wanted,
} from './store.ts';

const aborted = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

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

export const keyOfGroup = (g: Group): string => g.id ?? g.tag ?? g.url ?? g.lang ?? '';

async function askView(signal: AbortSignal) {
    const scope: Record<string, string> = {...selectionParams(selection.value), ...filters.value, ...textsParams.value};
    const ranked = {...scope, sort: sort.value}, {main, tweets: tweetRows} = wanted.value, name = boardName.value;
    const isGroup = GROUPS.includes(name);
    const [authors, tweets, map, groups] = await Promise.all([
        isGroup ? null : getRows<Author>('authors/top', ranked, main, (a) => a.id, signal),
        getRows<Tweet>('tweets/top', ranked, tweetRows, (t) => t.id, signal),
        mapIsLive.value ? null : get<MapColumns>('map', scope, signal),
        isGroup ? getRows<Group>(`${name}/top`, ranked, main, keyOfGroup, signal).catch((error: unknown) => {
            if (!isMissing(error)) throw error;
            missingBoards.value = new Set([...missingBoards.value, name]);
            boardName.value = 'authors';
            return {rows: [], users: [], more: false};
        }) : null,
    ]);
    return {authors, tweets, map, groups};
}

function refreshView(): void {
    if (boardIsLive.value) {
        view.cancel();
        asking.value = false;
        askError.value = null;
        return;
    }
    const at = epoch.value, put = question.value;
    asking.value = true;
    void view.ask(askView, ({authors, tweets, map, groups}) => {
        askedEpoch = at;
        answered.value = put;
        asking.value = false;
        askError.value = null;
        asked.value = {
            board: {authors: authors?.rows ?? asked.value.board?.authors ?? [], tweets: tweets.rows, users: tweets.users, groups: groups?.rows ?? []},
            map: map?.data ?? asked.value.map, more: {main: (groups ?? authors)?.more ?? false, tweets: tweets.more}, version: asked.value.version + 1,
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

const tweetAsker = new Asker();
export const tweet = signal<{ tweet: TweetDetail; user: User | null } | null>(null);
export const tweetError = signal<string | null>(null);
let tweetEpoch: number | null = null;

function refreshTweet(): void {
    const subject = opened.value;
    if (subject?.kind !== 'tweet') {
        tweetAsker.cancel();
        tweet.value = null;
        tweetError.value = null;
        return;
    }
    const at = epoch.value;
    void tweetAsker.ask((signal) => get<TweetDetail>(`tweets/${encodeURIComponent(subject.id)}`, {}, signal), (answer: Answer<TweetDetail>) => {
        tweetEpoch = at;
        const user = answer.includes?.users?.find((u) => u.id === answer.data.author_id) ?? null;
        tweet.value = {tweet: answer.data, user};
        tweetError.value = null;
        if (subject.authorId === null && opened.peek() === subject) opened.value = {...subject, authorId: answer.data.author_id};
    }, (why) => { tweetError.value = why; });
}

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
let takesNoFilters = false; // The server's timeline: then it stays that of everything.
function refreshTimeline(): void {
    const live = timelineIsLive.value;
    if (takesNoFilters && !live) return;
    void minutes.ask((signal) => get<Minute[]>('timeline', timelineParams(filters.value), signal).catch((error: unknown) => {
        takesNoFilters ||= !live && error instanceof Refused && error.status === 400;
        throw error;
    }), (answer) => {
        (live ? timeline : askedTimeline).apply({full: true, minutes: answer.data, removed: []});
        timelineAnswered.value = !live;
        timelineVersion.value++;
    }, () => { timelineAnswered.value = false; /* Asked again in a few seconds. */ });
}

export function start(): void {
    let boardWasLive = true, mapWasLive = true;
    effect(() => {
        void [selection.value, sort.value, texts.value, filters.value, boardName.value];
        untracked(() => { wanted.value = {main: ROWS, tweets: ROWS}; });
    });
    let shown: BoardName = boardName.peek();
    effect(() => {
        void [selection.value, sort.value, texts.value, filters.value, boardName.value, wanted.value];
        untracked(() => {
            askedEpoch = null;
            // Until the answer is there, what was on screen stays.
            const {board, map, more, version} = asked.value, was = boardWasLive ? liveBoard.value : board;
            const kept = was === null || shown === boardName.value ? was : {...was, groups: []}; // Other rows mean other things.
            asked.value = {board: kept, map: mapWasLive ? liveMap.rows : map, more, version};
            shown = boardName.value;
            boardWasLive = boardIsLive.value;
            mapWasLive = mapIsLive.value;
            refreshViewSoon();
        });
    });
    effect(() => {
        void focusId.value;
        untracked(refreshAuthorSoon);
    });
    let openTweet: string | null = null;
    effect(() => {
        const id = opened.value?.kind === 'tweet' ? opened.value.id : null;
        if (id !== openTweet) untracked(refreshTweet);
        openTweet = id;
    });
    effect(() => {
        void filters.value;
        untracked(() => {
            timelineAnswered.value = false;
            if (timelineIsLive.value) minutes.cancel();
            else refreshTimeline();
        });
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
    every(2000, () => { if (!tweetAsker.isBusy && openTweet !== null && tweetEpoch !== epoch.value) refreshTweet(); });
    every(5000, () => { if (!cleaning.isBusy && cleaningEpoch !== epoch.value) refreshCleaning(); });
    let timelineEpoch: number | null = null;
    every(2000, () => {
        const mustAsk = !timelineIsLive.value ? timelineEpoch !== epoch.value : hello.value !== null && !hello.value.topics.includes('timeline');
        timelineEpoch = epoch.value;
        if (mustAsk && !minutes.isBusy) refreshTimeline();
    });
}
