/* SPDX-License-Identifier: MIT */
/* Any bytes as what a frame holds, as a frame, and as a row of which some is forgotten;
 * and what could be read is the same when it is written and read again.
 *
 * covers: pipeline/store/journal_codec.c pipeline/store/frame.c pipeline/store/id_filter.c */
#include <assert.h>

#include "pipeline/store/forget_set.h"
#include "tests/support/some_records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(text t) {
    journal_decoder d = {0}, again = {0};
    buffer bytes = {0};
    if (journal_decode(&d, t) == STATUS_OK) {
        const record_batch *b = d.batch;
        assert(journal_encode(b->records, b->record_count, d.tallies, d.tally_count, &bytes) ==
               STATUS_OK);
        assert(journal_decode(&again, buffer_text(&bytes)) == STATUS_OK);
        assert(again.batch->record_count == b->record_count && again.tally_count == d.tally_count);
        for (size_t i = 0; i < b->record_count; i++)
            assert(some_records_equal(&b->records[i], &again.batch->records[i]));
    }
    buffer_deinit(&bytes);
    journal_decoder_deinit(&d);
    journal_decoder_deinit(&again);
}

static void forget(text filters, text bodies) {
    forget_set set = {0};
    frame_row row = {0};
    uint64_t dropped;
    assert(forget_set_add(&set, ID_OF_TWEET, 1, 0) == STATUS_OK);
    assert(forget_set_add(&set, ID_OF_USER, 2, 0) == STATUS_OK);
    frame_forgets f = forget_set_sort(&set);
    (void)frame_filters_meet(filters, &f);
    (void)frame_row_forget(filters, bodies, &f, &row, &dropped);
    frame_row_deinit(&row);
    forget_set_deinit(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    text t = {(const char *)data, size};
    frame_row row = {0};
    decode(t);
    if (frame_row_add_written(&row, t) == STATUS_OK)
        forget(buffer_text(&row.filters), buffer_text(&row.bodies));
    /* A row whose body can be read, and whose filter is any bytes. */
    random_source chance = {size};
    record_batch *b = record_batch_new();
    frame_row_clear(&row);
    assert(b != NULL && some_records(&chance, 20, b));
    assert(frame_row_add(&row, b->records, b->record_count, NULL, 0) == STATUS_OK);
    forget(t, buffer_text(&row.bodies));
    forget(buffer_text(&row.filters), t);
    record_batch_free(b);
    frame_row_deinit(&row);
    return 0;
}
