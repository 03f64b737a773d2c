/* SPDX-License-Identifier: MIT */
#include "pipeline/store_texts.h"

static status put(texts_disk *self, uint32_t number, text bytes) {
    return store_put_block(((store_texts *)self)->s, number, bytes);
}

static status get(texts_disk *self, uint32_t number, char *bytes, size_t capacity, size_t *count) {
    return store_get_block(((store_texts *)self)->s, number, bytes, capacity, count);
}

static status drop(texts_disk *self, uint32_t number) {
    return store_drop_block(((store_texts *)self)->s, number);
}

void store_texts_init(store_texts *d, store *s) {
    *d = (store_texts){{put, get, drop}, s};
}
