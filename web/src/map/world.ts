// SPDX-License-Identifier: MIT
// The base map's file (web/tools/basemap.mjs says what is in it), unpacked.
import {LAT_MAX} from './mercator.ts';

export type Point = [number, number];
export interface World { land: Point[][][]; lines: Point[][]; borders: Point[][] }
interface Packed { scale: number; land: number[][][]; borders: number[][] }

function unpack(packed: number[], scale: number): Point[] {
    const points: Point[] = [];
    let x = 0, y = 0;
    for (let i = 0; i + 1 < packed.length; i += 2) {
        x += packed[i]!;
        y += packed[i + 1]!;
        points.push([x / scale, y / scale]);
    }
    return points;
}

// The cut along the 180th meridian and round the poles is no coast.
const onCut = (a: Point, b: Point): boolean =>
    (Math.abs(a[0]) > 179.98 && Math.abs(b[0]) > 179.98) || (Math.abs(a[1]) > 89.9 && Math.abs(b[1]) > 89.9);

export function coastOf(ring: Point[]): Point[][] {
    const lines: Point[][] = [];
    let line: Point[] = [];
    for (let i = 0; i < ring.length; i++) {
        const point = ring[i]!, before = ring[i - 1];
        if (before && onCut(before, point)) {
            if (line.length > 1) lines.push(line);
            line = [];
        }
        line.push(point);
    }
    if (line.length > 1) lines.push(line);
    return lines;
}

export function unpackWorld(packed: Packed): World {
    const land = packed.land.map((rings) => rings.map((ring) => unpack(ring, packed.scale)));
    const world = {land, lines: land.flatMap((rings) => rings.flatMap(coastOf)), borders: packed.borders.map((line) => unpack(line, packed.scale))};
    const clamp = (points: Point[]): void => {
        for (const point of points) point[1] = Math.max(-LAT_MAX, Math.min(LAT_MAX, point[1]));
    };
    world.land.forEach((rings) => rings.forEach(clamp));
    return world;
}

export async function loadWorld(resolution: '110m' | '50m'): Promise<World> {
    const response = await fetch(`map-${resolution}.json`);
    if (!response.ok) throw new Error(`map-${resolution}.json: ${response.status}`);
    return unpackWorld(await response.json() as Packed);
}
