/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_QUERIES_WELCH_H
#define DUNLIN_PIPELINE_QUERIES_WELCH_H

#include <stdbool.h>
#include <stdint.h>

/* What is known of one of two samples. */
typedef struct {
    uint64_t n;
    double mean, spread; /* spread: the standard deviation, with n - 1. */
} welch_sample;

/* The 95 % interval of the difference of two means whose variances need not be equal:
 *
 *     mean_a - mean_b +- t sqrt(va + vb),   va = spread_a^2 / n_a, vb likewise
 *     degrees of freedom: (va + vb)^2 / (va^2 / (n_a - 1) + vb^2 / (n_b - 1)), rounded down
 *
 * B. L. Welch, Biometrika 34 (1947) 28-35.  False where a sample has fewer than two values,
 * or neither has any spread.  Only + - * / and sqrt of IEEE 754: the same bits everywhere. */
bool welch_interval(const welch_sample *a, const welch_sample *b, double *low, double *high);

#endif
