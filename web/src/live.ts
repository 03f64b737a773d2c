// SPDX-License-Identifier: MIT
// One stream for all tabs.
//
// A browser opens six connections to a host at most, and a stream holds one for good:
// with seven tabs nothing would load.  So the tabs elect one (Web Locks) that opens the
// EventSource and hands every frame on (BroadcastChannel); when it closes, the next in
// the queue of the lock takes over.  Where there are no locks (plain http from another
// machine) every tab has a stream of its own.
//
// Reconnecting is ours: EventSource gives up for good on a 503, and does not say when
// it tries again.  Frames after a reconnect are full ones, so nothing is resumed.
import {BASE} from './api.ts';
import {backoffMs} from './pace.ts';
import {type Connection, connection, type Frame, presentFrames, receive} from './store.ts';

const EVENTS = ['hello', 'stats', 'map', 'board', 'timeline', 'alert', 'annotation', 'reset'];
type Message = { kind: 'frame'; frame: Frame } | { kind: 'connection'; connection: Connection }
    | { kind: 'joined' } | { kind: 'present'; frames: Frame[]; connection: Connection };

let source: EventSource | null = null;
let attempt = 0;
let retry: unknown = null;
let channel: BroadcastChannel | null = null;
let leads = false;

function post(message: Message): void {
    channel?.postMessage(message);
}

function setConnection(value: Connection): void {
    connection.value = value;
    if (leads) post({kind: 'connection', connection: value});
}

function deliver(frame: Frame): void {
    receive(frame);
    if (leads) post({kind: 'frame', frame});
}

function retryLater(leastMs = 0): void {
    source?.close();
    source = null;
    if (retry !== null) return;
    const ms = Math.max(leastMs, backoffMs(attempt++, Math.random));
    setConnection({state: 'waiting', untilMs: Date.now() + ms});
    retry = setTimeout(connect, ms);
}

export function connect(): void {
    if (retry !== null) clearTimeout(retry as number);
    retry = null;
    source?.close();
    setConnection({state: 'connecting'});
    let lastId = '';
    const opened = new EventSource(`${BASE}stream?topics=map,board,stats,timeline,alerts,annotations&window=all`);
    source = opened;
    for (const event of EVENTS) {
        opened.addEventListener(event, (message: MessageEvent<string>) => {
            if (opened !== source) return;
            if (event === 'hello') {
                attempt = 0;
                setConnection({state: 'live'});
            }
            deliver({event, id: message.lastEventId, data: message.data, isLast: message.lastEventId !== lastId});
            lastId = message.lastEventId;
        });
    }
    opened.addEventListener('error', () => { if (opened === source) retryLater(); });
    opened.addEventListener('busy', () => { if (opened === source) retryLater(10000); });
    // Rotated: the server wants this connection anew, and soon.
    opened.addEventListener('bye', () => { if (opened === source) connect(); });
}

function onMessage(message: Message): void {
    switch (message.kind) {
    case 'joined':
        if (leads) post({kind: 'present', frames: presentFrames(), connection: connection.value});
        break;
    case 'present':
    case 'connection':
        if (leads) break;
        connection.value = message.connection;
        if (message.kind === 'present') message.frames.forEach(receive);
        break;
    case 'frame': if (!leads) receive(message.frame); break;
    }
}

// "Now" of the button: at once where this tab leads, else what the leader does.
export function reconnectNow(): void {
    if (leads) {
        attempt = 0;
        connect();
    }
}

export function start(): void {
    const name = `dunlin ${new URL(BASE, document.baseURI).pathname}`;
    if (!('locks' in navigator) || !('BroadcastChannel' in globalThis)) {
        leads = true;
        connect();
        return;
    }
    channel = new BroadcastChannel(name);
    channel.addEventListener('message', (event: MessageEvent<Message>) => onMessage(event.data));
    post({kind: 'joined'});
    void navigator.locks.request(name, () => new Promise<never>(() => { // Held as long as the tab lives.
        leads = true;
        connect();
    }));
    // A page that the browser puts aside must let the stream go, and the lock with it.
    addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
}
