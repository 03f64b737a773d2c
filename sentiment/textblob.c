/* SPDX-License-Identifier: MIT */
#include "sentiment/textblob.h"

#include <string.h>

void textblob_begin(textblob_walk *w, const textblob_table *t, text source) {
    *w = (textblob_walk){.words = textblob_words_of(source), .table = t};
}

/* Adds the lower-case form of t to the key; false if no key could be like it.  Of all
 * characters beyond ASCII only the Kelvin sign has an ASCII lower-case form. */
static bool add_lower(char *key, size_t *count, const char *bytes, size_t byte_count) {
    for (size_t at = 0; at < byte_count; at++) {
        char c = bytes[at];
        if (*count == TEXTBLOB_BYTES_MAX) return false;
        if (byte_count - at > 2 && memcmp(bytes + at, "\xE2\x84\xAA", 3) == 0) {
            c = 'k';
            at += 2;
        }
        key[(*count)++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return true;
}

static const textblob_entry *look_up(const textblob_table *t, const textblob_word *w) {
    char key[TEXTBLOB_BYTES_MAX];
    size_t count = 0;
    if (!add_lower(key, &count, w->head.bytes, w->head.count) ||
        !add_lower(key, &count, w->tail, w->tail_count))
        return NULL;
    return textblob_table_find(t, (text){key, count});
}

/* Characters of the lower-case form, up to three. */
static size_t length_of(const textblob_word *w) {
    size_t length = w->tail_count; /* ASCII, or long enough with what is before it. */
    for (size_t at = 0; at < w->head.count && length < 3; length++)
        if (utf8_next(w->head, &at) == 0x130) length++; /* I with a dot: i and a dot. */
    return length;
}

static double clamp(double x) {
    return x < -1 ? -1 : x > 1 ? 1 : x;
}

static double last_of(const textblob_walk *w) {
    return w->is_negated ? w->polarity * -0.5 : w->polarity;
}

static void begin_assessment(textblob_walk *w, double polarity, double intensity) {
    if (w->assessments > 0) w->finished += last_of(w);
    w->assessments++;
    w->polarity = polarity;
    w->intensity = intensity;
    w->is_negated = false;
}

static void take_known(textblob_walk *w, const textblob_entry *e) {
    if (w->has_modifier) {
        w->polarity = clamp(e->polarity * w->intensity);
        w->intensity = e->intensity;
    } else {
        begin_assessment(w, e->polarity, e->intensity);
    }
    if (w->has_negation) {
        w->intensity = 1 / w->intensity;
        w->is_negated = true;
    }
    w->has_modifier = e->flags & TEXTBLOB_MODIFIES;
    w->modifier_ends_ly = e->flags & TEXTBLOB_ENDS_LY;
    w->has_negation = e->flags & TEXTBLOB_NEGATES;
}

/* What a word without a rating does to the modifier and the negation before it; true
 * if it makes the last assessment negated: "really not". */
static bool pass_unrated(textblob_walk *w, const textblob_word *word, bool negates) {
    if (!negates && !w->has_negation && !w->has_modifier) return false;
    size_t length = length_of(word);
    if (negates)
        w->has_negation = true;
    else if (length > 1)
        w->has_negation = false;
    if (w->has_negation && w->has_modifier && w->modifier_ends_ly) {
        w->is_negated = true;
        w->has_negation = false;
        return true;
    }
    if (length > 2) w->has_modifier = false;
    return false;
}

static bool is_exclamation(const textblob_word *w) {
    return w->head.count == 1 && w->head.bytes[0] == '!' && w->tail_count == 0;
}

/* "(!)", which nothing but three pieces can be, or what had no blank to be cut at. */
static bool is_irony(const textblob_word *w) {
    return (w->tail_count == 2 && memcmp(w->tail, "!)", 2) == 0);
}

static textblob_role take_unrated(textblob_walk *w, const textblob_word *word,
                                  const textblob_entry *e) {
    bool negates = e != NULL && (e->flags & TEXTBLOB_NEGATES);
    textblob_role role = TEXTBLOB_NOTHING;
    if (pass_unrated(w, word, negates) || negates) role = TEXTBLOB_NEGATION;
    if (is_exclamation(word) && w->assessments > 0) {
        w->polarity = clamp(w->polarity * 1.25);
        role = TEXTBLOB_EXCLAMATION;
    } else if (is_irony(word)) {
        begin_assessment(w, 0, 1);
        role = TEXTBLOB_IRONY;
    } else if (e != NULL && (e->flags & TEXTBLOB_EMOTICON)) {
        begin_assessment(w, e->polarity, 1);
        role = TEXTBLOB_FACE;
    }
    return role;
}

bool textblob_next(textblob_walk *w, textblob_step *s) {
    if (!textblob_words_next(&w->words, &s->word)) return false;
    const textblob_entry *e = look_up(w->table, &s->word);
    bool was_negated = w->is_negated;
    if (e != NULL && (e->flags & TEXTBLOB_RATED)) {
        take_known(w, e);
        s->role = e->flags & TEXTBLOB_MODIFIES ? TEXTBLOB_MODIFIER : TEXTBLOB_WORD;
    } else {
        s->role = take_unrated(w, &s->word, e);
    }
    bool is_effective = s->role > TEXTBLOB_NEGATION || s->role == TEXTBLOB_WORD ||
                        s->role == TEXTBLOB_MODIFIER || w->is_negated != was_negated;
    s->rated = e != NULL ? e->polarity : 0;
    s->assessment = is_effective ? w->assessments : 0;
    s->polarity = is_effective ? last_of(w) : 0;
    return true;
}

static double mean_of(const textblob_walk *w) {
    return w->assessments == 0 ? 0 : (w->finished + last_of(w)) / (double)w->assessments;
}

double textblob_polarity(const textblob_table *t, text source) {
    textblob_walk w;
    textblob_step s;
    textblob_begin(&w, t, source);
    while (textblob_next(&w, &s)) {
    }
    return mean_of(&w);
}
