// SPDX-License-Identifier: MIT
// The shapes of server/API.md, and how to ask for them.

export interface Place { name: string; lat: number; lon: number; country: string | null }
export interface Received { n: number; mean: number | null; low: number | null; high: number | null; spread?: number | null }
export type Verdict = 'good' | 'bad' | 'unjudged' | null;

export interface Author {
    id: string; username: string; name: string; location: string; place: Place | null;
    map_point: boolean; verdict: Verdict; followers: number | null;
    responses: number; retweets: number; replies: number; quotes: number; responders?: number; influence: number;
    received: Received; recent?: number;
    clean?: { responses: number; close: number; medium: number; far: number; influence: number };
}
export interface ResponderPlace {
    id?: string; name: string; lat: number; lon: number; country: string | null;
    responses: number; influence: number; distance?: 'close' | 'medium' | 'far' | null;
}
export interface MinuteCount { minute: string; responses: number }
export interface AuthorDetail extends Author { responders_by_place?: ResponderPlace[]; tweets?: Tweet[]; responses_by_minute?: MinuteCount[] }

export interface User {
    id: string; username: string; name: string; location: string; place: Place | null; followers: number | null;
}
export interface Tweet {
    id: string; author_id: string; created_at: string | null; text: string; kind: string; reference_id: string | null;
    lang: string | null; lang_guessed: boolean; sentiment: { score: number; label: string } | null;
    responses: number; retweets: number; replies: number; quotes: number; responders?: number; influence: number; received: Received;
    recent?: number; hashtags?: string[]; links?: string[];
}
// What the scorer made of one word; null where it has no say in the sum.
export interface ScoredWord { word?: string; token?: string; valence?: number | null; score?: number | null; role?: string }
export interface InfluenceTerm { author: string; username: string; followers: number | null; tweets: number | null; weight: number }
export interface TweetDetail extends Tweet {
    terms?: { influence?: InfluenceTerm[] }; words?: ScoredWord[];
    responses_by_minute?: MinuteCount[]; responses_by_place?: ResponderPlace[];
}
// A row of the boards of places, origins, hashtags, links and languages: the same totals, and
// what they are of.
export interface Group {
    id?: string; name?: string; lat?: number; lon?: number; country?: string | null; verdict?: Verdict;
    tag?: string; url?: string; host?: string; lang?: string; tweets?: number; authors?: number;
    responses: number; retweets: number; replies: number; quotes: number; responders?: number; influence: number;
    received: Received; recent?: number;
}
export interface AuthorResponse { id: string; kind: string; author_id: string; created_at: string | null; influence: number }
export interface Minute {
    minute: string; tweets: number; retweets: number; replies: number; quotes: number;
    positive: number; neutral: number; negative: number; unknown: number;
}
export interface MapColumns {
    id: string[]; lat: number[]; lon: number[]; influence: number[]; responses: number[];
    received_n: number[]; received_mean: (number | null)[]; username: string[]; place: string[];
}
export interface MapFrame { epoch?: number; full: boolean; upsert: MapColumns; remove: string[] }
export interface Board { tweets: Tweet[]; users: User[]; authors: Author[]; groups: Group[] }
export interface BoardFrame { epoch?: number; tweets: Tweet[]; includes: { users: User[] }; authors: Author[] }
export interface TimelineFrame { epoch?: number; full: boolean; minutes: Minute[]; removed: string[] }

export interface Source {
    kind: string; state: string; detail: string; bytes_read: number; bytes_total: number;
    connects: number; speed: number | null; position: string | null;
}
export interface Stats {
    items: number; accepted: number; repaired: number; ignored: number; rejected: number;
    heard: number; tweets: number; originals: number; retweets: number; replies: number; quotes: number; deleted: number;
    users: number; users_with_location: number; responses: number; located: number; clean: number;
    bad_places: number; rounds: number; newest: string | null; oldest: string | null;
    languages: [string, number][]; mood: Received; rate: number; queue: number; source: Source;
    memory_bytes: number; epoch_us: number;
}
export interface Hello { version: string; boot: string; epoch: number; tick_ms: number; topics: string[]; window: string }

export interface BadPlace {
    name: string; lat: number; lon: number; country: string | null;
    round: number; authors: number; speakers: number; responses: number;
}
export interface Explanation {
    text: string; geocoder: { reasons?: string[]; confidence?: number } | null; place: Place | null; map_point: boolean;
    verdict: Verdict; round: number | null;
    evidence: { round: number; authors: number; speakers: number }[];
    authors: { id: string; username: string; responses: number; close: number; speaks: boolean }[];
}

export interface Alert {
    id: string; kind: string; source: string | null; since: string; until: string | null; words: string; numbers: Record<string, number>;
}
// What somebody noted of a time.
export interface Annotation { id: string; at: string; until: string | null; text: string; made_at: string }
// A rule that set right what was held.
export interface Fix { number: number; where: string; set: string; made_at: string; undone: boolean; tweets: number; users: number }
export interface Spend { spent_usd: number; budget_usd: number | null; usd_per_hour: number; cap_at: string | null }
export interface SourceHealth {
    kind: string; state: string; detail: string; tweets: number; rate: number; lag_ms: number | null; newest: string | null;
    bytes_read: number; bytes_total: number; connects: number; gaps: number; missed: number; next_try: string | null;
    lacks: string[]; spend: Spend | null; reconnects: { at: string; why: string }[];
}
export interface Journal {
    is_writing: boolean; detail: string; since: string | null; file_bytes: number; wal_bytes: number; backlog_bytes: number;
    records: number; deletes_waiting: number; rows_damaged: number; floor: string | null; read_share: number;
}
export interface Health {
    journal: Journal | null; is_restoring: boolean; is_memory_full: boolean; memory_bytes: number;
    queue: number; queue_max: number; epoch_us: number; doubles: number;
}

export interface Replay {
    state: 'playing' | 'paused' | 'ended' | 'live' | string; speed: number | null; position: string | null; start: string | null; can_seek: boolean;
}
export type Order = { action: 'play' | 'pause' } | { action: 'speed'; speed: number } | { action: 'seek'; to: string };
export interface Accounting {
    outcomes: Record<string, number>; reasons: Record<string, number | Record<string, number>>;
    files?: { name: string; items: number; accepted: number; repaired: number; ignored: number; rejected: number }[];
}
export interface Rejected { file: string; line: number; reason: string; bytes: string }
export interface Operator {
    id: number; name: string; kind: string; inputs: number[]; in_loop: boolean;
    rows_in: number; rows_out: number; epoch_changes: number; rows_held: number; bytes_held: number; time_us: number;
}

export interface Meta { epoch: number; as_of: string | null; result_count?: number; next_token?: string; rounds?: number; clean_min?: number }
export interface Answer<T> { data: T; includes?: { users?: User[] }; meta: Meta }

export const BASE = 'api/v1/';

// An error that the server explained, in its own words.
export class Refused extends Error {
    constructor(readonly status: number, detail: string) {
        super(detail);
    }
}

async function answerOf<T>(response: Response): Promise<Answer<T>> {
    if (response.ok) return await response.json() as Answer<T>;
    let detail = `the server answered ${response.status}`;
    try {
        const problem = await response.json() as { detail?: string; errors?: Array<{ parameter: string; detail: string }> };
        if (typeof problem.detail === 'string') detail = `${problem.detail} ${(problem.errors ?? []).map((e) => `${e.parameter}: ${e.detail}`).join('; ')}`.trim();
    } catch {
        // No problem document: the status has to do.
    }
    throw new Refused(response.status, detail);
}

export async function get<T>(path: string, params: Record<string, string>, signal?: AbortSignal): Promise<Answer<T>> {
    const query = new URLSearchParams(params).toString();
    return answerOf<T>(await fetch(BASE + path + (query === '' ? '' : `?${query}`), {signal: signal ?? null, headers: {accept: 'application/json'}}));
}

export async function post<T>(path: string, body: unknown): Promise<Answer<T>> {
    return answerOf<T>(await fetch(BASE + path, {
        method: 'POST', body: JSON.stringify(body), headers: {accept: 'application/json', 'content-type': 'application/json'},
    }));
}

const PAGE_ROWS = 50;

// The first `wanted` rows of a list, page by page.  `more`: there are others behind them.
export async function getRows<T>(path: string, params: Record<string, string>, wanted: number, keyOf: (row: T) => string,
                                 signal: AbortSignal): Promise<{ rows: T[]; users: User[]; more: boolean }> {
    const rows = new Map<string, T>(), users: User[] = [];
    let cursor: string | undefined;
    do {
        const limit = String(Math.min(PAGE_ROWS, wanted - rows.size)), before = rows.size;
        const {data, includes, meta} = await get<T[]>(path, {...params, limit, ...(cursor === undefined ? {} : {cursor})}, signal);
        for (const row of data) rows.set(keyOf(row), row);
        users.push(...includes?.users ?? []);
        cursor = meta.next_token;
        if (rows.size === before) break;
    } while (cursor !== undefined && rows.size < wanted);
    return {rows: [...rows.values()], users, more: cursor !== undefined};
}

export const wordsOf = (error: unknown): string => (error instanceof Refused ? error.message : 'The server cannot be reached.');
export const isMissing = (error: unknown): boolean => error instanceof Refused && error.status === 404;
