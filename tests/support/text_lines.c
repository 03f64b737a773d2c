/* SPDX-License-Identifier: MIT */
#include "tests/support/text_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool read_all(text_lines *t, const char *path, size_t *count) {
    struct stat s;
    FILE *f = fopen(path, "rb");
    if (f == NULL) return false;
    bool is_read = fstat(fileno(f), &s) == 0;
    if (is_read) {
        *count = (size_t)s.st_size;
        t->bytes = malloc(*count + 1);
        is_read = t->bytes != NULL && fread(t->bytes, 1, *count, f) == *count;
    }
    (void)fclose(f);
    return is_read;
}

bool text_lines_load(text_lines *t, const char *path) {
    size_t count = 0, end;
    *t = (text_lines){0};
    if (!read_all(t, path, &count)) return false;
    size_t room = 1;
    for (size_t i = 0; i < count; i++) room += t->bytes[i] == '\n';
    t->lines = calloc(room, sizeof *t->lines);
    if (t->lines == NULL) return false;
    for (text rest = {t->bytes, count}; rest.count > 0;
         rest = text_slice(rest, end + 1, rest.count)) {
        if (!text_find_byte(rest, '\n', &end)) end = rest.count;
        t->lines[t->count++] = text_slice(rest, 0, end);
    }
    return true;
}

void text_lines_unload(text_lines *t) {
    free(t->bytes);
    free(t->lines);
    *t = (text_lines){0};
}

text text_field(text line, size_t number) {
    size_t tab;
    for (; number > 0; number--) {
        if (!text_find_byte(line, '\t', &tab)) return (text){NULL, 0};
        line = text_slice(line, tab + 1, line.count);
    }
    return text_find_byte(line, '\t', &tab) ? text_slice(line, 0, tab) : line;
}
