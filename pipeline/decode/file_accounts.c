/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/file_accounts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *name; /* NULL: nothing came of it so far. */
    uint64_t outcomes[ITEM_OUTCOMES];
} file_sums;

struct file_accounts {
    pthread_mutex_t mutex;
    file_sums *files; /* By the source's numbers. */
    size_t count;
};

file_accounts *file_accounts_new(void) {
    file_accounts *f = calloc(1, sizeof(*f));
    if (f != NULL) (void)pthread_mutex_init(&f->mutex, NULL);
    return f;
}

void file_accounts_free(file_accounts *f) {
    if (f == NULL) return;
    for (size_t i = 0; i < f->count; i++) free(f->files[i].name);
    free(f->files);
    (void)pthread_mutex_destroy(&f->mutex);
    free(f);
}

/* The sums of a file, made if they are not there; NULL: no memory. */
static file_sums *find_or_add(file_accounts *f, uint32_t file, tweet_source *source) {
    if (file >= f->count) {
        size_t count = (size_t)file + 1 > 2 * f->count ? (size_t)file + 1 : 2 * f->count;
        file_sums *grown = realloc(f->files, count * sizeof(*grown));
        if (grown == NULL) return NULL;
        memset(grown + f->count, 0, (count - f->count) * sizeof(*grown));
        f->files = grown;
        f->count = count;
    }
    file_sums *sums = &f->files[file];
    if (sums->name == NULL) sums->name = strdup(source->file_name(source, file));
    return sums->name == NULL ? NULL : sums;
}

/* Items [first, *end) are of one file, as nearly always all of a batch are. */
static status add_run(file_accounts *f, const record_batch *b, size_t first, size_t *end,
                      tweet_source *source) {
    uint32_t file = b->items[first].file;
    file_sums *sums = find_or_add(f, file, source);
    if (sums == NULL) return STATUS_NO_MEMORY;
    for (*end = first; *end < b->item_count && b->items[*end].file == file; (*end)++)
        sums->outcomes[b->items[*end].outcome]++;
    return STATUS_OK;
}

status file_accounts_add(file_accounts *f, const record_batch *b, tweet_source *source) {
    status s = STATUS_OK;
    (void)pthread_mutex_lock(&f->mutex);
    for (size_t i = 0; i < b->item_count && s == STATUS_OK;) s = add_run(f, b, i, &i, source);
    (void)pthread_mutex_unlock(&f->mutex);
    return s;
}

static void write_file(json_writer *w, const file_sums *f) {
    uint64_t items = 0;
    for (int o = 0; o < ITEM_OUTCOMES; o++) items += f->outcomes[o];
    json_begin_object(w);
    json_field(w, "name", string, f->name);
    json_field(w, "items", u64, items);
    json_field(w, "accepted", u64, f->outcomes[ITEM_ACCEPTED]);
    json_field(w, "repaired", u64, f->outcomes[ITEM_REPAIRED]);
    json_field(w, "ignored", u64, f->outcomes[ITEM_IGNORED]);
    json_field(w, "rejected", u64, f->outcomes[ITEM_REJECTED]);
    json_end_object(w);
}

void file_accounts_write_json(file_accounts *f, json_writer *w) {
    size_t shown = 0;
    json_begin_array(w);
    (void)pthread_mutex_lock(&f->mutex);
    for (size_t i = 0; i < f->count && shown < FILE_ACCOUNTS_SHOWN_MAX; i++) {
        if (f->files[i].name == NULL) continue;
        write_file(w, &f->files[i]);
        shown++;
    }
    (void)pthread_mutex_unlock(&f->mutex);
    json_end_array(w);
}
