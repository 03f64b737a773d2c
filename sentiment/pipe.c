/* SPDX-License-Identifier: MIT */
#include "sentiment/pipe.h"

#include <stdlib.h>

#include "pipeline/base/json.h"
#include "sentiment/json_string.h"
#include "sentiment/model.h"

static void add_answer(const sentiment_model *m, text t, buffer *out) {
    sentiment s;
    text lang;
    json_writer w = json_to(out);
    sentiment_of_text(m, t, &s, &lang);
    json_begin_object(&w);
    json_field(&w, "score", double, s.score);
    json_field(&w, "label", string, sentiment_label_text(s.label));
    if (m->method->has_shares) {
        json_field(&w, "positive", double, s.positive);
        json_field(&w, "neutral", double, s.neutral);
        json_field(&w, "negative", double, s.negative);
    }
    json_field(&w, "language", text, lang);
    json_end_object(&w);
}

/* One line's answer in `out`; false if the line is not what it should be. */
static bool answer(const sentiment_model *m, bool json_strings, char *bytes, size_t count,
                   buffer *out) {
    text t = {bytes, count};
    bool is_good = !json_strings || json_string_decode(bytes, count, &t);
    if (is_good)
        add_answer(m, t, out);
    else
        buffer_add(out, TEXT("{\"error\":\"not a JSON string\"}"));
    buffer_add_byte(out, '\n');
    return is_good;
}

static status write_out(buffer *b, FILE *out, bool flush) {
    if (b->failed) return STATUS_NO_MEMORY;
    if (fwrite(b->bytes, 1, b->count, out) != b->count) return STATUS_CANNOT_WRITE;
    buffer_clear(b);
    return flush && fflush(out) != 0 ? STATUS_CANNOT_WRITE : STATUS_OK;
}

status sentiment_pipe(const sentiment_model *m, bool json_strings, FILE *in, FILE *out,
                      bool line_buffered) {
    char *line = NULL;
    size_t room = 0;
    buffer answers = {0};
    status s = STATUS_OK;
    bool all_good = true;
    for (ssize_t count; s == STATUS_OK && (count = getline(&line, &room, in)) >= 0;) {
        size_t bytes = (size_t)count;
        if (bytes > 0 && line[bytes - 1] == '\n') bytes--;
        if (bytes > 0 && line[bytes - 1] == '\r') bytes--;
        all_good &= answer(m, json_strings, line, bytes, &answers);
        s = write_out(&answers, out, line_buffered);
    }
    if (s == STATUS_OK && !feof(in)) s = ferror(in) ? STATUS_CANNOT_READ : STATUS_NO_MEMORY;
    if (s == STATUS_OK && fflush(out) != 0) s = STATUS_CANNOT_WRITE;
    buffer_deinit(&answers);
    free(line);
    return s == STATUS_OK && !all_good ? STATUS_BAD_FORMAT : s;
}
