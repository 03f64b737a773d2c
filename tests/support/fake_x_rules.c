/* SPDX-License-Identifier: MIT */
#include "tests/support/fake_x_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/json_walk.h"

static void put_rule(json_writer *w, const fake_rule *r) {
    json_begin_object(w);
    json_field(w, "value", string, r->value);
    if (r->tag[0] != '\0') json_field(w, "tag", string, r->tag);
    json_field(w, "id", id, r->id);
    json_end_object(w);
}

int fake_rules_list(const fake_rules *r, const char *target, buffer *out) {
    const char *token = strstr(target, "pagination_token=page");
    size_t first = token == NULL ? 0 : strtoul(token + strlen("pagination_token=page"), NULL, 10);
    size_t end = first + FAKE_RULES_PAGE < r->count ? first + FAKE_RULES_PAGE : r->count;
    char next[32];
    json_writer w = json_to(out);
    json_begin_object(&w);
    if (first < end) {
        json_key(&w, "data");
        json_begin_array(&w);
        for (size_t i = first; i < end; i++) put_rule(&w, &r->rules[i]);
        json_end_array(&w);
    }
    json_key(&w, "meta");
    json_begin_object(&w);
    json_field(&w, "sent", string, "2026-01-01T00:00:00.000Z");
    json_field(&w, "result_count", u64, end > first ? end - first : 0);
    (void)snprintf(next, sizeof next, "page%zu", end);
    if (end < r->count) json_field(&w, "next_token", string, next);
    json_end_object(&w);
    json_end_object(&w);
    return 200;
}

/* What X would object to, or NULL. */
static const char *objection(const char *value) {
    int depth = 0, quotes = 0;
    for (const char *c = value; *c != '\0'; c++) {
        quotes += *c == '"';
        depth += *c == '(';
        depth -= *c == ')';
        if (depth < 0) break;
    }
    if (*value == '\0') return "value must not be empty";
    if (depth != 0) return "missing parenthesis (at position 1)";
    return quotes % 2 != 0 ? "missing closing quote (at position 1)" : NULL;
}

static const fake_rule *find_value(const fake_rules *r, const char *value) {
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->rules[i].value, value) == 0) return &r->rules[i];
    return NULL;
}

static void read_member(text object, const char *key, char *to, size_t capacity) {
    buffer words = {0};
    text value;
    if (json_walk_find(object, key, &value)) (void)json_walk_string(value, &words);
    (void)snprintf(to, capacity, "%.*s", (int)words.count, words.count > 0 ? words.bytes : "");
    buffer_deinit(&words);
}

typedef struct {
    buffer data, errors;
    json_writer to_data, to_errors;
    uint64_t created, not_created, valid, invalid;
} change;

static void refuse(change *c, const char *value, const char *title, const char *detail,
                   uint64_t id) {
    json_begin_object(&c->to_errors);
    json_field(&c->to_errors, "value", string, value);
    if (id != 0) json_field(&c->to_errors, "id", id, id);
    json_field(&c->to_errors, "title", string, title);
    json_field(&c->to_errors, "type", string, "https://api.x.com/2/problems/invalid-rules");
    if (detail != NULL) {
        json_key(&c->to_errors, "details");
        json_begin_array(&c->to_errors);
        json_put_string(&c->to_errors, detail);
        json_end_array(&c->to_errors);
    }
    json_end_object(&c->to_errors);
    c->not_created++;
}

static void add_one(fake_rules *r, text object, change *c) {
    fake_rule rule = {0};
    read_member(object, "value", rule.value, sizeof rule.value);
    read_member(object, "tag", rule.tag, sizeof rule.tag);
    const char *why = objection(rule.value);
    const fake_rule *same = find_value(r, rule.value);
    if (why != NULL) {
        refuse(c, rule.value, "UnprocessableEntity", why, 0);
        c->invalid++;
    } else if (same != NULL || r->count == FAKE_RULES_MAX) {
        refuse(c, rule.value, same != NULL ? "DuplicateRule" : "RulesCapExceeded", NULL,
               same != NULL ? same->id : 0);
        c->valid++;
    } else {
        rule.id = 1000000000000000000u + ++r->last_id;
        put_rule(&c->to_data, &rule);
        r->rules[r->count++] = rule;
        c->created++;
        c->valid++;
    }
}

static void put_list(json_writer *w, const char *key, const buffer *list) {
    if (list->count <= 2) return;
    json_key(w, key);
    json_put_raw(w, buffer_text(list));
}

static int add_all(fake_rules *r, text list, json_writer *w) {
    change c = {0};
    json_walk each = {.container = list};
    c.to_data = json_to(&c.data);
    c.to_errors = json_to(&c.errors);
    json_begin_array(&c.to_data);
    json_begin_array(&c.to_errors);
    while (json_walk_next(&each)) add_one(r, each.value, &c);
    json_end_array(&c.to_data);
    json_end_array(&c.to_errors);
    put_list(w, "data", &c.data);
    put_list(w, "errors", &c.errors);
    buffer_deinit(&c.data);
    buffer_deinit(&c.errors);
    json_key(w, "meta");
    json_begin_object(w);
    json_key(w, "summary");
    json_begin_object(w);
    json_field(w, "created", u64, c.created);
    json_field(w, "not_created", u64, c.not_created);
    json_field(w, "valid", u64, c.valid);
    json_field(w, "invalid", u64, c.invalid);
    json_end_object(w);
    json_end_object(w);
    return c.valid > 0 ? 201 : 400;
}

static bool remove_one(fake_rules *r, text value) {
    buffer words = {0};
    uint64_t id = 0;
    (void)json_walk_string(value, &words);
    (void)text_to_u64(buffer_text(&words), &id);
    buffer_deinit(&words);
    for (size_t i = 0; i < r->count; i++) {
        if (r->rules[i].id != id) continue;
        memmove(&r->rules[i], &r->rules[i + 1], (r->count - i - 1) * sizeof r->rules[0]);
        r->count--;
        return true;
    }
    return false;
}

static int remove_all(fake_rules *r, text list, json_writer *w) {
    uint64_t counts[2] = {0};
    json_walk each = {.container = list};
    while (json_walk_next(&each)) counts[remove_one(r, each.value) ? 0 : 1]++;
    if (counts[1] > 0) {
        json_key(w, "errors");
        json_put_raw(w,
                     TEXT("[{\"title\":\"Invalid Request\",\"detail\":\"Rule does not exist\"}]"));
    }
    json_key(w, "meta");
    json_begin_object(w);
    json_key(w, "summary");
    json_begin_object(w);
    json_field(w, "deleted", u64, counts[0]);
    json_field(w, "not_deleted", u64, counts[1]);
    json_end_object(w);
    json_end_object(w);
    return 200;
}

int fake_rules_change(fake_rules *r, const char *target, text body, buffer *out) {
    text all, list;
    int code = 400;
    fake_rules *before = malloc(sizeof *before);
    json_writer w = json_to(out);
    if (before == NULL) return 500;
    *before = *r;
    json_begin_object(&w);
    if (json_walk_whole(body, &all) && json_walk_find(all, "add", &list))
        code = add_all(r, list, &w);
    else if (json_walk_whole(body, &all) && json_walk_find(all, "delete.ids", &list))
        code = remove_all(r, list, &w);
    else
        json_field(&w, "title", string, "Invalid Request");
    json_end_object(&w);
    if (strstr(target, "dry_run=true") != NULL) *r = *before;
    free(before);
    return code;
}
