/* SPDX-License-Identifier: MIT */
#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int http_dial(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof address) != 0) abort();
    return s;
}

void http_send(int socket, text bytes) {
    while (bytes.count > 0) {
        ssize_t sent = send(socket, bytes.bytes, bytes.count, MSG_NOSIGNAL);
        if (sent <= 0) return; /* It was turned away in the middle: its answer tells. */
        bytes = text_slice(bytes, (size_t)sent, bytes.count);
    }
}

static int64_t now_ms(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool holds(const buffer *in, const char *wanted) {
    return in->count > 0 && memmem(in->bytes, in->count, wanted, strlen(wanted)) != NULL;
}

bool http_wait_for(int socket, buffer *in, const char *wanted, int64_t wait_ms) {
    int64_t until = now_ms() + wait_ms;
    while (wanted == NULL || !holds(in, wanted)) {
        struct pollfd p = {.fd = socket, .events = POLLIN};
        int64_t left = until - now_ms();
        if (left <= 0 || poll(&p, 1, (int)left) <= 0) return false;
        if (!buffer_reserve(in, 65536)) abort();
        ssize_t count = recv(socket, in->bytes + in->count, 65535, 0);
        if (count <= 0) return wanted == NULL;
        in->count += (size_t)count;
        in->bytes[in->count] = '\0';
    }
    return true;
}

/* Chunks joined; what is cut off stays out. */
static void add_chunks(buffer *out, text in) {
    size_t end;
    while (text_find_byte(in, '\n', &end)) {
        size_t count = strtoul(in.bytes, NULL, 16);
        if (count == 0 || in.count < end + 1 + count) return;
        buffer_add(out, text_slice(in, end + 1, end + 1 + count));
        in = text_slice(in, end + 1 + count + 2, in.count);
    }
}

static void add_end(buffer *b) {
    buffer_add_byte(b, '\0');
    if (b->failed) abort();
    b->count--;
}

void http_exchange(uint16_t port, text raw, http_result *result) {
    buffer in = {0};
    int s = http_dial(port);
    *result = (http_result){0};
    http_send(s, raw);
    (void)http_wait_for(s, &in, NULL, 5000);
    (void)close(s);
    const char *gap = in.count == 0 ? NULL : strstr(in.bytes, "\r\n\r\n");
    if (gap != NULL) {
        size_t head = (size_t)(gap - in.bytes) + 2;
        buffer_add(&result->head, (text){in.bytes, head});
        add_end(&result->head);
        text body = {gap + 4, in.count - head - 2};
        if (text_equal(http_result_header(result, "Transfer-Encoding"), TEXT("chunked")))
            add_chunks(&result->body, body);
        else
            buffer_add(&result->body, body);
        result->code = (unsigned)strtoul(in.bytes + strlen("HTTP/1.1 "), NULL, 10);
    }
    add_end(&result->head);
    add_end(&result->body);
    buffer_deinit(&in);
}

void http_get(uint16_t port, const char *target, const char *headers, http_result *result) {
    buffer raw = {0};
    buffer_add_format(&raw, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n",
                      target, headers);
    http_exchange(port, buffer_text(&raw), result);
    buffer_deinit(&raw);
}

void http_result_deinit(http_result *r) {
    buffer_deinit(&r->head);
    buffer_deinit(&r->body);
}

text http_result_header(const http_result *r, const char *name) {
    size_t count = strlen(name);
    for (const char *line = r->head.bytes; line != NULL && *line != '\0';) {
        const char *end = strstr(line, "\r\n");
        if (end == NULL) break;
        if (strncasecmp(line, name, count) == 0 && line[count] == ':')
            return text_trim((text){line + count + 1, (size_t)(end - line) - count - 1});
        line = end + 2;
    }
    return (text){NULL, 0};
}
