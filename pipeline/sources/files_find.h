/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_FIND_H
#define DUNLIN_PIPELINE_SOURCES_FILES_FIND_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

typedef struct {
    char *path;
    uint64_t bytes;      /* 0 when unknown: a pipe. */
    bool is_from_folder; /* Nobody named it: it may be something else than tweets. */
} found_file;

typedef struct {
    found_file *files;
    size_t count, capacity;
    uint64_t bytes;
    size_t skipped;          /* Junk in folders. */
    size_t failed;           /* Named inputs that are not there or may not be read. */
    char first_failure[160]; /* The first of them, with the reason. */
} file_list;

/* Hidden files, and what copying and editing leave behind: by the name's last part, or
 * by a folder on the way that is hidden. */
bool file_name_is_junk(const char *name);

/* Lists the inputs in reading order.  Start with {0}; file_list_deinit frees. */
status file_list_add(file_list *list, const char *path);
void file_list_deinit(file_list *list);

#endif
