/* SPDX-License-Identifier: MIT */
#include "server/routes.h"

#include "pipeline/base/hash.h"
#include "pipeline/base/queue.h"
#include "server/assets.h"
#include "server/cache.h"
#include "server/envelope.h"
#include "server/problem.h"
#include "server/stream_params.h"
#include "server/suggest.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORKERS = 2,     /* Two scans at once. */
    JOBS_MAX = 4096, /* More questions than these are turned away. */
    CACHE_ENTRIES = 512,
    CACHE_BYTES = 64 << 20,
    ETAG_BYTES = 64,
};

struct routes {
    routes_options options;
    queue *jobs;
    cache *cache;
    pthread_t workers[WORKERS];
    unsigned worker_count;
};

typedef enum { JOB_QUERY, JOB_STATS, JOB_SNAPSHOT } job_kind;

/* A question that waits for a worker. */
typedef struct {
    http_request *request;
    job_kind kind;
    const query *query;
    query_params params;
    char texts[PARAM_TEXTS_BYTES];
} job;

/* ---- Answers of the workers ---- */

static void reply_json_problem(http_request *r, unsigned code, const char *detail,
                               const param_errors *errors) {
    buffer body = {0};
    problem_write(&body, code, detail, http_path(r), errors);
    http_reply(r, &(http_answer){.status = code,
                                 .type = PROBLEM_TYPE,
                                 .retry_after_s = code == 503 ? 1 : 0,
                                 .body = shared_bytes_take(&body)});
}

static status write_snapshot(const routes *s, const moment *m, const job *j, json_writer *w) {
    const backend *b = s->options.backend;
    status result = STATUS_OK;
    json_key(w, "data");
    json_begin_object(w);
    json_key(w, STATS_NAME);
    b->write_stats(b->context, m, w);
    for (size_t i = 0; i < b->topic_count && result == STATUS_OK; i++) {
        const stream_topic *t = &b->topics[i];
        if (strcmp(t->name, STATS_NAME) == 0 || !stream_topic_is_usual(t->name)) continue;
        topic_state *state = t->make(m, j->params.window);
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

static status write_answer(const routes *s, const moment *m, const job *j, buffer *out) {
    const backend *b = s->options.backend;
    json_writer w = json_to(out);
    status result = STATUS_OK;
    if (j->kind == JOB_QUERY && j->query->content_type != NULL)
        return j->query->answer(m, &j->params, &w);
    envelope_begin(&w);
    if (j->kind == JOB_STATS) {
        json_key(&w, "data");
        b->write_stats(b->context, m, &w);
    } else if (j->kind == JOB_SNAPSHOT) {
        result = write_snapshot(s, m, j, &w);
    } else {
        result = j->query->answer(m, &j->params, &w);
    }
    envelope_finish(&w, b->epoch(m), b->newest_ms(m));
    return result;
}

/* The same words in another order are asked twice: no harm. */
static void name_question(const http_request *r, buffer *out) {
    buffer_add(out, http_path(r));
    buffer_add_byte(out, '?');
    buffer_add(out, http_query(r));
}

/* From the cache, or computed and kept; NULL with a status when there is none. */
static shared_bytes *find_answer(routes *s, const moment *m, const job *j, status *result) {
    buffer question = {0}, body = {0};
    uint64_t epoch = s->options.backend->epoch(m);
    bool is_kept = j->kind != JOB_STATS;
    shared_bytes *answer = NULL;
    *result = STATUS_OK;
    name_question(j->request, &question);
    if (is_kept && !question.failed) answer = cache_find(s->cache, epoch, buffer_text(&question));
    if (answer == NULL) {
        *result = write_answer(s, m, j, &body);
        if (*result == STATUS_OK) {
            answer = shared_bytes_take(&body);
            if (answer == NULL) *result = STATUS_NO_MEMORY;
            if (answer != NULL && is_kept && !question.failed)
                cache_put(s->cache, epoch, buffer_text(&question), answer);
        }
    }
    buffer_deinit(&body);
    buffer_deinit(&question);
    return answer;
}

static bool etag_matches(text if_none_match, const char *etag) {
    text wanted = text_of(etag);
    while (if_none_match.count > 0) {
        size_t end;
        if (!text_find_byte(if_none_match, ',', &end)) end = if_none_match.count;
        text one = text_trim(text_slice(if_none_match, 0, end));
        if (text_equal(one, TEXT("*")) || text_equal(one, wanted)) return true;
        /* Weakly compared: W/"x" and "x" are the same. */
        if (text_starts_with(one, TEXT("\"")) && text_starts_with(wanted, TEXT("W/")) &&
            text_equal(one, text_slice(wanted, 2, wanted.count)))
            return true;
        if_none_match = text_slice(if_none_match, end + 1, if_none_match.count);
    }
    return false;
}

static void reply_status(http_request *r, const job *j, status result) {
    if (result == STATUS_NOT_FOUND && j->kind == JOB_QUERY && (j->query->params & QUERY_ID) != 0)
        reply_json_problem(r, 404, "There is none with this id, or it was deleted.", NULL);
    else if (result == STATUS_NOT_FOUND)
        reply_json_problem(r, 404, "There is none.", NULL);
    else if (result == STATUS_NO_MEMORY)
        reply_json_problem(r, 503, "Out of memory for this answer.", NULL);
    else
        reply_json_problem(r, 500, status_text(result), NULL);
}

/* The stats change within an epoch, so their tag is of the bytes as well. */
static void make_etag(const routes *s, uint64_t epoch, const shared_bytes *body, char *etag) {
    int count = snprintf(etag, ETAG_BYTES, "W/\"%016llx-%llu", (unsigned long long)s->options.boot,
                         (unsigned long long)epoch);
    if (body != NULL) {
        text bytes = shared_bytes_text(body);
        count += snprintf(etag + count, ETAG_BYTES - (size_t)count, "-%llx",
                          (unsigned long long)hash_bytes(bytes.bytes, bytes.count, 0));
    }
    (void)snprintf(etag + count, ETAG_BYTES - (size_t)count, "\"");
}

static void answer_job(routes *s, job *j) {
    const backend *b = s->options.backend;
    http_request *r = j->request;
    const text known = http_header(r, "If-None-Match");
    const moment *m = b->acquire(b->context);
    char etag[ETAG_BYTES];
    status result = STATUS_OK;
    shared_bytes *body = NULL;
    make_etag(s, b->epoch(m), NULL, etag);
    bool is_known = j->kind != JOB_STATS && etag_matches(known, etag);
    if (!is_known) body = find_answer(s, m, j, &result);
    if (j->kind == JOB_STATS && body != NULL) {
        make_etag(s, b->epoch(m), body, etag);
        is_known = etag_matches(known, etag);
    }
    b->release(b->context, m);
    if (!is_known && body == NULL) {
        reply_status(r, j, result);
        return;
    }
    const char *type = j->kind == JOB_QUERY ? j->query->content_type : NULL;
    if (is_known) {
        shared_bytes_release(body);
        http_reply(r, &(http_answer){.status = 304, .etag = etag});
    } else {
        http_reply(r, &(http_answer){.status = 200,
                                     .type = type != NULL ? type : "application/json",
                                     .etag = etag,
                                     .body = body});
    }
}

static void *work(void *context) {
    routes *s = context;
    for (job *j; (j = queue_take(s->jobs, -1)) != NULL; free(j)) answer_job(s, j);
    return NULL;
}

static void ask(routes *s, http_request *r, const job *made) {
    job *j = queue_count(s->jobs) < JOBS_MAX ? malloc(sizeof *j) : NULL;
    if (j == NULL) {
        reply_json_problem(r, 503, "Too many questions are waiting.", NULL);
        return;
    }
    *j = *made;
    j->request = r;
    params_move(&j->params, made->texts, j->texts);
    http_defer(r);
    if (queue_push(s->jobs, j)) return;
    free(j);
    reply_json_problem(r, 503, "The server is stopping.", NULL);
}

/* ---- Routes ---- */

bool route_matches(const char *pattern, text path, text *id) {
    text p = text_of(pattern);
    size_t open;
    if (!text_find_byte(p, '{', &open)) return text_equal(p, path);
    text before = text_slice(p, 0, open), after = text_slice(p, open + 4, p.count); /* "{id}" */
    if (path.count <= before.count + after.count || !text_starts_with(path, before) ||
        !text_ends_with(path, after))
        return false;
    *id = text_slice(path, before.count, path.count - after.count);
    size_t slash;
    return !text_find_byte(*id, '/', &slash);
}

/* A path without {id} wins: tweets/top is no tweet. */
static const query *find_query(const backend *b, text path, text *id) {
    const query *found = NULL;
    for (size_t i = 0; i < b->query_count; i++) {
        bool has_id = (b->queries[i].params & QUERY_ID) != 0;
        if ((found == NULL || !has_id) && route_matches(b->queries[i].path, path, id))
            found = &b->queries[i];
    }
    return found;
}

static void reply_bad_params(http_request *r, const param_errors *errors) {
    reply_json_problem(r, 400, "A parameter is wrong.", errors);
}

static void ask_query(routes *s, http_request *r, const query *q, text id) {
    job j = {.kind = JOB_QUERY, .query = q};
    param_errors errors = {0};
    bool good = params_read(http_query(r), q->params, q->sorts, &j.params, j.texts, &errors);
    if ((q->params & QUERY_ID) != 0 && !text_to_u64(id, &j.params.id)) {
        param_errors_add(&errors, TEXT("id"), "must be a decimal number");
        good = false;
    }
    if (good)
        ask(s, r, &j);
    else
        reply_bad_params(r, &errors);
}

static void ask_own(routes *s, http_request *r, job_kind kind, unsigned takes) {
    job j = {.kind = kind};
    param_errors errors = {0};
    bool good = params_read(http_query(r), takes, NULL, &j.params, j.texts, &errors);
    if (good && j.params.window == WINDOW_GIVEN) {
        param_errors_add(&errors, TEXT("start"), "not here; use window");
        good = false;
    }
    if (good)
        ask(s, r, &j);
    else
        reply_bad_params(r, &errors);
}

static void ask_stats(routes *s, http_request *r) {
    ask_own(s, r, JOB_STATS, 0);
}

static void ask_snapshot(routes *s, http_request *r) {
    ask_own(s, r, JOB_SNAPSHOT, QUERY_WINDOW);
}

static size_t read_live(void *context, http_pipe *p, char *out, size_t bytes_max, bool *ended) {
    return live_read(context, p, out, bytes_max, ended);
}

static void close_live(void *context) {
    live_leave(context);
}

static void open_stream(routes *s, http_request *r) {
    stream_params p;
    param_errors errors = {0};
    bool as_lines = http_accepts(http_header(r, "Accept"), TEXT("application/x-ndjson"));
    const char *type = as_lines ? "application/x-ndjson" : "text/event-stream";
    if (!stream_params_read(http_query(r), s->options.live, &p, &errors)) {
        reply_bad_params(r, &errors);
        return;
    }
    if (http_is_head(r)) {
        http_reply(r, &(http_answer){.status = 200, .type = type});
        return;
    }
    text last = http_header(r, "Last-Event-ID");
    if (last.count > 0) p.live.last_id = last;
    p.live.as_lines = as_lines;
    http_address(r, p.live.address);
    live_client *c = live_join(s->options.live, &p.live);
    if (c == NULL)
        reply_json_problem(r, 503, "Out of memory for a stream.", NULL);
    else
        http_reply_stream(r, type, &(http_stream){read_live, close_live, c});
}

/* What the server answers itself, beside the table of queries. */
static const struct {
    const char *path;
    void (*answer)(routes *s, http_request *r);
} own[] = {
    {"stream", open_stream},
    {STATS_NAME, ask_stats},
    {"snapshot", ask_snapshot},
};
enum { OWN_COUNT = sizeof own / sizeof own[0] };

static void reply_no_route(const routes *s, http_request *r, text path) {
    const backend *b = s->options.backend;
    suggestion near = {.wanted = path};
    char detail[160] = "There is nothing at this path.";
    for (size_t i = 0; i < OWN_COUNT; i++) suggest(&near, own[i].path);
    for (size_t i = 0; i < b->query_count; i++) suggest(&near, b->queries[i].path);
    if (near.best != NULL)
        (void)snprintf(detail, sizeof detail,
                       "There is nothing at this path; did you mean " API_BASE "%s?", near.best);
    reply_json_problem(r, 404, detail, NULL);
}

static void handle_api(routes *s, http_request *r, text path) {
    text id = {NULL, 0};
    for (size_t i = 0; i < OWN_COUNT; i++) {
        if (!text_equal(path, text_of(own[i].path))) continue;
        own[i].answer(s, r);
        return;
    }
    const query *q = find_query(s->options.backend, path, &id);
    if (q != NULL)
        ask_query(s, r, q, id);
    else
        reply_no_route(s, r, path);
}

static void reply_asset(http_request *r, const asset *a) {
    http_answer answer = {.status = 200,
                          .type = a->type,
                          .etag = a->etag,
                          .max_age = asset_is_forever(a) ? "public, max-age=31536000, immutable"
                                                         : "no-cache"};
    buffer unpacked = {0};
    if (etag_matches(http_header(r, "If-None-Match"), a->etag)) {
        answer.status = 304;
        answer.type = NULL;
    } else if (http_accepts(http_header(r, "Accept-Encoding"), TEXT("gzip"))) {
        answer.encoding = "gzip";
        answer.fixed = (text){(const char *)a->gzip, a->gzip_bytes};
    } else {
        asset_unpack(a, &unpacked);
        answer.body = shared_bytes_take(&unpacked);
        if (answer.body == NULL) {
            reply_json_problem(r, 503, "Out of memory for this file.", NULL);
            return;
        }
    }
    http_reply(r, &answer);
}

void routes_handle(void *context, http_request *r) {
    routes *s = context;
    text path = http_path(r);
    if (text_starts_with(path, TEXT(API_BASE))) {
        handle_api(s, r, text_slice(path, sizeof API_BASE - 1, path.count));
        return;
    }
    if (text_equal(path, TEXT("/healthz"))) {
        http_reply(r, &(http_answer){.status = 200,
                                     .type = "text/plain; charset=utf-8",
                                     .fixed = TEXT("ok\n")});
        return;
    }
    const asset *a = asset_find(path);
    if (a != NULL)
        reply_asset(r, a);
    else
        reply_json_problem(r, 404,
                           "There is nothing at this path; the interface is below " API_BASE, NULL);
}

/* ---- Beginning and end ---- */

status routes_new(const routes_options *o, routes **result) {
    routes *s = calloc(1, sizeof *s);
    *result = NULL;
    if (s == NULL) return STATUS_NO_MEMORY;
    s->options = *o;
    s->jobs = queue_new(JOBS_MAX);
    s->cache = cache_new(CACHE_ENTRIES, CACHE_BYTES);
    bool good = s->jobs != NULL && s->cache != NULL;
    while (good && s->worker_count < WORKERS)
        if (pthread_create(&s->workers[s->worker_count], NULL, work, s) == 0)
            s->worker_count++;
        else
            good = false;
    if (!good) {
        routes_free(s);
        return STATUS_NO_MEMORY;
    }
    *result = s;
    return STATUS_OK;
}

void routes_stop(routes *s) {
    if (s->jobs != NULL) queue_close(s->jobs);
    while (s->worker_count > 0) (void)pthread_join(s->workers[--s->worker_count], NULL);
}

void routes_free(routes *s) {
    if (s == NULL) return;
    routes_stop(s);
    queue_free(s->jobs);
    cache_free(s->cache);
    free(s);
}
