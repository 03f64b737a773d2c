/* SPDX-License-Identifier: MIT */
/* notices -- the lines of a stream that are no tweets: v1.1's messages and the
 * compliance events of X v2, in one table. */
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

typedef enum { NEEDS_NOTHING, NEEDS_TWEET, NEEDS_USER, NEEDS_EITHER, NEEDS_SCRUB } notice_needs;

typedef struct notice_body notice_body;
typedef struct {
    int key; /* Of OTHER_KEYS. */
    reason reason;
    notice_needs needs;
    void (*add)(line *l, const notice_body *b, int says); /* NULL: it changes nothing. */
    int says;                                             /* What `add` is to say. */
} notice_kind;

/* What the notice is about: ids of its own, or of an object inside it. */
struct notice_body {
    json_value values[NOTICE_KEY_COUNT];
    uint64_t tweet_id, user_id, up_to; /* 0: not said. */
};

/* ---- What they say ---- */

static void add_tweet(line *l, const notice_body *b, int says) {
    record *r = line_add(l, (record_kind)says);
    if (r != NULL) r->tweet.id = b->tweet_id;
}

static void add_scrub(line *l, const notice_body *b, int says) {
    record *r = line_add(l, (record_kind)says);
    if (r == NULL) return;
    r->scrub.user_id = b->user_id;
    r->scrub.up_to = b->up_to;
}

static void add_hidden(line *l, const notice_body *b, hide_reason why, bool is_hidden) {
    record *r = line_add(l, RECORD_HIDE_USER);
    if (r == NULL) return;
    r->hide.user_id = b->user_id;
    r->hide.reason = why;
    r->hide.is_hidden = is_hidden;
}

static void add_hide(line *l, const notice_body *b, int says) {
    add_hidden(l, b, (hide_reason)says, true);
}

static void add_show(line *l, const notice_body *b, int says) {
    add_hidden(l, b, (hide_reason)says, false);
}

static void add_withheld(line *l, const notice_body *b, int says) {
    bool of_user = says == NEEDS_USER || b->tweet_id == 0;
    line_add_withheld(l, of_user ? 0 : b->tweet_id, of_user ? b->user_id : 0,
                      &b->values[NOTICE_withheld_in_countries]);
}

static void add_edit(line *l, const notice_body *b, int says) {
    uint64_t first;
    const json_value none = {.kind = NODE_ABSENT};
    (void)says;
    for (int key = NOTICE_initial_tweet_id; key <= NOTICE_initial_post_id; key++)
        if (values_to_id(&b->values[key], &none, &first)) line_add_edit(l, first, b->tweet_id);
    line_add_edits(l, &b->values[NOTICE_edit_tweet_ids]);
    line_add_edits(l, &b->values[NOTICE_edit_post_ids]);
}

/* A profile that was changed says the new value of one field. */
static void add_profile(line *l, const notice_body *b, int says) {
    const json_value *field = &b->values[NOTICE_profile_field];
    const json_value *value = &b->values[NOTICE_new_value];
    record r = {.kind = (record_kind)says, .user = {.id = b->user_id}};
    if (field->kind != NODE_TEXT) return;
    bool is_kept = false;
    if (text_equal(field->string, TEXT("location"))) {
        is_kept = line_keep(l, value, &r.user.location);
        r.fields = USER_LOCATION;
    } else if (text_equal(field->string, TEXT("name"))) {
        is_kept = line_keep(l, value, &r.user.name);
        r.fields = USER_NAME;
    }
    record *to = is_kept && !l->no_memory ? line_add(l, RECORD_USER) : NULL;
    if (to != NULL) *to = r;
}

/* How many tweets were not delivered since the connection was made. */
static void add_missed(line *l, const notice_body *b, int says) {
    (void)says;
    (void)value_to_count(&b->values[NOTICE_track], &l->missed);
}

static const notice_kind kinds[] = {
    {OTHER_delete, REASON_DELETE, NEEDS_TWEET, add_tweet, RECORD_DELETE},
    {OTHER_undelete, REASON_COMPLIANCE, NEEDS_TWEET, add_tweet, RECORD_UNDELETE},
    {OTHER_drop, REASON_COMPLIANCE, NEEDS_TWEET, add_tweet, RECORD_DELETE},
    {OTHER_undrop, REASON_COMPLIANCE, NEEDS_TWEET, add_tweet, RECORD_UNDELETE},
    {OTHER_scrub_geo, REASON_SCRUB_GEO, NEEDS_SCRUB, add_scrub, RECORD_SCRUB_GEO},
    {OTHER_limit, REASON_LIMIT, NEEDS_NOTHING, add_missed, 0},
    {OTHER_status_withheld, REASON_STATUS_WITHHELD, NEEDS_TWEET, add_withheld, NEEDS_TWEET},
    {OTHER_user_withheld, REASON_USER_WITHHELD, NEEDS_USER, add_withheld, NEEDS_USER},
    {OTHER_disconnect, REASON_DISCONNECT, NEEDS_NOTHING, NULL, 0},
    {OTHER_warning, REASON_WARNING, NEEDS_NOTHING, NULL, 0},
    {OTHER_withheld, REASON_COMPLIANCE, NEEDS_EITHER, add_withheld, NEEDS_EITHER},
    {OTHER_tweet_edit, REASON_COMPLIANCE, NEEDS_TWEET, add_edit, 0},
    {OTHER_post_edit, REASON_COMPLIANCE, NEEDS_TWEET, add_edit, 0},
    {OTHER_user_delete, REASON_COMPLIANCE, NEEDS_USER, add_hide, HIDE_DELETED},
    {OTHER_user_undelete, REASON_COMPLIANCE, NEEDS_USER, add_show, HIDE_DELETED},
    {OTHER_user_protect, REASON_COMPLIANCE, NEEDS_USER, add_hide, HIDE_PROTECTED},
    {OTHER_user_unprotect, REASON_COMPLIANCE, NEEDS_USER, add_show, HIDE_PROTECTED},
    {OTHER_user_suspend, REASON_COMPLIANCE, NEEDS_USER, add_hide, HIDE_SUSPENDED},
    {OTHER_user_unsuspend, REASON_COMPLIANCE, NEEDS_USER, add_show, HIDE_SUSPENDED},
    {OTHER_user_profile_modification, REASON_COMPLIANCE, NEEDS_USER, add_profile, RECORD_USER},
};

static const notice_kind *find_kind(const json_value *v) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (v[kinds[i].key].kind != NODE_ABSENT) return &kinds[i];
    return NULL;
}

bool notice_is(const json_value *v) {
    return find_kind(v) != NULL;
}

static void read_inner(const line *l, const json_value *object, uint64_t *id) {
    json_value v[NOTICE_KEY_COUNT];
    if (object->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_NOTICE, object, v);
    (void)values_to_id(&v[NOTICE_id_str], &v[NOTICE_id], id);
}

static void read_body(const line *l, const json_value *object, notice_body *b) {
    json_value *v = b->values;
    for (int i = 0; i < NOTICE_KEY_COUNT; i++) v[i].kind = NODE_ABSENT;
    b->tweet_id = b->user_id = b->up_to = 0;
    if (object->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_NOTICE, object, v);
    (void)values_to_id(&v[NOTICE_id_str], &v[NOTICE_id], &b->tweet_id); /* status_withheld */
    read_inner(l, &v[NOTICE_status], &b->tweet_id);
    read_inner(l, &v[NOTICE_post], &b->tweet_id);
    read_inner(l, &v[NOTICE_tweet], &b->tweet_id);
    b->user_id = b->tweet_id; /* user_withheld has an id of its own, the user's. */
    (void)values_to_id(&v[NOTICE_user_id_str], &v[NOTICE_user_id], &b->user_id);
    read_inner(l, &v[NOTICE_user], &b->user_id);
    if (!values_to_id(&v[NOTICE_up_to_status_id_str], &v[NOTICE_up_to_status_id], &b->up_to))
        (void)values_to_id(&v[NOTICE_up_to_tweet_id], &v[NOTICE_up_to_post_id], &b->up_to);
}

static bool has_ids(const notice_body *b, notice_needs needs) {
    switch (needs) {
    case NEEDS_NOTHING: return true;
    case NEEDS_TWEET: return b->tweet_id != 0;
    case NEEDS_USER: return b->user_id != 0;
    case NEEDS_EITHER: return b->tweet_id != 0 || b->user_id != 0;
    case NEEDS_SCRUB: return b->user_id != 0 && b->up_to != 0;
    }
    return false;
}

reason notice_read(line *l, const json_value *v) {
    const notice_kind *kind = find_kind(v);
    notice_body b;
    read_body(l, &v[kind->key], &b);
    if (!has_ids(&b, kind->needs)) return REASON_NO_ID;
    if (value_to_ms(&b.values[NOTICE_timestamp_ms], &l->observed_ms) ||
        value_to_ms(&b.values[NOTICE_event_at], &l->observed_ms) ||
        value_to_ms(&v[OTHER_timestamp_ms], &l->observed_ms)) {
        reason verdict = line_check_time(l, l->observed_ms);
        if (verdict != REASON_ACCEPTED) return verdict;
    }
    if (kind->add != NULL) kind->add(l, &b, kind->says);
    return kind->reason;
}
