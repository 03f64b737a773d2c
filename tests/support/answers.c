/* SPDX-License-Identifier: MIT */
#include "tests/support/answers.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sentiment/json_string.h"

#define FOLDER       "tests/unit/sentiment/answers"
#define PRINTED_MAX  20
#define ANSWER_BYTES 64

/* ---- Cases ---- */

static void check_case(char lines[3][8192], answers_say *say, answers_tally *tally) {
    char answer[ANSWER_BYTES];
    text t;
    if (!json_string_decode(lines[1], strlen(lines[1]), &t)) {
        tally->is_broken = true;
        return;
    }
    say(t, answer, sizeof answer);
    tally->checked++;
    if (strcmp(answer, lines[2]) == 0) return;
    if (tally->wrong++ < PRINTED_MAX)
        (void)printf("%s: %s instead of %s\n", lines[0], answer, lines[2]);
}

answers_tally answers_check_cases(const char *path, answers_say *say) {
    static char lines[3][8192];
    answers_tally tally = {0};
    char *line = NULL;
    size_t room = 0, at = 0;
    FILE *f = fopen(path, "r");
    for (ssize_t count; f != NULL && (count = getline(&line, &room, f)) > 0;) {
        if (line[0] == '#' || line[0] == '\n') continue;
        tally.is_broken |= (size_t)count >= sizeof lines[0];
        (void)snprintf(lines[at], sizeof lines[0], "%.*s", (int)count - 1, line);
        at = (at + 1) % 3;
        if (at == 0) check_case(lines, say, &tally);
    }
    tally.is_broken |= f == NULL || at != 0;
    free(line);
    if (f != NULL) (void)fclose(f);
    return tally;
}

/* ---- Sets ---- */

/* The third field of a table; else all of the line. */
static text text_of_line(const char *name, char *line, size_t count) {
    text t = {line, count};
    size_t tab;
    if (t.count > 0 && line[t.count - 1] == '\n') t.count--;
    text all = t;
    if (strstr(name, ".tsv") == NULL) return t;
    for (int field = 0; field < 2; field++) {
        if (!text_find_byte(t, '\t', &tab)) return all;
        t = text_slice(t, tab + 1, t.count);
    }
    return text_find_byte(t, '\t', &tab) ? text_slice(t, 0, tab) : t;
}

static void check_set(const char *name, FILE *texts, FILE *answers, size_t bytes,
                      answers_are_right *are_right, answers_tally *tally) {
    char *line = NULL;
    size_t room = 0, number = 0;
    _Alignas(8) char expected[ANSWER_BYTES];
    for (ssize_t count; (count = getline(&line, &room, texts)) > 0;) {
        number++;
        tally->is_broken |= fread(expected, bytes, 1, answers) != 1;
        if (tally->is_broken) break;
        if (!are_right(text_of_line(name, line, (size_t)count), expected) &&
            tally->wrong++ < PRINTED_MAX)
            (void)printf("%s:%zu differs\n", name, number);
    }
    tally->is_broken |= fread(expected, 1, 1, answers) != 0;
    tally->checked += number;
    free(line);
}

answers_tally answers_check_sets(const char *sets, const char *ending, size_t bytes,
                                 answers_are_right *are_right) {
    char path[4096];
    answers_tally tally = {.is_broken = bytes > ANSWER_BYTES};
    DIR *d = opendir(FOLDER);
    for (struct dirent *e; d != NULL && !tally.is_broken && (e = readdir(d)) != NULL;) {
        if (!text_ends_with(text_of(e->d_name), text_of(ending))) continue;
        int count = (int)(strlen(e->d_name) - strlen(ending));
        const char *below = strstr(e->d_name, "-text.txt") != NULL ? "umsab/" : "";
        (void)snprintf(path, sizeof path, "%s/%s%.*s", sets, below, count, e->d_name);
        FILE *texts = fopen(path, "r");
        (void)snprintf(path, sizeof path, FOLDER "/%s", e->d_name);
        FILE *answers = fopen(path, "rb");
        if (texts != NULL && answers != NULL)
            check_set(e->d_name, texts, answers, bytes, are_right, &tally);
        else
            tally.is_broken = true;
        if (texts != NULL) (void)fclose(texts);
        if (answers != NULL) (void)fclose(answers);
    }
    tally.is_broken |= d == NULL;
    if (d != NULL) (void)closedir(d);
    (void)printf("%zu texts, %zu differ\n", tally.checked, tally.wrong);
    return tally;
}
