/* SPDX-License-Identifier: MIT */
/* The live stream's TLS against openssl's own server: whom it trusts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/sources/x_stream.h"

typedef struct {
    char folder[64], certificate[96];
    pid_t pid;
    unsigned port;
} tls_server;

/* Starts `openssl s_server` on a free port; what it prints names the port. */
static bool start_server(tls_server *t, const char *key) {
    int out[2];
    char line[256];
    if (pipe(out) != 0) return false;
    t->pid = fork();
    if (t->pid == 0) {
        (void)dup2(open("/dev/null", O_RDONLY), 0);
        (void)dup2(out[1], 1);
        (void)execlp("openssl", "openssl", "s_server", "-www", "-accept", "127.0.0.1:0", "-cert",
                     t->certificate, "-key", key, (char *)NULL);
        _exit(127);
    }
    (void)close(out[1]);
    FILE *f = fdopen(out[0], "r");
    while (t->port == 0 && f != NULL && fgets(line, sizeof line, f) != NULL) {
        const char *colon = strrchr(line, ':');
        if (strncmp(line, "ACCEPT", 6) == 0 && colon != NULL)
            t->port = (unsigned)strtoul(colon + 1, NULL, 10);
    }
    if (f != NULL) (void)fclose(f);
    return t->port != 0;
}

static int setup(void **state) {
    static tls_server t;
    char key[96], command[512];
    t = (tls_server){.folder = "/tmp/dunlin-tls-XXXXXX"};
    if (mkdtemp(t.folder) == NULL) return -1;
    (void)snprintf(t.certificate, sizeof t.certificate, "%s/cert.pem", t.folder);
    (void)snprintf(key, sizeof key, "%s/key.pem", t.folder);
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 "
                   "-addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>/dev/null",
                   key, t.certificate);
    if (system(command) == 0 && start_server(&t, key)) *state = &t;
    return 0;
}

static int teardown(void **state) {
    tls_server *t = *state;
    char command[128];
    if (t == NULL) return 0;
    (void)kill(t->pid, SIGTERM);
    (void)waitpid(t->pid, NULL, 0);
    (void)snprintf(command, sizeof command, "rm -r %s", t->folder);
    return system(command);
}

static void *read_once(void *context) {
    tweet_source *source = context;
    source_chunk *c;
    while (source->next(source, &c) == STATUS_OK) source_chunk_free(c);
    return NULL;
}

/* Connects, and tells what the stream says of itself once it knows. */
static source_state state_after_connect(const tls_server *t, const char *host, const char *ca) {
    char url[64];
    (void)snprintf(url, sizeof url, "https://%s:%u", host, t->port);
    x_stream_options o = {.base_url = url, .token = TEXT("secret"), .ca_path = ca};
    tweet_source *source;
    source_state s = {.state = "connecting"};
    pthread_t thread;
    assert_int_equal(x_stream_open(&o, &source), STATUS_OK);
    assert_int_equal(pthread_create(&thread, NULL, read_once, source), 0);
    for (int i = 0; i < 10000 && strcmp(s.state, "connecting") == 0; i++) {
        (void)usleep(1000);
        source->state(source, &s);
        if (strcmp(s.state, "live") == 0 && s.bytes_read == 0) s.state = "connecting";
    }
    source->stop(source);
    (void)pthread_join(thread, NULL);
    source->close(source);
    return s;
}

static void a_certificate_that_nobody_vouches_for_is_refused(void **state) {
    if (*state == NULL) skip(); /* No openssl here. */
    source_state s = state_after_connect(*state, "127.0.0.1", NULL);
    assert_string_equal(s.state, "waiting");
    assert_non_null(strstr(s.detail, "certificate"));
    assert_int_equal(s.bytes_read, 0);
}

static void a_certificate_for_another_name_is_refused(void **state) {
    if (*state == NULL) skip();
    const tls_server *t = *state;
    source_state s = state_after_connect(t, "localhost", t->certificate);
    assert_string_equal(s.state, "waiting");
    assert_int_equal(s.bytes_read, 0);
}

static void a_certificate_that_is_trusted_and_fits_is_read(void **state) {
    if (*state == NULL) skip();
    const tls_server *t = *state;
    source_state s = state_after_connect(t, "127.0.0.1", t->certificate);
    assert_true(s.bytes_read > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_that_nobody_vouches_for_is_refused),
        cmocka_unit_test(a_certificate_for_another_name_is_refused),
        cmocka_unit_test(a_certificate_that_is_trusted_and_fits_is_read),
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, setup, teardown);
}
