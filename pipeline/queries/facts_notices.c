/* SPDX-License-Identifier: MIT */
/* What is hidden, and why: tweets that were deleted, or are withheld here; people who were
 * deleted, protected, suspended, or are withheld, and with them all their tweets.
 *
 * Each reason stands by itself, as what was said of it last; all is held by id, so a notice
 * may come before what it is about.  With `forgets` what is deleted is not hidden but
 * erased, and not taken when it comes again. */
#include "pipeline/queries/facts_internal.h"

#include <string.h>

notice_pair *facts_pair(facts *f, size_t index) {
    switch (index) {
    case 0: return &f->deletes;
    case 1: return &f->withheld_tweets;
    case 2: return &f->withheld_users;
    default: return index - 3 < HIDE_REASONS ? &f->hidden[index - 3] : NULL;
    }
}

bool tweet_is_deleted(const facts *f, uint64_t id) {
    return notice_pair_holds(&f->deletes, id, f->floor_ms);
}

bool tweet_is_hidden(const facts *f, uint64_t id) {
    return tweet_is_deleted(f, id) || notice_pair_holds(&f->withheld_tweets, id, f->floor_ms);
}

bool user_is_deleted(const facts *f, uint64_t id) {
    return notice_pair_holds(&f->hidden[HIDE_DELETED], id, f->floor_ms);
}

void user_judge(const facts *f, uint64_t id, bool *is_hidden, bool *is_deleted) {
    *is_deleted = user_is_deleted(f, id);
    *is_hidden = *is_deleted || notice_pair_holds(&f->withheld_users, id, f->floor_ms);
    for (int i = HIDE_DELETED + 1; i < HIDE_REASONS && !*is_hidden; i++)
        *is_hidden = notice_pair_holds(&f->hidden[i], id, f->floor_ms);
}

/* ---- Tweets ---- */

status judge_tweet(facts *f, uint64_t id) {
    uint32_t number;
    if (!idmap_find(f->ports.tweet_ids, id, &number)) return STATUS_OK;
    tweet_facts *t = blocks_find(&f->tweets, number);
    if (t == NULL || t->fields == 0) return STATUS_OK; /* Only referred to so far. */
    if (f->ports.forgets && tweet_is_deleted(f, id)) {
        if (!id_list_add(&f->forgotten_tweets, id)) return STATUS_NO_MEMORY;
        f->taken_away_count++;
        return tweet_end(f, t, number);
    }
    status s = tweet_touch(f, t, number);
    bool is_hidden = tweet_is_hidden(f, id);
    f->taken_away_count += is_hidden && (t->flags & IS_DELETED) == 0;
    t->flags = (uint8_t)((t->flags & ~IS_DELETED) | (is_hidden ? IS_DELETED : 0));
    return s;
}

/* ---- People ---- */

status name_user(facts *f, uint64_t id) {
    uint32_t number;
    if (!idmap_find(f->ports.user_ids, id, &number)) return STATUS_OK;
    return number_list_add(&f->named_users, number) ? STATUS_OK : STATUS_NO_MEMORY;
}

typedef status visit_tweet(facts *f, tweet_facts *t, uint32_t number);

static status each_tweet(facts *f, const user_facts *u, visit_tweet *visit) {
    status s = STATUS_OK;
    for (uint32_t at = u->first_tweet; at != 0 && at != LIST_END && s == STATUS_OK;) {
        tweet_facts *t = blocks_find(&f->tweets, at - 1);
        if ((t->fields & TWEET_AUTHOR) != 0) s = visit(f, t, at - 1);
        at = t->next_of_author;
    }
    return s;
}

static status show_or_hide(facts *f, tweet_facts *t, uint32_t number) {
    status s = tweet_touch(f, t, number);
    t->flags ^= IS_HIDDEN;
    f->taken_away_count += (t->flags & IS_HIDDEN) != 0;
    return s;
}

/* At once: what is erased may not depend on where an epoch ends. */
static status erase_user(facts *f, uint64_t id) {
    uint32_t number;
    if (!idmap_find(f->ports.user_ids, id, &number)) return STATUS_OK;
    user_facts *u = blocks_find(&f->users, number);
    if (u == NULL) return STATUS_OK;
    if (!id_list_add(&f->forgotten_users, id)) return STATUS_NO_MEMORY;
    f->taken_away_count++;
    status s = each_tweet(f, u, tweet_end);
    authors_sweep(f);
    return s == STATUS_OK ? user_end(f, u, number) : s;
}

static status judge_user(facts *f, uint32_t number) {
    user_facts *u = blocks_find(&f->users, number);
    bool is_hidden, is_deleted;
    if (u == NULL) return STATUS_OK;
    user_judge(f, idmap_id(f->ports.user_ids, number), &is_hidden, &is_deleted);
    status s = STATUS_OK;
    if (is_deleted != u->is_deleted && u->is_seen) s = user_touch(f, u, number);
    u->is_deleted = is_deleted;
    if (is_hidden != u->is_hidden && s == STATUS_OK) s = each_tweet(f, u, show_or_hide);
    u->is_hidden = is_hidden;
    return s;
}

status notices_flush(facts *f) {
    status s = STATUS_OK;
    for (size_t i = 0; i < f->named_users.count && s == STATUS_OK; i++)
        s = judge_user(f, f->named_users.items[i]);
    f->named_users.count = 0;
    return s;
}

/* ---- Records ---- */

static bool is_withheld(const facts *f, text countries) {
    const text here = text_of(f->ports.country);
    while (countries.count > 0) {
        size_t end;
        if (!text_find_byte(countries, ',', &end)) end = countries.count;
        text one = text_slice(countries, 0, end);
        if (text_equal(one, TEXT("XX")) || text_equal(one, TEXT("XY"))) return true;
        if (here.count > 0 && text_equal(one, here)) return true;
        countries = text_slice(countries, end + 1, countries.count);
    }
    return false;
}

static status say(notice_pair *p, uint64_t id, bool holds, int64_t ms) {
    return notices_add(holds ? &p->said : &p->unsaid, id, ms) ? STATUS_OK : STATUS_NO_MEMORY;
}

static status apply_hide(facts *f, const record *r) {
    uint64_t id = r->hide.user_id;
    status s = say(&f->hidden[r->hide.reason], id, r->hide.is_hidden, r->observed_ms);
    if (s == STATUS_OK) s = name_user(f, id);
    return s == STATUS_OK && f->ports.forgets && user_is_deleted(f, id) ? erase_user(f, id) : s;
}

static status apply_withhold(facts *f, const record *r) {
    bool of_tweet = r->withhold.tweet_id != 0;
    uint64_t id = of_tweet ? r->withhold.tweet_id : r->withhold.user_id;
    status s = say(of_tweet ? &f->withheld_tweets : &f->withheld_users, id,
                   is_withheld(f, r->withhold.countries), r->observed_ms);
    if (s != STATUS_OK) return s;
    return of_tweet ? judge_tweet(f, id) : name_user(f, id);
}

status notices_apply(facts *f, const record *r) {
    status s;
    switch (r->kind) {
    case RECORD_DELETE:
    case RECORD_UNDELETE:
        s = say(&f->deletes, r->tweet.id, r->kind == RECORD_DELETE, r->observed_ms);
        return s == STATUS_OK ? judge_tweet(f, r->tweet.id) : s;
    case RECORD_HIDE_USER: return apply_hide(f, r);
    case RECORD_WITHHOLD: return apply_withhold(f, r);
    default: return STATUS_BAD_ARGUMENT;
    }
}
