/* SPDX-License-Identifier: MIT */
#include "server/base/shared.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct shared_bytes {
    _Atomic uint32_t holders;
    buffer bytes;
};

shared_bytes *shared_bytes_take(buffer *b) {
    shared_bytes *s = b->failed ? NULL : calloc(1, sizeof *s);
    if (s == NULL) {
        buffer_deinit(b);
    } else {
        atomic_init(&s->holders, 1);
        s->bytes = *b;
    }
    *b = (buffer){0};
    return s;
}

shared_bytes *shared_bytes_keep(shared_bytes *s) {
    atomic_fetch_add_explicit(&s->holders, 1, memory_order_relaxed);
    return s;
}

void shared_bytes_release(shared_bytes *s) {
    if (s == NULL) return;
    uint32_t before = atomic_fetch_sub_explicit(&s->holders, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1) return;
    buffer_deinit(&s->bytes);
    free(s);
}

text shared_bytes_text(const shared_bytes *s) {
    return buffer_text(&s->bytes);
}
