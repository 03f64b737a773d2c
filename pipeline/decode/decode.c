/* SPDX-License-Identifier: MIT */
/* decode -- lines to items, and the verdict on each.
 *
 * The fast parser reads; what it refuses goes to the strict one, whose word counts;
 * what that refuses is repaired, if it can be, and read once more. */
#include "pipeline/decode/decode.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/decode/line.h"
#include "pipeline/decode/repair.h"
#include "pipeline/decode/values.h"

enum { TWEET_ID_MIN = 1000000 };

struct decoder {
    line line;
    json_reader *fast, *strict;
    buffer repaired;
    bool is_strict;
};

decoder *decoder_new(void) {
    decoder *d = calloc(1, sizeof(*d));
    if (d == NULL) return NULL;
    d->fast = fast_reader_new();
    d->strict = strict_reader_new();
    if (d->fast == NULL || d->strict == NULL || !line_init(&d->line)) {
        decoder_free(d);
        return NULL;
    }
    return d;
}

void decoder_free(decoder *d) {
    if (d == NULL) return;
    if (d->fast != NULL) d->fast->free(d->fast);
    if (d->strict != NULL) d->strict->free(d->strict);
    buffer_deinit(&d->repaired);
    line_deinit(&d->line);
    free(d);
}

void decoder_set_latest(decoder *d, int64_t latest_ms) {
    d->line.latest_ms = latest_ms;
}

void decoder_set_geo(decoder *d, bool wants_geo) {
    d->line.wants_geo = wants_geo;
}

void decoder_set_strict(decoder *d, bool is_strict) {
    d->is_strict = is_strict;
}

/* One line of the chunk: its text, number, and what the items made of it share. */
typedef struct {
    text bytes, kept; /* kept: copied for the first rejected item. */
    uint64_t number;
    uint32_t file;
    reason repaired; /* REASON_ACCEPTED: it needed none. */
} source_line;

static read_verdict read_repaired(decoder *d, source_line *s, json_value *root) {
    reason repaired = repair_line(s->bytes, &d->repaired);
    if (d->repaired.failed) return READ_NO_MEMORY;
    if (repaired == REASON_ACCEPTED) return READ_REFUSED;
    s->repaired = repaired;
    return d->strict->read(d->strict, d->repaired.bytes, d->repaired.count, root);
}

static read_verdict read_json(decoder *d, source_line *s, json_value *root) {
    read_verdict v = READ_REFUSED;
    d->line.reader = d->fast;
    if (!d->is_strict) v = d->fast->read(d->fast, s->bytes.bytes, s->bytes.count, root);
    if (v != READ_REFUSED) return v;
    d->line.reader = d->strict;
    v = d->strict->read(d->strict, s->bytes.bytes, s->bytes.count, root);
    return v == READ_REFUSED ? read_repaired(d, s, root) : v;
}

/* The first rejected item of a line keeps its bytes; a line that is an array of
 * half a million bad elements is not kept half a million times. */
static void keep_bytes(decoder *d, source_line *s, item *i) {
    if (s->kept.bytes != NULL || s->bytes.count == 0) return;
    s->kept = arena_copy(d->line.out->memory, s->bytes);
    if (s->kept.bytes == NULL) d->line.no_memory = true;
    i->bytes = s->kept;
}

static void add_item(decoder *d, source_line *s, reason verdict, size_t first_record) {
    record_batch *out = d->line.out;
    item *i = record_batch_add_item(out);
    if (i == NULL) {
        d->line.no_memory = true;
        return;
    }
    bool is_good = reason_outcome(verdict) <= ITEM_REPAIRED;
    if (is_good && s->repaired != REASON_ACCEPTED) verdict = s->repaired;
    i->outcome = reason_outcome(verdict);
    i->reason = reason_key(verdict);
    i->file = s->file;
    i->line = s->number;
    i->first_record = (uint32_t)first_record;
    i->record_count = (uint32_t)(out->record_count - first_record);
    if (i->outcome == ITEM_REJECTED) keep_bytes(d, s, i);
}

static void add_object(decoder *d, source_line *s, reason verdict, size_t first_record) {
    add_item(d, s, verdict, first_record);
    if (d->line.no_memory) return;
    item *i = &d->line.out->items[d->line.out->item_count - 1];
    i->kind = d->line.kind;
    i->missed = d->line.missed;
}

static void read_value(decoder *d, source_line *s, const json_value *value, bool is_root);

/* Each element is an item; an empty array is one too. */
static void read_elements(decoder *d, source_line *s, const json_value *array) {
    json_cursor cursor = {0};
    json_value element;
    if (!d->line.reader->next(array, &cursor, &element)) {
        add_item(d, s, REASON_EMPTY_ARRAY, d->line.out->record_count);
        return;
    }
    do read_value(d, s, &element, false);
    while (!d->line.no_memory && d->line.reader->next(array, &cursor, &element));
}

/* Lists of ids are what people pass on of tweets.  Small numbers may be anything. */
static bool is_tweet_id(const json_value *v) {
    uint64_t id, about;
    return value_is_rounded_id(v, &about) || (value_to_id(v, &id) && id >= TWEET_ID_MIN);
}

/* The array of a search's response, as v1.1 and its premium kind call it. */
static const json_value *search_results(const json_value *v) {
    if (v[ITEM_statuses].kind == NODE_ARRAY) return &v[ITEM_statuses];
    return v[ITEM_results].kind == NODE_ARRAY ? &v[ITEM_results] : NULL;
}

/* A root may be many items: an array, or the response of a search. */
static void read_value(decoder *d, source_line *s, const json_value *value, bool is_root) {
    size_t first = d->line.out->record_count;
    json_value v[ITEM_KEY_COUNT];
    if (value->kind == NODE_OBJECT) {
        line_pick(&d->line, KEYS_ITEM, value, v);
        const json_value *found = is_root ? search_results(v) : NULL;
        if (found != NULL)
            read_elements(d, s, found);
        else
            add_object(d, s, line_read_object(&d->line, value, v), first);
    } else if (is_root && value->kind == NODE_ARRAY) {
        read_elements(d, s, value);
    } else {
        add_item(d, s, is_tweet_id(value) ? REASON_TWEET_ID : REASON_NOT_AN_OBJECT, first);
    }
}

static bool is_blank(text t) {
    for (size_t i = 0; i < t.count; i++)
        if (strchr(" \t\r", t.bytes[i]) == NULL || t.bytes[i] == '\0') return false;
    return true;
}

static reason refusal(read_verdict v) {
    return v == READ_TOO_DEEP ? REASON_TOO_DEEP : REASON_INVALID_JSON;
}

static void read_line(decoder *d, source_line *s) {
    size_t first = d->line.out->record_count;
    json_value root;
    if (s->bytes.count > LINE_BYTES_MAX) {
        add_item(d, s, REASON_TOO_LARGE, first);
        return;
    }
    if (is_blank(s->bytes)) {
        add_item(d, s, REASON_BLANK, first);
        return;
    }
    read_verdict v = read_json(d, s, &root);
    if (v == READ_NO_MEMORY)
        d->line.no_memory = true;
    else if (v != READ_OK)
        add_item(d, s, refusal(v), first);
    else
        read_value(d, s, &root, true);
}

status decoder_run(decoder *d, const source_chunk *chunk, record_batch *out) {
    const char *at = chunk->bytes, *end = chunk->bytes + chunk->count;
    d->line.out = out;
    reason repaired = chunk->was_utf16 ? REASON_UTF16 : REASON_ACCEPTED;
    d->line.no_memory = false;
    out->sequence = chunk->sequence;
    out->input_bytes = chunk->input_bytes;
    out->receipt = chunk->receipt;
    d->line.origin = chunk->origin;
    for (uint64_t number = chunk->first_line; at < end && !d->line.no_memory; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        source_line s = {{at, (size_t)(stop - at)}, {NULL, 0}, number, chunk->file, repaired};
        read_line(d, &s);
        at = stop + 1;
    }
    return d->line.no_memory ? STATUS_NO_MEMORY : STATUS_OK;
}
