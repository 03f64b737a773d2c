/* SPDX-License-Identifier: MIT */
/* bench_decode -- microseconds of a core a line, bytes in memory to records; and
 * reading alone.  Medians of seven runs.  One line a figure: name, value, unit, aim.
 *
 * Made lines of both sizes that the aims name; recorded ones where they are at hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/decode/decode.h"
#include "pipeline/sources/files.h"
#include "tests/support/shared_data.h"

enum { RUNS = 7, CHUNK_BYTES = 256 * 1024, MADE_LINES = 20000 };

/* Of this thread on a core: what else the machine does is left out. */
static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say(const char *name, const char *figure, double value, const char *unit, double aim) {
    printf("%-24s %-28s %14.3f %-12s aim %g\n", name, figure, value, unit, aim);
    (void)fflush(stdout);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds for all the lines, once; counts the items. */
static double decode_once(decoder *d, record_batch *b, text t, uint64_t *items) {
    double begin = seconds();
    *items = 0;
    for (size_t at = 0; at < t.count;) {
        size_t end = at + CHUNK_BYTES < t.count ? at + CHUNK_BYTES : t.count;
        while (end < t.count && t.bytes[end - 1] != '\n') end++;
        source_chunk c = {.bytes = (char *)(uintptr_t)t.bytes + at, .count = end - at};
        record_batch_clear(b);
        if (decoder_run(d, &c, b) != STATUS_OK) exit(1);
        *items += b->item_count;
        at = end;
    }
    return seconds() - begin;
}

static void bench_lines(const char *name, text t, bool is_strict, double aim_us) {
    decoder *d = decoder_new();
    record_batch *b = record_batch_new();
    double runs[RUNS];
    uint64_t items = 1;
    if (d == NULL || b == NULL) exit(1);
    decoder_set_strict(d, is_strict);
    for (int i = 0; i < RUNS; i++) runs[i] = decode_once(d, b, t, &items);
    qsort(runs, RUNS, sizeof runs[0], by_value);
    double median = runs[RUNS / 2];
    say(name, is_strict ? "decode, jansson alone" : "decode", median * 1e6 / (double)items,
        "us/line", aim_us);
    if (!is_strict) say(name, "decode", (double)t.count / median / 1e6, "MB/s", 0);
    if (!is_strict) say(name, "size of a line", (double)t.count / (double)items, "B", 0);
    decoder_free(d);
    record_batch_free(b);
}

/* ---- Made lines ---- */

static void add_v1_user(buffer *b, int i) {
    buffer_add_format(
        b,
        "\"user\":{\"id\":%d,\"id_str\":\"%d\",\"name\":\"User \\u00e9 %d\",\"screen_name\":"
        "\"user%d\",\"location\":\"K\\u00f6ln, DE\",\"url\":null,\"description\":\"words "
        "about a person, and what they like; none of it my employer's\",\"protected\":"
        "false,\"followers_count\":%d,\"friends_count\":%d,\"listed_count\":3,\"created_at\":"
        "\"Tue Feb 05 10:00:00 +0000 2013\",\"favourites_count\":99,\"utc_offset\":3600,"
        "\"time_zone\":\"Berlin\",\"geo_enabled\":true,\"verified\":false,"
        "\"statuses_count\":%d,\"lang\":\"de\",\"contributors_enabled\":false,",
        1000 + i, 1000 + i, i, i, i % 9999, i % 77, i);
    for (int k = 0; k < 14; k++)
        buffer_add_format(
            b, "\"profile_field_%d_image_url\":\"http:\\/\\/pic.example.com\\/%d\\/%d_n.png\",", k,
            i, k);
    buffer_add(b, TEXT("\"following\":null}"));
}

static void add_v1_tweet(buffer *b, int i, int embedded) {
    buffer_add_format(
        b,
        "{\"created_at\":\"Wed Oct 10 20:19:24 +0000 2018\",\"id\":%llu,\"id_str\":\"%llu\","
        "\"text\":\"some words \\ud83d\\ude00 number %d and a link http:\\/\\/t.co\\/abc\","
        "\"source\":\"\\u003ca href=\\\"http:\\/\\/example.com\\\"\\u003eApp\\u003c\\/a\\u003e\","
        "\"truncated\":false,\"in_reply_to_status_id\":null,\"in_reply_to_status_id_str\":null,"
        "\"in_reply_to_user_id\":null,\"in_reply_to_user_id_str\":null,"
        "\"in_reply_to_screen_name\":null,",
        1050118621198921728ULL + (unsigned)i, 1050118621198921728ULL + (unsigned)i, i);
    add_v1_user(b, i);
    buffer_add(b, TEXT(",\"geo\":null,\"coordinates\":null,\"place\":null,\"contributors\":null,"));
    if (embedded > 0) {
        buffer_add(b, TEXT("\"retweeted_status\":"));
        add_v1_tweet(b, i + 1, embedded - 1);
        buffer_add_byte(b, ',');
    }
    buffer_add_format(
        b,
        "\"is_quote_status\":false,\"retweet_count\":%d,\"favorite_count\":0,\"entities\":{"
        "\"hashtags\":[{\"text\":\"one\",\"indices\":[1,5]}],\"urls\":[{\"url\":\"http:\\/\\/t.co"
        "\\/abc\",\"expanded_url\":\"http:\\/\\/example.com\\/a\",\"display_url\":\"example.com\","
        "\"indices\":[30,50]}],\"user_mentions\":[],\"symbols\":[]},\"favorited\":false,"
        "\"retweeted\":false,\"filter_level\":\"low\",\"lang\":\"en\",\"timestamp_ms\":"
        "\"1539202764555\"}",
        i % 50);
}

static void add_demo_line(buffer *b, int i) {
    buffer_add_format(
        b,
        "{\"tweet\": {\"id\": \"%d\", \"author_id\": \"%d\", \"created_at\": "
        "\"2022-11-05T10:00:00.000Z\", \"text\": \"RT @user%d: words about the matter of the "
        "day, and a link https://t.co/abcdefghij\", \"referenced_tweets\": [{\"type\": "
        "\"retweeted\", \"id\": \"%d\"}]}, \"includes\": {\"users\": [{\"id\": \"%d\", "
        "\"username\": \"user%d\", \"name\": \"User %d\", \"location\": \"Paris, France\", "
        "\"public_metrics\": {\"followers_count\": %d, \"following_count\": 12, \"tweet_count\": "
        "345, \"listed_count\": 1}}, {\"id\": \"%d\", \"username\": \"other%d\", \"name\": "
        "\"Other\", \"public_metrics\": {\"followers_count\": 5, \"following_count\": 1, "
        "\"tweet_count\": 2, \"listed_count\": 0}}], \"tweets\": [{\"id\": \"%d\", \"author_id\": "
        "\"%d\", \"created_at\": \"2022-11-05T09:00:00.000Z\", \"text\": \"words\"}]}}\n",
        i + 1000000, i + 1, i, i + 5000000, i + 1, i, i, i % 5000, i + 2, i, i + 5000000, i + 2);
}

static void bench_made(void) {
    buffer v1 = {0}, demo = {0};
    for (int i = 0; i < MADE_LINES; i++) {
        add_v1_tweet(&v1, i, i % 3 == 0);
        buffer_add_byte(&v1, '\n');
        add_demo_line(&demo, i);
    }
    if (!buffer_reserve(&v1, SOURCE_PADDING_BYTES) || !buffer_reserve(&demo, SOURCE_PADDING_BYTES))
        exit(1);
    bench_lines("v1.1, made", buffer_text(&v1), false, 5.5);
    bench_lines("v1.1, made", buffer_text(&v1), true, 0);
    bench_lines("demo's lines, made", buffer_text(&demo), false, 1.5);
    buffer_deinit(&v1);
    buffer_deinit(&demo);
}

/* ---- Recorded lines ---- */

/* All the bytes of a folder, and what reading them took. */
static double read_folder(const char *path, buffer *out) {
    tweet_source *s;
    source_chunk *c;
    source_state state;
    double begin = seconds();
    if (source_files(&path, 1, NULL, &s) != STATUS_OK) exit(1);
    while (s->next(s, &c) == STATUS_OK) {
        buffer_add(out, (text){c->bytes, c->count});
        source_chunk_free(c);
    }
    double took = seconds() - begin;
    s->state(s, &state);
    s->close(s);
    return took;
}

static void bench_folder(const char *name, const char *folder) {
    char path[SHARED_DATA_PATH_BYTES];
    buffer lines = {0};
    if (shared_data(folder, path) == NULL) return;
    double took = read_folder(path, &lines);
    if (!buffer_reserve(&lines, SOURCE_PADDING_BYTES)) exit(1);
    say(name, "reading bzip2, 1 core", (double)lines.count / took / 1e6, "MB/s", 0);
    bench_lines(name, buffer_text(&lines), false, 5.5);
    buffer_deinit(&lines);
}

int main(void) {
    log_set_level(LOG_WARNING);
    bench_made();
    bench_folder("v1.1 of 2011", "tweets/v1-stream-2011");
    bench_folder("v1.1 of 2013", "tweets/v1-stream-2013");
    bench_folder("v1.1 of 2016", "tweets/v1-stream-2016");
    return 0;
}
