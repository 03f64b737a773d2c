/* SPDX-License-Identifier: MIT */
/* Connections from accept to close: whose they are, and how long they are waited for. */
#include "server/http/http_internal.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    HEADER_US = 10 * 1000000, /* For the first request's header to come. */
    NOT_SENT_LOW = 16384,
    USER_TIMEOUT_MS = 30000,
};

struct peer {
    peer *previous, *next;
    int socket;
    int64_t due_us; /* When a header or a body must have come; 0: none is awaited. */
    unsigned char address[16];
};

int http_socket_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

static peer *peer_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

void http_address(const http_request *r, unsigned char address[16]) {
    const peer *p = peer_of(r->connection);
    memset(address, 0, 16);
    if (p != NULL) memcpy(address, p->address, 16);
}

void http_peer_await(http_server *s, struct MHD_Connection *connection, int64_t in_us) {
    peer *p = peer_of(connection);
    if (p == NULL) return;
    (void)pthread_mutex_lock(&s->lock);
    p->due_us = in_us == 0 ? 0 : s->options.clock->ticks_us(s->options.clock) + in_us;
    (void)pthread_mutex_unlock(&s->lock);
}

static void copy_address(struct MHD_Connection *connection, unsigned char address[16]) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL) return;
    if (info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, info->client_addr, sizeof four);
        memcpy(address, &four.sin_addr, 4);
    } else if (info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, info->client_addr, sizeof six);
        memcpy(address, &six.sin6_addr, 16);
    }
}

static void open_peer(http_server *s, struct MHD_Connection *connection, void **socket_context) {
    const int low = NOT_SENT_LOW, timeout = USER_TIMEOUT_MS;
    peer *p = calloc(1, sizeof *p);
    if (p == NULL) return; /* It is served, but has no deadline. */
    p->socket = http_socket_of(connection);
    p->due_us = s->options.clock->ticks_us(s->options.clock) + HEADER_US;
    copy_address(connection, p->address);
    (void)setsockopt(p->socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof low);
    (void)setsockopt(p->socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    (void)pthread_mutex_lock(&s->lock);
    p->next = s->peers;
    if (p->next != NULL) p->next->previous = p;
    s->peers = p;
    (void)pthread_mutex_unlock(&s->lock);
    *socket_context = p;
}

static void close_peer(http_server *s, peer *p) {
    (void)pthread_mutex_lock(&s->lock);
    if (p->next != NULL) p->next->previous = p->previous;
    *(p->previous != NULL ? &p->previous->next : &s->peers) = p->next;
    (void)pthread_mutex_unlock(&s->lock);
    free(p);
}

void http_peers_see(void *context, struct MHD_Connection *connection, void **socket_context,
                    enum MHD_ConnectionNotificationCode code) {
    http_server *s = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        atomic_fetch_add(&s->connections, 1);
        open_peer(context, connection, socket_context);
        return;
    }
    atomic_fetch_sub(&s->connections, 1);
    if (*socket_context != NULL) {
        close_peer(context, *socket_context);
        *socket_context = NULL;
    }
}

void http_tick(http_server *s) {
    int64_t now = s->options.clock->ticks_us(s->options.clock);
    (void)pthread_mutex_lock(&s->lock);
    for (peer *p = s->peers; p != NULL; p = p->next) {
        if (p->due_us == 0 || p->due_us > now) continue;
        (void)shutdown(p->socket, SHUT_RDWR); /* The library sees it and closes. */
        p->due_us = 0;
    }
    (void)pthread_mutex_unlock(&s->lock);
}
