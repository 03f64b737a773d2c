// SPDX-License-Identifier: MIT
// The shapes of server/API.md, and how to ask for them.

export interface Place { name: string; lat: number; lon: number; country: string | null }
export interface Received { n: number; mean: number | null; low: number | null; high: number | null }
export type Verdict = 'good' | 'bad' | 'unjudged' | null;

export interface Author {
    id: string; username: string; name: string; location: string; place: Place | null;
    map_point: boolean; verdict: Verdict; followers: number | null;
    responses: number; retweets: number; replies: number; quotes: number; responders?: number; influence: number;
    received: Received;
    clean?: { responses: number; close: number; medium: number; far: number; influence: number };
}
export interface ResponderPlace {
    name: string; lat: number; lon: number; country: string | null;
    responses: number; influence: number; distance: 'close' | 'medium' | 'far' | null;
}
export interface AuthorDetail extends Author { responders_by_place?: ResponderPlace[]; tweets?: Tweet[] }

export interface User {
    id: string; username: string; name: string; location: string; place: Place | null; followers: number | null;
}
export interface Tweet {
    id: string; author_id: string; created_at: string | null; text: string; kind: string; reference_id: string | null;
    lang: string | null; lang_guessed: boolean; sentiment: { score: number; label: string } | null;
    responses: number; retweets: number; replies: number; quotes: number; influence: number; received: Received;
}
export interface Minute {
    minute: string; tweets: number; retweets: number; replies: number; quotes: number;
    positive: number; neutral: number; negative: number; unknown: number;
}
export interface MapColumns {
    id: string[]; lat: number[]; lon: number[]; influence: number[]; responses: number[];
    received_n: number[]; received_mean: (number | null)[]; username: string[]; place: string[];
}
export interface MapFrame { epoch?: number; full: boolean; upsert: MapColumns; remove: string[] }
export interface Board { tweets: Tweet[]; users: User[]; authors: Author[] }
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

export interface Meta { epoch: number; as_of: string | null; result_count?: number; rounds?: number; clean_min?: number }
export interface Answer<T> { data: T; includes?: { users?: User[] }; meta: Meta }

export const BASE = 'api/v1/';

// An error that the server explained, in its own words.
export class Refused extends Error {
    constructor(readonly status: number, detail: string) {
        super(detail);
    }
}

export async function get<T>(path: string, params: Record<string, string>, signal?: AbortSignal): Promise<Answer<T>> {
    const query = new URLSearchParams(params).toString();
    const response = await fetch(BASE + path + (query === '' ? '' : `?${query}`), {
        signal: signal ?? null, headers: {accept: 'application/json'},
    });
    if (response.ok) return await response.json() as Answer<T>;
    let detail = `the server answered ${response.status}`;
    try {
        const problem = await response.json() as { detail?: string };
        if (typeof problem.detail === 'string') detail = problem.detail;
    } catch {
        // No problem document: the status has to do.
    }
    throw new Refused(response.status, detail);
}
