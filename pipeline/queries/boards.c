/* SPDX-License-Identifier: MIT */
/* boards -- of places, languages, hashtags and links; those of tweets and authors are with their
 * own. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/mention.h"
#include "pipeline/queries/shapes.h"

#include "pipeline/base/times.h"

status board_answer(const moment *m, ranking_subject subject, const query_params *p, json_writer *w,
                    void (*write)(json_writer *w, const ranking *r),
                    void (*after)(json_writer *w, const ranking *r)) {
    ranking r;
    status s = ranking_open(&r, m, subject, p);
    if (s == STATUS_OK) s = ranking_count(&r);
    if (s == STATUS_OK) {
        json_key(w, "data");
        write(w, &r);
        if (after != NULL) after(w, &r);
        json_key(w, "meta");
        json_begin_object(w);
        json_field(w, "result_count", u64, r.count);
        write_window(w, r.begin, r.end);
        json_end_object(w);
    }
    ranking_close(&r);
    return s;
}

static void write_place_line(json_writer *w, const ranking *r, const board_line *s) {
    const place *p = places_get(r->moment->places, s->total.id);
    char room[PLACE_ID_ROOM];
    json_field(w, "id", text, place_id_text(p, room));
    write_place_fields(w, p);
    json_field(w, "map_point", bool, place_is_map_point(p));
    json_field(w, "authors", u64, s->authors);
    json_key(w, "verdict");
    if (place_is_map_point(p))
        json_put_string(w, place_verdict_text(moment_judge(r->moment, s->total.id).verdict));
    else
        json_put_null(w);
}

static void write_lang_line(json_writer *w, const ranking *r, const board_line *s) {
    json_field(w, "lang", text, strings_get(r->moment->langs, s->total.id));
    json_field(w, "tweets", u64, s->tweets);
}

static void write_hashtag_line(json_writer *w, const ranking *r, const board_line *s) {
    buffer tag = {0};
    buffer_add_byte(&tag, '#');
    buffer_add(&tag, strings_get(r->moment->names, s->total.id));
    if (tag.failed) w->out->failed = true;
    json_field(w, "tag", text, buffer_text(&tag));
    buffer_deinit(&tag);
    json_field(w, "tweets", u64, s->tweets);
    json_field(w, "authors", u64, s->authors);
}

static void write_link_line(json_writer *w, const ranking *r, const board_line *s) {
    text link = strings_get(r->moment->names, s->total.id);
    json_field(w, "url", text, link);
    json_field(w, "host", text, link_host(link));
    json_field(w, "tweets", u64, s->tweets);
    json_field(w, "authors", u64, s->authors);
}

static void write_lines(json_writer *w, const ranking *r,
                        void (*write)(json_writer *w, const ranking *r, const board_line *s)) {
    json_begin_array(w);
    for (size_t i = 0; i < r->count; i++) {
        json_begin_object(w);
        write(w, r, &r->lines[i]);
        write_sums(w, &r->lines[i], ranking_shows(r));
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_places(json_writer *w, const ranking *r) {
    write_lines(w, r, write_place_line);
}

static void write_langs(json_writer *w, const ranking *r) {
    write_lines(w, r, write_lang_line);
}

static void write_hashtags(json_writer *w, const ranking *r) {
    write_lines(w, r, write_hashtag_line);
}

static void write_links(json_writer *w, const ranking *r) {
    write_lines(w, r, write_link_line);
}

status hashtags_top(const moment *m, const query_params *p, json_writer *w) {
    return board_answer(m, RANK_HASHTAGS, p, w, write_hashtags, NULL);
}

status links_top(const moment *m, const query_params *p, json_writer *w) {
    return board_answer(m, RANK_LINKS, p, w, write_links, NULL);
}

status places_top(const moment *m, const query_params *p, json_writer *w) {
    return board_answer(m, RANK_PLACES, p, w, write_places, NULL);
}

status origins_top(const moment *m, const query_params *p, json_writer *w) {
    return board_answer(m, RANK_ORIGINS, p, w, write_places, NULL);
}

status langs_top(const moment *m, const query_params *p, json_writer *w) {
    return board_answer(m, RANK_LANGS, p, w, write_langs, NULL);
}
