/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/versions.h"

#include "pipeline/base/array.h"
#include "pipeline/base/hash.h"
#include "pipeline/queries/rows.h"
#include <stdlib.h>

/* A tweet in an open-addressed table; it holds its number. */
typedef struct {
    uint32_t tweet;               /* Plus 1; 0: a free slot. */
    uint32_t shown, shown_author; /* What its row of originals says; NO_NUMBER: it has none. */
    bool is_touched;
    uint8_t count;
    uint32_t others[VERSION_LINKS_MAX];
    int64_t said_ms[VERSION_LINKS_MAX];
} node;

struct versions {
    idmap *ids;
    flow_table *originals;
    uint64_t seed;
    node *nodes;
    size_t slot_count, used;
    uint32_t *touched;
    size_t touched_count, touched_capacity;
    calendar due; /* Links, a << 32 | b. */
    bool expires;
};

versions *versions_new(idmap *tweet_ids, flow_table *originals, uint64_t hash_seed) {
    versions *v = calloc(1, sizeof(*v));
    if (v == NULL) return NULL;
    v->ids = tweet_ids;
    v->originals = originals;
    v->seed = hash_seed;
    calendar_init(&v->due);
    return v;
}

void versions_free(versions *v) {
    if (v == NULL) return;
    free(v->nodes);
    free(v->touched);
    calendar_deinit(&v->due);
    free(v);
}

size_t versions_bytes(const versions *v) {
    return sizeof(*v) + v->slot_count * sizeof(*v->nodes) +
           v->touched_capacity * sizeof(*v->touched) + calendar_bytes(&v->due);
}

/* ---- Tweets ---- */

static size_t home_of(const versions *v, uint32_t tweet) {
    return hash_mix(tweet ^ v->seed) & (v->slot_count - 1);
}

static node *slot_of(const versions *v, uint32_t tweet) {
    size_t slot = home_of(v, tweet);
    while (v->nodes[slot].tweet != 0 && v->nodes[slot].tweet != tweet + 1)
        slot = (slot + 1) & (v->slot_count - 1);
    return &v->nodes[slot];
}

static node *find(const versions *v, uint32_t tweet) {
    node *n = v->used == 0 ? NULL : slot_of(v, tweet);
    return n == NULL || n->tweet == 0 ? NULL : n;
}

bool versions_has(const versions *v, uint32_t tweet) {
    return find(v, tweet) != NULL;
}

static bool grow(versions *v) {
    size_t old_count = v->slot_count, count = old_count == 0 ? 16 : old_count * 2;
    node *old = v->nodes, *nodes = calloc(count, sizeof(*nodes));
    if (nodes == NULL) return false;
    v->nodes = nodes;
    v->slot_count = count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].tweet != 0) *slot_of(v, old[i].tweet - 1) = old[i];
    free(old);
    return true;
}

static bool make(versions *v, uint32_t tweet) {
    if (find(v, tweet) != NULL) return true;
    if (v->used + 1 > v->slot_count / 4 * 3 && !grow(v)) return false;
    *slot_of(v, tweet) = (node){.tweet = tweet + 1, .shown = NO_NUMBER, .shown_author = NO_NUMBER};
    idmap_hold(v->ids, tweet);
    v->used++;
    return true;
}

static void take_out(versions *v, node *n) {
    size_t mask = v->slot_count - 1, slot = (size_t)(n - v->nodes);
    idmap_drop(v->ids, n->tweet - 1);
    for (size_t next = (slot + 1) & mask; v->nodes[next].tweet != 0; next = (next + 1) & mask) {
        size_t home = home_of(v, v->nodes[next].tweet - 1);
        if (((next - home) & mask) < ((next - slot) & mask)) continue;
        v->nodes[slot] = v->nodes[next];
        slot = next;
    }
    v->nodes[slot].tweet = 0;
    v->used--;
}

bool versions_touch(versions *v, uint32_t tweet) {
    node *n = find(v, tweet);
    if (n == NULL || n->is_touched) return true;
    if (!ARRAY_ROOM(v->touched, v->touched_count, v->touched_capacity, 16)) return false;
    v->touched[v->touched_count++] = tweet;
    n->is_touched = true;
    return true;
}

/* ---- Links ---- */

/* True when it has a time now, and had none. */
static bool set_link(node *n, uint32_t other, int64_t ms) {
    uint8_t i = 0;
    while (i < n->count && n->others[i] != other) i++;
    if (i == n->count) {
        n->others[i] = other;
        n->said_ms[i] = 0;
        n->count++;
    }
    bool had_time = n->said_ms[i] != 0;
    if (ms > n->said_ms[i]) n->said_ms[i] = ms;
    return !had_time && n->said_ms[i] != 0;
}

static bool is_full(const versions *v, uint32_t tweet, uint32_t other) {
    const node *n = find(v, tweet);
    uint8_t i = 0;
    if (n == NULL) return false;
    while (i < n->count && n->others[i] != other) i++;
    return i == VERSION_LINKS_MAX;
}

static uint64_t link_of(uint32_t a, uint32_t b) {
    return a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

bool versions_link(versions *v, uint32_t a, uint32_t b, int64_t ms) {
    if (is_full(v, a, b) || is_full(v, b, a)) return true;
    if (!make(v, a) || !make(v, b)) return false;
    bool is_timed = set_link(find(v, a), b, ms);
    (void)set_link(find(v, b), a, ms);
    if (is_timed && v->expires && !calendar_add(&v->due, ms, link_of(a, b))) return false;
    return versions_touch(v, a) && versions_touch(v, b);
}

/* ---- What the originals say ---- */

typedef struct {
    uint32_t tweets[VERSION_GROUP_MAX];
    size_t count;
} group;

static void add_member(group *g, uint32_t tweet) {
    for (size_t i = 0; i < g->count; i++)
        if (g->tweets[i] == tweet) return;
    if (g->count < VERSION_GROUP_MAX) g->tweets[g->count++] = tweet;
}

static void find_group(const versions *v, uint32_t tweet, group *g) {
    *g = (group){.count = 0};
    add_member(g, tweet);
    for (size_t at = 0; at < g->count; at++) {
        const node *n = find(v, g->tweets[at]);
        for (uint8_t i = 0; i < n->count; i++) add_member(g, n->others[i]);
    }
}

static status show(versions *v, node *n, uint32_t newest, uint32_t author) {
    status s = STATUS_OK;
    if (n->shown == newest && n->shown_author == author) return s;
    if (n->shown != NO_NUMBER)
        s = flow_push(v->originals, &(original_row){n->tweet - 1, n->shown, n->shown_author}, -1);
    if (newest != NO_NUMBER && s == STATUS_OK)
        s = flow_push(v->originals, &(original_row){n->tweet - 1, newest, author}, 1);
    n->shown = newest;
    n->shown_author = author;
    return s;
}

static status flush_group(versions *v, const group *g, version_presence *is_there, void *context) {
    uint32_t newest = NO_NUMBER, author = NO_NUMBER, other;
    status s = STATUS_OK;
    for (size_t i = 0; i < g->count; i++) {
        uint32_t tweet = g->tweets[i];
        bool is_newer = newest == NO_NUMBER || idmap_id(v->ids, tweet) > idmap_id(v->ids, newest);
        if (!is_newer || !is_there(tweet, &other, context)) continue;
        newest = tweet;
        author = other;
    }
    for (size_t i = 0; i < g->count && s == STATUS_OK; i++) {
        node *n = find(v, g->tweets[i]);
        n->is_touched = false;
        s = show(v, n, newest, author);
    }
    return s;
}

status versions_flush(versions *v, version_presence *is_there, void *context) {
    status s = STATUS_OK;
    group g;
    for (size_t i = 0; i < v->touched_count && s == STATUS_OK; i++) {
        node *n = find(v, v->touched[i]);
        if (n == NULL || !n->is_touched) continue; /* Done with another of its group. */
        if (n->count > 0) {
            find_group(v, v->touched[i], &g);
            s = flush_group(v, &g, is_there, context);
            continue;
        }
        s = show(v, n, NO_NUMBER, NO_NUMBER); /* It is by itself again. */
        take_out(v, n);
    }
    v->touched_count = 0;
    return s;
}

/* ---- Their end ---- */

static int64_t time_of(uint64_t link, void *context) {
    const node *n = find(context, (uint32_t)(link >> 32));
    for (uint8_t i = 0; n != NULL && i < n->count; i++)
        if (n->others[i] == (uint32_t)link) return n->said_ms[i];
    return CALENDAR_NEVER;
}

bool versions_keep(versions *v) {
    for (size_t i = 0; !v->expires && i < v->slot_count; i++) {
        const node *n = &v->nodes[i];
        for (uint8_t k = 0; n->tweet != 0 && k < n->count; k++)
            if (n->tweet - 1 < n->others[k] && n->said_ms[k] != 0 &&
                !calendar_add(&v->due, n->said_ms[k], link_of(n->tweet - 1, n->others[k])))
                return false;
    }
    v->expires = true;
    return true;
}

/* True when it has no other. */
static bool cut_link(node *n, uint32_t other) {
    uint8_t i = 0;
    while (n->others[i] != other) i++;
    n->count--;
    n->others[i] = n->others[n->count];
    n->said_ms[i] = n->said_ms[n->count];
    return n->count == 0;
}

bool versions_expire(versions *v, int64_t floor_ms, uint32_t alone[2], bool *failed) {
    uint64_t link;
    if (!calendar_take(&v->due, floor_ms, time_of, v, &link, failed)) return false;
    uint32_t ends[2] = {(uint32_t)(link >> 32), (uint32_t)link};
    for (size_t i = 0; i < 2; i++) {
        bool is_alone = cut_link(find(v, ends[i]), ends[1 - i]);
        if (!versions_touch(v, ends[i])) *failed = true;
        alone[i] = is_alone ? ends[i] : UINT32_MAX;
    }
    return true;
}
