/* SPDX-License-Identifier: MIT */
#include "geocode/sexagesimal.h"

#include "geocode/decimal.h"

#define DEGREE_PARTS 3 /* Degrees, minutes, seconds. */

/* What may stand behind each part, longest first; blanks may too. */
static const char *const signs[DEGREE_PARTS][6] = {
    {"\xC2\xB0", "\xC2\xBA", "\xCB\x9A", ":"},
    {"'", "\xE2\x80\xB2", "\xE2\x80\x99", "\xC2\xB4", ":"},
    {"\"", "\xE2\x80\xB3", "\xE2\x80\x9D", "''"},
};

typedef struct {
    text t;
    size_t at;
} reader;

typedef struct {
    int64_t e7;
    char side; /* 'N', 'S', 'E' or 'W'. */
    bool is_side_first;
} angle;

static char byte_at(const reader *r, size_t at) {
    return at < r->t.count ? r->t.bytes[at] : '\0';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0xC3;
}

static void skip_blanks(reader *r) {
    while (byte_at(r, r->at) == ' ' || byte_at(r, r->at) == '\t') r->at++;
}

static bool skip_sign(reader *r, int part) {
    text rest = text_slice(r->t, r->at, r->t.count);
    for (size_t i = 0; i < 6 && signs[part][i] != NULL; i++) {
        text sign = text_of(signs[part][i]);
        if (!text_starts_with(rest, sign)) continue;
        r->at += sign.count;
        return true;
    }
    return false;
}

/* A letter that is no part of a word. */
static bool read_side(reader *r, char *side) {
    reader ahead = *r;
    skip_blanks(&ahead);
    char c = (char)(byte_at(&ahead, ahead.at) & ~0x20);
    if (c != 'N' && c != 'S' && c != 'E' && c != 'W') return false;
    if (is_letter(byte_at(&ahead, ahead.at + 1))) return false;
    if (ahead.at > 0 && is_letter(byte_at(&ahead, ahead.at - 1))) return false;
    *side = c;
    r->at = ahead.at + 1;
    return true;
}

/* Up to three digits, and a fraction where it may have one; in 1e-7 of its unit. */
static bool read_number(reader *r, int part, int64_t *e7, bool *has_fraction) {
    size_t begin = r->at, at = begin;
    bool is_exact;
    while (is_digit(byte_at(r, at))) at++;
    if (at == begin || at - begin > (part == 0 ? 3 : 2)) return false;
    *has_fraction = part > 0 && byte_at(r, at) == '.' && is_digit(byte_at(r, at + 1));
    if (*has_fraction)
        for (at++; is_digit(byte_at(r, at)) && at - begin < 15;) at++;
    if (is_digit(byte_at(r, at))) return false;
    r->at = at;
    return decimal_read(text_slice(r->t, begin, at), 7, e7, &is_exact);
}

/* Degrees, and minutes and seconds where they follow. */
static bool read_parts(reader *r, int64_t *e7) {
    static const int64_t seconds[DEGREE_PARTS] = {3600, 60, 1};
    int64_t sum = 0, value;
    bool has_fraction = false, has_sign = false;
    int part = 0;
    for (; part < DEGREE_PARTS && !has_fraction; part++) {
        reader ahead = *r;
        skip_blanks(&ahead);
        if (!read_number(&ahead, part, &value, &has_fraction)) break;
        if (part > 0 && value >= 600000000) return false;
        bool is_apart = byte_at(&ahead, ahead.at) == ' ';
        skip_blanks(&ahead);
        bool is_signed = skip_sign(&ahead, part);
        has_sign |= is_signed && part == 0;
        sum += value * seconds[part];
        *r = ahead;
        if (!is_signed && !is_apart) {
            part++;
            break;
        }
    }
    *e7 = (sum + 1800) / 3600;
    return part > 1 || (part == 1 && has_sign);
}

static bool read_angle(reader *r, angle *a) {
    *a = (angle){0};
    a->is_side_first = read_side(r, &a->side);
    if (a->is_side_first) skip_blanks(r);
    if (!read_parts(r, &a->e7) || (!a->is_side_first && !read_side(r, &a->side))) return false;
    if (a->side == 'S' || a->side == 'W') a->e7 = -a->e7;
    return true;
}

static bool is_lat(const angle *a) {
    return a->side == 'N' || a->side == 'S';
}

/* Two angles with blanks and at most one comma between them. */
static bool read_pair(reader r, angle *a, angle *b) {
    if (!read_angle(&r, a)) return false;
    skip_blanks(&r);
    char c = byte_at(&r, r.at);
    if (c == ',' || c == ';' || c == '/') r.at++;
    skip_blanks(&r);
    return read_angle(&r, b) && a->is_side_first == b->is_side_first && is_lat(a) != is_lat(b);
}

bool sexagesimal_find(text t, int64_t *lat_e7, int64_t *lon_e7) {
    angle a, b;
    size_t digit_count = 0;
    for (size_t at = 0; at < t.count; at++) digit_count += is_digit(t.bytes[at]);
    for (size_t at = 0; at < t.count && digit_count > 1; at++) {
        char before = at > 0 ? t.bytes[at - 1] : ' ';
        if (is_digit(before) || is_letter(before) || before == '.' || before == '-') continue;
        if (!read_pair((reader){t, at}, &a, &b)) continue;
        *lat_e7 = is_lat(&a) ? a.e7 : b.e7;
        *lon_e7 = is_lat(&a) ? b.e7 : a.e7;
        return true;
    }
    return false;
}
