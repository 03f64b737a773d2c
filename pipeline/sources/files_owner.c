/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_owner.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    buffer account, profile; /* The lines of these files. */
} owner_files;

bool files_owner_is_wanted(text name) {
    return text_starts_with(name, TEXT("window.YTD.")) &&
           memmem(name.bytes, name.count, "tweet", 5) != NULL;
}

/* The value of the first such key, a string as it stands with its quotes. */
static bool find_string(text t, const char *key, text *value) {
    const char *found = t.count == 0 ? NULL : memmem(t.bytes, t.count, key, strlen(key));
    if (found == NULL) return false;
    size_t at = (size_t)(found - t.bytes) + strlen(key);
    while (at < t.count && (t.bytes[at] == ' ' || t.bytes[at] == ':')) at++;
    size_t begin = at;
    if (at >= t.count || t.bytes[at] != '"') return false;
    for (at++; at < t.count && t.bytes[at] != '"'; at++)
        if (t.bytes[at] == '\\') at++;
    if (at >= t.count) return false;
    *value = text_slice(t, begin, at + 1);
    return true;
}

static void add_member(buffer *out, text from, const char *key) {
    text value;
    if (!find_string(from, key, &value)) return;
    if (out->count > 0 && out->bytes[out->count - 1] != '{') buffer_add_byte(out, ',');
    buffer_add(out, text_of(key));
    buffer_add_byte(out, ':');
    buffer_add(out, value);
}

static void add_owner(buffer *out, const owner_files *f) {
    text account = buffer_text(&f->account), id;
    if (!find_string(account, "\"accountId\"", &id)) return;
    buffer_add(out, TEXT("\"account\":{"));
    add_member(out, account, "\"accountId\"");
    add_member(out, account, "\"username\"");
    add_member(out, account, "\"accountDisplayName\"");
    add_member(out, buffer_text(&f->profile), "\"location\"");
    buffer_add(out, TEXT("},"));
}

/* How much of a path or part names the folder it lies in, with the mark behind it. */
static size_t folder_bytes(const char *part) {
    size_t end = strlen(part);
    while (end > 0 && part[end - 1] != '/' && part[end - 1] != ':') end--;
    return end;
}

static bool is_beside(const char *part, const char *other, const char *name) {
    size_t folder = folder_bytes(part);
    return strncmp(part, other, folder) == 0 && strcmp(other + folder, name) == 0;
}

static void keep_line(owner_files *f, const char *part, const walk_step *step) {
    bool is_new = step->kind == WALK_CHUNK && step->part != NULL;
    buffer *to = !is_new                                     ? NULL
                 : is_beside(part, step->part, "account.js") ? &f->account
                 : is_beside(part, step->part, "profile.js") ? &f->profile
                                                             : NULL;
    if (to != NULL && to->count == 0)
        buffer_add(to, (text){step->chunk->bytes, step->chunk->count});
}

/* Walks through a file for the two. */
static status walk_file(const walk_options *o, const char *part, owner_files *f) {
    file_walk *w;
    walk_step step;
    status s = file_walk_open(o, &w);
    if (s != STATUS_OK) return s == STATUS_NO_MEMORY || s == STATUS_STOPPED ? s : STATUS_OK;
    while (s == STATUS_OK && (f->account.count == 0 || f->profile.count == 0)) {
        s = file_walk_next(w, &step);
        if (s != STATUS_OK) break;
        keep_line(f, part, &step);
        walk_step_deinit(&step);
    }
    file_walk_close(w);
    return s == STATUS_END ? STATUS_OK : s;
}

/* A file by itself: the other two are files too. */
static status walk_beside(const walk_options *o, const char *part, const char *name,
                          owner_files *f) {
    size_t folder = folder_bytes(part);
    char *path = malloc(folder + strlen(name) + 1);
    if (path == NULL) return STATUS_NO_MEMORY;
    memcpy(path, part, folder);
    memcpy(path + folder, name, strlen(name) + 1);
    walk_options beside = *o;
    beside.path = path;
    status s = walk_file(&beside, part, f);
    free(path);
    return s;
}

status files_owner_find(const walk_options *o, const char *part, buffer *members) {
    owner_files f = {0};
    walk_options inner = *o;
    status s = STATUS_OK;
    inner.without_owners = true;
    if (strcmp(o->path, "-") == 0) return STATUS_OK; /* It cannot be read again. */
    if (strcmp(part, o->path) != 0) {
        s = walk_file(&inner, part, &f);
    } else {
        s = walk_beside(&inner, part, "account.js", &f);
        if (s == STATUS_OK) s = walk_beside(&inner, part, "profile.js", &f);
    }
    if (s == STATUS_OK) add_owner(members, &f);
    if (f.account.failed || f.profile.failed || members->failed) s = STATUS_NO_MEMORY;
    buffer_deinit(&f.account);
    buffer_deinit(&f.profile);
    return s;
}
