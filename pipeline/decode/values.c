/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/values.h"

#include "pipeline/base/times.h"

/* A float of integral value below 2^63, as some exporters write all numbers. */
static bool real_to_u64(double real, uint64_t *value) {
    if (!(real >= 0 && real < 0x1p63)) return false;
    *value = (uint64_t)real;
    return (double)*value == real;
}

static bool value_to_u64(const json_value *v, uint64_t *value) {
    switch (v->kind) {
    case NODE_TEXT: return text_to_u64(v->string, value);
    case NODE_INTEGER: *value = (uint64_t)v->integer; return v->integer >= 0;
    case NODE_REAL: return real_to_u64(v->real, value);
    default: return false;
    }
}

bool value_to_id(const json_value *v, uint64_t *id) {
    uint64_t value;
    if (!value_to_u64(v, &value) || value == 0) return false;
    *id = value;
    return true;
}

bool values_to_id(const json_value *id_str, const json_value *id, uint64_t *result) {
    return value_to_id(id_str, result) || value_to_id(id, result);
}

bool value_to_count(const json_value *v, uint64_t *count) {
    bool is_negative =
        (v->kind == NODE_INTEGER && v->integer < 0) || (v->kind == NODE_REAL && v->real < 0);
    *count = 0;
    return is_negative || v->kind == NODE_NULL || value_to_u64(v, count);
}

bool value_to_ms(const json_value *v, int64_t *ms) {
    uint64_t value;
    if (v->kind == NODE_TEXT &&
        (time_from_twitter(v->string, ms) || time_from_rfc3339(v->string, ms)))
        return true;
    if (!value_to_u64(v, &value) || value > INT64_MAX) return false;
    *ms = (int64_t)value;
    return true;
}
