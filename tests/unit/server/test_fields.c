/* SPDX-License-Identifier: MIT */
/* fields=: rows lose members, and nothing else of an answer changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "server/rest/fields.h"
#include "tests/support/fail_alloc.h"

static const char *const known[] = {"id", "author_id", "text", "received", NULL};

static const char whole[] =
    "{\"data\":[{\"id\":\"1\",\"author_id\":\"2\",\"text\":\"\\\"text\\\":<\",\"received\":"
    "{\"id\":3,\"text\":null}},{\"id\":\"4\"}],\"includes\":{\"users\":[]},\"meta\":{\"text\":1}";

static void keep(const char *list, buffer *answer) {
    field_set wanted;
    param_errors e = {0};
    assert_true(fields_read(text_of(list), known, &wanted, &e));
    fields_keep(answer, known, wanted);
}

static void expect(const char *list, const char *answer, const char *expected) {
    buffer b = {0};
    buffer_add(&b, text_of(answer));
    keep(list, &b);
    buffer_add_byte(&b, '\0');
    assert_string_equal(b.bytes, expected);
    buffer_deinit(&b);
}

static void rows_have_what_is_wanted_and_their_name(void **state) {
    (void)state;
    expect("text", whole,
           "{\"data\":[{\"id\":\"1\",\"text\":\"\\\"text\\\":<\"},{\"id\":\"4\"}],"
           "\"meta\":{\"text\":1}");
    expect(" received , id,", "{\"data\":{\"id\":\"1\",\"text\":\"\",\"received\":{\"id\":3}}",
           "{\"data\":{\"id\":\"1\",\"received\":{\"id\":3}}");
    expect("author_id,text,received", whole, whole); /* With what author_id leads to. */
    expect("id", "{\"data\":[]", "{\"data\":[]");
}

static void each_wrong_name_is_explained(void **state) {
    field_set wanted;
    param_errors e = {0};
    (void)state;
    assert_false(fields_read(TEXT("txt,id,what"), known, &wanted, &e));
    assert_int_equal(e.count, 2);
    assert_string_equal(e.errors[0].detail, "txt is unknown; did you mean text?");
    assert_string_equal(e.errors[1].detail, "what is unknown; rows begin with id");
    e.count = 0;
    assert_false(fields_read(TEXT(" ,,"), known, &wanted, &e));
    assert_string_equal(e.errors[0].detail, "names none");
}

static void lists_are_short_enough_for_a_set(void **state) {
    static const char *const paths[] = {"tweets/top", "tweets/{id}", "authors/{id}", "places/top"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const char *const *names = fields_of(paths[i]);
        size_t count = 0;
        assert_non_null(names);
        while (names[count] != NULL) count++;
        assert_in_range(count, 3, FIELDS_MAX);
    }
    assert_null(fields_of("map"));
}

static status keep_some(void *context) {
    buffer b = {0};
    (void)context;
    buffer_add(&b, text_of(whole));
    fields_keep(&b, known, 1);
    status s = b.failed ? STATUS_NO_MEMORY : STATUS_OK;
    buffer_deinit(&b);
    return s;
}

static void keeping_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(keep_some, NULL, 100), 2, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_what_is_wanted_and_their_name),
        cmocka_unit_test(each_wrong_name_is_explained),
        cmocka_unit_test(lists_are_short_enough_for_a_set),
        cmocka_unit_test(keeping_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
