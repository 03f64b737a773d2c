// SPDX-License-Identifier: MIT
// The author one points at, or the author or tweet one opened: in numbers, and where
// they come from.
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import {type AuthorDetail, type AuthorResponse, get, type MinuteCount, type Received, type ResponderPlace, type TweetDetail, type User, wordsOf} from '../api.ts';
import {author, authorError, tweet, tweetError} from '../ask.ts';
import {compact, exact, languageName, moment, plain, plural, signed, tweetText} from '../format.ts';
import {Count, Help, Icon, Kinds, MoodDot, receivedWords, TimeBars} from '../parts.tsx';
import {receptionStep, STEP_WORDS} from '../scale.ts';
import {cardSide, closeCard, filters, focusId, opened, pointed, type Subject, toggleCard, toggleFilter} from '../store.ts';
import {markWords, safeLink} from '../words.ts';

// The mean as a point on the line from -1 to 1, its interval as a bar.
function ReceptionScale({received}: { received: Received }) {
    const {n, mean, low, high} = received;
    if (n === 0 || mean === null) return <p class="quiet">No replies or quotes with a mood yet.</p>;
    const x = (v: number): number => 4 + 96 * (v + 1);
    return <div class="reception">
        <svg viewBox="0 0 200 16" width="100%" height="16" role="img" aria-label={receivedWords(received)}>
            <line class="axis" x1="4" x2="196" y1="8" y2="8" /><line class="axis" x1="100" x2="100" y1="3" y2="13" />
            {low !== null && high !== null && <line class="interval" x1={x(Math.max(-1, low))} x2={x(Math.min(1, high))} y1="8" y2="8" />}
            <circle class={`mark ${receptionStep(n, mean)}`} cx={x(mean)} cy="8" r="5.500" />
        </svg>
        <span class="quiet"><strong class="num">{signed(mean)}</strong> {STEP_WORDS[receptionStep(n, mean)]}, over {plural(n, 'reply or quote', 'replies and quotes')}{typeof received.spread === 'number' && `, spread ${received.spread.toFixed(2)}`}</span>
    </div>;
}

function Distances({clean}: { clean: NonNullable<AuthorDetail['clean']> }) {
    const total = clean.close + clean.medium + clean.far;
    if (total === 0) return null;
    const parts = [['close', clean.close, 'under 200 km'], ['medium', clean.medium, 'under 2,000 km'], ['far', clean.far, 'farther']] as const;
    let x = 0;
    return <div class="distances">
        <svg viewBox="0 0 100 6" preserveAspectRatio="none" width="100%" height="6" aria-hidden="true">
            {parts.map(([name, n]) => {
                const width = 100 * n / total, at = x;
                x += width;
                return <rect key={name} class={name} x={at} width={Math.max(0, width - 0.6)} height="6" />;
            })}
        </svg>
        <ul>{parts.map(([name, n, words]) => <li key={name} title={`${exact(n)} ${words}`}><i class={name} />{name} <span class="num">{exact(n)}</span></li>)}</ul>
    </div>;
}

const PLACES = 6;

// Where responses come from; a press keeps those only.
function Places({places}: { places: readonly ResponderPlace[] }) {
    const [all, setAll] = useState(false);
    const most = Math.max(1, ...places.map((p) => p.responses));
    return <><ul class="their-places">
        {places.slice(0, all ? places.length : PLACES).map((p) => {
            const name = plain(p.name), value = p.id ?? p.name;
            return <li key={`${p.lat} ${p.lon} ${p.name}`}>
                <button type="button" class="link" aria-pressed={filters.value.place === value} title={`Only responses from ${name}`} onClick={() => toggleFilter('place', value, name)}>{name}{p.country && <span class="quiet"> {p.country}</span>}</button>
                <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width={100 * p.responses / most} height="6" /></svg>
                <Count n={p.responses} />
            </li>;
        })}
    </ul>{places.length > PLACES && <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Fewer places' : `All ${exact(places.length)} places`}</button>}</>;
}

function OverTime({minutes}: { minutes: readonly MinuteCount[] | undefined }) {
    return minutes === undefined || minutes.length === 0 ? null : <><h3>Responses over time</h3><TimeBars minutes={minutes} /></>;
}

function FromWhere({places}: { places: readonly ResponderPlace[] | undefined }) {
    return places === undefined || places.length === 0 ? null : <><h3>Where responses come from</h3><Places places={places} /></>;
}

function Numbers({of, followers}: { of: AuthorDetail | TweetDetail; followers?: number | null }) {
    return <dl class="numbers">
        <div><dt>Influence</dt><dd><Count n={of.influence} /></dd></div>
        <div><dt>Responses</dt><dd><Count n={of.responses} /></dd></div>
        <div><dt>Responders</dt><dd>{of.responders === undefined ? '–' : <Count n={of.responders} />}</dd></div>
        {followers !== undefined && <div><dt>Followers</dt><dd>{followers === null ? '–' : <Count n={followers} />}</dd></div>}
    </dl>;
}

const VERDICTS: Record<string, string> = {bad: 'removed by the cleaning', unjudged: '', good: ''};

function Where({of}: { of: AuthorDetail }) {
    const verdict = VERDICTS[of.verdict ?? 'unjudged'] ?? '';
    return <p class="where">
        {of.place ? <strong>{plain(of.place.name)}{of.place.country ? `, ${of.place.country}` : ''}</strong> : <span>No place known</span>}
        {of.location !== '' && ![of.place?.name, `${of.place?.name}, ${of.place?.country}`].includes(of.location) && <span class="quiet" title="The location as they wrote it"> “{plain(of.location)}”</span>}
        {verdict !== '' && <span class="tag">{verdict}</span>}
    </p>;
}

// The newest responses, on demand, and more of them by cursor.
function Responses({id}: { id: string }) {
    const [rows, setRows] = useState<AuthorResponse[]>([]), [users, setUsers] = useState(new Map<string, string>()), [cursor, setCursor] = useState<string | null>(''), [failure, setFailure] = useState<string | null>(null);
    const ask = async (): Promise<void> => {
        try {
            const {data, includes, meta} = await get<AuthorResponse[]>(`authors/${encodeURIComponent(id)}/responses`, {limit: '10', ...(cursor ? {cursor} : {})});
            setRows([...rows, ...data]);
            setUsers(new Map([...users, ...(includes?.users ?? []).map((u) => [u.id, `@${plain(u.username)}`] as const)]));
            setCursor(meta.next_token ?? null);
            setFailure(null);
        } catch (error) {
            setFailure(wordsOf(error));
        }
    };
    return <details class="their-responses" onToggle={(event) => { if (event.currentTarget.open && rows.length === 0 && cursor === '') void ask(); }}>
        <summary>Latest responses</summary>
        {rows.length > 0 && <table><caption class="unseen">Latest responses</caption><thead><tr><th>When</th><th>Kind</th><th>By</th><th>Weight</th></tr></thead><tbody>
            {rows.map((r) => <tr key={r.id}><td>{r.created_at === null ? '–' : <time dateTime={r.created_at} title={moment(Date.parse(r.created_at))}>{r.created_at.slice(5, 16).replace('T', ' ')}</time>}</td><td>{r.kind}</td>
                <td><button type="button" class="link" onClick={() => toggleCard({kind: 'author', id: r.author_id})}>{users.get(r.author_id) ?? r.author_id}</button></td><td class="num">{r.influence.toFixed(2)}</td></tr>)}
        </tbody></table>}
        {failure !== null && <p class="quiet" role="alert">{failure}</p>}
        {cursor !== null && cursor !== '' && <button type="button" class="link" onClick={() => void ask()}>More</button>}
    </details>;
}

function AuthorBody({of, full}: { of: AuthorDetail; full: boolean }) {
    return <>
        <Where of={of} />
        <Numbers of={of} followers={of.followers} />
        <Kinds {...of} />
        <h3>How they are received</h3>
        <ReceptionScale received={of.received} />
        {of.clean && of.clean.responses > 0 && <><h3>How far it carries</h3><Distances clean={of.clean} /></>}
        {(of.tweets?.length ?? 0) > 0 && <><h3>Most influential tweets</h3><ul class="their-tweets">
            {of.tweets!.slice(0, full ? 5 : 2).map((t) => <li key={t.id}><MoodDot received={t.received} />
                {full ? <button type="button" class="words-link" dir="auto" onClick={() => toggleCard({kind: 'tweet', id: t.id, authorId: of.id})}>{tweetText(t.text)}</button> : <span dir="auto">{tweetText(t.text)}</span>}</li>)}
        </ul></>}
        {full && <><OverTime minutes={of.responses_by_minute} /><FromWhere places={of.responders_by_place} /><Responses key={of.id} id={of.id} /></>}
    </>;
}

const ofAuthor = (id: string, name: string) => {
    const on = filters.value.author === id;
    return <button type="button" class="pill" aria-pressed={on} onClick={() => toggleFilter('author', id, name)}><Icon name="filter" />{on ? 'Only their responses' : 'Only responses to them'}</button>;
};

// The text, every word with a valence of its own marked by it.
function Text({of}: { of: TweetDetail }) {
    const text = tweetText(of.text), pieces = markWords(text, of.words ?? []);
    return <p class="text" dir="auto" lang={of.lang ?? undefined}>
        {pieces.map((piece, i) => {
            if (piece.valence === null) return <span key={i}>{piece.text}</span>;
            if (piece.valence === 0) return <span key={i} class="turn" title="Changes what the words beside it count">{piece.text}</span>;
            return <mark key={i} class={`${piece.valence < 0 ? 'minus' : 'plus'} ${Math.abs(piece.valence) >= 2 ? 'much' : ''}`} title={`${piece.text}: ${signed(piece.valence)}`}>{piece.text}<span class="valence num">{signed(piece.valence)}</span></mark>;
        })}
    </p>;
}

function Terms({of}: { of: TweetDetail }) {
    const terms = of.terms?.influence ?? [];
    if (terms.length === 0) return null;
    const most = Math.max(...terms.map((t) => t.weight)), sum = terms.reduce((total, t) => total + t.weight, 0);
    return <><h3>What its influence is made of <Help about="these terms" terms={['terms', 'influence']} /></h3>
        <table class="terms"><caption class="unseen">The responses that count most</caption><thead><tr><th>Responder</th><th>Followers</th><th>Tweets</th><th>Weight</th></tr></thead><tbody>
            {terms.map((t, i) => <tr key={`${t.author} ${i}`}><td><button type="button" class="link" onClick={() => toggleCard({kind: 'author', id: t.author})}>@{plain(t.username)}</button></td>
                <td>{t.followers === null ? '–' : <Count n={t.followers} />}</td><td>{t.tweets === null ? '–' : <Count n={t.tweets} />}</td>
                <td><svg viewBox="0 0 40 6" preserveAspectRatio="none" width="40" height="6" aria-hidden="true"><rect width={most > 0 ? 40 * t.weight / most : 0} height="6" /></svg> <span class="num" data-value={t.weight} title={exact(t.weight)}>{compact(t.weight)}</span></td></tr>)}
        </tbody></table>
        {of.influence > 0 && <p class="quiet">These {terms.length} are {Math.round(100 * Math.min(1, sum / of.influence))} % of {exact(of.influence)}.</p>}
    </>;
}

function Labels({of}: { of: TweetDetail }) {
    const tags = of.hashtags ?? [], links = of.links ?? [];
    return <>
        <p class="labels">
            {of.lang !== null && <button type="button" class="pill" aria-pressed={filters.value.lang === of.lang} title="Only responses in this language" onClick={() => toggleFilter('lang', of.lang!)}>{languageName(of.lang)}{of.lang_guessed ? ' (guessed)' : ''}</button>}
            {tags.map((tag) => {
                const name = tag.replace(/^#/, '');
                return <button type="button" class="pill" key={tag} aria-pressed={filters.value.hashtag === name.toLowerCase()} title="Only responses to tweets with it" onClick={() => toggleFilter('hashtag', name)}>#{plain(name)}</button>;
            })}
        </p>
        {links.length > 0 && <ul class="their-links">{links.map((link) => {
            const href = safeLink(link);
            return <li key={link}>{href === null ? plain(link) : <a href={href} target="_blank" rel="noopener noreferrer nofollow">{plain(link)}</a>}</li>;
        })}</ul>}
    </>;
}

function TweetBody({of, user}: { of: TweetDetail; user: User | null }) {
    const name = user === null ? of.author_id : `@${plain(user.username)}`;
    return <>
        <Text of={of} />
        {(of.words?.length ?? 0) > 0 || of.sentiment !== null ? <p class="quiet">{of.sentiment === null ? 'Its mood is not known.' : <>Sounds {of.sentiment.label}: <strong class="num">{signed(of.sentiment.score)}</strong></>} <Help about="mood and words" terms={['mood', 'words']} /></p> : <p class="quiet">Its mood is not known.</p>}
        <Labels of={of} />
        <Numbers of={of} />
        <Kinds {...of} />
        <h3>How it is received</h3>
        <ReceptionScale received={of.received} />
        <OverTime minutes={of.responses_by_minute} />
        <FromWhere places={of.responses_by_place} />
        <Terms of={of} />
        <p class="labels"><button type="button" class="pill" onClick={() => toggleCard({kind: 'author', id: of.author_id})}>About {name}</button>{ofAuthor(of.author_id, name)}</p>
    </>;
}

function AuthorCard({subject}: { subject: { id: string } }) {
    const of = author.value?.id === subject.id ? author.value : null, full = opened.value !== null;
    return <>
        <Head dot={of?.received ?? null} title={of ? plain(of.name) || `@${plain(of.username)}` : '…'} sub={of ? `@${plain(of.username)}` : null} />
        {of ? <AuthorBody of={of} full={full} /> : <p class="quiet" role="status">{authorError.value ?? 'Asking …'}</p>}
        {of && full && <p class="labels">{ofAuthor(of.id, `@${plain(of.username)}`)}</p>}
    </>;
}

function TweetCard({subject}: { subject: Subject }) {
    const found = tweet.value?.tweet.id === subject.id ? tweet.value : null;
    const by = found?.user ?? null;
    return <>
        <Head dot={found?.tweet.received ?? null} title={by ? plain(by.name) || `@${plain(by.username)}` : found ? found.tweet.author_id : '…'}
            sub={found ? `${by ? `@${plain(by.username)} · ` : ''}${found.tweet.created_at ? moment(Date.parse(found.tweet.created_at)) : ''}` : null} />
        {found ? <TweetBody of={found.tweet} user={by} /> : <p class="quiet" role="status">{tweetError.value ?? 'Asking …'}</p>}
    </>;
}

function Head({dot, title, sub}: { dot: Received | null; title: string; sub: string | null }) {
    return <header>
        {dot && <MoodDot received={dot} />}
        <div><h2 id="card-title">{title}</h2>{sub !== null && <span class="quiet">{sub}</span>}</div>
        {opened.value !== null && <span class="card-tools"><Help about="the numbers" terms={['influence', 'response', 'responders', 'received']} />
            <button type="button" class="square" aria-label="Close" title="Close (Esc)" onClick={closeCard}><Icon name="close" /></button></span>}
    </header>;
}

const keyOf = (subject: Subject): string => `${subject.kind} ${subject.id}`;

export function Card() {
    const element = useRef<HTMLDivElement>(null), cameFrom = useRef<HTMLElement | null>(null);
    const subject = opened.value, key = subject === null ? null : keyOf(subject);
    // Opened, it gets the focus, and gives it back where it came from.
    useLayoutEffect(() => {
        if (key === null) {
            const to = cameFrom.current, lost = document.activeElement === document.body || document.activeElement === null;
            cameFrom.current = null;
            if (to?.isConnected && lost) to.focus({preventScroll: true});
            pointed.value = null;
            return;
        }
        const from = document.activeElement;
        if (from instanceof HTMLElement && from !== document.body && !element.current!.contains(from)) cameFrom.current = from;
        element.current!.scrollTop = 0;
        element.current!.focus({preventScroll: true});
    }, [key]);
    const shown: Subject | null = subject ?? (focusId.value === null ? null : {kind: 'author', id: focusId.value});
    if (shown === null) return null;
    return <div class={`card ${cardSide.value} ${subject !== null ? 'pinned' : ''}`} ref={element} tabIndex={-1} role={subject !== null ? 'dialog' : 'note'}
        aria-label={subject === null ? 'Author' : undefined} aria-labelledby={subject === null ? undefined : 'card-title'}>
        {shown.kind === 'tweet' ? <TweetCard key={shown.id} subject={shown} /> : <AuthorCard key={shown.id} subject={shown} />}
    </div>;
}
