// SPDX-License-Identifier: MIT
// What the numbers on the page mean.  The program says it, as /docs does: here is only
// which of its definitions belongs to what the page shows.
import {signal} from '@preact/signals';
import {get, isMissing} from './api.ts';

const names = {
    response: 'responses', influence: 'influence', responders: 'responders', received: 'received.mean', controversy: 'received.spread', recent: 'recent',
    located: 'located', clean: 'clean.responses', mood: 'sentiment.score', words: 'words', terms: 'terms.influence',
    rate: 'rows_out', memory: 'bytes_held', time: 'time_us',
    items: 'items', accepted: 'accepted', repaired: 'repaired', ignored: 'ignored', rejected: 'rejected',
    lag: 'lag_ms', gaps: 'gaps', missed: 'missed', spend: 'spend', journal: 'journal', shift: 'rate_fell',
} as const;

export type Term = keyof typeof names;
export const TERMS: Record<Term, string> = names;
export interface Definition { name: string; title: string; meaning: string; formula: string | null }
const known = signal<ReadonlyMap<string, Definition> | null>(null);

// Undefined until the program has said it, and where it says nothing.
export const definitionOf = (term: Term): Definition | undefined => known.value?.get(TERMS[term]);

export async function start(): Promise<void> {
    try {
        known.value = new Map((await get<Definition[]>('definitions', {})).data.map((d) => [d.name, d]));
    } catch (error) {
        if (!isMissing(error)) setTimeout(() => void start(), 10000);
    }
}
