/* SPDX-License-Identifier: MIT */
/* Configuration files as options, and options as a configuration file. */
#include "server/options/config.h"
#include "server/options/options_table.h"

#include "pipeline/base/suggest.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    options *o;
    const char *path;
    buffer *problem;
    const option *last_names; /* Of this file: its first value ends those before it. */
} applying;

static bool refuse(applying *a, const config_setting *s, const char *what) {
    buffer_add_format(a->problem, "%s:%u: ", a->path, s->line);
    buffer_add(a->problem, s->key);
    buffer_add_format(a->problem, ": %s", what);
    return false;
}

static bool refuse_name(applying *a, const config_setting *s, text name, bool is_section) {
    suggestion near = {.wanted = name};
    for (size_t i = 0; is_section && i < command_count; i++) suggest(&near, commands[i].name);
    for (size_t i = 0; !is_section && i < option_count; i++)
        if (option_table[i].may_be_preset) suggest(&near, option_table[i].name);
    buffer_add_format(a->problem, "%s:%u: ", a->path, s->line);
    buffer_add(a->problem, name);
    buffer_add(a->problem, is_section ? TEXT(": no such command: ") : TEXT(": no such setting: "));
    if (near.best != NULL)
        buffer_add_format(a->problem, "did you mean %s?", near.best);
    else
        buffer_add(a->problem, TEXT("dunlin COMMAND --help lists them"));
    return false;
}

/* The command of a section; false when there is none such. */
static bool find_section(const config_setting *s, const command **c) {
    *c = NULL;
    for (size_t i = 0; i < command_count; i++)
        if (text_equal(s->section, text_of(commands[i].name))) *c = &commands[i];
    return *c != NULL || s->section.count == 0;
}

static bool set_flag(options *o, const option *row, const char *value) {
    bool is_true = text_equal(text_of(value), TEXT("true"));
    if (!is_true && !text_equal(text_of(value), TEXT("false"))) return false;
    if (is_true) return option_set(o, row, NULL);
    option_unset(o, row);
    return true;
}

static bool set_values(applying *a, const option *row, const config_setting *s) {
    if (s->is_list && !option_is_list(row)) return false;
    if (row->type == FLAG) return set_flag(a->o, row, s->values[0]);
    if (option_is_list(row)) option_unset(a->o, row);
    for (size_t i = 0; i < s->value_count; i++)
        if (!option_set(a->o, row, s->values[i])) return false;
    return true;
}

static const char *origin_of(const applying *a, const config_setting *s) {
    char origin[512];
    (void)snprintf(origin, sizeof origin, "%.480s:%u", a->path, s->line);
    return arena_copy(a->o->memory, text_of(origin)).bytes;
}

static bool apply(applying *a, const config_setting *s) {
    const command *section;
    if (!find_section(s, &section)) return refuse_name(a, s, s->section, true);
    const option *row = option_find(s->key, 0);
    if (row == NULL || !row->may_be_preset) return refuse_name(a, s, s->key, false);
    if (section != NULL && !option_takes(row, section))
        return refuse(a, s, "not a setting of this command: move it above the sections");
    bool is_meant = a->o->command == NULL || (option_takes(row, a->o->command) &&
                                              (section == NULL || section == a->o->command));
    if (!is_meant) return true;
    if (set_values(a, row, s)) {
        if (a->o->origins != NULL) a->o->origins[row - option_table] = origin_of(a, s);
        return true;
    }
    (void)refuse(a, s, "");
    if (row->type == FLAG)
        buffer_add(a->problem, TEXT("give true or false"));
    else
        option_add_expected(a->problem, row);
    return false;
}

static bool cannot_read(applying *a, status s) {
    buffer_add_format(a->problem, "%s: %s: give a file that is there and readable", a->path,
                      status_text(s));
    return false;
}

bool options_apply_file(options *o, const char *path, bool must_exist, size_t *count,
                        buffer *problem) {
    applying a = {.o = o, .path = path, .problem = problem};
    buffer wrong = {0};
    config_setting setting;
    text bytes;
    *count = 0;
    status s = config_read_file(path, o->memory, &bytes);
    if (s == STATUS_NOT_FOUND && !must_exist) return true;
    if (s != STATUS_OK) return cannot_read(&a, s);
    config_reader r = config_of(bytes, o->memory, &wrong);
    bool ok = true;
    for (; ok && config_next(&r, &setting); ++*count) ok = apply(&a, &setting);
    if (r.has_failed) {
        buffer_add_format(problem, "%s:", path);
        buffer_add(problem, buffer_text(&wrong));
    }
    buffer_deinit(&wrong);
    return ok && !r.has_failed;
}

const char *options_user_file(char path[OPTIONS_PATH_BYTES]) {
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int count = -1;
    if (folder != NULL && folder[0] == '/')
        count = snprintf(path, OPTIONS_PATH_BYTES, "%s/dunlin/dunlin.toml", folder);
    else if (home != NULL && home[0] == '/')
        count = snprintf(path, OPTIONS_PATH_BYTES, "%s/.config/dunlin/dunlin.toml", home);
    return count > 0 && count < OPTIONS_PATH_BYTES ? path : NULL;
}

/* ---- As a file ---- */

/* A basic string of TOML. */
static void add_quoted(buffer *out, const char *value) {
    buffer_add_byte(out, '"');
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') buffer_add_byte(out, '\\');
        if ((unsigned char)*c < ' ')
            buffer_add_format(out, "\\u%04x", (unsigned char)*c);
        else
            buffer_add_byte(out, *c);
    }
    buffer_add_byte(out, '"');
}

static void add_names(buffer *out, const option_names *names) {
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < names->count; i++) {
        if (i > 0) buffer_add(out, TEXT(", "));
        add_quoted(out, names->values[i]);
    }
    buffer_add_byte(out, ']');
}

/* False when the option has no value. */
static bool add_value(buffer *out, const options *o, const option *row) {
    const void *at = (const char *)o + row->offset;
    const char *value;
    switch (row->type) {
    case FLAG: buffer_add(out, *(const bool *)at ? TEXT("true") : TEXT("false")); return true;
    case COUNT: buffer_add_u64(out, *(const uint64_t *)at); return true;
    case REAL: buffer_add_format(out, "%g", *(const double *)at); return true;
    case NAMES:
    case ORIGINS:
    case CHOICES: add_names(out, at); return true;
    case CHOICE:
    case SPEED:
    case SIZE:
    case KEEP:
    case TEXTS: break;
    }
    value = *(const char *const *)at;
    if (value == NULL) return false;
    add_quoted(out, value);
    return true;
}

void options_write_config(const options *o, buffer *out) {
    for (size_t i = 0; i < option_count; i++) {
        const option *row = &option_table[i];
        buffer value = {0};
        if (!row->may_be_preset || !option_takes(row, o->command)) continue;
        bool has_value = add_value(&value, o, row);
        buffer_add_format(out, "%s%s = ", has_value ? "" : "# ", row->name);
        buffer_add(out, buffer_text(&value));
        buffer_add_format(out, "  # %s\n", o->origins[i] != NULL ? o->origins[i] : "default");
        if (value.failed) out->failed = true;
        buffer_deinit(&value);
    }
}
