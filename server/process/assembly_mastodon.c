/* SPDX-License-Identifier: MIT */
#include "server/process/assembly_mastodon.h"

#include "pipeline/sources/mastodon_stream.h"
#include "pipeline/sources/x_stream.h"
#include "server/base/terminal.h"
#include "server/base/version.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define TOKEN_VARIABLE "MASTODON_TOKEN"
enum { PATH_BYTES = 4096 };

/* What systemd has laid down for the service, if it has. */
static const char *credential(char path[PATH_BYTES]) {
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (folder == NULL) return NULL;
    int count = snprintf(path, PATH_BYTES, "%s/mastodon-token", folder);
    return count > 0 && count < PATH_BYTES && access(path, F_OK) == 0 ? path : NULL;
}

/* The option, MASTODON_TOKEN_FILE, MASTODON_TOKEN, the credential "mastodon-token". */
static status find_token(const options *o, buffer *token) {
    char path[PATH_BYTES];
    const char *file = o->mastodon_token_file, *value = getenv(TOKEN_VARIABLE);
    if (file == NULL) file = getenv(TOKEN_VARIABLE "_FILE");
    if (file == NULL && value == NULL) file = credential(path);
    if (file != NULL) return x_stream_read_token(file, token);
    if (value == NULL) return STATUS_NOT_FOUND;
    if (!x_stream_is_token(text_of(value))) return STATUS_BAD_FORMAT;
    buffer_add(token, text_of(value));
    return token->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Children and /proc show what the environment once was, a core what memory is. */
static void hide_token(void) {
    char *value = getenv(TOKEN_VARIABLE);
    if (value != NULL) explicit_bzero(value, strlen(value));
    (void)unsetenv(TOKEN_VARIABLE);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

/* The variable is gone by then. */
status assembly_reread_mastodon_token(const options *o, buffer *token) {
    return find_token(o, token);
}

static int open_with(const options *o, text token, live_token **live, tweet_source **source) {
    if (live != NULL && live_token_new(token, live) != STATUS_OK) {
        complain("--source mastodon", status_text(STATUS_NO_MEMORY), NULL);
        return EXIT_FAILED;
    }
    const mastodon_options with = {.base_url = o->mastodon_url,
                                   .stream = o->mastodon_stream,
                                   .token = token,
                                   .live_token = live == NULL ? NULL : *live,
                                   .user_agent = "dunlin/" DUNLIN_VERSION};
    status s = mastodon_open(&with, source);
    if (s == STATUS_OK) return EXIT_OK;
    complain(o->mastodon_url, status_text(s),
             "give the https:// address of the server, or http:// on this machine");
    return EXIT_CONFIGURATION;
}

int assembly_open_mastodon(const options *o, tweet_source **source, live_token **live) {
    buffer token = {0};
    if (o->mastodon_url == NULL) {
        complain("--source mastodon", "no server is named",
                 "give --mastodon-url https://server.example");
        return EXIT_USAGE;
    }
    if (!mastodon_is_stream(o->mastodon_stream)) {
        complain(o->mastodon_stream, "no such stream",
                 "give public, public:local, public:remote, hashtag:TAG or list:NUMBER to "
                 "--mastodon-stream");
        return EXIT_USAGE;
    }
    status s = find_token(o, &token);
    hide_token();
    int code = EXIT_CONFIGURATION;
    if (s == STATUS_OK)
        code = open_with(o, buffer_text(&token), live, source);
    else
        complain("--source mastodon",
                 s == STATUS_NOT_FOUND ? "there is no access token" : status_text(s),
                 "give --mastodon-token-file FILE, or MASTODON_TOKEN in the environment");
    x_stream_wipe_token(&token);
    return code;
}
