/* SPDX-License-Identifier: MIT */
/* The program of pipeline/flow/README.md. */
#include "pipeline/flow/flow.h"

#include <stdio.h>

#define RESPONSE_ROW(X) X(u32, author) X(u32, weight)
FLOW_ROW(response, RESPONSE_ROW)
FLOW_SCHEMA(response, RESPONSE_ROW)
#define TOTAL_ROW(X) X(u32, author) X(u32, responses) X(i64, influence)
FLOW_ROW(total, TOTAL_ROW)
FLOW_SCHEMA(total, TOTAL_ROW)

static void print(const void *row, int64_t weight, void *epoch) {
    const total *t = row;
    printf("epoch %d: %+d  author %u, %u responses, influence %lld\n", *(int *)epoch, (int)weight,
           t->author, t->responses, (long long)t->influence);
}

int main(void) {
    int epoch = 1;
    flow *f = flow_new(42);
    flow_table *responses = flow_input(f, "responses", &response_schema);
    flow_table *totals = flow_group(
        responses, FLOW_BY("author"), &total_schema,
        FLOW_REDUCERS({FLOW_COUNT, "responses", NULL}, {FLOW_SUM, "influence", "weight"}));
    flow_output(flow_top(totals, FLOW_NONE, FLOW_BY("-influence"), 2), print, &epoch);
    for (uint32_t i = 1; i <= 9; i++)
        flow_push(responses, &(response){.author = i % 3, .weight = i}, 1);
    flow_commit(f);
    epoch = 2;
    flow_push(responses, &(response){.author = 0, .weight = 9}, -1); /* A response is deleted. */
    flow_commit(f);
    flow_free(f);
    return 0;
}
