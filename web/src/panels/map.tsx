// SPDX-License-Identifier: MIT
// The map, its legend, and the card of the author one points at.
import {useEffect, useRef} from 'preact/hooks';
import {Scene} from '../map/scene.ts';
import {exact} from '../format.ts';
import {lacking, whoLacks} from '../health.ts';
import {Icon} from '../parts.tsx';
import {asTable, flatOnly, mapColumns, mapVersion} from '../store.ts';
import {scopeWords} from './boards.tsx';
import {Card} from './card.tsx';
import {Legend} from './legend.tsx';
import {MapTableView} from './table.tsx';

export function MapPanel() {
    const element = useRef<HTMLDivElement>(null), canvas = useRef<HTMLCanvasElement>(null), overlay = useRef<HTMLCanvasElement>(null);
    const scene = useRef<Scene | null>(null);
    useEffect(() => {
        scene.current = new Scene(element.current!, canvas.current!, overlay.current!);
        return () => scene.current?.destroy();
    }, []);
    void mapVersion.value;
    const count = mapColumns.value?.id.length ?? null;
    const table = asTable.value;
    return <section class={`map ${table ? 'as-table' : ''}`} aria-label="Map of authors">
        <div class="map-view" ref={element}>
            <canvas ref={canvas} class="base" role="application" aria-label="World map: authors as circles; arrow keys move it, plus and minus zoom, Enter opens the author in the middle" />
            <canvas ref={overlay} class="overlay" aria-hidden="true" />
        </div>
        <p class="map-note" data-field="map-count">
            {count === null ? 'Waiting for the map …' : count === 0 ? 'No author on the map yet' : <><span class="num">{exact(count)}</span> {count === 1 ? 'author' : 'authors'} · {scopeWords()}</>}
            {flatOnly.value && ' · drawn without WebGL2'}
        </p>
        {lacking.value.has('location') && <p class="lack map-lack" role="note">{whoLacks('location')} does not say where people are: the map shows only those who write it into their profile themselves.</p>}
        {table ? <MapTableView /> : <Legend />}
        <button type="button" class="square to-table" aria-pressed={table} aria-label="Map as a table" title={table ? 'Show the map' : 'Show the map as a table'} onClick={() => { asTable.value = !asTable.value; }}><Icon name={table ? 'map' : 'table'} /></button>
        <div class="zoom" role="group" aria-label="Zoom">
            <button type="button" class="square" aria-label="Zoom in" onClick={() => scene.current?.zoomBy(0.6)}><Icon name="plus" /></button>
            <button type="button" class="square" aria-label="Zoom out" onClick={() => scene.current?.zoomBy(-0.6)}><Icon name="minus" /></button>
        </div>
        <Card />
    </section>;
}
