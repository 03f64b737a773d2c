/* SPDX-License-Identifier: MIT */
/* cleaning -- places that nobody near answers to are no places, until convergence.
 *
 * As a batch: X = {}.  A round: over the located responses with no end
 * in X, an author with n >= clean_min responses is reliable, and speaks for their
 * place if close / n > cutoff.  A place that reliable authors have and none of them
 * speaks for joins X.  Again, until X stays.
 *
 * Only authors with n >= clean_min over all located responses can ever be reliable
 * (X only grows, n only shrinks), so only their cells enter the loop. */
#include "geocode/distance.h"
#include "pipeline/queries/graph.h"

#define NEVER UINT32_MAX /* The round of a place that does not fall. */

static bool has_enough(const void *row, void *context) {
    return ((const author_count_row *)row)->responses >=
           ((const graph *)context)->cleaning.clean_min;
}

/* Only who has a say, not by how much: a count that grows must not send all cells of
 * its author through the join again. */
static const char *to_author(const void *row, void *out, void *context) {
    (void)context;
    *(author_row *)out = (author_row){((const author_count_row *)row)->author};
    return NULL;
}

static bool to_evidence(const void *left, const void *right, void *out, void *context) {
    const cell_row *c = left;
    evidence_row *e = out;
    (void)right;
    (void)context;
    e->responses = c->responses;
    e->close = c->distance == DISTANCE_CLOSE && c->evidence != 0 ? c->responses : 0;
    e->author = c->author;
    e->place_a = c->place_a;
    e->place_b = c->place_b;
    return true;
}

static bool is_reliable(const void *row, void *context) {
    return ((const evidence_sum_row *)row)->responses >=
           ((const graph *)context)->cleaning.clean_min;
}

static const char *to_vote(const void *row, void *out, void *context) {
    const evidence_sum_row *a = row;
    const cleaning_options *o = &((const graph *)context)->cleaning;
    __extension__ typedef unsigned __int128 wide;
    bool speaks = (wide)a->close * o->cutoff_den > (wide)a->responses * o->cutoff_num;
    *(vote_row *)out = (vote_row){a->place_a, speaks};
    return NULL;
}

static bool nobody_speaks(const void *row, void *context) {
    (void)context;
    return ((const verdict_row *)row)->speakers == 0;
}

static const char *to_place(const void *row, void *out, void *context) {
    (void)context;
    *(place_row *)out = (place_row){((const verdict_row *)row)->place};
    return NULL;
}

/* What the reliable authors of each place say, given the evidence that counts. */
static flow_table *judge(graph *g, flow_table *evidence) {
    flow_table *sums = flow_group(
        evidence, FLOW_BY("author", "place_a"), &evidence_sum_row_schema,
        FLOW_REDUCERS({FLOW_SUM, "responses", "responses"}, {FLOW_SUM, "close", "close"}));
    flow_table *votes = flow_map(flow_filter(sums, is_reliable, g), &vote_row_schema, to_vote, g);
    return flow_group(
        votes, FLOW_BY("place"), &verdict_row_schema,
        FLOW_REDUCERS({FLOW_COUNT, "authors", NULL}, {FLOW_SUM, "speakers", "speaks"}));
}

static flow_table *converge(graph *g, flow_table *evidence) {
    g->cleaning_loop = flow_loop_begin(g->nothing, CLEANING_ROUNDS_MAX);
    flow_table *bad = flow_loop_variable(g->cleaning_loop);
    flow_table *left =
        flow_anti_join(flow_anti_join(evidence, FLOW_BY("place_a"), bad, FLOW_BY("place")),
                       FLOW_BY("place_b"), bad, FLOW_BY("place"));
    flow_table *fallen = flow_map(flow_filter(judge(g, left), nobody_speaks, NULL),
                                  &place_row_schema, to_place, NULL);
    return flow_name(flow_loop_end(g->cleaning_loop, flow_distinct(flow_concat(bad, fallen))),
                     "bad places");
}

/* ---- Why: the evidence of the round in which a place fell, or of the last ---- */

static const char *to_ends(const void *row, flow_emitter *e, void *context) {
    const evidence_row *x = row;
    (void)context;
    flow_emit(e, &(place_row){x->place_a});
    flow_emit(e, &(place_row){x->place_b});
    return NULL;
}

static const char *to_never(const void *row, void *out, void *context) {
    (void)context;
    *(round_row *)out = (round_row){((const place_row *)row)->place, NEVER};
    return NULL;
}

static bool with_round_a(const void *left, const void *right, void *out, void *context) {
    (void)context;
    *(evidence_row *)out = *(const evidence_row *)left;
    ((evidence_row *)out)->round_a = ((const round_row *)right)->iteration;
    return true;
}

static bool was_still_there(const void *left, const void *right, void *out, void *context) {
    const evidence_row *e = left;
    (void)context;
    *(evidence_row *)out = *e;
    return ((const round_row *)right)->iteration >= e->round_a;
}

static flow_table *verdicts(graph *g, flow_table *evidence) {
    flow_table *ends = flow_distinct(flow_flat_map(evidence, &place_row_schema, to_ends, NULL));
    flow_table *standing = flow_anti_join(ends, FLOW_BY("place"), g->t.bad, FLOW_BY("place"));
    flow_table *rounds =
        flow_concat(g->t.rounds, flow_map(standing, &round_row_schema, to_never, NULL));
    flow_table *decided = flow_join(evidence, FLOW_BY("place_a"), rounds, FLOW_BY("place"),
                                    &evidence_row_schema, with_round_a, NULL);
    decided = flow_join(decided, FLOW_BY("place_b"), rounds, FLOW_BY("place"), &evidence_row_schema,
                        was_still_there, NULL);
    return flow_name(judge(g, decided), "verdicts");
}

/* ---- What is left when both ends are good ---- */

static const char *to_clean_part(const void *row, void *out, void *context) {
    const cell_row *c = row;
    clean_part_row *part = out;
    (void)context;
    part->influence = c->influence;
    part->responses = c->responses;
    part->close = c->distance == DISTANCE_CLOSE ? c->responses : 0;
    part->medium = c->distance == DISTANCE_MEDIUM ? c->responses : 0;
    part->far = c->distance == DISTANCE_FAR ? c->responses : 0;
    part->author = c->author;
    part->place_b = c->place_b;
    return NULL;
}

void cleaning_build(graph *g) {
    flow_table *counts = flow_group(g->t.cells, FLOW_BY("author"), &author_count_row_schema,
                                    FLOW_REDUCERS({FLOW_SUM, "responses", "responses"}));
    flow_table *heard = flow_name(flow_distinct(flow_map(flow_filter(counts, has_enough, g),
                                                         &author_row_schema, to_author, NULL)),
                                  "authors with a say");
    flow_table *evidence =
        flow_name(flow_join(g->t.cells, FLOW_BY("author"), heard, FLOW_BY("author"),
                            &evidence_row_schema, to_evidence, NULL),
                  "evidence");
    g->t.bad = converge(g, evidence);
    g->t.rounds = flow_name(flow_loop_iterations(g->cleaning_loop, &round_row_schema), "rounds");
    g->t.verdicts = verdicts(g, evidence);
    flow_table *good = flow_anti_join(g->t.cells, FLOW_BY("place_a"), g->t.bad, FLOW_BY("place"));
    good = flow_anti_join(good, FLOW_BY("place_b"), g->t.bad, FLOW_BY("place"));
    flow_table *parts = flow_map(good, &clean_part_row_schema, to_clean_part, NULL);
    g->t.clean = flow_name(
        flow_group(parts, FLOW_BY("author"), &clean_row_schema,
                   FLOW_REDUCERS({FLOW_SUM, "responses", "responses"}, {FLOW_SUM, "close", "close"},
                                 {FLOW_SUM, "medium", "medium"}, {FLOW_SUM, "far", "far"},
                                 {FLOW_SUM, "influence", "influence"})),
        "clean");
}
