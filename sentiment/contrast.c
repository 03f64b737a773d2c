/* SPDX-License-Identifier: MIT */
#include "sentiment/contrast.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/hash.h"

static void change(rating *r, size_t but) {
    r->valence *= r->index < but ? 0.5 : 1.5;
}

static void apply_to_few(rating *ratings, size_t count, size_t but) {
    for (size_t k = 0; k < count; k++) {
        size_t first = 0;
        while (ratings[first].valence != ratings[k].valence) first++;
        change(&ratings[first], but);
    }
}

/* ---- Many: for every value a skew heap of the places that have it ---- */

#define NOWHERE UINT32_MAX

typedef struct {
    uint32_t left, right; /* Children in the heap. */
} branch;

typedef struct {
    double valence; /* 0: the slot is free. */
    uint32_t root;
} slot;

typedef struct {
    branch *branches;
    slot *slots;
    size_t mask;
} places;

static uint32_t merge(branch *b, uint32_t one, uint32_t two) {
    uint32_t root = NOWHERE, *link = &root;
    while (one != NOWHERE && two != NOWHERE) {
        uint32_t least = one < two ? one : two, other = one < two ? two : one;
        *link = least;
        one = b[least].right;
        two = other;
        b[least].right = b[least].left;
        link = &b[least].left;
    }
    *link = one != NOWHERE ? one : two;
    return root;
}

static slot *find(places *p, double valence) {
    uint64_t bits;
    memcpy(&bits, &valence, sizeof bits);
    size_t at = (size_t)hash_mix(bits) & p->mask;
    while (p->slots[at].valence != valence && p->slots[at].valence != 0) at = (at + 1) & p->mask;
    if (p->slots[at].valence == 0) p->slots[at] = (slot){valence, NOWHERE};
    return &p->slots[at];
}

static void put(places *p, double valence, uint32_t place) {
    slot *s = find(p, valence);
    p->branches[place] = (branch){NOWHERE, NOWHERE};
    s->root = merge(p->branches, s->root, place);
}

static void visit(places *p, rating *ratings, uint32_t k, size_t but) {
    slot *s = find(p, ratings[k].valence);
    uint32_t first = s->root;
    if (first == NOWHERE) {
        first = k;
    } else {
        s->root = merge(p->branches, p->branches[first].left, p->branches[first].right);
        put(p, ratings[k].valence, k);
    }
    change(&ratings[first], but);
    put(p, ratings[first].valence, first);
}

static bool places_init(places *p, size_t count) {
    size_t slots = 64; /* A visit makes at most two values: at most half are taken. */
    while (slots < 4 * count) slots *= 2;
    p->mask = slots - 1;
    p->slots = calloc(slots, sizeof *p->slots);
    p->branches = calloc(count, sizeof *p->branches);
    return p->slots != NULL && p->branches != NULL;
}

void contrast_apply(rating *ratings, size_t count, size_t but) {
    if (count <= CONTRAST_FEW) {
        apply_to_few(ratings, count, but);
        return;
    }
    places p = {0};
    bool has_room = count < NOWHERE && places_init(&p, count);
    for (size_t k = 0; k < count; k++) {
        if (has_room)
            visit(&p, ratings, (uint32_t)k, but);
        else
            change(&ratings[k], but);
    }
    free(p.slots);
    free(p.branches);
}
