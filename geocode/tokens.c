/* SPDX-License-Identifier: MIT */
#include "geocode/tokens.h"

#include <string.h>

#include "pipeline/base/hash.h"

uint64_t name_hash_add(uint64_t name, uint64_t token_hash) {
    return hash_mix(name * 0xD6E8FEB86659FD93ULL + token_hash);
}

uint64_t word_hash_end(uint64_t word) {
    return hash_mix(word);
}

size_t letters_read(const fold_table *f, text t, letter out[LETTERS_MAX]) {
    size_t count = 0;
    for (size_t at = 0; at < t.count && count + FOLD_EXPANSION_MAX <= LETTERS_MAX;) {
        uint32_t begin = (uint32_t)at, code = utf8_next(t, &at), entry = fold_entry(f, code);
        letter l = {.code = FOLD_CODE(entry) != 0 ? FOLD_CODE(entry) : code,
                    .at = begin,
                    .end = (uint32_t)at,
                    .class = FOLD_CLASS(entry),
                    .is_upper = (entry & FOLD_UPPER) != 0};
        if (l.class == FOLD_DROP) continue;
        if ((entry & FOLD_EXPANDS) == 0) {
            out[count++] = l;
            continue;
        }
        const uint32_t *expansion = f->expansions + FOLD_CODE(entry);
        for (uint32_t i = 1; i <= expansion[0] && i <= FOLD_EXPANSION_MAX; i++) {
            l.code = expansion[i];
            out[count++] = l;
        }
    }
    return count;
}

/* What people write for a letter, folded; a digit or a letter of another script only
 * beside one of Latin. */
static const struct {
    uint32_t from;
    char to;
} lookalikes[] = {{'$', 's'},    {0x20AC, 'e'}, {0xA3, 'l'},   {0xA5, 'y'},   {0xA2, 'c'},
                  {0x25B2, 'a'}, {0x25B3, 'a'}, {0x2206, 'a'}, {0x2514, 'l'}, {0x2202, 'd'},
                  {0x3B1, 'a'},  {0x3B4, 'a'},  {0x3BB, 'a'},  {0x3B5, 'e'},  {0x3B9, 'i'},
                  {0x3BA, 'k'},  {0x3BD, 'v'},  {0x3BF, 'o'},  {0x3C1, 'p'},  {0x3C3, 'o'},
                  {0x3C4, 't'},  {0x3C5, 'u'},  {0x3C9, 'w'},  {0x430, 'a'},  {0x435, 'e'},
                  {0x43E, 'o'},  {0x440, 'p'},  {0x441, 'c'},  {0x445, 'x'},  {0x443, 'y'},
                  {0x43A, 'k'},  {0x43C, 'm'},  {0x442, 't'},  {0x43D, 'h'},  {0x432, 'b'},
                  {0x438, 'n'},  {0x44F, 'r'},  {0x454, 'e'},  {0x455, 's'},  {'0', 'o'},
                  {'1', 'i'},    {'3', 'e'},    {'4', 'a'},    {'5', 's'},    {'7', 't'}};

static bool is_latin(const letter *l) {
    return l->class == FOLD_LETTER && l->code >= 'a' && l->code <= 'z';
}

static bool is_bracket(uint32_t code) {
    return code == '[' || code == ']' || code == '(' || code == ')' || code == '{' || code == '}';
}

/* Latin letters right before and after: the nearest two on each side are looked at. */
static int latin_around(const letter *letters, size_t count, size_t at) {
    size_t before = 0, after = 0;
    while (before < 2 && at > before && is_latin(&letters[at - 1 - before])) before++;
    while (after < 2 && at + 1 + after < count && is_latin(&letters[at + 1 + after])) after++;
    return (int)(before + after);
}

/* Most signs are none of the table: they are seen at a glance. */
static bool may_be_lookalike(uint32_t code) {
    return code == '$' || (code >= '0' && code <= '7') || code >= 0xA2;
}

/* Becomes a letter beside one, a digit beside two; what was read before it counts as
 * changed. */
static bool unmask(letter *letters, size_t count, size_t at) {
    letter *l = &letters[at];
    if (!may_be_lookalike(l->code) || latin_around(letters, count, at) <= (l->class == FOLD_DIGIT))
        return false;
    for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++) {
        if (lookalikes[i].from != l->code) continue;
        l->code = (uint32_t)lookalikes[i].to;
        l->class = FOLD_LETTER;
        return true;
    }
    return false;
}

bool letters_unmask(letter *letters, size_t *count) {
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        bool is_twice = letters[i].class == FOLD_BLANK && i > 0 &&
                        is_bracket(letters[i - 1].code) &&
                        (kept == 0 || letters[kept - 1].class == FOLD_BLANK);
        if (!is_bracket(letters[i].code) && !is_twice) letters[kept++] = letters[i];
    }
    bool is_changed = kept < *count;
    for (size_t i = 0; i < kept; i++) is_changed |= unmask(letters, kept, i);
    *count = kept;
    return is_changed;
}

typedef struct {
    const letter *letters;
    size_t count, at;
    unsigned how;
    token *out;
    size_t token_count;
    token_gap gap;
} cutter;

static bool is_word_letter(const letter *l) {
    return l->class == FOLD_LETTER || l->class == FOLD_DIGIT;
}

static bool is_code_point(const letter *l) {
    return l->class >= FOLD_HAN && l->class <= FOLD_THAI;
}

static const letter *letter_at(const cutter *c, size_t at) {
    static const letter end = {.class = FOLD_SYMBOL};
    return at < c->count ? &c->letters[at] : &end;
}

static void widen_gap(cutter *c, token_gap gap) {
    if (gap > c->gap) c->gap = gap;
}

/* A dot belongs to "S.F." and "St." and ends nothing there; so it does in "D.C", but
 * not in "Paris.France". */
static bool dot_is_inside(const cutter *c, size_t begin, size_t at) {
    return at - begin == 1 && is_word_letter(letter_at(c, at + 1)) &&
           !is_word_letter(letter_at(c, at + 2));
}

/* The letter after `at` that goes on with the word, or `at` itself at its end. */
static size_t next_in_word(const cutter *c, size_t begin, size_t at) {
    const letter *next = letter_at(c, at + 1);
    if (is_word_letter(next)) return at + 1;
    if (next->class == FOLD_PERIOD && dot_is_inside(c, begin, at + 1)) return at + 2;
    if (next->class == FOLD_HYPHEN && (c->how & READ_JOINED) != 0 &&
        is_word_letter(letter_at(c, at + 2)))
        return at + 2;
    return at;
}

/* Three or more single letters with a blank or a dash between them are one word. */
static size_t next_spaced_letter(const cutter *c, size_t at) {
    size_t blank_count = 0, next = at + 1;
    while (blank_count < 2 && letter_at(c, next)->class == FOLD_BLANK) next++, blank_count++;
    if (blank_count == 0 && letter_at(c, next)->class == FOLD_HYPHEN) next++, blank_count++;
    if (blank_count != 1 || letter_at(c, next)->class != FOLD_LETTER ||
        is_word_letter(letter_at(c, next + 1)))
        return at;
    return next;
}

static bool is_spaced_word(const cutter *c, size_t begin) {
    size_t second = next_spaced_letter(c, begin);
    return !is_word_letter(letter_at(c, begin + 1)) && second != begin &&
           next_spaced_letter(c, second) != second;
}

static bool is_repeated(const cutter *c, size_t at, size_t begin) {
    if ((c->how & READ_SINGLED) != 0 && at > begin)
        return letter_at(c, at - 1)->code == letter_at(c, at)->code;
    return (c->how & READ_SQUEEZED) != 0 && at >= begin + 1 &&
           ((at >= begin + 2 && letter_at(c, at - 1)->code == letter_at(c, at)->code &&
             letter_at(c, at - 2)->code == letter_at(c, at)->code) ||
            (letter_at(c, at - 1)->code == letter_at(c, at)->code &&
             letter_at(c, at + 1)->code == letter_at(c, at)->code));
}

static void put_token(cutter *c, token t) {
    t.gap = (uint8_t)c->gap;
    c->gap = GAP_NONE;
    c->out[c->token_count++] = t;
}

/* "+62" is a country's number; "62" is any. */
static bool is_dialing_plus(const cutter *c, size_t at) {
    return letter_at(c, at)->code == '+' && letter_at(c, at + 1)->class == FOLD_DIGIT;
}

static void cut_word(cutter *c) {
    size_t begin = c->at, at = begin, digit_count = 0, upper_count = 0, letter_count = 0;
    uint64_t hash = WORD_HASH_EMPTY;
    bool is_spaced = is_spaced_word(c, begin);
    for (;;) {
        const letter *l = letter_at(c, at);
        letter_count++;
        digit_count += l->class == FOLD_DIGIT || l->code == '+';
        upper_count += l->is_upper;
        if (!is_repeated(c, at, begin)) hash = word_hash_add(hash, l->code);
        size_t next = is_spaced ? next_spaced_letter(c, at) : next_in_word(c, begin, at);
        if (next == at) break;
        begin += is_spaced || next == at + 1 ? 0 : next - begin; /* A dot: a new start. */
        at = next;
    }
    token t = {.hash = word_hash_end(hash),
               .begin = letter_at(c, c->at)->at,
               .end = letter_at(c, at)->end,
               .kind = digit_count == letter_count ? TOKEN_NUMBER : TOKEN_WORD,
               .class = FOLD_LETTER,
               .letter_count = (uint8_t)(letter_count < 255 ? letter_count : 255),
               .is_upper = upper_count + digit_count == letter_count};
    c->at = at + 1;
    put_token(c, t);
}

static void cut_code_point(cutter *c) {
    const letter *l = letter_at(c, c->at++);
    put_token(c, (token){.hash = word_hash_end(word_hash_add(WORD_HASH_EMPTY, l->code)),
                         .begin = l->at,
                         .end = l->end,
                         .kind = TOKEN_CODE_POINT,
                         .class = l->class,
                         .letter_count = 1});
}

static void cut_flag(cutter *c) {
    const letter *a = letter_at(c, c->at), *b = letter_at(c, c->at + 1);
    widen_gap(c, GAP_SYMBOL);
    if (b->class == FOLD_REGIONAL) {
        put_token(c, (token){.begin = a->at,
                             .end = b->end,
                             .kind = TOKEN_FLAG,
                             .letter_count = 2,
                             .flag = {(char)('A' + (a->code - 0x1F1E6)),
                                      (char)('A' + (b->code - 0x1F1E6))}});
        c->at++;
    }
    c->at++;
    widen_gap(c, GAP_SYMBOL);
}

/* What follows an "@" or "://" up to the next blank is a name or an address, and so
 * is the word that it is glued to. */
static void cut_handle(cutter *c) {
    const letter *first = letter_at(c, c->at);
    uint32_t begin = first->at, end = first->end;
    if (c->gap == GAP_NONE && c->token_count > 0) {
        begin = c->out[--c->token_count].begin;
        c->gap = c->out[c->token_count].gap;
    }
    for (; c->at < c->count && letter_at(c, c->at)->class != FOLD_BLANK; c->at++)
        end = letter_at(c, c->at)->end;
    put_token(c, (token){.begin = begin, .end = end, .kind = TOKEN_HANDLE, .letter_count = 1});
}

static bool is_handle(const cutter *c) {
    const letter *l = letter_at(c, c->at), *next = letter_at(c, c->at + 1);
    if (l->class == FOLD_AT) return is_word_letter(next) || next->code == '_';
    return l->code == ':' && next->code == '/' && letter_at(c, c->at + 2)->code == '/';
}

static void read_gap(cutter *c) {
    const letter *l = letter_at(c, c->at);
    bool is_dash = l->class == FOLD_HYPHEN &&
                   (c->gap == GAP_BLANK || letter_at(c, c->at + 1)->class == FOLD_BLANK);
    switch (l->class) {
    case FOLD_BLANK:
    case FOLD_PERIOD: widen_gap(c, GAP_BLANK); break;
    case FOLD_HYPHEN: widen_gap(c, is_dash ? GAP_DASH : GAP_HYPHEN); break;
    case FOLD_COMMA: widen_gap(c, GAP_COMMA); break;
    default: widen_gap(c, GAP_SYMBOL);
    }
    c->at++;
}

size_t tokens_cut(const letter *letters, size_t count, unsigned how, token out[TOKENS_MAX]) {
    cutter c = {.letters = letters, .count = count, .how = how, .out = out};
    while (c.at < c.count && c.token_count < TOKENS_MAX) {
        const letter *l = letter_at(&c, c.at);
        if (is_word_letter(l) || is_dialing_plus(&c, c.at))
            cut_word(&c);
        else if (is_code_point(l))
            cut_code_point(&c);
        else if (l->class == FOLD_REGIONAL)
            cut_flag(&c);
        else if (is_handle(&c))
            cut_handle(&c);
        else
            read_gap(&c);
    }
    return c.token_count;
}
