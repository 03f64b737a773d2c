/* SPDX-License-Identifier: MIT */
/* config -- settings from files: a small part of TOML.
 *
 *     # Options by their long names, for every command that takes them,
 *     port = 8401
 *     host = ["dunlin.example", "dunlin"]
 *     places-only = true
 *     [replay]            # and for one command.
 *     decoders = 4
 *
 * Values are one line: whole or broken numbers, true, false, "texts" with the escapes
 * of TOML, 'texts' without, and lists of texts. */
#ifndef DUNLIN_SERVER_OPTIONS_CONFIG_H
#define DUNLIN_SERVER_OPTIONS_CONFIG_H

#include "pipeline/base/arena.h"
#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

enum { CONFIG_BYTES_MAX = 1024 * 1024, CONFIG_VALUES_MAX = 16 };

typedef struct {
    text section; /* Empty before the first. */
    text key;
    const char *values[CONFIG_VALUES_MAX]; /* In the arena; "true", "8401", "a text". */
    size_t value_count;
    bool is_list;
    unsigned line;
} config_setting;

typedef struct {
    text rest, section;
    unsigned line;
    arena *memory;
    buffer *problem;
    bool has_failed;
} config_reader;

/* `bytes` must outlive the reader; texts that are read stay in `memory`. */
config_reader config_of(text bytes, arena *memory, buffer *problem);
/* The next setting; false at the end, or when a line is wrong: *problem then says
 * "LINE: what: what to do", and has_failed is set. */
bool config_next(config_reader *r, config_setting *s);

/* The file's bytes, in `memory`.  STATUS_NOT_FOUND, CANNOT_READ, TOO_LARGE ... */
status config_read_file(const char *path, arena *memory, text *bytes);

#endif
