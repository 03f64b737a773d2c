/* SPDX-License-Identifier: MIT */
#include "tests/support/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>
#include <stdlib.h>
#include <zlib.h>

static void must(bool is_good) {
    if (!is_good) abort();
}

void pack_gzip(buffer *out, text t) {
    z_stream z = {0};
    size_t room = t.count + t.count / 100 + 100;
    must(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    must(buffer_reserve(out, room));
    z.next_in = (Bytef *)(uintptr_t)t.bytes;
    z.avail_in = (uInt)t.count;
    z.next_out = (Bytef *)out->bytes + out->count;
    z.avail_out = (uInt)room;
    must(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out->count += z.total_out;
    (void)deflateEnd(&z);
}

void pack_bzip2(buffer *out, text t) {
    unsigned count = (unsigned)(t.count + t.count / 100 + 1000);
    const char *from = t.count > 0 ? t.bytes : ""; /* bzip2 takes no NULL. */
    must(buffer_reserve(out, count));
    must(BZ2_bzBuffToBuffCompress(out->bytes + out->count, &count, (char *)(uintptr_t)from,
                                  (unsigned)t.count, 9, 0, 0) == BZ_OK);
    out->count += count;
}

static la_ssize_t add_bytes(struct archive *a, void *context, const void *bytes, size_t count) {
    (void)a;
    buffer_add(context, (text){bytes, count});
    return (la_ssize_t)count;
}

static void add_member(struct archive *a, const pack_member *m) {
    struct archive_entry *e = archive_entry_new();
    must(e != NULL);
    archive_entry_set_pathname(e, m->name);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_filetype(e, m->link != NULL ? AE_IFLNK : AE_IFREG);
    if (m->link != NULL) archive_entry_set_symlink(e, m->link);
    if (m->link == NULL) archive_entry_set_size(e, (la_int64_t)m->bytes.count);
    must(archive_write_header(a, e) >= ARCHIVE_WARN);
    must(archive_write_data(a, m->bytes.bytes, m->bytes.count) == (la_ssize_t)m->bytes.count);
    archive_entry_free(e);
}

void pack_archive(buffer *out, const char *format, const pack_member *members, size_t count) {
    struct archive *a = archive_write_new();
    must(a != NULL && archive_write_set_format_by_name(a, format) == ARCHIVE_OK);
    must(archive_write_set_bytes_per_block(a, 0) == ARCHIVE_OK);
    must(archive_write_open(a, out, NULL, add_bytes, NULL) == ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) add_member(a, &members[i]);
    must(archive_write_close(a) == ARCHIVE_OK && !out->failed);
    (void)archive_write_free(a);
}
