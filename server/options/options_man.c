/* SPDX-License-Identifier: MIT */
#include "server/options/options_table.h"

/* Text as roff shows it: no request at a line's beginning, no escapes. */
static void add_roff(buffer *out, const char *words) {
    bool at_begin = true;
    for (const char *c = words; *c != '\0'; c++) {
        if (at_begin && (*c == '.' || *c == '\'')) buffer_add(out, TEXT("\\&"));
        if (*c == '\\')
            buffer_add(out, TEXT("\\e"));
        else if (*c == '-')
            buffer_add(out, TEXT("\\-"));
        else
            buffer_add_byte(out, *c);
        at_begin = *c == '\n';
    }
}

static void add_roff_option(buffer *out, const option *row) {
    buffer_add(out, TEXT(".TP\n.B "));
    if (row->letter != 0) buffer_add_format(out, "\\-%c, ", row->letter);
    buffer_add(out, TEXT("\\-\\-"));
    add_roff(out, row->name);
    if (row->argument != NULL) {
        buffer_add_byte(out, ' ');
        add_roff(out, row->argument);
    }
    buffer_add_byte(out, '\n');
    add_roff(out, row->help);
    if (row->initial != NULL) {
        buffer_add(out, TEXT(" (default: "));
        add_roff(out, row->initial);
        buffer_add_byte(out, ')');
    }
    buffer_add(out, TEXT(".\nCommands:"));
    const char *before = " ";
    for (size_t i = 0; i < command_count; i++) {
        if (!option_takes(row, &commands[i])) continue;
        buffer_add(out, text_of(before));
        add_roff(out, commands[i].name);
        before = ", ";
    }
    buffer_add(out, TEXT(".\n"));
}

static void add_roff_command(buffer *out, const command *c) {
    buffer_add(out, TEXT(".SS dunlin "));
    if (c != &commands[0]) add_roff(out, c->name);
    buffer_add_byte(out, ' ');
    add_roff(out, c->operands);
    buffer_add_byte(out, '\n');
    add_roff(out, c->summary);
    buffer_add(out, TEXT(".\n.PP\n.nf\n"));
    add_roff(out, c->examples);
    buffer_add(out, TEXT(".fi\n"));
}

void options_write_man(buffer *out) {
    buffer_add(out, TEXT(".TH DUNLIN 1\n.SH NAME\ndunlin \\- answers about a conversation on "
                         "Twitter, kept up to date while the tweets arrive\n"
                         ".SH SYNOPSIS\n.B dunlin\n.I FILE...\n.br\n.B dunlin\n.I COMMAND\n"
                         "[\\fIOPTION\\fR...]\n.SH COMMANDS\n"));
    for (size_t i = 0; i < command_count; i++) add_roff_command(out, &commands[i]);
    buffer_add(out, TEXT(".SH OPTIONS\n"));
    for (size_t i = 0; i < option_count; i++) add_roff_option(out, &option_table[i]);
    buffer_add(out, TEXT(".SH ENVIRONMENT\n"));
    for (size_t i = 0; i < option_count; i++) {
        char name[64];
        if (!option_table[i].may_be_preset) continue;
        (void)option_environment(&option_table[i], name);
        buffer_add_format(out, ".TP\n.B %s\nAs \\-\\-", name);
        add_roff(out, option_table[i].name);
        buffer_add(out, TEXT(".\n"));
    }
    buffer_add(out, TEXT(".TP\n.B DUNLIN_CONFIG\nAs \\-\\-config.\n.TP\n.B NO_COLOR\nNo colours.\n"
                         ".SH FILES\n.TP\n.I /etc/dunlin.toml\nSettings of the machine: long "
                         "options, as \\fBport = 8401\\fR, and sections such as \\fB[replay]\\fR "
                         "for one command.\n"
                         ".TP\n.I ~/.config/dunlin/dunlin.toml\nThe same of a person; it wins.\n"
                         ".PP\nThe environment wins over files, the command line over all.\n"
                         ".SH EXIT STATUS\n"
                         "0 done, 1 failed, 2 wrong usage, 3 wrong configuration, 4 no input could "
                         "be read, 5 bad items with \\-\\-strict, 6 the live source refused, 7 the "
                         "budget is reached, 128+N ended by signal N.\n"));
}
