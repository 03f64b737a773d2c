/* SPDX-License-Identifier: MIT */
/* bench_geocode -- strings a second, nothing cached, of one core of its own; what the gazetteer
 * takes; distances a second.  Medians of 5 passes.  Three kinds of strings: our own
 * cases, which are hard ones, and where they are, profiles and people's spellings. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "geocode/distance.h"
#include "geocode/gazetteer_file.h"
#include "pipeline/base/random.h"
#include "tests/support/shared_data.h"

enum { PASSES = 5, STRINGS_MAX = 100000 };

typedef struct {
    text items[STRINGS_MAX];
    size_t count;
} strings;

/* Of this thread on its core: other programs do not count. */
static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say(const char *figure, double value, const char *unit, double aim) {
    printf("%-24s %-28s %14.3f %-12s aim %g\n", "geocode", figure, value, unit, aim);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void keep(strings *s, const char *location) {
    char *copy = s->count < STRINGS_MAX ? strdup(location) : NULL;
    if (copy != NULL) s->items[s->count++] = text_of(copy);
}

/* Every line, or its part that `pick` finds. */
static void read_lines(strings *s, const char *path, void (*pick)(strings *s, char *line)) {
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    while (in != NULL && getline(&line, &capacity, in) > 0) pick(s, line);
    if (in != NULL) (void)fclose(in);
    free(line);
}

static void pick_line(strings *s, char *line) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] != '\0' && line[0] != '#') keep(s, line);
}

static void pick_profile(strings *s, char *line) {
    json_t *item = json_loads(line, 0, NULL);
    const char *location = json_string_value(json_object_get(item, "user_location"));
    if (location != NULL) keep(s, location);
    json_decref(item);
}

static void pick_alias(strings *s, char *line) {
    line[strcspn(line, "\t\n")] = '\0';
    keep(s, line);
}

static void bench_strings(const gazetteer *g, strings *s, const char *figure) {
    double rates[PASSES];
    size_t found_count = 0;
    if (s->count == 0) return;
    size_t rounds = 200000 / s->count + 1;
    for (int pass = 0; pass < PASSES; pass++) {
        double begin = seconds();
        for (size_t round = 0; round < rounds; round++) {
            for (size_t i = 0; i < s->count; i++) {
                place p;
                found_count += gazetteer_find(g, s->items[i], &p);
            }
        }
        rates[pass] = (double)(rounds * s->count) / (seconds() - begin);
    }
    qsort(rates, PASSES, sizeof *rates, by_value);
    say(figure, rates[PASSES / 2], "strings/s", 1e6);
    if (found_count == 0) printf("geocode: nothing was found\n");
    for (size_t i = 0; i < s->count; i++) free((char *)(uintptr_t)s->items[i].bytes);
    s->count = 0;
}

static void bench_distance(void) {
    double rates[PASSES], sum = 0;
    random_source r = {1};
    for (int pass = 0; pass < PASSES; pass++) {
        double begin = seconds();
        for (int i = 0; i < 1000000; i++) {
            uint64_t a = random_next(&r), b = random_next(&r);
            sum += distance_km((int32_t)(a % 1800000001) - 900000000, (int32_t)(a >> 33),
                               (int32_t)(b % 1800000001) - 900000000, (int32_t)(b >> 33));
        }
        rates[pass] = 1e6 / (seconds() - begin);
    }
    qsort(rates, PASSES, sizeof *rates, by_value);
    say("distances", sum > 0 ? rates[PASSES / 2] : 0, "pairs/s", 1e7);
}

int main(void) {
    static strings s;
    char path[SHARED_DATA_PATH_BYTES];
    gazetteer *g;
    if (gazetteer_builtin(&g) != STATUS_OK) return 1;
    read_lines(&s, "tests/cases/geocode.case", pick_line);
    bench_strings(g, &s, "own cases");
    if (shared_data("geo/location-truth.jsonl", path) != NULL) read_lines(&s, path, pick_profile);
    bench_strings(g, &s, "profiles");
    if (shared_data("geo/carmen_aliases.tsv", path) != NULL) read_lines(&s, path, pick_alias);
    bench_strings(g, &s, "aliases");
    bench_distance();
    say("gazetteer file", (double)g->byte_count / 1e6, "MB", 32);
    say("memory beside it", (double)sizeof(gazetteer), "bytes", 1000);
    gazetteer_close(g);
    return 0;
}
