/* SPDX-License-Identifier: MIT */
/* reader -- a JSON text as values, by one of two parsers.
 *
 * The logic asks an object for all the keys it wants at once, so an object is
 * walked once.  Both parsers give the same values for the same bytes; where they
 * would not, the fast one refuses and the strict one decides. */
#ifndef DUNLIN_PIPELINE_DECODE_READER_H
#define DUNLIN_PIPELINE_DECODE_READER_H

#include "pipeline/decode/keys.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { JSON_DEPTH_MAX = 64 }; /* Objects and arrays inside one another. */

typedef enum {
    NODE_ABSENT,
    NODE_NULL,
    NODE_BOOL,
    NODE_INTEGER,
    NODE_REAL,
    NODE_TEXT,
    NODE_ARRAY,
    NODE_OBJECT
} node_kind;

typedef struct {
    node_kind kind;
    union {
        int64_t integer; /* Also of NODE_BOOL: 0 or 1. */
        double real;
        text string;      /* Dies with the next read. */
        uint64_t node[2]; /* Of an array or object: the reader's own. */
    };
} json_value;

typedef struct {
    uint64_t node[4]; /* Start with {0}. */
} json_cursor;

typedef enum {
    READ_OK,
    READ_REFUSED,  /* Fast: let the strict reader judge.  Strict: it is no JSON. */
    READ_TOO_DEEP, /* Strict only. */
    READ_NO_MEMORY
} read_verdict;

typedef struct json_reader json_reader; /* One thread at a time. */
struct json_reader {
    /* `bytes` must have 64 readable bytes after `count`, and stay until the next read. */
    read_verdict (*read)(json_reader *self, const char *bytes, size_t count, json_value *root);
    /* Fills values[i] for every key i of the set; the last of equal keys counts. */
    void (*pick)(const json_value *object, const key_set *keys, json_value *values);
    /* The next element of an array; false at its end. */
    bool (*next)(const json_value *array, json_cursor *cursor, json_value *element);
    void (*free)(json_reader *self);
};

json_reader *fast_reader_new(void);   /* simdjson; NULL: no memory. */
json_reader *strict_reader_new(void); /* jansson: the judge, and the tests' oracle. */

#ifdef __cplusplus
}
#endif

#endif
