/* SPDX-License-Identifier: MIT */
#include "server/process/reload.h"

#include "pipeline/base/log.h"
#include "server/options/options_table.h"
#include "server/options/secret.h"
#include "server/process/logging.h"
#include <string.h>

/* Rows of the table of options that follow a reload; all others need a restart. */
static const char *const followers[] = {
    "log-level",
    "log-format",
    "log-file",
    "quiet",
    "verbose",
    "token-file",
    "push-token-file",
    "host",
    "cors-origin",
    "clients",
    "clients-per-address",
    "x-token-file",
    "mastodon-token-file",
};

static bool follows(const option *row) {
    for (size_t i = 0; i < sizeof followers / sizeof followers[0]; i++)
        if (strcmp(row->name, followers[i]) == 0) return true;
    return false;
}

static const options *in_force(const reload *r) {
    return r->has_now ? &r->now : r->first;
}

static void say_what_needs_a_restart(const options *old, const options *fresh) {
    for (size_t i = 0; i < option_count; i++) {
        const option *row = &option_table[i];
        if (!option_takes(row, old->command) || follows(row) || option_equal(row, old, fresh))
            continue;
        log_line(LOG_WARNING, "--%s has changed: it is read at the start only, so restart",
                 row->name);
    }
}

static bool apply(const options *o, server *s, const source_tokens *tokens) {
    secrets secret;
    bool good = secrets_read(o, &secret) == EXIT_OK;
    const server_options with = {.hosts = o->hosts.values,
                                 .host_count = o->hosts.count,
                                 .cors_origins = o->cors_origins.values,
                                 .cors_origin_count = o->cors_origins.count,
                                 .token = secret.token,
                                 .push_token = secret.push_token,
                                 .clients_max = (uint32_t)o->clients,
                                 .clients_per_address_max = (uint32_t)o->clients_per_address};
    good = good && assembly_renew_tokens(o, tokens) == EXIT_OK;
    good = good && server_set(s, &with) == STATUS_OK;
    secrets_wipe(&secret);
    if (!good) return false;
    if (logging_set(o) != STATUS_OK)
        log_line(LOG_ERROR, "--log-file %s: it cannot be opened: lines go where they went",
                 o->log_file);
    return true;
}

bool reload_run(reload *r, server *s) {
    options fresh;
    buffer problem = {0};
    bool good = options_read(r->first->argc, r->first->argv, &fresh, &problem);
    buffer_add_byte(&problem, '\0');
    if (!good)
        log_line(LOG_ERROR, "the configuration is not read again: %s",
                 problem.failed ? "out of memory" : problem.bytes);
    buffer_deinit(&problem);
    if (good) say_what_needs_a_restart(in_force(r), &fresh);
    good = good && apply(&fresh, s, r->tokens);
    if (!good) {
        if (log_reopen() != STATUS_OK) log_line(LOG_ERROR, "the log cannot be opened anew");
        log_line(LOG_ERROR, "the old settings stay in force");
        options_deinit(&fresh);
        return false;
    }
    if (r->has_now) options_deinit(&r->now);
    r->now = fresh;
    r->has_now = true;
    log_line(LOG_INFO, "the configuration was read again");
    return true;
}

void reload_deinit(reload *r) {
    if (r->has_now) options_deinit(&r->now);
    r->has_now = false;
}
