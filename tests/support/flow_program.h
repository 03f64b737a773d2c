/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_TESTS_SUPPORT_FLOW_PROGRAM_H
#define DUNLIN_TESTS_SUPPORT_FLOW_PROGRAM_H

#include "pipeline/base/random.h"
#include "tests/support/flow_bag.h"

/* Random programs for the engine and their naive evaluation: the same graph run by
 * the engine and computed anew from the whole input after every epoch. */

#define PROGRAM_OPS(X)                                                                             \
    X(INPUT, "input")                                                                              \
    X(KEYED, "input by key")                                                                       \
    X(FILTER, "filter")                                                                            \
    X(MAP, "map")                                                                                  \
    X(FLAT_MAP, "flat_map")                                                                        \
    X(CONCAT, "concat")                                                                            \
    X(NEGATE, "negate")                                                                            \
    X(DISTINCT, "distinct")                                                                        \
    X(JOIN, "join")                                                                                \
    X(SEMI_JOIN, "semi join")                                                                      \
    X(ANTI_JOIN, "anti join")                                                                      \
    X(LEFT_JOIN, "left join")                                                                      \
    X(GROUP, "group")                                                                              \
    X(TOP, "top")                                                                                  \
    X(ANY, "any")                                                                                  \
    X(IX, "ix")                                                                                    \
    X(UPDATE_ROWS, "update rows")                                                                  \
    X(UPDATE_CELLS, "update cells")                                                                \
    X(TUMBLING, "tumbling")                                                                        \
    X(LATE, "late")                                                                                \
    X(ENTER, "enter")                                                                              \
    X(VARIABLE, "loop")                                                                            \
    X(LOOP_END, "loop end")                                                                        \
    X(ITERATIONS, "iterations")

#define X(name, text) OP_##name,
typedef enum { PROGRAM_OPS(X) OP_COUNT } program_op;
#undef X

enum { PROGRAM_NODES_MAX = 24, PROGRAM_INPUTS_MAX = 2, PROGRAM_DOMAIN = 6, ENTER_MAX = 3 };

typedef struct {
    program_op op;
    uint8_t in[2];  /* A LOOP_END's second one is its VARIABLE; that of ITERATIONS, too; that
                       of a LATE its TUMBLING. */
    uint32_t p;     /* Which variant. */
    uint32_t limit; /* Of a VARIABLE. */
    bool is_shown;  /* Has an output. */
} program_node;

typedef struct {
    program_node nodes[PROGRAM_NODES_MAX];
    size_t count, input_count;
    const char *loop; /* Which body; NULL: no loop. */
    bool has_past;    /* Answers depend on which rows came in which epoch. */
} program;

void program_random(program *p, random_source *r);
void program_print(const program *p);

/* What each operator does with a row, for both evaluations. */
enum { KEY_NONE, KEY_A, KEY_B, KEY_AB, KEY_ALL };
typedef struct {
    int left, right;
} join_keys;
typedef struct {
    int group;
    const char *order;
    size_t count;
} top_choice;
bool item_keep(const void *row, void *node);
const char *item_map(const void *row, void *out, void *node);
const char *item_flat_map(const void *row, flow_emitter *e, void *node);
/* Up to two rows; the reason when the row fails. */
const char *item_spread(const item *row, item out[2], size_t *count, const program_node *n);
uint32_t item_when(const void *row, void *node); /* At most ENTER_MAX. */
bool item_combine(const void *left, const void *right, void *out, void *node); /* right: or NULL. */
join_keys node_join_keys(const program_node *n);
int node_update_key(const program_node *n);
top_choice node_top(const program_node *n);
typedef struct {
    int64_t width, lateness;
} window_choice;
window_choice node_windows(const program_node *n); /* Of column c. */
/* The key's choice; fills the reducers, FLOW_END last. */
int node_group(const program_node *n, flow_reducer reducers[4]);
flow_key key_named(int key);

/* What a TUMBLING knows from earlier epochs. */
typedef struct {
    bag input, late;
    int64_t clock;
    bool has_clock;
} window_past;

typedef struct {
    bag tables[PROGRAM_NODES_MAX];
    window_past pasts[PROGRAM_NODES_MAX];
    uint64_t errors; /* Rows in the error table. */
    uint32_t rounds, iteration;
    bool converged;
    bool overflows; /* A weight is too large to be told exactly: the rest means nothing. */
} evaluation;

void program_evaluate(const program *p, const bag *inputs, evaluation *e);
void evaluation_free(evaluation *e);

typedef struct {
    uint64_t programs, ops[OP_COUNT], loops, epochs, changes, retractions, iterations;
    uint32_t rounds_max;
    uint64_t cut_by_limit;  /* Epochs. */
    uint64_t cut_by_weight; /* Programs. */
} program_totals;

/* Runs the program of a seed; false on a mismatch, after saying which when `says`.
 * `plants`: with the mistake that the engine's tests must find. */
bool program_check(uint64_t seed, bool plants, bool says, program_totals *totals);

#endif
