/* SPDX-License-Identifier: MIT */
/* http -- see http.h.
 *
 * What the library asks of us (0.9.75 and 1.0.1): a connection is paused only from
 * its own thread; resuming takes effect later, on that thread; stopping while one is
 * paused aborts the program.  A paused socket is not watched, so a client that has
 * gone is noticed at the next write. */
#include "server/http/http_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/http/listener.h"
#include "server/http/problem.h"

enum {
    POOL_BYTES = 16384, /* A connection; 15 KB a live stream, measured. */
    STREAM_BLOCK = 2048,
    IDLE_S = 30,
    NEXT_HEADER_US = 40 * 1000000, /* For the next header to come, idle time included. */
    BODY_US = 30 * 1000000,
    BODY_SPARE = 64,
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

/* Cross-origin reading (the Fetch standard's CORS protocol), without cookies. */
static void add_cors_headers(struct MHD_Response *response, const http_request *r) {
    if (r->is_by_origin) add_header(response, "Vary", "Origin");
    if (r->reader == NULL) return;
    add_header(response, "Access-Control-Allow-Origin", r->reader);
    add_header(response, "Access-Control-Expose-Headers",
               "ETag, Retry-After, RateLimit, RateLimit-Policy");
    if (r->method != METHOD_OPTIONS) return;
    add_header(response, "Access-Control-Allow-Methods", "GET, HEAD");
    add_header(response, "Access-Control-Allow-Headers", "Authorization");
    add_header(response, "Access-Control-Max-Age", "600");
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
    if (response != NULL) {
        add_answer_headers(response, a);
        add_cors_headers(response, r);
    }
    count_answer(r->server, a->status, bytes);
    finish(r, response, a->status);
}

void http_refuse_with(http_request *r, const char *detail, http_answer a) {
    buffer body = {0};
    problem_write(&body, a.status, detail, r->path, NULL);
    a.type = PROBLEM_TYPE;
    a.allow = a.status == 405 ? gate_allow_text(r->allowed) : NULL;
    a.retry_after_s = a.status == 503 || a.status == 429 ? 1 : 0;
    a.body = shared_bytes_take(&body);
    http_reply(r, &a);
}

void http_refuse(http_request *r, unsigned code, const char *detail, bool close) {
    http_refuse_with(r, detail, (http_answer){.status = code, .close = close});
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

void http_reply_stream(http_request *r, const char *type, const http_stream *s) {
    struct MHD_Response *response = NULL;
    http_pipe *p = calloc(1, sizeof *p);
    if (p != NULL) {
        *p = (http_pipe){r->connection, *s, http_socket_of(r->connection)};
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
    add_cors_headers(response, r);
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

static void end_request(void *context, struct MHD_Connection *connection, void **request,
                        enum MHD_RequestTerminationCode code) {
    http_server *s = context;
    http_request *r = *request;
    (void)code;
    http_peer_await(s, connection, NEXT_HEADER_US);
    if (r == NULL) return;
    atomic_fetch_sub(&s->requests, 1);
    let_body_go(r);
    if (r->answer != NULL) MHD_destroy_response(r->answer);
    buffer_deinit(&r->body);
    free(r->target);
    free(r);
    *request = NULL;
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
        http_peer_await(s, connection, BODY_US);
        return http_admit(r, method) ? MHD_YES : queue_answer(r);
    }
    if (*body_bytes > 0) {
        bool has_room = add_body(r, body, *body_bytes);
        *body_bytes = 0;
        return has_room ? MHD_YES : MHD_NO;
    }
    http_peer_await(s, connection, 0);
    s->options.handle(s->options.context, r);
    return r->is_deferred ? MHD_YES : queue_answer(r);
}

/* ---- Life ---- */

static struct MHD_Daemon *start_daemon(http_server *s) {
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, s,
        MHD_OPTION_LISTEN_SOCKET, s->socket, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->options.connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, begin_request, s, MHD_OPTION_NOTIFY_COMPLETED, end_request, s,
        MHD_OPTION_NOTIFY_CONNECTION, http_peers_see, s, MHD_OPTION_END);
}

status http_open(const http_options *o, http_server **result, const char **why) {
    http_server *s = calloc(1, sizeof *s);
    *result = NULL;
    *why = status_text(STATUS_NO_MEMORY);
    if (s == NULL) return STATUS_NO_MEMORY;
    s->options = *o;
    (void)pthread_mutex_init(&s->lock, NULL);
    *why = listener_open(o->bind, o->port, &s->socket, &s->port);
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
