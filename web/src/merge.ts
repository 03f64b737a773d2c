// SPDX-License-Identifier: MIT
// The state that the live stream's frames add up to.
import type {MapColumns, MapFrame, Minute, TimelineFrame} from './api.ts';

// Authors on the map as columns; a row's number may change with any frame.
export class MapTable {
    readonly rows: MapColumns = emptyColumns();
    private readonly rowOf = new Map<string, number>();

    get count(): number { return this.rows.id.length; }
    rowOfId(id: string): number { return this.rowOf.get(id) ?? -1; }

    apply(frame: MapFrame): void {
        if (frame.full) this.clear();
        else for (const id of frame.remove) this.remove(id);
        const from = frame.upsert;
        for (let i = 0; i < (from.id?.length ?? 0); i++) {
            const id = from.id[i]!;
            let row = this.rowOf.get(id);
            if (row === undefined) {
                row = this.count;
                this.rowOf.set(id, row);
            }
            copyRow(from, i, this.rows, row);
        }
    }

    private clear(): void {
        for (const column of columnsOf(this.rows)) column.length = 0;
        this.rowOf.clear();
    }

    // The last row takes the place of the one that goes.
    private remove(id: string): void {
        const row = this.rowOf.get(id);
        if (row === undefined) return;
        const last = this.count - 1;
        if (row !== last) {
            copyRow(this.rows, last, this.rows, row);
            this.rowOf.set(this.rows.id[row]!, row);
        }
        for (const column of columnsOf(this.rows)) column.length = last;
        this.rowOf.delete(id);
    }
}

export function emptyColumns(): MapColumns {
    return {id: [], lat: [], lon: [], influence: [], responses: [], received_n: [], received_mean: [], username: [], place: []};
}

const NAMES = Object.keys(emptyColumns()) as (keyof MapColumns)[];
const columnsOf = (columns: MapColumns): unknown[][] => NAMES.map((name) => columns[name]);

function copyRow(from: MapColumns, i: number, to: MapColumns, row: number): void {
    to.id[row] = from.id[i]!;
    to.lat[row] = from.lat[i]!;
    to.lon[row] = from.lon[i]!;
    to.influence[row] = from.influence[i]!;
    to.responses[row] = from.responses[i]!;
    to.received_n[row] = from.received_n[i]!;
    to.received_mean[row] = from.received_mean[i]!;
    to.username[row] = from.username[i]!;
    to.place[row] = from.place[i]!;
}

// Minutes in order of time, by their start in milliseconds.
export class Timeline {
    private readonly byStart = new Map<number, Minute>();
    private order: number[] | null = [];

    apply(frame: TimelineFrame): void {
        if (frame.full) this.byStart.clear();
        for (const minute of frame.removed ?? []) this.byStart.delete(Date.parse(minute));
        for (const row of frame.minutes) this.byStart.set(Date.parse(row.minute), row);
        this.order = null;
    }

    get starts(): readonly number[] {
        return this.order ??= [...this.byStart.keys()].sort((a, b) => a - b);
    }
    at(start: number): Minute | undefined { return this.byStart.get(start); }
    rows(): Minute[] { return this.starts.map((start) => this.byStart.get(start)!); }
}
