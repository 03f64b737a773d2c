/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/line.h"

#include <stdlib.h>

#include "pipeline/base/times.h"
#include "pipeline/decode/values.h"

#define NAME(name) #name,
static const char *const item_names[] = {ITEM_KEYS(NAME)};
static const char *const other_names[] = {OTHER_KEYS(NAME)};
static const char *const user_names[] = {USER_KEYS(NAME)};
static const char *const metrics_names[] = {METRICS_KEYS(NAME)};
static const char *const post_names[] = {POST_KEYS(NAME)};
static const char *const includes_names[] = {INCLUDES_KEYS(NAME)};
static const char *const geo_names[] = {GEO_KEYS(NAME)};
static const char *const long_text_names[] = {LONG_TEXT_KEYS(NAME)};
static const char *const entities_names[] = {ENTITIES_KEYS(NAME)};
static const char *const entity_names[] = {ENTITY_KEYS(NAME)};
static const char *const notice_names[] = {NOTICE_KEYS(NAME)};
static const char *const account_names[] = {ACCOUNT_KEYS(NAME)};
static const char *const event_names[] = {EVENT_KEYS(NAME)};
static const char *const status_names[] = {STATUS_KEYS(NAME)};
static const char *const person_names[] = {PERSON_KEYS(NAME)};
static const char *const named_names[] = {NAMED_KEYS(NAME)};
static const char *const correction_names[] = {CORRECTION_KEYS(NAME)};
#define COLUMN(name, column) column,
static const char *const csv_names[] = {CSV_KEYS(COLUMN)};
#undef COLUMN
#undef NAME

static const struct {
    const char *const *names;
    uint32_t count;
} lists[KEY_LIST_COUNT] = {
    [KEYS_ITEM] = {item_names, ITEM_KEY_COUNT},
    [KEYS_OTHER] = {other_names, OTHER_KEY_COUNT},
    [KEYS_USER] = {user_names, USER_KEY_COUNT},
    [KEYS_METRICS] = {metrics_names, METRICS_KEY_COUNT},
    [KEYS_POST] = {post_names, POST_KEY_COUNT},
    [KEYS_INCLUDES] = {includes_names, INCLUDES_KEY_COUNT},
    [KEYS_GEO] = {geo_names, GEO_KEY_COUNT},
    [KEYS_LONG_TEXT] = {long_text_names, LONG_TEXT_KEY_COUNT},
    [KEYS_ENTITIES] = {entities_names, ENTITIES_KEY_COUNT},
    [KEYS_ENTITY] = {entity_names, ENTITY_KEY_COUNT},
    [KEYS_ACCOUNT] = {account_names, ACCOUNT_KEY_COUNT},
    [KEYS_EVENT] = {event_names, EVENT_KEY_COUNT},
    [KEYS_STATUS] = {status_names, STATUS_KEY_COUNT},
    [KEYS_PERSON] = {person_names, PERSON_KEY_COUNT},
    [KEYS_NAMED] = {named_names, NAMED_KEY_COUNT},
    [KEYS_CSV] = {csv_names, CSV_KEY_COUNT},
    [KEYS_CORRECTION] = {correction_names, CORRECTION_KEY_COUNT},
    [KEYS_NOTICE] = {notice_names, NOTICE_KEY_COUNT},
};

bool line_init(line *l) {
    for (key_list i = 0; i < KEY_LIST_COUNT; i++)
        if (!key_set_init(&l->keys[i], lists[i].names, lists[i].count)) return false;
    return true;
}

void line_deinit(line *l) {
    free(l->users);
    buffer_deinit(&l->list);
}

void line_pick(const line *l, key_list list, const json_value *object, json_value *values) {
    l->reader->pick(object, &l->keys[list], values);
}

bool line_keep(line *l, const json_value *v, text *result) {
    if (v->kind != NODE_TEXT && v->kind != NODE_NULL) return false;
    *result = (text){NULL, 0};
    if (v->kind == NODE_NULL || v->string.count == 0) return true;
    *result = arena_copy(l->out->memory, v->string);
    if (result->bytes == NULL) l->no_memory = true;
    return true;
}

bool line_to_id(line *l, const json_value *id_str, const json_value *id, uint64_t *result) {
    uint64_t about;
    if (values_to_id(id_str, id, result)) return true;
    if (value_is_rounded_id(id_str, &about) || value_is_rounded_id(id, &about))
        l->rounded_id = true;
    return false;
}

bool line_to_reference(line *l, const json_value *id_str, const json_value *id, uint64_t *result) {
    if (values_to_id(id_str, id, result)) return true;
    if (!value_is_rounded_id(id_str, result) && !value_is_rounded_id(id, result)) return false;
    l->rounded_reference = true;
    return true;
}

int32_t line_version(const json_value *v) {
    bool fits = v->kind == NODE_INTEGER && v->integer >= INT32_MIN && v->integer <= INT32_MAX;
    return fits ? (int32_t)v->integer : 0;
}

reason line_check_time(const line *l, int64_t ms) {
    if (ms < TWITTER_EPOCH_MS) return REASON_TIME_TOO_EARLY;
    return l->latest_ms != 0 && ms > l->latest_ms ? REASON_TIME_TOO_LATE : REASON_ACCEPTED;
}

void geo_read(const line *l, const json_value *object, record *tweet) {
    json_value v[GEO_KEY_COUNT], inner[GEO_KEY_COUNT] = {{.kind = NODE_ABSENT}};
    if (!l->wants_geo) return;
    line_pick(l, KEYS_GEO, object, v);
    if (v[GEO_geo].kind == NODE_OBJECT) line_pick(l, KEYS_GEO, &v[GEO_geo], inner);
    if (v[GEO_coordinates].kind == NODE_OBJECT || inner[GEO_coordinates].kind == NODE_OBJECT ||
        inner[GEO_coordinates].kind == NODE_ARRAY)
        tweet->fields |= TWEET_COORDINATES;
    if (v[GEO_place].kind == NODE_OBJECT || inner[GEO_place_id].kind == NODE_TEXT)
        tweet->fields |= TWEET_PLACE;
}

record *line_add(line *l, record_kind kind) {
    record *r = record_batch_add(l->out);
    if (r == NULL)
        l->no_memory = true;
    else
        r->kind = kind;
    return r;
}

record *line_add_tweet(line *l, uint64_t id, uint64_t author_id, int64_t created_ms, bool heard) {
    record *r = line_add(l, RECORD_TWEET);
    if (r == NULL) return NULL;
    r->fields = TWEET_AUTHOR | TWEET_CREATED;
    r->tweet.id = id;
    r->tweet.author_id = author_id;
    r->tweet.created_ms = created_ms;
    r->tweet.heard = heard;
    return r;
}

static bool is_tweet(const json_value *v) {
    bool has_id = v[ITEM_id_str].kind != NODE_ABSENT || v[ITEM_id].kind != NODE_ABSENT;
    bool has_text = v[ITEM_text].kind != NODE_ABSENT || v[ITEM_full_text].kind != NODE_ABSENT;
    return v[ITEM_user].kind != NODE_ABSENT ? has_id || has_text : has_id && has_text;
}

/* X v2: under "data" there is a tweet, a page of them, or a compliance event. */
static reason read_data(line *l, const json_value *v) {
    json_value inner[OTHER_KEY_COUNT];
    if (v[ITEM_data].kind == NODE_OBJECT) {
        line_pick(l, KEYS_OTHER, &v[ITEM_data], inner);
        if (inner[OTHER_id].kind == NODE_ABSENT && notice_is(inner)) {
            l->kind = ITEM_KIND_NOTICE;
            return notice_read(l, inner);
        }
    }
    l->kind = v[ITEM_data].kind == NODE_ARRAY ? ITEM_KIND_V2_PAGE : ITEM_KIND_V2;
    return post_read(l, &v[ITEM_data], &v[ITEM_includes]);
}

static bool is_node(const json_value *v) {
    return v->kind == NODE_OBJECT || v->kind == NODE_ARRAY;
}

/* With "tweet" for "data": what is under it is a tweet, or wants to be. */
static reason read_tweet_line(line *l, const json_value *tweet, const json_value *v) {
    l->kind = ITEM_KIND_DEMO; /* Unless it is found to be an archive's. */
    reason verdict = post_read(l, tweet, &v[ITEM_includes]);
    return verdict == REASON_UNKNOWN ? REASON_NO_ID : verdict;
}

/* Lines of other networks, known by what no tweet has. */
static reason name_other(const json_value *v) {
    if (v[OTHER_did].kind == NODE_TEXT && v[OTHER_kind].kind != NODE_ABSENT) return REASON_BLUESKY;
    bool is_signed = v[OTHER_pubkey].kind == NODE_TEXT && v[OTHER_sig].kind == NODE_TEXT;
    return is_signed && v[OTHER_kind].kind != NODE_ABSENT ? REASON_NOSTR : REASON_UNKNOWN;
}

static reason read_other(line *l, const json_value *object) {
    json_value v[OTHER_KEY_COUNT];
    line_pick(l, KEYS_OTHER, object, v);
    if (notice_is(v)) {
        l->kind = ITEM_KIND_NOTICE;
        return notice_read(l, v);
    }
    if (v[OTHER_correction].kind != NODE_ABSENT) {
        l->kind = ITEM_KIND_NOTICE;
        return correction_read(l, &v[OTHER_correction]);
    }
    if (v[OTHER_errors].kind != NODE_ABSENT) return REASON_ERRORS;
    if (v[OTHER_type].kind == NODE_TEXT &&
        text_equal(v[OTHER_type].string, TEXT("connection_metadata")))
        return REASON_CONNECTION_METADATA;
    /* The result of a compliance job; it does not say whether of tweets or users. */
    return v[OTHER_action].kind != NODE_ABSENT ? REASON_COMPLIANCE : name_other(v);
}

static reason read_row(line *l, const json_value *v) {
    l->kind = ITEM_KIND_ROW;
    return v[ITEM_bad_row].kind != NODE_ABSENT ? REASON_CSV_ROW : csv_row_read(l, &v[ITEM_csv]);
}

static reason read_any(line *l, const json_value *object, const json_value *v) {
    static const json_value nothing = {.kind = NODE_ABSENT};
    if (v[ITEM_mastodon].kind == NODE_OBJECT) return mastodon_read_event(l, &v[ITEM_mastodon]);
    if (v[ITEM_csv].kind == NODE_OBJECT) return read_row(l, v);
    if (mastodon_is_status(v)) return mastodon_read_status(l, object);
    archive_set_owner(l, &v[ITEM_account]);
    if (is_node(&v[ITEM_data])) return read_data(l, v);
    if (v[ITEM_tweet].kind == NODE_OBJECT) return read_tweet_line(l, &v[ITEM_tweet], v);
    if (v[ITEM_post].kind == NODE_OBJECT) return read_tweet_line(l, &v[ITEM_post], v);
    if (v[ITEM_author_id].kind != NODE_ABSENT && v[ITEM_user].kind == NODE_ABSENT) {
        l->kind = ITEM_KIND_V2_FLAT;
        return post_read(l, object, &nothing);
    }
    if (!is_tweet(v)) return read_other(l, object);
    l->kind = l->owner_id != 0 ? ITEM_KIND_ARCHIVE : ITEM_KIND_V1;
    return tweet_read(l, object, v);
}

/* The verdict on all of the item. */
static reason judge(const line *l, reason verdict) {
    if ((verdict == REASON_NO_ID || verdict == REASON_NO_AUTHOR) && l->rounded_id)
        return REASON_ROUNDED_ID;
    if (verdict != REASON_ACCEPTED) return verdict;
    if (l->part_dropped) return REASON_PART_DROPPED;
    return l->rounded_reference ? REASON_ROUNDED_REFERENCE : REASON_ACCEPTED;
}

reason line_read_object(line *l, const json_value *object, const json_value *v) {
    size_t first = l->out->record_count;
    l->observed_ms = 0;
    l->missed = 0;
    l->kind = ITEM_KIND_OTHER;
    l->version = line_version(&v[ITEM_version]);
    l->part_dropped = l->rounded_id = l->rounded_reference = false;
    l->user_count = 0;
    l->owner_id = 0;
    reason verdict = read_any(l, object, v);
    if (reason_outcome(verdict) == ITEM_REJECTED || l->no_memory) {
        l->out->record_count = first;
        return judge(l, verdict);
    }
    if (verdict == REASON_ACCEPTED) line_flush_users(l);
    for (size_t i = first; i < l->out->record_count; i++) {
        l->out->records[i].observed_ms = l->observed_ms;
        l->out->records[i].version = l->version;
        l->out->records[i].origin = l->origin;
    }
    return judge(l, verdict);
}
