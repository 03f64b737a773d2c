/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_find.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/base/array.h"
#include "pipeline/base/log.h"

enum { FOLDER_DEPTH_MAX = 32 }; /* Ends a folder that holds itself. */

static status add_file(file_list *list, const char *path, uint64_t bytes, bool is_from_folder) {
    if (!ARRAY_ROOM(list->files, list->count, list->capacity, 16)) return STATUS_NO_MEMORY;
    char *copy = strdup(path);
    if (copy == NULL) return STATUS_NO_MEMORY;
    list->files[list->count++] = (found_file){copy, bytes, is_from_folder};
    list->bytes += bytes;
    return STATUS_OK;
}

static void note_failure(file_list *list, const char *path, int error) {
    log_line(LOG_ERROR, "%s: cannot be read: %s", path, strerror(error));
    if (list->failed++ == 0)
        (void)snprintf(list->first_failure, sizeof list->first_failure, "%s: %s", path,
                       strerror(error));
}

static bool is_junk_step(text t) {
    bool is_here = text_equal(t, TEXT(".")) || text_equal(t, TEXT(".."));
    return (text_starts_with(t, TEXT(".")) && !is_here) || text_ends_with(t, TEXT("~")) ||
           text_ends_with(t, TEXT(".part")) || text_ends_with(t, TEXT(".tmp")) ||
           text_equal(t, TEXT("__MACOSX"));
}

bool file_name_is_junk(const char *name) {
    text left = text_of(name);
    size_t slash;
    while (text_find_byte(left, '/', &slash)) {
        if (is_junk_step(text_slice(left, 0, slash))) return true;
        left = text_slice(left, slash + 1, left.count);
    }
    return is_junk_step(left);
}

static int keep_entry(const struct dirent *e) {
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* alphasort would sort by locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static status add_path(file_list *list, const char *path, int depth);

static status add_entry(file_list *list, const char *folder, const char *name, int depth) {
    size_t bytes = strlen(folder) + strlen(name) + 2;
    char *path = malloc(bytes);
    if (path == NULL) return STATUS_NO_MEMORY;
    bool has_slash = text_ends_with(text_of(folder), TEXT("/"));
    (void)snprintf(path, bytes, has_slash ? "%s%s" : "%s/%s", folder, name);
    status s = add_path(list, path, depth + 1);
    free(path);
    return s;
}

static void note_junk(file_list *list, const char *folder, const char *name) {
    list->skipped++;
    log_line(LOG_INFO, "%s/%s: is what copying leaves behind: skipped", folder, name);
}

static status add_folder(file_list *list, const char *folder, int depth) {
    struct dirent **entries;
    status s = STATUS_OK;
    int count = depth < FOLDER_DEPTH_MAX ? scandir(folder, &entries, keep_entry, by_bytes) : -1;
    if (count < 0) {
        note_failure(list, folder, depth < FOLDER_DEPTH_MAX ? errno : ELOOP);
        return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_OK;
    }
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        bool is_junk = file_name_is_junk(name);
        if (is_junk) note_junk(list, folder, name);
        if (s == STATUS_OK && !is_junk) s = add_entry(list, folder, name, depth);
        free(entries[i]);
    }
    free(entries);
    return s;
}

static status add_path(file_list *list, const char *path, int depth) {
    struct stat info;
    if (stat(path, &info) != 0) {
        note_failure(list, path, errno);
        return STATUS_OK;
    }
    if (S_ISDIR(info.st_mode)) return add_folder(list, path, depth);
    bool is_regular = S_ISREG(info.st_mode);
    if (depth > 0 && !is_regular) return STATUS_OK; /* A socket or pipe in a folder. */
    if (access(path, R_OK) != 0) {
        note_failure(list, path, errno);
        return STATUS_OK;
    }
    return add_file(list, path, is_regular ? (uint64_t)info.st_size : 0, depth > 0);
}

status file_list_add(file_list *list, const char *path) {
    return strcmp(path, "-") == 0 ? add_file(list, path, 0, false) : add_path(list, path, 0);
}

void file_list_deinit(file_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->files[i].path);
    free(list->files);
}
