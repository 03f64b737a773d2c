/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/facts_internal.h"

#include <string.h>

static user_rows rows_of(const user_facts *u, uint32_t number) {
    return (user_rows){{number, u->username, u->name, u->location}, {number, u->followers}};
}

static status take_string(facts *f, const field_stamps *held, user_facts *u, uint32_t field,
                          stamp now, text value, uint32_t *handle, uint32_t *set) {
    value = texts_cut(value);
    int order = text_compare(value, strings_get(f->ports.names, *handle));
    if ((u->fields & field) != 0 &&
        !field_loses(held, (unsigned)__builtin_ctz(field), now, order > 0))
        return STATUS_OK;
    *set |= field;
    if (order == 0) return STATUS_OK; /* Said again, as it mostly is. */
    uint32_t fresh;
    if (!strings_hold(f->ports.names, value, &fresh)) return STATUS_NO_MEMORY;
    strings_drop(f->ports.names, *handle);
    *handle = fresh;
    return STATUS_OK;
}

static void take_followers(const field_stamps *held, user_facts *u, stamp now, uint64_t value,
                           uint32_t *set) {
    uint32_t count = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    if ((u->fields & USER_FOLLOWERS) != 0 &&
        !field_loses(held, (unsigned)__builtin_ctz(USER_FOLLOWERS), now, count > u->followers))
        return;
    u->followers = count;
    *set |= USER_FOLLOWERS;
}

bool user_is_there(const user_facts *u) {
    return u->is_seen && !u->is_deleted;
}

status user_touch(facts *f, user_facts *u, uint32_t number) {
    user_facts room;
    if (u->is_touched) return STATUS_OK;
    user_rows before = rows_of(user_in_force(f, u, number, &room), number);
    if (!touched_add(&f->touched_users, number, user_is_there(u), &before)) return STATUS_NO_MEMORY;
    u->is_touched = true;
    return STATUS_OK;
}

/* When and by whom it was last told: of equal times the greatest source, so that no order
 * matters. */
static void take_told(user_facts *u, const record *r) {
    const uint32_t held = USER_USERNAME | USER_NAME | USER_LOCATION | USER_FOLLOWERS;
    if (r->version != 0 || (r->fields & held) == 0 || r->observed_ms < u->told_ms) return;
    if (r->observed_ms > u->told_ms || r->origin > u->origin) u->origin = r->origin;
    u->told_ms = r->observed_ms;
}

static user_facts *see_user(facts *f, uint32_t number, int64_t observed_ms) {
    user_facts *u = author_make(f, number);
    if (u == NULL || user_touch(f, u, number) != STATUS_OK) return NULL;
    if (!u->is_seen) {
        u->base_ms = u->told_ms = INT64_MIN;
        u->is_seen = true;
        idmap_hold(f->ports.user_ids, number);
    }
    return !f->keeps || keep_user(f, u, number, observed_ms) ? u : NULL;
}

status user_facts_apply(facts *f, const record *r) {
    const user_record *said = &r->user;
    uint32_t number, set = 0;
    if (f->ports.forgets && user_is_deleted(f, said->id))
        return id_list_add(&f->forgotten_users, said->id) ? STATUS_OK : STATUS_NO_MEMORY;
    if (!idmap_add(f->ports.user_ids, said->id, &number)) return STATUS_NO_MEMORY;
    user_facts *u = see_user(f, number, r->observed_ms);
    if (u == NULL) return STATUS_NO_MEMORY;
    take_told(u, r);
    field_stamps held = {&f->user_stamps, (uint64_t)number << FIELD_BITS, &u->base_ms,
                         &u->has_own_stamps};
    stamp now = {r->observed_ms, r->version};
    struct {
        uint32_t field;
        text value;
        uint32_t *handle;
    } strings_said[] = {
        {USER_USERNAME, said->username, &u->username},
        {USER_NAME, said->name, &u->name},
        {USER_LOCATION, text_trim(said->location), &u->location},
    };
    status s = STATUS_OK;
    for (size_t i = 0; i < sizeof strings_said / sizeof strings_said[0] && s == STATUS_OK; i++)
        if ((r->fields & strings_said[i].field) != 0)
            s = take_string(f, &held, u, strings_said[i].field, now, strings_said[i].value,
                            strings_said[i].handle, &set);
    if ((r->fields & USER_FOLLOWERS) != 0) take_followers(&held, u, now, said->followers, &set);
    u->fields |= (uint16_t)set;
    if (s == STATUS_OK && !fields_stamp(&held, u->fields, set, now)) s = STATUS_NO_MEMORY;
    return s;
}

status user_end(facts *f, user_facts *u, uint32_t number) {
    if (!u->is_seen) return STATUS_OK;
    status s = user_touch(f, u, number);
    strings_drop(f->ports.names, u->username);
    strings_drop(f->ports.names, u->name);
    strings_drop(f->ports.names, u->location);
    for (unsigned i = 0; u->has_own_stamps && i < 1 << FIELD_BITS; i++)
        stamps_remove(&f->user_stamps, ((uint64_t)number << FIELD_BITS) + i);
    fixes_forget_user(f, number);
    *u = (user_facts){.first_tweet = u->first_tweet,
                      .gone_count = u->gone_count,
                      .sweep_bits = u->sweep_bits,
                      .is_touched = u->is_touched,
                      .is_due = u->is_due,
                      .is_hidden = u->is_hidden,
                      .is_deleted = u->is_deleted};
    idmap_drop(f->ports.user_ids, number);
    return s;
}

/* Those that a deleted tweet's line brought stay. */
static status push_if_changed(flow_table *table, const void *before, const void *now, size_t bytes,
                              bool was_there, bool is_there) {
    status s = STATUS_OK;
    if (was_there && is_there && memcmp(before, now, bytes) == 0) return s;
    if (was_there) s = flow_push(table, before, -1);
    return s == STATUS_OK && is_there ? flow_push(table, now, 1) : s;
}

static status flush_user(facts *f, size_t i) {
    const touched_rows *list = &f->touched_users;
    uint32_t number = list->numbers[i];
    user_facts *u = blocks_find(&f->users, number);
    bool was = list->was_there[i], is = user_is_there(u);
    user_facts room;
    user_rows before, now = rows_of(user_in_force(f, u, number, &room), number);
    memcpy(&before, list->rows + i * list->row_bytes, sizeof before);
    u->is_touched = false;
    status s =
        push_if_changed(f->ports.users, &before.profile, &now.profile, sizeof now.profile, was, is);
    if (s != STATUS_OK) return s;
    return push_if_changed(f->ports.audience, &before.audience, &now.audience, sizeof now.audience,
                           was, is);
}

status user_facts_flush(facts *f) {
    status s = STATUS_OK;
    for (size_t i = 0; i < f->touched_users.count && s == STATUS_OK; i++) s = flush_user(f, i);
    f->touched_users.count = 0;
    return s;
}
