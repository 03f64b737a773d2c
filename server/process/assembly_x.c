/* SPDX-License-Identifier: MIT */
#include "server/process/assembly_x.h"

#include "pipeline/sources/x_stream.h"
#include "server/base/terminal.h"
#include "server/base/version.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define USER_AGENT "dunlin/" DUNLIN_VERSION

/* ---- The token ---- */

/* Children and /proc show what the environment once was. */
static void wipe_environment(void) {
    char *value = getenv(X_STREAM_TOKEN_VARIABLE);
    if (value != NULL) explicit_bzero(value, strlen(value));
    (void)unsetenv(X_STREAM_TOKEN_VARIABLE);
}

status assembly_reread_x_token(const options *o, buffer *token) {
    const char *path = o->x_token_file != NULL ? o->x_token_file : getenv("X_BEARER_TOKEN_FILE");
    return x_stream_read_token(path, token); /* The variable is gone by now. */
}

int assembly_read_x_token(const options *o, buffer *token) {
    const char *path = o->x_token_file != NULL ? o->x_token_file : getenv("X_BEARER_TOKEN_FILE");
    status s = x_stream_read_token(path, token);
    wipe_environment();
    (void)prctl(PR_SET_DUMPABLE, 0);
    if (s == STATUS_OK) return EXIT_OK;
    complain(path != NULL ? path : "--source x",
             s == STATUS_NOT_FOUND    ? "there is no bearer token"
             : s == STATUS_BAD_FORMAT ? "not a bearer token"
                                      : status_text(s),
             "give --x-token-file FILE, or X_BEARER_TOKEN in the environment");
    x_stream_wipe_token(token);
    return EXIT_CONFIGURATION;
}

/* ---- The state file ---- */

static void add_state_path(const options *o, buffer *path) {
    const char *folder = getenv("STATE_DIRECTORY"), *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (o->x_state != NULL)
        buffer_add(path, text_of(o->x_state));
    else if (o->db != NULL)
        buffer_add_format(path, "%s.x-state", o->db);
    else if (o->x_url != NULL)
        return; /* Another server: what X allows is no matter of it. */
    else if (folder != NULL)
        buffer_add_format(path, "%.*s/x.state", (int)strcspn(folder, ":"), folder);
    else if (state != NULL && *state == '/')
        buffer_add_format(path, "%s/dunlin/x.state", state);
    else if (home != NULL && *home == '/')
        buffer_add_format(path, "%s/.local/state/dunlin/x.state", home);
}

static int open_account(const options *o, x_account **account) {
    buffer path = {0};
    add_state_path(o, &path);
    bool has_path = path.count > 0;
    buffer_add_byte(&path, '\0');
    const x_account_options with = {.path = has_path ? path.bytes : NULL,
                                    .budget_usd = options_budget_usd(o)};
    status s = path.failed ? STATUS_NO_MEMORY : x_account_open(&with, account);
    if (s != STATUS_OK)
        complain(has_path && !path.failed ? path.bytes : "--x-state",
                 s == STATUS_NOT_POSSIBLE ? "another dunlin uses it"
                 : s == STATUS_BAD_FORMAT ? "it is damaged"
                                          : status_text(s),
                 s == STATUS_BAD_FORMAT ? "it says what was spent: see to it, then move it away"
                                        : "give another file to --x-state");
    buffer_deinit(&path);
    return s == STATUS_OK ? EXIT_OK : EXIT_CONFIGURATION;
}

/* ---- The streams ---- */

static int choose(const options *o, x_stream_choice *choices, size_t max, size_t *count) {
    char words[128];
    status s = x_stream_choices(text_of(o->x_stream), choices, max, count);
    if (s == STATUS_OK) return EXIT_OK;
    (void)snprintf(words, sizeof words, "--x-stream %.80s", o->x_stream);
    if (s == STATUS_TOO_LARGE)
        complain(words, "too many connections", "name parts of the stream, as sample10:1");
    else
        complain(words, "no such stream, or one twice",
                 "give some of filtered, sampled, sample10, firehose, tweets-compliance, "
                 "users-compliance, each with :PART if it is to be a part, apart by commas");
    return EXIT_USAGE;
}

static int open_streams(const options *o, text token, live_token *live, x_account *account,
                        tweet_source **parts, size_t max, size_t *count) {
    x_stream_choice choices[PIPELINE_SOURCES_MAX];
    size_t chosen = 0, room = max - *count;
    int code =
        choose(o, choices, room < PIPELINE_SOURCES_MAX ? room : PIPELINE_SOURCES_MAX, &chosen);
    for (size_t i = 0; i < chosen && code == EXIT_OK; i++) {
        const x_stream_options with = {
            .base_url = o->x_url,
            .kind = choices[i].kind,
            .partition = choices[i].partition,
            .backfill_minutes = (uint32_t)o->x_backfill,
            .account = account,
            .token = token,
            .live_token = live,
            .user_agent = USER_AGENT,
        };
        status s = x_stream_open(&with, &parts[*count]);
        if (s == STATUS_OK) {
            ++*count;
            continue;
        }
        complain(o->x_url != NULL ? o->x_url : "--source x", status_text(s),
                 "give an https:// address, or http:// on this machine");
        code = EXIT_CONFIGURATION;
    }
    return code;
}

int assembly_open_x(const options *o, tweet_source **parts, size_t max, size_t *count,
                    live_token **live) {
    buffer token = {0};
    x_account *account = NULL;
    int code = assembly_read_x_token(o, &token);
    if (code == EXIT_OK && live != NULL && live_token_new(buffer_text(&token), live) != STATUS_OK) {
        complain("--source x", status_text(STATUS_NO_MEMORY), NULL);
        code = EXIT_FAILED;
    }
    if (code == EXIT_OK) code = open_account(o, &account);
    if (code == EXIT_OK)
        code = open_streams(o, buffer_text(&token), live == NULL ? NULL : *live, account, parts,
                            max, count);
    x_account_close(account);
    x_stream_wipe_token(&token);
    return code;
}
