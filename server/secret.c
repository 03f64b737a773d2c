/* SPDX-License-Identifier: MIT */
#include "server/secret.h"

#include "pipeline/base/log.h"
#include "server/terminal.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SECRET_BYTES_MIN = 8 };

static bool is_loopback(const char *address) {
    unsigned char bytes[16];
    if (inet_pton(AF_INET, address, bytes) == 1) return bytes[0] == 127;
    return strcmp(address, "::1") == 0;
}

/* It travels as a header, as a cookie and in an address. */
static bool is_good_token(text t) {
    if (t.count < SECRET_BYTES_MIN || t.count > SECRET_BYTES_MAX) return false;
    for (size_t i = 0; i < t.count; i++) {
        char c = t.bytes[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && (c == '\0' || strchr("-._~", c) == NULL)) return false;
    }
    return true;
}

static void warn_if_open(const char *path, FILE *f) {
    struct stat s;
    if (fstat(fileno(f), &s) == 0 && (s.st_mode & (S_IRGRP | S_IROTH)) != 0)
        log_line(LOG_WARNING, "%s: others on this machine can read it: chmod 600", path);
}

int secret_read(const options *o, char line[SECRET_LINE_BYTES], text *token) {
    *token = (text){NULL, 0};
    if (o->token_file == NULL) {
        if (is_loopback(o->bind) || o->no_auth) return EXIT_OK;
        complain(o->bind, "everyone who reaches this address could read",
                 "give --token-file FILE, or --insecure-no-auth");
        return EXIT_CONFIGURATION;
    }
    FILE *f = fopen(o->token_file, "re");
    if (f == NULL || fgets(line, SECRET_LINE_BYTES, f) == NULL) {
        complain(o->token_file, "it cannot be read",
                 "give a file with the token in its first line");
        if (f != NULL) (void)fclose(f);
        return EXIT_CONFIGURATION;
    }
    warn_if_open(o->token_file, f);
    (void)fclose(f);
    *token = text_trim(text_of(line));
    if (is_good_token(*token)) return EXIT_OK;
    complain(o->token_file, "not a token",
             "write 8 to 512 letters, digits, - . _ or ~ in the first line");
    return EXIT_CONFIGURATION;
}
