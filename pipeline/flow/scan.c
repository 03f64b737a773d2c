/* SPDX-License-Identifier: MIT */
/* scan -- all rows of a table in blocks, a column each, for readers of any epoch.
 *
 * Rows are appended to the last block behind the row count that readers know, so an
 * append copies nothing.  A row that goes clears its bit in a copy of the block's
 * live bits, made once an epoch.  Its position comes from `positions`: dense key ->
 * block id and row, which only the engine reads.  What a root shows is a directory of
 * blocks in order; a block's id stays when its place in the directory moves.
 *
 * A block without live rows is dropped.  Two neighbours that together would fill at
 * most three quarters of one are put into one; as every merge ends a block that was
 * once filled, a row is moved less than once on average.  A full last block at least
 * half dead is rewritten, so a small table with many changes stays small. */
#include "pipeline/base/prefetch.h"
#include "pipeline/flow/publish.h"
#include "pipeline/flow/schema.h"

#include <stdlib.h>
#include <string.h>

#ifdef TEST_TINY
enum { BLOCK_BITS = 6, BLOCK_ROWS_FIRST = 4, POSITION_BITS = 4 };
#else
enum { BLOCK_BITS = 14, BLOCK_ROWS_FIRST = 256, POSITION_BITS = 10 };
#endif
enum { BLOCK_ROWS = 1 << BLOCK_BITS, POSITIONS = 1 << POSITION_BITS, BLOCK_GROWTH = 4 };
enum { COLUMN_ALIGNMENT = 64, COLUMNS_MAX = 64 };
_Static_assert((int)BLOCK_ROWS <= (int)FLOW_BLOCK_ROWS_MAX, "readers have room for less");

/* The columns of a block, and where each begins. */
typedef struct {
    page page;
    uint32_t capacity, unused;
    const void *columns[]; /* Into the memory behind. */
} block_data;

typedef struct {
    page page;
    uint64_t words[BLOCK_ROWS / 64];
} live_bits;

typedef struct {
    page page;
    page *data, *live;
    uint32_t id, row_count, live_count, time_min, time_max;
} block;

typedef struct {
    page page;
    page *blocks[];
} directory;

/* 0: no row; else block id << BLOCK_BITS | row, plus 1. */
typedef struct {
    uint32_t used, at[POSITIONS];
} position_page;

struct flow_scan {
    view_member member;
    const flow_schema *schema;
    uint32_t block_pool, live_pool;
    uint16_t time_offset, key_column;
    uint8_t widths[COLUMNS_MAX];
    position_page **positions;
    uint32_t position_page_count, position_pages_used;
    uint32_t *index_of_id; /* Place in the directory; of a free id the next free one. */
    uint32_t id_count, free_id;
};

static surface *scan_surface(const flow_scan *c) {
    return views_surface(c->member.views, c->member.index);
}

static block *block_at(const surface *s, uint32_t index) {
    return (block *)((const directory *)s->root)->blocks[index];
}

static bool block_is_live(const block *b, uint32_t row) {
    return ((const live_bits *)b->live)->words[row / 64] >> (row % 64) & 1;
}

/* One cell.  A width known to the compiler is one instruction, not a call. */
static void cell_copy(void *to, const void *from, size_t width) {
    switch (width) {
    case 4: memcpy(to, from, 4); break;
    case 8: memcpy(to, from, 8); break;
    case 1: memcpy(to, from, 1); break;
    case 2: memcpy(to, from, 2); break;
    default: memcpy(to, from, 16); break;
    }
}

static bool cell_equals(const void *a, const void *b, size_t width) {
    unsigned char x[16] = {0}, y[16] = {0};
    cell_copy(x, a, width);
    cell_copy(y, b, width);
    return memcmp(x, y, sizeof x) == 0;
}

/* ---- Reading ---- */

bool flow_scan_next(const flow_snapshot *s, const flow_scan *c, uint32_t begin, uint32_t end,
                    size_t *index, flow_block *result) {
    const surface *t = snapshot_surface(s, c->member.index);
    while (*index < t->extent) {
        const block *b = block_at(t, (uint32_t)(*index)++);
        if (b->time_max < begin || b->time_min >= end) continue;
        *result = (flow_block){b->row_count,
                               b->live_count,
                               b->time_min,
                               b->time_max,
                               ((const live_bits *)b->live)->words,
                               ((const block_data *)b->data)->columns};
        return true;
    }
    return false;
}

uint64_t flow_scan_count(const flow_snapshot *s, const flow_scan *c) {
    return snapshot_surface(s, c->member.index)->count;
}

/* ---- Positions ---- */

static uint32_t position_get(const flow_scan *c, uint32_t key) {
    uint32_t at = key >> POSITION_BITS;
    const position_page *p = at < c->position_page_count ? c->positions[at] : NULL;
    return p != NULL ? p->at[key & (POSITIONS - 1)] : 0;
}

static bool positions_grow(flow_scan *c, uint32_t at) {
    uint32_t count = c->position_page_count;
    while (count <= at) count += count / 2 + 8;
    position_page **grown = realloc(c->positions, count * sizeof(position_page *));
    if (grown == NULL) return false;
    uint32_t added = count - c->position_page_count;
    memset(grown + c->position_page_count, 0, added * sizeof(position_page *));
    views_count_bytes(c->member.views, (int64_t)(added * sizeof(position_page *)));
    c->positions = grown;
    c->position_page_count = count;
    return true;
}

static bool position_set(flow_scan *c, uint32_t key, uint32_t position) {
    uint32_t at = key >> POSITION_BITS;
    if (at >= c->position_page_count && !positions_grow(c, at)) return false;
    position_page **p = &c->positions[at];
    if (*p == NULL) {
        *p = calloc(1, sizeof **p);
        if (*p == NULL) return false;
        c->position_pages_used++;
        views_count_bytes(c->member.views, sizeof **p);
    }
    uint32_t *entry = &(*p)->at[key & (POSITIONS - 1)];
    (*p)->used += *entry == 0;
    *entry = position;
    return true;
}

static void position_clear(flow_scan *c, uint32_t key) {
    position_page **p = &c->positions[key >> POSITION_BITS];
    (*p)->at[key & (POSITIONS - 1)] = 0;
    if (--(*p)->used > 0) return;
    free(*p);
    *p = NULL;
    views_count_bytes(c->member.views, -(int64_t)sizeof **p);
    if (--c->position_pages_used > 0) return;
    views_count_bytes(c->member.views,
                      -(int64_t)(c->position_page_count * sizeof(position_page *)));
    free(c->positions);
    c->positions = NULL;
    c->position_page_count = 0;
}

/* ---- Blocks ---- */

static size_t aligned(size_t bytes) {
    return (bytes + COLUMN_ALIGNMENT - 1) / COLUMN_ALIGNMENT * COLUMN_ALIGNMENT;
}

static block_data *data_new(const flow_scan *c, uint32_t capacity) {
    size_t count = c->schema->column_count;
    size_t bytes = sizeof(block_data) + count * sizeof(void *) + COLUMN_ALIGNMENT;
    for (size_t i = 0; i < count; i++) bytes += aligned(capacity * c->widths[i]);
    block_data *d = (block_data *)page_take_sized(c->member.views, bytes);
    if (d == NULL) return NULL;
    d->capacity = capacity;
    d->unused = 0;
    unsigned char *at = (unsigned char *)aligned((size_t)(uintptr_t)(d->columns + count));
    for (size_t i = 0; i < count; i++) {
        d->columns[i] = at;
        at += aligned(capacity * c->widths[i]);
    }
    return d;
}

/* Bits of rows to come are set: an append need not touch what readers read. */
static live_bits *live_new(const flow_scan *c) {
    live_bits *l = (live_bits *)page_take(c->member.views, c->live_pool);
    if (l != NULL) memset(l->words, 0xFF, sizeof l->words);
    return l;
}

/* The block for writing; NULL when out of memory. */
static block *block_own(const flow_scan *c, uint32_t index) {
    surface *s = scan_surface(c);
    directory *d = (directory *)page_own(c->member.views, &s->root);
    return d != NULL ? (block *)page_own(c->member.views, &d->blocks[index]) : NULL;
}

static bool id_take(flow_scan *c, uint32_t *id) {
    if (c->free_id != UINT32_MAX) {
        *id = c->free_id;
        c->free_id = c->index_of_id[*id];
        return true;
    }
    if (c->id_count >= UINT32_MAX >> BLOCK_BITS) return false;
    uint32_t *grown = realloc(c->index_of_id, (c->id_count + 1) * sizeof *grown);
    if (grown == NULL) return false;
    views_count_bytes(c->member.views, sizeof *grown);
    c->index_of_id = grown;
    *id = c->id_count++;
    return true;
}

/* All ids are forgotten with the last block. */
static void id_give(flow_scan *c, uint32_t id) {
    c->index_of_id[id] = c->free_id;
    c->free_id = id;
    if (scan_surface(c)->extent > 0) return;
    views_count_bytes(c->member.views, -(int64_t)(c->id_count * sizeof *c->index_of_id));
    free(c->index_of_id);
    c->index_of_id = NULL;
    c->id_count = 0;
    c->free_id = UINT32_MAX;
}

/* A directory of `count` places with the old one's blocks; it is ours alone. */
static bool directory_resize(const flow_scan *c, uint32_t count) {
    surface *s = scan_surface(c);
    directory *old = (directory *)s->root, *d = NULL;
    if (count > 0) {
        d = (directory *)page_take_sized(c->member.views, sizeof *d + count * sizeof(page *));
        if (d == NULL) return false;
        if (s->extent > 0) memcpy(d->blocks, old->blocks, s->extent * sizeof(page *));
    }
    s->root = d != NULL ? &d->page : NULL;
    page_drop(c->member.views, (page *)old);
    return true;
}

/* A new last block; the directory has room for 8 more each time it grows. */
static block *block_append(flow_scan *c) {
    surface *s = scan_surface(c);
    size_t held = s->root != NULL ? (s->root->bytes - sizeof(directory)) / sizeof(page *) : 0;
    if (s->extent == held && !directory_resize(c, s->extent + 8)) return NULL;
    directory *d = (directory *)page_own(c->member.views, &s->root);
    block *b = (block *)page_take(c->member.views, c->block_pool);
    block_data *data = data_new(c, s->extent == 0 ? BLOCK_ROWS_FIRST : BLOCK_ROWS);
    live_bits *live = live_new(c);
    uint32_t id;
    if (d == NULL || b == NULL || data == NULL || live == NULL || !id_take(c, &id)) {
        page_drop(c->member.views, (page *)b);
        page_drop(c->member.views, (page *)data);
        page_drop(c->member.views, (page *)live);
        return NULL;
    }
    *b = (block){b->page, &data->page, &live->page, id, 0, 0, UINT32_MAX, 0};
    c->index_of_id[id] = s->extent;
    d->blocks[s->extent++] = &b->page;
    return b;
}

static void block_end(const flow_scan *c, page *p) {
    block *b = (block *)p;
    page_drop(c->member.views, b->data);
    page_drop(c->member.views, b->live);
    page_drop(c->member.views, p);
}

/* Takes the block out of the directory; those behind move up. */
static void block_drop(flow_scan *c, uint32_t index) {
    surface *s = scan_surface(c);
    directory *d = (directory *)page_own(c->member.views, &s->root);
    if (d == NULL) return;
    page *gone = d->blocks[index];
    uint32_t id = ((block *)gone)->id;
    s->extent--;
    for (uint32_t i = index; i < s->extent; i++) {
        d->blocks[i] = d->blocks[i + 1];
        c->index_of_id[((block *)d->blocks[i])->id] = i;
    }
    block_end(c, gone);
    if (s->extent == 0) directory_resize(c, 0);
    id_give(c, id);
}

/* ---- Rewriting ---- */

static void column_gather(void *to, const void *from, size_t bytes, const uint16_t *rows,
                          uint32_t count) {
    unsigned char *out = to;
    const unsigned char *in = from;
    for (uint32_t i = 0; i < count; i++) cell_copy(out + i * bytes, in + rows[i] * bytes, bytes);
}

/* Appends the live rows of `from` to `to`, whose data have room for them. */
static bool block_move_rows(flow_scan *c, block *to, const block *from) {
    uint16_t rows[BLOCK_ROWS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < from->row_count; i++)
        if (block_is_live(from, i)) rows[count++] = (uint16_t)i;
    block_data *d = (block_data *)to->data;
    const block_data *source = (const block_data *)from->data;
    for (size_t i = 0; i < c->schema->column_count; i++) {
        size_t bytes = c->widths[i];
        column_gather((unsigned char *)d->columns[i] + to->row_count * bytes, source->columns[i],
                      bytes, rows, count);
    }
    const uint32_t *keys = (const uint32_t *)d->columns[c->key_column] + to->row_count;
    for (uint32_t i = 0; i < count; i++)
        if (!position_set(c, keys[i], (to->id << BLOCK_BITS | (to->row_count + i)) + 1))
            return false;
    to->row_count += count;
    to->live_count += count;
    if (from->time_min < to->time_min) to->time_min = from->time_min;
    if (from->time_max > to->time_max) to->time_max = from->time_max;
    return true;
}

/* The block at `index` holds its own live rows and those of `other`, if any, behind
 * them, in data of the given capacity. */
static bool block_rewrite(flow_scan *c, uint32_t index, const block *other, uint32_t capacity) {
    block *b = block_own(c, index);
    block_data *data = b != NULL ? data_new(c, capacity) : NULL;
    live_bits *live = data != NULL ? live_new(c) : NULL;
    if (live == NULL) {
        if (data != NULL) page_drop(c->member.views, &data->page);
        return false;
    }
    const block old = *b;
    *b = (block){b->page, &data->page, &live->page, b->id, 0, 0, UINT32_MAX, 0};
    bool done = block_move_rows(c, b, &old) && (other == NULL || block_move_rows(c, b, other));
    page_drop(c->member.views, old.data);
    page_drop(c->member.views, old.live);
    return done;
}

/* Puts the closed block at `index` and the closed one behind it into one, if that
 * pays; false when out of memory. */
static bool blocks_merge(flow_scan *c, uint32_t index, bool *merged) {
    const surface *s = scan_surface(c);
    *merged = false;
    if (index + 2 >= s->extent) return true;
    const block *a = block_at(s, index), *b = block_at(s, index + 1);
    if (a->live_count + b->live_count > BLOCK_ROWS / 4 * 3) return true;
    *merged = true;
    if (!block_rewrite(c, index, b, BLOCK_ROWS)) return false;
    block_drop(c, index + 1);
    return true;
}

/* ---- Rows ---- */

static bool row_equals(const flow_scan *c, uint32_t position, const unsigned char *row) {
    const surface *s = scan_surface(c);
    const block *b = block_at(s, c->index_of_id[position >> BLOCK_BITS]);
    size_t at = position & (BLOCK_ROWS - 1), offset = 0;
    for (size_t i = 0; i < c->schema->column_count; i++) {
        size_t bytes = c->widths[i];
        const unsigned char *column = ((const block_data *)b->data)->columns[i];
        if (!cell_equals(column + at * bytes, row + offset, bytes)) return false;
        offset += bytes;
    }
    return true;
}

static bool row_clear(flow_scan *c, uint32_t position) {
    surface *s = scan_surface(c);
    uint32_t index = c->index_of_id[position >> BLOCK_BITS];
    uint32_t row = position & (BLOCK_ROWS - 1);
    block *b = block_own(c, index);
    live_bits *live = b != NULL ? (live_bits *)page_own(c->member.views, &b->live) : NULL;
    if (live == NULL) return false;
    live->words[row / 64] &= ~(UINT64_C(1) << (row % 64));
    b->live_count--;
    s->count--;
    if (b->live_count == 0) {
        block_drop(c, index);
        return true;
    }
    if (b->live_count > BLOCK_ROWS / 2) return true;
    bool merged;
    if (!blocks_merge(c, index, &merged)) return false;
    return merged || index == 0 || blocks_merge(c, index - 1, &merged);
}

/* The last block with room for one more row; NULL when out of memory. */
static block *block_with_room(flow_scan *c) {
    const surface *s = scan_surface(c);
    if (s->extent == 0) return block_append(c);
    uint32_t last = s->extent - 1;
    const block *b = block_at(s, last);
    uint32_t capacity = ((const block_data *)b->data)->capacity;
    if (b->row_count == capacity) {
        bool is_thin = b->live_count <= capacity / 2;
        if (capacity == BLOCK_ROWS && !is_thin) return block_append(c);
        if (!block_rewrite(c, last, NULL, is_thin ? capacity : capacity * BLOCK_GROWTH))
            return NULL;
    }
    return block_own(c, last);
}

static bool scan_append(flow_scan *c, uint32_t key, const unsigned char *row) {
    block *b = block_with_room(c);
    if (b == NULL || !position_set(c, key, (b->id << BLOCK_BITS | b->row_count) + 1)) return false;
    block_data *d = (block_data *)b->data;
    size_t offset = 0;
    for (size_t i = 0; i < c->schema->column_count; i++) {
        size_t bytes = c->widths[i];
        cell_copy((unsigned char *)d->columns[i] + b->row_count * bytes, row + offset, bytes);
        offset += bytes;
    }
    uint32_t time;
    memcpy(&time, row + c->time_offset, sizeof time);
    if (time < b->time_min) b->time_min = time;
    if (time > b->time_max) b->time_max = time;
    b->row_count++;
    b->live_count++;
    scan_surface(c)->count++;
    return true;
}

/* A row that comes takes the place of the one its key holds; a row that goes only
 * removes itself.  So a key's changes of an epoch may come in any order. */
static bool row_apply(flow_scan *c, uint32_t key, const unsigned char *row, bool comes) {
    uint32_t held = position_get(c, key);
    if (!comes && (held == 0 || !row_equals(c, held - 1, row))) return true;
    if (held != 0) {
        position_clear(c, key);
        if (!row_clear(c, held - 1)) return false;
    }
    return !comes || scan_append(c, key, row);
}

static void position_prefetch(const flow_scan *c, uint32_t key) {
    uint32_t at = key >> POSITION_BITS;
    if (at < c->position_page_count && c->positions[at] != NULL)
        prefetch_to_write(&c->positions[at]->at[key & (POSITIONS - 1)]);
}

static void row_prefetch(const flow_scan *c, uint32_t position) {
    const block *b = block_at(scan_surface(c), c->index_of_id[position >> BLOCK_BITS]);
    size_t at = position & (BLOCK_ROWS - 1);
    for (size_t i = 0; i < c->schema->column_count; i++)
        prefetch_to_read((const char *)((const block_data *)b->data)->columns[i] +
                         at * c->widths[i]);
}

static void scan_apply(void *self, const pending_row *rows, uint32_t count) {
    flow_scan *c = self;
    for (uint32_t i = 0; i < count; i++) position_prefetch(c, rows[i].key);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t held = rows[i].comes ? 0 : position_get(c, rows[i].key);
        if (held != 0) row_prefetch(c, held - 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (row_apply(c, rows[i].key, rows[i].row, rows[i].comes)) continue;
        views_fail(c->member.views);
        return;
    }
}

/* ---- Life ---- */

static void scan_free(void *self) {
    flow_scan *c = self;
    surface *s = scan_surface(c);
    for (uint32_t i = 0; i < s->extent; i++) block_end(c, ((directory *)s->root)->blocks[i]);
    page_drop(c->member.views, s->root);
    for (uint32_t i = 0; i < c->position_page_count; i++) free(c->positions[i]);
    free(c->positions);
    free(c->index_of_id);
    free(c);
}

static bool scan_init(flow_scan *c, flow_views *views, const char *key, const char *time) {
    for (size_t i = 0; i < c->schema->column_count; i++) {
        c->widths[i] = (uint8_t)flow_type_bytes(c->schema->columns[i].type);
        if (strcmp(c->schema->columns[i].name, key) == 0) c->key_column = (uint16_t)i;
    }
    c->free_id = UINT32_MAX;
    c->member.row_bytes = c->schema->row_bytes;
    c->member.apply = scan_apply;
    c->member.free = scan_free;
    c->member.self = c;
    return schema_is_sound(c->schema) && schema_find_u32(c->schema, key, &c->member.key_offset) &&
           schema_find_u32(c->schema, time, &c->time_offset) &&
           page_pool_find(views, sizeof(block), &c->block_pool) &&
           page_pool_find(views, sizeof(live_bits), &c->live_pool) && views_join(views, &c->member);
}

flow_scan *flow_scan_new(flow_views *views, flow_table *t, const char *key, const char *time) {
    const flow_schema *schema = flow_table_schema(t); /* NULL: it could not be built. */
    flow_scan *c = schema == NULL ? NULL : calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->schema = schema;
    if (!scan_init(c, views, key, time)) {
        free(c);
        return NULL;
    }
    flow_output(t, view_member_sink, &c->member);
    return c;
}
