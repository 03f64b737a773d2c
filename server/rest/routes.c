/* SPDX-License-Identifier: MIT */
#include "server/http/assets.h"
#include "server/rest/param_docs.h"
#include "server/rest/routes_internal.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- Questions of the table of queries ---- */

static uint32_t seconds_now(const routes *s) {
    return (uint32_t)(s->options.clock->ticks_us(s->options.clock) / 1000000);
}

/* The token of the next page, or nothing. */
static void write_token(const question *q, buffer *out) {
    const routes *s = q->visit.routes;
    buffer name = {0};
    if (q->next.words[0] == 0) return;
    cursor_name_question(http_path(q->visit.request), &q->params, &name);
    if (!name.failed) cursor_write(&s->key, &q->next, buffer_text(&name), seconds_now(s), out);
    buffer_deinit(&name);
}

static bool is_of_tweets(text path) {
    return text_starts_with(path, TEXT("tweets/")) || text_equal(path, TEXT("search"));
}

void envelope_close(const question *q, const moment *m, json_writer *w) {
    const backend *b = q->visit.routes->options.backend;
    buffer token = {0};
    write_token(q, &token);
    envelope_finish(w, &(envelope_facts){.epoch = b->epoch(m),
                                         .newest_ms = b->newest_ms(m),
                                         .next_token = buffer_text(&token),
                                         .has_ids = is_of_tweets(text_of(q->visit.way->path))});
    buffer_deinit(&token);
}

static status write_query(question *q, const moment *m, buffer *out) {
    const query *asked = q->visit.way->query;
    json_writer w = json_to(out);
    q->params.next = &q->next;
    q->params.wrong = &q->wrong;
    if (asked->content_type != NULL) return asked->answer(m, &q->params, &w);
    envelope_begin(&w);
    status result = asked->answer(m, &q->params, &w);
    if (q->fields != 0 && result == STATUS_OK) fields_keep(out, fields_of(asked->path), q->fields);
    envelope_close(q, m, &w);
    return result;
}

/* ---- Asking ---- */

void reply_bad_params(const visit *v, unsigned code, const char *detail,
                      const param_errors *errors) {
    reply_problem(v->request, code, detail, errors);
}

/* True when there is no cursor or a good one; else it has its answer. */
static bool take_cursor(const visit *v, question *q) {
    const routes *s = v->routes;
    buffer name = {0};
    param_errors errors = {0};
    if (q->params.token.count == 0) return true;
    cursor_name_question(http_path(v->request), &q->params, &name);
    cursor_verdict verdict = name.failed ? CURSOR_GONE
                                         : cursor_read(&s->key, q->params.token, buffer_text(&name),
                                                       seconds_now(s), &q->cursor);
    buffer_deinit(&name);
    q->params.cursor = &q->cursor;
    if (verdict == CURSOR_FORGED) {
        param_errors_add(&errors, TEXT("cursor"), "not a next_token of an answer to this question");
        reply_bad_params(v, 400, "A parameter is wrong.", &errors);
    } else if (verdict == CURSOR_GONE) {
        param_errors_add(&errors, TEXT("cursor"), "too old; ask for the first page again");
        reply_bad_params(v, 410, "The page is gone.", &errors);
    }
    return verdict == CURSOR_GOOD;
}

static bool read_params(const visit *v, question *q, param_errors *e) {
    const route *way = v->way;
    unsigned takes = way->params | ((way->params & PARAM_PRESET) != 0 ? QUERY_WINDOW : 0);
    (void)params_read(http_query(v->request), takes, way->query != NULL ? way->query->sorts : NULL,
                      &q->params, q->texts, e);
    if (q->params.fields.count > 0)
        (void)fields_read(q->params.fields, fields_of(way->path), &q->fields, e);
    if ((takes & QUERY_ID) != 0 && !text_to_u64(v->id, &q->params.id))
        param_errors_add(e, TEXT("id"), "must be a decimal number");
    if ((way->params & PARAM_PRESET) != 0 && q->params.window == WINDOW_GIVEN)
        param_errors_add(e, TEXT("start"), "not here; use window");
    return e->count == 0;
}

void ask_worker(const visit *v) {
    question *q = question_new(v);
    param_errors errors = {0};
    if (q == NULL) return;
    bool good = read_params(v, q, &errors);
    if (good && take_cursor(v, q)) {
        questions_ask(v->routes->questions, q);
        return;
    }
    if (!good) reply_bad_params(v, 400, "A parameter is wrong.", &errors);
    question_free(q);
}

/* ---- Dispatch ---- */

static const route for_queries = {.base = API_BASE,
                                  .methods = METHOD_GET | METHOD_HEAD,
                                  .answer = ask_worker,
                                  .write = write_query};

static void reply_asset(http_request *r, const asset *a) {
    http_answer answer = {.status = 200,
                          .type = a->type,
                          .etag = a->etag,
                          .max_age = asset_is_forever(a) ? "public, max-age=31536000, immutable"
                                                         : "no-cache"};
    buffer unpacked = {0};
    if (negotiate_knows(http_header(r, "If-None-Match"), a->etag)) {
        answer.status = 304;
        answer.type = NULL;
    } else if (negotiate_accepts(http_header(r, "Accept-Encoding"), TEXT("gzip"))) {
        answer.encoding = "gzip";
        answer.fixed = (text){(const char *)a->gzip, a->gzip_bytes};
    } else {
        asset_unpack(a, &unpacked);
        answer.body = shared_bytes_take(&unpacked);
        if (answer.body == NULL) {
            reply_problem(r, 503, "Out of memory for this file.", NULL);
            return;
        }
    }
    http_reply(r, &answer);
}

static void reply_nothing_here(const routes *s, http_request *r, text path) {
    char detail[160] = "There is nothing at this path; the interface is below " API_BASE;
    const text base = TEXT(API_BASE);
    if (text_starts_with(path, base)) {
        const char *near = route_suggest(&s->table, text_slice(path, base.count, path.count));
        (void)snprintf(detail, sizeof detail, "There is nothing at this path.");
        if (near != NULL)
            (void)snprintf(detail, sizeof detail,
                           "There is nothing at this path; did you mean " API_BASE "%s?", near);
    }
    reply_problem(r, 404, detail, NULL);
}

static void reply_options(http_request *r, unsigned methods) {
    http_reply(r, &(http_answer){.status = 204, .allow = gate_allow_text(methods)});
}

static void reply_not_acceptable(const visit *v) {
    char detail[160];
    int count =
        snprintf(detail, sizeof detail, "This is given in these types alone: %s", v->way->types[0]);
    for (size_t i = 1; v->way->types[i] != NULL && count < (int)sizeof detail; i++)
        count += snprintf(detail + count, sizeof detail - (size_t)count, ", %s", v->way->types[i]);
    reply_problem(v->request, 406, detail, NULL);
}

static void follow(routes *s, http_request *r, const route *way, text id) {
    visit v = {.routes = s, .request = r, .way = way, .id = id};
    v.type = negotiate_type(http_header(r, "Accept"), way->types);
    /* What format= names is given whatever Accept says. */
    if (v.type == NULL && (way->params & PARAM_EXPORT) != 0) v.type = way->types[0];
    if (v.type == NULL)
        reply_not_acceptable(&v);
    else
        way->answer(&v);
}

http_way routes_way(void *context, text path) {
    const routes *s = context;
    text id = {NULL, 0};
    const route *way = route_find(&s->table, path, &id);
    const posting *p = way == NULL ? NULL : way->posting;
    http_way result = {.methods = way == NULL ? METHODS_READING : way->methods | METHOD_OPTIONS};
    if (p == NULL) return result;
    result.types = p->types;
    result.body_bytes_max = p->body_bytes_max;
    result.takes_push = p->takes_push;
    result.takes_fix = p->takes_fix;
    return result;
}

void routes_handle(void *context, http_request *r) {
    routes *s = context;
    text path = http_path(r), id = {NULL, 0};
    const route *way = route_find(&s->table, path, &id);
    const asset *a = way != NULL ? NULL : asset_find(path);
    bool is_there = way != NULL || a != NULL || text_equal(path, TEXT("*"));
    if (is_there && http_method(r) == METHOD_OPTIONS)
        reply_options(r, routes_way(s, path).methods);
    else if (way != NULL)
        follow(s, r, way, id);
    else if (a != NULL)
        reply_asset(r, a);
    else
        reply_nothing_here(s, r, path);
}

/* ---- Beginning and end ---- */

/* An export takes what the board of tweets takes; other boards may take less. */
static void settle_exports(route_table *t, const backend *b) {
    for (size_t i = 0; i < t->count; i++) {
        if ((t->rows[i].params & PARAM_EXPORT) == 0) continue;
        for (size_t k = 0; k < b->query_count; k++)
            if (text_equal(text_of(b->queries[k].path), TEXT("tweets/top")))
                t->rows[i].params |= b->queries[k].params & ~(unsigned)QUERY_CURSOR;
    }
}

status routes_new(const routes_options *o, routes **result) {
    routes *s = calloc(1, sizeof *s);
    *result = NULL;
    if (s == NULL) return STATUS_NO_MEMORY;
    s->options = *o;
    cursor_key_make(&s->key, o->boot);
    status made =
        route_table_init(&s->table, own_routes, own_route_count, o->backend, &for_queries);
    if (made == STATUS_OK) settle_exports(&s->table, o->backend);
    if (made == STATUS_OK) made = questions_new(o->backend, o->boot, &s->questions);
    if (made == STATUS_OK && (s->push = push_new(o->backend)) == NULL) made = STATUS_NO_MEMORY;
    if (made == STATUS_OK)
        *result = s;
    else
        routes_free(s);
    return made;
}

size_t routes_stop_pushes(routes *s) {
    return push_stop(s->push);
}

void routes_stop(routes *s) {
    if (s->questions != NULL) questions_stop(s->questions);
}

void routes_free(routes *s) {
    if (s == NULL) return;
    push_free(s->push);
    questions_free(s->questions);
    route_table_deinit(&s->table);
    free(s);
}
