/* SPDX-License-Identifier: MIT */
/* posts -- tweets of API v2: {"data": {} or [], "includes": {}}; with "tweet" for
 * "data"; or flattened, with the author and the referenced tweets inside.
 *
 * X spells tweets both "tweet" and "post"; so do the keys here. */
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

static const json_value absent = {.kind = NODE_ABSENT};

static const json_value *first_of(const json_value *a, const json_value *b) {
    return a->kind != NODE_ABSENT ? a : b;
}

static void set_text(line *l, record *r, const json_value *v) {
    json_value note[LONG_TEXT_KEY_COUNT];
    const json_value *entities = &v[POST_entities];
    const json_value *note_node = first_of(&v[POST_note_tweet], &v[POST_note_post]);
    if (note_node->kind == NODE_OBJECT) {
        line_pick(l, KEYS_LONG_TEXT, note_node, note);
        r->tweet.is_plain = line_keep(l, &note[LONG_TEXT_text], &r->tweet.text);
        if (note[LONG_TEXT_entities].kind == NODE_OBJECT) entities = &note[LONG_TEXT_entities];
    }
    if (r->tweet.is_plain || line_keep(l, &v[POST_text], &r->tweet.text)) r->fields |= TWEET_TEXT;
    entities_read(l, r, entities);
}

/* Where a reference of this type belongs.  Recorded conversations exist whose
 * references have no type: such a tweet is a retweet when its text says so, else a
 * reply, since something is referenced. */
static uint64_t *reference_of(record *r, const json_value *type) {
    text t = type->kind == NODE_TEXT ? type->string : TEXT("");
    if (type->kind <= NODE_NULL)
        t = text_starts_with(r->tweet.text, TEXT("RT @")) ? TEXT("retweeted") : TEXT("replied_to");
    if (text_equal(t, TEXT("retweeted")) || text_equal(t, TEXT("reposted")))
        return &r->tweet.retweet_of;
    if (text_equal(t, TEXT("replied_to"))) return &r->tweet.reply_to;
    return text_equal(t, TEXT("quoted")) ? &r->tweet.quote_of : NULL;
}

static reason read_one(line *l, const json_value *v, bool heard);

/* One element: its id to the tweet at `index`, and the tweet it may hold whole. */
static void read_reference(line *l, size_t index, const json_value *element) {
    json_value v[POST_KEY_COUNT];
    uint64_t id;
    if (element->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_POST, element, v);
    uint64_t *to = reference_of(&l->out->records[index], &v[POST_type]);
    if (to != NULL && *to == 0 && line_to_reference(l, &absent, &v[POST_id], &id)) *to = id;
    if (v[POST_text].kind == NODE_ABSENT && v[POST_author_id].kind == NODE_ABSENT) return;
    if (read_one(l, v, false) != REASON_ACCEPTED) l->part_dropped = true;
}

/* A list that is there says of all three kinds whether the tweet is one. */
static void read_references(line *l, size_t index, const json_value *list) {
    json_cursor cursor = {0};
    json_value element;
    if (list->kind != NODE_ARRAY && list->kind != NODE_NULL) return;
    l->out->records[index].fields |= TWEET_RETWEET_OF | TWEET_REPLY_TO | TWEET_QUOTE_OF;
    if (list->kind == NODE_NULL) return;
    while (!l->no_memory && l->reader->next(list, &cursor, &element))
        read_reference(l, index, &element);
}

/* What else the line knows of the tweet: its versions, and where it is withheld. */
static void read_standing(line *l, uint64_t id, const json_value *v) {
    json_value withheld[NOTICE_KEY_COUNT];
    line_add_edits(l, first_of(&v[POST_edit_history_tweet_ids], &v[POST_edit_history_post_ids]));
    if (v[POST_withheld].kind != NODE_OBJECT) return;
    line_pick(l, KEYS_NOTICE, &v[POST_withheld], withheld);
    line_add_withheld(l, id, 0, &withheld[NOTICE_country_codes]);
}

static reason read_one(line *l, const json_value *v, bool heard) {
    uint64_t id, author_id;
    int64_t created_ms;
    if (!line_to_id(l, &absent, &v[POST_id], &id)) return REASON_NO_ID;
    if (!line_to_id(l, &absent, &v[POST_author_id], &author_id)) return REASON_NO_AUTHOR;
    if (!value_to_ms(&v[POST_created_at], &created_ms)) return REASON_NO_TIME;
    reason verdict = line_check_time(l, created_ms);
    if (verdict != REASON_ACCEPTED) return verdict;
    size_t index = l->out->record_count;
    record *r = line_add_tweet(l, id, author_id, created_ms, heard);
    if (r == NULL) return REASON_ACCEPTED; /* The line knows, and stops. */
    const record *author = v[POST_author].kind == NODE_OBJECT ? line_add_user(l, &v[POST_author])
                                                              : line_find_user(l, author_id);
    if (author != NULL) tweet_set_counts(r, author);
    set_text(l, r, v);
    if (line_keep(l, &v[POST_lang], &r->tweet.lang)) r->fields |= TWEET_LANG;
    read_references(l, index, first_of(&v[POST_referenced_tweets], &v[POST_referenced_posts]));
    read_standing(l, id, v);
    if (heard && created_ms > l->observed_ms) l->observed_ms = created_ms;
    return REASON_ACCEPTED;
}

/* What stands under "data" may be no tweet: a user, a list, a count. */
static reason read_heard(line *l, const json_value *object) {
    json_value v[POST_KEY_COUNT];
    line_pick(l, KEYS_POST, object, v);
    if (archive_is_tweet(v)) return archive_read(l, object);
    if (v[POST_tweet_id].kind != NODE_ABSENT && v[POST_id].kind == NODE_ABSENT)
        return REASON_TWEET_HEADER;
    bool is_other = v[POST_text].kind == NODE_ABSENT && v[POST_author_id].kind == NODE_ABSENT;
    size_t index = l->out->record_count;
    reason verdict = read_one(l, v, true);
    if (verdict == REASON_ACCEPTED && !l->no_memory) geo_read(l, object, &l->out->records[index]);
    if (l->version == 0) l->version = line_version(&v[POST_version]); /* It may stand here too. */
    return verdict != REASON_ACCEPTED && is_other ? REASON_UNKNOWN : verdict;
}

/* A page is one item: good when it brings any tweet. */
static reason read_page(line *l, const json_value *data) {
    json_cursor cursor = {0};
    json_value element;
    reason verdict = REASON_EMPTY_ARRAY;
    bool is_read = false;
    while (!l->no_memory && l->reader->next(data, &cursor, &element)) {
        reason r = element.kind == NODE_OBJECT ? read_heard(l, &element) : REASON_NOT_AN_OBJECT;
        if (verdict == REASON_EMPTY_ARRAY) verdict = r;
        if (r == REASON_ACCEPTED) is_read = true;
        if (r != REASON_ACCEPTED && r != REASON_UNKNOWN) l->part_dropped = true;
    }
    return is_read ? REASON_ACCEPTED : verdict;
}

static void read_included_users(line *l, const json_value *users) {
    json_cursor cursor = {0};
    json_value element;
    if (users->kind != NODE_ARRAY) return;
    while (!l->no_memory && l->reader->next(users, &cursor, &element))
        if (line_add_user(l, &element) == NULL) l->part_dropped = true;
}

static void read_included_posts(line *l, const json_value *posts) {
    json_value element, v[POST_KEY_COUNT];
    json_cursor cursor = {0};
    if (posts->kind != NODE_ARRAY) return;
    while (!l->no_memory && l->reader->next(posts, &cursor, &element)) {
        bool is_object = element.kind == NODE_OBJECT;
        if (is_object) line_pick(l, KEYS_POST, &element, v);
        if (!is_object || read_one(l, v, false) != REASON_ACCEPTED) l->part_dropped = true;
    }
}

reason post_read(line *l, const json_value *data, const json_value *includes) {
    json_value v[INCLUDES_KEY_COUNT] = {{.kind = NODE_ABSENT}};
    if (includes->kind == NODE_OBJECT) line_pick(l, KEYS_INCLUDES, includes, v);
    read_included_users(l, &v[INCLUDES_users]); /* First: tweets carry their counts. */
    reason verdict = data->kind == NODE_ARRAY ? read_page(l, data) : read_heard(l, data);
    if (verdict != REASON_ACCEPTED) return verdict;
    read_included_posts(l, &v[INCLUDES_tweets]);
    read_included_posts(l, &v[INCLUDES_posts]);
    return REASON_ACCEPTED;
}
