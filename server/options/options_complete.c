/* SPDX-License-Identifier: MIT */
/* Completions of the command line for shells. */
#include "server/options/options_table.h"

static void add_commands(buffer *out) {
    for (size_t i = 1; i < command_count; i++)
        buffer_add_format(out, "%s%s", i > 1 ? " " : "", commands[i].name);
}

static void add_choices(buffer *out, const option *row) {
    for (const char *c = row->argument; *c != '\0'; c++) buffer_add_byte(out, *c == '|' ? ' ' : *c);
}

static bool names_a_file(const option *row) {
    text argument = text_of(row->argument);
    return row->type == TEXTS &&
           (text_equal(argument, TEXT("FILE")) || text_equal(argument, TEXT("PATH")));
}

static void add_long_options(buffer *out, const command *c) {
    bool first = true;
    for (size_t i = 0; i < option_count; i++) {
        if (!option_takes(&option_table[i], c)) continue;
        buffer_add_format(out, "%s--%s", first ? "" : " ", option_table[i].name);
        first = false;
    }
}

static void write_bash(buffer *out) {
    buffer_add(out,
               TEXT("# bash completion for dunlin\n_dunlin() {\n"
                    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} "
                    "command=open i\n"
                    "    COMPREPLY=()\n    case $before in\n"));
    for (size_t i = 0; i < option_count; i++) {
        const option *row = &option_table[i];
        if (!option_has_choices(row)) continue;
        buffer_add_format(out, "    --%s) COMPREPLY=($(compgen -W '", row->name);
        add_choices(out, row);
        buffer_add(out, TEXT("' -- \"$word\")); return ;;\n"));
    }
    buffer_add(out, TEXT("    esac\n    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                         "        case ${COMP_WORDS[i]} in\n"));
    for (size_t i = 1; i < command_count; i++)
        buffer_add_format(out, "        %s) command=%s; break ;;\n", commands[i].name,
                          commands[i].name);
    buffer_add(out, TEXT("        esac\n    done\n    if [[ $word == -* ]]; then\n"
                         "        case $command in\n"));
    for (size_t i = 0; i < command_count; i++) {
        buffer_add_format(out, "        %s) COMPREPLY=($(compgen -W '", commands[i].name);
        add_long_options(out, &commands[i]);
        buffer_add(out, TEXT("' -- \"$word\")) ;;\n"));
    }
    buffer_add(out, TEXT("        esac\n        return\n    fi\n"
                         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
                         "    ((COMP_CWORD == 1)) && COMPREPLY+=($(compgen -W '"));
    add_commands(out);
    buffer_add(out, TEXT("' -- \"$word\"))\n}\ncomplete -o filenames -F _dunlin dunlin\n"));
}

/* For single quotes of zsh and fish; the table has no backslashes. */
static void add_plain(buffer *out, const char *words) {
    for (; *words != '\0'; words++)
        if (*words != '\'' && *words != '[' && *words != ']' && *words != ':')
            buffer_add_byte(out, *words);
}

static void write_zsh(buffer *out) {
    buffer_add(out, TEXT("#compdef dunlin\n# zsh completion for dunlin\n_dunlin() {\n"
                         "    local command=open i\n    for i in ${words[2,CURRENT-1]}; do\n"
                         "        case $i in\n"));
    for (size_t i = 1; i < command_count; i++)
        buffer_add_format(out, "        %s) command=%s; break ;;\n", commands[i].name,
                          commands[i].name);
    buffer_add(out, TEXT("        esac\n    done\n    case $command in\n"));
    for (size_t i = 0; i < command_count; i++) {
        buffer_add_format(out, "    %s) _arguments", commands[i].name);
        for (size_t j = 0; j < option_count; j++) {
            const option *row = &option_table[j];
            if (!option_takes(row, &commands[i])) continue;
            buffer_add_format(out, " '--%s[", row->name);
            add_plain(out, row->help);
            buffer_add_byte(out, ']');
            if (option_has_choices(row)) {
                buffer_add(out, TEXT(":value:("));
                add_choices(out, row);
                buffer_add_byte(out, ')');
            } else if (row->type != FLAG) {
                buffer_add(out, names_a_file(row) ? TEXT(":file:_files") : TEXT(":value:"));
            }
            buffer_add_byte(out, '\'');
        }
        buffer_add(out, i == 0 ? TEXT(" '1:command:(") : TEXT(" '*:file:_files' ;;\n"));
        if (i > 0) continue;
        add_commands(out);
        buffer_add(out, TEXT(")' '*:file:_files' ;;\n"));
    }
    buffer_add(out, TEXT("    esac\n}\n_dunlin \"$@\"\n"));
}

static void write_fish(buffer *out) {
    buffer_add(out, TEXT("# fish completion for dunlin\n"));
    for (size_t i = 1; i < command_count; i++) {
        buffer_add_format(out, "complete -c dunlin -n __fish_use_subcommand -a %s -d '",
                          commands[i].name);
        add_plain(out, commands[i].summary);
        buffer_add(out, TEXT("'\n"));
    }
    for (size_t i = 0; i < option_count; i++) {
        const option *row = &option_table[i];
        buffer_add(out, TEXT("complete -c dunlin -n '__fish_seen_subcommand_from"));
        for (size_t j = 1; j < command_count; j++)
            if (option_takes(row, &commands[j])) buffer_add_format(out, " %s", commands[j].name);
        buffer_add_format(out, "' -l %s", row->name);
        if (row->letter != 0) buffer_add_format(out, " -s %c", row->letter);
        if (option_has_choices(row)) {
            buffer_add(out, TEXT(" -x -a '"));
            add_choices(out, row);
            buffer_add_byte(out, '\'');
        } else if (row->type != FLAG) {
            buffer_add(out, names_a_file(row) ? TEXT(" -r") : TEXT(" -x"));
        }
        buffer_add(out, TEXT(" -d '"));
        add_plain(out, row->help);
        buffer_add(out, TEXT("'\n"));
    }
}

bool options_write_completions(text shell, buffer *out) {
    static const struct {
        const char *name;
        void (*write)(buffer *out);
    } shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (!text_equal(shell, text_of(shells[i].name))) continue;
        shells[i].write(out);
        return true;
    }
    return false;
}
