/* SPDX-License-Identifier: MIT */
#include "server/options.h"

#include "server/commands.h"
#include "server/suggest.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const command commands[] = {
    {"open", "FILE...", "Replay recorded tweets and show them: the command of `dunlin FILE...`",
     "  dunlin conversation.jsonl.gz\n"
     "  dunlin --speed 60 day/*.json.bz2\n",
     command_open},
    {"serve", "[FILE...]", "Serve the page and the interface, from files or a live stream",
     "  dunlin serve --source x --x-token-file token.txt\n"
     "  dunlin serve --port 0 conversation.jsonl\n"
     "  dunlin serve --bind 0.0.0.0 --token-file secret.txt --host dunlin.example tweets/\n"
     "  curl -N 'http://127.0.0.1:8400/api/v1/stream?topics=stats'\n",
     command_serve},
    {"replay", "FILE...", "Work through recorded tweets, write the answers as files, and end",
     "  dunlin replay tweets.jsonl --out answers\n"
     "  dunlin replay day/ --out answers --dead-letter rejected.jsonl\n"
     "  zstd -dc dump.zst | dunlin replay - --out answers\n"
     "  dunlin replay tweets.jsonl --out answers --places known.tsv --places-only\n"
     "  dunlin replay tweets.jsonl --json\n",
     command_replay},
    {"geocode", "TEXT|-", "Say which place a profile's location names, and why",
     "  dunlin geocode 'K\xC3\xB6ln, DE'\n"
     "  cut -f3 users.tsv | dunlin geocode -\n"
     "  dunlin geocode --places known.tsv - < locations.txt\n",
     command_geocode},
    {"sentiment", "TEXT|-", "Say how a text feels, and what each word did",
     "  dunlin sentiment 'not bad at all :)'\n"
     "  dunlin sentiment --model textblob 'not very good'\n"
     "  dunlin sentiment - < texts.txt\n"
     "  jq .text tweets.jsonl | dunlin sentiment --json-strings -\n",
     command_sentiment},
    {"gen", "", "Make up a conversation: the same seed gives the same bytes",
     "  dunlin gen --out sample.jsonl\n"
     "  dunlin gen --lines 10000000 --seed 7 | dunlin replay -\n"
     "  dunlin gen --format demo --places places.tsv --out demo.jsonl\n",
     command_gen},
};
const size_t command_count = sizeof commands / sizeof commands[0];

/* One bit a row of commands[]. */
enum {
    OPEN = 1 << 0,
    SERVE = 1 << 1,
    REPLAY = 1 << 2,
    GEOCODE = 1 << 3,
    SENTIMENT = 1 << 4,
    GEN = 1 << 5,
    SHOWS = OPEN | SERVE,
    READS = OPEN | SERVE | REPLAY,
    EVERY = OPEN | SERVE | REPLAY | GEOCODE | SENTIMENT | GEN,
};

typedef enum {
    FLAG,   /* bool; takes no argument. */
    TEXTS,  /* const char *: any text that is not empty. */
    CHOICE, /* const char *: one of `limits`, "a|b|c". */
    COUNT,  /* uint64_t, least to greatest. */
    REAL,   /* double, least to greatest. */
    SPEED,  /* const char *: a number above 0, or "max" or 0. */
    NAMES,  /* const char *[OPTION_NAMES_MAX] followed by its size_t count. */
} option_type;

typedef struct {
    const char *name;
    const char *argument; /* As in the help; NULL for a flag. */
    char letter;
    bool from_environment; /* DUNLIN_NAME gives it too. */
    unsigned commands;
    option_type type;
    size_t offset; /* Of its member of options. */
    double least, greatest;
    const char *initial; /* Read like an argument; NULL: zero. */
    const char *help;
} option;

#define AT(member) offsetof(options, member)

static const option table[] = {
    {"out", "PATH", 'o', false, REPLAY | GEN, TEXTS, AT(out), 0, 0, NULL,
     "where results go: a folder for replay (made if missing), a file for gen"},
    {"dead-letter", "FILE", 0, true, READS, TEXTS, AT(dead_letter), 0, 0, NULL,
     "keep rejected items there, with file, line and reason"},
    {"strict", NULL, 0, false, REPLAY, FLAG, AT(strict), 0, 0, NULL,
     "end with 5 when an item was rejected"},
    {"places", "FILE", 0, true, READS | GEOCODE | GEN, TEXTS, AT(places), 0, 0, NULL,
     "places of strings: lines of string TAB lat TAB lon TAB area; gen writes it"},
    {"places-only", NULL, 0, true, READS | GEOCODE, FLAG, AT(places_only), 0, 0, NULL,
     "know no places but those of --places"},
    {"clean-min", "N", 0, true, READS, COUNT, AT(clean_min), 1, 1e9, "80",
     "responses that make an author reliable"},
    {"clean-cutoff", "SHARE", 0, true, READS, REAL, AT(clean_cutoff), 0, 1, "0.005",
     "share of close responses above which an author speaks for a place"},
    {"clean-evidence", "all|other-strings", 0, true, READS, CHOICE, AT(clean_evidence), 0, 0, "all",
     "whether two equal location strings count as evidence of closeness"},
    {"epoch", "N", 0, true, READS, COUNT, AT(epoch), 1, 16777216, "16384", "most records an epoch"},
    {"decoders", "N", 0, true, READS, COUNT, AT(decoders), 0, 64, "0",
     "threads that decode; 0: one a processor"},
    {"speed", "X", 0, true, READS, SPEED, AT(speed), 0, 1e9, "max",
     "X times as fast as it was recorded; max: as fast as it goes"},
    {"port", "N", 'p', true, SHOWS, COUNT, AT(port), 0, 65535, "8400",
     "port to listen on; 0: any that is free"},
    {"bind", "ADDRESS", 0, true, SHOWS, TEXTS, AT(bind), 0, 0, "127.0.0.1",
     "address to listen on; beyond loopback it needs --token-file"},
    {"host", "NAME", 0, true, SHOWS, NAMES, AT(hosts), 0, 0, NULL,
     "a name that requests may call this host by; may be repeated"},
    {"token-file", "FILE", 0, true, SHOWS, TEXTS, AT(token_file), 0, 0, NULL,
     "file with the secret that requests must bring"},
    {"insecure-no-auth", NULL, 0, false, SHOWS, FLAG, AT(no_auth), 0, 0, NULL,
     "listen beyond loopback without a token: everyone there can read"},
    {"clients", "N", 0, true, SHOWS, COUNT, AT(clients), 1, 100000, "10000",
     "most live streams at a time"},
    {"clients-per-address", "N", 0, true, SHOWS, COUNT, AT(clients_per_address), 0, 100000, "64",
     "most live streams of one address; 0: no limit"},
    {"source", "x", 0, true, SERVE, CHOICE, AT(source), 0, 0, NULL,
     "read a live stream: x is the X API v2"},
    {"x-stream", "filtered|sampled", 0, true, SERVE, CHOICE, AT(x_stream), 0, 0, "filtered",
     "which stream of X: by the rules set there, or the 1 % sample"},
    {"x-token-file", "FILE", 0, true, SERVE, TEXTS, AT(x_token_file), 0, 0, NULL,
     "file with the bearer token (or X_BEARER_TOKEN in the environment)"},
    {"x-url", "URL", 0, true, SERVE, TEXTS, AT(x_url), 0, 0, NULL,
     "another server that speaks the same protocol, for tests"},
    {"sentiment", "vader|textblob", 0, true, READS | SENTIMENT, CHOICE, AT(sentiment), 0, 0,
     "vader", "how texts are scored: textblob is the demo's measure"},
    {"model", "vader|textblob", 0, false, SENTIMENT, CHOICE, AT(sentiment), 0, 0, NULL,
     "another name of --sentiment"},
    {"json-strings", NULL, 0, false, GEOCODE | SENTIMENT, FLAG, AT(json_strings), 0, 0, NULL,
     "lines read from standard input are JSON strings"},
    {"json", NULL, 0, false, REPLAY | GEOCODE | SENTIMENT, FLAG, AT(json), 0, 0, NULL,
     "print one JSON object: what was read, or the answer with its reasons"},
    {"seed", "N", 0, false, GEN, COUNT, AT(seed), 0, 9007199254740992.0, "1",
     "another seed, another conversation"},
    {"lines", "N", 'n', false, GEN, COUNT, AT(lines), 1, 1e10, "60000",
     "how many lines, notices and doubles included"},
    {"format", "v1|demo", 0, false, GEN, CHOICE, AT(format), 0, 0, "v1",
     "lines as of the v1.1 stream, or as of the demo"},
    {"quiet", NULL, 'q', false, EVERY, FLAG, AT(quiet), 0, 0, NULL, "say errors only"},
    {"verbose", NULL, 'v', false, EVERY, FLAG, AT(verbose), 0, 0, NULL, "say more"},
    {"help", NULL, 'h', false, EVERY, FLAG, AT(help), 0, 0, NULL, "show this and end"},
    {"version", NULL, 'V', false, EVERY, FLAG, AT(version), 0, 0, NULL,
     "show the versions of the program and its libraries and end"},
};
enum { TABLE_COUNT = sizeof table / sizeof table[0] };

static void *member(options *o, const option *row) {
    return (char *)o + row->offset;
}

static const command *command_find(text name) {
    if (text_equal(name, TEXT("help"))) return NULL;
    for (size_t i = 0; i < command_count; i++)
        if (text_equal(name, text_of(commands[i].name))) return &commands[i];
    return NULL;
}

static bool takes(const option *row, const command *c) {
    return c == NULL || (row->commands >> (c - commands) & 1) != 0;
}

/* ---- Values ---- */

static bool choice_has(const char *choices, text value) {
    text left = text_of(choices);
    for (size_t end; left.count > 0; left = text_slice(left, end + 1, left.count)) {
        if (!text_find_byte(left, '|', &end)) end = left.count;
        if (text_equal(text_slice(left, 0, end), value)) return true;
    }
    return false;
}

static bool real_from(const char *value, double *result) {
    char *end;
    *result = strtod(value, &end);
    return end != value && *end == '\0' && isfinite(*result);
}

static bool set_count(const option *row, void *to, const char *value) {
    uint64_t number;
    if (!text_to_u64(text_of(value), &number)) return false;
    if ((double)number < row->least || (double)number > row->greatest) return false;
    *(uint64_t *)to = number;
    return true;
}

static bool set_real(const option *row, void *to, const char *value) {
    double number;
    if (!real_from(value, &number) || number < row->least || number > row->greatest) return false;
    *(double *)to = number;
    return true;
}

static bool set_name(options *o, const char *value) {
    if (o->host_count == OPTION_NAMES_MAX || *value == '\0') return false;
    o->hosts[o->host_count++] = value;
    return true;
}

static bool speed_is_right(const option *row, const char *value) {
    double number;
    if (strcmp(value, "max") == 0) return true;
    return real_from(value, &number) && number >= row->least && number <= row->greatest;
}

/* False when the value is not of the option's kind. */
static bool set_value(options *o, const option *row, const char *value) {
    void *to = member(o, row);
    switch (row->type) {
    case FLAG: *(bool *)to = true; return true;
    case COUNT: return set_count(row, to, value);
    case REAL: return set_real(row, to, value);
    case NAMES: return set_name(o, value);
    case CHOICE:
        if (!choice_has(row->argument, text_of(value))) return false;
        break;
    case SPEED:
        if (!speed_is_right(row, value)) return false;
        break;
    case TEXTS:
        if (*value == '\0') return false;
        break;
    }
    *(const char **)to = value;
    return true;
}

/* What the option takes, for people who gave something else. */
static void add_expected(buffer *out, const option *row) {
    switch (row->type) {
    case COUNT:
        buffer_add_format(out, "give a whole number from %.0f to %.0f", row->least, row->greatest);
        return;
    case REAL:
        buffer_add_format(out, "give a number from %g to %g", row->least, row->greatest);
        return;
    case SPEED: buffer_add(out, TEXT("give a number such as 60, or max")); return;
    case CHOICE: buffer_add_format(out, "give one of %s", row->argument); return;
    case FLAG: buffer_add_format(out, "write --%s alone", row->name); return;
    case NAMES:
        buffer_add_format(out, "give a name, at most %d of them", (int)OPTION_NAMES_MAX);
        return;
    case TEXTS: buffer_add_format(out, "give a %s", row->argument); return;
    }
}

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

static const option *option_find(text name, char letter) {
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (letter != 0 ? table[i].letter == letter : text_equal(name, text_of(table[i].name)))
            return &table[i];
    return NULL;
}

static bool unknown_option(reading *r, text name) {
    suggestion s = {.wanted = name};
    for (size_t i = 0; i < TABLE_COUNT; i++) suggest(&s, table[i].name);
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
        add_expected(r->problem, row);
        return false;
    }
    if (row->type == FLAG || joined != NULL) return keep_option(r, row, joined);
    if (r->at < r->argc) return keep_option(r, row, r->argv[r->at++]);
    buffer_add_format(r->problem, "--%s: its value is missing: ", row->name);
    add_expected(r->problem, row);
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

static bool apply_options(reading *r) {
    for (size_t i = 0; i < r->count; i++) {
        const option *row = r->rows[i];
        if (!takes(row, r->o->command)) {
            buffer_add_format(r->problem, "--%s: not an option of %s: see dunlin %s --help",
                              row->name, r->o->command->name, r->o->command->name);
            return false;
        }
        if (!set_value(r->o, row, r->values[i])) {
            buffer_add_format(r->problem, "--%s: %s: ", row->name,
                              *r->values[i] == '\0' ? "an empty value" : r->values[i]);
            add_expected(r->problem, row);
            return false;
        }
        if (row->offset == AT(port)) r->o->port_given = true;
    }
    return true;
}

static const char *environment_of(const option *row, char name[64]) {
    (void)snprintf(name, 64, "DUNLIN_%s", row->name);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    return getenv(name);
}

/* The environment comes before the command line, which wins. */
static bool apply_environment(reading *r) {
    char name[64];
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const option *row = &table[i];
        const char *value = row->from_environment ? environment_of(row, name) : NULL;
        if (value == NULL || !takes(row, r->o->command)) continue;
        if (row->type == FLAG && strcmp(value, "0") == 0) continue;
        if (set_value(r->o, row, value)) continue;
        buffer_add_format(r->problem, "%s: %s in the environment: ", name,
                          *value == '\0' ? "an empty value" : value);
        add_expected(r->problem, row);
        return false;
    }
    return true;
}

/* A name given on the command line replaces those of the environment. */
static void forget_names(const reading *r) {
    for (size_t i = 0; i < r->count; i++)
        if (r->rows[i]->type == NAMES) r->o->host_count = 0;
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
    *o = (options){.operands = calloc((size_t)argc + 1, sizeof o->operands[0])};
    if (o->operands == NULL) {
        buffer_add(problem, TEXT("options: out of memory: free some"));
        return false;
    }
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (table[i].initial != NULL) (void)set_value(o, &table[i], table[i].initial);
    if (!take_words(&r)) return false;
    choose_command(o);
    if (!apply_environment(&r)) return false;
    forget_names(&r);
    return apply_options(&r) && check_operands(&r);
}

void options_deinit(options *o) {
    free(o->operands);
    o->operands = NULL;
    o->operand_count = 0;
}

double options_speed(const options *o) {
    double speed;
    return o->speed == NULL || !real_from(o->speed, &speed) ? 0 : speed;
}

/* ---- Help ---- */

static void add_option_help(buffer *out, const option *row) {
    char left[64], name[64];
    (void)snprintf(left, sizeof left, "%c%c%c --%s%s%s", row->letter != 0 ? '-' : ' ',
                   row->letter != 0 ? row->letter : ' ', row->letter != 0 ? ',' : ' ', row->name,
                   row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");
    buffer_add_format(out, "  %-38s %s", left, row->help);
    if (row->initial != NULL) buffer_add_format(out, " (%s)", row->initial);
    if (row->from_environment) {
        (void)environment_of(row, name);
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
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (takes(&table[i], c)) add_option_help(out, &table[i]);
}
