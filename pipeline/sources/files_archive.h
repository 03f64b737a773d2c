/* SPDX-License-Identifier: MIT */
/* files_archive -- the members of a tar or zip archive, one after the other, while its
 * bytes stream by: nothing is unpacked to a disk, and a member's name opens nothing.
 *
 * A zip is read by the headers before its members and never by the directory at its
 * end, so that it may come through a pipe or be cut.  Where an archive is broken,
 * reading goes on at the next header that can be found behind. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_ARCHIVE_H
#define DUNLIN_PIPELINE_SOURCES_FILES_ARCHIVE_H

#include "pipeline/sources/files_bytes.h"

enum { ARCHIVE_HEAD_BYTES = 512 }; /* So many of the first bytes tell. */

typedef enum { ARCHIVE_NONE, ARCHIVE_TAR, ARCHIVE_ZIP } archive_kind;
archive_kind archive_kind_of(text head);

typedef struct file_archive file_archive;

/* `from` becomes the archive's, and stays the caller's when opening fails.  `taken` is
 * for the guard of each member; borrowed. */
status file_archive_open(byte_stream *from, archive_kind kind, const uint64_t *taken,
                         file_archive **result);
void file_archive_close(file_archive *a); /* NULL is allowed. */

typedef enum { MEMBER_FILE, MEMBER_FOLDER, MEMBER_OTHER } member_kind;

/* Goes to the next member, whose name is borrowed until the next call: UTF-8 or any
 * bytes, never empty.  STATUS_END after the last.  STATUS_BAD_DATA: something could not
 * be read, and the next call goes on behind it. */
status file_archive_next(file_archive *a, member_kind *kind, const char **name);
/* The present member's bytes.  Closing it leaves the archive open; it ends with the
 * next call to file_archive_next at the latest.  NULL: no memory. */
byte_stream *file_archive_member(file_archive *a);

const char *file_archive_library(void); /* Its version. */

#endif
