/* SPDX-License-Identifier: MIT */
/* The stand-ins of X as a program: prints the address, serves until SIGTERM or the end of
 * its standard input, prints what it has counted.
 *
 *   fake_x [--lines FILE] [--events FILE] [--drops N] [--replay LINES] [--rate LINES_A_SECOND]
 *          [--connects N] [--seed N] [--port N] [--token WORDS] [--tls NAME --ca FILE]
 *   fake_x --script FILE      one act a line: answer 200, send {...}, drip, gzip, body, flood N,
 *                             hold, end, close, reset, mute; "answer 429 HEADER: VALUE; ..." */
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "tests/support/fake_upstream.h"
#include "tests/support/fake_x.h"

enum { STEPS_MAX = 100000 };

static void fail(const char *what) {
    (void)fprintf(stderr, "fake_x: %s\n", what);
    exit(2);
}

static text read_all(const char *path) {
    buffer all = {0};
    FILE *f = fopen(path, "r");
    if (f == NULL) fail(path);
    for (size_t got = 1; got > 0;) {
        if (!buffer_reserve(&all, 1 << 20)) fail("out of memory");
        got = fread(all.bytes + all.count, 1, 1 << 20, f);
        all.count += got;
    }
    (void)fclose(f);
    return buffer_text(&all); /* Lives as long as the program. */
}

/* ---- Scripts ---- */

static const struct {
    const char *word;
    fake_act act;
} acts[] = {{"answer", FAKE_ANSWER}, {"send", FAKE_SEND}, {"gzip", FAKE_GZIP},
            {"drip", FAKE_DRIP},     {"body", FAKE_BODY}, {"flood", FAKE_FLOOD},
            {"hold", FAKE_HOLD},     {"end", FAKE_END},   {"close", FAKE_CLOSE},
            {"reset", FAKE_RESET},   {"mute", FAKE_MUTE}};

/* What an act sends is a line; headers stand apart by "; ". */
static const char *words_of(fake_act act, const char *rest) {
    buffer out = {0};
    bool is_line = act == FAKE_SEND || act == FAKE_GZIP || act == FAKE_DRIP;
    if (act == FAKE_ANSWER && *rest == '\0') return NULL;
    for (const char *c = rest; *c != '\0'; c++) {
        bool is_next = act == FAKE_ANSWER && strncmp(c, "; ", 2) == 0;
        if (is_next)
            buffer_add(&out, TEXT("\r\n"));
        else
            buffer_add_byte(&out, *c);
        c += is_next;
    }
    if (is_line || act == FAKE_ANSWER) buffer_add(&out, TEXT("\r\n"));
    buffer_add_byte(&out, '\0');
    if (out.failed) fail("out of memory");
    return out.bytes;
}

static fake_step step_of(const char *line) {
    size_t count = strcspn(line, " ");
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strlen(acts[i].word) != count || strncmp(line, acts[i].word, count) != 0) continue;
        const char *rest = line + count + (line[count] == ' ');
        char *end = NULL;
        fake_step s = {.act = acts[i].act};
        if (s.act == FAKE_ANSWER || s.act == FAKE_FLOOD) {
            s.number = (int)strtol(rest, &end, 10);
            rest = end + (*end == ' ');
        }
        s.words = words_of(s.act, rest);
        return s;
    }
    fail(line);
    return (fake_step){0};
}

static size_t read_script(const char *path, fake_step *steps) {
    size_t count = 0;
    text all = read_all(path);
    for (size_t end; text_find_byte(all, '\n', &end); all = text_slice(all, end + 1, all.count)) {
        char *line = strndup(all.bytes, end);
        if (line == NULL || count == STEPS_MAX) fail("too long a script");
        if (*line != '\0' && *line != '#') steps[count++] = step_of(line);
        free(line);
    }
    return count;
}

/* ---- Serving ---- */

static void wait_for_end(void) {
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
}

static void play_script(const char *path) {
    static fake_step steps[STEPS_MAX];
    fake_upstream *u = fake_upstream_start(steps, read_script(path, steps));
    if (u == NULL) fail("cannot listen");
    (void)printf("%s\n", fake_upstream_url(u));
    (void)fflush(stdout);
    wait_for_end();
    (void)printf("{\"requests\":%u,\"hangups\":%u,\"steps\":%u}\n", fake_upstream_requests(u),
                 fake_upstream_hangups(u), fake_upstream_steps(u));
    fake_upstream_stop(u);
}

static void stand_in(const fake_x_options *o) {
    fake_x_counts c;
    fake_x *x = fake_x_start(o);
    if (x == NULL) fail("cannot listen");
    (void)printf("%s\n", fake_x_url(x));
    (void)fflush(stdout);
    wait_for_end();
    fake_x_get_counts(x, &c);
    (void)printf("{\"requests\":%llu,\"unauthorized\":%llu,\"too_often\":%llu,\"too_many\":%llu,"
                 "\"drops\":%llu,\"lines_sent\":%llu,\"window_max\":%llu,\"open\":%llu}\n",
                 (unsigned long long)c.requests, (unsigned long long)c.unauthorized,
                 (unsigned long long)c.too_often, (unsigned long long)c.too_many,
                 (unsigned long long)c.drops, (unsigned long long)c.lines_sent,
                 (unsigned long long)c.window_max, (unsigned long long)c.open);
    fake_x_stop(x);
}

int main(int argc, char *argv[]) {
    static const struct option names[] = {
        {"lines", 1, NULL, 'l'},  {"events", 1, NULL, 'e'}, {"drops", 1, NULL, 'd'},
        {"replay", 1, NULL, 'r'}, {"rate", 1, NULL, 'a'},   {"connects", 1, NULL, 'c'},
        {"seed", 1, NULL, 's'},   {"port", 1, NULL, 'p'},   {"token", 1, NULL, 't'},
        {"tls", 1, NULL, 'n'},    {"ca", 1, NULL, 'k'},     {"script", 1, NULL, 'x'},
        {NULL, 0, NULL, 0},
    };
    fake_x_options o = {0};
    const char *name = NULL, *ca = "fake_x.pem", *script = NULL;
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        unsigned long number = optarg == NULL ? 0 : strtoul(optarg, NULL, 10);
        switch (c) {
        case 'l': o.lines = read_all(optarg); break;
        case 'e': o.events = read_all(optarg); break;
        case 'd': o.drops = (uint32_t)number; break;
        case 'r': o.replay_lines = (uint32_t)number; break;
        case 'a': o.lines_a_second = (uint32_t)number; break;
        case 'c': o.connects_max = (uint32_t)number; break;
        case 's': o.seed = number; break;
        case 'p': o.port = (uint16_t)number; break;
        case 't': o.token = optarg; break;
        case 'n': name = optarg; break;
        case 'k': ca = optarg; break;
        case 'x': script = optarg; break;
        default: return 2;
        }
    }
    if (name != NULL && (o.tls = fake_tls_new(name, -3600, 86400, ca)) == NULL) fail("no TLS");
    if (script != NULL)
        play_script(script);
    else
        stand_in(&o);
    fake_tls_free(o.tls);
    return 0;
}
