// SPDX-License-Identifier: MIT
// How sources and journal fare, and what somebody should look at.  Alerts come by the
// stream; the rest is asked for: often while its panel is open, else now and then, for
// what the sources lack is said wherever it is missed.
import {computed, effect, signal} from '@preact/signals';
import {type Fix, get, isMissing, type Health, type SourceHealth, wordsOf} from './api.ts';
import {alerts, connection, view} from './store.ts';

const OPEN_MS = 2000, CLOSED_MS = 15000;
export const sources = signal<SourceHealth[] | null>(null);
export const health = signal<Health | null>(null);
export const fixes = signal<Fix[] | null>(null); // Null: not asked yet, or a server that has none.
export const failure = signal<string | null>(null);
export const healthIsMissing = signal(false); // An older server.

export const activeAlerts = computed(() => alerts.value.filter((a) => a.until === null));
// What no source gives; a part of the page that needs it says so.
export const lacking = computed<ReadonlySet<string>>(() => {
    const all = sources.value ?? [];
    return new Set(all.length === 0 ? [] : all[0]!.lacks.filter((what) => all.every((s) => s.lacks.includes(what))));
});
// Which sources do not give it: "mastodon"; '' when all do.
export const whoLacks = (what: string): string => [...new Set((sources.value ?? []).filter((s) => s.lacks.includes(what)).map((s) => s.kind))].join(' and ');

let askedAt = -Infinity, isAsking = false;

// Null: a server that has none.
async function askFixes(): Promise<Fix[] | null> {
    try {
        return (await get<Fix[]>('fixes', {})).data;
    } catch (error) {
        if (isMissing(error)) return null;
        throw error;
    }
}

export async function ask(): Promise<void> {
    if (isAsking || healthIsMissing.peek() || connection.peek().state !== 'live') return;
    isAsking = true;
    askedAt = performance.now();
    try {
        const [all, one, rules] = await Promise.all([get<SourceHealth[]>('sources', {}), get<Health>('health', {}), askFixes()]);
        sources.value = all.data;
        health.value = one.data;
        fixes.value = rules;
        failure.value = null;
    } catch (error) {
        healthIsMissing.value = isMissing(error);
        failure.value = healthIsMissing.value ? null : wordsOf(error);
    } finally {
        isAsking = false;
    }
}

export function start(): void {
    effect(() => {
        if (view.value === 'health' || connection.value.state === 'live') void ask();
    });
    setInterval(() => {
        const due = view.peek() === 'health' ? OPEN_MS : CLOSED_MS;
        if (!document.hidden && performance.now() - askedAt >= due - 100) void ask();
    }, 500);
}

// Which alerts the strip no longer shows: they stay in the panel's list.
export const hiddenAlerts = signal<ReadonlySet<string>>(new Set());
export const shownAlerts = computed(() => activeAlerts.value.filter((a) => !hiddenAlerts.value.has(a.id)));
export function hideAlerts(): void {
    hiddenAlerts.value = new Set(activeAlerts.peek().map((a) => a.id));
}
