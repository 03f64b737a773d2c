/* SPDX-License-Identifier: MIT */
/* Any bytes as HTML: no more comes out than goes in, UTF-8 stays UTF-8, links are addresses.
 * covers: pipeline/decode/html_text.c */
#include <assert.h>
#include <stdlib.h>

#include "pipeline/decode/html_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_links(text links) {
    size_t end;
    while (links.count > 0) {
        if (!text_find_byte(links, '\n', &end)) end = links.count;
        assert(text_starts_with(links, TEXT("http")) && end > 7);
        links = text_slice(links, end + 1, links.count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    text html = {(const char *)data, size};
    char *out = malloc(size + 1); /* The sanitizer sees the first byte too many. */
    char *exact = realloc(out, size > 0 ? size : 1);
    if (exact == NULL) abort();
    bool is_valid = utf8_valid(html);
    text words = html_text(html, exact);
    assert(words.count <= size && (!is_valid || utf8_valid(words)));
    text post = html_post_text(html, exact);
    assert(post.count <= size && (!is_valid || utf8_valid(post)));
    text links = html_links(html, exact);
    assert(links.count <= size && (!is_valid || utf8_valid(links)));
    check_links(links);
    free(exact);
    return 0;
}
