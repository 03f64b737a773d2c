// SPDX-License-Identifier: MIT
// The map on WebGL2.
//
// deck.gl uploads an attribute when its wrapper is a new object, so the wrappers live
// as long as their content.  Nothing is picked on the GPU: reading back costs more than
// looking through 5,000 points here.
import {Deck, MapView, _GlobeView as GlobeView, type Layer} from '@deck.gl/core';
import {PathLayer, ScatterplotLayer, SolidPolygonLayer} from '@deck.gl/layers';
import type {MapColours, Rgb} from '../scale.ts';
import {type EngineHost, type MapEngine, type Points, radiusGrowth} from './engine.ts';
import {constrain, fitZoom, project, type Size, type View, wrapLongitude} from './mercator.ts';
import type {Point, World} from './world.ts';

const SEA_DEPTH_M = -40000;  // Below the chords of its facets, so that land lies above it.
const CAMERA_HEIGHT = 1.5;   // Of deck.gl's camera above the globe, in screen heights.
const GLOBE_SHARE = 0.5;     // The globe's radius in the same; seen from there it looks smaller.
const SPHERE = [[[-180, -90], [0, -90], [180, -90], [180, 90], [0, 90], [-180, 90]].map(([lon, lat]) => [lon!, lat!, SEA_DEPTH_M] as [number, number, number])];

interface DeckViewState { longitude: number; latitude: number; zoom: number; minZoom?: number; maxZoom?: number }

export class DeckEngine implements MapEngine {
    private readonly deck: Deck<MapView | GlobeView>;
    private readonly size: Size;
    private readonly observer: ResizeObserver;
    private world: World | null = null;
    private points: Points | null = null;
    private attributes: Record<string, { value: Float32Array | Uint8Array; size: number }> = {};
    private globe = false;
    view: View;

    constructor(private readonly host: EngineHost, canvas: HTMLCanvasElement, private colours: MapColours) {
        this.size = {width: host.element.clientWidth, height: host.element.clientHeight};
        this.view = constrain({lon: 10, lat: 26, zoom: fitZoom(this.size)}, this.size);
        this.deck = new Deck<MapView | GlobeView>({
            canvas, width: '100%', height: '100%',
            useDevicePixels: host.lightMode ? 1 : Math.min(2, devicePixelRatio),
            views: this.makeView() as MapView,
            viewState: this.viewState() as never,
            controller: this.controller(),
            onViewStateChange: ({viewState}) => this.onMoved(viewState as unknown as DeckViewState),
            getCursor: ({isDragging}) => (isDragging ? 'grabbing' : 'inherit'),
            layers: [],
        });
        this.observer = new ResizeObserver(() => this.onResize());
        this.observer.observe(host.element);
    }

    private makeView(): MapView | GlobeView {
        return this.globe ? new GlobeView({id: 'globe', resolution: 5}) : new MapView({id: 'flat', repeat: true});
    }
    private controller() {
        return {dragRotate: false, touchRotate: false, doubleClickZoom: true, keyboard: {moveSpeed: 60}, inertia: this.host.lightMode ? 0 : 250} as const;
    }
    private viewState(): DeckViewState {
        return {longitude: this.view.lon, latitude: this.view.lat, zoom: this.view.zoom, maxZoom: 8, minZoom: this.globe ? -1 : undefined};
    }

    private onMoved(state: DeckViewState): void {
        const moved = {lon: state.longitude, lat: state.latitude, zoom: state.zoom};
        this.view = this.globe
            ? {lon: wrapLongitude(moved.lon), lat: Math.max(-80, Math.min(80, moved.lat)), zoom: Math.max(this.globeZoom(moved.lat) - 0.4, Math.min(6, moved.zoom))}
            : constrain(moved, this.size);
        this.deck.setProps({viewState: this.viewState() as never});
        if (this.globe) this.draw(); // What was behind may be in front.
        this.host.onMove();
    }

    private onResize(): void {
        const {clientWidth: width, clientHeight: height} = this.host.element;
        if (width === 0 || height === 0) return; // Hidden: as it was.
        if (width === this.size.width && height === this.size.height) return;
        const wasFit = Math.abs(this.view.zoom - fitZoom(this.size)) < 0.3;
        this.size.width = width;
        this.size.height = height;
        if (wasFit && !this.globe) this.view.zoom = fitZoom(this.size);
        if (!this.globe) this.view = constrain(this.view, this.size);
        this.deck.setProps({viewState: this.viewState() as never});
        this.draw();
        this.host.onMove();
    }

    get isGlobe(): boolean { return this.globe; }
    get radiusScale(): number {
        return radiusGrowth(this.view.zoom - (this.globe ? this.globeZoom(this.view.lat) : fitZoom(this.size)));
    }
    // deck.gl's globe has a radius of 256 pixels at zoom 0, but for a factor with the
    // latitude by which it meets the flat map's scale.
    private globeZoom(lat: number): number {
        return Math.log2(Math.min(this.size.width, this.size.height) * GLOBE_SHARE / 256 * Math.PI * Math.cos(lat * Math.PI / 180));
    }

    setWorld(world: World): void { this.world = world; this.draw(); }
    setColours(colours: MapColours): void { this.colours = colours; this.draw(); }
    setPoints(points: Points): void {
        this.points = points;
        this.attributes = {
            getPosition: {value: points.position, size: 2}, getRadius: {value: points.radius, size: 1},
            getFillColor: {value: points.fill, size: 4}, getLineColor: {value: points.line, size: 4},
        };
        this.draw();
    }
    setView(view: View): void { this.onMoved({longitude: view.lon, latitude: view.lat, zoom: view.zoom}); }
    setGlobe(globe: boolean): void {
        if (globe === this.globe) return;
        this.globe = globe;
        const lat = Math.max(-35, Math.min(35, this.view.lat));
        this.view = globe ? {...this.view, lat, zoom: this.globeZoom(lat)}
                          : constrain({...this.view, zoom: fitZoom(this.size)}, this.size);
        this.deck.setProps({views: this.makeView() as MapView, viewState: this.viewState() as never});
        this.draw();
        this.host.onMove();
    }

    private draw(): void {
        this.deck.setProps({layers: [...this.worldLayers(), ...this.pointLayers()]});
    }

    private worldLayers(): Layer[] {
        const {colours, world} = this;
        if (world === null) return [];
        const id = this.globe ? 'globe' : 'flat';
        const line = (name: string, data: Point[][], colour: Rgb, width: number): Layer => new PathLayer<Point[]>({
            id: `${name}-${id}`, data, getPath: (path) => path, getColor: colour, getWidth: width, widthUnits: 'pixels',
            parameters: {cullMode: 'none', depthCompare: this.globe ? 'less-equal' : 'always', depthBias: -8}, updateTriggers: {getColor: colour},
        });
        const sea = new SolidPolygonLayer<[number, number, number][][]>({
            id: 'sea', data: [SPHERE], getPolygon: (polygon) => polygon, getFillColor: colours.globeSea, updateTriggers: {getFillColor: colours.globeSea},
        });
        const land = new SolidPolygonLayer<Point[][]>({
            id: `land-${id}`, data: world.land, getPolygon: (polygon) => polygon, getFillColor: colours.land,
            parameters: {depthCompare: this.globe ? 'less-equal' : 'always'}, updateTriggers: {getFillColor: colours.land},
        });
        const lines = [line('border', world.borders, colours.border, 0.8), line('coast', world.lines, colours.coast, 0.9)];
        return this.globe ? [sea, land, ...lines] : [land, ...lines];
    }

    private pointLayers(): Layer[] {
        if (this.points === null) return [];
        if (this.globe) this.attributes.getRadius = {value: this.radiusInFront(this.points), size: 1};
        return [new ScatterplotLayer({
            id: `points-${this.globe ? 'globe' : 'flat'}`,
            data: {length: this.points.count, attributes: this.attributes} as never,
            stroked: true, filled: true, radiusUnits: 'pixels', lineWidthUnits: 'pixels', getLineWidth: 1,
            radiusScale: this.radiusScale, billboard: true,
            parameters: {cullMode: 'none', depthCompare: 'always'},
        })];
    }

    // Circles face the viewer and would stick out of the globe's edge: those behind it
    // get no size instead.
    private radiusInFront(points: Points): Float32Array {
        const radius = new Float32Array(points.count);
        for (let i = 0; i < points.count; i++) {
            if (this.isInFront(points.position[2 * i]!, points.position[2 * i + 1]!)) radius[i] = points.radius[i]!;
        }
        return radius;
    }
    private isInFront(lon: number, lat: number): boolean {
        const rad = Math.PI / 180, here = this.view;
        const radius = GLOBE_SHARE * 2 ** (here.zoom - this.globeZoom(here.lat));
        const horizon = radius / (radius + CAMERA_HEIGHT) + 0.02;
        return Math.sin(lat * rad) * Math.sin(here.lat * rad) + Math.cos(lat * rad) * Math.cos(here.lat * rad) * Math.cos((lon - here.lon) * rad) > horizon;
    }

    project(lon: number, lat: number, result: Float32Array, at: number): boolean {
        if (!this.globe) {
            project(this.view, this.size, lon, lat, result, at);
            return true;
        }
        const viewport = this.deck.getViewports()[0];
        if (!viewport) return false;
        const [x, y] = viewport.project([lon, lat]);
        result[at] = x!;
        result[at + 1] = y!;
        return this.isInFront(lon, lat);
    }

    destroy(): void {
        this.observer.disconnect();
        this.deck.finalize();
    }
}
