/* SPDX-License-Identifier: MIT */
/* mentions -- the longest name at each position, from left to right.
 *
 * The gazetteer keeps, for the first one and two tokens of every name, how long the
 * longest name is that begins so: most positions cost one probe.  In scripts without
 * blanks a name may begin and end anywhere, but never inside a run of kana, and one
 * ideograph alone counts only where it stands alone. */
#include "geocode/mentions.h"

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
        best = value;
        *end = at + 1;
    }
    return best;
}

static void collect_regions(mention *m, const gazetteer *g) {
    for (const uint32_t *p = m->postings;; p++) {
        const place_row *row = &g->places[POSTING_PLACE(*p)];
        bool is_meant = (*p & POSTING_CODE) == 0 || m->code_counts;
        if (is_meant && row->kind != PLACE_CITY && m->region_count < MENTION_REGIONS_MAX)
            m->regions[m->region_count++] = POSTING_PLACE(*p);
        if ((*p & POSTING_LAST) != 0) return;
    }
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
                   .is_upper = true};
    for (size_t i = begin; i < end; i++) {
        m->letter_count = (uint8_t)(m->letter_count + r->tokens[i].letter_count);
        if (!r->tokens[i].is_upper) m->is_upper = false;
    }
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
        if (!m->no_place) collect_regions(m, g);
    }
}

void reading_of(reading *r, const gazetteer *g, text t, unsigned how) {
    r->letter_count = letters_read(&g->fold, t, r->letters);
    r->token_count = tokens_cut(r->letters, r->letter_count, how, r->tokens);
    r->mention_count = 0;
    r->has_place = false;
    cut_segments(r);
    find_mentions(r, g);
    count_letters(r, g);
}

static bool is_mentioned(const reading *r, size_t at) {
    for (size_t i = 0; i < r->mention_count; i++)
        if (at >= r->mentions[i].begin && at < r->mentions[i].end) return true;
    return false;
}

/* The slot value of a name that becomes this word, or the word less one letter, when
 * one of its letters is left out; 0 if there is none. */
static uint32_t find_typo(const reading *r, const gazetteer *g, const token *t) {
    uint32_t codes[TYPO_LETTERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < r->letter_count && count < TYPO_LETTERS_MAX; i++)
        if (r->letters[i].at >= t->begin && r->letters[i].at < t->end &&
            r->letters[i].class == FOLD_LETTER)
            codes[count++] = r->letters[i].code;
    for (size_t left_out = count + 1; left_out > 0; left_out--) {
        uint64_t hash = WORD_HASH_EMPTY;
        for (size_t i = 0; i < count; i++)
            if (i != left_out - 1) hash = word_hash_add(hash, codes[i]);
        uint32_t value = gazetteer_slot(g, name_hash_add(TYPO_HASH_EMPTY, word_hash_end(hash)));
        if (value != 0) return value;
    }
    return 0;
}

void reading_add_typos(reading *r, const gazetteer *g) {
    for (size_t at = 0; at < r->token_count && r->mention_count < MENTIONS_MAX; at++) {
        const token *t = &r->tokens[at];
        if (t->kind != TOKEN_WORD || t->letter_count < TYPO_LETTERS_MIN ||
            t->letter_count >= TYPO_LETTERS_MAX || is_mentioned(r, at))
            continue;
        uint32_t value = find_typo(r, g, t);
        if (SLOT_POSTING(value) != 0)
            add_mention(r, at, at + 1, g->postings + SLOT_POSTING(value), 0);
    }
    cut_segments(r);
    count_letters(r, g);
}
