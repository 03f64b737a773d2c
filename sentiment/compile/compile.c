/* SPDX-License-Identifier: MIT */
/* compile -- makes build/data/sentiment.bin of VADER's two files and of the words in
 * its rules: compile vader_lexicon.txt emoji_utf8_lexicon.txt sentiment.bin
 *
 * A host tool.  The files are read as the original reads them: a line is stripped of
 * white space and split at tabs; of equal words or emoji the last line counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/buffer.h"
#include "sentiment/lexicon.h"

#define WORDS_MAX 16384
#define EMOJI_MAX 8192
#define SLOTS     32768 /* At most half are taken, mostly a quarter. */
#define PAGES_MAX 256
#define PAGE_SIZE (1 << EMOJI_PAGE_BITS)
#define PAGES_OF  ((EMOJI_CODE_POINT_MAX + 1) >> EMOJI_PAGE_BITS)

static struct {
    lexicon_header header;
    lexicon_word words[WORDS_MAX];
    uint32_t slots[SLOTS];
    lexicon_emoji emoji[EMOJI_MAX];
    uint16_t pages[PAGES_MAX * PAGE_SIZE];
    uint8_t page_of[PAGES_OF];
    buffer descriptions;
} built;

static void fail(const char *what, text t) {
    fprintf(stderr, "sentiment/compile: %s: %.*s\n", what, (int)t.count, t.bytes);
    exit(1);
}

static bool is_possible_word(text t) {
    bool is = t.count > 0 && t.count <= WORD_BYTES_MAX;
    for (size_t i = 0; i < t.count; i++)
        is = is && t.bytes[i] > ' ' && t.bytes[i] < 0x7F &&
             !(t.bytes[i] >= 'A' && t.bytes[i] <= 'Z');
    return is;
}

/* The word's entry, made if it is new. */
static lexicon_word *word_of(text t) {
    lexicon_header *h = &built.header;
    uint64_t hash = lexicon_hash(t);
    uint32_t at = (uint32_t)hash & (SLOTS - 1);
    for (; built.slots[at] != 0; at = (at + 1) & (SLOTS - 1)) {
        lexicon_word *w = &built.words[(built.slots[at] & 0xFFFF) - 1];
        if (text_equal((text){w->bytes, w->count}, t)) return w;
    }
    if (h->word_count == WORDS_MAX) fail("too many words", t);
    lexicon_word *w = &built.words[h->word_count++];
    memcpy(w->bytes, t.bytes, t.count);
    w->count = (uint8_t)t.count;
    built.slots[at] = ((uint32_t)(hash >> 32) & 0xFFFF0000u) | h->word_count;
    return w;
}

static void flag_word(const char *word, unsigned flag) {
    lexicon_word *w = word_of(text_of(word));
    w->flags = (uint8_t)(w->flags | flag);
}

static void add_rules(void) {
#define X(word) flag_word(word, WORD_BOOSTS);
    VADER_BOOSTERS(X)
#undef X
#define X(word) flag_word(word, WORD_DAMPENS);
    VADER_DAMPENERS(X)
#undef X
#define X(word) flag_word(word, WORD_NEGATES);
    VADER_NEGATIONS(X)
#undef X
#define X(name, word) word_of(TEXT(word))->mark = MARK_##name;
    VADER_MARKS(X)
#undef X
}

static void add_word(text word, text measure) {
    char digits[32], *end;
    if (!is_possible_word(word)) return; /* No word of a text can be like it. */
    if (measure.count >= sizeof digits) fail("not a number", measure);
    memcpy(digits, measure.bytes, measure.count);
    digits[measure.count] = '\0';
    lexicon_word *w = word_of(word);
    w->valence = strtod(digits, &end);
    if (end == digits || *end != '\0') fail("not a number", measure);
    w->flags |= WORD_RATED;
}

static void check_description(text t) {
    if (t.count == 0 || t.count > UINT8_MAX) fail("not a description", t);
    for (size_t at = 0; at < t.count;) {
        bool is_blank = t.bytes[at] == ' ' && at > 0 && t.bytes[at - 1] != ' ';
        if (unicode_is_white_space(utf8_next(t, &at)) && !is_blank)
            fail("not words with single blanks", t);
    }
}

static uint8_t count_byte(text t, char byte) {
    unsigned count = 0;
    for (size_t i = 0; i < t.count; i++) count += t.bytes[i] == byte;
    return (uint8_t)count;
}

static void add_emoji(text emoji, text description) {
    lexicon_header *h = &built.header;
    size_t next = 0;
    if (emoji.count == 0) fail("no emoji", description);
    uint32_t c = utf8_next(emoji, &next);
    if (next != emoji.count) return; /* The original asks for single code points only. */
    check_description(description);
    if (c > EMOJI_CODE_POINT_MAX || h->emoji_count == EMOJI_MAX) fail("no room for", emoji);
    uint8_t *page = &built.page_of[c >> EMOJI_PAGE_BITS];
    if (*page == 0) {
        if (h->page_count == PAGES_MAX) fail("no room for", emoji);
        *page = (uint8_t)h->page_count++;
    }
    built.emoji[h->emoji_count++] = (lexicon_emoji){
        .begin = (uint32_t)built.descriptions.count,
        .count = (uint8_t)description.count,
        .exclamations = count_byte(description, '!'),
        .questions = count_byte(description, '?'),
    };
    built.pages[(unsigned)*page * PAGE_SIZE + (c & (PAGE_SIZE - 1))] = (uint16_t)h->emoji_count;
    buffer_add(&built.descriptions, description);
}

static text next_field(text *line) {
    size_t end;
    text field = *line;
    if (text_find_byte(*line, '\t', &end)) {
        field = text_slice(*line, 0, end);
        *line = text_slice(*line, end + 1, line->count);
    } else {
        *line = (text){NULL, 0};
    }
    return field;
}

static void read_lines(const char *path, void (*add)(text, text)) {
    char *bytes = NULL;
    size_t room = 0;
    FILE *in = fopen(path, "r");
    if (in == NULL) fail("cannot open", text_of(path));
    for (ssize_t count; (count = getline(&bytes, &room, in)) >= 0;) {
        text line = text_trim((text){bytes, (size_t)count});
        if (line.count == 0) continue;
        text first = next_field(&line);
        add(first, next_field(&line));
    }
    if (ferror(in)) fail("cannot read", text_of(path));
    fclose(in);
    free(bytes);
}

static void write_all(const char *path) {
    lexicon_header *h = &built.header;
    h->magic = LEXICON_MAGIC;
    h->slot_count = SLOTS;
    h->text_bytes = (uint32_t)built.descriptions.count;
    FILE *out = fopen(path, "wb");
    if (out == NULL) fail("cannot open", text_of(path));
    fwrite(h, sizeof *h, 1, out);
    fwrite(built.words, sizeof *built.words, h->word_count, out);
    fwrite(built.slots, sizeof *built.slots, SLOTS, out);
    fwrite(built.emoji, sizeof *built.emoji, h->emoji_count, out);
    fwrite(built.pages, sizeof *built.pages * PAGE_SIZE, h->page_count, out);
    fwrite(built.page_of, 1, PAGES_OF, out);
    fwrite(built.descriptions.bytes, 1, built.descriptions.count, out);
    if (ferror(out) || fclose(out) != 0) fail("cannot write", text_of(path));
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: compile vader_lexicon.txt emoji_utf8_lexicon.txt sentiment.bin\n", stderr);
        return 2;
    }
    built.header.page_count = 1; /* Page 0 has no emoji. */
    add_rules();
    read_lines(argv[1], add_word);
    read_lines(argv[2], add_emoji);
    if (built.descriptions.failed) fail("out of memory", (text){NULL, 0});
    write_all(argv[3]);
    buffer_deinit(&built.descriptions);
    return 0;
}
