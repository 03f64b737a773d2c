/* SPDX-License-Identifier: MIT */
#include "pipeline/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Atomic int most_level = LOG_INFO;

void log_set_level(log_level most) {
    atomic_store(&most_level, (int)most);
}

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

void log_line(log_level level, const char *format, ...) {
    static const char *const names[] = {"error", "warning", "info", "debug"};
    if ((int)level > atomic_load(&most_level)) return;
    va_list list;
    char *message = NULL;
    va_start(list, format);
    int count = vasprintf(&message, format, list);
    va_end(list);
    if (count < 0) return;
    buffer line = {0};
    buffer_add_format(&line, "dunlin: %s: ", names[level]);
    terminal_escape(&line, (text){message, (size_t)count});
    buffer_add_byte(&line, '\n');
    if (!line.failed && write(STDERR_FILENO, line.bytes, line.count) < 0) {
        /* Nobody is left to tell. */
    }
    buffer_deinit(&line);
    free(message);
}
