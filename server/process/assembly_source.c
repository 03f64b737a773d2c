/* SPDX-License-Identifier: MIT */
#include "pipeline/base/log.h"
#include "pipeline/sources/source_many.h"
#include "pipeline/sources/source_push.h"
#include "pipeline/sources/x_stream.h"
#include "server/base/terminal.h"
#include "server/options/secret.h"
#include "server/process/assembly.h"
#include "server/process/assembly_mastodon.h"
#include "server/process/assembly_x.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int open_mastodon(const options *o, tweet_source **parts, size_t max, size_t *count,
                         live_token **token) {
    int code = *count < max ? assembly_open_mastodon(o, &parts[*count], token) : EXIT_USAGE;
    if (code == EXIT_OK)
        ++*count;
    else if (*count == max)
        complain("--source mastodon", "too many sources", "read fewer streams of X");
    return code;
}

/* What --source can name, in the order in which the parts stand. */
static const struct {
    const char *name;
    /* Adds what it opens to the parts, at most up to `max`; and where its token is. */
    int (*open)(const options *o, tweet_source **parts, size_t max, size_t *count,
                live_token **token);
    size_t token_at; /* In source_tokens. */
    status (*reread)(const options *o, buffer *token);
} live_sources[] = {
    {"x", assembly_open_x, offsetof(source_tokens, x), assembly_reread_x_token},
    {"mastodon", open_mastodon, offsetof(source_tokens, mastodon), assembly_reread_mastodon_token},
};
enum { LIVE_SOURCES = sizeof live_sources / sizeof live_sources[0] };

/* The sources that are open already, until they are one. */
typedef struct {
    tweet_source *parts[PIPELINE_SOURCES_MAX];
    size_t count;
} opened;
_Static_assert(2 + LIVE_SOURCES <= PIPELINE_SOURCES_MAX, "all may be given at once");

static live_token **token_of(const source_tokens *tokens, size_t i) {
    return (live_token **)(void *)((char *)(uintptr_t)tokens + live_sources[i].token_at);
}

static int open_all(const options *o, opened *to, source_tokens *tokens) {
    int code = EXIT_OK;
    if (o->operand_count > 0) code = assembly_open_files(o, &to->parts[to->count]);
    if (code == EXIT_OK && o->operand_count > 0) to->count++;
    for (size_t i = 0; i < LIVE_SOURCES && code == EXIT_OK; i++) {
        if (!option_names_have(&o->sources, live_sources[i].name)) continue;
        code = live_sources[i].open(o, to->parts, PIPELINE_SOURCES_MAX - 1, &to->count,
                                    tokens == NULL ? NULL : token_of(tokens, i));
    }
    return code;
}

static int open_push(opened *to, tweet_source **push) {
    status s = source_push(push);
    if (s == STATUS_OK) to->parts[to->count++] = *push;
    if (s == STATUS_OK) return EXIT_OK;
    complain("--push-token-file", status_text(s), NULL);
    return EXIT_FAILED;
}

static int join(const opened *all, tweet_source **source) {
    if (all->count == 1) {
        *source = all->parts[0];
        return EXIT_OK;
    }
    status s = source_many_open(all->parts, all->count, source);
    if (s == STATUS_OK) return EXIT_OK;
    complain("--source", status_text(s), NULL);
    return EXIT_FAILED;
}

static bool is_any_twice(const option_names *names) {
    for (size_t i = 1; i < names->count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(names->values[j], names->values[i]) == 0) return true;
    return false;
}

static const char *what_to_name(const options *o, bool may_push) {
    if (may_push)
        return "name FILE..., or - for stdin, or give --source x, --push-token-file FILE or --db "
               "FILE";
    return strcmp(o->command->name, "replay") == 0
               ? "name FILE..., or - for stdin, or give --db FILE"
               : "name FILE..., or - for stdin, or give --source x";
}

int assembly_open_source(const options *o, tweet_source **source, tweet_source **push,
                         source_tokens *tokens) {
    opened all = {.count = 0};
    bool takes_push = push != NULL && secret_has_push(o);
    *source = NULL;
    if (push != NULL) *push = NULL;
    if (o->operand_count == 0 && o->sources.count == 0 && !takes_push) {
        if (o->db != NULL) return EXIT_OK; /* What it holds can be looked at. */
        complain(o->command->name, "there is nothing to read", what_to_name(o, push != NULL));
        return EXIT_USAGE;
    }
    if (is_any_twice(&o->sources)) {
        complain("--source", "the same source twice", "give each of them once");
        return EXIT_USAGE;
    }
    int code = open_all(o, &all, tokens);
    if (code == EXIT_OK && takes_push) code = open_push(&all, push);
    if (code == EXIT_OK) code = join(&all, source);
    for (size_t i = 0; code != EXIT_OK && i < all.count; i++) all.parts[i]->close(all.parts[i]);
    return code;
}

/* ---- Tokens that change ---- */

int assembly_renew_tokens(const options *o, const source_tokens *tokens) {
    buffer fresh[LIVE_SOURCES] = {{0}};
    int code = EXIT_OK;
    for (size_t i = 0; i < LIVE_SOURCES && code == EXIT_OK; i++) {
        if (*token_of(tokens, i) == NULL) continue;
        status s = live_sources[i].reread(o, &fresh[i]);
        if (s == STATUS_OK || s == STATUS_NOT_FOUND) continue;
        complain(live_sources[i].name,
                 s == STATUS_BAD_FORMAT ? "the file of its token holds none" : status_text(s),
                 "its token stays as it is");
        code = EXIT_CONFIGURATION;
    }
    for (size_t i = 0; i < LIVE_SOURCES; i++) {
        if (code == EXIT_OK && fresh[i].count > 0 &&
            live_token_set(*token_of(tokens, i), buffer_text(&fresh[i])))
            log_line(LOG_INFO, "--source %s: another token from the next connection on",
                     live_sources[i].name);
        x_stream_wipe_token(&fresh[i]);
    }
    return code;
}

void assembly_free_tokens(source_tokens *tokens) {
    live_token_free(tokens->x);
    live_token_free(tokens->mastodon);
    *tokens = (source_tokens){NULL, NULL};
}
