/* SPDX-License-Identifier: MIT */
/* What rule.c (judging, reckoning), rule_read.c (reading) and rule_values.c share. */
#ifndef DUNLIN_PIPELINE_QUERIES_RULE_INTERNAL_H
#define DUNLIN_PIPELINE_QUERIES_RULE_INTERNAL_H

#include "pipeline/queries/rule.h"

typedef enum { SOURCES, TIMES, IDS, PEOPLE, KINDS, NUMBERS, WORDS, CODES } rule_type;
enum { OF_NONE = 0, OF_TWEETS = 1, OF_USERS = 2, OF_BOTH = 3 };

/* Each that asks for equality stands before what negates it. */
typedef enum {
    OP_IS,
    OP_IS_NOT,
    OP_HAS,
    OP_HAS_NOT,
    OP_LESS,
    OP_AT_MOST,
    OP_MORE,
    OP_AT_LEAST,
    OP_SET,
    OP_ADD,
    OP_TAKE,
    OP_TIMES,
    OP_OVER,
} rule_op;

typedef struct {
    const char *name;
    rule_type type;
    unsigned asked, set; /* OF_... */
} rule_field_info;
extern const rule_field_info rule_fields[RULE_FIELDS];

typedef struct {
    rule_field field;
    rule_op op;
    uint16_t first, count; /* Values; several are alternatives. */
} rule_condition;

typedef struct {
    rule_op op; /* From OP_SET on. */
    rule_value value;
} rule_assignment;

enum {
    RULE_VALUES_MAX = 512,
    RULE_FACTOR_UNIT = 1000000, /* Of *= and /=. */
    RULE_LANG_BYTES_MAX = 16,
    CODE_AND = RULE_CONDITIONS_MAX, /* Below: the number of a condition. */
    CODE_OR,
    CODE_NOT,
};

/* `where` is kept in the order of a calculator with a stack: operands first. */
struct rule {
    rule_times times;
    uint16_t code[3 * RULE_CONDITIONS_MAX];
    size_t code_count, condition_count, value_count;
    rule_condition conditions[RULE_CONDITIONS_MAX];
    rule_value values[RULE_VALUES_MAX];
    rule_assignment sets[RULE_FIELDS];
    uint32_t set_mask, reads;
    char bytes[2 * RULE_BYTES_MAX]; /* What the values' words are, unquoted. */
    size_t byte_count;
};

/* One value as it is written, without quotes; `quoted`: it had some.  False: it is none of
 * its type; *why says what one is, static. */
bool rule_value_read(rule_type type, text written, bool quoted, int64_t now_ms, rule_value *v,
                     const char **why);
/* What is assigned with `op`. */
bool rule_set_value_read(rule_field field, rule_op op, text written, bool quoted, rule_value *v,
                         const char **why);
/* "1h30m" as milliseconds. */
bool rule_duration_read(text t, int64_t *ms);

#endif
