/* SPDX-License-Identifier: MIT */
#include "server/rest/route.h"

#include "pipeline/base/suggest.h"
#include "server/rest/fields.h"
#include <stdlib.h>
#include <string.h>

static const char *const json_types[] = {"application/json", NULL};
static const char *const geojson_types[] = {"application/geo+json", "application/json", NULL};

status route_table_init(route_table *t, const route *own, size_t own_count, const backend *b,
                        const route *for_queries) {
    t->count = own_count + b->query_count;
    t->rows = calloc(t->count, sizeof *t->rows);
    if (t->rows == NULL) return STATUS_NO_MEMORY;
    if (own_count > 0) memcpy(t->rows + b->query_count, own, own_count * sizeof *own);
    for (size_t i = 0; i < b->query_count; i++) {
        const query *q = &b->queries[i];
        route *row = &t->rows[i];
        *row = *for_queries;
        row->path = q->path;
        row->summary = q->summary;
        row->params = q->params;
        row->types = q->content_type == NULL ? json_types : geojson_types;
        row->query = q;
        if (fields_of(q->path) != NULL) row->params |= QUERY_FIELDS;
    }
    return STATUS_OK;
}

void route_table_deinit(route_table *t) {
    free(t->rows);
    *t = (route_table){0};
}

bool route_matches(const char *pattern, text path, text *id) {
    text p = text_of(pattern);
    size_t open;
    if (!text_find_byte(p, '{', &open)) return text_equal(p, path);
    text before = text_slice(p, 0, open), after = text_slice(p, open + 4, p.count); /* "{id}" */
    if (path.count <= before.count + after.count || !text_starts_with(path, before) ||
        !text_ends_with(path, after))
        return false;
    *id = text_slice(path, before.count, path.count - after.count);
    size_t slash;
    return !text_find_byte(*id, '/', &slash);
}

const route *route_find(const route_table *t, text path, text *id) {
    const route *found = NULL;
    for (size_t i = 0; i < t->count; i++) {
        const route *row = &t->rows[i];
        text base = text_of(row->base), part = {NULL, 0};
        size_t brace;
        bool has_id = text_find_byte(text_of(row->path), '{', &brace);
        if ((found != NULL && has_id) || !text_starts_with(path, base)) continue;
        if (!route_matches(row->path, text_slice(path, base.count, path.count), &part)) continue;
        found = row;
        *id = part;
    }
    return found;
}

const char *const *route_names(const route *way, const char *parameter) {
    static const char *const none[] = {NULL};
    const char *const *sorts = way->query == NULL ? NULL : way->query->sorts;
    const char *const *names = strcmp(parameter, "fields") == 0 ? fields_of(way->path) : sorts;
    return names == NULL ? none : names;
}

const char *route_suggest(const route_table *t, text path) {
    suggestion near = {.wanted = path};
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->rows[i].base, API_BASE) == 0) suggest(&near, t->rows[i].path);
    return near.best;
}
