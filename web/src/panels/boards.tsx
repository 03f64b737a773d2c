// SPDX-License-Identifier: MIT
// Whose voice carries, which words, and where, about what and in which language: the
// leaderboards.
import type {ButtonHTMLAttributes} from 'preact';
import {useRef} from 'preact/hooks';
import type {Author, Group, Tweet, User} from '../api.ts';
import {keyOfGroup} from '../ask.ts';
import type {Term} from '../definitions.ts';
import type {FilterName} from '../filters.ts';
import {useFlip} from '../flip.ts';
import {clock, compact, date, exact, languageName, moment, plain, plural, sameDay, signed, span, tweetText} from '../format.ts';
import {lacking, whoLacks} from '../health.ts';
import {Help, Kinds, MoodDot, Panel, receivedWords} from '../parts.tsx';
import {receptionStep} from '../scale.ts';
import {isAll, selectionSpan} from '../selection.ts';
import {
    answered, asked, askError, asking, board, boardIsLive, type BoardName, boardName, BOARDS, filters, focusId, GROUPS, missingBoards, MORE_ROWS, newestMs, opened,
    pointed, question, ROWS, selection, type Sort, sort, SORTS, type Subject, type Texts, texts, toggleCard, toggleFilter, wanted,
} from '../store.ts';
import {safeLink} from '../words.ts';
import {Filter} from './filter.tsx';

type Ranked = Pick<Group, 'influence' | 'responses' | 'retweets' | 'replies' | 'quotes' | 'responders' | 'recent' | 'received'>;

function measure(of: Ranked, by: Sort): { value: number; text: string; title: string } {
    switch (by) {
    case 'reception': {
        const mean = of.received.mean;
        return {value: mean ?? 0, text: mean === null ? '–' : signed(mean), title: `${receivedWords(of.received)}. Ranked by the lower end of what is likely.`};
    }
    case 'controversy': {
        const spread = of.received.spread ?? null;
        return {value: spread ?? 0, text: spread === null ? '–' : spread.toFixed(2), title: `Spread of the moods of ${plural(of.received.n, 'reply or quote', 'replies and quotes')}`};
    }
    case 'recent_5m': case 'recent_1h': case 'recent_6h': {
        const n = of.recent ?? 0;
        return {value: n, text: compact(n), title: `${exact(n)} responses, each with half its weight after ${by.slice(7).replace('m', ' min').replace('h', ' h')}`};
    }
    default: {
        const n = of[by] ?? 0;
        return {value: n, text: compact(n), title: by === 'influence' ? `Influence ${exact(n)}` : by === 'responders' ? `${exact(n)} distinct people` : `${exact(n)} ${by}`};
    }
    }
}

// What one points at by pointer or by focus; a press opens it.
function pointing(id: string, subject: Subject): ButtonHTMLAttributes<HTMLButtonElement> {
    const leave = (): void => { if (pointed.peek() === id) pointed.value = null; };
    return {
        onPointerEnter: (event) => { if (event.pointerType !== 'touch') pointed.value = id; },
        onPointerLeave: leave,
        onFocus: (event) => { if (event.currentTarget.matches(':focus-visible')) pointed.value = id; },
        onBlur: leave,
        onClick: () => toggleCard(subject),
    };
}

function Value({of, widest}: { of: Ranked; widest: number }) {
    const by = sort.value, {value, text, title} = measure(of, by);
    const share = widest > 0 ? Math.max(0, Math.min(1, Math.abs(value) / widest)) : 0;
    return <span class="value">
        <span class="num strong" title={title} data-value={value}>{text}</span>
        <svg class={`bar ${by === 'reception' ? receptionStep(of.received.n, of.received.mean) : ''}`} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect class="track" width="100" height="4" rx="2" /><rect width={Math.max(2, 100 * share)} height="4" rx="2" />
        </svg>
    </span>;
}

function AuthorRow({author, rank, widest}: { author: Author; rank: number; widest: number }) {
    const bad = author.verdict === 'bad';
    const where = plain(author.place?.name ?? author.location);
    return <li data-key={author.id}>
        <button type="button" class="row author" aria-pressed={opened.value?.kind === 'author' && opened.value.id === author.id} data-focus={focusId.value === author.id || undefined} {...pointing(author.id, {kind: 'author', id: author.id})}>
            <span class="rank num">{rank}</span>
            <MoodDot received={author.received} />
            <span class="who">
                <span class="name">{plain(author.name) || `@${plain(author.username)}`}</span>
                <span class="sub">@{plain(author.username)}{where !== '' && <> · <span class={bad ? 'struck' : ''} title={bad ? 'The cleaning removed this place' : undefined}>{where}</span></>}</span>
            </span>
            <Value of={author} widest={widest} />
        </button>
    </li>;
}

function TweetRow({tweet, user, rank, widest}: { tweet: Tweet; user: User | undefined; rank: number; widest: number }) {
    const created = tweet.created_at === null ? null : Date.parse(tweet.created_at);
    const words = tweetText(tweet.text);
    return <li data-key={tweet.id}>
        <button type="button" class="row tweet" aria-pressed={opened.value?.kind === 'tweet' && opened.value.id === tweet.id} data-focus={focusId.value === tweet.author_id || undefined}
            {...pointing(tweet.author_id, {kind: 'tweet', id: tweet.id, authorId: tweet.author_id})}>
            <span class="rank num">{rank}</span>
            <MoodDot received={tweet.received} />
            <span class="who">
                <span class="words" dir="auto" lang={tweet.lang ?? undefined} title={words}>{words}</span>
                <span class="sub">
                    <span class="by">@{plain(user?.username ?? tweet.author_id)}</span>
                    {created !== null && <time dateTime={tweet.created_at!} title={moment(created)}>{dayOrTime(created)}</time>}
                    <Kinds {...tweet} />
                </span>
            </span>
            <Value of={tweet} widest={widest} />
        </button>
    </li>;
}

function dayOrTime(ms: number): string {
    const newest = newestMs.value ?? ms;
    return sameDay(ms, newest) ? clock(ms) : date(ms, newest);
}

const widestOf = (rows: Ranked[], by: Sort): number => Math.max(0, ...rows.map((row) => Math.abs(measure(row, by).value)));

export function scopeWords(): string {
    const chosen = selection.value;
    if (chosen.kind === 'preset') return chosen.window === 'all' ? 'all time' : `last ${chosen.window.replace('m', ' min').replace('h', ' h')}`;
    const s = selectionSpan(chosen, newestMs.value)!;
    return `${span(s.startMs, s.endMs)} UTC`;
}

function Empty({what}: { what: string }) {
    const limited = !isAll(selection.value) || Object.keys(filters.value).length > 0;
    const words = askError.value ?? (board.value === null || asking.value ? 'Waiting for the first answers …' : `No ${what} got a response ${limited ? 'in what was chosen' : 'yet'}.`);
    return <p class="empty" role="status">{words}</p>;
}

const ROWS_MAX = 1000;

function More({of, rows}: { of: 'main' | 'tweets'; rows: number }) {
    const more = boardIsLive.value ? rows >= ROWS : asked.value.more[of];
    if (!more || rows === 0 || rows >= ROWS_MAX) return null;
    return <button type="button" class="more" onClick={() => { wanted.value = {...wanted.value, [of]: rows + MORE_ROWS}; }}>More</button>;
}

const TERMS: Partial<Record<Sort, Term>> = {
    influence: 'influence', responders: 'responders', reception: 'received', controversy: 'controversy', recent_5m: 'recent', recent_1h: 'recent', recent_6h: 'recent',
};
const Scope = () => <><span class="scope">{scopeWords()}</span><Help about="these numbers" terms={[...new Set<Term>([TERMS[sort.value] ?? 'response', 'response', 'received'])]} /></>;

function Authors() {
    const list = useRef<HTMLOListElement>(null), rows = board.value?.authors ?? [];
    useFlip(list, rows.map((a) => a.id).join(' '));
    const widest = widestOf(rows, sort.value);
    return <Panel name="authors" title="Authors" busy={asking.value} tools={<Scope />}>
        {rows.length === 0 && <Empty what="author" />}
        <div class="board"><ol ref={list} aria-label="Authors by rank">
            {rows.map((a, i) => <AuthorRow key={a.id} author={a} rank={i + 1} widest={widest} />)}
        </ol><More of="main" rows={rows.length} /></div>
    </Panel>;
}

export function TweetsPanel() {
    const list = useRef<HTMLOListElement>(null), rows = board.value?.tweets ?? [];
    useFlip(list, rows.map((t) => t.id).join(' '));
    const users = new Map((board.value?.users ?? []).map((u) => [u.id, u])), widest = widestOf(rows, sort.value);
    return <Panel name="tweets" title="Tweets" busy={asking.value} tools={<Scope />}>
        {rows.length === 0 && <Empty what="tweet" />}
        <div class="board"><ol ref={list} aria-label="Tweets by rank">
            {rows.map((t, i) => <TweetRow key={t.id} tweet={t} user={users.get(t.author_id)} rank={i + 1} widest={widest} />)}
        </ol><More of="tweets" rows={rows.length} /></div>
    </Panel>;
}

// What a group is called, what else is known of it, and which filter a press sets.
function groupWords(g: Group): { name: string; sub: string; filter: { name: FilterName; value: string } | null } {
    const sub = [g.authors === undefined ? '' : plural(g.authors, 'author'), g.tweets === undefined ? '' : plural(g.tweets, 'tweet')].filter((words) => words !== '').join(' · ');
    if (g.tag !== undefined) return {name: `#${plain(g.tag.replace(/^#/, ''))}`, sub, filter: {name: 'hashtag', value: g.tag.replace(/^#/, '')}};
    if (g.lang !== undefined) return {name: languageName(g.lang), sub, filter: {name: 'lang', value: g.lang}};
    if (g.url !== undefined) return {name: plain(g.url).replace(/^https?:\/\/(www\.)?/, ''), sub, filter: null};
    return {name: `${plain(g.name ?? '')}${g.country ? `, ${g.country}` : ''}`, sub, filter: {name: 'place', value: g.id ?? g.name ?? ''}};
}

function GroupRow({group, rank, widest}: { group: Group; rank: number; widest: number }) {
    const {name, sub, filter} = groupWords(group), key = keyOfGroup(group);
    const inside = <>
        <span class="rank num">{rank}</span>
        <MoodDot received={group.received} />
        <span class="who">
            <span class={`name ${group.verdict === 'bad' ? 'struck' : ''}`} dir="auto" title={name}>{name}</span>
            <span class="sub group-sub"><span>{sub}</span><Kinds {...group} /></span>
        </span>
        <Value of={group} widest={widest} />
    </>;
    if (filter === null) {
        const href = safeLink(group.url ?? '');
        return <li data-key={key}>{href === null ? <span class="row group">{inside}</span> : <a class="row group" href={href} target="_blank" rel="noopener noreferrer nofollow">{inside}</a>}</li>;
    }
    const value = filter.name === 'hashtag' ? filter.value.toLowerCase() : filter.value;
    return <li data-key={key}><button type="button" class="row group" aria-pressed={filters.value[filter.name] === value} onClick={() => toggleFilter(filter.name, value, name)}>{inside}</button></li>;
}

const TITLES: Record<BoardName, string> = {authors: 'Authors', tweets: 'Tweets', places: 'Places', origins: 'Origins', hashtags: 'Hashtags', links: 'Links', languages: 'Languages'};
const OF_GROUPS: Partial<Record<BoardName, string>> = {
    places: 'to people there', origins: 'by people there', hashtags: 'to tweets with it', links: 'to tweets with it', languages: 'by their language',
};

function Groups({name}: { name: BoardName }) {
    const list = useRef<HTMLOListElement>(null), rows = board.value?.groups ?? [];
    useFlip(list, `${name} ${rows.map(keyOfGroup).join(' ')}`);
    const widest = widestOf(rows, sort.value);
    return <Panel name={name} title={TITLES[name]} busy={asking.value} tools={<><span class="scope" title={`Responses ${OF_GROUPS[name] ?? ''}`}>responses {OF_GROUPS[name]}</span><Scope /></>}>
        {rows.length === 0 && <Empty what={TITLES[name].toLowerCase().slice(0, -1)} />}
        <div class="board"><ol ref={list} aria-label={`${TITLES[name]} by rank`}>
            {rows.map((g, i) => <GroupRow key={keyOfGroup(g)} group={g} rank={i + 1} widest={widest} />)}
        </ol><More of="main" rows={rows.length} /></div>
    </Panel>;
}

// The arrows go from tab to tab, as they do between tabs everywhere.
function BoardTabs() {
    const shown = BOARDS.filter((name) => !missingBoards.value.has(name)), at = shown.indexOf(boardName.value);
    const onKey = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
        const to = event.key === 'ArrowRight' ? at + 1 : event.key === 'ArrowLeft' ? at - 1 : event.key === 'Home' ? 0 : event.key === 'End' ? shown.length - 1 : null;
        if (to === null) return;
        event.preventDefault();
        boardName.value = shown.at(to % shown.length)!;
        event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[(to + shown.length) % shown.length]?.focus();
    };
    return <div class="board-tabs" role="tablist" aria-label="Boards" onKeyDown={onKey}>
        {shown.map((name) => <button type="button" key={name} role="tab" id={`tab-${name}`} aria-selected={boardName.value === name} aria-controls="board-main" tabIndex={boardName.value === name ? 0 : -1}
            onClick={() => { boardName.value = name; }}>{TITLES[name]}</button>)}
    </div>;
}

export function Boards() {
    const name = boardName.value;
    return <div class={`boards ${name === 'tweets' ? 'tweets-only' : ''}`} data-asks={question.value} data-shows={boardIsLive.value ? question.value : answered.value}>
        <div class="rank-by">
            <label><span class="label-words">Rank by</span>
                <select aria-label="Rank by" value={sort.value} onChange={(event) => { sort.value = event.currentTarget.value as Sort; }}>
                    {SORTS.map((s) => <option key={s.sort} value={s.sort}>{s.label}</option>)}
                </select>
            </label>
            <select class="moods-of" aria-label="Moods of" title="Whose words make the mood that something received: those of replies and quotes, or every response's text, a retweet's too" value={texts.value} onChange={(event) => { texts.value = event.currentTarget.value as Texts; }}>
                <option value="received">moods of answers</option><option value="all">moods of all texts</option>
            </select>
            <Filter />
        </div>
        {sort.value === 'influence' && lacking.value.has('followers') && <p class="lack" role="note">{whoLacks('followers')} does not say how many follow somebody: influence cannot tell voices apart. Rank by responses or people instead.</p>}
        {name === 'places' && lacking.value.has('location') && <p class="lack" role="note">{whoLacks('location')} does not say where people are.</p>}
        {askError.value !== null && <p class="problem" role="alert">{askError.value}</p>}
        <BoardTabs />
        <div class="board-main" id="board-main" role="tabpanel" aria-labelledby={`tab-${name}`}>
            {name === 'tweets' ? <TweetsPanel /> : name === 'authors' ? <Authors /> : GROUPS.includes(name) && <Groups key={name} name={name} />}
        </div>
        {name !== 'tweets' && <div class="board-also"><TweetsPanel /></div>}
    </div>;
}
