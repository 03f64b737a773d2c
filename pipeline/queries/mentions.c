/* SPDX-License-Identifier: MIT */
/* Tweets with mentions stand in an open-addressed table; the mentions of one are linked.
 * A mention's number is that of its row: the readers' columns find it by this. */
#include "pipeline/queries/mentions.h"

#include "pipeline/base/hash.h"
#include "pipeline/queries/mention.h"
#include "pipeline/queries/rows.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t tweet; /* Plus 1; 0: a free slot. */
    uint32_t said, first;
} slot;

typedef struct {
    uint32_t name, next; /* next: number + 1, of the same tweet or, of a free one, free. */
} mention;

struct mentions {
    mention_kind kind;
    strings *names;
    flow_table *table;
    uint64_t seed;
    slot *slots;
    size_t slot_count, used;
    mention *items;
    uint32_t count, capacity, first_free; /* first_free: number + 1. */
    char room[MENTION_ROOM];
};

mentions *mentions_new(mention_kind kind, strings *names, flow_table *table, uint64_t hash_seed) {
    mentions *m = calloc(1, sizeof(*m));
    slot *slots = calloc(64, sizeof(*slots));
    if (m == NULL || slots == NULL) {
        free(m);
        free(slots);
        return NULL;
    }
    m->kind = kind;
    m->names = names;
    m->table = table;
    m->seed = hash_seed;
    m->slots = slots;
    m->slot_count = 64;
    return m;
}

void mentions_free(mentions *m) {
    if (m == NULL) return;
    free(m->slots);
    free(m->items);
    free(m);
}

/* ---- Tweets ---- */

static slot *slot_of(slot *slots, size_t count, uint64_t seed, uint32_t tweet) {
    size_t at = hash_mix(tweet ^ seed) & (count - 1);
    while (slots[at].tweet != 0 && slots[at].tweet != tweet + 1) at = (at + 1) & (count - 1);
    return &slots[at];
}

static slot *find(const mentions *m, uint32_t tweet) {
    slot *s = slot_of(m->slots, m->slot_count, m->seed, tweet);
    return s->tweet == 0 ? NULL : s;
}

/* Once in the table a tweet stays until it is forgotten. */
static slot *make(mentions *m, uint32_t tweet) {
    slot *s = slot_of(m->slots, m->slot_count, m->seed, tweet);
    if (s->tweet != 0) return s;
    if (m->used + 1 > m->slot_count / 4 * 3) {
        slot *grown = calloc(m->slot_count * 2, sizeof(*grown));
        if (grown == NULL) return NULL;
        for (size_t i = 0; i < m->slot_count; i++)
            if (m->slots[i].tweet != 0)
                *slot_of(grown, m->slot_count * 2, m->seed, m->slots[i].tweet - 1) = m->slots[i];
        free(m->slots);
        m->slots = grown;
        m->slot_count *= 2;
        s = slot_of(m->slots, m->slot_count, m->seed, tweet);
    }
    *s = (slot){.tweet = tweet + 1};
    m->used++;
    return s;
}

text mention_list_cut(text list) {
    if (list.count <= MENTION_LIST_BYTES_MAX) return list;
    size_t end = MENTION_LIST_BYTES_MAX;
    while (end > 0 && list.bytes[end] != '\n') end--;
    return text_slice(list, 0, end);
}

text mentions_said(const mentions *m, uint32_t tweet) {
    const slot *s = find(m, tweet);
    return s == NULL ? (text){"", 0} : strings_get(m->names, s->said);
}

bool mentions_say(mentions *m, uint32_t tweet, text list) {
    uint32_t handle;
    slot *s = list.count == 0 ? find(m, tweet) : make(m, tweet);
    if (s == NULL) return list.count == 0;
    if (!strings_hold(m->names, list, &handle)) return false;
    strings_drop(m->names, s->said);
    s->said = handle;
    return true;
}

/* ---- Mentions ---- */

/* Distinct names, held. */
typedef struct {
    uint32_t names[MENTIONS_MAX];
    size_t count;
} name_list;

static bool add_name(mentions *m, name_list *l, text said) {
    text folded;
    uint32_t name;
    bool is_one = m->kind == MENTION_HASHTAG ? hashtag_fold(said, m->room, &folded)
                                             : link_fold(said, m->room, &folded);
    if (!is_one || l->count == MENTIONS_MAX) return true;
    if (!strings_hold(m->names, folded, &name)) return false;
    for (size_t i = 0; i < l->count; i++) {
        if (l->names[i] != name) continue;
        strings_drop(m->names, name);
        return true;
    }
    l->names[l->count++] = name;
    return true;
}

static bool has_names(const mentions *m, uint32_t first, const name_list *l) {
    size_t count = 0;
    for (uint32_t at = first; at != 0; at = m->items[at - 1].next, count++) {
        size_t i = 0;
        while (i < l->count && l->names[i] != m->items[at - 1].name) i++;
        if (i == l->count) return false;
    }
    return count == l->count;
}

static status push(const mentions *m, uint32_t number, uint32_t tweet, int64_t weight) {
    const mention_row row = {number, tweet, m->items[number].name};
    return flow_push(m->table, &row, weight);
}

static status retract(mentions *m, slot *s) {
    status result = STATUS_OK;
    while (s->first != 0 && result == STATUS_OK) {
        uint32_t number = s->first - 1;
        result = push(m, number, s->tweet - 1, -1);
        s->first = m->items[number].next;
        strings_drop(m->names, m->items[number].name);
        m->items[number] = (mention){0, m->first_free};
        m->first_free = number + 1;
    }
    return result;
}

static bool take_number(mentions *m, uint32_t *number) {
    if (m->first_free != 0) {
        *number = m->first_free - 1;
        m->first_free = m->items[*number].next;
        return true;
    }
    if (m->count == m->capacity) {
        uint32_t capacity = m->capacity == 0 ? 64 : m->capacity * 2;
        mention *items = realloc(m->items, capacity * sizeof(*items));
        if (items == NULL) return false;
        m->items = items;
        m->capacity = capacity;
    }
    *number = m->count++;
    return true;
}

/* Takes over the holds of `l`. */
static status replace(mentions *m, uint32_t tweet, const name_list *l) {
    slot *s = l->count == 0 ? find(m, tweet) : make(m, tweet);
    if (s == NULL) return l->count == 0 ? STATUS_OK : STATUS_NO_MEMORY;
    if (has_names(m, s->first, l)) {
        for (size_t i = 0; i < l->count; i++) strings_drop(m->names, l->names[i]);
        return STATUS_OK;
    }
    status result = retract(m, s);
    for (size_t i = 0; i < l->count && result == STATUS_OK; i++) {
        uint32_t number;
        if (!take_number(m, &number)) return STATUS_NO_MEMORY;
        m->items[number] = (mention){l->names[i], s->first};
        s->first = number + 1;
        result = push(m, number, tweet, 1);
    }
    return result;
}

status mentions_set_list(mentions *m, uint32_t tweet, text list) {
    name_list l = {.count = 0};
    while (list.count > 0) {
        size_t end;
        if (!text_find_byte(list, '\n', &end)) end = list.count;
        if (!add_name(m, &l, text_slice(list, 0, end))) return STATUS_NO_MEMORY;
        list = text_slice(list, end + 1, list.count);
    }
    return replace(m, tweet, &l);
}

status mentions_set_text(mentions *m, uint32_t tweet, text words) {
    name_list l = {.count = 0};
    text found;
    for (size_t at = 0; m->kind == MENTION_HASHTAG ? hashtag_next(words, &at, &found)
                                                   : link_next(words, &at, &found);)
        if (!add_name(m, &l, found)) return STATUS_NO_MEMORY;
    return replace(m, tweet, &l);
}

static size_t home_of(const mentions *m, uint32_t tweet) {
    return hash_mix(tweet ^ m->seed) & (m->slot_count - 1);
}

status mentions_forget(mentions *m, uint32_t tweet) {
    slot *s = find(m, tweet);
    status result = s == NULL ? STATUS_OK : retract(m, s);
    if (s == NULL || result != STATUS_OK) return result;
    strings_drop(m->names, s->said);
    size_t mask = m->slot_count - 1, hole = (size_t)(s - m->slots);
    for (size_t next = (hole + 1) & mask; m->slots[next].tweet != 0; next = (next + 1) & mask) {
        size_t home = home_of(m, m->slots[next].tweet - 1);
        if (((next - home) & mask) < ((next - hole) & mask)) continue;
        m->slots[hole] = m->slots[next];
        hole = next;
    }
    m->slots[hole] = (slot){.tweet = 0};
    m->used--;
    return STATUS_OK;
}

size_t mentions_bytes(const mentions *m) {
    return sizeof(*m) + m->slot_count * sizeof(*m->slots) + m->capacity * sizeof(*m->items);
}
