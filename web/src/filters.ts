// SPDX-License-Identifier: MIT
// Whose responses count: one value for each filter, as the server takes it.

export const FILTERS = ['q', 'lang', 'place', 'country', 'author', 'hashtag', 'kind', 'located', 'clean'] as const;
export type FilterName = typeof FILTERS[number];
export type Filters = Partial<Record<FilterName, string>>;
export const KINDS = ['retweet', 'reply', 'quote'] as const;

export const textMax = (name: FilterName): number => (name === 'q' ? 500 : 200);

// The value as it is sent, or null where it would filter nothing or cannot be one.
export function cleaned(name: FilterName, value: string): string | null {
    const text = value.trim().slice(0, textMax(name));
    switch (name) {
    case 'kind': {
        const kinds = KINDS.filter((kind) => text.split(',').includes(kind));
        return kinds.length === 0 || kinds.length === KINDS.length ? null : kinds.join(',');
    }
    case 'located': return text === 'true' || text === 'false' ? text : null;
    case 'clean': return text === 'true' ? text : null;
    case 'hashtag': return text.replace(/^#/, '').toLowerCase() || null;
    default: return text || null;
    }
}

export function withFilter(filters: Filters, name: FilterName, value: string | null): Filters {
    const {[name]: _, ...rest} = filters, kept = value === null ? null : cleaned(name, value);
    return kept === null ? rest : {...rest, [name]: kept};
}

// The timeline counts tweets, not responses: only some filters mean something there.
export function timelineParams({q, lang, kind, author, hashtag}: Filters): Record<string, string> {
    return Object.fromEntries(Object.entries({q, lang, kind, author, hashtag}).filter(([, value]) => value !== undefined)) as Record<string, string>;
}
