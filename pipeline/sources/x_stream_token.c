/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static status read_file(const char *path, buffer *token) {
    char line[X_STREAM_TOKEN_BYTES_MAX + 16];
    FILE *f = fopen(path, "re");
    if (f == NULL) return STATUS_CANNOT_READ;
    setbuf(f, NULL); /* No second copy of the secret. */
    size_t count = fread(line, 1, sizeof line, f);
    status s = ferror(f) != 0 ? STATUS_CANNOT_READ : add_token((text){line, count}, token);
    explicit_bzero(line, sizeof line);
    (void)fclose(f);
    return s;
}

status x_stream_read_token(const char *path, buffer *token) {
    if (path != NULL) return read_file(path, token);
    const char *words = getenv(X_STREAM_TOKEN_VARIABLE);
    return words == NULL ? STATUS_NOT_FOUND : add_token(text_of(words), token);
}

void x_stream_wipe_token(buffer *token) {
    if (token->bytes != NULL) explicit_bzero(token->bytes, token->capacity);
    buffer_deinit(token);
}
