/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/x_stream_account.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/base/log.h"

#define HEAD        "dunlin x-state 1"
#define USD         1e6 /* Micro-dollars. */
#define US_A_SECOND 1000000
enum {
    STREAMS_MAX = 64,
    NAME_BYTES = 32,
    FILE_BYTES_MAX = 1 << 18,
    SLICE_MICRO_USD = 100000, /* Written ahead; doubled while that lasts less than a second. */
};

typedef struct {
    char name[NAME_BYTES];
    x_backoff backoff;
    int64_t next_ms;
} saved_stream;

struct x_account {
    clock_source *clock;
    char *path, *temporary; /* NULL: only memory. */
    int lock_fd;
    pthread_mutex_t lock; /* Guards all below. */
    uint32_t holders;
    saved_stream streams[STREAMS_MAX];
    size_t stream_count;
    x_spend spend;
    int64_t budget_micro_usd, reserved_micro_usd, slice_micro_usd;
    int64_t reserved_us;
    bool is_reached, has_warned, is_told;
};

/* ---- Writing ---- */

static void add_stream(buffer *out, const saved_stream *s) {
    const x_backoff *b = &s->backoff;
    uint64_t first = b->asked > X_CONNECTS_MAX ? b->asked - X_CONNECTS_MAX : 0;
    buffer_add_format(out, "stream %s %u %u %u %lld", s->name, b->network, b->http, b->rate,
                      (long long)s->next_ms);
    for (uint64_t i = first; i < b->asked; i++)
        buffer_add_format(out, " %lld", (long long)b->asked_ms[i % X_CONNECTS_MAX]);
    buffer_add_byte(out, '\n');
}

static void add_all(const x_account *a, buffer *out) {
    const x_spend *s = &a->spend;
    buffer_add_format(out, "%s\n", HEAD);
    buffer_add_format(out, "spent %lld %llu %llu\n", (long long)a->reserved_micro_usd,
                      (unsigned long long)s->total[X_POST], (unsigned long long)s->total[X_USER]);
    buffer_add_format(out, "day %lld %lld %llu %llu\n", (long long)s->day,
                      (long long)s->today_micro_usd, (unsigned long long)s->today[X_POST],
                      (unsigned long long)s->today[X_USER]);
    for (size_t i = 0; i < a->stream_count; i++) add_stream(out, &a->streams[i]);
    buffer_add(out, TEXT("end\n"));
}

static bool write_whole(int fd, text t) {
    while (t.count > 0) {
        ssize_t wrote = write(fd, t.bytes, t.count);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        t = text_slice(t, (size_t)wrote, t.count);
    }
    return true;
}

static bool replace_file(const x_account *a, text t) {
    int fd = open(a->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool good = write_whole(fd, t) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    return good && rename(a->temporary, a->path) == 0;
}

static status write_file(x_account *a) {
    buffer out = {0};
    if (a->path == NULL) return STATUS_OK;
    add_all(a, &out);
    bool is_written = !out.failed && replace_file(a, buffer_text(&out));
    buffer_deinit(&out);
    if (!is_written && !a->has_warned)
        log_line(LOG_WARNING, "%s: cannot be written: a restart may not know of the last tries",
                 a->path);
    a->has_warned = !is_written;
    return is_written ? STATUS_OK : STATUS_CANNOT_WRITE;
}

/* ---- Reading ---- */

/* The next word of a line as a number, a minus allowed. */
static bool take_i64(text *line, int64_t *value) {
    size_t end;
    uint64_t number;
    *line = text_trim(*line);
    if (!text_find_byte(*line, ' ', &end)) end = line->count;
    text word = text_slice(*line, 0, end);
    bool is_negative = text_starts_with(word, TEXT("-"));
    if (is_negative) word = text_slice(word, 1, word.count);
    if (!text_to_u64(word, &number) || number > INT64_MAX) return false;
    *value = is_negative ? -(int64_t)number : (int64_t)number;
    *line = text_slice(*line, end, line->count);
    return true;
}

static bool take_all(text line, int64_t *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!take_i64(&line, &values[i]) || values[i] < 0) return false;
    return text_trim(line).count == 0;
}

static bool read_spent(x_account *a, text line) {
    int64_t v[3];
    if (!take_all(line, v, 3)) return false;
    a->spend.total_micro_usd = a->reserved_micro_usd = v[0];
    a->spend.total[X_POST] = (uint64_t)v[1];
    a->spend.total[X_USER] = (uint64_t)v[2];
    return true;
}

static bool read_day(x_account *a, text line) {
    int64_t v[4];
    if (!take_all(line, v, 4)) return false;
    a->spend.day = v[0];
    a->spend.today_micro_usd = v[1];
    a->spend.today[X_POST] = (uint64_t)v[2];
    a->spend.today[X_USER] = (uint64_t)v[3];
    return true;
}

static saved_stream *find_stream(x_account *a, text name) {
    for (size_t i = 0; i < a->stream_count; i++)
        if (text_equal(text_of(a->streams[i].name), name)) return &a->streams[i];
    if (a->stream_count == STREAMS_MAX || name.count == 0 || name.count >= NAME_BYTES) return NULL;
    saved_stream *s = &a->streams[a->stream_count++];
    memcpy(s->name, name.bytes, name.count);
    return s;
}

static bool read_stream(x_account *a, text line) {
    size_t end;
    int64_t v[4], asked_ms;
    line = text_trim(line);
    if (!text_find_byte(line, ' ', &end)) return false;
    saved_stream *s = find_stream(a, text_slice(line, 0, end));
    line = text_slice(line, end, line.count);
    if (s == NULL) return false;
    for (size_t i = 0; i < 4; i++)
        if (!take_i64(&line, &v[i]) || (i < 3 && (v[i] < 0 || v[i] > 64))) return false;
    s->backoff.network = (uint32_t)v[0];
    s->backoff.http = (uint32_t)v[1];
    s->backoff.rate = (uint32_t)v[2];
    s->next_ms = v[3];
    while (take_i64(&line, &asked_ms)) x_backoff_asked(&s->backoff, asked_ms);
    return text_trim(line).count == 0;
}

static bool read_line(x_account *a, text line) {
    static const struct {
        const char *word;
        bool (*read)(x_account *a, text line);
    } kinds[] = {{"spent ", read_spent}, {"day ", read_day}, {"stream ", read_stream}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        text word = text_of(kinds[i].word);
        if (text_starts_with(line, word))
            return kinds[i].read(a, text_slice(line, word.count, line.count));
    }
    return false;
}

/* Whole from its head to "end", or it is damaged. */
static bool read_text(x_account *a, text t) {
    bool has_head = false;
    for (size_t end; text_find_byte(t, '\n', &end); t = text_slice(t, end + 1, t.count)) {
        text line = text_slice(t, 0, end);
        if (!has_head) {
            if (!text_equal(line, TEXT(HEAD))) return false;
            has_head = true;
        } else if (text_equal(line, TEXT("end"))) {
            return t.count == end + 1;
        } else if (!read_line(a, line)) {
            return false;
        }
    }
    return false;
}

static status read_file(x_account *a) {
    FILE *f = fopen(a->path, "re");
    if (f == NULL) return errno == ENOENT ? STATUS_OK : STATUS_CANNOT_READ;
    char *bytes = malloc(FILE_BYTES_MAX);
    status s = STATUS_NO_MEMORY;
    if (bytes != NULL) {
        size_t count = fread(bytes, 1, FILE_BYTES_MAX, f);
        s = ferror(f) != 0                       ? STATUS_CANNOT_READ
            : read_text(a, (text){bytes, count}) ? STATUS_OK
                                                 : STATUS_BAD_FORMAT;
    }
    free(bytes);
    (void)fclose(f);
    return s;
}

/* ---- Life ---- */

static void make_folders(const char *path) {
    char *copy = strdup(path);
    for (char *slash = copy; copy != NULL && (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        (void)mkdir(copy, 0700);
        *slash = '/';
    }
    free(copy);
}

/* Held as long as the process lives: the file itself is replaced, so another is locked. */
static status take_file(x_account *a) {
    char *lock_path = NULL;
    make_folders(a->path);
    if (asprintf(&lock_path, "%s.lock", a->path) < 0) return STATUS_NO_MEMORY;
    a->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(lock_path);
    if (a->lock_fd < 0) return STATUS_CANNOT_OPEN;
    return flock(a->lock_fd, LOCK_EX | LOCK_NB) == 0 ? STATUS_OK : STATUS_NOT_POSSIBLE;
}

static status fill_in(x_account *a, const x_account_options *o) {
    if (o->path == NULL) return STATUS_OK;
    size_t bytes = strlen(o->path) + sizeof ".new";
    a->path = strdup(o->path);
    a->temporary = malloc(bytes);
    if (a->path == NULL || a->temporary == NULL) return STATUS_NO_MEMORY;
    (void)snprintf(a->temporary, bytes, "%s.new", o->path);
    status s = take_file(a);
    if (s == STATUS_OK) s = read_file(a);
    return s == STATUS_OK ? write_file(a) : s;
}

status x_account_open(const x_account_options *o, x_account **result) {
    *result = NULL;
    x_account *a = calloc(1, sizeof(*a));
    if (a == NULL) return STATUS_NO_MEMORY;
    a->clock = o->clock == NULL ? clock_real() : o->clock;
    a->holders = 1;
    a->lock_fd = -1;
    a->slice_micro_usd = SLICE_MICRO_USD;
    a->budget_micro_usd = llround(o->budget_usd * USD);
    (void)pthread_mutex_init(&a->lock, NULL);
    status s = fill_in(a, o);
    if (s != STATUS_OK) {
        free(a->path); /* Nothing is written where reading has failed. */
        a->path = NULL;
        x_account_close(a);
        return s;
    }
    *result = a;
    return STATUS_OK;
}

x_account *x_account_share(x_account *a) {
    (void)pthread_mutex_lock(&a->lock);
    a->holders++;
    (void)pthread_mutex_unlock(&a->lock);
    return a;
}

void x_account_close(x_account *a) {
    if (a == NULL) return;
    (void)pthread_mutex_lock(&a->lock);
    bool is_last = --a->holders == 0;
    if (is_last) {
        a->reserved_micro_usd = a->spend.total_micro_usd;
        (void)write_file(a);
    }
    (void)pthread_mutex_unlock(&a->lock);
    if (!is_last) return;
    if (a->lock_fd >= 0) (void)close(a->lock_fd);
    (void)pthread_mutex_destroy(&a->lock);
    x_spend_deinit(&a->spend);
    free(a->path);
    free(a->temporary);
    free(a);
}

/* ---- Patience ---- */

void x_account_load(x_account *a, const char *stream, x_backoff *b, int64_t *next_ms) {
    (void)pthread_mutex_lock(&a->lock);
    const saved_stream *s = find_stream(a, text_of(stream));
    *b = (x_backoff){0};
    *next_ms = 0;
    if (s != NULL) {
        *b = s->backoff;
        *next_ms = s->next_ms;
    }
    (void)pthread_mutex_unlock(&a->lock);
}

void x_account_save(x_account *a, const char *stream, const x_backoff *b, int64_t next_ms) {
    (void)pthread_mutex_lock(&a->lock);
    saved_stream *s = find_stream(a, text_of(stream));
    if (s != NULL) {
        s->backoff = *b;
        s->next_ms = next_ms;
        (void)write_file(a);
    }
    (void)pthread_mutex_unlock(&a->lock);
}

/* ---- Money ---- */

/* Writes ahead what will be spent, so that no kill forgets any of it. */
static void reserve(x_account *a) {
    int64_t now_us = a->clock->ticks_us(a->clock);
    bool is_soon = a->reserved_us != 0 && now_us - a->reserved_us < US_A_SECOND;
    a->slice_micro_usd = is_soon ? 2 * a->slice_micro_usd : SLICE_MICRO_USD;
    a->reserved_us = now_us;
    a->reserved_micro_usd = a->spend.total_micro_usd + a->slice_micro_usd;
    if (a->budget_micro_usd > 0 && a->reserved_micro_usd > a->budget_micro_usd)
        a->reserved_micro_usd = a->budget_micro_usd;
    (void)write_file(a);
}

bool x_account_spend(x_account *a, text line) {
    (void)pthread_mutex_lock(&a->lock);
    x_cost cost = x_spend_judge(&a->spend, line, a->clock->now_ms(a->clock));
    if (cost.micro_usd > 0 && a->budget_micro_usd > 0 &&
        a->spend.total_micro_usd + cost.micro_usd > a->budget_micro_usd)
        a->is_reached = true;
    bool may = cost.micro_usd == 0 || !a->is_reached;
    if (may) x_spend_add(&a->spend, &cost);
    if (a->spend.total_micro_usd > a->reserved_micro_usd) reserve(a);
    (void)pthread_mutex_unlock(&a->lock);
    return may;
}

bool x_account_is_spent(x_account *a) {
    (void)pthread_mutex_lock(&a->lock);
    int64_t least = a->spend.total_micro_usd + x_prices_micro_usd[X_POST];
    bool is_spent = a->is_reached || (a->budget_micro_usd > 0 && least > a->budget_micro_usd);
    (void)pthread_mutex_unlock(&a->lock);
    return is_spent;
}

void x_account_get_spent(x_account *a, x_spent *result) {
    (void)pthread_mutex_lock(&a->lock);
    const x_spend *s = &a->spend;
    *result = (x_spent){.spent_usd = (double)s->total_micro_usd / USD,
                        .budget_usd = (double)a->budget_micro_usd / USD,
                        .today_usd = (double)s->today_micro_usd / USD,
                        .posts = s->total[X_POST],
                        .users = s->total[X_USER]};
    (void)pthread_mutex_unlock(&a->lock);
}

bool x_account_tell(x_account *a) {
    (void)pthread_mutex_lock(&a->lock);
    bool is_first = !a->is_told;
    a->is_told = true;
    (void)pthread_mutex_unlock(&a->lock);
    return is_first;
}
