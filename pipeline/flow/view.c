/* SPDX-License-Identifier: MIT */
/* view -- one row a dense u32 key, for readers of any epoch.
 *
 * A radix tree: 64 children a level, leaves of 16 to 64 rows.  An empty page is
 * dropped and a root with only its first child gives way to it, so the tree's shape
 * and memory are a function of the keys it holds.  The first change of a leaf in an
 * epoch copies it and its path (about 0.5 KB a page); later ones write in place.
 *
 * Within an epoch a key's old and new row come in any order: a row that comes takes
 * the place of the one that is held, and a row that goes only removes itself. */
#include "pipeline/flow/publish.h"

#include <stdlib.h>
#include <string.h>

enum { CHILD_BITS = 6, CHILDREN = 1 << CHILD_BITS };

typedef struct {
    page page;
    uint64_t mask; /* Which children there are. */
    page *children[CHILDREN];
} inner;

typedef struct {
    page page;
    uint64_t mask; /* Which rows there are. */
    unsigned char rows[];
} leaf;

struct flow_view {
    view_member member;
    uint32_t inner_pool, leaf_pool;
    uint16_t row_bytes;
    uint8_t leaf_bits;
};

/* ---- Reading ---- */

static unsigned level_shift(const flow_view *v, uint32_t level) {
    return level == 0 ? 0 : v->leaf_bits + CHILD_BITS * (level - 1);
}

static unsigned child_of(const flow_view *v, uint32_t key, uint32_t level) {
    return (key >> level_shift(v, level)) & (CHILDREN - 1);
}

static unsigned place_in_leaf(const flow_view *v, uint32_t key) {
    return key & ((1U << v->leaf_bits) - 1);
}

static bool is_beyond(const flow_view *v, uint32_t levels, uint32_t key) {
    unsigned bits = v->leaf_bits + CHILD_BITS * levels;
    return bits < 32 && key >> bits != 0;
}

static const leaf *leaf_find(const surface *s, const flow_view *v, uint32_t key) {
    const page *p = s->root;
    if (is_beyond(v, s->extent, key)) return NULL;
    for (uint32_t level = s->extent; level > 0 && p != NULL; level--)
        p = ((const inner *)p)->children[child_of(v, key, level)];
    return (const leaf *)p;
}

static const void *row_find(const surface *s, const flow_view *v, uint32_t key) {
    const leaf *l = leaf_find(s, v, key);
    unsigned at = place_in_leaf(v, key);
    return l != NULL && (l->mask >> at & 1) ? l->rows + (size_t)at * v->row_bytes : NULL;
}

const void *flow_view_find(const flow_snapshot *s, const flow_view *v, uint32_t key) {
    return row_find(snapshot_surface(s, v->member.index), v, key);
}

/* The first row at or after *key in the page whose keys begin at `begin`. */
static const void *row_next(const flow_view *v, const page *p, uint32_t level, uint32_t begin,
                            uint32_t *key) {
    unsigned shift = level_shift(v, level);
    uint32_t first = *key > begin ? (*key - begin) >> shift : 0;
    const inner *n = (const inner *)p; /* A leaf's mask is in the same place. */
    for (uint64_t mask = n->mask & (~UINT64_C(0) << first); mask != 0; mask &= mask - 1) {
        unsigned at = (unsigned)__builtin_ctzll(mask);
        uint32_t child_begin = begin + ((uint32_t)at << shift);
        if (level == 0) {
            *key = child_begin;
            return ((const leaf *)p)->rows + (size_t)at * v->row_bytes;
        }
        const void *row = row_next(v, n->children[at], level - 1, child_begin, key);
        if (row != NULL) return row;
    }
    return NULL;
}

const void *flow_view_next(const flow_snapshot *s, const flow_view *v, uint32_t *key) {
    const surface *t = snapshot_surface(s, v->member.index);
    if (t->root == NULL || is_beyond(v, t->extent, *key)) return NULL;
    return row_next(v, t->root, t->extent, 0, key);
}

const void *flow_view_last(const flow_snapshot *s, const flow_view *v, uint32_t *key) {
    const surface *t = snapshot_surface(s, v->member.index);
    const page *p = t->root;
    uint32_t found = 0;
    if (p == NULL) return NULL;
    for (uint32_t level = t->extent;; level--) { /* A page that is there holds a row. */
        const inner *n = (const inner *)p;
        unsigned at = 63 - (unsigned)__builtin_clzll(n->mask);
        found += (uint32_t)at << level_shift(v, level);
        if (level == 0) {
            *key = found;
            return ((const leaf *)p)->rows + (size_t)at * v->row_bytes;
        }
        p = n->children[at];
    }
}

uint64_t flow_view_count(const flow_snapshot *s, const flow_view *v) {
    return snapshot_surface(s, v->member.index)->count;
}

/* ---- Writing ---- */

static page *inner_new(const flow_view *v) {
    inner *n = (inner *)page_take(v->member.views, v->inner_pool);
    if (n == NULL) return NULL;
    n->mask = 0;
    memset(n->children, 0, sizeof n->children);
    return &n->page;
}

static page *leaf_new(const flow_view *v) {
    leaf *l = (leaf *)page_take(v->member.views, v->leaf_pool);
    if (l == NULL) return NULL;
    l->mask = 0;
    return &l->page;
}

/* A new root above the old one, until the key is within. */
static bool tree_rise(const flow_view *v, surface *s, uint32_t key) {
    while (is_beyond(v, s->extent, key)) {
        if (s->root != NULL) {
            inner *n = (inner *)inner_new(v);
            if (n == NULL) return false;
            n->mask = 1;
            n->children[0] = s->root;
            s->root = &n->page;
        }
        s->extent++;
    }
    return true;
}

/* The key's leaf for writing, made if need be; NULL when out of memory. */
static leaf *leaf_own(const flow_view *v, surface *s, uint32_t key) {
    page **link = &s->root;
    for (uint32_t level = s->extent;; level--) {
        if (*link == NULL) *link = level > 0 ? inner_new(v) : leaf_new(v);
        page *p = *link != NULL ? page_own(v->member.views, link) : NULL;
        if (p == NULL || level == 0) return (leaf *)p;
        inner *n = (inner *)p;
        unsigned child = child_of(v, key, level);
        n->mask |= UINT64_C(1) << child;
        link = &n->children[child];
    }
}

static void view_put(const flow_view *v, uint32_t key, const void *row) {
    surface *s = views_surface(v->member.views, v->member.index);
    leaf *l = tree_rise(v, s, key) ? leaf_own(v, s, key) : NULL;
    if (l == NULL) return;
    unsigned at = place_in_leaf(v, key);
    s->count += ~l->mask >> at & 1;
    l->mask |= UINT64_C(1) << at;
    memcpy(l->rows + (size_t)at * v->row_bytes, row, v->row_bytes);
}

/* Takes out the row of a key that is there, and the pages that are empty then. */
static void row_take_out(const flow_view *v, page **link, uint32_t level, uint32_t key) {
    inner *n = (inner *)page_own(v->member.views, link); /* A leaf's mask is in the same place. */
    if (n == NULL) return;
    unsigned at = level > 0 ? child_of(v, key, level) : place_in_leaf(v, key);
    if (level > 0) {
        row_take_out(v, &n->children[at], level - 1, key);
        if (n->children[at] != NULL) return;
    }
    n->mask &= ~(UINT64_C(1) << at);
    if (n->mask != 0) return;
    *link = NULL;
    page_drop(v->member.views, &n->page);
}

static void view_remove(const flow_view *v, uint32_t key, const void *row) {
    surface *s = views_surface(v->member.views, v->member.index);
    const void *held = row_find(s, v, key);
    if (held == NULL || memcmp(held, row, v->row_bytes) != 0) return;
    row_take_out(v, &s->root, s->extent, key);
    s->count--;
    if (s->root == NULL) s->extent = 0;
    while (s->extent > 0 && ((inner *)s->root)->mask == 1) {
        page *needless = s->root;
        s->root = ((inner *)needless)->children[0];
        s->extent--;
        page_drop(v->member.views, needless);
    }
}

static void view_apply(void *self, const pending_row *rows, uint32_t count) {
    const flow_view *v = self;
    const surface *s = views_surface(v->member.views, v->member.index);
    for (uint32_t i = 0; i < count; i++) {
        const leaf *l = leaf_find(s, v, rows[i].key);
        if (l != NULL) page_prefetch(l, false);
        page_take_soon(v->member.views, v->leaf_pool, i);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].comes) {
            view_put(v, rows[i].key, rows[i].row);
        } else {
            view_remove(v, rows[i].key, rows[i].row);
        }
    }
}

/* ---- Life ---- */

static void tree_free(const flow_view *v, page *p, uint32_t level) {
    if (p == NULL) return;
    const inner *n = (const inner *)p;
    for (uint64_t mask = level > 0 ? n->mask : 0; mask != 0; mask &= mask - 1)
        tree_free(v, n->children[__builtin_ctzll(mask)], level - 1);
    page_drop(v->member.views, p);
}

static void view_free(void *self) {
    flow_view *v = self;
    surface *s = views_surface(v->member.views, v->member.index);
    tree_free(v, s->root, s->extent);
    free(v);
}

/* Leaves of about half a kilobyte. */
static uint8_t leaf_bits_for(uint16_t row_bytes) {
    return row_bytes <= 8 ? 6 : row_bytes <= 16 ? 5 : 4;
}

flow_view *flow_view_new(flow_views *views, flow_table *t, const char *key) {
    const flow_schema *schema = flow_table_schema(t); /* NULL: it could not be built. */
    flow_view *v = schema == NULL ? NULL : calloc(1, sizeof *v);
    if (v == NULL) return NULL;
    v->row_bytes = schema->row_bytes;
    v->leaf_bits = leaf_bits_for(v->row_bytes);
    size_t leaf_bytes = sizeof(leaf) + ((size_t)v->row_bytes << v->leaf_bits);
    v->member.row_bytes = v->row_bytes;
    v->member.apply = view_apply;
    v->member.free = view_free;
    v->member.self = v;
    if (!schema_find_u32(schema, key, &v->member.key_offset) ||
        !page_pool_find(views, sizeof(inner), &v->inner_pool) ||
        !page_pool_find(views, leaf_bytes, &v->leaf_pool) || !views_join(views, &v->member)) {
        free(v);
        return NULL;
    }
    flow_output(t, view_member_sink, &v->member);
    return v;
}
