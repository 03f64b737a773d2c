/* SPDX-License-Identifier: MIT */
#include "geocode/coordinates.h"

#include <stdlib.h>

#include "geocode/decimal.h"
#include "geocode/sexagesimal.h"

typedef struct {
    int64_t e7;
    size_t begin, end; /* Of the number with its sign, degree sign and letter. */
    char side;         /* 'N', 'S', 'E', 'W', or 0. */
} degrees;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static size_t skip(text t, size_t at, const char *what) {
    text w = text_of(what);
    return text_starts_with(text_slice(t, at, t.count), w) ? at + w.count : at;
}

/* "°", blanks, then N, S, E or W that begins no word. */
static void read_side(text t, degrees *d) {
    size_t at = skip(t, d->end, "\xC2\xB0");
    d->end = at;
    while (at < t.count && t.bytes[at] == ' ') at++;
    char c = at < t.count ? (char)(t.bytes[at] & ~0x20) : 0;
    if (c != 'N' && c != 'S' && c != 'E' && c != 'W') return;
    if (at + 1 < t.count && is_letter(t.bytes[at + 1])) return;
    d->side = c;
    d->end = at + 1;
    if (c == 'S' || c == 'W') d->e7 = -d->e7;
}

/* The number from `at` on, with its sign; false when it has no fraction. */
static bool read_degrees(text t, size_t at, degrees *d) {
    size_t begin = at, dot = 0, digits;
    if (t.bytes[at] == '-' || t.bytes[at] == '+') at++;
    for (digits = at; at < t.count; at++) {
        if (t.bytes[at] == '.' && dot == 0)
            dot = at;
        else if (!is_digit(t.bytes[at]))
            break;
    }
    *d = (degrees){.begin = begin, .end = at > begin ? at : begin + 1};
    return dot > digits && at > dot + 1 && at - dot <= 20 &&
           degrees_read(text_slice(t, begin, at), &d->e7);
}

static bool is_glued(text t, size_t at) {
    if (at == 0) return false;
    char before = t.bytes[at - 1];
    return is_digit(before) || is_letter(before) || before == '.';
}

/* The next number with a fraction from `at` on. */
static bool next_degrees(text t, size_t at, degrees *d) {
    for (; at < t.count; at = d->end) {
        if (!read_degrees(t, at, d) || is_glued(t, at)) continue;
        read_side(t, d);
        return true;
    }
    return false;
}

/* Only a comma, blanks, or such a sign stand between the two numbers. */
static bool are_neighbours(text t, size_t end, size_t begin) {
    size_t commas = 0;
    for (size_t at = end; at < begin; at++) {
        char c = t.bytes[at];
        if (c == ',' || c == ';' || c == '/')
            commas++;
        else if (c != ' ' && c != '\t')
            return false;
    }
    return begin > end && commas <= 1;
}

static bool take_in_order(int64_t lat, int64_t lon, int32_t *lat_e7, int32_t *lon_e7) {
    if (llabs(lat) > 900000000 || llabs(lon) > 1800000000 || (lat == 0 && lon == 0)) return false;
    *lat_e7 = (int32_t)lat;
    *lon_e7 = (int32_t)lon;
    return true;
}

static bool take(int64_t lat, int64_t lon, int32_t *lat_e7, int32_t *lon_e7) {
    if (llabs(lat) > 900000000 && llabs(lon) <= 900000000) {
        int64_t other = lat;
        lat = lon;
        lon = other;
    }
    return take_in_order(lat, lon, lat_e7, lon_e7);
}

bool coordinates_find(text t, int32_t *lat_e7, int32_t *lon_e7) {
    degrees a = {0}, b = {0};
    size_t at = 0;
    while (next_degrees(t, at, &a)) {
        if (next_degrees(t, a.end, &b) && are_neighbours(t, a.end, b.begin)) {
            bool is_lon_first = a.side == 'E' || a.side == 'W' || b.side == 'N' || b.side == 'S';
            return is_lon_first ? take(b.e7, a.e7, lat_e7, lon_e7)
                                : take(a.e7, b.e7, lat_e7, lon_e7);
        }
        at = a.end;
    }
    int64_t lat, lon;
    return sexagesimal_find(t, &lat, &lon) && take_in_order(lat, lon, lat_e7, lon_e7);
}
