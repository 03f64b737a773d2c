// SPDX-License-Identifier: MIT
// The author one points at, in numbers.
import type {AuthorDetail, Received} from '../api.ts';
import {author, authorError} from '../ask.ts';
import {exact, plain, plural, signed, tweetText} from '../format.ts';
import {Count, Icon, Kinds, MoodDot, receivedWords} from '../parts.tsx';
import {receptionStep, STEP_WORDS} from '../scale.ts';
import {cardSide, focusId, pinned, pointed} from '../store.ts';

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
        <span class="quiet"><strong class="num">{signed(mean)}</strong> {STEP_WORDS[receptionStep(n, mean)]}, over {plural(n, 'reply or quote', 'replies and quotes')}</span>
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

const VERDICTS: Record<string, string> = {bad: 'removed by the cleaning', unjudged: '', good: ''};

function Body({of}: { of: AuthorDetail }) {
    const verdict = VERDICTS[of.verdict ?? 'unjudged'] ?? '';
    return <>
        <p class="where">
            {of.place ? <strong>{plain(of.place.name)}{of.place.country ? `, ${of.place.country}` : ''}</strong> : <span>No place known</span>}
            {of.location !== '' && ![of.place?.name, `${of.place?.name}, ${of.place?.country}`].includes(of.location) && <span class="quiet" title="The location as they wrote it"> “{plain(of.location)}”</span>}
            {verdict !== '' && <span class="tag">{verdict}</span>}
        </p>
        <dl class="numbers">
            <div><dt>Influence</dt><dd><Count n={of.influence} /></dd></div>
            <div><dt>Responses</dt><dd><Count n={of.responses} /></dd></div>
            <div><dt>Responders</dt><dd>{of.responders === undefined ? '–' : <Count n={of.responders} />}</dd></div>
            <div><dt>Followers</dt><dd>{of.followers === null ? '–' : <Count n={of.followers} />}</dd></div>
        </dl>
        <Kinds {...of} />
        <h3>How they are received</h3>
        <ReceptionScale received={of.received} />
        {of.clean && of.clean.responses > 0 && <><h3>How far it carries</h3><Distances clean={of.clean} /></>}
        {(of.tweets?.length ?? 0) > 0 && <><h3>Most influential tweets</h3><ul class="their-tweets">
            {of.tweets!.slice(0, 2).map((t) => <li key={t.id}><MoodDot received={t.received} /><span dir="auto">{tweetText(t.text)}</span></li>)}
        </ul></>}
    </>;
}

export function Card() {
    const id = focusId.value;
    if (id === null) return null;
    const of = author.value?.id === id ? author.value : null;
    return <aside class={`card ${cardSide.value} ${pinned.value === id ? 'pinned' : ''}`} aria-label="Author">
        <header>
            {of && <MoodDot received={of.received} />}
            <div>
                <h2>{of ? plain(of.name) || `@${of.username}` : '…'}</h2>
                {of && <span class="quiet">@{of.username}</span>}
            </div>
            {pinned.value === id && <button type="button" class="square" aria-label="Close" title="Close (Esc)" onClick={() => { pinned.value = null; pointed.value = null; }}><Icon name="close" /></button>}
        </header>
        {of ? <Body of={of} /> : <p class="quiet" role="status">{authorError.value ?? 'Asking …'}</p>}
    </aside>;
}
