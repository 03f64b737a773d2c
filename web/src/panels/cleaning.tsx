// SPDX-License-Identifier: MIT
// What the cleaning removed, and why; and what it thinks of a location one asks about.
import {signal} from '@preact/signals';
import type {TargetedEvent} from 'preact';
import {type BadPlace, type Explanation, get, Refused} from '../api.ts';
import {exact, plain, plural} from '../format.ts';
import {Icon, Panel} from '../parts.tsx';
import {badPlaces, openAuthor, stats} from '../store.ts';

const question = signal('');
const explained = signal<Explanation | null>(null);
const failure = signal<string | null>(null);

async function explain(text: string): Promise<void> {
    question.value = text;
    failure.value = null;
    try {
        explained.value = (await get<Explanation>('locations/explain', {text})).data;
    } catch (error) {
        explained.value = null;
        failure.value = error instanceof Refused ? error.message : 'The server cannot be reached.';
    }
}

function close(): void {
    explained.value = null;
    failure.value = null;
}

function verdictWords(e: Explanation): string {
    if (e.place === null) return 'This names no place, so it is not on the map.';
    if (!e.map_point) return `${plain(e.place.name)} is too large for a point on the map; it counts for its country only.`;
    if (e.verdict === 'bad') return `Removed in round ${e.round ?? '–'}: the reliable authors who say they are here get almost no response from nearby.`;
    if (e.verdict === 'good') return 'Kept: at least one reliable author here is answered from nearby.';
    return 'Not judged: no author here has enough located responses to say.';
}

function Answer({of}: { of: Explanation }) {
    return <div class="answer">
        <p><strong>{of.place ? `${plain(of.place.name)}${of.place.country ? `, ${of.place.country}` : ''}` : 'No place'}</strong> <span class={`verdict ${of.verdict ?? ''}`}>{of.verdict ?? ''}</span></p>
        <p>{verdictWords(of)}</p>
        {of.evidence.length > 0 && <table><caption>Evidence by round</caption><thead><tr><th>Round</th><th>Reliable authors</th><th>Speak for it</th></tr></thead>
            <tbody>{of.evidence.map((r) => <tr key={r.round}><td>{r.round}</td><td>{exact(r.authors)}</td><td>{exact(r.speakers)}</td></tr>)}</tbody></table>}
        {of.authors.length > 0 && <table><caption>Who is there</caption><thead><tr><th>Author</th><th>Responses</th><th>Close</th><th>Speaks</th></tr></thead>
            <tbody>{of.authors.slice(0, 8).map((a) => <tr key={a.id}><td><button type="button" class="link" onClick={() => openAuthor(a.id)}>@{plain(a.username)}</button></td><td>{exact(a.responses)}</td><td>{exact(a.close)}</td><td>{a.speaks ? 'yes' : 'no'}</td></tr>)}</tbody></table>}
        {(of.geocoder?.reasons?.length ?? 0) > 0 && <details open><summary>Why this place{typeof of.geocoder!.confidence === 'number' && `, ${Math.round(100 * of.geocoder!.confidence)} % sure`}</summary>
            <ul>{of.geocoder!.reasons!.map((reason, i) => <li key={i}>{plain(reason)}</li>)}</ul></details>}
    </div>;
}

function AskBox() {
    const submit = (event: TargetedEvent<HTMLFormElement>): void => {
        event.preventDefault();
        if (question.value.trim() !== '') void explain(question.value);
    };
    return <form class="ask" role="search" onSubmit={submit}>
        <input type="text" aria-label="Ask about a location" placeholder="Ask about a location …" value={question.value} maxLength={200}
            autocomplete="off" onInput={(event) => { question.value = event.currentTarget.value; }} />
        <button type="submit">Why?</button>
    </form>;
}

function BadRow({place}: { place: BadPlace }) {
    const words = `${plural(place.authors, 'reliable author')} said to be here, ${place.speakers === 0 ? 'none' : exact(place.speakers)} answered from nearby; ${plural(place.responses, 'response')} left the map`;
    return <tr>
        <td class="place"><button type="button" class="link" title={words} onClick={() => void explain(place.name)}>{plain(place.name)}</button>{place.country && <span class="quiet"> {place.country}</span>}</td>
        <td title="Round in which it fell">{place.round}</td><td title="Reliable authors who have it">{exact(place.authors)}</td><td title="Authors who speak for it">{exact(place.speakers)}</td><td title="Responses that left the map">{exact(place.responses)}</td>
    </tr>;
}

function Sentence() {
    const count = badPlaces.value?.rows.length ?? stats.value?.bad_places ?? null, rounds = badPlaces.value?.rounds ?? 0;
    if (count === null) return <p class="why">Waiting for the first answers …</p>;
    const from = badPlaces.value?.reliableFrom ?? null, who = from === null ? 'Reliable authors' : `Authors with ${exact(from)} located responses and more`;
    if (count === 0) return <p class="why">Nothing removed. {who} are asked: a place falls when all of those there draw hardly any response from nearby, since then its name is no real home.</p>;
    return <p class="why" title={`${who} are the judges of a place.`}><strong>{plural(count, 'place')}</strong> removed in {plural(rounds, 'round')}: those who say they are there draw many responses, but hardly any from nearby, so the name is no real home.</p>;
}

export function CleaningPanel() {
    const rows = badPlaces.value?.rows ?? [];
    const open = explained.value !== null || failure.value !== null;
    return <Panel name="cleaning" title="What the cleaning removed" tools={open ? <button type="button" class="square small" aria-label="Back to the list" title="Back to the list" onClick={close}><Icon name="close" /></button> : undefined}>
        <AskBox />
        <div class="scroll" tabIndex={0} role="region" aria-label="Removed places">
            {failure.value !== null && <p class="empty" role="alert">{failure.value}</p>}
            {explained.value !== null ? <Answer of={explained.value} /> : <>
                <Sentence />
                {rows.length > 0 && <table class="bad"><thead><tr><th>Place</th><th title="Round in which it fell">Round</th><th title="Reliable authors who have it">Authors</th><th title="Authors who speak for it">Speak</th><th title="Responses that left the map">Resp.</th></tr></thead>
                    <tbody>{rows.map((p) => <BadRow key={`${p.lat} ${p.lon}`} place={p} />)}</tbody></table>}
            </>}
        </div>
    </Panel>;
}
