/* SPDX-License-Identifier: MIT */
#include "server/options/options_table.h"

#include "pipeline/base/suggest.h"
#include "server/base/quantity.h"
#include "server/options/commands.h"
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
     "  dunlin serve --source x --db journal.db\n"
     "  dunlin serve --source mastodon --mastodon-url https://server.example yesterday.jsonl\n"
     "  dunlin serve --bind 0.0.0.0 --token-file secret.txt --host dunlin.example tweets/\n"
     "  curl -N 'http://127.0.0.1:8400/api/v1/stream?topics=stats'\n",
     command_serve},
    {"replay", "[FILE...]", "Work through recorded tweets, write the answers as files, and end",
     "  dunlin replay tweets.jsonl --out answers\n"
     "  dunlin replay day/ --out answers --dead-letter rejected.jsonl\n"
     "  dunlin replay twitter-stream-2017-11-11.tar dump.zst --out answers\n"
     "  curl -s https://example.org/dump.tar | dunlin replay - --out answers\n"
     "  dunlin replay tweets.jsonl --out answers --places known.tsv --places-only\n"
     "  dunlin replay tweets.jsonl --json\n"
     "  dunlin replay --db journal.db --out answers   # of what a server has stored\n",
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
    {"top", "[FILE...|URL]", "Watch boards, mood and rate in a terminal",
     "  dunlin top conversation.jsonl.gz\n"
     "  dunlin top --speed 60 day/\n"
     "  dunlin top                       # of the server on this machine\n"
     "  dunlin top https://dunlin.example/ --token-file token.txt\n"
     "  dunlin top tweets.jsonl --once | less\n",
     command_top},
    {"doctor", "", "Look at what dunlin needs of this machine, and say what is wrong",
     "  dunlin doctor\n"
     "  dunlin doctor --port 8080 --token-file token.txt\n",
     command_doctor},
    {"check-config", "[FILE...]", "Say whether configuration files are right",
     "  dunlin check-config\n"
     "  dunlin check-config dunlin.toml\n"
     "  dunlin serve --print-config tweets.jsonl   # the settings in force, and who set them\n",
     command_check_config},
    {"completions", "bash|zsh|fish", "Write what makes a shell complete dunlin's command lines",
     "  dunlin completions bash > /etc/bash_completion.d/dunlin\n"
     "  dunlin completions fish > ~/.config/fish/completions/dunlin.fish\n",
     command_completions},
    {"man", "", "Write the manual page",
     "  dunlin man | man -l -\n"
     "  dunlin man > /usr/local/share/man/man1/dunlin.1\n",
     command_man},
    {"inspect", "FILE...", "Say what a dump is, what is wrong in it, and what can be shown from it",
     "  dunlin inspect unknown.json.gz\n"
     "  dunlin inspect archive.zip\n"
     "  zstd -dc dump.zst | dunlin inspect --json -\n",
     command_inspect},
    {"push", "FILE... [URL]", "Send tweets to a server that runs, and say what became of them",
     "  dunlin push --push-token-file secret.txt tweets.jsonl\n"
     "  tail -F stream.jsonl | dunlin push --push-token-file secret.txt -\n"
     "  dunlin push --push-token-file secret.txt day/ https://dunlin.example/\n",
     command_push},
    {"rules", "[list|add VALUE...|remove ID...|check VALUE...]",
     "See and change the rules of X's filtered stream",
     "  dunlin rules --x-token-file token.txt\n"
     "  dunlin rules check 'dunlin OR #waders lang:en'\n"
     "  dunlin rules add 'dunlin OR #waders lang:en' --tag birds\n"
     "  dunlin rules remove 1273026480692322304\n",
     command_rules},
    {"fix", "[URL]",
     "Set what a running server holds right, by a rule; at first only say what it changes",
     "  dunlin fix --where 'source:push and created_at>=-1h' --set 'followers*=1000'\n"
     "  dunlin fix --where 'source:push and created_at>=-1h' --set 'followers*=1000' --apply\n"
     "  dunlin fix --where 'location~\"turn on notif\"' --set 'location=null' --apply\n"
     "  dunlin fix --list\n"
     "  dunlin fix --undo 1\n",
     command_fix},
    {"note", "[WORDS] [URL]",
     "Put a note on the timeline of a running server, list them, take one away",
     "  dunlin note --push-token-file secret.txt 'the source was down' --at 2026-07-04T12:00:00Z "
     "--until 2026-07-04T12:30:00Z\n"
     "  dunlin note --push-token-file secret.txt goal   # now\n"
     "  dunlin note --list\n"
     "  dunlin note --push-token-file secret.txt --undo 1783166400000\n",
     command_note},
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
    TOP = 1 << 6,
    DOCTOR = 1 << 7,
    CHECK_CONFIG = 1 << 8,
    COMPLETIONS = 1 << 9,
    MAN = 1 << 10,
    INSPECT = 1 << 11,
    PUSH = 1 << 12,
    RULES = 1 << 13,
    FIX = 1 << 14,
    NOTE = 1 << 15,
    ASKS = FIX | NOTE,
    SHOWS = OPEN | SERVE,
    READS = OPEN | SERVE | REPLAY | TOP,
    STORES = OPEN | SERVE | REPLAY,
    LIVE = SERVE | TOP,
    ANSWERS = OPEN | SERVE | REPLAY | GEOCODE | SENTIMENT | GEN | TOP | RULES,
    EVERY = ANSWERS | DOCTOR | CHECK_CONFIG | COMPLETIONS | MAN | INSPECT | PUSH | ASKS,
};

#define AT(member) offsetof(options, member)

const option option_table[] = {
    {"out", "PATH", 'o', false, REPLAY | GEN, TEXTS, AT(out), 0, 0, NULL,
     "where results go: a folder for replay (made if missing), a file for gen"},
    {"dead-letter", "FILE", 0, true, READS, TEXTS, AT(dead_letter), 0, 0, NULL,
     "keep rejected items there, with file, line and reason"},
    {"strict", NULL, 0, false, REPLAY | PUSH, FLAG, AT(strict), 0, 0, NULL,
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
    {"follow", NULL, 'f', true, READS | PUSH, FLAG, AT(follow), 0, 0, NULL,
     "read on as the last file grows, is cut or replaced, like tail -F"},
    {"speed", "X", 0, true, READS, SPEED, AT(speed), 0, 1e9, "max",
     "X times as fast as it was recorded; max: as fast as it goes"},
    {"db", "FILE", 0, true, STORES, TEXTS, AT(db), 0, 0, NULL,
     "the journal: what is accepted is stored there, and read back at the next start; without "
     "it all is in memory only"},
    {"keep", "SPAN", 0, true, STORES, KEEP, AT(keep), 0, 0, NULL,
     "hold what is later than the newest tweet less a time (7d), and in the journal no more than "
     "a size (20GB), or both (7d,20GB); what is older goes, from everywhere"},
    {"country", "CODE", 0, true, STORES, TEXTS, AT(country), 0, 0, NULL,
     "hide what is withheld in this country (DE), beside what is everywhere"},
    {"anonymize", NULL, 0, true, STORES, FLAG, AT(anonymize), 0, 0, NULL,
     "names become pseudonyms before anything is kept or shown: usernames, names, @names in "
     "texts and links; ids and what people write of themselves stay"},
    {"max-memory", "SIZE", 0, true, STORES, SIZE, AT(memory_max), 0, 0, NULL,
     "stop reading while more is held (4GB): nothing is dropped"},
    {"port", "N", 'p', true, SHOWS | DOCTOR, COUNT, AT(port), 0, 65535, "8400",
     "port to listen on; 0: any that is free"},
    {"bind", "ADDRESS", 0, true, SHOWS | DOCTOR, TEXTS, AT(bind), 0, 0, "127.0.0.1",
     "address to listen on; beyond loopback it needs --token-file"},
    {"host", "NAME", 0, true, SHOWS, NAMES, AT(hosts), 0, 0, NULL,
     "a name that requests may call this host by; may be repeated"},
    {"cors-origin", "ORIGIN", 0, true, SHOWS, ORIGINS, AT(cors_origins), 0, 0, NULL,
     "an origin such as https://news.example whose pages may read the interface; may be repeated"},
    {"token-file", "FILE", 0, true, SHOWS | TOP | ASKS | DOCTOR, TEXTS, AT(token_file), 0, 0, NULL,
     "file with the secret that requests must bring"},
    {"push-token-file", "FILE", 0, true, SHOWS | PUSH | ASKS, TEXTS, AT(push_token_file), 0, 0,
     NULL,
     "file with the secret for POST /api/v1/records, fixes and annotations; without it nothing "
     "can be pushed"},
    {"insecure-no-auth", NULL, 0, false, SHOWS, FLAG, AT(no_auth), 0, 0, NULL,
     "listen beyond loopback without a token: everyone there can read"},
    {"clients", "N", 0, true, SHOWS, COUNT, AT(clients), 1, 100000, "10000",
     "most live streams at a time"},
    {"clients-per-address", "N", 0, true, SHOWS, COUNT, AT(clients_per_address), 0, 100000, "64",
     "most live streams of one address; 0: no limit"},
    {"source", "x|mastodon", 0, true, LIVE, CHOICES, AT(sources), 0, 0, NULL,
     "read a live stream, beside FILEs or alone: x is the X API v2, mastodon a server of that "
     "network; may be repeated"},
    {"x-stream", "LIST", 0, true, LIVE, TEXTS, AT(x_stream), 0, 0, "filtered",
     "which streams of X, apart by commas: filtered (by the rules set there), sampled (1 %), "
     "sample10, firehose, tweets-compliance, users-compliance; sample10:1 is a part of one"},
    {"x-backfill", "MINUTES", 0, true, LIVE, COUNT, AT(x_backfill), 0, 5, "0",
     "ask X to send again what the last minutes brought, where its contract allows it"},
    {"budget-usd", "DOLLARS", 0, true, LIVE, SPEED, AT(budget), 0.01, 1e9, "max",
     "end reading from X before posts and users cost more, at the published prices; over all "
     "runs that --x-state knows; max: no cap"},
    {"x-state", "FILE", 0, true, LIVE, TEXTS, AT(x_state), 0, 0, NULL,
     "keep there what was spent and when X may be asked again "
     "[beside --db, else ~/.local/state/dunlin/x.state]"},
    {"x-token-file", "FILE", 0, true, LIVE | RULES, TEXTS, AT(x_token_file), 0, 0, NULL,
     "file with the bearer token (or X_BEARER_TOKEN in the environment)"},
    {"x-url", "URL", 0, true, LIVE | RULES, TEXTS, AT(x_url), 0, 0, NULL,
     "another server that speaks the same protocol, for tests"},
    {"mastodon-url", "URL", 0, true, LIVE, TEXTS, AT(mastodon_url), 0, 0, NULL,
     "the server whose stream is read, https://server.example"},
    {"mastodon-stream", "STREAM", 0, true, LIVE, TEXTS, AT(mastodon_stream), 0, 0, "public",
     "which of its streams: public, public:local, public:remote, hashtag:TAG or list:NUMBER"},
    {"mastodon-token-file", "FILE", 0, true, LIVE, TEXTS, AT(mastodon_token_file), 0, 0, NULL,
     "file with the access token (or MASTODON_TOKEN in the environment)"},
    {"sentiment", "vader|textblob", 0, true, READS | SENTIMENT | DOCTOR | INSPECT, CHOICE,
     AT(sentiment), 0, 0, "vader", "how texts are scored: textblob is the demo's measure"},
    {"model", "vader|textblob", 0, false, SENTIMENT, CHOICE, AT(sentiment), 0, 0, NULL,
     "another name of --sentiment"},
    {"json-strings", NULL, 0, false, GEOCODE | SENTIMENT, FLAG, AT(json_strings), 0, 0, NULL,
     "lines read from standard input are JSON strings"},
    {"json", NULL, 0, false, REPLAY | PUSH | INSPECT | GEOCODE | SENTIMENT | RULES | ASKS, FLAG,
     AT(json), 0, 0, NULL, "print one JSON object: what was read, or the answer with its reasons"},
    {"tag", "TEXT", 0, false, RULES, TEXTS, AT(tag), 0, 0, NULL,
     "what the lines that an added rule matches are marked with"},
    {"dry-run", NULL, 0, false, RULES | FIX, FLAG, AT(dry_run), 0, 0, NULL,
     "say what would be, and change nothing; what fix does anyway without --apply"},
    {"where", "RULE", 0, false, FIX, TEXTS, AT(where), 0, 0, NULL,
     "for which tweets and people: conditions such as source:push and created_at>=-1h"},
    {"set", "FIELDS", 0, false, FIX, TEXTS, AT(set), 0, 0, NULL,
     "what becomes of them: such as followers*=1000, created_at+=1h"},
    {"apply", NULL, 0, false, FIX, FLAG, AT(apply), 0, 0, NULL,
     "do it; without it nothing changes"},
    {"undo", "N", 0, false, ASKS, COUNT, AT(undo), 1, 9007199254740992.0, NULL,
     "take back the fix, or the note, of this number"},
    {"list", NULL, 0, false, ASKS, FLAG, AT(list), 0, 0, NULL, "show all that there are"},
    {"at", "TIME", 0, false, NOTE, TEXTS, AT(at), 0, 0, NULL,
     "when, such as 2012-07-04T12:00:00Z; now, if it does not say"},
    {"until", "TIME", 0, false, NOTE, TEXTS, AT(until), 0, 0, NULL, "the end of a span of time"},
    {"seed", "N", 0, false, GEN, COUNT, AT(seed), 0, 9007199254740992.0, "1",
     "another seed, another conversation"},
    {"lines", "N", 'n', false, GEN, COUNT, AT(lines), 1, 1e10, "60000",
     "how many lines, notices and doubles included"},
    {"format", "v1|demo", 0, false, GEN, CHOICE, AT(format), 0, 0, "v1",
     "lines as of the v1.1 stream, or as of the demo"},
    {"once", NULL, 0, false, TOP, FLAG, AT(once), 0, 0, NULL,
     "show it once, when all has been read, and end"},
    {"window", "5m|15m|1h|6h|24h|all", 0, true, TOP, CHOICE, AT(window), 0, 0, "all",
     "the window that the boards are of"},
    {"color", "auto|always|never", 0, true, TOP, CHOICE, AT(color), 0, 0, "auto",
     "whether to colour: auto means on a terminal, unless NO_COLOR is set"},
    {"config", "FILE", 0, false, EVERY, TEXTS, AT(config), 0, 0, NULL,
     "read settings there, not in /etc/dunlin.toml and ~/.config/dunlin/dunlin.toml "
     "[DUNLIN_CONFIG]"},
    {"print-config", NULL, 0, false, ANSWERS, FLAG, AT(print_config), 0, 0, NULL,
     "show the settings in force and who set them, and end"},
    {"log-level", "error|warning|info|debug", 0, true, ANSWERS | PUSH, CHOICE, AT(log_level), 0, 0,
     "info", "how much is said in the log; see --quiet and --verbose"},
    {"log-format", "auto|text|logfmt|json", 0, true, ANSWERS | PUSH, CHOICE, AT(log_format), 0, 0,
     "auto", "the form of its lines; auto: logfmt of a server that no terminal shows, else text"},
    {"log-file", "FILE", 0, true, ANSWERS | PUSH, TEXTS, AT(log_file), 0, 0, NULL,
     "append the log there, not to stderr; SIGHUP opens it anew"},
    {"quiet", NULL, 'q', false, EVERY, FLAG, AT(quiet), 0, 0, NULL, "say errors only"},
    {"verbose", NULL, 'v', false, EVERY, FLAG, AT(verbose), 0, 0, NULL, "say more"},
    {"help", NULL, 'h', false, EVERY, FLAG, AT(help), 0, 0, NULL, "show this and end"},
    {"version", NULL, 'V', false, EVERY, FLAG, AT(version), 0, 0, NULL,
     "show the versions of the program and its libraries and end"},
};
enum { TABLE_COUNT = sizeof option_table / sizeof option_table[0] };
const size_t option_count = TABLE_COUNT;

static void *member(options *o, const option *row) {
    return (char *)o + row->offset;
}

bool option_takes(const option *row, const command *c) {
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

static bool set_name(option_names *names, const char *value) {
    if (names->count == OPTION_NAMES_MAX || *value == '\0') return false;
    names->values[names->count++] = value;
    return true;
}

bool option_names_have(const option_names *names, const char *name) {
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->values[i], name) == 0) return true;
    return false;
}

bool option_is_list(const option *row) {
    return row->type == NAMES || row->type == ORIGINS || row->type == CHOICES;
}

bool option_has_choices(const option *row) {
    return row->type == CHOICE || row->type == CHOICES;
}

static bool speed_is_right(const option *row, const char *value) {
    double number;
    if (strcmp(value, "max") == 0) return true;
    return real_from(value, &number) && number >= row->least && number <= row->greatest;
}

/* As browsers write them: neither "*" nor "null" is one. */
static bool origin_is_right(text value) {
    static const text schemes[] = {{"https://", 8}, {"http://", 7}};
    size_t i = 0;
    while (i < 2 && !text_starts_with(value, schemes[i])) i++;
    if (i == 2 || value.count == schemes[i].count) return false;
    for (i = schemes[i].count; i < value.count; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789.-:[]", value.bytes[i]) == NULL)
            return false;
    return true;
}

static bool quantity_is_right(const option *row, text value) {
    int64_t ms;
    uint64_t bytes;
    return row->type == SIZE ? quantity_size(value, &bytes) : quantity_keep(value, &ms, &bytes);
}

/* False when the value is not of the option's kind. */
bool option_set(options *o, const option *row, const char *value) {
    void *to = member(o, row);
    switch (row->type) {
    case FLAG: *(bool *)to = true; return true;
    case COUNT: return set_count(row, to, value);
    case REAL: return set_real(row, to, value);
    case NAMES: return set_name(to, value);
    case ORIGINS: return origin_is_right(text_of(value)) && set_name(to, value);
    case CHOICES: return choice_has(row->argument, text_of(value)) && set_name(to, value);
    case CHOICE:
        if (!choice_has(row->argument, text_of(value))) return false;
        break;
    case SPEED:
        if (!speed_is_right(row, value)) return false;
        break;
    case SIZE:
    case KEEP:
        if (!quantity_is_right(row, text_of(value))) return false;
        break;
    case TEXTS:
        if (*value == '\0') return false;
        break;
    }
    *(const char **)to = value;
    return true;
}

/* What the option takes, for people who gave something else. */
void option_add_expected(buffer *out, const option *row) {
    switch (row->type) {
    case COUNT:
        buffer_add_format(out, "give a whole number from %.0f to %.0f", row->least, row->greatest);
        return;
    case REAL:
        buffer_add_format(out, "give a number from %g to %g", row->least, row->greatest);
        return;
    case SPEED: buffer_add(out, TEXT("give a number such as 60, or max")); return;
    case CHOICES:
    case CHOICE: buffer_add_format(out, "give one of %s", row->argument); return;
    case SIZE: buffer_add(out, TEXT("give a size such as 500MB or 4GiB, at least 1MB")); return;
    case KEEP:
        buffer_add(out,
                   TEXT("give an age such as 12h or 30d, a size such as 20GB, or both: 30d,20GB"));
        return;
    case FLAG: buffer_add_format(out, "write --%s alone", row->name); return;
    case NAMES:
        buffer_add_format(out, "give a name, at most %d of them", (int)OPTION_NAMES_MAX);
        return;
    case ORIGINS:
        buffer_add_format(out,
                          "give an origin such as https://news.example:8080, without a path and in "
                          "lower case, at most %d of them",
                          (int)OPTION_NAMES_MAX);
        return;
    case TEXTS: buffer_add_format(out, "give a %s", row->argument); return;
    }
}

void option_unset(options *o, const option *row) {
    void *to = member(o, row);
    switch (row->type) {
    case FLAG: *(bool *)to = false; return;
    case COUNT: *(uint64_t *)to = 0; return;
    case REAL: *(double *)to = 0; return;
    case NAMES:
    case ORIGINS:
    case CHOICES: ((option_names *)to)->count = 0; return;
    case CHOICE:
    case SPEED:
    case SIZE:
    case KEEP:
    case TEXTS: *(const char **)to = NULL; return;
    }
}

static bool texts_equal(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool names_equal(const option_names *a, const option_names *b) {
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (strcmp(a->values[i], b->values[i]) != 0) return false;
    return a->count == b->count;
}

bool option_equal(const option *row, const options *a, const options *b) {
    const void *left = (const char *)a + row->offset, *right = (const char *)b + row->offset;
    switch (row->type) {
    case FLAG: return *(const bool *)left == *(const bool *)right;
    case COUNT: return *(const uint64_t *)left == *(const uint64_t *)right;
    case REAL: return memcmp(left, right, sizeof(double)) == 0;
    case NAMES:
    case ORIGINS:
    case CHOICES: return names_equal(left, right);
    case CHOICE:
    case SPEED:
    case SIZE:
    case KEEP:
    case TEXTS: break;
    }
    return texts_equal(*(const char *const *)left, *(const char *const *)right);
}

const option *option_find(text name, char letter) {
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (letter != 0 ? option_table[i].letter == letter
                        : text_equal(name, text_of(option_table[i].name)))
            return &option_table[i];
    return NULL;
}

const char *option_environment(const option *row, char name[64]) {
    (void)snprintf(name, 64, "DUNLIN_%s", row->name);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    return getenv(name);
}

static double number_or_max(const char *value) {
    double number;
    return value == NULL || !real_from(value, &number) ? 0 : number;
}

double options_speed(const options *o) {
    return number_or_max(o->speed);
}

double options_budget_usd(const options *o) {
    return number_or_max(o->budget);
}
