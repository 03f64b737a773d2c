// SPDX-License-Identifier: MIT
// The page: one screen where there is room, one panel at a time where there is not.
import {useEffect} from 'preact/hooks';
import {Boards} from './panels/boards.tsx';
import {CleaningPanel} from './panels/cleaning.tsx';
import {DataflowPanel} from './panels/dataflow.tsx';
import {Chips} from './panels/filter.tsx';
import {Header} from './panels/header.tsx';
import {AlertStrip, HealthPanel} from './panels/health.tsx';
import {LinesPanel} from './panels/lines.tsx';
import {MapPanel} from './panels/map.tsx';
import {TimelinePanel} from './panels/timeline.tsx';
import {closeCard, lightMode, type Tab, tab, theme, view} from './store.ts';

const TABS: { tab: Tab; label: string }[] = [
    {tab: 'map', label: 'Map'}, {tab: 'boards', label: 'Boards'}, {tab: 'cleaning', label: 'Cleaning'}, {tab: 'works', label: 'Works'},
];

function choose(next: Tab): void {
    tab.value = next;
    view.value = next === 'works' ? 'dataflow' : 'map';
}

function Tabs() {
    return <nav class="tabs" aria-label="Panels">
        {TABS.map((t) => <button type="button" key={t.tab} aria-current={tab.value === t.tab ? 'page' : undefined} onClick={() => choose(t.tab)}>{t.label}</button>)}
    </nav>;
}

export function App() {
    useEffect(() => {
        const onKey = (event: KeyboardEvent): void => { if (event.key === 'Escape') closeCard(); };
        addEventListener('keydown', onKey);
        return () => removeEventListener('keydown', onKey);
    }, []);
    useEffect(() => { if (view.value !== 'map') tab.value = 'works'; else if (tab.value === 'works') tab.value = 'map'; }, [view.value]);
    document.documentElement.dataset.theme = theme.value;
    return <div class={`page tab-${tab.value} view-${view.value} ${lightMode.value ? 'light' : ''}`}>
        <Header />
        <div class="under-top"><AlertStrip /><Chips /></div>
        <main>
            <MapPanel />
            <TimelinePanel />
            <CleaningPanel />
            {view.value === 'dataflow' && <DataflowPanel />}
            {view.value === 'lines' && <LinesPanel />}
            {view.value === 'health' && <HealthPanel />}
            <Boards />
        </main>
        <Tabs />
    </div>;
}
