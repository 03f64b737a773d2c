/* SPDX-License-Identifier: MIT */
#include "pipeline/base/times.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Days are counted in eras of 400 years that begin in March, so that the leap
 * day is the last of its year (Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", days_from_civil and civil_from_days). */
int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
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

/* Reads exactly `count` digits. */
static bool digits(text t, size_t at, size_t count, unsigned *value) {
    uint64_t v;
    if (at > t.count || t.count - at < count) return false;
    if (!text_to_u64((text){t.bytes + at, count}, &v)) return false;
    *value = (unsigned)v;
    return true;
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

static bool offset_to_ms(text t, int64_t *ms) {
    unsigned hours, minutes;
    size_t colon = t.count == 6 ? 1 : 0;
    if ((t.count != 5 && t.count != 6) || (t.bytes[0] != '+' && t.bytes[0] != '-')) return false;
    if (colon == 1 && t.bytes[3] != ':') return false;
    if (!digits(t, 1, 2, &hours) || !digits(t, 3 + colon, 2, &minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    int64_t size = ((int64_t)hours * 60 + minutes) * MS_PER_MINUTE;
    *ms = t.bytes[0] == '-' ? -size : size;
    return true;
}

bool time_from_rfc3339(text t, int64_t *ms) {
    civil_time c;
    if (t.count < 20 || t.bytes[4] != '-' || t.bytes[7] != '-' || t.bytes[13] != ':' ||
        t.bytes[16] != ':')
        return false;
    if (t.bytes[10] != 'T' && t.bytes[10] != 't' && t.bytes[10] != ' ') return false;
    if (!digits(t, 0, 4, &c.year) || !digits(t, 5, 2, &c.month) || !digits(t, 8, 2, &c.day) ||
        !digits(t, 11, 2, &c.hour) || !digits(t, 14, 2, &c.minute) ||
        !digits(t, 17, 2, &c.second))
        return false;
    int64_t value, offset = 0, fraction = 0;
    size_t at = 19;
    if (t.bytes[at] == '.') {
        size_t begin = ++at;
        for (int64_t scale = 100; at < t.count && t.bytes[at] >= '0' && t.bytes[at] <= '9'; at++) {
            fraction += scale * (t.bytes[at] - '0');
            scale /= 10;
        }
        if (at == begin) return false;
    }
    text zone = text_slice(t, at, t.count);
    bool utc = zone.count == 1 && (zone.bytes[0] == 'Z' || zone.bytes[0] == 'z');
    if (!utc && !offset_to_ms(zone, &offset)) return false;
    if (!civil_to_ms(&c, &value)) return false;
    *ms = value + fraction - offset;
    return true;
}

bool time_from_twitter(text t, int64_t *ms) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    civil_time c;
    int64_t value, offset;
    if (t.count != 30 || t.bytes[3] != ' ' || t.bytes[7] != ' ' || t.bytes[10] != ' ' ||
        t.bytes[13] != ':' || t.bytes[16] != ':' || t.bytes[19] != ' ' || t.bytes[25] != ' ')
        return false;
    c.month = 0;
    for (unsigned m = 0; m < 12; m++)
        if (memcmp(t.bytes + 4, months + (size_t)3 * m, 3) == 0) c.month = m + 1;
    if (!digits(t, 8, 2, &c.day) || !digits(t, 11, 2, &c.hour) || !digits(t, 14, 2, &c.minute) ||
        !digits(t, 17, 2, &c.second) || !digits(t, 26, 4, &c.year))
        return false;
    if (!offset_to_ms(text_slice(t, 20, 25), &offset) || !civil_to_ms(&c, &value)) return false;
    *ms = value - offset;
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
