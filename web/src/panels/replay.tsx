// SPDX-License-Identifier: MIT
// A recording is played like one: pause, speed, and forward.  Its state is the server's,
// asked for while there is something to steer.
import {effect, signal, untracked} from '@preact/signals';
import {useState} from 'preact/hooks';
import {get, isMissing, type Order, post, type Replay, wordsOf} from '../api.ts';
import {clock, day} from '../format.ts';
import {Icon, usePopup} from '../parts.tsx';
import {connection, newestMs, stats} from '../store.ts';

const replay = signal<Replay | null>(null);
const failure = signal<string | null>(null);
let missing = false; // The server has no replay to steer.

export async function order(what: Order): Promise<void> {
    try {
        replay.value = (await post<Replay>('replay', what)).data;
        failure.value = null;
    } catch (error) {
        failure.value = wordsOf(error);
    }
}

async function ask(): Promise<void> {
    if (missing || connection.peek().state !== 'live') return;
    try {
        replay.value = (await get<Replay>('replay', {})).data;
    } catch (error) {
        if (isMissing(error)) missing = true;
        replay.value = null;
    }
}

// A recording, or several sources of which one may be one.
const mayReplay = (kind: string | undefined): boolean => kind === 'files' || kind === 'several';

export function start(): void {
    // What the stream tells of the source, others may have changed.
    const told = (): string => `${stats.value?.source.kind} ${stats.value?.source.state} ${stats.value?.source.speed}`;
    let before = '';
    effect(() => {
        const now = stats.value === null ? '' : told();
        if (now !== before && mayReplay(stats.value?.source.kind)) untracked(() => void ask());
        before = now;
    });
}

// Steps between the slowest and as fast as it goes, which is 0.
const SPEEDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600, 14400, 86400];
const speedWords = (speed: number | null): string => (speed === null || speed === 0 ? 'max' : `${speed}×`);
const FORWARD: [number, string][] = [[60000, '1 min'], [600000, '10 min'], [3600000, '1 h'], [21600000, '6 h'], [86400000, '1 day']];

export const seekTo = (ms: number): void => { void order({action: 'seek', to: new Date(ms).toISOString()}); };

function Forward({fromMs}: { fromMs: number }) {
    const [open, setOpen] = useState(false), {box, close, onKeyDown} = usePopup<HTMLSpanElement>(open, setOpen, '.forward button');
    const fieldOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16);
    const go = (ms: number): void => {
        close();
        seekTo(ms);
    };
    return <span class="ahead" ref={box} onKeyDown={onKeyDown}>
        <button type="button" class="square" aria-expanded={open} aria-label="Forward" title="Forward to a later moment of the recording" onClick={() => setOpen(!open)}><Icon name="ahead" /></button>
        {open && <form class="forward" onSubmit={(event) => {
            event.preventDefault();
            const to = Date.parse(`${event.currentTarget.querySelector('input')!.value}Z`);
            if (Number.isFinite(to)) go(to);
        }}>
            <p class="quiet">Forward by</p>
            <span class="steps">{FORWARD.map(([ms, words]) => <button type="button" key={ms} onClick={() => go(fromMs + ms)}>{words}</button>)}</span>
            <label class="quiet">or to (UTC)<input type="datetime-local" defaultValue={fieldOf(fromMs + 3600000)} min={fieldOf(fromMs)} /></label>
            <button type="submit">Go</button>
        </form>}
    </span>;
}

export function ReplayControls() {
    const now = replay.value, source = stats.value?.source;
    if (now === null || source === undefined || !mayReplay(source.kind) || !['playing', 'paused'].includes(now.state) || ['ended', 'stopped', 'failed'].includes(source.state)) return null;
    const isPaused = now.state === 'paused', position = source.position ?? now.position, at = position === null ? newestMs.value : Date.parse(position);
    const speed = now.speed ?? 0, speeds = [...new Set([...SPEEDS, ...(speed > 0 ? [speed] : [])])].sort((a, b) => a - b);
    return <div class="replay" role="group" aria-label="Replay">
        <button type="button" class="square" aria-label={isPaused ? 'Play' : 'Pause'} title={isPaused ? 'Play' : 'Pause'} onClick={() => void order({action: isPaused ? 'play' : 'pause'})}><Icon name={isPaused ? 'play' : 'pause'} /></button>
        <select aria-label="Speed" title="How fast recorded time passes" value={String(speed)} onChange={(event) => void order({action: 'speed', speed: Number(event.currentTarget.value)})}>
            {speeds.map((s) => <option key={s} value={String(s)}>{speedWords(s)}</option>)}
            <option value="0">max</option>
        </select>
        {now.can_seek && at !== null && <Forward fromMs={at} />}
        {failure.value !== null && <span class="replay-failure" role="alert" title={failure.value}>{failure.value}</span>}
        {at !== null && <span class="unseen">Showing {day(at)} {clock(at)} UTC of the recording</span>}
    </div>;
}
