/* SPDX-License-Identifier: MIT */
/* csv_rows -- a row of a table of tweets: {"csv": {column: cell, ...}}, as the source
 * makes it of CSV.  The columns are those of twarc-csv, which flattens a tweet of X v2
 * with its author, and those of the older twarc's json2csv. */
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

static const json_value *first_of(const json_value *a, const json_value *b) {
    return a->kind != NODE_ABSENT ? a : b;
}

static void set_text(record *r, uint32_t field, text *to, const json_value *a,
                     const json_value *b) {
    const json_value *v = first_of(a, b);
    if (v->kind != NODE_TEXT) return; /* An empty cell says nothing. */
    *to = v->string;
    r->fields |= field;
}

static void set_count(record *r, uint32_t field, uint64_t *to, const json_value *a,
                      const json_value *b) {
    uint64_t count;
    if (!value_to_count(first_of(a, b), &count)) return;
    *to = count;
    r->fields |= field;
}

static const record *add_author(line *l, const json_value *v) {
    uint64_t id;
    if (!line_to_id(l, &v[CSV_author_id], &v[CSV_user_id], &id)) return NULL;
    record *r = line_new_user(l, id);
    if (r == NULL) return NULL;
    set_text(r, USER_NAME, &r->user.name, &v[CSV_author_name], &v[CSV_user_name]);
    set_text(r, USER_USERNAME, &r->user.username, &v[CSV_author_username],
             &v[CSV_user_screen_name]);
    set_text(r, USER_LOCATION, &r->user.location, &v[CSV_author_location], &v[CSV_user_location]);
    set_count(r, USER_FOLLOWERS, &r->user.followers, &v[CSV_author_followers],
              &v[CSV_user_followers_count]);
    set_count(r, USER_TWEETS, &r->user.tweets, &v[CSV_author_tweets], &v[CSV_user_statuses_count]);
    return r;
}

static void set_reference(line *l, record *r, uint64_t *to, const json_value *a,
                          const json_value *b) {
    if (line_to_reference(l, a, b, to))
        r->fields |= TWEET_RETWEET_OF | TWEET_REPLY_TO | TWEET_QUOTE_OF;
}

/* json2csv has one column for what is retweeted or quoted, and one that says which. */
static void set_references(line *l, record *r, const json_value *v) {
    static const json_value absent = {.kind = NODE_ABSENT};
    const json_value *type = &v[CSV_tweet_type];
    bool is_quote = type->kind == NODE_TEXT && text_equal(type->string, TEXT("quote"));
    const json_value *retweeted = is_quote ? &absent : &v[CSV_retweet_or_quote_id];
    const json_value *quoted = is_quote ? &v[CSV_retweet_or_quote_id] : &absent;
    set_reference(l, r, &r->tweet.retweet_of, &v[CSV_retweeted_id], retweeted);
    set_reference(l, r, &r->tweet.reply_to, &v[CSV_replied_to_id], &v[CSV_in_reply_to_status_id]);
    set_reference(l, r, &r->tweet.quote_of, &v[CSV_quoted_id], quoted);
}

static void add_tweet(line *l, const json_value *v, uint64_t id, int64_t created_ms,
                      const record *author) {
    record *r = line_add_tweet(l, id, author->user.id, created_ms, true);
    if (r == NULL) return; /* The line knows, and stops. */
    l->observed_ms = created_ms;
    tweet_set_counts(r, author);
    if (line_keep(l, first_of(&v[CSV_text], &v[CSV_full_text]), &r->tweet.text))
        r->fields |= TWEET_TEXT;
    if (line_keep(l, &v[CSV_lang], &r->tweet.lang)) r->fields |= TWEET_LANG;
    set_references(l, r, v);
    entities_read_lists(l, r, &v[CSV_hashtags], &v[CSV_urls]);
}

reason csv_row_read(line *l, const json_value *row) {
    json_value v[CSV_KEY_COUNT];
    uint64_t id;
    int64_t created_ms;
    line_pick(l, KEYS_CSV, row, v);
    bool has_text = v[CSV_text].kind != NODE_ABSENT || v[CSV_full_text].kind != NODE_ABSENT;
    bool has_author = v[CSV_author_id].kind != NODE_ABSENT || v[CSV_user_id].kind != NODE_ABSENT;
    if (!line_to_id(l, &v[CSV_id], &v[CSV_tweet_id], &id)) return REASON_NO_ID;
    if (!has_text && !has_author) return REASON_TWEET_ID;
    if (!value_to_ms(&v[CSV_created_at], &created_ms)) return REASON_NO_TIME;
    reason verdict = line_check_time(l, created_ms);
    if (verdict != REASON_ACCEPTED) return verdict;
    const record *author = add_author(l, v);
    if (author == NULL) return REASON_NO_AUTHOR;
    add_tweet(l, v, id, created_ms, author);
    return REASON_ACCEPTED;
}
