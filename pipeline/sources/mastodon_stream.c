/* SPDX-License-Identifier: MIT */
/* mastodon_stream -- one thread pulls: `next` connects, reads and waits in turn, so a reader
 * that is held back holds back the server.  Every wait looks at the clock again whenever it
 * wakes, so a test's clock may jump (mastodon_wake). */
#include "pipeline/sources/mastodon_stream.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/decode/record.h"
#include "pipeline/sources/mastodon_backoff.h"
#include "pipeline/sources/mastodon_connection.h"
#include "pipeline/sources/sse_lines.h"

enum { WAIT_MS_MAX = 1000, NAME_BYTES = 160 };

typedef struct {
    tweet_source base; /* First: a tweet_source * is a mastodon_stream *. */
    clock_source *clock;
    char name[NAME_BYTES]; /* Of the only "file". */
    mastodon_connection *connection;
    sse_lines lines;
    mastodon_backoff backoff;
    int64_t last_life_us, alive_since_us, next_try_us; /* Ticks of the clock. */
    bool is_answered;                                  /* This connection, by a stream. */
    bool is_alive, was_alive; /* Bytes of the stream have come: on this connection, ever. */
    uint64_t sequence, lines_given, bytes_since_chunk;
    status failure; /* Once not OK, for good. */
    atomic_bool is_stopped;
    pthread_mutex_t lock; /* Guards what other threads ask: */
    source_state state;
} mastodon_stream;

static mastodon_stream *self_of(tweet_source *source) {
    return (mastodon_stream *)(void *)source;
}

static int64_t now_us(mastodon_stream *m) {
    return m->clock->ticks_us(m->clock);
}

static void set_state(mastodon_stream *m, const char *state, int64_t next_try_ms,
                      const char *detail) {
    (void)pthread_mutex_lock(&m->lock);
    m->state.state = state;
    m->state.next_try_ms = next_try_ms;
    (void)snprintf(m->state.detail, sizeof m->state.detail, "%s", detail);
    if (strcmp(state, "waiting") == 0)
        (void)snprintf(m->state.last_end, sizeof m->state.last_end, "%s", detail);
    (void)pthread_mutex_unlock(&m->lock);
}

/* ---- What comes ---- */

static void note_life(mastodon_stream *m, size_t bytes) {
    bool is_first = !m->is_alive;
    m->last_life_us = now_us(m);
    if (is_first) m->alive_since_us = m->last_life_us;
    m->is_alive = true;
    m->bytes_since_chunk += bytes;
    (void)pthread_mutex_lock(&m->lock);
    m->state.bytes_read += bytes;
    if (is_first && m->was_alive) m->state.gaps++;
    (void)pthread_mutex_unlock(&m->lock);
    m->was_alive = true;
}

static bool take_bytes(void *context, text t) {
    mastodon_stream *m = context;
    uint64_t dropped = m->lines.events_too_long;
    if (!sse_lines_push(&m->lines, t)) return false;
    if (m->lines.events_too_long != dropped)
        log_line(LOG_WARNING, "mastodon: an event over 1 MiB was dropped");
    note_life(m, t.count);
    return true;
}

static void give_up_connection(mastodon_stream *m) {
    mastodon_connection_end(m->connection);
    sse_lines_cut(&m->lines);
    m->is_alive = m->is_answered = false;
}

/* ---- When it ends ---- */

static const char *meaning_of(long code) {
    switch (code) {
    case 401: return "the access token is not accepted: give another";
    case 403: return "this token may not read this stream: it needs the scope read:statuses";
    case 404: return "there is no such stream at this address";
    case 422: return "the server does not take this stream: look at its name";
    case 429: return "too many connections or requests";
    default: break;
    }
    if (code >= 300 && code < 400) return "the stream is elsewhere: give that as --mastodon-url";
    if (code == 200) return "this is a page, not a stream: is it the address of the server?";
    return code >= 500 ? "the server has trouble" : "the server refuses";
}

static void say_why(const mastodon_answer *a, bool was_alive, char *why, size_t room) {
    const char *apart = a->words[0] != '\0' ? "; " : "";
    if (a->code == 0)
        (void)snprintf(why, room, "%s", a->words[0] != '\0' ? a->words : "no answer");
    else if (a->is_stream && a->words[0] != '\0')
        (void)snprintf(why, room, "%s", a->words);
    else if (a->is_stream)
        (void)snprintf(why, room, "the server has ended the stream%s",
                       was_alive ? "" : " before it began");
    else
        (void)snprintf(why, room, "HTTP %ld: %s%s%.70s", a->code, meaning_of(a->code), apart,
                       a->words);
}

static status failure_of(const mastodon_answer *a) {
    if (a->code == 401 || a->code == 403) return STATUS_UNAUTHORIZED;
    return a->code == 422 || (a->code >= 300 && a->code < 400) ? STATUS_UPSTREAM : STATUS_OK;
}

/* Ends the connection and plans the next one. */
static void end_connection(mastodon_stream *m, const mastodon_answer *a, const char *why) {
    int64_t now_ms = m->clock->now_ms(m->clock);
    int64_t alive_ms = m->is_alive ? (now_us(m) - m->alive_since_us) / 1000 : 0;
    int64_t wait_ms = mastodon_backoff_wait_ms(&m->backoff, alive_ms, a->code == 429, a->asked_ms);
    give_up_connection(m);
    m->next_try_us = now_us(m) + wait_ms * 1000;
    set_state(m, "waiting", now_ms + wait_ms, why);
    log_line(LOG_WARNING, "mastodon: %s; connecting again in %lld ms", why, (long long)wait_ms);
}

static void end_by_itself(mastodon_stream *m, const mastodon_answer *a) {
    char why[sizeof m->state.detail];
    say_why(a, m->is_alive, why, sizeof why);
    m->failure = failure_of(a);
    if (m->failure == STATUS_OK) {
        end_connection(m, a, why);
        return;
    }
    give_up_connection(m);
    set_state(m, "failed", 0, why);
    log_line(LOG_ERROR, "mastodon: %s", why);
}

/* ---- One round ---- */

static status connect_now(mastodon_stream *m) {
    status s = mastodon_connection_begin(m->connection);
    if (s != STATUS_OK) return s;
    m->last_life_us = now_us(m);
    (void)pthread_mutex_lock(&m->lock);
    m->state.connects++;
    (void)pthread_mutex_unlock(&m->lock);
    set_state(m, "connecting", 0, "");
    return STATUS_OK;
}

static void wait_until(mastodon_stream *m, int64_t until_us) {
    int64_t wait_ms = (until_us - now_us(m) + 999) / 1000;
    mastodon_connection_wait(m->connection, wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : (int)wait_ms);
}

static void read_some(mastodon_stream *m) {
    mastodon_answer answer;
    if (mastodon_connection_read(m->connection, &answer)) {
        end_by_itself(m, &answer);
        return;
    }
    if (answer.is_stream && !m->is_answered) set_state(m, "live", 0, "");
    m->is_answered = answer.is_stream;
    if (m->lines.whole_bytes > 0) return; /* Whoever takes them comes back. */
    if (now_us(m) - m->last_life_us >= MASTODON_SILENCE_MS_MAX * INT64_C(1000))
        end_connection(m, &answer, "no heartbeat for 45 s");
    else
        wait_until(m, m->last_life_us + MASTODON_SILENCE_MS_MAX * INT64_C(1000));
}

/* Connect when it is time, read, or wait for either. */
static status step(mastodon_stream *m) {
    if (mastodon_connection_is_open(m->connection)) {
        read_some(m);
        return STATUS_OK;
    }
    if (now_us(m) >= m->next_try_us) return connect_now(m);
    wait_until(m, m->next_try_us);
    return STATUS_OK;
}

static status take_chunk(mastodon_stream *m, source_chunk **chunk) {
    source_chunk *c = source_chunk_new(m->lines.whole_bytes);
    if (c == NULL) return STATUS_NO_MEMORY;
    c->first_line = m->lines_given + 1;
    m->lines_given += m->lines.whole_lines;
    c->count = m->lines.whole_bytes;
    sse_lines_take(&m->lines, c->bytes);
    memset(c->bytes + c->count, 0, SOURCE_PADDING_BYTES);
    c->sequence = m->sequence++;
    c->input_bytes = m->bytes_since_chunk;
    m->bytes_since_chunk = 0;
    c->origin = ORIGIN_MASTODON;
    *chunk = c;
    return STATUS_OK;
}

/* ---- The source ---- */

static status mastodon_next(tweet_source *source, source_chunk **chunk) {
    mastodon_stream *m = self_of(source);
    status s = STATUS_OK;
    *chunk = NULL;
    while (s == STATUS_OK) {
        if (m->lines.whole_bytes > 0) return take_chunk(m, chunk);
        if (atomic_load(&m->is_stopped)) {
            give_up_connection(m);
            set_state(m, "ended", 0, "stopped");
            return STATUS_STOPPED;
        }
        s = m->failure != STATUS_OK ? m->failure : step(m);
    }
    return s;
}

static void mastodon_stop(tweet_source *source) {
    mastodon_stream *m = self_of(source);
    atomic_store(&m->is_stopped, true);
    mastodon_connection_wake(m->connection);
}

void mastodon_wake(tweet_source *self) {
    mastodon_connection_wake(self_of(self)->connection);
}

static void mastodon_state(tweet_source *source, source_state *result) {
    mastodon_stream *m = self_of(source);
    (void)pthread_mutex_lock(&m->lock);
    *result = m->state;
    (void)pthread_mutex_unlock(&m->lock);
}

static const char *mastodon_file_name(tweet_source *source, uint32_t file) {
    (void)file;
    return self_of(source)->name;
}

static void mastodon_close(tweet_source *source) {
    if (source == NULL) return;
    mastodon_stream *m = self_of(source);
    mastodon_connection_free(m->connection);
    sse_lines_deinit(&m->lines);
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

/* ---- Which stream ---- */

static bool is_number(text t) {
    uint64_t number;
    return text_to_u64(t, &number);
}

/* A tag is a word; the "#" is not sent. */
static bool is_tag(text t) {
    for (size_t i = 0; i < t.count; i++)
        if ((unsigned char)t.bytes[i] <= ' ' || strchr("#&=?/%+", t.bytes[i]) != NULL) return false;
    return t.count > 0 && t.count < 200 && utf8_valid(t);
}

static const struct {
    const char *name; /* With ":", what follows is its argument. */
    const char *path, *query;
    bool (*is_argument)(text t);
} streams[] = {
    {"public", "/api/v1/streaming/public", NULL, NULL},
    {"public:local", "/api/v1/streaming/public/local", NULL, NULL},
    {"public:remote", "/api/v1/streaming/public/remote", NULL, NULL},
    {"hashtag:", "/api/v1/streaming/hashtag", "tag=", is_tag},
    {"list:", "/api/v1/streaming/list", "list=", is_number},
};
enum { STREAMS = sizeof streams / sizeof streams[0] };

/* Its row, and what follows the name; STREAMS: there is none such. */
static size_t find_stream(const char *stream, text *argument) {
    for (size_t i = 0; i < STREAMS; i++) {
        text name = text_of(streams[i].name), said = text_of(stream);
        *argument = text_slice(said, name.count, said.count);
        bool is_it = streams[i].is_argument == NULL
                         ? text_equal(said, name)
                         : text_starts_with(said, name) && streams[i].is_argument(*argument);
        if (is_it) return i;
    }
    return STREAMS;
}

bool mastodon_is_stream(const char *stream) {
    text argument;
    return find_stream(stream, &argument) < STREAMS;
}

static void add_encoded(buffer *out, text t) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    for (size_t i = 0; i < t.count; i++) {
        if (memchr(plain, t.bytes[i], sizeof plain - 1) != NULL)
            buffer_add_byte(out, t.bytes[i]);
        else
            buffer_add_format(out, "%%%02X", (unsigned)(unsigned char)t.bytes[i]);
    }
}

static status open_connection(mastodon_stream *m, const mastodon_options *o) {
    const char *stream = o->stream == NULL ? "public" : o->stream;
    buffer query = {0};
    text argument;
    size_t row = find_stream(stream, &argument);
    if (row == STREAMS) return STATUS_BAD_ARGUMENT;
    if (streams[row].query != NULL) buffer_add(&query, text_of(streams[row].query));
    add_encoded(&query, argument);
    buffer_add_byte(&query, '\0');
    const mastodon_request r = {
        .base_url = o->base_url,
        .path = streams[row].path,
        .query = query.bytes,
        .token = o->token,
        .live_token = o->live_token,
        .user_agent = o->user_agent,
        .ca_path = o->ca_path,
        .take = take_bytes,
        .context = m,
    };
    status s = query.failed ? STATUS_NO_MEMORY : mastodon_connection_new(&r, &m->connection);
    buffer_deinit(&query);
    (void)snprintf(m->name, sizeof m->name, "Mastodon %s", stream);
    return s;
}

status mastodon_open(const mastodon_options *o, tweet_source **result) {
    *result = NULL;
    mastodon_stream *m = calloc(1, sizeof(*m));
    if (m == NULL) return STATUS_NO_MEMORY;
    m->base = (tweet_source){
        mastodon_next, mastodon_stop, mastodon_state, mastodon_file_name, mastodon_close,
        NULL,          NULL};
    m->clock = o->clock == NULL ? clock_real() : o->clock;
    m->backoff.random.state = o->seed != 0 ? o->seed : random_seed();
    m->next_try_us = now_us(m);
    /* A profile has no location but for what a person writes into a field of their own. */
    m->state = (source_state){.kind = "mastodon", .state = "connecting", .lacks_location = true};
    (void)pthread_mutex_init(&m->lock, NULL);
    status s = open_connection(m, o);
    if (s == STATUS_OK) s = sse_lines_init(&m->lines);
    if (s != STATUS_OK) {
        mastodon_close(&m->base);
        return s;
    }
    *result = &m->base;
    return STATUS_OK;
}
