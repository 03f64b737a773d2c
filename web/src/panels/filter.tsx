// SPDX-License-Identifier: MIT
// Whose responses count: filters as chips, and a small form for new ones.
import {signal} from '@preact/signals';
import type {TargetedEvent} from 'preact';
import {useEffect, useRef} from 'preact/hooks';
import {get, type AuthorDetail} from '../api.ts';
import {type FilterName, FILTERS, KINDS, textMax} from '../filters.ts';
import {countryName, languageName, plain, plural} from '../format.ts';
import {Icon, usePopup} from '../parts.tsx';
import {filters, names, setFilter, stats} from '../store.ts';

const open = signal(false);

const KIND_WORDS: Record<string, string> = {retweet: 'retweets', reply: 'replies', quote: 'quotes'};

function chipWords(name: FilterName, value: string): string {
    const called = names.value.get(`${name} ${value}`);
    switch (name) {
    case 'q': return `to tweets that match “${plain(value)}”`;
    case 'lang': return `in ${languageName(value)}`;
    case 'place': return `from ${plain(called ?? value)}`;
    case 'country': return `from ${countryName(value)}`;
    case 'author': return `to ${plain(called ?? (value.startsWith('@') ? value : `author ${value}`))}`;
    case 'hashtag': return `#${plain(value)}`;
    case 'kind': return `${value.split(',').map((kind) => KIND_WORDS[kind]).join(' and ')} only`;
    case 'located': return value === 'true' ? 'both ends on the map' : 'not on the map';
    case 'clean': return 'clean only';
    }
}

// An author's id from the address gets its name once.
function useAuthorName(): void {
    const id = filters.value.author;
    useEffect(() => {
        if (id === undefined || !/^\d+$/.test(id) || names.peek().has(`author ${id}`)) return;
        get<AuthorDetail>(`authors/${id}`, {}).then(({data}) => {
            names.value = new Map([...names.peek(), [`author ${id}`, `@${data.username}`]]);
        }, () => { /* The id has to do. */ });
    }, [id]);
}

export function Chips() {
    useAuthorName();
    const list = useRef<HTMLUListElement>(null);
    const on = FILTERS.filter((name) => filters.value[name] !== undefined);
    if (on.length === 0) return null;
    // The focus goes to the next chip, or to what adds one.
    const remove = (name: FilterName): void => {
        const others = [...list.current!.querySelectorAll<HTMLElement>('button[data-filter]')], at = others.findIndex((b) => b.dataset.filter === name);
        (others[at + 1] ?? others[at - 1] ?? document.querySelector<HTMLElement>('.filter > button'))?.focus();
        setFilter(name, null);
    };
    return <ul class="chips" ref={list} aria-label="Filters">
        {on.map((name) => {
            const words = chipWords(name, filters.value[name]!);
            return <li key={name}><button type="button" class="chip" data-filter={name} title={`Remove the filter: ${words}`} aria-label={`Remove the filter: ${words}`} onClick={() => remove(name)}
                onKeyDown={(event) => { if (event.key === 'Delete' || event.key === 'Backspace') remove(name); }}><span dir="auto">{words}</span><Icon name="close" /></button></li>;
        })}
        {on.length > 1 && <li><button type="button" class="link" onClick={() => { filters.value = {}; document.querySelector<HTMLElement>('.filter > button')?.focus(); }}>clear all</button></li>}
    </ul>;
}

function TextFilter({name, label, placeholder, hint}: { name: FilterName; label: string; placeholder: string; hint?: string }) {
    return <label title={hint}>{label}<input type="text" name={name} maxLength={textMax(name)} placeholder={placeholder} autocomplete="off" value={filters.value[name] ?? ''}
        onChange={(event) => setFilter(name, event.currentTarget.value)} /></label>;
}

function Form() {
    const languages = (stats.value?.languages ?? []).slice(0, 60), kinds = filters.value.kind?.split(',') ?? [];
    const choose = (name: FilterName) => (event: TargetedEvent<HTMLSelectElement>): void => setFilter(name, event.currentTarget.value);
    const toggleKind = (kind: string): void => setFilter('kind', (kinds.includes(kind) ? kinds.filter((k) => k !== kind) : [...kinds, kind]).join(','));
    return <form class="filter-form" onSubmit={(event) => { event.preventDefault(); (document.activeElement as HTMLElement | null)?.blur(); open.value = false; }}>
        <p class="quiet">Count only responses …</p>
        <label>in the language<select name="lang" value={filters.value.lang ?? ''} onChange={choose('lang')}>
            <option value="">any</option>
            {filters.value.lang !== undefined && !languages.some(([code]) => code === filters.value.lang) && <option value={filters.value.lang}>{languageName(filters.value.lang)}</option>}
            {languages.map(([code, n]) => <option key={code} value={code} title={plural(n, 'tweet')}>{languageName(code)}</option>)}
        </select></label>
        <TextFilter name="q" label="to tweets with the words" placeholder={'goal OR "own goal" -is:retweet'}
            hint={'Words, "some words", #tag, @name, from:name, to:name, lang:en, place:London, country:GB, is:reply, has:links, sentiment:>0.2; OR, ( ) and - join them'} />
        <TextFilter name="place" label="from the place" placeholder="Berlin" />
        <TextFilter name="country" label="from the country" placeholder="DE" />
        <TextFilter name="author" label="to the author" placeholder="@name" />
        <TextFilter name="hashtag" label="to tweets with" placeholder="#hashtag" />
        <fieldset><legend>that are</legend>{KINDS.map((kind) => <label key={kind}><input type="checkbox" checked={kinds.includes(kind)} onChange={() => toggleKind(kind)} />{KIND_WORDS[kind]}</label>)}</fieldset>
        <label>with both ends on the map<select name="located" value={filters.value.located ?? ''} onChange={choose('located')}><option value="">or not</option><option value="true">yes</option><option value="false">no</option></select></label>
        <label class="check"><input type="checkbox" name="clean" checked={filters.value.clean === 'true'} onChange={(event) => setFilter('clean', event.currentTarget.checked ? 'true' : null)} />and with no place that the cleaning removed</label>
        <button type="submit">Done</button>
    </form>;
}

export function Filter() {
    const isOpen = open.value, {box, onKeyDown} = usePopup<HTMLDivElement>(isOpen, (now) => { open.value = now; }, 'select, input'), count = Object.keys(filters.value).length;
    return <div class="filter" ref={box} onKeyDown={onKeyDown}>
        <button type="button" class="opens" aria-expanded={isOpen} onClick={() => { open.value = !isOpen; }}><Icon name="filter" />Filter{count > 0 && <span class="num">{count}</span>}</button>
        {isOpen && <Form />}
    </div>;
}
