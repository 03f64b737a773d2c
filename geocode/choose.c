/* SPDX-License-Identifier: MIT */
#include "geocode/choose.h"

#include <stdlib.h>
#include <string.h>

/* Points, see choose.h.  Found by looking at what people write, then rounded. */
enum {
    POINTS_ALTERNATE = -10, /* The name is one of several, or of another language. */
    RANK_OWN = 64,          /* Of all of a name, our list says that this one is meant. */
    RANK_PLACED = 64,       /* Its region or country stands right beside the name. */
    POINTS_CODE = -24,      /* An abbreviation. */
    POINTS_COMMON = -48,    /* Also a common word. */
    POINTS_TYPO = -32,      /* One letter is wrong. */
    POINTS_UNIQUE = 8,      /* A long name that only one place has. */
    RANK_SAME_MARKS = 20,   /* Written with the diacritics of its own name. */
    POINTS_COUNTED = -40,   /* "ashton/4": fans count who of five follows them. */
    POINTS_SHORT = -12,     /* Three letters or fewer. */
    POINTS_ONE_IDEOGRAPH = -28,
    POINTS_MORE_WORDS = 6,          /* Each word after the first: chance hits are rarer. */
    POINTS_IN_REGION = 56,          /* The region that it lies in is named. */
    POINTS_IN_COUNTRY = 44,         /* Its country is named. */
    POINTS_NEAR = 28,               /* A large city close by is named. */
    POINTS_AGAINST = -28,           /* Another region is named right after it. */
    POINTS_UNKNOWN_WORD = -12,      /* Each other word of its segment. */
    POINTS_UNKNOWN_ALL = -36,       /* Share of the segment's letters that nothing explains. */
    POINTS_FLAG = -32,              /* A flag beside a place: where somebody comes from. */
    POINTS_OTHER_NAME_INSIDE = -12, /* One of several names, among unknown words. */
    POINTS_LATER = -30,             /* Each place named before it. */
    NEXT_PLACES = 2,                /* As many more stand before it in "A to B". */
    UNIQUE_LETTERS_MIN = 7,
    NEAR_E7 = 6000000,         /* 0.6 degrees. */
    NEAR_WEIGHT_MIN = 80,      /* 100,000 people. */
    KNOWN_WEIGHT_MIN = 102,    /* Two million people. */
    ALONE_POSTINGS_MAX = 16,   /* The best known come first, and nothing helps the others. */
    CITY_SHARE_POINTS_MAX = 20 /* A city of its region's name has 6 % of its people. */
};

static bool has_region(const mention *m, uint32_t place_number) {
    for (size_t i = 0; i < m->region_count; i++)
        if (m->regions[i] == place_number) return true;
    return false;
}

/* How mention `other` speaks for the place. */
static uint32_t support_by(const gazetteer *g, const mention *other, uint32_t place_number) {
    uint32_t found = SUPPORT_NONE, up = NO_PARENT;
    if ((other->region_countries & country_bit(g->places[place_number].country)) != 0)
        up = g->places[place_number].parent;
    for (; up != NO_PARENT; up = g->places[up].parent)
        if (has_region(other, up))
            found |= g->places[up].kind == PLACE_COUNTRY ? SUPPORT_COUNTRY : SUPPORT_REGION;
    if (found != SUPPORT_NONE) return found;
    uint32_t first = POSTING_PLACE(*other->postings);
    const place_row *a = &g->places[place_number], *b = &g->places[first];
    if (first != place_number && b->kind == PLACE_CITY && b->weight >= NEAR_WEIGHT_MIN &&
        b->weight > a->weight && a->country == b->country &&
        labs((long)a->lat_e7 - b->lat_e7) < NEAR_E7 && labs((long)a->lon_e7 - b->lon_e7) < NEAR_E7)
        return SUPPORT_NEAR;
    return SUPPORT_NONE;
}

/* A region named right after a comma says where the place is; if it is none of the
 * place's own, it speaks against it. */
static bool is_against(const reading *r, const mention *m, const mention *next) {
    bool is_beside = next->segment == m->segment ||
                     (next->segment == m->segment + 1 && r->tokens[next->begin].gap == GAP_COMMA);
    return is_beside && next->region_count > 0 &&
           POSTING_PLACE(*next->postings) == next->regions[0] &&
           (*next->postings & POSTING_COMMON) == 0;
}

/* "Korea, Japan" and "Seoul, Tokyo", where Tokyo is a region as well: two countries, or
 * two cities that everybody knows, are a list. */
static bool is_list(const gazetteer *g, uint32_t place_number, const mention *next) {
    const place_row *a = &g->places[place_number];
    if (a->kind == PLACE_COUNTRY) return g->places[POSTING_PLACE(*next->postings)].kind == a->kind;
    if (a->kind != PLACE_CITY || a->weight < KNOWN_WEIGHT_MIN) return false;
    for (const uint32_t *p = next->postings;; p++) {
        const place_row *b = &g->places[POSTING_PLACE(*p)];
        if (b->kind == PLACE_CITY && b->weight >= KNOWN_WEIGHT_MIN) return true;
        if ((*p & POSTING_LAST) != 0) return false;
    }
}

/* "Cali, Colombia" and "Colombia - Cali", but neither "Lagos / Texas" nor words apart. */
static bool are_beside(const reading *r, size_t i, size_t k) {
    const mention *first = &r->mentions[i < k ? i : k], *second = &r->mentions[i < k ? k : i];
    return first->end == second->begin && r->tokens[second->begin].gap < GAP_SYMBOL;
}

static void add_support(const reading *r, const gazetteer *g, candidate *c) {
    for (size_t i = 0; i < r->mention_count; i++) {
        if (i == c->mention || r->mentions[i].no_place) continue;
        uint32_t one = support_by(g, &r->mentions[i], c->place);
        if ((one & (SUPPORT_REGION | SUPPORT_COUNTRY)) != 0 && are_beside(r, i, c->mention))
            one |= SUPPORT_BESIDE;
        if ((one & (SUPPORT_REGION | SUPPORT_COUNTRY)) != 0) c->supporters |= (uint16_t)(1u << i);
        if (one == SUPPORT_NONE && i == c->mention + 1u && !is_list(g, c->place, &r->mentions[i]) &&
            is_against(r, &r->mentions[i - 1], &r->mentions[i]))
            one = SUPPORT_AGAINST;
        c->support |= one;
    }
}

static int points_of_support(uint32_t s) {
    if ((s & SUPPORT_REGION) != 0) return POINTS_IN_REGION;
    if ((s & SUPPORT_COUNTRY) != 0) return POINTS_IN_COUNTRY;
    return (s & SUPPORT_NEAR ? POINTS_NEAR : 0) + (s & SUPPORT_AGAINST ? POINTS_AGAINST : 0);
}

static int points_of_flags(uint32_t flags, bool is_supported) {
    int points = 0;
    if ((flags & POSTING_COMMON) != 0 && !is_supported) points += POINTS_COMMON;
    if ((flags & POSTING_TYPO) != 0) points += POINTS_TYPO;
    if ((flags & POSTING_CODE) != 0) points += POINTS_CODE;
    bool is_other_name = (flags & POSTING_ALTERNATE) != 0 && (flags & POSTING_OWN) == 0;
    return points + (is_other_name ? POINTS_ALTERNATE : 0);
}

/* Is the name written with the place's own marks, as in "Vitória"?  Bytes but for the
 * case of ASCII; `words` has some that are not. */
static bool has_same_marks(text words, text name) {
    bool has_marks = false;
    if (words.count != name.count) return false;
    for (size_t i = 0; i < words.count; i++) {
        unsigned char a = (unsigned char)words.bytes[i], b = (unsigned char)name.bytes[i];
        bool is_ascii = a < 0x80 && b < 0x80;
        has_marks |= !is_ascii;
        if (a != b && (!is_ascii || (a | 0x20) != (b | 0x20))) return false;
    }
    return has_marks;
}

static text words_of(const reading *r, const mention *m) {
    return text_slice(r->source, r->tokens[m->begin].begin, r->tokens[m->end - 1].end);
}

static int points_of_name(const reading *r, const mention *m, uint32_t flags) {
    int points = (m->end - m->begin - 1) * POINTS_MORE_WORDS;
    if (m->is_counted) points += POINTS_COUNTED;
    bool is_word = r->tokens[m->begin].kind == TOKEN_WORD;
    if (is_word && m->letter_count <= 3 && (flags & POSTING_OWN) == 0) points += POINTS_SHORT;
    if (m->postings == &m->flag_posting && r->mention_count > 1) points += POINTS_FLAG;
    if (!is_word && m->letter_count == 1) points += POINTS_ONE_IDEOGRAPH;
    if (m->is_whole && m->letter_count >= UNIQUE_LETTERS_MIN && (*m->postings & POSTING_LAST) != 0)
        points += POINTS_UNIQUE;
    return points;
}

/* Words around the name that nothing explains make it less likely that it is one. */
static int points_of_segment(const reading *r, const mention *m, uint32_t flags) {
    int letters = r->segment_letters[m->segment], unknown = r->segment_unknown[m->segment];
    int words = r->segment_unknown_words[m->segment];
    if ((*m->postings & (POSTING_NEVER | POSTING_COMMON)) != 0) { /* It counted itself. */
        unknown -= m->letter_count;
        words -= m->end - m->begin;
    }
    if (unknown <= 0) return 0;
    int points = unknown * POINTS_UNKNOWN_ALL / letters;
    if (r->tokens[m->begin].kind == TOKEN_CODE_POINT) return points; /* They are not words. */
    bool is_other_name = (flags & POSTING_ALTERNATE) != 0 && (flags & POSTING_OWN) == 0;
    return points + words * POINTS_UNKNOWN_WORD + (is_other_name ? POINTS_OTHER_NAME_INSIDE : 0);
}

static bool is_one_number(const token *before, const token *t) {
    return before->kind == TOKEN_NUMBER && t->kind == TOKEN_NUMBER &&
           (t->gap < GAP_DASH || (t->gap == GAP_COMMA && t->begin == before->end + 1));
}

/* "3,618", "201 954 416" and "2'13" are no areas. */
static bool is_among_numbers(const reading *r, const mention *m) {
    const token *t = &r->tokens[m->begin];
    return t->kind == TOKEN_NUMBER &&
           (memchr(words_of(r, m).bytes, '\'', words_of(r, m).count) != NULL ||
            (m->begin > 0 && is_one_number(t - 1, t)) ||
            (m->end < r->token_count && is_one_number(&r->tokens[m->end] - 1, &r->tokens[m->end])));
}

/* An abbreviation is a place where it stands after a comma or alone, in capitals, or
 * right beside its region: "wpb fl". */
static bool code_is_meant(const mention *m, const reading *r, uint32_t reasons) {
    bool is_supported = (reasons & ~(uint32_t)SUPPORT_AGAINST) != 0;
    bool is_word = (*m->postings & POSTING_NO_PLACE) != 0;
    if (is_among_numbers(r, m)) return false;
    if (!m->is_whole)
        return is_supported && (m->is_last || (!is_word && (reasons & SUPPORT_BESIDE) != 0));
    bool is_all = r->token_count == (size_t)(m->end - m->begin);
    if (is_all && !is_word) return true;
    return m->is_upper || is_supported || (m->begin > 0 && r->tokens[m->begin].gap == GAP_COMMA);
}

candidate candidate_of(const reading *r, const gazetteer *g, size_t number, uint32_t posting) {
    const mention *m = &r->mentions[number];
    candidate c = {.place = POSTING_PLACE(posting),
                   .flags = posting & ~(POSTING_LAST | 0xFFFFFu),
                   .mention = (uint8_t)number};
    if (r->mention_count > 1) add_support(r, g, &c);
    bool is_supported = (c.support & ~(uint32_t)SUPPORT_AGAINST) != 0;
    if ((c.flags & POSTING_CODE) != 0 && !code_is_meant(m, r, c.support))
        c.score = SCORE_NEVER;
    else
        c.score = g->places[c.place].weight + points_of_flags(c.flags, is_supported) +
                  points_of_name(r, m, c.flags) + points_of_support(c.support) +
                  points_of_segment(r, m, c.flags);
    return c;
}

/* A district of the second level where a third of the people live in its city is called
 * by the city: "León, Guanajuato" is León de los Aldama. */
static bool is_most_of(const gazetteer *g, uint32_t city, uint32_t region) {
    uint32_t up = g->places[region].parent;
    return up != NO_PARENT && g->places[up].kind == PLACE_REGION &&
           g->places[city].population >= g->places[region].population / 3;
}

/* "New York" is the city, not the state of that name around it; "Bogor" is the city,
 * not the district of that name beside it; "Brasília" is the city, though some language
 * calls all of Brazil so. */
static bool is_city_of_region(const gazetteer *g, const candidate *city, const candidate *region) {
    place_kind kind = (place_kind)g->places[region->place].kind;
    bool is_other_name = (city->flags & POSTING_ALTERNATE) != 0 && (city->flags & POSTING_OWN) == 0;
    bool is_own_of_region = (region->flags & POSTING_ALTERNATE) == 0;
    if (g->places[city->place].kind != PLACE_CITY || kind == PLACE_CITY ||
        (is_other_name && is_own_of_region && !is_most_of(g, city->place, region->place)) ||
        (kind == PLACE_COUNTRY && (is_other_name || is_own_of_region)) ||
        region->score - city->score > CITY_SHARE_POINTS_MAX)
        return false;
    if (gazetteer_is_in(g, city->place, region->place)) return true;
    uint32_t around = g->places[region->place].parent;
    return around != NO_PARENT && g->places[around].kind == PLACE_REGION &&
           gazetteer_is_in(g, city->place, around);
}

/* What people mean by a name comes before what else has it, but for what the text itself
 * says: "Cali" is California, and "Cali, Colombia" is not. */
static int rank_of(const candidate *c) {
    return c->score + ((c->flags & POSTING_OWN) != 0 ? RANK_OWN : 0) +
           ((c->support & SUPPORT_BESIDE) != 0 ? RANK_PLACED : 0);
}

/* Of places in two countries the one whose own name has the marks of the text. */
static int rank_of_marks(const reading *r, const gazetteer *g, const mention *m, const candidate *c,
                         const candidate *other) {
    if (!m->has_marks || g->places[c->place].country == g->places[other->place].country) return 0;
    return has_same_marks(words_of(r, m), gazetteer_name(g, c->place)) ? RANK_SAME_MARKS : 0;
}

static bool outranks(const reading *r, const gazetteer *g, const candidate *c,
                     const candidate *best) {
    const mention *m = &r->mentions[c->mention];
    return rank_of(c) + rank_of_marks(r, g, m, c, best) >
               rank_of(best) + rank_of_marks(r, g, m, best, c) &&
           !is_city_of_region(g, best, c);
}

/* Can one of the lesser known places of the mention be meant? */
static bool names_another_region(const reading *r, size_t number) {
    for (size_t i = 0; i < r->mention_count; i++)
        if (i != number && r->mentions[i].region_count > 0) return true;
    return false;
}

/* Places lie all over the file: without it each would be waited for. */
static void prefetch_places(const gazetteer *g, const uint32_t *postings) {
    for (int i = 0; i < ALONE_POSTINGS_MAX; i++) {
        __builtin_prefetch(&g->places[POSTING_PLACE(postings[i])]);
        if ((postings[i] & POSTING_LAST) != 0) return;
    }
}

bool best_of_mention(const reading *r, const gazetteer *g, size_t number, candidate *best) {
    const mention *m = &r->mentions[number];
    bool has_best = false, may_be_placed = names_another_region(r, number);
    if (m->no_place) return false;
    prefetch_places(g, m->postings);
    for (const uint32_t *p = m->postings;; p++) {
        candidate c = candidate_of(r, g, number, *p);
        if (has_best && is_city_of_region(g, &c, best)) {
            if (c.score < best->score) c.score = best->score;
            *best = c;
        } else if (!has_best || outranks(r, g, &c, best)) {
            *best = c;
            has_best = true;
        }
        bool is_hopeless = !may_be_placed && p - m->postings >= ALONE_POSTINGS_MAX;
        if ((*p & POSTING_LAST) != 0 || is_hopeless) break;
    }
    return best->score > 0;
}

/* The places of a text, in its order, the best of each name. */
typedef struct {
    candidate items[MENTIONS_MAX];
    size_t count;
} named_places;

/* A name that only says where another place is, is none of several; nor is what is too
 * unlikely. */
static bool is_rival(const named_places *all, size_t i) {
    const candidate *c = &all->items[i];
    if (c->score < SCORE_MIN) return false;
    if (c->supporters != 0) return true;
    for (size_t k = 0; k < all->count; k++)
        if (all->items[k].score >= SCORE_MIN && (all->items[k].supporters >> c->mention & 1) != 0)
            return false;
    return true;
}

/* Where people are from or have been: a flag beside a place in words. */
static bool is_flag(const reading *r, const candidate *c) {
    return r->tokens[r->mentions[c->mention].begin].kind == TOKEN_FLAG;
}

/* The first place counts.  A later one has to be better by POINTS_LATER for each place
 * before it. */
static bool best_of_all(const reading *r, const named_places *all, candidate *best) {
    int most = 0, before = 0;
    uint32_t rivals = 0;
    bool has_best = false;
    for (size_t i = 0; i < all->count; i++) {
        const candidate *c = &all->items[i];
        if (!is_rival(all, i)) continue;
        if (has_best && r->mentions[c->mention].is_next) before += NEXT_PLACES;
        int points = c->score + before * POINTS_LATER;
        rivals |= 1u << c->mention;
        before += !is_flag(r, c);
        if (has_best && points <= most) continue;
        *best = *c;
        most = points;
        has_best = true;
    }
    best->rivals = has_best ? (uint16_t)rivals : 0;
    return has_best;
}

/* What lies in the chosen one says more than it; the first of several such. */
static void go_inside(const gazetteer *g, const named_places *all, candidate *best) {
    for (size_t i = 0; i < all->count; i++) {
        const candidate *c = &all->items[i];
        if (c->score < SCORE_MIN || !gazetteer_is_in(g, c->place, best->place)) continue;
        uint16_t rivals = best->rivals;
        *best = *c;
        best->rivals = rivals;
        i = (size_t)-1; /* From the begin, for what lies in this one. */
    }
}

bool choose(const reading *r, const gazetteer *g, candidate *best) {
    named_places all = {.count = 0};
    for (size_t i = 0; i < r->mention_count; i++)
        if (best_of_mention(r, g, i, &all.items[all.count])) all.count++;
    if (!best_of_all(r, &all, best)) return false;
    go_inside(g, &all, best);
    best->rivals &= (uint16_t) ~(1u << best->mention);
    return true;
}
