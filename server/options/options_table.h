/* SPDX-License-Identifier: MIT */
/* options_table -- the table behind options.h, for those who read it: the command
 * line, configuration files, the help, the man page and completions. */
#ifndef DUNLIN_SERVER_OPTIONS_OPTIONS_TABLE_H
#define DUNLIN_SERVER_OPTIONS_OPTIONS_TABLE_H

#include "server/options/options.h"

typedef enum {
    FLAG,    /* bool; takes no argument. */
    TEXTS,   /* const char *: any text that is not empty. */
    CHOICE,  /* const char *: one of those that `argument` names, "a|b|c". */
    COUNT,   /* uint64_t, least to greatest. */
    REAL,    /* double, least to greatest. */
    SPEED,   /* const char *: a number above 0, or "max" or 0. */
    SIZE,    /* const char *: as quantity_size reads it. */
    KEEP,    /* const char *: as quantity_keep. */
    NAMES,   /* option_names: any texts that are not empty. */
    ORIGINS, /* option_names: each "http[s]://HOST[:PORT]", in lower case. */
    CHOICES, /* option_names: each one of those that `argument` names. */
} option_type;

typedef struct {
    const char *name;
    const char *argument; /* As in the help; NULL for a flag. */
    char letter;
    bool may_be_preset; /* By DUNLIN_NAME in the environment, or a configuration file. */
    unsigned commands;  /* A bit for each row of commands[]. */
    option_type type;
    size_t offset; /* Of its member of options. */
    double least, greatest;
    const char *initial; /* Read like an argument; NULL: zero. */
    const char *help;
} option;

extern const option option_table[];
extern const size_t option_count;

/* By its long name, or by its letter unless that is 0; NULL: there is none. */
const option *option_find(text name, char letter);
/* Whether it may be given several times, and whether `argument` names all it may be. */
bool option_is_list(const option *row);
bool option_has_choices(const option *row);
bool option_takes(const option *row, const command *c); /* NULL: any command. */
/* False when the value is not of the option's kind.  The value is borrowed. */
bool option_set(options *o, const option *row, const char *value);
bool option_equal(const option *row, const options *a, const options *b); /* Its value in both. */
void option_unset(options *o, const option *row); /* As if it had never been given. */
/* What the option takes, for people who gave something else. */
void option_add_expected(buffer *out, const option *row);
/* Sets what the file says for o->command (NULL: whatever it says, to check it), and
 * *count to the number of its settings.  False when the file is wrong: *problem is then
 * one line "PATH:LINE: what: what to do".  Texts go to o->memory. */
bool options_apply_file(options *o, const char *path, bool must_exist, size_t *count,
                        buffer *problem);
#define OPTIONS_SYSTEM_FILE "/etc/dunlin.toml"
enum { OPTIONS_PATH_BYTES = 4096 };
/* The file of the person who runs the program, whether it exists or not; NULL: none. */
const char *options_user_file(char path[OPTIONS_PATH_BYTES]);
/* The value in the environment, or NULL; `name` becomes that of the variable. */
const char *option_environment(const option *row, char name[64]);

#endif
