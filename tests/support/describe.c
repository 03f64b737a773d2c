/* SPDX-License-Identifier: MIT */
#include "tests/support/describe.h"

#include "pipeline/base/json.h"
#include "pipeline/base/times.h"

static void add_text(buffer *out, uint32_t fields, uint32_t field, const char *name, text t) {
    if ((fields & field) == 0) return;
    json_writer w = json_to(out);
    buffer_add_format(out, " %s=", name);
    json_put_text(&w, t);
}

static void add_number(buffer *out, uint32_t fields, uint32_t field, const char *name, uint64_t n) {
    if ((fields & field) != 0) buffer_add_format(out, " %s=%llu", name, (unsigned long long)n);
}

static void add_time(buffer *out, const char *name, int64_t ms) {
    char time[TIME_TEXT_BYTES];
    time_to_text(ms, time);
    buffer_add_format(out, " %s %s", name, time);
}

static void describe_tweet(const record *r, buffer *out) {
    const tweet_record *t = &r->tweet;
    buffer_add_format(out, "%s %llu", t->heard ? "tweet" : "embedded", (unsigned long long)t->id);
    add_number(out, r->fields, TWEET_AUTHOR, "author", t->author_id);
    if ((r->fields & TWEET_CREATED) != 0) add_time(out, "at", t->created_ms);
    add_text(out, r->fields, TWEET_TEXT, t->is_plain ? "plain_text" : "text", t->text);
    add_text(out, r->fields, TWEET_LANG, "lang", t->lang);
    add_text(out, r->fields, TWEET_HASHTAGS, "hashtags", t->hashtags);
    add_text(out, r->fields, TWEET_LINKS, "links", t->links);
    add_number(out, r->fields, TWEET_RETWEET_OF, "retweet_of", t->retweet_of);
    add_number(out, r->fields, TWEET_REPLY_TO, "reply_to", t->reply_to);
    add_number(out, r->fields, TWEET_QUOTE_OF, "quote_of", t->quote_of);
    add_number(out, r->fields, TWEET_FOLLOWERS, "followers", t->followers);
    add_number(out, r->fields, TWEET_TWEETS, "tweets", t->tweets);
    if ((r->fields & TWEET_CORRECTS) != 0) buffer_add(out, TEXT(" set right"));
}

static void describe_user(const record *r, buffer *out) {
    const user_record *u = &r->user;
    buffer_add_format(out, "user %llu", (unsigned long long)u->id);
    add_text(out, r->fields, USER_NAME, "name", u->name);
    add_text(out, r->fields, USER_USERNAME, "username", u->username);
    add_text(out, r->fields, USER_LOCATION, "location", u->location);
    add_text(out, r->fields, USER_LANG, "lang", u->lang);
    add_number(out, r->fields, USER_FOLLOWERS, "followers", u->followers);
    add_number(out, r->fields, USER_TWEETS, "tweets", u->tweets);
}

static void describe_record(const record *r, buffer *out) {
    switch (r->kind) {
    case RECORD_TWEET: describe_tweet(r, out); break;
    case RECORD_USER: describe_user(r, out); break;
    case RECORD_DELETE:
    case RECORD_UNDELETE:
        buffer_add_format(out, "%s %llu", r->kind == RECORD_DELETE ? "delete" : "undelete",
                          (unsigned long long)r->tweet.id);
        break;
    case RECORD_SCRUB_GEO:
        buffer_add_format(out, "scrub %llu up to %llu", (unsigned long long)r->scrub.user_id,
                          (unsigned long long)r->scrub.up_to);
        break;
    case RECORD_HIDE_USER:
        buffer_add_format(out, "%s %llu for %d", r->hide.is_hidden ? "hide" : "show",
                          (unsigned long long)r->hide.user_id, (int)r->hide.reason);
        break;
    case RECORD_WITHHOLD:
        buffer_add_format(out, "withhold tweet %llu user %llu in %.*s",
                          (unsigned long long)r->withhold.tweet_id,
                          (unsigned long long)r->withhold.user_id, (int)r->withhold.countries.count,
                          r->withhold.countries.bytes);
        break;
    case RECORD_EDIT:
        buffer_add_format(out, "edit %llu to %llu", (unsigned long long)r->edit.from,
                          (unsigned long long)r->edit.to);
        break;
    case RECORD_FIX:
    case RECORD_UNDO_FIX:
        buffer_add_format(out, "%s %llu", r->kind == RECORD_FIX ? "fix" : "undo",
                          (unsigned long long)r->fix.number);
        break;
    }
    bool is_at_once = r->kind == RECORD_TWEET && r->observed_ms == r->tweet.created_ms;
    if (r->observed_ms != 0 && !is_at_once) add_time(out, "seen", r->observed_ms);
    if (r->version != 0) buffer_add_format(out, " version %d", r->version);
}

static void describe_item(const record_batch *b, const item *i, buffer *out) {
    static const char *const outcomes[] = {"accepted", "repaired", "ignored", "rejected"};
    buffer_add(out, text_of(outcomes[i->outcome]));
    if (i->reason != NULL) buffer_add_format(out, " %s", i->reason);
    if (i->missed != 0) buffer_add_format(out, " missed %llu", (unsigned long long)i->missed);
    for (uint32_t k = 0; k < i->record_count; k++) {
        buffer_add(out, TEXT(" / "));
        describe_record(&b->records[i->first_record + k], out);
    }
}

void describe_batch(const record_batch *b, buffer *out) {
    for (size_t i = 0; i < b->item_count; i++) {
        if (i > 0) buffer_add(out, TEXT(" // "));
        describe_item(b, &b->items[i], out);
    }
}
