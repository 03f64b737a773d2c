// SPDX-License-Identifier: MIT
// Volume and mood by the minute, and the brush that says which time map and boards
// speak of.
import {signal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import uPlot from 'uplot';
import {type Bins, binMinutes} from '../bins.ts';
import {clock, compact, day, signed, span} from '../format.ts';
import {Panel, Segments} from '../parts.tsx';
import {COLOURS, type Rgb, type Theme} from '../scale.ts';
import {ALL, MINUTE_MS, type Preset, PRESETS, selectionSpan} from '../selection.ts';
import {newestMs, selection, shownTimeline, theme, timelineAnswered, timelineVersion} from '../store.ts';
import {Brush} from './brush.tsx';
import {Marks} from './marks.tsx';

const AXIS_PX = 44, RIGHT_PX = 18;
const MOOD_PX = 44, PX_A_BIN = 4;

const rgb = (c: Rgb): string => `rgb(${c.join(' ')})`;
const mix = (a: Rgb, b: Rgb, share: number): Rgb => a.map((v, i) => Math.round(share * v + (1 - share) * b[i]!)) as Rgb;
export const bins = signal<Bins>(binMinutes([], [], 1));
const hovered = signal<number | null>(null); // Index of a bin.

function tickWords(seconds: number, step: number): string {
    const ms = seconds * 1000;
    if (new Date(ms).getUTCMonth() === 0 && new Date(ms).getUTCDate() === 1 && ms % 86400000 === 0) return String(new Date(ms).getUTCFullYear());
    return step >= 86400 || ms % 86400000 === 0 ? day(ms) : clock(ms);
}

function axes(colour: Theme, shown: boolean): uPlot.Axis[] {
    const quiet = colour === 'dark' ? '#93a0b5' : '#566275', grid = colour === 'dark' ? 'rgba(255,255,255,.055)' : 'rgba(15,23,42,.07)';
    const font = '11px "Inter Variable", system-ui, sans-serif';
    return [
        {stroke: quiet, font, size: shown ? 22 : 8, gap: 3, space: 70, ticks: {show: false}, grid: {show: false},
         values: (_, splits, _axis, _space, step) => splits.map((s) => (shown ? tickWords(s, step) : ''))},
        {stroke: quiet, font, size: AXIS_PX, gap: 6, space: 20, ticks: {show: false}, grid: {stroke: grid, width: 1},
         values: (_, splits) => splits.map((s) => (shown ? '' : compact(s)))},
    ];
}

const bars = uPlot.paths.bars!({size: [1, Infinity], align: 1, gap: 1});
const xRange = (): uPlot.Range.MinMax => {
    const {starts, widthMs} = bins.value;
    return starts.length === 0 ? [0, 1] : [starts[0]! / 1000, (starts.at(-1)! + widthMs) / 1000];
};

function plot(element: HTMLElement, colour: Theme, kind: 'volume' | 'mood', size: { width: number; height: number }): uPlot {
    const {steps} = COLOURS[colour], shown = kind === 'mood';
    // Columns lie behind one another, so none may shine through.
    const fill = (c: Rgb, share: number): uPlot.Series => ({fill: rgb(mix(c, COLOURS[colour].panel, share)), width: 0, paths: bars, points: {show: false}});
    const series = kind === 'volume'
        ? [fill(steps.none, 0.3), fill(steps['negative-strong'], 0.85), fill(steps.neutral, 0.7), fill(steps['positive-strong'], 0.85)]
        : [fill(steps['positive-strong'], 0.9), fill(steps['negative-strong'], 0.9)];
    return new uPlot({
        ...size, series: [{}, ...series], axes: axes(colour, shown), legend: {show: false},
        cursor: {show: false}, padding: [6, RIGHT_PX, 0, 0], tzDate: (t) => uPlot.tzDate(new Date(t * 1000), 'Etc/UTC'),
        scales: {
            x: {time: true, range: xRange},
            y: {range: (_, low, high) => {
                if (kind === 'volume') return [0, Math.max(1, high * 1.04)];
                const [least, most] = [Math.min(0, low ?? 0), Math.max(0, high ?? 0)], room = Math.max(0, 0.2 - (most - least)) / 2 + 0.02;
                return [least - room, most + room];
            }},
        },
    }, [[], ...series.map(() => [])], element);
}

function volumeData(b: Bins): uPlot.AlignedData {
    const x = b.starts.map((s) => s / 1000), positive = b.positive;
    const neutral = positive.map((v, i) => v + b.neutral[i]!), negative = neutral.map((v, i) => v + b.negative[i]!);
    return [x, negative.map((v, i) => v + b.unknown[i]!), negative, neutral, positive];
}
function moodData(b: Bins): uPlot.AlignedData {
    return [b.starts.map((s) => s / 1000), b.mood.map((v) => (v !== null && v > 0 ? v : null)), b.mood.map((v) => (v !== null && v < 0 ? v : null))];
}

function Plots() {
    const element = useRef<HTMLDivElement>(null), volume = useRef<HTMLDivElement>(null), mood = useRef<HTMLDivElement>(null);
    const plots = useRef<{ volume: uPlot; mood: uPlot } | null>(null);
    const colour = theme.value;
    const refresh = (): void => {
        if (plots.current === null) return;
        const room = Math.max(20, Math.floor((element.current!.clientWidth - AXIS_PX - RIGHT_PX) / PX_A_BIN));
        bins.value = binMinutes(shownTimeline.peek().rows(), shownTimeline.peek().starts, room);
        plots.current.volume.setData(volumeData(bins.value));
        plots.current.mood.setData(moodData(bins.value));
    };
    useEffect(() => {
        const size = () => ({width: element.current!.clientWidth, height: Math.max(50, element.current!.clientHeight - MOOD_PX - 22)});
        const moodSize = () => ({width: element.current!.clientWidth, height: MOOD_PX + 22});
        const made = {volume: plot(volume.current!, colour, 'volume', size()), mood: plot(mood.current!, colour, 'mood', moodSize())};
        plots.current = made;
        refresh();
        const observer = new ResizeObserver(() => {
            if (element.current!.clientWidth === 0) return;
            made.volume.setSize(size());
            made.mood.setSize(moodSize());
            refresh();
        });
        observer.observe(element.current!);
        return () => {
            observer.disconnect();
            made.volume.destroy();
            made.mood.destroy();
            plots.current = null;
        };
    }, [colour]);
    const version = `${timelineVersion.value} ${timelineAnswered.value}`;
    useEffect(refresh, [version]);
    const isEmpty = bins.value.starts.length === 0;
    return <div class={`plots ${isEmpty ? 'empty-plots' : ''}`} ref={element}>
        {isEmpty && <p class="empty">Volume and mood appear with the first tweet.</p>}
        <div ref={volume} aria-hidden="true" /><div ref={mood} aria-hidden="true" />
        <span class="axis-name mood-name" aria-hidden="true">mood</span>
        <Brush left={AXIS_PX} right={RIGHT_PX} bottom={22} hovered={hovered} />
        <Marks left={AXIS_PX} right={RIGHT_PX} bottom={22} />
    </div>;
}

function binTime(b: Bins, i: number): string {
    const start = b.starts[i]!;
    return b.widthMs === MINUTE_MS ? clock(start) : b.widthMs < 1440 * MINUTE_MS ? `${clock(start)}–${clock(start + b.widthMs)}` : span(start, start + b.widthMs);
}

const PARTS = [['positive', 'positive-strong'], ['neutral', 'neutral'], ['negative', 'negative-strong'], ['unknown', 'none']] as const;

// What the colours mean, and under the pointer how many of each.
function Key() {
    const b = bins.value, i = hovered.value;
    if (b.starts.length === 0) return null;
    const at = i !== null && i < b.starts.length ? i : null, mood = at === null ? null : b.mood[at] ?? null;
    return <span class="key">
        {at !== null && <strong class="num">{binTime(b, at)}</strong>}
        {PARTS.map(([part, step]) => <span key={part} title={part}><i class={`swatch ${step}`} />{at === null ? part : <span class="num">{compact(b[part][at]!)}</span>}</span>)}
        {mood !== null && <span class="num">{signed(mood)}</span>}
    </span>;
}

const LABELS: Record<Preset, string> = {'5m': '5m', '15m': '15m', '1h': '1h', '6h': '6h', '24h': '24h', all: 'All'};
const WORDS: Record<Preset, string> = {'5m': '5 minutes', '15m': '15 minutes', '1h': 'hour', '6h': '6 hours', '24h': '24 hours', all: ''};

export function TimelinePanel() {
    const chosen = selection.value, range = chosen.kind === 'range' ? selectionSpan(chosen, newestMs.value) : null;
    const tools = <>
        {(range === null || hovered.value !== null) && <Key />}
        {range !== null && hovered.value === null && <span class="chosen"><span class="num" data-field="range">{span(range.startMs, range.endMs)}</span>
            <button type="button" class="link" onClick={() => { selection.value = ALL; }}>clear</button></span>}
        <Segments label="Time" value={chosen.kind === 'preset' ? chosen.window : null}
            options={PRESETS.map((p) => ({value: p, label: LABELS[p], title: p === 'all' ? 'All time' : `The last ${WORDS[p]}, counted back from the newest tweet`}))}
            onChoose={(window) => { selection.value = {kind: 'preset', window}; }} />
    </>;
    return <Panel name="timeline" title={`Tweets per ${bins.value.widthMs === MINUTE_MS ? 'minute' : durationWords(bins.value.widthMs)}`} tools={tools}><Plots /></Panel>;
}

function durationWords(ms: number): string {
    const minutes = ms / MINUTE_MS;
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 1440) return minutes === 60 ? 'hour' : `${minutes / 60} h`;
    return minutes === 1440 ? 'day' : `${minutes / 1440} days`;
}
