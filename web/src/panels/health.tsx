// SPDX-License-Identifier: MIT
// Sources and health: what is read and how, what is stored, and what somebody should
// look at.
import {useEffect} from 'preact/hooks';
import type {Alert, Fix, Health, SourceHealth, Spend} from '../api.ts';
import {clock, compact, day, duration, exact, plain, plural} from '../format.ts';
import {activeAlerts, ask, failure, fixes, health, healthIsMissing, hideAlerts, shownAlerts, sources} from '../health.ts';
import {Help, Icon, Panel, WorksSwitch} from '../parts.tsx';
import {alerts, annotations, view} from '../store.ts';
import {sourceWords} from './header.tsx';
import {whenWords} from './marks.tsx';

const at = (time: string): string => `${day(Date.parse(time))} ${clock(Date.parse(time), true)}`;
const seconds = (ms: number): string => (ms < 10000 ? `${(ms / 1000).toFixed(1)} s` : ms < 120000 ? `${Math.round(ms / 1000)} s` : duration(ms));
const bytes = (n: number): string => (n < 1e6 ? `${compact(n / 1e3)} KB` : n < 1e9 ? `${compact(n / 1e6)} MB` : `${(n / 1e9).toFixed(1)} GB`);
const usd = (n: number): string => `$${n.toFixed(2)}`;

// What an alert is about, as a short name.
const KINDS: Record<string, string> = {
    rate_fell: 'Rate', rate_jumped: 'Rate', labels_shifted: 'Moods', languages_shifted: 'Languages', source_away: 'Source', source_silent: 'Silence', lag_grew: 'Lag',
    journal_stopped: 'Journal', memory_full: 'Memory', budget_near: 'Budget', budget_reached: 'Budget',
};
const kindOf = (alert: Alert): string => KINDS[alert.kind] ?? alert.kind.replaceAll('_', ' ');

// Quiet: one line, while something goes on.
export function AlertStrip() {
    const active = shownAlerts.value, first = active[0];
    return <div class="alert-strip" role="status" aria-label="Alerts">
        {first !== undefined && <><Icon name="bell" /><span class="alert-words" title={plain(first.words)}>{plain(first.words)}</span>
            {active.length > 1 && <span class="quiet more-alerts">and {active.length - 1} more</span>}
            {view.value !== 'health' && <button type="button" class="link" onClick={() => { view.value = 'health'; }}>Show</button>}
            <button type="button" class="square small" aria-label="Hide these alerts" title="Hide; they stay in the list" onClick={hideAlerts}><Icon name="close" /></button></>}
    </div>;
}

function AlertList() {
    const all = alerts.value, active = activeAlerts.value.length;
    return <section aria-labelledby="alerts-title"><h3 id="alerts-title">{active > 0 ? plural(active, 'alert') : all.length > 0 ? 'Nothing to look at now' : 'Nothing to look at'}</h3>
        {all.length > 0 && <ul class="alerts">{all.slice(0, 40).map((a) => <li key={a.id} data-alert={a.kind} class={a.until === null ? 'active' : 'over'}>
            <span class="tag">{kindOf(a)}</span><span class="alert-words">{plain(a.words)}</span>
            <span class="quiet num">{a.until === null ? `since ${at(a.since)}` : `${at(a.since)} – ${day(Date.parse(a.until)) === day(Date.parse(a.since)) ? clock(Date.parse(a.until), true) : at(a.until)}`} UTC</span></li>)}</ul>}
    </section>;
}

const LACKS: Record<string, string> = {
    location: 'where people are: they are on no map and in no board of places',
    followers: 'how many follow somebody: influence counts everybody alike, or not at all',
    deletes: 'what was deleted: what it sent stays',
};

function Meter({spend}: { spend: Spend }) {
    const cap = spend.budget_usd, share = cap === null ? null : Math.min(1, spend.spent_usd / cap);
    const words = cap === null ? `${usd(spend.spent_usd)} spent, no budget` : `${usd(spend.spent_usd)} of ${usd(cap)}`;
    return <div class="spend">
        {share !== null && <meter min={0} max={1} low={0.8} high={0.999} optimum={0} value={share} aria-label={words} />}
        <span class="num">{words}</span>
        {spend.usd_per_hour > 0 && <span class="quiet num">{usd(spend.usd_per_hour)} an hour{spend.cap_at !== null && `; there at ${at(spend.cap_at)} UTC`}</span>}
    </div>;
}

function Fact({name, children, title}: { name: string; children: string; title?: string }) {
    return <div title={title}><dt>{name}</dt><dd class="num">{children}</dd></div>;
}

function Source({source}: { source: SourceHealth }) {
    const flows = source.state === 'live' || source.state === 'replaying', rests = source.state === 'ended' || source.state === 'stopped' || source.state === 'paused';
    return <li class="source" data-source={source.kind}>
        <h4><span class={`state-dot ${flows ? 'flows' : rests ? '' : 'waits'}`} aria-hidden="true" />{source.kind} <span class="state-words">{sourceWords(source)}</span>
            {source.detail !== '' && <span class="quiet alert-words">{plain(source.detail)}</span>}
            {source.next_try !== null && <span class="quiet">next try {clock(Date.parse(source.next_try), true)}</span>}</h4>
        <dl class="facts">
            {!rests && <Fact name="Tweets a second">{exact(source.rate)}</Fact>}
            <Fact name="Tweets" title={plural(source.tweets, 'tweet')}>{compact(source.tweets)}</Fact>
            {source.lag_ms !== null && <Fact name="Lag">{seconds(source.lag_ms)}</Fact>}
            {source.newest !== null && <Fact name="Newest (UTC)">{at(source.newest)}</Fact>}
            {source.connects > 0 && <Fact name="Connects">{exact(source.connects)}</Fact>}
            {source.connects > 0 && <Fact name="Gaps" title={`${plural(source.missed, 'item')} it says it did not send`}>{exact(source.gaps)}</Fact>}
            <Fact name="Read" title={plural(source.bytes_read, 'byte')}>{source.bytes_total > 0 ? `${bytes(source.bytes_read)} of ${bytes(source.bytes_total)}` : bytes(source.bytes_read)}</Fact>
        </dl>
        {source.spend !== null && <Meter spend={source.spend} />}
        {source.lacks.length > 0 && <p class="lacks">It does not say {source.lacks.map((what) => LACKS[what] ?? what).join('; nor ')}.</p>}
        {source.reconnects.length > 0 && <details><summary>The last {plural(source.reconnects.length, 'connection')} that ended</summary>
            <ul class="reconnects">{source.reconnects.map((r, i) => <li key={`${r.at} ${i}`}><time class="num quiet" dateTime={r.at}>{at(r.at)}</time> <span class="alert-words">{plain(r.why)}</span></li>)}</ul></details>}
    </li>;
}

function journalWords(h: Health): { words: string; kind: string } {
    const j = h.journal;
    if (h.is_restoring) return {words: `Reading the journal back${j === null ? '' : `: ${Math.floor(100 * j.read_share)} %`}. What is shown is not all yet.`, kind: 'waits'};
    if (j === null) return {words: 'In memory only: a restart begins with nothing. Give --db FILE to keep what is read.', kind: ''};
    if (!j.is_writing) return {words: `Not stored${j.since === null ? '' : ` since ${at(j.since)} UTC`}${j.detail === '' ? '' : `: ${plain(j.detail)}`}. What came since is in memory alone.`, kind: 'waits'};
    return {words: 'Stored: what is shown is on the disk.', kind: 'flows'};
}

function Store({of}: { of: Health }) {
    const {words, kind} = journalWords(of), j = of.journal;
    return <section><h3>What is kept</h3>
        <p class="journal"><span class={`state-dot ${kind}`} aria-hidden="true" /><span class="alert-words">{words}</span></p>
        {of.is_restoring && j !== null && <progress max={1} value={j.read_share} aria-label="Journal read back" />}
        {of.is_memory_full && <p class="journal"><span class="state-dot waits" aria-hidden="true" />Memory is full: reading waits, and nothing is dropped.</p>}
        <dl class="facts">
            {of.memory_bytes > 0 && <Fact name="Memory" title={plural(of.memory_bytes, 'byte')}>{bytes(of.memory_bytes)}</Fact>}
            {j !== null && <><Fact name="Journal">{bytes(j.file_bytes)}</Fact><Fact name="Log before it">{bytes(j.wal_bytes)}</Fact>
                <Fact name="Not stored yet">{bytes(j.backlog_bytes)}</Fact>
                {j.deletes_waiting > 0 ? <Fact name="Deletes waiting">{exact(j.deletes_waiting)}</Fact> : null}
                {j.rows_damaged > 0 ? <Fact name="Damaged rows">{exact(j.rows_damaged)}</Fact> : null}
                {j.floor !== null ? <Fact name="Kept from (UTC)">{at(j.floor)}</Fact> : null}</>}
            <Fact name="Batches waiting">{`${exact(of.queue)} of ${exact(of.queue_max)}`}</Fact>
            <Fact name="Last epoch">{`${(of.epoch_us / 1000).toFixed(1)} ms`}</Fact>
            {of.doubles > 0 ? <Fact name="Came twice" title="Tweets whose own line came again; counted once">{exact(of.doubles)}</Fact> : null}
        </dl>
    </section>;
}

function NoteList() {
    const all = annotations.value;
    return all.length === 0 ? null : <section aria-labelledby="notes-title"><h3 id="notes-title">{plural(all.length, 'note')} on the timeline</h3>
        <ul class="notes">{all.map((note) => <li key={note.id}><span class="alert-words">{plain(note.text)}</span><span class="quiet num">{whenWords(note)}</span></li>)}</ul>
    </section>;
}

const matched = ({tweets, users}: Fix): string => [[tweets, 'tweet', 'tweets'] as const, [users, 'person', 'people'] as const]
    .filter(([n]) => n > 0).map(([n, one, many]) => plural(n, one, many)).join(' and ') || 'nothing';

// What was set right by rules, the newest first.
function FixList() {
    const all = fixes.value ?? [];
    return all.length === 0 ? null : <section aria-labelledby="fixes-title"><h3 id="fixes-title">{plural(all.length, 'correction')}</h3>
        <ul class="fixes">{[...all].reverse().map((fix) => <li key={fix.number} data-fix={fix.number} class={fix.undone ? 'over' : ''}>
            <span class="tag">{exact(fix.number)}</span>
            <span class="alert-words"><code>{plain(fix.set)}</code> where <code>{plain(fix.where)}</code></span>
            <span class="quiet num">{fix.undone ? 'taken back' : `in force, on ${matched(fix)}`}; made {at(fix.made_at)} UTC</span></li>)}</ul>
    </section>;
}

export function HealthPanel() {
    useEffect(() => { void ask(); }, []);
    const all = sources.value, one = health.value;
    return <Panel name="health" title="Sources & health" tools={<><Help about="these numbers" terms={['lag', 'gaps', 'missed', 'spend', 'journal', 'shift']} /><WorksSwitch /></>}>
        <div class="scroll" tabIndex={0} role="region" aria-label="Sources and health">
            {failure.value !== null && <p class="empty" role="alert">{failure.value}</p>}
            {healthIsMissing.value ? <p class="empty" role="status">This server does not tell.</p> : <>
                <AlertList />
                <section><h3>{all === null ? 'Asking …' : all.length === 0 ? 'No source' : plural(all.length, 'source')}</h3>
                    <ul class="sources">{(all ?? []).map((s, i) => <Source key={`${s.kind} ${i}`} source={s} />)}</ul></section>
                <FixList />
                <NoteList />
                {one !== null && <Store of={one} />}
            </>}
        </div>
    </Panel>;
}
