/* SPDX-License-Identifier: MIT */
/* strict -- jansson as a json_reader: slow, and the last word. */
#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/arena.h"
#include "pipeline/decode/decode.h"
#include "pipeline/decode/reader.h"

typedef struct {
    json_reader reader;
    arena *memory; /* Of the last read: what its values borrow from. */
} strict_reader;

enum { ARENA_BLOCK_BYTES = 1 << 16, MEMORY_BYTES_KEPT = 1 << 23 };

/* jansson 2.14 writes past its buffers when a string cannot grow.  So no allocation of
 * its may fail: all come from the reader's arena, and where that has no more, the read
 * is left by longjmp.  Freeing is the arena's business, at the next read. */
static _Thread_local arena *reading; /* NULL outside of a read. */
static _Thread_local jmp_buf no_memory;

static void *take_memory(size_t bytes) {
    if (reading == NULL) return malloc(bytes);
    void *memory = arena_take(reading, bytes);
    if (memory == NULL) longjmp(no_memory, 1);
    return memory;
}

static void give_memory(void *memory) {
    if (reading == NULL) free(memory);
}

static void set_allocation(void) {
    json_set_alloc_funcs(take_memory, give_memory);
}

static json_value value_of(const json_t *j) {
    json_value v = {.kind = NODE_ABSENT};
    if (j == NULL) return v;
    switch (json_typeof(j)) {
    case JSON_OBJECT: v.kind = NODE_OBJECT; break;
    case JSON_ARRAY: v.kind = NODE_ARRAY; break;
    case JSON_STRING:
        v.kind = NODE_TEXT;
        v.string = (text){json_string_value(j), json_string_length(j)};
        return v;
    case JSON_INTEGER:
        v.kind = NODE_INTEGER;
        v.integer = json_integer_value(j);
        return v;
    case JSON_REAL:
        v.kind = NODE_REAL;
        v.real = json_real_value(j);
        return v;
    case JSON_TRUE:
    case JSON_FALSE:
        v.kind = NODE_BOOL;
        v.integer = json_is_true(j);
        return v;
    case JSON_NULL: v.kind = NODE_NULL; return v;
    }
    v.node[0] = (uint64_t)(uintptr_t)j;
    return v;
}

static json_t *node_of(const json_value *v) {
    return (json_t *)(uintptr_t)v->node[0];
}

/* True when objects and arrays are inside one another at most `left` deep. */
static bool fits_depth(json_t *j, int left) {
    const char *key;
    json_t *child;
    size_t i;
    if (!json_is_object(j) && !json_is_array(j)) return true;
    if (left == 0) return false;
    json_object_foreach(j, key, child) if (!fits_depth(child, left - 1)) return false;
    json_array_foreach(j, i, child) if (!fits_depth(child, left - 1)) return false;
    return true;
}

static read_verdict load(arena *a, text t, json_t **root) {
    json_error_t error;
    if (setjmp(no_memory) != 0) {
        reading = NULL;
        return READ_NO_MEMORY;
    }
    reading = a;
    *root = json_loadb(t.bytes, t.count, JSON_DECODE_ANY, &error);
    reading = NULL;
    if (*root != NULL) return READ_OK;
    return json_error_code(&error) == json_error_stack_overflow ? READ_TOO_DEEP : READ_REFUSED;
}

/* Ends what the last read holds; after a monstrous line, gives its memory back too. */
static bool forget(strict_reader *r) {
    if (r->memory != NULL && arena_bytes(r->memory) <= MEMORY_BYTES_KEPT) {
        arena_reset(r->memory);
        return true;
    }
    arena_free(r->memory);
    r->memory = arena_new(ARENA_BLOCK_BYTES);
    return r->memory != NULL;
}

static read_verdict strict_read(json_reader *self, const char *bytes, size_t count,
                                json_value *root) {
    strict_reader *r = (strict_reader *)self;
    json_t *read = NULL;
    if (!forget(r)) return READ_NO_MEMORY;
    read_verdict verdict = load(r->memory, (text){bytes, count}, &read);
    if (verdict != READ_OK) return verdict;
    if (!fits_depth(read, JSON_DEPTH_MAX)) return READ_TOO_DEEP;
    *root = value_of(read);
    return READ_OK;
}

static void strict_pick(const json_value *object, const key_set *keys, json_value *values) {
    const json_t *j = node_of(object);
    for (uint32_t i = 0; i < keys->count; i++)
        values[i] = value_of(json_object_get(j, keys->names[i].bytes));
}

static bool strict_next(const json_value *array, json_cursor *cursor, json_value *element) {
    const json_t *j = json_array_get(node_of(array), (size_t)cursor->node[0]);
    if (j == NULL) return false;
    cursor->node[0]++;
    *element = value_of(j);
    return true;
}

static void strict_free(json_reader *self) {
    arena_free(((strict_reader *)self)->memory);
    free(self);
}

json_reader *strict_reader_new(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, set_allocation);
    strict_reader *r = calloc(1, sizeof(*r));
    if (r == NULL) return NULL;
    r->reader = (json_reader){strict_read, strict_pick, strict_next, strict_free};
    return &r->reader;
}

const char *decoder_library(void) {
    return jansson_version_str();
}
