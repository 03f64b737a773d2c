// SPDX-License-Identifier: MIT
// The brush: drag for a new time, its edges to change it, its middle to move it; arrow
// keys on the edges do the same.  It snaps to minutes.
import type {Signal} from '@preact/signals';
import type {JSX, TargetedKeyboardEvent, TargetedPointerEvent} from 'preact';
import {useRef} from 'preact/hooks';
import {span, clock, day} from '../format.ts';
import {ALL, MINUTE_MS, selectionSpan, snapRange} from '../selection.ts';
import {newestMs, selection} from '../store.ts';
import {bins} from './timeline.tsx';

const STEPS_OF_KEY: Record<string, number> = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10};
const CLICK_PX = 4, HANDLE_PX = 9;
type Span = { startMs: number; endMs: number };
type Drag = { part: 'new' | 'start' | 'end' | 'move'; fromX: number; fromMs: number; span: Span; moved: boolean };

function choose(startMs: number, endMs: number, whole: Span): void {
    const snapped = snapRange(Math.max(whole.startMs, Math.min(startMs, endMs)), Math.min(whole.endMs, Math.max(startMs, endMs)));
    selection.value = {kind: 'range', ...snapped};
}

export function Brush({left, right, bottom, hovered}: { left: number; right: number; bottom: number; hovered: Signal<number | null> }) {
    const area = useRef<HTMLDivElement>(null), drag = useRef<Drag | null>(null);
    const b = bins.value;
    if (b.starts.length === 0) return null;
    const whole: Span = {startMs: b.starts[0]!, endMs: b.starts.at(-1)! + b.widthMs};
    const chosen = selectionSpan(selection.value, newestMs.value);
    const shareOf = (ms: number): number => Math.max(0, Math.min(1, (ms - whole.startMs) / (whole.endMs - whole.startMs)));
    const xOf = (event: PointerEvent): number => event.clientX - area.current!.getBoundingClientRect().left;
    const msAt = (x: number): number => whole.startMs + (whole.endMs - whole.startMs) * Math.max(0, Math.min(1, x / area.current!.clientWidth));

    const onDown = (event: TargetedPointerEvent<HTMLDivElement>): void => {
        if (event.button !== 0) return;
        area.current!.setPointerCapture(event.pointerId);
        const x = xOf(event), width = area.current!.clientWidth;
        let part: Drag['part'] = 'new';
        if (chosen !== null) {
            const x0 = shareOf(chosen.startMs) * width, x1 = shareOf(chosen.endMs) * width;
            if (Math.abs(x - x1) <= HANDLE_PX) part = 'end';
            else if (Math.abs(x - x0) <= HANDLE_PX) part = 'start';
            else if (x > x0 && x < x1) part = 'move';
        }
        drag.current = {part, fromX: x, fromMs: msAt(x), span: chosen ?? whole, moved: false};
    };
    const onMove = (event: TargetedPointerEvent<HTMLDivElement>): void => {
        const x = xOf(event), now = drag.current;
        hovered.value = Math.max(0, Math.min(b.starts.length - 1, Math.floor((msAt(x) - whole.startMs) / b.widthMs)));
        if (now === null) return;
        if (Math.abs(x - now.fromX) > CLICK_PX) now.moved = true;
        if (!now.moved) return;
        const ms = msAt(x), by = Math.round((ms - now.fromMs) / MINUTE_MS) * MINUTE_MS;
        if (now.part === 'new') choose(now.fromMs, ms, whole);
        else if (now.part === 'start') choose(ms, now.span.endMs, whole);
        else if (now.part === 'end') choose(now.span.startMs, ms, whole);
        else {
            const length = now.span.endMs - now.span.startMs;
            const startMs = Math.max(whole.startMs, Math.min(whole.endMs - length, now.span.startMs + by));
            choose(startMs, startMs + length, whole);
        }
    };
    const onUp = (): void => {
        const now = drag.current;
        drag.current = null;
        if (now !== null && !now.moved && now.part === 'new') selection.value = ALL; // A mere click beside it.
    };
    const onKey = (edge: 'start' | 'end') => (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
        if (chosen === null) return;
        const by = STEPS_OF_KEY[event.key];
        if (event.key === 'Escape') selection.value = ALL;
        else if (by === undefined) return;
        else {
            const step = by * (event.shiftKey ? 10 : 1) * MINUTE_MS;
            if (edge === 'start') choose(Math.min(chosen.startMs + step, chosen.endMs - MINUTE_MS), chosen.endMs, whole);
            else choose(chosen.startMs, Math.max(chosen.endMs + step, chosen.startMs + MINUTE_MS), whole);
        }
        event.preventDefault();
        event.stopPropagation();
    };
    const handle = (edge: 'start' | 'end', ms: number): JSX.Element => <div class={`handle ${edge}`} role="slider" tabIndex={0}
        aria-label={edge === 'start' ? 'Start of the time shown' : 'End of the time shown'} aria-valuemin={whole.startMs / MINUTE_MS}
        aria-valuemax={whole.endMs / MINUTE_MS} aria-valuenow={ms / MINUTE_MS} aria-valuetext={`${day(ms)}, ${clock(ms)} UTC`} onKeyDown={onKey(edge)} />;
    const from = chosen === null ? 0 : 100 * shareOf(chosen.startMs), to = chosen === null ? 100 : 100 * shareOf(chosen.endMs);
    return <div class="brush" ref={area} style={{left: `${left}px`, right: `${right}px`, bottom: `${bottom}px`}}
        onPointerDown={onDown} onPointerMove={onMove} onPointerUp={onUp} onPointerCancel={onUp} onPointerLeave={() => { hovered.value = null; }}>
        {hovered.value !== null && <div class="at" style={{left: `${100 * (hovered.value + 0.5) / b.starts.length}%`}} />}
        {chosen !== null && <>
            <div class="shade" style={{left: 0, width: `${from}%`}} /><div class="shade" style={{left: `${to}%`, right: 0}} />
            <div class="window" style={{left: `${from}%`, width: `${Math.max(0.3, to - from)}%`}} title={span(chosen.startMs, chosen.endMs)}>
                {handle('start', chosen.startMs)}{handle('end', chosen.endMs)}
            </div>
        </>}
    </div>;
}
