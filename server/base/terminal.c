/* SPDX-License-Identifier: MIT */
#include "server/base/terminal.h"

#include "pipeline/base/log.h"
#include <stdio.h>
#include <unistd.h>

static void to_stderr(const buffer *b) {
    if (!b->failed && b->count > 0 && write(STDERR_FILENO, b->bytes, b->count) < 0) {
        /* Nobody is left to tell. */
    }
}

void complain(const char *what, const char *why, const char *todo) {
    buffer line = {0};
    buffer_add(&line, TEXT("dunlin: "));
    terminal_escape(&line, text_of(what));
    if (*why != '\0') buffer_add(&line, TEXT(": "));
    terminal_escape(&line, text_of(why));
    if (todo != NULL) {
        buffer_add(&line, TEXT(": "));
        terminal_escape(&line, text_of(todo));
    }
    buffer_add_byte(&line, '\n');
    to_stderr(&line);
    buffer_deinit(&line);
}

bool terminal_is_here(void) {
    return isatty(STDERR_FILENO) == 1;
}

/* 1234567 as 1,234,567. */
static void add_grouped(buffer *out, uint64_t n) {
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) buffer_add_byte(out, ',');
        buffer_add_byte(out, digits[i]);
    }
}

static double seconds_since(int64_t started_us, int64_t now_us) {
    return now_us > started_us ? (double)(now_us - started_us) / 1e6 : 1e-6;
}

void progress_write(buffer *out, const pipeline_progress *p, int64_t now_us) {
    const source_state *s = &p->source;
    double seconds = seconds_since(p->started_us, now_us);
    if (s->bytes_total > 0)
        buffer_add_format(out, "%3.0f %%  ",
                          100.0 * (double)s->bytes_read / (double)s->bytes_total);
    add_grouped(out, p->items);
    buffer_add(out, TEXT(" items  "));
    add_grouped(out, (uint64_t)((double)p->items / seconds));
    buffer_add(out, TEXT("/s"));
    if (s->bytes_total > s->bytes_read && s->bytes_read > 0 && seconds >= 1) {
        uint64_t left =
            (uint64_t)(seconds * (double)(s->bytes_total - s->bytes_read) / (double)s->bytes_read +
                       0.5);
        buffer_add_format(out, "  %llu:%02llu left", (unsigned long long)(left / 60),
                          (unsigned long long)(left % 60));
    }
}

void progress_show(const pipeline_progress *p, int64_t now_us) {
    buffer line = {0};
    buffer_add(&line, TEXT("\r\033[K"));
    progress_write(&line, p, now_us);
    to_stderr(&line);
    buffer_deinit(&line);
}

void progress_clear(void) {
    const buffer line = {.bytes = (char[]){"\r\033[K"}, .count = 4};
    to_stderr(&line);
}

void summary_show(const pipeline_progress *p, int64_t now_us) {
    static const char *const names[] = {"accepted", "repaired", "ignored", "rejected"};
    double seconds = seconds_since(p->started_us, now_us);
    buffer line = {0};
    buffer_add(&line, TEXT("dunlin: "));
    add_grouped(&line, p->items);
    buffer_add_format(&line, " items in %.1f s (", seconds);
    add_grouped(&line, (uint64_t)((double)p->items / seconds));
    buffer_add(&line, TEXT("/s):"));
    for (size_t i = 0; i < 4; i++) {
        buffer_add(&line, i > 0 ? TEXT(", ") : TEXT(" "));
        add_grouped(&line, p->outcomes[i]);
        buffer_add_format(&line, " %s", names[i]);
    }
    buffer_add_byte(&line, '\n');
    to_stderr(&line);
    buffer_deinit(&line);
}
