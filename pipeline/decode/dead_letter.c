/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "pipeline/base/json.h"

struct dead_letter {
    int fd;
    pthread_mutex_t mutex;
    buffer line;
    uint64_t count;
};

status dead_letter_open(const char *path, dead_letter **result) {
    dead_letter *d = calloc(1, sizeof(*d));
    if (d == NULL) return STATUS_NO_MEMORY;
    d->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (d->fd < 0) {
        free(d);
        return STATUS_CANNOT_OPEN;
    }
    (void)pthread_mutex_init(&d->mutex, NULL);
    *result = d;
    return STATUS_OK;
}

void dead_letter_close(dead_letter *d) {
    if (d == NULL) return;
    (void)close(d->fd);
    (void)pthread_mutex_destroy(&d->mutex);
    buffer_deinit(&d->line);
    free(d);
}

/* RFC 4648, section 4. */
static void add_base64(buffer *out, text t) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < t.count; i += 3) {
        size_t left = t.count - i < 3 ? t.count - i : 3;
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < left ? (unsigned char)t.bytes[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buffer_add_byte(out, k <= left ? digits[group >> (18 - 6 * k) & 63] : '=');
    }
}

static void write_bytes(json_writer *w, text bytes) {
    if (utf8_valid(bytes)) {
        json_field(w, "bytes", text, bytes);
        return;
    }
    json_key(w, "bytes_base64");
    json_put_raw(w, TEXT("\""));
    add_base64(w->out, bytes);
    buffer_add_byte(w->out, '"');
}

static void format_item(buffer *out, const item *i, const char *file) {
    json_writer w = json_to(out);
    json_begin_object(&w);
    json_field(&w, "file", string, file);
    json_field(&w, "line", u64, i->line);
    json_field(&w, "reason", string, i->reason);
    write_bytes(&w, i->bytes);
    json_end_object(&w);
    buffer_add_byte(out, '\n');
}

static status write_all(int fd, text t) {
    while (t.count > 0) {
        ssize_t n = write(fd, t.bytes, t.count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return STATUS_CANNOT_WRITE;
        t = text_slice(t, (size_t)n, t.count);
    }
    return STATUS_OK;
}

static status write_item(dead_letter *d, const item *i, tweet_source *source) {
    buffer_clear(&d->line);
    format_item(&d->line, i, source->file_name(source, i->file));
    if (d->line.failed) return STATUS_NO_MEMORY;
    status s = write_all(d->fd, buffer_text(&d->line));
    if (s == STATUS_OK) d->count++;
    return s;
}

status dead_letter_add(dead_letter *d, const record_batch *b, tweet_source *source) {
    status s = STATUS_OK;
    pthread_mutex_lock(&d->mutex);
    for (size_t i = 0; i < b->item_count && s == STATUS_OK; i++)
        if (b->items[i].outcome == ITEM_REJECTED) s = write_item(d, &b->items[i], source);
    pthread_mutex_unlock(&d->mutex);
    return s;
}

uint64_t dead_letter_count(dead_letter *d) {
    pthread_mutex_lock(&d->mutex);
    uint64_t count = d->count;
    pthread_mutex_unlock(&d->mutex);
    return count;
}
