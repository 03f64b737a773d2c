/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/sources/files_archive.h"
#include "pipeline/sources/files_bytes.h"
#include "pipeline/sources/files_find.h"
#include "pipeline/sources/files_items.h"
#include "pipeline/sources/files_owner.h"
#include "pipeline/sources/files_probe.h"
#include "pipeline/sources/files_unpack.h"

/* All that one file gives may not exceed this many times what was read of it, either:
 * an archive of many small bombs is one. */
enum { HEAD_BYTES = ARCHIVE_HEAD_BYTES, WHOLE_RATIO_MAX = 1000 };
#define WHOLE_FREE_BYTES ((uint64_t)1 << 30)

/* An archive that is being read, and the layers around its members. */
typedef struct {
    file_archive *archive;
    char *name; /* Of the part that it is. */
    int depth;
} walk_level;

struct file_walk {
    walk_options options;
    const uint64_t *taken; /* Of the file. */
    file_bytes *file;
    bool is_begun;
    walk_level levels[WALK_LAYERS_MAX];
    size_t level_count;
    uint64_t members;

    byte_stream *part; /* What holds lines; NULL between two. */
    item_splitter *splitter;
    char *part_name;
    bool is_new_part; /* Nothing of it was given yet. */
    status owner;     /* What asking for the part's owner came to. */
    bool is_optional; /* It is skipped when it holds no JSON. */
    uint64_t counted; /* Bytes of the file that chunks were told to stand for. */
    uint64_t given;   /* Bytes of all parts. */
    bool is_bomb;     /* They are too many: the walk ends here. */
};

void walk_step_deinit(walk_step *s) {
    source_chunk_free(s->chunk);
    free(s->part);
    *s = (walk_step){0};
}

/* ---- A stream whose first bytes were looked at ---- */

typedef struct {
    byte_stream stream;
    byte_stream *from;
    status failure; /* Met while looking; told behind the head. */
    size_t begin, end;
    char head[HEAD_BYTES];
} peeked;

static status peeked_read(byte_stream *self, char *to, size_t count, size_t *got) {
    peeked *p = (peeked *)self;
    size_t waiting = p->end - p->begin;
    *got = 0;
    if (waiting == 0)
        return p->failure != STATUS_OK ? p->failure : p->from->read(p->from, to, count, got);
    *got = waiting < count ? waiting : count;
    memcpy(to, p->head + p->begin, *got);
    p->begin += *got;
    return STATUS_OK;
}

static bool peeked_is_ready(byte_stream *self) {
    const peeked *p = (const peeked *)self;
    return p->begin < p->end || p->from->is_ready(p->from);
}

static void peeked_close(byte_stream *self) {
    peeked *p = (peeked *)self;
    if (p->from != NULL) p->from->close(p->from);
    free(p);
}

/* Lines of a slow writer should not wait for the whole head of an archive. */
static bool is_clear(const peeked *p) {
    if (p->end == 0 || p->from->is_ready(p->from)) return false;
    return p->head[0] == '{' || p->head[0] == '[' || memchr(p->head, '\n', p->end) != NULL ||
           file_unpack_knows((text){p->head, p->end});
}

/* `from` stays the caller's when this fails. */
static status peek(byte_stream *from, peeked **result) {
    status s = STATUS_OK;
    size_t got = 1;
    peeked *p = calloc(1, sizeof(*p));
    if (p == NULL) return STATUS_NO_MEMORY;
    p->stream = (byte_stream){peeked_read, peeked_is_ready, peeked_close};
    p->from = from;
    while (s == STATUS_OK && got > 0 && p->end < HEAD_BYTES && !is_clear(p)) {
        s = from->read(from, p->head + p->end, HEAD_BYTES - p->end, &got);
        p->end += got;
    }
    if (s == STATUS_STOPPED || s == STATUS_NO_MEMORY) {
        p->from = NULL;
        peeked_close(&p->stream);
        return s;
    }
    p->failure = s;
    *result = p;
    return STATUS_OK;
}

/* ---- Parts ---- */

static status read_part(void *context, char *to, size_t count, size_t *got, bool *is_ready) {
    file_walk *w = context;
    status s = w->part->read(w->part, to, count, got);
    w->given += *got;
    w->is_bomb = w->given > WHOLE_FREE_BYTES && w->given / WHOLE_RATIO_MAX > *w->taken;
    if (s == STATUS_OK && w->is_bomb) s = STATUS_UNPACKS_TOO_FAR;
    *is_ready = s != STATUS_OK || w->part->is_ready(w->part);
    return s;
}

static void close_part(file_walk *w) {
    item_splitter_free(w->splitter);
    if (w->part != NULL) w->part->close(w->part);
    free(w->part_name);
    w->splitter = NULL;
    w->part = NULL;
    w->part_name = NULL;
}

static void find_owner(void *context, text name, buffer *members) {
    file_walk *w = context;
    if (w->options.without_owners || !files_owner_is_wanted(name)) return;
    w->owner = files_owner_find(&w->options, w->part_name, members);
}

/* Takes the stream and the name. */
static status open_part(file_walk *w, byte_stream *from, char *name) {
    w->part = from;
    w->part_name = name;
    w->is_new_part = true;
    w->is_optional = w->options.is_from_folder || w->level_count > 0;
    w->owner = STATUS_OK;
    w->splitter = item_splitter_new(read_part, w, w->options.chunk_bytes);
    if (w->splitter == NULL) return STATUS_NO_MEMORY;
    item_splitter_set_owner(w->splitter, find_owner, w);
    return STATUS_OK;
}

static status push_archive(file_walk *w, byte_stream *from, archive_kind kind, int depth,
                           char *name) {
    walk_level *level = &w->levels[w->level_count];
    status s = file_archive_open(from, kind, w->taken, &level->archive);
    if (s != STATUS_OK) {
        from->close(from);
        free(name);
        return s;
    }
    level->name = name;
    level->depth = depth;
    w->level_count++;
    return STATUS_OK;
}

/* Opens what a stream turns out to be; takes the stream and the name. */
static status open_stream(file_walk *w, byte_stream *from, int depth, char *name) {
    status s;
    for (;; depth++) {
        peeked *p = NULL;
        byte_stream *unpacked = NULL;
        s = peek(from, &p);
        if (s != STATUS_OK) break;
        from = &p->stream;
        text head = {p->head, p->end};
        archive_kind kind = archive_kind_of(head);
        bool is_packed = file_unpack_knows(head);
        if (kind == ARCHIVE_NONE && !is_packed) return open_part(w, from, name);
        s = depth < WALK_LAYERS_MAX ? STATUS_OK : STATUS_TOO_DEEP;
        if (s == STATUS_OK && !is_packed) return push_archive(w, from, kind, depth + 1, name);
        if (s == STATUS_OK) s = file_unpack_open(from, head, byte_guard_begin(w->taken), &unpacked);
        if (s != STATUS_OK) break;
        from = unpacked;
    }
    from->close(from);
    free(name);
    return s;
}

/* ---- Steps ---- */

static bool ends_walk(status s) {
    return s == STATUS_NO_MEMORY || s == STATUS_STOPPED;
}

/* Tells of a part that is left alone or broke off; takes the name. */
static status tell(walk_step *step, walk_kind kind, char *part, const char *why) {
    *step = (walk_step){.kind = kind, .part = part, .why = why};
    return part != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static char *join(const char *name, const char *member) {
    size_t bytes = strlen(name) + strlen(member) + 2;
    char *joined = malloc(bytes);
    if (joined == NULL) return NULL;
    (void)snprintf(joined, bytes, "%s:%s", name, member);
    return joined;
}

static status give_chunk(file_walk *w, source_chunk *chunk, walk_step *step) {
    *step = (walk_step){.kind = WALK_CHUNK, .chunk = chunk};
    if (w->is_new_part && (step->part = strdup(w->part_name)) == NULL) {
        walk_step_deinit(step);
        return STATUS_NO_MEMORY;
    }
    w->is_new_part = false;
    chunk->input_bytes = *w->taken - w->counted;
    w->counted = *w->taken;
    return STATUS_OK;
}

/* The next chunk of the open part, or what ended it; STATUS_END: nothing to tell. */
static status step_part(file_walk *w, walk_step *step) {
    source_chunk *chunk;
    status s = item_splitter_next(w->splitter, &chunk);
    if (ends_walk(w->owner)) {
        if (s == STATUS_OK) source_chunk_free(chunk);
        return w->owner;
    }
    if (s == STATUS_OK && w->is_new_part && w->is_optional &&
        !json_looks_like_items((text){chunk->bytes, chunk->count})) {
        source_chunk_free(chunk);
        s = tell(step, WALK_SKIPPED, w->part_name, "holds no JSON");
        w->part_name = NULL;
        close_part(w);
        return s;
    }
    if (s == STATUS_OK) return give_chunk(w, chunk, step);
    if (ends_walk(s)) return s;
    if (s != STATUS_END) {
        (void)tell(step, WALK_FAILED, w->part_name, status_text(s));
        w->part_name = NULL;
    }
    close_part(w);
    return s == STATUS_END ? STATUS_END : STATUS_OK;
}

static void pop_archive(file_walk *w) {
    walk_level *level = &w->levels[--w->level_count];
    file_archive_close(level->archive);
    free(level->name);
}

/* Opens the present member; what cannot be opened is told. */
static status open_member(file_walk *w, const walk_level *level, const char *name,
                          walk_step *step) {
    char *part = join(level->name, name);
    char *told = part == NULL ? NULL : strdup(part);
    byte_stream *from = told == NULL ? NULL : file_archive_member(level->archive);
    if (from == NULL) {
        free(part);
        free(told);
        return STATUS_NO_MEMORY;
    }
    status s = open_stream(w, from, level->depth, part);
    if (s == STATUS_OK || ends_walk(s)) {
        free(told);
        return s == STATUS_OK ? STATUS_END : s;
    }
    return tell(step, WALK_FAILED, told, status_text(s));
}

static status fail_archive(file_walk *w, const walk_level *level, status why, walk_step *step) {
    status s = tell(step, WALK_FAILED, strdup(level->name), status_text(why));
    if (why != STATUS_BAD_DATA) pop_archive(w);
    return s;
}

/* Goes to the next member of the innermost archive; STATUS_END: nothing to tell. */
static status step_archive(file_walk *w, walk_step *step) {
    const walk_level *level = &w->levels[w->level_count - 1];
    member_kind kind;
    const char *name;
    status s = file_archive_next(level->archive, &kind, &name);
    if (ends_walk(s)) return s;
    if (s == STATUS_END) {
        pop_archive(w);
        return STATUS_END;
    }
    if (w->members++ >= WALK_MEMBERS_MAX) s = STATUS_TOO_LARGE;
    if (s != STATUS_OK) return fail_archive(w, level, s, step);
    if (kind == MEMBER_FOLDER) return STATUS_END;
    if (kind == MEMBER_OTHER)
        return tell(step, WALK_SKIPPED, join(level->name, name), "is a link or no file");
    if (file_name_is_junk(name))
        return tell(step, WALK_SKIPPED, join(level->name, name), "is what copying leaves behind");
    return open_member(w, level, name, step);
}

static status step_file(file_walk *w, walk_step *step) {
    char *name = strdup(w->options.path), *told = strdup(w->options.path);
    status s = name == NULL || told == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    w->is_begun = true;
    if (s == STATUS_OK) {
        s = open_stream(w, file_bytes_stream(w->file), 0, name);
        name = NULL;
    }
    free(name);
    if (s == STATUS_OK || ends_walk(s)) {
        free(told);
        return s == STATUS_OK ? STATUS_END : s;
    }
    return tell(step, WALK_FAILED, told, status_text(s));
}

status file_walk_next(file_walk *w, walk_step *result) {
    status s = STATUS_END;
    while (s == STATUS_END) {
        if (w->part != NULL)
            s = step_part(w, result);
        else if (w->level_count > 0 && !w->is_bomb)
            s = step_archive(w, result);
        else if (!w->is_begun || file_bytes_renew(w->file))
            s = step_file(w, result);
        else
            break;
    }
    return s;
}

/* ---- The walk ---- */

status file_walk_open(const walk_options *o, file_walk **result) {
    file_walk *w = calloc(1, sizeof(*w));
    if (w == NULL) return STATUS_NO_MEMORY;
    w->options = *o;
    status s = file_bytes_open(o->path, o->follow, o->stop, &w->file);
    if (s != STATUS_OK) {
        free(w);
        return s;
    }
    w->taken = file_bytes_taken(w->file);
    *result = w;
    return STATUS_OK;
}

uint64_t file_walk_taken(const file_walk *w) {
    return *w->taken;
}

void file_walk_close(file_walk *w) {
    if (w == NULL) return;
    close_part(w);
    while (w->level_count > 0) pop_archive(w);
    file_bytes_close(w->file);
    free(w);
}
