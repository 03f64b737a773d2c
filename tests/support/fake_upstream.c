/* SPDX-License-Identifier: MIT */
#include "tests/support/fake_upstream.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_BYTES = 8192, GUARD_MS = 20000 };

struct fake_upstream {
    const fake_step *steps;
    bool is_mastodon;
    size_t count, at; /* `at` is the thread's. */
    int listener, stop_pipe[2], go_pipe[2];
    char url[64];
    pthread_t thread;
    pthread_mutex_t lock; /* Guards: */
    uint32_t requests, hangups, steps_done;
    char request[REQUEST_BYTES];
};

static void send_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) return; /* The client has gone: what it missed is the test's matter. */
        bytes += sent;
        count -= (size_t)sent;
    }
}

static void send_text(int fd, const char *words) {
    send_all(fd, words, strlen(words));
}

static void send_chunk(int fd, const char *bytes, size_t count) {
    char head[32];
    (void)snprintf(head, sizeof head, "%zx\r\n", count);
    send_text(fd, head);
    send_all(fd, bytes, count);
    send_text(fd, "\r\n");
}

/* A stored block of a gzip file that goes on: nothing is made smaller. */
static void send_gzip(int fd, const char *words, bool is_first) {
    static const char head[10] = {0x1F, (char)0x8B, 8, 0, 0, 0, 0, 0, 0, 3};
    char block[5 + 65535];
    size_t count = strlen(words), at = 0;
    if (is_first) send_chunk(fd, head, sizeof head);
    block[at++] = 0;
    for (size_t i = 0; i < 4; i++) {
        size_t value = i < 2 ? count : ~count;
        block[at++] = (char)(value >> (8 * (i % 2)));
    }
    memcpy(block + at, words, count);
    send_chunk(fd, block, at + count);
}

static void drip(int fd, const char *words) {
    for (; *words != '\0'; words++) send_chunk(fd, words, 1);
}

static void flood(int fd, int count) {
    char letters[4096];
    memset(letters, 'x', sizeof letters);
    for (int left = count; left > 0; left -= (int)sizeof letters)
        send_chunk(fd, letters, left < (int)sizeof letters ? (size_t)left : sizeof letters);
}

static void begin_answer(const fake_upstream *u, int fd, int code, const char *headers) {
    char head[256];
    bool is_typed = headers != NULL && strstr(headers, "Content-Type:") != NULL;
    (void)snprintf(head, sizeof head, "HTTP/1.1 %d Words\r\n%s%s", code,
                   is_typed                        ? ""
                   : u->is_mastodon && code == 200 ? "Content-Type: text/event-stream\r\n"
                                                   : "Content-Type: application/json\r\n",
                   code == 200 ? "Transfer-Encoding: chunked\r\n" : "Connection: close\r\n");
    send_text(fd, head);
    send_text(fd, headers == NULL ? "" : headers);
}

static void answer(const fake_upstream *u, int fd, int code, const char *headers) {
    begin_answer(u, fd, code, headers);
    send_text(fd, "\r\n");
}

/* False when the stop pipe spoke, or nothing happened for a long time. */
static bool wait_readable(fake_upstream *u, int fd, int wait_ms) {
    struct pollfd polled[] = {{.fd = fd, .events = POLLIN},
                              {.fd = u->stop_pipe[0], .events = POLLIN}};
    return poll(polled, 2, wait_ms) > 0 && polled[1].revents == 0;
}

static bool read_request(fake_upstream *u, int fd, char request[REQUEST_BYTES]) {
    size_t count = 0;
    while (count < REQUEST_BYTES - 1 && wait_readable(u, fd, GUARD_MS)) {
        ssize_t got = recv(fd, request + count, REQUEST_BYTES - 1 - count, 0);
        if (got <= 0) return false;
        count += (size_t)got;
        request[count] = '\0';
        if (strstr(request, "\r\n\r\n") == NULL) continue;
        (void)pthread_mutex_lock(&u->lock);
        memcpy(u->request, request, count + 1);
        u->requests++;
        (void)pthread_mutex_unlock(&u->lock);
        return true;
    }
    return false;
}

static bool is_stream(const char *request, bool *has_posts) {
    static const char *const posts[] = {"tweets/search", "tweets/sample", "tweets/sample10",
                                        "tweets/firehose"};
    static const char *const events[] = {"tweets/compliance", "users/compliance"};
    char path[64];
    for (size_t i = 0; i < 6; i++) {
        *has_posts = i < 4;
        (void)snprintf(path, sizeof path, "GET /2/%s/stream?", i < 4 ? posts[i] : events[i - 4]);
        if (strncmp(request, path, strlen(path)) == 0) return true;
    }
    return false;
}

/* The status that the vendor would give to this request. */
static int judge(const char *request) {
    static const char *const needed[] = {
        "tweet.fields=",        "created_at",           "public_metrics", "referenced_tweets",
        "expansions=author_id", "user.fields=location", "place.fields="};
    if (strstr(request, "\r\nAuthorization: Bearer " FAKE_TOKEN "\r\n") == NULL) return 401;
    bool has_posts = false;
    if (!is_stream(request, &has_posts)) return 404;
    if (!has_posts) return strstr(request, "partition=") != NULL ? 200 : 400;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (strstr(request, needed[i]) == NULL) return 400;
    return 200;
}

/* The status that a Mastodon server would give to this request. */
static int judge_mastodon(const char *request) {
    static const char *const known[] = {
        "GET /api/v1/streaming/public HTTP", "GET /api/v1/streaming/public/local HTTP",
        "GET /api/v1/streaming/public/remote HTTP",
        "GET /api/v1/streaming/hashtag?tag=", "GET /api/v1/streaming/list?list="};
    if (strstr(request, "\r\nAuthorization: Bearer " FAKE_TOKEN "\r\n") == NULL) return 401;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(request, known[i], strlen(known[i])) == 0) return 200;
    return strncmp(request, "GET /api/v1/streaming/hashtag", 29) == 0 ? 422 : 404;
}

static void refuse(const fake_upstream *u, int fd, int code) {
    answer(u, fd, code, NULL);
    if (u->is_mastodon) {
        send_text(fd, code == 401 ? "{\"error\":\"The access token is invalid\"}"
                                  : "{\"error\":\"Not found\"}");
        return;
    }
    send_text(fd, code == 401 ? "{\"title\":\"Unauthorized\",\"type\":\"about:blank\","
                                "\"status\":401,\"detail\":\"Unauthorized\"}"
                              : "{\"title\":\"Invalid Request\",\"type\":\"about:blank\"}");
}

static void wait_for_go(fake_upstream *u) {
    char byte;
    if (wait_readable(u, u->go_pipe[0], GUARD_MS)) (void)!read(u->go_pipe[0], &byte, 1);
}

static void count_one(fake_upstream *u, uint32_t *counter) {
    (void)pthread_mutex_lock(&u->lock);
    ++*counter;
    (void)pthread_mutex_unlock(&u->lock);
}

static uint32_t counted(fake_upstream *u, const uint32_t *counter) {
    (void)pthread_mutex_lock(&u->lock);
    uint32_t value = *counter;
    (void)pthread_mutex_unlock(&u->lock);
    return value;
}

static void hold(fake_upstream *u, int fd) {
    char byte;
    if (!wait_readable(u, fd, GUARD_MS)) return;
    if (recv(fd, &byte, 1, 0) > 0) return;
    count_one(u, &u->hangups);
}

/* Does one step; false when it was the connection's last. */
static bool act(fake_upstream *u, int fd, const fake_step *s) {
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    switch (s->act) {
    case FAKE_HEAD: begin_answer(u, fd, s->number, s->words); return true;
    case FAKE_ANSWER: answer(u, fd, s->number, s->words); return true;
    case FAKE_SEND: send_chunk(fd, s->words, strlen(s->words)); return true;
    case FAKE_GZIP: send_gzip(fd, s->words, s[-1].act == FAKE_ANSWER); return true;
    case FAKE_DRIP: drip(fd, s->words); return true;
    case FAKE_BODY: send_text(fd, s->words); return true;
    case FAKE_FLOOD: flood(fd, s->number); return true;
    case FAKE_WAIT: wait_for_go(u); return true;
    case FAKE_HOLD:
    case FAKE_MUTE: hold(u, fd); return false;
    case FAKE_END: send_text(fd, "0\r\n\r\n"); return false;
    case FAKE_CLOSE: return false;
    case FAKE_RESET:
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
    }
    return false;
}

static void serve(fake_upstream *u, int fd) {
    char request[REQUEST_BYTES];
    static const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (u->at >= u->count || !read_request(u, fd, request)) return;
    int code = u->is_mastodon ? judge_mastodon(request) : judge(request);
    if (code != 200) {
        refuse(u, fd, code);
        return;
    }
    for (bool goes_on = true; goes_on && u->at < u->count; u->at++) {
        goes_on = act(u, fd, &u->steps[u->at]);
        count_one(u, &u->steps_done);
    }
}

static void *run(void *context) {
    fake_upstream *u = context;
    while (wait_readable(u, u->listener, -1)) {
        int fd = accept(u->listener, NULL, NULL);
        if (fd < 0) break;
        serve(u, fd);
        (void)close(fd);
    }
    return NULL;
}

static bool listen_on_loopback(fake_upstream *u) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t bytes = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    u->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (u->listener < 0 || bind(u->listener, (struct sockaddr *)&address, bytes) != 0 ||
        listen(u->listener, 8) != 0 ||
        getsockname(u->listener, (struct sockaddr *)&address, &bytes) != 0)
        return false;
    (void)snprintf(u->url, sizeof u->url, "http://127.0.0.1:%u", ntohs(address.sin_port));
    return true;
}

static fake_upstream *start(const fake_step *steps, size_t count, bool is_mastodon) {
    fake_upstream *u = calloc(1, sizeof(*u));
    if (u == NULL) return NULL;
    u->is_mastodon = is_mastodon;
    u->steps = steps;
    u->count = count;
    (void)pthread_mutex_init(&u->lock, NULL);
    if (pipe(u->stop_pipe) != 0 || pipe(u->go_pipe) != 0 || !listen_on_loopback(u) ||
        pthread_create(&u->thread, NULL, run, u) != 0) {
        free(u); /* A test that cannot listen ends here: its descriptors end with it. */
        return NULL;
    }
    return u;
}

fake_upstream *fake_upstream_start(const fake_step *steps, size_t count) {
    return start(steps, count, false);
}

fake_upstream *fake_upstream_start_mastodon(const fake_step *steps, size_t count) {
    return start(steps, count, true);
}

void fake_upstream_stop(fake_upstream *u) {
    if (u == NULL) return;
    if (write(u->stop_pipe[1], "", 1) == 1) (void)pthread_join(u->thread, NULL);
    (void)close(u->stop_pipe[0]);
    (void)close(u->stop_pipe[1]);
    (void)close(u->go_pipe[0]);
    (void)close(u->go_pipe[1]);
    (void)close(u->listener);
    (void)pthread_mutex_destroy(&u->lock);
    free(u);
}

const char *fake_upstream_url(const fake_upstream *u) {
    return u->url;
}

uint32_t fake_upstream_requests(fake_upstream *u) {
    return counted(u, &u->requests);
}

uint32_t fake_upstream_hangups(fake_upstream *u) {
    return counted(u, &u->hangups);
}

uint32_t fake_upstream_steps(fake_upstream *u) {
    return counted(u, &u->steps_done);
}

void fake_upstream_go(fake_upstream *u) {
    (void)!write(u->go_pipe[1], "", 1);
}

void fake_upstream_last_request(fake_upstream *u, char *to, size_t capacity) {
    (void)pthread_mutex_lock(&u->lock);
    (void)snprintf(to, capacity, "%s", u->request);
    (void)pthread_mutex_unlock(&u->lock);
}
