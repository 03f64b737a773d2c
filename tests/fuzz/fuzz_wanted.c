/* SPDX-License-Identifier: MIT */
/* Whatever is asked for is read or refused with its place, and what was read can be judged;
 * no glance at a text misses words that are in it.  The text follows behind a line's end.
 *
 * covers: pipeline/queries/wanted.c pipeline/queries/wanted_read.c pipeline/queries/folded.c */
#include "pipeline/engine.h"
#include "pipeline/queries/wanted_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TWEETS = 4 };

static void tell(engine *e, uint64_t id, const char *words) {
    record r = {.kind = RECORD_TWEET, .observed_ms = INT64_C(1341360000000)};
    r.fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_LANG | TWEET_REPLY_TO;
    r.tweet = (tweet_record){.id = id,
                             .author_id = id % 2 + 1,
                             .created_ms = r.observed_ms,
                             .text = text_of(words),
                             .lang = TEXT("en"),
                             .reply_to = id - 1,
                             .heard = true};
    record u = {.kind = RECORD_USER, .fields = USER_USERNAME | USER_LOCATION, .observed_ms = 1};
    u.user = (user_record){.id = id % 2 + 1, .username = TEXT("ada"), .location = TEXT("Bonn")};
    if (engine_apply(e, &r) != STATUS_OK || engine_apply(e, &u) != STATUS_OK) abort();
}

static engine *conversation(void) {
    static engine *e;
    sentiment_model *model;
    if (e != NULL) return e;
    if (sentiment_model_builtin(&model) != STATUS_OK) abort();
    const engine_options o = {.model = model, .cleaning = {80, 5, 1000, false}};
    if (engine_new(&o, &e, NULL) != STATUS_OK) abort();
    tell(e, 1, "I love @ada's caf\xC3\xA9 #goal http://a.b/");
    tell(e, 2, "bad &amp; worse");
    tell(e, 3, "");
    tell(e, 4, "\xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\xA6\x86");
    if (engine_commit(e) != STATUS_OK) abort();
    return e;
}

static text copy_of(text t) {
    char *bytes = malloc(t.count > 0 ? t.count : 1); /* Reading beyond the end is seen. */
    if (bytes != NULL && t.count > 0) memcpy(bytes, t.bytes, t.count);
    return (text){bytes, bytes == NULL ? 0 : t.count};
}

static void judge(const wanted *w) {
    const moment *m = engine_present(conversation());
    wanted_judge *j = wanted_judge_new(w, m);
    for (uint32_t tweet = 0; j != NULL && tweet < TWEETS; tweet++) {
        const tweet_row *row = moment_tweet(m, tweet);
        if (row != NULL) (void)wanted_matches(j, row);
    }
    wanted_judge_free(j);
}

static void glance(const wanted *w, text words) {
    static char room[1 << 16];
    size_t count = folded_write(&w->fold, words, false, room, sizeof room);
    assert(count <= sizeof room);
    for (size_t i = 0; i < w->term_count; i++) {
        const wanted_term *t = &w->terms[i];
        if (t->type != TERM_WORDS) continue;
        bool is_there = memmem(room, count, t->words.bytes, t->words.count) != NULL;
        assert(!is_there || folded_may_have(words, t->pair));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    text all = {(const char *)data, size};
    size_t end = size;
    written_error e;
    wanted *w;
    (void)text_find_byte(all, '\n', &end);
    text question = copy_of(text_slice(all, 0, end)), words = copy_of(text_slice(all, end, size));
    status s = wanted_read(question, &w, &e);
    free((char *)(uintptr_t)question.bytes); /* Nothing of it is kept. */
    if (s == STATUS_OK) {
        judge(w);
        glance(w, words);
    } else {
        assert(s != STATUS_BAD_FORMAT || e.message[0] != '\0');
        assert(e.position + e.count <= question.count || e.count == 0);
    }
    free((char *)(uintptr_t)words.bytes);
    wanted_free(w);
    return 0;
}
