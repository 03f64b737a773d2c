/* SPDX-License-Identifier: MIT */
/* live -- see live.h.
 *
 * One lock guards clients, ring and what channels say of their watchers.  The tick
 * does its work (states, frames) outside the lock, on channels that only it touches,
 * and then hands all of it over at once, so a client sees a tick whole or not at all. */
#include "server/live/live.h"

#include "pipeline/base/log.h"
#include "pipeline/base/random.h"
#include "server/live/channel.h"
#include "server/live/client.h"
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHANNELS_MAX = LIVE_TOPICS_MAX * LIVE_WINDOWS,
    RING_FRAMES = 16384,
    RING_BYTES = 8 << 20,
    RING_AGE_US = 120 * 1000000,
    UNWATCHED_US = 120 * 1000000, /* A state nobody watches is kept so long. */
    HEARTBEAT_US = 15 * 1000000,
    STUCK_US = 30 * 1000000,
    ROTATE_US = 600 * 1000000, /* +- 20 %. */
    STATS_AGAIN_US = 1000000,  /* They change without an epoch, too. */
    STATS_TICKS = 1,
    RETRY_BUSY_MS = 30000,
};
_Static_assert(CHANNELS_MAX <= 64, "a client's channels are bits of 64");

struct live {
    live_options options;
    channel channels[CHANNELS_MAX];
    struct {
        const stream_topic *topic; /* NULL: it is told whole. */
        const whole_topic *told;
    } topics[LIVE_TOPICS_MAX];
    size_t topic_count;

    pthread_mutex_t lock;
    ring ring;
    live_client *clients;
    uint32_t client_count;
    uint64_t tick;       /* Number of the last. */
    uint64_t told_epoch; /* The newest that frames told of. */
    bool has_told;
    uint64_t taken_away; /* As the backend said at the last tick. */
    int64_t now_us;
    bool says_bye;
    uint32_t clients_start; /* At the start: connections are made for so many. */
    random_source chance;
};

/* ---- Topics and channels ---- */

static const char *topic_name(const live *l, size_t index) {
    const stream_topic *t = l->topics[index].topic;
    return t != NULL ? t->name : l->topics[index].told->name;
}

const char *live_topic_name(const live *l, size_t index) {
    return index < l->topic_count ? topic_name(l, index) : NULL;
}

static size_t channel_index(const live *l, size_t topic, query_window window) {
    const stream_topic *t = l->topics[topic].topic;
    bool has_window = t != NULL && t->has_window;
    return topic * LIVE_WINDOWS + (has_window ? (size_t)window : 0);
}

/* The stats come first, whether the table has a row for them or not, and what else is told
 * whole last. */
static void list_topics(live *l) {
    const backend *a = l->options.backend;
    l->topics[l->topic_count++].told = &whole_topics[0];
    for (size_t i = 0;
         i < a->topic_count && l->topic_count + whole_topic_count - 1 < LIVE_TOPICS_MAX; i++)
        if (strcmp(a->topics[i].name, STATS_NAME) != 0)
            l->topics[l->topic_count++].topic = &a->topics[i];
    for (size_t i = 1; i < whole_topic_count; i++)
        l->topics[l->topic_count++].told = &whole_topics[i];
    for (size_t t = 0; t < l->topic_count; t++)
        for (size_t w = 0; w < LIVE_WINDOWS; w++)
            l->channels[t * LIVE_WINDOWS + w] = (channel){.backend = a,
                                                          .topic = l->topics[t].topic,
                                                          .told = l->topics[t].told,
                                                          .window = (query_window)w};
}

status live_new(const live_options *o, live **result) {
    live *l = calloc(1, sizeof *l);
    *result = NULL;
    if (l == NULL) return STATUS_NO_MEMORY;
    l->options = *o;
    l->clients_start = o->clients_max;
    l->chance.state = o->boot;
    l->now_us = o->now_us;
    (void)pthread_mutex_init(&l->lock, NULL);
    list_topics(l);
    status s = ring_init(&l->ring, o->ring_frames > 0 ? o->ring_frames : RING_FRAMES,
                         o->ring_bytes > 0 ? o->ring_bytes : RING_BYTES, RING_AGE_US);
    if (s != STATUS_OK) {
        live_free(l);
        return s;
    }
    *result = l;
    return STATUS_OK;
}

void live_free(live *l) {
    if (l == NULL) return;
    assert(l->clients == NULL);
    for (size_t i = 0; i < CHANNELS_MAX; i++) channel_clear(&l->channels[i]);
    ring_deinit(&l->ring);
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}

/* ---- Reading ---- */

size_t live_read(live_client *c, void *line, char *out, size_t bytes_max, bool *ended) {
    live *l = c->hub;
    (void)pthread_mutex_lock(&l->lock);
    c->line = line;
    client_view view = {&l->ring, l->options.boot, l->now_us, l->says_bye};
    size_t count = client_fill(c, &view, out, bytes_max);
    if (count > 0) {
        c->written_us = l->now_us;
    } else if (c->has_ended) {
        *ended = true;
    } else {
        c->is_waiting = true;
        l->options.line->pause(line);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return count;
}

/* ---- Coming and going ---- */

/* NULL when the id can be resumed from; else why not. */
static const char *judge_id(const live *l, text id, uint64_t *epoch) {
    char boot[17];
    size_t dash;
    (void)snprintf(boot, sizeof boot, "%016llx", (unsigned long long)l->options.boot);
    if (!text_find_byte(id, '-', &dash) || dash == 0 || dash > 16 ||
        !text_to_u64(text_slice(id, dash + 1, id.count), epoch))
        return "bad_id";
    for (size_t i = 0; i < dash; i++)
        if (strchr("0123456789abcdef", id.bytes[i]) == NULL || id.bytes[i] == '\0') return "bad_id";
    return text_equal(text_slice(id, 0, dash), text_of(boot)) ? NULL : "restart";
}

void live_set_limits(live *l, uint32_t clients_max, uint32_t clients_per_address_max) {
    (void)pthread_mutex_lock(&l->lock);
    l->options.clients_max = clients_max < l->clients_start ? clients_max : l->clients_start;
    l->options.clients_per_address_max = clients_per_address_max;
    (void)pthread_mutex_unlock(&l->lock);
}

static bool has_place(const live *l, const unsigned char address[16]) {
    uint32_t same = 0;
    if (l->says_bye || l->client_count >= l->options.clients_max) return false;
    if (l->options.clients_per_address_max == 0) return true;
    for (const live_client *c = l->clients; c != NULL; c = c->next)
        same += c->is_counted && memcmp(c->address, address, 16) == 0 ? 1 : 0;
    return same < l->options.clients_per_address_max;
}

static void say_hello(live_client *c, const live_request *r, uint64_t epoch) {
    live *l = c->hub;
    buffer b = {0};
    json_writer w = json_to(&b);
    char boot[17];
    (void)snprintf(boot, sizeof boot, "%016llx", (unsigned long long)l->options.boot);
    json_begin_object(&w);
    json_field(&w, "version", string, l->options.version);
    json_field(&w, "boot", string, boot);
    json_field(&w, "epoch", u64, epoch);
    json_field(&w, "tick_ms", u64, live_tick_ms(l));
    json_key(&w, "topics");
    json_begin_array(&w);
    for (size_t i = 0; i < l->topic_count; i++)
        if ((r->topics >> i & 1) != 0) json_put_string(&w, topic_name(l, i));
    json_end_array(&w);
    json_field(&w, "window", string, query_window_text(r->window));
    json_end_object(&w);
    (void)pthread_mutex_lock(&l->lock);
    uint32_t retry = 1000 + (uint32_t)random_below(&l->chance, 3001);
    (void)pthread_mutex_unlock(&l->lock);
    if (b.failed) c->has_ended = true;
    client_say(c, "hello", buffer_text(&b), retry);
    buffer_deinit(&b);
}

static void count_watcher(live *l, live_client *c, int32_t by) {
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        if ((c->channels >> i & 1) == 0) continue;
        l->channels[i].watchers = (uint32_t)((int32_t)l->channels[i].watchers + by);
        l->channels[i].unwatched_us = l->now_us;
    }
}

static void enter(live *l, live_client *c) {
    c->written_us = l->now_us;
    int64_t spread = (int64_t)random_below(&l->chance, ROTATE_US / 5 * 2 + 1) - ROTATE_US / 5;
    c->rotate_us = l->now_us + ROTATE_US + spread;
    c->is_counted = has_place(l, c->address);
    c->next = l->clients;
    if (c->next != NULL) c->next->previous = c;
    l->clients = c;
    if (!c->is_counted) {
        c->has_ended = true;
        return;
    }
    l->client_count++;
    count_watcher(l, c, 1);
}

live_client *live_join(live *l, const live_request *r) {
    live_client *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    *c = (live_client){.hub = l, .once = r->once, .as_lines = r->as_lines, .wants_keys = true};
    memcpy(c->address, r->address, 16);
    for (size_t i = 0; i < l->topic_count; i++)
        if ((r->topics >> i & 1) != 0) c->channels |= 1ULL << channel_index(l, i, r->window);
    if (r->last_id.count > 0 && !r->once) {
        c->reset = judge_id(l, r->last_id, &c->resume_epoch);
        c->resumes = c->reset == NULL;
    }
    const moment *m = l->options.backend->acquire(l->options.backend->context);
    uint64_t epoch = l->options.backend->epoch(m);
    l->options.backend->release(l->options.backend->context, m);
    (void)pthread_mutex_lock(&l->lock);
    enter(l, c);
    (void)pthread_mutex_unlock(&l->lock);
    if (c->is_counted)
        say_hello(c, r, epoch);
    else
        client_say(c, "busy", TEXT("{\"reason\":\"full\"}"), RETRY_BUSY_MS);
    return c;
}

void live_leave(live_client *c) {
    live *l = c->hub;
    (void)pthread_mutex_lock(&l->lock);
    if (c->is_counted) {
        l->client_count--;
        count_watcher(l, c, -1);
    }
    if (c->next != NULL) c->next->previous = c->previous;
    *(c->previous != NULL ? &c->previous->next : &l->clients) = c->next;
    (void)pthread_mutex_unlock(&l->lock);
    client_drop_keys(c);
    shared_bytes_release(c->sending);
    free(c);
}

uint32_t live_client_count(live *l) {
    (void)pthread_mutex_lock(&l->lock);
    uint32_t count = l->client_count;
    (void)pthread_mutex_unlock(&l->lock);
    return count;
}

uint32_t live_tick_ms(live *l) {
    return live_client_count(l) <= LIVE_CLIENTS_FAST ? LIVE_TICK_MS : LIVE_TICK_MS_MANY;
}

/* ---- The tick ---- */

typedef struct {
    const moment *m;
    uint64_t epoch, watched, keys; /* Bits of channels. */
    uint64_t taken_away;
    bool is_slow; /* 4 Hz. */
    int64_t now_us;
    shared_bytes *changes[CHANNELS_MAX];
    uint64_t published;
} tick_work;

/* Whether every channel of the client can be brought from its epoch to now. */
static const char *judge_resume(const live *l, const live_client *c, uint64_t epoch) {
    if (c->resume_epoch > epoch) return "bad_id";
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        if ((c->channels >> i & 1) == 0) continue;
        if (!l->channels[i].has_state || c->resume_epoch < l->channels[i].floor_epoch)
            return "too_old";
    }
    return NULL;
}

/* Under the lock: what is to be done. */
static void plan(live *l, tick_work *work) {
    l->now_us = work->now_us;
    l->tick++;
    work->is_slow = l->client_count > LIVE_CLIENTS_FAST;
    for (live_client *c = l->clients; c != NULL; c = c->next) {
        if (!c->is_counted || !c->wants_keys) continue;
        if (c->resumes) c->reset = judge_resume(l, c, work->epoch);
        if (c->reset != NULL) c->resumes = false;
        if (!c->resumes) work->keys |= c->channels;
    }
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        if (l->channels[i].watchers > 0) work->watched |= 1ULL << i;
}

static bool is_due(const live *l, const channel *c, const tick_work *work, bool is_wanted) {
    if (is_wanted && (!c->has_state || c->state_epoch != work->epoch)) return true;
    uint32_t ticks = c->topic == NULL ? STATS_TICKS : c->topic->ticks;
    if (work->is_slow) ticks /= LIVE_TICK_MS_MANY / LIVE_TICK_MS;
    if (ticks > 1 && l->tick % ticks != 0) return false;
    if (c->topic == NULL && work->now_us - c->stepped_us >= STATS_AGAIN_US) return true;
    return c->has_state && c->state_epoch != work->epoch;
}

/* Outside the lock: states and frames, of channels that only the tick touches. */
static void make_frames(live *l, tick_work *work) {
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        channel *c = &l->channels[i];
        bool is_wanted = (work->keys >> i & 1) != 0, is_new = !c->has_state;
        if ((work->watched >> i & 1) == 0 || !is_due(l, c, work, is_wanted)) {
            if (is_wanted && c->has_state && channel_make_key(c) != STATUS_OK)
                log_line(LOG_WARNING, "live: %s: out of memory", channel_event(c));
            continue;
        }
        status s = channel_step(c, work->m, &work->changes[i]);
        c->stepped_us = work->now_us;
        if (s == STATUS_OK && is_new) c->floor_epoch = work->epoch;
        if (s == STATUS_OK && is_wanted) s = channel_make_key(c);
        if (s != STATUS_OK) log_line(LOG_WARNING, "live: %s: %s", channel_event(c), status_text(s));
    }
}

static void drop_oldest(live *l) {
    frame f = ring_take_oldest(&l->ring);
    channel *c = &l->channels[f.channel];
    uint64_t floor = f.epoch + (f.is_late ? 1 : 0);
    if (c->floor_epoch < floor) c->floor_epoch = floor;
    shared_bytes_release(f.json);
}

/* Under the lock: the frames of this tick become the ring's, counts last: who reads there
 * that a replay has ended has read all else. */
static void publish(live *l, tick_work *work) {
    bool is_late = l->has_told && l->told_epoch == work->epoch;
    /* What was deleted or hidden is told to nobody any more: who is behind begins anew. */
    while (l->taken_away != work->taken_away && l->ring.begin < l->ring.end) drop_oldest(l);
    l->taken_away = work->taken_away;
    for (size_t turn = 1; turn <= CHANNELS_MAX; turn++) {
        size_t i = turn % CHANNELS_MAX;
        if (work->changes[i] == NULL) continue;
        size_t bytes = shared_bytes_text(work->changes[i]).count;
        while (ring_must_drop(&l->ring, bytes, work->now_us)) drop_oldest(l);
        ring_add(&l->ring, (frame){.json = work->changes[i],
                                   .event = channel_event(&l->channels[i]),
                                   .channel = (uint8_t)i,
                                   .is_late = is_late,
                                   .tick = l->tick,
                                   .epoch = work->epoch,
                                   .made_us = work->now_us});
        work->published |= 1ULL << i;
    }
    while (ring_must_drop(&l->ring, 0, work->now_us) &&
           l->ring.end - l->ring.begin < l->ring.capacity)
        drop_oldest(l);
    if (work->published == 0) return;
    l->has_told = true;
    l->told_epoch = work->epoch;
}

static bool has_all_keys(const live *l, const live_client *c) {
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        if ((c->channels >> i & 1) != 0 && l->channels[i].key == NULL) return false;
    return true;
}

static void give_keys(live *l, live_client *c, uint64_t epoch) {
    client_drop_keys(c);
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        if ((c->channels >> i & 1) != 0)
            client_add_key(c, channel_event(&l->channels[i]), l->channels[i].key);
    c->key_epoch = epoch;
    c->cursor = c->caught_up = l->ring.end;
    c->wants_keys = false;
}

static void let_resume(live *l, live_client *c) {
    const ring *r = &l->ring;
    c->cursor = r->begin;
    while (c->cursor < r->end) {
        const frame *f = ring_at(r, c->cursor);
        if (f->epoch > c->resume_epoch || (f->epoch == c->resume_epoch && f->is_late)) break;
        c->cursor++;
    }
    c->caught_up = r->end;
    c->wants_keys = c->resumes = false;
}

static void give_start(live *l, live_client *c, const tick_work *work) {
    if (!c->is_counted || !c->wants_keys) return;
    if (c->resumes && judge_resume(l, c, work->epoch) == NULL)
        let_resume(l, c);
    else if (!c->resumes && (c->channels & ~work->keys) == 0 && has_all_keys(l, c))
        give_keys(l, c, work->epoch);
}

/* Whether a client whose line is paused has something to read now. */
static bool has_something(const live *l, const live_client *c) {
    if (l->says_bye || l->now_us >= c->rotate_us || client_heartbeat_is_due(c, l->now_us))
        return true;
    if (c->wants_keys) return false;
    return c->key_at < c->key_count || c->reset != NULL || c->cursor < l->ring.end;
}

static void wake(live *l, live_client *c) {
    c->is_waiting = false;
    l->options.line->resume(c->line);
}

static void serve_client(live *l, live_client *c, const tick_work *work) {
    give_start(l, c, work);
    bool is_stuck = !c->is_waiting && c->line != NULL && l->now_us - c->written_us > STUCK_US;
    if (is_stuck) l->options.line->cut(c->line);
    if (c->is_waiting && has_something(l, c)) wake(l, c);
}

/* Under the lock: states that nobody watched for long. */
static void forget_unwatched(live *l) {
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        channel *c = &l->channels[i];
        if (c->has_state && c->watchers == 0 && l->now_us - c->unwatched_us > UNWATCHED_US)
            channel_clear(c);
    }
}

void live_tick(live *l, int64_t now_us) {
    const backend *a = l->options.backend;
    tick_work work = {.now_us = now_us, .m = a->acquire(a->context)};
    work.epoch = a->epoch(work.m);
    work.taken_away = a->taken_away == NULL ? 0 : a->taken_away(work.m);
    if (a->notes != NULL) work.taken_away += notes_taken_away(a->notes);
    (void)pthread_mutex_lock(&l->lock);
    plan(l, &work);
    (void)pthread_mutex_unlock(&l->lock);
    make_frames(l, &work);
    (void)pthread_mutex_lock(&l->lock);
    publish(l, &work);
    for (live_client *c = l->clients; c != NULL; c = c->next) serve_client(l, c, &work);
    forget_unwatched(l);
    (void)pthread_mutex_unlock(&l->lock);
    a->release(a->context, work.m);
}

void live_say_bye(live *l) {
    (void)pthread_mutex_lock(&l->lock);
    l->says_bye = true;
    for (live_client *c = l->clients; c != NULL; c = c->next) {
        if (c->is_waiting) wake(l, c);
    }
    (void)pthread_mutex_unlock(&l->lock);
}
