// SPDX-License-Identifier: MIT
// The flat map's arithmetic: Web Mercator in pixels, as deck.gl has it: the world is
// 512 pixels wide at zoom 0.
export const LAT_MAX = 85.051129;
const TILE = 512;

export interface View { lon: number; lat: number; zoom: number }
export interface Size { width: number; height: number }

export const worldSize = (zoom: number): number => TILE * 2 ** zoom;

// In worlds, from the west and from the north.
export const mercatorX = (lon: number): number => (lon + 180) / 360;
export function mercatorY(lat: number): number {
    const clamped = Math.max(-LAT_MAX, Math.min(LAT_MAX, lat));
    return 0.5 - Math.log(Math.tan(Math.PI / 4 + clamped * Math.PI / 360)) / (2 * Math.PI);
}
export const longitude = (x: number): number => x * 360 - 180;
export const latitude = (y: number): number => Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360 / Math.PI - 90;
export const wrapLongitude = (lon: number): number => ((lon + 180) % 360 + 360) % 360 - 180;

// The zoom at which the world fills the width and the height.
export function fitZoom(size: Size): number {
    return Math.log2(Math.max(size.width, size.height * 0.92, 320) / TILE);
}

// Keeps the map's edge out of sight in the north and south.
export function constrain(view: View, size: Size): View {
    const zoom = Math.max(fitZoom(size) - 0.25, Math.min(8, view.zoom));
    const half = size.height / 2 / worldSize(zoom);
    const y = half >= 0.5 ? 0.5 : Math.max(half, Math.min(1 - half, mercatorY(view.lat)));
    return {lon: wrapLongitude(view.lon), lat: latitude(y), zoom};
}

// Where a place is on the screen, in the copy of the world nearest to the middle.
export function project(view: View, size: Size, lon: number, lat: number, result: Float32Array, at: number): void {
    const world = worldSize(view.zoom);
    let dx = mercatorX(lon) - mercatorX(view.lon);
    if (dx > 0.5) dx -= 1;
    else if (dx < -0.5) dx += 1;
    result[at] = size.width / 2 + dx * world;
    result[at + 1] = size.height / 2 + (mercatorY(lat) - mercatorY(view.lat)) * world;
}
