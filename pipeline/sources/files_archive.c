/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024, TAR_BYTES = 512, ZIP_HEADER_BYTES = 30, NAME_BYTES_MAX = 1024 };

struct file_archive {
    byte_stream *from;
    archive_kind kind;
    const uint64_t *taken;
    struct archive *reader;
    uint64_t origin;    /* In `from`: where the present reader began. */
    uint64_t header_at; /* In `from`: the present member's header. */
    bool is_broken;     /* The reader can go no further. */
    bool at_end;        /* `from` has no more, or has failed. */
    bool failure_told;
    status failure;
    char name[NAME_BYTES_MAX];

    /* The last two blocks, so that a search may go back from where the reader broke
     * off; the reader is given the bytes from `unread` on. */
    uint64_t end; /* In `from`: behind the last byte of `bytes`. */
    size_t count, unread;
    char bytes[2 * BLOCK_BYTES];
};

/* ---- What begins an archive, or a member ---- */

static bool is_zip_header(const char *h) {
    uint32_t method = (unsigned char)h[8] | (uint32_t)(unsigned char)h[9] << 8;
    uint32_t name_bytes = (unsigned char)h[26] | (uint32_t)(unsigned char)h[27] << 8;
    return memcmp(h, "PK\3\4", 4) == 0 && (unsigned char)h[4] <= 63 && method < 100 &&
           name_bytes > 0 && name_bytes <= 4096;
}

static uint64_t octal(const char *digits, size_t count) {
    uint64_t value = 0;
    size_t i = 0;
    while (i < count && digits[i] == ' ') i++;
    for (; i < count && digits[i] >= '0' && digits[i] <= '7'; i++)
        value = value * 8 + (uint64_t)(digits[i] - '0');
    return value;
}

/* The sum of a header's bytes, its own eight digits taken as blanks. */
static bool is_tar_header(const char *h) {
    enum { SUM_AT = 148, SUM_BYTES = 8 };
    uint64_t sum = 0;
    for (size_t i = 0; i < TAR_BYTES; i++)
        sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : (unsigned char)h[i];
    return h[0] != '\0' && octal(h + SUM_AT, SUM_BYTES) == sum;
}

archive_kind archive_kind_of(text head) {
    if (head.count >= ZIP_HEADER_BYTES && is_zip_header(head.bytes)) return ARCHIVE_ZIP;
    if (head.count >= 22 && memcmp(head.bytes, "PK\5\6", 4) == 0) return ARCHIVE_ZIP; /* Empty. */
    if (head.count >= TAR_BYTES && is_tar_header(head.bytes)) return ARCHIVE_TAR;
    return ARCHIVE_NONE;
}

/* ---- Bytes for the reader ---- */

/* Keeps the last block, and reads another behind it. */
static status read_block(file_archive *a) {
    size_t got = 0;
    if (a->count > BLOCK_BYTES) {
        memmove(a->bytes, a->bytes + a->count - BLOCK_BYTES, BLOCK_BYTES);
        a->count = BLOCK_BYTES;
    }
    a->unread = a->count;
    if (a->at_end) return a->failure;
    a->failure = a->from->read(a->from, a->bytes + a->count, BLOCK_BYTES, &got);
    a->at_end = got == 0;
    a->count += got;
    a->end += got;
    return a->failure;
}

static la_ssize_t give_block(struct archive *reader, void *context, const void **bytes) {
    file_archive *a = context;
    if (a->unread == a->count && read_block(a) != STATUS_OK) {
        archive_set_error(reader, ARCHIVE_FATAL, "the bytes below failed");
        return -1;
    }
    *bytes = a->bytes + a->unread;
    size_t count = a->count - a->unread;
    a->unread = a->count;
    return (la_ssize_t)count;
}

static status open_reader(file_archive *a) {
    struct archive *r = archive_read_new();
    if (r == NULL) return STATUS_NO_MEMORY;
    a->reader = r;
    a->is_broken = false;
    a->origin = a->end - (a->count - a->unread);
    int code = a->kind == ARCHIVE_ZIP ? archive_read_support_format_zip_streamable(r)
                                      : archive_read_support_format_tar(r);
    if (code == ARCHIVE_OK && a->kind == ARCHIVE_TAR)
        code = archive_read_set_options(r, "read_concatenated_archives");
    if (code == ARCHIVE_OK) code = archive_read_open(r, a, NULL, give_block, NULL);
    return code >= ARCHIVE_WARN || a->failure != STATUS_OK ? STATUS_OK : STATUS_BAD_DATA;
}

static void close_reader(file_archive *a) {
    (void)archive_read_free(a->reader);
    a->reader = NULL;
}

status file_archive_open(byte_stream *from, archive_kind kind, const uint64_t *taken,
                         file_archive **result) {
    file_archive *a = calloc(1, sizeof(*a));
    if (a == NULL) return STATUS_NO_MEMORY;
    a->from = from;
    a->kind = kind;
    a->taken = taken;
    status s = open_reader(a);
    if (s != STATUS_OK) {
        close_reader(a);
        free(a);
        return s;
    }
    *result = a;
    return STATUS_OK;
}

void file_archive_close(file_archive *a) {
    if (a == NULL) return;
    close_reader(a);
    a->from->close(a->from);
    free(a);
}

/* ---- Behind what is broken ---- */

static bool is_header_at(const file_archive *a, size_t at) {
    if (a->kind == ARCHIVE_ZIP) return is_zip_header(a->bytes + at);
    uint64_t offset = a->end - a->count + at;
    return (offset - a->origin) % TAR_BYTES == 0 && is_tar_header(a->bytes + at);
}

/* Looks for a header from `at` on in what is held; *at is where it is, or where the
 * search must go on with more bytes. */
static bool find_header(const file_archive *a, size_t *at) {
    size_t header_bytes = a->kind == ARCHIVE_ZIP ? ZIP_HEADER_BYTES : TAR_BYTES;
    for (; *at + header_bytes <= a->count; (*at)++)
        if (is_header_at(a, *at)) return true;
    return false;
}

/* Goes to the next header behind the present member's; STATUS_END when none follows. */
static status recover(file_archive *a) {
    uint64_t held_at = a->end - a->count;
    size_t at = a->header_at + 1 > held_at ? (size_t)(a->header_at + 1 - held_at) : 0;
    close_reader(a);
    while (!find_header(a, &at)) {
        uint64_t offset = a->end - a->count + at;
        status s = read_block(a);
        if (s != STATUS_OK) return s;
        if (a->at_end) return STATUS_END;
        at = (size_t)(offset - (a->end - a->count));
    }
    a->unread = at;
    a->header_at = a->end - a->count + at; /* If it is none, the search goes on behind it. */
    return open_reader(a);
}

/* ---- Members ---- */

static bool is_own_failure(const file_archive *a) {
    return a->failure == STATUS_OK;
}

/* The failure of what it stands on is told once, and then it is the end. */
static status tell_failure(file_archive *a) {
    if (a->failure_told) return STATUS_END;
    a->failure_told = true;
    return a->failure;
}

static void take_name(file_archive *a, struct archive_entry *e) {
    const char *name = archive_entry_pathname(e);
    if (name == NULL) name = archive_entry_pathname_utf8(e);
    if (name == NULL || *name == '\0') name = "(no name)";
    size_t count = strnlen(name, sizeof a->name - 1);
    memcpy(a->name, name, count);
    a->name[count] = '\0';
}

static member_kind kind_of(struct archive_entry *e) {
    bool is_link = archive_entry_hardlink(e) != NULL;
    if (archive_entry_filetype(e) == AE_IFDIR) return MEMBER_FOLDER;
    return archive_entry_filetype(e) == AE_IFREG && !is_link ? MEMBER_FILE : MEMBER_OTHER;
}

status file_archive_next(file_archive *a, member_kind *kind, const char **name) {
    struct archive_entry *e;
    if (a->is_broken) {
        status s = is_own_failure(a) ? recover(a) : tell_failure(a);
        if (s != STATUS_OK) {
            a->is_broken = true;
            return s;
        }
    }
    la_int64_t passed = archive_filter_bytes(a->reader, 0);
    int code = archive_read_next_header(a->reader, &e);
    if (code == ARCHIVE_EOF) return STATUS_END;
    a->is_broken = code < ARCHIVE_WARN || code == ARCHIVE_RETRY;
    if (!a->is_broken) passed = archive_read_header_position(a->reader);
    a->header_at = a->origin + (passed > 0 ? (uint64_t)passed : 0);
    if (a->is_broken) return is_own_failure(a) ? STATUS_BAD_DATA : tell_failure(a);
    take_name(a, e);
    *name = a->name;
    *kind = kind_of(e);
    return STATUS_OK;
}

typedef struct {
    byte_stream stream;
    file_archive *archive;
    byte_guard guard;
    const char *bytes; /* Not given yet: of the reader, until it is asked again. */
    size_t count;
    int64_t hole_bytes; /* Zeros that come before them: a sparse file's. */
} member_stream;

/* Asks the reader for the member's next bytes; none are its end. */
static status read_more(member_stream *m) {
    file_archive *a = m->archive;
    const void *bytes;
    la_int64_t offset;
    if (a->is_broken) return STATUS_BAD_DATA;
    int code = archive_read_data_block(a->reader, &bytes, &m->count, &offset);
    m->bytes = bytes;
    if (code == ARCHIVE_OK) m->hole_bytes = offset - (int64_t)m->guard.given;
    if (code == ARCHIVE_OK && m->hole_bytes >= 0) return STATUS_OK;
    m->count = 0;
    m->hole_bytes = 0;
    if (code == ARCHIVE_EOF) return STATUS_OK;
    a->is_broken = code < ARCHIVE_FAILED;
    return is_own_failure(a) ? STATUS_BAD_DATA : tell_failure(a);
}

/* Gives of what is there. */
static void give(member_stream *m, char *to, size_t count, size_t *got) {
    bool is_hole = m->hole_bytes > 0;
    size_t there = is_hole ? (size_t)m->hole_bytes : m->count;
    *got = there < count ? there : count;
    if (is_hole) {
        memset(to, 0, *got);
        m->hole_bytes -= (int64_t)*got;
    } else if (*got > 0) {
        memcpy(to, m->bytes, *got);
        m->bytes += *got;
        m->count -= *got;
    }
}

static status member_read(byte_stream *self, char *to, size_t count, size_t *got) {
    member_stream *m = (member_stream *)self;
    file_archive *a = m->archive;
    *got = 0;
    status s = m->count == 0 && m->hole_bytes == 0 ? read_more(m) : STATUS_OK;
    if (s != STATUS_OK) return s;
    give(m, to, count, got);
    s = byte_guard_pass(&m->guard, *got);
    if (s == STATUS_OK || a->kind != ARCHIVE_ZIP) return s;
    a->is_broken = true; /* What is left is not worth unpacking to its end. */
    return s;
}

static bool member_is_ready(byte_stream *self) {
    const member_stream *m = (const member_stream *)self;
    const file_archive *a = m->archive;
    return m->count > 0 || m->hole_bytes > 0 || a->at_end || a->from->is_ready(a->from);
}

static void member_close(byte_stream *self) {
    free(self);
}

byte_stream *file_archive_member(file_archive *a) {
    member_stream *m = calloc(1, sizeof(*m));
    if (m == NULL) return NULL;
    m->stream = (byte_stream){member_read, member_is_ready, member_close};
    m->archive = a;
    m->guard = byte_guard_begin(a->taken);
    return &m->stream;
}

const char *file_archive_library(void) {
    const char *words = archive_version_string(), *blank = strchr(words, ' ');
    return blank == NULL ? words : blank + 1; /* "libarchive 3.6.2" */
}
