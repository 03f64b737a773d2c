/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/mention.h"

#include "sentiment/letter.h"
#include <string.h>

static bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static char ascii_lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* ---- Hashtags ---- */

bool hashtag_fold(text said, char room[MENTION_ROOM], text *result) {
    size_t count = 0;
    if (said.count == 0 || said.count > HASHTAG_BYTES_MAX) return false;
    for (size_t at = 0; at < said.count;) {
        uint32_t c = utf8_next(said, &at);
        count += utf8_put(letter_lower(c), room + count);
    }
    *result = (text){room, count};
    return true;
}

static bool is_tag_letter(uint32_t c) {
    return c == '_' || (c < 0x80 ? is_ascii_letter((char)c) : letter_is_in_word(c));
}

static bool is_word(uint32_t c) {
    return is_tag_letter(c) || (c < 0x80 && is_digit((char)c));
}

/* How many bytes the sign at `at` has that begins a hashtag; 0: there is none. */
static size_t sign_at(text words, size_t at) {
    if (words.bytes[at] == '#') return 1;
    static const char wide[] = "\xEF\xBC\x83";
    return words.count - at >= 3 && memcmp(words.bytes + at, wide, 3) == 0 ? 3 : 0;
}

static uint32_t code_point_before(text words, size_t at) {
    size_t begin = at - 1;
    while (begin > 0 && at - begin < 4 && ((unsigned char)words.bytes[begin] & 0xC0) == 0x80)
        begin--;
    return utf8_next(words, &begin);
}

static bool is_cut_off(text words, size_t end) {
    static const char dots[] = "\xE2\x80\xA6";
    return words.count - end >= 3 && memcmp(words.bytes + end, dots, 3) == 0;
}

/* The end of the hashtag whose letters begin at `begin`; `begin` when it is none. */
static size_t tag_end(text words, size_t begin) {
    bool has_letter = false;
    size_t end = begin;
    for (size_t next = begin; next < words.count; end = next) {
        uint32_t c = utf8_next(words, &next);
        if (!is_word(c)) break;
        has_letter |= c < 0x80 ? is_ascii_letter((char)c) : letter_is_any(c);
    }
    return has_letter && !is_cut_off(words, end) ? end : begin;
}

bool hashtag_next(text words, size_t *at, text *found) {
    while (*at < words.count) {
        size_t sign = sign_at(words, *at), from = *at + sign;
        if (sign == 0) { /* The first byte of either sign. */
            const char *plain = memchr(words.bytes + *at, '#', words.count - *at);
            const char *wide = memchr(words.bytes + *at + 1, 0xEF, words.count - *at - 1);
            const char *next = plain == NULL || (wide != NULL && wide < plain) ? wide : plain;
            *at = next == NULL ? words.count : (size_t)(next - words.bytes);
            continue;
        }
        uint32_t before = *at == 0 ? ' ' : code_point_before(words, *at);
        size_t end = is_word(before) || before == '&' ? from : tag_end(words, from);
        *at = end;
        *found = text_slice(words, from, end);
        if (end > from) return true;
    }
    return false;
}

/* ---- Links ---- */

/* Bytes of "http://" or "https://" at the beginning; 0: neither. */
static size_t scheme_bytes(text t) {
    static const text schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < 2; i++)
        if (text_equal_caseless(text_slice(t, 0, schemes[i].count), schemes[i]))
            return schemes[i].count;
    return 0;
}

static size_t authority_end(text t, size_t begin) {
    size_t end = begin;
    for (; end < t.count; end++) {
        char c = t.bytes[end];
        if (c == '/' || c == '?' || c == '#') break;
    }
    return end;
}

static bool is_in_link(char c) {
    return c > ' ' && c < 0x7F && c != '<' && c != '>' && c != '"';
}

bool link_fold(text said, char room[MENTION_ROOM], text *result) {
    size_t scheme = scheme_bytes(said), host_end = authority_end(said, scheme);
    if (scheme == 0 || host_end == scheme || said.count > LINK_BYTES_MAX) return false;
    for (size_t i = 0; i < said.count; i++) {
        unsigned char c = (unsigned char)said.bytes[i];
        if (c <= ' ' || c == 0x7F) return false;
        room[i] = i < host_end ? ascii_lower(said.bytes[i]) : said.bytes[i];
    }
    *result = (text){room, said.count};
    return true;
}

static size_t link_end(text words, size_t begin) {
    size_t end = begin;
    while (end < words.count && is_in_link(words.bytes[end])) end++;
    if (is_cut_off(words, end)) return begin;
    while (end > begin && strchr(".,;:!?'*)]}", words.bytes[end - 1]) != NULL) end--;
    return end;
}

bool link_next(text words, size_t *at, text *found) {
    while (*at < words.count) {
        const char *colon = memmem(words.bytes + *at, words.count - *at, "://", 3);
        if (colon == NULL) break;
        size_t from = (size_t)(colon - words.bytes), before = *at;
        *at = from + 3;
        for (size_t back = 4; back <= 5; back++) {
            if (from < before + back) continue;
            size_t begin = from - back;
            text rest = text_slice(words, begin, words.count);
            if (scheme_bytes(rest) != back + 3) continue;
            if (begin > 0 &&
                (is_ascii_letter(words.bytes[begin - 1]) || is_digit(words.bytes[begin - 1])))
                continue;
            size_t end = link_end(words, begin);
            if (end <= from + 3) continue;
            *at = end;
            *found = text_slice(words, begin, end);
            return true;
        }
    }
    *at = words.count;
    return false;
}

text link_host(text folded) {
    size_t begin = scheme_bytes(folded), end = authority_end(folded, begin), at;
    text host = text_slice(folded, begin, end);
    while (text_find_byte(host, '@', &at)) host = text_slice(host, at + 1, host.count);
    if (!text_starts_with(host, TEXT("[")) && text_find_byte(host, ':', &at))
        host = text_slice(host, 0, at);
    return host;
}
