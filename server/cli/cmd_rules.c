/* SPDX-License-Identifier: MIT */
/* The rules of X's filtered stream: what to ask, and what the answer says. */
#include "pipeline/base/json.h"
#include "pipeline/base/log.h"
#include "pipeline/sources/x_rules.h"
#include "pipeline/sources/x_stream.h"
#include "server/base/json_walk.h"
#include "server/base/terminal.h"
#include "server/base/version.h"
#include "server/options/commands.h"
#include "server/process/assembly_x.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES_MAX = 100, TOKEN_BYTES_MAX = 256, IDS_MAX = 1000 };

typedef struct {
    const options *options;
    x_rules_options to;
    bool is_dry_run;
    buffer out; /* Lines for people, or the body of the JSON. */
    json_writer json;
    uint64_t refused; /* Rules that were not created, are not valid, or were not removed. */
} rules_run;

/* ---- What is said ---- */

/* A member's words without what could move a terminal; "" when there is none. */
static void add_words(buffer *out, text object, const char *path) {
    buffer words = {0};
    text value;
    if (json_walk_find(object, path, &value)) {
        if (json_walk_string(value, &words))
            terminal_escape(out, buffer_text(&words));
        else
            terminal_escape(out, value);
    }
    if (words.failed) out->failed = true;
    buffer_deinit(&words);
}

static void copy_member(json_writer *w, text object, const char *from, const char *key) {
    buffer words = {0};
    text value;
    if (!json_walk_find(object, from, &value)) return;
    json_key(w, key);
    if (json_walk_string(value, &words))
        json_put_text(w, buffer_text(&words));
    else
        json_put_raw(w, value);
    if (words.failed) w->out->failed = true;
    buffer_deinit(&words);
}

static void say_rule(rules_run *r, text rule) {
    if (r->options->json) {
        json_begin_object(&r->json);
        copy_member(&r->json, rule, "id", "id");
        copy_member(&r->json, rule, "value", "value");
        copy_member(&r->json, rule, "tag", "tag");
        json_end_object(&r->json);
        return;
    }
    add_words(&r->out, rule, "id");
    buffer_add_byte(&r->out, '\t');
    add_words(&r->out, rule, "tag");
    buffer_add_byte(&r->out, '\t');
    add_words(&r->out, rule, "value");
    buffer_add_byte(&r->out, '\n');
}

static void say_rules(rules_run *r, text answer) {
    json_walk all = {0};
    if (!json_walk_find(answer, "data", &all.container) || !json_walk_is(all.container, '['))
        return;
    while (json_walk_next(&all)) say_rule(r, all.value);
}

/* "VALUE: title: detail", each with its reasons, which a list may hold. */
static void say_error(rules_run *r, text error) {
    static const char *const keys[] = {"value", "id", "title", "detail", "message"};
    if (r->options->json) {
        json_begin_object(&r->json);
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            copy_member(&r->json, error, keys[i], keys[i]);
        copy_member(&r->json, error, "details", "details");
        json_end_object(&r->json);
        return;
    }
    bool is_first = true;
    text value;
    buffer_add(&r->out, TEXT("refused: "));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (!json_walk_find(error, keys[i], &value)) continue;
        if (!is_first) buffer_add(&r->out, TEXT(": "));
        add_words(&r->out, error, keys[i]);
        is_first = false;
    }
    buffer_add_byte(&r->out, '\n');
    json_walk details = {0};
    if (!json_walk_find(error, "details", &details.container)) return;
    while (json_walk_is(details.container, '[') && json_walk_next(&details)) {
        buffer words = {0};
        buffer_add(&r->out, TEXT("  "));
        if (json_walk_string(details.value, &words)) terminal_escape(&r->out, buffer_text(&words));
        buffer_add_byte(&r->out, '\n');
        buffer_deinit(&words);
    }
}

static void say_errors(rules_run *r, text answer) {
    json_walk all = {0};
    if (!json_walk_find(answer, "errors", &all.container) || !json_walk_is(all.container, '['))
        return;
    while (json_walk_next(&all)) say_error(r, all.value);
}

static uint64_t count_of(text answer, const char *path) {
    text value;
    uint64_t count = 0;
    if (json_walk_find(answer, path, &value)) (void)text_to_u64(value, &count);
    return count;
}

static void say_summary(rules_run *r, text answer) {
    static const char *const names[] = {"created", "not_created", "valid",
                                        "invalid", "deleted",     "not_deleted"};
    char path[64];
    text value;
    bool is_first = true;
    r->refused += count_of(answer, "meta.summary.not_created") +
                  count_of(answer, "meta.summary.invalid") +
                  count_of(answer, "meta.summary.not_deleted");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "meta.summary.%s", names[i]);
        if (!json_walk_find(answer, path, &value)) continue;
        if (r->options->json) {
            json_field(&r->json, names[i], u64, count_of(answer, path));
            continue;
        }
        buffer_add_format(&r->out, "%s%llu ", is_first ? "" : ", ",
                          (unsigned long long)count_of(answer, path));
        for (const char *c = names[i]; *c != '\0'; c++)
            buffer_add_byte(&r->out, *c == '_' ? ' ' : *c);
        is_first = false;
    }
    if (!r->options->json && !is_first)
        buffer_add_format(&r->out, "%s\n", r->is_dry_run ? " (nothing was changed)" : "");
}

/* ---- What is asked ---- */

static int complain_of(const x_rules_answer *a, status s) {
    char todo[96] = "";
    if (s == STATUS_BAD_ARGUMENT) {
        complain("--x-url", "not an address",
                 "give an https:// address, or http:// on this machine");
        return EXIT_CONFIGURATION;
    }
    if (s == STATUS_NO_MEMORY) {
        complain("rules", status_text(s), NULL);
        return EXIT_FAILED;
    }
    if (a->reset_ms != 0) {
        char when[TIME_TEXT_BYTES];
        time_to_text(a->reset_ms, when);
        (void)snprintf(todo, sizeof todo, "ask again after %s", when);
    } else if (s == STATUS_UNAUTHORIZED) {
        (void)snprintf(todo, sizeof todo, "give a token of an app that may read the stream");
    }
    complain("rules", a->detail[0] != '\0' ? a->detail : status_text(s),
             *todo != '\0' ? todo : NULL);
    return EXIT_UPSTREAM;
}

static int bad_answer(void) {
    complain("rules", "the answer is not in the documented form", NULL);
    return EXIT_UPSTREAM;
}

/* The token of the next page as part of an address; false: it was the last. */
static bool next_page(text answer, char parameters[TOKEN_BYTES_MAX + 32]) {
    text value;
    if (!json_walk_find(answer, "meta.next_token", &value) || !json_walk_is(value, '"'))
        return false;
    value = text_slice(value, 1, value.count - 1);
    for (size_t i = 0; i < value.count; i++) {
        char c = value.bytes[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && (c == '\0' || strchr("-_.~", c) == NULL)) return false;
    }
    if (value.count == 0 || value.count > TOKEN_BYTES_MAX) return false;
    (void)snprintf(parameters, TOKEN_BYTES_MAX + 32, "pagination_token=%.*s", (int)value.count,
                   value.bytes);
    return true;
}

static int list_rules(rules_run *r) {
    char parameters[TOKEN_BYTES_MAX + 32] = "";
    x_rules_answer a = {0};
    int code = EXIT_OK;
    if (r->options->json) {
        json_key(&r->json, "rules");
        json_begin_array(&r->json);
    }
    for (int page = 0; page < PAGES_MAX; page++) {
        text answer;
        status s = x_rules_ask(&r->to, parameters, TEXT(""), &a);
        if (s != STATUS_OK) {
            code = complain_of(&a, s);
            break;
        }
        if (!json_walk_whole(buffer_text(&a.body), &answer)) {
            code = bad_answer();
            break;
        }
        say_rules(r, answer);
        if (!next_page(answer, parameters)) break;
    }
    if (r->options->json) json_end_array(&r->json);
    buffer_deinit(&a.body);
    return code;
}

static void say_change(rules_run *r, text answer) {
    if (!r->options->json) {
        say_rules(r, answer);
        say_errors(r, answer);
        say_summary(r, answer);
        return;
    }
    json_field(&r->json, "dry_run", bool, r->is_dry_run);
    json_key(&r->json, "rules");
    json_begin_array(&r->json);
    say_rules(r, answer);
    json_end_array(&r->json);
    json_key(&r->json, "errors");
    json_begin_array(&r->json);
    say_errors(r, answer);
    json_end_array(&r->json);
    json_key(&r->json, "summary");
    json_begin_object(&r->json);
    say_summary(r, answer);
    json_end_object(&r->json);
}

static int change_rules(rules_run *r, text body) {
    x_rules_answer a = {0};
    text answer;
    status s = x_rules_ask(&r->to, r->is_dry_run ? "dry_run=true" : "", body, &a);
    int code = EXIT_OK;
    /* A rule that cannot be is answered with 400, and why. */
    bool has_answer =
        a.code != 0 && json_walk_whole(buffer_text(&a.body), &answer) &&
        (s == STATUS_OK || (a.code == 400 && count_of(answer, "meta.summary.invalid") +
                                                     count_of(answer, "meta.summary.not_created") >
                                                 0));
    if (has_answer)
        say_change(r, answer);
    else
        code = s == STATUS_OK ? bad_answer() : complain_of(&a, s);
    buffer_deinit(&a.body);
    return code;
}

static int add_rules(rules_run *r) {
    buffer body = {0};
    json_writer w = json_to(&body);
    json_begin_object(&w);
    json_key(&w, "add");
    json_begin_array(&w);
    for (size_t i = 1; i < r->options->operand_count; i++) {
        json_begin_object(&w);
        json_field(&w, "value", string, r->options->operands[i]);
        if (r->options->tag != NULL) json_field(&w, "tag", string, r->options->tag);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    int code = body.failed ? EXIT_FAILED : change_rules(r, buffer_text(&body));
    buffer_deinit(&body);
    return code;
}

static int remove_rules(rules_run *r) {
    buffer body = {0};
    json_writer w = json_to(&body);
    json_begin_object(&w);
    json_key(&w, "delete");
    json_begin_object(&w);
    json_key(&w, "ids");
    json_begin_array(&w);
    for (size_t i = 1; i < r->options->operand_count; i++)
        json_put_string(&w, r->options->operands[i]);
    json_end_array(&w);
    json_end_object(&w);
    json_end_object(&w);
    int code = body.failed ? EXIT_FAILED : change_rules(r, buffer_text(&body));
    buffer_deinit(&body);
    return code;
}

static int check_rules(rules_run *r) {
    r->is_dry_run = true;
    return add_rules(r);
}

static const struct {
    const char *word, *wants; /* wants NULL: nothing. */
    int (*run)(rules_run *r);
} actions[] = {
    {"list", NULL, list_rules},
    {"add", "VALUE", add_rules},
    {"remove", "ID", remove_rules},
    {"check", "VALUE", check_rules},
};
enum { ACTIONS = sizeof actions / sizeof actions[0] };

static int find_action(const options *o, size_t *found) {
    const char *word = o->operand_count > 0 ? o->operands[0] : "list";
    for (*found = 0; *found < ACTIONS && strcmp(word, actions[*found].word) != 0;) ++*found;
    if (*found == ACTIONS) {
        complain(word, "rules does no such thing", "give one of list, add, remove, check");
        return EXIT_USAGE;
    }
    const char *wants = actions[*found].wants;
    if ((wants != NULL) == (o->operand_count > 1)) return EXIT_OK;
    char todo[64];
    (void)snprintf(todo, sizeof todo, wants == NULL ? "write rules %s alone" : "write rules %s %s",
                   word, wants);
    complain(word, wants == NULL ? "it takes nothing more" : "nothing is named", todo);
    return EXIT_USAGE;
}

int command_rules(const options *o) {
    buffer token = {0};
    size_t action;
    rules_run r = {.options = o, .is_dry_run = o->dry_run};
    int code = find_action(o, &action);
    if (code == EXIT_OK) code = assembly_read_x_token(o, &token);
    if (code != EXIT_OK) return code;
    r.to = (x_rules_options){
        .base_url = o->x_url, .token = buffer_text(&token), .user_agent = "dunlin/" DUNLIN_VERSION};
    r.json = json_to(&r.out);
    if (o->json) json_begin_object(&r.json);
    code = actions[action].run(&r);
    if (o->json) json_end_object(&r.json);
    if (o->json) buffer_add_byte(&r.out, '\n');
    if (code == EXIT_OK && r.out.failed) code = EXIT_FAILED;
    if (code == EXIT_OK) (void)fwrite(r.out.bytes, 1, r.out.count, stdout);
    buffer_deinit(&r.out);
    x_stream_wipe_token(&token);
    return code == EXIT_OK && r.refused > 0 ? EXIT_BAD_INPUT : code;
}
