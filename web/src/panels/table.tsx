// SPDX-License-Identifier: MIT
// What the map shows, as a table: every author on it, sortable, for whom a picture says
// nothing.  Few rows are drawn at a time; the rest are a press away.
import {signal} from '@preact/signals';
import {exact, plain, signed} from '../format.ts';
import {receptionStep, STEP_WORDS} from '../scale.ts';
import {mapColumns, mapVersion, opened, toggleCard} from '../store.ts';

type By = 'username' | 'place' | 'influence' | 'responses' | 'received_mean';
const COLUMNS: { by: By; label: string; isText: boolean }[] = [
    {by: 'username', label: 'Author', isText: true}, {by: 'place', label: 'Place', isText: true}, {by: 'influence', label: 'Influence', isText: false},
    {by: 'responses', label: 'Responses', isText: false}, {by: 'received_mean', label: 'Reception', isText: false},
];
const by = signal<By>('influence'), descends = signal(true), rowsShown = signal(100);

function order(): number[] {
    const columns = mapColumns.value!, values = columns[by.value], sign = descends.value ? -1 : 1;
    const rows = columns.id.map((_, i) => i);
    return rows.sort((a, b) => {
        const x = values[a] ?? null, y = values[b] ?? null;
        if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1; // What has none comes last.
        const difference = typeof x === 'string' ? x.localeCompare(y as string) : x - (y as number);
        return sign * difference || (columns.id[a]! < columns.id[b]! ? -1 : 1);
    });
}

function choose(column: By, isText: boolean): void {
    if (by.value === column) descends.value = !descends.value;
    else {
        by.value = column;
        descends.value = !isText;
    }
}

export function MapTableView() {
    void mapVersion.value;
    const columns = mapColumns.value;
    if (columns === null || columns.id.length === 0) return <p class="empty" role="status">{columns === null ? 'Waiting for the map …' : 'No author on the map.'}</p>;
    const rows = order().slice(0, rowsShown.value);
    return <div class="scroll map-table" role="region" aria-label="Authors on the map" tabIndex={0}>
        <table><caption class="unseen">Authors on the map</caption><thead><tr>{COLUMNS.map(({by: column, label, isText}) =>
            <th key={column} scope="col" class={isText ? 'words-column' : ''} aria-sort={by.value === column ? (descends.value ? 'descending' : 'ascending') : 'none'}>
                <button type="button" class="link" onClick={() => choose(column, isText)}>{label}<span aria-hidden="true">{by.value === column ? (descends.value ? ' ↓' : ' ↑') : ''}</span></button></th>)}</tr></thead>
            <tbody>{rows.map((i) => {
                const mean = columns.received_mean[i] ?? null, step = receptionStep(columns.received_n[i]!, mean === null ? null : mean / 1000), id = columns.id[i]!;
                return <tr key={id} data-key={id} aria-selected={opened.value?.id === id || undefined}>
                    <th scope="row" class="words-column"><button type="button" class="link" onClick={() => toggleCard({kind: 'author', id})}>@{plain(columns.username[i]!)}</button></th>
                    <td class="words-column" dir="auto">{plain(columns.place[i]!)}</td><td>{exact(columns.influence[i]! / 1000)}</td><td>{exact(columns.responses[i]!)}</td>
                    <td title={STEP_WORDS[step]}><span class={`dot ${step}`} aria-hidden="true" /> {mean === null ? '–' : signed(mean / 1000)}</td>
                </tr>;
            })}</tbody></table>
        {rows.length < columns.id.length && <button type="button" class="more" onClick={() => { rowsShown.value += 400; }}>More of {exact(columns.id.length)}</button>}
    </div>;
}
