/* SPDX-License-Identifier: MIT */
/* mastodon -- statuses of Mastodon's API, and the events of its streams as the source puts
 * them on lines: {"mastodon": {"payload": {} or "id", "event": "update"}}.
 *
 * A boost is a retweet of the status inside it; an edit is a newer version of the same id, of
 * the time at which it was edited.  What followers alone may see is not read.  Ids are those
 * of the server that was asked, in a range of their own (RECORD_MASTODON_ID).  A location is
 * what a person has written into a field of the profile that is called so. */
#include "pipeline/decode/html_text.h"
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

static const json_value absent = {.kind = NODE_ABSENT};

/* What people call the field of their profile, by the languages most written there. */
static const struct {
    const char *language; /* For those who read this. */
    const char *names;
} location_names[] = {
    {"English", "Location|Based in|Lives in|City|Town|Country|Where"},
    {"German", "Ort|Wohnort|Standort|Stadt"},
    {"French", "Lieu|Localisation|Ville|Pays"},
    {"Spanish", "Ubicación|Ubicacion|Lugar|Ciudad|País"},
    {"Portuguese", "Localização|Localidade|Cidade"},
    {"Italian", "Posizione|Luogo|Città"},
    {"Dutch", "Locatie|Woonplaats|Plaats|Stad"},
    {"Swedish", "Plats|Ort"},
    {"Norwegian, Danish", "Sted"},
    {"Finnish", "Sijainti|Paikkakunta"},
    {"Polish", "Lokalizacja|Miejsce|Miasto"},
    {"Czech", "Místo|Město"},
    {"Turkish", "Konum|Şehir"},
    {"Russian", "Местоположение|Город"},
    {"Japanese", "場所|所在地|居住地|住んでいる所"},
    {"Chinese", "位置|地点|所在地"},
    {"Korean", "위치|지역"},
    {"signs", "📍|🏠"},
};

/* ---- Values ---- */

static bool to_own_range(uint64_t *id) {
    if (*id >= RECORD_MASTODON_ID) return false;
    *id |= RECORD_MASTODON_ID;
    return true;
}

static bool read_id(line *l, const json_value *v, uint64_t *id) {
    return line_to_id(l, &absent, v, id) && to_own_range(id);
}

/* What HTML says, by one of html_text's functions; lives as long as the batch. */
static text keep_html(line *l, text html, text (*make)(text, char *)) {
    if (html.count == 0 || l->no_memory) return (text){NULL, 0};
    char *room = arena_take(l->out->memory, html.count);
    if (room == NULL) {
        l->no_memory = true;
        return (text){NULL, 0};
    }
    return make(html, room);
}

/* ---- People ---- */

static bool is_listed(text list, text name) {
    for (size_t end; list.count > 0; list = text_slice(list, end + 1, list.count)) {
        if (!text_find_byte(list, '|', &end)) end = list.count;
        if (text_equal_caseless(text_slice(list, 0, end), name)) return true;
    }
    return false;
}

static bool names_a_location(text name) {
    name = text_trim(name);
    if (text_ends_with(name, TEXT(":"))) name = text_trim(text_slice(name, 0, name.count - 1));
    for (size_t i = 0; i < sizeof location_names / sizeof location_names[0]; i++)
        if (is_listed(text_of(location_names[i].names), name)) return true;
    return false;
}

/* A profile that lists its fields says by that where there is none. */
static void read_location(line *l, record *r, const json_value *fields) {
    json_cursor cursor = {0};
    json_value element, v[NAMED_KEY_COUNT];
    if (fields->kind != NODE_ARRAY) return;
    r->fields |= USER_LOCATION;
    while (l->reader->next(fields, &cursor, &element)) {
        if (element.kind != NODE_OBJECT) continue;
        line_pick(l, KEYS_NAMED, &element, v);
        if (v[NAMED_name].kind != NODE_TEXT || v[NAMED_value].kind != NODE_TEXT) continue;
        if (!names_a_location(v[NAMED_name].string)) continue;
        r->user.location = keep_html(l, v[NAMED_value].string, html_text);
        if (r->user.location.count > 0) return;
    }
}

static void set_text(record *r, uint32_t field, text *to, const json_value *v) {
    if (v->kind != NODE_TEXT || v->string.count == 0) return;
    *to = v->string;
    r->fields |= field;
}

static void set_count(record *r, uint32_t field, uint64_t *to, const json_value *v) {
    uint64_t count;
    if (!value_to_count(v, &count)) return;
    *to = count;
    r->fields |= field;
}

/* "acct" has the server of who is of another one; who has no name is shown by it. */
static const record *add_person(line *l, const json_value *account) {
    json_value v[PERSON_KEY_COUNT];
    uint64_t id;
    if (account->kind != NODE_OBJECT) return NULL;
    line_pick(l, KEYS_PERSON, account, v);
    if (!read_id(l, &v[PERSON_id], &id)) return NULL;
    record *r = line_new_user(l, id);
    if (r == NULL) return NULL;
    set_text(r, USER_USERNAME, &r->user.username, &v[PERSON_username]);
    set_text(r, USER_USERNAME, &r->user.username, &v[PERSON_acct]);
    set_text(r, USER_NAME, &r->user.name, &v[PERSON_username]);
    set_text(r, USER_NAME, &r->user.name, &v[PERSON_display_name]);
    set_count(r, USER_FOLLOWERS, &r->user.followers, &v[PERSON_followers_count]);
    set_count(r, USER_TWEETS, &r->user.tweets, &v[PERSON_statuses_count]);
    read_location(l, r, &v[PERSON_fields]);
    return r;
}

/* ---- Statuses ---- */

static bool is_clean(text t) {
    for (size_t i = 0; i < t.count; i++)
        if ((unsigned char)t.bytes[i] < ' ') return false;
    return t.count > 0;
}

static void read_tags(line *l, record *r, const json_value *tags) {
    json_cursor cursor = {0};
    json_value element, v[NAMED_KEY_COUNT];
    if (tags->kind != NODE_ARRAY) return;
    r->fields |= TWEET_HASHTAGS;
    buffer_clear(&l->list);
    while (l->reader->next(tags, &cursor, &element)) {
        if (element.kind != NODE_OBJECT) continue;
        line_pick(l, KEYS_NAMED, &element, v);
        if (v[NAMED_name].kind != NODE_TEXT || !is_clean(v[NAMED_name].string)) continue;
        if (l->list.count > 0) buffer_add_byte(&l->list, '\n');
        buffer_add(&l->list, v[NAMED_name].string);
    }
    if (l->list.failed) l->no_memory = true;
    if (l->list.count == 0 || l->no_memory) return;
    r->tweet.hashtags = arena_copy(l->out->memory, buffer_text(&l->list));
    if (r->tweet.hashtags.bytes == NULL) l->no_memory = true;
}

/* The links of the text; without any, that of the card. */
static void read_links(line *l, record *r, text content, const json_value *card) {
    json_value v[NAMED_KEY_COUNT];
    r->fields |= TWEET_LINKS;
    r->tweet.links = keep_html(l, content, html_links);
    if (r->tweet.links.count > 0 || card->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_NAMED, card, v);
    if (v[NAMED_url].kind == NODE_TEXT && is_clean(v[NAMED_url].string))
        (void)line_keep(l, &v[NAMED_url], &r->tweet.links);
}

static void read_words(line *l, record *r, const json_value *v) {
    const json_value *content = &v[STATUS_content];
    if (content->kind != NODE_TEXT && content->kind != NODE_NULL) return;
    text html = content->kind == NODE_TEXT ? content->string : (text){NULL, 0};
    r->fields |= TWEET_TEXT;
    r->tweet.text = keep_html(l, html, html_post_text);
    read_links(l, r, html, &v[STATUS_card]);
    read_tags(l, r, &v[STATUS_tags]);
}

static void set_reference(line *l, record *r, uint32_t field, uint64_t *to, const json_value *id) {
    uint64_t said = 0;
    if (id->kind != NODE_NULL && !(line_to_reference(l, &absent, id, &said) && to_own_range(&said)))
        return;
    *to = said;
    r->fields |= field;
}

static reason read_one(line *l, const json_value *v, bool heard);

/* The record at `index` refers to the status that `inner` is, whole; adding records may
 * move it. */
static void read_embedded(line *l, const json_value *inner, size_t index, uint32_t field) {
    json_value v[STATUS_KEY_COUNT];
    record *r = &l->out->records[index];
    uint64_t *to = field == TWEET_RETWEET_OF ? &r->tweet.retweet_of : &r->tweet.quote_of;
    if (inner->kind != NODE_OBJECT) {
        set_reference(l, r, field, to, inner->kind == NODE_NULL ? inner : &absent);
        return;
    }
    line_pick(l, KEYS_STATUS, inner, v);
    set_reference(l, r, field, to, &v[STATUS_id]);
    if (read_one(l, v, false) != REASON_ACCEPTED) l->part_dropped = true;
}

/* A quote is {"state", "quoted_status": {} or "quoted_status_id"}, or of some servers the
 * status itself. */
static void read_quote(line *l, const json_value *quote, size_t index) {
    json_value v[STATUS_KEY_COUNT];
    if (quote->kind != NODE_OBJECT) {
        read_embedded(l, quote, index, TWEET_QUOTE_OF);
        return;
    }
    line_pick(l, KEYS_STATUS, quote, v);
    if (v[STATUS_id].kind != NODE_ABSENT) {
        read_embedded(l, quote, index, TWEET_QUOTE_OF);
    } else if (v[STATUS_quoted_status].kind == NODE_OBJECT) {
        read_embedded(l, &v[STATUS_quoted_status], index, TWEET_QUOTE_OF);
    } else {
        record *r = &l->out->records[index];
        set_reference(l, r, TWEET_QUOTE_OF, &r->tweet.quote_of, &v[STATUS_quoted_status_id]);
    }
}

/* When the line was as it is: of an edited status, since its edit. */
static reason read_times(line *l, const json_value *v, int64_t *created_ms, int64_t *said_ms) {
    int64_t edited_ms;
    if (!value_to_ms(&v[STATUS_created_at], created_ms)) return REASON_NO_TIME;
    *said_ms = *created_ms;
    if (value_to_ms(&v[STATUS_edited_at], &edited_ms) && edited_ms > *said_ms) *said_ms = edited_ms;
    reason verdict = line_check_time(l, *created_ms);
    return verdict != REASON_ACCEPTED ? verdict : line_check_time(l, *said_ms);
}

static reason read_one(line *l, const json_value *v, bool heard) {
    uint64_t id;
    int64_t created_ms, said_ms;
    if (!read_id(l, &v[STATUS_id], &id)) return REASON_NO_ID;
    reason verdict = read_times(l, v, &created_ms, &said_ms);
    if (verdict != REASON_ACCEPTED) return verdict;
    const record *author = add_person(l, &v[STATUS_account]);
    if (author == NULL) return REASON_NO_AUTHOR;
    size_t index = l->out->record_count;
    record *r = line_add_tweet(l, id, author->user.id, created_ms, heard);
    if (r == NULL) return REASON_ACCEPTED; /* The line knows, and stops. */
    if (heard) l->observed_ms = said_ms;
    tweet_set_counts(r, author);
    read_words(l, r, v);
    if (line_keep(l, &v[STATUS_language], &r->tweet.lang)) r->fields |= TWEET_LANG;
    set_reference(l, r, TWEET_REPLY_TO, &r->tweet.reply_to, &v[STATUS_in_reply_to_id]);
    if (l->no_memory) return REASON_ACCEPTED;
    read_embedded(l, &v[STATUS_reblog], index, TWEET_RETWEET_OF);
    if (!l->no_memory) read_quote(l, &v[STATUS_quote], index);
    return REASON_ACCEPTED;
}

static bool is_public(const json_value *visibility) {
    return visibility->kind != NODE_TEXT || text_equal(visibility->string, TEXT("public")) ||
           text_equal(visibility->string, TEXT("unlisted"));
}

reason mastodon_read_status(line *l, const json_value *status) {
    json_value v[STATUS_KEY_COUNT];
    l->kind = ITEM_KIND_MASTODON;
    line_pick(l, KEYS_STATUS, status, v);
    return is_public(&v[STATUS_visibility]) ? read_one(l, v, true) : REASON_NOT_PUBLIC;
}

/* ---- Events ---- */

static reason read_delete(line *l, const json_value *payload) {
    uint64_t id;
    if (!read_id(l, payload, &id)) return REASON_NO_ID;
    record *r = line_add(l, RECORD_DELETE);
    if (r != NULL) r->tweet.id = id;
    return REASON_DELETE;
}

reason mastodon_read_event(line *l, const json_value *event) {
    json_value v[EVENT_KEY_COUNT];
    line_pick(l, KEYS_EVENT, event, v);
    text name = v[EVENT_event].kind == NODE_TEXT ? v[EVENT_event].string : TEXT("");
    bool is_status = text_equal(name, TEXT("update")) || text_equal(name, TEXT("status.update"));
    if (is_status && v[EVENT_payload].kind == NODE_OBJECT)
        return mastodon_read_status(l, &v[EVENT_payload]);
    l->kind = ITEM_KIND_NOTICE;
    return text_equal(name, TEXT("delete")) ? read_delete(l, &v[EVENT_payload])
                                            : REASON_OTHER_EVENT;
}

bool mastodon_is_status(const json_value *v) {
    return v[ITEM_account].kind == NODE_OBJECT && v[ITEM_content].kind != NODE_ABSENT &&
           v[ITEM_user].kind == NODE_ABSENT;
}
