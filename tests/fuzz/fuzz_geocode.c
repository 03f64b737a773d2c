/* SPDX-License-Identifier: MIT */
/* Any bytes, as a location, as lines of a pipe, as a table of places, as a gazetteer.
 * geocode/explain.c geocode/find.c geocode/mentions.c geocode/pipe.c geocode/place_table.c
 * geocode/tokens.c
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "geocode/pipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gazetteer *g;

static void check_place(const place *p) {
    assert(p->lat_e7 >= -900000000 && p->lat_e7 <= 900000000);
    assert(p->lon_e7 >= -1800000000 && p->lon_e7 <= 1800000000);
    assert(p->area_e4 >= 0 && p->confidence >= 0 && p->confidence <= 1);
    assert(strlen(p->country) == 2 || p->country[0] == '\0');
    assert(utf8_valid(p->name));
}

static void check_location(text t) {
    place p, again;
    buffer b = {0};
    bool is_found = gazetteer_find(g, t, &p);
    assert(is_found == gazetteer_find(g, t, &again));
    if (is_found) check_place(&p);
    assert(!is_found || (p.lat_e7 == again.lat_e7 && p.lon_e7 == again.lon_e7));
    gazetteer_explain(g, t, &b);
    assert(b.failed || (utf8_valid(buffer_text(&b)) && memchr(b.bytes, '\n', b.count) == NULL));
    buffer_clear(&b);
    geocode_describe(g, NULL, t, &b);
    assert(b.failed || memchr(b.bytes, '\x1B', b.count) == NULL);
    buffer_deinit(&b);
}

static size_t line_count(text t, bool counts_rest) {
    size_t count = 0;
    for (size_t i = 0; i < t.count; i++) count += t.bytes[i] == '\n';
    return count + (counts_rest && t.count > 0 && t.bytes[t.count - 1] != '\n');
}

static void check_pipe(text t, bool json_strings) {
    char *out_bytes = NULL;
    size_t out_count = 0;
    if (t.count == 0) return;
    FILE *in = fmemopen((void *)(uintptr_t)t.bytes, t.count, "r");
    FILE *out = open_memstream(&out_bytes, &out_count);
    assert(in != NULL && out != NULL);
    assert(geocode_pipe(g, NULL, json_strings, in, out, false) == STATUS_OK);
    (void)fclose(in);
    (void)fclose(out);
    assert(line_count((text){out_bytes, out_count}, false) == line_count(t, true));
    free(out_bytes);
}

/* Calls `load` with the path of a file that holds the bytes. */
static void with_file(text t, void (*load)(const char *path)) {
    char path[64];
    int fd = memfd_create("fuzz", 0);
    if (fd < 0) return;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write(fd, t.bytes, t.count) == (ssize_t)t.count) load(path);
    close(fd);
}

static void load_table(const char *path) {
    place_table *t;
    place p;
    uint64_t line;
    const char *why;
    status s = place_table_load(path, &t, &line, &why);
    assert((s == STATUS_OK) == (t != NULL));
    assert(s != STATUS_BAD_FORMAT || (line > 0 && why[0] != '\0'));
    if (t != NULL && place_table_find(t, TEXT("a"), &p)) check_place(&p);
    place_table_free(t);
}

static void load_gazetteer(const char *path) {
    gazetteer *other;
    assert(gazetteer_open(path, &other) != STATUS_OK && other == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    text t = {(const char *)data, size};
    if (g == NULL && gazetteer_builtin(&g) != STATUS_OK) abort();
    if (size == 0) return 0;
    text rest = text_slice(t, 1, size);
    switch (data[0]) {
    case 'P': check_pipe(rest, false); break;
    case 'J': check_pipe(rest, true); break;
    case 'T': with_file(rest, load_table); break;
    case 'G': with_file(rest, load_gazetteer); break;
    default: check_location(t);
    }
    return 0;
}
