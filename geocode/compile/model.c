/* SPDX-License-Identifier: MIT */
#include "geocode/compile/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void model_init(model *m) {
    *m = (model){.strings = arena_new(1 << 20), .fold_data = fold_build_new()};
    if (m->strings == NULL || m->fold_data == NULL) die("out of memory");
    m->fold = fold_build_table(m->fold_data);
}

void model_deinit(model *m) {
    arena_free(m->strings);
    fold_build_free(m->fold_data);
    free(m->places);
    free(m->names);
}

text model_keep(model *m, text t) {
    text copy = arena_copy(m->strings, t);
    if (copy.bytes == NULL) die("out of memory");
    return copy;
}

static void *grow(void *items, size_t count, size_t *capacity, size_t item_bytes) {
    if (count < *capacity) return items;
    *capacity = *capacity == 0 ? 4096 : *capacity * 2;
    void *grown = realloc(items, *capacity * item_bytes);
    if (grown == NULL) die("out of memory");
    return grown;
}

model_place *model_add_place(model *m, model_place p) {
    if (m->place_count > POSTING_PLACE(UINT32_MAX)) die("too many places for a posting");
    m->places = grow(m->places, m->place_count, &m->place_capacity, sizeof *m->places);
    m->places[m->place_count] = p;
    return &m->places[m->place_count++];
}

/* Countries, then first, then second level, each in the order of their codes. */
bool model_find_region(const model *m, text code, uint32_t *number) {
    size_t dots = 0;
    for (size_t i = 0; i < code.count; i++) dots += code.bytes[i] == '.';
    size_t low = 0, high = m->place_count < m->region_count ? m->place_count : m->region_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2, middle_dots = 0;
        text at = m->places[middle].code;
        for (size_t i = 0; i < at.count; i++) middle_dots += at.bytes[i] == '.';
        int order = middle_dots != dots ? (middle_dots < dots ? -1 : 1) : text_compare(at, code);
        if (order == 0) {
            *number = (uint32_t)middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

uint16_t country_letters(text code) {
    if (code.count < 2) return 0;
    return (uint16_t)((unsigned char)code.bytes[0] | (unsigned char)code.bytes[1] << 8);
}

#define PEOPLE_UNKNOWN 75 /* Enough to count beside a region, not to count alone. */
#define SECTION_POINTS 12 /* A part of a city is seldom named without it. */

uint8_t place_weight(const model *m, const model_place *p) {
    uint32_t country = 0;
    char code[2] = {(char)(p->country & 255), (char)(p->country >> 8)};
    if (p->is_empty || !model_find_region(m, (text){code, 2}, &country)) return 0;
    uint64_t people = p->population > 0       ? p->population
                      : p->guessed_people > 0 ? p->guessed_people
                                              : PEOPLE_UNKNOWN;
    double weight = 16 * log10((double)people) + m->places[country].reach + .5;
    if (p->is_section) weight -= SECTION_POINTS;
    return (uint8_t)(weight > 255 ? 255 : weight < 0 ? 0 : weight);
}

static void push_name(model *m, model_name n) {
    m->names = grow(m->names, m->name_count, &m->name_capacity, sizeof *m->names);
    m->names[m->name_count++] = n;
}

/* One sequence of tokens as a name, with marks for its beginnings. */
static void add_tokens(model *m, uint32_t number, const token *tokens, size_t count,
                       uint32_t flags) {
    uint64_t hash = NAME_HASH_EMPTY;
    if (count == 0 || count > NAME_TOKENS_MAX) return;
    for (size_t i = 0; i < count; i++) {
        if (tokens[i].kind > TOKEN_CODE_POINT) return;
        hash = name_hash_add(hash, tokens[i].hash);
        if (i < 2 && i + 1 < count)
            push_name(m, (model_name){.hash = hash, .longest = (uint8_t)count});
    }
    push_name(m, (model_name){.hash = hash, .place = number, .flags = flags, .longest = 1});
}

/* "New York" is written "newyork" in hashtags and by people in a hurry. */
static void add_without_blanks(model *m, uint32_t number, const letter *letters, size_t count,
                               uint32_t flags) {
    letter joined[LETTERS_MAX];
    token tokens[TOKENS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (letters[i].class == FOLD_LETTER) joined[kept++] = letters[i];
    if (kept >= 6 && tokens_cut(joined, kept, 0, tokens) == 1)
        add_tokens(m, number, tokens, 1, flags | POSTING_ALTERNATE);
}

static void add_spelling(model *m, uint32_t number, text name, uint32_t flags) {
    letter letters[LETTERS_MAX];
    token tokens[TOKENS_MAX];
    size_t letter_count = letters_read(&m->fold, name, letters);
    size_t count = tokens_cut(letters, letter_count, 0, tokens);
    bool is_tiny = count == 1 && tokens[0].kind == TOKEN_WORD && tokens[0].letter_count < 3;
    if (is_tiny && (flags & POSTING_NO_PLACE) == 0) flags |= POSTING_CODE;
    add_tokens(m, number, tokens, count, flags);
    bool is_known = m->places[number].population >= 20000 || (flags & POSTING_OWN) != 0;
    if (count > 1 && tokens[0].kind == TOKEN_WORD && is_known && (flags & POSTING_NO_PLACE) == 0)
        add_without_blanks(m, number, letters, letter_count, flags);
}

/* "Fort Worth" is "Ft. Worth" as well, and "St. Louis" "Saint Louis". */
void model_add_name(model *m, uint32_t number, text name, uint32_t flags) {
    static const char *const pairs[][2] = {
        {"Fort ", "Ft "}, {"Mount ", "Mt "}, {"Saint ", "St. "}, {"Sainte ", "Ste "}};
    add_spelling(m, number, name, flags);
    for (size_t i = 0; i < 2 * sizeof pairs / sizeof *pairs; i++) {
        text from = text_of(pairs[i / 2][i % 2]);
        if (!text_starts_with(name, from)) continue;
        buffer other = {0};
        buffer_add(&other, text_of(pairs[i / 2][1 - i % 2]));
        buffer_add(&other, text_slice(name, from.count, name.count));
        if (other.failed) die("out of memory");
        add_spelling(m, number, buffer_text(&other), flags);
        buffer_deinit(&other);
    }
}

/* "Los Angelos": names of several words by their letters alone. */
void model_add_typos(model *m, uint32_t number, text name) {
    letter letters[LETTERS_MAX];
    token tokens[TOKENS_MAX];
    size_t read_count = letters_read(&m->fold, name, letters), count = 0;
    size_t token_count = tokens_cut(letters, read_count, 0, tokens);
    for (size_t i = 0; i < token_count; i++)
        if (tokens[i].kind != TOKEN_WORD) return;
    for (size_t i = 0; i < read_count; i++)
        if (letters[i].class == FOLD_LETTER) letters[count++] = letters[i];
    if (count < TYPO_LETTERS_MIN || count > TYPO_LETTERS_MAX) return;
    for (size_t left_out = 0; left_out <= count; left_out++) {
        uint64_t hash = WORD_HASH_EMPTY;
        for (size_t i = 0; i < count; i++)
            if (i != left_out) hash = word_hash_add(hash, letters[i].code);
        push_name(m, (model_name){.hash = name_hash_add(TYPO_HASH_EMPTY, word_hash_end(hash)),
                                  .place = number,
                                  .flags = POSTING_TYPO | POSTING_ALTERNATE,
                                  .longest = 1});
    }
}
