/* SPDX-License-Identifier: MIT */
/* json_members -- the object that a request brings, by the names that are known of it. */
#ifndef DUNLIN_SERVER_BASE_JSON_MEMBERS_H
#define DUNLIN_SERVER_BASE_JSON_MEMBERS_H

#include "server/base/params.h"

/* members[i] becomes the value of names[i], as written; one that is not there stays as it was.
 * False: *e says what is wrong; a body that is no object is told to be like `example`. */
bool json_members_read(text body, const char *const *names, size_t count, const char *example,
                       text *members, param_errors *e);
/* A name or a word of which `near` may be what was meant; NULL: nothing is. */
void json_members_add_unknown(param_errors *e, text name, const char *near);

#endif
