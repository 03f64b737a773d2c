/* SPDX-License-Identifier: MIT */
#include "tests/support/model.h"

#include "geocode/distance.h"
#include "pipeline/base/times.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- What stands of a field: look at every record that ever said it ---- */

typedef bool (*is_greater)(const record *a, const record *b); /* Of a field's values. */

/* A tweet's own line, or a correction of it. */
static bool is_own(const record *r) {
    return r->tweet.heard || (r->fields & TWEET_CORRECTS) != 0;
}

static const record *standing(const record *records, size_t count, record_kind kind, uint64_t id,
                              uint32_t field, bool heard_only, is_greater greater) {
    const record *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const record *r = &records[i];
        uint64_t its_id = kind == RECORD_TWEET ? r->tweet.id : r->user.id;
        if (r->kind != kind || its_id != id || (r->fields & field) == 0) continue;
        if (heard_only && !is_own(r)) continue;
        if (best == NULL || r->version > best->version ||
            (r->version == best->version && r->observed_ms > best->observed_ms) ||
            (r->version == best->version && r->observed_ms == best->observed_ms &&
             greater(r, best)))
            best = r;
    }
    return best;
}

/* Whether a tweet's own line, or a correction of it, said one of the counts. */
static bool is_corrected(const record *records, size_t count, uint64_t id, uint32_t field) {
    for (size_t i = 0; i < count; i++)
        if (records[i].kind == RECORD_TWEET && records[i].tweet.id == id &&
            (records[i].fields & TWEET_CORRECTS) != 0 && (records[i].fields & field) != 0)
            return true;
    return false;
}

static bool greater_author(const record *a, const record *b) {
    return a->tweet.author_id > b->tweet.author_id;
}
static bool greater_created(const record *a, const record *b) {
    return a->tweet.created_ms > b->tweet.created_ms;
}
static bool greater_text(const record *a, const record *b) {
    int order = text_compare(a->tweet.text, b->tweet.text);
    if (order != 0) return order > 0;
    if (a->tweet.is_plain != b->tweet.is_plain) return a->tweet.is_plain;
    return text_compare(a->tweet.user_lang, b->tweet.user_lang) > 0;
}
static bool greater_lang(const record *a, const record *b) {
    return text_compare(a->tweet.lang, b->tweet.lang) > 0;
}
static bool greater_hashtags(const record *a, const record *b) {
    return text_compare(a->tweet.hashtags, b->tweet.hashtags) > 0;
}
static bool greater_links(const record *a, const record *b) {
    return text_compare(a->tweet.links, b->tweet.links) > 0;
}
static bool greater_retweet(const record *a, const record *b) {
    return a->tweet.retweet_of > b->tweet.retweet_of;
}
static bool greater_reply(const record *a, const record *b) {
    return a->tweet.reply_to > b->tweet.reply_to;
}
static bool greater_quote(const record *a, const record *b) {
    return a->tweet.quote_of > b->tweet.quote_of;
}
static bool greater_followers(const record *a, const record *b) {
    return a->tweet.followers > b->tweet.followers;
}
static bool greater_tweets(const record *a, const record *b) {
    return a->tweet.tweets > b->tweet.tweets;
}
static bool greater_username(const record *a, const record *b) {
    return text_compare(a->user.username, b->user.username) > 0;
}
static bool greater_name(const record *a, const record *b) {
    return text_compare(a->user.name, b->user.name) > 0;
}
static bool greater_location(const record *a, const record *b) {
    return text_compare(text_trim(a->user.location), text_trim(b->user.location)) > 0;
}
static bool greater_audience(const record *a, const record *b) {
    return a->user.followers > b->user.followers;
}

/* Whether what was last said of `id` is that it is so: `says` gives 1, 0 (it is not), or -1
 * for records about something else. */
typedef int says(const record *r, uint64_t id);

static bool holds(const record *records, size_t count, uint64_t id, says *what, bool *any) {
    int64_t latest[2] = {INT64_MIN, INT64_MIN};
    for (size_t i = 0; i < count; i++) {
        int said = what(&records[i], id);
        if (said >= 0 && records[i].observed_ms > latest[said])
            latest[said] = records[i].observed_ms;
    }
    if (any != NULL) *any = latest[1] != INT64_MIN;
    return latest[1] != INT64_MIN && latest[1] >= latest[0];
}

static int says_deleted(const record *r, uint64_t id) {
    if (r->tweet.id != id) return -1;
    return r->kind == RECORD_DELETE ? 1 : r->kind == RECORD_UNDELETE ? 0 : -1;
}

static int is_here(text countries) {
    char padded[64];
    (void)snprintf(padded, sizeof padded, ",%.*s,", (int)countries.count, countries.bytes);
    return strstr(padded, ",XX,") != NULL || strstr(padded, ",XY,") != NULL ||
           strstr(padded, "," MODEL_COUNTRY ",") != NULL;
}

static int says_tweet_withheld(const record *r, uint64_t id) {
    bool is_of_it = r->kind == RECORD_WITHHOLD && r->withhold.tweet_id == id;
    return is_of_it ? is_here(r->withhold.countries) : -1;
}

static int says_user_withheld(const record *r, uint64_t id) {
    bool is_of_them = r->kind == RECORD_WITHHOLD && r->withhold.user_id == id;
    return is_of_them ? is_here(r->withhold.countries) : -1;
}

static int says_user(const record *r, uint64_t id, hide_reason reason) {
    bool is_of_them =
        r->kind == RECORD_HIDE_USER && r->hide.user_id == id && r->hide.reason == reason;
    return is_of_them ? r->hide.is_hidden : -1;
}
static int says_user_deleted(const record *r, uint64_t id) {
    return says_user(r, id, HIDE_DELETED);
}
static int says_user_protected(const record *r, uint64_t id) {
    return says_user(r, id, HIDE_PROTECTED);
}
static int says_user_suspended(const record *r, uint64_t id) {
    return says_user(r, id, HIDE_SUSPENDED);
}

/* The first that applies: what comes later here wins. */
static void compute_reference(model_tweet *t, uint64_t id, const record *records, size_t count) {
    const record *quote =
        standing(records, count, RECORD_TWEET, id, TWEET_QUOTE_OF, false, greater_quote);
    const record *reply =
        standing(records, count, RECORD_TWEET, id, TWEET_REPLY_TO, false, greater_reply);
    const record *retweet =
        standing(records, count, RECORD_TWEET, id, TWEET_RETWEET_OF, false, greater_retweet);
    const struct {
        tweet_kind kind;
        uint64_t ref;
    } said[] = {{KIND_QUOTE, quote == NULL ? 0 : quote->tweet.quote_of},
                {KIND_REPLY, reply == NULL ? 0 : reply->tweet.reply_to},
                {KIND_RETWEET, retweet == NULL ? 0 : retweet->tweet.retweet_of}};
    for (size_t i = 0; i < 3; i++) {
        if (said[i].ref == 0) continue;
        t->kind = said[i].kind;
        t->ref = said[i].ref;
    }
}

static void compute_presence(model *m, uint64_t id, const record *records, size_t count) {
    model_tweet *t = &m->tweets[id];
    bool has_notice, is_withheld = holds(records, count, id, says_tweet_withheld, NULL);
    for (size_t i = 0; i < count; i++) {
        if (records[i].kind != RECORD_TWEET || records[i].tweet.id != id) continue;
        if ((records[i].fields & TWEET_AUTHOR) != 0) t->is_known = true;
        if (records[i].tweet.heard) t->is_heard = true;
    }
    t->is_deleted = holds(records, count, id, says_deleted, &has_notice) || is_withheld;
    m->deleted += has_notice;
}

static void compute_tweet(model *m, uint64_t id, const record *records, size_t count,
                          const sentiment_model *sentiments) {
    model_tweet *t = &m->tweets[id];
    compute_presence(m, id, records, count);
    if (!t->is_known) return;
    const record *r;
#define STANDS(field, greater)                                                                     \
    (r = standing(records, count, RECORD_TWEET, id, field, false, greater))
#define OWN(field, greater)                                                                        \
    (r = standing(records, count, RECORD_TWEET, id, field,                                         \
                  t->is_heard || is_corrected(records, count, id, field), greater))
    if (STANDS(TWEET_AUTHOR, greater_author)) t->author = r->tweet.author_id;
    if (STANDS(TWEET_CREATED, greater_created)) t->created_ms = r->tweet.created_ms;
    if (STANDS(TWEET_LANG, greater_lang)) t->lang = r->tweet.lang;
    if (OWN(TWEET_FOLLOWERS, greater_followers)) t->followers = r->tweet.followers;
    if (OWN(TWEET_TWEETS, greater_tweets)) t->tweets = r->tweet.tweets;
    if (STANDS(TWEET_TEXT, greater_text)) {
        t->text = r->tweet.text;
        t->is_plain = r->tweet.is_plain;
        t->user_lang = r->tweet.user_lang;
    }
    if ((t->lists_hashtags = STANDS(TWEET_HASHTAGS, greater_hashtags) != NULL))
        t->hashtags = r->tweet.hashtags;
    if ((t->lists_links = STANDS(TWEET_LINKS, greater_links) != NULL)) t->links = r->tweet.links;
    compute_reference(t, id, records, count);
    sentiment_of_tweet(sentiments, t->text, t->is_plain, t->lang, t->user_lang, &t->mood);
}

static bool is_user_hidden(const record *records, size_t count, uint64_t id) {
    return holds(records, count, id, says_user_deleted, NULL) ||
           holds(records, count, id, says_user_protected, NULL) ||
           holds(records, count, id, says_user_suspended, NULL) ||
           holds(records, count, id, says_user_withheld, NULL);
}

static bool is_user_seen(const record *records, size_t count, uint64_t id) {
    if (holds(records, count, id, says_user_deleted, NULL)) return false;
    for (size_t i = 0; i < count; i++)
        if (records[i].kind == RECORD_USER && records[i].user.id == id) return true;
    return false;
}

static void compute_user(model *m, uint64_t id, const record *records, size_t count,
                         const place_table *table) {
    model_user *u = &m->users[id];
    u->is_hidden = is_user_hidden(records, count, id);
    u->is_seen = is_user_seen(records, count, id);
    if (!u->is_seen) return;
    const record *r;
#define SAYS(field, greater) (r = standing(records, count, RECORD_USER, id, field, false, greater))
    if (SAYS(USER_USERNAME, greater_username)) u->username = r->user.username;
    if (SAYS(USER_NAME, greater_name)) u->name = r->user.name;
    if (SAYS(USER_LOCATION, greater_location)) u->location = text_trim(r->user.location);
    if (SAYS(USER_FOLLOWERS, greater_audience)) u->followers = r->user.followers;
    m->users_seen++;
    m->users_located += u->location.count > 0;
    u->has_place = place_table_find(table, u->location, &u->place);
    u->makes_point = u->has_place && place_is_map_point(&u->place);
    if (!u->makes_point) return;
    size_t i = 0;
    while (i < m->place_count && (m->places[i].place.lat_e7 != u->place.lat_e7 ||
                                  m->places[i].place.lon_e7 != u->place.lon_e7))
        i++;
    if (i == m->place_count) m->places[m->place_count++].place = u->place;
    u->place_index = (uint32_t)i;
}

/* ---- Versions ---- */

/* group[id] is the same for all that edits link. */
static void find_groups(const record *records, size_t count, uint64_t group[MODEL_IDS]) {
    bool changed = true;
    for (uint64_t id = 0; id < MODEL_IDS; id++) group[id] = id;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            if (records[i].kind != RECORD_EDIT) continue;
            uint64_t *a = &group[records[i].edit.from], *b = &group[records[i].edit.to];
            if (*a == *b) continue;
            *(*a > *b ? a : b) = *a > *b ? *b : *a;
            changed = true;
        }
    }
}

static void find_targets(model *m, const record *records, size_t count) {
    uint64_t group[MODEL_IDS];
    find_groups(records, count, group);
    for (uint64_t id = 1; id < MODEL_IDS; id++)
        for (uint64_t o = 1; o < MODEL_IDS; o++)
            if (group[o] == group[m->tweets[id].ref] && m->tweets[o].is_known &&
                !m->tweets[o].is_deleted)
                m->tweets[id].target = o;
}

/* ---- Responses ---- */

bool model_is_response(const model *m, uint64_t id) {
    const model_tweet *t = &m->tweets[id];
    return t->is_known && !t->is_deleted && t->target != 0 &&
           m->tweets[t->target].author != t->author;
}

uint64_t model_weight(const model_tweet *t) {
    double base = (double)(t->tweets > 1 ? t->tweets : 1);
    return (uint64_t)floor(sqrt((double)t->followers) / sqrt(sqrt(base)) * 0x1p32 + 0.5);
}

static void add_response(model_total *total, const model_tweet *t) {
    total->responses++;
    total->retweets += t->kind == KIND_RETWEET;
    total->replies += t->kind == KIND_REPLY;
    total->quotes += t->kind == KIND_QUOTE;
    total->influence += model_weight(t);
    if (t->kind == KIND_RETWEET || t->mood.label == SENTIMENT_UNKNOWN) return;
    total->received++;
    total->score_sum += t->mood.score_e6;
    total->score_sq += (flow_i128)t->mood.score_e6 * t->mood.score_e6;
}

static void count_responders(model *m) {
    for (uint64_t author = 1; author < MODEL_IDS; author++) {
        bool seen[MODEL_IDS] = {false};
        for (uint64_t id = 1; id < MODEL_IDS; id++)
            if (model_is_response(m, id) && m->tweets[m->tweets[id].target].author == author)
                seen[m->tweets[id].author] = true;
        for (uint64_t id = 1; id < MODEL_IDS; id++) m->by_author[author].responders += seen[id];
    }
}

/* ---- Cleaning, as a batch ---- */

typedef struct {
    bool is_located, is_close;
    uint64_t author;
    uint32_t a, b;
    distance_class distance;
} located;

static located locate(const model *m, uint64_t id, const cleaning_options *o) {
    located l = {0};
    const model_tweet *t = &m->tweets[id];
    if (!model_is_response(m, id)) return l;
    l.author = m->tweets[t->target].author;
    const model_user *a = &m->users[l.author], *b = &m->users[t->author];
    l.is_located = a->makes_point && b->makes_point;
    if (!l.is_located) return l;
    l.a = a->place_index;
    l.b = b->place_index;
    l.distance = distance_class_of(
        distance_km(a->place.lat_e7, a->place.lon_e7, b->place.lat_e7, b->place.lon_e7));
    l.is_close =
        l.distance == DISTANCE_CLOSE && !(o->other_strings && text_equal(a->location, b->location));
    return l;
}

/* One round on what X leaves; what the reliable authors say of each place. */
static void judge(const model *m, const cleaning_options *o, uint32_t *authors, uint32_t *speakers,
                  const bool *in_x) {
    for (uint64_t author = 1; author < MODEL_IDS; author++) {
        uint64_t n = 0, close = 0;
        uint32_t at = 0;
        for (uint64_t id = 1; id < MODEL_IDS; id++) {
            located l = locate(m, id, o);
            if (!l.is_located || l.author != author || in_x[l.a] || in_x[l.b]) continue;
            n++;
            close += l.is_close;
            at = l.a;
        }
        if (n == 0 || n < o->clean_min) continue;
        authors[at]++;
        speakers[at] += close * o->cutoff_den > n * o->cutoff_num;
    }
}

static void clean(model *m, const cleaning_options *o) {
    bool in_x[MODEL_PLACES] = {false};
    for (uint32_t round = 1;; round++) {
        uint32_t authors[MODEL_PLACES] = {0}, speakers[MODEL_PLACES] = {0};
        bool fell[MODEL_PLACES] = {false}, any = false;
        judge(m, o, authors, speakers, in_x);
        for (size_t p = 0; p < m->place_count; p++) {
            if (in_x[p]) continue;
            m->places[p].authors = authors[p];
            m->places[p].speakers = speakers[p];
            fell[p] = authors[p] > 0 && speakers[p] == 0;
            any |= fell[p];
        }
        if (!any) return;
        m->rounds = round;
        for (size_t p = 0; p < m->place_count; p++) {
            if (!fell[p]) continue;
            in_x[p] = true;
            m->places[p].round = round;
            m->bad++;
        }
    }
}

static void add_located(model *m, const cleaning_options *o) {
    for (uint64_t id = 1; id < MODEL_IDS; id++) {
        located l = locate(m, id, o);
        if (!l.is_located) continue;
        m->located++;
        m->places[l.a].is_end = m->places[l.b].is_end = true;
        m->places[l.a].responses++;
        if (m->places[l.a].round != 0 || m->places[l.b].round != 0) continue;
        model_total *t = &m->by_author[l.author];
        m->clean++;
        t->clean++;
        t->clean_influence += model_weight(&m->tweets[id]);
        t->close += l.distance == DISTANCE_CLOSE;
        t->medium += l.distance == DISTANCE_MEDIUM;
        t->far += l.distance == DISTANCE_FAR;
    }
}

static void count_tweet(model *m, const model_tweet *t) {
    m->known++;
    m->kinds[t->kind]++;
    if (!t->is_heard) return;
    m->heard++;
    model_minute *minute = &m->minutes[minute_of(t->created_ms) - MODEL_MINUTE_0];
    minute->tweets++;
    minute->retweets += t->kind == KIND_RETWEET;
    minute->replies += t->kind == KIND_REPLY;
    minute->quotes += t->kind == KIND_QUOTE;
    minute->positive += t->mood.label == SENTIMENT_POSITIVE;
    minute->neutral += t->mood.label == SENTIMENT_NEUTRAL;
    minute->negative += t->mood.label == SENTIMENT_NEGATIVE;
    minute->unknown += t->mood.label == SENTIMENT_UNKNOWN;
}

void model_compute(model *m, const record *records, size_t count, const place_table *table,
                   const sentiment_model *sentiments, const cleaning_options *cleaning) {
    memset(m, 0, sizeof(*m));
    for (uint64_t id = 1; id < MODEL_IDS; id++) {
        compute_tweet(m, id, records, count, sentiments);
        compute_user(m, id, records, count, table);
    }
    for (uint64_t id = 1; id < MODEL_IDS; id++)
        if (m->users[m->tweets[id].author].is_hidden) m->tweets[id].is_deleted = true;
    find_targets(m, records, count);
    for (uint64_t id = 1; id < MODEL_IDS; id++) {
        const model_tweet *t = &m->tweets[id];
        if (t->is_known && !t->is_deleted) count_tweet(m, t);
        if (!model_is_response(m, id)) continue;
        add_response(&m->all, t);
        add_response(&m->by_tweet[t->target], t);
        add_response(&m->by_author[m->tweets[t->target].author], t);
    }
    count_responders(m);
    clean(m, cleaning);
    add_located(m, cleaning);
}
