/* SPDX-License-Identifier: MIT */
#include "geocode/decimal.h"

#define UNITS_MAX 900000000000000000LL

typedef struct {
    int64_t digits; /* The first 17 or 18 digits that count. */
    int exponent;   /* The number is digits * 10^exponent. */
    bool has_digit, is_exact;
} decimal;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static void add_digit(decimal *d, char c, bool is_fraction) {
    d->has_digit = true;
    if (d->digits < UNITS_MAX / 10) {
        d->digits = d->digits * 10 + (c - '0');
        d->exponent -= is_fraction;
    } else {
        d->exponent += !is_fraction;
        if (c != '0') d->is_exact = false;
    }
}

/* "e-05" at the end; false when something else is there. */
static bool read_exponent(text t, size_t at, int *exponent) {
    *exponent = 0;
    if (at == t.count) return true;
    if ((t.bytes[at] | 0x20) != 'e' || ++at == t.count) return false;
    bool is_negative = t.bytes[at] == '-';
    if ((is_negative || t.bytes[at] == '+') && ++at == t.count) return false;
    for (; at < t.count; at++) {
        if (!is_digit(t.bytes[at]) || *exponent > 1000) return false;
        *exponent = *exponent * 10 + (t.bytes[at] - '0');
    }
    if (is_negative) *exponent = -*exponent;
    return true;
}

/* The sign is the caller's. */
static bool read_number(text t, decimal *d) {
    size_t at = 0;
    for (; at < t.count && is_digit(t.bytes[at]); at++) add_digit(d, t.bytes[at], false);
    if (at < t.count && t.bytes[at] == '.')
        for (at++; at < t.count && is_digit(t.bytes[at]); at++) add_digit(d, t.bytes[at], true);
    int exponent;
    if (!d->has_digit || !read_exponent(t, at, &exponent)) return false;
    d->exponent += exponent;
    return true;
}

bool decimal_read(text t, int places, int64_t *units, bool *is_exact) {
    decimal d = {.is_exact = true};
    bool has_sign = t.count > 0 && (t.bytes[0] == '-' || t.bytes[0] == '+');
    if (!read_number(text_slice(t, has_sign, t.count), &d)) return false;
    int exponent = d.exponent + places;
    for (; exponent > 0 && d.digits != 0; exponent--) {
        if (d.digits > UNITS_MAX / 10) return false;
        d.digits *= 10;
    }
    for (; exponent < 0 && d.digits != 0; exponent++) {
        if (d.digits % 10 != 0) d.is_exact = false;
        d.digits /= 10;
    }
    *units = has_sign && t.bytes[0] == '-' ? -d.digits : d.digits;
    *is_exact = d.is_exact;
    return true;
}

bool degrees_read(text t, int64_t *e7) {
    int64_t e8;
    bool is_exact;
    if (!decimal_read(t, 8, &e8, &is_exact)) return false;
    *e7 = (e8 + (e8 < 0 ? -5 : 5)) / 10;
    return true;
}
