/* SPDX-License-Identifier: MIT */
/* own_routes -- what the server answers itself: of the source, of itself, and the live
 * stream. */
#include "pipeline/queries/definitions.h"
#include "pipeline/queries/moment.h"
#include "server/http/problem.h"
#include "server/live/stream_params.h"
#include "server/rest/control.h"
#include "server/rest/docs.h"
#include "server/rest/fix_order.h"
#include "server/rest/metrics.h"
#include "server/rest/note_order.h"
#include "server/rest/openapi.h"
#include "server/rest/param_docs.h"
#include "server/rest/postings.h"
#include "server/rest/routes_internal.h"
#include <stdio.h>
#include <string.h>

static const backend *backend_of(const question *q) {
    return q->visit.routes->options.backend;
}

/* ---- Of the source ---- */

static status write_stats(question *q, const moment *m, buffer *out) {
    const backend *b = backend_of(q);
    json_writer w = json_to(out);
    envelope_begin(&w);
    json_key(&w, "data");
    b->write_stats(b->context, m, &w);
    envelope_close(q, m, &w);
    return STATUS_OK;
}

static status write_rejected(question *q, const moment *m, buffer *out) {
    const backend *b = backend_of(q);
    json_writer w = json_to(out);
    envelope_begin(&w);
    json_key(&w, "data");
    b->write_rejected(b->context, q->params.limit, &w);
    envelope_close(q, m, &w);
    return STATUS_OK;
}

/* The array or object `data`, whoever writes it. */
static status write_told(question *q, const moment *m, buffer *out,
                         void (*write)(void *context, json_writer *w)) {
    json_writer w = json_to(out);
    envelope_begin(&w);
    json_key(&w, "data");
    write(backend_of(q)->context, &w);
    envelope_close(q, m, &w);
    return STATUS_OK;
}

static status write_accounting(question *q, const moment *m, buffer *out) {
    return write_told(q, m, out, backend_of(q)->write_accounting);
}

static status write_alerts(question *q, const moment *m, buffer *out) {
    return write_told(q, m, out, backend_of(q)->write_alerts);
}

static status write_sources(question *q, const moment *m, buffer *out) {
    return write_told(q, m, out, backend_of(q)->write_sources);
}

static status write_health(question *q, const moment *m, buffer *out) {
    return write_told(q, m, out, backend_of(q)->write_health);
}

static status write_frames(const backend *b, const moment *m, query_window window, json_writer *w) {
    status result = STATUS_OK;
    json_key(w, "data");
    json_begin_object(w);
    json_key(w, STATS_NAME);
    b->write_stats(b->context, m, w);
    for (size_t i = 0; i < b->topic_count && result == STATUS_OK; i++) {
        const stream_topic *t = &b->topics[i];
        if (strcmp(t->name, STATS_NAME) == 0 || !stream_topic_is_usual(t->name)) continue;
        topic_state *state = t->make(m, window);
        if (state == NULL) {
            result = STATUS_NO_MEMORY;
            break;
        }
        json_key(w, t->name);
        t->write_full(state, w);
        t->free(state);
    }
    json_end_object(w);
    return result;
}

static status write_snapshot(question *q, const moment *m, buffer *out) {
    json_writer w = json_to(out);
    envelope_begin(&w);
    status result = write_frames(backend_of(q), m, q->params.window, &w);
    envelope_close(q, m, &w);
    return result;
}

/* Of several sources the recording, which takes the orders; else what there is. */
static const source_state *replayed(const pipeline_progress *p) {
    for (size_t i = 0; p->source_count > 1 && i < p->source_count; i++)
        if (p->sources[i].kind != NULL && strcmp(p->sources[i].kind, "files") == 0)
            return &p->sources[i];
    return &p->source;
}

static status write_replay(question *q, const moment *m, buffer *out) {
    const backend *b = backend_of(q);
    pipeline_progress now;
    json_writer w = json_to(out);
    b->get_progress(b->context, &now);
    envelope_begin(&w);
    json_key(&w, "data");
    control_write_state(&w, replayed(&now));
    envelope_close(q, m, &w);
    return STATUS_OK;
}

/* An order is passed on at once; the answer is the state that it has led to. */
static void order_replay(const visit *v) {
    const backend *b = v->routes->options.backend;
    source_order order;
    param_errors errors = {0};
    if (http_method(v->request) != METHOD_POST) {
        ask_worker(v);
        return;
    }
    if (!control_read(http_body(v->request), &order, &errors)) {
        reply_bad_params(v, 400, "The order is wrong.", &errors);
        return;
    }
    status s = b->control(b->context, &order);
    if (s == STATUS_OK)
        ask_worker(v);
    else if (s == STATUS_BAD_ARGUMENT)
        reply_problem(v->request, 400, "There is no such speed.", NULL);
    else
        reply_problem(v->request, 409,
                      "The source cannot do this now: it has ended, takes no orders, or the time "
                      "is not ahead.",
                      NULL);
}

static void take_records(const visit *v) {
    push_take(v->routes->push, v->request);
}

static status answer_wrong(question *q, unsigned code, const char *detail,
                           const param_errors *errors, buffer *out) {
    buffer_clear(out);
    q->code = code;
    q->visit.type = PROBLEM_TYPE;
    problem_write(out, code, detail, http_path(q->visit.request), errors);
    return STATUS_OK;
}

/* Waits for the engine; the answer's epoch is the one in which all is as it says. */
static status fix_and_write(question *q, const fixing_order *order, buffer *out) {
    const backend *b = backend_of(q);
    json_writer w = json_to(out);
    rule_error wrong;
    param_errors errors = {0};
    const char *detail;
    envelope_begin(&w);
    json_key(&w, "data");
    status s = b->fix(b->context, order, &w, &wrong);
    if (s != STATUS_OK) {
        if (s == STATUS_BAD_FORMAT) fix_order_add_wrong(&errors, &wrong);
        unsigned code = fix_order_refusal(s, &detail);
        return answer_wrong(q, code, detail, &errors, out);
    }
    const moment *after = b->acquire(b->context);
    envelope_close(q, after, &w);
    b->release(b->context, after);
    return STATUS_OK;
}

static status write_any_fixes(question *q, const moment *m, buffer *out) {
    http_request *r = q->visit.request;
    buffer words = {0};
    fixing_order order;
    param_errors errors = {0};
    if (http_method(r) != METHOD_POST) return write_told(q, m, out, backend_of(q)->write_fixes);
    bool good = fix_order_read(http_body(r), &order, &words, &errors);
    status s = good ? fix_and_write(q, &order, out)
                    : answer_wrong(q, 400, "The order is wrong.", &errors, out);
    buffer_deinit(&words);
    return s;
}

/* An engine that reads its journal back has no time for rules, nor has a worker for it. */
static void order_fix(const visit *v) {
    const backend *b = v->routes->options.backend;
    pipeline_progress now;
    b->get_progress(b->context, &now);
    if (http_method(v->request) == METHOD_POST && now.is_restoring)
        reply_problem(v->request, 503, "The journal is still read back.", NULL);
    else
        ask_worker(v);
}

/* ---- What people noted ---- */

/* Presets count back from the newest tweet, but go on without end: the source may be silent. */
static void write_notes(const question *q, const moment *m, json_writer *w) {
    const backend *b = backend_of(q);
    const query_params *p = &q->params;
    const int64_t newest_ms = b->newest_ms(m);
    const uint32_t newest = (uint32_t)(newest_ms / MS_PER_MINUTE);
    uint32_t begin, end;
    size_t count = 0;
    json_key(w, "data");
    if (window_minutes(p->window, p->start_ms, p->end_ms, newest_ms == INT64_MIN ? NULL : &newest,
                       &begin, &end)) {
        bool has_end = p->window == WINDOW_GIVEN, has_begin = p->window != WINDOW_ALL;
        count = notes_write_list(b->notes, has_begin ? begin * (int64_t)MS_PER_MINUTE : INT64_MIN,
                                 has_end ? end * (int64_t)MS_PER_MINUTE : INT64_MAX, w);
    } else {
        json_begin_array(w);
        json_end_array(w);
    }
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, count);
    json_field(w, "stored", bool, notes_are_stored(b->notes));
    json_end_object(w);
}

static status add_note(const question *q, json_writer *w, param_errors *errors) {
    notes *n = backend_of(q)->notes;
    buffer words = {0};
    note given;
    uint64_t id;
    status s = note_order_read(http_body(q->visit.request), &given, &words, errors)
                   ? notes_add(n, &given, &id)
                   : STATUS_BAD_FORMAT;
    buffer_deinit(&words);
    if (s != STATUS_OK) return s;
    json_key(w, "data");
    if (!notes_write_one(n, id, w)) json_put_null(w); /* Somebody was quick to take it away. */
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "stored", bool, notes_are_stored(n));
    json_end_object(w);
    return STATUS_OK;
}

static status take_note_away(const question *q, json_writer *w) {
    status s = notes_remove(backend_of(q)->notes, q->params.id);
    if (s != STATUS_OK) return s;
    json_key(w, "data");
    json_begin_object(w);
    json_field(w, "id", id, q->params.id);
    json_field(w, "deleted", bool, true);
    json_end_object(w);
    return STATUS_OK;
}

static status write_any_notes(question *q, const moment *m, buffer *out) {
    const unsigned method = http_method(q->visit.request);
    json_writer w = json_to(out);
    param_errors errors = {0};
    const char *detail = "The annotation is wrong.";
    status s = STATUS_OK;
    envelope_begin(&w);
    if (method == METHOD_POST)
        s = add_note(q, &w, &errors);
    else if (method == METHOD_DELETE)
        s = take_note_away(q, &w);
    else
        write_notes(q, m, &w);
    if (s != STATUS_OK) {
        unsigned code = s == STATUS_BAD_FORMAT ? 400 : note_order_refusal(s, &detail);
        return answer_wrong(q, code, detail, &errors, out);
    }
    envelope_close(q, m, &w);
    return STATUS_OK;
}

/* ---- Of the program ---- */

static status write_ready(question *q, const moment *m, buffer *out) {
    routes *s = q->visit.routes;
    const backend *b = backend_of(q);
    clock_source *clock = s->options.clock;
    pipeline_progress now;
    json_writer w = json_to(out);
    (void)m;
    b->get_progress(b->context, &now);
    q->code = health_write(&s->health, &now, clock->ticks_us(clock), &w) ? 200 : 503;
    buffer_add_byte(out, '\n');
    return STATUS_OK;
}

static status write_version(question *q, const moment *m, buffer *out) {
    json_writer w = json_to(out);
    (void)q, (void)m;
    health_write_version(&w);
    buffer_add_byte(out, '\n');
    return STATUS_OK;
}

static status write_metrics(question *q, const moment *m, buffer *out) {
    const routes *s = q->visit.routes;
    const backend *b = backend_of(q);
    clock_source *clock = s->options.clock;
    pipeline_progress now;
    http_counts http;
    watch_counts watched;
    buffer stats = {0};
    json_writer w = json_to(&stats);
    b->get_progress(b->context, &now);
    b->get_watch_counts(b->context, &watched);
    b->write_stats(b->context, m, &w);
    http_get_counts(q->visit.request, &http);
    if (!stats.failed)
        metrics_write(&(metrics_input){.progress = &now,
                                       .watch = &watched,
                                       .http = &http,
                                       .stats = buffer_text(&stats),
                                       .live_clients = live_client_count(s->options.live),
                                       .now_us = clock->ticks_us(clock)},
                      out);
    out->failed = out->failed || stats.failed;
    buffer_deinit(&stats);
    return STATUS_OK;
}

static status write_openapi(question *q, const moment *m, buffer *out) {
    example_ids ids;
    json_writer w = json_to(out);
    example_ids_find(backend_of(q), m, &ids);
    openapi_write(&q->visit.routes->table, &ids, &w);
    return STATUS_OK;
}

/* What the page, too, says of its numbers. */
static void put_definitions(void *context, json_writer *w) {
    (void)context;
    json_begin_array(w);
    for (size_t i = 0; i < definition_count; i++) {
        json_begin_object(w);
        json_field(w, "name", string, definitions[i].name);
        json_field(w, "title", string, definitions[i].title);
        json_field(w, "meaning", string, definitions[i].meaning);
        json_key(w, "formula");
        definitions[i].formula == NULL ? json_put_null(w)
                                       : json_put_string(w, definitions[i].formula);
        json_end_object(w);
    }
    json_end_array(w);
}

static status write_definitions(question *q, const moment *m, buffer *out) {
    return write_told(q, m, out, put_definitions);
}

static status write_docs(question *q, const moment *m, buffer *out) {
    example_ids ids;
    buffer origin = {0};
    buffer_add(&origin, TEXT("http://"));
    buffer_add(&origin, http_header(q->visit.request, "Host"));
    example_ids_find(backend_of(q), m, &ids);
    docs_write(&q->visit.routes->table, &ids, buffer_text(&origin), out);
    buffer_deinit(&origin);
    return STATUS_OK;
}

static void give_style(const visit *v) {
    http_reply(v->request, &(http_answer){.status = 200,
                                          .type = v->type,
                                          .max_age = "max-age=3600",
                                          .fixed = text_of(docs_style)});
}

static void say_ok(const visit *v) {
    http_reply(v->request, &(http_answer){.status = 200, .type = v->type, .fixed = TEXT("ok\n")});
}

static size_t read_live(void *context, http_pipe *p, char *out, size_t bytes_max, bool *ended) {
    return live_read(context, p, out, bytes_max, ended);
}

static void close_live(void *context) {
    live_leave(context);
}

static void open_stream(const visit *v) {
    http_request *r = v->request;
    live *l = v->routes->options.live;
    stream_params p;
    param_errors errors = {0};
    if (!stream_params_read(http_query(r), l, &p, &errors)) {
        reply_bad_params(v, 400, "A parameter is wrong.", &errors);
        return;
    }
    if (http_method(r) == METHOD_HEAD) {
        http_reply(r, &(http_answer){.status = 200, .type = v->type});
        return;
    }
    text last = http_header(r, "Last-Event-ID");
    if (last.count > 0) p.live.last_id = last;
    p.live.as_lines = strcmp(v->type, "application/x-ndjson") == 0;
    http_address(r, p.live.address);
    live_client *c = live_join(l, &p.live);
    if (c == NULL)
        reply_problem(r, 503, "Out of memory for a stream.", NULL);
    else
        http_reply_stream(r, v->type, &(http_stream){read_live, close_live, c});
}

/* ---- Exports ---- */

static const query *find_query(const backend *b, const char *path) {
    size_t i = 0;
    while (i < b->query_count && strcmp(b->queries[i].path, path) != 0) i++;
    return i < b->query_count ? &b->queries[i] : NULL;
}

/* What the query takes, but pages: an export is one. */
static bool read_export(const visit *v, question *q, param_errors *e) {
    buffer rest = {0};
    export_format initial = EXPORT_CSV;
    while (initial < EXPORT_GEOJSON && v->type != v->way->types[initial]) initial++;
    bool good = export_choose(http_query(v->request), initial, &q->choice, &rest, e);
    if (good &&
        (q->exported = find_query(v->routes->options.backend, q->choice.kind->query)) == NULL)
        param_errors_add(e, TEXT("what"), "not in this version");
    if (q->exported != NULL) {
        unsigned takes = (q->exported->params & ~(unsigned)QUERY_CURSOR) | QUERY_EXPORT;
        (void)params_read(buffer_text(&rest), takes, q->exported->sorts, &q->params, q->texts, e);
        if (!q->choice.has_limit) q->params.limit = QUERY_LIMIT_EXPORT_MAX;
        q->visit.type = v->way->types[q->choice.format]; /* In the order of the formats. */
        (void)snprintf(q->disposition, sizeof q->disposition,
                       "attachment; filename=\"dunlin-%s.%s\"", q->choice.kind->name,
                       export_extension(q->choice.format));
    }
    if (rest.failed) param_errors_add(e, TEXT("what"), "out of memory");
    buffer_deinit(&rest);
    return e->count == 0;
}

static void ask_export(const visit *v) {
    question *q = question_new(v);
    param_errors errors = {0};
    if (q == NULL) return;
    if (read_export(v, q, &errors)) {
        questions_ask(v->routes->questions, q);
        return;
    }
    reply_bad_params(v, 400, "A parameter is wrong.", &errors);
    question_free(q);
}

static status write_export(question *q, const moment *m, buffer *out) {
    buffer answer = {0};
    json_writer w = json_to(&answer);
    q->params.wrong = &q->wrong;
    json_begin_object(&w);
    status result = q->exported->answer(m, &q->params, &w);
    json_end_object(&w);
    if (result == STATUS_OK && answer.failed) result = STATUS_NO_MEMORY;
    if (result == STATUS_OK) export_write(&q->choice, buffer_text(&answer), out);
    buffer_deinit(&answer);
    return result;
}

/* ---- The table ---- */

static const char *const json_types[] = {"application/json", NULL};
static const char *const plain_types[] = {"text/plain; charset=utf-8", NULL};
static const char *const metrics_types[] = {"text/plain; version=0.0.4; charset=utf-8", NULL};
static const char *const html_types[] = {"text/html; charset=utf-8", NULL};
static const char *const style_types[] = {"text/css; charset=utf-8", NULL};
static const char *const stream_types[] = {"text/event-stream", "application/x-ndjson", NULL};

static const char *const export_types[] = {"text/csv; charset=utf-8; header=present",
                                           "application/x-ndjson", "application/geo+json", NULL};

enum { READING = METHOD_GET | METHOD_HEAD };

/* base, path, summary, methods, parameters, types, query, answer, write, changes_alone, posting */
const route own_routes[] = {
    {API_BASE, "stream", "The live stream: whole states first, then what changes.", READING,
     PARAM_PRESET | PARAM_STREAM, stream_types, NULL, open_stream, NULL, true, NULL},
    {API_BASE, STATS_NAME, "Counts over everything, and how the source stands.", READING, 0,
     json_types, NULL, ask_worker, write_stats, true, NULL},
    {API_BASE, "snapshot", "The stream's whole states, of one epoch.", READING, PARAM_PRESET,
     json_types, NULL, ask_worker, write_snapshot, false, NULL},
    {API_BASE, "replay",
     "Which moment of a recording is shown; POST to play, pause, speed or seek.",
     READING | METHOD_POST, 0, json_types, NULL, order_replay, write_replay, true,
     &posting_of_orders},
    {API_BASE, "records",
     "Takes tweets and notices in; answers when they are stored and shown: counts, and why "
     "what was rejected was.",
     METHOD_POST, 0, json_types, NULL, take_records, NULL, true, &posting_of_records},
    {API_BASE, ALERTS_NAME,
     "What somebody should look at: shifts against the past, and states that last.", READING, 0,
     json_types, NULL, ask_worker, write_alerts, true, NULL},
    {API_BASE, "sources",
     "Each source: state, rate, lag, reconnects with reasons, what it lacks and costs.", READING, 0,
     json_types, NULL, ask_worker, write_sources, true, NULL},
    {API_BASE, "health", "The journal, memory and queue.", READING, 0, json_types, NULL, ask_worker,
     write_health, true, NULL},
    {API_BASE, "fixes",
     "Rules over what is held that set it right; POST to try one, make it, or take it back.",
     READING | METHOD_POST, 0, json_types, NULL, order_fix, write_any_fixes, true,
     &posting_of_fixes},
    {API_BASE, NOTES_NAME, "What people noted of a time; POST adds a note.", READING | METHOD_POST,
     QUERY_WINDOW, json_types, NULL, ask_worker, write_any_notes, true, &posting_of_notes},
    {API_BASE, NOTES_NAME "/{id}", "Takes a note away.", METHOD_DELETE, QUERY_ID, json_types, NULL,
     ask_worker, write_any_notes, true, &taking_of_notes},
    {API_BASE, "accounting", "What became of every item read, by reason and by file.", READING, 0,
     json_types, NULL, ask_worker, write_accounting, true, NULL},
    {API_BASE, "rejected", "The last items that were rejected, newest first.", READING, QUERY_LIMIT,
     json_types, NULL, ask_worker, write_rejected, true, NULL},
    {API_BASE, "export", "A board, the map or the timeline as a file, at most 10000 rows.", READING,
     PARAM_EXPORT, export_types, NULL, ask_export, write_export, true, NULL},
    {API_BASE, "definitions", "What each number means.", READING, 0, json_types, NULL, ask_worker,
     write_definitions, false, NULL},
    {API_BASE, "openapi.json", "This interface, as OpenAPI 3.1.", READING, 0, json_types, NULL,
     ask_worker, write_openapi, false, NULL},
    {"/", "docs", "This interface, for people.", READING, 0, html_types, NULL, ask_worker,
     write_docs, true, NULL},
    {"/", "docs.css", NULL, READING, 0, style_types, NULL, give_style, NULL, true, NULL},
    {"/", "healthz", "Whether the program runs.", READING, 0, plain_types, NULL, say_ok, NULL, true,
     NULL},
    {"/", "readyz", "Whether it can be relied on now; 503 with reasons.", READING, 0, json_types,
     NULL, ask_worker, write_ready, true, NULL},
    {"/", "version", "The versions of the program and its libraries.", READING, 0, json_types, NULL,
     ask_worker, write_version, true, NULL},
    {"/", "metrics", "Counts and gauges for Prometheus.", READING, 0, metrics_types, NULL,
     ask_worker, write_metrics, true, NULL},
};
const size_t own_route_count = sizeof own_routes / sizeof own_routes[0];
