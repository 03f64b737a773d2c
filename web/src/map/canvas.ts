// SPDX-License-Identifier: MIT
// The map without WebGL2: the same flat view on a plain canvas.
import type {MapColours, Rgb} from '../scale.ts';
import {type EngineHost, type MapEngine, type Points, radiusGrowth} from './engine.ts';
import {constrain, fitZoom, latitude, longitude, mercatorX, mercatorY, project, type Size, type View, worldSize} from './mercator.ts';
import type {Point, World} from './world.ts';

const css = (c: Rgb | Uint8Array, alpha = 1): string => `rgba(${c[0]},${c[1]},${c[2]},${alpha})`;

function trace(path: Path2D, points: Point[], close: boolean): void {
    points.forEach(([lon, lat], i) => (i === 0 ? path.moveTo(mercatorX(lon), mercatorY(lat)) : path.lineTo(mercatorX(lon), mercatorY(lat))));
    if (close) path.closePath();
}

export class CanvasEngine implements MapEngine {
    private readonly context: CanvasRenderingContext2D;
    private readonly size: Size = {width: 0, height: 0};
    private readonly observer: ResizeObserver;
    private readonly touches = new Map<number, { x: number; y: number }>();
    private land: Path2D | null = null;
    private lines: Path2D | null = null;
    private points: Points | null = null;
    private frame = 0;
    readonly isGlobe = false;
    view: View = {lon: 10, lat: 26, zoom: 0};

    constructor(private readonly host: EngineHost, private readonly canvas: HTMLCanvasElement, private colours: MapColours) {
        this.context = canvas.getContext('2d')!;
        this.observer = new ResizeObserver(() => this.onResize());
        this.observer.observe(host.element);
        this.measure();
        canvas.tabIndex = 0;
        canvas.style.touchAction = 'none';
        canvas.addEventListener('wheel', (event) => {
            event.preventDefault();
            this.zoomAt(event.offsetX, event.offsetY, -event.deltaY / 300);
        }, {passive: false});
        canvas.addEventListener('pointerdown', (event) => {
            canvas.setPointerCapture(event.pointerId);
            this.touches.set(event.pointerId, {x: event.offsetX, y: event.offsetY});
        });
        canvas.addEventListener('pointermove', (event) => this.onPointerMove(event));
        for (const end of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(end, (event) => this.touches.delete(event.pointerId));
        canvas.addEventListener('keydown', (event) => this.onKey(event));
    }

    get radiusScale(): number { return radiusGrowth(this.view.zoom - fitZoom(this.size)); }

    private onResize(): void {
        if (this.measure()) this.setView(this.view);
    }
    private measure(): boolean {
        const {clientWidth: width, clientHeight: height} = this.host.element;
        if (width === 0 || height === 0) return false; // Hidden: as it was.
        const first = this.size.width === 0;
        this.size.width = width;
        this.size.height = height;
        const pixels = this.host.lightMode ? 1 : Math.min(2, devicePixelRatio);
        this.canvas.width = width * pixels;
        this.canvas.height = height * pixels;
        this.view = constrain(first ? {...this.view, zoom: fitZoom(this.size)} : this.view, this.size);
        return true;
    }

    private onPointerMove(event: PointerEvent): void {
        const before = this.touches.get(event.pointerId);
        if (!before) return;
        const now = {x: event.offsetX, y: event.offsetY};
        const other = [...this.touches].find(([id]) => id !== event.pointerId)?.[1];
        if (other) {
            const spread = (p: { x: number; y: number }): number => Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
            this.zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, Math.log2(spread(now) / spread(before)));
        } else {
            this.pan(before.x - now.x, before.y - now.y);
        }
        this.touches.set(event.pointerId, now);
    }

    private onKey(event: KeyboardEvent): void {
        const pans: Record<string, [number, number]> = {ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60]};
        const pan = pans[event.key];
        if (pan) this.pan(...pan);
        else if (event.key === '+' || event.key === '=') this.zoomAt(this.size.width / 2, this.size.height / 2, 0.5);
        else if (event.key === '-') this.zoomAt(this.size.width / 2, this.size.height / 2, -0.5);
        else return;
        event.preventDefault();
    }

    private pan(dx: number, dy: number): void {
        const world = worldSize(this.view.zoom);
        this.setView({...this.view, lon: longitude(mercatorX(this.view.lon) + dx / world), lat: latitude(mercatorY(this.view.lat) + dy / world)});
    }
    private zoomAt(x: number, y: number, by: number): void {
        const dx = x - this.size.width / 2, dy = y - this.size.height / 2;
        this.pan(dx, dy);
        this.setView({...this.view, zoom: this.view.zoom + by});
        this.pan(-dx, -dy);
    }

    setWorld(world: World): void {
        this.land = new Path2D();
        this.lines = new Path2D();
        for (const rings of world.land) for (const ring of rings) trace(this.land, ring, true);
        for (const line of [...world.lines, ...world.borders]) trace(this.lines, line, false);
        this.drawSoon();
    }
    setPoints(points: Points): void { this.points = points; this.drawSoon(); }
    setColours(colours: MapColours): void { this.colours = colours; this.drawSoon(); }
    setGlobe(): void { /* There is no globe without WebGL2; the page does not offer it. */ }
    setView(view: View): void {
        this.view = constrain(view, this.size);
        this.drawSoon();
        this.host.onMove();
    }

    private drawSoon(): void {
        if (this.frame === 0) this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
    }

    private draw(): void {
        const {context, size, view} = this;
        const pixels = this.canvas.width / size.width, world = worldSize(view.zoom);
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, this.canvas.width, this.canvas.height);
        for (const copy of [-1, 0, 1]) {
            const x = size.width / 2 + (copy - mercatorX(view.lon)) * world, y = size.height / 2 - mercatorY(view.lat) * world;
            if (this.land === null || this.lines === null || x > size.width || x + world < 0) continue;
            context.setTransform(world * pixels, 0, 0, world * pixels, x * pixels, y * pixels);
            context.fillStyle = css(this.colours.land);
            context.fill(this.land, 'evenodd');
            context.strokeStyle = css(this.colours.coast);
            context.lineWidth = 0.9 / world;
            context.stroke(this.lines);
        }
        context.setTransform(pixels, 0, 0, pixels, 0, 0);
        this.drawPoints();
    }

    private drawPoints(): void {
        const {context, points} = this;
        if (points === null) return;
        const at = new Float32Array(2), scale = this.radiusScale;
        context.lineWidth = 1;
        for (let i = 0; i < points.count; i++) {
            this.project(points.position[2 * i]!, points.position[2 * i + 1]!, at, 0);
            if (at[0]! < -40 || at[0]! > this.size.width + 40) continue;
            context.beginPath();
            context.arc(at[0]!, at[1]!, points.radius[i]! * scale, 0, 2 * Math.PI);
            context.fillStyle = css(points.fill.subarray(4 * i), points.fill[4 * i + 3]! / 255);
            context.fill();
            context.strokeStyle = css(points.line.subarray(4 * i), points.line[4 * i + 3]! / 255);
            context.stroke();
        }
    }

    project(lon: number, lat: number, result: Float32Array, at: number): boolean {
        project(this.view, this.size, lon, lat, result, at);
        return true;
    }
    destroy(): void {
        this.observer.disconnect();
        cancelAnimationFrame(this.frame);
    }
}
