/* SPDX-License-Identifier: MIT */
/* push -- sends files to a server that runs, chunk by chunk, each when the one before it has
 * been stored and shown. */
#include "pipeline/sources/files.h"
#include "server/base/json_walk.h"
#include "server/base/terminal.h"
#include "server/cli/poster.h"
#include "server/cli/remote.h"
#include "server/options/commands.h"
#include "server/options/secret.h"
#include "server/process/signals.h"
#include <stdio.h>
#include <string.h>

enum {
    CHUNK_BYTES = 1024 * 1024, /* With its last line well below what a server takes. */
    TRIES_MAX = 8,             /* Of one chunk, while there is no good answer. */
    REFUSALS_SHOWN = 100,
};

typedef struct {
    const options *o;
    poster *poster;
    poster_answer answer;
    tweet_source *source;
    uint64_t counts[5], epoch; /* By count_names. */
    uint64_t refusals;
    bool is_stored;
    int signal;
} sender;

static const char *const count_names[] = {"items", "accepted", "repaired", "ignored", "rejected"};

/* ---- Answers ---- */

static uint64_t number_at(text object, const char *path) {
    text value;
    uint64_t number = 0;
    return json_walk_find(object, path, &value) && text_to_u64(value, &number) ? number : 0;
}

static void say_refusal(sender *s, const source_chunk *c, text error) {
    char where[600];
    buffer reason = {0};
    text value;
    if (s->refusals++ >= REFUSALS_SHOWN || s->o->quiet) return;
    if (json_walk_find(error, "reason", &value)) (void)json_walk_string(value, &reason);
    buffer_add_byte(&reason, '\0');
    (void)snprintf(where, sizeof where, "%.500s:%llu", s->source->file_name(s->source, c->file),
                   (unsigned long long)(c->first_line + number_at(error, "line") - 1));
    complain(where, "rejected", reason.failed ? NULL : reason.bytes);
    buffer_deinit(&reason);
}

static void take_counts(sender *s, const source_chunk *c) {
    text body = buffer_text(&s->answer.body), errors, stored;
    char path[32];
    for (size_t i = 0; i < 5; i++) {
        (void)snprintf(path, sizeof path, "data.%s", count_names[i]);
        s->counts[i] += number_at(body, path);
    }
    s->epoch = number_at(body, "data.epoch");
    s->is_stored = json_walk_find(body, "data.stored", &stored) && text_equal(stored, TEXT("true"));
    if (!json_walk_find(body, "data.errors", &errors)) return;
    for (json_walk w = {.container = errors}; json_walk_next(&w);) say_refusal(s, c, w.value);
}

static void say_problem(sender *s) {
    text detail;
    char words[64];
    buffer why = {0};
    (void)snprintf(words, sizeof words, "it answers %u", s->answer.code);
    if (json_walk_find(buffer_text(&s->answer.body), "detail", &detail))
        (void)json_walk_string(detail, &why);
    buffer_add_byte(&why, '\0');
    complain("push", words, why.failed || why.bytes[0] == '\0' ? NULL : why.bytes);
    buffer_deinit(&why);
}

/* ---- Sending ---- */

static bool is_later(unsigned code) {
    return code == 429 || code == 503;
}

/* What is full now has room soon: that is no failure, however often it is said. */
static int send_chunk(sender *s, const source_chunk *c) {
    for (unsigned tries = 1;; tries++) {
        status sent = poster_send(s->poster, (text){c->bytes, c->count}, &s->answer);
        if (sent == STATUS_OK && s->answer.code == 200) {
            take_counts(s, c);
            return EXIT_OK;
        }
        bool is_full = sent == STATUS_OK && s->answer.code == 429;
        bool again = sent != STATUS_OK || is_later(s->answer.code);
        if (is_full) tries = 0;
        if (!again || tries >= TRIES_MAX) break;
        uint32_t wait_s = s->answer.retry_after_s > 0 ? s->answer.retry_after_s : tries;
        s->signal = signals_wait((int64_t)wait_s * 1000);
        if (s->signal != 0) return EXIT_SIGNAL + s->signal;
    }
    if (s->answer.code == 0)
        complain("push", "there is no answer", s->answer.detail);
    else
        say_problem(s);
    return s->answer.code == 401 || s->answer.code == 403 || s->answer.code == 0 ? EXIT_UPSTREAM
                                                                                 : EXIT_FAILED;
}

static int send_all(sender *s) {
    source_chunk *c;
    int code = EXIT_OK;
    status got = STATUS_OK;
    while (code == EXIT_OK && (got = s->source->next(s->source, &c)) == STATUS_OK) {
        code = send_chunk(s, c);
        source_chunk_free(c);
    }
    if (code != EXIT_OK || got == STATUS_END) return code;
    complain("push", status_text(got), NULL);
    return EXIT_UNREADABLE;
}

static void say_counts(const sender *s) {
    if (s->o->json)
        (void)printf("{\"items\":%llu,\"accepted\":%llu,\"repaired\":%llu,\"ignored\":%llu,"
                     "\"rejected\":%llu,\"epoch\":%llu,\"stored\":%s}\n",
                     (unsigned long long)s->counts[0], (unsigned long long)s->counts[1],
                     (unsigned long long)s->counts[2], (unsigned long long)s->counts[3],
                     (unsigned long long)s->counts[4], (unsigned long long)s->epoch,
                     s->is_stored ? "true" : "false");
    else
        (void)printf("items %llu: accepted %llu, repaired %llu, ignored %llu, rejected %llu; %s\n",
                     (unsigned long long)s->counts[0], (unsigned long long)s->counts[1],
                     (unsigned long long)s->counts[2], (unsigned long long)s->counts[3],
                     (unsigned long long)s->counts[4],
                     s->is_stored ? "stored" : "held in memory only");
}

/* ---- The command ---- */

static int open_both(sender *s) {
    const options *o = s->o;
    char line[SECRET_LINE_BYTES];
    text token;
    size_t files = o->operand_count;
    const char *url = HOME_URL;
    if (files > 0 && remote_is_url(o->operands[files - 1])) url = o->operands[--files];
    if (files == 0) {
        complain("push", "there is nothing to send", "name FILE..., or - for stdin");
        return EXIT_USAGE;
    }
    if (!secret_has_push(o)) {
        complain("push", "a token is needed", "give --push-token-file FILE, as the server has it");
        return EXIT_USAGE;
    }
    int code = secret_read_push(o, line, &token);
    if (code != EXIT_OK) return code;
    status opened = poster_open(url, "records", "application/x-ndjson", token, &s->poster);
    explicit_bzero(line, sizeof line);
    if (opened != STATUS_OK) {
        complain(url, status_text(opened), "give the address that dunlin serve prints");
        return EXIT_FAILED;
    }
    const source_files_options with = {.chunk_bytes = CHUNK_BYTES, .follow = o->follow};
    opened = source_files(o->operands, files, &with, &s->source);
    if (opened == STATUS_OK) return EXIT_OK;
    complain(o->operands[0], status_text(opened), "name files or folders that are there");
    return EXIT_UNREADABLE;
}

int command_push(const options *o) {
    sender s = {.o = o};
    int code = open_both(&s);
    if (code == EXIT_OK) {
        code = send_all(&s);
        say_counts(&s);
        if (code == EXIT_OK && o->strict && s.counts[4] > 0) code = EXIT_BAD_INPUT;
    }
    if (s.source != NULL) s.source->close(s.source);
    poster_close(s.poster);
    buffer_deinit(&s.answer.body);
    return code;
}
