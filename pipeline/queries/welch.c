/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/welch.h"

#include <math.h>

/* The point of Student's t with so many degrees of freedom that 2.5 % lie beyond: exact up to
 * 30; from there by the expansion of Abramowitz and Stegun, 26.7.5, to better than 1e-7. */
static double student_975(double freedom) {
    static const double exact[] = {
        12.7062047362, 4.3026527297, 3.1824463053, 2.7764451052, 2.5705818356, 2.4469118511,
        2.3646242516,  2.3060041352, 2.2621571628, 2.2281388520, 2.2009851601, 2.1788128297,
        2.1603686565,  2.1447866879, 2.1314495456, 2.1199052992, 2.1098155778, 2.1009220402,
        2.0930240544,  2.0859634473, 2.0796138447, 2.0738730679, 2.0686576104, 2.0638985616,
        2.0595385528,  2.0555294386, 2.0518305165, 2.0484071418, 2.0452296421, 2.0422724563};
    const double z = 1.959963984540054, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z,
                 z9 = z7 * z * z;
    if (freedom < 31) return exact[freedom < 1 ? 0 : (int)freedom - 1];
    double v = floor(freedom);
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v) +
           (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * v * v * v * v);
}

bool welch_interval(const welch_sample *a, const welch_sample *b, double *low, double *high) {
    if (a->n < 2 || b->n < 2) return false;
    double va = a->spread * a->spread / (double)a->n, vb = b->spread * b->spread / (double)b->n;
    if (!(va + vb > 0)) return false;
    double freedom =
        (va + vb) * (va + vb) / (va * va / (double)(a->n - 1) + vb * vb / (double)(b->n - 1));
    /* What is a whole number but for rounding stays one. */
    double half = student_975(freedom + 1e-9) * sqrt(va + vb);
    *low = a->mean - b->mean - half;
    *high = a->mean - b->mean + half;
    return true;
}
