/* SPDX-License-Identifier: MIT */
/* Archives of X: whose they are.  And tables and UTF-16, with every allocation failing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/sources/files.h"
#include "tests/support/fail_alloc.h"

static const char *const names[] = {"account.js", "profile.js", "tweets.js",
                                    "none",       "table.csv",  "wide.json"};
enum { NAMES = sizeof names / sizeof names[0] };

static const char account[] = "window.YTD.account.part0 = [\n  {\n    \"account\" : {\n"
                              "      \"email\" : \"secret@example.com\",\n"
                              "      \"username\" : \"ada\",\n      \"accountId\" : \"7\",\n"
                              "      \"accountDisplayName\" : \"Ada \\\"E\\\"\"\n    }\n  }\n]\n";
static const char profile[] =
    "window.YTD.profile.part0 = [ { \"profile\" : { \"description\" : {\n"
    "\"bio\" : \"says \\\"location\\\"\", \"location\" : \"K\\u00f6ln\" } } } ]";
static const char tweets[] = "window.YTD.tweets.part0 = [{\"tweet\":{\"id_str\":\"1\"}}]\n"
                             "window.YTD.tweets.part1 = [ {\"tweet\":{\"id_str\":\"2\"}},3]";
static const char table[] = "id,text\n1,\"a\nb\"\n2,c\n";
static const char wide[] = "\xFF\xFE{\0\"\0a\0\"\0:\0"
                           "1\0}\0\n\0";
#define OWNER                                                                                      \
    "\"account\":{\"accountId\":\"7\",\"username\":\"ada\",\"accountDisplayName\":\"Ada "          \
    "\\\"E\\\"\",\"location\":\"K\\u00f6ln\"},"

typedef struct {
    char folder[32], path[NAMES][64];
} fixture;

static void write_file(fixture *f, int which, const char *bytes, size_t count) {
    (void)snprintf(f->path[which], sizeof f->path[which], "%s/%s", f->folder, names[which]);
    FILE *file = fopen(f->path[which], "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    (void)fclose(file);
}

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/dunlin-owner-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    write_file(f, 0, account, sizeof account - 1);
    write_file(f, 1, profile, sizeof profile - 1);
    write_file(f, 2, tweets, sizeof tweets - 1);
    write_file(f, 4, table, sizeof table - 1);
    write_file(f, 5, wide, sizeof wide - 1);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    for (int i = 0; i < NAMES; i++) (void)unlink(f->path[i]);
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

/* All lines of a file; its status at the end. */
static status read_path(const char *path, buffer *out) {
    tweet_source *s;
    source_chunk *c;
    status result = source_files(&path, 1, NULL, &s);
    if (result != STATUS_OK) return result;
    while ((result = s->next(s, &c)) == STATUS_OK) {
        buffer_add(out, (text){c->bytes, c->count});
        source_chunk_free(c);
    }
    s->close(s);
    buffer_add_byte(out, '\0');
    return result == STATUS_END ? STATUS_OK : result;
}

static void posts_are_told_whose_they_are_and_nothing_else_of_the_account(void **state) {
    const fixture *f = *state;
    buffer out = {0};
    assert_int_equal(read_path(f->path[2], &out), STATUS_OK);
    assert_string_equal(out.bytes, "{" OWNER "\"tweet\":{\"id_str\":\"1\"}}\n{" OWNER
                                   "\"tweet\":{\"id_str\":\"2\"}}\n3\n");
    assert_null(strstr(out.bytes, "secret"));
    buffer_deinit(&out);
}

static void without_an_account_posts_stay_as_they_are(void **state) {
    fixture *f = *state;
    buffer out = {0};
    (void)unlink(f->path[0]);
    assert_int_equal(read_path(f->path[2], &out), STATUS_OK);
    assert_string_equal(out.bytes,
                        "{\"tweet\":{\"id_str\":\"1\"}}\n{\"tweet\":{\"id_str\":\"2\"}}\n3\n");
    write_file(f, 0, "window.YTD.account.part0 = [ {\"account\":{\"accountId\":\"7", 55);
    buffer_clear(&out);
    assert_int_equal(read_path(f->path[2], &out), STATUS_OK);
    assert_null(strstr(out.bytes, "account"));
    buffer_deinit(&out);
}

static status read_whole(void *context) {
    const char *path = context;
    buffer out = {0};
    status s = read_path(path, &out);
    bool is_archive = strstr(path, "tweets.js") != NULL;
    if (s == STATUS_OK && !out.failed) {
        assert_true(out.count > 7);
        if (is_archive) assert_non_null(strstr(out.bytes, "K\\u00f6ln"));
    }
    buffer_deinit(&out);
    return out.failed ? STATUS_NO_MEMORY : s;
}

static void each_kind_is_read_whole_or_said_not_to_be(void **state) {
    fixture *f = *state;
    for (int i = 2; i < NAMES; i++)
        if (i != 3) assert_true(torture(read_whole, f->path[i], 5000) > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(posts_are_told_whose_they_are_and_nothing_else_of_the_account),
        TEST(without_an_account_posts_stay_as_they_are),
        TEST(each_kind_is_read_whole_or_said_not_to_be),
    };
    log_set_level((log_level)-1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
