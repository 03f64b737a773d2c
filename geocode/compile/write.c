/* SPDX-License-Identifier: MIT */
/* write -- the model as a file.
 *
 * Names are sorted by hash and place; what was said of one name of one place is
 * merged; the best known place of a name comes first.  Everything is sorted by
 * values, never by addresses: the same input gives the same bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geocode/compile/model.h"

typedef struct {
    buffer sections[SECTION_COUNT];
    uint64_t counts[SECTION_COUNT];
} output;

static void put(output *o, gazetteer_section s, const void *bytes, size_t count) {
    buffer_add(&o->sections[s], (text){bytes, count});
}

static void put_u32(output *o, gazetteer_section s, uint32_t value) {
    put(o, s, &value, 4);
    o->counts[s]++;
}

static int by_hash_then_place(const void *a, const void *b) {
    const model_name *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return x->flags < y->flags ? -1 : x->flags > y->flags;
}

typedef struct {
    uint32_t place, flags;
    int weight;
} ranked;

static int by_rank(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->weight != y->weight) return x->weight > y->weight ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Two ways to one name: its own if one of them is, an abbreviation if both are. */
static uint32_t merge_flags(uint32_t a, uint32_t b) {
    const uint32_t lesser = POSTING_ALTERNATE | POSTING_CODE | POSTING_TYPO;
    return (a & b & lesser) | ((a | b) & ~lesser);
}

#define MARKS_ONLY(flags) (((flags) & (POSTING_NO_PLACE | POSTING_COMMON)) != 0)

/* The places of the names [begin, end), which have one hash, each once. */
static size_t merge_places(const model *m, size_t begin, size_t end, ranked *out) {
    uint32_t marks = 0;
    size_t count = 0;
    for (size_t i = begin; i < end; i++) {
        const model_name *n = &m->names[i];
        if (MARKS_ONLY(n->flags)) {
            marks |= n->flags;
        } else if (n->longest != 1) {
            continue; /* Only the beginning of names. */
        } else if (count > 0 && out[count - 1].place == n->place) {
            out[count - 1].flags = merge_flags(out[count - 1].flags, n->flags);
        } else {
            out[count++] = (ranked){.place = n->place, .flags = n->flags};
        }
    }
    bool is_code = count > 0;
    for (size_t i = 0; i < count; i++) is_code &= (out[i].flags & POSTING_CODE) != 0;
    if ((marks & POSTING_NO_PLACE) != 0 && !is_code) {
        out[0] = (ranked){.flags = marks & POSTING_NO_PLACE};
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        out[i].flags |= marks;
        out[i].weight = place_weight(m, &m->places[out[i].place]) -
                        ((out[i].flags & POSTING_ALTERNATE) != 0 ? 16 : 0) +
                        ((out[i].flags & POSTING_OWN) != 0 ? 64 : 0);
    }
    qsort(out, count, sizeof *out, by_rank);
    return count;
}

typedef struct {
    uint64_t hash;
    uint32_t value;
} key;

/* Keys with their postings; the number of keys. */
static size_t put_postings(model *m, output *o, key *keys) {
    size_t key_count = 0;
    ranked *places = malloc((m->name_count + 1) * sizeof *places);
    if (places == NULL) die("out of memory");
    put_u32(o, SECTION_POSTINGS, POSTING_LAST); /* Posting 0 is none. */
    for (size_t i = 0, end; i < m->name_count; i = end) {
        uint32_t longest = 0;
        for (end = i; end < m->name_count && m->names[end].hash == m->names[i].hash; end++)
            if (m->names[end].longest > longest) longest = m->names[end].longest;
        size_t count = merge_places(m, i, end, places);
        uint32_t first = count > 0 ? (uint32_t)o->counts[SECTION_POSTINGS] : 0;
        for (size_t k = 0; k < count; k++)
            put_u32(o, SECTION_POSTINGS,
                    places[k].place | places[k].flags | (k + 1 == count ? POSTING_LAST : 0));
        if (count == 0 && longest < 2) continue; /* A common word that is no place. */
        keys[key_count++] = (key){m->names[i].hash, longest << 26 | first};
    }
    free(places);
    return key_count;
}

static void put_slots(model *m, output *o) {
    key *keys = malloc((m->name_count + 1) * sizeof *keys);
    if (keys == NULL) die("out of memory");
    size_t key_count = put_postings(m, o, keys);
    uint32_t slot_count = (uint32_t)(key_count + key_count / 2 + 16);
    name_slot *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL) die("out of memory");
    for (size_t i = 0; i < key_count; i++) {
        uint32_t at = slot_of_hash(keys[i].hash, slot_count);
        while (slots[at].value != 0) at = at + 1 == slot_count ? 0 : at + 1;
        slots[at] = (name_slot){(uint32_t)keys[i].hash, keys[i].value};
    }
    put(o, SECTION_SLOTS, slots, slot_count * sizeof *slots);
    o->counts[SECTION_SLOTS] = slot_count;
    printf("gazetteer: %zu places, %zu keys, ", m->place_count, key_count);
    free(keys);
    free(slots);
}

static void put_places(model *m, output *o) {
    for (size_t i = 0; i < m->place_count; i++) {
        const model_place *p = &m->places[i];
        place_row row = {.lat_e7 = p->lat_e7,
                         .lon_e7 = p->lon_e7,
                         .name = (uint32_t)o->sections[SECTION_STRINGS].count,
                         .parent = p->parent,
                         .population = (uint32_t)p->population,
                         .country = p->country,
                         .kind = p->kind,
                         .weight = place_weight(m, p)};
        put(o, SECTION_PLACES, &row, sizeof row);
        text name = text_slice(p->name, 0, 255);
        buffer_add_byte(&o->sections[SECTION_STRINGS], (char)name.count);
        put(o, SECTION_STRINGS, name.bytes, name.count);
        if (p->kind != PLACE_CITY) {
            put(o, SECTION_AREAS, &p->area_e4, 4);
            o->counts[SECTION_AREAS]++;
        }
    }
    o->counts[SECTION_PLACES] = m->place_count;
    o->counts[SECTION_STRINGS] = o->sections[SECTION_STRINGS].count;
}

static void put_grid(model *m, output *o) {
    uint32_t *starts = calloc(GRID_CELLS + 2, 4);
    uint32_t *cities = malloc((m->place_count + 1) * 4);
    if (starts == NULL || cities == NULL) die("out of memory");
    for (size_t i = m->region_count; i < m->place_count; i++)
        starts[grid_cell(m->places[i].lat_e7, m->places[i].lon_e7) + 2]++;
    for (size_t i = 2; i < GRID_CELLS + 2; i++) starts[i] += starts[i - 1];
    /* starts[c + 1] walks from the begin of cell c to its end: the next one's begin. */
    for (size_t i = m->region_count; i < m->place_count; i++)
        cities[starts[grid_cell(m->places[i].lat_e7, m->places[i].lon_e7) + 1]++] = (uint32_t)i;
    put(o, SECTION_GRID, starts, (GRID_CELLS + 1) * 4);
    put(o, SECTION_GRID_CITIES, cities, (m->place_count - m->region_count) * 4);
    o->counts[SECTION_GRID] = GRID_CELLS + 1;
    o->counts[SECTION_GRID_CITIES] = m->place_count - m->region_count;
    free(starts);
    free(cities);
}

static void put_countries(model *m, output *o) {
    uint32_t places[26 * 26] = {0};
    for (size_t i = 0; i < m->country_count; i++) {
        text code = m->places[i].code;
        places[(code.bytes[0] - 'A') * 26 + (code.bytes[1] - 'A')] = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < 26 * 26; i++) put_u32(o, SECTION_COUNTRIES, places[i]);
}

static void put_typo_bits(model *m, output *o) {
    uint64_t *bits = calloc(TYPO_BIT_COUNT / 64, sizeof *bits);
    if (bits == NULL) die("out of memory");
    for (size_t i = 0; i < m->name_count; i++) {
        uint64_t bit = m->names[i].hash >> 44;
        if ((m->names[i].flags & POSTING_TYPO) != 0) bits[bit / 64] |= 1ULL << (bit % 64);
    }
    put(o, SECTION_TYPO_BITS, bits, TYPO_BIT_COUNT / 8);
    o->counts[SECTION_TYPO_BITS] = TYPO_BIT_COUNT / 64;
    free(bits);
}

static void put_fold(model *m, output *o) {
    const fold_build *f = m->fold_data;
    put(o, SECTION_FOLD_BLOCKS, f->page_of_block, sizeof f->page_of_block);
    put(o, SECTION_FOLD_PAGES, f->pages, f->page_count * 1024);
    put(o, SECTION_FOLD_EXPANSIONS, f->expansions, f->expansion_count * 4);
    for (int i = 0; i < FOLD_EXPANSION_MAX + 1; i++) put(o, SECTION_FOLD_EXPANSIONS, "\0\0\0", 4);
    o->counts[SECTION_FOLD_BLOCKS] = FOLD_BLOCK_COUNT;
    o->counts[SECTION_FOLD_PAGES] = f->page_count * 256;
    o->counts[SECTION_FOLD_EXPANSIONS] = f->expansion_count + FOLD_EXPANSION_MAX + 1;
}

static void write_file(output *o, const char *path) {
    gazetteer_header h = {.version = GAZETTEER_VERSION, .section_count = SECTION_COUNT};
    buffer body = {0};
    memcpy(h.magic, GAZETTEER_MAGIC, 8);
    for (int i = 0; i < SECTION_COUNT; i++) {
        h.sections[i].offset = sizeof h + body.count;
        h.sections[i].count = o->counts[i];
        buffer_add(&body, buffer_text(&o->sections[i]));
        while (body.count % 8 != 0) buffer_add_byte(&body, '\0');
        if (o->sections[i].failed || body.failed) die("out of memory");
        buffer_deinit(&o->sections[i]);
    }
    h.file_bytes = sizeof h + body.count;
    h.checksum = gazetteer_checksum(body.bytes, body.count);
    FILE *out = fopen(path, "wb");
    bool is_written = out != NULL && fwrite(&h, sizeof h, 1, out) == 1 &&
                      fwrite(body.bytes, 1, body.count, out) == body.count;
    if (out == NULL || fclose(out) != 0 || !is_written) die("%s: cannot be written", path);
    printf("%.1f MB\n", (double)h.file_bytes / 1e6);
    buffer_deinit(&body);
}

void write_gazetteer(model *m, const char *path) {
    output o = {0};
    qsort(m->names, m->name_count, sizeof *m->names, by_hash_then_place);
    put_fold(m, &o);
    put_slots(m, &o);
    put_places(m, &o);
    put_grid(m, &o);
    put_countries(m, &o);
    put_typo_bits(m, &o);
    write_file(&o, path);
}
