/* SPDX-License-Identifier: MIT */
/* eval_locations -- what people write as their place: how much of it the gazetteer
 * answers, and the strings that it refuses most often with the reason, so that one
 * sees what is missing: nothing (no place is meant), a name, or a rule. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geocode/explain.h"
#include "pipeline/decode/decode.h"
#include "pipeline/sources/files.h"
#include "tests/support/shared_data.h"

enum { SHOWN = 50 };

typedef struct {
    uint64_t user;
    char *location; /* Owned. */
    size_t count;   /* Of users, once counted. */
} entry;

typedef struct {
    entry *items;
    size_t count, capacity;
} entries;

static void add(entries *e, uint64_t user, text location) {
    location = text_trim(location);
    if (location.count == 0) return;
    if (e->count == e->capacity) {
        e->capacity = e->capacity == 0 ? 4096 : e->capacity * 2;
        e->items = realloc(e->items, e->capacity * sizeof *e->items);
        if (e->items == NULL) abort();
    }
    char *copy = strndup(location.bytes, location.count);
    if (copy == NULL) abort();
    e->items[e->count++] = (entry){user, copy, 1};
}

static void read_users(entries *e, const char *folder) {
    tweet_source *source;
    decoder *d = decoder_new();
    record_batch *b = record_batch_new();
    if (d == NULL || b == NULL || source_files(&folder, 1, NULL, &source) != STATUS_OK) exit(1);
    for (source_chunk *c; source->next(source, &c) == STATUS_OK; source_chunk_free(c)) {
        record_batch_clear(b);
        if (decoder_run(d, c, b) != STATUS_OK) exit(1);
        for (size_t i = 0; i < b->record_count; i++) {
            const record *r = &b->records[i];
            if (r->kind == RECORD_USER && (r->fields & USER_LOCATION) != 0)
                add(e, r->user.id, r->user.location);
        }
    }
    source->close(source);
    record_batch_free(b);
    decoder_free(d);
}

static int by_user(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    return strcmp(x->location, y->location);
}

static int by_location(const void *a, const void *b) {
    return strcmp(((const entry *)a)->location, ((const entry *)b)->location);
}

static int by_count(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return by_location(a, b);
}

/* Each user once, then each string once with its users. */
static void count_users(entries *e) {
    size_t kept = 0;
    qsort(e->items, e->count, sizeof *e->items, by_user);
    for (size_t i = 0; i < e->count; i++) {
        if (kept > 0 && e->items[kept - 1].user == e->items[i].user)
            free(e->items[i].location);
        else
            e->items[kept++] = e->items[i];
    }
    e->count = kept;
    kept = 0;
    qsort(e->items, e->count, sizeof *e->items, by_location);
    for (size_t i = 0; i < e->count; i++) {
        if (kept > 0 && strcmp(e->items[kept - 1].location, e->items[i].location) == 0) {
            e->items[kept - 1].count++;
            free(e->items[i].location);
        } else {
            e->items[kept++] = e->items[i];
        }
    }
    e->count = kept;
    qsort(e->items, e->count, sizeof *e->items, by_count);
}

/* Addresses and numbers may be somebody's own. */
static bool looks_personal(const char *location) {
    size_t digits = 0;
    for (const char *c = location; *c != '\0'; c++) digits += *c >= '0' && *c <= '9';
    return digits > 4 || strchr(location, '@') != NULL || strstr(location, "://") != NULL;
}

/* Nothing to mend: all of it is on the list of what is no place, or it has no words. */
static bool is_known_as_no_place(const gazetteer *g, const char *location) {
    finding f;
    place found;
    size_t covered = 0;
    find_place(g, text_of(location), &f, &found);
    for (size_t i = 0; i < f.read.mention_count; i++)
        if (f.read.mentions[i].no_place)
            covered += (size_t)(f.read.mentions[i].end - f.read.mentions[i].begin);
    return covered == f.read.token_count;
}

static void print_refused(const gazetteer *g, const entry *e) {
    finding f;
    place found;
    buffer why = {0}, line = {0};
    text location = text_of(e->location);
    find_place(g, location, &f, &found);
    explain_reasons(g, location, &f, &why);
    for (size_t i = 0; i < why.count; i++)
        if (why.bytes[i] == SENTENCE_END) why.bytes[i] = ' ';
    if (why.count > 0) why.count--;
    buffer_add_format(&line, "geocode    %4zu  %s: ", e->count, e->location);
    buffer_add(&line, buffer_text(&why));
    if (line.failed || why.failed) abort();
    printf("%.*s\n", (int)line.count, line.bytes);
    buffer_deinit(&line);
    buffer_deinit(&why);
}

static void print_most_refused(const gazetteer *g, const entries *e, bool only_unlisted,
                               const char *title) {
    size_t shown = 0;
    printf("geocode  %s\n", title);
    for (size_t i = 0; i < e->count && shown < SHOWN; i++) {
        const char *location = e->items[i].location;
        place p;
        if (looks_personal(location) || gazetteer_find(g, text_of(location), &p)) continue;
        if (only_unlisted && is_known_as_no_place(g, location)) continue;
        print_refused(g, &e->items[i]);
        shown++;
    }
}

static void eval_locations(const gazetteer *g, const entries *e) {
    size_t users = 0, answered = 0, kinds[PLACE_OTHER + 1] = {0};
    for (size_t i = 0; i < e->count; i++) {
        place p;
        users += e->items[i].count;
        if (!gazetteer_find(g, text_of(e->items[i].location), &p)) continue;
        answered += e->items[i].count;
        kinds[p.kind] += e->items[i].count;
    }
    printf("geocode  locations of %zu users, %zu different: answered %.3f\n", users, e->count,
           users == 0 ? 0 : (double)answered / (double)users);
    for (int k = 0; k <= PLACE_OTHER; k++)
        if (kinds[k] > 0)
            printf("geocode    %-11s %.3f\n", place_kind_text((place_kind)k),
                   (double)kinds[k] / (double)users);
    print_most_refused(g, e, false, "refused most often: users, what they wrote, why");
    print_most_refused(g, e, true, "of these, what no list calls no place");
}

int main(void) {
    char folder[SHARED_DATA_PATH_BYTES];
    entries e = {0};
    gazetteer *g;
    if (gazetteer_builtin(&g) != STATUS_OK) return 1;
    if (shared_data("tweets", folder) != NULL) {
        read_users(&e, folder);
        count_users(&e);
        eval_locations(g, &e);
    }
    for (size_t i = 0; i < e.count; i++) free(e.items[i].location);
    free(e.items);
    gazetteer_close(g);
    return 0;
}
