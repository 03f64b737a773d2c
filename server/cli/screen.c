/* SPDX-License-Identifier: MIT */
#include "server/cli/screen.h"

#include "pipeline/base/log.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum { BOARD_ROWS = 10, COLUMNS_MIN = 40, NUMBER_CELLS = 10, MOOD_CELLS = 7, WHO_CELLS = 18 };

void screen_answers_deinit(screen_answers *a) {
    buffer_deinit(&a->stats);
    buffer_deinit(&a->tweets);
    buffer_deinit(&a->authors);
    buffer_deinit(&a->timeline);
    buffer_deinit(&a->alerts);
}

/* ---- Cells ---- */

static unsigned cells_of(uint32_t code_point) {
    int width = wcwidth((wchar_t)code_point);
    return width < 0 ? 1 : (unsigned)width;
}

/* How many bytes of t fit into `columns` cells, and how many cells they take. */
static size_t bytes_that_fit(text t, unsigned columns, unsigned *cells) {
    size_t at = 0;
    *cells = 0;
    while (at < t.count) {
        size_t next = at;
        unsigned width = cells_of(utf8_next(t, &next));
        if (*cells + width > columns) break;
        *cells += width;
        at = next;
    }
    return at;
}

/* White space of any kind as one blank, &amp; &lt; &gt; as what they stand for. */
static void add_one_line(buffer *out, text t) {
    static const struct {
        const char *entity;
        char means;
    } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};
    bool was_blank = true;
    for (size_t i = 0; i < t.count; i++) {
        char c = t.bytes[i];
        for (size_t j = 0; c == '&' && j < 3; j++)
            if (text_starts_with(text_slice(t, i, t.count), text_of(entities[j].entity))) {
                c = entities[j].means;
                i += strlen(entities[j].entity) - 1;
                break;
            }
        bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (!is_blank || !was_blank) buffer_add_byte(out, is_blank ? ' ' : c);
        was_blank = is_blank;
    }
}

/* At most `columns` cells of t, as it is shown harmlessly, with an ellipsis where it was
 * cut, followed by blanks up to `columns` if `fills`. */
static void add_cells(buffer *out, text t, unsigned columns, bool fills) {
    buffer line = {0}, safe = {0};
    unsigned cells;
    add_one_line(&line, t);
    terminal_escape(&safe, buffer_text(&line));
    text shown = buffer_text(&safe);
    if (bytes_that_fit(shown, columns, &cells) < shown.count && columns > 0) {
        buffer_add(out, text_slice(shown, 0, bytes_that_fit(shown, columns - 1, &cells)));
        buffer_add(out, TEXT("\xE2\x80\xA6"));
        cells++;
    } else {
        buffer_add(out, text_slice(shown, 0, bytes_that_fit(shown, columns, &cells)));
    }
    for (; fills && cells < columns; cells++) buffer_add_byte(out, ' ');
    if (line.failed || safe.failed) out->failed = true;
    buffer_deinit(&line);
    buffer_deinit(&safe);
}

/* ---- Answers ---- */

typedef struct {
    const screen_shape *shape;
    buffer *out;
    unsigned lines, columns;
} drawing;

static json_t *data_of(const buffer *answer, json_t **root) {
    *root = answer->count == 0 ? NULL : json_loadb(answer->bytes, answer->count, 0, NULL);
    return json_object_get(*root, "data");
}

static text string_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return (text){json_string_value(value), json_string_length(value)};
}

static double number_of(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static bool has_room(const drawing *d) {
    return d->shape->rows == 0 || d->lines + 1 < d->shape->rows;
}

static void end_line(drawing *d) {
    buffer_add_byte(d->out, '\n');
    d->lines++;
}

static void colour(const drawing *d, const char *code) {
    if (d->shape->has_colour) buffer_add_format(d->out, "\033[%sm", code);
}

/* 12,345 or 1.23 M, in at most 10 cells, to the right. */
static void add_number(const drawing *d, double n) {
    char digits[32];
    if (n >= 1e9)
        (void)snprintf(digits, sizeof digits, "%.2f G", n / 1e9);
    else if (n >= 1e6)
        (void)snprintf(digits, sizeof digits, "%.2f M", n / 1e6);
    else if (n >= 100 || n == (double)(long)n)
        (void)snprintf(digits, sizeof digits, "%.0f", n);
    else
        (void)snprintf(digits, sizeof digits, "%.1f", n);
    buffer_add_format(d->out, "%*s", NUMBER_CELLS, digits);
}

/* A mean and its sign as a colour that needs no red against green. */
static void add_mood(const drawing *d, const json_t *received) {
    const json_t *mean = json_object_get(received, "mean");
    if (!json_is_number(mean)) {
        buffer_add_format(d->out, "%*s", MOOD_CELLS, "-");
        return;
    }
    double value = json_number_value(mean);
    colour(d, value >= 0.05 ? "36" : value <= -0.05 ? "33" : "0");
    buffer_add_format(d->out, "%*.2f", MOOD_CELLS, value);
    colour(d, "0");
}

/* ---- Parts ---- */

static void draw_head(drawing *d, const json_t *stats) {
    buffer line = {0};
    const json_t *source = json_object_get(stats, "source");
    const screen_shape *s = d->shape;
    colour(d, "1");
    buffer_add(&line, TEXT("dunlin  "));
    buffer_add(&line, s->trouble != NULL ? text_of(s->trouble) : string_of(source, "state"));
    buffer_add_format(&line, "  window %s  %.0f records/s  heard until ", s->window,
                      number_of(stats, "rate"));
    text newest = string_of(stats, "newest");
    buffer_add(&line, newest.count > 0 ? newest : TEXT("-"));
    add_cells(d->out, buffer_text(&line), d->columns, false);
    colour(d, "0");
    end_line(d);
    buffer_deinit(&line);
}

static void draw_counts(drawing *d, const json_t *stats) {
    static const char *const names[] = {"items",   "rejected", "tweets", "responses",
                                        "located", "clean",    "users"};
    buffer line = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        buffer_add_format(&line, "%s%.0f %s", i > 0 ? ", " : "", number_of(stats, names[i]),
                          names[i]);
    add_cells(d->out, buffer_text(&line), d->columns, false);
    end_line(d);
    buffer_deinit(&line);
}

/* One line: what goes on, the newest in its words. */
static void draw_alerts(drawing *d, const json_t *alerts) {
    size_t active = 0;
    buffer line = {0};
    while (active < json_array_size(alerts) &&
           json_is_null(json_object_get(json_array_get(alerts, active), "until")))
        active++; /* These come first. */
    if (active == 0) return;
    colour(d, "33");
    if (active > 1) buffer_add_format(&line, "%zu alerts, the newest: ", active);
    if (active == 1) buffer_add(&line, TEXT("alert: "));
    buffer_add(&line, string_of(json_array_get(alerts, 0), "words"));
    add_cells(d->out, buffer_text(&line), d->columns, false);
    colour(d, "0");
    end_line(d);
    if (line.failed) d->out->failed = true;
    buffer_deinit(&line);
}

/* Volume and mood of the last minutes, a cell each. */
static void draw_minutes(drawing *d, const json_t *minutes) {
    static const char *const bars[] = {"\xE2\x96\x81", "\xE2\x96\x82", "\xE2\x96\x83",
                                       "\xE2\x96\x84", "\xE2\x96\x85", "\xE2\x96\x86",
                                       "\xE2\x96\x87", "\xE2\x96\x88"};
    size_t count = json_array_size(minutes), cells = d->columns - NUMBER_CELLS;
    size_t first = count > cells ? count - cells : 0;
    double most = 1;
    for (size_t i = first; i < count; i++) {
        double n = number_of(json_array_get(minutes, i), "tweets");
        if (n > most) most = n;
    }
    buffer_add_format(d->out, "%-*s", NUMBER_CELLS, "tweets");
    for (size_t i = first; i < count; i++) {
        const json_t *m = json_array_get(minutes, i);
        double good = number_of(m, "positive"), bad = number_of(m, "negative");
        colour(d, good > bad * 1.1 ? "36" : bad > good * 1.1 ? "33" : "0");
        buffer_add(d->out, text_of(bars[(size_t)(number_of(m, "tweets") / most * 7)]));
    }
    colour(d, "0");
    end_line(d);
}

static text username_of(const json_t *answer, text id) {
    const json_t *users = json_object_get(json_object_get(answer, "includes"), "users");
    for (size_t i = 0; i < json_array_size(users); i++)
        if (text_equal(string_of(json_array_get(users, i), "id"), id))
            return string_of(json_array_get(users, i), "username");
    return id;
}

static void draw_title(drawing *d, const char *what, const char *who, const char *rest) {
    if (!has_room(d)) return;
    end_line(d);
    if (!has_room(d)) return;
    colour(d, "1");
    buffer line = {0};
    buffer_add_format(&line, "%*s%*s%*s  %-*s%s", NUMBER_CELLS, what, NUMBER_CELLS, "responses",
                      MOOD_CELLS, "mood", WHO_CELLS, who, rest);
    buffer cut = {0};
    unsigned cells;
    buffer_add(&cut, text_slice(buffer_text(&line), 0,
                                bytes_that_fit(buffer_text(&line), d->columns, &cells)));
    buffer_add(d->out, buffer_text(&cut));
    colour(d, "0");
    end_line(d);
    if (line.failed || cut.failed) d->out->failed = true;
    buffer_deinit(&line);
    buffer_deinit(&cut);
}

static void draw_row(drawing *d, const json_t *row, text who, text rest) {
    unsigned used = 2 * NUMBER_CELLS + MOOD_CELLS + 2 + WHO_CELLS;
    add_number(d, number_of(row, "influence"));
    add_number(d, number_of(row, "responses"));
    add_mood(d, json_object_get(row, "received"));
    buffer_add(d->out, TEXT("  "));
    unsigned left = d->columns - (used - WHO_CELLS);
    add_cells(d->out, who, left < WHO_CELLS - 1 ? left : WHO_CELLS - 1, true);
    if (d->columns > used) {
        buffer_add_byte(d->out, ' ');
        add_cells(d->out, rest, d->columns - used, false);
    }
    end_line(d);
}

static void draw_tweets(drawing *d, const json_t *answer, const json_t *rows) {
    draw_title(d, "influence", "tweet by", "");
    for (size_t i = 0; i < json_array_size(rows) && i < BOARD_ROWS && has_room(d); i++) {
        const json_t *row = json_array_get(rows, i);
        draw_row(d, row, username_of(answer, string_of(row, "author_id")), string_of(row, "text"));
    }
}

static void draw_authors(drawing *d, const json_t *rows) {
    draw_title(d, "influence", "author", "place");
    for (size_t i = 0; i < json_array_size(rows) && i < BOARD_ROWS && has_room(d); i++) {
        const json_t *row = json_array_get(rows, i), *place = json_object_get(row, "place");
        draw_row(d, row, string_of(row, "username"), string_of(place, "name"));
    }
}

status screen_draw(const screen_answers *a, const screen_shape *s, buffer *out) {
    json_t *roots[5];
    const json_t *stats = data_of(&a->stats, &roots[0]), *tweets = data_of(&a->tweets, &roots[1]);
    const json_t *authors = data_of(&a->authors, &roots[2]);
    const json_t *minutes = data_of(&a->timeline, &roots[3]);
    const json_t *alerts = data_of(&a->alerts, &roots[4]);
    drawing d = {.shape = s, .out = out, .columns = s->columns};
    if (d.columns < COLUMNS_MIN) d.columns = COLUMNS_MIN;
    draw_head(&d, stats);
    draw_counts(&d, stats);
    draw_alerts(&d, alerts);
    draw_minutes(&d, minutes);
    draw_tweets(&d, roots[1], tweets);
    draw_authors(&d, authors);
    bool is_whole = json_is_object(stats) && json_is_array(tweets) && json_is_array(authors);
    for (size_t i = 0; i < 5; i++) json_decref(roots[i]);
    if (out->failed) return STATUS_NO_MEMORY;
    return is_whole || a->stats.count == 0 ? STATUS_OK : STATUS_BAD_FORMAT;
}
