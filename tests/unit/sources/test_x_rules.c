/* SPDX-License-Identifier: MIT */
/* Asking about the rules: what goes over the wire, and what each answer becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/sources/x_rules.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/fake_upstream.h"
#include "tests/support/fake_x.h"

static fake_x *stand_in;
static x_rules_options to;

static int setup(void **state) {
    static const fake_x_options o = {0};
    (void)state;
    stand_in = fake_x_start(&o);
    if (stand_in == NULL) return -1;
    to = (x_rules_options){.base_url = fake_x_url(stand_in), .token = TEXT("right-token")};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fake_x_stop(stand_in);
    return 0;
}

static void a_rule_is_added_and_listed(void **state) {
    (void)state;
    x_rules_answer a = {0};
    assert_int_equal(x_rules_ask(&to, "dry_run=true", TEXT("{\"add\":[{\"value\":\"a\"}]}"), &a),
                     STATUS_OK);
    assert_int_equal(a.code, 201);
    assert_int_equal(x_rules_ask(&to, "", TEXT(""), &a), STATUS_OK);
    assert_null(memmem(a.body.bytes, a.body.count, "\"value\":\"a\"", 11));
    assert_int_equal(x_rules_ask(&to, "", TEXT("{\"add\":[{\"value\":\"a\"}]}"), &a), STATUS_OK);
    assert_int_equal(x_rules_ask(&to, "", TEXT(""), &a), STATUS_OK);
    assert_non_null(memmem(a.body.bytes, a.body.count, "\"value\":\"a\"", 11));
    buffer_deinit(&a.body);
}

static void a_body_that_is_refused_comes_with_its_words(void **state) {
    (void)state;
    x_rules_answer a = {0};
    assert_int_equal(x_rules_ask(&to, "", TEXT("{}"), &a), STATUS_UPSTREAM);
    assert_int_equal(a.code, 400);
    assert_string_equal(a.detail, "HTTP 400: Invalid Request");
    buffer_deinit(&a.body);
}

static void a_wrong_token_is_not_authorized_and_not_told(void **state) {
    (void)state;
    x_rules_answer a = {0};
    x_rules_options with = to;
    with.token = TEXT("another");
    assert_int_equal(x_rules_ask(&with, "", TEXT(""), &a), STATUS_UNAUTHORIZED);
    assert_string_equal(a.detail, "HTTP 401: Unauthorized");
    with.token = TEXT("two words");
    assert_int_equal(x_rules_ask(&with, "", TEXT(""), &a), STATUS_BAD_ARGUMENT);
    with = (x_rules_options){.base_url = "http://api.example", .token = TEXT("t")};
    assert_int_equal(x_rules_ask(&with, "", TEXT(""), &a), STATUS_BAD_ARGUMENT);
    buffer_deinit(&a.body);
}

static void nobody_there_is_an_upstream_that_failed(void **state) {
    (void)state;
    x_rules_answer a = {0};
    fake_x *gone = fake_x_start(&(fake_x_options){0});
    char url[64];
    (void)snprintf(url, sizeof url, "%s", fake_x_url(gone));
    fake_x_stop(gone);
    const x_rules_options with = {.base_url = url, .token = TEXT("t")};
    assert_int_equal(x_rules_ask(&with, "", TEXT(""), &a), STATUS_UPSTREAM);
    assert_int_equal(a.code, 0);
    assert_true(a.detail[0] != '\0');
    buffer_deinit(&a.body);
}

/* Of a server whose thread allocates nothing: it has no rules, and says so. */
static status ask_once(void *context) {
    x_rules_answer a = {0};
    const x_rules_options with = {.base_url = fake_upstream_url(context),
                                  .token = TEXT(FAKE_TOKEN)};
    status s = x_rules_ask(&with, "", TEXT(""), &a);
    if (s == STATUS_UPSTREAM && a.code == 404 && a.body.count > 0) s = STATUS_OK;
    buffer_deinit(&a.body);
    return s;
}

static void asking_survives_every_failed_allocation(void **state) {
    (void)state;
    static const fake_step never = {FAKE_HOLD, 0, NULL};
    fake_upstream *u = fake_upstream_start(&never, 1);
    assert_non_null(u);
    assert_in_range(torture(ask_once, u, 100), 1, 100);
    fake_upstream_stop(u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_added_and_listed),
        cmocka_unit_test(a_body_that_is_refused_comes_with_its_words),
        cmocka_unit_test(a_wrong_token_is_not_authorized_and_not_told),
        cmocka_unit_test(nobody_there_is_an_upstream_that_failed),
        cmocka_unit_test(asking_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
