/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/rule_internal.h"

#include "pipeline/base/times.h"
#include "pipeline/flow/flow.h"
#include <assert.h>
#include <stdlib.h>

#define X(name, words, type, asked, set) {words, type, asked, set},
const rule_field_info rule_fields[RULE_FIELDS] = {RULE_FIELD_MAP(X)};
#undef X

enum { STACK_MAX = 2 * (RULE_DEPTH_MAX + 1) + 2 };

/* In this order `and` is the least and `or` the greatest of two. */
typedef enum { NO, UNKNOWN, YES } verdict;

const char *rule_field_name(rule_field f) {
    return rule_fields[f].name;
}

void rule_free(rule *r) {
    free(r);
}

uint32_t rule_reads(const rule *r) {
    return r->reads;
}

/* ---- Judging ---- */

static bool has(text haystack, text needle) {
    if (needle.count == 0) return true;
    for (size_t at = 0; at + needle.count <= haystack.count; at++)
        if (text_equal_caseless(text_slice(haystack, at, at + needle.count), needle)) return true;
    return false;
}

static bool is_person(const rule_subject *s, const rule_value *v) {
    if (v->number != 0) return s->values[RULE_AUTHOR].number == v->number;
    return text_equal_caseless(s->values[RULE_USERNAME].words, v->words);
}

static bool is_any(const rule *r, const rule_condition *c, const rule_subject *s) {
    const rule_value *own = &s->values[c->field];
    rule_type type = rule_fields[c->field].type;
    for (size_t i = c->first; i < (size_t)c->first + c->count; i++) {
        const rule_value *v = &r->values[i];
        bool is = type == PEOPLE  ? is_person(s, v)
                  : type == CODES ? text_equal_caseless(own->words, v->words)
                  : type == WORDS ? text_equal(own->words, v->words)
                                  : own->number == v->number;
        if (is) return true;
    }
    return false;
}

static int order_of(const rule *r, const rule_condition *c, const rule_subject *s) {
    uint64_t own = s->values[c->field].number, asked = r->values[c->first].number;
    if (rule_fields[c->field].type == TIMES)
        return (int64_t)own < (int64_t)asked ? -1 : (int64_t)own > (int64_t)asked;
    return own < asked ? -1 : own > asked;
}

static bool holds(const rule *r, const rule_condition *c, const rule_subject *s) {
    switch (c->op) {
    case OP_IS: return is_any(r, c, s);
    case OP_IS_NOT: return !is_any(r, c, s);
    case OP_HAS: return has(s->values[c->field].words, r->values[c->first].words);
    case OP_HAS_NOT: return !has(s->values[c->field].words, r->values[c->first].words);
    case OP_LESS: return order_of(r, c, s) < 0;
    case OP_AT_MOST: return order_of(r, c, s) <= 0;
    case OP_MORE: return order_of(r, c, s) > 0;
    case OP_AT_LEAST: return order_of(r, c, s) >= 0;
    default: return false;
    }
}

static bool is_asked_of(const rule *r, unsigned condition, bool of_users) {
    unsigned of = rule_fields[r->conditions[condition].field].asked;
    return (of & (of_users ? OF_USERS : OF_TWEETS)) != 0;
}

bool rule_matches(const rule *r, const rule_subject *s) {
    verdict stack[STACK_MAX] = {NO};
    size_t count = 0;
    for (size_t i = 0; i < r->code_count; i++) {
        unsigned code = r->code[i];
        if (code < RULE_CONDITIONS_MAX) {
            assert(count < STACK_MAX);
            bool is_asked = is_asked_of(r, code, s->is_user);
            stack[count++] = !is_asked ? UNKNOWN : holds(r, &r->conditions[code], s) ? YES : NO;
        } else if (code == CODE_NOT) {
            assert(count >= 1);
            stack[count - 1] = (verdict)(YES - stack[count - 1]);
        } else {
            assert(count >= 2);
            verdict b = stack[--count], a = stack[count - 1];
            bool takes_b = code == CODE_AND ? b < a : b > a;
            stack[count - 1] = takes_b ? b : a;
        }
    }
    return count == 1 && stack[0] == YES;
}

/* Whether `where` can be true of any tweet or person at all. */
static bool can_match(const rule *r, bool of_users) {
    struct {
        bool yes, no;
    } stack[STACK_MAX] = {{false, false}};
    size_t count = 0;
    for (size_t i = 0; i < r->code_count; i++) {
        unsigned code = r->code[i];
        if (code < RULE_CONDITIONS_MAX) {
            assert(count < STACK_MAX);
            stack[count].yes = stack[count].no = is_asked_of(r, code, of_users);
            count++;
        } else if (code == CODE_NOT) {
            assert(count >= 1);
            bool yes = stack[count - 1].yes;
            stack[count - 1].yes = stack[count - 1].no;
            stack[count - 1].no = yes;
        } else {
            assert(count >= 2);
            bool is_and = code == CODE_AND;
            count--;
            bool *yes = &stack[count - 1].yes, *no = &stack[count - 1].no;
            *yes = is_and ? *yes && stack[count].yes : *yes || stack[count].yes;
            *no = is_and ? *no || stack[count].no : *no && stack[count].no;
        }
    }
    return count == 1 && stack[0].yes;
}

uint32_t rule_sets(const rule *r, bool of_users) {
    uint32_t mask = 0;
    if (!can_match(r, of_users)) return 0;
    for (unsigned f = 0; f < RULE_FIELDS; f++)
        if ((r->set_mask >> f & 1) != 0 &&
            (rule_fields[f].set & (of_users ? OF_USERS : OF_TWEETS)) != 0)
            mask |= 1u << f;
    return mask;
}

/* ---- Reckoning ---- */

static uint64_t count_after(const rule_assignment *a, uint64_t before) {
    flow_i128 wide = before, by = a->value.number;
    const flow_i128 unit = RULE_FACTOR_UNIT;
    if (a->op == OP_SET) wide = by;
    if (a->op == OP_ADD) wide += by;
    if (a->op == OP_TAKE) wide = wide > by ? wide - by : 0;
    if (a->op == OP_TIMES) wide = (wide * by + unit / 2) / unit;
    if (a->op == OP_OVER) wide = (wide * unit + by / 2) / by;
    return wide > UINT32_MAX ? UINT32_MAX : (uint64_t)wide;
}

static bool time_after(const rule *r, const rule_assignment *a, int64_t before, int64_t *after) {
    int64_t by = (int64_t)a->value.number; /* At most 200 years, or a time of four digits. */
    *after = a->op == OP_SET ? by : a->op == OP_ADD ? before + by : before - by;
    return *after >= TWITTER_EPOCH_MS && *after <= r->times.latest_ms;
}

bool rule_value_after(const rule *r, rule_field f, const rule_subject *s, rule_value *after) {
    const rule_assignment *a = &r->sets[f];
    int64_t ms;
    *after = a->value;
    switch (rule_fields[f].type) {
    case NUMBERS: after->number = count_after(a, s->values[f].number); return true;
    case TIMES:
        if (!time_after(r, a, (int64_t)s->values[f].number, &ms)) return false;
        after->number = (uint64_t)ms;
        return true;
    default: return true;
    }
}
