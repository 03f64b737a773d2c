// SPDX-License-Identifier: MIT
// The dataflow as a picture: what reads what, and what each stage does at this moment.
import {computed, signal} from '@preact/signals';
import {useEffect, useLayoutEffect, useRef} from 'preact/hooks';
import {get, type Operator, wordsOf} from '../api.ts';
import {type Stage, stagesOf, sumOf} from '../flowgraph.ts';
import {compact, exact, plural} from '../format.ts';
import {Help, Panel, Segments, WorksSwitch} from '../parts.tsx';
import {view} from '../store.ts';

const ASK_EVERY_MS = 1500;
const WIDE = 132, HIGH = 46, STEP_X = 132, STEP_Y = 74, MARGIN = 12;
const LEAST = 0.76; // Smaller than that nobody reads it: it scrolls.

interface Look { operators: Operator[]; atMs: number }
const look = signal<Look | null>(null);
const rates = signal<ReadonlyMap<number, number>>(new Map()); // Rows a second into an operator.
const failure = signal<string | null>(null);
const chosen = signal<number | null>(null);
const shows = signal<'picture' | 'table'>('picture');
// The arrangement follows who reads what, which hardly ever changes.
const shape = computed(() => JSON.stringify(look.value?.operators.map((o) => [o.id, o.name, o.kind, o.inputs, o.in_loop]) ?? []));
const places = computed(() => {
    void shape.value;
    return new Map(stagesOf(look.peek()?.operators ?? []).map((s) => [s.id, s]));
});

export function bytes(n: number): string {
    const units = ['B', 'KB', 'MB', 'GB', 'TB'];
    let value = n, unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

async function ask(): Promise<void> {
    try {
        const {data} = await get<Operator[]>('dataflow', {});
        const before = look.peek(), atMs = performance.now();
        if (before !== null && atMs > before.atMs) {
            const was = new Map(before.operators.map((o) => [o.id, o.rows_in]));
            rates.value = new Map(data.map((o) => [o.id, Math.max(0, 1000 * (o.rows_in - (was.get(o.id) ?? o.rows_in)) / (atMs - before.atMs))]));
        }
        look.value = {operators: data, atMs};
        failure.value = null;
    } catch (error) {
        failure.value = wordsOf(error);
    }
}

// With this moment's numbers.
function present(stage: Stage): Stage {
    const now = new Map(look.value!.operators.map((o) => [o.id, o]));
    return {...stage, operators: stage.operators.map((o) => now.get(o.id) ?? o)};
}
// What comes into a stage from outside of it.
function rateOf(stage: Stage): number {
    const own = stage.operators.find((o) => o.id === stage.id);
    return own === undefined ? 0 : stage.isLoop ? Math.max(0, ...stage.operators.map((o) => rates.value.get(o.id) ?? 0)) : rates.value.get(own.id) ?? 0;
}

const perSecond = (n: number): string => (n === 0 ? '0/s' : `${compact(n)}/s`);
const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

// In SVG the attribute has no capital, and with one it would mean nothing.
const FOCUSABLE = {tabindex: 0};

function Node({stage, totalUs}: { stage: Stage; totalUs: number }) {
    const time = share(sumOf(stage, 'time_us'), totalUs), held = sumOf(stage, 'bytes_held'), rate = rateOf(stage);
    const x = MARGIN + stage.x * STEP_X, y = MARGIN + stage.layer * STEP_Y, toggle = (): void => { chosen.value = chosen.value === stage.id ? null : stage.id; };
    return <g class={`stage ${stage.isLoop ? 'loop' : ''} ${stage.isInput ? 'input' : ''}`} transform={`translate(${x} ${y})`} role="button" {...FOCUSABLE} aria-pressed={chosen.value === stage.id} aria-description={`${(100 * time).toFixed(1)} % of the time`} data-stage={stage.name}
        onClick={toggle} onKeyDown={(event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            toggle();
        }}>
        {stage.isLoop && <rect class="behind" x="4" y="4" width={WIDE - 12} height={HIGH} rx="8" />}
        <rect class="box" width={WIDE - 12} height={HIGH} rx={stage.isInput ? 23 : 8} />
        <text class="stage-name" x={(WIDE - 12) / 2} y="18">{stage.name.length > 19 ? `${stage.name.slice(0, 18)}…` : stage.name}</text>
        <text class="stage-numbers" x={(WIDE - 12) / 2} y="33">{perSecond(rate)} · {bytes(held)}</text>
        <rect class="heat-track" x="12" y={HIGH - 7} width={WIDE - 36} height="3" rx="1.5" />
        <rect class="heat" x="12" y={HIGH - 7} width={Math.max(0, (WIDE - 36) * Math.sqrt(time))} height="3" rx="1.5" />
    </g>;
}

function Edge({from, to, rate}: { from: Stage; to: Stage; rate: number }) {
    const x0 = MARGIN + from.x * STEP_X + (WIDE - 12) / 2, y0 = MARGIN + from.layer * STEP_Y + HIGH, x1 = MARGIN + to.x * STEP_X + (WIDE - 12) / 2, y1 = MARGIN + to.layer * STEP_Y;
    const bend = Math.max(18, (y1 - y0) / 2), isOf = chosen.value === from.id || chosen.value === to.id;
    return <path class={`edge ${isOf ? 'of-chosen' : ''} ${rate > 0 ? 'flows' : ''}`} d={`M${x0} ${y0}C${x0} ${y0 + bend} ${x1} ${y1 - bend} ${x1} ${y1}`} stroke-width={rate > 0 ? Math.min(5, 1 + Math.log10(1 + rate) * 0.9) : 1} />;
}

function Picture({totalUs}: { totalUs: number }) {
    const stages = [...places.value.values()].map(present), wide = MARGIN * 2 + Math.max(...stages.map((s) => s.x)) * STEP_X + WIDE, high = MARGIN * 2 + Math.max(...stages.map((s) => s.layer)) * STEP_Y + HIGH;
    // Where it is wider than the screen, its middle comes first.
    const frame = useRef<HTMLDivElement>(null);
    useLayoutEffect(() => { frame.current!.scrollLeft = (frame.current!.scrollWidth - frame.current!.clientWidth) / 2; }, []);
    return <div class="flow-scroll" ref={frame} tabIndex={0} role="region" aria-label="Picture of the dataflow">
        <svg class="flow" viewBox={`0 0 ${wide} ${high}`} preserveAspectRatio="xMidYMin meet"
            style={{minWidth: `${Math.round(wide * LEAST)}px`, minHeight: `${Math.round(high * LEAST)}px`, maxHeight: `${Math.round(high * 1.2)}px`}} role="group" aria-label="Stages, each below what it reads">
            {stages.flatMap((to) => to.inputs.map((id) => <Edge key={`${id} ${to.id}`} from={places.value.get(id)!} to={to} rate={rateOf(to)} />))}
            {stages.sort((a, b) => a.layer - b.layer || a.x - b.x).map((s) => <Node key={s.id} stage={s} totalUs={totalUs} />)}
        </svg>
    </div>;
}

function OperatorRows({operators, totalUs}: { operators: readonly Operator[]; totalUs: number }) {
    return <table class="operators"><caption class="unseen">Operators</caption><thead><tr><th scope="col">Operator</th><th scope="col">Kind</th><th scope="col">In a second</th><th scope="col">Rows in</th><th scope="col">Rows out</th><th scope="col">Last epoch</th><th scope="col">Rows held</th><th scope="col">Memory</th><th scope="col">Time</th></tr></thead>
        <tbody>{operators.map((o) => <tr key={o.id}><th scope="row">{o.name === o.kind ? `#${o.id}` : o.name}</th><td>{o.kind}{o.in_loop ? ', in the loop' : ''}</td><td>{perSecond(rates.value.get(o.id) ?? 0)}</td>
            <td title={exact(o.rows_in)}>{compact(o.rows_in)}</td><td title={exact(o.rows_out)}>{compact(o.rows_out)}</td><td>{compact(o.epoch_changes)}</td><td title={exact(o.rows_held)}>{compact(o.rows_held)}</td><td title={`${exact(o.bytes_held)} bytes`}>{bytes(o.bytes_held)}</td><td title={`${exact(o.time_us)} µs`}>{(100 * share(o.time_us, totalUs)).toFixed(1)} %</td></tr>)}</tbody></table>;
}

function Chosen({totalUs}: { totalUs: number }) {
    const stage = chosen.value === null ? undefined : places.value.get(chosen.value);
    if (stage === undefined) return <p class="quiet flow-hint">{plural(look.value!.operators.length, 'operator')} in {plural(places.value.size, 'stage')}. Each stage stands below what it reads: rows a second, memory held, and as a bar its share of the time. Choose one for its operators.</p>;
    const from = stage.inputs.map((id) => places.value.get(id)!.name).join(', ');
    return <div class="chosen-stage"><h3>{stage.name}{from !== '' && <span class="quiet"> reads {from}</span>}</h3><div class="scroll-x" tabIndex={0} role="region" aria-label={`Operators of ${stage.name}`}><OperatorRows operators={present(stage).operators} totalUs={totalUs} /></div></div>;
}

export function DataflowPanel() {
    useEffect(() => {
        void ask();
        const timer = setInterval(() => { if (!document.hidden && view.peek() === 'dataflow') void ask(); }, ASK_EVERY_MS);
        return () => clearInterval(timer);
    }, []);
    const operators = look.value?.operators ?? [], totalUs = operators.reduce((sum, o) => sum + o.time_us, 0), held = operators.reduce((sum, o) => sum + o.bytes_held, 0);
    return <Panel name="dataflow" title="Dataflow" tools={<>
        {operators.length > 0 && <span class="scope">{bytes(held)} held · {(totalUs / 1e6).toFixed(1)} s in operators</span>}
        <Help about="these numbers" terms={['rate', 'memory', 'time']} />
        <WorksSwitch />
        <Segments label="Shown as" value={shows.value} options={[{value: 'picture', label: 'Picture'}, {value: 'table', label: 'Table'}]} onChoose={(value) => { shows.value = value; }} />
    </>}>
        {failure.value !== null && <p class="empty" role="alert">{failure.value}</p>}
        {operators.length === 0 ? failure.value === null && <p class="empty" role="status">Asking …</p>
            : shows.value === 'table' ? <div class="scroll" tabIndex={0} role="region" aria-label="Operators"><OperatorRows operators={operators} totalUs={totalUs} /></div>
            : <><Picture totalUs={totalUs} /><Chosen totalUs={totalUs} /></>}
    </Panel>;
}
