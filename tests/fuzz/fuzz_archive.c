/* SPDX-License-Identifier: MIT */
/* Any bytes as a file that is packed, an archive, or both in one another: a walk always
 * ends, gives chunks as they are promised, and names what it does not give; and threads
 * change nothing of it.
 * covers: pipeline/sources/files_walk.c pipeline/sources/files_archive.c
 * pipeline/sources/files_unpack.c pipeline/sources/files_ahead.c */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/sources/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 3, ENOUGH_BYTES = 1 << 21 }; /* A bomb is only begun. */

static void add_chunk(tweet_source *s, const source_chunk *c, buffer *out) {
    for (size_t i = 0; i < SOURCE_PADDING_BYTES; i++) assert(c->bytes[c->count + i] == 0);
    assert(c->count > 0 && c->count <= c->capacity && c->first_line > 0);
    buffer_add_format(out, "%u %llu %llu %s\n", c->file, (unsigned long long)c->first_line,
                      (unsigned long long)c->input_bytes, s->file_name(s, c->file));
    buffer_add(out, (text){c->bytes, c->count});
}

/* The same file several times; true when all of it was read. */
static bool read_files(const char *path, size_t threads, buffer *out) {
    const char *paths[FILES] = {path, path, path};
    const source_files_options o = {.chunk_bytes = 256, .threads = threads};
    tweet_source *s;
    source_chunk *c;
    source_state told;
    status r;
    if (source_files(paths, FILES, &o, &s) != STATUS_OK) abort();
    while ((r = s->next(s, &c)) == STATUS_OK && out->count < ENOUGH_BYTES) {
        add_chunk(s, c, out);
        source_chunk_free(c);
    }
    if (r == STATUS_OK) source_chunk_free(c);
    s->state(s, &told);
    if (r != STATUS_OK) {
        assert(r == STATUS_END || r == STATUS_CANNOT_READ);
        assert(told.bytes_read == told.bytes_total && strcmp(told.state, "ended") == 0);
        buffer_add_format(out, "%s\n", told.detail);
    }
    s->close(s);
    return r != STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    buffer alone = {0}, together = {0};
    char path[64];
    int fd = memfd_create("fuzz", 0);
    log_set_level((log_level)-1);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bool is_whole = read_files(path, 1, &alone);
    if (size % 8 == 0 && is_whole) {
        assert(read_files(path, 2, &together));
        assert(text_equal(buffer_text(&alone), buffer_text(&together)));
    }
    (void)close(fd);
    buffer_deinit(&alone);
    buffer_deinit(&together);
    return 0;
}
