/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeline/anonymize.h"
#include "tests/support/fail_alloc.h"

static anonymizer *opened(const char *path) {
    anonymizer *a;
    assert_int_equal(anonymizer_open(path, &a), STATUS_OK);
    return a;
}

static record *add(record_batch *b, record_kind kind, uint32_t fields) {
    record *r = record_batch_add(b);
    assert_non_null(r);
    r->kind = kind;
    r->fields = fields;
    return r;
}

/* What the text becomes, each pseudonym as "<n>" in the order of their first standing. */
static const char *changed(const anonymizer *a, const char *words, bool is_links) {
    static char to[1024];
    static char seen[16][16];
    size_t seen_count = 0, used = 0;
    record_batch *b = record_batch_new();
    record *r = add(b, RECORD_TWEET, TWEET_TEXT | TWEET_LINKS);
    *(is_links ? &r->tweet.links : &r->tweet.text) = text_of(words);
    assert_int_equal(anonymizer_run(a, b), STATUS_OK);
    text t = is_links ? r->tweet.links : r->tweet.text;
    for (size_t at = 0; at < t.count;) {
        char word[16] = "";
        bool is_one = t.count - at >= 13 && t.bytes[at] == 'p';
        for (size_t i = 1; is_one && i < 13; i++)
            is_one = strchr("0123456789abcdef", t.bytes[at + i]) != NULL;
        if (!is_one) {
            to[used++] = t.bytes[at++];
            continue;
        }
        memcpy(word, t.bytes + at, 13);
        size_t n = 0;
        while (n < seen_count && strcmp(seen[n], word) != 0) n++;
        if (n == seen_count) memcpy(seen[seen_count++], word, sizeof word);
        used += (size_t)snprintf(to + used, sizeof to - used, "<%zu>", n);
        at += 13;
    }
    to[used] = '\0';
    record_batch_free(b);
    return to;
}

static void names_in_texts_become_pseudonyms(void **state) {
    static const char *const cases[][2] = {
        {"hello @Anna and @anna, not @bob", "hello @<0> and @<0>, not @<1>"},
        {"RT @some_one: so it is", "RT @<0>: so it is"},
        {"mail me@example.org", "mail me@example.org"},
        {"@", "@"},
        {"@ @@ @-", "@ @@ @-"},
        {"@@anna", "@@<0>"},
        {"", ""},
        {"\xEF\xBC\xA0"
         "anna wide",
         "\xEF\xBC\xA0<0> wide"},
        {"to @anna@social.example.", "to @<0>."},
        {"@anna@ ends", "@<0>@ ends"},
        {"\xC3\xA4@anna", "\xC3\xA4@<0>"},
        {"no name at all", "no name at all"},
    };
    anonymizer *a = opened(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(changed(a, cases[i][0], false), cases[i][1]);
    anonymizer_free(a);
}

static void names_in_links_become_pseudonyms(void **state) {
    static const char *const cases[][2] = {
        {"https://twitter.com/Anna/status/1\nhttps://x.com/anna",
         "https://twitter.com/<0>/status/1\nhttps://x.com/<0>"},
        {"http://www.twitter.com/i/web/status/1", "http://www.twitter.com/i/web/status/1"},
        {"https://social.example/@anna/123", "https://social.example/@<0>/123"},
        {"https://example.org/anna", "https://example.org/anna"},
        {"https://twitter.com", "https://twitter.com"},
        {"https://twitter.com/", "https://twitter.com/"},
        {"a\n\nmobile.twitter.com/anna\n", "a\n\nmobile.twitter.com/<0>\n"},
    };
    anonymizer *a = opened(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(changed(a, cases[i][0], true), cases[i][1]);
    anonymizer_free(a);
}

static void a_profile_has_one_pseudonym_the_same_as_in_texts(void **state) {
    anonymizer *a = opened(NULL), *other = opened(NULL);
    record_batch *b = record_batch_new();
    (void)state;
    record *u = add(b, RECORD_USER, USER_USERNAME | USER_NAME | USER_LOCATION);
    u->user = (user_record){.id = 5,
                            .username = TEXT("Anna"),
                            .name = TEXT("Anna Example"),
                            .location = TEXT("Berlin")};
    record *n = add(b, RECORD_USER, USER_NAME);
    n->user = (user_record){.id = 6, .name = TEXT("Anna Example")};
    record *t = add(b, RECORD_TWEET, TWEET_TEXT);
    t->tweet.text = TEXT("@anna");
    item *i = record_batch_add_item(b);
    i->outcome = ITEM_REJECTED;
    i->bytes = TEXT("{\"screen_name\":\"Anna\"");
    assert_int_equal(anonymizer_run(a, b), STATUS_OK);
    assert_int_equal(u->user.username.count, 13);
    assert_true(text_equal(u->user.username, u->user.name));
    assert_true(text_equal(u->user.location, TEXT("Berlin")));
    assert_true(text_equal(text_slice(t->tweet.text, 1, 99), u->user.username));
    assert_int_equal(n->user.name.count, 13);
    assert_false(text_equal(n->user.name, u->user.name));
    assert_int_equal(i->bytes.count, 0);
    text was = u->user.username;
    u->user.username = TEXT("Anna");
    assert_int_equal(anonymizer_run(other, b), STATUS_OK);
    assert_false(text_equal(was, u->user.username)); /* Another key, another name. */
    record_batch_free(b);
    anonymizer_free(a);
    anonymizer_free(other);
    anonymizer_free(NULL);
}

static void the_key_of_a_file_stays(void **state) {
    char folder[] = "/tmp/dunlin-names-XXXXXX", path[64], first[64];
    struct stat how;
    anonymizer *a;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/key", folder);
    for (int time = 0; time < 2; time++) {
        a = opened(path);
        record_batch *b = record_batch_new();
        record *u = add(b, RECORD_USER, USER_USERNAME);
        u->user.username = TEXT("anna");
        assert_int_equal(anonymizer_run(a, b), STATUS_OK);
        if (time == 0) memcpy(first, u->user.username.bytes, 13);
        assert_memory_equal(first, u->user.username.bytes, 13);
        record_batch_free(b);
        anonymizer_free(a);
    }
    assert_int_equal(stat(path, &how), 0);
    assert_int_equal(how.st_mode & 0777, 0600);
    assert_int_equal(truncate(path, 31), 0);
    assert_int_equal(anonymizer_open(path, &a), STATUS_BAD_FORMAT);
    assert_int_equal(truncate(path, 33), 0);
    assert_int_equal(anonymizer_open(path, &a), STATUS_BAD_FORMAT);
    assert_null(a);
    assert_int_equal(anonymizer_open("/nowhere/at/all", &a), STATUS_CANNOT_OPEN);
    (void)unlink(path);
    (void)rmdir(folder);
}

static status run_short_of_memory(void *context) {
    (void)context;
    anonymizer *a;
    status st = anonymizer_open(NULL, &a);
    if (st != STATUS_OK) return st;
    record_batch *b = record_batch_new();
    record *r = b == NULL ? NULL : record_batch_add(b);
    st = r == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (r != NULL) {
        r->kind = RECORD_TWEET;
        r->tweet.text = TEXT("@anna and @bob");
        r->tweet.links = TEXT("https://x.com/anna");
        st = anonymizer_run(a, b);
    }
    record_batch_free(b);
    anonymizer_free(a);
    return st;
}

static void every_failed_allocation_is_survived(void **state) {
    (void)state;
    assert_true(torture(run_short_of_memory, NULL, 100) > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_texts_become_pseudonyms),
        cmocka_unit_test(names_in_links_become_pseudonyms),
        cmocka_unit_test(a_profile_has_one_pseudonym_the_same_as_in_texts),
        cmocka_unit_test(the_key_of_a_file_stays),
        cmocka_unit_test(every_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests_name("anonymize", tests, NULL, NULL);
}
