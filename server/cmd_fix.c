/* SPDX-License-Identifier: MIT */
/* fix -- tries, makes, lists and takes back rules of a server that runs. */
#include "pipeline/base/json.h"
#include "pipeline/base/log.h"
#include "pipeline/base/times.h"
#include "pipeline/queries/rule.h"
#include "server/asker.h"
#include "server/commands.h"
#include "server/json_walk.h"
#include "server/poster.h"
#include "server/secret.h"
#include "server/terminal.h"
#include <stdio.h>
#include <string.h>

#define HOME_URL "http://127.0.0.1:8400/"

/* ---- What is wrong, before anything is sent ---- */

/* The text on a line of its own, and what of it is meant below. */
static void point_at(const char *words, const rule_error *e) {
    buffer out = {0};
    text all = text_of(words);
    terminal_escape(&out, text_slice(all, 0, e->position));
    size_t from = out.count;
    terminal_escape(&out, text_slice(all, e->position, e->position + e->count));
    size_t to = out.count;
    terminal_escape(&out, text_slice(all, e->position + e->count, all.count));
    buffer_add(&out, TEXT("\n  "));
    for (size_t i = 0; i < from; i++) /* A letter of several bytes takes one column. */
        if ((out.bytes[i] & 0xC0) != 0x80) buffer_add_byte(&out, ' ');
    buffer_add_byte(&out, '^');
    for (size_t i = from + 1; i < to; i++)
        if ((out.bytes[i] & 0xC0) != 0x80) buffer_add_byte(&out, '^');
    if (!out.failed) (void)fprintf(stderr, "  %.*s\n", (int)out.count, out.bytes);
    buffer_deinit(&out);
}

static int check_rule(const options *o) {
    const int64_t now_ms = clock_real()->now_ms(clock_real());
    const rule_times times = {now_ms, now_ms};
    rule_error e;
    rule *r;
    status s = rule_read(text_of(o->where), text_of(o->set), &times, &r, &e);
    rule_free(r);
    if (s == STATUS_OK) return EXIT_OK;
    complain(e.in_set ? "--set" : "--where", s == STATUS_BAD_FORMAT ? e.message : status_text(s),
             NULL);
    if (s == STATUS_BAD_FORMAT) point_at(e.in_set ? o->set : o->where, &e);
    return EXIT_USAGE;
}

static int check(const options *o) {
    bool is_rule = o->where != NULL || o->set != NULL;
    int asked = (o->undo != 0) + o->list + is_rule;
    const char *why = NULL;
    if (o->operand_count > 1) why = "it asks one server";
    if (asked > 1) why = "a rule, --undo and --list go one at a time";
    if (asked == 0) why = "it needs a rule";
    if (o->apply && o->dry_run) why = "--apply and --dry-run exclude each other";
    if (why == NULL && is_rule && (o->where == NULL || o->set == NULL))
        why = o->where == NULL ? "--where is missing" : "--set is missing";
    if (why == NULL) return is_rule ? check_rule(o) : EXIT_OK;
    complain("fix", why, "see dunlin fix --help");
    return EXIT_USAGE;
}

/* ---- Answers for people ---- */

static void add_string(buffer *out, text object, const char *path) {
    buffer words = {0};
    text value;
    if (json_walk_find(object, path, &value) && !json_walk_string(value, &words))
        buffer_add(&words, value); /* A number, or null. */
    terminal_escape(out, buffer_text(&words));
    out->failed = out->failed || words.failed;
    buffer_deinit(&words);
}

static bool is_true(text object, const char *path) {
    text value;
    return json_walk_find(object, path, &value) && text_equal(value, TEXT("true"));
}

static void add_changes(buffer *out, text data, const char *path, const char *whose) {
    text changes;
    if (!json_walk_find(data, path, &changes)) return;
    for (json_walk w = {.container = changes}; json_walk_next(&w);) {
        buffer_add_format(out, "  %s: ", whose);
        terminal_escape(out, w.key);
        buffer_add(out, TEXT(" of "));
        terminal_escape(out, w.value);
        buffer_add_byte(out, '\n');
    }
}

static void add_samples(buffer *out, text data) {
    text samples, id;
    if (!json_walk_find(data, "samples", &samples)) return;
    for (json_walk w = {.container = samples}; json_walk_next(&w);) {
        bool of_user = json_walk_find(w.value, "user", &id);
        buffer_add(out, of_user ? TEXT("    person ") : TEXT("    tweet "));
        add_string(out, w.value, of_user ? "user" : "tweet");
        buffer_add(out, TEXT("  "));
        add_string(out, w.value, "field");
        buffer_add(out, TEXT("  "));
        add_string(out, w.value, "before");
        buffer_add(out, TEXT(" -> "));
        add_string(out, w.value, "after");
        buffer_add_byte(out, '\n');
    }
}

/* Who would be where on the board; nothing where nobody's influence changes. */
static void add_board(buffer *out, text data) {
    text board, influence, before;
    bool changes = false;
    if (!json_walk_find(data, "board", &board)) return;
    for (json_walk w = {.container = board}; json_walk_next(&w);)
        if (json_walk_find(w.value, "influence", &influence) &&
            json_walk_find(w.value, "before", &before) && !text_equal(influence, before))
            changes = true;
    if (json_walk_is(board, '[') && !changes)
        buffer_add(out, TEXT("  the first ten authors stay as they are\n"));
    if (!changes) return;
    buffer_add(out, TEXT("  the first authors, by influence:\n"));
    for (json_walk w = {.container = board}; json_walk_next(&w);) {
        buffer_add(out, TEXT("    "));
        add_string(out, w.value, "rank");
        buffer_add(out, TEXT(" (was "));
        add_string(out, w.value, "was");
        buffer_add(out, TEXT(")  @"));
        add_string(out, w.value, "username");
        buffer_add(out, TEXT("  "));
        add_string(out, w.value, "before");
        buffer_add(out, TEXT(" -> "));
        add_string(out, w.value, "influence");
        buffer_add_byte(out, '\n');
    }
}

static void add_effect(buffer *out, text data) {
    text refused;
    add_string(out, data, "tweets");
    buffer_add(out, TEXT(" tweets and "));
    add_string(out, data, "users");
    buffer_add(out, TEXT(" people match\n"));
    add_changes(out, data, "changes.tweets", "tweets");
    add_changes(out, data, "changes.users", "people");
    if (json_walk_find(data, "refused", &refused) && !text_equal(refused, TEXT("0"))) {
        buffer_add(out, TEXT("  left as they are, beyond all times: "));
        terminal_escape(out, refused);
        buffer_add_byte(out, '\n');
    }
}

static void add_entry(buffer *out, text fix) {
    add_string(out, fix, "number");
    buffer_add(out, TEXT("  "));
    add_string(out, fix, "made_at");
    buffer_add(out, is_true(fix, "undone") ? TEXT("  taken back") : TEXT("  in force"));
    buffer_add(out, TEXT("\n  where "));
    add_string(out, fix, "where");
    buffer_add(out, TEXT("\n  set   "));
    add_string(out, fix, "set");
    buffer_add(out, TEXT("\n  "));
    add_effect(out, fix);
}

static void add_rule(buffer *out, text data) {
    bool is_dry = is_true(data, "dry_run");
    add_effect(out, data);
    add_samples(out, data);
    add_board(out, data);
    if (is_dry) {
        buffer_add(out, TEXT("nothing was changed; --apply does it\n"));
        return;
    }
    buffer_add(out, TEXT("done: fix "));
    add_string(out, data, "number");
    buffer_add(out, TEXT("; dunlin fix --undo "));
    add_string(out, data, "number");
    buffer_add(out, TEXT(" takes it back\n"));
    if (!is_true(data, "stored")) buffer_add(out, TEXT("it is not stored, but held in memory\n"));
}

static void add_answer(buffer *out, const options *o, text data) {
    if (o->undo != 0) {
        buffer_add(out, TEXT("taken back: fix "));
        add_string(out, data, "number");
        buffer_add_byte(out, '\n');
    } else if (!o->list) {
        add_rule(out, data);
    } else if (!json_walk_next(&(json_walk){.container = data})) {
        buffer_add(out, TEXT("no fixes\n"));
    } else {
        for (json_walk w = {.container = data}; json_walk_next(&w);) add_entry(out, w.value);
    }
}

static int show(const options *o, text body) {
    text whole, data;
    buffer out = {0};
    if (!json_walk_whole(body, &whole) || !json_walk_find(whole, "data", &data)) {
        complain("fix", "this is no answer of dunlin", "give the address that dunlin serve prints");
        return EXIT_UPSTREAM;
    }
    if (o->json) {
        buffer_add(&out, data);
        buffer_add_byte(&out, '\n');
    } else {
        add_answer(&out, o, data);
    }
    bool good = !out.failed && fwrite(out.bytes, 1, out.count, stdout) == out.count;
    buffer_deinit(&out);
    return good ? EXIT_OK : EXIT_FAILED;
}

/* ---- Asking ---- */

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

static void write_order(const options *o, buffer *out) {
    json_writer w = json_to(out);
    json_begin_object(&w);
    if (o->undo != 0) {
        json_field(&w, "undo", u64, o->undo);
    } else {
        json_field(&w, "where", string, o->where);
        json_field(&w, "set", string, o->set);
        json_field(&w, "dry_run", bool, !o->apply);
    }
    json_end_object(&w);
}

static int post(const options *o, const char *url, text token) {
    poster *p;
    poster_answer answer = {0};
    buffer order = {0};
    int code = EXIT_FAILED;
    write_order(o, &order);
    status s =
        order.failed ? STATUS_NO_MEMORY : poster_open(url, "fixes", "application/json", token, &p);
    if (s != STATUS_OK) {
        complain(url, status_text(s), "give the address that dunlin serve prints");
    } else {
        s = poster_send(p, buffer_text(&order), &answer);
        if (s != STATUS_OK) {
            complain(url, "there is no answer", answer.detail[0] == '\0' ? NULL : answer.detail);
            code = EXIT_UPSTREAM;
        } else {
            code = answer.code == 200 ? show(o, buffer_text(&answer.body)) : say_problem(&answer);
        }
        poster_close(p);
    }
    buffer_deinit(&answer.body);
    buffer_deinit(&order);
    return code;
}

static int list(const options *o, const char *url, text token) {
    asker *a;
    buffer body = {0};
    status s = asker_remote(url, token, &a);
    if (s != STATUS_OK) {
        complain(url, status_text(s), "give the address that dunlin serve prints");
        return EXIT_FAILED;
    }
    s = a->ask(a, "fixes", &body);
    if (s != STATUS_OK) complain(url, status_text(s), a->detail[0] == '\0' ? NULL : a->detail);
    int code = s == STATUS_OK ? show(o, buffer_text(&body)) : EXIT_UPSTREAM;
    buffer_deinit(&body);
    a->close(a);
    return code;
}

int command_fix(const options *o) {
    char line[SECRET_LINE_BYTES] = "";
    text token = {NULL, 0};
    const char *url = o->operand_count > 0 ? o->operands[0] : HOME_URL;
    int code = check(o);
    if (code != EXIT_OK) return code;
    /* What changes the past takes the token of those who push, where there is one. */
    if (!o->list && secret_has_push(o))
        code = secret_read_push(o, line, &token);
    else if (o->token_file != NULL)
        code = secret_read(o, line, &token);
    if (code == EXIT_OK) code = o->list ? list(o, url, token) : post(o, url, token);
    explicit_bzero(line, sizeof line);
    return code;
}
