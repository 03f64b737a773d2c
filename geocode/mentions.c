/* SPDX-License-Identifier: MIT */
/* mentions -- the longest name at each position, from left to right.
 *
 * The gazetteer keeps, for the first one and two tokens of every name, how long the
 * longest name is that begins so: most positions cost one probe.  In scripts without
 * blanks a name may begin and end anywhere, but never inside a run of kana, and one
 * ideograph alone counts only where it stands alone. */
#include "geocode/mentions.h"

#include <string.h>

#define TYPO_WORDS_MAX      4
#define UNKNOWN_LETTERS_MIN 5 /* Of a word that a letter may be wrong in. */
#define BETWEEN_LETTERS_MAX 3

static bool is_script(const token *t, fold_class class) {
    return t->kind == TOKEN_CODE_POINT && t->class == class;
}

static bool is_glued(const reading *r, size_t i, fold_class class) {
    return i > 0 && i < r->token_count && r->tokens[i].gap == GAP_NONE &&
           is_script(&r->tokens[i], class) && is_script(&r->tokens[i - 1], class);
}

/* "가 나" is two words, not the name of two letters "가나". */
static bool is_torn(const reading *r, size_t begin, size_t end) {
    if (r->tokens[begin].kind != TOKEN_CODE_POINT || end - begin > 3) return false;
    for (size_t i = begin + 1; i < end; i++)
        if (r->tokens[i].gap != GAP_NONE) return true;
    return false;
}

/* May a name begin at token `begin` and end before token `end`? */
static bool is_at_borders(const reading *r, size_t begin, size_t end) {
    if (r->tokens[begin].kind != TOKEN_CODE_POINT) return true;
    if (is_glued(r, begin, FOLD_KANA) || is_glued(r, end, FOLD_KANA)) return false;
    if (is_glued(r, begin, FOLD_HANGUL) || is_torn(r, begin, end)) return false;
    size_t count = end - begin;
    if (count == 1) return !is_glued(r, begin, FOLD_HAN) && !is_glued(r, end, FOLD_HAN);
    if (is_script(&r->tokens[begin], FOLD_THAI)) return count > 2;
    return true;
}

/* Words that stand between two places: "NC to the DMV", "Tokyo x Osaka". */
static bool is_between(const reading *r, size_t i) {
    static const char *const words[] = {"to", "x", "2", "vs", "via"};
    const token *t = &r->tokens[i];
    if (t->letter_count > BETWEEN_LETTERS_MAX || t->kind > TOKEN_NUMBER || t->gap == GAP_NONE ||
        t->gap >= GAP_DASH || t[1].gap >= GAP_DASH)
        return false;
    text word = text_slice(r->source, t->begin, t->end);
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (text_equal_caseless(word, text_of(words[k]))) return true;
    return false;
}

/* The slot value of the longest name from `begin` on; *end is set past it. */
static uint32_t find_longest(const reading *r, const gazetteer *g, size_t begin, size_t *end) {
    uint64_t hash = NAME_HASH_EMPTY;
    uint32_t best = 0;
    size_t limit = begin + 1;
    for (size_t at = begin; at < limit && at < r->token_count; at++) {
        const token *t = &r->tokens[at];
        if (t->kind > TOKEN_CODE_POINT || (at > begin && t->gap >= GAP_DASH)) break;
        hash = name_hash_add(hash, t->hash);
        uint32_t value = gazetteer_slot(g, hash);
        if (at - begin < 2) {
            if (value == 0) break;
            limit = begin + SLOT_LONGEST(value);
        }
        if (SLOT_POSTING(value) == 0 || !is_at_borders(r, begin, at + 1)) continue;
        if (best != 0 && at + 1 < r->token_count && is_between(r, at)) continue; /* "LA to NYC" */
        best = value;
        *end = at + 1;
    }
    return best;
}

static void collect_regions(mention *m, const gazetteer *g) {
    for (const uint32_t *p = m->postings;; p++) {
        uint32_t number = POSTING_PLACE(*p); /* Regions come before cities. */
        bool is_meant = (*p & POSTING_CODE) == 0 || m->code_counts;
        if (is_meant && number < g->area_count && m->region_count < MENTION_REGIONS_MAX) {
            m->regions[m->region_count++] = number;
            /* In a country, and in an area of our own, may lie what has a code of its own:
             * Puerto Rico, Jersey. */
            bool holds_others = g->places[number].kind == PLACE_COUNTRY || (*p & POSTING_OWN) != 0;
            m->region_countries |=
                holds_others ? UINT64_MAX : country_bit(g->places[number].country);
        }
        if ((*p & POSTING_LAST) != 0) return;
    }
}

/* Letters of Latin with diacritics, U+00C0 to U+017F. */
static bool has_marks(const reading *r, size_t begin, size_t end) {
    for (size_t at = r->tokens[begin].begin; at < r->tokens[end - 1].end; at++) {
        unsigned char c = (unsigned char)r->source.bytes[at];
        if (c >= 0xC3 && c <= 0xC5) return true;
        if (c >= 0xC0) return false;
    }
    return false;
}

/* "liam/5": a number of one digit behind a slash. */
static bool is_counted(const reading *r, size_t begin, size_t end) {
    if (end - begin != 1 || end >= r->token_count) return false;
    const token *t = &r->tokens[end];
    return t->kind == TOKEN_NUMBER && t->letter_count == 1 && t->gap == GAP_SYMBOL &&
           t->begin == r->tokens[begin].end + 1 && r->source.bytes[t->begin - 1] == '/';
}

/* "l.a." alone is as good as "LA". */
static bool is_all_dotted(const reading *r, size_t begin, size_t end) {
    const token *t = &r->tokens[begin];
    return r->token_count == 1 && end == 1 && t->end - t->begin > 2 &&
           r->source.bytes[t->begin + 1] == '.';
}

/* `postings` NULL: those of a flag's country. */
static void add_mention(reading *r, size_t begin, size_t end, const uint32_t *postings,
                        uint32_t flag_posting) {
    mention *m = &r->mentions[r->mention_count++];
    *m = (mention){.flag_posting = flag_posting,
                   .postings = postings != NULL ? postings : &m->flag_posting,
                   .begin = (uint8_t)begin,
                   .end = (uint8_t)end,
                   .segment = r->segment_of[begin],
                   .is_upper = true,
                   .has_marks = has_marks(r, begin, end),
                   .is_counted = is_counted(r, begin, end)};
    for (size_t i = begin; i < end; i++) {
        m->letter_count = (uint8_t)(m->letter_count + r->tokens[i].letter_count);
        if (!r->tokens[i].is_upper) m->is_upper = false;
    }
    m->is_upper |= is_all_dotted(r, begin, end);
    m->no_place = posting_is_no_place(*m->postings);
    r->has_place |= !m->no_place;
}

static void cut_segments(reading *r) {
    uint8_t segment = 0;
    for (size_t i = 0; i < r->token_count; i++) {
        if (i > 0 && r->tokens[i].gap >= GAP_DASH) segment++;
        r->segment_of[i] = segment;
        r->segment_letters[segment] = r->segment_unknown[segment] = 0;
        r->segment_unknown_words[segment] = 0;
    }
}

static void find_mentions(reading *r, const gazetteer *g) {
    for (size_t at = 0, end = 0; at < r->token_count && r->mention_count < MENTIONS_MAX; at = end) {
        end = at + 1;
        uint32_t country;
        if (r->tokens[at].kind == TOKEN_FLAG) {
            if (gazetteer_country(g, r->tokens[at].flag, &country))
                add_mention(r, at, end, NULL, country | POSTING_ALTERNATE | POSTING_LAST);
            continue;
        }
        uint32_t value = find_longest(r, g, at, &end);
        if (value != 0) add_mention(r, at, end, g->postings + SLOT_POSTING(value), 0);
    }
}

static bool is_place_at(const reading *r, size_t number) {
    return number < r->mention_count && !r->mentions[number].no_place;
}

static bool is_mentioned(const reading *r, size_t at) {
    for (size_t i = 0; i < r->mention_count; i++)
        if (at >= r->mentions[i].begin && at < r->mentions[i].end) return true;
    return false;
}

/* A place and nothing unknown before token `i`, and a place right behind it, but for what
 * fills?  `number` is the mention that begins at `i` or after it. */
static bool is_among_places(const reading *r, size_t i, size_t number) {
    size_t at = i + 1;
    if (number == 0 || r->mentions[number - 1].end != i || !is_place_at(r, number - 1))
        return false;
    for (size_t k = i; k > 0 && r->segment_of[k - 1] == r->segment_of[i]; k--)
        if (!is_mentioned(r, k - 1)) return false;
    if (number < r->mention_count && r->mentions[number].begin == i) number++;
    for (; number < r->mention_count && r->mentions[number].begin == at; number++) {
        if (is_place_at(r, number)) return true;
        if ((*r->mentions[number].postings & POSTING_FILLER) == 0) return false;
        at = r->mentions[number].end;
    }
    return false;
}

static void split_between(reading *r) {
    bool is_split = false;
    size_t number = 0;
    if (r->mention_count < 2) return;
    for (size_t i = 1; i + 1 < r->token_count; i++) {
        while (number < r->mention_count && r->mentions[number].begin < i) number++;
        if (!is_between(r, i) || !is_among_places(r, i, number)) continue;
        if (number < r->mention_count && r->mentions[number].begin == i)
            r->mentions[number++].no_place = true; /* "to" is not Toronto here. */
        while (!is_place_at(r, number)) number++;
        r->mentions[number].is_next = true;
        r->tokens[i].gap = r->tokens[i + 1].gap = GAP_SYMBOL;
        is_split = true;
    }
    if (!is_split) return;
    cut_segments(r);
    for (size_t i = 0; i < r->mention_count; i++)
        r->mentions[i].segment = r->segment_of[r->mentions[i].begin];
}

/* "Austin, tx", "Natal-RN", but neither "in love" nor "Paris in love". */
static bool code_counts(const reading *r, const mention *m) {
    if (!m->is_last) return m->is_whole;
    bool is_word = (*m->postings & POSTING_FILLER) != 0;
    bool follows_name = m > r->mentions && m[-1].end == m->begin && !m[-1].no_place;
    return m->is_upper || !is_word || follows_name || r->tokens[m->begin].gap == GAP_COMMA;
}

static void count_letters(reading *r, const gazetteer *g) {
    bool known[TOKENS_MAX] = {false};
    uint16_t filler[TOKENS_MAX] = {0};
    for (size_t i = 0; i < r->mention_count; i++)
        for (size_t at = r->mentions[i].begin; at < r->mentions[i].end; at++)
            known[at] = (*r->mentions[i].postings & (POSTING_NEVER | POSTING_COMMON)) == 0;
    for (size_t i = 0; i < r->token_count; i++) {
        size_t s = r->segment_of[i];
        r->segment_letters[s] = (uint16_t)(r->segment_letters[s] + r->tokens[i].letter_count);
        if (known[i]) continue;
        r->segment_unknown[s] = (uint16_t)(r->segment_unknown[s] + r->tokens[i].letter_count);
        r->segment_unknown_words[s]++;
    }
    for (size_t i = 0; i < r->mention_count; i++) {
        const mention *m = &r->mentions[i];
        if ((*m->postings & POSTING_FILLER) != 0 && (m->no_place || !m->is_upper))
            filler[m->segment] = (uint16_t)(filler[m->segment] + m->letter_count);
    }
    for (size_t i = 0; i < r->mention_count; i++) {
        mention *m = &r->mentions[i];
        m->is_last = m->end == r->token_count || r->segment_of[m->end] != m->segment;
        m->is_whole = m->letter_count + filler[m->segment] == r->segment_letters[m->segment];
        m->code_counts = code_counts(r, m);
        m->region_count = 0;
        m->region_countries = 0;
        if (!m->no_place) collect_regions(m, g);
    }
}

static void read_letters(reading *r, const gazetteer *g, unsigned how) {
    r->token_count = tokens_cut(r->letters, r->letter_count, how, r->tokens);
    r->mention_count = 0;
    r->has_place = false;
    cut_segments(r);
    find_mentions(r, g);
    split_between(r);
    count_letters(r, g);
}

void reading_of(reading *r, const gazetteer *g, text t, unsigned how) {
    r->source = t;
    r->letter_count = letters_read(&g->fold, t, r->letters);
    read_letters(r, g, how);
}

static void take_letters(reading *r, const reading *plain) {
    r->source = plain->source;
    r->letter_count = plain->letter_count;
    memcpy(r->letters, plain->letters, plain->letter_count * sizeof *r->letters);
}

static bool is_elongated(const reading *r) {
    for (size_t i = 0; i + 2 < r->letter_count; i++) {
        const letter *l = &r->letters[i];
        if (l[1].class == FOLD_HYPHEN && l[0].class == FOLD_LETTER) return true;
        if (l[0].code == l[1].code && l[1].code == l[2].code && l[0].class == FOLD_LETTER)
            return true;
    }
    return false;
}

bool reading_squeezed(reading *r, const gazetteer *g, const reading *plain) {
    if (!is_elongated(plain)) return false;
    take_letters(r, plain);
    read_letters(r, g, READ_SQUEEZED | READ_JOINED);
    return true;
}

bool reading_unmasked(reading *r, const gazetteer *g, const reading *plain) {
    take_letters(r, plain);
    if (!letters_unmask(r->letters, &r->letter_count)) return false;
    read_letters(r, g, READ_SQUEEZED);
    return true;
}

/* Two of one letter in an unknown word of a short text. */
static bool has_twins(const reading *r) {
    if (r->token_count > TYPO_WORDS_MAX) return false;
    for (size_t i = 0, at = 0; i < r->token_count; i++) {
        const token *t = &r->tokens[i];
        while (at < r->letter_count && r->letters[at].at < t->begin) at++;
        if (t->letter_count < UNKNOWN_LETTERS_MIN || is_mentioned(r, i)) continue;
        for (; at + 1 < r->letter_count && r->letters[at + 1].at < t->end; at++)
            if (r->letters[at].code == r->letters[at + 1].code) return true;
    }
    return false;
}

bool reading_singled(reading *r, const gazetteer *g, const reading *plain) {
    if (!has_twins(plain)) return false;
    take_letters(r, plain);
    read_letters(r, g, READ_SINGLED);
    return true;
}

/* The slot value of a name that becomes the letters of the tokens [begin, end), or these
 * less one letter, when one of its letters is left out; 0 if there is none. */
static uint32_t find_typo(const reading *r, const gazetteer *g, size_t begin, size_t end) {
    uint32_t codes[TYPO_LETTERS_MAX];
    uint32_t first = r->tokens[begin].begin, last = r->tokens[end - 1].end;
    size_t count = 0;
    for (size_t i = 0; i < r->letter_count && count < TYPO_LETTERS_MAX; i++)
        if (r->letters[i].at >= first && r->letters[i].at < last &&
            r->letters[i].class == FOLD_LETTER)
            codes[count++] = r->letters[i].code;
    for (size_t left_out = count + 1; left_out > 0; left_out--) {
        uint64_t hash = WORD_HASH_EMPTY;
        for (size_t i = 0; i < count; i++)
            if (i != left_out - 1) hash = word_hash_add(hash, codes[i]);
        uint64_t key = name_hash_add(TYPO_HASH_EMPTY, word_hash_end(hash));
        uint32_t value = gazetteer_may_be_typo(g, key) ? gazetteer_slot(g, key) : 0;
        if (value != 0) return value;
    }
    return 0;
}

/* Letters of the words [begin, end) that a name may have; 0 when another kind of token is
 * among them or the words are too many. */
static size_t typo_letters(const reading *r, size_t begin, size_t end) {
    size_t letters = 0;
    for (size_t i = begin; i < end; i++) {
        if (r->tokens[i].kind != TOKEN_WORD) return 0;
        letters += r->tokens[i].letter_count;
    }
    return letters >= TYPO_LETTERS_MIN && letters < TYPO_LETTERS_MAX ? letters : 0;
}

static bool add_word_typos(reading *r, const gazetteer *g) {
    bool is_added = false;
    for (size_t at = 0; at < r->token_count && r->mention_count < MENTIONS_MAX; at++) {
        if (typo_letters(r, at, at + 1) == 0 || is_mentioned(r, at)) continue;
        uint32_t value = find_typo(r, g, at, at + 1);
        if (SLOT_POSTING(value) == 0) continue;
        add_mention(r, at, at + 1, g->postings + SLOT_POSTING(value), 0);
        is_added = true;
    }
    return is_added;
}

/* The mentions outside of the segment are kept. */
static void drop_segment(reading *r, size_t segment) {
    size_t kept = 0;
    for (size_t i = 0; i < r->mention_count; i++) {
        if (r->mentions[i].segment == segment) continue;
        r->mentions[kept++] = r->mentions[i];
    }
    r->mention_count = kept;
}

static bool has_unknown_word(const reading *r, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++)
        if (r->tokens[i].letter_count >= UNKNOWN_LETTERS_MIN && !is_mentioned(r, i)) return true;
    return false;
}

/* "Los Angelos": no word of it is long, but all of them are. */
static bool add_segment_typos(reading *r, const gazetteer *g) {
    bool is_added = false;
    for (size_t begin = 0, end; begin < r->token_count; begin = end) {
        uint8_t segment = r->segment_of[begin];
        for (end = begin + 1; end < r->token_count && r->segment_of[end] == segment;) end++;
        if (end - begin < 2 || end - begin > TYPO_WORDS_MAX || !has_unknown_word(r, begin, end) ||
            typo_letters(r, begin, end) == 0)
            continue;
        uint32_t value = find_typo(r, g, begin, end);
        if (SLOT_POSTING(value) == 0) continue;
        drop_segment(r, segment);
        if (r->mention_count == MENTIONS_MAX) continue;
        add_mention(r, begin, end, g->postings + SLOT_POSTING(value), 0);
        is_added = true;
    }
    return is_added;
}

void reading_moved(reading *r) {
    for (size_t i = 0; i < r->mention_count; i++)
        if (r->tokens[r->mentions[i].begin].kind == TOKEN_FLAG)
            r->mentions[i].postings = &r->mentions[i].flag_posting;
}

/* The order of the text is that of the mentions. */
static void sort_mentions(reading *r) {
    for (size_t i = 1; i < r->mention_count; i++) {
        for (size_t k = i; k > 0 && r->mentions[k].begin < r->mentions[k - 1].begin; k--) {
            mention swapped = r->mentions[k];
            r->mentions[k] = r->mentions[k - 1];
            r->mentions[k - 1] = swapped;
        }
    }
    reading_moved(r);
}

bool reading_may_have_typos(const reading *r) {
    return r->token_count > 0 && has_unknown_word(r, 0, r->token_count);
}

bool reading_add_typos(reading *r, const gazetteer *g) {
    bool is_added = add_segment_typos(r, g);
    is_added |= add_word_typos(r, g);
    if (!is_added) return false;
    sort_mentions(r);
    cut_segments(r);
    count_letters(r, g);
    return true;
}
