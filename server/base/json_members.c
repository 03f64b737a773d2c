/* SPDX-License-Identifier: MIT */
#include "server/base/json_members.h"

#include "pipeline/base/suggest.h"
#include "server/base/json_walk.h"

void json_members_add_unknown(param_errors *e, text name, const char *near) {
    if (near != NULL)
        param_errors_add(e, name, "unknown; did you mean %s?", near);
    else
        param_errors_add(e, name, "unknown");
}

bool json_members_read(text body, const char *const *names, size_t count, const char *example,
                       text *members, param_errors *e) {
    text object;
    if (!json_walk_whole(body, &object) || !json_walk_is(object, '{') || !utf8_valid(object)) {
        param_errors_add(e, TEXT("body"), "must be a JSON object such as %s", example);
        return false;
    }
    for (json_walk w = {.container = object}; json_walk_next(&w);) {
        suggestion near = {.wanted = w.key};
        size_t i = 0;
        for (size_t k = 0; k < count; k++) suggest(&near, names[k]);
        while (i < count && !text_equal(w.key, text_of(names[i]))) i++;
        if (i == count)
            json_members_add_unknown(e, w.key, near.best);
        else if (members[i].count > 0)
            param_errors_add(e, w.key, "given twice");
        else
            members[i] = w.value;
    }
    return e->count == 0;
}
