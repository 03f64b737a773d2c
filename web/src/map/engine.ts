// SPDX-License-Identifier: MIT
// What draws land and circles: deck.gl on WebGL2, or a plain canvas where there is none.
import type {MapColours} from '../scale.ts';
import type {View} from './mercator.ts';
import type {World} from './world.ts';

// Columns; `count` rows of them are in use.  Those first are drawn first.  A new object
// means new content.
export interface Points {
    count: number;
    position: Float32Array; // lon, lat
    radius: Float32Array;   // Pixels at the zoom where the world fits.
    fill: Uint8Array;       // r, g, b, a
    line: Uint8Array;
}

export interface MapEngine {
    setWorld(world: World): void;
    setPoints(points: Points): void;
    setColours(colours: MapColours): void;
    setGlobe(globe: boolean): void;
    setView(view: View): void;
    readonly view: View;
    readonly isGlobe: boolean;
    readonly radiusScale: number; // Pixels on screen per pixel of Points.radius.
    // Screen position; false: not to be seen (behind the globe).
    project(lon: number, lat: number, result: Float32Array, at: number): boolean;
    destroy(): void;
}

export interface EngineHost {
    element: HTMLElement;
    lightMode: boolean;
    onMove(): void; // The view has changed, or the size.
}

// Circles grow a little with the zoom, places far more: zooming in separates them.
export const radiusGrowth = (zoomedIn: number): number => 1.2 ** Math.max(0, zoomedIn);
