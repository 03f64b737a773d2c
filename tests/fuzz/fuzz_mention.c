/* SPDX-License-Identifier: MIT */
/* Whatever a text is, its hashtags and links are parts of it, and in one form.
 *
 * covers: pipeline/queries/mention.c */
#include "pipeline/queries/mention.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(text words, bool (*next)(text, size_t *, text *),
                  bool (*fold)(text, char *, text *)) {
    char room[MENTION_ROOM];
    text found, folded;
    for (size_t at = 0, before = 0; next(words, &at, &found); before = at) {
        assert(at > before && at <= words.count && found.count > 0);
        assert(found.bytes >= words.bytes && found.bytes + found.count <= words.bytes + at);
        if (!fold(found, room, &folded)) continue;
        assert(folded.count > 0 && folded.count <= MENTION_ROOM);
        text host = link_host(folded);
        assert(host.count <= folded.count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size + 1); /* So that reading beyond the end is seen. */
    char room[MENTION_ROOM];
    text folded;
    if (copy == NULL) return 0;
    if (size > 0) memcpy(copy, data, size);
    char *end = realloc(copy, size > 0 ? size : 1);
    text words = {end, size};
    check(words, hashtag_next, hashtag_fold);
    check(words, link_next, link_fold);
    (void)hashtag_fold(words, room, &folded);
    (void)link_fold(words, room, &folded);
    free(end);
    return 0;
}
