/* SPDX-License-Identifier: MIT */
/* Who looks after a server: the service manager's socket, the watchdog, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/process/notify.h"
#include "server/rest/health.h"

typedef struct {
    int socket;
    char path[64];
} manager;

static void manager_open(manager *m, const char *watchdog_us) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(m->path, sizeof m->path, "/tmp/dunlin-notify-%d", (int)getpid());
    (void)unlink(m->path);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", m->path);
    m->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(m->socket >= 0);
    assert_int_equal(bind(m->socket, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", m->path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", watchdog_us, 1), 0);
}

static void manager_close(manager *m) {
    (void)close(m->socket);
    (void)unlink(m->path);
}

static void expect(const manager *m, const char *message) {
    char in[256] = "";
    ssize_t count = recv(m->socket, in, sizeof in - 1, 0);
    in[count > 0 ? count : 0] = '\0';
    assert_string_equal(in, message);
}

static void a_manager_hears_each_word(void **state) {
    manager m;
    notify n;
    (void)state;
    manager_open(&m, "3000000");
    notify_open(&n);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    notify_ready(&n);
    expect(&m, "READY=1");
    notify_reloading(&n, 123);
    expect(&m, "RELOADING=1\nMONOTONIC_USEC=123");
    notify_status(&n, "a\nREADY=1");
    expect(&m, "STATUS=a READY=1");
    notify_status(&n, "a\nREADY=1");
    expect(&m, "");
    notify_stopping(&n);
    expect(&m, "STOPPING=1");
    notify_close(&n);
    notify_ready(&n);
    expect(&m, "");
    manager_close(&m);
}

static void the_watchdog_is_fed_three_times_in_its_time(void **state) {
    manager m;
    notify n;
    size_t fed = 0;
    char in[64];
    (void)state;
    manager_open(&m, "3000000");
    notify_open(&n);
    for (int64_t now_us = 5; now_us < 30000000; now_us += 200000) notify_alive(&n, now_us);
    while (recv(m.socket, in, sizeof in, 0) > 0) fed++;
    assert_true(fed >= 10 && fed <= 31);
    notify_close(&n);
    manager_close(&m);
}

static void another_process_has_another_watchdog(void **state) {
    manager m;
    notify n;
    (void)state;
    manager_open(&m, "3000000");
    assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
    notify_open(&n);
    assert_int_equal(n.watchdog_us, 0);
    notify_alive(&n, 5);
    expect(&m, "");
    notify_close(&n);
    manager_close(&m);
}

static void nobody_listens_is_no_failure(void **state) {
    static const char *const wrong[] = {"", "relative", "/nowhere/at/all", "@", "/"};
    notify n;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", wrong[i], 1), 0);
        notify_open(&n);
        assert_int_equal(n.socket, -1);
        notify_ready(&n);
        notify_close(&n);
    }
    notify_open(&n);
    assert_int_equal(n.socket, -1);
}

static void it_is_stuck_when_records_wait_for_30_s(void **state) {
    health h = {0};
    pipeline_progress p = {.epoch = 4, .queue_count = 3};
    (void)state;
    assert_false(health_is_stuck(&h, &p, 1000000));
    assert_false(health_is_stuck(&h, &p, 30000000));
    assert_true(health_is_stuck(&h, &p, 31000001));
    p.epoch = 5;
    assert_false(health_is_stuck(&h, &p, 32000000));
    assert_true(health_is_stuck(&h, &p, 63000000));
    p.is_restoring = true;
    assert_false(health_is_stuck(&h, &p, 64000000));
    p.is_restoring = false;
    assert_true(health_is_stuck(&h, &p, 95000000));
    p.is_memory_full = true;
    assert_false(health_is_stuck(&h, &p, 96000000));
    p.is_memory_full = false;
    p.queue_count = 0;
    assert_false(health_is_stuck(&h, &p, 200000000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manager_hears_each_word),
        cmocka_unit_test(the_watchdog_is_fed_three_times_in_its_time),
        cmocka_unit_test(another_process_has_another_watchdog),
        cmocka_unit_test(nobody_listens_is_no_failure),
        cmocka_unit_test(it_is_stuck_when_records_wait_for_30_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
