// SPDX-License-Identifier: MIT
// Small things that several panels show.
import type {ComponentChildren} from 'preact';
import type {Received} from './api.ts';
import {compact, exact, plural, signed} from './format.ts';
import {receptionStep, STEP_WORDS} from './scale.ts';

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

type IconName = 'sun' | 'moon' | 'globe' | 'flat' | 'plus' | 'minus' | 'close' | 'reply' | 'retweet' | 'quote';
const ICONS: Record<IconName, string> = {
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
