/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/shapes.h"

#include "pipeline/base/times.h"
#include "sentiment/sentiment.h"
#include <stdio.h>

double weight_to_double(flow_i128 weight) {
    return (double)weight / 4294967296.0;
}

double degrees(int32_t e7) {
    return (double)e7 / 1e7;
}

void write_received(json_writer *w, const total_row *t) {
    double low, high, spread;
    json_begin_object(w);
    json_field(w, "n", u64, t->received);
    json_key(w, "mean");
    if (t->received == 0)
        json_put_null(w);
    else
        json_put_double(w, (double)t->score_sum / (double)t->received / 1e6);
    bool has_interval = mean_interval(t->received, t->score_sum, t->score_sq, &low, &high);
    json_key(w, "low");
    has_interval ? json_put_double(w, low) : json_put_null(w);
    json_key(w, "high");
    has_interval ? json_put_double(w, high) : json_put_null(w);
    json_key(w, "spread");
    if (mean_spread(t->received, t->score_sum, t->score_sq, &spread, &low))
        json_put_double(w, spread);
    else
        json_put_null(w);
    json_end_object(w);
}

text place_name(const place *p, char room[PLACE_NAME_ROOM]) {
    if (p->name.count > 0) return p->name;
    int count =
        snprintf(room, PLACE_NAME_ROOM, "%.4f, %.4f", degrees(p->lat_e7), degrees(p->lon_e7));
    return (text){room, (size_t)count};
}

text place_id_text(const place *p, char room[PLACE_ID_ROOM]) {
    int count = snprintf(room, PLACE_ID_ROOM, "%016llx", (unsigned long long)place_id(p));
    return (text){room, (size_t)count};
}

void write_place_fields(json_writer *w, const place *p) {
    char room[PLACE_NAME_ROOM];
    json_field(w, "name", text, place_name(p, room));
    json_field(w, "lat", double, degrees(p->lat_e7));
    json_field(w, "lon", double, degrees(p->lon_e7));
    json_key(w, "country");
    p->country[0] == '\0' ? json_put_null(w) : json_put_string(w, p->country);
}

void write_place(json_writer *w, const place *p) {
    if (p == NULL) {
        json_put_null(w);
        return;
    }
    json_begin_object(w);
    write_place_fields(w, p);
    json_end_object(w);
}

const place *place_of_user(const moment *m, uint32_t user, uint32_t *number, bool *makes_point) {
    *makes_point = false;
    return moment_place_of_user(m, user, number, makes_point) ? places_get(m->places, *number)
                                                              : NULL;
}

/* Who someone is: id, username, name, location, place. */
static void write_identity(json_writer *w, const moment *m, uint32_t user, uint32_t *place_number,
                           bool *makes_point) {
    const user_row *u = moment_user(m, user);
    json_field(w, "id", id, idmap_id(m->graph->user_ids, user));
    json_field(w, "username", text, u == NULL ? TEXT("") : strings_get(m->names, u->username));
    json_field(w, "name", text, u == NULL ? TEXT("") : strings_get(m->names, u->name));
    json_field(w, "location", text, u == NULL ? TEXT("") : strings_get(m->names, u->location));
    json_key(w, "place");
    write_place(w, place_of_user(m, user, place_number, makes_point));
}

static void write_followers(json_writer *w, const moment *m, uint32_t user) {
    const audience_row *a = flow_view_find(m->snapshot, m->graph->audience_view, user);
    json_field(w, "followers", u64, a == NULL ? 0 : a->followers);
}

void write_counts(json_writer *w, const total_row *t) {
    json_field(w, "responses", u64, t->responses);
    json_field(w, "retweets", u64, t->retweets);
    json_field(w, "replies", u64, t->replies);
    json_field(w, "quotes", u64, t->quotes);
}

void write_sums(json_writer *w, const board_line *s, unsigned show) {
    write_counts(w, &s->total);
    if ((show & SHOW_RESPONDERS) != 0) json_field(w, "responders", u64, s->responders);
    if ((show & SHOW_RECENT) != 0) json_field(w, "recent", double, weight_to_double(s->recent));
    json_field(w, "influence", double, weight_to_double(s->total.influence));
    json_key(w, "received");
    write_received(w, &s->total);
}

void write_clean(json_writer *w, const moment *m, uint32_t user) {
    static const clean_row none;
    const clean_row *c = flow_view_find(m->snapshot, m->graph->clean_view, user);
    if (c == NULL) c = &none;
    json_key(w, "clean");
    json_begin_object(w);
    json_field(w, "responses", u64, c->responses);
    json_field(w, "close", u64, c->close);
    json_field(w, "medium", u64, c->medium);
    json_field(w, "far", u64, c->far);
    json_field(w, "influence", double, weight_to_double(c->influence));
    json_end_object(w);
}

void write_author_fields(json_writer *w, const moment *m, const board_line *s, unsigned show,
                         bool of_all_time) {
    uint32_t place_number = NO_NUMBER, user = s->total.id;
    bool makes_point;
    write_identity(w, m, user, &place_number, &makes_point);
    json_field(w, "map_point", bool, makes_point);
    json_key(w, "verdict");
    makes_point ? json_put_string(w, place_verdict_text(moment_judge(m, place_number).verdict))
                : json_put_null(w);
    write_followers(w, m, user);
    write_sums(w, s, show);
    if (of_all_time) write_clean(w, m, user);
}

void write_tweet_fields(json_writer *w, const moment *m, const board_line *s, unsigned show) {
    const tweet_row *row = moment_tweet(m, s->total.id);
    if (row == NULL) return; /* Totals are of known tweets only. */
    json_field(w, "id", id, idmap_id(m->graph->tweet_ids, row->tweet));
    json_field(w, "author_id", id, idmap_id(m->graph->user_ids, row->author));
    json_field(w, "created_at", time, row->created_ms);
    json_field(w, "text", text, texts_get(m->texts, row->text));
    json_field(w, "kind", string, tweet_kind_text((tweet_kind)row->kind));
    json_key(w, "reference_id");
    row->ref == NO_NUMBER ? json_put_null(w)
                          : json_put_id(w, idmap_id(m->graph->tweet_ids, row->ref));
    json_field(w, "lang", text, strings_get(m->langs, row->lang));
    json_field(w, "lang_guessed", bool, (row->flags & TWEET_LANG_GUESSED) != 0);
    json_key(w, "sentiment");
    if (row->label == SENTIMENT_UNKNOWN) {
        json_put_null(w);
    } else {
        json_begin_object(w);
        json_field(w, "score", double, row->score / 1e6);
        json_field(w, "label", string, sentiment_label_text((sentiment_label)row->label));
        json_end_object(w);
    }
    write_sums(w, s, show);
}

void write_includes(json_writer *w, const moment *m, const uint32_t *users, size_t count) {
    json_begin_object(w);
    json_key(w, "users");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        size_t earlier = 0;
        uint32_t place_number;
        bool makes_point;
        while (users[earlier] != users[i]) earlier++;
        if (earlier < i) continue;
        json_begin_object(w);
        write_identity(w, m, users[i], &place_number, &makes_point);
        write_followers(w, m, users[i]);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

void write_window(json_writer *w, uint32_t begin, uint32_t end) {
    json_key(w, "window");
    json_begin_object(w);
    json_key(w, "start");
    begin == 0 ? json_put_null(w) : json_put_time(w, (int64_t)begin * MS_PER_MINUTE);
    json_key(w, "end");
    end == UINT32_MAX ? json_put_null(w) : json_put_time(w, (int64_t)end * MS_PER_MINUTE);
    json_end_object(w);
}
