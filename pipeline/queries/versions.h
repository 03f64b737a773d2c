/* SPDX-License-Identifier: MIT */
/* versions -- which tweets are versions of one another, and which of them stands for all.
 *
 * An edit links two; all that links lead to are one group.  A response to any of a group
 * belongs to the newest that is there: that of the greatest id.  So the table of originals
 * has a row for each id of a group that says this one, and an edit changes these rows.
 *
 * Engine thread only. */
#ifndef DUNLIN_PIPELINE_QUERIES_VERSIONS_H
#define DUNLIN_PIPELINE_QUERIES_VERSIONS_H

#include "pipeline/base/calendar.h"
#include "pipeline/base/idmap.h"
#include "pipeline/flow/flow.h"

/* More links of one tweet, and more tweets of one group, are not looked at: X allows five
 * edits. */
enum { VERSION_LINKS_MAX = 8, VERSION_GROUP_MAX = 64 };

typedef struct versions versions;
/* Whether the tweet is there at present, and by whom it is. */
typedef bool version_presence(uint32_t tweet, uint32_t *author, void *context);
/* Borrowed: the ids, an input of original_row.  NULL: no memory. */
versions *versions_new(idmap *tweet_ids, flow_table *originals, uint64_t hash_seed);
void versions_free(versions *v); /* NULL is allowed. */
/* Two numbers are of one tweet, as was said at `ms`.  False: no memory. */
bool versions_link(versions *v, uint32_t a, uint32_t b, int64_t ms);
bool versions_has(const versions *v, uint32_t tweet);
/* Whether it is there, or by whom, changed.  False: no memory. */
bool versions_touch(versions *v, uint32_t tweet);
/* Pushes what changed since the last flush. */
status versions_flush(versions *v, version_presence *is_there, void *context);
/* Forgets a link that was said at or before `floor_ms`, 0 excepted.  False when there is
 * none, or (*failed) no memory.  alone[i]: tweets that no link names any more, else
 * UINT32_MAX. */
bool versions_expire(versions *v, int64_t floor_ms, uint32_t alone[2], bool *failed);
bool versions_keep(versions *v); /* From now on links can expire.  False: no memory. */
size_t versions_bytes(const versions *v);

#endif
