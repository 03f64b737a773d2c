// SPDX-License-Identifier: MIT
// Minutes gathered into as many columns as there is room for.
import type {Minute} from './api.ts';
import {MINUTE_MS} from './selection.ts';

export interface Bins {
    widthMs: number;
    starts: number[];   // Milliseconds, without gaps.
    tweets: number[]; positive: number[]; neutral: number[]; negative: number[]; unknown: number[];
    mood: (number | null)[]; // (positive - negative) / (positive + neutral + negative); null without any.
}

const WIDTHS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 10080, 43200, 525600];

export function binMinutes(rows: readonly Minute[], starts: readonly number[], binsMax: number): Bins {
    const bins: Bins = {widthMs: MINUTE_MS, starts: [], tweets: [], positive: [], neutral: [], negative: [], unknown: [], mood: []};
    if (rows.length === 0) return bins;
    const first = starts[0]!, end = starts[starts.length - 1]! + MINUTE_MS;
    const width = WIDTHS_MIN.find((w) => Math.ceil(end / (w * MINUTE_MS)) - Math.floor(first / (w * MINUTE_MS)) <= binsMax) ?? WIDTHS_MIN.at(-1)!;
    bins.widthMs = width * MINUTE_MS;
    const origin = Math.floor(first / bins.widthMs) * bins.widthMs, count = Math.ceil((end - origin) / bins.widthMs);
    for (let i = 0; i < count; i++) bins.starts.push(origin + i * bins.widthMs);
    const columns = ['tweets', 'positive', 'neutral', 'negative', 'unknown'] as const;
    for (const column of columns) bins[column] = new Array<number>(count).fill(0);
    rows.forEach((row, i) => {
        const at = Math.floor((starts[i]! - origin) / bins.widthMs);
        for (const column of columns) bins[column][at]! += row[column];
    });
    bins.mood = bins.starts.map((_, i) => {
        const known = bins.positive[i]! + bins.neutral[i]! + bins.negative[i]!;
        return known === 0 ? null : (bins.positive[i]! - bins.negative[i]!) / known;
    });
    return bins;
}
