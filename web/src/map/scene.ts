// SPDX-License-Identifier: MIT
// The map as the page uses it: follows the signals, and tells which author one points at.
import {effect} from '@preact/signals';
import {author, tweet} from '../ask.ts';
import {COLOURS} from '../scale.ts';
import {
    asTable, cardSide, closeCard, flatOnly, focusId, globe, lightMode, mapColumns, mapVersion, narrow, openAuthor, opened, pinned, pointed, reducedMotion, tab, theme, view,
} from '../store.ts';
import {arrange, type Arrangement} from './arrange.ts';
import {CanvasEngine} from './canvas.ts';
import {DeckEngine} from './deck.ts';
import type {MapEngine} from './engine.ts';
import {fitZoom, latitude, mercatorY, worldSize} from './mercator.ts';
import {Overlay} from './overlay.ts';
import {loadWorld, type World} from './world.ts';

const MEND_AFTER_MS = 400; // A driver that was reset needs a moment.
const PICK_PX = 6; // How far beside a circle still means it.

// WebGL2 in software draws a few frames a second: worth a lighter page.
export function detectGraphics(): { webgl2: boolean; software: boolean } {
    const context = document.createElement('canvas').getContext('webgl2');
    if (context === null) return {webgl2: false, software: true};
    const info = context.getExtension('WEBGL_debug_renderer_info');
    const renderer = String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER));
    context.getExtension('WEBGL_lose_context')?.loseContext();
    return {webgl2: true, software: /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer)};
}

export class Scene {
    private engine: MapEngine;
    private world: World | null = null;
    private mended: unknown = null;
    private readonly overlay: Overlay;
    private readonly stops: (() => void)[] = [];
    private arrangement: Arrangement | null = null;
    private arrangedZoom = 0;
    private screen = new Float32Array(0); // Of every circle; empty: to be computed.
    private seen = new Uint8Array(0);
    private pickFrame = 0;
    private broughtUp: string | null = null;

    constructor(private readonly element: HTMLElement, private canvas: HTMLCanvasElement, overlayCanvas: HTMLCanvasElement) {
        const graphics = detectGraphics();
        lightMode.value = graphics.software;
        flatOnly.value = !graphics.webgl2;
        const colours = COLOURS[theme.value];
        this.engine = this.makeEngine();
        this.overlay = new Overlay(overlayCanvas, this.engine, colours, graphics.software, () => reducedMotion.matches);
        this.follow();
        void this.load();
        void document.fonts.load('500 12px "Inter Variable"').then(() => this.overlay.drawSoon());
    }

    private makeEngine(): MapEngine {
        const host = {element: this.element, lightMode: lightMode.value, onMove: () => this.onMove()}, colours = COLOURS[theme.value];
        if (flatOnly.value) return new CanvasEngine(host, this.canvas, colours);
        this.canvas.addEventListener('webglcontextlost', this.onLost, {once: true});
        return new DeckEngine(host, this.canvas, colours);
    }

    // A driver that is reset takes the context with it.  A new canvas has a new one; the
    // old canvas may never get its own back.
    private readonly onLost = (event: Event): void => {
        event.preventDefault();
        if (this.mended === null) this.mended = setTimeout(() => this.mend(), MEND_AFTER_MS);
    };
    private mend(): void {
        this.mended = null;
        if (!detectGraphics().webgl2) flatOnly.value = true;
        const {view: at} = this.engine, old = this.canvas, hadFocus = document.activeElement === old, wasGlobe = globe.peek() && !flatOnly.value;
        this.canvas = document.createElement('canvas');
        this.canvas.className = old.className;
        this.canvas.setAttribute('aria-label', old.getAttribute('aria-label') ?? '');
        this.canvas.setAttribute('role', old.getAttribute('role') ?? 'application');
        try {
            this.engine.destroy();
        } catch {
            // It may want the context that is gone.
        }
        old.replaceWith(this.canvas);
        this.engine = this.makeEngine();
        this.overlay.setEngine(this.engine);
        if (this.world !== null) this.engine.setWorld(this.world);
        this.engine.setGlobe(wasGlobe);
        this.engine.setView(at);
        this.arrange();
        this.overlay.moved();
        if (hadFocus) this.canvas.focus();
    }

    // The coarse coasts first, the fine ones when the data is there.
    private async load(): Promise<void> {
        for (const resolution of ['110m', '50m'] as const) {
            try {
                this.world = await loadWorld(resolution);
                this.engine.setWorld(this.world);
            } catch {
                setTimeout(() => void this.load(), 5000); // The server is away: so is all else, and it says so.
                return;
            }
            await new Promise((done) => setTimeout(done, 300));
        }
    }

    private follow(): void {
        this.stops.push(effect(() => {
            const colours = COLOURS[theme.value];
            this.engine.setColours(colours);
            this.overlay.setColours(colours);
            void mapVersion.value;
            this.arrange();
        }), effect(() => {
            this.engine.setGlobe(globe.value);
        }), effect(() => {
            void [focusId.value, pinned.value, author.value, opened.value, tweet.value, tab.value, view.value, asTable.value];
            this.showFocus();
        }));
        const {element} = this;
        const listen = <K extends keyof HTMLElementEventMap>(name: K, run: (event: HTMLElementEventMap[K]) => void): void => {
            element.addEventListener(name, run);
            this.stops.push(() => element.removeEventListener(name, run));
        };
        listen('pointermove', (event) => {
            if (event.buttons !== 0 || event.pointerType === 'touch') return;
            this.pickSoon(event);
        });
        listen('pointerleave', () => { pointed.value = null; });
        listen('keydown', (event) => {
            if (event.key !== 'Enter' || !(event.target instanceof HTMLCanvasElement)) return;
            const {clientWidth: width, clientHeight: height} = element, id = this.nearest(width / 2, height / 2);
            if (id !== null) openAuthor(id);
        });
        let down = {x: 0, y: 0};
        listen('pointerdown', (event) => { down = {x: event.clientX, y: event.clientY}; });
        listen('pointerup', (event) => {
            if (Math.hypot(event.clientX - down.x, event.clientY - down.y) > 5 || !(event.target instanceof HTMLCanvasElement)) return;
            const id = this.pick(event);
            if (id === null) closeCard();
            else openAuthor(id);
        });
    }

    private onMove(): void {
        this.screen = new Float32Array(0);
        if (Math.abs(this.engine.view.zoom - this.arrangedZoom) > 0.35) this.arrange();
        this.overlay.moved();
    }

    private arrange(): void {
        const columns = mapColumns.value;
        const radiusMax = Math.max(12, Math.min(26, Math.min(this.element.clientWidth, this.element.clientHeight * 1.6) / 38));
        this.arrangedZoom = this.engine.view.zoom;
        const layoutZoom = this.engine.isGlobe ? this.arrangedZoom + 0.4 : this.arrangedZoom;
        this.arrangement = columns === null ? null : arrange(columns, COLOURS[theme.value], radiusMax, layoutZoom, this.element.clientWidth);
        this.screen = new Float32Array(0);
        if (this.arrangement !== null) this.engine.setPoints(this.arrangement.points);
        this.overlay.setGroups(this.arrangement?.groups ?? []);
        this.showFocus();
    }

    // The card goes where the author is not, and stays there as the map is moved.
    private placeCard(lon: number, lat: number): void {
        if (asTable.value) {
            cardSide.value = 'right';
            return;
        }
        if (narrow.matches) this.bringUp(lon, lat);
        const at = new Float32Array(2);
        if (this.engine.project(lon, lat, at, 0)) cardSide.value = at[0]! < 360 ? 'right' : 'left';
    }

    // On a phone the card covers the lower half: its author moves into the upper one.
    private bringUp(lon: number, lat: number): void {
        const id = pinned.value, {clientWidth: width, clientHeight: height} = this.element;
        if (id === this.broughtUp || width === 0 || this.engine.isGlobe) return;
        this.broughtUp = id;
        if (id === null) return;
        const zoom = Math.max(this.engine.view.zoom, fitZoom({width, height}) + 0.9);
        this.engine.setView({lon, lat: latitude(mercatorY(lat) + 0.27 * height / worldSize(zoom)), zoom});
    }

    private showFocus(): void {
        if (pinned.value === null) this.broughtUp = null;
        const id = focusId.value, columns = mapColumns.value, {arrangement} = this;
        const found = author.value?.id === id ? author.value : null;
        const subject = opened.value, ofTweet = subject?.kind === 'tweet' && tweet.value?.tweet.id === subject.id ? tweet.value.tweet.responses_by_place : undefined;
        const responders = ofTweet ?? found?.responders_by_place ?? [];
        const row = id === null || columns === null ? -1 : columns.id.indexOf(id);
        const i = row < 0 || arrangement === null ? -1 : arrangement.rowOf.indexOf(row);
        if (i >= 0) {
            const {position, radius} = arrangement!.points;
            this.placeCard(position[2 * i]!, position[2 * i + 1]!);
            this.overlay.setFocus({lon: position[2 * i]!, lat: position[2 * i + 1]!, radius: radius[i]!, responders});
        } else if (found?.place && found.map_point) {
            this.placeCard(found.place.lon, found.place.lat);
            this.overlay.setFocus({lon: found.place.lon, lat: found.place.lat, radius: 3, responders});
        } else this.overlay.setFocus(null);
    }

    private pickSoon(event: PointerEvent): void {
        cancelAnimationFrame(this.pickFrame);
        this.pickFrame = requestAnimationFrame(() => {
            const id = event.target instanceof HTMLCanvasElement ? this.pick(event) : null;
            if (pointed.peek() !== id) pointed.value = id;
            this.element.style.cursor = id === null ? 'grab' : 'pointer';
        });
    }

    // The circle under the pointer; of several the smallest, which is drawn last.
    private pick(event: PointerEvent): string | null {
        const {arrangement} = this, columns = mapColumns.value;
        if (arrangement === null || columns === null) return null;
        const {points} = arrangement, box = this.element.getBoundingClientRect();
        const x = event.clientX - box.left, y = event.clientY - box.top, scale = this.engine.radiusScale;
        if (this.screen.length === 0) this.projectAll();
        let best = -1, bestScore = Infinity;
        for (let i = 0; i < points.count; i++) {
            if (!this.seen[i]) continue;
            const distance = Math.hypot(this.screen[2 * i]! - x, this.screen[2 * i + 1]! - y), radius = points.radius[i]! * scale;
            if (distance > radius + PICK_PX) continue;
            const score = distance <= radius ? radius : 100 + distance - radius;
            if (score <= bestScore) {
                best = i;
                bestScore = score;
            }
        }
        return best < 0 ? null : columns.id[arrangement.rowOf[best]!] ?? null;
    }

    // The circle nearest to a point on the screen, however far.
    private nearest(x: number, y: number): string | null {
        const {arrangement} = this, columns = mapColumns.value;
        if (arrangement === null || columns === null) return null;
        if (this.screen.length === 0) this.projectAll();
        let best = -1, least = Infinity;
        for (let i = 0; i < arrangement.points.count; i++) {
            const distance = this.seen[i] ? Math.hypot(this.screen[2 * i]! - x, this.screen[2 * i + 1]! - y) : Infinity;
            if (distance >= least) continue;
            best = i;
            least = distance;
        }
        return best < 0 ? null : columns.id[arrangement.rowOf[best]!] ?? null;
    }

    private projectAll(): void {
        const {points} = this.arrangement!;
        this.screen = new Float32Array(2 * points.count);
        this.seen = new Uint8Array(points.count);
        for (let i = 0; i < points.count; i++) {
            this.seen[i] = this.engine.project(points.position[2 * i]!, points.position[2 * i + 1]!, this.screen, 2 * i) ? 1 : 0;
        }
    }

    // In the middle of the screen, half as large again.
    zoomBy(steps: number): void {
        this.engine.setView({...this.engine.view, zoom: this.engine.view.zoom + steps});
    }

    destroy(): void {
        this.stops.forEach((stop) => stop());
        cancelAnimationFrame(this.pickFrame);
        clearTimeout(this.mended as number);
        this.overlay.destroy();
        this.engine.destroy();
    }
}
