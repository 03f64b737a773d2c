/* SPDX-License-Identifier: MIT */
/* What was meant by a command line: defaults, configuration files, the environment and
 * the words themselves, each winning over those before it. */
#include "server/options/options_table.h"

#include "pipeline/base/suggest.h"
#include "server/options/commands.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK_BYTES = 4096 };

/* ---- Arguments ---- */

typedef struct {
    int argc;
    char *const *argv;
    int at;                  /* The next argument. */
    const option *rows[256]; /* Options in the order given, */
    const char *values[256]; /* with their arguments. */
    size_t count;
    options *o;
    buffer *problem;
} reading;

static bool unknown_option(reading *r, text name) {
    suggestion s = {.wanted = name};
    for (size_t i = 0; i < option_count; i++) suggest(&s, option_table[i].name);
    buffer_add(r->problem, TEXT("--"));
    buffer_add(r->problem, name);
    buffer_add(r->problem, TEXT(": no such option: "));
    if (s.best != NULL)
        buffer_add_format(r->problem, "did you mean --%s?", s.best);
    else
        buffer_add(r->problem, TEXT("dunlin --help lists them"));
    return false;
}

static bool keep_option(reading *r, const option *row, const char *value) {
    if (r->count == sizeof r->rows / sizeof r->rows[0]) {
        buffer_add_format(r->problem, "--%s: too many options: give fewer", row->name);
        return false;
    }
    r->rows[r->count] = row;
    r->values[r->count++] = value;
    return true;
}

/* Takes the argument from the next word if it was not joined to the option. */
static bool take_option(reading *r, const option *row, const char *joined) {
    if (row->type == FLAG && joined != NULL) {
        buffer_add_format(r->problem, "--%s: it takes no value: ", row->name);
        option_add_expected(r->problem, row);
        return false;
    }
    if (row->type == FLAG || joined != NULL) return keep_option(r, row, joined);
    if (r->at < r->argc) return keep_option(r, row, r->argv[r->at++]);
    buffer_add_format(r->problem, "--%s: its value is missing: ", row->name);
    option_add_expected(r->problem, row);
    return false;
}

static bool take_long(reading *r, const char *word) {
    size_t end;
    text name = text_of(word);
    const char *joined = NULL;
    if (text_find_byte(name, '=', &end)) {
        joined = word + end + 1;
        name = text_slice(name, 0, end);
    }
    const option *row = option_find(name, 0);
    return row == NULL ? unknown_option(r, name) : take_option(r, row, joined);
}

static bool take_letters(reading *r, const char *letters) {
    for (; *letters != '\0'; letters++) {
        const option *row = option_find(TEXT(""), *letters);
        if (row == NULL) {
            buffer_add_format(r->problem, "-%c: no such option: dunlin --help lists them",
                              *letters);
            return false;
        }
        if (row->type != FLAG) return take_option(r, row, letters[1] == '\0' ? NULL : letters + 1);
        if (!take_option(r, row, NULL)) return false;
    }
    return true;
}

static bool take_words(reading *r) {
    bool only_operands = false;
    while (r->at < r->argc) {
        const char *word = r->argv[r->at++];
        bool is_option = !only_operands && word[0] == '-' && word[1] != '\0';
        if (!is_option) {
            r->o->operands[r->o->operand_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (!(word[1] == '-' ? take_long(r, word + 2) : take_letters(r, word + 1))) {
            return false;
        }
    }
    return true;
}

/* ---- What was meant ---- */

static const command *command_find(text name) {
    if (text_equal(name, TEXT("help"))) return NULL;
    for (size_t i = 0; i < command_count; i++)
        if (text_equal(name, text_of(commands[i].name))) return &commands[i];
    return NULL;
}

static void drop_first_operand(options *o) {
    o->operand_count--;
    memmove(o->operands, o->operands + 1, o->operand_count * sizeof o->operands[0]);
}

/* The first operand names the command; else it is a file of `dunlin FILE...`. */
static void choose_command(options *o) {
    if (o->operand_count == 0) return;
    text first = text_of(o->operands[0]);
    if (text_equal(first, TEXT("version"))) {
        o->version = true;
        drop_first_operand(o);
    } else if (text_equal(first, TEXT("help"))) {
        o->help = true;
        drop_first_operand(o);
        if (o->operand_count > 0) o->command = command_find(text_of(o->operands[0]));
    } else if ((o->command = command_find(first)) != NULL) {
        drop_first_operand(o);
    } else {
        o->command = &commands[0];
    }
}

static void note_origin(reading *r, const option *row, const char *before, const char *name) {
    char origin[80];
    (void)snprintf(origin, sizeof origin, "%s%s", before, name);
    r->o->origins[row - option_table] = arena_copy(r->o->memory, text_of(origin)).bytes;
}

static bool apply_options(reading *r) {
    for (size_t i = 0; i < r->count; i++) {
        const option *row = r->rows[i];
        if (!option_takes(row, r->o->command)) {
            buffer_add_format(r->problem, "--%s: not an option of %s: see dunlin %s --help",
                              row->name, r->o->command->name, r->o->command->name);
            return false;
        }
        if (!option_set(r->o, row, r->values[i])) {
            buffer_add_format(r->problem, "--%s: %s: ", row->name,
                              *r->values[i] == '\0' ? "an empty value" : r->values[i]);
            option_add_expected(r->problem, row);
            return false;
        }
        note_origin(r, row, "--", row->name);
        if (strcmp(row->name, "port") == 0) r->o->port_given = true;
    }
    return true;
}

/* A file that is wrong must not keep anyone from the help, nor from hearing what is
 * wrong with it. */
static bool needs_files(const reading *r) {
    const command *c = r->o->command;
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->rows[i]->name, "help") == 0 || strcmp(r->rows[i]->name, "version") == 0)
            return false;
    return c != NULL && c->run != command_check_config && c->run != command_doctor &&
           c->run != command_completions && c->run != command_man;
}

static bool apply_files(reading *r) {
    char path[OPTIONS_PATH_BYTES];
    size_t count;
    const char *only = getenv("DUNLIN_CONFIG"), *user = options_user_file(path);
    for (size_t i = 0; i < r->count; i++)
        if (text_equal(text_of(r->rows[i]->name), TEXT("config"))) only = r->values[i];
    r->o->config_is_wrong = true;
    bool ok = only != NULL
                  ? options_apply_file(r->o, only, true, &count, r->problem)
                  : options_apply_file(r->o, OPTIONS_SYSTEM_FILE, false, &count, r->problem) &&
                        (user == NULL || options_apply_file(r->o, user, false, &count, r->problem));
    r->o->config_is_wrong = !ok;
    return ok;
}

/* The environment comes before the command line, which wins. */
static bool apply_environment(reading *r) {
    char name[64];
    for (size_t i = 0; i < option_count; i++) {
        const option *row = &option_table[i];
        const char *value = row->may_be_preset ? option_environment(row, name) : NULL;
        if (value == NULL || !option_takes(row, r->o->command)) continue;
        note_origin(r, row, name, "");
        if (option_is_list(row)) option_unset(r->o, row);
        if (row->type == FLAG && strcmp(value, "0") == 0)
            option_unset(r->o, row);
        else if (!option_set(r->o, row, value)) {
            buffer_add_format(r->problem, "%s: %s in the environment: ", name,
                              *value == '\0' ? "an empty value" : value);
            option_add_expected(r->problem, row);
            return false;
        }
    }
    return true;
}

/* A name given on the command line replaces those of the environment. */
static void forget_names(const reading *r) {
    for (size_t i = 0; i < r->count; i++)
        if (option_is_list(r->rows[i])) option_unset(r->o, r->rows[i]);
}

/* A command's `operands` says how many it takes: "", "[FILE...]", "FILE...". */
static bool check_operands(reading *r) {
    const options *o = r->o;
    if (o->command == NULL || o->help || o->version) return true;
    const char *operands = o->command->operands;
    if (*operands == '\0' && o->operand_count > 0) {
        buffer_add_format(r->problem, "%s: %s takes no operands: see dunlin %s --help",
                          o->operands[0], o->command->name, o->command->name);
        return false;
    }
    if (*operands == '\0' || *operands == '[' || o->operand_count > 0) return true;
    buffer_add_format(r->problem, "%s: %s is missing: see dunlin %s --help", o->command->name,
                      operands, o->command->name);
    return false;
}

bool options_read(int argc, char *const argv[], options *o, buffer *problem) {
    reading r = {.argc = argc, .argv = argv, .at = 1, .o = o, .problem = problem};
    *o = (options){.argc = argc,
                   .argv = argv,
                   .operands = calloc((size_t)argc + 1, sizeof o->operands[0]),
                   .origins = calloc(option_count, sizeof o->origins[0]),
                   .memory = arena_new(ARENA_BLOCK_BYTES)};
    if (o->operands == NULL || o->origins == NULL || o->memory == NULL) {
        buffer_add(problem, TEXT("options: out of memory: free some"));
        return false;
    }
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].initial != NULL)
            (void)option_set(o, &option_table[i], option_table[i].initial);
    if (!take_words(&r)) return false;
    choose_command(o);
    if (needs_files(&r) && !apply_files(&r)) return false;
    if (!apply_environment(&r)) return false;
    forget_names(&r);
    return apply_options(&r) && check_operands(&r);
}

void options_deinit(options *o) {
    free(o->operands);
    free(o->origins);
    arena_free(o->memory);
    o->operands = NULL;
    o->origins = NULL;
    o->memory = NULL;
    o->operand_count = 0;
}
