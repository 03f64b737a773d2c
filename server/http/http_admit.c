/* SPDX-License-Identifier: MIT */
/* Who is let in: the gate, the tokens, room for the body. */
#include "server/http/http_internal.h"

#include <string.h>

#include "server/http/http_raw.h"

enum { BODIES_BYTES_MAX = 64 << 20 }; /* Of large bodies that are on their way, together. */

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
    if (!take_query_token(r)) http_refuse(r, 401, "A token is needed here.", false);
    return false;
}

/* True when the request may go on; else it has its answer. */
static bool may_push(http_request *r) {
    switch (guard_ask_push(r->server->options.guard, http_header(r, "Authorization"))) {
    case GUARD_PASSES: return true;
    case GUARD_UNKNOWN:
        http_refuse(r, 401, "The token of --push-token-file is needed here.", true);
        return false;
    case GUARD_READS_ONLY:
        http_refuse(r, 403, "This token is for reading; pushing takes that of --push-token-file.",
                    true);
        return false;
    case GUARD_NO_PUSH:
        http_refuse(r, 403,
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
    http_refuse(r, 403,
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
    http_refuse_with(
        r, "Too many large bodies come at a time.",
        (http_answer){.status = 429, .close = true, .limits = &limit, .limit_count = 1});
    return false;
}

/* The header's value lives as long as the request. */
static void see_origin(http_request *r) {
    guard *g = r->server->options.guard;
    r->is_by_origin = text_starts_with(r->path, TEXT("/api/")) && guard_has_origins(g);
    if (!r->is_by_origin || (r->method & METHODS_READING) == 0) return;
    text origin = http_header(r, "Origin");
    if (origin.count > 0 && guard_may_read(g, origin)) r->reader = origin.bytes;
}

/* A browser asks before it sends a token; what it is told is no secret. */
static bool is_preflight(const http_request *r) {
    return r->reader != NULL && r->method == METHOD_OPTIONS;
}

bool http_admit(http_request *r, const char *method) {
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
        http_refuse(r, no.status, no.detail, true);
        return false;
    }
    see_origin(r);
    bool changes = (r->method & METHODS_CHANGING) != 0;
    bool may = changes && way.takes_push  ? may_push(r)
               : changes && way.takes_fix ? may_fix(r)
                                          : is_preflight(r) || is_authorized(r);
    return may && has_room(r, gate_body_bytes(&g));
}
