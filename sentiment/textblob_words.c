/* SPDX-License-Identifier: MIT */
#include "sentiment/textblob_words.h"

#include <string.h>

#include "sentiment/textblob_emoticons.h"

/* ---- Chunks ---- */

enum {
    SPACE = 1,
    QUOTE = 2,
    LEAD = 4,   /* The first byte of a character that could be either. */
    APART = 8,  /* "n", which "'t" may follow. */
    MARK = 16,  /* Punctuation that is cut off a word; the full stop has its own rules. */
    JOINS = 32, /* May stand before another character of an emoticon. */
    JOINED = 64 /* May stand behind another character of an emoticon. */
};

static const uint8_t kind_of[256] = {
    ['\t'] = SPACE,
    ['\n'] = SPACE,
    ['\v'] = SPACE,
    ['\f'] = SPACE,
    ['\r'] = SPACE,
    [0x1C] = SPACE,
    [0x1D] = SPACE,
    [0x1E] = SPACE,
    [0x1F] = SPACE,
    [' '] = SPACE,
    ['\''] = MARK | QUOTE | JOINS | JOINED,
    ['"'] = MARK | QUOTE,
    ['n'] = APART,
    [0xC2] = LEAD | JOINS | JOINED,
    [0xE1] = LEAD,
    [0xE2] = LEAD,
    [0xE3] = LEAD,
    ['!'] = MARK,
    ['#'] = MARK,
    ['$'] = MARK,
    ['&'] = MARK,
    ['('] = MARK | JOINED,
    [')'] = MARK | JOINED,
    ['*'] = MARK | JOINS,
    ['+'] = MARK,
    [','] = MARK,
    ['-'] = MARK | JOINS | JOINED,
    [':'] = MARK | JOINS | JOINED,
    [';'] = MARK | JOINS | JOINED,
    ['='] = MARK | JOINS,
    ['?'] = MARK,
    ['@'] = MARK,
    ['['] = MARK | JOINED,
    [']'] = MARK | JOINED,
    ['^'] = MARK | JOINS | JOINED,
    ['_'] = MARK | JOINS | JOINED,
    ['`'] = MARK,
    ['{'] = MARK | JOINED,
    ['|'] = MARK,
    ['}'] = MARK | JOINED,
    ['~'] = MARK,
    ['.'] = JOINS | JOINED,
    ['/'] = JOINED,
    ['\\'] = JOINED,
    ['<'] = JOINS | JOINED,
    ['>'] = JOINS | JOINED,
    ['3'] = JOINED,
    ['8'] = JOINS,
    ['D'] = JOINED,
    ['O'] = JOINS | JOINED,
    ['P'] = JOINED,
    ['S'] = JOINED,
    ['X'] = JOINS,
    ['b'] = JOINED,
    ['c'] = JOINS | JOINED,
    ['o'] = JOINS | JOINED,
    ['p'] = JOINED,
    ['s'] = JOINED,
    ['x'] = JOINS,
    [0xB0] = JOINS | JOINED, /* The end of a degree sign. */
};

static uint8_t kind_at(text t, size_t at) {
    return kind_of[(unsigned char)t.bytes[at]];
}

textblob_words textblob_words_of(text source) {
    return (textblob_words){.source = source};
}

/* What is at `at` besides letters: SPACE, QUOTE, APART or 0; *next is behind it. */
static unsigned chunk_end_at(text t, size_t at, size_t *next) {
    unsigned kind = kind_at(t, at) & (SPACE | QUOTE | LEAD | APART);
    *next = at + 1;
    if (kind == APART) {
        bool is_apart = t.count - at > 2 && t.bytes[at + 1] == '\'' && t.bytes[at + 2] == 't';
        return is_apart ? APART : 0;
    }
    if (kind != LEAD) return kind;
    *next = at;
    uint32_t c = utf8_next(t, next);
    if (c == 0x2018 || c == 0x2019 || c == 0x201C || c == 0x201D) return QUOTE;
    return unicode_is_white_space(c) ? SPACE : 0;
}

/* Skips white space; true if two line breaks or more, "\n" or "\r\n", stand in a row. */
static bool skip_space(textblob_words *r) {
    size_t next, breaks = 0;
    bool is_paragraph = false;
    for (; r->at < r->source.count; r->at = next) {
        if (chunk_end_at(r->source, r->at, &next) != SPACE) break;
        char c = r->source.bytes[r->at];
        bool is_half = c == '\r' && next < r->source.count && r->source.bytes[next] == '\n';
        if (is_half) continue;
        breaks = c == '\n' ? breaks + 1 : 0;
        is_paragraph |= breaks == 2;
    }
    return is_paragraph;
}

static void take_chunk(textblob_words *r) {
    size_t begin = r->at, next;
    unsigned end = chunk_end_at(r->source, begin, &next);
    r->at = next;
    while (end != QUOTE && r->at < r->source.count) {
        uint8_t kind = kind_at(r->source, r->at);
        next = r->at + 1;
        if ((kind & (SPACE | QUOTE | LEAD | APART)) != 0 &&
            chunk_end_at(r->source, r->at, &next) != 0)
            break;
        r->at = next;
    }
    r->chunk = text_slice(r->source, begin, r->at);
    r->is_past = false;
}

/* ---- Pieces ---- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The abbreviations of the original that "X." and "X.Y.Z." do not cover. */
static bool is_known_abbreviation(text t) {
    static const text known[] = {
        {"adj.", 4},  {"adv.", 4}, {"al.", 3},   {"cf.", 3},   {"comp.", 5}, {"conf.", 5},
        {"def.", 4},  {"ed.", 3},  {"esp.", 4},  {"etc.", 4},  {"ex.", 3},   {"fig.", 4},
        {"gen.", 4},  {"id.", 3},  {"int.", 4},  {"Med.", 4},  {"Mil.", 4},  {"Mr.", 3},
        {"orig.", 5}, {"pl.", 3},  {"pred.", 5}, {"pres.", 5}, {"ref.", 4},  {"vs.", 3},
    };
    for (size_t i = 0; t.count <= 5 && i < sizeof known / sizeof known[0]; i++)
        if (text_equal(t, known[i])) return true;
    return false;
}

/* Letters and full stops in turns from the beginning of t: "U.S." has 4 of them. */
static size_t initials_of(text t) {
    size_t count = 0;
    while (count + 1 < t.count && is_letter(t.bytes[count]) && t.bytes[count + 1] == '.')
        count += 2;
    return count;
}

/* A capital, consonants, or bars (a slip of the original), and the full stop: its
 * place, or 0. */
static size_t title_of(text t) {
    size_t at = 1;
    if (t.count < 3 || t.bytes[0] < 'A' || t.bytes[0] > 'Z') return 0;
    while (at < t.count && t.bytes[at] != '\0' && strchr("bcdfghjklmnpqrstvwxz|", t.bytes[at]))
        at++;
    return at > 1 && at < t.count && t.bytes[at] == '.' ? at : 0;
}

/* Where the body of t ends, which does not begin with a mark: before the marks and full
 * stops at its end.  What tells abbreviations is found once: a chunk of a megabyte may
 * ask at each of its full stops. */
static size_t body_end_of(text t) {
    size_t end = t.count, initials = SIZE_MAX, title = 0;
    while (end > 0) {
        char last = t.bytes[end - 1];
        if (kind_at(t, end - 1) & MARK) {
            end--;
            continue;
        }
        if (last != '.') break;
        size_t stops = 1;
        while (stops < end && t.bytes[end - 1 - stops] == '.') stops++;
        if (stops == 1) {
            if (initials == SIZE_MAX) {
                initials = initials_of(t);
                title = title_of(t);
            }
            bool is_initials = end % 2 == 0 && end <= initials;
            if (is_initials || (title != 0 && end == title + 1) ||
                is_known_abbreviation(text_slice(t, 0, end)))
                break;
        }
        /* Of two the first is asked again: "etc..". */
        end -= stops == 2 ? 1 : stops;
    }
    return end;
}

static text take(textblob_words *r, size_t count) {
    text t = text_slice(r->chunk, 0, count);
    r->chunk = text_slice(r->chunk, count, r->chunk.count);
    return t;
}

/* The next piece of a chunk that is not empty. */
static text take_piece(textblob_words *r) {
    bool is_mark = kind_at(r->chunk, 0) & MARK;
    if (!r->is_past && !is_mark) {
        size_t end = body_end_of(r->chunk);
        r->is_past = true;
        if (end > 0) return take(r, end);
    }
    if (r->chunk.bytes[0] != '.') return take(r, 1);
    size_t stops = 1;
    while (stops < r->chunk.count && r->chunk.bytes[stops] == '.') stops++;
    if (stops < 3) return take(r, 1);
    text all = take(r, stops);
    return text_slice(all, 0, 3);
}

/* ---- Sentences ---- */

static bool ends_sentence(text t) {
    return t.count == 3
               ? memcmp(t.bytes, "...", 3) == 0
               : t.count == 1 && (t.bytes[0] == '.' || t.bytes[0] == '!' || t.bytes[0] == '?');
}

/* May stand behind a sentence's end and belongs to it. */
static bool is_closing(text t) {
    if (t.count == 1) return t.bytes[0] == ')';
    return t.count == 3 &&
           (memcmp(t.bytes, "\xE2\x80\x9D", 3) == 0 || memcmp(t.bytes, "\xE2\x80\x99", 3) == 0);
}

static void keep_piece(textblob_words *r, text t) {
    textblob_piece *p = &r->window[r->read % TEXTBLOB_WINDOW];
    bool ends = ends_sentence(t);
    /* The original marks paragraphs by this word, and so can a text. */
    if (text_equal(t, TEXT("END-OF-SENTENCE"))) {
        r->after_end = true;
        return;
    }
    p->bytes = t;
    p->begins_sentence = r->after_end && !ends && !is_closing(t);
    r->after_end = ends || (r->after_end && !p->begins_sentence);
    r->read++;
}

static void fill_window(textblob_words *r) {
    while (r->read - r->taken < TEXTBLOB_WINDOW) {
        if (r->chunk.count == 0) {
            r->after_end |= skip_space(r);
            if (r->at == r->source.count) return;
            take_chunk(r);
        }
        keep_piece(r, take_piece(r));
    }
}

/* ---- Words ---- */

/* The piece `ahead` of the next word's first, in the same sentence as the one before
 * it; NULL if there is none. */
static const textblob_piece *piece_at(const textblob_words *r, size_t ahead) {
    const textblob_piece *p = &r->window[(r->taken + ahead) % TEXTBLOB_WINDOW];
    bool is_there = r->taken + ahead < r->read && (ahead == 0 || !p->begins_sentence);
    return is_there ? p : NULL;
}

static bool is_mark_at(const textblob_words *r, size_t ahead, char mark) {
    const textblob_piece *p = piece_at(r, ahead);
    return p != NULL && p->bytes.count == 1 && p->bytes.bytes[0] == mark;
}

/* "(!)", with blanks in it or without. */
static bool is_irony_at(const textblob_words *r, size_t ahead) {
    return is_mark_at(r, ahead, '(') && is_mark_at(r, ahead + 1, '!') &&
           is_mark_at(r, ahead + 2, ')');
}

/* How many pieces the emoticon takes that begins at the first one's byte `at` and ends
 * with the last one; 0 if it is not there. */
static size_t pieces_of(const textblob_words *r, size_t at, text emoticon) {
    const textblob_piece *p = piece_at(r, 0);
    size_t ahead = 0;
    for (size_t i = 0; i < emoticon.count; i++, at++) {
        if (at == p->bytes.count) {
            p = piece_at(r, ++ahead);
            at = 0;
            if (p == NULL || is_irony_at(r, ahead)) return 0;
        }
        if (p->bytes.bytes[at] != emoticon.bytes[i]) return 0;
    }
    return at == p->bytes.count ? ahead + 1 : 0;
}

/* The most pieces of an emoticon that begins there: ":c)" goes before ":c". */
static size_t most_pieces_at(const textblob_words *r, size_t at) {
    static const text emoticons[] = {
#define X(form, polarity) {form, sizeof(form) - 1},
        TEXTBLOB_EMOTICONS(X)
#undef X
    };
    size_t most = 0;
    for (size_t i = 0; i < sizeof emoticons / sizeof emoticons[0]; i++) {
        size_t pieces = pieces_of(r, at, emoticons[i]);
        if (pieces > most) most = pieces;
    }
    return most;
}

/* How many pieces make the next word. */
static size_t count_pieces(const textblob_words *r) {
    if (is_irony_at(r, 0)) return 3;
    const textblob_piece *first = piece_at(r, 0), *second = piece_at(r, 1);
    if (second == NULL || second->bytes.count >= EMOTICON_BYTES_MAX ||
        !(kind_at(second->bytes, 0) & JOINED) ||
        !(kind_at(first->bytes, first->bytes.count - 1) & JOINS))
        return 1;
    size_t count = first->bytes.count;
    size_t at = count > EMOTICON_BYTES_MAX ? count - EMOTICON_BYTES_MAX : 0;
    for (; at < count; at++) {
        size_t pieces = most_pieces_at(r, at);
        if (pieces > 0) return pieces;
    }
    return 1;
}

bool textblob_words_next(textblob_words *r, textblob_word *w) {
    fill_window(r);
    if (r->read == r->taken) return false;
    size_t pieces = count_pieces(r);
    w->head = piece_at(r, 0)->bytes;
    w->tail_count = 0;
    for (size_t k = 1; k < pieces; k++) {
        text t = piece_at(r, k)->bytes;
        memcpy(w->tail + w->tail_count, t.bytes, t.count);
        w->tail_count = (uint8_t)(w->tail_count + t.count);
    }
    r->taken += pieces;
    return true;
}
