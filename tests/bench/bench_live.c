/* SPDX-License-Identifier: MIT */
/* The live stream with many clients: 1.5 KB four times a second to each, for 8 s.
 * Clients live in a process of their own.  bench_live [CLIENTS] */
#include "pipeline/base/times.h"
#include "server/rest/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 10000, CHANGES = 32, CHANGE_MS = 250, PAD = 1440, LATENCY_MS_MAX = 5000 };

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_us(void) {
    return clock_real()->ticks_us(clock_real());
}

/* ---- The server: a topic whose frames say when they were made ---- */

struct moment {
    uint64_t epoch;
    int64_t made_us;
};

struct topic_state {
    struct moment m;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct moment present;

static const moment *acquire(void *context) {
    moment *m = malloc(sizeof *m);
    (void)context;
    if (m == NULL) fail("moment");
    (void)pthread_mutex_lock(&lock);
    *m = present;
    (void)pthread_mutex_unlock(&lock);
    return m;
}

static void release(void *context, const moment *m) {
    union {
        const moment *constant;
        void *mine;
    } u = {m};
    (void)context;
    free(u.mine);
}

static uint64_t epoch_of(const moment *m) {
    return m->epoch;
}

static int64_t newest_of(const moment *m) {
    (void)m;
    return INT64_MIN;
}

static void no_stats(void *context, const moment *m, json_writer *w) {
    (void)context, (void)m;
    json_begin_object(w);
    json_end_object(w);
}

static topic_state *make(const moment *m, query_window window) {
    topic_state *s = malloc(sizeof *s);
    (void)window;
    if (s != NULL) s->m = *m;
    return s;
}

static void write_full(const topic_state *now, json_writer *w) {
    char pad[PAD + 1];
    memset(pad, 'x', PAD);
    pad[PAD] = '\0';
    json_begin_object(w);
    json_field(w, "made", i64, now->m.made_us);
    json_field(w, "pad", string, pad);
    json_end_object(w);
}

static bool write_change(const topic_state *before, const topic_state *now, json_writer *w) {
    (void)before;
    write_full(now, w);
    return true;
}

static void free_state(topic_state *s) {
    free(s);
}

/* ---- The clients ---- */

static unsigned latencies[LATENCY_MS_MAX + 1];

static int dial(uint16_t port) {
    static const char request[] =
        "GET /api/v1/stream?topics=map HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    if (send(s, request, sizeof request - 1, MSG_NOSIGNAL) < 0) fail("send");
    return s;
}

static void read_one(int s) {
    char in[8192];
    ssize_t count = recv(s, in, sizeof in - 1, MSG_DONTWAIT);
    if (count == 0) fail("a client was cut off");
    if (count < 0) return;
    in[count] = '\0';
    for (const char *at = in; (at = strstr(at, "\"made\":")) != NULL; at++) {
        int64_t made_us = strtoll(at + 7, NULL, 10), ms = (now_us() - made_us) / 1000;
        if (made_us > 0) latencies[ms > LATENCY_MS_MAX ? LATENCY_MS_MAX : ms]++;
    }
}

static unsigned percentile(double share) {
    uint64_t all = 0, seen = 0;
    for (unsigned i = 0; i <= LATENCY_MS_MAX; i++) all += latencies[i];
    for (unsigned i = 0; i <= LATENCY_MS_MAX; i++)
        if ((double)(seen += latencies[i]) >= share * (double)all) return i;
    return LATENCY_MS_MAX;
}

static int be_clients(uint16_t port, unsigned clients, int ready) {
    struct epoll_event events[512];
    uint64_t heard = 0;
    int poll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < clients; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.fd = dial(port)};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, e.data.fd, &e) != 0) fail("epoll_ctl");
    }
    if (write(ready, "r", 1) != 1) fail("write");
    for (int64_t end = now_us() + (CHANGES * CHANGE_MS + 3000) * 1000; now_us() < end;) {
        int count = epoll_wait(poll, events, 512, 100);
        for (int i = 0; i < count; i++) read_one(events[i].data.fd);
    }
    for (unsigned i = 0; i <= LATENCY_MS_MAX; i++) heard += latencies[i];
    (void)printf("live: %u clients, 1.5 KB at 4 Hz: %.1f frames each, p50 %u ms, p99 %u ms\n",
                 clients, (double)heard / (double)clients, percentile(0.5), percentile(0.99));
    return 0;
}

/* ---- Both ---- */

static double resident_kb(void) {
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL || fscanf(f, "%*d %ld", &pages) != 1) fail("statm");
    (void)fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static double cpu_s(void) {
    struct rusage u;
    (void)getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void change(void) {
    (void)pthread_mutex_lock(&lock);
    present.epoch++;
    present.made_us = now_us();
    (void)pthread_mutex_unlock(&lock);
}

static void serve(unsigned clients, int port_out, int ready_in) {
    static const stream_topic topic = {"map", false, 1, make, write_full, write_change, free_state};
    const backend b = {.acquire = acquire,
                       .release = release,
                       .epoch = epoch_of,
                       .newest_ms = newest_of,
                       .write_stats = no_stats,
                       .topics = &topic,
                       .topic_count = 1};
    const char *why;
    char byte;
    server *s;
    const server_options o = {.backend = &b, .bind = "127.0.0.1", .clients_max = clients};
    if (server_open(&o, &s, &why) != STATUS_OK) fail(why);
    uint16_t port = server_port(s);
    double before_kb = resident_kb();
    if (write(port_out, &port, sizeof port) != sizeof port) fail("write");
    if (read(ready_in, &byte, 1) != 1) fail("the clients");
    double before_s = cpu_s();
    int64_t began_us = now_us();
    for (int i = 0; i < CHANGES; i++) {
        const struct timespec pause = {.tv_nsec = CHANGE_MS * 1000000L};
        change();
        (void)nanosleep(&pause, NULL);
    }
    (void)printf("live: %.1f KB resident a client, %.0f %% of a core\n",
                 (resident_kb() - before_kb) / clients,
                 100 * (cpu_s() - before_s) * 1e6 / (double)(now_us() - began_us));
    (void)fflush(stdout);
    (void)wait(NULL);
    server_close(s);
}

int main(int argc, char *argv[]) {
    unsigned clients = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : CLIENTS;
    struct rlimit limit;
    int port_pipe[2], ready_pipe[2];
    uint16_t port;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (clients + 300 > limit.rlim_cur) clients = (unsigned)limit.rlim_cur - 300;
    if (pipe(port_pipe) != 0 || pipe(ready_pipe) != 0) fail("pipe");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        if (read(port_pipe[0], &port, sizeof port) != sizeof port) return 1;
        return be_clients(port, clients, ready_pipe[1]);
    }
    serve(clients, port_pipe[1], ready_pipe[0]);
    return 0;
}
