/* SPDX-License-Identifier: MIT */
#include "tests/support/fake_x.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/base/random.h"
#include "tests/support/fake_x_rules.h"

enum {
    REQUEST_BYTES = 1 << 16,
    CHANNELS_MAX = 40,
    THREADS_MAX = 4096,
    CONNECTS_DEFAULT = 50,
    CONNECTS_KEPT = 64,
    WINDOW_MS = 15 * 60 * 1000,
    CHUNK_BYTES = 1 << 16,
    KEEP_ALIVE_MS = 10000,
};

/* One stream: where it is, and who has it. */
typedef struct {
    char path[96];
    size_t at; /* The next byte to send. */
    uint32_t next_drop;
    uint64_t owner; /* A connection's number; 0: nobody has it. */
    int64_t asked_ms[CONNECTS_KEPT];
    uint64_t asked;
} channel;

struct fake_x {
    fake_x_options options;
    clock_source *clock;
    char url[64];
    int listener;
    uint16_t port;
    size_t *drop_at;
    atomic_bool is_stopped;
    pthread_t acceptor, threads[THREADS_MAX];
    int sockets[THREADS_MAX];
    size_t thread_count;
    pthread_mutex_t lock; /* Guards all below. */
    random_source random;
    channel channels[CHANNELS_MAX];
    size_t channel_count;
    uint64_t last_owner;
    fake_rules rules;
    fake_x_counts counts;
};

typedef struct {
    fake_x *x;
    size_t slot;
} connection;

/* ---- Answers ---- */

static bool send_text(fake_wire *w, const char *words) {
    return fake_wire_send(w, words, strlen(words));
}

static bool send_chunk(fake_wire *w, const char *bytes, size_t count) {
    char head[32];
    if (count == 0) return true;
    (void)snprintf(head, sizeof head, "%zx\r\n", count);
    return send_text(w, head) && fake_wire_send(w, bytes, count) && send_text(w, "\r\n");
}

static bool send_head(fake_x *x, fake_wire *w, int code, const char *more) {
    char head[1024], date[64];
    time_t now_s = (time_t)(x->clock->now_ms(x->clock) / 1000);
    struct tm parts;
    (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now_s, &parts));
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 %d Words\r\nDate: %s\r\nContent-Type: application/json; "
                   "charset=utf-8\r\n%s\r\n",
                   code, date, more);
    return send_text(w, head);
}

static void send_answer(fake_x *x, fake_wire *w, int code, const char *headers, text body) {
    char more[512];
    (void)snprintf(more, sizeof more, "Content-Length: %zu\r\nConnection: close\r\n%s", body.count,
                   headers);
    if (send_head(x, w, code, more)) (void)fake_wire_send(w, body.bytes, body.count);
}

/* ---- Streams ---- */

static channel *find_channel(fake_x *x, const char *path) {
    for (size_t i = 0; i < x->channel_count; i++)
        if (strcmp(x->channels[i].path, path) == 0) return &x->channels[i];
    if (x->channel_count == CHANNELS_MAX) return NULL;
    channel *c = &x->channels[x->channel_count++];
    (void)snprintf(c->path, sizeof c->path, "%.*s", (int)sizeof c->path - 1, path);
    return c;
}

/* How many were asked for in the last 15 minutes, and when the first of them leaves. */
static uint64_t asked_lately(const channel *c, int64_t now_ms, int64_t *reset_ms) {
    uint64_t kept = c->asked < CONNECTS_KEPT ? c->asked : CONNECTS_KEPT, count = 0;
    *reset_ms = now_ms + WINDOW_MS;
    for (uint64_t i = 0; i < kept; i++) {
        int64_t then_ms = c->asked_ms[i];
        if (now_ms - then_ms >= WINDOW_MS) continue;
        count++;
        if (then_ms + WINDOW_MS < *reset_ms) *reset_ms = then_ms + WINDOW_MS;
    }
    return count;
}

static const char *const too_many =
    "{\"title\":\"ConnectionException\",\"detail\":\"This stream is currently at the maximum "
    "allowed connection limit.\",\"connection_issue\":\"TooManyConnections\",\"type\":"
    "\"https://api.x.com/2/problems/streaming-connection\"}";

/* 200 when the stream is this connection's now. */
static int take_channel(fake_x *x, channel *c, uint64_t *owner, char headers[256]) {
    int64_t now_ms = x->clock->now_ms(x->clock), reset_ms;
    uint64_t most = x->options.connects_max == 0 ? CONNECTS_DEFAULT : x->options.connects_max;
    (void)pthread_mutex_lock(&x->lock);
    uint64_t count = asked_lately(c, now_ms, &reset_ms);
    int code = count >= most ? 429 : c->owner != 0 ? -429 : 200;
    if (code == 200) {
        *owner = c->owner = ++x->last_owner;
        x->counts.open++;
    }
    if (code == 429) x->counts.too_often++;
    if (code == -429) x->counts.too_many++;
    c->asked_ms[c->asked++ % CONNECTS_KEPT] = now_ms;
    if (count + 1 > x->counts.window_max) x->counts.window_max = count + 1;
    (void)pthread_mutex_unlock(&x->lock);
    (void)snprintf(headers, 256,
                   "x-rate-limit-limit: %llu\r\nx-rate-limit-remaining: %llu\r\n"
                   "x-rate-limit-reset: %lld\r\n",
                   (unsigned long long)most, (unsigned long long)(count < most ? most - count : 0),
                   (long long)((reset_ms + 999) / 1000));
    return code;
}

static bool has_gone(const fake_wire *w, int wait_ms) {
    struct pollfd polled = {.fd = w->fd, .events = POLLIN};
    return poll(&polled, 1, wait_ms) > 0;
}

static void keep_alive(fake_x *x, fake_wire *w) {
    for (int waited_ms = 0; !atomic_load(&x->is_stopped); waited_ms += 50) {
        if (has_gone(w, 50)) return;
        if (waited_ms % KEEP_ALIVE_MS == 0 && !send_chunk(w, "\r\n", 2)) return;
    }
}

static size_t line_begin(text lines, size_t at) {
    const char *newline = at == 0 ? NULL : memrchr(lines.bytes, '\n', at);
    return newline == NULL ? 0 : (size_t)(newline - lines.bytes) + 1;
}

static size_t lines_back(text lines, size_t at, uint64_t count) {
    for (at = line_begin(lines, at); count > 0 && at > 0; count--) at = line_begin(lines, at - 1);
    return at;
}

static uint64_t count_lines(text t) {
    uint64_t count = 0;
    for (size_t at; text_find_byte(t, '\n', &at); t = text_slice(t, at + 1, t.count)) count++;
    return count;
}

enum { DROP_END, DROP_CLOSE, DROP_RESET, DROP_FAREWELL, DROP_KINDS };

static void release_locked(fake_x *x, channel *c, uint64_t owner) {
    if (c->owner != owner) return;
    c->owner = 0;
    x->counts.open--;
}

typedef struct {
    channel *channel;
    fake_wire *wire;
    uint64_t owner;
    size_t began; /* Where this connection began to send. */
} sending;

/* Breaks off inside of the line that holds the next drop; true: with a reset.  A reset
 * throws away what the client has not read, so all of this connection comes again.  The
 * stream is free before the client can know that it has ended. */
static bool drop(fake_x *x, const sending *s, text lines) {
    static const char farewell[] =
        "{\"errors\":[{\"title\":\"operational-disconnect\",\"disconnect_type\":"
        "\"UpstreamOperationalDisconnect\",\"detail\":\"This stream has been disconnected "
        "upstream for operational reasons.\"}]}\r\n";
    channel *c = s->channel;
    size_t from = c->at;
    (void)pthread_mutex_lock(&x->lock);
    size_t to = x->drop_at[c->next_drop++], begin = line_begin(lines, to);
    uint64_t kind = random_below(&x->random, DROP_KINDS);
    uint64_t again = random_below(&x->random, (uint64_t)x->options.replay_lines + 1);
    x->counts.drops++;
    c->at = lines_back(lines, begin, again);
    if (kind == DROP_RESET && s->began < c->at) c->at = s->began;
    release_locked(x, c, s->owner);
    (void)pthread_mutex_unlock(&x->lock);
    bool is_cut = kind == DROP_CLOSE || kind == DROP_RESET;
    (void)send_chunk(s->wire, lines.bytes + from, (is_cut ? to : begin) - from);
    if (kind == DROP_FAREWELL) (void)send_chunk(s->wire, farewell, sizeof farewell - 1);
    if (!is_cut) (void)send_text(s->wire, "0\r\n\r\n");
    return kind == DROP_RESET;
}

static void pace(const fake_x *x, uint64_t lines) {
    uint32_t rate = x->options.lines_a_second;
    if (rate == 0) return;
    uint64_t wait_ns = lines * 1000000000u / rate;
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / 1000000000u),
                            .tv_nsec = (long)(wait_ns % 1000000000u)};
    (void)nanosleep(&wait, NULL);
}

/* The end of what is sent next: whole lines, before the next drop. */
static size_t chunk_end(const fake_x *x, text lines, size_t at) {
    size_t most = x->options.lines_a_second > 0 ? CHUNK_BYTES / 16 : CHUNK_BYTES;
    size_t end = line_begin(lines, at + most < lines.count ? at + most : lines.count);
    if (end > at) return end;
    const char *newline = memchr(lines.bytes + at, '\n', lines.count - at);
    return newline == NULL ? lines.count : (size_t)(newline - lines.bytes) + 1;
}

/* True: it is to be closed with a reset. */
static bool send_lines(fake_x *x, const sending *s, text lines, bool may_drop) {
    channel *c = s->channel;
    while (c->at < lines.count && !atomic_load(&x->is_stopped)) {
        size_t end = chunk_end(x, lines, c->at);
        if (may_drop && c->next_drop < x->options.drops && x->drop_at[c->next_drop] < end)
            return drop(x, s, lines);
        if (!send_chunk(s->wire, lines.bytes + c->at, end - c->at)) {
            c->at = s->began; /* Who knows what it has read. */
            return true;
        }
        uint64_t sent = count_lines(text_slice(lines, c->at, end));
        c->at = end;
        (void)pthread_mutex_lock(&x->lock);
        x->counts.lines_sent += sent;
        (void)pthread_mutex_unlock(&x->lock);
        pace(x, sent);
    }
    keep_alive(x, s->wire);
    return false;
}

/* True: to be closed with a reset. */
static bool serve_stream(fake_x *x, fake_wire *w, const char *target) {
    char path[96], headers[256];
    const char *partition = strstr(target, "partition=");
    bool has_posts = strstr(target, "/compliance/") == NULL;
    (void)snprintf(path, sizeof path, "%.*s %.12s", (int)strcspn(target, "?"), target,
                   partition == NULL ? "" : partition);
    (void)pthread_mutex_lock(&x->lock);
    channel *c = find_channel(x, path);
    (void)pthread_mutex_unlock(&x->lock);
    sending to = {.channel = c, .wire = w};
    int code = c == NULL ? 503 : take_channel(x, c, &to.owner, headers);
    if (code != 200) {
        text body = code == -429 ? text_of(too_many) : TEXT("{\"title\":\"Too Many Requests\"}");
        send_answer(x, w, code == -429 ? 429 : code, c == NULL ? "" : headers, body);
        return false;
    }
    char more[320];
    (void)snprintf(more, sizeof more, "Transfer-Encoding: chunked\r\n%s", headers);
    bool with_reset = false;
    to.began = c->at;
    if (send_head(x, w, 200, more))
        with_reset =
            send_lines(x, &to, has_posts ? x->options.lines : x->options.events, has_posts);
    (void)pthread_mutex_lock(&x->lock);
    release_locked(x, c, to.owner);
    (void)pthread_mutex_unlock(&x->lock);
    return with_reset;
}

/* ---- Requests ---- */

/* Head and body, as far as its length says; false: none came. */
static bool read_request(fake_wire *w, char *request, text *body) {
    size_t count = 0, wanted = 0;
    char *end = NULL;
    while (count < REQUEST_BYTES - 1 && (end == NULL || count < wanted)) {
        long got = fake_wire_read(w, request + count, REQUEST_BYTES - 1 - count);
        if (got <= 0) return false;
        count += (size_t)got;
        request[count] = '\0';
        if (end != NULL || (end = strstr(request, "\r\n\r\n")) == NULL) continue;
        const char *length = strcasestr(request, "\r\nContent-Length:");
        wanted = (size_t)(end - request) + 4;
        if (length != NULL) wanted += strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    }
    if (end == NULL) return false;
    *body = (text){end + 4, count - (size_t)(end + 4 - request)};
    return true;
}

static bool is_allowed(fake_x *x, const char *request) {
    char line[256];
    (void)snprintf(line, sizeof line, "\r\nAuthorization: Bearer %s\r\n",
                   x->options.token == NULL ? "right-token" : x->options.token);
    bool is = strstr(request, line) != NULL;
    (void)pthread_mutex_lock(&x->lock);
    x->counts.requests++;
    x->counts.unauthorized += !is;
    (void)pthread_mutex_unlock(&x->lock);
    return is;
}

static void serve_rules(fake_x *x, fake_wire *w, bool is_get, const char *target, text body) {
    buffer out = {0};
    (void)pthread_mutex_lock(&x->lock);
    int code = is_get ? fake_rules_list(&x->rules, target, &out)
                      : fake_rules_change(&x->rules, target, body, &out);
    (void)pthread_mutex_unlock(&x->lock);
    send_answer(x, w, code, "", buffer_text(&out));
    buffer_deinit(&out);
}

static bool is_stream(const char *target) {
    static const char *const streams[] = {"tweets/search",     "tweets/sample",
                                          "tweets/sample10",   "tweets/firehose",
                                          "tweets/compliance", "users/compliance"};
    char path[64];
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        (void)snprintf(path, sizeof path, "/2/%s/stream?", streams[i]);
        if (strncmp(target, path, strlen(path)) == 0) return true;
    }
    return false;
}

/* True: to be closed with a reset. */
static bool serve(fake_x *x, fake_wire *w, char *request) {
    static const char rules[] = "/2/tweets/search/stream/rules";
    text body;
    if (!read_request(w, request, &body)) return false;
    bool is_get = strncmp(request, "GET ", 4) == 0;
    if (!is_allowed(x, request)) {
        send_answer(x, w, 401, "",
                    TEXT("{\"title\":\"Unauthorized\",\"type\":\"about:blank\",\"status\":401,"
                         "\"detail\":\"Unauthorized\"}"));
        return false;
    }
    char *target = request + (is_get ? 4 : strcspn(request, " ") + 1);
    target[strcspn(target, " \r")] = '\0';
    if (strncmp(target, rules, sizeof rules - 1) == 0)
        serve_rules(x, w, is_get, target, body);
    else if (is_get && is_stream(target))
        return serve_stream(x, w, target);
    else
        send_answer(x, w, 404, "", TEXT("{\"title\":\"Not Found\"}"));
    return false;
}

static void set_socket(fake_x *x, size_t slot, int fd) {
    (void)pthread_mutex_lock(&x->lock);
    x->sockets[slot] = fd;
    (void)pthread_mutex_unlock(&x->lock);
}

static void *run_connection(void *context) {
    connection *c = context;
    fake_x *x = c->x;
    fake_wire w;
    char *request = malloc(REQUEST_BYTES);
    bool is_open = fake_wire_open(&w, x->sockets[c->slot], x->options.tls);
    bool with_reset = is_open && request != NULL && serve(x, &w, request);
    set_socket(x, c->slot, -1); /* Before its number is another's. */
    if (is_open) fake_wire_close(&w, with_reset);
    free(request);
    free(c);
    return NULL;
}

static bool begin_connection(fake_x *x, int fd) {
    connection *c = malloc(sizeof *c);
    if (c == NULL) return false;
    *c = (connection){x, x->thread_count};
    set_socket(x, c->slot, fd);
    if (pthread_create(&x->threads[x->thread_count], NULL, run_connection, c) == 0) {
        x->thread_count++;
        return true;
    }
    set_socket(x, c->slot, -1);
    free(c);
    return false;
}

static void *accept_all(void *context) {
    fake_x *x = context;
    while (x->thread_count < THREADS_MAX) {
        int fd = accept(x->listener, NULL, NULL);
        if (fd < 0 || atomic_load(&x->is_stopped)) {
            if (fd >= 0) (void)close(fd);
            break;
        }
        /* Whom it cannot serve it does not let wait. */
        if (!begin_connection(x, fd)) (void)close(fd);
    }
    return NULL;
}

/* ---- Life ---- */

static int compare_sizes(const void *a, const void *b) {
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return left < right ? -1 : left > right;
}

static bool plan_drops(fake_x *x) {
    const fake_x_options *o = &x->options;
    if (o->drops == 0 || o->lines.count == 0) return o->drops == 0;
    x->drop_at = calloc(o->drops, sizeof x->drop_at[0]);
    if (x->drop_at == NULL) return false;
    for (uint32_t i = 0; i < o->drops; i++)
        x->drop_at[i] = (size_t)random_below(&x->random, o->lines.count);
    qsort(x->drop_at, o->drops, sizeof x->drop_at[0], compare_sizes);
    return true;
}

fake_x *fake_x_start(const fake_x_options *o) {
    uint16_t port = 0;
    fake_x *x = calloc(1, sizeof(*x));
    if (x == NULL) return NULL;
    x->options = *o;
    x->clock = o->clock == NULL ? clock_real() : o->clock;
    x->random = (random_source){o->seed + 1};
    (void)pthread_mutex_init(&x->lock, NULL);
    x->listener = fake_listen(o->address, o->port, &port);
    x->port = port;
    (void)snprintf(x->url, sizeof x->url, "%s://%s:%u", o->tls == NULL ? "http" : "https",
                   o->address == NULL ? "127.0.0.1" : o->address, port);
    if (x->listener >= 0 && plan_drops(x) && pthread_create(&x->acceptor, NULL, accept_all, x) == 0)
        return x;
    free(x->drop_at);
    free(x);
    return NULL;
}

void fake_x_stop(fake_x *x) {
    if (x == NULL) return;
    atomic_store(&x->is_stopped, true);
    (void)shutdown(x->listener, SHUT_RDWR);
    (void)pthread_join(x->acceptor, NULL);
    (void)close(x->listener);
    (void)pthread_mutex_lock(&x->lock);
    for (size_t i = 0; i < x->thread_count; i++)
        if (x->sockets[i] >= 0) (void)shutdown(x->sockets[i], SHUT_RDWR);
    (void)pthread_mutex_unlock(&x->lock);
    for (size_t i = 0; i < x->thread_count; i++) (void)pthread_join(x->threads[i], NULL);
    (void)pthread_mutex_destroy(&x->lock);
    free(x->drop_at);
    free(x);
}

const char *fake_x_url(const fake_x *x) {
    return x->url;
}

uint16_t fake_x_port(const fake_x *x) {
    return x->port;
}

void fake_x_get_counts(fake_x *x, fake_x_counts *result) {
    (void)pthread_mutex_lock(&x->lock);
    *result = x->counts;
    (void)pthread_mutex_unlock(&x->lock);
}
