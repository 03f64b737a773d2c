/* SPDX-License-Identifier: MIT */
/* Views and scans against plain copies of what they should show.
 *
 * The graph here is a stand-in of one table whose deltas come in the order the test
 * wants: what an engine's outputs may do, they do here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/random.h"
#include "pipeline/flow/view.h"
#include "tests/support/fail_alloc.h"

/* ---- A graph of one table ---- */

enum { SINKS_MAX = 4 };
struct flow_table {
    const flow_schema *schema;
    flow_sink sinks[SINKS_MAX];
    void *contexts[SINKS_MAX];
    size_t sink_count;
};
struct flow {
    flow_table table;
    flow_commit_hook hook;
    void *hook_context;
    uint64_t epoch;
};

const flow_schema *flow_table_schema(const flow_table *t) {
    return t->schema;
}
void flow_output(flow_table *t, flow_sink sink, void *context) {
    t->sinks[t->sink_count] = sink;
    t->contexts[t->sink_count++] = context;
}
void flow_on_commit(flow *f, flow_commit_hook hook, void *context) {
    f->hook = hook;
    f->hook_context = context;
}
static void change(flow *f, const void *row, int64_t weight) {
    for (size_t i = 0; i < f->table.sink_count; i++)
        f->table.sinks[i](row, weight, f->table.contexts[i]);
}
static status commit(flow *f) {
    return f->hook(++f->epoch, f->hook_context);
}

/* ---- Rows ---- */

#define SMALL_ROW(X) X(u32, key) X(u32, time) X(u16, a) X(u8, b) X(u8, c)
FLOW_ROW(small_row, SMALL_ROW)
FLOW_SCHEMA(small_row, SMALL_ROW)
#define WIDE_ROW(X)                                                                                \
    X(i128, big)                                                                                   \
    X(u64, a) X(u64, b) X(i64, c) X(i64, d) X(u32, time) X(u32, key) X(i32, e) X(u32, f)
FLOW_ROW(wide_row, WIDE_ROW)
FLOW_SCHEMA(wide_row, WIDE_ROW)

enum { KEYS = 3000, ROW_BYTES_MAX = 64 };

/* What a view of one epoch should show. */
typedef struct {
    unsigned char rows[KEYS][ROW_BYTES_MAX];
    bool has[KEYS];
    uint64_t count, epoch;
} model;

typedef struct {
    flow f;
    flow_views *views;
    flow_view *view;
    flow_scan *scan;
    model now;
    random_source r;
} world;

static world *world_new(const flow_schema *schema, uint64_t seed) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->r.state = seed;
    w->f.table.schema = schema;
    w->views = flow_views_new(&w->f);
    assert_non_null(w->views);
    w->view = flow_view_new(w->views, &w->f.table, "key");
    w->scan = flow_scan_new(w->views, &w->f.table, "key", "time");
    assert_non_null(w->view);
    assert_non_null(w->scan);
    return w;
}

static void world_free(world *w) {
    flow_views_free(w->views);
    free(w);
}

/* Fills every byte, then the two columns that have a meaning. */
static void row_make(world *w, uint32_t key, unsigned char row[ROW_BYTES_MAX]) {
    for (size_t i = 0; i < ROW_BYTES_MAX; i++) row[i] = (unsigned char)random_below(&w->r, 3);
    uint32_t time = (uint32_t)(w->f.epoch * 2 + random_below(&w->r, 20));
    bool is_small = w->f.table.schema == &small_row_schema;
    memcpy(row + (is_small ? offsetof(small_row, key) : offsetof(wide_row, key)), &key, 4);
    memcpy(row + (is_small ? offsetof(small_row, time) : offsetof(wide_row, time)), &time, 4);
}

/* A new row for the key, or none, with the two deltas in either order, if there are
 * two, and a delta of a row that is long gone now and then. */
static void key_change(world *w, uint32_t key, bool to_row) {
    unsigned char row[ROW_BYTES_MAX];
    size_t bytes = w->f.table.schema->row_bytes;
    row_make(w, key, row);
    bool had = w->now.has[key], new_first = random_below(&w->r, 2);
    if (had && to_row && memcmp(row, w->now.rows[key], bytes) == 0) return;
    if (to_row && new_first) change(&w->f, row, 1);
    if (had) change(&w->f, w->now.rows[key], -1);
    if (to_row && !new_first) change(&w->f, row, 1);
    w->now.count += (uint64_t)to_row;
    w->now.count -= (uint64_t)had;
    w->now.has[key] = to_row;
    if (to_row) memcpy(w->now.rows[key], row, bytes);
}

static void world_commit(world *w) {
    assert_int_equal(commit(&w->f), STATUS_OK);
    w->now.epoch = w->f.epoch;
}

/* ---- Comparing ---- */

static void view_equals(const world *w, const flow_snapshot *s, const model *m) {
    size_t bytes = w->f.table.schema->row_bytes;
    uint32_t next = 0;
    assert_int_equal(flow_snapshot_epoch(s), m->epoch);
    assert_int_equal(flow_view_count(s, w->view), m->count);
    for (uint32_t key = 0; key < KEYS; key++) {
        const void *row = flow_view_find(s, w->view, key);
        assert_int_equal(row != NULL, m->has[key]);
        if (!m->has[key]) continue;
        assert_memory_equal(row, m->rows[key], bytes);
        assert_ptr_equal(flow_view_next(s, w->view, &next), row);
        assert_int_equal(next, key);
        next++;
    }
    assert_null(flow_view_next(s, w->view, &next));
    assert_null(flow_view_find(s, w->view, UINT32_MAX));
    uint32_t greatest = UINT32_MAX;
    const void *last = flow_view_last(s, w->view, &greatest);
    assert_int_equal(last != NULL, m->count > 0);
    if (last == NULL) return;
    assert_ptr_equal(flow_view_find(s, w->view, greatest), last);
    assert_null(flow_view_next(s, w->view, &(uint32_t){greatest + 1}));
}

/* The row at `at` of a block, put together from its columns. */
static void block_row(const flow_schema *schema, const flow_block *b, size_t at,
                      unsigned char row[ROW_BYTES_MAX]) {
    static const size_t widths[] = {[FLOW_u8] = 1,  [FLOW_u16] = 2, [FLOW_u32] = 4,  [FLOW_u64] = 8,
                                    [FLOW_i32] = 4, [FLOW_i64] = 8, [FLOW_i128] = 16};
    for (size_t i = 0, offset = 0; i < schema->column_count; i++) {
        size_t width = widths[schema->columns[i].type];
        memcpy(row + offset, (const unsigned char *)b->columns[i] + at * width, width);
        offset += width;
    }
}

static uint32_t field(const world *w, const unsigned char *row, bool is_time) {
    uint32_t value;
    size_t at = w->f.table.schema == &small_row_schema
                    ? (is_time ? offsetof(small_row, time) : offsetof(small_row, key))
                    : (is_time ? offsetof(wide_row, time) : offsetof(wide_row, key));
    memcpy(&value, row + at, sizeof value);
    return value;
}

/* Every row of the model with begin <= time < end, once, and no other. */
static void scan_equals(const world *w, const flow_snapshot *s, const model *m, uint32_t begin,
                        uint32_t end) {
    uint64_t expected = 0, found = 0;
    flow_block b;
    for (uint32_t key = 0; key < KEYS; key++) {
        uint32_t time = field(w, m->rows[key], true);
        expected += m->has[key] && time >= begin && time < end;
    }
    for (size_t index = 0; flow_scan_next(s, w->scan, begin, end, &index, &b);) {
        uint32_t live = 0;
        for (size_t i = 0; i < b.row_count; i++) {
            if (!(b.live[i / 64] >> (i % 64) & 1)) continue;
            unsigned char row[ROW_BYTES_MAX];
            block_row(w->f.table.schema, &b, i, row);
            uint32_t key = field(w, row, false), time = field(w, row, true);
            assert_true(m->has[key]);
            assert_memory_equal(row, m->rows[key], w->f.table.schema->row_bytes);
            assert_in_range(time, b.time_min, b.time_max);
            found += time >= begin && time < end;
            live++;
        }
        assert_int_equal(live, b.live_count);
        assert_true(live > 0);
    }
    assert_int_equal(found, expected);
    assert_int_equal(flow_scan_count(s, w->scan), m->count);
}

static void snapshot_equals(world *w, const flow_snapshot *s, const model *m) {
    view_equals(w, s, m);
    scan_equals(w, s, m, 0, UINT32_MAX);
    uint32_t begin = (uint32_t)random_below(&w->r, 100);
    scan_equals(w, s, m, begin, begin + (uint32_t)random_below(&w->r, 50));
}

/* ---- Histories ---- */

typedef struct {
    const flow_snapshot *snapshot;
    model *expected;
} reader;

enum { READERS = 5 };

static void reader_step(world *w, reader *r) {
    if (r->snapshot != NULL && random_below(&w->r, 3) == 0) {
        snapshot_equals(w, r->snapshot, r->expected);
        flow_release(r->snapshot);
        r->snapshot = NULL;
    } else if (r->snapshot == NULL) {
        r->snapshot = flow_acquire(w->views);
        *r->expected = w->now;
    }
}

static void world_empty(world *w) {
    for (uint32_t key = 0; key < KEYS; key++)
        if (w->now.has[key]) key_change(w, key, false);
    for (int i = 0; i < 64; i++) world_commit(w); /* Pages kept for reuse go by and by. */
}

/* Mostly inserts or mostly deletes for a while, so that blocks and pages end. */
static void history(const flow_schema *schema, uint64_t seed) {
    world *w = world_new(schema, seed);
    reader readers[READERS] = {{NULL, NULL}};
    uint64_t bytes_at_first = flow_views_bytes(w->views);
    bool publishing = false;
    for (int i = 0; i < READERS; i++) readers[i].expected = malloc(sizeof(model));
    for (int epoch = 0; epoch < 60; epoch++) {
        uint64_t share = random_below(&w->r, 5), changes = random_below(&w->r, 400);
        uint32_t keys = random_below(&w->r, 2) ? KEYS : 40, touched[400];
        for (uint64_t i = 0; i < changes; i++) {
            uint32_t key = touched[i] = (uint32_t)random_below(&w->r, keys);
            bool is_new = true; /* An output gives each row of an epoch once. */
            for (uint64_t j = 0; j < i; j++) is_new = is_new && touched[j] != key;
            if (is_new) key_change(w, key, random_below(&w->r, 5) < share);
        }
        world_commit(w);
        if (random_below(&w->r, 6) == 0) {
            publishing = !publishing;
            assert_int_equal(flow_publish(w->views, publishing), STATUS_OK);
        }
        for (int i = 0; publishing && i < READERS; i++) reader_step(w, &readers[i]);
        snapshot_equals(w, flow_present(w->views), &w->now);
        for (int i = 0; i < READERS; i++)
            if (readers[i].snapshot != NULL)
                view_equals(w, readers[i].snapshot, readers[i].expected);
    }
    world_empty(w);
    for (int i = 0; i < READERS; i++) {
        if (readers[i].snapshot != NULL)
            snapshot_equals(w, readers[i].snapshot, readers[i].expected);
        flow_release(readers[i].snapshot);
        free(readers[i].expected);
    }
    world_empty(w);
    assert_int_equal(flow_views_bytes(w->views), bytes_at_first);
    assert_int_equal(flow_views_retired_bytes(w->views), 0);
    world_free(w);
}

static void every_snapshot_shows_its_epoch_for_as_long_as_it_is_held(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        history(&small_row_schema, seed);
        history(&wide_row_schema, seed);
    }
}

static void without_readers_to_be_rows_are_changed_in_place(void **state) {
    (void)state;
    world *w = world_new(&wide_row_schema, 7);
    for (uint32_t key = 0; key < KEYS; key++) key_change(w, key, true);
    world_commit(w);
    const void *before = flow_view_find(flow_present(w->views), w->view, 77);
    uint64_t bytes = flow_views_bytes(w->views);
    key_change(w, 77, true);
    key_change(w, 78, false);
    key_change(w, 78, true);
    world_commit(w);
    assert_ptr_equal(flow_view_find(flow_present(w->views), w->view, 77), before);
    assert_int_equal(flow_views_bytes(w->views), bytes);

    assert_int_equal(flow_publish(w->views, true), STATUS_OK);
    const flow_snapshot *s = flow_acquire(w->views);
    key_change(w, 77, true);
    world_commit(w);
    assert_ptr_equal(flow_view_find(s, w->view, 77), before);
    assert_ptr_not_equal(flow_view_find(flow_present(w->views), w->view, 77), before);
    assert_true(flow_views_retired_bytes(w->views) > 0);
    flow_release(s);
    world_free(w);
}

static void a_page_is_copied_once_an_epoch(void **state) {
    (void)state;
    world *w = world_new(&small_row_schema, 9);
    for (uint32_t key = 0; key < KEYS; key++) key_change(w, key, true);
    world_commit(w);
    assert_int_equal(flow_publish(w->views, true), STATUS_OK);
    const flow_snapshot *held = flow_acquire(w->views);
    uint64_t retired[2];
    for (int i = 0; i < 2; i++) {
        for (int times = i * 200; times >= 0; times--) key_change(w, 5, true);
        world_commit(w);
        retired[i] = flow_views_retired_bytes(w->views) - (i > 0 ? retired[0] : 0);
    }
    assert_true(retired[0] > 0);
    /* 201 changes keep no more than one: what the held snapshot shows. */
    assert_in_range(retired[1], 0, retired[0]);
    flow_release(held);
    world_free(w);
}

static void while_held_readers_stay_with_the_epoch_before(void **state) {
    (void)state;
    world *w = world_new(&wide_row_schema, 11);
    model *shown = malloc(sizeof *shown);
    assert_non_null(shown);
    assert_int_equal(flow_publish(w->views, true), STATUS_OK);
    for (int round = 0; round < 3; round++) {
        for (uint32_t key = 0; key < KEYS; key += 3) key_change(w, key, true);
        world_commit(w);
        *shown = w->now;
        uint64_t shown_bytes = flow_views_bytes(w->views);
        assert_int_equal(flow_hold(w->views, true), STATUS_OK);
        for (uint32_t epoch = 0; epoch < 20; epoch++) {
            for (uint32_t key = epoch % 5; key < KEYS; key += 5)
                key_change(w, key, (key + epoch) % 2 != 0);
            world_commit(w);
            const flow_snapshot *s = flow_acquire(w->views);
            snapshot_equals(w, s, shown);
            flow_release(s);
            snapshot_equals(w, flow_present(w->views), &w->now);
        }
        /* What is not shown is changed in place: pages are copied once, not each epoch. */
        assert_in_range(flow_views_retired_bytes(w->views), 1, shown_bytes);
        assert_int_equal(flow_hold(w->views, false), STATUS_OK);
        const flow_snapshot *s = flow_acquire(w->views);
        snapshot_equals(w, s, &w->now);
        flow_release(s);
    }
    free(shown);
    world_free(w);
}

static void count_release(void *memory, void *context) {
    assert_ptr_equal(memory, context);
    ++*(int *)memory;
}

static void retired_memory_waits_for_every_snapshot_that_may_show_it(void **state) {
    (void)state;
    world *w = world_new(&small_row_schema, 3);
    int released[2] = {0, 0};
    assert_int_equal(flow_retire(w->views, &released[0], count_release, &released[0]), STATUS_OK);
    assert_int_equal(released[0], 1); /* Nobody can be reading. */
    assert_int_equal(flow_publish(w->views, true), STATUS_OK);
    const flow_snapshot *old = flow_acquire(w->views);
    world_commit(w);
    assert_int_equal(flow_retire(w->views, &released[1], count_release, &released[1]), STATUS_OK);
    world_commit(w);
    world_commit(w);
    assert_int_equal(released[1], 0);
    flow_release(old);
    world_commit(w);
    assert_int_equal(released[1], 1);
    world_free(w);
}

static void a_small_table_with_many_changes_stays_small(void **state) {
    (void)state;
    world *w = world_new(&small_row_schema, 5);
    for (uint32_t key = 0; key < 100; key++) key_change(w, key, true);
    world_commit(w);
    uint64_t bytes = 0;
    for (int epoch = 0; epoch < 2000; epoch++) {
        for (uint32_t key = 0; key < 100; key++) key_change(w, key, true);
        world_commit(w);
        if (epoch == 100) bytes = flow_views_bytes(w->views);
    }
    assert_true(flow_views_bytes(w->views) <= bytes + bytes / 4);
    flow_block b;
    uint64_t blocks = 0, rows = 0;
    for (size_t i = 0; flow_scan_next(flow_present(w->views), w->scan, 0, UINT32_MAX, &i, &b);) {
        blocks++;
        rows += b.row_count;
    }
    assert_true(rows <= 16384 && blocks <= 8);
    world_free(w);
}

/* Deletes spread over all blocks: what is left lies in about as many blocks as it
 * needs, still in the order of its coming. */
static void blocks_that_are_mostly_dead_are_put_together(void **state) {
    (void)state;
    enum { ROWS = 200000 };
    flow f = {.table = {.schema = &small_row_schema}};
    flow_views *views = flow_views_new(&f);
    flow_scan *scan = flow_scan_new(views, &f.table, "key", "time");
    for (uint32_t key = 0; key < ROWS; key++) change(&f, &(small_row){key, key, 1, 2, 3}, 1);
    assert_int_equal(commit(&f), STATUS_OK);
    uint64_t bytes = flow_views_bytes(views);
    for (uint32_t key = 0; key < ROWS; key++)
        if (key % 10 != 0) change(&f, &(small_row){key, key, 1, 2, 3}, -1);
    assert_int_equal(commit(&f), STATUS_OK);
    assert_int_equal(flow_scan_count(flow_present(views), scan), ROWS / 10);
    uint64_t rows = 0;
    uint32_t last = 0;
    flow_block b;
    for (size_t i = 0; flow_scan_next(flow_present(views), scan, 0, UINT32_MAX, &i, &b);) {
        rows += b.row_count;
        assert_true(b.time_min >= last);
        last = b.time_max;
    }
    assert_true(rows <= ROWS / 10 * 3);
    assert_true(flow_views_bytes(views) < bytes / 2);
    flow_views_free(views);
}

/* ---- Threads ---- */

enum { ACCOUNTS = 2000, EPOCHS_SHARED = 400 };
#define AMOUNT_EACH 1000

typedef struct {
    flow_views *views;
    flow_view *view;
    flow_scan *scan;
    atomic_bool done;
    atomic_uint reads, wrong;
} bank;

/* Every epoch moves amounts between accounts: each snapshot shows the same sum. */
static void *bank_reader(void *context) {
    bank *b = context;
    uint64_t epoch_before = 0;
    while (!atomic_load(&b->done)) {
        const flow_snapshot *s = flow_acquire(b->views);
        uint64_t sum = 0, scan_sum = 0;
        const small_row *row;
        flow_block block;
        for (uint32_t key = 0; (row = flow_view_next(s, b->view, &key)) != NULL; key++)
            sum += row->a;
        for (size_t i = 0; flow_scan_next(s, b->scan, 0, UINT32_MAX, &i, &block);)
            for (size_t j = 0; j < block.row_count; j++)
                if (block.live[j / 64] >> (j % 64) & 1)
                    scan_sum += ((const uint16_t *)block.columns[2])[j];
        bool right = sum == (uint64_t)ACCOUNTS * AMOUNT_EACH && scan_sum == sum &&
                     flow_snapshot_epoch(s) >= epoch_before;
        epoch_before = flow_snapshot_epoch(s);
        flow_release(s);
        atomic_fetch_add(&b->reads, 1);
        if (!right) atomic_fetch_add(&b->wrong, 1);
    }
    return NULL;
}

static void readers_of_other_threads_see_whole_epochs(void **state) {
    (void)state;
    flow f = {.table = {.schema = &small_row_schema}};
    bank b = {.views = flow_views_new(&f)};
    b.view = flow_view_new(b.views, &f.table, "key");
    b.scan = flow_scan_new(b.views, &f.table, "key", "time");
    static small_row accounts[ACCOUNTS];
    random_source r = {11};
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        accounts[i] = (small_row){i, i, AMOUNT_EACH, 0, 0};
        change(&f, &accounts[i], 1);
    }
    assert_int_equal(commit(&f), STATUS_OK);
    assert_int_equal(flow_publish(b.views, true), STATUS_OK);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, bank_reader, &b), 0);
    for (int epoch = 0; epoch < EPOCHS_SHARED || atomic_load(&b.reads) < 50; epoch++) {
        for (int i = 0; i < 20; i++) {
            small_row *from = &accounts[random_below(&r, ACCOUNTS / 2)];
            small_row *to = &accounts[ACCOUNTS / 2 + random_below(&r, ACCOUNTS / 2)];
            small_row from_before = *from, to_before = *to;
            uint16_t amount = (uint16_t)random_below(&r, (uint64_t)from->a + 1);
            if (amount == 0 || to->a + amount > UINT16_MAX) continue;
            from->a = (uint16_t)(from->a - amount);
            to->a = (uint16_t)(to->a + amount);
            change(&f, &from_before, -1);
            change(&f, from, 1);
            change(&f, to, 1);
            change(&f, &to_before, -1);
        }
        assert_int_equal(commit(&f), STATUS_OK);
    }
    atomic_store(&b.done, true);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&b.wrong), 0);
    assert_true(atomic_load(&b.reads) >= 50);
    flow_views_free(b.views);
}

/* ---- Out of memory ---- */

static status build_and_commit(void *context) {
    (void)context;
    flow f = {.table = {.schema = &small_row_schema}};
    flow_views *views = flow_views_new(&f);
    if (views == NULL) return STATUS_NO_MEMORY;
    bool built = flow_view_new(views, &f.table, "key") != NULL &&
                 flow_scan_new(views, &f.table, "key", "time") != NULL;
    status s = built ? flow_publish(views, true) : STATUS_NO_MEMORY;
    for (int epoch = 0; s == STATUS_OK && epoch < 3; epoch++) {
        const flow_snapshot *held = flow_acquire(views);
        for (uint32_t key = 0; key < 900; key++) change(&f, &(small_row){key, key, 0, 0, 0}, 1);
        for (uint32_t key = 0; key < 900; key += 2) change(&f, &(small_row){key, key, 0, 0, 0}, -1);
        s = commit(&f);
        flow_release(held);
    }
    flow_views_free(views);
    return s;
}

static void survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(build_and_commit, NULL, 5000) > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_snapshot_shows_its_epoch_for_as_long_as_it_is_held),
        cmocka_unit_test(without_readers_to_be_rows_are_changed_in_place),
        cmocka_unit_test(a_page_is_copied_once_an_epoch),
        cmocka_unit_test(while_held_readers_stay_with_the_epoch_before),
        cmocka_unit_test(retired_memory_waits_for_every_snapshot_that_may_show_it),
        cmocka_unit_test(a_small_table_with_many_changes_stays_small),
        cmocka_unit_test(blocks_that_are_mostly_dead_are_put_together),
        cmocka_unit_test(readers_of_other_threads_see_whole_epochs),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
