// SPDX-License-Identifier: MIT
// What lies above the circles, on a plain canvas whatever draws them: lines to
// responders, the ring around the author in focus, names of places.
import type {ResponderPlace} from '../api.ts';
import type {MapColours, Rgb} from '../scale.ts';
import {placeLabels, type Label, type PlaceGroup} from './arrange.ts';
import type {MapEngine} from './engine.ts';
import type {Size} from './mercator.ts';

export interface Focus { lon: number; lat: number; radius: number; responders: ResponderPlace[] }

const rgba = (c: Rgb, alpha: number): string => `rgba(${c[0]},${c[1]},${c[2]},${alpha})`;
const FONT = '"Inter Variable", system-ui, sans-serif';
const ARC_STEPS = 28, DOT_MS = 2600;

// `ink` is how strong it is drawn: many lines that meet in one point must not blot it out.
interface Arc { points: Float32Array; shown: Uint8Array; weight: number; ink: number; phase: number }

export class Overlay {
    private readonly context: CanvasRenderingContext2D;
    private frame = 0;
    private groups: PlaceGroup[] = [];
    private focus: Focus | null = null;
    private arcs: Arc[] | null = null; // null: to be computed.
    private readonly size: Size = {width: 0, height: 0};

    constructor(private readonly canvas: HTMLCanvasElement, private engine: MapEngine, private colours: MapColours,
                private readonly lightMode: boolean, private readonly still: () => boolean) {
        this.context = canvas.getContext('2d')!;
    }

    setEngine(engine: MapEngine): void { this.engine = engine; this.moved(); }
    setGroups(groups: PlaceGroup[]): void { this.groups = groups; this.drawSoon(); }
    setColours(colours: MapColours): void { this.colours = colours; this.drawSoon(); }
    setFocus(focus: Focus | null): void { this.focus = focus; this.moved(); }
    moved(): void { this.arcs = null; this.drawSoon(); }
    destroy(): void { cancelAnimationFrame(this.frame); }

    drawSoon(): void {
        if (this.frame === 0) this.frame = requestAnimationFrame((now) => { this.frame = 0; this.draw(now); });
    }

    private draw(now: number): void {
        const {context, canvas} = this;
        const width = canvas.clientWidth, height = canvas.clientHeight;
        if (width === 0 || height === 0) return;
        const pixels = Math.min(2, devicePixelRatio);
        if (canvas.width !== Math.round(width * pixels) || canvas.height !== Math.round(height * pixels)) {
            canvas.width = Math.round(width * pixels);
            canvas.height = Math.round(height * pixels);
        }
        this.size.width = width;
        this.size.height = height;
        context.setTransform(pixels, 0, 0, pixels, 0, 0);
        context.clearRect(0, 0, width, height);
        if (this.focus !== null) this.drawFocus(this.focus, now);
        this.drawLabels();
    }

    private drawFocus(focus: Focus, now: number): void {
        const at = new Float32Array(2);
        this.arcs ??= this.makeArcs(focus);
        this.arcs.forEach((arc) => this.drawArc(arc));
        const moving = !this.lightMode && !this.still() && this.arcs.length > 0;
        if (moving) {
            this.arcs.forEach((arc) => this.drawDot(arc, now));
            this.drawSoon();
        }
        if (!this.engine.project(focus.lon, focus.lat, at, 0)) return;
        const {context} = this, radius = focus.radius * this.engine.radiusScale + 3.5;
        context.beginPath();
        context.arc(at[0]!, at[1]!, radius, 0, 2 * Math.PI);
        context.lineWidth = 4;
        context.strokeStyle = rgba(this.colours.halo, 0.85);
        context.stroke();
        context.lineWidth = 2;
        context.strokeStyle = rgba(this.colours.focus, 1);
        context.stroke();
    }

    private makeArcs(focus: Focus): Arc[] {
        const most = Math.max(1, ...focus.responders.map((r) => r.responses));
        const apart = focus.responders.filter((r) => Math.hypot(r.lon - focus.lon, r.lat - focus.lat) > 0.3);
        const crowd = Math.min(1, Math.sqrt(48 / Math.max(1, apart.length)));
        return apart.sort((a, b) => a.responses - b.responses).map((r, i) => {
            const weight = Math.sqrt(r.responses / most);
            return {...this.trace(r, focus), weight, ink: crowd * (0.35 + 0.65 * weight ** 1.5), phase: i * 0.618034 % 1};
        });
    }

    // From the responder to the author: on the globe along the great circle, on the
    // plane bent to the north.
    private trace(from: { lon: number; lat: number }, to: { lon: number; lat: number }): { points: Float32Array; shown: Uint8Array } {
        const points = new Float32Array(2 * (ARC_STEPS + 1)), shown = new Uint8Array(ARC_STEPS + 1).fill(1);
        if (!this.engine.isGlobe) {
            const ends = new Float32Array(4);
            this.engine.project(to.lon, to.lat, ends, 2);
            this.engine.project(from.lon, from.lat, ends, 0);
            bend(ends, points);
        } else {
            for (let i = 0; i <= ARC_STEPS; i++) {
                const [lon, lat] = between(from, to, i / ARC_STEPS);
                shown[i] = this.engine.project(lon, lat, points, 2 * i) ? 1 : 0;
            }
        }
        return {points, shown};
    }

    private drawArc({points, shown, weight, ink}: Arc): void {
        const {context, colours} = this, last = 2 * ARC_STEPS;
        const gradient = context.createLinearGradient(points[0]!, points[1]!, points[last]!, points[last + 1]!);
        gradient.addColorStop(0, rgba(colours.arc, ink));
        gradient.addColorStop(1, rgba(colours.arcEnd, 0.8 * ink));
        context.strokeStyle = gradient;
        context.lineWidth = 0.8 + 1.7 * weight;
        context.lineCap = 'round';
        context.beginPath();
        let down = false;
        for (let i = 0; i <= ARC_STEPS; i++) {
            if (!shown[i]) down = false;
            else if (down) context.lineTo(points[2 * i]!, points[2 * i + 1]!);
            else {
                context.moveTo(points[2 * i]!, points[2 * i + 1]!);
                down = true;
            }
        }
        context.stroke();
        if (!shown[0]) return;
        context.beginPath();
        context.arc(points[0]!, points[1]!, 1.4 + 1.2 * weight, 0, 2 * Math.PI);
        context.fillStyle = rgba(colours.arcEnd, 0.35 + 0.65 * ink);
        context.fill();
    }

    // A dot that runs along the line shows who answers whom.
    private drawDot({points, shown, weight, phase}: Arc, now: number): void {
        const t = (now / DOT_MS + phase) % 1 * ARC_STEPS, i = Math.floor(t), rest = t - i;
        if (!shown[i] || !shown[i + 1]) return;
        const x = points[2 * i]! * (1 - rest) + points[2 * i + 2]! * rest, y = points[2 * i + 1]! * (1 - rest) + points[2 * i + 3]! * rest;
        this.context.beginPath();
        this.context.arc(x, y, 1.1 + weight, 0, 2 * Math.PI);
        this.context.fillStyle = rgba(this.colours.arcEnd, 0.9);
        this.context.fill();
    }

    private drawLabels(): void {
        const {context, size} = this, at = new Float32Array(2);
        const places = [];
        for (const group of this.groups) {
            if (places.length >= 120) break;
            if (group.name === '' || !this.engine.project(group.lon, group.lat, at, 0)) continue;
            if (at[0]! < 0 || at[0]! > size.width || at[1]! < 0 || at[1]! > size.height) continue;
            places.push({name: group.name, x: at[0]!, y: at[1]!, radius: group.radius * this.engine.radiusScale});
        }
        context.font = `500 12px ${FONT}`;
        const most = size.width < 500 ? 12 : 30;
        const frame = {left: 4, top: 4, right: size.width - 4, bottom: size.height - 4};
        const labels = placeLabels(places, (text) => context.measureText(text).width, 15, most, frame);
        context.lineJoin = 'round';
        context.textBaseline = 'middle';
        labels.forEach((label) => this.drawLabel(label));
    }

    private drawLabel({text, x, y, align}: Label): void {
        const {context, colours} = this;
        context.textAlign = align;
        context.lineWidth = 3;
        context.strokeStyle = rgba(colours.halo, 0.85);
        context.strokeText(text, x, y);
        context.fillStyle = rgba(colours.label, this.focus === null ? 1 : 0.75);
        context.fillText(text, x, y);
    }
}

function bend(ends: Float32Array, points: Float32Array): void {
    const [x0, y0, x1, y1] = ends as unknown as [number, number, number, number];
    const distance = Math.hypot(x1 - x0, y1 - y0), lift = Math.min(0.28 * distance, 130);
    // The side that lies in the north, whichever end is the author's.
    const side = x1 >= x0 ? 1 : -1;
    const cx = (x0 + x1) / 2 + side * lift * (y1 - y0) / (distance || 1), cy = (y0 + y1) / 2 - side * lift * (x1 - x0) / (distance || 1);
    for (let i = 0; i <= ARC_STEPS; i++) {
        const t = i / ARC_STEPS, a = (1 - t) * (1 - t), b = 2 * t * (1 - t), c = t * t;
        points[2 * i] = a * x0 + b * cx + c * x1;
        points[2 * i + 1] = a * y0 + b * cy + c * y1;
    }
}

function between(from: { lon: number; lat: number }, to: { lon: number; lat: number }, t: number): [number, number] {
    const rad = Math.PI / 180;
    const vector = ({lon, lat}: { lon: number; lat: number }) =>
        [Math.cos(lat * rad) * Math.cos(lon * rad), Math.cos(lat * rad) * Math.sin(lon * rad), Math.sin(lat * rad)] as const;
    const a = vector(from), b = vector(to);
    const angle = Math.acos(Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])));
    if (angle < 1e-6) return [to.lon, to.lat];
    const wa = Math.sin((1 - t) * angle) / Math.sin(angle), wb = Math.sin(t * angle) / Math.sin(angle);
    const x = wa * a[0] + wb * b[0], y = wa * a[1] + wb * b[1], z = wa * a[2] + wb * b[2];
    return [Math.atan2(y, x) / rad, Math.atan2(z, Math.hypot(x, y)) / rad];
}
