/* SPDX-License-Identifier: MIT */
#include "server/rest/questions.h"

#include "pipeline/base/hash.h"
#include "pipeline/base/queue.h"
#include "server/http/problem.h"
#include "server/rest/cache.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    WORKERS = 2,     /* Two scans at once. */
    JOBS_MAX = 4096, /* More questions than these are turned away. */
    CACHE_ENTRIES = 512,
    CACHE_BYTES = 64 << 20,
    ETAG_BYTES = 64,
};

struct questions {
    const backend *backend;
    uint64_t boot;
    queue *jobs;
    cache *cache;
    pthread_t workers[WORKERS];
    unsigned worker_count;
};

static void reply_with(http_request *r, const char *detail, const param_errors *errors,
                       http_answer a) {
    buffer body = {0};
    problem_write(&body, a.status, detail, http_path(r), errors);
    a.type = PROBLEM_TYPE;
    a.retry_after_s = a.status == 503 || a.status == 429 ? 1 : 0;
    a.body = shared_bytes_take(&body);
    http_reply(r, &a);
}

void reply_problem(http_request *r, unsigned code, const char *detail, const param_errors *errors) {
    reply_with(r, detail, errors, (http_answer){.status = code});
}

void reply_full(http_request *r, const char *detail, const rate_limit *limits, size_t count) {
    reply_with(r, detail, NULL,
               (http_answer){.status = 429, .limits = limits, .limit_count = count});
}

question *question_new(const visit *v) {
    question *q = calloc(1, sizeof *q);
    if (q == NULL) {
        reply_problem(v->request, 503, "Out of memory for this answer.", NULL);
        return NULL;
    }
    q->visit = *v;
    q->code = 200;
    return q;
}

void question_free(question *q) {
    free(q);
}

/* The same words in another order are asked twice: no harm. */
static void name_question(const visit *v, buffer *out) {
    buffer_add(out, text_of(v->type));
    buffer_add(out, http_path(v->request));
    buffer_add_byte(out, '?');
    buffer_add(out, http_query(v->request));
}

static shared_bytes *compute(question *q, const moment *m, status *result) {
    buffer body = {0};
    shared_bytes *answer = NULL;
    *result = q->visit.way->write(q, m, &body);
    if (*result == STATUS_OK) {
        answer = shared_bytes_take(&body);
        if (answer == NULL) *result = STATUS_NO_MEMORY;
    }
    buffer_deinit(&body);
    return answer;
}

/* From the cache, or computed and kept; NULL with a status when there is none. */
static shared_bytes *find_answer(questions *a, const moment *m, question *q, status *result) {
    buffer name = {0};
    uint64_t epoch = a->backend->epoch(m);
    shared_bytes *answer = NULL;
    if (q->visit.way->changes_alone) return compute(q, m, result);
    name_question(&q->visit, &name);
    if (!name.failed) answer = cache_find(a->cache, epoch, buffer_text(&name));
    *result = STATUS_OK;
    if (answer == NULL) {
        answer = compute(q, m, result);
        if (answer != NULL && !name.failed) cache_put(a->cache, epoch, buffer_text(&name), answer);
    }
    buffer_deinit(&name);
    return answer;
}

static void reply_status(const question *q, status result) {
    http_request *r = q->visit.request;
    param_errors errors = {0};
    bool has_id = q->visit.id.count > 0;
    if (q->wrong != NULL)
        param_errors_add(&errors, text_of(q->wrong), "names nothing that is known here");
    if (result == STATUS_NOT_FOUND && q->wrong == NULL)
        reply_problem(r, 404,
                      has_id ? "There is none with this id, or it was deleted." : "There is none.",
                      NULL);
    else if (result == STATUS_NOT_FOUND)
        reply_problem(r, 404, "A parameter names nothing.", &errors);
    else if (result == STATUS_BAD_ARGUMENT)
        reply_problem(r, 400, "A parameter is wrong.", &errors);
    else if (result == STATUS_NO_MEMORY)
        reply_problem(r, 503, "Out of memory for this answer.", NULL);
    else
        reply_problem(r, 500, status_text(result), NULL);
}

static void make_etag(const questions *a, uint64_t epoch, const shared_bytes *body, char *etag) {
    int count = snprintf(etag, ETAG_BYTES, "W/\"%016llx-%llu", (unsigned long long)a->boot,
                         (unsigned long long)epoch);
    if (body != NULL) {
        text bytes = shared_bytes_text(body);
        count += snprintf(etag + count, ETAG_BYTES - (size_t)count, "-%llx",
                          (unsigned long long)hash_bytes(bytes.bytes, bytes.count, 0));
    }
    (void)snprintf(etag + count, ETAG_BYTES - (size_t)count, "\"");
}

static void answer_question(questions *a, question *q) {
    http_request *r = q->visit.request;
    bool reads = (http_method(r) & METHODS_CHANGING) == 0;
    const text known = reads ? http_header(r, "If-None-Match") : (text){NULL, 0};
    const moment *m = a->backend->acquire(a->backend->context);
    uint64_t epoch = a->backend->epoch(m);
    bool by_bytes = q->visit.way->changes_alone;
    char etag[ETAG_BYTES];
    status result = STATUS_OK;
    shared_bytes *body = NULL;
    make_etag(a, epoch, NULL, etag);
    bool is_known = !by_bytes && negotiate_knows(known, etag);
    if (!is_known) body = find_answer(a, m, q, &result);
    if (by_bytes && body != NULL) {
        make_etag(a, epoch, body, etag);
        is_known = q->code == 200 && negotiate_knows(known, etag);
    }
    a->backend->release(a->backend->context, m);
    if (is_known) {
        shared_bytes_release(body);
        http_reply(r, &(http_answer){.status = 304, .etag = etag});
    } else if (body == NULL) {
        reply_status(q, result);
    } else {
        http_reply(r,
                   &(http_answer){.status = q->code,
                                  .type = q->visit.type,
                                  .etag = q->code == 200 ? etag : NULL,
                                  .disposition = q->disposition[0] == '\0' ? NULL : q->disposition,
                                  .body = body});
    }
}

static void *work(void *context) {
    questions *a = context;
    for (question *q; (q = queue_take(a->jobs, -1)) != NULL; question_free(q))
        answer_question(a, q);
    return NULL;
}

void questions_ask(questions *a, question *q) {
    http_request *r = q->visit.request;
    if (queue_count(a->jobs) >= JOBS_MAX) {
        reply_problem(r, 503, "Too many questions are waiting.", NULL);
        question_free(q);
        return;
    }
    http_defer(r);
    if (queue_push(a->jobs, q)) return;
    reply_problem(r, 503, "The server is stopping.", NULL);
    question_free(q);
}

status questions_new(const backend *b, uint64_t boot, questions **result) {
    questions *a = calloc(1, sizeof *a);
    *result = NULL;
    if (a == NULL) return STATUS_NO_MEMORY;
    a->backend = b;
    a->boot = boot;
    a->jobs = queue_new(JOBS_MAX);
    a->cache = cache_new(CACHE_ENTRIES, CACHE_BYTES);
    bool good = a->jobs != NULL && a->cache != NULL;
    while (good && a->worker_count < WORKERS)
        if (pthread_create(&a->workers[a->worker_count], NULL, work, a) == 0)
            a->worker_count++;
        else
            good = false;
    if (!good) {
        questions_free(a);
        return STATUS_NO_MEMORY;
    }
    *result = a;
    return STATUS_OK;
}

void questions_stop(questions *a) {
    if (a->jobs != NULL) queue_close(a->jobs);
    while (a->worker_count > 0) (void)pthread_join(a->workers[--a->worker_count], NULL);
}

void questions_free(questions *a) {
    if (a == NULL) return;
    questions_stop(a);
    queue_free(a->jobs);
    cache_free(a->cache);
    free(a);
}
