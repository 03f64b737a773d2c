// SPDX-License-Identifier: MIT
// The page: one screen where there is room, one panel at a time where there is not.
import {useEffect} from 'preact/hooks';
import {AuthorsPanel, RankBy, TweetsPanel} from './panels/boards.tsx';
import {CleaningPanel} from './panels/cleaning.tsx';
import {Header} from './panels/header.tsx';
import {MapPanel} from './panels/map.tsx';
import {TimelinePanel} from './panels/timeline.tsx';
import {askError, lightMode, pinned, pointed, type Tab, tab, theme} from './store.ts';

const TABS: { tab: Tab; label: string }[] = [
    {tab: 'map', label: 'Map'}, {tab: 'authors', label: 'Authors'}, {tab: 'tweets', label: 'Tweets'}, {tab: 'cleaning', label: 'Cleaning'},
];

function Tabs() {
    return <nav class="tabs" aria-label="Panels">
        {TABS.map((t) => <button type="button" key={t.tab} aria-current={tab.value === t.tab ? 'page' : undefined} onClick={() => { tab.value = t.tab; }}>{t.label}</button>)}
    </nav>;
}

export function App() {
    useEffect(() => {
        const onKey = (event: KeyboardEvent): void => {
            if (event.key !== 'Escape') return;
            pinned.value = null;
            pointed.value = null;
        };
        addEventListener('keydown', onKey);
        return () => removeEventListener('keydown', onKey);
    }, []);
    document.documentElement.dataset.theme = theme.value;
    return <div class={`page tab-${tab.value} ${lightMode.value ? 'light' : ''}`}>
        <Header />
        <main>
            <MapPanel />
            <TimelinePanel />
            <CleaningPanel />
            <div class="boards">
                <RankBy />
                {askError.value !== null && <p class="problem" role="alert">{askError.value}</p>}
                <AuthorsPanel />
                <TweetsPanel />
            </div>
        </main>
        <Tabs />
    </div>;
}
