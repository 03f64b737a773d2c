/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_QUERIES_STRINGS_H
#define DUNLIN_PIPELINE_QUERIES_STRINGS_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

/* Short strings (names, locations, language codes) as counted 32-bit handles:
 * equal strings have one handle.  Handle 0 is the empty string, for ever.
 *
 * The engine thread calls everything; any thread may call strings_get with a
 * handle it read from a snapshot that it still holds. */
typedef struct strings strings;

strings *strings_new(uint64_t hash_seed); /* NULL: no memory. */
void strings_free(strings *s);            /* NULL is allowed. */
/* Counts one holder more; the bytes are copied, cut by texts_cut.  False: no memory. */
bool strings_hold(strings *s, text t, uint32_t *handle);
void strings_drop(strings *s, uint32_t handle); /* One holder less. */
text strings_get(const strings *s, uint32_t handle);
size_t strings_bytes(const strings *s);

/* Strings whose last holder went since the last call; NULL when there are none or
 * no memory (they are then in the next batch).  Once no reader can hold a handle of
 * it, the batch is given back: the handles that found no new holder may then come to
 * mean other strings, and `gone` is told each before. */
typedef struct strings_dead strings_dead;
strings_dead *strings_take_dead(strings *s);
void strings_end_dead(strings *s, strings_dead *batch, void (*gone)(uint32_t handle, void *context),
                      void *context);

/* Long texts, one holder each.  Handle 0 is the empty text.  The same rules for
 * threads, and the same two steps for what is removed. */
typedef struct texts texts;

texts *texts_new(void);
void texts_free(texts *t);
text texts_cut(text value); /* What is kept of it: a quarter of a megabyte at most. */
bool texts_add(texts *t, text value, uint32_t *handle);
void texts_remove(texts *t, uint32_t handle);
text texts_get(const texts *t, uint32_t handle);
size_t texts_bytes(const texts *t);
typedef struct texts_dead texts_dead;
texts_dead *texts_take_dead(texts *t);
void texts_end_dead(texts *t, texts_dead *batch);

/* Where texts lie that memory need not hold, in blocks by number.  get: any thread. */
typedef struct texts_disk texts_disk;
struct texts_disk {
    status (*put)(texts_disk *self, uint32_t number, text bytes);
    status (*get)(texts_disk *self, uint32_t number, char *bytes, size_t capacity, size_t *count);
    status (*drop)(texts_disk *self, uint32_t number);
};

/* Before the first text: from here on memory holds about `bytes_max` of them.  What the
 * disk cannot take stays; what it cannot give back reads as the empty text.  Borrowed.
 * False: no memory. */
bool texts_set_disk(texts *t, texts_disk *disk, size_t bytes_max);
bool texts_has_disk(const texts *t);
uint64_t texts_loads(const texts *t); /* Times that the disk was read. */
/* For who reads most of them, about in the order of coming: what memory does not hold is read
 * from the disk beside it, so that it need not be held afterwards.  One thread; it must be freed
 * before the snapshot that its handles are from is released. */
typedef struct texts_reader texts_reader;
texts_reader *texts_reader_new(const texts *t);    /* Borrowed; NULL: no memory. */
void texts_reader_free(texts_reader *r);           /* NULL is allowed. */
text texts_read(texts_reader *r, uint32_t handle); /* Until the next one is read. */
/* Between two epochs: what memory should no longer hold and is on disk, least recently
 * used first; NULL when there is none.  Given back once no reader of this epoch is left. */
typedef struct texts_unloaded texts_unloaded;
texts_unloaded *texts_take_unloaded(texts *t);
void texts_end_unloaded(texts_unloaded *batch);

#endif
