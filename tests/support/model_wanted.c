/* SPDX-License-Identifier: MIT */
#include "tests/support/model_wanted.h"

#include "tests/support/model_board.h"
#include <ctype.h>
#include <string.h>

static bool is_there(const model *m, uint64_t id) {
    return id != 0 && m->tweets[id].is_known && !m->tweets[id].is_deleted;
}

/* Words of an ASCII text in lower case, a blank on each side of each. */
static void spread(const model_tweet *t, char spread[512]) {
    size_t count = 0;
    spread[count++] = ' ';
    for (size_t i = 0; i < t->text.count; i++) {
        bool is_reference =
            !t->is_plain && text_starts_with(text_slice(t->text, i, t->text.count), TEXT("&amp;"));
        unsigned char c = is_reference ? ' ' : (unsigned char)t->text.bytes[i];
        if (is_reference) i += 4;
        if (isalnum(c) || spread[count - 1] != ' ')
            spread[count++] = (char)(isalnum(c) ? tolower(c) : ' ');
    }
    if (spread[count - 1] != ' ') spread[count++] = ' ';
    spread[count] = '\0';
}

static bool says(const model *m, uint64_t id, const char *words) {
    char room[512];
    spread(&m->tweets[id], room);
    return strstr(room, words) != NULL;
}

static bool is_by(const model *m, uint64_t id, const char *who) {
    uint64_t author = model_author_meant(m, text_of(who));
    return author != 0 && m->tweets[id].author == author;
}

static uint64_t original_of(const model *m, uint64_t id) {
    uint64_t of = m->tweets[id].kind == KIND_RETWEET ? m->tweets[id].ref : id;
    return is_there(m, of) ? of : 0;
}

static bool has_tag(const model *m, uint64_t id, const char *tag) {
    uint64_t of = original_of(m, id);
    return of != 0 && model_has_hashtag(m, of, text_of(tag));
}

static bool has_any(const model *m, uint64_t id, bool hashtags) {
    uint64_t of = original_of(m, id);
    return of != 0 && model_mention_count(m, of, hashtags) > 0;
}

static bool is_scored(const model *m, uint64_t id) {
    return m->tweets[id].mood.label != SENTIMENT_UNKNOWN;
}

static bool love(const model *m, uint64_t id) {
    return says(m, id, " love ");
}
static bool love_or_bad(const model *m, uint64_t id) {
    return love(m, id) || (says(m, id, " bad ") && !says(m, id, " really "));
}
static bool love_it_and_you(const model *m, uint64_t id) {
    return says(m, id, " love it ") && says(m, id, " you ");
}
static bool worldcup(const model *m, uint64_t id) {
    return has_tag(m, id, "worldcup");
}
static bool no_worldcup(const model *m, uint64_t id) {
    return !worldcup(m, id) && m->tweets[id].kind != KIND_RETWEET;
}
static bool links_or_tags(const model *m, uint64_t id) {
    return has_any(m, id, false) || has_any(m, id, true);
}
static bool from_ada(const model *m, uint64_t id) {
    return is_by(m, id, "@ada");
}
static bool three_or_to_bob(const model *m, uint64_t id) {
    uint64_t to = m->tweets[id].ref;
    return is_by(m, id, "3") ||
           (m->tweets[id].kind == KIND_REPLY && is_there(m, to) && is_by(m, to, "@bob"));
}
static bool in_english(const model *m, uint64_t id) {
    return text_equal(m->tweets[id].mood.lang, TEXT("en"));
}
static bool from_koeln(const model *m, uint64_t id) {
    const model_user *u = &m->users[m->tweets[id].author];
    tweet_kind kind = m->tweets[id].kind;
    return u->has_place && text_equal(u->place.name, TEXT("Koeln")) &&
           (kind == KIND_ORIGINAL || kind == KIND_REPLY);
}
static bool above(const model *m, uint64_t id) {
    return is_scored(m, id) && m->tweets[id].mood.score_e6 > 200000;
}
static bool negative_or_0(const model *m, uint64_t id) {
    return is_scored(m, id) &&
           (m->tweets[id].mood.label == SENTIMENT_NEGATIVE || m->tweets[id].mood.score_e6 == 0);
}
static bool no_such(const model *m, uint64_t id) {
    bool is_low = is_scored(m, id) && m->tweets[id].mood.score_e6 <= 0;
    return !says(m, id, " amp ") && !says(m, id, " brown ") && !is_low;
}
static bool words_of_links(const model *m, uint64_t id) {
    return says(m, id, " worldcup ") && says(m, id, " t co ") && m->tweets[id].kind != KIND_QUOTE;
}
static bool bad_really(const model *m, uint64_t id) {
    return says(m, id, " bad really ") && in_english(m, id);
}
static bool nothing(const model *m, uint64_t id) {
    (void)m;
    (void)id;
    return false;
}

static const struct {
    const char *question;
    bool (*wants)(const model *m, uint64_t id);
} meanings[] = {
    {"love", love},
    {"LOVE OR bad -really", love_or_bad},
    {"\"love it\" you", love_it_and_you},
    {"#worldcup", worldcup},
    {"-#WORLDCUP -is:retweet", no_worldcup},
    {"has:links OR has:hashtags", links_or_tags},
    {"from:ada", from_ada},
    {"from:3 OR to:@BOB", three_or_to_bob},
    {"lang:en", in_english},
    {"place:Koeln (is:original OR is:reply)", from_koeln},
    {"sentiment:>0.2", above},
    {"sentiment:negative OR sentiment:=0", negative_or_0},
    {"-(amp OR brown) -sentiment:<=0", no_such},
    {"worldcup t.co -is:quote", words_of_links},
    {"\"bad really\" lang:en", bad_really},
    {"nobody-says-this OR from:nobody OR lang:tlh OR #nope", nothing},
};
enum { MEANINGS = sizeof meanings / sizeof meanings[0] };

text model_question_any(random_source *r) {
    return text_of(meanings[random_below(r, MEANINGS)].question);
}

bool model_wants(const model *m, uint64_t id, text question) {
    size_t i = 0;
    while (!text_equal(question, text_of(meanings[i].question))) i++;
    return meanings[i].wants(m, id);
}
