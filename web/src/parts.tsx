// SPDX-License-Identifier: MIT
// Small things that several panels show.
import type {ComponentChildren} from 'preact';
import {useEffect, useId, useRef, useState} from 'preact/hooks';
import type {Received} from './api.ts';
import {definitionOf, type Term} from './definitions.ts';
import {clock, compact, day, duration, exact, plural, signed} from './format.ts';
import {receptionStep, STEP_WORDS} from './scale.ts';
import {type View, view} from './store.ts';

// A number for the eye, exact for whoever asks.
export function Count({n, unit}: { n: number; unit?: string }) {
    const words = exact(n) + (unit ? ` ${unit}` : '');
    return <span class="num" title={words} data-value={n}>{compact(n)}</span>;
}

export function receivedWords({n, mean, low, high}: Received): string {
    if (n === 0 || mean === null) return 'No replies or quotes with a mood yet';
    const interval = low !== null && high !== null ? `, 95 % between ${signed(low)} and ${signed(high)}` : '';
    return `Received: ${STEP_WORDS[receptionStep(n, mean)]}, ${signed(mean)} over ${plural(n, 'reply or quote', 'replies and quotes')}${interval}`;
}

export function MoodDot({received}: { received: Received }) {
    const words = receivedWords(received);
    return <span class={`dot ${receptionStep(received.n, received.mean)}`} title={words} role="img" aria-label={words} />;
}

export function Panel({name, title, tools, children, busy}: {
    name: string; title: ComponentChildren; tools?: ComponentChildren; children: ComponentChildren; busy?: boolean;
}) {
    return <section class={`panel ${name}`} aria-labelledby={`${name}-title`} aria-busy={busy ? 'true' : undefined}>
        <header class="panel-head"><h2 id={`${name}-title`}>{title}</h2>{tools}</header>
        {children}
    </section>;
}

export function Segments<T extends string>({label, options, value, onChoose}: {
    label: string; options: { value: T; label: string; title?: string }[]; value: T | null; onChoose: (value: T) => void;
}) {
    return <div class="segments" role="group" aria-label={label}>
        {options.map((o) => <button type="button" key={o.value} title={o.title} aria-pressed={o.value === value} onClick={() => onChoose(o.value)}>{o.label}</button>)}
    </div>;
}

// On a phone the header has no room for the two.
export function WorksSwitch() {
    return <span class="works-switch"><Segments<View> label="Works" value={view.value} options={[{value: 'dataflow', label: 'Dataflow'}, {value: 'lines', label: 'Lines'}, {value: 'health', label: 'Health'}]} onChoose={(value) => { view.value = value; }} /></span>;
}

export type IconName = 'bell' | 'pulse' | 'save' | 'play' | 'pause' | 'ahead' | 'table' | 'flow' | 'lines' | 'filter' | 'map' | 'sun' | 'moon' | 'globe' | 'flat' | 'plus' | 'minus' | 'close' | 'reply' | 'retweet' | 'quote';
const ICONS: Record<IconName, string> = {
    bell: 'M3 11.500h10c-1.200-1.200-1.500-2.200-1.500-4.300a3.500 3.500 0 0 0-7 0c0 2.100-.3 3.100-1.500 4.300ZM6.700 13.500a1.400 1.400 0 0 0 2.600 0', pulse: 'M1.500 8.500h3L6.500 3l3 10 2-4.500h3', save: 'M8 2v8M4.800 7 8 10.200 11.200 7M2.500 13.500h11',
    play: 'M4.500 2.800v10.400L13 8Z', pause: 'M5 3v10M11 3v10', ahead: 'M2.500 3.500v9L8 8ZM8 3.500v9L13.500 8ZM13.800 3.500v9',
    table: 'M1.800 3h12.400v10H1.800ZM1.800 6.400h12.400M1.800 9.700h12.400M6.300 3v10', flow: 'M1.500 2.500h4v3h-4ZM1.500 10.500h4v3h-4ZM10.500 6.500h4v3h-4ZM5.500 4c3 0 2.500 4 5 4M5.500 12c3 0 2.500-4 5-4',
    lines: 'M2 3.500h12M2 8h12M2 12.500h7M11.500 11l3 3M14.500 11l-3 3', filter: 'M2 3h12L9.500 8.500v4.500l-3-1.500v-3Z', map: 'M8 14.500c3.300-3.400 5-6 5-8a5 5 0 0 0-10 0c0 2 1.700 4.600 5 8ZM8 5a1.600 1.600 0 1 0 0 3.200A1.600 1.600 0 0 0 8 5Z',
    sun: 'M8 4.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7ZM8 .8v1.500M8 13.700v1.500M.8 8h1.500M13.700 8h1.500M2.900 2.900l1.100 1.100M12 12l1.100 1.100M2.900 13.100 4 12M12 4l1.100-1.100',
    moon: 'M13.500 9.600A5.800 5.800 0 0 1 6.400 2.500a5.800 5.800 0 1 0 7.100 7.100Z',
    globe: 'M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13ZM1.500 8h13M8 1.500c2.400 2 3.200 4.200 3.200 6.500S10.400 12.500 8 14.500c-2.400-2-3.200-4.200-3.200-6.500S5.600 3.500 8 1.500Z',
    flat: 'M1.500 3.500 6 2l4 1.500L14.500 2v10.500L10 14l-4-1.500L1.500 14ZM6 2v10.500M10 3.500V14',
    plus: 'M8 3v10M3 8h10', minus: 'M3 8h10', close: 'M4 4l8 8M12 4l-8 8',
    reply: 'M6.500 3.500 2 8l4.500 4.500M2 8h7.500c2.500 0 4.500 1.700 4.500 4.500',
    retweet: 'M1.800 6.300 4.300 3.800l2.500 2.500M4.300 4v6.200c0 .9.700 1.600 1.600 1.600h2.600M14.200 9.700l-2.500 2.500-2.500-2.500M11.700 12V5.800c0-.9-.7-1.600-1.600-1.600H7.500',
    quote: 'M2 3h12v8.500H8L4.800 14v-2.500H2Z',
};
export function Icon({name}: { name: IconName }) {
    return <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d={ICONS[name]} /></svg>;
}

export function Kinds({retweets, replies, quotes}: { retweets: number; replies: number; quotes: number }) {
    return <span class="kinds">
        <span title={plural(retweets, 'retweet')}><Icon name="retweet" />{compact(retweets)}</span>
        <span title={plural(replies, 'reply', 'replies')}><Icon name="reply" />{compact(replies)}</span>
        <span title={plural(quotes, 'quote')}><Icon name="quote" />{compact(quotes)}</span>
    </span>;
}

function Meaning({term}: { term: Term }) {
    const of = definitionOf(term);
    return <span data-term={term}>{of === undefined ? 'Asking what this means …' : <><strong>{of.title}</strong> {of.meaning}{of.formula !== null && <code>{of.formula}</code>}</>}</span>;
}

// What a button in the box opens.  It begins with the focus on `first`; a press elsewhere
// closes it, and so does Escape, after which the button has the focus again.
export function usePopup<Box extends HTMLElement>(open: boolean, setOpen: (open: boolean) => void, first?: string) {
    const box = useRef<Box>(null);
    useEffect(() => {
        if (!open) return;
        if (first !== undefined) box.current!.querySelector<HTMLElement>(first)?.focus();
        const onDown = (event: PointerEvent): void => { if (!box.current!.contains(event.target as Node)) setOpen(false); };
        addEventListener('pointerdown', onDown);
        return () => removeEventListener('pointerdown', onDown);
    }, [open]);
    const close = (): void => {
        setOpen(false);
        box.current!.querySelector('button')!.focus();
    };
    const onKeyDown = (event: KeyboardEvent): void => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        close();
    };
    return {box, close, onKeyDown};
}

// What the numbers beside it mean, for whoever asks.
export function Help({terms, about}: { terms: readonly Term[]; about: string }) {
    const [open, setOpen] = useState(false), id = useId(), {box, onKeyDown} = usePopup<HTMLSpanElement>(open, setOpen);
    return <span class="help" ref={box} onKeyDown={onKeyDown} onFocusOut={(event) => { if (!box.current!.contains(event.relatedTarget as Node)) setOpen(false); }}>
        <button type="button" class="what" aria-label={`What ${about} mean`} title={`What ${about} mean`} aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>?</button>
        {open && <span class="meaning" id={id} role="note">{terms.map((term) => <Meaning key={term} term={term} />)}</span>}
    </span>;
}

export interface Column { at: number; n: number } // Milliseconds.
const COLUMNS_MAX = 60;
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 10080, 43200, 525600];

// Minutes gathered into so few columns that each can be seen, gaps as gaps.
export function gather(minutes: readonly { minute: string; responses: number }[]): { widthMs: number; columns: Column[] } {
    const starts = minutes.map((m) => Date.parse(m.minute)).filter((ms) => Number.isFinite(ms));
    if (starts.length === 0) return {widthMs: 60000, columns: []};
    const first = starts.reduce((a, b) => Math.min(a, b)), last = starts.reduce((a, b) => Math.max(a, b));
    const widthMs = 60000 * (STEPS_MIN.find((step) => (last - first) / (step * 60000) < COLUMNS_MAX - 1) ?? STEPS_MIN.at(-1)!);
    const origin = Math.floor(first / widthMs) * widthMs, columns: Column[] = [];
    for (let at = origin; at <= last; at += widthMs) columns.push({at, n: 0});
    minutes.forEach((m) => {
        const column = columns[Math.floor((Date.parse(m.minute) - origin) / widthMs)];
        if (column !== undefined) column.n += m.responses;
    });
    return {widthMs, columns};
}

// Responses over time, small.
export function TimeBars({minutes}: { minutes: readonly { minute: string; responses: number }[] }) {
    const {widthMs, columns} = gather(minutes);
    if (columns.length === 0) return <p class="quiet">None yet.</p>;
    const most = Math.max(1, ...columns.map((c) => c.n)), total = columns.reduce((sum, c) => sum + c.n, 0), wide = 240 / Math.max(columns.length, 12);
    const first = columns[0]!.at, end = columns.at(-1)!.at + widthMs, peak = columns.find((c) => c.n === most)!;
    const words = `${plural(total, 'response')} from ${day(first)} ${clock(first)} to ${day(end)} ${clock(end)} UTC, most (${exact(most)}) in the ${duration(widthMs)} from ${clock(peak.at)}`;
    return <figure class="time-bars">
        <svg viewBox="0 0 240 44" preserveAspectRatio="none" width="100%" height="44" role="img" aria-label={words}>
            {columns.map((c, i) => c.n > 0 && <rect key={c.at} x={i * wide} width={Math.max(0.8, wide - 1)} y={44 - Math.max(1.5, 43 * c.n / most)} height={Math.max(1.5, 43 * c.n / most)}>
                <title>{`${day(c.at)} ${clock(c.at)}: ${plural(c.n, 'response')}`}</title></rect>)}
        </svg>
        <figcaption class="quiet"><span>{day(first)} {clock(first)}</span><span>most {compact(most)} in {duration(widthMs)}</span><span>{day(first) === day(end) ? '' : `${day(end)} `}{clock(end)}</span></figcaption>
    </figure>;
}
