/* SPDX-License-Identifier: MIT */
#include "server/process/logging.h"

#include "pipeline/base/log.h"
#include "server/base/terminal.h"
#include "server/options/commands.h"
#include <string.h>

static log_level level_of(const options *o) {
    static const char *const names[] = {"error", "warning", "info", "debug"};
    size_t i = 0;
    if (o->quiet) return LOG_ERROR;
    if (o->verbose) return LOG_DEBUG;
    while (i < 3 && o->log_level != NULL && strcmp(o->log_level, names[i]) != 0) i++;
    return o->log_level == NULL ? LOG_INFO : (log_level)i;
}

/* What a person started and looks at is text; what a server says is for programs. */
static log_format format_of(const options *o) {
    const char *name = o->log_format == NULL ? "auto" : o->log_format;
    if (strcmp(name, "logfmt") == 0) return LOG_LOGFMT;
    if (strcmp(name, "json") == 0) return LOG_JSON;
    bool serves = o->command != NULL && o->command->run == command_serve;
    bool is_seen = o->log_file == NULL && terminal_is_here();
    return strcmp(name, "auto") == 0 && serves && !is_seen ? LOG_LOGFMT : LOG_TEXT;
}

status logging_set(const options *o) {
    log_set_level(level_of(o));
    log_set_format(format_of(o));
    return log_set_file(o->log_file);
}
