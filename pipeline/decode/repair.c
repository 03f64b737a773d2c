/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/repair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT         TEXT("\xEF\xBF\xBD")
#define ESCAPED_REPLACEMENT TEXT("\\ufffd")

typedef struct {
    text line;
    size_t at;
    buffer *out;
    reason first;
    int depth; /* Of objects and arrays; at 0 after a value the rest is no part of it. */
    bool in_string, has_value;
} repair;

static void found(repair *r, reason why) {
    if (r->first == REASON_ACCEPTED) r->first = why;
}

/* Writes `instead` for the next `count` bytes. */
static void replace(repair *r, size_t count, text instead, reason why) {
    found(r, why);
    buffer_add(r->out, instead);
    r->at += count;
}

static void keep(repair *r, size_t count) {
    buffer_add(r->out, (text){r->line.bytes + r->at, count});
    r->at += count;
}

/* ---- In strings ---- */

/* The four hexadecimal digits of an escape "\uXXXX" at `at`; false when it is none. */
static bool read_escape(text line, size_t at, uint32_t *code) {
    if (line.count < at + 6 || line.bytes[at] != '\\' || line.bytes[at + 1] != 'u') return false;
    *code = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        char c = line.bytes[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16) return false;
        *code = *code * 16 + digit;
    }
    return true;
}

static void step_code(repair *r, uint32_t code) {
    uint32_t low;
    if (code == 0)
        replace(r, 6, ESCAPED_REPLACEMENT, REASON_NUL_ESCAPE);
    else if (code < 0xD800 || code > 0xDFFF)
        keep(r, 6);
    else if (code < 0xDC00 && read_escape(r->line, r->at + 6, &low) && low >= 0xDC00 &&
             low <= 0xDFFF)
        keep(r, 12);
    else
        replace(r, 6, ESCAPED_REPLACEMENT, REASON_LONE_SURROGATE);
}

static void step_escape(repair *r) {
    uint32_t code;
    char next = r->at + 1 < r->line.count ? r->line.bytes[r->at + 1] : '\0';
    if (read_escape(r->line, r->at, &code))
        step_code(r, code);
    else if (next != '\0' && strchr("\"\\/bfnrt", next) != NULL)
        keep(r, 2);
    else if (r->at + 1 == r->line.count)
        keep(r, 1); /* Cut off here: not to be mended. */
    else
        replace(r, 1, TEXT("\\\\"), REASON_BAD_ESCAPE);
}

static void step_control(repair *r, unsigned char c) {
    static const char digits[] = "0123456789abcdef";
    const char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    replace(r, 1, c == 0 ? ESCAPED_REPLACEMENT : (text){escape, 6}, REASON_CONTROL_CHARACTER);
}

static void step_utf8(repair *r) {
    size_t end = r->at;
    uint32_t code = utf8_next(r->line, &end);
    if (code == 0xFFFD && end - r->at == 1)
        replace(r, 1, REPLACEMENT, REASON_INVALID_UTF8);
    else
        keep(r, end - r->at);
}

/* All up to the next byte that matters goes on as it is. */
static void step_string(repair *r) {
    size_t end = r->at;
    const char *b = r->line.bytes;
    while (end < r->line.count && b[end] != '"' && b[end] != '\\' && (unsigned char)b[end] >= ' ' &&
           (unsigned char)b[end] < 0x80)
        end++;
    if (end > r->at) {
        keep(r, end - r->at);
        return;
    }
    unsigned char c = (unsigned char)b[r->at];
    if (c == '"') {
        r->in_string = false;
        keep(r, 1);
    } else if (c == '\\') {
        step_escape(r);
    } else if (c < ' ') {
        step_control(r, c);
    } else {
        step_utf8(r);
    }
}

/* ---- Between strings ---- */

static bool is_number_byte(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Too large for what parsers keep it in: 64 bits with a sign, or a double. */
static bool is_huge(text number) {
    char copy[512];
    uint64_t value;
    if (number.count >= sizeof copy) return true;
    memcpy(copy, number.bytes, number.count);
    copy[number.count] = '\0';
    if (strpbrk(copy, ".eE") != NULL) return isinf(strtod(copy, NULL));
    bool is_negative = number.count > 0 && copy[0] == '-';
    text digits = text_slice(number, is_negative ? 1 : 0, number.count);
    for (size_t i = 0; i < digits.count; i++)
        if (digits.bytes[i] < '0' || digits.bytes[i] > '9') return false;
    if (!text_to_u64(digits, &value)) return digits.count > 0;
    return value > (uint64_t)INT64_MAX + is_negative;
}

static void step_number(repair *r) {
    size_t end = r->at;
    while (end < r->line.count && is_number_byte(r->line.bytes[end])) end++;
    text number = text_slice(r->line, r->at, end);
    if (!is_huge(number)) {
        keep(r, number.count);
        return;
    }
    buffer_add_byte(r->out, '"');
    keep(r, number.count);
    replace(r, 0, TEXT("\""), REASON_HUGE_NUMBER);
}

/* What Python's json writes for numbers that are none. */
static bool step_word(repair *r) {
    static const char *const words[] = {"NaN", "Infinity", "-Infinity"};
    text rest = text_slice(r->line, r->at, r->line.count);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!text_starts_with(rest, text_of(words[i]))) continue;
        replace(r, strlen(words[i]), TEXT("null"), REASON_NOT_A_NUMBER);
        return true;
    }
    return false;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void step_between(repair *r) {
    char c = r->line.bytes[r->at];
    if (c == '-' || (c >= '0' && c <= '9')) {
        if (!step_word(r)) step_number(r);
    } else if ((unsigned char)c < ' ' && !is_space(c)) {
        replace(r, 1, TEXT(""), REASON_CONTROL_CHARACTER);
    } else if (!step_word(r)) {
        r->in_string = c == '"';
        r->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        r->has_value = r->has_value || c == '{' || c == '[';
        keep(r, 1);
    }
}

/* After the value: another one must not be lost without a word. */
static bool may_be_cut(text rest) {
    for (size_t i = 0; i < rest.count; i++)
        if (rest.bytes[i] == '{' || rest.bytes[i] == '[') return false;
    return true;
}

static void end_value(repair *r) {
    text rest = text_slice(r->line, r->at, r->line.count);
    while (rest.count > 0 && is_space(rest.bytes[rest.count - 1])) rest.count--;
    bool is_cut = rest.count > 0 && may_be_cut(rest);
    if (is_cut) found(r, REASON_TRAILING_BYTES);
    if (!is_cut) buffer_add(r->out, rest);
    r->at = r->line.count;
}

reason repair_line(text line, buffer *out) {
    repair r = {.line = line, .out = out, .first = REASON_ACCEPTED};
    buffer_clear(out);
    if (text_starts_with(line, TEXT("\xEF\xBB\xBF")))
        replace(&r, 3, TEXT(""), REASON_BYTE_ORDER_MARK);
    while (r.at < line.count) {
        if (r.in_string)
            step_string(&r);
        else if (r.has_value && r.depth <= 0)
            end_value(&r);
        else
            step_between(&r);
    }
    return r.first;
}
