/* SPDX-License-Identifier: MIT */
/* Any bytes as a file, packed or not, and as an input that comes in pieces: how it
 * comes changes nothing of its items and their numbers.
 * covers: pipeline/sources/files_items.c pipeline/sources/files_csv.c
 * pipeline/sources/files_utf16.c pipeline/sources/files_bytes.c pipeline/sources/files_unpack.c */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/sources/files.h"
#include "pipeline/sources/files_items.h"
#include "pipeline/sources/files_probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    text left;
    size_t piece;
} pieces;

static status read_piece(void *context, char *to, size_t count, size_t *got, bool *is_ready) {
    pieces *p = context;
    *got = p->left.count < count ? p->left.count : count;
    if (*got > p->piece) *got = p->piece;
    if (*got > 0) memcpy(to, p->left.bytes, *got);
    p->left = text_slice(p->left, *got, p->left.count);
    *is_ready = true;
    return STATUS_OK;
}

/* Every line with its number. */
static void add_chunk(const source_chunk *c, buffer *out) {
    uint64_t number = c->first_line;
    for (size_t at = 0; at < c->count; number++) {
        const char *newline = memchr(c->bytes + at, '\n', c->count - at);
        size_t end = newline == NULL ? c->count : (size_t)(newline - c->bytes);
        buffer_add_u64(out, number);
        buffer_add_byte(out, ':');
        buffer_add(out, (text){c->bytes + at, end - at});
        buffer_add_byte(out, '\n');
        at = end + 1;
    }
    for (int i = 0; i < SOURCE_PADDING_BYTES; i++) assert(c->bytes[c->count + (size_t)i] == 0);
}

static void name_owner(void *context, text name, buffer *members) {
    (void)context;
    if (name.count % 2 == 0) buffer_add(members, TEXT("\"account\":{},"));
}

static void split(text t, size_t piece, size_t chunk_bytes, buffer *out) {
    pieces p = {t, piece};
    item_splitter *s = item_splitter_new(read_piece, &p, chunk_bytes);
    source_chunk *c;
    if (s == NULL) abort();
    item_splitter_set_owner(s, name_owner, NULL);
    while (item_splitter_next(s, &c) == STATUS_OK) {
        assert(c->count > 0);
        add_chunk(c, out);
        source_chunk_free(c);
    }
    item_splitter_free(s);
}

static void read_as_file(const uint8_t *data, size_t size) {
    char path[64];
    const char *paths[] = {path};
    source_files_options o = {.chunk_bytes = 256};
    tweet_source *s;
    source_chunk *c;
    int fd = memfd_create("fuzz", 0);
    size_t bytes = 0;
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (source_files(paths, 1, &o, &s) != STATUS_OK) abort();
    while (s->next(s, &c) == STATUS_OK) {
        bool is_enough = (bytes += c->count) > 1 << 22; /* A bomb is only begun. */
        source_chunk_free(c);
        if (is_enough) break;
    }
    s->close(s);
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    text t = {(const char *)data, size};
    buffer whole = {0}, parts = {0};
    int64_t ms;
    log_set_level((log_level)-1);
    read_as_file(data, size);
    size_t piece = size == 0 ? 1 : 1 + data[size / 2] % 32, chunk_bytes = 64 + size % 5 * 100;
    split(t, SIZE_MAX, chunk_bytes, &whole);
    split(t, piece, chunk_bytes, &parts);
    assert(text_equal(buffer_text(&whole), buffer_text(&parts)));
    (void)json_probe_time(t, &ms);
    buffer_deinit(&whole);
    buffer_deinit(&parts);
    return 0;
}
