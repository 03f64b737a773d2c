/* SPDX-License-Identifier: MIT */
/* CLD2 is trained on pages.  Of a tweet it gets the words alone: links, names and
 * "RT" are no language's words; hashtags are.  The first kilobyte decides. */
#include "sentiment/language.h"

#include <string.h>

#include "sentiment/cld2.h"
#include "sentiment/letter.h"
#include "sentiment/sentiment.h"

#define WORDS_BYTES_MAX 1024

bool language_is_told(text code) {
    /* qaa to qtz are for private use: Twitter's qme, qht, qam, qct, qst. */
    bool is_private = code.count == 3 && (code.bytes[0] | 0x20) == 'q' &&
                      (code.bytes[1] | 0x20) >= 'a' && (code.bytes[1] | 0x20) <= 't';
    return code.count >= 2 && !is_private && !text_equal(code, TEXT("und")) &&
           !text_equal(code, TEXT("zxx")) && !text_equal(code, TEXT("mul"));
}

static bool is_word(text t) {
    return t.bytes[0] != '@' && !text_starts_with(t, TEXT("http")) && !text_equal(t, TEXT("RT"));
}

/* Copies as many words as fit, valid UTF-8 only. */
static size_t copy_words(text t, char *out) {
    size_t count = 0;
    for (size_t at = 0; at < t.count;) {
        size_t begin = at, next = at;
        bool is_valid = true;
        for (; at < t.count; at = next) {
            uint32_t c = utf8_next(t, &next);
            if (unicode_is_white_space(c)) break;
            is_valid = is_valid && !(c == 0xFFFD && next - at == 1);
        }
        text word = text_slice(t, begin, at);
        if (at < t.count) at = next;
        if (word.count == 0 || !is_valid || !is_word(word)) continue;
        if (word.count + 1 > WORDS_BYTES_MAX - count) break;
        memcpy(out + count, word.bytes, word.count);
        count += word.count;
        out[count++] = ' ';
    }
    return count;
}

/* CLD2 has kept three codes that BCP 47 has replaced. */
static text modern(const char *code) {
    if (strcmp(code, "iw") == 0) return TEXT("he");
    if (strcmp(code, "jw") == 0) return TEXT("jv");
    if (strcmp(code, "mo") == 0) return TEXT("ro");
    return text_of(code);
}

bool language_guess(text t, text *lang) {
    char words[WORDS_BYTES_MAX];
    bool is_reliable = false;
    size_t count = copy_words(t, words);
    const char *code = count == 0 ? NULL : cld2_detect(words, count, &is_reliable);
    if (code == NULL || !is_reliable || strcmp(code, "un") == 0 || strncmp(code, "xx", 2) == 0)
        return false;
    *lang = modern(code);
    return true;
}

bool language_is_foreign_script(text t) {
    size_t latin = 0, foreign = 0;
    for (size_t at = 0; at < t.count;) {
        uint32_t c = utf8_next(t, &at);
        if (c < 0x250)
            latin += (c >= 0xC0 && c != 0xD7 && c != 0xF7) || (c >= 'A' && c <= 'Z') ||
                     (c >= 'a' && c <= 'z');
        else
            foreign += letter_is_any(c) && !(c >= 0x1E00 && c < 0x1F00);
    }
    return foreign > 0 && foreign >= latin;
}
