/* SPDX-License-Identifier: MIT */
#include "server/options/secret.h"

#include "pipeline/base/log.h"
#include "server/base/terminal.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES_MIN = 8, PATH_BYTES = 4096 };

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

/* The file that is given, or the credential of that name; NULL: neither is there. */
static const char *path_of(const char *given, const char *credential, char path[PATH_BYTES]) {
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (given != NULL || folder == NULL) return given;
    int count = snprintf(path, PATH_BYTES, "%s/%s", folder, credential);
    return count < PATH_BYTES && access(path, F_OK) == 0 ? path : NULL;
}

static int read_token(const char *path, char line[SECRET_LINE_BYTES], text *token) {
    FILE *f = fopen(path, "re");
    if (f != NULL) setbuf(f, NULL); /* No second copy of the secret. */
    if (f == NULL || fgets(line, SECRET_LINE_BYTES, f) == NULL) {
        complain(path, "it cannot be read", "give a file with the token in its first line");
        if (f != NULL) (void)fclose(f);
        return EXIT_CONFIGURATION;
    }
    warn_if_open(path, f);
    (void)fclose(f);
    *token = text_trim(text_of(line));
    if (is_good_token(*token)) return EXIT_OK;
    complain(path, "not a token", "write 8 to 512 letters, digits, - . _ or ~ in the first line");
    return EXIT_CONFIGURATION;
}

int secret_read(const options *o, char line[SECRET_LINE_BYTES], text *token) {
    char credential[PATH_BYTES];
    const char *path = path_of(o->token_file, "token", credential);
    *token = (text){NULL, 0};
    if (path != NULL) return read_token(path, line, token);
    if (is_loopback(o->bind) || o->no_auth) return EXIT_OK;
    complain(o->bind, "everyone who reaches this address could read",
             "give --token-file FILE, or --insecure-no-auth");
    return EXIT_CONFIGURATION;
}

bool secret_has_push(const options *o) {
    char credential[PATH_BYTES];
    return path_of(o->push_token_file, "push-token", credential) != NULL;
}

int secret_read_push(const options *o, char line[SECRET_LINE_BYTES], text *token) {
    char credential[PATH_BYTES];
    const char *path = path_of(o->push_token_file, "push-token", credential);
    *token = (text){NULL, 0};
    return path == NULL ? EXIT_OK : read_token(path, line, token);
}

int secrets_read(const options *o, secrets *result) {
    memset(result, 0, sizeof *result);
    int code = secret_read(o, result->lines[0], &result->token);
    return code != EXIT_OK ? code : secret_read_push(o, result->lines[1], &result->push_token);
}

void secrets_wipe(secrets *s) {
    explicit_bzero(s, sizeof *s);
}
