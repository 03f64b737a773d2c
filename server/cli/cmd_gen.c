/* SPDX-License-Identifier: MIT */
#include "pipeline/gen/gen.h"

#include "server/base/terminal.h"
#include "server/options/commands.h"
#include <stdio.h>
#include <unistd.h>

static FILE *create(const char *path) {
    FILE *f = fopen(path, "we");
    if (f == NULL) complain(path, "it cannot be written", "give a file in a folder that is there");
    return f;
}

static bool close_written(FILE *f, const char *path) {
    bool good = fflush(f) == 0 && ferror(f) == 0;
    if (f != stdout) good = fclose(f) == 0 && good;
    if (!good) complain(path, "it could not be written whole", "make room and try again");
    return good;
}

int command_gen(const options *o) {
    const gen_options with = {.seed = o->seed, .lines = o->lines};
    gen_options all = with;
    if (!gen_format_from(text_of(o->format), &all.format)) return EXIT_USAGE; /* Of no row. */
    FILE *out = o->out == NULL ? stdout : create(o->out);
    if (out == NULL) return EXIT_FAILED;
    FILE *places = o->places == NULL ? NULL : create(o->places);
    status s =
        o->places != NULL && places == NULL ? STATUS_CANNOT_OPEN : gen_run(&all, out, places);
    bool good = close_written(out, o->out == NULL ? "stdout" : o->out);
    if (places != NULL) good = close_written(places, o->places) && good;
    if (s != STATUS_OK && s != STATUS_CANNOT_OPEN && good) complain("gen", status_text(s), NULL);
    return s == STATUS_OK && good ? EXIT_OK : EXIT_FAILED;
}
