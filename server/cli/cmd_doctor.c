/* SPDX-License-Identifier: MIT */
/* doctor -- a look at what dunlin needs of a machine: a row a thing. */
#include "geocode/pipe.h"
#include "pipeline/base/log.h"
#include "server/base/terminal.h"
#include "server/base/version.h"
#include "server/http/http.h"
#include "server/options/commands.h"
#include "server/options/options_table.h"
#include "server/options/secret.h"
#include "server/process/assembly.h"
#include "server/process/descriptors.h"
#include <arpa/inet.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY_MB_MIN = 1024, DISK_MB_MIN = 1024, NOW_LEAST_S = 1700000000 };

typedef enum { FINE, WORSE, WRONG } finding;

/* What was found goes to *says; what to do about it, when it is not fine, behind it. */
typedef finding (*checker)(const options *o, buffer *says);

static finding check_program(const options *o, buffer *says) {
    (void)o;
    buffer_add_format(says, "dunlin %s, libmicrohttpd %s", DUNLIN_VERSION, http_library());
    return FINE;
}

static finding check_configuration(const options *o, buffer *says) {
    char path[OPTIONS_PATH_BYTES];
    const char *user = options_user_file(path);
    const char *files[] = {OPTIONS_SYSTEM_FILE, user};
    for (size_t i = 0; i < 2; i++) {
        options all = {.memory = o->memory};
        size_t count;
        if (files[i] == NULL || access(files[i], F_OK) != 0) continue;
        if (!options_apply_file(&all, files[i], true, &count, says)) return WRONG;
        buffer_add_format(says, "%s: %zu settings; ", files[i], count);
    }
    if (says->count == 0) buffer_add(says, TEXT("no configuration file: defaults"));
    return FINE;
}

static finding check_places(const options *o, buffer *says) {
    assembly a = {0};
    place found;
    bool is_good = assembly_open_places(&a, o) == EXIT_OK &&
                   geocode_find(a.gazetteer, a.places, TEXT("Paris, France"), &found);
    buffer_add(says, is_good ? TEXT("the gazetteer knows where Paris is")
                             : TEXT("the gazetteer does not answer: build the program anew"));
    assembly_deinit(&a);
    return is_good ? FINE : WRONG;
}

static finding check_mood(const options *o, buffer *says) {
    sentiment_model *m = NULL;
    bool is_good = sentiment_model_new(o->sentiment, &m) == STATUS_OK;
    buffer_add_format(says, "the sentiment model %s ", o->sentiment);
    buffer_add(says, is_good ? TEXT("is there") : TEXT("does not load: build the program anew"));
    sentiment_model_free(m);
    return is_good ? FINE : WRONG;
}

/* A socket that could listen there, -1 if none can. */
static int listening(const char *bind_to, uint16_t port) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_four = inet_pton(AF_INET, bind_to, &four.sin_addr) == 1;
    if (!is_four && inet_pton(AF_INET6, bind_to, &six.sin6_addr) != 1) return -1;
    int on = 1, s = socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return -1;
    (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int bound = is_four ? bind(s, (struct sockaddr *)&four, sizeof four)
                        : bind(s, (struct sockaddr *)&six, sizeof six);
    if (bound == 0) return s;
    (void)close(s);
    return -1;
}

static finding check_address(const options *o, buffer *says) {
    int s = listening(o->bind, (uint16_t)o->port);
    if (s >= 0) (void)close(s);
    buffer_add_format(says, "%s port %u ", o->bind, (unsigned)o->port);
    buffer_add(says, s >= 0 ? TEXT("is free")
                            : TEXT("cannot be listened on: is dunlin running? else give another "
                                   "--port or --bind"));
    return s >= 0 ? FINE : WORSE;
}

static finding check_token(const options *o, buffer *says) {
    char line[SECRET_LINE_BYTES] = "";
    text token;
    int code = secret_read(o, line, &token);
    explicit_bzero(line, sizeof line);
    if (code != EXIT_OK)
        buffer_add(says, TEXT("see the line above"));
    else if (o->token_file != NULL)
        buffer_add(says, TEXT("requests must bring the token"));
    else
        buffer_add(says, TEXT("none is needed on this address"));
    return code == EXIT_OK ? FINE : WRONG;
}

static finding check_open_files(const options *o, buffer *says) {
    struct rlimit limit;
    (void)o;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return FINE;
    unsigned long long most = limit.rlim_max == RLIM_INFINITY ? 1000000 : limit.rlim_max;
    unsigned long long clients = descriptors_left(most);
    buffer_add_format(says, "%llu open files: room for %llu live streams", most, clients);
    if (clients >= 1000) return FINE;
    buffer_add(says, TEXT(": raise the limit of open files (ulimit -Hn)"));
    return WORSE;
}

static finding check_memory(const options *o, buffer *says) {
    char line[256];
    unsigned long long kib = 0;
    FILE *f = fopen("/proc/meminfo", "re");
    (void)o;
    while (f != NULL && kib == 0 && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "MemAvailable:", 13) == 0) kib = strtoull(line + 13, NULL, 10);
    if (f != NULL) (void)fclose(f);
    if (kib == 0) {
        buffer_add(says, TEXT("not told by this system"));
        return FINE;
    }
    buffer_add_format(says, "%llu MB available: room for about %llu million lines", kib / 1000,
                      kib / 1000000);
    if (kib / 1024 >= MEMORY_MB_MIN) return FINE;
    buffer_add(says, TEXT(": free some for large conversations"));
    return WORSE;
}

static finding check_disk(const options *o, buffer *says) {
    struct statvfs fs;
    (void)o;
    if (statvfs(".", &fs) != 0) return FINE;
    unsigned long long mb = (unsigned long long)fs.f_bavail * fs.f_frsize / 1000000;
    buffer_add_format(says, "%llu MB free in this folder", mb);
    if (mb >= DISK_MB_MIN) return FINE;
    buffer_add(says, TEXT(": answers and dead letters may not fit: free some"));
    return WORSE;
}

static finding check_clock(const options *o, buffer *says) {
    (void)o;
    if (time(NULL) > NOW_LEAST_S) {
        buffer_add(says, TEXT("it shows a time that can be"));
        return FINE;
    }
    buffer_add(says, TEXT("it is years behind: set it, or tweets look as from the future"));
    return WRONG;
}

static finding check_terminal(const options *o, buffer *says) {
    (void)o;
    (void)setlocale(LC_CTYPE, "");
    bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    (void)setlocale(LC_CTYPE, "C");
    buffer_add(says, is_utf8
                         ? TEXT("it reads UTF-8")
                         : TEXT("it is not set to UTF-8: names may look odd: set LANG=C.UTF-8"));
    return is_utf8 ? FINE : WORSE;
}

static finding check_live(const options *o, buffer *says) {
    (void)o;
    bool has_x = getenv("X_BEARER_TOKEN") != NULL || getenv("X_BEARER_TOKEN_FILE") != NULL;
    bool has_mastodon = getenv("MASTODON_TOKEN") != NULL || getenv("MASTODON_TOKEN_FILE") != NULL;
    if (!has_x && !has_mastodon)
        buffer_add(says,
                   TEXT("no token in the environment, for X or Mastodon: recorded ones only"));
    else
        buffer_add_format(says, "a token is set for %s",
                          !has_mastodon ? "X"
                          : has_x       ? "X and Mastodon"
                                        : "Mastodon");
    return FINE;
}

static const struct {
    const char *name;
    checker check;
} checks[] = {
    {"program", check_program},
    {"configuration", check_configuration},
    {"places", check_places},
    {"mood", check_mood},
    {"address", check_address},
    {"token", check_token},
    {"open files", check_open_files},
    {"memory", check_memory},
    {"disk", check_disk},
    {"clock", check_clock},
    {"terminal", check_terminal},
    {"live source", check_live},
};

int command_doctor(const options *o) {
    static const char *const words[] = {"ok   ", "note ", "WRONG"};
    int code = EXIT_OK;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        buffer says = {0}, line = {0};
        finding f = checks[i].check(o, &says);
        terminal_escape(&line, buffer_text(&says));
        if (!o->quiet || f != FINE)
            (void)printf("%s  %-14s %.*s\n", words[f], checks[i].name, (int)line.count,
                         line.count > 0 ? line.bytes : "");
        if (f == WRONG) code = EXIT_FAILED;
        buffer_deinit(&says);
        buffer_deinit(&line);
    }
    return code;
}
