/* SPDX-License-Identifier: MIT */
/* Authors and their tweets: a list each, the latest first.
 *
 * What is no longer known stays in the list until half of it is such; then it is swept, so
 * a tweet that goes costs O(1) whatever the list's length.  A place in the list holds the
 * numbers of both. */
#include "pipeline/queries/facts_internal.h"

#include "pipeline/base/array.h"

enum { SWEEP_BITS_MAX = 15 };

bool number_list_add(number_list *l, uint32_t number) {
    if (!ARRAY_ROOM(l->items, l->count, l->capacity, 16)) return false;
    l->items[l->count++] = number;
    return true;
}

bool id_list_add(id_list *l, uint64_t id) {
    if (!ARRAY_ROOM(l->items, l->count, l->capacity, 16)) return false;
    l->items[l->count++] = id;
    return true;
}

/* Of someone new what was said before counts. */
user_facts *author_make(facts *f, uint32_t number) {
    user_facts *u = blocks_make(&f->users, number);
    if (u != NULL && !u->is_seen && u->first_tweet == 0)
        user_judge(f, idmap_id(f->ports.user_ids, number), &u->is_hidden, &u->is_deleted);
    return u;
}

static bool is_known(const tweet_facts *t) {
    return (t->fields & TWEET_AUTHOR) != 0;
}

/* Takes out what is not known, and `but` too (NO_NUMBER: nothing else). */
static void sweep(facts *f, uint32_t author, uint32_t but) {
    user_facts *u = blocks_find(&f->users, author);
    size_t count = 0;
    for (uint32_t *link = &u->first_tweet; *link != 0 && *link != LIST_END;) {
        uint32_t number = *link - 1;
        tweet_facts *t = blocks_find(&f->tweets, number);
        if (is_known(t) && number != but) {
            link = &t->next_of_author;
            count++;
            continue;
        }
        *link = t->next_of_author;
        t->next_of_author = 0;
        idmap_drop(f->ports.tweet_ids, number);
        idmap_drop(f->ports.user_ids, author);
    }
    if (u->first_tweet == LIST_END) u->first_tweet = 0;
    u->gone_count = 0;
    u->sweep_bits = 0;
    while (u->sweep_bits < SWEEP_BITS_MAX && count >> (u->sweep_bits + 1) != 0) u->sweep_bits++;
}

status author_take(facts *f, tweet_facts *t, uint32_t number, uint32_t author) {
    user_facts *u = author_make(f, author);
    if (u == NULL) return STATUS_NO_MEMORY;
    if (t->next_of_author != 0 && t->author == author) {
        if (!is_known(t) && u->gone_count > 0) u->gone_count--; /* It is known again. */
    } else {
        idmap_hold(f->ports.tweet_ids, number);
        idmap_hold(f->ports.user_ids, author);
        if (t->next_of_author != 0) sweep(f, t->author, number);
        t->next_of_author = u->first_tweet != 0 ? u->first_tweet : LIST_END;
        u->first_tweet = number + 1;
        t->author = author;
    }
    t->flags = (uint8_t)((t->flags & ~IS_HIDDEN) | (u->is_hidden ? IS_HIDDEN : 0));
    return STATUS_OK;
}

status author_lose(facts *f, uint32_t author) {
    user_facts *u = blocks_find(&f->users, author);
    if (u->gone_count < UINT16_MAX) u->gone_count++;
    if (u->gone_count < 1u << u->sweep_bits) return STATUS_OK;
    return number_list_add(&f->swept_users, author) ? STATUS_OK : STATUS_NO_MEMORY;
}

void authors_sweep(facts *f) {
    for (size_t i = 0; i < f->swept_users.count; i++) {
        const user_facts *u = blocks_find(&f->users, f->swept_users.items[i]);
        if (u->gone_count > 0) sweep(f, f->swept_users.items[i], NO_NUMBER);
    }
    f->swept_users.count = 0;
}
