/* SPDX-License-Identifier: MIT */
#include "sentiment/vader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sentiment/contrast.h"

static const double booster = 0.293, loudness = 0.733, negation = -0.74;

/* The idioms that hold a word of the lexicon.  "badass" is in the original's list,
 * which is only asked for two and three words. */
static const struct {
    uint8_t words[3];
    uint8_t count;
    double valence;
} idioms[] = {
    {{MARK_THE, MARK_SHIT}, 2, 3},         {{MARK_THE, MARK_BOMB}, 2, 3},
    {{MARK_BAD, MARK_ASS}, 2, 1.5},        {{MARK_BUS, MARK_STOP}, 2, 0},
    {{MARK_YEAH, MARK_RIGHT}, 2, -2},      {{MARK_KISS, MARK_OF, MARK_DEATH}, 3, -1.5},
    {{MARK_TO, MARK_DIE, MARK_FOR}, 3, 3}, {{MARK_BEATING, MARK_HEART}, 2, 3.5},
};

void vader_begin(vader_walk *w, const lexicon *words, text t) {
    *w = (vader_walk){.reader = token_reader_of(words, t)};
}

static const token *token_of(const vader_walk *w, size_t index) {
    return &w->window[index % VADER_WINDOW];
}

static uint8_t flags_of(const token *t) {
    return t->known == NULL ? 0 : t->known->flags;
}

static bool is_rated(const token *t) {
    return flags_of(t) & WORD_RATED;
}

static uint8_t mark_of(const token *t) {
    return t->known == NULL ? MARK_NONE : t->known->mark;
}

static uint8_t mark_at(const vader_walk *w, size_t index) {
    return mark_of(token_of(w, index));
}

/* Whether some words, but not all, are in capitals. */
static bool capitals_differ(vader_walk *w) {
    if (w->capitals == CAPITALS_UNSEEN) {
        token_reader all = token_reader_of(w->reader.words, w->reader.source);
        bool has[2] = {false, false};
        for (token t; !(has[0] && has[1]) && token_read(&all, &t);)
            has[token_is_capitals(&t)] = true;
        w->capitals = has[0] && has[1] ? CAPITALS_DIFFER : CAPITALS_ALIKE;
    }
    return w->capitals == CAPITALS_DIFFER;
}

static bool is_loud(vader_walk *w, const token *t) {
    return token_is_capitals(t) && capitals_differ(w);
}

static double boost_of(vader_walk *w, const token *before, double valence, size_t distance) {
    static const double fading[] = {0, 1, 0.95, 0.9};
    uint8_t flags = flags_of(before);
    if (!(flags & (WORD_BOOSTS | WORD_DAMPENS))) return 0;
    double boost = flags & WORD_BOOSTS ? booster : -booster;
    if (valence < 0) boost = -boost;
    if (is_loud(w, before)) boost += valence > 0 ? loudness : -loudness;
    return boost * fading[distance];
}

static bool is_so_or_this(uint8_t mark) {
    return mark == MARK_SO || mark == MARK_THIS;
}

/* "never so" and "without doubt", two words back or three; 0 where they are not.  At
 * three, "so" right before is enough: as the original's `and` and `or` bind, not as
 * they are meant. */
static double factor_of_phrase(const vader_walk *w, size_t i, size_t distance) {
    uint8_t one = mark_at(w, i - 1), two = mark_at(w, i - 2), far = mark_at(w, i - distance);
    bool is_three = distance == 3;
    if ((far == MARK_NEVER && is_so_or_this(is_three ? two : one)) ||
        (is_three && is_so_or_this(one)))
        return 1.25;
    bool is_doubt = one == MARK_DOUBT || (is_three && two == MARK_DOUBT);
    return far == MARK_WITHOUT && is_doubt ? 1 : 0;
}

static double negation_of(const vader_walk *w, size_t i, size_t distance) {
    double factor = distance > 1 ? factor_of_phrase(w, i, distance) : 0;
    if (factor != 0) return factor;
    const token *before = token_of(w, i - distance);
    return (flags_of(before) & WORD_NEGATES) || token_has_nt(before) ? negation : 1;
}

/* Finds the idiom of `count` words that begins at `first`. */
static bool find_idiom(const vader_walk *w, size_t first, size_t count, double *valence) {
    if (mark_at(w, first) == MARK_NONE) return false;
    for (size_t k = 0; k < sizeof idioms / sizeof idioms[0]; k++) {
        if (idioms[k].count != count) continue;
        size_t same = 0;
        while (same < count && mark_at(w, first + same) == idioms[k].words[same]) same++;
        if (same < count) continue;
        *valence = idioms[k].valence;
        return true;
    }
    return false;
}

static bool is_dampening_pair(const vader_walk *w, size_t first) {
    uint8_t one = mark_at(w, first), two = mark_at(w, first + 1);
    return ((one == MARK_KIND || one == MARK_SORT) && two == MARK_OF) ||
           (one == MARK_JUST && two == MARK_ENOUGH);
}

static void apply_idioms(const vader_walk *w, size_t i, vader_step *s) {
    double *v = &s->valence;
    bool found = find_idiom(w, i - 1, 2, v) || find_idiom(w, i - 2, 3, v) ||
                 find_idiom(w, i - 2, 2, v) || find_idiom(w, i - 3, 3, v) ||
                 find_idiom(w, i - 3, 2, v);
    if (i + 1 < w->read) found |= find_idiom(w, i, 2, v);
    if (i + 2 < w->read) found |= find_idiom(w, i, 3, v);
    s->is_idiom = found;
    for (size_t first = i - 3; first < i - 1; first++) {
        if (!is_dampening_pair(w, first)) continue;
        *v -= booster;
        s->boosted -= booster;
    }
}

/* "no" counts against what follows, up to three words on, and for nothing itself
 * before a word with a rating. */
static double factor_of_no(const vader_walk *w, size_t i) {
    if ((i > 0 && mark_at(w, i - 1) == MARK_NO) || (i > 1 && mark_at(w, i - 2) == MARK_NO) ||
        (i > 2 && mark_at(w, i - 3) == MARK_NO &&
         (mark_at(w, i - 1) == MARK_OR || mark_at(w, i - 1) == MARK_NOR)))
        return negation;
    bool leads = mark_at(w, i) == MARK_NO && i + 1 < w->read && is_rated(token_of(w, i + 1));
    return leads ? 0 : 1;
}

static bool is_least(const vader_walk *w, size_t i) {
    if (i == 0 || mark_at(w, i - 1) != MARK_LEAST || is_rated(token_of(w, i - 1))) return false;
    return i == 1 || (mark_at(w, i - 2) != MARK_AT && mark_at(w, i - 2) != MARK_VERY);
}

static void apply_words_before(vader_walk *w, size_t i, vader_step *s) {
    for (size_t distance = 1; distance <= 3 && distance <= i; distance++) {
        const token *before = token_of(w, i - distance);
        if (is_rated(before)) continue;
        double boost = boost_of(w, before, s->valence, distance);
        double factor = negation_of(w, i, distance);
        s->boosted += boost;
        s->negated *= factor;
        s->valence = (s->valence + boost) * factor;
        if (distance == 3) apply_idioms(w, i, s);
    }
}

static void rate(vader_walk *w, size_t i, vader_step *s) {
    const token *t = token_of(w, i);
    s->lexicon = t->known->valence;
    s->negated = factor_of_no(w, i);
    s->valence = s->lexicon * s->negated;
    s->boosted = 0;
    s->is_idiom = false;
    s->capitals = is_loud(w, t) ? (s->valence > 0 ? loudness : -loudness) : 0;
    s->valence += s->capitals;
    apply_words_before(w, i, s);
    if (!is_least(w, i)) return;
    s->valence *= negation;
    s->negated *= negation;
}

static bool is_kind_of(const vader_walk *w, size_t i) {
    return mark_at(w, i) == MARK_KIND && i + 1 < w->read && mark_at(w, i + 1) == MARK_OF;
}

bool vader_next(vader_walk *w, vader_step *s) {
    while (w->read < w->at + 3) {
        token *t = &w->window[w->read % VADER_WINDOW];
        if (!token_read(&w->reader, t)) break;
        token_look_up(w->reader.words, t);
        w->read++;
    }
    size_t i = w->at;
    if (i == w->read) return false;
    w->at++;
    s->word = *token_of(w, i);
    s->index = i;
    uint8_t flags = flags_of(&s->word);
    s->is_rated =
        (flags & WORD_RATED) && !(flags & (WORD_BOOSTS | WORD_DAMPENS)) && !is_kind_of(w, i);
    s->valence = 0;
    if (s->is_rated) rate(w, i, s);
    return true;
}

/* ---- The sum ---- */

/* The sums, in the order of the words: floating addition is not associative. */
typedef struct {
    double all, positive, negative;
    size_t rated;
} sums;

static void sums_add(sums *s, double valence) {
    s->all += valence;
    if (valence > 0) s->positive += valence + 1;
    if (valence < 0) s->negative += valence - 1;
    s->rated += valence != 0;
}

double vader_round(double x, int places) {
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    double scaled = x * powers[places], nearest = rint(scaled);
    /* An integer over a power of ten is the nearest double of that decimal.  Only
     * next to a half could the product's own rounding have misled. */
    if (fabs(fabs(scaled - nearest) - 0.5) > 1e-9) return nearest / powers[places] + 0.0;
    char digits[32];
    snprintf(digits, sizeof digits, "%.*f", places, x);
    return strtod(digits, NULL) + 0.0;
}

static size_t count_byte(text t, char byte) {
    size_t count = 0;
    for (size_t i = 0; i < t.count; i++) count += t.bytes[i] == byte;
    return count;
}

static double emphasis_of(size_t exclamations, size_t questions) {
    double emphasis = (double)(exclamations < 4 ? exclamations : 4) * 0.292;
    if (questions > 3) return emphasis + 0.96;
    return questions > 1 ? emphasis + (double)questions * 0.18 : emphasis;
}

static void conclude(const sums *s, vader_result *r) {
    double sum = s->all, positive = s->positive, negative = s->negative;
    if (sum > 0)
        sum += r->emphasis;
    else if (sum < 0)
        sum -= r->emphasis;
    if (positive > fabs(negative))
        positive += r->emphasis;
    else if (positive < fabs(negative))
        negative -= r->emphasis;
    double neutral = (double)(r->count - s->rated);
    double total = positive + fabs(negative) + neutral;
    r->sum = s->all;
    r->compound = vader_round(sum / sqrt(sum * sum + 15), 4);
    r->positive = vader_round(fabs(positive / total), 3);
    r->negative = vader_round(fabs(negative / total), 3);
    r->neutral = vader_round(fabs(neutral / total), 3);
}

/* The words whose valence is not 0: those that "but" can change.  Most texts fit;
 * for others the text is walked again with room for all, if it has a "but" at all. */
#define RATINGS_KEPT 256

static void walk_all(const lexicon *words, text t, rating *kept, size_t room, sums *s,
                     vader_result *r) {
    vader_walk w;
    vader_step step;
    size_t but = SIZE_MAX;
    *s = (sums){0};
    vader_begin(&w, words, t);
    for (; vader_next(&w, &step); sums_add(s, step.valence)) {
        if (but == SIZE_MAX && mark_of(&step.word) == MARK_BUT) but = step.index;
        if (step.valence != 0 && s->rated < room)
            kept[s->rated] = (rating){step.index, step.valence};
    }
    r->count = w.read;
    r->but = but < w.read ? but : w.read;
    r->exclamations = count_byte(t, '!') + w.reader.exclamations;
    r->questions = count_byte(t, '?') + w.reader.questions;
    r->emphasis = emphasis_of(r->exclamations, r->questions);
}

static void sum_again(const rating *ratings, size_t count, sums *s) {
    *s = (sums){0};
    for (size_t k = 0; k < count; k++) sums_add(s, ratings[k].valence);
}

void vader_score(const lexicon *words, text t, vader_result *r) {
    rating few[RATINGS_KEPT], *kept = few;
    sums s;
    *r = (vader_result){0};
    walk_all(words, t, few, RATINGS_KEPT, &s, r);
    if (r->count == 0) return;
    if (r->but < r->count) {
        if (s.rated > RATINGS_KEPT) {
            size_t count = s.rated;
            kept = malloc(count * sizeof *kept);
            walk_all(words, t, kept, kept == NULL ? 0 : count, &s, r);
        }
        if (kept != NULL) {
            contrast_apply(kept, s.rated, r->but);
            sum_again(kept, s.rated, &s);
        }
        if (kept != few) free(kept);
    }
    conclude(&s, r);
}
