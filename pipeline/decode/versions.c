/* SPDX-License-Identifier: MIT */
/* versions -- which tweets replace one another, and where a tweet is withheld: notices
 * say it, and lines of tweets do. */
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

enum { VERSIONS_MAX = 32, COUNTRY_BYTES_MAX = 8 };

static bool add_country(line *l, const json_value *v) {
    if (v->kind != NODE_TEXT || v->string.count == 0 || v->string.count > COUNTRY_BYTES_MAX)
        return false;
    if (l->list.count > 0) buffer_add_byte(&l->list, ',');
    buffer_add(&l->list, v->string);
    return true;
}

void line_add_withheld(line *l, uint64_t tweet_id, uint64_t user_id, const json_value *countries) {
    json_cursor cursor = {0};
    json_value element;
    if (countries->kind != NODE_ARRAY) return;
    buffer_clear(&l->list);
    while (l->reader->next(countries, &cursor, &element)) (void)add_country(l, &element);
    if (l->list.failed) l->no_memory = true;
    record *r = l->no_memory ? NULL : line_add(l, RECORD_WITHHOLD);
    if (r == NULL) return;
    r->withhold.tweet_id = tweet_id;
    r->withhold.user_id = user_id;
    if (l->list.count == 0) return;
    r->withhold.countries = arena_copy(l->out->memory, buffer_text(&l->list));
    if (r->withhold.countries.bytes == NULL) l->no_memory = true;
}

void line_add_edit(line *l, uint64_t from, uint64_t to) {
    if (from == 0 || to == 0 || from == to) return;
    record *r = line_add(l, RECORD_EDIT);
    if (r == NULL) return;
    r->edit.from = from;
    r->edit.to = to;
}

void line_add_edits(line *l, const json_value *ids) {
    const json_value none = {.kind = NODE_ABSENT};
    json_cursor cursor = {0};
    json_value element;
    uint64_t id, before = 0;
    if (ids->kind != NODE_ARRAY) return;
    for (int i = 0; i < VERSIONS_MAX && !l->no_memory; i++) {
        if (!l->reader->next(ids, &cursor, &element)) return;
        if (!line_to_reference(l, &element, &none, &id)) continue;
        line_add_edit(l, before, id);
        before = id;
    }
}
