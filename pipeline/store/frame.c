/* SPDX-License-Identifier: MIT */
#include "pipeline/store/frame.h"

#include <stdlib.h>

#include "pipeline/store/packing.h"

enum { FRAME_VERSION = 1 };

void frame_row_clear(frame_row *row) {
    row->latest_ms = INT64_MIN;
    row->records = row->sequence = 0;
    buffer_clear(&row->filters);
    buffer_clear(&row->bodies);
}

void frame_row_deinit(frame_row *row) {
    buffer_deinit(&row->filters);
    buffer_deinit(&row->bodies);
}

static int64_t latest_of(const record *r) {
    if (r->kind == RECORD_FIX || r->kind == RECORD_UNDO_FIX) return FRAME_FOR_EVER;
    bool has_time = r->kind == RECORD_TWEET && (r->fields & TWEET_CREATED) != 0;
    return has_time ? r->tweet.created_ms : r->observed_ms;
}

/* The ids by which a record is forgotten; how many. */
static size_t ids_of(const record *r, id_kind kinds[2], uint64_t ids[2]) {
    size_t count = 0;
    if (r->kind == RECORD_TWEET) {
        kinds[count] = ID_OF_TWEET;
        ids[count++] = r->tweet.id;
    }
    uint64_t user = r->kind == RECORD_USER ? r->user.id : 0;
    if (r->kind == RECORD_TWEET && (r->fields & TWEET_AUTHOR) != 0) user = r->tweet.author_id;
    if (user != 0) {
        kinds[count] = ID_OF_USER;
        ids[count++] = user;
    }
    return count;
}

static status add_filter(frame_row *row, const record *records, size_t count) {
    uint32_t *hashes = malloc((count * 2 + 1) * sizeof(*hashes));
    id_kind kinds[2];
    uint64_t ids[2];
    size_t found = 0;
    if (hashes == NULL) return STATUS_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        size_t of_record = ids_of(&records[i], kinds, ids);
        for (size_t k = 0; k < of_record; k++) hashes[found++] = id_filter_hash(kinds[k], ids[k]);
    }
    id_filter_write(hashes, id_filter_sort(hashes, found), &row->filters);
    free(hashes);
    return row->filters.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static status add_body(frame_row *row, text packed) {
    varint_add(&row->bodies, packed.count);
    buffer_add(&row->bodies, packed);
    return row->bodies.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

status frame_row_add(frame_row *row, const record *records, size_t count,
                     const store_tally *tallies, size_t tally_count) {
    buffer plain = {0}, packed = {0};
    status s = journal_encode(records, count, tallies, tally_count, &plain);
    if (s == STATUS_OK) s = packing_press(buffer_text(&plain), &packed);
    if (s == STATUS_OK) s = add_filter(row, records, count);
    if (s == STATUS_OK) s = add_body(row, buffer_text(&packed));
    for (size_t i = 0; i < count; i++) {
        int64_t latest = latest_of(&records[i]);
        if (latest > row->latest_ms) row->latest_ms = latest;
    }
    row->records += count;
    buffer_deinit(&plain);
    buffer_deinit(&packed);
    return s;
}

status frame_row_write(const frame_row *row, buffer *frame) {
    varint_add(frame, FRAME_VERSION);
    varint_add(frame, varint_fold(row->latest_ms));
    varint_add(frame, row->records);
    varint_add(frame, row->sequence);
    varint_add(frame, row->filters.count);
    varint_add(frame, row->bodies.count);
    buffer_add(frame, buffer_text(&row->filters));
    buffer_add(frame, buffer_text(&row->bodies));
    return frame->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

status frame_row_add_written(frame_row *row, text frame) {
    varint_reader r = varint_read(frame);
    uint64_t version = varint_take(&r);
    int64_t latest_ms = varint_unfold(varint_take(&r));
    uint64_t records = varint_take(&r), sequence = varint_take(&r);
    uint64_t filter_bytes = varint_take(&r), body_bytes = varint_take(&r);
    text filters = varint_take_bytes(&r, filter_bytes), bodies = varint_take_bytes(&r, body_bytes);
    if (r.failed || version != FRAME_VERSION || r.at != r.end) return STATUS_BAD_DATA;
    buffer_add(&row->filters, filters);
    buffer_add(&row->bodies, bodies);
    if (sequence > row->sequence) row->sequence = sequence;
    if (latest_ms > row->latest_ms) row->latest_ms = latest_ms;
    row->records += records;
    return row->filters.failed || row->bodies.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static status next_body(text *bodies, text *packed) {
    varint_reader r = varint_read(*bodies);
    if (bodies->count == 0) return STATUS_END;
    *packed = varint_take_bytes(&r, varint_take(&r));
    *bodies = (text){r.at, (size_t)(r.end - r.at)};
    return r.failed ? STATUS_BAD_DATA : STATUS_OK;
}

static status open_body(text packed, buffer *room, journal_decoder *d) {
    buffer_clear(room);
    status s = packing_unpress(packed, room);
    return s == STATUS_OK ? journal_decode(d, buffer_text(room)) : s;
}

status frame_open(text *bodies, buffer *room, journal_decoder *d) {
    text packed;
    status s = next_body(bodies, &packed);
    return s == STATUS_OK ? open_body(packed, room, d) : s;
}

bool frame_filters_meet(text filters, const frame_forgets *f) {
    varint_reader r = varint_read(filters);
    if (filters.count == 0) return true;
    while (r.at < r.end)
        if (id_filter_meets(&r, f->hashes, f->hash_count)) return true;
    return false;
}

static bool is_to_go(const record *r, const frame_forgets *f) {
    id_kind kinds[2];
    uint64_t ids[2];
    size_t count = ids_of(r, kinds, ids);
    for (size_t i = 0; i < count; i++)
        if (f->is_named(f->context, kinds[i], ids[i])) return true;
    return false;
}

static size_t drop_named(record_batch *b, const frame_forgets *f) {
    size_t kept = 0, before = b->record_count;
    for (size_t i = 0; i < before; i++)
        if (!is_to_go(&b->records[i], f)) b->records[kept++] = b->records[i];
    b->record_count = kept;
    return before - kept;
}

/* A body of which nothing is to go, or that cannot be read, as it is. */
static status copy_body(frame_row *to, text packed, text filter, const record_batch *known) {
    status s = add_body(to, packed);
    if (s != STATUS_OK) return s;
    if (filter.count == 0)
        return add_filter(to, known == NULL ? NULL : known->records,
                          known == NULL ? 0 : known->record_count);
    buffer_add(&to->filters, filter);
    return to->filters.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static status forget_body(frame_row *to, text packed, text filter, const frame_forgets *f,
                          journal_decoder *d, uint64_t *dropped) {
    buffer room = {0};
    status s = open_body(packed, &room, d);
    size_t gone = s == STATUS_OK ? drop_named(d->batch, f) : 0;
    if (s == STATUS_BAD_DATA)
        s = copy_body(to, packed, filter, NULL);
    else if (s == STATUS_OK && gone == 0)
        s = copy_body(to, packed, filter, d->batch);
    else if (s == STATUS_OK)
        s = frame_row_add(to, d->batch->records, d->batch->record_count, d->tallies,
                          d->tally_count);
    *dropped += gone;
    buffer_deinit(&room);
    return s;
}

status frame_row_forget(text filters, text bodies, const frame_forgets *f, frame_row *to,
                        uint64_t *dropped) {
    journal_decoder d = {0};
    varint_reader r = varint_read(filters);
    text packed;
    status s;
    *dropped = 0;
    while ((s = next_body(&bodies, &packed)) == STATUS_OK) {
        const char *begin = r.at;
        bool may_meet = filters.count == 0 || id_filter_meets(&r, f->hashes, f->hash_count);
        text filter = {begin, r.failed ? 0 : (size_t)(r.at - begin)}; /* Else made anew. */
        s = may_meet ? forget_body(to, packed, filter, f, &d, dropped)
                     : copy_body(to, packed, filter, NULL);
        if (s != STATUS_OK) break;
    }
    journal_decoder_deinit(&d);
    return s == STATUS_END ? STATUS_OK : s;
}
