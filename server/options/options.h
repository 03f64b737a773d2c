/* SPDX-License-Identifier: MIT */
/* options -- what the command line can say: one table of commands, one of options.
 *
 * Reading, checking, help, environment and "did you mean" all follow the tables in
 * options.c: a new option is one row there and one member here. */
#ifndef DUNLIN_SERVER_OPTIONS_OPTIONS_H
#define DUNLIN_SERVER_OPTIONS_OPTIONS_H

#include "pipeline/base/arena.h"
#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

/* What the program ends with. */
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_CONFIGURATION = 3,
    EXIT_UNREADABLE = 4, /* No input could be read. */
    EXIT_BAD_INPUT = 5,  /* --strict, and a part of the input was bad. */
    EXIT_UPSTREAM = 6,   /* The source refused us, or its token. */
    EXIT_BUDGET = 7,     /* --budget-usd is reached. */
    EXIT_SIGNAL = 128,   /* Plus the signal's number. */
};

/* What an option that may be given several times was given, in order. */
enum { OPTION_NAMES_MAX = 16 };
typedef struct {
    const char *values[OPTION_NAMES_MAX];
    size_t count;
} option_names;

typedef struct command command;

typedef struct {
    const command *command; /* NULL: none was named. */
    const char **operands;  /* What is no option, in order; not the command's name. */
    size_t operand_count;
    bool help, version, quiet, verbose, print_config;
    const char *config, *color, *log_level, *log_format, *log_file;
    int argc; /* As they came, to be read again. */
    char *const *argv;

    arena *memory;        /* Of texts that are neither argv's nor the environment's. */
    const char **origins; /* By row of the table, who set it; NULL: nobody. */
    bool config_is_wrong; /* With options_read false: not the command line is. */

    /* replay, serve, sentiment */
    const char *sentiment;

    /* replay, serve */
    const char *out, *dead_letter, *places, *clean_evidence, *speed;
    bool places_only, strict, json, follow, anonymize;
    uint64_t clean_min, epoch, decoders;
    double clean_cutoff;
    const char *db, *memory_max, *keep, *country;

    /* serve */
    const char *bind, *token_file, *push_token_file;
    const char *x_stream, *x_url, *x_token_file, *x_state, *budget;
    uint64_t x_backfill;
    const char *mastodon_url, *mastodon_stream, *mastodon_token_file;
    option_names hosts, cors_origins, sources;
    uint64_t port, clients, clients_per_address;
    bool no_auth, port_given;

    /* fix */
    const char *where, *set;
    bool apply, list;
    uint64_t undo; /* note too, as list */

    /* note */
    const char *at, *until;

    /* geocode, sentiment */
    bool json_strings;

    /* top */
    const char *window;
    bool once;

    /* rules */
    const char *tag;
    bool dry_run; /* fix too */

    /* gen */
    uint64_t seed, lines;
    const char *format;
} options;

struct command {
    const char *name;             /* "replay". */
    const char *operands;         /* "FILE..."; "" for none. */
    const char *summary;          /* One line. */
    const char *examples;         /* Lines, each ended by \n. */
    int (*run)(const options *o); /* Returns the exit code. */
};
extern const command commands[];
extern const size_t command_count;

/* Reads the command line into *o, whose texts are borrowed from argv and the
 * environment.  Before it come, each winning over those before: defaults,
 * /etc/dunlin.toml, $XDG_CONFIG_HOME/dunlin/dunlin.toml, DUNLIN_NAME in the environment;
 * --config (or DUNLIN_CONFIG) names another file than these two.  Options may stand anywhere before
 * "--"; "-" is an operand.  False when it is wrong: *problem is then one line "what: why: what to
 * do". */
bool options_read(int argc, char *const argv[], options *o, buffer *problem);
void options_deinit(options *o);

/* The settings in force for o->command as a configuration file, each with who set it. */
void options_write_config(const options *o, buffer *out);
/* The help of a command (NULL: of the program), examples first. */
void options_write_help(const command *c, buffer *out);
/* The manual page, in roff; and what makes a shell ("bash", "zsh", "fish") complete
 * command lines: false for another shell. */
void options_write_man(buffer *out);
bool options_write_completions(text shell, buffer *out);
/* "max" is 0: as fast as it goes.  The text was checked by options_read. */
double options_speed(const options *o);
double options_budget_usd(const options *o); /* Likewise; 0: no cap. */
bool option_names_have(const option_names *names, const char *name);

#endif
