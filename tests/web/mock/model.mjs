// SPDX-License-Identifier: MIT
// A made-up conversation that grows, and the answers of server/API.md about it, each
// computed from the list of responses as it stands.
import {badPlaces, cities} from './cities.mjs';
import {firstNames, hostile, lastNames, texts} from './words.mjs';

const START_MS = Date.UTC(2012, 6, 4, 5, 0), MINUTE = 60000;
export const PRESETS = {'5m': 5, '15m': 15, '1h': 60, '6h': 360, '24h': 1440};

export function randomOf(seed) {
    let a = seed >>> 0;
    return () => {
        a = (a + 0x6d2b79f5) >>> 0;
        let t = Math.imul(a ^ (a >>> 15), 1 | a);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

function received(scores) {
    const n = scores.length;
    if (n === 0) return {n: 0, mean: null, low: null, high: null};
    const mean = scores.reduce((a, b) => a + b, 0) / n;
    if (n === 1) return {n, mean, low: null, high: null};
    const deviation = Math.sqrt(scores.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1)), half = 1.96 * deviation / Math.sqrt(n);
    return {n, mean, low: mean - half, high: mean + half};
}

export class Model {
    constructor({seed = 1, authors = 3000, isHostile = false, hours = 6} = {}) {
        this.random = randomOf(seed);
        this.isHostile = isHostile;
        this.epoch = 1;
        this.now = START_MS;
        this.end = START_MS + (hours + 6) * 60 * MINUTE;
        this.responses = [];
        this.minutes = new Map();
        this.tweetCount = 0;
        this.makeAuthors(authors);
        this.tweets = [];
        for (let i = 0; i < 3000; i++) this.makeTweet(i);
        while (this.now < START_MS + hours * 60 * MINUTE) this.advance(MINUTE);
    }

    makeAuthors(count) {
        const bag = cities.flatMap((city, i) => Array(city.weight).fill(i));
        this.authors = Array.from({length: count}, (_, i) => {
            const first = firstNames[Math.floor(this.random() * firstNames.length)], last = lastNames[Math.floor(this.random() * lastNames.length)];
            const city = cities[bag[Math.floor(this.random() * bag.length)]];
            const author = {
                id: String(1000 + i), username: `${first.toLowerCase()}_${last.toLowerCase()}${i > 60 ? i % 97 : ''}`, name: `${first} ${last}`,
                location: this.random() < 0.7 ? city.name : `${city.name}, ${city.country}`, place: {name: city.name, lat: city.lat, lon: city.lon, country: city.country},
                followers: Math.floor(60 * Math.exp(4.5 * this.random() ** 2) + (i < 40 ? 4e5 / (i + 2) : 0)), bias: (this.random() - 0.42) * 1.4,
            };
            if (this.isHostile && i % 4 === 0 || i % 211 === 7) {
                const text = hostile[Math.floor(i / 4) % hostile.length];
                Object.assign(author, {name: text, username: text, location: text});
                if (this.isHostile) author.place = {...author.place, name: text};
            }
            if (this.random() < 0.07) author.place = null;
            return author;
        });
    }

    makeTweet(i) {
        const author = this.authors[Math.floor(this.authors.length * this.random() ** 4)];
        const [lang, text] = texts[i % texts.length];
        this.tweets.push({
            id: String(5000 + i), author, created: this.now + Math.floor(this.random() * 5 * MINUTE), lang,
            text: this.isHostile && i % 4 === 0 ? `${hostile[i / 4 % hostile.length]} ${text}` : text,
        });
    }

    advance(ms) {
        if (this.now >= this.end) return;
        this.now = Math.min(this.end, this.now + ms);
        const hour = (this.now - START_MS) / 3600000;
        const rate = 20 + 140 * Math.exp(-((hour - 2.6) ** 2) * 2.2) + 90 * Math.exp(-((hour - 4.6) ** 2) * 1.1) + 12 * Math.sin(hour * 9);
        const count = Math.floor(rate * ms / MINUTE * (0.75 + 0.5 * this.random()));
        for (let i = 0; i < count; i++) this.respond(hour);
        this.epoch++;
    }

    respond(hour) {
        const newer = this.random() < 0.3 ? Math.floor(this.tweets.length * this.random()) : Math.floor(this.tweets.length * this.random() ** 5);
        const tweet = this.tweets[newer], by = this.authors[Math.floor(this.authors.length * this.random() ** 1.3)];
        const minute = Math.floor(this.now / MINUTE) * MINUTE, dice = this.random();
        const kind = dice < 0.72 ? 'retweet' : dice < 0.93 ? 'reply' : 'quote';
        const mood = kind === 'retweet' ? null : Math.max(-1, Math.min(1, tweet.author.bias + (this.random() - 0.5) * 0.9 - (hour > 4.2 && hour < 5.2 ? 0.25 : 0)));
        const row = this.minutes.get(minute) ?? {minute: new Date(minute).toISOString(), tweets: 0, retweets: 0, replies: 0, quotes: 0, positive: 0, neutral: 0, negative: 0, unknown: 0};
        this.minutes.set(minute, row);
        row.tweets++;
        row[{retweet: 'retweets', reply: 'replies', quote: 'quotes'}[kind]]++;
        const sound = mood ?? tweet.author.bias * 0.6 + 0.1;
        row[this.random() < 0.2 ? 'unknown' : sound > 0.05 ? 'positive' : sound < -0.05 ? 'negative' : 'neutral']++;
        this.tweetCount++;
        if (by !== tweet.author) this.responses.push({at: this.now, tweet, by, kind, mood, influence: Math.sqrt(by.followers) / 9.3, lang: tweet.lang});
    }

    // The responses in a window, given the parameters of a request.
    chosen(params) {
        let from = -Infinity, to = Infinity;
        if (params.start || params.end) {
            from = params.start ? Math.floor(Date.parse(params.start) / MINUTE) * MINUTE : from;
            to = params.end ? Math.ceil(Date.parse(params.end) / MINUTE) * MINUTE : to;
        } else if (params.window && params.window !== 'all') {
            to = (Math.floor(this.now / MINUTE) + 1) * MINUTE;
            from = to - PRESETS[params.window] * MINUTE;
        }
        return this.responses.filter((r) => r.at >= from && r.at < to && (!params.lang || r.lang === params.lang));
    }

    totals(responses, keyOf) {
        const totals = new Map();
        for (const r of responses) {
            const key = keyOf(r);
            let t = totals.get(key);
            if (!t) totals.set(key, t = {key, responses: 0, retweets: 0, replies: 0, quotes: 0, influence: 0, scores: [], by: new Set()});
            t.responses++;
            t[{retweet: 'retweets', reply: 'replies', quote: 'quotes'}[r.kind]]++;
            t.influence += r.influence;
            t.by.add(r.by);
            if (r.mood !== null) t.scores.push(r.mood);
        }
        return [...totals.values()].map((t) => ({...t, received: received(t.scores)}));
    }

    ranked(totals, sort = 'influence', limit = 10) {
        const value = (t) => (sort === 'sentiment' ? t.received.mean ?? -2 : t[sort]);
        return totals.sort((a, b) => value(b) - value(a) || (a.key.id < b.key.id ? -1 : 1)).slice(0, limit);
    }

    authorOf(t, isAllTime) {
        const {id, username, name, location, place, followers} = t.key;
        const {responses, retweets, replies, quotes, influence} = t;
        const answer = {id, username, name, location, place, map_point: place !== null, verdict: place ? 'good' : null, followers, responses, retweets, replies, quotes, influence, received: t.received};
        if (isAllTime) {
            answer.responders = t.by.size;
            answer.clean = {responses, close: Math.floor(responses * 0.14), medium: Math.floor(responses * 0.31), far: responses - Math.floor(responses * 0.14) - Math.floor(responses * 0.31), influence: influence * 0.9};
        }
        return answer;
    }
    tweetOf(t) {
        const {id, author, created, text, lang} = t.key, {responses, retweets, replies, quotes, influence} = t;
        return {id, author_id: author.id, created_at: new Date(created).toISOString(), text, kind: 'original', reference_id: null, lang, lang_guessed: false,
                sentiment: {score: 0.4, label: 'positive'}, responses, retweets, replies, quotes, influence, received: t.received};
    }
    users(tweets) {
        const ids = new Set(tweets.map((t) => t.author_id));
        return this.authors.filter((a) => ids.has(a.id)).map(({id, username, name, location, place, followers}) => ({id, username, name, location, place, followers}));
    }

    topAuthors(params) {
        return this.ranked(this.totals(this.chosen(params), (r) => r.tweet.author), params.sort, Number(params.limit ?? 10))
            .map((t) => this.authorOf(t, !params.start && (params.window ?? 'all') === 'all'));
    }
    topTweets(params) {
        return this.ranked(this.totals(this.chosen(params), (r) => r.tweet), params.sort, Number(params.limit ?? 10)).map((t) => this.tweetOf(t));
    }
    author(id) {
        const own = this.responses.filter((r) => r.tweet.author.id === id), author = this.authors.find((a) => a.id === id);
        if (!author) return null;
        const total = this.totals(own, (r) => r.tweet.author)[0] ?? {key: author, responses: 0, retweets: 0, replies: 0, quotes: 0, influence: 0, by: new Set(), received: received([])};
        const places = new Map();
        for (const r of own) {
            if (!r.by.place) continue;
            const at = places.get(r.by.place.name) ?? {...r.by.place, responses: 0, influence: 0, distance: 'far'};
            places.set(r.by.place.name, at);
            at.responses++;
            at.influence += r.influence;
        }
        return {...this.authorOf(total, true), responders_by_place: [...places.values()].sort((a, b) => b.responses - a.responses).slice(0, 200),
                tweets: this.ranked(this.totals(own, (r) => r.tweet)).map((t) => this.tweetOf(t))};
    }
    map(params) {
        const columns = {id: [], lat: [], lon: [], influence: [], responses: [], received_n: [], received_mean: [], username: [], place: []};
        for (const t of this.ranked(this.totals(this.chosen(params), (r) => r.tweet.author), 'influence', 5000)) {
            if (!t.key.place) continue;
            const spread = randomOf(Number(t.key.id));
            columns.id.push(t.key.id);
            columns.lat.push(Math.round(t.key.place.lat * 1e4 + (spread() - 0.5) * 400));
            columns.lon.push(Math.round(t.key.place.lon * 1e4 + (spread() - 0.5) * 400));
            columns.influence.push(Math.round(t.influence * 1000));
            columns.responses.push(t.responses);
            columns.received_n.push(t.received.n);
            columns.received_mean.push(t.received.mean === null ? null : Math.round(t.received.mean * 1000));
            columns.username.push(t.key.username);
            columns.place.push(t.key.place.name);
        }
        return columns;
    }
    timeline() { return [...this.minutes.values()].sort((a, b) => (a.minute < b.minute ? -1 : 1)); }
    cleaning() { return this.isHostile ? [{...badPlaces[0], name: hostile[0]}, ...badPlaces.slice(1)] : badPlaces; }
    explain(text) {
        const bad = this.cleaning().find((p) => p.name.toLowerCase() === text.toLowerCase()), city = cities.find((c) => c.name.toLowerCase() === text.toLowerCase().split(',')[0]);
        const place = bad ?? city ?? null;
        return {
            text, geocoder: {kind: place ? 'city' : null, matched: place ? place.name : null, confidence: place ? 0.87 : null, reasons: [place ? `"${text}" is a city: ${place.name}.` : `"${text}" says nothing to the gazetteer.`]},
            place: place && {name: place.name, lat: place.lat, lon: place.lon, country: place.country}, map_point: place !== null,
            verdict: bad ? 'bad' : city ? 'good' : null, round: bad?.round ?? null,
            evidence: bad ? Array.from({length: bad.round}, (_, i) => ({round: i + 1, authors: bad.authors, speakers: i + 1 < bad.round ? 1 : 0})) : city ? [{round: 1, authors: 12, speakers: 9}] : [],
            authors: place ? this.authors.filter((a) => a.place?.name === place.name).slice(0, 5).map((a) => ({id: a.id, username: a.username, responses: 120, close: 9, speaks: true})) : [],
        };
    }
    stats() {
        const moods = this.responses.filter((r) => r.mood !== null).map((r) => r.mood), located = this.responses.filter((r) => r.by.place && r.tweet.author.place).length;
        const kinds = {retweets: 0, replies: 0, quotes: 0};
        for (const m of this.minutes.values()) for (const k of Object.keys(kinds)) kinds[k] += m[k];
        const share = (this.now - START_MS) / (this.end - START_MS), ended = this.now >= this.end;
        return {
            items: this.tweetCount + 431, accepted: this.tweetCount, repaired: 12, ignored: 402, rejected: 29, heard: this.tweetCount, tweets: this.tweetCount + this.tweets.length,
            originals: this.tweets.length, ...kinds, deleted: 31, users: this.authors.length, users_with_location: this.authors.filter((a) => a.location).length,
            responses: this.responses.length, located, clean: Math.floor(located * 0.93), bad_places: badPlaces.length, rounds: 6,
            newest: new Date(this.now).toISOString(), oldest: new Date(START_MS).toISOString(), languages: [['en', 9000], ['es', 2100], ['pt', 900], ['fr', 800], ['de', 400], ['ja', 300]],
            mood: received(moods), rate: ended ? 0 : 18432, queue: 0,
            source: {kind: 'files', state: ended ? 'ended' : 'replaying', detail: 'seminar.jsonl.gz', bytes_read: Math.round(share * 48211334), bytes_total: 48211334, connects: 0, speed: 60, position: new Date(this.now).toISOString()},
            memory_bytes: 1.2e8, epoch_us: 910,
        };
    }
}
