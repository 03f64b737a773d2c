/* SPDX-License-Identifier: MIT */
/* What is held, and until when.
 *
 * A tweet is held while it was made later than the floor, a value of a profile or a notice
 * while it was said later; what has no time (a correction, an old dump's delete) stays.  The floor
 * follows from the own lines that came, in any order, so the answers are those of a run that saw
 * only what is held: what is too old goes when the floor passes it, and is not taken when it comes
 * late.  Calendars say whose time has come, so the cost is O(what goes). */
#include "pipeline/queries/facts_internal.h"

#include "pipeline/base/times.h"

static void raise_floor(facts *f, int64_t floor_ms) {
    if (floor_ms > f->floor_ms) f->floor_ms = floor_ms;
}

static int64_t floor_of_newest(const facts *f) {
    if (f->keep_ms <= 0 || f->newest_ms < INT64_MIN + f->keep_ms) return INT64_MIN;
    return f->newest_ms - f->keep_ms;
}

void keep_hear(facts *f, int64_t created_ms) {
    if (created_ms <= f->newest_ms) return;
    f->newest_ms = created_ms;
    raise_floor(f, floor_of_newest(f));
}

/* ---- Times ---- */

static int64_t time_of_tweet(uint64_t number, void *context) {
    const facts *f = context;
    const tweet_facts *t = blocks_find(&f->tweets, (uint32_t)number);
    return t == NULL || (t->fields & TWEET_CREATED) == 0 ? CALENDAR_NEVER : t->created_ms;
}

static field_stamps stamps_of(facts *f, user_facts *u, uint32_t number) {
    return (field_stamps){&f->user_stamps, (uint64_t)number << FIELD_BITS, &u->base_ms,
                          &u->has_own_stamps};
}

/* When the first of its values was said that have a time. */
static int64_t first_said(facts *f, user_facts *u, uint32_t number) {
    field_stamps held = stamps_of(f, u, number);
    int64_t first_ms = u->fields == 0 ? u->base_ms : CALENDAR_NEVER;
    for (unsigned i = 0; u->fields >> i != 0; i++) {
        if ((u->fields >> i & 1) == 0) continue;
        int64_t ms = field_stamp(&held, i).observed_ms;
        if (ms != 0 && ms < first_ms) first_ms = ms;
    }
    return first_ms;
}

/* An entry for once only is not asked again. */
static int64_t time_of_user(uint64_t entry, void *context) {
    facts *f = context;
    uint32_t number = (uint32_t)(entry / 2);
    user_facts *u = blocks_find(&f->users, number);
    if (u == NULL || !u->is_seen) return entry % 2 == 0 ? INT64_MIN : CALENDAR_NEVER;
    int64_t ms = first_said(f, u, number);
    if (ms == CALENDAR_NEVER && entry % 2 == 0) u->is_due = false;
    bool is_wanted = entry % 2 == 0 || minute_of(ms) <= minute_of(f->floor_ms);
    return is_wanted ? ms : CALENDAR_NEVER;
}

bool keep_tweet(facts *f, const tweet_facts *t, uint32_t number) {
    return calendar_add(&f->due_tweets, t->created_ms, number);
}

/* Its next time, if there is one. */
static bool schedule_user(facts *f, user_facts *u, uint32_t number) {
    int64_t ms = first_said(f, u, number);
    u->is_due = ms != CALENDAR_NEVER;
    return !u->is_due || calendar_add(&f->due_users, ms, (uint64_t)number * 2);
}

bool keep_user(facts *f, user_facts *u, uint32_t number, int64_t observed_ms) {
    bool is_first = !u->is_due;
    if (observed_ms == 0) return true;
    if (u->is_due && u->fields != 0 && observed_ms >= u->base_ms) return true;
    u->is_due = true;
    if (u->fields == 0 && observed_ms > u->base_ms) u->base_ms = observed_ms;
    return calendar_add(&f->due_users, observed_ms, (uint64_t)number * 2 + (is_first ? 0 : 1));
}

/* ---- From when on ---- */

static bool keep_known(facts *f) {
    uint32_t count = idmap_count(f->ports.tweet_ids);
    for (uint32_t i = 0; i < count; i++) {
        const tweet_facts *t = blocks_find(&f->tweets, i);
        if (t == NULL || (t->fields & TWEET_CREATED) == 0) continue;
        if (!keep_tweet(f, t, i)) return false;
        if ((t->flags & IS_HEARD) != 0) keep_hear(f, t->created_ms);
    }
    count = idmap_count(f->ports.user_ids);
    for (uint32_t i = 0; i < count; i++) {
        user_facts *u = blocks_find(&f->users, i);
        if (u != NULL && u->is_seen && !schedule_user(f, u, i)) return false;
    }
    return true;
}

static status begin(facts *f) {
    bool good = f->keeps || (keep_known(f) && versions_keep(f->versions));
    for (size_t i = 0; good && facts_pair(f, i) != NULL; i++)
        good = notices_keep(&facts_pair(f, i)->said) && notices_keep(&facts_pair(f, i)->unsaid);
    f->keeps = true;
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

status facts_set_keep(facts *f, int64_t keep_ms) {
    f->keep_ms = keep_ms;
    if (keep_ms <= 0) return STATUS_OK;
    status s = begin(f);
    raise_floor(f, floor_of_newest(f));
    return s;
}

status facts_set_floor(facts *f, int64_t floor_ms) {
    status s = floor_ms == INT64_MIN ? STATUS_OK : begin(f);
    raise_floor(f, floor_ms);
    return s;
}

int64_t facts_floor_ms(const facts *f) {
    return f->floor_ms;
}

uint64_t facts_late_count(const facts *f) {
    return f->late_count;
}

/* ---- What goes ---- */

static status expire_tweets(facts *f) {
    uint64_t number;
    bool failed;
    status s = STATUS_OK;
    while (s == STATUS_OK &&
           calendar_take(&f->due_tweets, f->floor_ms, time_of_tweet, f, &number, &failed))
        s = tweet_end(f, blocks_find(&f->tweets, (uint32_t)number), (uint32_t)number);
    return s == STATUS_OK && failed ? STATUS_NO_MEMORY : s;
}

static void drop_field(facts *f, user_facts *u, const field_stamps *held, unsigned field) {
    uint32_t *handle = field == (unsigned)__builtin_ctz(USER_USERNAME)   ? &u->username
                       : field == (unsigned)__builtin_ctz(USER_NAME)     ? &u->name
                       : field == (unsigned)__builtin_ctz(USER_LOCATION) ? &u->location
                                                                         : NULL;
    if (handle == NULL)
        u->followers = 0;
    else
        strings_drop(f->ports.names, *handle);
    if (handle != NULL) *handle = 0;
    stamps_remove(held->own, held->key + field);
    u->fields &= (uint16_t) ~(1u << field);
}

static status expire_user(facts *f, user_facts *u, uint32_t number) {
    field_stamps held = stamps_of(f, u, number);
    status s = user_touch(f, u, number);
    for (unsigned i = 0; u->fields >> i != 0; i++) {
        if ((u->fields >> i & 1) == 0) continue;
        int64_t ms = field_stamp(&held, i).observed_ms;
        if (ms != 0 && is_too_old(f, ms)) drop_field(f, u, &held, i);
    }
    return u->fields == 0 && s == STATUS_OK ? user_end(f, u, number) : s;
}

static status expire_users(facts *f) {
    uint64_t entry;
    bool failed;
    status s = STATUS_OK;
    while (s == STATUS_OK &&
           calendar_take(&f->due_users, f->floor_ms, time_of_user, f, &entry, &failed)) {
        uint32_t number = (uint32_t)(entry / 2);
        user_facts *u = blocks_find(&f->users, number);
        if (u->is_seen) s = expire_user(f, u, number);
        if (entry % 2 != 0) continue;
        u->is_due = false;
        if (u->is_seen && !schedule_user(f, u, number)) s = STATUS_NO_MEMORY;
    }
    return s == STATUS_OK && failed ? STATUS_NO_MEMORY : s;
}

static status expire_versions(facts *f) {
    uint32_t alone[2];
    bool failed;
    status s = STATUS_OK;
    while (s == STATUS_OK && versions_expire(f->versions, f->floor_ms, alone, &failed)) {
        for (size_t i = 0; i < 2; i++) {
            tweet_facts *t = alone[i] == NO_NUMBER ? NULL : blocks_find(&f->tweets, alone[i]);
            if (t == NULL) continue;
            if (t->fields != 0 && s == STATUS_OK) s = tweet_touch(f, t, alone[i]);
            t->flags &= (uint8_t)~IS_EDITED;
        }
    }
    return s == STATUS_OK && failed ? STATUS_NO_MEMORY : s;
}

static status expire_notices(facts *f, notices *n, bool of_tweets) {
    uint64_t id;
    bool failed;
    status s = STATUS_OK;
    while (s == STATUS_OK && notices_expire(n, f->floor_ms, &id, &failed))
        s = of_tweets ? judge_tweet(f, id) : name_user(f, id);
    return s == STATUS_OK && failed ? STATUS_NO_MEMORY : s;
}

status keep_expire(facts *f) {
    if (!f->keeps || f->floor_ms == INT64_MIN) return STATUS_OK;
    status s = expire_tweets(f);
    if (s == STATUS_OK) s = expire_users(f);
    if (s == STATUS_OK) s = expire_versions(f);
    for (size_t i = 0; facts_pair(f, i) != NULL && s == STATUS_OK; i++) {
        notice_pair *p = facts_pair(f, i);
        bool of_tweets = p == &f->deletes || p == &f->withheld_tweets;
        s = expire_notices(f, &p->said, of_tweets);
        if (s == STATUS_OK) s = expire_notices(f, &p->unsaid, of_tweets);
    }
    return s;
}
