/* SPDX-License-Identifier: MIT */
#include "pipeline/base/log.h"
#include "server/base/terminal.h"
#include "server/base/version.h"
#include "server/options/options.h"
#include "server/process/logging.h"
#include "server/process/signals.h"
#include "server/rest/libraries.h"
#include <stdio.h>

static int show_help(const command *c) {
    buffer out = {0};
    options_write_help(c, &out);
    if (!out.failed) (void)fwrite(out.bytes, 1, out.count, stdout);
    buffer_deinit(&out);
    return EXIT_OK;
}

static int show_version(void) {
    (void)printf("dunlin %s (", DUNLIN_VERSION);
    for (size_t i = 0; i < library_count; i++)
        (void)printf("%s%s %s", i == 0 ? "" : ", ", libraries[i].name, libraries[i].version());
    (void)printf(")\n");
    return EXIT_OK;
}

static int show_config(const options *o) {
    buffer out = {0};
    options_write_config(o, &out);
    if (!out.failed) (void)fwrite(out.bytes, 1, out.count, stdout);
    buffer_deinit(&out);
    return EXIT_OK;
}

static int run(const options *o) {
    if (o->version) return show_version();
    if (o->help || o->command == NULL) return show_help(o->command);
    if (o->print_config) return show_config(o);
    if (logging_set(o) != STATUS_OK) {
        complain(o->log_file, "it cannot be opened",
                 "give a file that can be written to --log-file");
        return EXIT_CONFIGURATION;
    }
    int code = o->command->run(o);
    log_flush();
    if (fflush(stdout) != 0 && code == EXIT_OK) {
        complain("stdout", "the result could not be written", NULL);
        return EXIT_FAILED;
    }
    return code;
}

int main(int argc, char *argv[]) {
    options o;
    buffer problem = {0};
    signals_block();
    bool good = options_read(argc, argv, &o, &problem);
    if (!good) {
        buffer_add_byte(&problem, '\0');
        complain(problem.failed ? "options" : problem.bytes, "", NULL);
    }
    int code = good ? run(&o) : o.config_is_wrong ? EXIT_CONFIGURATION : EXIT_USAGE;
    options_deinit(&o);
    buffer_deinit(&problem);
    return code;
}
