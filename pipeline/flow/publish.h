/* SPDX-License-Identifier: MIT */
/* publish -- pages that epochs share, and when they end.
 *
 * What view.c and scan.c are made of; not for others.  All that a reader can reach
 * lies in pages.  A page carries the stamp of the root it was made for.  The engine
 * changes a page in place while no root can show it, that is while its stamp is
 * beyond the newest root's; else it copies the page, links the copy and drops the
 * old one.
 *
 * A dropped page is seen by the roots from its own stamp to the newest root of that
 * moment, so it is put on that root's list.  When a root ends, each page of its list
 * ends too, or moves to the next older root if that one shows it.  So a reader who
 * keeps one old epoch keeps that epoch's pages and no later ones, and ending costs
 * O(1) a page and root. */
#ifndef DUNLIN_PIPELINE_FLOW_PUBLISH_H
#define DUNLIN_PIPELINE_FLOW_PUBLISH_H

#include "pipeline/base/prefetch.h"
#include "pipeline/flow/view.h"

typedef struct page page;
struct page {
    uint64_t stamp;
    page *next;     /* Of those that found no room on a list; readers do not look. */
    uint32_t bytes; /* Of the whole page. */
    uint32_t pool;  /* Index into the pools. */
};

/* What a root holds of one view: `extent` is the levels of a tree, or the number of
 * blocks of a scan. */
typedef struct {
    page *root;
    uint64_t count;
    uint32_t extent;
} surface;

/* Changes wait until there are some: their pages are then fetched from memory at the
 * same time, which is most of what a change of a large table costs. */
enum { PENDING_MAX = 32, PENDING_ROW_BYTES = 64 };
typedef struct {
    uint32_t key;
    bool comes; /* Or goes. */
    _Alignas(16) unsigned char row[PENDING_ROW_BYTES];
} pending_row;

/* A view or scan among the views of a graph. */
typedef struct {
    flow_views *views;
    uint32_t index; /* Of its surface. */
    uint16_t key_offset, row_bytes;
    void (*apply)(void *self, const pending_row *rows, uint32_t count);
    void (*free)(void *self);
    void *self;
    uint32_t pending_count;
    pending_row pending[PENDING_MAX];
} view_member;
void view_member_sink(const void *row, int64_t weight, void *member); /* A flow_sink. */

/* Room for one more view; false when out of memory. */
bool views_join(flow_views *v, view_member *m);
surface *views_surface(flow_views *v, uint32_t index); /* The engine's, to change. */
const surface *snapshot_surface(const flow_snapshot *s, uint32_t index);
void views_fail(flow_views *v); /* The next commit says STATUS_NO_MEMORY. */
/* Engine memory outside pages, for flow_views_bytes. */
void views_count_bytes(flow_views *v, int64_t change);

/* Pages of one size are kept for reuse; the number kept follows the demand of the
 * last epochs, down to none.  False when out of memory. */
bool page_pool_find(flow_views *v, size_t bytes, uint32_t *pool);
page *page_take(flow_views *v, uint32_t pool); /* Not zeroed behind the header; NULL: no memory. */
page *page_take_sized(flow_views *v, size_t bytes); /* The same, without a pool. */
/* Fetches the page that page_take will give after `place` others; and any page. */
void page_take_soon(const flow_views *v, uint32_t pool, uint32_t place);
static inline void page_prefetch(const void *p, bool to_write) {
    const char *at = p;
    for (int line = 0; line < 9; line++, at += 64)
        to_write ? prefetch_to_write(at) : prefetch_to_read(at);
}
void page_drop(flow_views *v, page *p); /* NULL is allowed. */
/* *link, for writing: itself, or a copy put in its place; NULL: no memory. */
page *page_own(flow_views *v, page **link);

/* The offset of a u32 column; false when there is none of that name and type. */
bool schema_find_u32(const flow_schema *s, const char *name, uint16_t *offset);

#endif
