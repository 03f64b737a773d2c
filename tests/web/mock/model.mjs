// SPDX-License-Identifier: MIT
// A made-up conversation that grows, and the answers of server/API.md about it, each
// computed from the list of responses as it stands.
import {badPlaces, cities} from './cities.mjs';
import {operators} from './dataflow.mjs';
import {firstNames, hostile, lastNames, payloads, tags, texts} from './words.mjs';

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

const placeId = (place) => Buffer.from(place.name).toString('hex').slice(0, 16).padStart(16, '0');
const FILTERS = {
    q: (r, words) => words.toLowerCase().split(/\s+/).every((word) => r.tweet.text.toLowerCase().split(/[^\p{L}\p{N}]+/u).includes(word)),
    lang: (r, lang) => r.lang === lang,
    place: (r, place) => r.by.place !== null && (r.by.place.name === place || placeId(r.by.place) === place),
    country: (r, country) => r.by.place?.country === country.toUpperCase(),
    author: (r, author) => r.tweet.author.id === author || `@${r.tweet.author.username}` === author,
    hashtag: (r, tag) => r.tweet.hashtags.some((t) => t.toLowerCase() === tag.toLowerCase()),
    kind: (r, kinds) => kinds.split(',').includes(r.kind),
    located: (r, is) => (r.by.place !== null && r.tweet.author.place !== null) === (is === 'true'),
    clean: (r, is) => is !== 'true' || (r.by.place !== null && r.tweet.author.place !== null && !badPlaces.some((p) => [r.by.place.name, r.tweet.author.place.name].includes(p.name))),
};
const HALF_LIFE_MS = {recent_5m: 300000, recent_1h: 3600000, recent_6h: 21600000};

function received(scores) {
    const n = scores.length;
    if (n === 0) return {n: 0, mean: null, low: null, high: null, spread: null};
    const mean = scores.reduce((a, b) => a + b, 0) / n;
    if (n === 1) return {n, mean, low: null, high: null, spread: null};
    const deviation = Math.sqrt(scores.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1)), half = 1.96 * deviation / Math.sqrt(n);
    return {n, mean, low: mean - half, high: mean + half, spread: deviation};
}

export class Model {
    constructor({seed = 1, authors = 3000, isHostile = false, allHostile = false, hours = 6} = {}) {
        this.random = randomOf(seed);
        this.isHostile = isHostile || allHostile;
        this.payload = allHostile ? 0 : null; // Counts, so that each comes to be used.
        this.replay = {state: 'playing', speed: 60};
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

    // The next of all hostile strings, or what is usual.
    text(usual) { return this.payload === null ? usual : payloads[this.payload++ % payloads.length]; }

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
            for (const field of ['name', 'username', 'location']) author[field] = this.text(author[field]);
            if (this.payload !== null) author.place = {...author.place, name: this.text(), country: this.text()};
            if (this.random() < 0.07) author.place = null;
            return author;
        });
    }

    makeTweet(i) {
        const author = this.authors[Math.floor(this.authors.length * this.random() ** 4)];
        const [lang, text] = texts[i % texts.length];
        this.tweets.push({
            id: String(5000 + i), author, created: this.now + Math.floor(this.random() * 5 * MINUTE), lang,
            text: this.payload !== null ? `${this.text()} good bad ${this.text()}` : this.isHostile && i % 4 === 0 ? `${hostile[i / 4 % hostile.length]} ${text}` : text,
            hashtags: i % 3 === 0 ? [this.text(tags[i % tags.length])] : [], links: i % 5 === 0 ? [this.text(`https://example.org/${tags[i % tags.length]}/${i % 7}`)] : [],
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
        if (by !== tweet.author) this.responses.push({at: this.now, tweet, by, kind, mood, influence: Math.sqrt(by.followers) / 9.3, lang: tweet.lang, id: String(900000 + this.tweetCount)});
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
        return this.responses.filter((r) => r.at >= from && r.at < to && Object.entries(FILTERS).every(([name, fits]) => !params[name] || fits(r, params[name])));
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
            for (const [name, ms] of Object.entries(HALF_LIFE_MS)) t[name] = (t[name] ?? 0) + 0.5 ** ((this.now - r.at) / ms);
            if (r.mood !== null) t.scores.push(r.mood);
        }
        return [...totals.values()].map((t) => ({...t, responders: t.by.size, received: received(t.scores)}));
    }

    // All of them; who asks takes the page.
    ranked(totals, sort = 'influence') {
        const value = (t) => (sort === 'reception' || sort === 'sentiment' ? t.received.mean : sort === 'controversy' ? t.received.spread : t[sort]) ?? -2;
        const kept = ['reception', 'sentiment', 'controversy'].includes(sort) ? totals.filter((t) => t.received.n >= 2) : totals;
        return kept.sort((a, b) => value(b) - value(a) || (String(a.key.id ?? a.key) < String(b.key.id ?? b.key) ? -1 : 1));
    }
    sumsOf(t, sort) {
        const {responses, retweets, replies, quotes, responders, influence} = t;
        return {responses, retweets, replies, quotes, responders, influence, ...(sort in HALF_LIFE_MS ? {recent: t[sort]} : {}), received: t.received};
    }

    authorOf(t, isAllTime, sort) {
        const {id, username, name, location, place, followers} = t.key;
        const {responses, influence} = t;
        const answer = {id, username, name, location, place, map_point: place !== null, verdict: place ? 'good' : null, followers, ...this.sumsOf(t, sort)};
        if (isAllTime) {
            answer.clean = {responses, close: Math.floor(responses * 0.14), medium: Math.floor(responses * 0.31), far: responses - Math.floor(responses * 0.14) - Math.floor(responses * 0.31), influence: influence * 0.9};
        }
        return answer;
    }
    tweetOf(t, sort) {
        const {id, author, created, text, lang} = t.key;
        return {id, author_id: author.id, created_at: new Date(created).toISOString(), text, kind: 'original', reference_id: null, lang, lang_guessed: false,
                sentiment: {score: 0.4, label: 'positive'}, ...this.sumsOf(t, sort)};
    }
    users(tweets) {
        const ids = new Set(tweets.map((t) => t.author_id));
        return this.authors.filter((a) => ids.has(a.id)).map(({id, username, name, location, place, followers}) => ({id, username, name, location, place, followers}));
    }

    topAuthors(params) {
        return this.ranked(this.totals(this.chosen(params), (r) => r.tweet.author), params.sort)
            .map((t) => this.authorOf(t, !params.start && (params.window ?? 'all') === 'all', params.sort));
    }
    topTweets(params) { return this.ranked(this.totals(this.chosen(params), (r) => r.tweet), params.sort).map((t) => this.tweetOf(t, params.sort)); }
    // The boards of groups: a response may belong to several.
    topGroups(what, params) {
        const keysOf = {places: (r) => (r.tweet.author.place ? [r.tweet.author.place.name] : []), origins: (r) => (r.by.place ? [r.by.place.name] : []), hashtags: (r) => r.tweet.hashtags, links: (r) => r.tweet.links, languages: (r) => [r.lang]}[what];
        const pairs = this.chosen(params).flatMap((r) => keysOf(r).map((key) => ({...r, key})));
        return this.ranked(this.totals(pairs, (r) => r.key), params.sort).map((t) => {
            const own = pairs.filter((r) => r.key === t.key), tweets = new Set(own.map((r) => r.tweet)).size, authors = new Set(own.map((r) => r.tweet.author)).size, sums = this.sumsOf(t, params.sort);
            if (what === 'places') return {id: placeId({name: t.key}), ...own[0].tweet.author.place, authors, verdict: 'good', ...sums};
            if (what === 'origins') return {id: placeId({name: t.key}), ...own[0].by.place, authors, verdict: 'good', ...sums};
            if (what === 'hashtags') return {tag: `#${t.key}`, tweets, authors, ...sums};
            if (what === 'links') return {url: t.key, host: 'example.org', tweets, authors, ...sums};
            return {lang: t.key, tweets, ...sums};
        });
    }
    byMinute(responses) {
        const minutes = new Map();
        for (const r of responses) minutes.set(Math.floor(r.at / MINUTE) * MINUTE, (minutes.get(Math.floor(r.at / MINUTE) * MINUTE) ?? 0) + 1);
        return [...minutes].sort((a, b) => a[0] - b[0]).map(([minute, n]) => ({minute: new Date(minute).toISOString(), responses: n}));
    }
    byPlace(responses) {
        const places = new Map();
        for (const r of responses) {
            if (!r.by.place) continue;
            const at = places.get(r.by.place.name) ?? {...r.by.place, responses: 0, influence: 0, distance: 'far'};
            places.set(r.by.place.name, at);
            at.responses++;
            at.influence += r.influence;
        }
        return [...places.values()].sort((a, b) => b.responses - a.responses).slice(0, 200);
    }
    tweet(id) {
        const tweet = this.tweets.find((t) => t.id === id), own = this.responses.filter((r) => r.tweet.id === id);
        if (!tweet) return null;
        const total = this.totals(own, (r) => r.tweet)[0] ?? {key: tweet, responses: 0, retweets: 0, replies: 0, quotes: 0, responders: 0, influence: 0, received: received([])};
        const terms = [...own].sort((a, b) => b.influence - a.influence).slice(0, 10).map((r) => ({author: r.by.id, username: r.by.username, followers: r.by.followers, tweets: 400, weight: r.influence}));
        const valences = {good: 1.9, bad: -2.5, alive: 1.6, angry: -2.3, impressed: 2.1, love: 3.2, happy: 2.7, tears: -0.9, applause: 1.8};
        const words = (tweet.text.match(/[\p{L}']+|[.!?,]/gu) ?? []).map((word) => ({word, valence: valences[word.toLowerCase()] ?? null}));
        return {...this.tweetOf(total), hashtags: tweet.hashtags, links: tweet.links, terms: {influence: terms}, words, responses_by_minute: this.byMinute(own), responses_by_place: this.byPlace(own)};
    }
    responsesTo(id) {
        return this.responses.filter((r) => r.tweet.author.id === id).sort((a, b) => b.at - a.at)
            .map((r) => ({id: r.id, kind: r.kind, author_id: r.by.id, created_at: new Date(r.at).toISOString(), influence: r.influence}));
    }
    accounting() {
        const {items, accepted, repaired, ignored, rejected} = this.stats();
        return {outcomes: {items, accepted, repaired, ignored, rejected}, reasons: {ignored_by: {delete: 301, blank: 101}, rejected_by: {'not JSON': 20, 'no id': 9}, repaired_by: {'lone surrogate': 12}},
                files: [{name: this.text('seminar.jsonl.gz'), items, accepted, repaired, ignored, rejected}]};
    }
    rejected() {
        return Array.from({length: this.payload === null ? 5 : 50}, (_, i) => ({file: this.text('seminar.jsonl.gz'), line: 812 + 97 * i, reason: this.text(i % 2 ? 'no id' : 'not JSON'), bytes: this.text('{"id": 2203, "text": "cut sh')}));
    }
    dataflow() { return operators.map((o) => ({...o, name: this.payload === null || o.name === o.kind ? o.name : this.text(), rows_in: o.rows_in + 7 * this.tweetCount, rows_out: o.rows_out + 7 * this.tweetCount})); }
    replayState() {
        const ended = this.now >= this.end;
        return {state: ended ? 'ended' : this.replay.state, speed: this.replay.speed, position: new Date(this.now).toISOString(), start: new Date(START_MS).toISOString(), can_seek: true};
    }
    // A problem in words, or null.
    order({action, speed, to}) {
        if (action === 'play' || action === 'pause') this.replay.state = action === 'play' ? 'playing' : 'paused';
        else if (action === 'speed') this.replay.speed = speed === 0 || speed === 'max' ? null : speed;
        else if (action === 'seek' && Date.parse(to) >= this.now) this.advance(Date.parse(to) - this.now);
        else return 'a replay goes forward only';
        return null;
    }
    author(id) {
        const own = this.responses.filter((r) => r.tweet.author.id === id), author = this.authors.find((a) => a.id === id);
        if (!author) return null;
        const total = this.totals(own, (r) => r.tweet.author)[0] ?? {key: author, responses: 0, retweets: 0, replies: 0, quotes: 0, influence: 0, responders: 0, received: received([])};
        return {...this.authorOf(total, true), responders_by_place: this.byPlace(own), responses_by_minute: this.byMinute(own),
                tweets: this.ranked(this.totals(own, (r) => r.tweet)).slice(0, 10).map((t) => this.tweetOf(t))};
    }
    map(params) {
        const columns = {id: [], lat: [], lon: [], influence: [], responses: [], received_n: [], received_mean: [], username: [], place: []};
        for (const t of this.ranked(this.totals(this.chosen(params), (r) => r.tweet.author), 'influence').slice(0, 5000)) {
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
    timeline(params = {}) {
        if (['q', 'lang', 'author', 'hashtag', 'kind'].some((name) => params[name])) return this.filteredTimeline(params);
        return [...this.minutes.values()].sort((a, b) => (a.minute < b.minute ? -1 : 1));
    }
    filteredTimeline(params) {
        return this.byMinute(this.chosen(params)).map(({minute, responses}) => ({minute, tweets: responses, retweets: responses, replies: 0, quotes: 0, positive: responses, neutral: 0, negative: 0, unknown: 0}));
    }
    cleaning() { return this.payload !== null ? badPlaces.map((p) => ({...p, name: this.text()})) : this.isHostile ? [{...badPlaces[0], name: hostile[0]}, ...badPlaces.slice(1)] : badPlaces; }
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
            source: {kind: 'files', state: ended ? 'ended' : this.replay.state === 'paused' ? 'paused' : 'replaying', detail: this.text('seminar.jsonl.gz'), bytes_read: Math.round(share * 48211334), bytes_total: 48211334, connects: 0, speed: this.replay.speed, position: new Date(this.now).toISOString()},
            memory_bytes: 1.2e8, epoch_us: 910,
        };
    }
}
