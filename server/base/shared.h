/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SERVER_BASE_SHARED_H
#define DUNLIN_SERVER_BASE_SHARED_H

#include "pipeline/base/buffer.h"

/* Bytes that never change, counted: one answer or frame for many connections and
 * threads.  The last release frees them. */
typedef struct shared_bytes shared_bytes;

/* Takes the buffer's bytes, which is {0} afterwards; NULL (the buffer is emptied
 * all the same) when out of memory or when the buffer had failed. */
shared_bytes *shared_bytes_take(buffer *b);
shared_bytes *shared_bytes_keep(shared_bytes *s); /* Returns s; one release more is due. */
void shared_bytes_release(shared_bytes *s);       /* NULL is allowed. */
text shared_bytes_text(const shared_bytes *s);

#endif
