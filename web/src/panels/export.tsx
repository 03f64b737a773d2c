// SPDX-License-Identifier: MIT
// What is shown, as files: the boards, the map and the timeline, with the present window
// and filters, in the program's own forms.
import {useState} from 'preact/hooks';
import {BASE} from '../api.ts';
import {timelineParams} from '../filters.ts';
import {Icon, usePopup} from '../parts.tsx';
import {selectionParams} from '../selection.ts';
import {boardName, filters, selection, sort, textsParams} from '../store.ts';

type Format = 'csv' | 'jsonl' | 'geojson';
const FORMATS: Record<Format, string> = {csv: 'CSV', jsonl: 'JSON Lines', geojson: 'GeoJSON'};
const ON_MAPS = ['authors', 'places', 'origins', 'map'];

// The same rows as on screen, and those behind them: the export takes what the answer does.
export function exportAddress(what: string, format: Format): string {
    const time = selectionParams(selection.value);
    const scope = what === 'timeline' ? {...time, ...timelineParams(filters.value)} : {...time, ...filters.value, ...textsParams.value};
    const ranked = what === 'map' || what === 'timeline' ? scope : {...scope, sort: sort.value};
    return `${BASE}export?${new URLSearchParams({what, format, ...ranked})}`;
}

function Row({what, label}: { what: string; label: string }) {
    return <li><span>{label}</span>{(Object.keys(FORMATS) as Format[]).map((format) => (format !== 'geojson' || ON_MAPS.includes(what)
        ? <a key={format} href={exportAddress(what, format)} download={`dunlin-${what}.${format}`} aria-label={`${label} as ${FORMATS[format]}`}>{FORMATS[format]}</a>
        : <span key={format} class="quiet" aria-hidden="true">–</span>))}</li>;
}

export function Export() {
    const [open, setOpen] = useState(false), {box, onKeyDown} = usePopup<HTMLDivElement>(open, setOpen, 'a'), name = boardName.value;
    return <div class="export" ref={box} onKeyDown={onKeyDown}>
        <button type="button" class="square" aria-expanded={open} aria-label="Export" title="What is shown, as files" onClick={() => setOpen(!open)}><Icon name="save" /></button>
        {open && <div class="export-form"><p class="quiet">With the present window and filters, at most 10,000 rows</p><ul>
            {name !== 'tweets' && <Row what={name} label={name.charAt(0).toUpperCase() + name.slice(1)} />}
            <Row what="tweets" label="Tweets" /><Row what="map" label="Map" /><Row what="timeline" label="Timeline" />
        </ul></div>}
    </div>;
}
