/* SPDX-License-Identifier: MIT */
#include "server/http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 1024 };

static bool address_from(const char *bind_to, uint16_t port, struct sockaddr_storage *address,
                         socklen_t *bytes) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, bind_to, &four.sin_addr) == 1) {
        memcpy(address, &four, *bytes = sizeof four);
        return true;
    }
    if (inet_pton(AF_INET6, bind_to, &six.sin6_addr) != 1) return false;
    memcpy(address, &six, *bytes = sizeof six);
    return true;
}

static uint16_t bound_port(int socket) {
    struct sockaddr_storage address = {0};
    struct sockaddr_in6 six;
    socklen_t bytes = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &bytes) != 0) return 0;
    memcpy(&six, &address, sizeof six); /* The port is at the same place in both. */
    return ntohs(six.sin6_port);
}

/* NULL, or why not. */
static const char *bind_to(int fd, const struct sockaddr_storage *address, socklen_t bytes) {
    const int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)address, bytes) != 0) {
        if (errno == EADDRINUSE) return "the port is in use";
        return errno == EACCES ? "the port is not allowed to this user"
                               : "the address is not one of this machine";
    }
    return listen(fd, LISTEN_BACKLOG) == 0 ? NULL : "it cannot listen";
}

const char *listener_open(const char *address, uint16_t port, int *socket_made, uint16_t *bound) {
    struct sockaddr_storage to;
    socklen_t bytes;
    *socket_made = -1;
    if (!address_from(address, port, &to, &bytes)) return "not an IPv4 or IPv6 address";
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return "no socket can be made";
    const char *why = bind_to(fd, &to, bytes);
    if (why != NULL) {
        (void)close(fd);
        return why;
    }
    *socket_made = fd;
    *bound = bound_port(fd);
    return NULL;
}
