/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/html_text.h"

#include "pipeline/base/char_reference.h"
#include <string.h>

/* ---- Character references ---- */

static const named_character named[] = {
    {"amp", '&'},      {"lt", '<'},        {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
    {"nbsp", 0xA0},    {"hellip", 0x2026}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018},
    {"rsquo", 0x2019}, {"ldquo", 0x201C},  {"rdquo", 0x201D}, {"laquo", 0xAB},   {"raquo", 0xBB},
    {"copy", 0xA9},    {"reg", 0xAE},      {"euro", 0x20AC},  {"middot", 0xB7},  {"bull", 0x2022},
    {"auml", 0xE4},    {"ouml", 0xF6},     {"uuml", 0xFC},    {"Auml", 0xC4},    {"Ouml", 0xD6},
    {"Uuml", 0xDC},    {"szlig", 0xDF},    {"eacute", 0xE9},  {"egrave", 0xE8},  {"agrave", 0xE0},
    {"ccedil", 0xE7},  {"ntilde", 0xF1},
};

/* Reads the reference at t.bytes[0]; *count is its length.  What is no character becomes
 * U+FFFD, as in browsers: here NUL, the others where they are written. */
static bool reference_of(text t, uint32_t *code_point, size_t *count) {
    if (!char_reference_read(t, named, sizeof named / sizeof named[0], code_point, count))
        return false;
    if (*code_point == 0) *code_point = 0xFFFD;
    return true;
}

typedef struct {
    char *bytes;
    size_t count;
    bool is_escaped; /* As html_post_text has it. */
} output;

static void put(output *out, text t) {
    memcpy(out->bytes + out->count, t.bytes, t.count);
    out->count += t.count;
}

/* No reference to these three is shorter than what is written for them. */
static void put_code_point(output *out, uint32_t code_point) {
    if (out->is_escaped && code_point == '&')
        put(out, TEXT("&amp;"));
    else if (out->is_escaped && code_point == '<')
        put(out, TEXT("&lt;"));
    else if (out->is_escaped && code_point == '>')
        put(out, TEXT("&gt;"));
    else
        out->count += utf8_put(code_point, out->bytes + out->count);
}

/* The byte or reference at *at. */
static void put_one(output *out, text t, size_t *at) {
    uint32_t code_point;
    size_t count;
    if (t.bytes[*at] == '&' && reference_of(text_slice(t, *at, t.count), &code_point, &count)) {
        put_code_point(out, code_point);
        *at += count;
    } else {
        out->bytes[out->count++] = t.bytes[(*at)++];
    }
}

static void put_all(output *out, text t) {
    for (size_t at = 0; at < t.count;) put_one(out, t, &at);
}

/* ---- Tags ---- */

typedef struct {
    text name, attributes;
    bool is_end;
} html_tag;

static bool is_letter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Past the comment that begins at `at`. */
static size_t end_of_comment(text html, size_t at) {
    const char *end = memmem(html.bytes + at, html.count - at, "-->", 3);
    return end == NULL ? html.count : (size_t)(end - html.bytes) + 3;
}

/* Where the tag's ">" is; one within quotes is none. */
static size_t end_of_tag(text html, size_t at) {
    char quote = 0;
    for (; at < html.count; at++) {
        char c = html.bytes[at];
        if (quote != 0)
            quote = c == quote ? 0 : quote;
        else if (c == '>')
            return at;
        else if ((c == '"' || c == '\'') && html.bytes[at - 1] == '=')
            quote = c;
    }
    return at;
}

static bool begins_tag(text html, size_t at) {
    if (at + 1 >= html.count || html.bytes[at] != '<') return false;
    char c = html.bytes[at + 1];
    return is_letter(c) || c == '!' || c == '?' ||
           (c == '/' && at + 2 < html.count && is_letter(html.bytes[at + 2]));
}

/* Reads what begins at *at and moves past it. */
static html_tag take_tag(text html, size_t *at) {
    html_tag tag = {.is_end = html.bytes[*at + 1] == '/'};
    size_t begin = *at + (tag.is_end ? 2 : 1), name_end = begin;
    if (text_starts_with(text_slice(html, *at, html.count), TEXT("<!--"))) {
        *at = end_of_comment(html, *at + 4);
        return tag;
    }
    size_t end = end_of_tag(html, begin);
    while (name_end < end && !is_blank(html.bytes[name_end]) && html.bytes[name_end] != '/')
        name_end++;
    tag.name = text_slice(html, begin, name_end);
    tag.attributes = text_slice(html, name_end, end);
    *at = end < html.count ? end + 1 : end;
    return tag;
}

static bool is_one_of(text name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (text_equal_caseless(name, text_of(names[i]))) return true;
    return false;
}

/* Past what script and style hold: it ends at their own end tag alone. */
static void skip_hidden(text html, const html_tag *tag, size_t *at) {
    static const char *const hidden[] = {"script", "style"};
    if (tag->is_end || !is_one_of(tag->name, hidden, 2)) return;
    for (; *at < html.count; ++*at) {
        text rest = text_slice(html, *at, html.count);
        if (text_starts_with(rest, TEXT("</")) &&
            text_equal_caseless(text_slice(rest, 2, 2 + tag->name.count), tag->name))
            return;
    }
}

/* Newlines that the tag stands for. */
static int newlines_of(const html_tag *tag) {
    static const char *const paragraphs[] = {"p"};
    static const char *const lines[] = {"br", "li", "ul", "ol", "div", "blockquote", "pre",
                                        "h1", "h2", "h3", "h4", "h5",  "h6",         "tr"};
    if (is_one_of(tag->name, paragraphs, 1)) return 2;
    return is_one_of(tag->name, lines, sizeof lines / sizeof lines[0]) ? 1 : 0;
}

/* What ends a line is written before the next word, so there is none at the end. */
typedef struct {
    int newlines;
    bool is_break; /* By <br>, each of which counts. */
} pending;

static void note_tag(pending *p, const html_tag *tag) {
    int newlines = newlines_of(tag);
    bool is_break = text_equal_caseless(tag->name, TEXT("br"));
    if (is_break && p->is_break) newlines = p->newlines + 1;
    if (newlines > p->newlines) p->newlines = newlines;
    if (newlines > 0) p->is_break = is_break;
}

static void put_pending(output *out, pending *p) {
    for (int i = 0; i < p->newlines && out->count > 0; i++) out->bytes[out->count++] = '\n';
    *p = (pending){0, false};
}

static text words_of(text html, output out) {
    pending newlines = {0, false};
    for (size_t at = 0; at < html.count;) {
        if (begins_tag(html, at)) {
            html_tag tag = take_tag(html, &at);
            note_tag(&newlines, &tag);
            skip_hidden(html, &tag, &at);
        } else if (is_blank(html.bytes[at]) && (newlines.newlines > 0 || out.count == 0)) {
            at++; /* Between tags, or before all. */
        } else {
            put_pending(&out, &newlines);
            put_one(&out, html, &at);
        }
    }
    while (out.count > 0 && is_blank(out.bytes[out.count - 1])) out.count--;
    return (text){out.bytes, out.count};
}

text html_text(text html, char *out) {
    return words_of(html, (output){out, 0, false});
}

text html_post_text(text html, char *out) {
    return words_of(html, (output){out, 0, true});
}

/* ---- Links ---- */

typedef struct {
    text name, value; /* As they stand. */
} html_attribute;

static size_t skip_name(text t, size_t at) {
    while (at < t.count && !is_blank(t.bytes[at]) && t.bytes[at] != '=') at++;
    return at;
}

static text value_at(text t, size_t *at) {
    char quote = *at < t.count ? t.bytes[*at] : 0;
    bool is_quoted = quote == '"' || quote == '\'';
    size_t begin = *at + (is_quoted ? 1 : 0), end = begin;
    while (end < t.count && (is_quoted ? t.bytes[end] != quote : !is_blank(t.bytes[end]))) end++;
    *at = end < t.count ? end + 1 : end;
    return text_slice(t, begin, end);
}

static bool next_attribute(text t, size_t *at, html_attribute *found) {
    while (*at < t.count && (is_blank(t.bytes[*at]) || t.bytes[*at] == '/')) ++*at;
    if (*at >= t.count) return false;
    size_t begin = *at;
    *at = skip_name(t, begin);
    *found = (html_attribute){.name = text_slice(t, begin, *at)};
    if (*at >= t.count || t.bytes[*at] != '=') return true;
    ++*at;
    found->value = value_at(t, at);
    return true;
}

static bool attribute_of(text attributes, text name, text *value) {
    html_attribute a;
    for (size_t at = 0; next_attribute(attributes, &at, &a);) {
        *value = a.value;
        if (text_equal_caseless(a.name, name)) return true;
    }
    return false;
}

static bool has_word(text words, text word) {
    for (size_t at = 0; at < words.count; at++) {
        size_t begin = at;
        while (at < words.count && !is_blank(words.bytes[at])) at++;
        if (text_equal(text_slice(words, begin, at), word)) return true;
    }
    return false;
}

static bool is_address(text t) {
    for (size_t i = 0; i < t.count; i++)
        if ((unsigned char)t.bytes[i] <= ' ') return false;
    return (text_starts_with(t, TEXT("https://")) && t.count > 8) ||
           (text_starts_with(t, TEXT("http://")) && t.count > 7);
}

static void put_link(output *out, const html_tag *tag) {
    text href, words;
    if (tag->is_end || !text_equal_caseless(tag->name, TEXT("a"))) return;
    if (!attribute_of(tag->attributes, TEXT("href"), &href)) return;
    if (attribute_of(tag->attributes, TEXT("class"), &words) &&
        (has_word(words, TEXT("mention")) || has_word(words, TEXT("hashtag"))))
        return;
    size_t before = out->count;
    if (before > 0) out->bytes[out->count++] = '\n';
    size_t begin = out->count;
    put_all(out, href);
    if (!is_address((text){out->bytes + begin, out->count - begin})) out->count = before;
}

text html_links(text html, char *bytes) {
    output out = {bytes, 0, false};
    for (size_t at = 0; at < html.count;) {
        if (begins_tag(html, at)) {
            html_tag tag = take_tag(html, &at);
            put_link(&out, &tag);
            skip_hidden(html, &tag, &at);
        } else {
            at++;
        }
    }
    return (text){bytes, out.count};
}
