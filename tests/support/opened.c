/* SPDX-License-Identifier: MIT */
#include "tests/support/opened.h"

#include <stdlib.h>
#include <unistd.h>

sentiment_model *sentiments;
place_table *listed_places;

int open_sentiments(void **state) {
    (void)state;
    return sentiment_model_builtin(&sentiments) == STATUS_OK ? 0 : 1;
}

int close_sentiments(void **state) {
    (void)state;
    sentiment_model_free(sentiments);
    return 0;
}

int open_sentiments_and_places(const char *lines) {
    uint64_t line;
    const char *why;
    if (load_places(text_of(lines), &listed_places, &line, &why) != STATUS_OK) return 1;
    return open_sentiments(NULL);
}

int close_sentiments_and_places(void **state) {
    place_table_free(listed_places);
    return close_sentiments(state);
}

status load_places(text content, place_table **table, uint64_t *line, const char **why) {
    char path[] = "/tmp/dunlin-places-XXXXXX";
    int file = mkstemp(path);
    if (file < 0) return STATUS_CANNOT_OPEN;
    bool is_written = write(file, content.bytes, content.count) == (ssize_t)content.count;
    (void)close(file);
    status s = is_written ? place_table_load(path, table, line, why) : STATUS_CANNOT_WRITE;
    (void)unlink(path);
    return s;
}
