/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/repair.h"

/* The four hexadecimal digits of an escape "\uXXXX" at `at`; false when it is none. */
static bool read_escape(text line, size_t at, uint32_t *code) {
    if (line.count - at < 6 || line.bytes[at] != '\\' || line.bytes[at + 1] != 'u') return false;
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

/* How many bytes of good escape begin at the backslash at `at`; 0 and the reason
 * when it must be replaced (which takes 6 bytes). */
static size_t good_escape_bytes(text line, size_t at, reason *why) {
    uint32_t code, low;
    if (!read_escape(line, at, &code)) {
        bool is_pair = at + 1 < line.count && (unsigned char)line.bytes[at + 1] < 0x80;
        return is_pair ? 2 : 1;
    }
    if (code == 0)
        *why = REASON_NUL_ESCAPE;
    else if (code < 0xD800 || code > 0xDFFF)
        return 6;
    else if (code < 0xDC00 && read_escape(line, at + 6, &low) && low >= 0xDC00 && low <= 0xDFFF)
        return 12;
    else
        *why = REASON_LONE_SURROGATE;
    return 0;
}

static size_t good_utf8_bytes(text line, size_t at, reason *why) {
    size_t end = at;
    uint32_t code = utf8_next(line, &end);
    if (code == 0xFFFD && end - at == 1) {
        *why = REASON_INVALID_UTF8;
        return 0;
    }
    return end - at;
}

reason repair_line(text line, buffer *out) {
    reason first = REASON_ACCEPTED;
    buffer_clear(out);
    for (size_t at = 0; at < line.count;) {
        bool is_escape = line.bytes[at] == '\\';
        reason why = REASON_ACCEPTED;
        size_t good =
            is_escape ? good_escape_bytes(line, at, &why) : good_utf8_bytes(line, at, &why);
        buffer_add(out, good > 0    ? (text){line.bytes + at, good}
                        : is_escape ? TEXT("\\ufffd")
                                    : TEXT("\xEF\xBF\xBD"));
        if (first == REASON_ACCEPTED) first = why;
        at += good > 0 ? good : is_escape ? 6 : 1;
    }
    return first;
}
