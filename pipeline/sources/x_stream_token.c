/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/sources/x_stream.h"

bool x_stream_is_token(text t) {
    for (size_t i = 0; i < t.count; i++)
        if (t.bytes[i] <= 0x20 || t.bytes[i] > 0x7E) return false;
    return t.count > 0 && t.count <= X_STREAM_TOKEN_BYTES_MAX;
}

static status add_token(text line, buffer *token) {
    size_t end;
    if (text_find_byte(line, '\n', &end)) line = text_slice(line, 0, end);
    line = text_trim(line);
    if (!x_stream_is_token(line)) return STATUS_BAD_FORMAT;
    buffer_add(token, line);
    return token->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static void warn_if_open(const char *path, FILE *f) {
    struct stat s;
    if (fstat(fileno(f), &s) == 0 && (s.st_mode & (S_IRGRP | S_IROTH)) != 0)
        log_line(LOG_WARNING, "%s: others on this machine can read it: chmod 600", path);
}

static status read_file(const char *path, buffer *token) {
    char line[X_STREAM_TOKEN_BYTES_MAX + 16];
    FILE *f = fopen(path, "re");
    if (f == NULL) return STATUS_CANNOT_READ;
    warn_if_open(path, f);
    setbuf(f, NULL); /* No second copy of the secret. */
    size_t count = fread(line, 1, sizeof line, f);
    status s = ferror(f) != 0 ? STATUS_CANNOT_READ : add_token((text){line, count}, token);
    explicit_bzero(line, sizeof line);
    (void)fclose(f);
    return s;
}

static status read_credential(buffer *token) {
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    buffer path = {0};
    if (folder == NULL) return STATUS_NOT_FOUND;
    buffer_add_format(&path, "%s/%s", folder, X_STREAM_CREDENTIAL);
    buffer_add_byte(&path, '\0');
    status s = path.failed                     ? STATUS_NO_MEMORY
               : access(path.bytes, F_OK) != 0 ? STATUS_NOT_FOUND
                                               : read_file(path.bytes, token);
    buffer_deinit(&path);
    return s;
}

status x_stream_read_token(const char *path, buffer *token) {
    if (path != NULL) return read_file(path, token);
    const char *words = getenv(X_STREAM_TOKEN_VARIABLE);
    return words == NULL ? read_credential(token) : add_token(text_of(words), token);
}

void x_stream_wipe_token(buffer *token) {
    if (token->bytes != NULL) explicit_bzero(token->bytes, token->capacity);
    buffer_deinit(token);
}
