/* SPDX-License-Identifier: MIT */
#include "tests/support/memory_disk.h"

#include <stdlib.h>
#include <string.h>

static status drop(texts_disk *self, uint32_t number) {
    memory_disk *d = (memory_disk *)self;
    free(d->blocks[number]);
    d->blocks[number] = NULL;
    return STATUS_OK;
}

static status put(texts_disk *self, uint32_t number, text bytes) {
    memory_disk *d = (memory_disk *)self;
    if (d->puts_fail || number >= MEMORY_DISK_BLOCKS) return STATUS_CANNOT_WRITE;
    (void)drop(self, number);
    d->blocks[number] = malloc(bytes.count);
    if (d->blocks[number] == NULL) return STATUS_NO_MEMORY;
    memcpy(d->blocks[number], bytes.bytes, bytes.count);
    d->counts[number] = bytes.count;
    return STATUS_OK;
}

static status get(texts_disk *self, uint32_t number, char *bytes, size_t capacity, size_t *count) {
    memory_disk *d = (memory_disk *)self;
    if (d->gets_fail) return STATUS_CANNOT_READ;
    if (d->blocks[number] == NULL) return STATUS_NOT_FOUND;
    if (d->counts[number] > capacity) return STATUS_TOO_LARGE;
    memcpy(bytes, d->blocks[number], d->counts[number]);
    *count = d->counts[number];
    return STATUS_OK;
}

void memory_disk_init(memory_disk *d) {
    *d = (memory_disk){.base = {put, get, drop}};
}

void memory_disk_deinit(memory_disk *d) {
    for (uint32_t i = 0; i < MEMORY_DISK_BLOCKS; i++) (void)drop(&d->base, i);
}

bool memory_disk_has(const memory_disk *d, text t) {
    for (uint32_t i = 0; i < MEMORY_DISK_BLOCKS; i++)
        if (d->blocks[i] != NULL && memmem(d->blocks[i], d->counts[i], t.bytes, t.count) != NULL)
            return true;
    return false;
}
