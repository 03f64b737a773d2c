// SPDX-License-Identifier: MIT
// The dataflow as stages in layers.
//
// A stage is an operator with a name of its own, and the nameless ones that only it
// uses; all that runs inside a loop is the loop's.  Every stage lies below all it reads.
// Within a layer the stages stand where their neighbours are, as far as there is room.
import type {Operator} from './api.ts';

export interface Stage {
    id: number; name: string; operators: Operator[]; inputs: number[]; // Ids of stages.
    isInput: boolean; isLoop: boolean;
    layer: number; x: number; // The middle, in widths of a stage.
}

const isNamed = (o: Operator): boolean => o.name !== o.kind || o.kind === 'input' || o.kind === 'loop';

// Which stage each operator belongs to, by the id of the operator that names it.
// What merely hands a table to its readers is left out.
function stageIds(operators: readonly Operator[]): Map<number, number> {
    const shown = operators.filter((o) => o.kind !== 'output'), users = new Map<number, number[]>(), stage = new Map<number, number>();
    for (const o of shown) for (const input of o.inputs) users.set(input, [...users.get(input) ?? [], o.id]);
    for (const o of [...shown].sort((a, b) => b.id - a.id)) {
        const loop = o.in_loop ? shown.find((other) => other.kind === 'loop' && other.id > o.id) : undefined;
        const of = new Set((users.get(o.id) ?? []).map((id) => stage.get(id)).filter((id) => id !== undefined));
        stage.set(o.id, loop?.id ?? (!isNamed(o) && of.size === 1 ? [...of][0]! : o.id));
    }
    return stage;
}

function layersOf(stages: Map<number, Stage>): void {
    const order = [...stages.values()].sort((a, b) => a.id - b.id);
    for (const s of order) s.layer = Math.max(0, ...s.inputs.map((id) => (id < s.id ? stages.get(id)!.layer + 1 : 0)));
    for (const s of order) { // What reads nothing stands right above who reads it.
        if (s.inputs.length > 0) continue;
        const readers = order.filter((other) => other.inputs.includes(s.id)).map((other) => other.layer);
        if (readers.length > 0) s.layer = Math.max(0, Math.min(...readers) - 1);
    }
}

const GAP = 1.12, ROUNDS = 24;

function spread(row: Stage[], at: Map<Stage, number>): void {
    row.sort((a, b) => at.get(a)! - at.get(b)! || a.id - b.id);
    row.forEach((s, i) => { s.x = i === 0 ? at.get(s)! : Math.max(at.get(s)!, row[i - 1]!.x + GAP); });
    const shift = row.reduce((sum, s) => sum + at.get(s)! - s.x, 0) / row.length;
    row.forEach((s) => { s.x += shift; });
}

function arrangeStages(stages: Map<number, Stage>): void {
    const rows: Stage[][] = [];
    for (const s of [...stages.values()].sort((a, b) => a.id - b.id)) (rows[s.layer] ??= []).push(s);
    for (const row of rows) row?.forEach((s, i) => { s.x = (i - (row.length - 1) / 2) * GAP; });
    const readers = new Map<Stage, Stage[]>();
    for (const s of stages.values()) for (const id of s.inputs) readers.set(stages.get(id)!, [...readers.get(stages.get(id)!) ?? [], s]);
    for (let round = 0; round < ROUNDS; round++) {
        const down = round % 2 === 0;
        for (const row of down ? rows : [...rows].reverse()) {
            if (row === undefined) continue;
            const wanted = new Map(row.map((s) => {
                const above = s.inputs.map((id) => stages.get(id)!), below = readers.get(s) ?? [], near = down ? [...above, ...above, ...below] : [...above, ...below, ...below];
                return [s, near.length === 0 ? s.x : near.reduce((sum, other) => sum + other.x, 0) / near.length];
            }));
            spread(row, wanted);
        }
    }
    const left = Math.min(...[...stages.values()].map((s) => s.x));
    for (const s of stages.values()) s.x -= left;
}

export function stagesOf(operators: readonly Operator[]): Stage[] {
    const byId = new Map(operators.map((o) => [o.id, o])), stageOf = stageIds(operators), stages = new Map<number, Stage>();
    for (const [id, stage] of [...stageOf].sort((a, b) => a[0] - b[0])) {
        const own = byId.get(stage)!;
        const found = stages.get(stage) ?? {id: stage, name: own.name, operators: [], inputs: [], isInput: own.inputs.length === 0 && own.kind.startsWith('input'), isLoop: own.kind === 'loop', layer: 0, x: 0};
        stages.set(stage, found);
        found.operators.push(byId.get(id)!);
        for (const input of byId.get(id)!.inputs) {
            const from = stageOf.get(input);
            if (from !== undefined && from !== stage && !found.inputs.includes(from)) found.inputs.push(from);
        }
    }
    if (stages.size === 0) return [];
    layersOf(stages);
    arrangeStages(stages);
    return [...stages.values()];
}

export const sumOf = (stage: Stage, of: 'bytes_held' | 'time_us' | 'rows_held' | 'epoch_changes'): number => stage.operators.reduce((sum, o) => sum + o[of], 0);
