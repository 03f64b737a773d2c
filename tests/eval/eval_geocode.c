/* SPDX-License-Identifier: MIT */
/* eval_geocode -- the gazetteer against where people were, and against other people's
 * votes.  The truth is weak: it is where somebody tweeted from, and people travel; the
 * votes are noisy and nearly all of one country.
 *
 * Rules and points are found by looking at odd lines alone; the even ones say whether
 * that was of use for others too. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geocode/distance.h"
#include "geocode/geocode.h"
#include "tests/support/shared_data.h"

#define NEAR_KM 161 /* 100 miles, as the literature counts. */

/* Confidences from here to the next; few enough that each has answers to count. */
static const double bin_begins[] = {0, .45, .6, .7, .8};
enum { BIN_COUNT = sizeof bin_begins / sizeof *bin_begins };

typedef struct {
    unsigned count, answered, country_right, near;
    unsigned kinds[PLACE_OTHER + 1], kinds_near[PLACE_OTHER + 1], kinds_right[PLACE_OTHER + 1];
    unsigned points, points_near; /* Answers that make a map point. */
    double bin_confidence[BIN_COUNT];
    unsigned bin_count[BIN_COUNT], bin_right[BIN_COUNT], bin_near[BIN_COUNT];
    unsigned bin_country[BIN_COUNT];
} tally;

static double share(unsigned part, unsigned whole) {
    return whole == 0 ? 0 : (double)part / whole;
}

/* A place counts as right when it is near, or, where it is too large for a point of
 * the map, when its country is right. */
static void judge(tally *t, const gazetteer *g, const char *location, const char *country,
                  double lat, double lon) {
    place p;
    t->count++;
    if (!gazetteer_find(g, text_of(location), &p)) return;
    double km =
        distance_km(p.lat_e7, p.lon_e7, (int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7));
    bool is_near = km <= NEAR_KM, is_right = strcmp(p.country, country) == 0;
    t->answered++;
    t->country_right += is_right;
    t->near += is_near;
    t->kinds[p.kind]++;
    t->kinds_near[p.kind] += is_near;
    t->kinds_right[p.kind] += is_right;
    t->points += place_is_map_point(&p);
    t->points_near += place_is_map_point(&p) && is_near;
    int bin = BIN_COUNT - 1;
    while ((double)p.confidence < bin_begins[bin]) bin--;
    t->bin_count[bin]++;
    t->bin_near[bin] += is_near;
    t->bin_country[bin] += is_right;
    t->bin_confidence[bin] += (double)p.confidence;
    t->bin_right[bin] += is_near || (is_right && !place_is_map_point(&p));
}

static void print_tally(const char *what, const tally *t) {
    printf("geocode  %s: %u strings, answered %.3f, country right %.3f of these,\n", what, t->count,
           share(t->answered, t->count), share(t->country_right, t->answered));
    printf("geocode    within %d km %.3f of all, %.3f of the answered; map points %.3f of all, "
           "%.3f of them within\n",
           NEAR_KM, share(t->near, t->count), share(t->near, t->answered),
           share(t->points, t->count), share(t->points_near, t->points));
    for (int k = 0; k <= PLACE_OTHER; k++)
        if (t->kinds[k] > 0)
            printf("geocode    %-11s %5u, country right %.3f, within %.3f\n",
                   place_kind_text((place_kind)k), t->kinds[k],
                   share(t->kinds_right[k], t->kinds[k]), share(t->kinds_near[k], t->kinds[k]));
    for (int b = 0; b < BIN_COUNT; b++)
        if (t->bin_count[b] > 0)
            printf("geocode    confidence from %.2f, mean %.2f: %5u, country right %.3f, within "
                   "%.3f, right %.3f\n",
                   bin_begins[b], t->bin_confidence[b] / t->bin_count[b], t->bin_count[b],
                   share(t->bin_country[b], t->bin_count[b]),
                   share(t->bin_near[b], t->bin_count[b]), share(t->bin_right[b], t->bin_count[b]));
}

/* `parity` 0 or 1: every second one; 2: all. */
static void eval_truth(const gazetteer *g, const char *path, unsigned parity, const char *what) {
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    unsigned number = 0;
    tally t = {0};
    while (in != NULL && getline(&line, &capacity, in) > 0) {
        json_t *item = json_loads(line, 0, NULL);
        json_t *point = json_object_get(item, "lonlat");
        if (!json_is_array(point)) point = json_object_get(item, "place_center");
        const char *location = json_string_value(json_object_get(item, "user_location"));
        const char *country = json_string_value(json_object_get(item, "country_code"));
        bool is_usable = location != NULL && country != NULL && json_is_array(point);
        if (is_usable && (number++ % 2 == parity || parity == 2))
            judge(&t, g, location, country, json_number_value(json_array_get(point, 1)),
                  json_number_value(json_array_get(point, 0)));
        json_decref(item);
    }
    if (in != NULL) fclose(in);
    free(line);
    print_tally(what, &t);
}

/* name TAB city TAB county TAB state TAB country TAB code TAB lat TAB lon */
static void eval_aliases(const gazetteer *g, const char *path) {
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    tally t = {0};
    while (in != NULL && getline(&line, &capacity, in) > 0) {
        char *fields[8], *rest = line;
        int count = 0;
        while (count < 8 && (fields[count] = strsep(&rest, "\t\n")) != NULL) count++;
        if (count == 8) judge(&t, g, fields[0], fields[5], atof(fields[6]), atof(fields[7]));
    }
    if (in != NULL) fclose(in);
    free(line);
    print_tally("aliases", &t);
}

int main(void) {
    char truth[SHARED_DATA_PATH_BYTES], aliases[SHARED_DATA_PATH_BYTES];
    gazetteer *g;
    if (gazetteer_builtin(&g) != STATUS_OK) return 1;
    if (shared_data("geo/location-truth.jsonl", truth) != NULL) {
        eval_truth(g, truth, 0, "profiles, odd lines");
        eval_truth(g, truth, 1, "profiles, even lines");
        eval_truth(g, truth, 2, "profiles");
    }
    if (shared_data("geo/carmen_aliases.tsv", aliases) != NULL) eval_aliases(g, aliases);
    gazetteer_close(g);
    return 0;
}
