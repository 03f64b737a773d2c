/* SPDX-License-Identifier: MIT */
/* Reading goes over the text once, from left to right; parentheses are the only depth. */
#include "pipeline/queries/rule_internal.h"

#include "pipeline/base/suggest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    text input;
    size_t at;
    rule *rule;
    rule_error *e;
    bool in_set;
} reading;

static void skip_blanks(reading *r) {
    r->at = written_blanks_end(r->input, r->at);
}

static bool at_byte(const reading *r, char c) {
    return r->at < r->input.count && r->input.bytes[r->at] == c;
}

static text peek_name(const reading *r) {
    return written_name_at(r->input, r->at);
}

static bool take_word(reading *r, text word) {
    skip_blanks(r);
    text name = peek_name(r);
    if (!text_equal_caseless(name, word)) return false;
    r->at += name.count;
    return true;
}

/* ---- Names and values ---- */

static bool fail_field(reading *r, text name) {
    suggestion near = {.wanted = name};
    for (size_t i = 0; i < RULE_FIELDS; i++)
        if (!r->in_set || rule_fields[i].set != OF_NONE) suggest(&near, rule_fields[i].name);
    size_t begin = r->at, end = r->at + name.count;
    if (name.count == 0)
        return written_fail(r->e, begin, begin,
                            r->in_set ? "a field's name belongs here, as in followers*=2"
                                      : "a condition belongs here, as in source:push");
    if (near.best != NULL)
        return written_fail(r->e, begin, end, "there is no field of this name; did you mean %s?",
                            near.best);
    return written_fail(r->e, begin, end, "there is no field of this name");
}

static bool take_field(reading *r, rule_field *field) {
    skip_blanks(r);
    text name = peek_name(r);
    size_t i = 0;
    while (i < RULE_FIELDS && !text_equal_caseless(name, text_of(rule_fields[i].name))) i++;
    if (i == RULE_FIELDS && text_equal_caseless(name, TEXT("from"))) i = RULE_AUTHOR;
    if (i == RULE_FIELDS || name.count == 0) return fail_field(r, name);
    if (r->in_set && rule_fields[i].set == OF_NONE)
        return written_fail(r->e, r->at, r->at + name.count, "%s cannot be set",
                            rule_fields[i].name);
    r->at += name.count;
    *field = (rule_field)i;
    return true;
}

typedef struct {
    const char *written;
    rule_op op;
} operator_name;

/* The longest one that is written here; ops end with NULL, longer ones first. */
static bool take_operator(reading *r, const operator_name *ops, rule_op *op) {
    text rest = text_slice(r->input, r->at, r->input.count);
    for (; ops->written != NULL; ops++) {
        text written = text_of(ops->written);
        if (!text_starts_with(rest, written)) continue;
        r->at += written.count;
        *op = ops->op;
        return true;
    }
    return false;
}

typedef struct {
    size_t begin, end; /* As written, quotes included. */
    text words;
    bool quoted;
} written_value;

static bool take_quoted(reading *r, written_value *v) {
    char quote = r->input.bytes[r->at++];
    size_t begin = r->rule->byte_count;
    while (r->at < r->input.count && r->input.bytes[r->at] != quote) {
        if (r->input.bytes[r->at] == '\\' && r->at + 1 < r->input.count) r->at++;
        r->rule->bytes[r->rule->byte_count++] = r->input.bytes[r->at++];
    }
    v->quoted = true;
    v->words = (text){r->rule->bytes + begin, r->rule->byte_count - begin};
    if (!at_byte(r, quote))
        return written_fail(r->e, v->begin, r->input.count, "this quotation has no end: %c", quote);
    v->end = ++r->at;
    return true;
}

static bool ends_value(const reading *r) {
    if (r->at == r->input.count) return true;
    char c = r->input.bytes[r->at];
    return r->in_set ? c == ',' : written_is_blank(c) || c == '(' || c == ')';
}

static bool take_bare(reading *r, written_value *v) {
    while (!ends_value(r)) r->at++;
    v->end = r->at;
    while (v->end > v->begin && written_is_blank(r->input.bytes[v->end - 1])) v->end--;
    if (v->end == v->begin)
        return written_fail(r->e, v->begin, v->begin,
                            "a value is missing here; nothing is written \"\"");
    size_t count = v->end - v->begin;
    char *copy = r->rule->bytes + r->rule->byte_count;
    memcpy(copy, r->input.bytes + v->begin, count);
    r->rule->byte_count += count;
    v->words = (text){copy, count};
    return true;
}

static bool take_value(reading *r, written_value *v) {
    skip_blanks(r);
    *v = (written_value){.begin = r->at};
    return at_byte(r, '"') || at_byte(r, '\'') ? take_quoted(r, v) : take_bare(r, v);
}

/* ---- where ---- */

static const operator_name comparisons[] = {
    {"!=", OP_IS_NOT}, {"!~", OP_HAS_NOT}, {"<=", OP_AT_MOST}, {">=", OP_AT_LEAST}, {"<", OP_LESS},
    {">", OP_MORE},    {"=", OP_IS},       {":", OP_IS},       {"~", OP_HAS},       {NULL, OP_IS}};

static bool suits(rule_type type, rule_op op, bool colon) {
    switch (type) {
    case WORDS: return op <= OP_HAS_NOT && !colon;
    case TIMES: return (op <= OP_IS_NOT && !colon) || op >= OP_LESS;
    case IDS:
    case NUMBERS: return op != OP_HAS && op != OP_HAS_NOT;
    case SOURCES:
    case PEOPLE:
    case KINDS:
    case CODES: return op <= OP_IS_NOT;
    }
    return false;
}

static bool take_comparison(reading *r, rule_field field, rule_op *op) {
    const rule_field_info *info = &rule_fields[field];
    skip_blanks(r);
    size_t begin = r->at;
    bool colon = at_byte(r, ':');
    if (take_operator(r, comparisons, op) && suits(info->type, *op, colon)) return true;
    bool has_order = info->type == TIMES || info->type == NUMBERS;
    const char *words = info->type == WORDS ? "= (is), ~ (has in it), != or !~"
                        : has_order         ? ">=, >, <=, <, = or !="
                                            : ": or !=";
    return written_fail(r->e, begin, r->at, "after %s comes %s", info->name, words);
}

static bool add_value(reading *r, const rule_condition *c, const written_value *v, size_t from,
                      size_t to) {
    rule *out = r->rule;
    const char *why;
    if (out->value_count == RULE_VALUES_MAX)
        return written_fail(r->e, v->begin, v->end, "these are more than %d values",
                            RULE_VALUES_MAX);
    rule_value *value = &out->values[out->value_count++];
    if (rule_value_read(rule_fields[c->field].type, text_slice(v->words, from, to), v->quoted,
                        out->times.now_ms, value, &why))
        return true;
    size_t shift = v->quoted ? 0 : from, count = v->quoted ? v->end - v->begin : to - from;
    return written_fail(r->e, v->begin + shift, v->begin + shift + count, "%s", why);
}

/* What is written without quotes may be alternatives: push|x. */
static bool add_values(reading *r, rule_condition *c, const written_value *v) {
    rule_type type = rule_fields[c->field].type;
    bool may_split = !v->quoted && c->op <= OP_IS_NOT && type != WORDS && type != TIMES;
    c->first = (uint16_t)r->rule->value_count;
    for (size_t begin = 0; begin <= v->words.count;) {
        size_t end = begin;
        while (end < v->words.count && !(may_split && v->words.bytes[end] == '|')) end++;
        if (!add_value(r, c, v, begin, end)) return false;
        begin = end + 1;
    }
    c->count = (uint16_t)(r->rule->value_count - c->first);
    return true;
}

static void emit(rule *out, unsigned code) {
    out->code[out->code_count++] = (uint16_t)code;
}

static bool read_condition(reading *r) {
    rule *out = r->rule;
    rule_condition c = {0};
    written_value v;
    skip_blanks(r);
    if (out->condition_count == RULE_CONDITIONS_MAX)
        return written_fail(r->e, r->at, r->at, "these are more than %d conditions",
                            RULE_CONDITIONS_MAX);
    if (!take_field(r, &c.field) || !take_comparison(r, c.field, &c.op) || !take_value(r, &v) ||
        !add_values(r, &c, &v))
        return false;
    out->reads |= 1u << c.field;
    if (c.field == RULE_AUTHOR) out->reads |= 1u << RULE_USERNAME;
    emit(out, (unsigned)out->condition_count);
    out->conditions[out->condition_count++] = c;
    return true;
}

static bool read_any(reading *r, unsigned depth);

/* Two that follow are none, so that there are never more than two codes a condition. */
static bool read_one(reading *r, unsigned depth) {
    bool is_negated = false;
    while (take_word(r, TEXT("not"))) is_negated = !is_negated;
    size_t begin = r->at;
    if (!at_byte(r, '(')) {
        if (!read_condition(r)) return false;
    } else {
        r->at++;
        if (depth == RULE_DEPTH_MAX)
            return written_fail(r->e, begin, r->at, "these parentheses are more than %d deep",
                                RULE_DEPTH_MAX);
        if (!read_any(r, depth + 1)) return false;
        skip_blanks(r);
        if (!at_byte(r, ')'))
            return written_fail(r->e, begin, begin + 1, "this parenthesis has no end");
        r->at++;
    }
    if (is_negated) emit(r->rule, CODE_NOT);
    return true;
}

static bool read_all(reading *r, unsigned depth) {
    if (!read_one(r, depth)) return false;
    while (take_word(r, TEXT("and"))) {
        if (!read_one(r, depth)) return false;
        emit(r->rule, CODE_AND);
    }
    return true;
}

static bool read_any(reading *r, unsigned depth) {
    if (!read_all(r, depth)) return false;
    while (take_word(r, TEXT("or"))) {
        if (!read_all(r, depth)) return false;
        emit(r->rule, CODE_OR);
    }
    return true;
}

static bool read_where(reading *r) {
    skip_blanks(r);
    if (r->at == r->input.count) return written_fail(r->e, 0, 0, "say for what, as in source:push");
    if (!read_any(r, 0)) return false;
    skip_blanks(r);
    if (r->at < r->input.count)
        return written_fail(r->e, r->at, r->input.count, "conditions are joined by `and` or `or`");
    return true;
}

/* ---- set ---- */

static const operator_name assignments[] = {{"+=", OP_ADD},  {"-=", OP_TAKE}, {"*=", OP_TIMES},
                                            {"/=", OP_OVER}, {"=", OP_SET},   {NULL, OP_SET}};

static bool take_assignment(reading *r, rule_field field, rule_op *op) {
    const rule_field_info *info = &rule_fields[field];
    skip_blanks(r);
    size_t begin = r->at;
    bool good = take_operator(r, assignments, op);
    rule_op last = info->type == NUMBERS ? OP_OVER : info->type == TIMES ? OP_TAKE : OP_SET;
    if (good && *op <= last) return true;
    return written_fail(r->e, begin, r->at, "after %s comes %s", info->name,
                        info->type == NUMBERS ? "=, +=, -=, *= or /="
                        : info->type == TIMES ? "+=, -= or ="
                                              : "=");
}

static bool read_assignment(reading *r) {
    rule_field field = RULE_FIELDS;
    rule_assignment a = {0};
    written_value v;
    const char *why;
    skip_blanks(r);
    size_t begin = r->at;
    if (!take_field(r, &field)) return false;
    size_t end = r->at;
    if (!take_assignment(r, field, &a.op) || !take_value(r, &v)) return false;
    if (!rule_set_value_read(field, a.op, v.words, v.quoted, &a.value, &why))
        return written_fail(r->e, v.begin, v.end, "%s", why);
    if ((r->rule->set_mask >> field & 1) != 0)
        return written_fail(r->e, begin, end, "%s is set twice", rule_fields[field].name);
    r->rule->sets[field] = a;
    r->rule->set_mask |= 1u << field;
    if (a.op != OP_SET) r->rule->reads |= 1u << field;
    return true;
}

static bool read_set(reading *r) {
    skip_blanks(r);
    if (r->at == r->input.count)
        return written_fail(r->e, 0, 0, "say what is to be, as in followers*=1000");
    for (;;) {
        if (!read_assignment(r)) return false;
        skip_blanks(r);
        if (r->at == r->input.count) return true;
        if (!at_byte(r, ','))
            return written_fail(r->e, r->at, r->input.count, "a comma belongs here");
        r->at++;
    }
}

/* ---- Both ---- */

static bool read_both(rule *out, text where, text set, rule_error *e) {
    reading asked = {.input = where, .rule = out, .e = e};
    reading sets = {.input = set, .rule = out, .e = e, .in_set = true};
    if (!written_is_readable(where, RULE_BYTES_MAX, e) || !read_where(&asked)) return false;
    e->in_set = true;
    if (!written_is_readable(set, RULE_BYTES_MAX, e) || !read_set(&sets)) return false;
    if (rule_sets(out, false) != 0 || rule_sets(out, true) != 0) return true;
    return written_fail(
        e, 0, set.count,
        "what is asked for is of tweets, and what is set is of people: ask by source, "
        "time, author, followers, location, username or name");
}

status rule_read(text where, text set, const rule_times *times, rule **result, rule_error *e) {
    rule_error unread;
    *result = NULL;
    if (e == NULL) e = &unread;
    *e = (rule_error){0};
    rule *out = calloc(1, sizeof *out);
    if (out == NULL) return STATUS_NO_MEMORY;
    out->times = *times;
    if (!read_both(out, where, set, e)) {
        rule_free(out);
        return STATUS_BAD_FORMAT;
    }
    *result = out;
    return STATUS_OK;
}
