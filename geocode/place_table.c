/* SPDX-License-Identifier: MIT */
/* place_table -- the places of --places.
 *
 * The file stays in memory as it was read; entries borrow from it.  Strings are
 * found through an open-addressed table of entry numbers, at most half full. */
#include <stdio.h>
#include <stdlib.h>

#include "geocode/decimal.h"
#include "geocode/geocode.h"
#include "pipeline/base/array.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/random.h"

typedef struct {
    text string, name; /* name: the least string at these coordinates. */
    int32_t lat_e7, lon_e7, area_e4;
} table_entry;

struct place_table {
    buffer file;
    table_entry *entries;
    size_t entry_count, entry_capacity;
    uint32_t *slots; /* 1 + number of an entry, or 0. */
    size_t slot_count;
    uint64_t seed;
};

void place_table_free(place_table *t) {
    if (t == NULL) return;
    buffer_deinit(&t->file);
    free(t->entries);
    free(t->slots);
    free(t);
}

static status read_file(const char *path, buffer *out) {
    FILE *in = fopen(path, "rb");
    if (in == NULL) return STATUS_CANNOT_OPEN;
    status s = STATUS_OK;
    for (size_t count = 1; count > 0 && s == STATUS_OK;) {
        if (!buffer_reserve(out, 1 << 16)) {
            s = STATUS_NO_MEMORY;
            break;
        }
        count = fread(out->bytes + out->count, 1, 1 << 16, in);
        out->count += count;
        if (count == 0 && ferror(in)) s = STATUS_CANNOT_READ;
    }
    fclose(in);
    return s;
}

/* The slot of the string, or the free one where it belongs. */
static uint32_t *find_slot(const place_table *t, text string) {
    size_t mask = t->slot_count - 1;
    size_t at = hash_bytes(string.bytes, string.count, t->seed) & mask;
    while (t->slots[at] != 0 && !text_equal(t->entries[t->slots[at] - 1].string, string))
        at = (at + 1) & mask;
    return &t->slots[at];
}

/* Takes the last field, and the TAB before it, off the line. */
static bool take_last_field(text *line, text *field) {
    for (size_t at = line->count; at > 0; at--) {
        if (line->bytes[at - 1] != '\t') continue;
        *field = text_slice(*line, at, line->count);
        line->count = at - 1;
        return true;
    }
    return false;
}

/* An area is rounded up, so that one just over the limit stays over it. */
static bool read_area(text field, int32_t *area_e4) {
    int64_t units;
    bool is_exact;
    if (!decimal_read(field, 4, &units, &is_exact) || units < 0) return false;
    if (field.bytes[0] == '-' && (units > 0 || !is_exact)) return false;
    units += !is_exact;
    *area_e4 = units > INT32_MAX ? INT32_MAX : (int32_t)units;
    return true;
}

/* NULL when the line is good, else what is wrong with it. */
static const char *read_line(text line, table_entry *e) {
    text area, lat, lon;
    int64_t lat_e7, lon_e7;
    if (!take_last_field(&line, &area) || !take_last_field(&line, &lon) ||
        !take_last_field(&line, &lat))
        return "it is not: string TAB latitude TAB longitude TAB area";
    if (!degrees_read(text_trim(lat), &lat_e7) || llabs(lat_e7) > 900000000)
        return "the latitude is no number of degrees from -90 to 90";
    if (!degrees_read(text_trim(lon), &lon_e7) || llabs(lon_e7) > 1800000000)
        return "the longitude is no number of degrees from -180 to 180";
    if (!read_area(text_trim(area), &e->area_e4))
        return "the area is no number of square degrees from 0 on";
    e->string = text_trim(line);
    e->lat_e7 = (int32_t)lat_e7;
    e->lon_e7 = (int32_t)lon_e7;
    return NULL;
}

static status append_entry(place_table *t, const table_entry *e) {
    if (!ARRAY_ROOM(t->entries, t->entry_count, t->entry_capacity, 64)) return STATUS_NO_MEMORY;
    t->entries[t->entry_count++] = *e;
    return t->entry_count < UINT32_MAX ? STATUS_OK : STATUS_TOO_LARGE;
}

static status read_lines(place_table *t, uint64_t *line_number, const char **why) {
    text rest = buffer_text(&t->file);
    if (text_starts_with(rest, TEXT("\xEF\xBB\xBF"))) rest = text_slice(rest, 3, rest.count);
    while (rest.count > 0) {
        size_t end = rest.count;
        text_find_byte(rest, '\n', &end);
        text line = text_slice(rest, 0, end);
        rest = text_slice(rest, end + 1, rest.count);
        if (text_ends_with(line, TEXT("\r"))) line.count--;
        *line_number += 1;
        if (line.count == 0) continue;
        table_entry e;
        *why = read_line(line, &e);
        if (*why != NULL) return STATUS_BAD_FORMAT;
        status s = append_entry(t, &e);
        if (s != STATUS_OK) return s;
    }
    return STATUS_OK;
}

/* Fills the slots and drops entries whose string comes again later. */
static status index_entries(place_table *t) {
    for (t->slot_count = 16; t->slot_count < 2 * t->entry_count;) t->slot_count *= 2;
    t->slots = calloc(t->slot_count, sizeof *t->slots);
    if (t->slots == NULL) return STATUS_NO_MEMORY;
    size_t kept = 0;
    for (size_t i = 0; i < t->entry_count; i++) {
        uint32_t *slot = find_slot(t, t->entries[i].string);
        if (*slot == 0) *slot = (uint32_t)++kept;
        t->entries[*slot - 1] = t->entries[i];
    }
    t->entry_count = kept;
    return STATUS_OK;
}

static int by_coordinates_then_string(const void *a, const void *b) {
    const table_entry *x = *(const table_entry *const *)a, *y = *(const table_entry *const *)b;
    if (x->lat_e7 != y->lat_e7) return x->lat_e7 < y->lat_e7 ? -1 : 1;
    if (x->lon_e7 != y->lon_e7) return x->lon_e7 < y->lon_e7 ? -1 : 1;
    return text_compare(x->string, y->string);
}

static status name_entries(place_table *t) {
    if (t->entry_count == 0) return STATUS_OK;
    table_entry **order = malloc(t->entry_count * sizeof(table_entry *));
    if (order == NULL) return STATUS_NO_MEMORY;
    for (size_t i = 0; i < t->entry_count; i++) order[i] = &t->entries[i];
    qsort(order, t->entry_count, sizeof *order, by_coordinates_then_string);
    for (size_t i = 0; i < t->entry_count; i++) {
        bool is_same_place = i > 0 && order[i]->lat_e7 == order[i - 1]->lat_e7 &&
                             order[i]->lon_e7 == order[i - 1]->lon_e7;
        order[i]->name = is_same_place ? order[i - 1]->name : order[i]->string;
    }
    free(order);
    return STATUS_OK;
}

status place_table_load(const char *path, place_table **result, uint64_t *line, const char **why) {
    *line = 0;
    *why = "";
    *result = NULL;
    place_table *t = calloc(1, sizeof *t);
    if (t == NULL) return STATUS_NO_MEMORY;
    t->seed = random_seed();
    status s = read_file(path, &t->file);
    if (s == STATUS_OK) s = read_lines(t, line, why);
    if (s == STATUS_OK) s = index_entries(t);
    if (s == STATUS_OK) s = name_entries(t);
    if (s != STATUS_OK) {
        place_table_free(t);
        t = NULL;
    }
    *result = t;
    return s;
}

bool place_table_find(const place_table *t, text location, place *found) {
    uint32_t number = *find_slot(t, text_trim(location));
    if (number == 0) return false;
    const table_entry *e = &t->entries[number - 1];
    *found = (place){.kind = PLACE_OTHER,
                     .lat_e7 = e->lat_e7,
                     .lon_e7 = e->lon_e7,
                     .area_e4 = e->area_e4,
                     .confidence = 1,
                     .name = e->name};
    return true;
}
