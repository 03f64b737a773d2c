// SPDX-License-Identifier: MIT
// From columns of authors to circles and names of places.
//
// Authors of one place have nearly one point, so their circles would hide one another.
// They are laid out like the seeds of a sunflower: the most influential in the middle,
// the others around it, a few pixels apart whatever the zoom.
import type {MapColumns} from '../api.ts';
import {type MapColours, radiusOf, receptionStep, type Rgb} from '../scale.ts';
import type {Points} from './engine.ts';
import {worldSize} from './mercator.ts';

export interface PlaceGroup { name: string; lon: number; lat: number; influence: number; radius: number; rows: number[] }

const FULL_WORLD_PX = 1000; // Of the map on a wide screen; on a narrow one all is closer.
const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const SEED_PX = 2.7, FLOWER_PX = 15;

// Rows by influence, the most first.  Numbers sort several times faster than rows by a
// comparison; a row's number in the low digits keeps it with its key (both fit 53 bits).
function byInfluence(columns: MapColumns): Int32Array {
    const count = columns.id.length, rows = 2 ** Math.ceil(Math.log2(count + 1)), keys = new Float64Array(count), order = new Int32Array(count);
    for (let i = 0; i < count; i++) keys[i] = Math.min(columns.influence[i]!, 2 ** 35) * rows + (count - 1 - i);
    keys.sort();
    for (let i = 0; i < count; i++) order[i] = count - 1 - keys[count - 1 - i]! % rows;
    return order;
}

// Places by influence; in each its rows in the given order.  Places of one name that
// lie more than two degrees apart are different ones.
export function groupPlaces(columns: MapColumns, order: Int32Array): PlaceGroup[] {
    const named = new Map<string, PlaceGroup[]>(), groups: PlaceGroup[] = [];
    for (const row of order) {
        const lat = columns.lat[row]! / 1e4, lon = columns.lon[row]! / 1e4, name = columns.place[row]!;
        let same = named.get(name);
        if (!same) named.set(name, same = []);
        let group = same.find((g) => Math.abs(g.lat - lat) < 2 && Math.abs(g.lon - lon) < 2);
        if (!group) {
            group = {name, lon, lat, influence: 0, radius: 0, rows: []}; // Where its most influential author is.
            same.push(group);
            groups.push(group);
        }
        group.influence += columns.influence[row]! / 1000;
        group.rows.push(row);
    }
    return groups.sort((a, b) => b.influence - a.influence || (a.name < b.name ? -1 : 1));
}

export interface Arrangement { points: Points; rowOf: Int32Array; groups: PlaceGroup[] }

export function arrange(columns: MapColumns, colours: MapColours, radiusMax: number, zoom: number, worldPx = FULL_WORLD_PX): Arrangement {
    const rowOf = byInfluence(columns), groups = groupPlaces(columns, rowOf), count = rowOf.length;
    const influenceMax = count > 0 ? columns.influence[rowOf[0]!]! : 0;
    const place = new Float32Array(2 * count); // By row.
    for (const group of groups) {
        spread(group, zoom, Math.min(1, worldPx / FULL_WORLD_PX), place);
        group.radius = radiusOf(columns.influence[group.rows[0]!]!, influenceMax, radiusMax);
    }
    const points: Points = {
        count, position: new Float32Array(2 * count), radius: new Float32Array(count),
        fill: new Uint8Array(4 * count), line: new Uint8Array(4 * count),
    };
    for (let i = 0; i < count; i++) {
        const row = rowOf[i]!, step = receptionStep(columns.received_n[row]!, millis(columns.received_mean[row]!)), isEmpty = step === 'none';
        points.position[2 * i] = place[2 * row]!;
        points.position[2 * i + 1] = place[2 * row + 1]!;
        points.radius[i] = radiusOf(columns.influence[row]!, influenceMax, radiusMax);
        paint(points.fill, i, colours.steps[step], isEmpty ? 26 : points.radius[i]! > 6 ? 205 : 235);
        paint(points.line, i, isEmpty ? colours.steps.none : colours.halo, isEmpty ? 190 : 150);
    }
    return {points, rowOf, groups};
}

function paint(colours: Uint8Array, i: number, colour: Rgb, alpha: number): void {
    colours[4 * i] = colour[0];
    colours[4 * i + 1] = colour[1];
    colours[4 * i + 2] = colour[2];
    colours[4 * i + 3] = alpha;
}

const millis = (n: number | null): number | null => (n === null ? null : n / 1000);

function spread(group: PlaceGroup, zoom: number, room: number, place: Float32Array): void {
    const step = room * Math.min(SEED_PX, FLOWER_PX / Math.sqrt(group.rows.length));
    const degrees = 360 / worldSize(zoom), squash = Math.cos(group.lat * Math.PI / 180);
    group.rows.forEach((row, k) => {
        const distance = step * Math.sqrt(k) * degrees, angle = k * GOLDEN;
        place[2 * row] = group.lon + distance * Math.cos(angle);
        place[2 * row + 1] = group.lat + distance * Math.sin(angle) * squash;
    });
}

export interface Box { left: number; top: number; right: number; bottom: number }
export interface Label { text: string; x: number; y: number; align: 'left' | 'right' | 'center' }

const meets = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

// Names from the most influential place down, each at the first of four sides where
// it meets no other name and no larger place's circle.
export function placeLabels(
    places: { name: string; x: number; y: number; radius: number }[], measure: (text: string) => number, lineHeight: number, most: number, frame: Box,
): Label[] {
    const labels: Label[] = [], taken: Box[] = [];
    for (const {x, y, radius} of places.slice(0, most)) {
        if (radius > 5) taken.push({left: x - radius, top: y - radius, right: x + radius, bottom: y + radius});
    }
    for (const {name, x, y, radius} of places) {
        if (labels.length >= most) break;
        const width = measure(name), gap = radius + 4, own: Box = {left: x - radius, top: y - radius, right: x + radius, bottom: y + radius};
        const sides: { box: Box; label: Label }[] = [
            {box: box(x + gap, y - lineHeight / 2, width, lineHeight), label: {text: name, x: x + gap, y, align: 'left'}},
            {box: box(x - gap - width, y - lineHeight / 2, width, lineHeight), label: {text: name, x: x - gap, y, align: 'right'}},
            {box: box(x - width / 2, y - gap - lineHeight, width, lineHeight), label: {text: name, x, y: y - gap - lineHeight / 2, align: 'center'}},
            {box: box(x - width / 2, y + gap, width, lineHeight), label: {text: name, x, y: y + gap + lineHeight / 2, align: 'center'}},
        ];
        const free = sides.find(({box: b}) => b.left > frame.left && b.right < frame.right && b.top > frame.top && b.bottom < frame.bottom &&
            !taken.some((other) => meets(b, other) && !same(other, own)));
        if (!free) continue;
        labels.push(free.label);
        taken.push(free.box);
    }
    return labels;
}

const box = (left: number, top: number, width: number, height: number): Box => ({left, top, right: left + width, bottom: top + height});
const same = (a: Box, b: Box): boolean => a.left === b.left && a.top === b.top;
