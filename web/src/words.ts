// SPDX-License-Identifier: MIT
// A text with its scored words marked.
import type {ScoredWord} from './api.ts';

export interface Piece { text: string; valence: number | null }

const isWordPart = (c: string | undefined): boolean => c !== undefined && /[\p{L}\p{N}]/u.test(c);

// Where `word` stands in `text` from `from` on, by itself; -1: nowhere.
function find(text: string, word: string, from: number): number {
    const inner = isWordPart(word[0]), outer = isWordPart(word.at(-1));
    for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
        if (!(inner && isWordPart(text[at - 1])) && !(outer && isWordPart(text[at + word.length]))) return at;
    }
    return -1;
}

// The words come in the text's order; those that are not in it as they are (the names
// that emoji were scored by) are passed over.
export function markWords(text: string, words: readonly ScoredWord[]): Piece[] {
    const pieces: Piece[] = [], folded = text.toLowerCase().length === text.length ? text.toLowerCase() : text;
    let end = 0;
    for (const scored of words) {
        const word = (scored.word ?? scored.token ?? '').toLowerCase(), valence = scored.valence ?? scored.score ?? null;
        const at = word === '' ? -1 : find(folded, word, end);
        if (at < 0) continue;
        if (valence === null || valence === 0) {
            if (scored.role === undefined) continue;
        }
        if (at > end) pieces.push({text: text.slice(end, at), valence: null});
        end = at + word.length;
        pieces.push({text: text.slice(at, end), valence: valence ?? 0});
    }
    if (end < text.length) pieces.push({text: text.slice(end), valence: null});
    return pieces;
}

// Only what opens a page of the web; null: shown as text.
export function safeLink(url: string): string | null {
    try {
        const {protocol, href} = new URL(url);
        return protocol === 'https:' || protocol === 'http:' ? href : null;
    } catch {
        return null;
    }
}
