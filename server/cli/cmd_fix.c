/* SPDX-License-Identifier: MIT */
/* fix -- tries, makes, lists and takes back rules of a server that runs. */
#include "pipeline/base/json.h"
#include "pipeline/base/log.h"
#include "pipeline/base/times.h"
#include "pipeline/queries/rule.h"
#include "server/base/json_walk.h"
#include "server/base/terminal.h"
#include "server/cli/remote.h"
#include "server/options/commands.h"
#include "server/options/secret.h"
#include <stdio.h>
#include <string.h>

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
        remote_add_string(out, w.value, of_user ? "user" : "tweet");
        buffer_add(out, TEXT("  "));
        remote_add_string(out, w.value, "field");
        buffer_add(out, TEXT("  "));
        remote_add_string(out, w.value, "before");
        buffer_add(out, TEXT(" -> "));
        remote_add_string(out, w.value, "after");
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
        remote_add_string(out, w.value, "rank");
        buffer_add(out, TEXT(" (was "));
        remote_add_string(out, w.value, "was");
        buffer_add(out, TEXT(")  @"));
        remote_add_string(out, w.value, "username");
        buffer_add(out, TEXT("  "));
        remote_add_string(out, w.value, "before");
        buffer_add(out, TEXT(" -> "));
        remote_add_string(out, w.value, "influence");
        buffer_add_byte(out, '\n');
    }
}

static void add_effect(buffer *out, text data) {
    text refused;
    remote_add_string(out, data, "tweets");
    buffer_add(out, TEXT(" tweets and "));
    remote_add_string(out, data, "users");
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
    remote_add_string(out, fix, "number");
    buffer_add(out, TEXT("  "));
    remote_add_string(out, fix, "made_at");
    buffer_add(out, is_true(fix, "undone") ? TEXT("  taken back") : TEXT("  in force"));
    buffer_add(out, TEXT("\n  where "));
    remote_add_string(out, fix, "where");
    buffer_add(out, TEXT("\n  set   "));
    remote_add_string(out, fix, "set");
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
    remote_add_string(out, data, "number");
    buffer_add(out, TEXT("; dunlin fix --undo "));
    remote_add_string(out, data, "number");
    buffer_add(out, TEXT(" takes it back\n"));
    if (!is_true(data, "stored")) buffer_add(out, TEXT("it is not stored, but held in memory\n"));
}

static void add_answer(buffer *out, const options *o, text data) {
    if (o->undo != 0) {
        buffer_add(out, TEXT("taken back: fix "));
        remote_add_string(out, data, "number");
        buffer_add_byte(out, '\n');
    } else if (!o->list) {
        add_rule(out, data);
    } else if (!json_walk_next(&(json_walk){.container = data})) {
        buffer_add(out, TEXT("no fixes\n"));
    } else {
        for (json_walk w = {.container = data}; json_walk_next(&w);) add_entry(out, w.value);
    }
}

/* ---- Asking ---- */

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

static int send_order(const remote *r) {
    buffer order = {0};
    write_order(r->options, &order);
    int code = EXIT_FAILED;
    if (order.failed)
        complain("fix", status_text(STATUS_NO_MEMORY), NULL);
    else
        code = remote_post(r, buffer_text(&order));
    buffer_deinit(&order);
    return code;
}

int command_fix(const options *o) {
    char line[SECRET_LINE_BYTES] = "";
    remote r = {.options = o,
                .url = o->operand_count > 0 ? o->operands[0] : HOME_URL,
                .what = "fixes",
                .add = add_answer};
    int code = check(o);
    if (code != EXIT_OK) return code;
    /* What changes the past takes the token of those who push, where there is one. */
    if (!o->list && secret_has_push(o))
        code = secret_read_push(o, line, &r.token);
    else if (o->token_file != NULL)
        code = secret_read(o, line, &r.token);
    if (code == EXIT_OK) code = o->list ? remote_get(&r) : send_order(&r);
    explicit_bzero(line, sizeof line);
    return code;
}
