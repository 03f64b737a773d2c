/* SPDX-License-Identifier: MIT */
/* The help. */
#include "server/options/options_table.h"

#include <stdio.h>

/* ---- Help ---- */

static void add_option_help(buffer *out, const option *row) {
    char left[64], name[64];
    (void)snprintf(left, sizeof left, "%c%c%c --%s%s%s", row->letter != 0 ? '-' : ' ',
                   row->letter != 0 ? row->letter : ' ', row->letter != 0 ? ',' : ' ', row->name,
                   row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");
    buffer_add_format(out, "  %-40s %s", left, row->help);
    if (row->initial != NULL) buffer_add_format(out, " (%s)", row->initial);
    if (row->may_be_preset) {
        (void)option_environment(row, name);
        buffer_add_format(out, " [%s]", name);
    }
    buffer_add_byte(out, '\n');
}

static void add_program_help(buffer *out) {
    buffer_add(out,
               TEXT("dunlin keeps answers about a conversation on Twitter up to date while the "
                    "tweets arrive.\n\nExamples:\n"
                    "  dunlin conversation.jsonl.gz          replay it and open the address that "
                    "is printed\n"
                    "  dunlin gen --out sample.jsonl         make up a conversation to try\n"
                    "  dunlin replay tweets/ --out answers   work through a folder, write files\n"
                    "  dunlin serve --source x               follow X live (X_BEARER_TOKEN)\n"
                    "  dunlin geocode 'Paris, TX'            which place is that, and why?\n"
                    "\nUsage:\n  dunlin FILE... [OPTION...]\n"));
    for (size_t i = 1; i < command_count; i++) {
        char left[48];
        (void)snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].operands);
        buffer_add_format(out, "  dunlin %-20s %s\n", left, commands[i].summary);
    }
    buffer_add(
        out, TEXT("\n`dunlin COMMAND --help` lists a command's options.  -V shows versions.\n"
                  "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 wrong configuration, 4 no "
                  "input could be\nread, 5 bad items with --strict, 6 the live source refused.\n"));
}

void options_write_help(const command *c, buffer *out) {
    if (c == NULL) {
        add_program_help(out);
        return;
    }
    bool is_open = c == &commands[0];
    buffer_add_format(out, "%s.\n\nExamples:\n%s\nUsage: dunlin %s%s%s [OPTION...]\n\nOptions:\n",
                      c->summary, c->examples, is_open ? "" : c->name, is_open ? "" : " ",
                      c->operands);
    for (size_t i = 0; i < option_count; i++)
        if (option_takes(&option_table[i], c)) add_option_help(out, &option_table[i]);
}
