/* SPDX-License-Identifier: MIT */
/* tweets -- the tweet object of API v1.1: streams, dumps, search responses. */
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

/* A reference by id: either spelling names the tweet; null says there is none. */
static void set_reference(line *l, record *r, uint32_t field, uint64_t *to,
                          const json_value *id_str, const json_value *id) {
    bool is_null = id_str->kind <= NODE_NULL && id->kind <= NODE_NULL &&
                   (id_str->kind == NODE_NULL || id->kind == NODE_NULL);
    if (line_to_reference(l, id_str, id, to) || is_null) r->fields |= field;
}

/* The whole text: of a long tweet `text` is only the beginning, and so are its entities. */
static void set_text(line *l, record *r, const json_value *v) {
    json_value extended[LONG_TEXT_KEY_COUNT];
    const json_value *entities = &v[ITEM_entities];
    bool is_kept = false;
    if (v[ITEM_extended_tweet].kind == NODE_OBJECT) {
        line_pick(l, KEYS_LONG_TEXT, &v[ITEM_extended_tweet], extended);
        is_kept = line_keep(l, &extended[LONG_TEXT_full_text], &r->tweet.text);
        if (extended[LONG_TEXT_entities].kind == NODE_OBJECT)
            entities = &extended[LONG_TEXT_entities];
    }
    if (is_kept || line_keep(l, &v[ITEM_full_text], &r->tweet.text) ||
        line_keep(l, &v[ITEM_text], &r->tweet.text))
        r->fields |= TWEET_TEXT;
    entities_read(l, r, entities);
}

static reason read_one(line *l, const json_value *v, bool heard);

static void read_embedded(line *l, const json_value *v) {
    if (read_one(l, v, false) != REASON_ACCEPTED) l->part_dropped = true;
}

/* The record at `index` is the retweet; adding records may move it. */
static void read_retweeted(line *l, const json_value *retweeted, size_t index) {
    json_value v[ITEM_KEY_COUNT];
    record *r = &l->out->records[index];
    if (retweeted->kind == NODE_NULL) r->fields |= TWEET_RETWEET_OF;
    if (retweeted->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_ITEM, retweeted, v);
    if (line_to_reference(l, &v[ITEM_id_str], &v[ITEM_id], &r->tweet.retweet_of))
        r->fields |= TWEET_RETWEET_OF;
    read_embedded(l, v);
}

static void read_quoted(line *l, const json_value *quoted) {
    json_value v[ITEM_KEY_COUNT];
    if (quoted->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_ITEM, quoted, v);
    read_embedded(l, v);
}

static void read_history(line *l, const json_value *history) {
    json_value v[NOTICE_KEY_COUNT];
    if (history->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_NOTICE, history, v);
    line_add_edits(l, &v[NOTICE_edit_tweet_ids]);
}

static reason read_one(line *l, const json_value *v, bool heard) {
    uint64_t id;
    int64_t created_ms;
    if (!line_to_id(l, &v[ITEM_id_str], &v[ITEM_id], &id)) return REASON_NO_ID;
    if (!value_to_ms(&v[ITEM_created_at], &created_ms)) return REASON_NO_TIME;
    reason verdict = line_check_time(l, created_ms);
    if (verdict != REASON_ACCEPTED) return verdict;
    bool is_owners = v[ITEM_user].kind == NODE_ABSENT && l->owner_id != 0;
    const record *author =
        is_owners ? line_find_user(l, l->owner_id) : line_add_user(l, &v[ITEM_user]);
    if (author == NULL) return REASON_NO_AUTHOR;
    size_t index = l->out->record_count;
    record *r = line_add_tweet(l, id, author->user.id, created_ms, heard);
    if (r == NULL) return REASON_ACCEPTED; /* The line knows, and stops. */
    tweet_set_counts(r, author);
    set_text(l, r, v);
    if (line_keep(l, &v[ITEM_lang], &r->tweet.lang)) r->fields |= TWEET_LANG;
    set_reference(l, r, TWEET_REPLY_TO, &r->tweet.reply_to, &v[ITEM_in_reply_to_status_id_str],
                  &v[ITEM_in_reply_to_status_id]);
    set_reference(l, r, TWEET_QUOTE_OF, &r->tweet.quote_of, &v[ITEM_quoted_status_id_str],
                  &v[ITEM_quoted_status_id]);
    read_retweeted(l, &v[ITEM_retweeted_status], index);
    read_quoted(l, &v[ITEM_quoted_status]);
    line_add_withheld(l, id, 0, &v[ITEM_withheld_in_countries]);
    read_history(l, &v[ITEM_edit_history]);
    return REASON_ACCEPTED;
}

reason tweet_read(line *l, const json_value *object, const json_value *v) {
    size_t index = l->out->record_count;
    reason verdict = read_one(l, v, true);
    if (verdict != REASON_ACCEPTED || l->no_memory) return verdict;
    geo_read(l, object, &l->out->records[index]);
    /* Finer than created_at, and the time at which embedded objects looked so. */
    if (value_to_ms(&v[ITEM_timestamp_ms], &l->observed_ms))
        return line_check_time(l, l->observed_ms);
    l->observed_ms = l->out->records[index].tweet.created_ms;
    return REASON_ACCEPTED;
}
