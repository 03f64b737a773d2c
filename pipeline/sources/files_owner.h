/* SPDX-License-Identifier: MIT */
/* files_owner -- whose archive of X it is.
 *
 * Such an archive holds the posts of one account, without saying in each whose they are:
 * that stands in account.js, and the location in profile.js, beside the file of posts. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_OWNER_H
#define DUNLIN_PIPELINE_SOURCES_FILES_OWNER_H

#include "pipeline/base/buffer.h"
#include "pipeline/sources/files_walk.h"

/* True when a variable of this name holds such posts. */
bool files_owner_is_wanted(text name);
/* Appends "account":{accountId,username,accountDisplayName,location}, with a comma behind
 * it, for the posts in `part` of the file that `o` names; nothing when nothing says it.
 * Nothing else of the account is read: it holds addresses.  An archive is read once more
 * for it, from its beginning. */
status files_owner_find(const walk_options *o, const char *part, buffer *members);

#endif
