/* SPDX-License-Identifier: MIT */
#include "pipeline/base/suggest.h"

enum { NAME_BYTES_MAX = 40 };

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

/* Optimal string alignment (Damerau 1964, with swaps of neighbours), row by row. */
unsigned edit_distance(text a, text b) {
    unsigned rows[3][NAME_BYTES_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    if (a.count > NAME_BYTES_MAX || b.count > NAME_BYTES_MAX) return NAME_BYTES_MAX;
    for (size_t j = 0; j <= b.count; j++) before[j] = last[j] = (unsigned)j;
    for (size_t i = 1; i <= a.count; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b.count; j++) {
            unsigned cost = a.bytes[i - 1] == b.bytes[j - 1] ? 0 : 1;
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a.bytes[i - 1] == b.bytes[j - 2] &&
                a.bytes[i - 2] == b.bytes[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        unsigned *spare = before;
        before = last, last = now, now = spare;
    }
    return last[b.count];
}

void suggest(suggestion *s, const char *name) {
    text offered = text_of(name);
    unsigned distance = edit_distance(s->wanted, offered);
    /* What was begun rightly is near: --clean-c means --clean-cutoff. */
    if (s->wanted.count >= 3 && text_starts_with(offered, s->wanted)) distance = 1;
    if (distance > 1 + s->wanted.count / 4 || distance >= offered.count) return;
    if (s->best != NULL && distance >= s->distance) return;
    s->best = name;
    s->distance = distance;
}
