/* SPDX-License-Identifier: MIT */
/* What clients bring back or send: cursors, bodies, Accept; and answers made files.
 *
 * covers: server/rest/cursor.c server/rest/control.c server/base/json_walk.c server/rest/export.c
 * server/rest/export_pages.c server/base/csv.c server/http/negotiate.c server/rest/fix_order.c
 * server/rest/note_order.c server/base/json_members.c */
#include "server/base/csv.h"
#include "server/base/json_walk.h"
#include "server/http/negotiate.h"
#include "server/rest/control.h"
#include "server/rest/cursor.h"
#include "server/rest/export.h"
#include "server/rest/fix_order.h"
#include "server/rest/note_order.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No bytes are a cursor but those that were given. */
static void read_cursor(text t) {
    static cursor_key k;
    static buffer given;
    query_cursor c = {{1, 2, 3}};
    if (k.boot == 0) {
        cursor_key_make(&k, 7);
        cursor_write(&k, &c, TEXT("q"), 10, &given);
    }
    cursor_verdict v = cursor_read(&k, t, TEXT("q"), 10, &c);
    assert(v != CURSOR_GOOD || text_equal(t, buffer_text(&given)));
    /* A letter of it changed, where and how the input says. */
    if (t.count < 2) return;
    char forged[512];
    size_t at = (unsigned char)t.bytes[0] % given.count;
    memcpy(forged, given.bytes, given.count);
    forged[at] = t.bytes[1];
    v = cursor_read(&k, (text){forged, given.count}, TEXT("q"), 10, &c);
    assert((v == CURSOR_GOOD) == (forged[at] == given.bytes[at]));
}

static void read_order(text t) {
    source_order o;
    param_errors e = {0};
    if (control_read(t, &o, &e)) {
        assert(o.kind != SOURCE_SPEED || o.speed == 0 || (o.speed >= 0.1 && o.speed <= 1e9));
    } else {
        assert(e.count > 0);
    }
}

static void read_fix(text t) {
    fixing_order o;
    buffer texts = {0};
    param_errors e = {0};
    if (fix_order_read(t, &o, &texts, &e))
        assert(o.undo != 0 || o.where.count + o.set.count == texts.count);
    else
        assert(e.count > 0);
    buffer_deinit(&texts);
}

static void read_note(text t) {
    note n;
    buffer words = {0};
    param_errors e = {0};
    if (note_order_read(t, &n, &words, &e)) {
        assert(n.at_ms >= 0 && n.until_ms >= n.at_ms && utf8_valid(n.words));
        assert(n.words.count > 0 && n.words.count <= NOTE_BYTES_MAX);
        assert(memchr(n.words.bytes, '\n', n.words.count) == NULL);
    } else {
        assert(e.count > 0);
    }
    buffer_deinit(&words);
}

/* Walking sees what is there, once, and within the text. */
static void walk(text t, unsigned depth) {
    for (json_walk w = {.container = t}; json_walk_next(&w);) {
        assert(w.value.count > 0 && w.value.bytes >= t.bytes);
        assert(w.value.bytes + w.value.count <= t.bytes + t.count);
        buffer plain = {0};
        if (json_walk_string(w.value, &plain) && utf8_valid(w.value))
            assert(utf8_valid(buffer_text(&plain)));
        buffer_deinit(&plain);
        if (depth < 40) walk(w.value, depth + 1);
    }
}

/* A table's first cell never begins as a formula does, and its quotes are closed. */
static void make_cell(text t) {
    buffer b = {0};
    csv_writer w = csv_to(&b);
    size_t quotes = 0;
    csv_put_text(&w, t);
    for (size_t i = 0; i < b.count; i++) quotes += b.bytes[i] == '"';
    assert(quotes % 2 == 0);
    assert(b.count == 0 || strchr("=+-@\t\r\n", b.bytes[0] == '\0' ? 'x' : b.bytes[0]) == NULL);
    buffer_deinit(&b);
}

static void export_any(text t) {
    for (size_t i = 0; i < export_kind_count; i++) {
        for (int format = EXPORT_CSV; format <= EXPORT_GEOJSON; format++) {
            buffer b = {0};
            const export_choice c = {.kind = &export_kinds[i], .format = (export_format)format};
            if (format == EXPORT_GEOJSON && c.kind->point == NULL) continue;
            export_write(&c, t, &b);
            buffer_deinit(&b);
        }
    }
}

static void choose(text t) {
    static const char *const types[] = {"application/json", "text/csv; charset=utf-8", NULL};
    buffer rest = {0};
    export_choice c;
    param_errors e = {0};
    if (export_choose(t, EXPORT_CSV, &c, &rest, &e)) assert(c.kind != NULL);
    buffer_deinit(&rest);
    (void)negotiate_type(t, types);
    (void)negotiate_accepts(t, TEXT("gzip"));
    (void)negotiate_knows(t, "W/\"1-2\"");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size + 1); /* So that reading beyond the end is seen. */
    text value;
    if (copy == NULL || size == 0) {
        free(copy);
        return 0;
    }
    memcpy(copy, data, size);
    text t = {copy + 1, size - 1};
    switch (copy[0] % 5) {
    case 0: read_cursor(t); break;
    case 1:
        read_order(t);
        read_fix(t);
        read_note(t);
        break;
    case 2:
        if (json_walk_whole(t, &value)) walk(value, 0);
        if (json_walk_whole(t, &value) && json_walk_is(value, '{')) export_any(value);
        break;
    case 3: make_cell(t); break;
    default: choose(t); break;
    }
    free(copy);
    return 0;
}
