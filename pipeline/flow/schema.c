/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/schema.h"

size_t flow_type_bytes(flow_type type) {
    static const uint8_t bytes[] = {
        [FLOW_u8] = 1,  [FLOW_u16] = 2, [FLOW_u32] = 4,   [FLOW_u64] = 8,
        [FLOW_i32] = 4, [FLOW_i64] = 8, [FLOW_i128] = 16,
    };
    return bytes[type];
}

const flow_column *schema_find_text(const flow_schema *s, const char *name, size_t name_bytes) {
    for (size_t i = 0; i < s->column_count; i++)
        if (strlen(s->columns[i].name) == name_bytes &&
            memcmp(s->columns[i].name, name, name_bytes) == 0)
            return &s->columns[i];
    return NULL;
}

const flow_column *schema_find(const flow_schema *s, const char *name) {
    return schema_find_text(s, name, strlen(name));
}

bool schema_is_sound(const flow_schema *s) {
    size_t end = 0;
    for (size_t i = 0; i < s->column_count; i++) {
        if (s->columns[i].offset != end) return false;
        end += flow_type_bytes(s->columns[i].type);
    }
    return end == s->row_bytes && end > 0 && end <= ROW_BYTES_MAX;
}

size_t schema_align(const flow_schema *s) {
    size_t most = 1;
    for (size_t i = 0; i < s->column_count; i++) {
        size_t bytes = flow_type_bytes(s->columns[i].type);
        if (bytes > most) most = bytes;
    }
    return most;
}

#define READ(name)                                                                                 \
    case FLOW_##name: {                                                                            \
        flow_##name value;                                                                         \
        memcpy(&value, from, sizeof value);                                                        \
        return value;                                                                              \
    }

flow_i128 column_read(const flow_column *c, const void *row) {
    const uint8_t *from = (const uint8_t *)row + c->offset;
    switch (c->type) {
        READ(u8)
        READ(u16)
        READ(u32)
        READ(u64)
        READ(i32)
        READ(i64)
        READ(i128)
    }
    return 0;
}

#define WRITE(name)                                                                                \
    case FLOW_##name: {                                                                            \
        flow_##name narrow = (flow_##name)value;                                                   \
        if ((flow_i128)narrow != value) return false;                                              \
        memcpy(to, &narrow, sizeof narrow);                                                        \
        return true;                                                                               \
    }

bool column_write(const flow_column *c, void *row, flow_i128 value) {
    uint8_t *to = (uint8_t *)row + c->offset;
    switch (c->type) {
        WRITE(u8)
        WRITE(u16)
        WRITE(u32)
        WRITE(u64)
        WRITE(i32)
        WRITE(i64)
        WRITE(i128)
    }
    return false;
}

static bool is_all(const flow_key *key) {
    return key->names[0] != NULL && strcmp(key->names[0], "*") == 0;
}

static void add_piece(key_plan *p, const flow_column *c) {
    size_t bytes = flow_type_bytes(c->type);
    uint16_t last = (uint16_t)(p->piece_count - 1);
    p->columns[p->column_count++] = c;
    p->bytes = (uint16_t)(p->bytes + bytes);
    if (p->piece_count > 0 && p->pieces[last].from + p->pieces[last].bytes == c->offset) {
        p->pieces[last].bytes = (uint16_t)(p->pieces[last].bytes + bytes);
        return;
    }
    p->pieces[p->piece_count].from = c->offset;
    p->pieces[p->piece_count++].bytes = (uint16_t)bytes;
}

bool key_plan_init(key_plan *p, const flow_schema *s, const flow_key *key) {
    memset(p, 0, sizeof(*p));
    if (is_all(key)) {
        for (size_t i = 0; i < s->column_count; i++) add_piece(p, &s->columns[i]);
        return true;
    }
    for (size_t i = 0; i < FLOW_KEY_COLUMNS_MAX && key->names[i] != NULL; i++) {
        const flow_column *c = schema_find(s, key->names[i]);
        if (c == NULL || p->bytes + flow_type_bytes(c->type) > ROW_BYTES_MAX) return false;
        add_piece(p, c);
    }
    return true;
}

bool key_plan_matches(const key_plan *a, const key_plan *b) {
    if (a->column_count != b->column_count) return false;
    for (size_t i = 0; i < a->column_count; i++)
        if (a->columns[i]->type != b->columns[i]->type) return false;
    return true;
}

size_t row_copy_init(row_copy *c, const flow_schema *to, const flow_schema *from) {
    c->count = 0;
    for (size_t i = 0; i < from->column_count; i++) {
        const flow_column *a = &from->columns[i], *b = schema_find(to, a->name);
        if (b == NULL || b->type != a->type) continue;
        c->copies[c->count].from = a->offset;
        c->copies[c->count].to = b->offset;
        c->copies[c->count++].bytes = (uint16_t)flow_type_bytes(a->type);
    }
    return c->count;
}

void row_copy_run(const row_copy *c, void *to, const void *from) {
    for (size_t i = 0; i < c->count; i++)
        copy_bytes((uint8_t *)to + c->copies[i].to, (const uint8_t *)from + c->copies[i].from,
                   c->copies[i].bytes);
}

static bool order_has(const order_plan *p, const flow_column *c) {
    for (size_t i = 0; i < p->column_count; i++)
        if (p->columns[i].column == c) return true;
    return false;
}

static void order_add(order_plan *p, const flow_column *c, bool descends) {
    if (order_has(p, c)) return;
    p->columns[p->column_count].column = c;
    p->columns[p->column_count++].descends = descends;
}

/* `signs`: whether a "-" before a name means something. */
static bool order_add_key(order_plan *p, const flow_schema *s, const flow_key *key, bool signs) {
    if (is_all(key)) {
        for (size_t i = 0; i < s->column_count; i++) order_add(p, &s->columns[i], false);
        return true;
    }
    for (size_t i = 0; i < FLOW_KEY_COLUMNS_MAX && key->names[i] != NULL; i++) {
        bool descends = signs && key->names[i][0] == '-';
        const flow_column *c = schema_find(s, key->names[i] + descends);
        if (c == NULL) return false;
        order_add(p, c, descends);
    }
    return true;
}

bool order_plan_init(order_plan *p, const flow_schema *s, const flow_key *group,
                     const flow_key *order) {
    memset(p, 0, sizeof(*p));
    if (!order_add_key(p, s, group, false)) return false;
    for (size_t i = 0; i < p->column_count; i++)
        p->group_bytes = (uint16_t)(p->group_bytes + flow_type_bytes(p->columns[i].column->type));
    if (!order_add_key(p, s, order, true)) return false;
    for (size_t i = 0; i < s->column_count; i++) order_add(p, &s->columns[i], false);
    p->word_count = (uint16_t)((s->row_bytes + 7) / 8);
    return true;
}

/* Columns as big-endian bytes, signed ones moved up by half their range: then the
 * order of the numbers is the order of the bytes. */
static flow_u128 sign_bias(flow_type type) {
    switch (type) {
    case FLOW_i32: return (flow_u128)1 << 31;
    case FLOW_i64: return (flow_u128)1 << 63;
    case FLOW_i128: return (flow_u128)1 << 127;
    default: return 0;
    }
}

void order_encode(const order_plan *p, const void *row, uint64_t *words) {
    uint8_t bytes[ROW_BYTES_MAX] = {0};
    size_t at = 0;
    for (size_t i = 0; i < p->column_count; i++) {
        const flow_column *c = p->columns[i].column;
        size_t width = flow_type_bytes(c->type);
        flow_u128 value = (flow_u128)column_read(c, row) + sign_bias(c->type);
        if (p->columns[i].descends) value = ~value;
        if (width <= 8) {
            uint64_t big = __builtin_bswap64((uint64_t)value << (64 - 8 * width));
            memcpy(bytes + at, &big, width);
        } else {
            uint64_t high = __builtin_bswap64((uint64_t)(value >> 64));
            uint64_t low = __builtin_bswap64((uint64_t)value);
            memcpy(bytes + at, &high, 8);
            memcpy(bytes + at + 8, &low, 8);
        }
        at += width;
    }
    for (size_t i = 0; i < p->word_count; i++) {
        memcpy(&words[i], bytes + 8 * i, 8);
        words[i] = __builtin_bswap64(words[i]);
    }
}

void order_decode(const order_plan *p, const uint64_t *words, void *row) {
    uint8_t bytes[ROW_BYTES_MAX] = {0};
    size_t at = 0;
    for (size_t i = 0; i < p->word_count; i++) {
        uint64_t big = __builtin_bswap64(words[i]);
        memcpy(bytes + 8 * i, &big, 8);
    }
    for (size_t i = 0; i < p->column_count; i++) {
        const flow_column *c = p->columns[i].column;
        size_t width = flow_type_bytes(c->type);
        flow_u128 value = 0;
        for (size_t j = 0; j < width; j++) value = value << 8 | bytes[at + j];
        if (p->columns[i].descends) value = ~value;
        value -= sign_bias(c->type);
        memcpy((uint8_t *)row + c->offset, &value, width); /* The low bytes come first. */
        at += width;
    }
}
