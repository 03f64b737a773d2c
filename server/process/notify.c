/* SPDX-License-Identifier: MIT */
#include "server/process/notify.h"

#include "pipeline/base/text.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or with "@" before it a name in the abstract space. */
static bool address_of(const char *path, struct sockaddr_un *address, socklen_t *bytes) {
    size_t count = strlen(path);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((path[0] != '/' && path[0] != '@') || count < 2 || count >= sizeof address->sun_path)
        return false;
    memcpy(address->sun_path, path, count);
    if (path[0] == '@') address->sun_path[0] = '\0';
    *bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + count);
    return true;
}

static void dial(notify *n, const char *path) {
    struct sockaddr_un address;
    socklen_t bytes;
    if (!address_of(path, &address, &bytes)) return;
    n->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n->socket < 0) return;
    if (connect(n->socket, (struct sockaddr *)&address, bytes) == 0) return;
    (void)close(n->socket);
    n->socket = -1;
}

static int64_t number_in(const char *name) {
    const char *value = getenv(name);
    uint64_t number = 0;
    return value != NULL && text_to_u64(text_of(value), &number) && number <= INT64_MAX
               ? (int64_t)number
               : 0;
}

void notify_open(notify *n) {
    const char *path = getenv("NOTIFY_SOCKET");
    int64_t whose = number_in("WATCHDOG_PID");
    *n = (notify){.socket = -1};
    if (path != NULL) dial(n, path);
    if (whose == 0 || whose == getpid()) n->watchdog_us = number_in("WATCHDOG_USEC");
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

void notify_close(notify *n) {
    if (n->socket >= 0) (void)close(n->socket);
    n->socket = -1;
}

static void say(const notify *n, const char *message) {
    if (n->socket >= 0 && send(n->socket, message, strlen(message), MSG_NOSIGNAL) < 0) {
        /* A manager that has no room for it loses a word, not us. */
    }
}

void notify_ready(notify *n) {
    say(n, "READY=1");
}

void notify_reloading(notify *n, int64_t now_us) {
    char message[64];
    (void)snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)now_us);
    say(n, message);
}

void notify_stopping(notify *n) {
    say(n, "STOPPING=1");
}

void notify_status(notify *n, const char *words) {
    char message[192];
    if (strcmp(n->status, words) == 0) return;
    (void)snprintf(n->status, sizeof n->status, "%s", words);
    (void)snprintf(message, sizeof message, "STATUS=%s", n->status);
    for (char *c = message; *c != '\0'; c++)
        if (*c == '\n') *c = ' '; /* Else the rest would be a message of its own. */
    say(n, message);
}

void notify_alive(notify *n, int64_t now_us) {
    if (n->watchdog_us == 0 || (n->fed_us != 0 && now_us - n->fed_us < n->watchdog_us / 3)) return;
    n->fed_us = now_us;
    say(n, "WATCHDOG=1");
}
