// SPDX-License-Identifier: MIT
// Whose voice carries, and which words: the two leaderboards.
import type {ButtonHTMLAttributes} from 'preact';
import {useRef} from 'preact/hooks';
import type {Author, Tweet, User} from '../api.ts';
import {useFlip} from '../flip.ts';
import {clock, compact, day, exact, languageName, moment, plain, plural, signed, span, tweetText} from '../format.ts';
import {Kinds, MoodDot, Panel, receivedWords} from '../parts.tsx';
import {receptionStep} from '../scale.ts';
import {isAll, selectionSpan} from '../selection.ts';
import {
    askError, asking, board, focusId, language, newestMs, pinned, pointed, narrow, selection, type Sort, sort, SORTS, stats, tab,
} from '../store.ts';

type Ranked = Pick<Author, 'influence' | 'responses' | 'retweets' | 'replies' | 'received'>;

function measure(of: Ranked, by: Sort): { value: number; text: string; title: string } {
    if (by === 'sentiment') {
        const mean = of.received.mean;
        return {value: mean ?? 0, text: mean === null ? '–' : signed(mean), title: `${receivedWords(of.received)}. Ranked by the lower end of what is likely.`};
    }
    const n = of[by];
    return {value: n, text: compact(n), title: by === 'influence' ? `Influence ${exact(n)}` : `${exact(n)} ${by}`};
}

// What one points at by pointer or by focus; a press keeps it.
function pointing(id: string): ButtonHTMLAttributes<HTMLButtonElement> {
    const leave = (): void => { if (pointed.peek() === id) pointed.value = null; };
    return {
        onPointerEnter: (event) => { if (event.pointerType !== 'touch') pointed.value = id; },
        onPointerLeave: leave,
        onFocus: (event) => { if (event.currentTarget.matches(':focus-visible')) pointed.value = id; },
        onBlur: leave,
        onClick: () => {
            pinned.value = pinned.peek() === id ? null : id;
            if (pinned.value !== null && narrow.matches) tab.value = 'map'; // Where the card is.
        },
    };
}

function Value({of, widest}: { of: Ranked; widest: number }) {
    const by = sort.value, {value, text, title} = measure(of, by);
    const share = widest > 0 ? Math.max(0, Math.min(1, Math.abs(value) / widest)) : 0;
    return <span class="value">
        <span class="num strong" title={title} data-value={value}>{text}</span>
        <svg class={`bar ${by === 'sentiment' ? receptionStep(of.received.n, of.received.mean) : ''}`} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect class="track" width="100" height="4" rx="2" /><rect width={Math.max(2, 100 * share)} height="4" rx="2" />
        </svg>
    </span>;
}

function AuthorRow({author, rank, widest}: { author: Author; rank: number; widest: number }) {
    const bad = author.verdict === 'bad';
    const where = plain(author.place?.name ?? author.location);
    return <li data-key={author.id}>
        <button type="button" class="row author" aria-pressed={pinned.value === author.id} data-focus={focusId.value === author.id || undefined} {...pointing(author.id)}>
            <span class="rank num">{rank}</span>
            <MoodDot received={author.received} />
            <span class="who">
                <span class="name">{plain(author.name) || `@${author.username}`}</span>
                <span class="sub">@{author.username}{where !== '' && <> · <span class={bad ? 'struck' : ''} title={bad ? 'The cleaning removed this place' : undefined}>{where}</span></>}</span>
            </span>
            <Value of={author} widest={widest} />
        </button>
    </li>;
}

function TweetRow({tweet, user, rank, widest}: { tweet: Tweet; user: User | undefined; rank: number; widest: number }) {
    const created = tweet.created_at === null ? null : Date.parse(tweet.created_at);
    const words = tweetText(tweet.text);
    return <li data-key={tweet.id}>
        <button type="button" class="row tweet" aria-pressed={pinned.value === tweet.author_id} data-focus={focusId.value === tweet.author_id || undefined} {...pointing(tweet.author_id)}>
            <span class="rank num">{rank}</span>
            <MoodDot received={tweet.received} />
            <span class="who">
                <span class="words" dir="auto" lang={tweet.lang ?? undefined} title={words}>{words}</span>
                <span class="sub">
                    <span class="by">@{user?.username ?? tweet.author_id}</span>
                    {created !== null && <time dateTime={tweet.created_at!} title={moment(created)}>{sameDay(created) ? clock(created) : day(created)}</time>}
                    <Kinds {...tweet} />
                </span>
            </span>
            <Value of={tweet} widest={widest} />
        </button>
    </li>;
}

const sameDay = (ms: number): boolean => newestMs.value !== null && day(ms) === day(newestMs.value);

const widestOf = (rows: Ranked[], by: Sort): number => Math.max(0, ...rows.map((row) => Math.abs(measure(row, by).value)));

export function scopeWords(): string {
    const chosen = selection.value;
    if (chosen.kind === 'preset') return chosen.window === 'all' ? 'all time' : `last ${chosen.window.replace('m', ' min').replace('h', ' h')}`;
    const s = selectionSpan(chosen, newestMs.value)!;
    return `${span(s.startMs, s.endMs)} UTC`;
}

function Empty({what}: { what: string }) {
    const words = askError.value ?? (board.value === null ? 'Waiting for the first answers …' : `No ${what} got a response ${isAll(selection.value) ? 'yet' : 'in this time'}.`);
    return <p class="empty" role="status">{words}</p>;
}

export function AuthorsPanel() {
    const list = useRef<HTMLOListElement>(null), rows = board.value?.authors ?? [];
    useFlip(list, rows.map((a) => a.id).join(' '));
    const widest = widestOf(rows, sort.value);
    return <Panel name="authors" title="Authors" busy={asking.value} tools={<span class="scope">{scopeWords()}</span>}>
        {rows.length === 0 && <Empty what="author" />}
        <ol ref={list} class="board" aria-label="Authors by rank">
            {rows.map((a, i) => <AuthorRow key={a.id} author={a} rank={i + 1} widest={widest} />)}
        </ol>
    </Panel>;
}

export function TweetsPanel() {
    const list = useRef<HTMLOListElement>(null), rows = board.value?.tweets ?? [];
    useFlip(list, rows.map((t) => t.id).join(' '));
    const users = new Map((board.value?.users ?? []).map((u) => [u.id, u])), widest = widestOf(rows, sort.value);
    return <Panel name="tweets" title="Tweets" busy={asking.value} tools={<span class="scope">{scopeWords()}</span>}>
        {rows.length === 0 && <Empty what="tweet" />}
        <ol ref={list} class="board" aria-label="Tweets by rank">
            {rows.map((t, i) => <TweetRow key={t.id} tweet={t} user={users.get(t.author_id)} rank={i + 1} widest={widest} />)}
        </ol>
    </Panel>;
}

// What both boards are ranked by, and whose responses count.
export function RankBy() {
    const languages = (stats.value?.languages ?? []).slice(0, 30);
    return <div class="rank-by">
        <label>Rank by
            <select value={sort.value} onChange={(event) => { sort.value = event.currentTarget.value as Sort; }}>
                {SORTS.map((s) => <option key={s.sort} value={s.sort}>{s.label}</option>)}
            </select>
        </label>
        <label>Responses in
            <select value={language.value} onChange={(event) => { language.value = event.currentTarget.value; }}>
                <option value="">all languages</option>
                {languages.map(([code, n]) => <option key={code} value={code} title={plural(n, 'tweet')}>{languageName(code)}</option>)}
            </select>
        </label>
    </div>;
}
