/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_items.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/sources/files_csv.h"
#include "pipeline/sources/files_probe.h"
#include "pipeline/sources/files_utf16.h"

typedef enum {
    AT_START, /* Of a document: what is it? */
    IN_LINES, /* For good: the rest of the input is lines. */
    IN_ARRAY, /* Between two elements. */
    IN_ELEMENT,
    IN_VALUES, /* Between two objects that no array holds. */
    IN_TABLE,
    IN_TAIL /* After the array: the rest of its object, and of its line. */
} splitter_mode;

struct item_splitter {
    item_read read;
    void *context;
    size_t chunk_bytes;
    splitter_mode mode;
    const char *form;  /* Of the present document, for people. */
    source_chunk *raw; /* What has been read; used up to `at`. */
    size_t at;
    bool is_ready, at_end;
    bool is_first;   /* Nothing is used yet: a byte order mark may come. */
    bool skips_line; /* The rest of a line that was too long. */
    status failure;
    uint64_t line; /* Number of the next item. */

    source_chunk *out; /* Elements, a line each. */
    size_t element_at; /* In out: where the present element begins. */
    int depth;         /* Inside the present element; in IN_TAIL: of the object around. */
    bool in_string, is_escaped, needs_comma, has_element, in_object;
    bool is_value; /* The present element ends with its brace. */

    item_owner owner;
    void *owner_context;
    buffer members;   /* Of the owner, for each element of the present array. */
    csv_table *table; /* In IN_TABLE. */

    bool is_utf16;
    utf16 unit;
    char *wide; /* WIDE_BYTES, as they come. */
};

enum { WIDE_BYTES = 32 * 1024, ROOM_MIN = 16 };

item_splitter *item_splitter_new(item_read read, void *context, size_t chunk_bytes) {
    item_splitter *s = calloc(1, sizeof(*s));
    if (s == NULL) return NULL;
    s->read = read;
    s->context = context;
    s->chunk_bytes = chunk_bytes < 64 ? 64 : chunk_bytes;
    s->is_first = s->is_ready = true;
    s->line = 1;
    return s;
}

void item_splitter_free(item_splitter *s) {
    if (s == NULL) return;
    source_chunk_free(s->raw);
    source_chunk_free(s->out);
    csv_table_free(s->table);
    buffer_deinit(&s->members);
    free(s->wide);
    free(s);
}

void item_splitter_set_owner(item_splitter *s, item_owner owner, void *context) {
    s->owner = owner;
    s->owner_context = context;
}

/* ---- Bytes in ---- */

static bool reserve(source_chunk **c, size_t capacity) {
    if (*c == NULL) return (*c = source_chunk_new(capacity)) != NULL;
    if ((*c)->capacity >= capacity) return true;
    size_t doubled = (*c)->capacity * 2;
    source_chunk *grown = source_chunk_new(doubled > capacity ? doubled : capacity);
    if (grown == NULL) return false;
    memcpy(grown->bytes, (*c)->bytes, (*c)->count);
    grown->count = (*c)->count;
    grown->first_line = (*c)->first_line;
    source_chunk_free(*c);
    *c = grown;
    return true;
}

static void forget_used(item_splitter *s) {
    if (s->raw == NULL || s->at == 0) return;
    s->raw->count -= s->at;
    memmove(s->raw->bytes, s->raw->bytes + s->at, s->raw->count);
    s->at = 0;
}

static size_t room(const item_splitter *s) {
    return s->raw->capacity - s->raw->count;
}

/* Two bytes of UTF-16 become at most three. */
static status read_wide(item_splitter *s, size_t *got) {
    size_t most = (room(s) - ROOM_MIN / 2) / 3 * 2, count = 0;
    status r =
        s->read(s->context, s->wide, most < WIDE_BYTES ? most : WIDE_BYTES, &count, &s->is_ready);
    char *to = s->raw->bytes + s->raw->count;
    s->at_end = r != STATUS_OK || count == 0;
    *got = utf16_to_utf8(&s->unit, (text){s->wide, count}, to);
    if (s->at_end) *got += utf16_end(&s->unit, to + *got);
    return r;
}

static status read_plain(item_splitter *s, size_t *got) {
    status r = s->read(s->context, s->raw->bytes + s->raw->count, room(s), got, &s->is_ready);
    s->at_end = r != STATUS_OK || *got == 0;
    return r;
}

static bool has_room(const item_splitter *s) {
    return room(s) >= (s->is_utf16 ? ROOM_MIN : 1);
}

/* Reads once, if there is room. */
static status fill(item_splitter *s) {
    size_t got = 0;
    if (!reserve(&s->raw, s->chunk_bytes)) return STATUS_NO_MEMORY;
    forget_used(s);
    if (s->at_end || !has_room(s)) return STATUS_OK;
    status r = s->is_utf16 ? read_wide(s, &got) : read_plain(s, &got);
    if (r == STATUS_STOPPED || r == STATUS_NO_MEMORY) {
        s->at_end = false;
        return r;
    }
    s->failure = r;
    s->raw->count += got;
    return STATUS_OK;
}

static text unread(const item_splitter *s) {
    if (s->raw == NULL) return (text){NULL, 0};
    return (text){s->raw->bytes + s->at, s->raw->count - s->at};
}

static bool is_full(const item_splitter *s) {
    return s->raw != NULL && s->at == 0 && !has_room(s);
}

static status end_of(const item_splitter *s) {
    return s->failure != STATUS_OK ? s->failure : STATUS_END;
}

static void give(const item_splitter *s, source_chunk **from, source_chunk **chunk) {
    memset((*from)->bytes + (*from)->count, 0, SOURCE_PADDING_BYTES);
    (*from)->was_utf16 = s->is_utf16;
    (*from)->form = s->form;
    *chunk = *from;
    *from = NULL;
}

/* ---- Lines ---- */

static uint64_t count_newlines(text t) {
    uint64_t count = 0;
    for (size_t i = 0; i < t.count; i++) count += t.bytes[i] == '\n';
    return count;
}

/* Hands over the first `count` bytes, which are `lines` lines; the rest stays. */
static status give_lines(item_splitter *s, size_t count, uint64_t lines, source_chunk **chunk) {
    size_t rest = s->raw->count - count;
    source_chunk *next = source_chunk_new(rest + s->chunk_bytes);
    if (next == NULL) return STATUS_NO_MEMORY;
    memcpy(next->bytes, s->raw->bytes + count, rest);
    next->count = rest;
    s->raw->count = count;
    s->raw->first_line = s->line;
    s->line += lines;
    give(s, &s->raw, chunk);
    s->raw = next;
    return STATUS_OK;
}

/* Reads past the rest of a line that was too long. */
static status skip_line(item_splitter *s) {
    while (s->skips_line) {
        text t = unread(s);
        size_t newline;
        if (text_find_byte(t, '\n', &newline)) {
            s->at += newline + 1;
            s->skips_line = false;
            break;
        }
        if (s->raw != NULL) s->at = s->raw->count;
        if (s->at_end) return end_of(s);
        status r = fill(s);
        if (r != STATUS_OK) return r;
    }
    return STATUS_OK;
}

/* All of it is one line that has not ended. */
static status grow_or_cut_line(item_splitter *s, source_chunk **chunk) {
    if (s->raw->count <= SOURCE_LINE_BYTES_MAX) {
        size_t twice = s->raw->capacity * 2, most = SOURCE_LINE_BYTES_MAX + ROOM_MIN;
        return reserve(&s->raw, twice < most ? twice : most) ? STATUS_OK : STATUS_NO_MEMORY;
    }
    s->skips_line = true;
    s->raw->count = SOURCE_LINE_BYTES_MAX + 1;
    return give_lines(s, s->raw->count, 1, chunk);
}

static status next_lines(item_splitter *s, source_chunk **chunk) {
    s->form = "lines";
    status r = skip_line(s);
    while (r == STATUS_OK) {
        forget_used(s);
        text t = unread(s);
        if (s->at_end) return t.count > 0 ? give_lines(s, t.count, 0, chunk) : end_of(s);
        const char *last = t.count > 0 ? memrchr(t.bytes, '\n', t.count) : NULL;
        if (last != NULL && (is_full(s) || !s->is_ready)) {
            size_t count = (size_t)(last - t.bytes) + 1;
            return give_lines(s, count, count_newlines((text){t.bytes, count}), chunk);
        }
        r = is_full(s) ? grow_or_cut_line(s, chunk) : fill(s);
        if (s->skips_line) return r; /* The beginning of a long line was given. */
    }
    return r;
}

/* ---- Elements of an array ---- */

static bool put(item_splitter *s, text t) {
    size_t used = s->out->count - s->element_at;
    size_t left = used > SOURCE_LINE_BYTES_MAX ? 0 : SOURCE_LINE_BYTES_MAX + 1 - used;
    if (t.count > left) t.count = left;
    if (!reserve(&s->out, s->out->count + t.count + 1)) return false;
    memcpy(s->out->bytes + s->out->count, t.bytes, t.count);
    s->out->count += t.count;
    return true;
}

static bool begin_element(item_splitter *s) {
    if (!reserve(&s->out, s->chunk_bytes)) return false;
    if (s->out->count == 0) s->out->first_line = s->line;
    s->element_at = s->out->count;
    s->depth = 0;
    s->in_string = s->is_escaped = false;
    s->has_element = s->needs_comma = true;
    s->is_value = false;
    s->mode = IN_ELEMENT;
    s->line++;
    return true;
}

/* put leaves room for the newline. */
static void end_element(item_splitter *s, splitter_mode next) {
    s->out->bytes[s->out->count++] = '\n';
    s->mode = next;
}

/* A line of our own for what is no element: "[]" for an array without any, and what
 * an error should be seen by. */
static bool put_line(item_splitter *s, text t) {
    if (!begin_element(s) || !put(s, t)) return false;
    end_element(s, IN_ARRAY);
    return true;
}

/* Begins an element of the archive of somebody, and says whose. */
static bool begin_owned(item_splitter *s) {
    if (!begin_element(s)) return false;
    if (s->members.count == 0 || s->raw->bytes[s->at] != '{') return true;
    s->at++;
    s->depth = 1;
    return put(s, TEXT("{")) && put(s, buffer_text(&s->members));
}

/* One byte between elements. */
static bool step_between(item_splitter *s) {
    char c = s->raw->bytes[s->at];
    if (json_is_space(c)) {
        s->at++;
    } else if (c == ']') {
        s->at++;
        if (!s->has_element && !put_line(s, TEXT("[]"))) return false;
        s->mode = IN_TAIL;
        s->depth = 1; /* If there is an object around. */
        s->in_string = s->is_escaped = false;
    } else if (c == ',') {
        s->at++;
        if (!s->needs_comma && !put_line(s, TEXT(","))) return false;
        s->needs_comma = false;
    } else if (s->needs_comma) {
        s->mode = IN_LINES; /* No array after all: the rest is lines again. */
    } else {
        return begin_owned(s);
    }
    return true;
}

/* One byte between objects by themselves. */
static bool step_values(item_splitter *s) {
    char c = s->raw->bytes[s->at];
    if (c == '{') {
        if (!begin_element(s)) return false;
        s->is_value = true;
    } else if (json_is_space(c) || c == ',' || c == ';') {
        s->at++;
    } else {
        s->mode = AT_START;
    }
    return true;
}

/* Up to the end of a row. */
static bool step_table(item_splitter *s) {
    bool row_ended;
    text row;
    s->at += csv_table_take(s->table, unread(s), &row_ended, &row);
    if (!row_ended) return true;
    if (row.bytes == NULL || !begin_element(s) || !put(s, row)) return false;
    end_element(s, IN_TABLE);
    return true;
}

/* Bytes up to the next that means something. */
static size_t plain_bytes(const item_splitter *s, text t) {
    size_t i = 0;
    if (s->in_string)
        while (i < t.count && t.bytes[i] != '"' && t.bytes[i] != '\\' && t.bytes[i] != '\n') i++;
    else
        while (i < t.count && !json_is_structural(t.bytes[i])) i++;
    return i;
}

/* Keeps count of strings and nesting at a byte that no backslash hides. */
static void track(item_splitter *s, char c) {
    if (c == '"') s->in_string = !s->in_string;
    if (s->in_string) return;
    if (c == '{' || c == '[') s->depth++;
    if ((c == '}' || c == ']') && s->depth > 0) s->depth--;
}

/* The byte that ended a run inside an element. */
static bool step_structural(item_splitter *s, char c) {
    if (s->in_string && c == '\n') { /* No JSON: the element is broken, and lines go on. */
        s->at++;
        end_element(s, IN_LINES);
        return true;
    }
    if (!s->in_string && s->depth == 0 && (c == ',' || c == ']')) {
        end_element(s, IN_ARRAY);
        return true;
    }
    s->at++;
    s->is_escaped = s->in_string && c == '\\';
    track(s, c);
    if (!put(s, c == '\n' ? TEXT(" ") : (text){&c, 1})) return false;
    if (s->is_value && !s->in_string && s->depth == 0) end_element(s, IN_VALUES);
    return true;
}

static bool step_element(item_splitter *s) {
    text t = unread(s);
    if (s->is_escaped) {
        s->is_escaped = false;
        if (t.bytes[0] != '\n') {
            s->at++;
            return put(s, (text){t.bytes, 1});
        }
    }
    size_t plain = plain_bytes(s, t);
    s->at += plain;
    if (!put(s, (text){t.bytes, plain})) return false;
    return plain == t.count || step_structural(s, t.bytes[plain]);
}

/* One byte of the object around the array; a line that ends in a string was cut off. */
static void step_object(item_splitter *s, char c) {
    bool is_hidden = s->is_escaped;
    s->is_escaped = !is_hidden && s->in_string && c == '\\';
    if (!is_hidden) track(s, c);
    s->in_object = s->depth > 0 && !(s->in_string && c == '\n');
}

/* One byte after the array: of the object around it, then of its line. */
static void step_tail(item_splitter *s) {
    char c = s->raw->bytes[s->at];
    bool is_part = s->in_object || json_is_space(c) || c == ';';
    if (is_part) s->at++;
    if (s->in_object)
        step_object(s, c);
    else if (c == '\n' || !is_part)
        s->mode = AT_START;
}

static void begin_values(item_splitter *s, const char *form) {
    s->mode = IN_VALUES;
    s->form = form;
}

static void begin_array(item_splitter *s, size_t skipped, bool in_object, const char *form) {
    s->form = form;
    s->at += skipped;
    s->mode = IN_ARRAY;
    s->in_object = in_object;
    s->has_element = s->needs_comma = s->in_string = s->is_escaped = false;
    s->depth = 0;
}

/* From now on the input is translated, and what there is of it first. */
static status begin_utf16(item_splitter *s) {
    source_chunk *translated = source_chunk_new(s->chunk_bytes * 5 / 2 + ROOM_MIN);
    s->wide = malloc(WIDE_BYTES);
    if (translated == NULL || s->wide == NULL) {
        source_chunk_free(translated);
        return STATUS_NO_MEMORY;
    }
    s->is_utf16 = true;
    translated->count = utf16_to_utf8(&s->unit, unread(s), translated->bytes);
    if (s->at_end) translated->count += utf16_end(&s->unit, translated->bytes + translated->count);
    source_chunk_free(s->raw);
    s->raw = translated;
    s->at = 0;
    return STATUS_OK;
}

/* The very beginning: in what characters is it? */
static status step_first(item_splitter *s) {
    text t = unread(s);
    s->is_first = false;
    if (text_starts_with(t, TEXT("\xEF\xBB\xBF"))) s->at += 3;
    return utf16_begins(t, &s->unit) ? begin_utf16(s) : STATUS_OK;
}

static status begin_assigned(item_splitter *s, text name, size_t value_at, bool is_array) {
    if (is_array && s->owner != NULL) s->owner(s->owner_context, name, &s->members);
    if (s->members.failed) return STATUS_NO_MEMORY;
    if (is_array) {
        begin_array(s, value_at + 1, false, "an archive of X");
    } else {
        s->at += value_at;
        begin_values(s, "an archive of X");
    }
    return STATUS_OK;
}

/* No JSON: a table, or lines that are none. */
static status step_header(item_splitter *s, bool is_all) {
    text t = unread(s);
    size_t end;
    char separator;
    bool is_whole = text_find_byte(t, '\n', &end);
    if (!is_whole && !is_all && t.count < CSV_HEADER_BYTES_MAX) return fill(s);
    if (!is_whole) end = t.count;
    s->mode = IN_LINES;
    if (!csv_is_header(text_slice(t, 0, end), &separator)) return STATUS_OK;
    s->table = csv_table_new(text_slice(t, 0, end), separator);
    if (s->table == NULL) return STATUS_NO_MEMORY;
    s->at += is_whole ? end + 1 : end;
    s->line++;
    s->mode = IN_TABLE;
    s->form = "a table";
    return STATUS_OK;
}

static status step_json(item_splitter *s, bool is_all) {
    size_t array_at;
    switch (json_probe(unread(s), is_all, &array_at)) {
    case PROBE_NEEDS_MORE:
        if (!is_all) return fill(s);
        s->mode = IN_LINES;
        break;
    case PROBE_LINES: s->mode = IN_LINES; break;
    case PROBE_ARRAY: begin_array(s, array_at + 1, false, "an array"); break;
    case PROBE_STATUSES: begin_array(s, array_at + 1, true, "the response of a search"); break;
    case PROBE_VALUES: begin_values(s, "objects over several lines"); break;
    }
    return STATUS_OK;
}

/* Looks at the beginning of a document until its kind is clear. */
static status step_start(item_splitter *s) {
    bool is_all = s->at_end || is_full(s);
    text t = unread(s), name;
    size_t value_at, at = 0;
    if (s->is_first) return t.count < 4 && !is_all ? fill(s) : step_first(s);
    buffer_clear(&s->members);
    assignment assigned = json_probe_assignment(t, &name, &value_at);
    if (assigned >= ASSIGNS_ARRAY)
        return begin_assigned(s, name, value_at, assigned == ASSIGNS_ARRAY);
    if (assigned == ASSIGNS_NEEDS_MORE && !is_all) return fill(s);
    while (at < t.count && json_is_space(t.bytes[at])) at++;
    bool is_json = at == t.count || t.bytes[at] == '{' || t.bytes[at] == '[';
    return is_json || s->line > 1 ? step_json(s, is_all) : step_header(s, is_all);
}

/* The input has ended inside a document. */
static status end_document(item_splitter *s) {
    text row;
    if (s->mode == IN_ELEMENT)
        end_element(s, IN_ARRAY);
    else if (s->mode == IN_TABLE && csv_table_end(s->table, &row)) {
        if (row.bytes == NULL || !begin_element(s) || !put(s, row)) return STATUS_NO_MEMORY;
        end_element(s, IN_TABLE);
    } else if (s->mode == IN_ARRAY && !s->has_element && !put_line(s, TEXT("[")))
        return STATUS_NO_MEMORY;
    s->mode = IN_LINES;
    return STATUS_OK;
}

static status step(item_splitter *s) {
    bool has_memory = true;
    if (s->mode == AT_START) return step_start(s);
    if (unread(s).count == 0) return s->at_end ? end_document(s) : fill(s);
    if (s->mode == IN_ARRAY)
        has_memory = step_between(s);
    else if (s->mode == IN_VALUES)
        has_memory = step_values(s);
    else if (s->mode == IN_TABLE)
        has_memory = step_table(s);
    else if (s->mode == IN_ELEMENT)
        has_memory = step_element(s);
    else
        step_tail(s);
    return has_memory ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Elements go on their way when there are enough, when there will be no more, or when
 * more would have to be waited for. */
static bool has_output(const item_splitter *s) {
    if (s->out == NULL || s->out->count == 0 || s->mode == IN_ELEMENT) return false;
    bool must_wait = !s->is_ready && unread(s).count == 0;
    return s->mode == IN_LINES || must_wait || s->out->count >= s->chunk_bytes;
}

status item_splitter_next(item_splitter *s, source_chunk **chunk) {
    while (!has_output(s)) {
        if (s->mode == IN_LINES) return next_lines(s, chunk);
        status r = step(s);
        if (r != STATUS_OK) return r;
    }
    give(s, &s->out, chunk);
    return STATUS_OK;
}
