/* SPDX-License-Identifier: MIT */
/* trace -- what an operator remembers.
 *
 * The records of a key lie in one block, so that a join reads them in a row.
 * Blocks come in ten sizes, each size from a slab of its own, and a key's block is
 * always the smallest that holds its records: the same records take the same
 * memory, whatever happened before.  The table's handle names size and block, and
 * a key is confirmed in the block's first record: it is stored nowhere else.
 *
 * Keys with more records than the largest size have an array of their own, with a
 * hash table of positions, so that finding the record of a change costs O(1) for
 * the key of a million records too.  Order within a key means nothing. */
#include "pipeline/flow/trace.h"

#include <assert.h>
#include <stdlib.h>

enum { CLASS_SHIFT = TRACE_CLASS_SHIFT, INDEX_MASK = (1 << CLASS_SHIFT) - 1, CLASS_LARGE = 15 };

#ifdef TEST_TINY
enum { CLASSES_IN_USE = 3, LARGE_KEEP_MIN = 2 };
#else
enum { CLASSES_IN_USE = TRACE_CLASSES, LARGE_KEEP_MIN = 24 };
#endif
static const uint8_t class_capacity[TRACE_CLASSES] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};

typedef struct {
    uint8_t *records;
    uint32_t *positions; /* Of records, + 1, by the payload's hash. */
    uint32_t count, capacity, mask;
} large_block;

static size_t align_up(size_t bytes, size_t align) {
    return (bytes + align - 1) & ~(align - 1);
}

static void init_blocks(trace *t) {
    for (size_t i = 0; i < TRACE_CLASSES; i++)
        slab_init(&t->blocks[i], align_up(t->header_bytes + (size_t)class_capacity[i] * t->stride,
                                          t->header_bytes));
    slab_init(&t->large, sizeof(large_block));
}

void trace_init(trace *t, size_t row_bytes, size_t row_align, const key_plan *plan,
                bool has_iterations, size_t sum_count, uint64_t seed) {
    size_t align = row_align < 4 ? 4 : row_align;
    *t = (trace){.plan = *plan,
                 .has_iterations = has_iterations,
                 .sum_count = (uint32_t)sum_count,
                 .seed = seed};
    t->payload_bytes = (uint32_t)(row_bytes + (has_iterations ? sizeof(uint32_t) : 0));
    t->weight_at = (uint32_t)align_up(t->payload_bytes, 4);
    t->stride =
        (uint32_t)align_up(t->weight_at + sizeof(int64_t) + sum_count * sizeof(flow_u128), align);
    t->header_bytes = (uint32_t)align;
    init_blocks(t);
}

void trace_count_changes(trace *t) {
    assert(t->sum_count == 0 && t->record_count == 0);
    t->has_changes = true;
    t->stride = (uint32_t)align_up(t->stride + sizeof(int64_t), t->header_bytes);
    init_blocks(t);
}

void trace_deinit(trace *t) {
    if (t->index.slots != NULL)
        for (size_t i = 0; i <= t->index.mask; i++) {
            uint32_t handle = (uint32_t)t->index.slots[i] - 1;
            if (t->index.slots[i] == 0 || handle >> CLASS_SHIFT != CLASS_LARGE) continue;
            large_block *l = slab_at(&t->large, handle & INDEX_MASK);
            free(l->records);
            free(l->positions);
        }
    slots_deinit(&t->index);
    for (size_t i = 0; i < TRACE_CLASSES; i++) slab_deinit(&t->blocks[i]);
    slab_deinit(&t->large);
    t->record_count = t->large_bytes = 0;
}

static trace_run run_of(const trace *t, uint32_t handle) {
    if (handle >> CLASS_SHIFT == CLASS_LARGE) {
        const large_block *l = slab_at(&t->large, handle & INDEX_MASK);
        return (trace_run){l->records, l->count};
    }
    uint8_t *block = slab_at(&t->blocks[handle >> CLASS_SHIFT], handle & INDEX_MASK);
    uint32_t count;
    memcpy(&count, block, sizeof count);
    return (trace_run){block + t->header_bytes, count};
}

static uint32_t find_handle(const trace *t, const packed_key *key, uint32_t hash) {
    uint32_t handle;
    size_t at = hash;
    while ((handle = slots_next(&t->index, hash, &at)) != HANDLE_NONE)
        if (key_equals_row(&t->plan, key, run_of(t, handle).records)) return handle;
    return HANDLE_NONE;
}

trace_run trace_find(const trace *t, const packed_key *key, uint32_t hash) {
    uint32_t handle = find_handle(t, key, hash);
    return handle == HANDLE_NONE ? (trace_run){NULL, 0} : run_of(t, handle);
}

/* ---- Arrays of their own for keys with many records ---- */

static uint32_t position_home(const trace *t, const large_block *l, const void *record) {
    return (uint32_t)hash_bytes(record, t->payload_bytes, t->seed) & l->mask;
}

/* The slot of the record with this payload, or the free one where it belongs. */
static uint32_t position_slot(const trace *t, const large_block *l, const void *payload) {
    uint32_t at = position_home(t, l, payload);
    while (l->positions[at] != 0 && memcmp(l->records + (size_t)(l->positions[at] - 1) * t->stride,
                                           payload, t->payload_bytes) != 0)
        at = (at + 1) & l->mask;
    return at;
}

static void position_remove(const trace *t, large_block *l, uint32_t gap) {
    for (uint32_t at = (gap + 1) & l->mask; l->positions[at] != 0; at = (at + 1) & l->mask) {
        uint32_t home =
            position_home(t, l, l->records + (size_t)(l->positions[at] - 1) * t->stride);
        if (((at - home) & l->mask) < ((at - gap) & l->mask)) continue;
        l->positions[gap] = l->positions[at];
        gap = at;
    }
    l->positions[gap] = 0;
}

static size_t large_size(const trace *t, size_t capacity) {
    return capacity * t->stride + capacity * 2 * sizeof(uint32_t);
}

static bool large_resize(trace *t, large_block *l, size_t capacity) {
    uint32_t *positions = calloc(capacity * 2, sizeof positions[0]);
    uint8_t *records = positions == NULL ? NULL : realloc(l->records, capacity * t->stride);
    if (records == NULL) {
        free(positions);
        return false;
    }
    free(l->positions);
    t->large_bytes += large_size(t, capacity) - large_size(t, l->capacity);
    l->records = records;
    l->positions = positions;
    l->capacity = (uint32_t)capacity;
    l->mask = (uint32_t)capacity * 2 - 1;
    for (uint32_t i = 0; i < l->count; i++)
        l->positions[position_slot(t, l, records + (size_t)i * t->stride)] = i + 1;
    return true;
}

/* ---- Blocks ---- */

static uint32_t class_of(size_t count) {
    uint32_t class = 0;
    while (class < CLASSES_IN_USE && class_capacity[class] < count) class ++;
    return class < CLASSES_IN_USE ? class : CLASS_LARGE;
}

static uint32_t take_large(trace *t, size_t capacity) {
    uint32_t index = slab_take(&t->large);
    if (index == HANDLE_NONE) return HANDLE_NONE;
    large_block *l = slab_at(&t->large, index);
    *l = (large_block){0};
    if (large_resize(t, l, capacity)) return index;
    slab_give(&t->large, index);
    return HANDLE_NONE;
}

static uint32_t take_block(trace *t, uint32_t class) {
    size_t capacity = 4;
    while (class == CLASS_LARGE && capacity < (size_t)class_capacity[CLASSES_IN_USE - 1] * 2)
        capacity *= 2;
    uint32_t index = class == CLASS_LARGE ? take_large(t, capacity) : slab_take(&t->blocks[class]);
    if (index == HANDLE_NONE || index <= INDEX_MASK)
        return index == HANDLE_NONE ? HANDLE_NONE : class << CLASS_SHIFT | index;
    slab_give(class == CLASS_LARGE ? &t->large : &t->blocks[class], index);
    return HANDLE_NONE;
}

static void give_block(trace *t, uint32_t handle) {
    uint32_t index = handle & INDEX_MASK;
    if (handle >> CLASS_SHIFT != CLASS_LARGE) {
        slab_give(&t->blocks[handle >> CLASS_SHIFT], index);
        return;
    }
    large_block *l = slab_at(&t->large, index);
    t->large_bytes -= large_size(t, l->capacity);
    free(l->records);
    free(l->positions);
    slab_give(&t->large, index);
}

static void set_count(trace *t, uint32_t handle, uint32_t count) {
    if (handle >> CLASS_SHIFT == CLASS_LARGE)
        ((large_block *)slab_at(&t->large, handle & INDEX_MASK))->count = count;
    else
        memcpy(slab_at(&t->blocks[handle >> CLASS_SHIFT], handle & INDEX_MASK), &count,
               sizeof count);
}

/* Moves the first `count` records of a block into one of another class. */
static uint32_t move_block(trace *t, uint32_t from, uint32_t class, uint32_t count) {
    uint32_t to = take_block(t, class);
    if (to == HANDLE_NONE) return HANDLE_NONE;
    trace_run source = run_of(t, from), target = run_of(t, to);
    memcpy(target.records, source.records, (size_t)count * t->stride);
    set_count(t, to, count);
    if (class == CLASS_LARGE) {
        large_block *l = slab_at(&t->large, to & INDEX_MASK);
        for (uint32_t i = 0; i < count; i++)
            l->positions[position_slot(t, l, target.records + (size_t)i * t->stride)] = i + 1;
    }
    give_block(t, from);
    return to;
}

static void write_record(trace *t, uint8_t *record, const void *payload, int64_t weight,
                         const flow_u128 *sums) {
    t->overflows += weight_overflows(weight);
    memcpy(record, payload, t->payload_bytes);
    memcpy(record + t->weight_at, &weight, sizeof weight);
    if (t->has_changes) memcpy(record + t->weight_at + sizeof weight, &weight, sizeof weight);
    if (t->sum_count > 0)
        memcpy(record + t->weight_at + sizeof weight, sums, t->sum_count * sizeof sums[0]);
}

static bool add_first(trace *t, uint32_t hash, const void *payload, int64_t weight,
                      const flow_u128 *sums) {
    uint32_t handle = take_block(t, 0);
    if (handle == HANDLE_NONE) return false;
    if (!slots_insert(&t->index, hash, handle)) {
        give_block(t, handle);
        return false;
    }
    set_count(t, handle, 1);
    write_record(t, run_of(t, handle).records, payload, weight, sums);
    t->record_count++;
    return true;
}

static bool add_record(trace *t, uint32_t handle, uint32_t hash, const void *payload,
                       int64_t weight, const flow_u128 *sums) {
    uint32_t count = (uint32_t)run_of(t, handle).count, class = handle >> CLASS_SHIFT;
    if (class == CLASS_LARGE) {
        large_block *l = slab_at(&t->large, handle & INDEX_MASK);
        if (count == l->capacity && !large_resize(t, l, (size_t)l->capacity * 2)) return false;
    } else if (count == class_capacity[class]) {
        uint32_t moved = move_block(t, handle, class_of(count + 1), count);
        if (moved == HANDLE_NONE) return false;
        slots_replace(&t->index, hash, handle, moved);
        handle = moved;
    }
    write_record(t, run_of(t, handle).records + (size_t)count * t->stride, payload, weight, sums);
    if (handle >> CLASS_SHIFT == CLASS_LARGE) {
        large_block *l = slab_at(&t->large, handle & INDEX_MASK);
        l->positions[position_slot(t, l, payload)] = count + 1;
    }
    set_count(t, handle, count + 1);
    t->record_count++;
    return true;
}

static void shrink_block(trace *t, uint32_t handle, uint32_t hash, uint32_t count) {
    uint32_t class = handle >> CLASS_SHIFT, wanted = class_of(count);
    if (class == CLASS_LARGE) {
        large_block *l = slab_at(&t->large, handle & INDEX_MASK);
        if (count > LARGE_KEEP_MIN) {
            if (count < l->capacity / 4) (void)large_resize(t, l, l->capacity / 2);
            return;
        }
    }
    if (wanted == class) return;
    uint32_t moved = move_block(t, handle, wanted, count);
    if (moved != HANDLE_NONE) slots_replace(&t->index, hash, handle, moved);
}

/* The last record moves into the gap. */
static void remove_record(trace *t, uint32_t handle, uint32_t hash, size_t i) {
    trace_run run = run_of(t, handle);
    uint32_t last = (uint32_t)run.count - 1;
    uint8_t *gap = run.records + i * t->stride, *moved = run.records + (size_t)last * t->stride;
    t->record_count--;
    if (last == 0) {
        slots_remove(&t->index, hash, handle);
        give_block(t, handle);
        return;
    }
    if (handle >> CLASS_SHIFT == CLASS_LARGE) {
        large_block *l = slab_at(&t->large, handle & INDEX_MASK);
        position_remove(t, l, position_slot(t, l, gap));
        if (i != last) l->positions[position_slot(t, l, moved)] = (uint32_t)i + 1;
    }
    if (i != last) memcpy(gap, moved, t->stride);
    set_count(t, handle, last);
    shrink_block(t, handle, hash, last);
}

static size_t find_record(const trace *t, uint32_t handle, const void *payload) {
    trace_run run = run_of(t, handle);
    if (handle >> CLASS_SHIFT == CLASS_LARGE) {
        const large_block *l = slab_at(&t->large, handle & INDEX_MASK);
        uint32_t position = l->positions[position_slot(t, l, payload)];
        return position == 0 ? run.count : position - 1;
    }
    size_t i = 0;
    while (i < run.count && !equal_bytes(run.records + i * t->stride, payload, t->payload_bytes))
        i++;
    return i;
}

/* Adds weight and sums to a record; true when nothing but zeros is left. */
static bool add_to_record(trace *t, uint8_t *record, int64_t weight, const flow_u128 *sums) {
    flow_u128 any;
    int64_t old = trace_weight(t, record), total = weight_plus(old, weight);
    t->overflows += weight_overflows(total) - weight_overflows(old);
    memcpy(record + t->weight_at, &total, sizeof total);
    any = (flow_u128)(total != 0);
    if (t->has_changes) {
        int64_t change = weight_plus(trace_change(t, record), weight);
        memcpy(record + t->weight_at + sizeof change, &change, sizeof change);
        any |= (flow_u128)(change != 0);
    }
    for (size_t i = 0; i < t->sum_count; i++) {
        flow_u128 sum = trace_sum(t, record, i) + sums[i];
        memcpy(record + t->weight_at + sizeof total + i * sizeof sum, &sum, sizeof sum);
        any |= sum;
    }
    return any == 0;
}

static bool is_zero(int64_t weight, const flow_u128 *sums, size_t sum_count) {
    flow_u128 any = (flow_u128)(weight != 0);
    for (size_t i = 0; i < sum_count; i++) any |= sums[i];
    return any == 0;
}

bool trace_add(trace *t, const packed_key *key, uint32_t hash, const void *row, uint32_t iteration,
               int64_t weight, const flow_u128 *sums) {
    _Alignas(16) uint8_t with_iteration[TRACE_ROW_BYTES_MAX + 4];
    const void *payload = row;
    if (is_zero(weight, sums, t->sum_count)) return true;
    if (t->has_iterations) {
        copy_bytes(with_iteration, row, t->payload_bytes - 4);
        memcpy(with_iteration + t->payload_bytes - 4, &iteration, 4);
        payload = with_iteration;
    }
    uint32_t handle = find_handle(t, key, hash);
    if (handle == HANDLE_NONE) return add_first(t, hash, payload, weight, sums);
    size_t i = find_record(t, handle, payload);
    trace_run run = run_of(t, handle);
    if (i == run.count) return add_record(t, handle, hash, payload, weight, sums);
    if (add_to_record(t, run.records + i * t->stride, weight, sums))
        remove_record(t, handle, hash, i);
    return true;
}

bool trace_settle(trace *t, const packed_key *key, uint32_t hash) {
    static const int64_t zero = 0;
    uint32_t handle = find_handle(t, key, hash);
    if (handle == HANDLE_NONE) return true;
    for (size_t i = run_of(t, handle).count; i-- > 0;) {
        uint8_t *record = run_of(t, handle).records + i * t->stride;
        memcpy(record + t->weight_at + sizeof zero, &zero, sizeof zero);
        if (trace_weight(t, record) != 0) continue;
        remove_record(t, handle, hash, i);
        handle = find_handle(t, key, hash); /* It may have moved, or gone. */
        if (handle == HANDLE_NONE) break;
    }
    return true;
}

size_t trace_bytes(const trace *t) {
    size_t bytes = slots_bytes(&t->index) + slab_bytes(&t->large) + t->large_bytes;
    for (size_t i = 0; i < TRACE_CLASSES; i++) bytes += slab_bytes(&t->blocks[i]);
    return bytes;
}
