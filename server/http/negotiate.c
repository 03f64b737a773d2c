/* SPDX-License-Identifier: MIT */
#include "server/http/negotiate.h"

enum { QUALITY_FULL = 1000 };

/* Takes the next element of a comma-separated list; false at its end. */
static bool next_element(text *list, text *element) {
    size_t end;
    if (list->count == 0) return false;
    if (!text_find_byte(*list, ',', &end)) end = list->count;
    *element = text_trim(text_slice(*list, 0, end));
    *list = text_slice(*list, end + 1, list->count);
    return true;
}

/* "0", "1", "0.5", "0.123" in thousandths; what is none of these counts in full. */
static unsigned thousandths(text t) {
    unsigned sum = 0, unit = 100;
    if (t.count == 0 || t.bytes[0] != '0') return QUALITY_FULL;
    if (t.count == 1) return 0;
    if (t.bytes[1] != '.' || t.count > 5) return QUALITY_FULL;
    for (size_t i = 2; i < t.count; i++, unit /= 10) {
        if (t.bytes[i] < '0' || t.bytes[i] > '9') return QUALITY_FULL;
        sum += unit * (unsigned)(t.bytes[i] - '0');
    }
    return sum;
}

/* Cuts the parameters off an element and returns its q. */
static unsigned cut_quality(text *element) {
    size_t end;
    unsigned quality = QUALITY_FULL;
    if (!text_find_byte(*element, ';', &end)) return quality;
    text rest = text_slice(*element, end + 1, element->count);
    *element = text_trim(text_slice(*element, 0, end));
    while (rest.count > 0) {
        if (!text_find_byte(rest, ';', &end)) end = rest.count;
        text one = text_trim(text_slice(rest, 0, end));
        rest = text_slice(rest, end + 1, rest.count);
        if (one.count >= 2 && (one.bytes[0] | 0x20) == 'q' && one.bytes[1] == '=')
            quality = thousandths(text_slice(one, 2, one.count));
    }
    return quality;
}

bool negotiate_accepts(text list, text word) {
    text one;
    while (next_element(&list, &one)) {
        unsigned quality = cut_quality(&one);
        if (text_equal_caseless(one, word)) return quality > 0;
    }
    return false;
}

/* 3: the type itself; 2: "text/..." of its kind; 1: anything; 0: another. */
static unsigned closeness(text range, text type) {
    size_t slash;
    if (text_equal_caseless(range, type)) return 3;
    if (text_equal(range, TEXT("*/*"))) return 1;
    if (!text_ends_with(range, TEXT("/*")) || !text_find_byte(type, '/', &slash)) return 0;
    return text_equal_caseless(text_slice(range, 0, range.count - 1),
                               text_slice(type, 0, slash + 1))
               ? 2
               : 0;
}

/* What the closest range says of the type. */
static unsigned quality_of(text accept, text type) {
    unsigned best = 0, quality = 0;
    size_t end;
    text one;
    if (text_find_byte(type, ';', &end)) type = text_slice(type, 0, end); /* Without charset. */
    while (next_element(&accept, &one)) {
        unsigned says = cut_quality(&one), close = closeness(one, type);
        if (close <= best) continue;
        best = close;
        quality = says;
    }
    return quality;
}

const char *negotiate_type(text accept, const char *const *types) {
    const char *best = NULL;
    unsigned best_quality = 0;
    if (text_trim(accept).count == 0) return types[0];
    for (size_t i = 0; types[i] != NULL; i++) {
        unsigned quality = quality_of(accept, text_of(types[i]));
        if (quality <= best_quality) continue;
        best = types[i];
        best_quality = quality;
    }
    return best;
}

bool negotiate_knows(text if_none_match, const char *etag) {
    text wanted = text_of(etag), one;
    if (text_starts_with(wanted, TEXT("W/"))) wanted = text_slice(wanted, 2, wanted.count);
    while (next_element(&if_none_match, &one)) {
        if (text_equal(one, TEXT("*"))) return true;
        if (text_starts_with(one, TEXT("W/"))) one = text_slice(one, 2, one.count);
        if (text_equal(one, wanted)) return true;
    }
    return false;
}
