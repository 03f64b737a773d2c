/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/fix_json.h"

#include "pipeline/queries/shapes.h"

enum { SAMPLE_BYTES_MAX = 280 };

static void write_fields(json_writer *w, const char *key, const uint64_t counts[RULE_FIELDS]) {
    json_key(w, key);
    json_begin_object(w);
    for (rule_field f = 0; f < RULE_FIELDS; f++) {
        if (counts[f] == 0) continue;
        json_key(w, rule_field_name(f));
        json_put_u64(w, counts[f]);
    }
    json_end_object(w);
}

static void write_effect(json_writer *w, const fix_effect *e) {
    json_field(w, "tweets", u64, e->tweets);
    json_field(w, "users", u64, e->users);
    json_key(w, "changes");
    json_begin_object(w);
    write_fields(w, "tweets", e->tweet_fields);
    write_fields(w, "users", e->user_fields);
    json_end_object(w);
    json_field(w, "refused", u64, e->refused);
}

/* What fits of a text, without half a letter at its end. */
static text cut(text t) {
    size_t at = 0, end = 0;
    if (t.count <= SAMPLE_BYTES_MAX) return t;
    while (at < SAMPLE_BYTES_MAX) {
        end = at;
        (void)utf8_next(t, &at);
    }
    return text_slice(t, 0, at == SAMPLE_BYTES_MAX ? at : end);
}

static void put_value(json_writer *w, rule_field f, const rule_value *v) {
    switch (f) {
    case RULE_CREATED: json_put_time(w, (int64_t)v->number); break;
    case RULE_FOLLOWERS:
    case RULE_TWEETS: json_put_u64(w, v->number); break;
    case RULE_REPLY_TO:
    case RULE_RETWEET_OF:
    case RULE_QUOTE_OF: v->number == 0 ? json_put_null(w) : json_put_id(w, v->number); break;
    default: json_put_text(w, cut(v->words)); break;
    }
}

void fix_write_samples(json_writer *w, const fix_preview *p) {
    json_key(w, "samples");
    json_begin_array(w);
    for (size_t i = 0; i < p->sample_count; i++) {
        const fix_sample *s = &p->samples[i];
        json_begin_object(w);
        json_key(w, s->is_user ? "user" : "tweet");
        json_put_id(w, s->id);
        json_field(w, "field", string, rule_field_name(s->field));
        json_key(w, "before");
        put_value(w, s->field, &s->before);
        json_key(w, "after");
        put_value(w, s->field, &s->after);
        json_end_object(w);
    }
    json_end_array(w);
}

void fix_write_board(json_writer *w, const moment *m, const fix_board *b) {
    json_key(w, "board");
    if (b == NULL) {
        json_put_null(w);
        return;
    }
    json_begin_array(w);
    for (size_t i = 0; i < b->count; i++) {
        const fix_board_row *row = &b->rows[i];
        const user_row *u = moment_user(m, row->user);
        json_begin_object(w);
        json_field(w, "rank", u64, i + 1);
        json_field(w, "was", u64, row->was);
        json_field(w, "id", id, idmap_id(m->graph->user_ids, row->user));
        json_field(w, "username", text, u == NULL ? TEXT("") : strings_get(m->names, u->username));
        json_field(w, "influence", double, weight_to_double(row->after));
        json_field(w, "before", double, weight_to_double(row->before));
        json_end_object(w);
    }
    json_end_array(w);
}

void fix_write_fields(json_writer *w, const fix *x) {
    json_field(w, "number", u64, x->number);
    json_field(w, "where", text, x->where);
    json_field(w, "set", text, x->set);
    json_field(w, "made_at", time, x->made_ms);
    json_field(w, "now", time, x->now_ms);
    json_field(w, "version", i64, x->version);
    json_field(w, "undone", bool, x->is_undone);
    write_effect(w, &x->effect);
}
