/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_unpack.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { INPUT_BYTES = 64 * 1024, STEP_BYTES_MAX = 1 << 30, ZSTD_WINDOW_LOG_MAX = 31 };
#define XZ_MEMORY_BYTES_MAX ((uint64_t)256 << 20)

typedef struct file_unpack file_unpack;

/* What varies from one packer to the other. */
typedef struct {
    bool (*is_head)(text head);
    status (*begin)(file_unpack *u); /* A member; the one before has been ended. */
    /* Unpacks what is in `input`; sets in_member to false at the member's end. */
    status (*step)(file_unpack *u, char *to, size_t count, size_t *got);
    void (*end)(file_unpack *u); /* A member that has begun. */
} packer;

struct file_unpack {
    byte_stream stream;
    byte_stream *from;
    byte_guard guard;
    const packer *packer;
    bool is_begun;  /* The packer's state is to be ended. */
    bool in_member; /* A member has begun and not come to its end. */
    bool at_end;    /* `from` has no more. */
    bool is_over;   /* Nothing but padding follows. */
    status failure; /* To be told once what was good is read. */
    union {
        z_stream gzip;
        bz_stream bzip2;
        lzma_stream xz;
        ZSTD_DStream *zstd;
    } as;
    size_t begin, end; /* Of what is in `input`. */
    char input[INPUT_BYTES];
};

static text waiting(const file_unpack *u) {
    return (text){u->input + u->begin, u->end - u->begin};
}

/* ---- gzip ---- */

static bool is_gzip(text t) {
    return t.count >= 3 && memcmp(t.bytes, "\x1F\x8B\x08", 3) == 0;
}

static status begin_gzip(file_unpack *u) {
    u->as.gzip = (z_stream){0};
    return inflateInit2(&u->as.gzip, 15 + 16) == Z_OK ? STATUS_OK : STATUS_NO_MEMORY;
}

static status step_gzip(file_unpack *u, char *to, size_t count, size_t *got) {
    z_stream *z = &u->as.gzip;
    z->next_in = (Bytef *)(u->input + u->begin);
    z->avail_in = (uInt)(u->end - u->begin);
    z->next_out = (Bytef *)to;
    z->avail_out = (uInt)count;
    int code = inflate(z, Z_NO_FLUSH);
    u->begin = u->end - z->avail_in;
    *got = count - z->avail_out;
    u->in_member = code != Z_STREAM_END;
    if (code == Z_MEM_ERROR) return STATUS_NO_MEMORY;
    return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR ? STATUS_OK
                                                                       : STATUS_BAD_DATA;
}

static void end_gzip(file_unpack *u) {
    (void)inflateEnd(&u->as.gzip);
}

/* ---- bzip2 ---- */

static bool is_bzip2(text t) {
    return t.count >= 10 && memcmp(t.bytes, "BZh", 3) == 0 && t.bytes[3] >= '1' &&
           t.bytes[3] <= '9' &&
           (memcmp(t.bytes + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
            memcmp(t.bytes + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0); /* A block, or none. */
}

static status begin_bzip2(file_unpack *u) {
    u->as.bzip2 = (bz_stream){0};
    return BZ2_bzDecompressInit(&u->as.bzip2, 0, 0) == BZ_OK ? STATUS_OK : STATUS_NO_MEMORY;
}

static status step_bzip2(file_unpack *u, char *to, size_t count, size_t *got) {
    bz_stream *z = &u->as.bzip2;
    z->next_in = u->input + u->begin;
    z->avail_in = (unsigned)(u->end - u->begin);
    z->next_out = to;
    z->avail_out = (unsigned)count;
    int code = BZ2_bzDecompress(z);
    u->begin = u->end - z->avail_in;
    *got = count - z->avail_out;
    u->in_member = code != BZ_STREAM_END;
    if (code == BZ_MEM_ERROR) return STATUS_NO_MEMORY;
    return code == BZ_OK || code == BZ_STREAM_END ? STATUS_OK : STATUS_BAD_DATA;
}

static void end_bzip2(file_unpack *u) {
    (void)BZ2_bzDecompressEnd(&u->as.bzip2);
}

/* ---- zstd ---- */

static bool is_zstd(text t) {
    if (t.count < 4) return false;
    bool is_frame = memcmp(t.bytes, "\x28\xB5\x2F\xFD", 4) == 0;
    bool is_skippable =
        ((unsigned char)t.bytes[0] & 0xF0) == 0x50 && memcmp(t.bytes + 1, "\x2A\x4D\x18", 3) == 0;
    return is_frame || is_skippable;
}

static status begin_zstd(file_unpack *u) {
    u->as.zstd = ZSTD_createDStream();
    if (u->as.zstd == NULL) return STATUS_NO_MEMORY;
    (void)ZSTD_DCtx_setParameter(u->as.zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    return STATUS_OK;
}

static status step_zstd(file_unpack *u, char *to, size_t count, size_t *got) {
    ZSTD_inBuffer in = {u->input + u->begin, u->end - u->begin, 0};
    ZSTD_outBuffer out = {to, count, 0};
    size_t left = ZSTD_decompressStream(u->as.zstd, &out, &in);
    u->begin += in.pos;
    *got = out.pos;
    u->in_member = left != 0;
    if (!ZSTD_isError(left)) return STATUS_OK;
    /* zstd has no public codes: those of memory are told by their texts. */
    const char *why = ZSTD_getErrorName(left);
    return strstr(why, "not enough memory") != NULL ? STATUS_NO_MEMORY : STATUS_BAD_DATA;
}

static void end_zstd(file_unpack *u) {
    (void)ZSTD_freeDStream(u->as.zstd);
}

/* ---- xz ---- */

static bool is_xz(text t) {
    return t.count >= 6 && memcmp(t.bytes,
                                  "\xFD"
                                  "7zXZ",
                                  6) == 0;
}

static status begin_xz(file_unpack *u) {
    u->as.xz = (lzma_stream)LZMA_STREAM_INIT;
    lzma_ret code = lzma_stream_decoder(&u->as.xz, XZ_MEMORY_BYTES_MAX, 0);
    return code == LZMA_OK ? STATUS_OK : STATUS_NO_MEMORY;
}

static status step_xz(file_unpack *u, char *to, size_t count, size_t *got) {
    lzma_stream *z = &u->as.xz;
    z->next_in = (const uint8_t *)u->input + u->begin;
    z->avail_in = u->end - u->begin;
    z->next_out = (uint8_t *)to;
    z->avail_out = count;
    lzma_ret code = lzma_code(z, LZMA_RUN);
    u->begin = u->end - z->avail_in;
    *got = count - z->avail_out;
    u->in_member = code != LZMA_STREAM_END;
    switch (code) {
    case LZMA_OK:
    case LZMA_STREAM_END:
    case LZMA_BUF_ERROR: return STATUS_OK;
    case LZMA_MEM_ERROR: return STATUS_NO_MEMORY;
    case LZMA_MEMLIMIT_ERROR: return STATUS_TOO_LARGE;
    default: return STATUS_BAD_DATA;
    }
}

static void end_xz(file_unpack *u) {
    lzma_end(&u->as.xz);
}

static const packer packers[] = {
    {is_gzip, begin_gzip, step_gzip, end_gzip},
    {is_bzip2, begin_bzip2, step_bzip2, end_bzip2},
    {is_zstd, begin_zstd, step_zstd, end_zstd},
    {is_xz, begin_xz, step_xz, end_xz},
};

static const packer *packer_of(text head) {
    for (size_t i = 0; i < sizeof packers / sizeof packers[0]; i++)
        if (packers[i].is_head(head)) return &packers[i];
    return NULL;
}

bool file_unpack_knows(text head) {
    return packer_of(head) != NULL;
}

/* ---- Members ---- */

/* Makes `input` hold at least `wanted` bytes, or all that there are. */
static status fill_input(file_unpack *u, size_t wanted) {
    while (u->end - u->begin < wanted && !u->at_end) {
        size_t got;
        memmove(u->input, u->input + u->begin, u->end - u->begin);
        u->end -= u->begin;
        u->begin = 0;
        status s = u->from->read(u->from, u->input + u->end, sizeof u->input - u->end, &got);
        if (s != STATUS_OK) return s;
        u->at_end = got == 0;
        u->end += got;
    }
    return STATUS_OK;
}

static void end_member(file_unpack *u) {
    if (u->is_begun) u->packer->end(u);
    u->is_begun = u->in_member = false;
}

static status begin_member(file_unpack *u) {
    status s = fill_input(u, UNPACK_HEAD_BYTES);
    if (s != STATUS_OK) return s;
    u->is_over = packer_of(waiting(u)) != u->packer;
    if (u->is_over) return STATUS_OK;
    s = u->packer->begin(u);
    u->is_begun = u->in_member = s == STATUS_OK;
    return s;
}

/* One step; may produce nothing yet. */
static status unpack_some(file_unpack *u, char *to, size_t count, size_t *got) {
    status s = u->in_member ? fill_input(u, 1) : begin_member(u);
    if (s != STATUS_OK || !u->in_member) return s;
    size_t before = u->begin;
    bool is_starved = u->begin == u->end; /* The file ended inside a member. */
    s = u->packer->step(u, to, count, got);
    bool is_stuck = *got == 0 && u->begin == before && u->in_member;
    if (!u->in_member) end_member(u);
    return s == STATUS_OK && is_starved && is_stuck ? STATUS_BAD_DATA : s;
}

/* Goes on as far as what is in `input` reaches: else a member's last bytes would look as
 * if more could be had without waiting. */
static status unpack_rest(file_unpack *u, char *to, size_t count, size_t *got) {
    status s = STATUS_OK;
    size_t more = 1;
    while (s == STATUS_OK && u->in_member && u->begin < u->end && *got < count && more > 0) {
        size_t before = u->begin, given = 0;
        s = unpack_some(u, to + *got, count - *got, &given);
        *got += given;
        more = given + (u->begin - before);
    }
    return s;
}

static status unpack_read(byte_stream *self, char *to, size_t count, size_t *got) {
    file_unpack *u = (file_unpack *)self;
    status s = u->failure;
    *got = 0;
    if (count > STEP_BYTES_MAX) count = STEP_BYTES_MAX; /* Some count in unsigned int. */
    while (s == STATUS_OK && *got == 0 && !u->is_over) s = unpack_some(u, to, count, got);
    if (s == STATUS_OK) s = unpack_rest(u, to, count, got);
    if (s == STATUS_OK) s = byte_guard_pass(&u->guard, *got);
    if (s == STATUS_STOPPED) return s;
    u->failure = s;
    return *got > 0 ? STATUS_OK : s;
}

static bool unpack_is_ready(byte_stream *self) {
    const file_unpack *u = (const file_unpack *)self;
    return u->begin < u->end || u->at_end || u->from->is_ready(u->from);
}

static void unpack_close(byte_stream *self) {
    file_unpack *u = (file_unpack *)self;
    end_member(u);
    u->from->close(u->from);
    free(u);
}

status file_unpack_open(byte_stream *from, text head, byte_guard guard, byte_stream **result) {
    file_unpack *u = calloc(1, sizeof(*u));
    if (u == NULL) return STATUS_NO_MEMORY;
    u->stream = (byte_stream){unpack_read, unpack_is_ready, unpack_close};
    u->from = from;
    u->guard = guard;
    u->packer = packer_of(head);
    *result = &u->stream;
    return STATUS_OK;
}
