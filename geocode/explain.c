/* SPDX-License-Identifier: MIT */
#include "geocode/explain.h"

#include "geocode/pipe.h"

#define END "\x1E" /* SENTENCE_END */

static void add_text(buffer *b, text t) {
    buffer_add(b, t);
}

static void say(buffer *b, const char *sentence) {
    buffer_add(b, text_of(sentence));
}

/* "City of Sendai" needs no more; a city of a common name does: "Paris, Texas, US". */
static void say_place(buffer *b, const gazetteer *g, uint32_t number) {
    const place_row *row = &g->places[number];
    add_text(b, gazetteer_name(g, number));
    for (uint32_t up = row->kind == PLACE_COUNTRY ? NO_PARENT : row->parent; up != NO_PARENT;
         up = g->places[up].kind == PLACE_COUNTRY ? NO_PARENT : g->places[up].parent) {
        bool is_detail = g->places[up].kind == PLACE_REGION && row->kind == PLACE_CITY &&
                         g->places[up].parent != NO_PARENT &&
                         g->places[g->places[up].parent].kind == PLACE_REGION;
        if (is_detail) continue;
        say(b, ", ");
        add_text(b, gazetteer_name(g, up));
    }
}

static text words_of(const reading *r, const mention *m, text location) {
    return text_slice(location, r->tokens[m->begin].begin, r->tokens[m->end - 1].end);
}

static const char *what_kind(const gazetteer *g, uint32_t number) {
    switch (g->places[number].kind) {
    case PLACE_CITY: return "a city";
    case PLACE_REGION: return "a region";
    default: return "a country";
    }
}

static void say_name(buffer *b, const candidate *c) {
    if ((c->flags & POSTING_TYPO) != 0)
        say(b, "The word is one letter away from its name." END);
    else if ((c->flags & POSTING_CODE) != 0)
        say(b, "It is abbreviated so." END);
    else if ((c->flags & POSTING_OWN) != 0)
        say(b, "dunlin's own list says that people mean it by this name." END);
    else if ((c->flags & POSTING_ALTERNATE) != 0)
        say(b, "It is one of its other names." END);
    if ((c->flags & POSTING_COMMON) != 0)
        say(b, "The name is also a common word, so it counts only with its region or country." END);
}

static void say_support(buffer *b, const gazetteer *g, const candidate *c) {
    if ((c->support & SUPPORT_REGION) != 0)
        say(b, "A region that it lies in is named too." END);
    else if ((c->support & SUPPORT_COUNTRY) != 0)
        say(b, "Its country is named too." END);
    else if ((c->support & SUPPORT_NEAR) != 0)
        say(b, "A large city close by is named too." END);
    if ((c->support & SUPPORT_AGAINST) != 0)
        say(b, "But a region that it does not lie in is named after it." END);
    if (g->places[c->place].population > 0)
        buffer_add_format(b, "About %u people live there." END, g->places[c->place].population);
}

/* Which of several places, and by what rule. */
static void say_rivals(buffer *b, const gazetteer *g, text location, const finding *f) {
    const candidate *c = &f->chosen;
    bool is_first = true, is_comma = false;
    if (c->rivals == 0) return;
    say(b, "The text names other places as well: ");
    for (size_t i = 0; i < f->read.mention_count; i++) {
        if ((c->rivals >> i & 1) == 0) continue;
        say(b, is_comma ? ", \"" : "\"");
        add_text(b, words_of(&f->read, &f->read.mentions[i], location));
        say(b, "\"");
        is_comma = true;
        is_first &= i > c->mention ||
                    gazetteer_is_in(g, c->place, POSTING_PLACE(*f->read.mentions[i].postings));
    }
    say(b, is_first ? ".  Of several the first counts." END
                    : ".  The first counts, but this one is far likelier." END);
}

static void say_others(buffer *b, const gazetteer *g, const finding *f) {
    const mention *m = &f->read.mentions[f->chosen.mention];
    unsigned others = 0;
    uint32_t largest = f->chosen.place;
    for (const uint32_t *p = m->postings;; p++) {
        if (POSTING_PLACE(*p) != f->chosen.place && others++ == 0) largest = POSTING_PLACE(*p);
        if ((*p & POSTING_LAST) != 0) break;
    }
    if (others == 0) return;
    buffer_add_format(b, "%u other place%s the name, the best known of them ", others,
                      others == 1 ? " has" : "s have");
    say(b, what_kind(g, largest));
    say(b, ": ");
    say_place(b, g, largest);
    say(b, "." END);
}

static void say_unknown(buffer *b, const finding *f) {
    const reading *r = &f->read;
    unsigned unknown = 0;
    if (r->token_count == 0) return;
    for (size_t s = 0; s <= r->segment_of[r->token_count - 1]; s++)
        unknown += r->segment_unknown[s];
    if (unknown > 0)
        buffer_add_format(b, "%u letter%s of the text say nothing to the gazetteer." END, unknown,
                          unknown == 1 ? "" : "s");
}

static void say_nothing(buffer *b, const gazetteer *g, text location, const finding *f) {
    const reading *r = &f->read;
    if (r->token_count == 0)
        say(b, "The text has no letters." END);
    else if (r->mention_count == 0)
        say(b, "No part of it is in the gazetteer." END);
    for (size_t i = 0; i < r->mention_count; i++) {
        candidate best;
        const mention *m = &r->mentions[i];
        say(b, "\"");
        add_text(b, words_of(r, m, location));
        if ((*m->postings & POSTING_NEVER) != 0)
            say(b, "\" is on the list of what is no place." END);
        else if (m->no_place)
            say(b, "\" says nothing about a place." END);
        else if (!best_of_mention(r, g, i, &best))
            say(b, "\" could be a place, but not here." END);
        else {
            say(b, "\" could be ");
            say_place(b, g, best.place);
            buffer_add_format(b, ", but that is too unlikely: %d points of %d." END, best.score,
                              SCORE_MIN);
        }
    }
}

void explain_reasons(const gazetteer *g, text location, const finding *f, buffer *b) {
    if (f->way == WAY_COORDINATES) {
        say(b, "The text holds coordinates." END);
        return;
    }
    if (f->way == WAY_NONE) {
        say_nothing(b, g, location, f);
        say_unknown(b, f);
        return;
    }
    say(b, "\"");
    add_text(b, words_of(&f->read, &f->read.mentions[f->chosen.mention], location));
    say(b, "\" is ");
    say(b, what_kind(g, f->chosen.place));
    say(b, ": ");
    say_place(b, g, f->chosen.place);
    say(b, "." END);
    if (f->way == WAY_SQUEEZED) say(b, "Repeated letters or hyphens were taken out." END);
    if (f->way == WAY_UNMASKED)
        say(b, "Signs that look like letters were read as them, and brackets left out." END);
    say_rivals(b, g, location, f);
    say_name(b, &f->chosen);
    say_support(b, g, &f->chosen);
    say_others(b, g, f);
    say_unknown(b, f);
}

#define CANDIDATES_SHOWN 5

static void write_candidates(json_writer *w, const gazetteer *g, const reading *r, size_t number) {
    const uint32_t *p = r->mentions[number].postings;
    json_begin_array(w);
    for (int i = 0; i < CANDIDATES_SHOWN && !posting_is_no_place(*p); i++, p++) {
        candidate c = candidate_of(r, g, number, *p);
        buffer name = {0};
        say_place(&name, g, c.place);
        json_begin_object(w);
        json_field(w, "place", text, buffer_text(&name));
        json_field(w, "kind", string, place_kind_text((place_kind)g->places[c.place].kind));
        json_field(w, "population", u64, g->places[c.place].population);
        if (c.score > SCORE_NEVER) json_field(w, "points", i64, c.score);
        json_end_object(w);
        if (name.failed) w->out->failed = true;
        buffer_deinit(&name);
        if ((*p & POSTING_LAST) != 0) break;
    }
    json_end_array(w);
}

static void write_parts(json_writer *w, const gazetteer *g, text location, const reading *r) {
    json_begin_array(w);
    for (size_t i = 0; i < r->mention_count; i++) {
        const mention *m = &r->mentions[i];
        json_begin_object(w);
        json_field(w, "text", text, words_of(r, m, location));
        json_field(w, "is", string,
                   (*m->postings & POSTING_NEVER) != 0 ? "no place"
                   : m->no_place                       ? "filler"
                                                       : "name");
        json_key(w, "candidates");
        write_candidates(w, g, r, i);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_reasons(json_writer *w, text sentences) {
    json_begin_array(w);
    for (size_t end; text_find_byte(sentences, SENTENCE_END, &end);) {
        json_put_text(w, text_slice(sentences, 0, end));
        sentences = text_slice(sentences, end + 1, sentences.count);
    }
    json_end_array(w);
}

void gazetteer_explain(const gazetteer *g, text location, buffer *json) {
    static const char *const ways[] = {"none", "coordinates", "names",
                                       "typo", "squeezed",    "lookalikes"};
    finding f;
    place found;
    buffer sentences = {0};
    json_writer w = json_to(json);
    bool is_found = find_place(g, location, &f, &found);
    explain_reasons(g, location, &f, &sentences);
    json_begin_object(&w);
    json_field(&w, "text", text, location);
    json_field(&w, "way", string, ways[f.way]);
    if (is_found)
        geocode_write_fields(&w, &found, location);
    else
        json_field(&w, "kind", string, "none");
    json_key(&w, "parts");
    write_parts(&w, g, location, &f.read);
    json_key(&w, "reasons");
    write_reasons(&w, buffer_text(&sentences));
    json_end_object(&w);
    if (sentences.failed) json->failed = true;
    buffer_deinit(&sentences);
}
