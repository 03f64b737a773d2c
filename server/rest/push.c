/* SPDX-License-Identifier: MIT */
#include "server/rest/push.h"

#include "pipeline/decode/record.h"
#include "pipeline/sources/source_push.h"
#include "server/rest/questions.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct ticket ticket;

struct push {
    const backend *backend;
    pthread_mutex_t lock; /* Of the list, and of each ticket's request. */
    ticket *waiting;
    size_t users; /* The owner and the tickets; the last one frees it. */
    bool stops;
};

/* One request that waits; freed when its receipt has been told. */
struct ticket {
    source_receipt receipt;
    push *push;
    ticket *previous, *next;
    http_request *request; /* NULL: it was answered already. */
    uint64_t items, outcomes[ITEM_OUTCOMES];
    struct {
        uint64_t line;
        const char *reason;
    } errors[PUSH_ERRORS_MAX];
    size_t error_count;
};

/* ---- What is shared ---- */

push *push_new(const backend *b) {
    push *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->backend = b;
    p->users = 1;
    (void)pthread_mutex_init(&p->lock, NULL);
    return p;
}

static void leave(push *p) {
    (void)pthread_mutex_lock(&p->lock);
    bool is_last = --p->users == 0;
    (void)pthread_mutex_unlock(&p->lock);
    if (!is_last) return;
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

/* False: too late, nobody will answer those that wait. */
static bool enlist(push *p, ticket *t) {
    (void)pthread_mutex_lock(&p->lock);
    bool is_in_time = !p->stops;
    p->users++;
    if (is_in_time) {
        t->next = p->waiting;
        if (t->next != NULL) t->next->previous = t;
        p->waiting = t;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return is_in_time;
}

/* Its request, which is the caller's to answer then; NULL: somebody has. */
static http_request *delist(ticket *t) {
    push *p = t->push;
    (void)pthread_mutex_lock(&p->lock);
    http_request *r = t->request;
    t->request = NULL;
    if (r != NULL) {
        if (t->next != NULL) t->next->previous = t->previous;
        *(t->previous != NULL ? &t->previous->next : &p->waiting) = t->next;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return r;
}

static void end_ticket(ticket *t) {
    leave(t->push);
    free(t);
}

/* ---- What became of it ---- */

static void on_counted(source_receipt *self, const struct record_batch *b) {
    ticket *t = (ticket *)self;
    t->items += b->item_count;
    for (size_t i = 0; i < b->item_count; i++) {
        const item *it = &b->items[i];
        t->outcomes[it->outcome]++;
        if (it->outcome != ITEM_REJECTED || t->error_count == PUSH_ERRORS_MAX) continue;
        t->errors[t->error_count].line = it->line;
        t->errors[t->error_count++].reason = it->reason;
    }
}

static void write_counts(const ticket *t, uint64_t epoch, bool is_stored, json_writer *w) {
    json_begin_object(w);
    json_key(w, "data");
    json_begin_object(w);
    json_field(w, "items", u64, t->items);
    json_field(w, "accepted", u64, t->outcomes[ITEM_ACCEPTED]);
    json_field(w, "repaired", u64, t->outcomes[ITEM_REPAIRED]);
    json_field(w, "ignored", u64, t->outcomes[ITEM_IGNORED]);
    json_field(w, "rejected", u64, t->outcomes[ITEM_REJECTED]);
    json_field(w, "epoch", u64, epoch);
    json_field(w, "stored", bool, is_stored);
    json_key(w, "errors");
    json_begin_array(w);
    for (size_t i = 0; i < t->error_count; i++) {
        json_begin_object(w);
        json_field(w, "line", u64, t->errors[i].line);
        json_field(w, "reason", string, t->errors[i].reason);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
}

static bool has_store(const backend *b) {
    pipeline_progress now;
    b->get_progress(b->context, &now);
    return now.store.is_open;
}

static void answer(const ticket *t, http_request *r, status s, uint64_t epoch) {
    buffer body = {0};
    json_writer w = json_to(&body);
    if (s == STATUS_OK) {
        write_counts(t, epoch, has_store(t->push->backend), &w);
        http_reply(r, &(http_answer){.status = 200,
                                     .type = "application/json",
                                     .body = shared_bytes_take(&body)});
        return;
    }
    reply_problem(r, 503,
                  s == STATUS_CANNOT_WRITE
                      ? "It is shown, but cannot be stored now: send it again later, which "
                        "changes nothing where it is known."
                  : s == STATUS_STOPPED ? "The server is stopping: send it again later."
                                        : status_text(s),
                  NULL);
}

static void on_done(source_receipt *self, status s, uint64_t epoch) {
    ticket *t = (ticket *)self;
    http_request *r = delist(t);
    if (r != NULL) answer(t, r, s, epoch);
    end_ticket(t);
}

/* ---- Taking ---- */

static ticket *ticket_new(push *p, http_request *r) {
    ticket *t = calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    *t = (ticket){.receipt = {on_counted, on_done}, .push = p, .request = r};
    return t;
}

/* A body of application/json is one document, which may be indented: put on one line.
 * No string of JSON has a line break in it. */
static void put_on_a_line(buffer *body) {
    for (size_t i = 0; i < body->count; i++)
        if (body->bytes[i] == '\n' || body->bytes[i] == '\r') body->bytes[i] = ' ';
}

static void refuse_full(http_request *r, source_push_room left) {
    const rate_limit limits[] = {
        {"push-bodies", "concurrent-requests", SOURCE_PUSH_CHUNKS_MAX, left.bodies},
        {"push-bytes", "content-bytes", SOURCE_PUSH_BYTES_MAX, left.bytes},
    };
    reply_full(r, "More was pushed than is worked through: send it again later.", limits,
               sizeof limits / sizeof limits[0]);
}

static void refuse(http_request *r, status s, source_push_room left) {
    if (s == STATUS_NOT_POSSIBLE)
        refuse_full(r, left);
    else if (s == STATUS_STOPPED)
        reply_problem(r, 503, "The server is stopping: send it again later.", NULL);
    else
        reply_problem(r, 503, "Out of memory for this body.", NULL);
}

static void offer(push *p, http_request *r, buffer *body) {
    ticket *t = ticket_new(p, r);
    source_push_room left = {0, 0};
    if (t == NULL) {
        refuse(r, STATUS_NO_MEMORY, left);
        return;
    }
    /* The receipt may be told before the offer returns. */
    http_defer(r);
    bool is_in_time = enlist(p, t);
    status s =
        is_in_time ? source_push_offer(p->backend->push, body, &t->receipt, &left) : STATUS_STOPPED;
    if (s == STATUS_OK) return;
    if (!is_in_time || delist(t) != NULL) refuse(r, s, left);
    end_ticket(t);
}

void push_take(push *p, http_request *r) {
    if (p->backend->push == NULL) {
        reply_problem(r, 403,
                      "Nothing can be pushed here: start the server with --push-token-file FILE.",
                      NULL);
        return;
    }
    if (http_body(r).count == 0) {
        reply_problem(r, 400, "The body is empty.", NULL);
        return;
    }
    buffer body = http_take_body(r);
    if (gate_type_is(http_header(r, "Content-Type"), "application/json")) put_on_a_line(&body);
    offer(p, r, &body);
    buffer_deinit(&body);
}

size_t push_stop(push *p) {
    for (size_t count = 0;; count++) {
        (void)pthread_mutex_lock(&p->lock);
        p->stops = true;
        ticket *t = p->waiting;
        http_request *r = t == NULL ? NULL : t->request;
        if (r != NULL) {
            t->request = NULL;
            p->waiting = t->next;
            if (t->next != NULL) t->next->previous = NULL;
        }
        (void)pthread_mutex_unlock(&p->lock);
        if (r == NULL) return count;
        reply_problem(r, 503,
                      "The server has stopped before it was known what became of this: send it "
                      "again later, which changes nothing where it is known.",
                      NULL);
    }
}

void push_free(push *p) {
    if (p != NULL) leave(p);
}
