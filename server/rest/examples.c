/* SPDX-License-Identifier: MIT */
#include "server/rest/examples.h"

#include "server/base/json_walk.h"
#include "server/rest/param_docs.h"
#include <stdio.h>
#include <string.h>

/* The id of the first row of a board. */
static void find_first(const backend *b, const moment *m, const char *path, char id[24]) {
    buffer out = {0};
    json_writer w = json_to(&out);
    query_params p = {.limit = 1};
    text row, value;
    (void)snprintf(id, 24, "1");
    for (size_t i = 0; i < b->query_count; i++) {
        if (strcmp(b->queries[i].path, path) != 0) continue;
        json_begin_object(&w);
        if (b->queries[i].answer(m, &p, &w) != STATUS_OK) break;
        json_end_object(&w);
        if (out.failed || !json_walk_find(buffer_text(&out), "data", &row)) break;
        json_walk rows = {.container = row};
        if (json_walk_next(&rows) && json_walk_find(rows.value, "id", &value) && value.count > 2)
            (void)snprintf(id, 24, "%.*s", (int)value.count - 2, value.bytes + 1);
    }
    buffer_deinit(&out);
}

void example_ids_find(const backend *b, const moment *m, example_ids *ids) {
    find_first(b, m, "tweets/top", ids->tweet);
    find_first(b, m, "authors/top", ids->author);
}

const char *example_id_of(const route *way, const example_ids *ids) {
    if ((way->params & QUERY_ID) == 0) return NULL;
    return text_starts_with(text_of(way->path), TEXT("tweets/")) ? ids->tweet : ids->author;
}

const char *example_value(const char *name, const char *fixed, const example_ids *ids) {
    return strcmp(name, "author") == 0 ? ids->author : fixed;
}

static const char *fixed_example(const char *name) {
    size_t i = 0;
    while (strcmp(param_docs[i].name, name) != 0) i++;
    return param_docs[i].example;
}

void example_write_target(const route *way, const example_ids *ids, buffer *out) {
    static const struct {
        unsigned flag;
        const char *name;
        unsigned without; /* Not of rows that have one of these. */
    } shown[] = {
        {QUERY_TEXT, "text", 0},     {PARAM_EXPORT, "what", 0},   {PARAM_EXPORT, "format", 0},
        {PARAM_STREAM, "topics", 0}, {PARAM_STREAM, "once", 0},   {QUERY_WANTED, "q", QUERY_LANG},
        {QUERY_SIDES, "a", 0},       {QUERY_SIDES, "b", 0},       {QUERY_LIMIT, "limit", 0},
        {QUERY_SORT, "sort", 0},     {QUERY_WINDOW, "window", 0},
    };
    const char *id = example_id_of(way, ids);
    text path = text_of(way->path);
    size_t brace, count = 0;
    if (id == NULL || !text_find_byte(path, '{', &brace)) brace = path.count;
    buffer_add(out, text_of(way->base));
    buffer_add(out, text_slice(path, 0, brace));
    buffer_add(out, text_of(id));
    buffer_add(out, text_slice(path, brace + 4, path.count)); /* "{id}" */
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        bool is_of_it = (way->params & shown[i].flag) != 0 && (way->params & shown[i].without) == 0;
        if (!is_of_it || count == 3) continue;
        buffer_add_format(out, "%c%s=%s", count == 0 ? '?' : '&', shown[i].name,
                          fixed_example(shown[i].name));
        count++;
    }
}
