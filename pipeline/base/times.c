/* SPDX-License-Identifier: MIT */
#include "pipeline/base/times.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Days are counted in eras of 400 years that begin in March, so that the leap
 * day is the last of its year (Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", days_from_civil and civil_from_days). */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned doe = (unsigned)(days - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (int64_t)yoe + era * 400 + (*month <= 2);
}

static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

int64_t minute_of(int64_t ms) {
    return floor_divide(ms, MS_PER_MINUTE);
}

void time_to_text(int64_t ms, char out[TIME_TEXT_BYTES]) {
    const int64_t least = days_from_civil(0, 1, 1) * MS_PER_DAY;
    const int64_t greatest = days_from_civil(10000, 1, 1) * MS_PER_DAY - 1;
    ms = ms < least ? least : ms > greatest ? greatest : ms;
    int64_t days = floor_divide(ms, MS_PER_DAY), year;
    unsigned month, day, rest = (unsigned)(ms - days * MS_PER_DAY);
    civil_from_days(days, &year, &month, &day);
    (void)snprintf(out, TIME_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                   (unsigned)year % 10000, month, day, rest / 3600000, rest / 60000 % 60,
                   rest / 1000 % 60, rest % 1000);
}

/* True when t begins like `shape`: 0 stands for a digit, ? for any byte. */
static bool has_shape(text t, const char *shape) {
    size_t i = 0;
    for (; i < t.count && shape[i] != '\0'; i++) {
        bool is_digit = t.bytes[i] >= '0' && t.bytes[i] <= '9';
        if (shape[i] == '0' ? !is_digit : shape[i] != '?' && shape[i] != t.bytes[i]) return false;
    }
    return shape[i] == '\0';
}

/* The number that `count` digits make. */
static unsigned number(text t, size_t at, size_t count) {
    unsigned value = 0;
    for (size_t i = at; i < at + count; i++) value = value * 10 + (unsigned)(t.bytes[i] - '0');
    return value;
}

typedef struct {
    unsigned year, month, day, hour, minute, second;
} civil_time;

static bool civil_to_ms(const civil_time *c, int64_t *ms) {
    static const unsigned char days_in[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (c->month < 1 || c->month > 12 || c->hour > 23 || c->minute > 59 || c->second > 60)
        return false;
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;
    unsigned last = days_in[c->month - 1] + (c->month == 2 && leap ? 1u : 0u);
    if (c->day < 1 || c->day > last) return false;
    int64_t seconds = (int64_t)c->hour * 3600 + (int64_t)c->minute * 60 +
                      (c->second == 60 ? 59 : (int64_t)c->second);
    *ms = days_from_civil(c->year, c->month, c->day) * MS_PER_DAY + seconds * MS_PER_SECOND;
    return true;
}

/* "+0530" or "+05:30". */
static bool offset_to_ms(text t, int64_t *ms) {
    size_t colon = t.count == 6 ? 1 : 0;
    if (t.count != 5 + colon || !has_shape(t, colon == 1 ? "?00:00" : "?0000")) return false;
    if (t.bytes[0] != '+' && t.bytes[0] != '-') return false;
    unsigned hours = number(t, 1, 2), minutes = number(t, 3 + colon, 2);
    if (hours > 23 || minutes > 59) return false;
    int64_t size = ((int64_t)hours * 60 + minutes) * MS_PER_MINUTE;
    *ms = t.bytes[0] == '-' ? -size : size;
    return true;
}

/* ".123456" at t.bytes[*at], cut to milliseconds; no point is no fraction. */
static bool fraction_to_ms(text t, size_t *at, int64_t *ms) {
    *ms = 0;
    if (*at >= t.count || t.bytes[*at] != '.') return true;
    size_t begin = ++*at;
    for (int64_t scale = 100; *at < t.count && t.bytes[*at] >= '0' && t.bytes[*at] <= '9'; ++*at) {
        *ms += scale * (t.bytes[*at] - '0');
        scale /= 10;
    }
    return *at > begin;
}

bool time_from_rfc3339(text t, int64_t *ms) {
    if (!has_shape(t, "0000-00-00?00:00:00?")) return false;
    if (t.bytes[10] != 'T' && t.bytes[10] != 't' && t.bytes[10] != ' ') return false;
    civil_time c = {number(t, 0, 4),  number(t, 5, 2),  number(t, 8, 2),
                    number(t, 11, 2), number(t, 14, 2), number(t, 17, 2)};
    int64_t value, offset = 0, fraction;
    size_t at = 19;
    if (!fraction_to_ms(t, &at, &fraction)) return false;
    if (at + 5 < t.count && t.bytes[at] == ' ') at++; /* "2012-11-27 18:44:07 +0000". */
    text zone = text_slice(t, at, t.count);
    bool utc = zone.count == 1 && (zone.bytes[0] == 'Z' || zone.bytes[0] == 'z');
    if (!utc && !offset_to_ms(zone, &offset)) return false;
    if (!civil_to_ms(&c, &value)) return false;
    *ms = value + fraction - offset;
    return true;
}

bool time_from_twitter(text t, int64_t *ms) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (t.count != 30 || !has_shape(t, "??? ??? 00 00:00:00 ????? 0000")) return false;
    civil_time c = {number(t, 26, 4), 0, number(t, 8, 2), number(t, 11, 2), number(t, 14, 2),
                    number(t, 17, 2)};
    for (unsigned m = 0; m < 12; m++)
        if (memcmp(t.bytes + 4, months + (size_t)3 * m, 3) == 0) c.month = m + 1;
    int64_t value, offset;
    if (!offset_to_ms(text_slice(t, 20, 25), &offset) || !civil_to_ms(&c, &value)) return false;
    *ms = value - offset;
    return true;
}

bool time_from_number(uint64_t value, int64_t *ms) {
    const uint64_t seconds_max = 100000000000; /* As milliseconds 1973: before all tweets. */
    if (value > INT64_MAX) return false;
    *ms = (int64_t)(value < seconds_max ? value * MS_PER_SECOND : value);
    return true;
}

static int64_t real_now_ms(clock_source *self) {
    struct timespec t;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * MS_PER_SECOND + t.tv_nsec / 1000000;
}

static int64_t real_ticks_us(clock_source *self) {
    struct timespec t;
    (void)self;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

clock_source *clock_real(void) {
    static clock_source real = {real_now_ms, real_ticks_us};
    return &real;
}
