/* SPDX-License-Identifier: MIT */
#include "pipeline/base/log.h"

#include "pipeline/base/json.h"
#include "pipeline/base/repeats.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one log of the program. */
static struct {
    _Atomic int level, format, file;
    _Atomic(clock_source *) clock;
    pthread_mutex_t lock; /* Of the repeats. */
    repeats repeats;
    char path[4096]; /* Of the file; empty: stderr. */
} the_log = {.level = LOG_INFO, .file = STDERR_FILENO, .lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- Setting it up ---- */

void log_set_level(log_level most) {
    atomic_store(&the_log.level, (int)most);
}

void log_set_format(log_format f) {
    atomic_store(&the_log.format, (int)f);
}

log_format log_get_format(void) {
    return (log_format)atomic_load(&the_log.format);
}

void log_set_clock(clock_source *c) {
    atomic_store(&the_log.clock, c);
}

static clock_source *clock_now(void) {
    clock_source *c = atomic_load(&the_log.clock);
    return c != NULL ? c : clock_real();
}

/* In place of the file that is open: who writes at this moment writes to one of them. */
static status open_file(const char *path) {
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (file < 0) return STATUS_CANNOT_OPEN;
    int now = atomic_load(&the_log.file);
    if (now == STDERR_FILENO) {
        atomic_store(&the_log.file, file);
        return STATUS_OK;
    }
    bool good = dup3(file, now, O_CLOEXEC) == now;
    (void)close(file);
    return good ? STATUS_OK : STATUS_CANNOT_OPEN;
}

status log_set_file(const char *path) {
    if (path != NULL) {
        if (strlen(path) >= sizeof the_log.path) return STATUS_CANNOT_OPEN;
        status s = open_file(path);
        if (s == STATUS_OK) (void)snprintf(the_log.path, sizeof the_log.path, "%s", path);
        return s;
    }
    int old = atomic_exchange(&the_log.file, STDERR_FILENO);
    if (old != STDERR_FILENO) (void)close(old);
    the_log.path[0] = '\0';
    return STATUS_OK;
}

status log_reopen(void) {
    return the_log.path[0] == '\0' ? STATUS_OK : open_file(the_log.path);
}

/* ---- Escaping ---- */

static bool is_hostile(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void terminal_escape(buffer *out, text t) {
    for (size_t at = 0; at < t.count;) {
        size_t begin = at;
        uint32_t c = utf8_next(t, &at);
        if (c == 0xFFFD && at - begin == 1)
            buffer_add_format(out, "\\x%02X", (unsigned)(unsigned char)t.bytes[begin]);
        else if (is_hostile(c))
            buffer_add_format(out, c < 0x100 ? "\\x%02X" : "\\u%04X", (unsigned)c);
        else
            buffer_add(out, text_slice(t, begin, at));
    }
}

/* ---- Forms ---- */

static const char *const level_names[] = {"error", "warning", "info", "debug"};

/* One line before it has a form. */
typedef struct {
    log_level level;
    const char *part;
    text message;
    const log_field *fields;
    size_t count;
} event;

static bool is_word(text t) {
    for (size_t i = 0; i < t.count; i++) {
        char c = t.bytes[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && (c == '\0' || strchr("-_./:+", c) == NULL)) return false;
    }
    return t.count > 0;
}

static void add_value(buffer *out, text value) {
    buffer safe = {0};
    if (is_word(value)) {
        buffer_add(out, value);
        return;
    }
    for (size_t i = 0; i < value.count; i++) {
        if (value.bytes[i] == '"' || value.bytes[i] == '\\') buffer_add_byte(&safe, '\\');
        buffer_add_byte(&safe, value.bytes[i]);
    }
    buffer_add_byte(out, '"');
    terminal_escape(out, buffer_text(&safe)); /* Leaves quotes and backslashes alone. */
    buffer_add_byte(out, '"');
    out->failed = out->failed || safe.failed;
    buffer_deinit(&safe);
}

static void add_pair(buffer *out, const char *key, text value) {
    buffer_add_byte(out, ' ');
    buffer_add(out, text_of(key));
    buffer_add_byte(out, '=');
    add_value(out, value);
}

static void write_text(buffer *out, const event *e) {
    buffer_add_format(out, "dunlin: %s: ", level_names[e->level]);
    terminal_escape(out, e->message);
    for (size_t i = 0; i < e->count; i++) add_pair(out, e->fields[i].key, e->fields[i].value);
}

static void write_logfmt(buffer *out, const event *e) {
    char now[TIME_TEXT_BYTES];
    time_to_text(clock_now()->now_ms(clock_now()), now);
    buffer_add_format(out, "ts=%s level=%s part=%s msg=", now, level_names[e->level], e->part);
    add_value(out, e->message);
    for (size_t i = 0; i < e->count; i++) add_pair(out, e->fields[i].key, e->fields[i].value);
}

/* The writer of JSON lets C1 and bidirectional controls pass: they are escaped before. */
static void put_safe(json_writer *w, const char *key, text value) {
    buffer safe = {0};
    terminal_escape(&safe, value);
    json_key(w, key);
    json_put_text(w, safe.failed ? TEXT("?") : buffer_text(&safe));
    buffer_deinit(&safe);
}

static void write_json(buffer *out, const event *e) {
    json_writer w = json_to(out);
    json_begin_object(&w);
    json_key(&w, "ts");
    json_put_time(&w, clock_now()->now_ms(clock_now()));
    json_field(&w, "level", string, level_names[e->level]);
    json_field(&w, "part", string, e->part);
    put_safe(&w, "msg", e->message);
    for (size_t i = 0; i < e->count; i++) put_safe(&w, e->fields[i].key, e->fields[i].value);
    json_end_object(&w);
}

static void write_event(const event *e) {
    static void (*const forms[])(buffer *, const event *) = {write_text, write_logfmt, write_json};
    static const char lost[] = "dunlin: error: out of memory for a line of the log\n";
    buffer line = {0};
    forms[atomic_load(&the_log.format)](&line, e);
    buffer_add_byte(&line, '\n');
    text bytes = line.failed ? text_of(lost) : buffer_text(&line);
    if (write(atomic_load(&the_log.file), bytes.bytes, bytes.count) < 0) {
        /* Nobody is left to tell. */
    }
    buffer_deinit(&line);
}

/* ---- Writing ---- */

static void write_left_out(const repeat *r) {
    char number[24];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)r->left_out);
    const log_field field = {"left_out", text_of(number)};
    write_event(&(event){(log_level)r->level, r->part, text_of(r->words), &field, 1});
}

static void flush(bool all) {
    repeat old;
    for (bool any = true; any;) {
        (void)pthread_mutex_lock(&the_log.lock);
        any = repeats_take(&the_log.repeats, clock_now()->ticks_us(clock_now()), all, &old);
        (void)pthread_mutex_unlock(&the_log.lock);
        if (any) write_left_out(&old);
    }
}

void log_flush(void) {
    flush(true);
}

static void write_unless_repeated(const event *e) {
    repeat old;
    flush(false);
    (void)pthread_mutex_lock(&the_log.lock);
    bool passes = repeats_pass(&the_log.repeats, (int)e->level, e->part, e->message,
                               clock_now()->ticks_us(clock_now()), &old);
    (void)pthread_mutex_unlock(&the_log.lock);
    if (old.left_out > 0) write_left_out(&old);
    if (passes) write_event(e);
}

/* "x-stream" of "pipeline/sources/x_stream.c". */
static void name_part(const char *file, char part[32]) {
    const char *slash = strrchr(file, '/');
    (void)snprintf(part, 32, "%s", slash != NULL ? slash + 1 : file);
    part[strcspn(part, ".")] = '\0';
    for (char *c = part; *c != '\0'; c++)
        if (*c == '_') *c = '-';
}

void log_write(log_level level, const char *file, const log_field *fields, size_t count,
               const char *format, ...) {
    char part[32], *message = NULL;
    va_list list;
    if ((int)level > atomic_load(&the_log.level)) return;
    va_start(list, format);
    int bytes = vasprintf(&message, format, list);
    va_end(list);
    if (bytes < 0) return;
    name_part(file, part);
    write_unless_repeated(&(event){level, part, {message, (size_t)bytes}, fields, count});
    free(message);
}
