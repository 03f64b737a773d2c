/* SPDX-License-Identifier: MIT */
/* publish -- roots, the readers that hold them, and the end of pages.
 *
 * Readers take the present root by one atomic addition.  `gate` holds the root's
 * slot in its upper 16 bits and counts in the lower 48 how often it was taken.  To
 * publish, the engine exchanges the gate and adds the count it finds to the old
 * root's `taken`, from which every release subtracts one: at 0 nobody holds a root
 * that is no longer in the gate (until then `taken` may be below 0).  Only the engine
 * ends roots, after a commit, so no reader ever frees, waits or retries. */
#include "pipeline/flow/publish.h"
#include "pipeline/flow/schema.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/array.h"

enum { SLOT_SHIFT = 48, SLOTS = 4096 }; /* Slot 0: no root. */

/* Lists are arrays, not chains through the pages: to walk it would fetch each page
 * from memory once more. */
typedef struct {
    page *page;
    uint64_t stamp;
    uint32_t bytes, pool;
} dead_page;

typedef struct {
    dead_page *pages;
    size_t count, capacity;
} dead_list;

struct flow_snapshot {
    flow_views *views;
    uint64_t epoch, stamp;
    atomic_int_fast64_t taken;
    flow_snapshot *older; /* The engine's, as all below but the surfaces. */
    dead_list dead;
    uint32_t slot;
    surface surfaces[];
};

typedef struct {
    page **free;
    uint32_t bytes, free_count, free_capacity, taken, keep;
} page_pool;

typedef struct {
    page page;
    void *memory;
    void (*release)(void *memory, void *context);
    void *context;
} retirement;

enum { POOL_NONE, POOL_RETIREMENT, POOL_FIRST };

struct flow_views {
    atomic_uint_fast64_t gate;
    flow_snapshot *slots[SLOTS];
    uint16_t free_slots[SLOTS];
    uint32_t free_slot_count;
    flow *flow;
    flow_snapshot *newest;  /* Of the roots that somebody may hold; NULL: none. */
    flow_snapshot *current; /* In the gate; NULL: none. */
    flow_snapshot *present; /* The engine's own, never in the gate. */
    uint64_t stamp;         /* Of the root being made. */
    view_member **members;
    uint32_t member_count;
    page_pool *pools; /* The first two are not in use. */
    uint32_t pool_count;
    uint64_t bytes, retired_bytes;
    page *orphans; /* Dropped when there was no memory for a list. */
    bool publishing, held, failed;
};

/* ---- Pages ---- */

/* The sanitizers find a reader of an ended page only if it is really freed. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { REUSE_PAGES = 0 };
#else
enum { REUSE_PAGES = 1 };
#endif

static page *page_new(flow_views *v, size_t bytes, uint32_t pool) {
    page *p = bytes <= UINT32_MAX ? malloc(bytes) : NULL;
    if (p == NULL) {
        v->failed = true;
        return NULL;
    }
    *p = (page){.stamp = v->stamp, .bytes = (uint32_t)bytes, .pool = pool};
    v->bytes += bytes;
    return p;
}

static void page_free(flow_views *v, page *p) {
    v->bytes -= p->bytes;
    free(p);
}

static bool pool_give(flow_views *v, uint32_t number, page *p) {
    page_pool *pool = &v->pools[number];
    if (pool->free_count == pool->free_capacity) {
        uint32_t capacity = pool->free_capacity * 2 + 64;
        page **grown = realloc(pool->free, capacity * sizeof(page *));
        if (grown == NULL) return false;
        v->bytes += (capacity - pool->free_capacity) * sizeof(page *);
        pool->free = grown;
        pool->free_capacity = capacity;
    }
    pool->free[pool->free_count++] = p;
    return true;
}

static void page_end(flow_views *v, page *p, uint32_t pool) {
    if (pool >= POOL_FIRST && REUSE_PAGES && pool_give(v, pool, p)) return;
    if (pool == POOL_RETIREMENT) {
        const retirement *r = (retirement *)p;
        r->release(r->memory, r->context);
    }
    page_free(v, p);
}

static void pool_trim(flow_views *v, page_pool *pool, uint32_t keep) {
    while (pool->free_count > keep) page_free(v, pool->free[--pool->free_count]);
    if (pool->free_count > 0 || keep > 0) return;
    v->bytes -= pool->free_capacity * sizeof(page *);
    free(pool->free);
    pool->free = NULL;
    pool->free_capacity = 0;
}

bool page_pool_find(flow_views *v, size_t bytes, uint32_t *pool) {
    for (*pool = POOL_FIRST; *pool < v->pool_count; ++*pool)
        if (v->pools[*pool].bytes == bytes) return true;
    page_pool *grown = realloc(v->pools, (v->pool_count + 1) * sizeof *grown);
    if (grown == NULL) return false;
    v->pools = grown;
    v->pools[v->pool_count++] = (page_pool){.bytes = (uint32_t)bytes};
    return true;
}

page *page_take(flow_views *v, uint32_t number) {
    page_pool *pool = &v->pools[number];
    pool->taken++;
    if (pool->free_count == 0) return page_new(v, pool->bytes, number);
    page *p = pool->free[--pool->free_count];
    p->stamp = v->stamp;
    return p;
}

void page_take_soon(const flow_views *v, uint32_t number, uint32_t place) {
    const page_pool *pool = &v->pools[number];
    if (place < pool->free_count) page_prefetch(pool->free[pool->free_count - 1 - place], true);
}

page *page_take_sized(flow_views *v, size_t bytes) {
    return page_new(v, bytes, POOL_NONE);
}

/* A root may show it. */
static bool page_is_shared(const flow_views *v, const page *p) {
    return v->newest != NULL && p->stamp <= v->newest->stamp;
}

static void dead_add(flow_views *v, dead_list *list, dead_page entry) {
    if (!ARRAY_ROOM(list->pages, list->count, list->capacity, 64)) {
        v->failed = true;
        entry.page->next = v->orphans;
        v->orphans = entry.page;
        return;
    }
    list->pages[list->count++] = entry;
}

void page_drop(flow_views *v, page *p) {
    if (p == NULL) return;
    if (!page_is_shared(v, p)) {
        page_end(v, p, p->pool);
        return;
    }
    v->retired_bytes += p->bytes;
    dead_add(v, &v->newest->dead, (dead_page){p, p->stamp, p->bytes, p->pool});
}

page *page_own(flow_views *v, page **link) {
    page *old = *link;
    if (!page_is_shared(v, old)) return old;
    page *copy = old->pool >= POOL_FIRST ? page_take(v, old->pool) : page_take_sized(v, old->bytes);
    if (copy == NULL) return NULL;
    memcpy(copy + 1, old + 1, old->bytes - sizeof *old);
    *link = copy;
    page_drop(v, old);
    return copy;
}

/* ---- Roots ---- */

static flow_snapshot *snapshot_new(flow_views *v, uint32_t surface_count) {
    flow_snapshot *s = calloc(1, sizeof *s + surface_count * sizeof s->surfaces[0]);
    if (s == NULL) return NULL;
    atomic_init(&s->taken, 0);
    s->views = v;
    return s;
}

/* Takes the root out of the gate, so that the number of its holders is known. */
static void gate_set(flow_views *v, flow_snapshot *root) {
    uint64_t to = root != NULL ? (uint64_t)root->slot << SLOT_SHIFT : 0;
    uint64_t was = atomic_exchange_explicit(&v->gate, to, memory_order_acq_rel);
    uint64_t taken = was & ((UINT64_C(1) << SLOT_SHIFT) - 1);
    if (v->current != NULL)
        atomic_fetch_add_explicit(&v->current->taken, (int_fast64_t)taken, memory_order_relaxed);
    v->current = root;
}

/* Readers may hold 4,095 epochs at once; beyond that new ones wait to be shown. */
static status root_publish(flow_views *v) {
    if (v->free_slot_count == 0) return STATUS_OK;
    flow_snapshot *root = snapshot_new(v, v->member_count);
    if (root == NULL) return STATUS_NO_MEMORY;
    root->epoch = v->present->epoch;
    root->stamp = v->stamp++;
    memcpy(root->surfaces, v->present->surfaces, v->member_count * sizeof root->surfaces[0]);
    root->slot = v->free_slots[--v->free_slot_count];
    root->older = v->newest;
    v->newest = root;
    v->slots[root->slot] = root;
    gate_set(v, root);
    return STATUS_OK;
}

static void root_end(flow_views *v, flow_snapshot **link) {
    flow_snapshot *root = *link, *older = root->older;
    for (size_t i = 0; i < root->dead.count; i++) {
        const dead_page *d = &root->dead.pages[i];
        if (older != NULL && d->stamp <= older->stamp) {
            dead_add(v, &older->dead, *d);
        } else {
            v->retired_bytes -= d->bytes;
            page_end(v, d->page, d->pool);
        }
    }
    *link = older;
    v->free_slots[v->free_slot_count++] = (uint16_t)root->slot;
    free(root->dead.pages);
    free(root);
}

/* From the newest on, so that a page that moves to a root that ends as well ends
 * in the same pass. */
static void roots_reclaim(flow_views *v) {
    for (flow_snapshot **link = &v->newest; *link != NULL;) {
        bool held =
            *link == v->current || atomic_load_explicit(&(*link)->taken, memory_order_acquire) != 0;
        if (held) {
            link = &(*link)->older;
        } else {
            root_end(v, link);
        }
    }
}

/* ---- Snapshots ---- */

const flow_snapshot *flow_acquire(flow_views *v) {
    uint64_t was = atomic_fetch_add_explicit(&v->gate, 1, memory_order_acquire);
    assert(was >> SLOT_SHIFT != 0); /* Nothing is published. */
    return v->slots[was >> SLOT_SHIFT];
}

void flow_release(const flow_snapshot *s) {
    if (s == NULL || s == s->views->present) return;
    atomic_fetch_sub_explicit(&((flow_snapshot *)s)->taken, 1, memory_order_release);
}

uint64_t flow_snapshot_epoch(const flow_snapshot *s) {
    return s->epoch;
}

const surface *snapshot_surface(const flow_snapshot *s, uint32_t index) {
    return &s->surfaces[index];
}

/* ---- The engine's side ---- */

static void member_apply(view_member *m) {
    uint32_t count = m->pending_count;
    m->pending_count = 0;
    if (count > 0 && !m->views->failed) m->apply(m->self, m->pending, count);
}

void view_member_sink(const void *row, int64_t weight, void *member) {
    view_member *m = member;
    pending_row *p = &m->pending[m->pending_count++];
    p->comes = weight > 0;
    memcpy(p->row, row, m->row_bytes);
    memcpy(&p->key, p->row + m->key_offset, sizeof p->key);
    if (m->pending_count == PENDING_MAX) member_apply(m);
}

static status views_commit(uint64_t epoch, void *context) {
    flow_views *v = context;
    for (uint32_t i = 0; i < v->member_count; i++) member_apply(v->members[i]);
    v->present->epoch = epoch;
    if (v->failed) return STATUS_NO_MEMORY;
    status s = v->publishing && !v->held ? root_publish(v) : STATUS_OK;
    roots_reclaim(v);
    for (page_pool *pool = v->pools + POOL_FIRST; pool < v->pools + v->pool_count; pool++) {
        uint32_t decayed = pool->keep - (pool->keep + 3) / 4;
        pool->keep = pool->taken > decayed ? pool->taken : decayed;
        pool->taken = 0;
        pool_trim(v, pool, pool->keep);
    }
    return s;
}

flow_views *flow_views_new(flow *f) {
    flow_views *v = calloc(1, sizeof *v);
    if (v == NULL) return NULL;
    v->flow = f;
    v->stamp = 1;
    v->pool_count = POOL_FIRST;
    v->pools = calloc(v->pool_count, sizeof *v->pools);
    v->present = snapshot_new(v, 0);
    for (uint32_t slot = SLOTS - 1; slot > 0; slot--)
        v->free_slots[v->free_slot_count++] = (uint16_t)slot;
    if (v->pools == NULL || v->present == NULL) {
        flow_views_free(v);
        return NULL;
    }
    v->bytes = sizeof *v;
    flow_on_commit(f, views_commit, v);
    return v;
}

void flow_views_free(flow_views *v) {
    if (v == NULL) return;
    gate_set(v, NULL);
    roots_reclaim(v);
    assert(v->newest == NULL); /* A snapshot is still held. */
    for (uint32_t i = 0; i < v->member_count; i++) v->members[i]->free(v->members[i]->self);
    for (page *p = v->orphans, *next; p != NULL; p = next) {
        next = p->next;
        page_end(v, p, p->pool);
    }
    for (uint32_t i = POOL_FIRST; v->pools != NULL && i < v->pool_count; i++)
        pool_trim(v, &v->pools[i], 0);
    free(v->members);
    free(v->pools);
    free(v->present);
    free(v);
}

status flow_publish(flow_views *v, bool on) {
    if (on == v->publishing) return STATUS_OK;
    status s = STATUS_OK;
    if (on) {
        s = root_publish(v);
        if (v->current == NULL) s = STATUS_NO_MEMORY; /* All slots are held, too. */
    } else {
        gate_set(v, NULL);
    }
    v->publishing = on && s == STATUS_OK;
    roots_reclaim(v);
    return s;
}

status flow_hold(flow_views *v, bool on) {
    if (on == v->held) return STATUS_OK;
    if (!on && v->publishing) {
        status s = root_publish(v);
        if (s != STATUS_OK) return s;
        roots_reclaim(v);
    }
    v->held = on;
    return STATUS_OK;
}

const flow_snapshot *flow_present(flow_views *v) {
    return v->present;
}
uint64_t flow_views_bytes(const flow_views *v) {
    return v->bytes;
}
uint64_t flow_views_retired_bytes(const flow_views *v) {
    return v->retired_bytes;
}

status flow_retire(flow_views *v, void *memory, void (*release)(void *memory, void *context),
                   void *context) {
    if (v->newest != NULL) roots_reclaim(v);
    if (v->newest == NULL) {
        release(memory, context);
        return STATUS_OK;
    }
    retirement *r = malloc(sizeof *r);
    if (r == NULL) return STATUS_NO_MEMORY;
    *r = (retirement){{.bytes = sizeof *r, .pool = POOL_RETIREMENT}, memory, release, context};
    v->bytes += sizeof *r;
    page_drop(v, &r->page); /* Its stamp is 0: every root may show it. */
    return STATUS_OK;
}

bool views_join(flow_views *v, view_member *m) {
    uint32_t count = v->member_count + 1;
    view_member **members = realloc(v->members, count * sizeof(view_member *));
    if (members != NULL) v->members = members;
    flow_snapshot *present = snapshot_new(v, count);
    if (members == NULL || present == NULL) {
        free(present);
        return false;
    }
    memcpy(present->surfaces, v->present->surfaces, v->member_count * sizeof(surface));
    free(v->present);
    v->present = present;
    m->views = v;
    m->index = v->member_count;
    v->members[v->member_count++] = m;
    return true;
}

surface *views_surface(flow_views *v, uint32_t index) {
    return &v->present->surfaces[index];
}
void views_fail(flow_views *v) {
    v->failed = true;
}
void views_count_bytes(flow_views *v, int64_t change) {
    v->bytes += (uint64_t)change;
}

bool schema_find_u32(const flow_schema *s, const char *name, uint16_t *offset) {
    const flow_column *c = schema_find(s, name);
    if (c == NULL || c->type != FLOW_u32) return false;
    *offset = c->offset;
    return true;
}
