/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_items.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/sources/files_probe.h"

typedef enum {
    AT_START, /* Of a document: what is it? */
    IN_LINES, /* For good: the rest of the input is lines. */
    IN_ARRAY, /* Between two elements. */
    IN_ELEMENT,
    IN_TAIL /* After the array: the rest of its object, and of its line. */
} splitter_mode;

struct item_splitter {
    item_read read;
    void *context;
    size_t chunk_bytes;
    splitter_mode mode;
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
};

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
    free(s);
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

/* Reads once, if there is room. */
static status fill(item_splitter *s) {
    size_t got = 0;
    if (!reserve(&s->raw, s->chunk_bytes)) return STATUS_NO_MEMORY;
    forget_used(s);
    if (s->at_end || s->raw->count == s->raw->capacity) return STATUS_OK;
    status r = s->read(s->context, s->raw->bytes + s->raw->count, s->raw->capacity - s->raw->count,
                       &got, &s->is_ready);
    if (r == STATUS_STOPPED || r == STATUS_NO_MEMORY) return r;
    s->failure = r;
    s->at_end = r != STATUS_OK || got == 0;
    s->raw->count += got;
    return STATUS_OK;
}

static text unread(const item_splitter *s) {
    if (s->raw == NULL) return (text){NULL, 0};
    return (text){s->raw->bytes + s->at, s->raw->count - s->at};
}

static bool is_full(const item_splitter *s) {
    return s->raw != NULL && s->at == 0 && s->raw->count == s->raw->capacity;
}

static status end_of(const item_splitter *s) {
    return s->failure != STATUS_OK ? s->failure : STATUS_END;
}

static void give(source_chunk **from, source_chunk **chunk) {
    memset((*from)->bytes + (*from)->count, 0, SOURCE_PADDING_BYTES);
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
    give(&s->raw, chunk);
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
        size_t twice = s->raw->capacity * 2, most = SOURCE_LINE_BYTES_MAX + 1;
        return reserve(&s->raw, twice < most ? twice : most) ? STATUS_OK : STATUS_NO_MEMORY;
    }
    s->skips_line = true;
    s->raw->count = SOURCE_LINE_BYTES_MAX + 1;
    return give_lines(s, s->raw->count, 1, chunk);
}

static status next_lines(item_splitter *s, source_chunk **chunk) {
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
        return begin_element(s);
    }
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
    return put(s, c == '\n' ? TEXT(" ") : (text){&c, 1});
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
    bool is_part = s->in_object || json_is_space(c);
    if (is_part) s->at++;
    if (s->in_object)
        step_object(s, c);
    else if (c == '\n' || !is_part)
        s->mode = AT_START;
}

static void begin_array(item_splitter *s, size_t skipped, bool in_object) {
    s->at += skipped;
    s->mode = IN_ARRAY;
    s->in_object = in_object;
    s->has_element = s->needs_comma = s->in_string = s->is_escaped = false;
    s->depth = 0;
}

/* Looks at the beginning of a document until its kind is clear. */
static status step_start(item_splitter *s) {
    text t = unread(s);
    bool is_all = s->at_end || is_full(s);
    if (s->is_first && t.count < 3 && !is_all) return fill(s);
    if (s->is_first && text_starts_with(t, TEXT("\xEF\xBB\xBF"))) s->at += 3;
    s->is_first = false;
    t = unread(s);
    size_t array_at;
    switch (json_probe(t, &array_at)) {
    case PROBE_NEEDS_MORE:
        if (!is_all) return fill(s);
        s->mode = IN_LINES;
        break;
    case PROBE_LINES: s->mode = IN_LINES; break;
    case PROBE_ARRAY: begin_array(s, array_at + 1, false); break;
    case PROBE_STATUSES: begin_array(s, array_at + 1, true); break;
    }
    return STATUS_OK;
}

/* The input has ended inside an array. */
static status end_array(item_splitter *s) {
    if (s->mode == IN_ELEMENT)
        end_element(s, IN_ARRAY);
    else if (s->mode == IN_ARRAY && !s->has_element && !put_line(s, TEXT("[")))
        return STATUS_NO_MEMORY;
    s->mode = IN_LINES;
    return STATUS_OK;
}

static status step(item_splitter *s) {
    bool has_memory = true;
    if (s->mode == AT_START) return step_start(s);
    if (unread(s).count == 0) return s->at_end ? end_array(s) : fill(s);
    if (s->mode == IN_ARRAY)
        has_memory = step_between(s);
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
    give(&s->out, chunk);
    return STATUS_OK;
}
