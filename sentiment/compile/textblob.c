/* SPDX-License-Identifier: MIT */
/* compile -- makes build/data/textblob.bin of TextBlob's lexicon, and of the words and
 * emoticons in its rules: compile en-sentiment.xml textblob.bin
 *
 * A host tool.  The file is read as the original reads it: of a word, the mean over the
 * senses of each part of speech, then the mean over these.  Then, as the original does
 * when it loads its lexicon by itself, every adjective makes an adverb ("terrible":
 * "terribly") with the adjective's own numbers, which replace those that the adverb has
 * in the file: "extremely" rates -0.125 and strengthens nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sentiment/textblob_emoticons.h"
#include "sentiment/textblob_table.h"

#define WORDS_MAX  8192
#define SLOTS      16384
#define SPEECH_MAX 16
#define FORM_BYTES 40

/* Sums over the senses of one part of speech, in the file's order. */
typedef struct {
    char name[8];
    double polarity, intensity;
    unsigned senses;
} speech;

typedef struct {
    char form[FORM_BYTES];
    speech parts[SPEECH_MAX];
    size_t part_count;
    double polarity, intensity;
    unsigned flags;
} word;

static struct {
    word words[WORDS_MAX];
    size_t word_count;
    textblob_header header;
    textblob_entry entries[WORDS_MAX];
    uint32_t slots[SLOTS];
} built;

static void fail(const char *what, const char *which) {
    fprintf(stderr, "sentiment/compile: %s: %s\n", what, which);
    exit(1);
}

static word *word_of(const char *form) {
    for (size_t i = 0; i < built.word_count; i++)
        if (strcmp(built.words[i].form, form) == 0) return &built.words[i];
    if (built.word_count == WORDS_MAX) fail("too many words", form);
    if (strlen(form) >= FORM_BYTES) fail("too long a word", form);
    word *w = &built.words[built.word_count++];
    strcpy(w->form, form);
    return w;
}

static speech *part_find(word *w, const char *name) {
    for (size_t i = 0; i < w->part_count; i++)
        if (strcmp(w->parts[i].name, name) == 0) return &w->parts[i];
    return NULL;
}

static speech *part_of(word *w, const char *name) {
    speech *s = part_find(w, name);
    if (s != NULL) return s;
    if (w->part_count == SPEECH_MAX || strlen(name) >= sizeof s->name) fail("no room for", name);
    s = &w->parts[w->part_count++];
    strcpy(s->name, name);
    return s;
}

/* ---- The file: one <word .../> a line ---- */

/* The attribute's value in `out`; false when the line has none. */
static bool attribute(const char *line, const char *name, char *out, size_t room) {
    char begin[32];
    (void)snprintf(begin, sizeof begin, " %s=\"", name);
    const char *from = strstr(line, begin);
    if (from == NULL) return false;
    from += strlen(begin);
    const char *to = strchr(from, '"');
    if (to == NULL || (size_t)(to - from) >= room || memchr(from, '&', (size_t)(to - from)) != NULL)
        fail("cannot read", line);
    memcpy(out, from, (size_t)(to - from));
    out[to - from] = '\0';
    return true;
}

static double number(const char *line, const char *name, double missing) {
    char digits[32], *end;
    if (!attribute(line, name, digits, sizeof digits)) return missing;
    double value = strtod(digits, &end);
    if (end == digits || *end != '\0') fail("not a number", line);
    return value;
}

static void add_sense(const char *line) {
    char form[FORM_BYTES], part[8];
    if (strncmp(line, "<word ", 6) != 0) return;
    if (!attribute(line, "form", form, sizeof form) || form[0] == '\0') return;
    if (!attribute(line, "pos", part, sizeof part)) fail("no part of speech", line);
    speech *s = part_of(word_of(form), part);
    s->polarity += number(line, "polarity", 0);
    s->intensity += number(line, "intensity", 1);
    s->senses++;
}

static void read_file(const char *path) {
    char *line = NULL;
    size_t room = 0;
    FILE *in = fopen(path, "r");
    if (in == NULL) fail("cannot open", path);
    while (getline(&line, &room, in) >= 0) add_sense(line);
    if (ferror(in)) fail("cannot read", path);
    if (built.word_count < 1000) fail("too few words", path);
    fclose(in);
    free(line);
}

/* ---- The rules ---- */

static void take_means(word *w) {
    for (size_t i = 0; i < w->part_count; i++) {
        speech *s = &w->parts[i];
        s->polarity /= s->senses;
        s->intensity /= s->senses;
        w->polarity += s->polarity;
        w->intensity += s->intensity;
        if (strcmp(s->name, "RB") == 0) w->flags |= TEXTBLOB_MODIFIES;
    }
    w->polarity /= (double)w->part_count;
    w->intensity /= (double)w->part_count;
    w->flags |= TEXTBLOB_RATED;
}

static void add_adverb(const speech *adjective, const char *form) {
    char adverb[FORM_BYTES + 2];
    size_t count = strlen(form);
    memcpy(adverb, form, count + 1);
    if (count > 0 && adverb[count - 1] == 'y') adverb[count - 1] = 'i';
    if (count > 1 && memcmp(adverb + count - 2, "le", 2) == 0) count -= 2;
    memcpy(adverb + count, "ly", 3);
    word *w = word_of(adverb);
    w->polarity = adjective->polarity;
    w->intensity = adjective->intensity;
    w->flags |= TEXTBLOB_RATED | TEXTBLOB_MODIFIES;
}

static void add_adverbs(void) {
    size_t count = built.word_count; /* Those made here make no more. */
    for (size_t i = 0; i < count; i++) {
        const speech *adjective = part_find(&built.words[i], "JJ");
        if (adjective != NULL) add_adverb(adjective, built.words[i].form);
    }
}

static void add_emoticon(const char *form, double polarity) {
    char lower[FORM_BYTES];
    size_t count = strlen(form);
    for (size_t i = 0; i <= count; i++)
        lower[i] = (char)(form[i] >= 'A' && form[i] <= 'Z' ? form[i] + 32 : form[i]);
    /* The original looks at what is not of letters alone. */
    if (strcmp(lower, "xd") == 0) return;
    word *w = word_of(lower);
    w->polarity = polarity;
    w->intensity = 1;
    w->flags |= TEXTBLOB_EMOTICON;
}

static void add_rules(void) {
#define X(form) word_of(form)->flags |= TEXTBLOB_NEGATES;
    TEXTBLOB_NEGATIONS(X)
#undef X
#define X(form, polarity) add_emoticon(form, polarity);
    TEXTBLOB_EMOTICONS(X)
#undef X
}

/* ---- The table ---- */

static void add_entry(const word *w) {
    size_t count = strlen(w->form);
    /* Phrases: no token of the original is like them. */
    if (strchr(w->form, ' ') != NULL) return;
    if (count > TEXTBLOB_BYTES_MAX) fail("too long a word", w->form);
    bool is_ly = count >= 2 && memcmp(w->form + count - 2, "ly", 2) == 0;
    textblob_entry *e = &built.entries[built.header.entry_count++];
    e->polarity = w->polarity;
    e->intensity = w->intensity;
    e->flags = (uint8_t)(w->flags | (is_ly ? TEXTBLOB_ENDS_LY : 0));
    e->count = (uint8_t)count;
    memcpy(e->bytes, w->form, count);
    uint64_t hash = textblob_hash((text){e->bytes, e->count});
    uint32_t at = (uint32_t)hash & (SLOTS - 1);
    while (built.slots[at] != 0) at = (at + 1) & (SLOTS - 1);
    built.slots[at] = ((uint32_t)(hash >> 32) & 0xFFFF0000u) | built.header.entry_count;
}

static void write_all(const char *path) {
    built.header.magic = TEXTBLOB_MAGIC;
    built.header.slot_count = SLOTS;
    FILE *out = fopen(path, "wb");
    if (out == NULL) fail("cannot open", path);
    fwrite(&built.header, sizeof built.header, 1, out);
    fwrite(built.entries, sizeof *built.entries, built.header.entry_count, out);
    fwrite(built.slots, sizeof *built.slots, SLOTS, out);
    if (ferror(out) || fclose(out) != 0) fail("cannot write", path);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: compile en-sentiment.xml textblob.bin\n", stderr);
        return 2;
    }
    read_file(argv[1]);
    for (size_t i = 0; i < built.word_count; i++) take_means(&built.words[i]);
    add_adverbs();
    add_rules();
    for (size_t i = 0; i < built.word_count; i++) add_entry(&built.words[i]);
    write_all(argv[2]);
    return 0;
}
