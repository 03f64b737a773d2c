/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/overlays.h"

void overlays_init(overlays *o) {
    *o = (overlays){0};
    blocks_init(&o->heads, sizeof(uint32_t));
    blocks_init(&o->items, sizeof(overlay));
}

void overlays_deinit(overlays *o) {
    blocks_deinit(&o->heads);
    blocks_deinit(&o->items);
}

static overlay *item_at(const overlays *o, uint32_t item) {
    return item == 0 ? NULL : blocks_find(&o->items, item);
}

bool overlays_put(overlays *o, const overlay *item, uint32_t *of_fix) {
    uint32_t *head = blocks_make(&o->heads, item->number);
    uint32_t at = o->free_items != 0 ? o->free_items : o->count + 1;
    overlay *own = head == NULL ? NULL : blocks_make(&o->items, at);
    if (own == NULL) return false;
    if (o->free_items != 0)
        o->free_items = own->next;
    else
        o->count++;
    *own = *item;
    own->next = *head;
    own->next_of_fix = *of_fix;
    *head = *of_fix = at;
    return true;
}

const overlay *overlays_first(const overlays *o, uint32_t number) {
    const uint32_t *head = blocks_find(&o->heads, number);
    return head == NULL ? NULL : item_at(o, *head);
}

const overlay *overlays_next(const overlays *o, const overlay *item) {
    return item_at(o, item->next);
}

const overlay *overlays_of_fix(const overlays *o, uint32_t item) {
    return item_at(o, item);
}

static void unlink_item(overlays *o, uint32_t item) {
    uint32_t *link = blocks_find(&o->heads, item_at(o, item)->number);
    while (*link != item) link = &item_at(o, *link)->next;
    *link = item_at(o, item)->next;
}

void overlays_remove(overlays *o, uint32_t of_fix) {
    while (of_fix != 0) {
        overlay *item = item_at(o, of_fix);
        uint32_t next = item->next_of_fix;
        unlink_item(o, of_fix);
        item->next = o->free_items;
        o->free_items = of_fix;
        of_fix = next;
    }
}

size_t overlays_bytes(const overlays *o) {
    return blocks_bytes(&o->heads) + blocks_bytes(&o->items);
}
