/* SPDX-License-Identifier: MIT */
#include "sentiment/account.h"

#include <stdlib.h>

#include "sentiment/contrast.h"

static void fill(vader_account *a, rating *ratings, const lexicon *words, text t) {
    vader_walk w;
    size_t rated = 0;
    vader_begin(&w, words, t);
    for (size_t i = 0; i < a->result.count && vader_next(&w, &a->steps[i]); i++) {
        a->valences[i] = a->steps[i].valence;
        if (a->valences[i] != 0) ratings[rated++] = (rating){i, a->valences[i]};
    }
    if (a->result.but == a->result.count) return;
    contrast_apply(ratings, rated, a->result.but);
    for (size_t k = 0; k < rated; k++) a->valences[ratings[k].index] = ratings[k].valence;
}

status vader_account_init(vader_account *a, const lexicon *words, text t) {
    *a = (vader_account){0};
    vader_score(words, t, &a->result);
    size_t count = a->result.count + 1; /* Never none: calloc(0) may give NULL. */
    a->steps = calloc(count, sizeof *a->steps);
    a->valences = calloc(count, sizeof *a->valences);
    rating *ratings = calloc(count, sizeof *ratings);
    bool has_all = a->steps != NULL && a->valences != NULL && ratings != NULL;
    if (has_all) fill(a, ratings, words, t);
    free(ratings);
    if (!has_all) vader_account_deinit(a);
    return has_all ? STATUS_OK : STATUS_NO_MEMORY;
}

void vader_account_deinit(vader_account *a) {
    free(a->steps);
    free(a->valences);
    *a = (vader_account){0};
}

const char *vader_role(const token *t) {
    uint8_t flags = t->known == NULL ? 0 : t->known->flags;
    if (flags & WORD_BOOSTS) return "booster";
    if (flags & WORD_DAMPENS) return "dampener";
    if (t->known != NULL && t->known->mark == MARK_BUT) return "but";
    return (flags & WORD_NEGATES) || token_has_nt(t) ? "negation" : NULL;
}
