/* SPDX-License-Identifier: MIT */
/* sorted -- an ordered trace: a B+ tree of keys made of words.
 *
 * Leaves hold keys and weights and are chained both ways; inner nodes hold the
 * least key of every child but the first.  A full node is split in two; the last
 * leaf is split at its end, so that ascending keys fill their leaves.  A leaf that
 * fits into half a leaf with its neighbour is merged with it, an empty node goes:
 * enough to keep the height at O(log n) of what was ever held at once, with far
 * less code than keeping every node half full. */
#include "pipeline/flow/sorted.h"

#include "pipeline/base/prefetch.h"
#include "pipeline/flow/weight.h"
#include <assert.h>
#include <string.h>

#ifdef TEST_TINY
enum { LEAF_KEYS_MAX = 4, INNER_KEYS_MAX = 3 };
#else
enum { LEAF_KEYS_MAX = 32, INNER_KEYS_MAX = 31 };
#endif
enum { HEIGHT_MAX = 32 };

typedef struct {
    uint32_t count, next, previous, padding;
    int64_t weights[LEAF_KEYS_MAX];
    uint64_t keys[];
} leaf;

typedef struct {
    uint32_t count; /* Of keys: one less than of children. */
    uint32_t children[INNER_KEYS_MAX + 1];
    uint64_t keys[];
} inner;

__extension__ typedef unsigned __int128 flow_words;
typedef struct {
    uint32_t nodes[HEIGHT_MAX], child[HEIGHT_MAX];
} path;

static leaf *leaf_at(const sorted *s, uint32_t handle) {
    return slab_at(&s->leaves, handle);
}
static inner *inner_at(const sorted *s, uint32_t handle) {
    return slab_at(&s->inners, handle);
}

void sorted_init(sorted *s, size_t word_count) {
    *s = (sorted){.word_count = (uint32_t)word_count, .root = HANDLE_NONE};
    slab_init(&s->leaves, sizeof(leaf) + LEAF_KEYS_MAX * word_count * sizeof(uint64_t));
    slab_init(&s->inners, sizeof(inner) + INNER_KEYS_MAX * word_count * sizeof(uint64_t));
}

void sorted_deinit(sorted *s) {
    slab_deinit(&s->leaves);
    slab_deinit(&s->inners);
    s->root = HANDLE_NONE;
    s->height = 0;
    s->count = 0;
}

static int compare(const uint64_t *a, const uint64_t *b, size_t words) {
    for (size_t i = 0; i < words; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

static uint32_t rank_of_one(const uint64_t *keys, uint32_t count, uint64_t key) {
    uint32_t low = 0;
    while (count > 0) {
        uint32_t half = count / 2;
        bool below = keys[low + half] < key;
        low = below ? low + half + 1 : low;
        count = below ? count - half - 1 : half;
    }
    return low;
}

static uint32_t rank_of_two(const uint64_t *keys, uint32_t count, const uint64_t *key) {
    uint32_t low = 0;
    flow_words two = (flow_words)key[0] << 64 | key[1];
    while (count > 0) {
        uint32_t half = count / 2;
        const uint64_t *other = keys + 2 * (size_t)(low + half);
        bool below = ((flow_words)other[0] << 64 | other[1]) < two;
        low = below ? low + half + 1 : low;
        count = below ? count - half - 1 : half;
    }
    return low;
}

/* How many of the ascending keys are below `key`, or not above it if `or_equal`. */
static uint32_t rank(const sorted *s, const uint64_t *keys, uint32_t count, const uint64_t *key,
                     bool or_equal) {
    uint32_t low = 0, all = count;
    if (s->word_count <= 2) {
        low = s->word_count == 1 ? rank_of_one(keys, count, key[0]) : rank_of_two(keys, count, key);
        bool equal = or_equal && low < all &&
                     compare(keys + (size_t)low * s->word_count, key, s->word_count) == 0;
        return low + equal;
    }
    while (count > 0) {
        uint32_t half = count / 2;
        int c = compare(keys + (size_t)(low + half) * s->word_count, key, s->word_count);
        bool below = c < 0 || (or_equal && c == 0);
        low = below ? low + half + 1 : low;
        count = below ? count - half - 1 : half;
    }
    return low;
}

static uint32_t descend(const sorted *s, const uint64_t *key, path *p) {
    uint32_t node = s->root;
    for (uint32_t level = 0; level < s->height; level++) {
        const inner *n = inner_at(s, node);
        uint32_t child = rank(s, n->keys, n->count, key, true);
        if (p != NULL) {
            p->nodes[level] = node;
            p->child[level] = child;
        }
        node = n->children[child];
    }
    return node;
}

sorted_place sorted_prefetch(const sorted *s, const uint64_t *words) {
    enum { LINE_BYTES = 64 };
    if (s->root == HANDLE_NONE) return (sorted_place){HANDLE_NONE, s->changes};
    sorted_place place = {descend(s, words, NULL), s->changes};
    const uint8_t *l = slab_at(&s->leaves, place.leaf);
    for (size_t at = 0; at < s->leaves.item_bytes; at += LINE_BYTES) prefetch_to_write(l + at);
    return place;
}

sorted_cursor sorted_seek(const sorted *s, const uint64_t *words) {
    if (s->root == HANDLE_NONE) return (sorted_cursor){HANDLE_NONE, 0};
    uint32_t node = descend(s, words, NULL);
    const leaf *l = leaf_at(s, node);
    return (sorted_cursor){node, rank(s, l->keys, l->count, words, false)};
}

const uint64_t *sorted_get(const sorted *s, sorted_cursor *c, int64_t *weight) {
    while (c->leaf != HANDLE_NONE && c->at >= leaf_at(s, c->leaf)->count)
        *c = (sorted_cursor){leaf_at(s, c->leaf)->next, 0};
    if (c->leaf == HANDLE_NONE) return NULL;
    const leaf *l = leaf_at(s, c->leaf);
    *weight = l->weights[c->at];
    return l->keys + (size_t)c->at * s->word_count;
}

static void move_keys(const sorted *s, uint64_t *keys, uint32_t to, uint32_t from, uint32_t count) {
    memmove(keys + (size_t)to * s->word_count, keys + (size_t)from * s->word_count,
            (size_t)count * s->word_count * sizeof keys[0]);
}

static void copy_keys(const sorted *s, uint64_t *to, const uint64_t *from, uint32_t at,
                      uint32_t count) {
    memcpy(to, from + (size_t)at * s->word_count, (size_t)count * s->word_count * sizeof to[0]);
}

/* ---- Insertion ---- */

static void inner_insert(const sorted *s, inner *n, uint32_t at, const uint64_t *key,
                         uint32_t child) {
    move_keys(s, n->keys, at + 1, at, n->count - at);
    memmove(&n->children[at + 2], &n->children[at + 1], (n->count - at) * sizeof n->children[0]);
    copy_keys(s, n->keys + (size_t)at * s->word_count, key, 0, 1);
    n->children[at + 1] = child;
    n->count++;
}

/* Moves the upper half of a full inner node to `fresh`; `between` is the key that
 * now parts them. */
static void split_inner(const sorted *s, inner *n, inner *fresh, uint64_t *between) {
    uint32_t kept = n->count / 2;
    fresh->count = n->count - kept - 1;
    copy_keys(s, between, n->keys, kept, 1);
    copy_keys(s, fresh->keys, n->keys, kept + 1, fresh->count);
    memcpy(fresh->children, &n->children[kept + 1], (fresh->count + 1) * sizeof n->children[0]);
    n->count = kept;
}

static void new_root(sorted *s, uint32_t root, uint32_t left, const uint64_t *key, uint32_t right) {
    inner *n = inner_at(s, root);
    n->count = 1;
    n->children[0] = left;
    n->children[1] = right;
    copy_keys(s, n->keys, key, 0, 1);
    s->root = root;
    s->height++;
}

/* Hangs `child`, whose least key is `key`, behind the child that the path took.
 * `spare` holds as many taken inner nodes as this can need. */
static void insert_upwards(sorted *s, const path *p, uint64_t *key, uint32_t child,
                           const uint32_t *spare) {
    for (uint32_t level = s->height; level-- > 0;) {
        inner *n = inner_at(s, p->nodes[level]);
        uint32_t at = p->child[level];
        if (n->count < INNER_KEYS_MAX) {
            inner_insert(s, n, at, key, child);
            return;
        }
        uint64_t between[SORTED_WORDS_MAX] = {0};
        uint32_t handle = *spare++;
        inner *fresh = inner_at(s, handle);
        split_inner(s, n, fresh, between);
        if (at <= n->count)
            inner_insert(s, n, at, key, child);
        else
            inner_insert(s, fresh, at - n->count - 1, key, child);
        copy_keys(s, key, between, 0, 1);
        child = handle;
    }
    new_root(s, *spare, s->root, key, child);
}

/* Takes the nodes of a split beforehand, so that it happens whole or not at all. */
static bool take_nodes(sorted *s, const path *p, uint32_t *fresh_leaf, uint32_t *spare) {
    uint32_t needed = 0, level = s->height;
    while (level > 0 && inner_at(s, p->nodes[level - 1])->count == INNER_KEYS_MAX) {
        level--;
        needed++;
    }
    if (level == 0) needed++;
    *fresh_leaf = slab_take(&s->leaves);
    for (uint32_t i = 0; i < needed && *fresh_leaf != HANDLE_NONE; i++) {
        spare[i] = slab_take(&s->inners);
        if (spare[i] != HANDLE_NONE) continue;
        while (i > 0) slab_give(&s->inners, spare[--i]);
        slab_give(&s->leaves, *fresh_leaf);
        *fresh_leaf = HANDLE_NONE;
    }
    return *fresh_leaf != HANDLE_NONE;
}

static void leaf_insert(const sorted *s, leaf *l, uint32_t at, const uint64_t *key,
                        int64_t weight) {
    move_keys(s, l->keys, at + 1, at, l->count - at);
    memmove(&l->weights[at + 1], &l->weights[at], (l->count - at) * sizeof l->weights[0]);
    copy_keys(s, l->keys + (size_t)at * s->word_count, key, 0, 1);
    l->weights[at] = weight;
    l->count++;
}

static bool split_leaf(sorted *s, const path *p, uint32_t handle, uint32_t at, const uint64_t *key,
                       int64_t weight) {
    s->changes++;
    uint32_t fresh_handle, spare[HEIGHT_MAX] = {0};
    uint64_t least[SORTED_WORDS_MAX];
    if (!take_nodes(s, p, &fresh_handle, spare)) return false;
    leaf *l = leaf_at(s, handle), *fresh = leaf_at(s, fresh_handle);
    bool at_end = at == l->count && l->next == HANDLE_NONE;
    uint32_t kept = at_end ? l->count : l->count / 2;
    fresh->count = l->count - kept;
    copy_keys(s, fresh->keys, l->keys, kept, fresh->count);
    memcpy(fresh->weights, &l->weights[kept], fresh->count * sizeof l->weights[0]);
    l->count = kept;
    fresh->next = l->next;
    fresh->previous = handle;
    if (l->next != HANDLE_NONE) leaf_at(s, l->next)->previous = fresh_handle;
    l->next = fresh_handle;
    if (at <= kept && !at_end)
        leaf_insert(s, l, at, key, weight);
    else
        leaf_insert(s, fresh, at - kept, key, weight);
    copy_keys(s, least, fresh->keys, 0, 1);
    insert_upwards(s, p, least, fresh_handle, spare);
    return true;
}

static bool first_leaf(sorted *s) {
    uint32_t handle = slab_take(&s->leaves);
    if (handle == HANDLE_NONE) return false;
    leaf *l = leaf_at(s, handle);
    l->count = 0;
    l->next = l->previous = HANDLE_NONE;
    s->root = handle;
    return true;
}

/* ---- Removal ---- */

/* Takes the child that the path took at `level` out of its parent. */
static void remove_child(sorted *s, const path *p, uint32_t level) {
    for (;; level--) {
        inner *n = inner_at(s, p->nodes[level]);
        uint32_t child = p->child[level];
        if (n->count > 0) {
            uint32_t key = child == 0 ? 0 : child - 1;
            move_keys(s, n->keys, key, key + 1, n->count - key - 1);
            memmove(&n->children[child], &n->children[child + 1],
                    (n->count - child) * sizeof n->children[0]);
            n->count--;
            return;
        }
        slab_give(&s->inners, p->nodes[level]);
    }
}

static void shorten(sorted *s) {
    while (s->height > 0 && inner_at(s, s->root)->count == 0) {
        uint32_t only = inner_at(s, s->root)->children[0];
        slab_give(&s->inners, s->root);
        s->root = only;
        s->height--;
    }
}

static void unlink_leaf(sorted *s, const path *p, uint32_t handle) {
    s->changes++;
    leaf *l = leaf_at(s, handle);
    if (s->height == 0) {
        s->root = HANDLE_NONE;
        slab_give(&s->leaves, handle);
        return;
    }
    if (l->next != HANDLE_NONE) leaf_at(s, l->next)->previous = l->previous;
    if (l->previous != HANDLE_NONE) leaf_at(s, l->previous)->next = l->next;
    slab_give(&s->leaves, handle);
    remove_child(s, p, s->height - 1);
    shorten(s);
}

/* Moves all keys of a leaf into the one before it, if both hang from one parent and
 * fill half a leaf at most. */
static void merge_leaf(sorted *s, const path *p, uint32_t handle) {
    const leaf *l = leaf_at(s, handle);
    if (s->height == 0 || p->child[s->height - 1] == 0) return;
    leaf *before = leaf_at(s, l->previous);
    if (before->count + l->count > LEAF_KEYS_MAX / 2) return;
    copy_keys(s, before->keys + (size_t)before->count * s->word_count, l->keys, 0, l->count);
    memcpy(&before->weights[before->count], l->weights, l->count * sizeof l->weights[0]);
    before->count += l->count;
    unlink_leaf(s, p, handle);
}

static void take_out(const sorted *s, leaf *l, uint32_t at) {
    move_keys(s, l->keys, at, at + 1, l->count - at - 1);
    memmove(&l->weights[at], &l->weights[at + 1], (l->count - at - 1) * sizeof l->weights[0]);
    l->count--;
}

static void leaf_remove(sorted *s, const path *p, uint32_t handle, uint32_t at) {
    leaf *l = leaf_at(s, handle);
    take_out(s, l, at);
    s->count--;
    if (l->count == 0)
        unlink_leaf(s, p, handle);
    else if (l->count <= LEAF_KEYS_MAX / 4)
        merge_leaf(s, p, handle);
}

bool sorted_add(sorted *s, const uint64_t *words, int64_t weight, int64_t *after) {
    path p;
    assert(weight != 0);
    if (s->root == HANDLE_NONE && !first_leaf(s)) return false;
    uint32_t handle = descend(s, words, &p);
    leaf *l = leaf_at(s, handle);
    uint32_t at = rank(s, l->keys, l->count, words, false);
    const uint64_t *there = l->keys + (size_t)at * s->word_count;
    if (at < l->count && compare(there, words, s->word_count) == 0) {
        *after = l->weights[at] = weight_plus(l->weights[at], weight);
        if (*after == 0) leaf_remove(s, &p, handle, at);
        return true;
    }
    *after = weight;
    if (l->count == LEAF_KEYS_MAX) {
        if (!split_leaf(s, &p, handle, at, words, weight)) return false;
    } else {
        leaf_insert(s, l, at, words, weight);
    }
    s->count++;
    return true;
}

/* Inside a leaf nothing above it changes: no path is needed as long as the leaf
 * neither overflows nor empties much. */
bool sorted_add_at(sorted *s, sorted_place place, const uint64_t *words, int64_t weight,
                   int64_t *after) {
    if (place.leaf == HANDLE_NONE || place.changes != s->changes)
        return sorted_add(s, words, weight, after);
    leaf *l = leaf_at(s, place.leaf);
    uint32_t at = rank(s, l->keys, l->count, words, false);
    const uint64_t *there = l->keys + (size_t)at * s->word_count;
    if (at < l->count && compare(there, words, s->word_count) == 0) {
        if (l->weights[at] + weight == 0 && l->count <= LEAF_KEYS_MAX / 4 + 1)
            return sorted_add(s, words, weight, after);
        *after = l->weights[at] = weight_plus(l->weights[at], weight);
        if (*after == 0) {
            take_out(s, l, at);
            s->count--;
        }
        return true;
    }
    if (l->count == LEAF_KEYS_MAX) return sorted_add(s, words, weight, after);
    *after = weight;
    leaf_insert(s, l, at, words, weight);
    s->count++;
    return true;
}

size_t sorted_bytes(const sorted *s) {
    return slab_bytes(&s->leaves) + slab_bytes(&s->inners);
}
