/* SPDX-License-Identifier: MIT */
/* export_pages -- tweets as twarc2 and others read them: each line is a page of X API
 * v2, 100 tweets and their authors.  What is ours and not v2's stands beside them under
 * "dunlin", by id, where programs that do not know it do not look. */
#include "pipeline/base/json.h"
#include "server/base/json_walk.h"
#include "server/rest/export.h"
#include <stdlib.h>

enum { PAGE_ROWS = 100 };

/* ---- Authors by id ---- */

typedef struct {
    text id, row;
    bool is_written; /* On the present page. */
} author;

typedef struct {
    author *authors;
    size_t count;
} author_list;

static int compare_authors(const void *a, const void *b) {
    return text_compare(((const author *)a)->id, ((const author *)b)->id);
}

static bool list_authors(text includes, author_list *list) {
    text users = TEXT("[]");
    size_t capacity = 0;
    *list = (author_list){0};
    if (!json_walk_find(includes, "users", &users)) return true;
    for (json_walk w = {.container = users}; json_walk_next(&w);) capacity++;
    if (capacity == 0) return true;
    list->authors = calloc(capacity, sizeof *list->authors);
    if (list->authors == NULL) return false;
    for (json_walk w = {.container = users}; json_walk_next(&w);) {
        author *a = &list->authors[list->count];
        a->row = w.value;
        if (json_walk_find(w.value, "id", &a->id)) list->count++;
    }
    qsort(list->authors, list->count, sizeof *list->authors, compare_authors);
    return true;
}

static author *find_author(const author_list *list, text id) {
    const author wanted = {.id = id};
    if (list->count == 0) return NULL;
    return bsearch(&wanted, list->authors, list->count, sizeof wanted, compare_authors);
}

/* ---- Rows as v2 has them ---- */

/* A member under another name, as it is; nothing when it is missing or null. */
static void copy(json_writer *w, text row, const char *path, const char *as) {
    text value;
    if (!json_walk_find(row, path, &value) || text_equal(value, TEXT("null"))) return;
    json_key(w, as);
    json_put_raw(w, value);
}

static void put_reference(json_writer *w, text row) {
    static const char *const names[][2] = {
        {"\"retweet\"", "retweeted"}, {"\"reply\"", "replied_to"}, {"\"quote\"", "quoted"}};
    text kind, id;
    if (!json_walk_find(row, "kind", &kind) || !json_walk_find(row, "reference_id", &id)) return;
    if (!json_walk_is(id, '"')) return;
    for (size_t i = 0; i < 3; i++) {
        if (!text_equal(kind, text_of(names[i][0]))) continue;
        json_key(w, "referenced_tweets");
        json_begin_array(w);
        json_begin_object(w);
        json_field(w, "type", string, names[i][1]);
        json_key(w, "id");
        json_put_raw(w, id);
        json_end_object(w);
        json_end_array(w);
    }
}

static void put_tweet(json_writer *w, text row) {
    static const char *const plain[] = {"id", "author_id", "created_at", "text", "lang"};
    json_begin_object(w);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) copy(w, row, plain[i], plain[i]);
    put_reference(w, row);
    json_key(w, "public_metrics");
    json_begin_object(w);
    copy(w, row, "retweets", "retweet_count");
    copy(w, row, "replies", "reply_count");
    copy(w, row, "quotes", "quote_count");
    json_end_object(w);
    json_end_object(w);
}

static void put_user(json_writer *w, text row) {
    static const char *const plain[] = {"id", "username", "name", "location"};
    json_begin_object(w);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) copy(w, row, plain[i], plain[i]);
    json_key(w, "public_metrics");
    json_begin_object(w);
    copy(w, row, "followers", "followers_count");
    json_end_object(w);
    json_end_object(w);
}

/* What v2 has no name for. */
static void put_ours(json_writer *w, text row) {
    static const char *const ours[] = {"id",     "responses", "responders", "influence",
                                       "recent", "sentiment", "received",   "lang_guessed"};
    json_begin_object(w);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) copy(w, row, ours[i], ours[i]);
    json_end_object(w);
}

/* ---- Pages ---- */

static void put_users(json_writer *w, const text *rows, size_t count, const author_list *list) {
    author *written[PAGE_ROWS];
    size_t written_count = 0;
    text id;
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        author *a = json_walk_find(rows[i], "author_id", &id) ? find_author(list, id) : NULL;
        if (a == NULL || a->is_written) continue;
        a->is_written = true;
        written[written_count++] = a;
        put_user(w, a->row);
    }
    for (size_t i = 0; i < written_count; i++) written[i]->is_written = false;
    json_end_array(w);
}

static void put_page(const text *rows, size_t count, const author_list *list, buffer *out) {
    json_writer w = json_to(out);
    json_begin_object(&w);
    json_key(&w, "data");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) put_tweet(&w, rows[i]);
    json_end_array(&w);
    json_key(&w, "includes");
    json_begin_object(&w);
    json_key(&w, "users");
    put_users(&w, rows, count, list);
    json_end_object(&w);
    json_key(&w, "meta");
    json_begin_object(&w);
    json_field(&w, "result_count", u64, count);
    json_end_object(&w);
    json_key(&w, "dunlin");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) put_ours(&w, rows[i]);
    json_end_array(&w);
    json_end_object(&w);
    buffer_add_byte(out, '\n');
}

void export_write_pages(text data, text includes, buffer *out) {
    author_list list;
    text rows[PAGE_ROWS];
    size_t count = 0;
    if (!list_authors(includes, &list)) {
        out->failed = true;
        return;
    }
    for (json_walk w = {.container = data}; json_walk_next(&w);) {
        rows[count++] = w.value;
        if (count < PAGE_ROWS) continue;
        put_page(rows, count, &list, out);
        count = 0;
    }
    if (count > 0) put_page(rows, count, &list, out);
    free(list.authors);
}
