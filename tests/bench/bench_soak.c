/* SPDX-License-Identifier: MIT */
/* The whole program on a live stream: a stand-in for X sends tweets at a steady rate, and
 * browsers' streams are open.  What is measured: from a tweet's last byte at the socket to
 * the event that counts it at a client, and how memory goes.
 * bench_soak [SECONDS [TWEETS_A_SECOND [CLIENTS [OPTION...]]]]; DUNLIN names the program. */
#include "pipeline/base/times.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LATENCY_MS_MAX = 60000,
    TICK_MS = 10,        /* Tweets are sent this often, as many as are due. */
    SENT_KEPT = 1 << 22, /* Of the last tweets the time of sending is known. */
    USERS = 200000,
    RECENT = 5000, /* Retweets are of one of the last so many. */
    LINE_BYTES_MAX = 2048,
    REPORT_S = 30,
    ARGUMENTS_MAX = 32,
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_us(void) {
    return clock_real()->ticks_us(clock_real());
}

/* ---- The stand-in's side ---- */

static _Atomic int64_t *sent_us; /* By number of the tweet, modulo SENT_KEPT. */
static _Atomic uint64_t sent;
static _Atomic bool is_over;
static double rate;

static uint64_t draw(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const char *const words[] = {"good",  "bad",   "love",  "rain", "train", "late",
                                    "happy", "awful", "nice",  "day",  "city",  "news",
                                    "again", "never", "great", "sad"};
static const char *const cities[] = {"Berlin",          "London, UK", "New York", "Tokyo",
                                     "S\\u00e3o Paulo", "Lagos",      "Paris",    "somewhere",
                                     "Jakarta",         "Madrid"};

static int add_user(char *to, size_t room, uint64_t user) {
    return snprintf(
        to, room,
        "{\"id\":\"%llu\",\"username\":\"u%llu\",\"name\":\"User %llu\",\"location\":\"%s\","
        "\"public_metrics\":{\"followers_count\":%llu,\"tweet_count\":%llu}}",
        (unsigned long long)user + 1000, (unsigned long long)user, (unsigned long long)user,
        cities[user % 10], (unsigned long long)(user * 7919 % 100000),
        (unsigned long long)(user % 5000 + 1));
}

static int add_tweet(char *to, size_t room, uint64_t number, uint64_t user, const char *time,
                     uint64_t of) {
    uint64_t r = number * 0x9E3779B97F4A7C15ULL;
    int at =
        snprintf(to, room,
                 "{\"id\":\"%llu\",\"author_id\":\"%llu\",\"created_at\":\"%s\",\"lang\":\"en\","
                 "\"text\":\"%s %s %s #%s %s tweet %llu\"",
                 (unsigned long long)number + 1000000, (unsigned long long)user + 1000, time,
                 words[r % 16], words[r / 16 % 16], words[r / 256 % 16], words[r / 4096 % 16],
                 words[r / 65536 % 16], (unsigned long long)number);
    if (of != 0)
        at += snprintf(to + at, room - (size_t)at,
                       ",\"referenced_tweets\":[{\"type\":\"%s\",\"id\":\"%llu\"}]",
                       r % 5 == 0 ? "replied_to" : "retweeted", (unsigned long long)of + 1000000);
    return at + snprintf(to + at, room - (size_t)at, "}");
}

/* Half of the tweets answer a recent one. */
static size_t make_line(char *to, uint64_t number, uint64_t *state) {
    char time[40];
    struct timespec now;
    struct tm tm;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &tm);
    size_t t = strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(time + t, sizeof time - t, ".%03dZ", (int)(now.tv_nsec / 1000000));
    uint64_t r = draw(state), back = 1 + r % RECENT * (r >> 32 & 0xFF) / 255;
    uint64_t of = (r >> 40 & 1) != 0 && number > back ? number - back : 0, user = r % USERS;
    int at = snprintf(to, LINE_BYTES_MAX, "{\"data\":");
    at += add_tweet(to + at, LINE_BYTES_MAX - (size_t)at, number, user, time, of);
    at += snprintf(to + at, LINE_BYTES_MAX - (size_t)at, ",\"includes\":{\"users\":[");
    at += add_user(to + at, LINE_BYTES_MAX - (size_t)at, user);
    at += snprintf(to + at, LINE_BYTES_MAX - (size_t)at, "]}}\r\n");
    return (size_t)at;
}

static void send_all(int s, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = send(s, bytes, count, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            atomic_store(&is_over, true);
            return;
        }
        bytes += done;
        count -= (size_t)done;
    }
}

static void send_tweets(int s) {
    size_t room = (size_t)(rate * TICK_MS / 1000 * 4 + 64) * LINE_BYTES_MAX;
    char *block = malloc(room + 64);
    uint64_t state = 0x2545F4914F6CDD1DULL;
    int64_t began_us = now_us();
    if (block == NULL) fail("memory");
    while (!atomic_load(&is_over)) {
        uint64_t due = (uint64_t)((double)(now_us() - began_us) / 1e6 * rate),
                 first = atomic_load(&sent);
        uint64_t last = first;
        size_t count = 16; /* Room for the chunk's size. */
        for (; last < due && count + LINE_BYTES_MAX < room; last++)
            count += make_line(block + count, last, &state);
        if (last > first) {
            char head[17];
            int head_count = snprintf(head, sizeof head, "%zx\r\n", count - 16);
            memcpy(block + 16 - head_count, head, (size_t)head_count);
            memcpy(block + count, "\r\n", 2);
            int64_t at_us = now_us();
            for (uint64_t i = first; i < last; i++) atomic_store(&sent_us[i % SENT_KEPT], at_us);
            atomic_store(&sent, last);
            send_all(s, block + 16 - head_count, count - 16 + (size_t)head_count + 2);
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
    }
    free(block);
}

static void *be_upstream(void *context) {
    int listener = *(int *)context;
    char request[8192];
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n";
    int s = accept(listener, NULL, NULL);
    if (s < 0) fail("accept");
    if (recv(s, request, sizeof request, 0) <= 0) fail("the request");
    send_all(s, answer, sizeof answer - 1);
    send_tweets(s);
    (void)close(s);
    return NULL;
}

static int listen_somewhere(uint16_t *port) {
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t size = sizeof a;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || bind(s, (struct sockaddr *)&a, size) != 0 || listen(s, 8) != 0 ||
        getsockname(s, (struct sockaddr *)&a, &size) != 0)
        fail("listen");
    *port = ntohs(a.sin_port);
    return s;
}

/* ---- The program ---- */

static pid_t start(uint16_t upstream, int option_count, char **options, uint16_t *port) {
    char url[64], line[128] = "";
    const char *program = getenv("DUNLIN");
    char *arguments[ARGUMENTS_MAX] = {
        "dunlin", "serve",  "--source", "x",       "--x-url",
        url,      "--port", "0",        "--quiet", "--clients-per-address",
        "0"};
    int out[2];
    int count = 11;
    for (int i = 0; i < option_count && count < ARGUMENTS_MAX - 1; i++)
        arguments[count++] = options[i];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", upstream);
    if (pipe(out) != 0) fail("pipe");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        (void)dup2(out[1], STDOUT_FILENO);
        (void)setenv("X_BEARER_TOKEN", "a-token", 1);
        (void)execv(program != NULL ? program : "build/release/dunlin", arguments);
        fail("exec");
    }
    (void)close(out[1]);
    FILE *f = fdopen(out[0], "r");
    if (f == NULL || fgets(line, sizeof line, f) == NULL) fail("dunlin did not start");
    const char *at = strrchr(line, ':');
    *port = at == NULL ? 0 : (uint16_t)strtoul(at + 1, NULL, 10);
    if (*port == 0) fail("no port");
    return child;
}

static double resident_mb(pid_t p) {
    char path[64];
    long pages = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)p);
    FILE *f = fopen(path, "re");
    if (f == NULL) return 0;
    if (fscanf(f, "%*d %ld", &pages) != 1) pages = 0;
    (void)fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

/* ---- The browsers ---- */

/* What of an event counts the tweets: those heard, of the epoch that is shown; with --keep,
 * where old ones go, the lines that were read, which may be told some ms before. */
static const char *key = "\"heard\":";

typedef struct {
    int socket;
    uint64_t heard; /* As the last event said. */
    char tail[64];  /* Of what came, should a number be cut. */
    size_t tail_count;
} browser;

static uint64_t latencies[LATENCY_MS_MAX + 1], measured;

static int dial(uint16_t port) {
    static const char request[] =
        "GET /api/v1/stream?topics=stats,map,board HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof a) != 0) fail("connect");
    if (send(s, request, sizeof request - 1, MSG_NOSIGNAL) < 0) fail("send");
    return s;
}

static void note(browser *b, uint64_t heard, bool counts) {
    int64_t at_us = now_us();
    uint64_t from = b->heard;
    b->heard = heard;
    if (!counts || from == 0 || heard <= from || heard > atomic_load(&sent)) return;
    for (uint64_t i = from; i < heard; i += 1 + (heard - from) / 16) {
        int64_t ms = (at_us - atomic_load(&sent_us[i % SENT_KEPT])) / 1000;
        latencies[ms < 0 ? 0 : ms > LATENCY_MS_MAX ? LATENCY_MS_MAX : ms]++;
        measured++;
    }
}

static bool read_one(browser *b, bool counts) {
    static char in[65536 + 64 + 1];
    memcpy(in, b->tail, b->tail_count);
    ssize_t count = recv(b->socket, in + b->tail_count, 65536, MSG_DONTWAIT);
    if (count == 0) return false; /* Connections are made anew after some minutes. */
    if (count < 0) return true;
    size_t all = b->tail_count + (size_t)count;
    in[all] = '\0';
    for (const char *at = in;
         (at = memmem(at, all - (size_t)(at - in), key, strlen(key))) != NULL;) {
        char *end;
        uint64_t heard = strtoull(at + strlen(key), &end, 10);
        if (end == in + all) break; /* Perhaps cut: with what comes next. */
        note(b, heard, counts);
        at = end;
    }
    b->tail_count = all < sizeof b->tail - 1 ? all : sizeof b->tail - 1;
    memcpy(b->tail, in + all - b->tail_count, b->tail_count);
    return true;
}

static void join(int poll, browser *b, uint16_t port) {
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = b};
    *b = (browser){.socket = dial(port)};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, b->socket, &e) != 0) fail("epoll_ctl");
}

static void read_or_join(int poll, browser *b, uint16_t port, bool counts) {
    if (read_one(b, counts)) return;
    (void)close(b->socket);
    join(poll, b, port);
}

static unsigned percentile(double share) {
    uint64_t seen = 0;
    for (unsigned i = 0; i <= LATENCY_MS_MAX; i++)
        if ((double)(seen += latencies[i]) >= share * (double)measured) return i;
    return LATENCY_MS_MAX;
}

static void watch(pid_t program, uint16_t port, unsigned clients, double seconds) {
    struct epoll_event events[256];
    int poll = epoll_create1(EPOLL_CLOEXEC);
    browser *browsers = calloc(clients, sizeof *browsers);
    if (browsers == NULL) fail("memory");
    for (unsigned i = 0; i < clients; i++) join(poll, &browsers[i], port);
    int64_t began_us = now_us(), next_us = began_us + REPORT_S * INT64_C(1000000);
    int64_t end_us = began_us + (int64_t)(seconds * 1e6),
            warm_us = began_us + (int64_t)(seconds * 1e5);
    while (now_us() < end_us && !atomic_load(&is_over)) {
        int count = epoll_wait(poll, events, 256, 100);
        for (int i = 0; i < count; i++)
            read_or_join(poll, events[i].data.ptr, port, now_us() > warm_us);
        if (now_us() < next_us) continue;
        (void)printf(
            "soak: %4.0f s: %llu sent, %llu heard, %.0f MB resident, p50 %u ms, p99 %u ms\n",
            (double)(now_us() - began_us) / 1e6, (unsigned long long)atomic_load(&sent),
            (unsigned long long)browsers[0].heard, resident_mb(program), percentile(0.5),
            percentile(0.99));
        (void)fflush(stdout);
        next_us += REPORT_S * INT64_C(1000000);
    }
    (void)printf(
        "soak: %.0f tweets/s sent for %.0f s, %u clients: p50 %u ms, p99 %u ms, greatest %u ms; "
        "%.0f MB resident at the end, %llu of %llu shown\n",
        (double)atomic_load(&sent) * 1e6 / (double)(now_us() - began_us), seconds, clients,
        percentile(0.5), percentile(0.99), percentile(1), resident_mb(program),
        (unsigned long long)browsers[0].heard, (unsigned long long)atomic_load(&sent));
    free(browsers);
}

int main(int argc, char *argv[]) {
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 20;
    unsigned clients = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 100;
    uint16_t upstream, port;
    pthread_t thread;
    int code = 0;
    rate = argc > 2 ? strtod(argv[2], NULL) : 10000;
    sent_us = calloc(SENT_KEPT, sizeof *sent_us);
    if (sent_us == NULL) fail("memory");
    for (int i = 4; i < argc; i++)
        if (strcmp(argv[i], "--keep") == 0) key = "\"items\":";
    int listener = listen_somewhere(&upstream);
    if (pthread_create(&thread, NULL, be_upstream, &listener) != 0) fail("thread");
    pid_t program = start(upstream, argc > 4 ? argc - 4 : 0, argv + 4, &port);
    watch(program, port, clients, seconds);
    atomic_store(&is_over, true);
    int64_t ended_us = now_us();
    (void)kill(program, SIGTERM);
    (void)waitpid(program, &code, 0);
    (void)pthread_join(thread, NULL);
    (void)printf("soak: ended with %d, %lld ms after SIGTERM\n", WEXITSTATUS(code),
                 (long long)(now_us() - ended_us) / 1000);
    return WIFEXITED(code) && WEXITSTATUS(code) == 0 ? 0 : 1;
}
