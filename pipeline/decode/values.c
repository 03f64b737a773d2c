/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/values.h"

#include "pipeline/base/times.h"

#include <stdlib.h>
#include <string.h>

#define EXACT_MAX 0x1p53 /* From here on not every integer is a double. */

/* A number that is a float, or was when somebody made a string of it. */
static bool value_to_real(const json_value *v, double *real) {
    char copy[40], *end;
    if (v->kind == NODE_REAL) *real = v->real;
    if (v->kind != NODE_TEXT) return v->kind == NODE_REAL;
    text t = v->string;
    if (t.count == 0 || t.count >= sizeof copy) return false;
    memcpy(copy, t.bytes, t.count);
    copy[t.count] = '\0';
    if (strspn(copy, "0123456789.eE+-") != t.count) return false;
    *real = strtod(copy, &end);
    return *end == '\0';
}

/* A float of integral value below 2^63, as some exporters write all numbers. */
static bool real_to_u64(double real, uint64_t *value) {
    if (!(real >= 0 && real < 0x1p63)) return false;
    *value = (uint64_t)real;
    return (double)*value == real;
}

static bool value_to_u64(const json_value *v, uint64_t *value) {
    double real;
    if (v->kind == NODE_TEXT && text_to_u64(v->string, value)) return true;
    if (v->kind == NODE_INTEGER) *value = (uint64_t)v->integer;
    if (v->kind == NODE_INTEGER) return v->integer >= 0;
    return value_to_real(v, &real) && real_to_u64(real, value);
}

bool value_to_id(const json_value *v, uint64_t *id) {
    uint64_t value;
    double real;
    if (v->kind == NODE_TEXT && text_to_u64(v->string, &value)) /* As nearly all are. */
        ;
    else if (v->kind == NODE_INTEGER && v->integer > 0)
        value = (uint64_t)v->integer;
    else if (!value_to_real(v, &real) || !(real < EXACT_MAX) || !real_to_u64(real, &value))
        return false;
    if (value == 0) return false;
    *id = value;
    return true;
}

bool value_is_rounded_id(const json_value *v, uint64_t *about) {
    uint64_t exact;
    double real;
    if (v->kind == NODE_TEXT && text_to_u64(v->string, &exact)) return false;
    return value_to_real(v, &real) && real >= EXACT_MAX && real_to_u64(real, about);
}

bool values_to_id(const json_value *id_str, const json_value *id, uint64_t *result) {
    return value_to_id(id_str, result) || value_to_id(id, result);
}

bool value_to_count(const json_value *v, uint64_t *count) {
    double real = 0;
    bool is_negative =
        v->kind == NODE_INTEGER ? v->integer < 0 : value_to_real(v, &real) && real < 0;
    *count = 0;
    return is_negative || v->kind == NODE_NULL || value_to_u64(v, count);
}

bool value_to_ms(const json_value *v, int64_t *ms) {
    uint64_t value;
    if (v->kind == NODE_TEXT &&
        (time_from_twitter(v->string, ms) || time_from_rfc3339(v->string, ms)))
        return true;
    return value_to_u64(v, &value) && time_from_number(value, ms);
}
