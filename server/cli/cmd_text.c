/* SPDX-License-Identifier: MIT */
/* geocode and sentiment: a text with its reasons, or a pipe of texts. */
#include "geocode/pipe.h"
#include "sentiment/describe.h"
#include "sentiment/pipe.h"
#include "server/base/terminal.h"
#include "server/options/commands.h"
#include "server/process/assembly.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_pipe(const options *o) {
    return o->operand_count == 1 && strcmp(o->operands[0], "-") == 0;
}

/* `dunlin sentiment not bad` is one text, as with echo. */
static void join_operands(const options *o, buffer *text_out) {
    for (size_t i = 0; i < o->operand_count; i++) {
        if (i > 0) buffer_add_byte(text_out, ' ');
        buffer_add(text_out, text_of(o->operands[i]));
    }
}

static bool stdout_is_terminal(void) {
    return isatty(STDOUT_FILENO) == 1;
}

static int print(const buffer *out) {
    if (out->failed) {
        complain("answer", status_text(STATUS_NO_MEMORY), NULL);
        return EXIT_FAILED;
    }
    (void)fwrite(out->bytes, 1, out->count, stdout);
    if (out->count > 0 && out->bytes[out->count - 1] != '\n') (void)putchar('\n');
    return EXIT_OK;
}

static int end_pipe(status s) {
    if (s == STATUS_OK) return EXIT_OK;
    if (s == STATUS_BAD_FORMAT)
        complain("--json-strings", "lines were no JSON strings", "their answers say so");
    else
        complain("-", status_text(s), NULL);
    return s == STATUS_CANNOT_READ ? EXIT_UNREADABLE : EXIT_FAILED;
}

/* ---- geocode ---- */

static void write_geocode_json(const assembly *a, text location, buffer *out) {
    place found;
    json_writer w = json_to(out);
    bool is_found = geocode_find(a->gazetteer, a->places, location, &found);
    json_begin_object(&w);
    json_field(&w, "text", text, location);
    json_key(&w, "place");
    geocode_write(&w, is_found ? &found : NULL, location);
    json_key(&w, "geocoder");
    buffer reasons = {0};
    if (a->gazetteer != NULL) gazetteer_explain(a->gazetteer, location, &reasons);
    if (reasons.count > 0)
        json_put_raw(&w, buffer_text(&reasons));
    else
        json_put_null(&w);
    if (reasons.failed) out->failed = true;
    buffer_deinit(&reasons);
    json_end_object(&w);
}

static int geocode_one(const assembly *a, const options *o) {
    buffer location = {0}, out = {0};
    join_operands(o, &location);
    if (o->json)
        write_geocode_json(a, buffer_text(&location), &out);
    else
        geocode_describe(a->gazetteer, a->places, buffer_text(&location), &out);
    if (location.failed) out.failed = true;
    int code = print(&out);
    buffer_deinit(&out);
    buffer_deinit(&location);
    return code;
}

int command_geocode(const options *o) {
    assembly a = {0};
    int code = assembly_open_places(&a, o);
    if (code == EXIT_OK && is_pipe(o))
        code = end_pipe(geocode_pipe(a.gazetteer, a.places, o->json_strings, stdin, stdout,
                                     stdout_is_terminal()));
    else if (code == EXIT_OK)
        code = geocode_one(&a, o);
    assembly_deinit(&a);
    return code;
}

/* ---- sentiment ---- */

static int sentiment_one(const sentiment_model *m, const options *o) {
    buffer words = {0}, out = {0};
    join_operands(o, &words);
    if (o->json)
        sentiment_explain(m, buffer_text(&words), &out);
    else
        sentiment_describe(m, buffer_text(&words), &out);
    if (words.failed) out.failed = true;
    int code = print(&out);
    buffer_deinit(&out);
    buffer_deinit(&words);
    return code;
}

int command_sentiment(const options *o) {
    sentiment_model *m = NULL;
    status s = sentiment_model_new(o->sentiment, &m);
    int code = EXIT_FAILED;
    if (s != STATUS_OK)
        complain("model", status_text(s), "build the program anew");
    else if (is_pipe(o))
        code = end_pipe(sentiment_pipe(m, o->json_strings, stdin, stdout, stdout_is_terminal()));
    else
        code = sentiment_one(m, o);
    sentiment_model_free(m);
    return code;
}
