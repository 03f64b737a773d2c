/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/folded.h"

#include <string.h>

bool folder_init(folder *f) {
    if (!fold_table_builtin(&f->table)) return false;
    for (uint32_t c = 0; c < 128; c++) {
        uint32_t entry = fold_entry(&f->table, c), code = FOLD_CODE(entry);
        uint8_t class = FOLD_CLASS(entry);
        bool is_letter = class == FOLD_LETTER || class == FOLD_DIGIT;
        f->ascii[c] = (char)(is_letter ? (code != 0 ? code : c) : class == FOLD_DROP ? 0 : ' ');
    }
    return true;
}

/* ---- Writing ---- */

typedef struct {
    char *room;
    size_t count, most;
} writing;

static void put_blank(writing *w) {
    if (w->room[w->count - 1] != ' ') w->room[w->count++] = ' ';
}

/* Symbols that people mean as such: arrows, signs, emoji; no quotes, dashes, dots. */
static bool is_sign(uint32_t code) {
    return (code >= 0x2190 && code < 0x3000) || code >= 0x1F000;
}

static void put_code(writing *w, uint32_t code, uint8_t class) {
    bool joins = class == FOLD_LETTER || class == FOLD_DIGIT;
    bool stands_alone = (class >= FOLD_HAN && class <= FOLD_THAI) || class == FOLD_REGIONAL ||
                        (class == FOLD_SYMBOL && is_sign(code));
    if (class == FOLD_DROP) return;
    if (!joins) put_blank(w);
    if (joins || stands_alone) w->count += utf8_put(code, w->room + w->count);
    if (stands_alone) put_blank(w);
}

static void put_any(writing *w, const folder *f, uint32_t code) {
    uint32_t entry = fold_entry(&f->table, code), folded = FOLD_CODE(entry);
    uint8_t class = FOLD_CLASS(entry);
    if ((entry & FOLD_EXPANDS) == 0) {
        put_code(w, folded != 0 ? folded : code, class);
        return;
    }
    const uint32_t *expansion = f->table.expansions + folded;
    for (uint32_t i = 1; i <= expansion[0] && i <= FOLD_EXPANSION_MAX; i++)
        put_code(w, expansion[i], class);
}

/* Bytes of the reference that begins at the '&'; 1: it is the sign itself. */
static size_t reference_bytes(text rest) {
    return text_starts_with(rest, TEXT("&amp;"))                                          ? 5
           : text_starts_with(rest, TEXT("&lt;")) || text_starts_with(rest, TEXT("&gt;")) ? 4
                                                                                          : 1;
}

size_t folded_write(const folder *f, text t, bool is_plain, char *room, size_t room_bytes) {
    enum { CODE_BYTES_MAX = FOLD_EXPANSION_MAX * 6 + 1 }; /* With the last blank. */
    writing w = {room, 1, room_bytes < CODE_BYTES_MAX ? 0 : room_bytes - CODE_BYTES_MAX};
    if (w.most == 0) return 0;
    room[0] = ' ';
    for (size_t at = 0; at < t.count && w.count <= w.most;) {
        unsigned char c = (unsigned char)t.bytes[at];
        if (c >= 0x80) {
            put_any(&w, f, utf8_next(t, &at));
            continue;
        }
        char folded = f->ascii[c];
        at += c == '&' && !is_plain ? reference_bytes(text_slice(t, at, t.count)) : 1;
        if (folded == ' ')
            put_blank(&w);
        else if (folded != 0)
            room[w.count++] = folded;
    }
    put_blank(&w);
    return w.count > 1 ? w.count : 0;
}

/* ---- At a glance ---- */

/* How often letters occur in texts of Latin script, the rarest first. */
static unsigned rank_of(unsigned char c) {
    static const char frequent[] = "0123456789zqxjkvbpygfwmucldrhsnioate";
    const char *at = strchr(frequent, c);
    return at == NULL ? 0 : (unsigned)(at - frequent) + 1;
}

static bool is_ascii_word(unsigned char c) {
    return c < 0x80 && c > ' ';
}

folded_pair folded_rarest_pair(text words) {
    folded_pair best = {0, 0};
    unsigned least = ~0u;
    for (size_t i = 0; i + 1 < words.count; i++) {
        folded_pair p = {(unsigned char)words.bytes[i], (unsigned char)words.bytes[i + 1]};
        unsigned rank = rank_of(p.first) * rank_of(p.second);
        if (!is_ascii_word(p.first) || !is_ascii_word(p.second) || rank >= least) continue;
        least = rank;
        best = p;
    }
    for (size_t i = 0; least == ~0u && i < words.count; i++) /* Of one letter: by itself. */
        if (is_ascii_word((unsigned char)words.bytes[i]))
            best.first = (unsigned char)words.bytes[i];
    return best;
}

/* Loops without a way out, so that the compiler takes many bytes at a time.  What folding
 * may change other than by case is looked at closely: beyond ASCII, and apostrophes. */
bool folded_may_have(text t, folded_pair pair) {
    const unsigned char *bytes = (const unsigned char *)t.bytes;
    unsigned char found = 0;
    for (size_t i = 0; i < t.count; i++)
        found |= (unsigned char)((bytes[i] >= 0x80) | (bytes[i] == '\'') | (bytes[i] == '`'));
    if (found != 0 || pair.first == 0) return found != 0;
    if (pair.second == 0) return true;
    for (size_t i = 1; i < t.count; i++)
        found |= (unsigned char)(((bytes[i - 1] | 0x20) == pair.first) &
                                 ((bytes[i] | 0x20) == pair.second));
    return found != 0;
}
