/* SPDX-License-Identifier: MIT */
/* The whole program on a live stream, against a stand-in of X's server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/fake_upstream.h"
#include "tests/support/http_client.h"

enum { GUARD_ROUNDS = 2000, ROUND_US = 10000, EXIT_UPSTREAM = 6 };

static char program_path[1024]; /* Of the same build as this test. */

typedef struct {
    pid_t pid;
    FILE *out, *err;
    uint16_t port;
} program;

static void start(program *p, const char *url, const char *token) {
    int out[2], err[2];
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(err), 0);
    p->pid = fork();
    if (p->pid == 0) {
        (void)dup2(out[1], 1);
        (void)dup2(err[1], 2);
        (void)setenv("X_BEARER_TOKEN", token, 1);
        (void)execl(program_path, "dunlin", "serve", "--source", "x", "--x-url", url, "--port", "0",
                    (char *)NULL);
        _exit(127);
    }
    (void)close(out[1]);
    (void)close(err[1]);
    p->out = fdopen(out[0], "r");
    p->err = fdopen(err[0], "r");
    char line[256] = "";
    const char *address = "http://127.0.0.1:";
    assert_non_null(fgets(line, sizeof line, p->out));
    assert_int_equal(strncmp(line, address, strlen(address)), 0);
    p->port = (uint16_t)strtoul(line + strlen(address), NULL, 10);
}

static int end(program *p) {
    int state = 0;
    assert_int_equal(waitpid(p->pid, &state, 0), p->pid);
    (void)fclose(p->out);
    (void)fclose(p->err);
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

/* Asks until the answer holds the words. */
static void wait_for_answer(const program *p, const char *target, const char *words) {
    for (int i = 0; i < GUARD_ROUNDS; i++) {
        http_result r = {0};
        http_get(p->port, target, "", &r);
        bool has = r.code == 200 && strstr(r.body.bytes, words) != NULL;
        http_result_deinit(&r);
        if (has) return;
        (void)usleep(ROUND_US);
    }
    fail_msg("%s never held %s", target, words);
}

#define USER(id, name)                                                                             \
    "{\"id\":\"" id "\",\"username\":\"" name "\",\"name\":\"" name "\",\"public_metrics\":"       \
    "{\"followers_count\":16,\"tweet_count\":16}}"

static const char original[] =
    "{\"data\":{\"id\":\"1001\",\"author_id\":\"1\",\"created_at\":\"2026-01-02T03:04:05.000Z\","
    "\"text\":\"they turn as one\"},\"includes\":{\"users\":[" USER("1", "ada") "]}}\r\n";
static const char retweet[] =
    "{\"data\":{\"id\":\"1002\",\"author_id\":\"2\",\"created_at\":\"2026-01-02T03:04:06.000Z\","
    "\"text\":\"RT\",\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":\"1001\"}]},"
    "\"includes\":{\"users\":[" USER("2", "bob") "]}}\r\n";

static void tweets_of_a_live_stream_are_answered_for_across_a_reconnect(void **state) {
    (void)state;
    const fake_step steps[] = {{FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, original},
                               {FAKE_SEND, 0, "\r\n"},   {FAKE_WAIT, 0, NULL},
                               {FAKE_CLOSE, 0, NULL},    {FAKE_ANSWER, 200, NULL},
                               {FAKE_DRIP, 0, retweet},  {FAKE_HOLD, 0, NULL}};
    fake_upstream *u = fake_upstream_start(steps, sizeof steps / sizeof steps[0]);
    assert_non_null(u);
    program p;
    start(&p, fake_upstream_url(u), FAKE_TOKEN);
    wait_for_answer(&p, "/api/v1/stats", "\"heard\":1,");
    fake_upstream_go(u);
    wait_for_answer(&p, "/api/v1/stats", "\"heard\":2,");
    wait_for_answer(&p, "/api/v1/stats", "\"connects\":2");
    wait_for_answer(&p, "/api/v1/authors/top", "\"username\":\"ada\"");
    wait_for_answer(&p, "/api/v1/tweets/1001", "\"retweets\":1,");
    assert_int_equal(kill(p.pid, SIGTERM), 0);
    assert_int_equal(end(&p), 0);
    for (int i = 0; i < GUARD_ROUNDS && fake_upstream_hangups(u) == 0; i++) (void)usleep(ROUND_US);
    assert_int_equal(fake_upstream_hangups(u), 1); /* Closed by us, and cleanly. */
    fake_upstream_stop(u);
}

static void a_refused_token_ends_the_program_with_words(void **state) {
    (void)state;
    const fake_step steps[] = {{FAKE_ANSWER, 200, NULL}, {FAKE_HOLD, 0, NULL}};
    fake_upstream *u = fake_upstream_start(steps, sizeof steps / sizeof steps[0]);
    assert_non_null(u);
    program p;
    char words[4096];
    start(&p, fake_upstream_url(u), "a-wrong-token");
    words[fread(words, 1, sizeof words - 1, p.err)] = '\0';
    assert_int_equal(end(&p), EXIT_UPSTREAM);
    assert_non_null(strstr(words, "HTTP 401: the bearer token is not accepted"));
    assert_null(strstr(words, "a-wrong-token"));
    assert_int_equal(fake_upstream_requests(u), 1);
    fake_upstream_stop(u);
}

int main(int count, char **arguments) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tweets_of_a_live_stream_are_answered_for_across_a_reconnect),
        cmocka_unit_test(a_refused_token_ends_the_program_with_words),
    };
    (void)count;
    const char *name = strstr(arguments[0], "tests/integration/");
    int folder = name == NULL ? 0 : (int)(name - arguments[0]);
    (void)snprintf(program_path, sizeof program_path, "%.*sdunlin", folder, arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
