/* SPDX-License-Identifier: MIT */
#include "sentiment/token.h"

#include <string.h>

#include "sentiment/letter.h"

enum { ORDINARY, SPACE, LEAD, PUNCTUATION };

/* LEAD: the first byte of a character that could be white space or an emoji. */
static const uint8_t kind_of[256] = {
    ['\t'] = SPACE,       ['\n'] = SPACE,       ['\v'] = SPACE,      ['\f'] = SPACE,
    ['\r'] = SPACE,       [0x1C] = SPACE,       [0x1D] = SPACE,      [0x1E] = SPACE,
    [0x1F] = SPACE,       [' '] = SPACE,        ['!'] = PUNCTUATION, ['"'] = PUNCTUATION,
    ['#'] = PUNCTUATION,  ['$'] = PUNCTUATION,  ['%'] = PUNCTUATION, ['&'] = PUNCTUATION,
    ['\''] = PUNCTUATION, ['('] = PUNCTUATION,  [')'] = PUNCTUATION, ['*'] = PUNCTUATION,
    ['+'] = PUNCTUATION,  [','] = PUNCTUATION,  ['-'] = PUNCTUATION, ['.'] = PUNCTUATION,
    ['/'] = PUNCTUATION,  [':'] = PUNCTUATION,  [';'] = PUNCTUATION, ['<'] = PUNCTUATION,
    ['='] = PUNCTUATION,  ['>'] = PUNCTUATION,  ['?'] = PUNCTUATION, ['@'] = PUNCTUATION,
    ['['] = PUNCTUATION,  ['\\'] = PUNCTUATION, [']'] = PUNCTUATION, ['^'] = PUNCTUATION,
    ['_'] = PUNCTUATION,  ['`'] = PUNCTUATION,  ['{'] = PUNCTUATION, ['|'] = PUNCTUATION,
    ['}'] = PUNCTUATION,  ['~'] = PUNCTUATION,  [0xC2] = LEAD,       [0xE1] = LEAD,
    [0xE2] = LEAD,        [0xE3] = LEAD,        [0xF0] = LEAD,
};

static uint8_t kind_at(text t, size_t at) {
    return kind_of[(unsigned char)t.bytes[at]];
}

token_reader token_reader_of(const lexicon *words, text source) {
    return (token_reader){.words = words, .source = source};
}

/* What ends a word at r->at: nothing, white space, or an emoji; *next is behind it. */
static uint8_t end_at(const token_reader *r, size_t at, size_t *next, const lexicon_emoji **emoji) {
    uint8_t kind = kind_at(r->source, at);
    *next = at + 1;
    if (kind != LEAD) return kind == SPACE ? SPACE : ORDINARY;
    *next = at;
    uint32_t c = utf8_next(r->source, next);
    if (unicode_is_white_space(c)) return SPACE;
    *emoji = lexicon_find_emoji(r->words, c);
    return *emoji != NULL ? LEAD : ORDINARY;
}

/* Takes all up to white space, an emoji or the end. */
static text take_run(token_reader *r) {
    const lexicon_emoji *emoji;
    size_t begin = r->at, next;
    for (; r->at < r->source.count; r->at = next) {
        uint8_t kind = kind_at(r->source, r->at);
        next = r->at + 1;
        if (kind == ORDINARY || kind == PUNCTUATION) continue;
        if (end_at(r, r->at, &next, &emoji) != ORDINARY) break;
    }
    return text_slice(r->source, begin, r->at);
}

/* Stands before the next word's first byte, in a description or in the text. */
static bool find_begin(token_reader *r) {
    while (r->at < r->source.count) {
        const lexicon_emoji *emoji = NULL;
        size_t next;
        uint8_t end = end_at(r, r->at, &next, &emoji);
        if (end == ORDINARY) return true;
        r->at = next;
        if (end == SPACE) continue;
        r->description = (text){r->words->descriptions + emoji->begin, emoji->count};
        r->exclamations += emoji->exclamations;
        r->questions += emoji->questions;
        return true;
    }
    return false;
}

static void take_word(token_reader *r, token *t) {
    size_t blank;
    t->known = NULL;
    t->tail = (text){NULL, 0};
    if (r->description.count == 0) {
        t->head = take_run(r);
    } else if (text_find_byte(r->description, ' ', &blank)) {
        t->head = text_slice(r->description, 0, blank);
        r->description = text_slice(r->description, blank + 1, r->description.count);
    } else {
        t->head = r->description;
        r->description = (text){NULL, 0};
        t->tail = take_run(r);
    }
}

static text without_leading(text t) {
    size_t begin = 0;
    while (begin < t.count && kind_at(t, begin) == PUNCTUATION) begin++;
    return text_slice(t, begin, t.count);
}

static text without_trailing(text t) {
    while (t.count > 0 && kind_at(t, t.count - 1) == PUNCTUATION) t.count--;
    return t;
}

static size_t count_up_to_three(text t, size_t count) {
    for (size_t at = 0; at < t.count && count < 3; count++) utf8_next(t, &at);
    return count;
}

static void strip_if_word(token *t) {
    token s = *t;
    s.head = without_leading(s.head);
    if (s.head.count == 0) s.tail = without_leading(s.tail);
    s.tail = without_trailing(s.tail);
    if (s.tail.count == 0) s.head = without_trailing(s.head);
    if (s.head.count == t->head.count && s.tail.count == t->tail.count) return;
    if (count_up_to_three(s.tail, count_up_to_three(s.head, 0)) > 2) *t = s;
}

bool token_read(token_reader *r, token *t) {
    if (r->description.count == 0 && !find_begin(r)) return false;
    take_word(r, t);
    strip_if_word(t);
    return true;
}

/* Adds the lower-case form of t to the key; false if no key could be like it.  Of
 * all characters beyond ASCII only the Kelvin sign has an ASCII lower-case form. */
static bool add_lower(char *key, size_t *count, text t) {
    for (size_t at = 0; at < t.count; at++) {
        unsigned char c = (unsigned char)t.bytes[at];
        if (*count == WORD_BYTES_MAX) return false;
        if (c >= 0x80) {
            if (t.count - at < 3 || memcmp(t.bytes + at, "\xE2\x84\xAA", 3) != 0) return false;
            c = 'k';
            at += 2;
        }
        key[(*count)++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return true;
}

void token_look_up(const lexicon *words, token *t) {
    char key[WORD_BYTES_MAX];
    size_t count = 0;
    bool is_possible = add_lower(key, &count, t->head) && add_lower(key, &count, t->tail);
    t->known = is_possible ? lexicon_find(words, (text){key, count}) : NULL;
}

/* False if a letter is not upper-case; sets *has_upper if one is. */
static bool may_be_capitals(text t, bool *has_upper) {
    for (size_t at = 0; at < t.count;) {
        unsigned char byte = (unsigned char)t.bytes[at];
        if (byte < 0x80) {
            at++;
            if (byte >= 'a' && byte <= 'z') return false;
            if (byte >= 'A' && byte <= 'Z') *has_upper = true;
            continue;
        }
        uint32_t c = utf8_next(t, &at);
        if (letter_is_lower_or_title(c)) return false;
        if (letter_is_upper(c)) *has_upper = true;
    }
    return true;
}

bool token_is_capitals(const token *t) {
    bool has_upper = false;
    return may_be_capitals(t->head, &has_upper) && may_be_capitals(t->tail, &has_upper) &&
           has_upper;
}

static char byte_at(const token *t, size_t at) {
    size_t split = t->head.count;
    return at < split ? t->head.bytes[at] : t->tail.bytes[at - split];
}

bool token_has_nt(const token *t) {
    size_t count = t->head.count + t->tail.count;
    for (size_t at = 1; at + 1 < count; at++)
        if (byte_at(t, at) == '\'' && (byte_at(t, at - 1) | 0x20) == 'n' &&
            (byte_at(t, at + 1) | 0x20) == 't')
            return true;
    return false;
}
