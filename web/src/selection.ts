// SPDX-License-Identifier: MIT
// Which part of time map and boards speak of.

export const PRESETS = ['5m', '15m', '1h', '6h', '24h', 'all'] as const;
export type Preset = typeof PRESETS[number];
export type Selection = { kind: 'preset'; window: Preset } | { kind: 'range'; startMs: number; endMs: number };

export const MINUTE_MS = 60000;
export const PRESET_MS: Record<Exclude<Preset, 'all'>, number> = {
    '5m': 5 * MINUTE_MS, '15m': 15 * MINUTE_MS, '1h': 60 * MINUTE_MS, '6h': 360 * MINUTE_MS, '24h': 1440 * MINUTE_MS,
};

export const ALL: Selection = {kind: 'preset', window: 'all'};
export const isAll = (s: Selection): boolean => s.kind === 'preset' && s.window === 'all';

export function selectionParams(s: Selection): Record<string, string> {
    if (s.kind === 'preset') return {window: s.window};
    return {start: new Date(s.startMs).toISOString(), end: new Date(s.endMs).toISOString()};
}

// [start, end) on whole minutes, outward, in order, and never empty.
export function snapRange(aMs: number, bMs: number): { startMs: number; endMs: number } {
    const startMs = Math.floor(Math.min(aMs, bMs) / MINUTE_MS) * MINUTE_MS;
    const endMs = Math.ceil(Math.max(aMs, bMs) / MINUTE_MS) * MINUTE_MS;
    return {startMs, endMs: Math.max(endMs, startMs + MINUTE_MS)};
}

// Whether new tweets can still change the answer: its end is "now".
export function isOpen(s: Selection, newestMs: number | null): boolean {
    return s.kind === 'preset' || newestMs === null || s.endMs > newestMs;
}

// Where a selection lies on the time axis, given the newest tweet; null: everything.
export function selectionSpan(s: Selection, newestMs: number | null): { startMs: number; endMs: number } | null {
    if (s.kind === 'range') return {startMs: s.startMs, endMs: s.endMs};
    if (s.window === 'all' || newestMs === null) return null;
    const endMs = (Math.floor(newestMs / MINUTE_MS) + 1) * MINUTE_MS;
    return {startMs: endMs - PRESET_MS[s.window], endMs};
}
