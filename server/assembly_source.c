/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/x_stream.h"
#include "server/assembly.h"
#include "server/terminal.h"
#include <stdlib.h>
#include <string.h>

/* --x-token-file, X_BEARER_TOKEN_FILE, X_BEARER_TOKEN, or what the source itself knows. */
static status find_x_token(const options *o, buffer *token) {
    const char *path = o->x_token_file != NULL ? o->x_token_file : getenv("X_BEARER_TOKEN_FILE");
    const char *value = getenv("X_BEARER_TOKEN");
    if (path != NULL || value == NULL) return x_stream_read_token(path, token);
    if (!x_stream_is_token(text_of(value))) return STATUS_BAD_FORMAT;
    buffer_add(token, text_of(value));
    return token->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static int open_x(const options *o, tweet_source **source) {
    buffer token = {0};
    status s = find_x_token(o, &token);
    if (s != STATUS_OK) {
        complain("--source x", s == STATUS_NOT_FOUND ? "there is no bearer token" : status_text(s),
                 "give --x-token-file FILE, or X_BEARER_TOKEN in the environment");
        x_stream_wipe_token(&token);
        return EXIT_CONFIGURATION;
    }
    const x_stream_options with = {
        .base_url = o->x_url,
        .kind = strcmp(o->x_stream, "sampled") == 0 ? X_STREAM_SAMPLED : X_STREAM_FILTERED,
        .token = buffer_text(&token),
    };
    s = x_stream_open(&with, source);
    x_stream_wipe_token(&token);
    if (s == STATUS_OK) return EXIT_OK;
    complain(o->x_url != NULL ? o->x_url : "--source x", status_text(s),
             "give an https:// address, or http:// on this machine");
    return EXIT_CONFIGURATION;
}

int assembly_open_source(const options *o, tweet_source **source) {
    if (o->source != NULL && o->operand_count > 0) {
        complain(o->operands[0], "a file and --source together", "give one of them");
        return EXIT_USAGE;
    }
    if (o->source != NULL) return open_x(o, source);
    if (o->operand_count > 0) return assembly_open_files(o, source);
    complain(o->command->name, "there is nothing to read",
             "name FILE..., or - for stdin, or give --source x");
    return EXIT_USAGE;
}
