// SPDX-License-Identifier: MIT
// What the numbers on the page mean, in a sentence or two each.

const terms = {
    response: {name: 'Response', text: 'A retweet, reply or quote of another author\'s tweet that is known. An answer to oneself is none.'},
    influence: {name: 'Influence', text: 'The sum over all responses of √followers ÷ ⁴√tweets of who responds: a voice counts by its audience, less if it speaks all the time.'},
    responders: {name: 'Responders', text: 'How many different people responded, however often each.'},
    received: {name: 'Reception', text: 'The mean mood of replies and quotes, from −1 to +1; the bar is where the true mean lies with 95 %. Boards rank by its lower end and leave out what has fewer than two.'},
    controversy: {name: 'Controversy', text: 'How far apart the moods of replies and quotes lie: their standard deviation, of two and more. Boards rank by the lower end of its own 95 % interval.'},
    recent: {name: 'Lately', text: 'Responses counted with a weight that halves every 5 minutes, 1 hour or 6 hours before the newest tweet.'},
    located: {name: 'Located', text: 'Responses whose two ends both make a point on the map.'},
    clean: {name: 'Clean', text: 'Located responses of which neither end is a place that the cleaning removed.'},
    mood: {name: 'Mood', text: 'How texts sound, word by word: from −1 (very negative) to +1 (very positive). Within ±0.05 a text is neutral.'},
    words: {name: 'Words', text: 'Each word that has a valence of its own, as it counted in this text: after negation, intensifiers, capitals and "but". Blue adds, orange takes away.'},
    terms: {name: 'Terms', text: 'The responses that count most. The weight of each is √followers ÷ ⁴√tweets of who responded; together all weights are the influence.'},
    rate: {name: 'Rate', text: 'Rows that reached the operator in a second, since the last look.'},
    memory: {name: 'Memory', text: 'What the operator remembers, to answer corrections, in bytes.'},
    time: {name: 'Time', text: 'What the operator took of all the time spent in operators since the start.'},
    items: {name: 'Items', text: 'Lines, or elements of arrays, that were read: each is accepted, repaired, ignored or rejected.'},
    accepted: {name: 'Accepted', text: 'Read as they were.'},
    repaired: {name: 'Repaired', text: 'Accepted after a mistake in them was mended.'},
    ignored: {name: 'Ignored', text: 'Blank lines, notices (which are applied), and objects of a kind that is not known.'},
    rejected: {name: 'Rejected', text: 'No JSON, no objects, or tweets that lack their id.'},
} as const;

export type Term = keyof typeof terms;
export const DEFINITIONS: Record<Term, { name: string; text: string }> = terms;
