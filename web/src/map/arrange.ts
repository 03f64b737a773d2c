// SPDX-License-Identifier: MIT
// From columns of authors to circles and names of places.
//
// Authors of one place have nearly one point, so their circles would hide one another.
// They are laid out like the seeds of a sunflower: the most influential in the middle,
// the others around it, a few pixels apart whatever the zoom.
import type {MapColumns} from '../api.ts';
import {type MapColours, radiusOf, receptionStep} from '../scale.ts';
import type {Points} from './engine.ts';
import {worldSize} from './mercator.ts';

export interface PlaceGroup { name: string; lon: number; lat: number; influence: number; radius: number; rows: number[] }

const FULL_WORLD_PX = 1000; // Of the map on a wide screen; on a narrow one all is closer.
const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const SEED_PX = 2.7, FLOWER_PX = 15;

// Places by influence; in each its rows by influence.  Places of one name are told
// apart by their whole degrees.
export function groupPlaces(columns: MapColumns): PlaceGroup[] {
    const groups = new Map<string, PlaceGroup>();
    for (let i = 0; i < columns.id.length; i++) {
        const lat = columns.lat[i]! / 1e4, lon = columns.lon[i]! / 1e4;
        const key = `${columns.place[i]!}\n${Math.round(lat)}\n${Math.round(lon)}`;
        let group = groups.get(key);
        if (!group) groups.set(key, group = {name: columns.place[i]!, lon: 0, lat: 0, influence: 0, radius: 0, rows: []});
        group.lon += lon;
        group.lat += lat;
        group.influence += columns.influence[i]! / 1000;
        group.rows.push(i);
    }
    for (const group of groups.values()) {
        group.lon /= group.rows.length;
        group.lat /= group.rows.length;
        group.rows.sort((a, b) => columns.influence[b]! - columns.influence[a]! || (columns.id[a]! < columns.id[b]! ? -1 : 1));
    }
    return [...groups.values()].sort((a, b) => b.influence - a.influence || (a.name < b.name ? -1 : 1));
}

export interface Arrangement { points: Points; rowOf: Int32Array; groups: PlaceGroup[] }

export function arrange(columns: MapColumns, colours: MapColours, radiusMax: number, zoom: number, worldPx = FULL_WORLD_PX): Arrangement {
    const groups = groupPlaces(columns), count = columns.id.length;
    const order = new Int32Array(count).map((_, i) => i).sort((a, b) => columns.influence[b]! - columns.influence[a]!);
    const influenceMax = count > 0 ? columns.influence[order[0]!]! : 0;
    const place = new Float32Array(2 * count); // By row.
    for (const group of groups) spread(group, zoom, Math.min(1, worldPx / FULL_WORLD_PX), place);

    const points: Points = {
        count, position: new Float32Array(2 * count), radius: new Float32Array(count),
        fill: new Uint8Array(4 * count), line: new Uint8Array(4 * count),
    };
    for (let i = 0; i < count; i++) {
        const row = order[i]!, step = receptionStep(columns.received_n[row]!, millis(columns.received_mean[row]!));
        points.position[2 * i] = place[2 * row]!;
        points.position[2 * i + 1] = place[2 * row + 1]!;
        points.radius[i] = radiusOf(columns.influence[row]!, influenceMax, radiusMax);
        points.fill.set(colours.steps[step], 4 * i);
        points.fill[4 * i + 3] = step === 'none' ? 26 : points.radius[i]! > 6 ? 205 : 235;
        points.line.set(step === 'none' ? colours.steps.none : colours.halo, 4 * i);
        points.line[4 * i + 3] = step === 'none' ? 190 : 150;
    }
    for (const group of groups) group.radius = radiusOf(columns.influence[group.rows[0]!]!, influenceMax, radiusMax);
    return {points, rowOf: order, groups};
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
