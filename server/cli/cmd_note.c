/* SPDX-License-Identifier: MIT */
/* note -- puts a note on the timeline of a server that runs, lists them, takes one away. */
#include "pipeline/base/json.h"
#include "pipeline/base/times.h"
#include "server/base/json_walk.h"
#include "server/base/terminal.h"
#include "server/cli/remote.h"
#include "server/options/commands.h"
#include "server/options/secret.h"
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *words, *url; /* words: NULL where there are none. */
    size_t extra;            /* Operands beside them. */
} operands;

static operands operands_of(const options *o) {
    operands result = {NULL, HOME_URL, 0};
    size_t count = o->operand_count;
    if (count > 0 && remote_is_url(o->operands[count - 1])) result.url = o->operands[--count];
    if (count > 0) result.words = o->operands[0];
    result.extra = count > 1 ? count - 1 : 0;
    return result;
}

static bool is_time(const char *words) {
    int64_t ms;
    return words == NULL || time_from_rfc3339(text_of(words), &ms);
}

static int check(const options *o, const operands *given) {
    const char *why = NULL;
    int asked = (o->undo != 0) + o->list + (given->words != NULL);
    if (given->extra > 0) why = "a note is one text: quote it";
    if (asked > 1) why = "a note, --undo and --list go one at a time";
    if (asked == 0) why = "it needs what to note";
    if (!is_time(o->at)) why = "--at is no time such as 2012-07-04T12:00:00Z";
    if (!is_time(o->until)) why = "--until is no time such as 2012-07-04T12:00:00Z";
    if (why == NULL && !o->list && !secret_has_push(o))
        why = "a token is needed: give --push-token-file FILE, as the server has it";
    if (why == NULL) return EXIT_OK;
    complain("note", why, "see dunlin note --help");
    return EXIT_USAGE;
}

/* "7  2012-07-04T12:00:00.000Z - ...  goal" */
static void add_note(buffer *out, text note) {
    text until;
    remote_add_string(out, note, "id");
    buffer_add(out, TEXT("  "));
    remote_add_string(out, note, "at");
    if (json_walk_find(note, "until", &until) && json_walk_is(until, '"')) {
        buffer_add(out, TEXT(" - "));
        remote_add_string(out, note, "until");
    }
    buffer_add(out, TEXT("  "));
    remote_add_string(out, note, "text");
    buffer_add_byte(out, '\n');
}

static void add_answer(buffer *out, const options *o, text data) {
    if (o->undo != 0) {
        buffer_add(out, TEXT("taken away: note "));
        remote_add_string(out, data, "id");
        buffer_add_byte(out, '\n');
    } else if (!o->list) {
        add_note(out, data);
    } else if (!json_walk_next(&(json_walk){.container = data})) {
        buffer_add(out, TEXT("no notes\n"));
    } else {
        for (json_walk w = {.container = data}; json_walk_next(&w);) add_note(out, w.value);
    }
}

static int send_note(const remote *r, const char *words) {
    const options *o = r->options;
    buffer body = {0};
    json_writer w = json_to(&body);
    json_begin_object(&w);
    json_key(&w, "at");
    o->at != NULL ? json_put_string(&w, o->at)
                  : json_put_time(&w, clock_real()->now_ms(clock_real()));
    if (o->until != NULL) json_field(&w, "until", string, o->until);
    json_field(&w, "text", string, words);
    json_end_object(&w);
    int code = EXIT_FAILED;
    if (body.failed)
        complain("note", status_text(STATUS_NO_MEMORY), NULL);
    else
        code = remote_post(r, buffer_text(&body));
    buffer_deinit(&body);
    return code;
}

static int ask(const options *o, remote *r, const char *words) {
    char path[48];
    if (o->list) return remote_get(r);
    if (o->undo == 0) return send_note(r, words);
    (void)snprintf(path, sizeof path, "annotations/%llu", (unsigned long long)o->undo);
    r->what = path;
    return remote_delete(r);
}

int command_note(const options *o) {
    char line[SECRET_LINE_BYTES] = "";
    const operands given = operands_of(o);
    remote r = {.options = o, .url = given.url, .what = "annotations", .add = add_answer};
    int code = check(o, &given);
    if (code != EXIT_OK) return code;
    if (!o->list)
        code = secret_read_push(o, line, &r.token);
    else if (o->token_file != NULL)
        code = secret_read(o, line, &r.token);
    if (code == EXIT_OK) code = ask(o, &r, given.words);
    explicit_bzero(line, sizeof line);
    return code;
}
