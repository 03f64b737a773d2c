/* SPDX-License-Identifier: MIT */
/* fold_build -- which letter counts as which.
 *
 * Compatibility decomposition and case folding make one of many styles of a letter;
 * marks are then dropped where they are diacritics (Latin, Greek, Cyrillic, Hebrew
 * points, Arabic vowels) and kept where they are letters of their own (Indic, Thai,
 * voiced kana).  A few letters that Unicode does not decompose follow by hand. */
#include "geocode/compile/fold_build.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>

typedef struct {
    uint32_t first, last;
} range;

static bool is_in(uint32_t code, const range *ranges, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last) return true;
    return false;
}
#define IS_IN(code, ranges) is_in((code), (ranges), sizeof(ranges) / sizeof *(ranges))

static const range diacritics[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05C7}, {0x0610, 0x061A}, {0x0640, 0x0640},
    {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06ED}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF}, {0x3099, 0x309C}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0000, 0xE01EF}};
static const range apostrophes[] = {{'\'', '\''},     {'`', '`'},       {0xB4, 0xB4},
                                    {0x02B9, 0x02C1}, {0x2018, 0x201B}, {0x2032, 0x2032},
                                    {0x30FB, 0x30FB}, {0xFF65, 0xFF65}};
static const range han[] = {{0x2E80, 0x2FDF}, {0x3005, 0x3007}, {0x3400, 0x4DBF},
                            {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x3FFFF}};
static const range kana[] = {{0x3041, 0x30FF}, {0x31F0, 0x31FF}};
static const range hangul[] = {{0x1100, 0x11FF}, {0x3130, 0x318F}, {0xAC00, 0xD7FF}};
static const range thai[] = {{0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1780, 0x17FF}};

/* What Unicode does not take apart, or takes apart otherwise than people write. */
static const struct {
    uint32_t from;
    uint32_t to[2];
} by_hand[] = {
    {0x0131, {'i'}},      {0x0111, {'d'}},      {0x00F8, {'o'}},      {0x0142, {'l'}},
    {0x0127, {'h'}},      {0x0167, {'t'}},      {0x00F0, {'d'}},      {0x014B, {'n'}},
    {0x00E6, {'a', 'e'}}, {0x0153, {'o', 'e'}}, {0x00FE, {'t', 'h'}}, {0x0649, {0x064A}},
    {0x1D00, {'a'}},      {0x0299, {'b'}},      {0x1D04, {'c'}},      {0x1D05, {'d'}},
    {0x1D07, {'e'}},      {0xA730, {'f'}},      {0x0262, {'g'}},      {0x029C, {'h'}},
    {0x026A, {'i'}},      {0x1D0A, {'j'}},      {0x1D0B, {'k'}},      {0x029F, {'l'}},
    {0x1D0D, {'m'}},      {0x0274, {'n'}},      {0x1D0F, {'o'}},      {0x1D18, {'p'}},
    {0x0280, {'r'}},      {0xA731, {'s'}},      {0x1D1B, {'t'}},      {0x1D1C, {'u'}},
    {0x1D20, {'v'}},      {0x1D21, {'w'}},      {0x028F, {'y'}},      {0x1D22, {'z'}},
    {0x06CC, {0x064A}},   {0x06A9, {0x0643}},   {0x0629, {0x0647}},   {0x0456, {0x0438}}};

static bool is_of(uint32_t code, uint32_t categories) {
    return uc_is_general_category_withtable(code, categories);
}

static fold_class class_of_letter(uint32_t code) {
    if (IS_IN(code, han)) return FOLD_HAN;
    if (IS_IN(code, kana)) return FOLD_KANA;
    if (IS_IN(code, hangul)) return FOLD_HANGUL;
    if (IS_IN(code, thai)) return FOLD_THAI;
    return is_of(code, UC_CATEGORY_MASK_N) ? FOLD_DIGIT : FOLD_LETTER;
}

static fold_class class_of_sign(uint32_t code) {
    if (unicode_is_white_space(code) || code == '_' || code == '#') return FOLD_BLANK;
    if (is_of(code, UC_CATEGORY_MASK_Pd) || code == 0x2212) return FOLD_HYPHEN;
    if (code == '.') return FOLD_PERIOD;
    if (code == ',' || code == 0x060C || code == 0x3001) return FOLD_COMMA;
    if (code == '@') return FOLD_AT;
    if (code >= 0x1F1E6 && code <= 0x1F1FF) return FOLD_REGIONAL;
    if (is_of(code, UC_CATEGORY_MASK_Cf)) return FOLD_DROP;
    return FOLD_SYMBOL;
}

/* White letters in black circles and squares, which Unicode leaves as they are. */
static uint32_t letter_in_black(uint32_t code) {
    if (code >= 0x1F150 && code <= 0x1F169) return 'a' + (code - 0x1F150);
    return code >= 0x1F170 && code <= 0x1F189 ? 'a' + (code - 0x1F170) : 0;
}

static fold_class class_of(uint32_t code) {
    if (IS_IN(code, diacritics) || IS_IN(code, apostrophes)) return FOLD_DROP;
    const uint32_t letters = UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Mc;
    if (is_of(code, letters | UC_CATEGORY_MASK_N)) return class_of_letter(code);
    return class_of_sign(code);
}

/* The folded letters of `code`, without marks; their number. */
static size_t fold(uint32_t code, uint32_t out[FOLD_EXPANSION_MAX]) {
    if (letter_in_black(code) != 0) code = letter_in_black(code);
    uint32_t parts[32] = {code};
    size_t count = 32;
    if (IS_IN(code, kana) || IS_IN(code, hangul) ||
        u32_casefold(&code, 1, NULL, UNINORM_NFKD, parts, &count) != parts) {
        parts[0] = code; /* Or no memory, or longer than any. */
        count = 1;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < FOLD_EXPANSION_MAX; i++) {
        uint32_t part = parts[i];
        if (class_of(part) == FOLD_DROP) continue;
        size_t hand = 0;
        while (hand < sizeof by_hand / sizeof *by_hand && by_hand[hand].from != part) hand++;
        bool is_by_hand = hand < sizeof by_hand / sizeof *by_hand;
        out[kept++] = is_by_hand ? by_hand[hand].to[0] : part;
        if (is_by_hand && by_hand[hand].to[1] != 0 && kept < FOLD_EXPANSION_MAX)
            out[kept++] = by_hand[hand].to[1];
    }
    return kept;
}

static uint32_t add_expansion(fold_build *b, const uint32_t *letters, size_t count) {
    uint32_t at = (uint32_t)b->expansion_count;
    b->expansions[b->expansion_count++] = (uint32_t)count;
    for (size_t i = 0; i < count; i++) b->expansions[b->expansion_count++] = letters[i];
    return at;
}

static uint32_t entry_of(fold_build *b, uint32_t code) {
    uint32_t letters[FOLD_EXPANSION_MAX];
    if (code >= 0xD800 && code <= 0xDFFF) return (uint32_t)FOLD_SYMBOL << 24;
    if (class_of(code) == FOLD_DROP) return (uint32_t)FOLD_DROP << 24;
    size_t count = fold(code, letters);
    if (count == 0) return (uint32_t)FOLD_DROP << 24;
    uint32_t entry = (uint32_t)class_of(letters[0]) << 24;
    if (is_of(code, UC_CATEGORY_MASK_Lu | UC_CATEGORY_MASK_Lt)) entry |= FOLD_UPPER;
    if (count > 1) return entry | FOLD_EXPANDS | add_expansion(b, letters, count);
    return letters[0] == code ? entry : entry | letters[0];
}

/* The number of the page with these entries: equal pages are kept once. */
static uint16_t page_number(fold_build *b, const uint32_t page[256]) {
    size_t i = 0;
    while (i < b->page_count && memcmp(b->pages + i * 256, page, 1024) != 0) i++;
    if (i == b->page_count) memcpy(b->pages + 256 * b->page_count++, page, 1024);
    return (uint16_t)i;
}

fold_build *fold_build_new(void) {
    fold_build *b = calloc(1, sizeof *b);
    if (b == NULL) return NULL;
    b->pages = malloc(FOLD_BLOCK_COUNT * 1024);
    b->expansions = malloc(0x110000 * sizeof(uint32_t));
    if (b->pages == NULL || b->expansions == NULL) {
        fold_build_free(b);
        return NULL;
    }
    for (uint32_t block = 0; block < FOLD_BLOCK_COUNT; block++) {
        uint32_t page[256];
        for (uint32_t i = 0; i < 256; i++) page[i] = entry_of(b, block << 8 | i);
        b->page_of_block[block] = page_number(b, page);
    }
    return b;
}

void fold_build_free(fold_build *b) {
    if (b == NULL) return;
    free(b->pages);
    free(b->expansions);
    free(b);
}

fold_table fold_build_table(const fold_build *b) {
    return (fold_table){b->page_of_block, b->pages, b->expansions};
}
