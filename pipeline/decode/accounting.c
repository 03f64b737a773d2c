/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/accounting.h"

#include <assert.h>

void accounting_add(accounting *a, const record_batch *b) {
    a->items += b->item_count;
    for (size_t i = 0; i < b->item_count; i++) {
        reason r = reason_find(b->items[i].reason);
        assert(r < REASON_COUNT && reason_outcome(r) == b->items[i].outcome);
        a->outcomes[b->items[i].outcome]++;
        a->by_reason[r]++;
        if (b->items[i].missed > a->missed) a->missed = b->items[i].missed;
    }
}

void accounting_add_count(accounting *a, uint8_t outcome, const char *why, uint64_t count) {
    reason r = reason_find(why);
    if (outcome >= ITEM_OUTCOMES) return;
    a->items += count;
    a->outcomes[outcome] += count;
    if (r < REASON_COUNT && reason_outcome(r) == outcome) a->by_reason[r] += count;
}

const char *accounting_advice(const accounting *a) {
    reason most = REASON_ACCEPTED;
    uint64_t count = 0;
    if (a->outcomes[ITEM_ACCEPTED] + a->outcomes[ITEM_REPAIRED] > 0) return NULL;
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++) {
        bool is_none = reason_outcome(r) == ITEM_REJECTED || r == REASON_UNKNOWN;
        if (!is_none || a->by_reason[r] <= count) continue;
        most = r;
        count = a->by_reason[r];
    }
    if (count == 0 || reason_advice(most) != NULL) return reason_advice(most);
    return "this is no dump of tweets that dunlin knows";
}

static void write_reasons(const accounting *a, json_writer *w, const char *key, item_outcome o) {
    json_key(w, key);
    json_begin_object(w);
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++)
        if (reason_outcome(r) == o && a->by_reason[r] > 0)
            json_field(w, reason_key(r), u64, a->by_reason[r]);
    json_end_object(w);
}

static void write_outcomes(const accounting *a, json_writer *w) {
    json_field(w, "accepted", u64, a->outcomes[ITEM_ACCEPTED]);
    json_field(w, "repaired", u64, a->outcomes[ITEM_REPAIRED]);
    json_field(w, "ignored", u64, a->outcomes[ITEM_IGNORED]);
    json_field(w, "rejected", u64, a->outcomes[ITEM_REJECTED]);
}

void accounting_write_keys(const accounting *a, json_writer *w) {
    json_key(w, "outcomes");
    json_begin_object(w);
    write_outcomes(a, w);
    json_end_object(w);
    json_key(w, "reasons");
    json_begin_object(w);
    for (reason r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++)
        if (a->by_reason[r] > 0) json_field(w, reason_key(r), u64, a->by_reason[r]);
    json_end_object(w);
}

void accounting_write_json(const accounting *a, buffer *out) {
    json_writer w = json_to(out);
    json_begin_object(&w);
    json_field(&w, "items", u64, a->items);
    write_outcomes(a, &w);
    write_reasons(a, &w, "ignored_by", ITEM_IGNORED);
    write_reasons(a, &w, "rejected_by", ITEM_REJECTED);
    write_reasons(a, &w, "repaired_by", ITEM_REPAIRED);
    json_end_object(&w);
    buffer_add_byte(out, '\n');
}
