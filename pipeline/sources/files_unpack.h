/* SPDX-License-Identifier: MIT */
/* files_unpack -- what gzip, bzip2, zstd and xz have packed, told by its first bytes.
 *
 * A packed file may have several members, one after the other; anything behind the
 * last is padding, as gzip(1) takes it.  Zstandard's windows may be of 2 GiB, as the
 * great dumps have them (`--long=31`): memory grows with what is unpacked up to that.
 * xz may take 256 MiB. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_UNPACK_H
#define DUNLIN_PIPELINE_SOURCES_FILES_UNPACK_H

#include "pipeline/sources/files_bytes.h"

enum { UNPACK_HEAD_BYTES = 10 }; /* So many of the first bytes tell. */

bool file_unpack_knows(text head);
/* What `from` unpacks to.  `from`, which must begin with a head that is known, becomes
 * the new stream's, and stays the caller's when that fails. */
status file_unpack_open(byte_stream *from, text head, byte_guard guard, byte_stream **result);

#endif
