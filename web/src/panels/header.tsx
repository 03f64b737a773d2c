// SPDX-License-Identifier: MIT
// What is going on: the connection, how far it has come, and the totals.
import {useEffect, useState} from 'preact/hooks';
import type {ComponentChildren} from 'preact';
import type {Source} from '../api.ts';
import {clock, date, exact, moment, plain, plural} from '../format.ts';
import {activeAlerts, sources} from '../health.ts';
import {reconnectNow} from '../live.ts';
import {Count, Icon, type IconName, MoodDot} from '../parts.tsx';
import {connection, epoch, flatOnly, globe, newestMs, stats, theme, toggleTheme, view} from '../store.ts';
import {Export} from './export.tsx';
import {ReplayControls} from './replay.tsx';

function useSecondsUntil(ms: number | null): number {
    const [now, setNow] = useState(Date.now());
    useEffect(() => {
        if (ms === null) return;
        setNow(Date.now());
        const timer = setInterval(() => setNow(Date.now()), 250);
        return () => clearInterval(timer);
    }, [ms]);
    return ms === null ? 0 : Math.max(0, Math.ceil((ms - now) / 1000));
}

export function sourceWords(source: Pick<Source, 'kind' | 'state'> | undefined): string {
    if (!source) return 'Connected';
    const words: Record<string, string> = {
        live: 'Live', replaying: 'Replaying', paused: 'Paused', finishing: 'Finishing', ended: source.kind === 'files' ? 'Replay ended' : 'Source ended', connecting: 'Source connecting',
        waiting: 'Source waiting', failed: 'Source failed', stopped: 'Stopped',
    };
    return words[source.state] ?? source.state.charAt(0).toUpperCase() + source.state.slice(1);
}

function ConnectionState() {
    const state = connection.value, seconds = useSecondsUntil(state.state === 'waiting' ? state.untilMs : null);
    const source = stats.value?.source;
    const words = state.state === 'live' ? sourceWords(source)
        : state.state === 'connecting' ? 'Connecting …' : `Reconnecting in ${seconds} s`;
    const flows = source === undefined || source.state === 'live' || source.state === 'replaying';
    const kind = state.state !== 'live' ? state.state : flows ? 'live' : source.state === 'ended' || source.state === 'stopped' ? 'ended' : 'waiting';
    return <div class={`connection ${kind}`} title={source?.detail}>
        <span class="pulse" aria-hidden="true" />
        <span class="state" role="status">{words}</span>
        {state.state === 'waiting' && <button type="button" class="link" onClick={reconnectNow}>now</button>}
        <span class="epoch" title="The epoch that all numbers on this page belong to">epoch <span class="num" data-field="epoch">{epoch.value === null ? '–' : exact(epoch.value)}</span></span>
    </div>;
}

function Figure({label, title, children}: { label: string; title: string; children: ComponentChildren }) {
    return <div class="figure" title={title}><dt>{label}</dt><dd>{children}</dd></div>;
}

function Figures() {
    const s = stats.value;
    if (s === null) return <dl class="figures" aria-label="Totals" />;
    const mood = s.mood;
    return <dl class="figures" aria-label="Totals">
        <Figure label="Tweets" title={`${exact(s.tweets)} tweets known: ${exact(s.originals)} originals, ${exact(s.retweets)} retweets, ${exact(s.replies)} replies, ${exact(s.quotes)} quotes. ${exact(s.heard)} heard themselves; ${exact(s.deleted)} deleted.`}><Count n={s.tweets} /></Figure>
        <Figure label="Responses" title={`${exact(s.responses)} responses: retweets, replies and quotes of another author's tweet that is known`}><Count n={s.responses} /></Figure>
        <Figure label="Located" title={`${exact(s.located)} responses whose both ends are on the map; ${exact(s.clean)} of them with no bad place`}><Count n={s.located} /></Figure>
        <Figure label="People" title={`${exact(s.users)} people, ${exact(s.users_with_location)} of them with a location`}><Count n={s.users} /></Figure>
        <Figure label="Mood" title="How responses sound, over all"><MoodDot received={mood} /> <span class="num" data-value={mood.mean ?? ''}>{mood.mean === null ? '–' : `${mood.mean < 0 ? '−' : '+'}${Math.abs(mood.mean).toFixed(2)}`}</span></Figure>
        <Figure label="Per second" title={`${exact(s.rate)} records in the last second; ${exact(s.items)} items read, ${exact(s.rejected)} rejected, ${exact(s.repaired)} repaired, ${exact(s.ignored)} ignored`}><Count n={s.rate} /></Figure>
    </dl>;
}

// Several sources by their names, once they are known.
const kindWords = (kind: string): string => (kind === 'several' && sources.value !== null ? sources.value.map((s) => s.kind).join(' + ') : kind);

function Progress() {
    const source = stats.value?.source, newest = newestMs.value;
    if (!source) return null;
    const share = source.bytes_total > 0 ? Math.min(1, source.bytes_read / source.bytes_total) : null;
    const position = source.position ? Date.parse(source.position) : newest;
    const speed = source.speed ? `${exact(source.speed)}×` : '';
    const detail = [source.kind, source.detail, source.bytes_total > 0 ? `${exact(source.bytes_read)} of ${plural(source.bytes_total, 'byte')}` : '',
                    source.connects > 0 ? plural(source.connects, 'connect') : ''].filter((s) => s !== '').join(' · ');
    return <div class="progress" title={detail}>
        <span class="as-of">{position === null ? 'no tweet yet' : <time dateTime={new Date(position).toISOString()} title={moment(position)}>{date(position, Date.now())} {clock(position, Boolean(source.position))} UTC</time>}</span>
        <span class="of">
            {share === null ? <span class="detail">{source.state === 'live' || source.detail === '' ? kindWords(source.kind) : plain(source.detail)}</span> : <>
                <progress max={1} value={share} aria-label="Read so far" /><span class="num">{share === 1 ? 'all' : `${Math.floor(share * 100)} %`}</span></>}
            {speed !== '' && <span class="num">{speed}</span>}
        </span>
    </div>;
}

function Works({name, icon, label, badge = 0}: { name: 'dataflow' | 'lines' | 'health'; icon: IconName; label: string; badge?: number }) {
    const on = view.value === name;
    return <button type="button" class="square works" aria-pressed={on} aria-label={label} title={on ? 'Back to the map' : label} onClick={() => { view.value = on ? 'map' : name; }}><Icon name={icon} />{badge > 0 && <span class="badge num" aria-hidden="true">{badge}</span>}</button>;
}

export function Header() {
    return <header class="top">
        <div class="brand"><svg viewBox="0 0 28 20" width="28" height="20" aria-hidden="true"><path d="M2 8c4-4 7.500-3 9.500 1C13.500 5 17 4 21 8" /><path class="second" d="M13 17c3-3 5.600-2.300 7 .7 1.400-3 4-3.700 7-.7" /></svg><h1>dunlin</h1></div>
        <ConnectionState />
        <Progress />
        <ReplayControls />
        <Figures />
        <div class="switches">
            <Works name="dataflow" icon="flow" label="Dataflow" /><Works name="lines" icon="lines" label="Lines" />
            <Works name="health" icon="pulse" label={activeAlerts.value.length === 0 ? 'Sources and health' : `Sources and health: ${plural(activeAlerts.value.length, 'alert')}`} badge={activeAlerts.value.length} />
            <Export />
            {!flatOnly.value && view.value === 'map' && <button type="button" class="square" aria-pressed={globe.value} title={globe.value ? 'Show the flat map' : 'Show the globe'} aria-label="Globe" onClick={() => { globe.value = !globe.value; }}><Icon name={globe.value ? 'flat' : 'globe'} /></button>}
            <button type="button" class="square" title={theme.value === 'dark' ? 'Light theme' : 'Dark theme'} aria-label="Change theme" onClick={toggleTheme}><Icon name={theme.value === 'dark' ? 'sun' : 'moon'} /></button>
        </div>
    </header>;
}
