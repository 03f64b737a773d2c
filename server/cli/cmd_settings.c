/* SPDX-License-Identifier: MIT */
/* check-config, completions, man: what follows from the table of options. */
#include "pipeline/base/log.h"
#include "server/base/terminal.h"
#include "server/options/commands.h"
#include "server/options/options_table.h"
#include <stdio.h>
#include <unistd.h>

static int print(buffer *out) {
    int code = out->failed ? EXIT_FAILED : EXIT_OK;
    if (out->failed)
        complain("answer", status_text(STATUS_NO_MEMORY), NULL);
    else
        (void)fwrite(out->bytes, 1, out->count, stdout);
    buffer_deinit(out);
    return code;
}

int command_man(const options *o) {
    buffer out = {0};
    (void)o;
    options_write_man(&out);
    return print(&out);
}

int command_completions(const options *o) {
    buffer out = {0};
    if (options_write_completions(text_of(o->operands[0]), &out)) return print(&out);
    complain(o->operands[0], "no shell that is known", "give bash, zsh or fish");
    return EXIT_USAGE;
}

/* Reads a file as every command would. */
static bool check(const options *o, const char *path, bool must_exist) {
    options all = {.memory = o->memory};
    buffer problem = {0}, line = {0};
    size_t count;
    bool good = options_apply_file(&all, path, must_exist, &count, &problem);
    buffer_add_byte(&problem, '\0');
    if (!good)
        complain(problem.failed ? path : problem.bytes, "", NULL);
    else if (!o->quiet && (must_exist || access(path, F_OK) == 0)) {
        terminal_escape(&line, text_of(path));
        (void)printf("%.*s: right, %zu setting%s\n", (int)line.count, line.bytes, count,
                     count == 1 ? "" : "s");
    } else if (!o->quiet) {
        terminal_escape(&line, text_of(path));
        (void)printf("%.*s: not there\n", (int)line.count, line.bytes);
    }
    buffer_deinit(&problem);
    buffer_deinit(&line);
    return good;
}

int command_check_config(const options *o) {
    char path[OPTIONS_PATH_BYTES];
    bool good = true;
    for (size_t i = 0; i < o->operand_count; i++) good = check(o, o->operands[i], true) && good;
    if (o->operand_count == 0 && o->config != NULL) good = check(o, o->config, true);
    if (o->operand_count == 0 && o->config == NULL) {
        const char *user = options_user_file(path);
        good = check(o, OPTIONS_SYSTEM_FILE, false);
        if (user != NULL) good = check(o, user, false) && good;
    }
    return good ? EXIT_OK : EXIT_CONFIGURATION;
}
