/* SPDX-License-Identifier: MIT */
#include "server/cli/remote.h"

#include "pipeline/base/log.h"
#include "server/base/json_walk.h"
#include "server/base/terminal.h"
#include "server/cli/asker.h"
#include "server/cli/poster.h"
#include "server/options/commands.h"
#include <stdio.h>
#include <string.h>

bool remote_is_url(const char *operand) {
    return strncmp(operand, "http://", 7) == 0 || strncmp(operand, "https://", 8) == 0;
}

void remote_add_string(buffer *out, text object, const char *path) {
    buffer words = {0};
    text value;
    if (json_walk_find(object, path, &value) && !json_walk_string(value, &words))
        buffer_add(&words, value); /* A number, or null. */
    terminal_escape(out, buffer_text(&words));
    out->failed = out->failed || words.failed;
    buffer_deinit(&words);
}

static int show(const remote *r, text body) {
    const char *name = r->options->command->name;
    text whole, data;
    buffer out = {0};
    if (!json_walk_whole(body, &whole) || !json_walk_find(whole, "data", &data)) {
        complain(name, "this is no answer of dunlin", "give the address that dunlin serve prints");
        return EXIT_UPSTREAM;
    }
    if (r->options->json) {
        buffer_add(&out, data);
        buffer_add_byte(&out, '\n');
    } else {
        r->add(&out, r->options, data);
    }
    bool good = !out.failed && fwrite(out.bytes, 1, out.count, stdout) == out.count;
    buffer_deinit(&out);
    return good ? EXIT_OK : EXIT_FAILED;
}

/* The server's first words about what is wrong: of a rule, else of all. */
static int say_problem(const poster_answer *answer) {
    text errors, value;
    buffer why = {0};
    char words[48];
    (void)snprintf(words, sizeof words, "it answers %u", answer->code);
    json_walk first = {0};
    if (json_walk_find(buffer_text(&answer->body), "errors", &errors)) first.container = errors;
    bool is_known = first.container.count > 0 && json_walk_next(&first) &&
                    json_walk_find(first.value, "detail", &value);
    if (is_known || json_walk_find(buffer_text(&answer->body), "detail", &value))
        (void)json_walk_string(value, &why);
    buffer_add_byte(&why, '\0');
    complain("the server", words, why.failed || why.bytes[0] == '\0' ? NULL : why.bytes);
    buffer_deinit(&why);
    return answer->code == 401 || answer->code == 403 ? EXIT_UPSTREAM : EXIT_FAILED;
}

static int say_no_address(const remote *r, status s) {
    complain(r->url, status_text(s), "give the address that dunlin serve prints");
    return EXIT_FAILED;
}

static int send(const remote *r, poster_method method, text body) {
    poster *p;
    poster_answer answer = {0};
    status s = poster_open(r->url, r->what, "application/json", r->token, &p);
    if (s != STATUS_OK) return say_no_address(r, s);
    int code = EXIT_UPSTREAM;
    s = poster_send_as(p, method, body, &answer);
    if (s != STATUS_OK)
        complain(r->url, "there is no answer", answer.detail[0] == '\0' ? NULL : answer.detail);
    else
        code = answer.code == 200 ? show(r, buffer_text(&answer.body)) : say_problem(&answer);
    poster_close(p);
    buffer_deinit(&answer.body);
    return code;
}

int remote_post(const remote *r, text body) {
    return send(r, POSTER_POST, body);
}

int remote_delete(const remote *r) {
    return send(r, POSTER_DELETE, (text){"", 0});
}

int remote_get(const remote *r) {
    asker *a;
    buffer body = {0};
    status s = asker_remote(r->url, r->token, &a);
    if (s != STATUS_OK) return say_no_address(r, s);
    s = a->ask(a, r->what, &body);
    if (s != STATUS_OK) complain(r->url, status_text(s), a->detail[0] == '\0' ? NULL : a->detail);
    int code = s == STATUS_OK ? show(r, buffer_text(&body)) : EXIT_UPSTREAM;
    buffer_deinit(&body);
    a->close(a);
    return code;
}
