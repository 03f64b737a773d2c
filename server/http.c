/* SPDX-License-Identifier: MIT */
/* http -- see http.h.
 *
 * What the library asks of us (0.9.75 and 1.0.1): a connection is paused only from
 * its own thread; resuming takes effect later, on that thread; stopping while one is
 * paused aborts the program.  A paused socket is not watched, so a client that has
 * gone is noticed at the next write. */
#include "server/http.h"

#include "server/http_raw.h"
#include "server/problem.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    POOL_BYTES = 16384, /* A connection; 15 KB a live stream, measured. */
    STREAM_BLOCK = 2048,
    IDLE_S = 30,
    HEADER_US = 10 * 1000000,      /* For the first request's header to come. */
    NEXT_HEADER_US = 40 * 1000000, /* For the next one's, idle time included. */
    BODY_US = 30 * 1000000,
    BODY_SPARE = 64,
    BODIES_BYTES_MAX = 64 << 20, /* Of large bodies that are on their way, together. */
    NOT_SENT_LOW = 16384,
    USER_TIMEOUT_MS = 30000,
    LISTEN_BACKLOG = 1024,
};

/* A connection, from accept to close. */
typedef struct peer peer;
struct peer {
    peer *previous, *next;
    int socket;
    int64_t due_us; /* When a header or a body must have come; 0: none is awaited. */
    unsigned char address[16];
};

struct http_server {
    http_options options;
    struct MHD_Daemon *daemon;
    int socket;
    uint16_t port;
    pthread_mutex_t lock; /* Of the list of peers. */
    peer *peers;
    _Atomic uint32_t requests, connections; /* Begun and not ended. */
    _Atomic uint64_t answers[6], bytes;
    _Atomic uint64_t bodies_bytes; /* Of large bodies, on their way or not yet taken. */
};

struct http_request {
    http_server *server;
    struct MHD_Connection *connection;
    uintptr_t raw_target; /* Where the library showed it. */
    char *target;
    text path, query;
    buffer body;
    uint64_t body_bytes; /* That its header promises. */
    unsigned method, allowed;
    bool was_judged, is_deferred;
    struct MHD_Response *answer; /* Set once, then queued by the server's thread. */
    unsigned code;
};

struct http_pipe {
    struct MHD_Connection *connection;
    http_stream stream;
    int socket;
};

/* ---- Answers ---- */

static const char *const security_headers[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
     "connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
     "form-action 'none'; require-trusted-types-for 'script'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Robots-Tag", "noindex, nofollow"}, /* Other people's words are not for search engines. */
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"X-Frame-Options", "DENY"},
    {"Vary", "Accept, Accept-Encoding"},
};

static void add_header(struct MHD_Response *response, const char *name, const char *value) {
    if (value != NULL) (void)MHD_add_response_header(response, name, value);
}

static void add_security_headers(struct MHD_Response *response) {
    for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++)
        add_header(response, security_headers[i][0], security_headers[i][1]);
}

static void release_body(void *context) {
    shared_bytes_release(context);
}

/* The bytes are never written to; the library's older interface wants them so. */
static void *unconst(const char *bytes) {
    union {
        const char *constant;
        void *pointer;
    } u = {.constant = bytes};
    return u.pointer;
}

static struct MHD_Response *response_of(const http_answer *a) {
    if (a->body == NULL)
        return MHD_create_response_from_buffer(a->fixed.count, unconst(a->fixed.bytes),
                                               MHD_RESPMEM_PERSISTENT);
    text bytes = shared_bytes_text(a->body);
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        bytes.count, unconst(bytes.bytes), release_body, a->body);
    if (response == NULL) shared_bytes_release(a->body);
    return response;
}

/* A field that finds no memory is left out. */
static void add_limits(struct MHD_Response *response, const http_answer *a) {
    static const struct {
        const char *name;
        void (*put)(buffer *out, const rate_limit *limits, size_t count);
    } fields[] = {{"RateLimit-Policy", rate_limit_put_policy}, {"RateLimit", rate_limit_put_left}};
    for (size_t i = 0; a->limit_count > 0 && i < sizeof fields / sizeof fields[0]; i++) {
        buffer value = {0};
        fields[i].put(&value, a->limits, a->limit_count);
        buffer_add_byte(&value, '\0');
        if (!value.failed) add_header(response, fields[i].name, value.bytes);
        buffer_deinit(&value);
    }
}

static void add_answer_headers(struct MHD_Response *response, const http_answer *a) {
    char seconds[16];
    add_security_headers(response);
    add_header(response, "Content-Type", a->type);
    add_header(response, "Content-Encoding", a->encoding);
    add_header(response, "ETag", a->etag);
    add_header(response, "Location", a->location);
    add_header(response, "Set-Cookie", a->set_cookie);
    add_header(response, "Allow", a->allow);
    add_header(response, "Content-Disposition", a->disposition);
    const char *initial = a->etag != NULL ? "no-cache" : "no-store";
    add_header(response, "Cache-Control", a->max_age != NULL ? a->max_age : initial);
    if (a->close) add_header(response, "Connection", "close");
    if (a->status == 401) add_header(response, "WWW-Authenticate", "Bearer realm=\"dunlin\"");
    if (a->retry_after_s > 0) {
        (void)snprintf(seconds, sizeof seconds, "%u", a->retry_after_s);
        add_header(response, "Retry-After", seconds);
    }
    add_limits(response, a);
}

/* The answer is ready: queued on return of the handler, or after the resume.  A
 * response that could not be made (NULL) closes the connection. */
static void finish(http_request *r, struct MHD_Response *response, unsigned code) {
    assert(r->answer == NULL);
    r->answer = response;
    r->code = response == NULL ? 0 : code;
    if (r->is_deferred) MHD_resume_connection(r->connection); /* r may be gone from here on. */
}

static void count_answer(http_server *s, unsigned code, size_t bytes) {
    atomic_fetch_add_explicit(&s->answers[code / 100 % 6], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->bytes, bytes, memory_order_relaxed);
}

void http_reply(http_request *r, const http_answer *a) {
    size_t bytes = a->body != NULL ? shared_bytes_text(a->body).count : a->fixed.count;
    struct MHD_Response *response = response_of(a);
    if (response != NULL) add_answer_headers(response, a);
    count_answer(r->server, a->status, bytes);
    finish(r, response, a->status);
}

static void reply_problem_with(http_request *r, const char *detail, http_answer a) {
    buffer body = {0};
    problem_write(&body, a.status, detail, r->path, NULL);
    a.type = PROBLEM_TYPE;
    a.allow = a.status == 405 ? gate_allow_text(r->allowed) : NULL;
    a.retry_after_s = a.status == 503 || a.status == 429 ? 1 : 0;
    a.body = shared_bytes_take(&body);
    http_reply(r, &a);
}

static void reply_problem(http_request *r, unsigned code, const char *detail, bool close) {
    reply_problem_with(r, detail, (http_answer){.status = code, .close = close});
}

/* problem+json (RFC 9457) of a status without parameters. */
static void http_reply_problem(http_request *r, unsigned code, const char *detail) {
    reply_problem(r, code, detail, false);
}

void http_defer(http_request *r) {
    r->is_deferred = true;
    MHD_suspend_connection(r->connection);
}

/* ---- Streams ---- */

static ssize_t read_stream(void *context, uint64_t position, char *out, size_t bytes_max) {
    http_pipe *p = context;
    bool ended = false;
    (void)position;
    size_t count = p->stream.read(p->stream.context, p, out, bytes_max, &ended);
    if (count == 0 && ended) return MHD_CONTENT_READER_END_OF_STREAM;
    return (ssize_t)count;
}

static void close_stream(void *context) {
    http_pipe *p = context;
    p->stream.close(p->stream.context);
    free(p);
}

static int socket_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

void http_reply_stream(http_request *r, const char *type, const http_stream *s) {
    struct MHD_Response *response = NULL;
    http_pipe *p = calloc(1, sizeof *p);
    if (p != NULL) {
        *p = (http_pipe){r->connection, *s, socket_of(r->connection)};
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, p,
                                                     close_stream);
    }
    if (response == NULL) {
        s->close(s->context);
        free(p);
        finish(r, NULL, 0);
        return;
    }
    add_security_headers(response);
    add_header(response, "Content-Type", type);
    add_header(response, "Cache-Control", "no-store");
    add_header(response, "X-Accel-Buffering", "no"); /* nginx: pass it on at once. */
    count_answer(r->server, 200, 0);
    finish(r, response, 200);
}

void http_pause(http_pipe *p) {
    MHD_suspend_connection(p->connection);
}

void http_resume(http_pipe *p) {
    MHD_resume_connection(p->connection);
}

void http_cut(http_pipe *p) {
    (void)shutdown(p->socket, SHUT_RDWR);
}

/* ---- Requests ---- */

text http_path(const http_request *r) {
    return r->path;
}

text http_query(const http_request *r) {
    return r->query;
}

unsigned http_method(const http_request *r) {
    return r->method;
}

text http_body(const http_request *r) {
    return buffer_text(&r->body);
}

/* It no longer counts among those on their way. */
static void let_body_go(http_request *r) {
    if (r->body_bytes > BODY_BYTES_MAX) atomic_fetch_sub(&r->server->bodies_bytes, r->body_bytes);
    r->body_bytes = 0;
}

buffer http_take_body(http_request *r) {
    buffer body = r->body;
    r->body = (buffer){0};
    let_body_go(r);
    return body;
}

text http_header(const http_request *r, const char *name) {
    return text_of(MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

static peer *peer_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

void http_address(const http_request *r, unsigned char address[16]) {
    const peer *p = peer_of(r->connection);
    memset(address, 0, 16);
    if (p != NULL) memcpy(address, p->address, 16);
}

static void *begin_request(void *context, const char *target, struct MHD_Connection *connection) {
    size_t mark;
    http_request *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    *r = (http_request){.server = context,
                        .connection = connection,
                        .raw_target = (uintptr_t)target,
                        .target = strdup(target)};
    if (r->target == NULL) {
        free(r);
        return NULL;
    }
    text whole = text_of(r->target);
    if (!text_find_byte(whole, '?', &mark)) mark = whole.count;
    r->path = text_slice(whole, 0, mark);
    r->query = text_slice(whole, mark + 1, whole.count);
    atomic_fetch_add(&r->server->requests, 1);
    return r;
}

/* 0: nothing is waited for. */
static void set_deadline(http_server *s, struct MHD_Connection *connection, int64_t in_us) {
    peer *p = peer_of(connection);
    if (p == NULL) return;
    (void)pthread_mutex_lock(&s->lock);
    p->due_us = in_us == 0 ? 0 : s->options.clock->ticks_us(s->options.clock) + in_us;
    (void)pthread_mutex_unlock(&s->lock);
}

static void end_request(void *context, struct MHD_Connection *connection, void **request,
                        enum MHD_RequestTerminationCode code) {
    http_server *s = context;
    http_request *r = *request;
    (void)code;
    set_deadline(s, connection, NEXT_HEADER_US);
    if (r == NULL) return;
    atomic_fetch_sub(&s->requests, 1);
    let_body_go(r);
    if (r->answer != NULL) MHD_destroy_response(r->answer);
    buffer_deinit(&r->body);
    free(r->target);
    free(r);
    *request = NULL;
}

/* "?token=T" once: the cookie is set, and the address is shown without it. */
static bool take_query_token(http_request *r) {
    buffer location = {0}, cookie = {0};
    text token = {NULL, 0}, rest = r->query;
    bool found = false;
    char separator = '?';
    buffer_add(&location, r->path);
    while (rest.count > 0) {
        size_t end;
        if (!text_find_byte(rest, '&', &end)) end = rest.count;
        text pair = text_slice(rest, 0, end);
        rest = text_slice(rest, end + 1, rest.count);
        if (text_starts_with(pair, TEXT("token="))) {
            token = text_slice(pair, 6, pair.count);
            found = guard_is_token(r->server->options.guard, token);
            continue;
        }
        buffer_add_byte(&location, separator);
        buffer_add(&location, pair);
        separator = '&';
    }
    buffer_add_format(&cookie, "%s=%.*s; HttpOnly; SameSite=Strict; Path=/", TOKEN_COOKIE,
                      (int)token.count, token.bytes);
    buffer_add_byte(&cookie, '\0');
    buffer_add_byte(&location, '\0');
    /* "//host" would lead elsewhere. */
    if (text_starts_with(r->path, TEXT("//"))) found = false;
    if (found && !location.failed && !cookie.failed)
        http_reply(r, &(http_answer){
                          .status = 303, .location = location.bytes, .set_cookie = cookie.bytes});
    buffer_deinit(&location);
    buffer_deinit(&cookie);
    return found;
}

/* True when the request may go on; else it has its answer. */
static bool is_authorized(http_request *r) {
    guard *g = r->server->options.guard;
    if (text_equal(r->path, TEXT("/healthz"))) return true;
    if (guard_ask(g, http_header(r, "Authorization"), http_header(r, "Cookie")) == GUARD_PASSES)
        return true;
    if (!take_query_token(r)) http_reply_problem(r, 401, "A token is needed here.");
    return false;
}

/* True when the request may go on; else it has its answer. */
static bool may_push(http_request *r) {
    switch (guard_ask_push(r->server->options.guard, http_header(r, "Authorization"))) {
    case GUARD_PASSES: return true;
    case GUARD_UNKNOWN:
        reply_problem(r, 401, "The token of --push-token-file is needed here.", true);
        return false;
    case GUARD_READS_ONLY:
        reply_problem(r, 403, "This token is for reading; pushing takes that of --push-token-file.",
                      true);
        return false;
    case GUARD_NO_PUSH:
        reply_problem(r, 403,
                      "Nothing can be pushed here: start the server with --push-token-file FILE.",
                      true);
        return false;
    }
    return false;
}

/* Of http_address: an IPv4 address is its first four bytes, or mapped into the last. */
static bool is_near(const http_request *r) {
    static const unsigned char zeros[16], one[16] = {[15] = 1},
                                          mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    unsigned char a[16];
    http_address(r, a);
    if (a[0] == 127 && memcmp(a + 4, zeros, 12) == 0) return true;
    return memcmp(a, one, 16) == 0 || (memcmp(a, mapped, 12) == 0 && a[12] == 127);
}

/* What changes the past asks for more than reading does, wherever that is possible. */
static bool may_fix(http_request *r) {
    guard *g = r->server->options.guard;
    if (guard_has_push(g)) return may_push(r);
    if (!is_authorized(r)) return false;
    if (guard_has_token(g) || is_near(r)) return true;
    reply_problem(r, 403,
                  "From another machine this takes a token: start the server with "
                  "--push-token-file FILE.",
                  true);
    return false;
}

/* Before the body is read.  True when there is room for it; else it has its answer. */
static bool has_room(http_request *r, uint64_t body_bytes) {
    _Atomic uint64_t *all = &r->server->bodies_bytes;
    if (body_bytes <= BODY_BYTES_MAX) return true;
    r->body_bytes = body_bytes;
    uint64_t before = atomic_fetch_add(all, body_bytes);
    if (before + body_bytes <= BODIES_BYTES_MAX) return true;
    const rate_limit limit = {"bodies", "content-bytes", BODIES_BYTES_MAX,
                              before < BODIES_BYTES_MAX ? BODIES_BYTES_MAX - before : 0};
    reply_problem_with(
        r, "Too many large bodies come at a time.",
        (http_answer){.status = 429, .close = true, .limits = &limit, .limit_count = 1});
    return false;
}

/* True when the request may go on; else it has its answer. */
static bool pass_gate(http_request *r, const char *method) {
    const http_options *o = &r->server->options;
    const http_way way = o->way(o->context, r->path);
    gate_request g = {.method = text_of(method),
                      .target = text_of(r->target),
                      .allowed = way.methods,
                      .types = way.types,
                      .body_bytes_max = way.body_bytes_max};
    r->method = gate_method(g.method);
    r->allowed = way.methods;
    http_raw_read(r->connection, r->raw_target, &g);
    refusal no = guard_judge(o->guard, &g);
    if (no.status != 0) {
        reply_problem(r, no.status, no.detail, true);
        return false;
    }
    bool changes = (r->method & METHODS_CHANGING) != 0;
    bool may = changes && way.takes_push  ? may_push(r)
               : changes && way.takes_fix ? may_fix(r)
                                          : is_authorized(r);
    return may && has_room(r, gate_body_bytes(&g));
}

static enum MHD_Result queue_answer(http_request *r) {
    if (r->answer == NULL) return MHD_NO; /* Out of memory: the connection is closed. */
    enum MHD_Result result = MHD_queue_response(r->connection, r->code, r->answer);
    MHD_destroy_response(r->answer);
    r->answer = NULL;
    return result;
}

/* The gate has seen its length; false closes the connection. */
static bool add_body(http_request *r, const char *bytes, size_t count) {
    uint64_t most = r->body_bytes > 0 ? r->body_bytes : BODY_BYTES_MAX;
    if (r->body.count + count > most) return false;
    /* At once, and with what a reader wants behind it: a large one is not moved. */
    if (r->body_bytes > 0 && !buffer_reserve(&r->body, (size_t)(most - r->body.count) + BODY_SPARE))
        return false;
    buffer_add(&r->body, (text){bytes, count});
    return !r->body.failed;
}

/* The library calls this when the header is complete, again when the body would be,
 * and again after a resume. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *body,
                              size_t *body_bytes, void **request) {
    http_server *s = context;
    http_request *r = *request;
    (void)url, (void)version;
    if (r == NULL) return MHD_NO;
    if (r->is_deferred) return queue_answer(r);
    if (!r->was_judged) {
        r->was_judged = true;
        set_deadline(s, connection, BODY_US);
        return pass_gate(r, method) ? MHD_YES : queue_answer(r);
    }
    if (*body_bytes > 0) {
        bool has_room = add_body(r, body, *body_bytes);
        *body_bytes = 0;
        return has_room ? MHD_YES : MHD_NO;
    }
    set_deadline(s, connection, 0);
    s->options.handle(s->options.context, r);
    return r->is_deferred ? MHD_YES : queue_answer(r);
}

/* ---- Connections ---- */

static void copy_address(struct MHD_Connection *connection, unsigned char address[16]) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL) return;
    if (info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, info->client_addr, sizeof four);
        memcpy(address, &four.sin_addr, 4);
    } else if (info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, info->client_addr, sizeof six);
        memcpy(address, &six.sin6_addr, 16);
    }
}

static void open_peer(http_server *s, struct MHD_Connection *connection, void **socket_context) {
    const int low = NOT_SENT_LOW, timeout = USER_TIMEOUT_MS;
    peer *p = calloc(1, sizeof *p);
    if (p == NULL) return; /* It is served, but has no deadline. */
    p->socket = socket_of(connection);
    p->due_us = s->options.clock->ticks_us(s->options.clock) + HEADER_US;
    copy_address(connection, p->address);
    (void)setsockopt(p->socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof low);
    (void)setsockopt(p->socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    (void)pthread_mutex_lock(&s->lock);
    p->next = s->peers;
    if (p->next != NULL) p->next->previous = p;
    s->peers = p;
    (void)pthread_mutex_unlock(&s->lock);
    *socket_context = p;
}

static void close_peer(http_server *s, peer *p) {
    (void)pthread_mutex_lock(&s->lock);
    if (p->next != NULL) p->next->previous = p->previous;
    *(p->previous != NULL ? &p->previous->next : &s->peers) = p->next;
    (void)pthread_mutex_unlock(&s->lock);
    free(p);
}

static void see_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                           enum MHD_ConnectionNotificationCode code) {
    http_server *s = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        atomic_fetch_add(&s->connections, 1);
        open_peer(context, connection, socket_context);
        return;
    }
    atomic_fetch_sub(&s->connections, 1);
    if (*socket_context != NULL) {
        close_peer(context, *socket_context);
        *socket_context = NULL;
    }
}

void http_tick(http_server *s) {
    int64_t now = s->options.clock->ticks_us(s->options.clock);
    (void)pthread_mutex_lock(&s->lock);
    for (peer *p = s->peers; p != NULL; p = p->next) {
        if (p->due_us == 0 || p->due_us > now) continue;
        (void)shutdown(p->socket, SHUT_RDWR); /* The library sees it and closes. */
        p->due_us = 0;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- Listening ---- */

static bool address_from(const char *bind_to, uint16_t port, struct sockaddr_storage *address,
                         socklen_t *bytes) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, bind_to, &four.sin_addr) == 1) {
        memcpy(address, &four, *bytes = sizeof four);
        return true;
    }
    if (inet_pton(AF_INET6, bind_to, &six.sin6_addr) != 1) return false;
    memcpy(address, &six, *bytes = sizeof six);
    return true;
}

static uint16_t bound_port(int socket) {
    struct sockaddr_storage address = {0};
    struct sockaddr_in6 six;
    socklen_t bytes = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &bytes) != 0) return 0;
    memcpy(&six, &address, sizeof six); /* The port is at the same place in both. */
    return ntohs(six.sin6_port);
}

/* NULL, or why it cannot listen. */
static const char *listen_on(http_server *s) {
    struct sockaddr_storage address;
    socklen_t bytes;
    const int on = 1;
    if (!address_from(s->options.bind, s->options.port, &address, &bytes))
        return "not an IPv4 or IPv6 address";
    s->socket = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->socket < 0) return "no socket can be made";
    (void)setsockopt(s->socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s->socket, (struct sockaddr *)&address, bytes) != 0) {
        if (errno == EADDRINUSE) return "the port is in use";
        return errno == EACCES ? "the port is not allowed to this user"
                               : "the address is not one of this machine";
    }
    if (listen(s->socket, LISTEN_BACKLOG) != 0) return "it cannot listen";
    s->port = bound_port(s->socket);
    return NULL;
}

static struct MHD_Daemon *start_daemon(http_server *s) {
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, s,
        MHD_OPTION_LISTEN_SOCKET, s->socket, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->options.connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, begin_request, s, MHD_OPTION_NOTIFY_COMPLETED, end_request, s,
        MHD_OPTION_NOTIFY_CONNECTION, see_connection, s, MHD_OPTION_END);
}

status http_open(const http_options *o, http_server **result, const char **why) {
    http_server *s = calloc(1, sizeof *s);
    *result = NULL;
    *why = status_text(STATUS_NO_MEMORY);
    if (s == NULL) return STATUS_NO_MEMORY;
    s->options = *o;
    s->socket = -1;
    (void)pthread_mutex_init(&s->lock, NULL);
    *why = listen_on(s);
    if (*why == NULL && (s->daemon = start_daemon(s)) == NULL) *why = "the server cannot start";
    if (*why != NULL) {
        http_close(s);
        return STATUS_CANNOT_OPEN;
    }
    *result = s;
    return STATUS_OK;
}

uint16_t http_port(const http_server *s) {
    return s->port;
}

uint32_t http_request_count(http_server *s) {
    return atomic_load(&s->requests);
}

void http_get_counts(const http_request *r, http_counts *result) {
    http_server *s = r->server;
    for (size_t i = 0; i < 6; i++) result->answers[i] = atomic_load(&s->answers[i]);
    result->bytes = atomic_load(&s->bytes);
    result->connections = atomic_load(&s->connections);
    result->requests = atomic_load(&s->requests);
}

const char *http_library(void) {
    return MHD_get_version();
}

void http_quiesce(http_server *s) {
    if (s->socket < 0) return;
    (void)MHD_quiesce_daemon(s->daemon);
    (void)close(s->socket);
    s->socket = -1;
}

void http_close(http_server *s) {
    if (s == NULL) return;
    if (s->daemon != NULL) {
        http_quiesce(s);
        MHD_stop_daemon(s->daemon);
    } else if (s->socket >= 0) {
        (void)close(s->socket);
    }
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}
