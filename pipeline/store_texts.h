/* SPDX-License-Identifier: MIT */
/* store_texts -- the store as the disk that texts lie on (pipeline/queries/strings.h). */
#ifndef DUNLIN_PIPELINE_STORE_TEXTS_H
#define DUNLIN_PIPELINE_STORE_TEXTS_H

#include "pipeline/queries/strings.h"
#include "pipeline/store/store.h"

typedef struct {
    texts_disk base; /* First: pass &d->base. */
    store *s;
} store_texts;

void store_texts_init(store_texts *d, store *s); /* The store is borrowed. */

#endif
