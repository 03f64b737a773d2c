/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/hash.h"
#include "pipeline/base/idmap.h"
#include "pipeline/base/times.h"
#include "pipeline/gen/gen.h"
#include "tests/support/fail_alloc.h"

typedef struct {
    char *bytes;
    size_t count;
} content;

#define HASH_DEMO 0xf9b4a2cd85fdb1d0
#define HASH_V1   0x7d913341633d626

static content generate(const gen_options *o, content *places) {
    content lines = {NULL, 0};
    FILE *out = open_memstream(&lines.bytes, &lines.count);
    FILE *table = places != NULL ? open_memstream(&places->bytes, &places->count) : NULL;
    assert_int_equal(gen_run(o, out, table), STATUS_OK);
    fclose(out);
    if (table != NULL) fclose(table);
    return lines;
}

static void the_same_options_give_the_same_bytes(void **state) {
    (void)state;
    for (int format = GEN_DEMO; format <= GEN_V1; format++) {
        gen_options o = {.seed = 7, .lines = 5000, .format = (gen_format)format};
        content first = generate(&o, NULL), second = generate(&o, NULL);
        assert_int_equal(first.count, second.count);
        assert_memory_equal(first.bytes, second.bytes, first.count);
        o.seed = 8;
        content other = generate(&o, NULL);
        assert_true(other.count != first.count ||
                    memcmp(other.bytes, first.bytes, other.count) != 0);
        free(first.bytes);
        free(second.bytes);
        free(other.bytes);
    }
}

/* Bytes that other machines and compilers must give, too.  Whoever changes what is
 * said changes the sums. */
static void the_bytes_are_those_of_every_machine(void **state) {
    (void)state;
    static const uint64_t expected[] = {HASH_DEMO, HASH_V1};
    bool equal = true;
    for (int format = GEN_DEMO; format <= GEN_V1; format++) {
        gen_options o = {.seed = 42, .lines = 3000, .format = (gen_format)format};
        content places = {NULL, 0}, lines = generate(&o, &places);
        uint64_t sum = 0;
        for (size_t i = 0; i < lines.count; i++)
            sum = hash_mix(sum ^ (unsigned char)lines.bytes[i]);
        for (size_t i = 0; i < places.count; i++)
            sum = hash_mix(sum ^ (unsigned char)places.bytes[i]);
        if (sum != expected[format])
            print_message("format %d: %#llx\n", format, (unsigned long long)sum);
        equal = equal && sum == expected[format];
        free(lines.bytes);
        free(places.bytes);
    }
    assert_true(equal);
}

/* ---- What is in the lines ---- */

enum { KINDS = 4 };
static const char *const kinds[KINDS] = {"original", "retweeted", "replied_to", "quoted"};

typedef struct {
    idmap *heard, *referenced, *deleted, *users;
    size_t of_kind[KINDS], lines, deletes, doubles, late_originals, late_deletes, to_oneself, moves;
    size_t embeds;
    int64_t last_ms;
    char *locations[1 << 16]; /* The last that a user said, by their number. */
} census;

static uint64_t id_in(const json_t *object, const char *key) {
    const char *digits = json_string_value(json_object_get(object, key));
    uint64_t id;
    assert_non_null(digits);
    assert_true(text_to_u64(text_of(digits), &id));
    return id;
}

static bool add(idmap *m, uint64_t id) { /* True when it is new. */
    uint32_t number, count = idmap_count(m);
    assert_true(idmap_add(m, id, &number));
    return idmap_count(m) > count;
}

static bool has(const idmap *m, uint64_t id) {
    uint32_t number;
    return idmap_find(m, id, &number);
}

static void count_delete(census *c, const json_t *notice) {
    c->deletes++;
    uint64_t id = id_in(json_object_get(notice, "status"), "id_str");
    if (!has(c->heard, id)) (void)add(c->deleted, id);
}

/* A move: another city, not the same one in other words. */
static void count_location(census *c, uint64_t user, const char *location) {
    uint32_t number;
    assert_true(idmap_add(c->users, user, &number));
    char **held = &c->locations[number % (1 << 16)];
    c->moves += *held != NULL && strcmp(*held, location) != 0;
    free(*held);
    *held = strdup(location);
}

static void count_tweet(census *c, uint64_t id, uint64_t author, int kind, uint64_t to,
                        int64_t at_ms) {
    c->of_kind[kind]++;
    if (!add(c->heard, id)) c->doubles++;
    if (kind == 0 && has(c->referenced, id)) c->late_originals++;
    if (has(c->deleted, id)) c->late_deletes++;
    if (to != 0) (void)add(c->referenced, to);
    if (at_ms > c->last_ms) c->last_ms = at_ms;
    (void)author;
}

static void count_demo_line(census *c, const json_t *line) {
    const json_t *tweet = json_object_get(line, "tweet"),
                 *includes = json_object_get(line, "includes");
    const json_t *reference = json_array_get(json_object_get(tweet, "referenced_tweets"), 0);
    const json_t *user = json_array_get(json_object_get(includes, "users"), 0);
    const json_t *embedded = json_array_get(json_object_get(includes, "tweets"), 0);
    uint64_t author = id_in(tweet, "author_id");
    int kind = 0;
    const char *type = json_string_value(json_object_get(reference, "type"));
    while (type != NULL && strcmp(type, kinds[kind]) != 0) assert_true(++kind < KINDS);
    uint64_t to = reference != NULL ? id_in(reference, "id") : 0;
    int64_t at_ms;
    assert_true(time_from_rfc3339(text_of(json_string_value(json_object_get(tweet, "created_at"))),
                                  &at_ms));
    assert_int_equal(id_in(user, "id"), author);
    const char *location = json_string_value(json_object_get(user, "location"));
    count_location(c, author, location != NULL ? location : "");
    if (embedded != NULL) {
        c->embeds++;
        assert_int_equal(id_in(embedded, "id"), to);
        c->to_oneself += id_in(embedded, "author_id") == author;
    }
    assert_true(json_string_length(json_object_get(tweet, "text")) > 0);
    count_tweet(c, id_in(tweet, "id"), author, kind, to, at_ms);
}

static void count_v1_line(census *c, const json_t *t) {
    const json_t *user = json_object_get(t, "user"),
                 *embedded = json_object_get(t, "retweeted_status");
    int kind = embedded != NULL ? 1 : 0;
    uint64_t to = embedded != NULL ? id_in(embedded, "id_str") : 0, author = id_in(user, "id_str");
    if (kind == 0 && json_is_string(json_object_get(t, "in_reply_to_status_id_str"))) {
        kind = 2;
        to = id_in(t, "in_reply_to_status_id_str");
        c->to_oneself += id_in(t, "in_reply_to_user_id_str") == author;
    } else if (kind == 0 && json_object_get(t, "quoted_status_id_str") != NULL) {
        kind = 3;
        to = id_in(t, "quoted_status_id_str");
        embedded = json_object_get(t, "quoted_status");
        if (embedded != NULL) assert_int_equal(id_in(embedded, "id_str"), to);
    }
    int64_t at_ms;
    assert_true(
        time_from_twitter(text_of(json_string_value(json_object_get(t, "created_at"))), &at_ms));
    assert_int_equal(at_ms / 1000, (int64_t)id_in(t, "timestamp_ms") / 1000);
    c->embeds += embedded != NULL;
    count_location(c, author, json_string_value(json_object_get(user, "location")));
    count_tweet(c, id_in(t, "id_str"), author, kind, to, at_ms);
}

static census *census_of(gen_format format, uint64_t line_count) {
    gen_options o = {.seed = 3, .lines = line_count, .format = format};
    content lines = generate(&o, NULL);
    census *c = calloc(1, sizeof *c);
    c->heard = idmap_new(1);
    c->referenced = idmap_new(1);
    c->deleted = idmap_new(1);
    c->users = idmap_new(1);
    for (const char *at = lines.bytes, *end; at < lines.bytes + lines.count; at = end + 1) {
        end = memchr(at, '\n', (size_t)(lines.bytes + lines.count - at));
        assert_non_null(end);
        json_t *line = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(line);
        const json_t *notice = json_object_get(line, "delete");
        c->lines++;
        if (notice != NULL) {
            count_delete(c, notice);
        } else if (format == GEN_DEMO) {
            count_demo_line(c, line);
        } else {
            count_v1_line(c, line);
        }
        json_decref(line);
    }
    free(lines.bytes);
    return c;
}

static void census_free(census *c) {
    idmap_free(c->heard);
    idmap_free(c->referenced);
    idmap_free(c->deleted);
    idmap_free(c->users);
    for (size_t i = 0; i < 1 << 16; i++) free(c->locations[i]);
    free(c);
}

static void a_conversation_has_everything_in_it(void **state) {
    (void)state;
    for (int format = GEN_DEMO; format <= GEN_V1; format++) {
        census *c = census_of((gen_format)format, 30000);
        assert_int_equal(c->lines, 30000);
        assert_in_range(c->of_kind[0], 2000, 5000);
        assert_in_range(c->of_kind[1], 13000, 20000);
        assert_in_range(c->of_kind[2], 5000, 9000);
        assert_in_range(c->of_kind[3], 2000, 5000);
        assert_in_range(c->deletes, 100, 600);
        assert_in_range(c->late_deletes, 10, 100); /* Before their tweet. */
        assert_in_range(c->doubles, 20, 400);
        assert_in_range(c->late_originals, 30, 300);
        assert_in_range(c->to_oneself, 50, 600);
        assert_in_range(c->moves, 10, 1000);
        assert_true(c->embeds > 15000);
        assert_true(c->last_ms > GEN_START_MS_DEFAULT + GEN_DURATION_MS_DEFAULT / 100 * 99);
        assert_true(c->last_ms <= GEN_START_MS_DEFAULT + GEN_DURATION_MS_DEFAULT);
        census_free(c);
    }
}

static void few_tweets_get_most_of_the_responses(void **state) {
    (void)state;
    gen_options o = {.seed = 5, .lines = 30000};
    content lines = generate(&o, NULL);
    idmap *tweets = idmap_new(1);
    static uint32_t responses[30000];
    memset(responses, 0, sizeof responses);
    size_t all = 0, of_the_great = 0;
    static const char mark[] = "\"referenced_tweets\":[";
    for (char *at = strstr(lines.bytes, mark); at != NULL; at = strstr(at + 1, mark)) {
        char *id = strstr(at, "\"id\":\"") + 6;
        uint32_t number;
        assert_true(idmap_add(tweets, strtoull(id, NULL, 10), &number));
        responses[number]++;
        all++;
    }
    for (size_t i = 0; i < idmap_count(tweets); i++)
        of_the_great += responses[i] >= 100 ? responses[i] : 0;
    assert_true(of_the_great > all / 5 && of_the_great < all * 4 / 5);
    idmap_free(tweets);
    free(lines.bytes);
}

static void times_that_cannot_be_are_refused(void **state) {
    (void)state;
    FILE *out = fopen("/dev/null", "w");
    assert_int_equal(gen_run(&(gen_options){.start_ms = 5, .lines = 1}, out, NULL),
                     STATUS_BAD_ARGUMENT);
    assert_int_equal(gen_run(&(gen_options){.duration_ms = -5, .lines = 1}, out, NULL),
                     STATUS_BAD_ARGUMENT);
    fclose(out);
}

static void a_full_disk_is_noticed(void **state) {
    (void)state;
    FILE *out = fopen("/dev/full", "w");
    if (out == NULL) skip();
    assert_int_equal(gen_run(&(gen_options){.lines = 5000}, out, NULL), STATUS_CANNOT_WRITE);
    fclose(out);
}

static status run_small(void *context) {
    return gen_run(&(gen_options){.seed = 1, .lines = 300}, context, context);
}

static void survives_every_failed_allocation(void **state) {
    (void)state;
    FILE *out = fopen("/dev/null", "w");
    assert_true(torture(run_small, out, 1000) >= 6);
    fclose(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_options_give_the_same_bytes),
        cmocka_unit_test(the_bytes_are_those_of_every_machine),
        cmocka_unit_test(a_conversation_has_everything_in_it),
        cmocka_unit_test(few_tweets_get_most_of_the_responses),
        cmocka_unit_test(times_that_cannot_be_are_refused),
        cmocka_unit_test(a_full_disk_is_noticed),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
