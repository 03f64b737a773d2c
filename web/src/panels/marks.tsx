// SPDX-License-Identifier: MIT
// What people noted of a time, as marks over the timeline: one stop of the Tab key, arrow
// keys from one to the next; what is noted shows under the pointer or the focus.  Pressed,
// a mark brings the time around it.
import {computed, signal} from '@preact/signals';
import type {TargetedKeyboardEvent} from 'preact';
import {useRef} from 'preact/hooks';
import type {Annotation} from '../api.ts';
import {clock, day, plain, sameDay} from '../format.ts';
import {MINUTE_MS, snapRange} from '../selection.ts';
import {annotations, selection} from '../store.ts';
import {bins} from './timeline.tsx';

const AROUND_MS = 15 * MINUTE_MS; // Of an instant, to each side.
const shownNote = signal<string | null>(null), lastNote = signal<string | null>(null);

const startOf = (note: Annotation): number => Date.parse(note.at);
const endOf = (note: Annotation): number => Date.parse(note.until ?? note.at);
// When, for people: "4 Jul 12:00 – 12:30 UTC".
export function whenWords(note: Annotation): string {
    const start = startOf(note), end = endOf(note), from = `${day(start)} ${clock(start)}`;
    return `${note.until === null ? from : `${from} – ${sameDay(start, end) ? clock(end) : `${day(end)} ${clock(end)}`}`} UTC`;
}

// Those that lie on the axis, wholly or in part.
const onAxis = computed(() => {
    const b = bins.value, last = b.starts.at(-1);
    if (last === undefined) return [];
    return annotations.value.filter((note) => startOf(note) < last + b.widthMs && endOf(note) >= b.starts[0]!);
});

function showAround(note: Annotation): void {
    const around = note.until === null ? AROUND_MS : 0;
    selection.value = {kind: 'range', ...snapRange(startOf(note) - around, endOf(note) + around)};
}

export function Marks({left, right, bottom}: { left: number; right: number; bottom: number }) {
    const list = useRef<HTMLOListElement>(null), notes = onAxis.value, b = bins.value;
    if (notes.length === 0) return null;
    const whole = {startMs: b.starts[0]!, endMs: b.starts.at(-1)! + b.widthMs};
    const percent = (ms: number): number => 100 * Math.max(0, Math.min(1, (ms - whole.startMs) / (whole.endMs - whole.startMs)));
    const shown = notes.find((note) => note.id === shownNote.value), stop = notes.find((note) => note.id === lastNote.value) ?? notes[0]!;
    const goTo = (index: number): void => { list.current!.querySelectorAll('button')[Math.max(0, Math.min(notes.length - 1, index))]!.focus(); };
    const onKey = (event: TargetedKeyboardEvent<HTMLOListElement>): void => {
        const at = notes.findIndex((note) => note.id === shownNote.value);
        if (event.key === 'Escape' && shown !== undefined) shownNote.value = null;
        else if (event.key === 'ArrowRight') goTo(at + 1);
        else if (event.key === 'ArrowLeft') goTo(at - 1);
        else if (event.key === 'Home') goTo(0);
        else if (event.key === 'End') goTo(notes.length - 1);
        else return;
        event.preventDefault();
        event.stopPropagation();
    };
    const show = (note: Annotation, keep: boolean): void => {
        shownNote.value = note.id;
        if (keep) lastNote.value = note.id;
    };
    const hide = (): void => { shownNote.value = null; };
    return <div class="marks" style={{left: `${left}px`, right: `${right}px`, bottom: `${bottom}px`}}>
        <ol ref={list} aria-label="Notes on the timeline" onKeyDown={onKey}>{notes.map((note) => {
            const from = percent(startOf(note)), to = percent(endOf(note));
            return <li key={note.id} class={note.until === null ? '' : 'span'} style={{left: `${from}%`, width: `${to - from}%`}}>
                <button type="button" class="mark" data-note={note.id} tabIndex={note === stop ? 0 : -1} aria-label={`${whenWords(note)}: ${plain(note.text)}`}
                    onClick={() => showAround(note)} onFocus={() => show(note, true)} onBlur={hide} onPointerEnter={() => show(note, false)} onPointerLeave={hide} /></li>;
        })}</ol>
        {shown !== undefined && <p class="mark-words" aria-hidden="true" style={{left: `${percent(startOf(shown))}%`, transform: `translateX(-${percent(startOf(shown))}%)`}}>
            <span class="quiet num">{whenWords(shown)}</span> <span class="alert-words">{plain(shown.text)}</span></p>}
    </div>;
}
