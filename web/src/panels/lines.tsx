// SPDX-License-Identifier: MIT
// What became of every line that was read, and the last ones that were rejected.
import {signal} from '@preact/signals';
import {useEffect} from 'preact/hooks';
import {type Accounting, get, isMissing, type Rejected, wordsOf} from '../api.ts';
import {definitionOf} from '../definitions.ts';
import {exact, plain, plural} from '../format.ts';
import {Help, Panel, WorksSwitch} from '../parts.tsx';
import {stats, view} from '../store.ts';

const ASK_EVERY_MS = 3000, REJECTED_MAX = 50;
const accounting = signal<Accounting | null>(null);
const rejected = signal<Rejected[] | null>(null);
const failure = signal<string | null>(null);
let missing = false;

async function ask(): Promise<void> {
    if (missing) return;
    try {
        const [account, last] = await Promise.all([get<Accounting>('accounting', {}), get<Rejected[]>('rejected', {limit: String(REJECTED_MAX)})]);
        accounting.value = account.data;
        rejected.value = last.data;
        failure.value = null;
    } catch (error) {
        missing = isMissing(error);
        failure.value = missing ? null : wordsOf(error);
    }
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const OUTCOMES = ['accepted', 'repaired', 'ignored', 'rejected'] as const;

function outcomes(): Record<typeof OUTCOMES[number], number> {
    const told = accounting.value?.outcomes, s = stats.value;
    const of = (name: typeof OUTCOMES[number]): number => told?.[name] ?? s?.[name] ?? 0;
    return {accepted: of('accepted'), repaired: of('repaired'), ignored: of('ignored'), rejected: of('rejected')};
}

function Outcomes() {
    const n = outcomes(), total = OUTCOMES.reduce((sum, name) => sum + n[name], 0);
    let x = 0;
    return <div class="outcomes">
        <svg viewBox="0 0 1000 14" preserveAspectRatio="none" width="100%" height="14" role="img" aria-label={OUTCOMES.map((name) => `${exact(n[name])} ${name}`).join(', ')}>
            {OUTCOMES.map((name) => {
                const width = total > 0 ? 1000 * n[name] / total : 0, at = x;
                x += width;
                return <rect key={name} class={name} x={at} width={n[name] > 0 ? Math.max(2, width - 1.5) : 0} height="14" />;
            })}
        </svg>
        <dl>{OUTCOMES.map((name) => <div key={name} title={definitionOf(name)?.meaning}><dt><i class={`swatch ${name}`} />{capital(name)}</dt><dd class="num" data-outcome={name} data-value={n[name]}>{exact(n[name])}</dd></div>)}
            <div><dt>Items</dt><dd class="num" data-outcome="items" data-value={total}>{exact(total)}</dd></div></dl>
    </div>;
}

// Flat or by outcome, as the server has it.
export function reasonRows(reasons: Accounting['reasons']): { outcome: string; reason: string; n: number }[] {
    const rows = Object.entries(reasons).flatMap(([key, value]) => (typeof value === 'number' ? [{outcome: '', reason: key, n: value}]
        : Object.entries(value).map(([reason, n]) => ({outcome: key.replace(/_by$/, ''), reason, n}))));
    return rows.filter((row) => row.n > 0).sort((a, b) => b.n - a.n);
}

function Reasons() {
    const rows = reasonRows(accounting.value?.reasons ?? {});
    return rows.length === 0 ? null : <section><h3>Why</h3><table><caption class="unseen">Reasons</caption><thead><tr><th scope="col">Reason</th>{rows.some((r) => r.outcome !== '') && <th scope="col" class="words-column">So it was</th>}<th scope="col">Items</th></tr></thead>
        <tbody>{rows.map((r) => <tr key={`${r.outcome} ${r.reason}`}><th scope="row">{plain(r.reason).replaceAll('_', ' ')}</th>{rows.some((other) => other.outcome !== '') && <td class="words-column">{r.outcome}</td>}<td>{exact(r.n)}</td></tr>)}</tbody></table></section>;
}

function Files() {
    const files = accounting.value?.files ?? [];
    return files.length === 0 ? null : <section><h3>{plural(files.length, 'file')}</h3><table><caption class="unseen">Files</caption><thead><tr><th scope="col">File</th><th scope="col">Items</th>{OUTCOMES.map((name) => <th scope="col" key={name}>{capital(name)}</th>)}</tr></thead>
        <tbody>{files.map((f, i) => <tr key={`${f.name} ${i}`}><th scope="row" class="file" title={plain(f.name)}><bdi>{plain(f.name)}</bdi></th><td>{exact(f.items)}</td>{OUTCOMES.map((name) => <td key={name}>{exact(f[name])}</td>)}</tr>)}</tbody></table></section>;
}

function RejectedLines() {
    const rows = rejected.value;
    if (rows === null) return null;
    return <section><h3>{rows.length === 0 ? 'No line was rejected' : `The last ${plural(rows.length, 'rejected line')}`}</h3>
        <ul class="rejected">{rows.map((r, i) => <li key={`${r.file} ${r.line} ${i}`}><details><summary><span class="tag">{plain(r.reason)}</span><bdi class="file">{plain(r.file)}</bdi><span class="quiet"> line {exact(r.line)}</span></summary><pre tabIndex={0} aria-label={`Line ${r.line}`}>{plain(r.bytes)}</pre></details></li>)}</ul></section>;
}

export function LinesPanel() {
    useEffect(() => {
        void ask();
        const timer = setInterval(() => { if (!document.hidden && view.peek() === 'lines') void ask(); }, ASK_EVERY_MS);
        return () => clearInterval(timer);
    }, []);
    return <Panel name="lines" title="What became of each line" tools={<><Help about="these numbers" terms={['items', 'accepted', 'repaired', 'ignored', 'rejected']} /><WorksSwitch /></>}>
        <div class="scroll" tabIndex={0} role="region" aria-label="Line accounting">
            {failure.value !== null && <p class="empty" role="alert">{failure.value}</p>}
            <Outcomes />
            <Reasons /><RejectedLines /><Files />
        </div>
    </Panel>;
}
