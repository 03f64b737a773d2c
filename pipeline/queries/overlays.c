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

static void end_item(overlays *o, uint32_t at) {
    overlay *item = item_at(o, at);
    if (item->is_gone)
        o->gone_count--;
    else
        unlink_item(o, at);
    item->next = o->free_items;
    o->free_items = at;
}

void overlays_remove(overlays *o, uint32_t of_fix) {
    while (of_fix != 0) {
        uint32_t next = item_at(o, of_fix)->next_of_fix;
        end_item(o, of_fix);
        of_fix = next;
    }
}

void overlays_forget(overlays *o, uint32_t number) {
    uint32_t *head = blocks_find(&o->heads, number);
    for (overlay *item; head != NULL && (item = item_at(o, *head)) != NULL;) {
        *head = item->next;
        item->is_gone = true;
        o->gone_count++;
    }
}

bool overlays_need_pruning(const overlays *o) {
    return o->gone_count > 64 && o->gone_count > o->count / 2;
}

void overlays_prune(overlays *o, uint32_t *of_fix) {
    for (overlay *item; (item = item_at(o, *of_fix)) != NULL;) {
        uint32_t at = *of_fix;
        if (!item->is_gone) {
            of_fix = &item->next_of_fix;
            continue;
        }
        *of_fix = item->next_of_fix;
        end_item(o, at);
    }
}

size_t overlays_bytes(const overlays *o) {
    return blocks_bytes(&o->heads) + blocks_bytes(&o->items);
}
