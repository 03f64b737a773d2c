/* SPDX-License-Identifier: MIT */
#include "pipeline/gen/lines.h"

#include "pipeline/base/times.h"

#define ADD(out, literal) buffer_add((out), TEXT(literal))

static void add_string(buffer *out, const char *s) {
    buffer_add(out, text_of(s));
}

static void add_id(buffer *out, uint64_t id) {
    buffer_add_byte(out, '"');
    buffer_add_u64(out, id);
    buffer_add_byte(out, '"');
}

/* ---- Times, without printf: two a line ---- */

typedef struct {
    int64_t year;
    unsigned month, day, weekday, hour, minute, second, ms;
} calendar;

/* Days to a date: Hinnant, "chrono-compatible low-level date algorithms". */
static calendar calendar_of(int64_t at_ms) {
    int64_t days = at_ms / MS_PER_DAY, rest = at_ms % MS_PER_DAY;
    int64_t shifted = days + 719468, era = shifted / 146097;
    unsigned of_era = (unsigned)(shifted - era * 146097);
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153;
    calendar c = {.day = of_year - (153 * month + 2) / 5 + 1,
                  .month = month < 10 ? month + 3 : month - 9};
    c.year = (int64_t)year + era * 400 + (c.month <= 2);
    c.weekday = (unsigned)((days + 4) % 7);
    c.hour = (unsigned)(rest / 3600000);
    c.minute = (unsigned)(rest / 60000 % 60);
    c.second = (unsigned)(rest / 1000 % 60);
    c.ms = (unsigned)(rest % 1000);
    return c;
}

static void add_two(buffer *out, unsigned value) {
    char digits[2] = {(char)('0' + value / 10), (char)('0' + value % 10)};
    buffer_add(out, (text){digits, 2});
}

static void add_clock(buffer *out, const calendar *c) {
    add_two(out, c->hour);
    buffer_add_byte(out, ':');
    add_two(out, c->minute);
    buffer_add_byte(out, ':');
    add_two(out, c->second);
}

static void add_rfc3339(buffer *out, int64_t at_ms) {
    calendar c = calendar_of(at_ms);
    buffer_add_byte(out, '"');
    buffer_add_u64(out, (uint64_t)c.year);
    buffer_add_byte(out, '-');
    add_two(out, c.month);
    buffer_add_byte(out, '-');
    add_two(out, c.day);
    buffer_add_byte(out, 'T');
    add_clock(out, &c);
    buffer_add_byte(out, '.');
    buffer_add_byte(out, (char)('0' + c.ms / 100));
    add_two(out, c.ms % 100);
    ADD(out, "Z\"");
}

static void add_twitter_time(buffer *out, int64_t at_ms) {
    static const char names[] = "SunMonTueWedThuFriSatJanFebMarAprMayJunJulAugSepOctNovDec";
    calendar c = calendar_of(at_ms);
    buffer_add_byte(out, '"');
    buffer_add(out, (text){names + 3 * c.weekday, 3});
    buffer_add_byte(out, ' ');
    buffer_add(out, (text){names + 21 + 3 * (c.month - 1), 3});
    buffer_add_byte(out, ' ');
    add_two(out, c.day);
    buffer_add_byte(out, ' ');
    add_clock(out, &c);
    ADD(out, " +0000 ");
    buffer_add_u64(out, (uint64_t)c.year);
    buffer_add_byte(out, '"');
}

/* ---- Words ---- */

static void add_words(buffer *out, const world *w, const post *p, const post *to) {
    if (p->kind == POST_RETWEET) {
        ADD(out, "RT @");
        world_username(w, p->to_author, out);
        ADD(out, ": ");
        if (to != NULL) add_words(out, w, to, NULL); /* Nobody retweets a retweet. */
        return;
    }
    if (p->kind == POST_ORIGINAL) {
        words_add_original(out, p->lang, p->bits);
        return;
    }
    if (p->kind == POST_REPLY) {
        buffer_add_byte(out, '@');
        world_username(w, p->to_author, out);
        buffer_add_byte(out, ' ');
    }
    words_add_answer(out, p->lang, p->lean, p->bits);
}

/* ---- The demo's lines ---- */

static void add_demo_user(buffer *out, const world *w, uint64_t person, int64_t at_ms) {
    ADD(out, "{\"id\":");
    add_id(out, person_id(person));
    ADD(out, ",\"username\":\"");
    world_username(w, person, out);
    ADD(out, "\",\"name\":\"");
    world_name(w, person, out);
    ADD(out, "\"");
    size_t before = out->count;
    ADD(out, ",\"location\":\"");
    size_t begin = out->count;
    world_location(w, person, at_ms, out);
    if (out->count == begin && !out->failed) {
        out->count = before; /* API v2 leaves an empty one out. */
    } else {
        ADD(out, "\"");
    }
    ADD(out, ",\"public_metrics\":{\"followers_count\":");
    buffer_add_u64(out, world_followers(w, person, at_ms));
    ADD(out, ",\"following_count\":211,\"tweet_count\":");
    buffer_add_u64(out, world_tweets(w, person, at_ms));
    ADD(out, ",\"listed_count\":2}}");
}

static void add_demo_head(buffer *out, const world *w, const post *p, const post *to) {
    ADD(out, "{\"id\":");
    add_id(out, p->id);
    ADD(out, ",\"author_id\":");
    add_id(out, person_id(p->author));
    ADD(out, ",\"created_at\":");
    add_rfc3339(out, p->created_ms);
    ADD(out, ",\"text\":\"");
    add_words(out, w, p, to);
    ADD(out, "\"");
}

static void add_demo_post(const world *w, const post *p, const post *to, bool embeds, buffer *out) {
    static const char *const types[] = {"", "retweeted", "replied_to", "quoted"};
    ADD(out, "{\"tweet\":");
    add_demo_head(out, w, p, to);
    if (p->bits % 4 != 0) { /* Three in four say the language. */
        ADD(out, ",\"lang\":\"");
        add_string(out, lang_code(p->lang));
        ADD(out, "\"");
    }
    if (p->kind != POST_ORIGINAL) {
        ADD(out, ",\"referenced_tweets\":[{\"type\":\"");
        add_string(out, types[p->kind]);
        ADD(out, "\",\"id\":");
        add_id(out, p->to_id);
        ADD(out, "}]");
    }
    ADD(out, "},\"includes\":{\"users\":[");
    add_demo_user(out, w, p->author, p->created_ms);
    if (embeds && to->author != p->author) {
        ADD(out, ",");
        add_demo_user(out, w, to->author, p->created_ms);
    }
    ADD(out, "]");
    if (embeds) {
        ADD(out, ",\"tweets\":[");
        add_demo_head(out, w, to, NULL);
        ADD(out, "}]");
    }
    ADD(out, "}}\n");
}

/* ---- v1.1 ---- */

static void add_v1_user(buffer *out, const world *w, uint64_t person, int64_t at_ms) {
    ADD(out, "{\"id\":");
    buffer_add_u64(out, person_id(person));
    ADD(out, ",\"id_str\":");
    add_id(out, person_id(person));
    ADD(out, ",\"name\":\"");
    world_name(w, person, out);
    ADD(out, "\",\"screen_name\":\"");
    world_username(w, person, out);
    ADD(out, "\",\"location\":\"");
    world_location(w, person, at_ms, out);
    ADD(out, "\",\"url\":null,\"description\":null,\"protected\":false,\"verified\":false,"
             "\"followers_count\":");
    buffer_add_u64(out, world_followers(w, person, at_ms));
    ADD(out,
        ",\"friends_count\":211,\"listed_count\":2,\"favourites_count\":1207,\"statuses_count\":");
    buffer_add_u64(out, world_tweets(w, person, at_ms));
    ADD(out,
        ",\"created_at\":\"Sat Feb 12 09:00:00 +0000 2011\",\"utc_offset\":null,\"time_zone\":null,"
        "\"geo_enabled\":false,\"lang\":\"");
    add_string(out, lang_code(world_lang(w, person)));
    ADD(out, "\",\"contributors_enabled\":false,\"is_translator\":false,\"default_profile\":true,"
             "\"default_profile_image\":false,\"following\":null,\"follow_request_sent\":null,"
             "\"notifications\":null}");
}

static void add_v1_reply(buffer *out, const world *w, const post *p) {
    if (p->kind != POST_REPLY) {
        ADD(out, ",\"in_reply_to_status_id\":null,\"in_reply_to_status_id_str\":null,"
                 "\"in_reply_to_user_id\":null,\"in_reply_to_user_id_str\":null,"
                 "\"in_reply_to_screen_name\":null");
        return;
    }
    ADD(out, ",\"in_reply_to_status_id\":");
    buffer_add_u64(out, p->to_id);
    ADD(out, ",\"in_reply_to_status_id_str\":");
    add_id(out, p->to_id);
    ADD(out, ",\"in_reply_to_user_id\":");
    buffer_add_u64(out, person_id(p->to_author));
    ADD(out, ",\"in_reply_to_user_id_str\":");
    add_id(out, person_id(p->to_author));
    ADD(out, ",\"in_reply_to_screen_name\":\"");
    world_username(w, p->to_author, out);
    ADD(out, "\"");
}

/* Of the words at [begin, end) of what is written: "#" and small letters. */
static void add_hashtags(buffer *out, size_t begin, size_t end) {
    uint64_t characters = 0;
    bool is_first = true;
    for (size_t at = begin; at < end && !out->failed; at++) {
        characters += ((unsigned char)out->bytes[at] & 0xC0) != 0x80;
        if (out->bytes[at] != '#') continue;
        size_t stop = at + 1;
        while (stop < end && out->bytes[stop] >= 'a' && out->bytes[stop] <= 'z') stop++;
        add_string(out, is_first ? "{\"text\":\"" : ",{\"text\":\"");
        for (size_t i = at + 1; i < stop; i++) buffer_add_byte(out, out->bytes[i]);
        ADD(out, "\",\"indices\":[");
        buffer_add_u64(out, characters - 1);
        buffer_add_byte(out, ',');
        buffer_add_u64(out, characters - 1 + (stop - at));
        ADD(out, "]}");
        is_first = false;
    }
}

/* A tweet but for its closing brace; `seen_ms`: the time of the line. */
static void add_v1_head(buffer *out, const world *w, const post *p, const post *to,
                        int64_t seen_ms) {
    ADD(out, "{\"created_at\":");
    add_twitter_time(out, p->created_ms);
    ADD(out, ",\"id\":");
    buffer_add_u64(out, p->id);
    ADD(out, ",\"id_str\":");
    add_id(out, p->id);
    ADD(out, ",\"text\":\"");
    size_t begin = out->count;
    add_words(out, w, p, to);
    size_t end = out->count;
    ADD(out, "\",\"source\":\"web\",\"truncated\":false");
    add_v1_reply(out, w, p);
    ADD(out, ",\"user\":");
    add_v1_user(out, w, p->author, seen_ms);
    ADD(out, ",\"geo\":null,\"coordinates\":null,\"place\":null,\"contributors\":null");
    if (p->kind == POST_QUOTE) {
        ADD(out, ",\"quoted_status_id\":");
        buffer_add_u64(out, p->to_id);
        ADD(out, ",\"quoted_status_id_str\":");
        add_id(out, p->to_id);
    }
    ADD(out, ",\"is_quote_status\":");
    add_string(out, p->kind == POST_QUOTE ? "true" : "false");
    ADD(out, ",\"retweet_count\":0,\"favorite_count\":0,\"entities\":{\"hashtags\":[");
    add_hashtags(out, begin, end);
    ADD(out, "],\"urls\":[],\"user_mentions\":[],\"symbols\":[]},\"favorited\":false,\"retweeted\":"
             "false,"
             "\"filter_level\":\"low\",\"lang\":\"");
    add_string(out, lang_code(p->lang));
    ADD(out, "\"");
}

static void add_v1_post(const world *w, const post *p, const post *to, bool embeds, buffer *out) {
    add_v1_head(out, w, p, to, p->created_ms);
    if (embeds && p->kind != POST_REPLY) {
        add_string(out, p->kind == POST_RETWEET ? ",\"retweeted_status\":" : ",\"quoted_status\":");
        add_v1_head(out, w, to, NULL, p->created_ms);
        ADD(out, "}");
    }
    ADD(out, ",\"timestamp_ms\":");
    add_id(out, (uint64_t)p->created_ms);
    ADD(out, "}\n");
}

void line_add_post(gen_format format, const world *w, const post *p, const post *to, bool embeds,
                   buffer *out) {
    if (format == GEN_DEMO) {
        add_demo_post(w, p, to, embeds, out);
    } else {
        add_v1_post(w, p, to, embeds, out);
    }
}

void line_add_delete(uint64_t id, uint64_t author, int64_t at_ms, buffer *out) {
    ADD(out, "{\"delete\":{\"status\":{\"id\":");
    buffer_add_u64(out, id);
    ADD(out, ",\"id_str\":");
    add_id(out, id);
    ADD(out, ",\"user_id\":");
    buffer_add_u64(out, person_id(author));
    ADD(out, ",\"user_id_str\":");
    add_id(out, person_id(author));
    ADD(out, "},\"timestamp_ms\":");
    add_id(out, (uint64_t)at_ms);
    ADD(out, "}}\n");
}
