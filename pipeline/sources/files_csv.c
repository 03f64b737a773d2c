/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_csv.h"

#include "pipeline/sources/source.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 4096 };

typedef enum { CELL_BEGIN, CELL_BARE, CELL_QUOTED, CELL_QUOTE_IN_QUOTED, CELL_LOST } cell_state;

struct csv_table {
    char separator;
    buffer names;        /* Each as JSON with its colon, one after the other. */
    size_t *name_end;    /* Where the name of each column ends. */
    size_t column_count; /* Of the header. */
    cell_state state;
    buffer cell, row;
    size_t cell_count; /* Of the present row, ended ones. */
    bool is_touched;   /* The present row has any byte. */
    bool needs_comma;
};

/* ---- The header ---- */

/* The column that begins at *at, without quotes; *at moves past its separator.  False at
 * the end. */
static bool next_name(text line, char separator, size_t *at, text *name) {
    if (*at > line.count) return false;
    size_t end;
    text rest = text_slice(line, *at, line.count);
    if (!text_find_byte(rest, separator, &end)) end = rest.count;
    *name = text_trim(text_slice(rest, 0, end));
    if (name->count >= 2 && name->bytes[0] == '"' && name->bytes[name->count - 1] == '"')
        *name = text_slice(*name, 1, name->count - 1);
    *at += end + 1;
    return true;
}

static bool is_id_name(text name) {
    return text_equal(name, TEXT("id")) || text_equal(name, TEXT("tweet_id")) ||
           text_equal(name, TEXT("id_str"));
}

static bool has_id_column(text line, char separator) {
    text name;
    for (size_t at = 0; next_name(line, separator, &at, &name);)
        if (is_id_name(name)) return true;
    return false;
}

bool csv_is_header(text line, char *separator) {
    static const char separators[] = {',', '\t', ';'};
    if (line.count == 0 || line.count > CSV_HEADER_BYTES_MAX) return false;
    for (size_t i = 0; i < sizeof separators; i++) {
        *separator = separators[i];
        if (has_id_column(line, separators[i])) return true;
    }
    return false;
}

/* ---- JSON ---- */

/* Escaped; bytes that are not UTF-8 pass, for the decoder to see and say. */
static void add_string(buffer *out, text t) {
    static const char digits[] = "0123456789abcdef";
    buffer_add_byte(out, '"');
    for (size_t i = 0, begin = 0; i <= t.count; i++) {
        unsigned char c = i < t.count ? (unsigned char)t.bytes[i] : 0;
        if (c >= ' ' && c != '"' && c != '\\') continue;
        buffer_add(out, text_slice(t, begin, i));
        begin = i + 1;
        if (i == t.count) break;
        const char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
        const char pair[2] = {'\\', (char)c};
        buffer_add(out, c < ' ' ? (text){escape, 6} : (text){pair, 2});
    }
    buffer_add_byte(out, '"');
}

/* A list of objects in JSON, as far as its brackets and quotes tell; one line. */
static bool is_json_list(text t) {
    int depth = 0;
    bool in_string = false;
    if (text_equal(t, TEXT("[]"))) return true;
    if (!text_starts_with(t, TEXT("[{\""))) return false;
    for (size_t i = 0; i < t.count; i++) {
        char c = t.bytes[i];
        if ((unsigned char)c < ' ') return false;
        if (in_string && c == '\\') i++;
        if (c == '"') in_string = !in_string;
        if (!in_string) depth += (c == '[' || c == '{') - (c == ']' || c == '}');
        if (depth == 0 && i + 1 < t.count) return false;
    }
    return depth == 0 && !in_string;
}

/* ---- Rows ---- */

static void begin_row(csv_table *t) {
    buffer_clear(&t->row);
    buffer_clear(&t->cell);
    buffer_add(&t->row, TEXT("{\"csv\":{"));
    t->cell_count = 0;
    t->is_touched = t->needs_comma = false;
    t->state = CELL_BEGIN;
}

static bool keep_names(csv_table *t, text header) {
    text name;
    t->name_end = calloc(COLUMNS_MAX, sizeof *t->name_end);
    if (t->name_end == NULL) return false;
    for (size_t at = 0;
         t->column_count < COLUMNS_MAX && next_name(header, t->separator, &at, &name);) {
        add_string(&t->names, name);
        buffer_add_byte(&t->names, ':');
        t->name_end[t->column_count++] = t->names.count;
    }
    return !t->names.failed;
}

csv_table *csv_table_new(text header, char separator) {
    csv_table *t = calloc(1, sizeof(*t));
    if (t == NULL) return NULL;
    t->separator = separator;
    if (!keep_names(t, header)) {
        csv_table_free(t);
        return NULL;
    }
    begin_row(t);
    return t;
}

void csv_table_free(csv_table *t) {
    if (t == NULL) return;
    buffer_deinit(&t->names);
    buffer_deinit(&t->cell);
    buffer_deinit(&t->row);
    free(t->name_end);
    free(t);
}

static void end_cell(csv_table *t) {
    size_t column = t->cell_count++;
    text cell = buffer_text(&t->cell);
    t->state = CELL_BEGIN;
    bool is_full = t->row.count > SOURCE_LINE_BYTES_MAX; /* Enough for the decoder to see. */
    if (column >= t->column_count || cell.count == 0 || is_full) return;
    size_t begin = column == 0 ? 0 : t->name_end[column - 1];
    if (t->needs_comma) buffer_add_byte(&t->row, ',');
    t->needs_comma = true;
    buffer_add(&t->row, text_slice(buffer_text(&t->names), begin, t->name_end[column]));
    if (is_json_list(cell))
        buffer_add(&t->row, cell);
    else
        add_string(&t->row, cell);
    buffer_clear(&t->cell);
}

/* The line of the row; what is wrong with it, or NULL. */
static text end_row(csv_table *t, const char *why) {
    static const text failed = {NULL, 0};
    if (why == NULL) end_cell(t);
    if (why == NULL && t->cell_count == 1 && !t->needs_comma) return TEXT(""); /* Blank. */
    if (why == NULL && t->cell_count != t->column_count) why = "not as many cells as columns";
    buffer_add_byte(&t->row, '}');
    if (why != NULL) {
        buffer_add(&t->row, TEXT(",\"bad_row\":"));
        add_string(&t->row, text_of(why));
    }
    buffer_add_byte(&t->row, '}');
    return t->row.failed || t->cell.failed ? failed : buffer_text(&t->row);
}

/* One byte; true when it ends the row. */
static bool step(csv_table *t, char c) {
    bool is_quoted = t->state == CELL_QUOTED;
    if (c == '\n' && !is_quoted) return true;
    t->is_touched = true;
    if (t->state == CELL_LOST) return false;
    if (is_quoted && t->cell.count >= CSV_CELL_BYTES_MAX) {
        t->state = CELL_LOST; /* Its end is far: what follows it is at the next line. */
    } else if (is_quoted) {
        if (c == '"')
            t->state = CELL_QUOTE_IN_QUOTED;
        else
            buffer_add_byte(&t->cell, c);
    } else if (c == t->separator) {
        end_cell(t);
    } else if (c == '"' && t->state == CELL_BEGIN) {
        t->state = CELL_QUOTED;
    } else if (c == '"' && t->state == CELL_QUOTE_IN_QUOTED) {
        buffer_add_byte(&t->cell, c);
        t->state = CELL_QUOTED;
    } else if (c != '\r' && t->cell.count < CSV_CELL_BYTES_MAX) {
        buffer_add_byte(&t->cell, c);
        t->state = CELL_BARE;
    }
    return false;
}

/* Bytes from here on that just go into the cell. */
static size_t count_plain(const csv_table *t, text bytes) {
    size_t room = CSV_CELL_BYTES_MAX - t->cell.count, end = 0;
    if (bytes.count < room) room = bytes.count;
    if (t->state == CELL_QUOTED) {
        const char *quote = memchr(bytes.bytes, '"', room);
        return quote == NULL ? room : (size_t)(quote - bytes.bytes);
    }
    if (t->state != CELL_BARE) return 0;
    while (end < room && bytes.bytes[end] != t->separator && bytes.bytes[end] != '\n' &&
           bytes.bytes[end] != '\r')
        end++;
    return end;
}

static const char *fault(const csv_table *t) {
    return t->state == CELL_LOST || t->state == CELL_QUOTED ? "a quoted cell without an end" : NULL;
}

size_t csv_table_take(csv_table *t, text bytes, bool *row_ended, text *row) {
    if (!t->is_touched) begin_row(t);
    *row_ended = false;
    for (size_t i = 0; i < bytes.count; i++) {
        size_t plain = count_plain(t, text_slice(bytes, i, bytes.count));
        buffer_add(&t->cell, text_slice(bytes, i, i + plain));
        i += plain;
        if (i == bytes.count || !step(t, bytes.bytes[i])) continue;
        *row_ended = true;
        *row = end_row(t, fault(t));
        t->is_touched = false;
        return i + 1;
    }
    return bytes.count;
}

bool csv_table_end(csv_table *t, text *row) {
    if (!t->is_touched) return false;
    *row = end_row(t, fault(t));
    t->is_touched = false;
    return true;
}
