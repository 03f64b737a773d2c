/* SPDX-License-Identifier: MIT */
#include "server/process/assembly.h"

#include "pipeline/sources/files.h"
#include "server/base/quantity.h"
#include "server/base/terminal.h"
#include <stdio.h>
#include <string.h>

static int complain_of_places(const char *path, status s, uint64_t line, const char *why) {
    char where[512];
    if (s != STATUS_BAD_FORMAT) {
        complain(path, status_text(s), "give a file of string TAB lat TAB lon TAB area");
        return EXIT_CONFIGURATION;
    }
    (void)snprintf(where, sizeof where, "%.400s:%llu", path, (unsigned long long)line);
    complain(where, why, "write string TAB lat TAB lon TAB area");
    return EXIT_CONFIGURATION;
}

int assembly_open_places(assembly *a, const options *o) {
    uint64_t line = 0;
    const char *why = NULL;
    status s = STATUS_OK;
    if (o->places_only && o->places == NULL) {
        complain("--places-only", "there are no places", "give --places FILE with it");
        return EXIT_USAGE;
    }
    if (!o->places_only) s = gazetteer_builtin(&a->gazetteer);
    if (s != STATUS_OK) {
        complain("gazetteer", status_text(s), "build the program anew");
        return EXIT_FAILED;
    }
    if (o->places == NULL) return EXIT_OK;
    s = place_table_load(o->places, &a->places, &line, &why);
    return s == STATUS_OK ? EXIT_OK : complain_of_places(o->places, s, line, why);
}

/* Their forms were checked when they were read. */
static void set_limits(const options *o, pipeline_options *p) {
    if (o->memory_max != NULL) (void)quantity_size(text_of(o->memory_max), &p->memory_bytes_max);
    if (o->keep != NULL) (void)quantity_keep(text_of(o->keep), &p->keep_ms, &p->keep_bytes_max);
}

static int check_limits(const options *o, const pipeline_options *p) {
    if (o->anonymize && o->dead_letter != NULL) {
        complain("--dead-letter", "it keeps lines as they came, names too",
                 "give it or --anonymize, not both");
        return EXIT_USAGE;
    }
    if (p->keep_bytes_max == 0 || p->db_path != NULL) return EXIT_OK;
    complain(o->keep, "a size is that of the journal", "give --db FILE with it, or a time alone");
    return EXIT_USAGE;
}

static pipeline_options options_of(const assembly *a, const options *o, bool readers) {
    pipeline_options p = {
        .decoders = (uint32_t)o->decoders,
        .epoch_records_max = (uint32_t)o->epoch,
        .clean_min = (uint32_t)o->clean_min,
        .clean_cutoff = o->clean_cutoff,
        .clean_other_strings = strcmp(o->clean_evidence, "other-strings") == 0,
        .gazetteer = a->gazetteer,
        .places = a->places,
        .model = a->model,
        .dead_letter_path = o->dead_letter,
        .readers = readers,
        .db_path = o->db,
        .anonymize = o->anonymize,
        .country = o->country,
    };
    set_limits(o, &p);
    return p;
}

static int complain_of_pipeline(const options *o, status s, const buffer *why) {
    char where[512] = "pipeline";
    if (why->count > 0) {
        (void)snprintf(where, sizeof where, "--db %.400s", o->db);
        complain(where, why->bytes, NULL);
    } else if (s == STATUS_CANNOT_OPEN || s == STATUS_CANNOT_WRITE) {
        complain(o->dead_letter != NULL ? o->dead_letter : where, status_text(s),
                 "give a file that can be written to --dead-letter");
    } else {
        complain(where, status_text(s), NULL);
    }
    return EXIT_FAILED;
}

static bool is_country(const char *code) {
    for (int i = 0; i < 2; i++)
        if (code[i] < 'A' || code[i] > 'Z') return false;
    return code[2] == '\0';
}

int assembly_init(assembly *a, const options *o, bool readers) {
    *a = (assembly){0};
    if (o->country != NULL && !is_country(o->country)) {
        complain("--country", "that is no country's code", "give two capital letters, such as DE");
        return EXIT_USAGE;
    }
    int code = assembly_open_places(a, o);
    if (code != EXIT_OK) return code;
    buffer why = {0};
    status s = sentiment_model_new(o->sentiment, &a->model);
    const pipeline_options p = options_of(a, o, readers);
    code = check_limits(o, &p);
    if (code != EXIT_OK) return code;
    if (s == STATUS_OK) s = pipeline_new(&p, &a->pipeline, &why);
    if (why.count > 0) buffer_add_byte(&why, '\0');
    if (s != STATUS_OK) code = complain_of_pipeline(o, s, &why);
    buffer_deinit(&why);
    return code;
}

void assembly_deinit(assembly *a) {
    pipeline_free(a->pipeline);
    sentiment_model_free(a->model);
    place_table_free(a->places);
    gazetteer_close(a->gazetteer);
    *a = (assembly){0};
}

int assembly_open_files(const options *o, tweet_source **source) {
    const source_files_options with = {.speed = options_speed(o), .follow = o->follow};
    status s = source_files(o->operands, o->operand_count, &with, source);
    if (s == STATUS_OK) return EXIT_OK;
    complain(o->operands[0], status_text(s),
             "name files or folders that are there, or - for stdin");
    return s == STATUS_CANNOT_READ || s == STATUS_CANNOT_OPEN ? EXIT_UNREADABLE : EXIT_FAILED;
}

int exit_code_of(status s, pipeline *p) {
    pipeline_progress progress;
    if (s == STATUS_OK || s == STATUS_END || s == STATUS_STOPPED) return EXIT_OK;
    pipeline_get_progress(p, &progress);
    complain(progress.source.kind != NULL ? progress.source.kind : "source", status_text(s),
             progress.source.detail[0] != '\0' ? progress.source.detail : NULL);
    if (s == STATUS_CANNOT_READ || s == STATUS_CANNOT_OPEN) return EXIT_UNREADABLE;
    if (s == STATUS_BUDGET) return EXIT_BUDGET;
    return s == STATUS_UNAUTHORIZED || s == STATUS_UPSTREAM ? EXIT_UPSTREAM : EXIT_FAILED;
}
