/* SPDX-License-Identifier: MIT */
/* One line of JSON: an object (RFC 8259) with numbers, or strings of digits, for the
 * columns; what else is in it only has to be JSON. */
#include "pipeline/flow/table_record.h"

enum { DEPTH_MAX = 64 };

typedef struct {
    const char *at, *end;
} cursor;

static void skip_blanks(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
}

static bool take(cursor *c, char byte) {
    if (c->at == c->end || *c->at != byte) return false;
    c->at++;
    return true;
}

/* The next byte that is no blank is this one. */
static bool take_mark(cursor *c, char mark) {
    skip_blanks(c);
    return take(c, mark);
}

static bool take_word(cursor *c, text word) {
    if ((size_t)(c->end - c->at) < word.count || memcmp(c->at, word.bytes, word.count) != 0)
        return false;
    c->at += word.count;
    return true;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* What is not ASCII is in no name and no number: any byte stands for it. */
static bool take_unicode(cursor *c, table_field *f) {
    int code = 0;
    if (c->end - c->at < 4) return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(*c->at++);
        if (digit < 0) return false;
        code = code << 4 | digit;
    }
    field_add(f, code < 0x80 ? (char)code : (char)0xFF);
    return true;
}

static bool take_escape(cursor *c, table_field *f) {
    static const char marks[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    if (c->at == c->end) return false;
    char mark = *c->at++;
    if (mark == 'u') return take_unicode(c, f);
    const char *found = mark == '\0' ? NULL : strchr(marks, mark);
    if (found != NULL) field_add(f, means[found - marks]);
    return found != NULL;
}

static bool take_string(cursor *c, table_field *f) {
    f->count = 0;
    f->is_cut = false;
    if (!take(c, '"')) return false;
    while (c->at < c->end) {
        char byte = *c->at++;
        if (byte == '"') return true;
        if ((unsigned char)byte < 0x20) return false;
        if (byte != '\\')
            field_add(f, byte);
        else if (!take_escape(c, f))
            return false;
    }
    return false;
}

static size_t take_digits(cursor *c, table_field *f) {
    size_t count = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; count++) field_add(f, *c->at++);
    return count;
}

static bool take_number(cursor *c, table_field *f) {
    f->count = 0;
    f->is_cut = false;
    if (take(c, '-')) field_add(f, '-');
    bool is_zero = c->at < c->end && *c->at == '0';
    size_t digits = take_digits(c, f);
    if (digits == 0 || (is_zero && digits > 1)) return false;
    if (take(c, '.')) {
        field_add(f, '.');
        if (take_digits(c, f) == 0) return false;
    }
    if (!take(c, 'e') && !take(c, 'E')) return true;
    field_add(f, 'e');
    if (!take(c, '+')) take(c, '-');
    return take_digits(c, f) > 0;
}

static bool skip_value(cursor *c, unsigned depth);

static bool skip_members(cursor *c, unsigned depth, bool have_names, char end) {
    table_field name;
    if (depth == DEPTH_MAX) return false;
    if (take_mark(c, end)) return true;
    do {
        skip_blanks(c);
        if (have_names && (!take_string(c, &name) || !take_mark(c, ':'))) return false;
        if (!skip_value(c, depth + 1)) return false;
    } while (take_mark(c, ','));
    return take_mark(c, end);
}

static bool skip_value(cursor *c, unsigned depth) {
    table_field any;
    skip_blanks(c);
    if (c->at == c->end) return false;
    switch (*c->at) {
    case '"': return take_string(c, &any);
    case '{': c->at++; return skip_members(c, depth, true, '}');
    case '[': c->at++; return skip_members(c, depth, false, ']');
    case 't': return take_word(c, TEXT("true"));
    case 'f': return take_word(c, TEXT("false"));
    case 'n': return take_word(c, TEXT("null"));
    default: return take_number(c, &any);
    }
}

/* A member of the line's object; false when it is not JSON.  What a column says is put
 * into the record, which knows its own failures. */
static bool take_member(cursor *c, table_record *r) {
    table_field field;
    skip_blanks(c);
    if (!take_string(c, &field) || !take_mark(c, ':')) return false;
    size_t column = record_find(r->text, &field);
    skip_blanks(c);
    const char *begin = c->at;
    if (column == COLUMN_OTHER) return skip_value(c, 0);
    if (take_string(c, &field) || (c->at = begin, take_number(c, &field))) {
        record_put(r, column, &field);
        return true;
    }
    c->at = begin;
    record_fail(r, "not a whole number", column);
    return skip_value(c, 0);
}

bool json_line_read(text line, table_record *r) {
    static const char not_json[] = "not a JSON object";
    cursor c = {line.bytes, line.bytes + line.count};
    bool is_json = take_mark(&c, '{');
    if (is_json && !take_mark(&c, '}')) {
        do is_json = take_member(&c, r);
        while (is_json && take_mark(&c, ','));
        is_json = is_json && take_mark(&c, '}');
    }
    skip_blanks(&c);
    if (!is_json || c.at != c.end) {
        r->reason = NULL; /* It is nothing less. */
        return record_fail(r, not_json, COLUMN_OTHER);
    }
    return r->reason == NULL && record_end(r);
}
