/* SPDX-License-Identifier: MIT */
/* bench_store -- the journal: packing, appending, reading back.  One line a figure: name,
 * value, unit, aim.  Recorded lines, where they are at hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/decode/decode.h"
#include "pipeline/sources/files.h"
#include "pipeline/store/store.h"
#include "tests/support/shared_data.h"

enum { FRAMES_MAX = 4096, ROUNDS = 3 };

typedef struct {
    buffer frames[FRAMES_MAX];
    size_t count;
    uint64_t records, input_bytes, packed_bytes;
    double pack_seconds;
} packed_file;

static double seconds(clockid_t clock) {
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say(const char *name, const char *figure, double value, const char *unit, double aim) {
    printf("%-24s %-28s %14.3f %-12s aim %g\n", name, figure, value, unit, aim);
    (void)fflush(stdout);
}

static void pack_all(tweet_source *source, packed_file *p) {
    decoder *d = decoder_new();
    record_batch *b = record_batch_new();
    source_chunk *c;
    if (d == NULL || b == NULL) exit(1);
    while (p->count < FRAMES_MAX && source->next(source, &c) == STATUS_OK) {
        record_batch_clear(b);
        if (decoder_run(d, c, b) != STATUS_OK) exit(1);
        double begin = seconds(CLOCK_THREAD_CPUTIME_ID);
        if (store_pack(b, &p->frames[p->count]) != STATUS_OK) exit(1);
        p->pack_seconds += seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
        p->packed_bytes += p->frames[p->count++].count;
        p->records += b->record_count;
        p->input_bytes += c->count;
        source_chunk_free(c);
    }
    record_batch_free(b);
    decoder_free(d);
}

static status count_records(void *context, const record_batch *b, const store_tally *t, size_t n) {
    (void)t, (void)n;
    *(uint64_t *)context += b->record_count;
    return STATUS_OK;
}

static store *opened(const char *path) {
    buffer why = {0};
    store *s = NULL;
    store_options o = {.path = path};
    if (store_open(&o, &s, &why) != STATUS_OK) exit(1);
    buffer_deinit(&why);
    return s;
}

static void keep_and_read(const char *name, const packed_file *p) {
    char folder[] = "/tmp/dunlin-bench-XXXXXX", path[64], words[64];
    uint64_t records = 0;
    if (mkdtemp(folder) == NULL) exit(1);
    (void)snprintf(path, sizeof path, "%s/journal.db", folder);
    store *s = opened(path);
    double begin = seconds(CLOCK_MONOTONIC);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < p->count; i++) {
            text t = {p->frames[i].bytes, p->frames[i].count};
            if (store_append(s, &t, 1) != STATUS_OK) exit(1);
        }
    double appended = seconds(CLOCK_MONOTONIC) - begin;
    store_close(s);
    s = opened(path);
    begin = seconds(CLOCK_MONOTONIC);
    if (store_read(s, count_records, &records) != STATUS_OK) exit(1);
    double read = seconds(CLOCK_MONOTONIC) - begin;
    store_close(s);
    say(name, "appends a second", (double)(p->count * ROUNDS) / appended, "appends/s", 1000);
    say(name, "records appended", (double)(p->records * ROUNDS) / appended / 1e6, "M/s", 0.5);
    say(name, "records read back", (double)records / read / 1e6, "M/s", 0.5);
    (void)snprintf(words, sizeof words, "rm -rf %s", folder);
    if (system(words) != 0) exit(1);
}

static void bench(const char *name, const char *path) {
    static packed_file p;
    tweet_source *source;
    source_files_options o = {0};
    const char *paths[] = {path};
    p = (packed_file){.count = 0};
    if (source_files(paths, 1, &o, &source) != STATUS_OK) exit(1);
    pack_all(source, &p);
    source->close(source);
    if (p.records == 0) return;
    say(name, "packing, of input", (double)p.input_bytes / p.pack_seconds / 1e6, "MB/s", 500);
    say(name, "packing, a record", p.pack_seconds * 1e9 / (double)p.records, "ns", 1000);
    say(name, "bytes a record", (double)p.packed_bytes / (double)p.records, "B", 80);
    keep_and_read(name, &p);
    for (size_t i = 0; i < p.count; i++) buffer_deinit(&p.frames[i]);
}

int main(void) {
    static const char *const recorded[] = {"tweets/v1-stream-2011", "tweets/v1-stream-2013",
                                           "tweets/v1-stream-2016", "tweets/v2-pages"};
    char path[SHARED_DATA_PATH_BYTES];
    log_set_level((log_level)-1);
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++)
        if (shared_data(recorded[i], path) != NULL) bench(recorded[i] + 7, path);
    return 0;
}
