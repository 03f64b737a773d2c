/* SPDX-License-Identifier: MIT */
/* An engine whose texts lie in the store's file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/backlog.h"
#include "pipeline/base/random.h"
#include "pipeline/engine.h"

enum { TWEETS = 6000, TEXT_BYTES = 400, HELD_MAX = 512 * 1024 };

/* Words that do not pack away. */
static text words_of(uint64_t i, char room[TEXT_BYTES]) {
    random_source chance = {i};
    for (size_t at = 0; at < TEXT_BYTES; at++) room[at] = (char)('0' + random_below(&chance, 60));
    return (text){room, TEXT_BYTES};
}

static void tell(engine *e) {
    char room[TEXT_BYTES];
    for (uint64_t i = 0; i < TWEETS; i++) {
        record r = {.kind = RECORD_TWEET, .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT};
        r.observed_ms = r.tweet.created_ms = 1500000000000;
        r.tweet.id = i + 1, r.tweet.author_id = 1;
        r.tweet.text = words_of(i, room);
        assert_int_equal(engine_apply(e, &r), STATUS_OK);
        if (i % 200 == 199) assert_int_equal(engine_commit(e), STATUS_OK);
    }
}

static void memory_holds_few_texts_and_readers_find_all(void **state) {
    (void)state;
    char folder[] = "/tmp/dunlin-texts-XXXXXX", path[64], command[64], room[TEXT_BYTES];
    buffer why = {0};
    sentiment_model *model;
    backlog *b;
    engine *e, *other;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/journal.db", folder);
    assert_int_equal(backlog_open(&(store_options){.path = path}, 0, &b, &why), STATUS_OK);
    assert_int_equal(sentiment_model_builtin(&model), STATUS_OK);
    engine_options o = {.model = model,
                        .cleaning = {2, 300000000, 1000000000, false},
                        .readers = true,
                        .texts_disk = backlog_texts(b),
                        .texts_held_max = HELD_MAX};
    assert_int_equal(engine_new(&o, &e, NULL), STATUS_OK);
    o.texts_disk = NULL;
    assert_int_equal(engine_new(&o, &other, NULL), STATUS_OK);
    tell(e);
    tell(other);
    assert_true(engine_bytes(e) + TWEETS * TEXT_BYTES / 2 < engine_bytes(other));
    const moment *m = engine_acquire(e);
    for (uint32_t i = 0; i < TWEETS; i++)
        assert_true(text_equal(texts_get(m->texts, moment_tweet(m, i)->text), words_of(i, room)));
    engine_release(m);
    engine_free(e);
    engine_free(other);
    sentiment_model_free(model);
    assert_true(backlog_close(b));
    buffer_deinit(&why);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_holds_few_texts_and_readers_find_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
