/* SPDX-License-Identifier: MIT */
#include "server/options/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

config_reader config_of(text bytes, arena *memory, buffer *problem) {
    if (text_starts_with(bytes, TEXT("\xEF\xBB\xBF"))) bytes = text_slice(bytes, 3, bytes.count);
    return (config_reader){.rest = bytes, .memory = memory, .problem = problem};
}

static bool fail(config_reader *r, const char *what) {
    if (!r->has_failed) buffer_add_format(r->problem, "%u: %s", r->line, what);
    r->has_failed = true;
    return false;
}

/* ---- Pieces of a line: each takes what it reads off the front of *line ---- */

static void skip_blanks(text *line) {
    size_t i = 0;
    while (i < line->count && (line->bytes[i] == ' ' || line->bytes[i] == '\t')) i++;
    *line = text_slice(*line, i, line->count);
}

static bool take_byte(text *line, char byte) {
    skip_blanks(line);
    if (line->count == 0 || line->bytes[0] != byte) return false;
    *line = text_slice(*line, 1, line->count);
    return true;
}

static bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-_+.", c) != NULL);
}

static text take_bare(text *line) {
    size_t i = 0;
    skip_blanks(line);
    while (i < line->count && is_bare(line->bytes[i])) i++;
    text bare = text_slice(*line, 0, i);
    *line = text_slice(*line, i, line->count);
    return bare;
}

static bool at_end(text *line) {
    skip_blanks(line);
    return line->count == 0 || line->bytes[0] == '#';
}

/* ---- Values ---- */

static int hex_value(text digits) {
    int value = 0;
    for (size_t i = 0; i < digits.count; i++) {
        char c = digits.bytes[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The character behind a backslash: 0 when there is none such.  *used: its bytes. */
static uint32_t escaped(text t, size_t *used) {
    static const char names[] = "btnfr\"\\", means[] = "\b\t\n\f\r\"\\";
    const char *at = t.count > 0 && t.bytes[0] != '\0' ? strchr(names, t.bytes[0]) : NULL;
    *used = 1;
    if (at != NULL) return (unsigned char)means[at - names];
    if (t.count < 5 || t.bytes[0] != 'u') return 0;
    *used = 5;
    int value = hex_value(text_slice(t, 1, 5));
    return value > 0 ? (uint32_t)value : 0;
}

/* What stands between two quotes, unescaped; the result ends in NUL. */
static bool unescape(config_reader *r, text from, const char **value) {
    char *to = arena_take(r->memory, from.count + 1);
    size_t count = 0;
    if (to == NULL) return fail(r, "out of memory: free some");
    for (size_t i = 0; i < from.count; i++) {
        if (from.bytes[i] != '\\') {
            to[count++] = from.bytes[i];
            continue;
        }
        size_t used;
        uint32_t code = escaped(text_slice(from, i + 1, from.count), &used);
        if (code == 0)
            return fail(r, "an escape that is none: write \\\\ for a backslash, or '...'");
        count += utf8_put(code, to + count);
        i += used;
    }
    to[count] = '\0';
    *value = to;
    return true;
}

static bool take_quoted(config_reader *r, text *line, const char **value) {
    char quote = line->bytes[0];
    size_t end = 1;
    while (end < line->count && line->bytes[end] != quote)
        end += quote == '"' && line->bytes[end] == '\\' ? 2 : 1;
    if (end >= line->count) return fail(r, "a text without its closing quote: add it");
    text inside = text_slice(*line, 1, end);
    *line = text_slice(*line, end + 1, line->count);
    if (quote == '"') return unescape(r, inside, value);
    *value = arena_copy(r->memory, inside).bytes;
    return *value != NULL || fail(r, "out of memory: free some");
}

static bool take_value(config_reader *r, text *line, const char **value) {
    skip_blanks(line);
    if (line->count > 0 && (line->bytes[0] == '"' || line->bytes[0] == '\''))
        return take_quoted(r, line, value);
    text bare = take_bare(line);
    if (bare.count == 0) return fail(r, "the value is missing: write name = value");
    *value = arena_copy(r->memory, bare).bytes;
    return *value != NULL || fail(r, "out of memory: free some");
}

static bool take_list(config_reader *r, text *line, config_setting *s) {
    s->is_list = true;
    while (!take_byte(line, ']')) {
        if (s->value_count == CONFIG_VALUES_MAX) return fail(r, "a list of more than 16: cut it");
        if (!take_value(r, line, &s->values[s->value_count])) return false;
        s->value_count++;
        if (take_byte(line, ',')) continue;
        if (!take_byte(line, ']')) return fail(r, "a list without its end: add ] in this line");
        break;
    }
    return true;
}

/* ---- Lines ---- */

static bool take_section(config_reader *r, text line) {
    text name = take_bare(&line);
    if (name.count == 0 || !take_byte(&line, ']') || !at_end(&line))
        return fail(r, "a section must be [NAME] alone");
    r->section = name;
    return true;
}

static bool take_setting(config_reader *r, text line, config_setting *s) {
    *s = (config_setting){.section = r->section, .line = r->line, .key = take_bare(&line)};
    if (s->key.count == 0) return fail(r, "a line must be name = value, [section] or # comment");
    if (!take_byte(&line, '=')) return fail(r, "= is missing: write name = value");
    if (take_byte(&line, '[') ? !take_list(r, &line, s) : !take_value(r, &line, s->values))
        return false;
    if (!s->is_list) s->value_count = 1;
    return at_end(&line) || fail(r, "more than a value: put texts in quotes");
}

static text next_line(config_reader *r) {
    size_t end;
    if (!text_find_byte(r->rest, '\n', &end)) end = r->rest.count;
    text line = text_slice(r->rest, 0, end);
    r->rest = text_slice(r->rest, end + 1, r->rest.count);
    r->line++;
    if (text_ends_with(line, TEXT("\r"))) line = text_slice(line, 0, line.count - 1);
    return line;
}

bool config_next(config_reader *r, config_setting *s) {
    size_t nul;
    while (!r->has_failed && r->rest.count > 0) {
        text line = next_line(r);
        if (text_find_byte(line, '\0', &nul) || !utf8_valid(line))
            return fail(r, "not text in UTF-8: save the file as such");
        if (at_end(&line)) continue;
        if (!take_byte(&line, '[')) return take_setting(r, line, s);
        if (!take_section(r, line)) return false;
    }
    return false;
}

status config_read_file(const char *path, arena *memory, text *bytes) {
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_CANNOT_OPEN;
    char *to = arena_take(memory, CONFIG_BYTES_MAX + 1);
    size_t count = to == NULL ? 0 : fread(to, 1, CONFIG_BYTES_MAX + 1, f);
    bool is_read = to != NULL && ferror(f) == 0;
    (void)fclose(f);
    *bytes = (text){to, count};
    if (to == NULL) return STATUS_NO_MEMORY;
    if (!is_read) return STATUS_CANNOT_READ;
    return count <= CONFIG_BYTES_MAX ? STATUS_OK : STATUS_TOO_LARGE;
}
