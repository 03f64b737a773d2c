/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/rejected.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 240 };

typedef struct {
    const char *reason; /* Static. */
    uint64_t line;
    uint32_t name_count, count;
    char name[NAME_BYTES_MAX], bytes[REJECTED_BYTES_MAX];
} rejected_item;

struct rejected {
    pthread_mutex_t mutex;
    uint64_t added; /* The newest is at (added - 1) % REJECTED_KEPT_MAX. */
    rejected_item items[REJECTED_KEPT_MAX];
};

rejected *rejected_new(void) {
    rejected *r = calloc(1, sizeof(*r));
    if (r != NULL) (void)pthread_mutex_init(&r->mutex, NULL);
    return r;
}

void rejected_free(rejected *r) {
    if (r == NULL) return;
    (void)pthread_mutex_destroy(&r->mutex);
    free(r);
}

/* How much of a text is kept: not half a character. */
static size_t count_kept(text t) {
    size_t count = t.count < REJECTED_BYTES_MAX ? t.count : REJECTED_BYTES_MAX;
    for (int i = 0; i < 3 && count > 0 && count < t.count; i++) {
        if (((unsigned char)t.bytes[count] & 0xC0) != 0x80) break;
        count--;
    }
    return count;
}

static void keep(rejected *r, const item *i, const char *file) {
    rejected_item *to = &r->items[r->added++ % REJECTED_KEPT_MAX];
    size_t name_count = strlen(file);
    if (name_count > NAME_BYTES_MAX) { /* Of a long path the end tells more. */
        file += name_count - NAME_BYTES_MAX;
        name_count = NAME_BYTES_MAX;
    }
    to->reason = i->reason;
    to->line = i->line;
    to->name_count = (uint32_t)name_count;
    to->count = (uint32_t)count_kept(i->bytes);
    memcpy(to->name, file, name_count);
    if (to->count > 0) memcpy(to->bytes, i->bytes.bytes, to->count);
}

/* Where the last that matter begin: a chunk of rubbish is half a million items. */
static size_t first_kept(const record_batch *b) {
    size_t at = b->item_count;
    for (int left = REJECTED_KEPT_MAX; at > 0 && left > 0; at--)
        left -= b->items[at - 1].outcome == ITEM_REJECTED;
    return at;
}

void rejected_add(rejected *r, const record_batch *b, tweet_source *source) {
    (void)pthread_mutex_lock(&r->mutex);
    for (size_t i = first_kept(b); i < b->item_count; i++)
        if (b->items[i].outcome == ITEM_REJECTED)
            keep(r, &b->items[i], source->file_name(source, b->items[i].file));
    (void)pthread_mutex_unlock(&r->mutex);
}

static void write_item(json_writer *w, const rejected_item *i) {
    json_begin_object(w);
    json_field(w, "file", text, ((text){i->name, i->name_count}));
    json_field(w, "line", u64, i->line);
    json_field(w, "reason", string, i->reason);
    json_field(w, "bytes", text, ((text){i->bytes, i->count}));
    json_end_object(w);
}

void rejected_write_json(rejected *r, size_t limit, json_writer *w) {
    json_begin_array(w);
    (void)pthread_mutex_lock(&r->mutex);
    for (size_t i = 0; i < limit && i < REJECTED_KEPT_MAX && i < r->added; i++)
        write_item(w, &r->items[(r->added - 1 - i) % REJECTED_KEPT_MAX]);
    (void)pthread_mutex_unlock(&r->mutex);
    json_end_array(w);
}
