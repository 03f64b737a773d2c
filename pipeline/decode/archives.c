/* SPDX-License-Identifier: MIT */
/* archives -- what X gives people of their own: {"account": {}, "tweet": {}}, where the
 * source has put the account beside each tweet.  The tweet is one of v1.1 without its
 * user, since all are by one.  Where no account was at hand it has no author, and none
 * is made up. */
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

static void set_text(record *r, uint32_t field, text *to, const json_value *v) {
    if (v->kind != NODE_TEXT) return;
    *to = v->string;
    r->fields |= field;
}

void archive_set_owner(line *l, const json_value *account) {
    json_value v[ACCOUNT_KEY_COUNT];
    uint64_t id;
    if (account->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_ACCOUNT, account, v);
    if (!value_to_id(&v[ACCOUNT_accountId], &id)) return;
    record *r = line_new_user(l, id);
    if (r == NULL) return;
    set_text(r, USER_NAME, &r->user.name, &v[ACCOUNT_accountDisplayName]);
    set_text(r, USER_USERNAME, &r->user.username, &v[ACCOUNT_username]);
    set_text(r, USER_LOCATION, &r->user.location, &v[ACCOUNT_location]);
    l->owner_id = id;
}

bool archive_is_tweet(const json_value *v) {
    return v[POST_author_id].kind == NODE_ABSENT &&
           (v[POST_full_text].kind != NODE_ABSENT || v[POST_id_str].kind != NODE_ABSENT);
}

/* One that its author has deleted since stays deleted. */
static reason read_deleted(line *l, const json_value *v, const json_value *deleted_at) {
    uint64_t id;
    if (!line_to_id(l, &v[ITEM_id_str], &v[ITEM_id], &id)) return REASON_NO_ID;
    if (!value_to_ms(deleted_at, &l->observed_ms)) return REASON_NO_TIME;
    reason verdict = line_check_time(l, l->observed_ms);
    if (verdict != REASON_ACCEPTED) return verdict;
    record *r = line_add(l, RECORD_DELETE);
    if (r != NULL) r->tweet.id = id;
    return REASON_DELETE;
}

reason archive_read(line *l, const json_value *tweet) {
    json_value v[ITEM_KEY_COUNT], other[OTHER_KEY_COUNT];
    l->kind = ITEM_KIND_ARCHIVE;
    line_pick(l, KEYS_ITEM, tweet, v);
    line_pick(l, KEYS_OTHER, tweet, other);
    bool is_deleted = other[OTHER_deleted_at].kind == NODE_TEXT;
    return is_deleted ? read_deleted(l, v, &other[OTHER_deleted_at]) : tweet_read(l, tweet, v);
}
