/* SPDX-License-Identifier: MIT */
#include "server/base/quantity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define YEARS_MS_MAX (100 * 365.25 * 86400e3)
#define BYTES_MIN    1e6
#define BYTES_MAX    1e15

typedef struct {
    const char *name;
    double factor;
} unit;

static const unit times[] = {
    {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 604800e3}};
static const unit sizes[] = {
    {"kB", 1e3},   {"MB", 1e6},       {"GB", 1e9},          {"TB", 1e12},
    {"KiB", 1024}, {"MiB", 1048576.}, {"GiB", 1073741824.}, {"TiB", 1099511627776.},
};

/* False when it is no number behind which one of the units stands. */
static bool read(text t, const unit *units, size_t count, double *value) {
    char copy[32];
    char *end;
    t = text_trim(t);
    if (t.count == 0 || t.count >= sizeof copy || t.bytes[0] < '0' || t.bytes[0] > '9')
        return false;
    memcpy(copy, t.bytes, t.count);
    copy[t.count] = '\0';
    double number = strtod(copy, &end);
    if (end != copy + strspn(copy, "0123456789.")) return false; /* 1e3, 0x10. */
    while (*end == ' ') end++;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(end, units[i].name) != 0) continue;
        *value = number * units[i].factor;
        return isfinite(*value) && *value > 0;
    }
    return false;
}

bool quantity_time(text t, int64_t *ms) {
    double value;
    if (!read(t, times, sizeof times / sizeof times[0], &value)) return false;
    if (value < 1 || value > YEARS_MS_MAX) return false;
    *ms = (int64_t)value;
    return true;
}

bool quantity_size(text t, uint64_t *bytes) {
    double value;
    if (!read(t, sizes, sizeof sizes / sizeof sizes[0], &value)) return false;
    if (value < BYTES_MIN || value > BYTES_MAX) return false;
    *bytes = (uint64_t)value;
    return true;
}

bool quantity_keep(text t, int64_t *ms, uint64_t *bytes) {
    size_t comma;
    *ms = 0;
    *bytes = 0;
    if (!text_find_byte(t, ',', &comma)) return quantity_time(t, ms) || quantity_size(t, bytes);
    text first = text_slice(t, 0, comma), second = text_slice(t, comma + 1, t.count);
    return (quantity_time(first, ms) && quantity_size(second, bytes)) ||
           (quantity_size(first, bytes) && quantity_time(second, ms));
}
