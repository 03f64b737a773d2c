/* SPDX-License-Identifier: MIT */
/* bench_pipeline -- lines a second from files to answers, the engine alone, memory a
 * line, a window, and one more line.  One line a figure: name, value, unit, aim.
 *
 * usage: bench_pipeline [--places FILE] [NAME=FILE ...]
 * Each NAME=FILE (a file or folder) is replayed, in a process of its own, so that
 * memory is that of this replay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/base/random.h"
#include "pipeline/decode/decode.h"
#include "pipeline/engine.h"
#include "pipeline/pipeline.h"
#include "pipeline/queries/answers.h"
#include "pipeline/scoring.h"
#include "pipeline/sources/files.h"

static sentiment_model *model;
static gazetteer *gaz;
static place_table *table;

/* With BENCH_CPU the process's CPU time, for a machine that others use. */
static double seconds(void) {
    clock_source *c = clock_real();
    struct timespec t;
    if (getenv("BENCH_CPU") == NULL) return (double)c->ticks_us(c) / 1e6;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident_bytes(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    if (file != NULL) (void)fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void say(const char *name, const char *figure, double value, const char *unit, double aim) {
    printf("%-24s %-28s %14.3f %-12s aim %g\n", name, figure, value, unit, aim);
    (void)fflush(stdout);
}

static void must(status s, const char *what) {
    if (s == STATUS_OK) return;
    fprintf(stderr, "bench_pipeline: %s: %s\n", what, status_text(s));
    exit(1);
}

static pipeline_options options(void) {
    return (pipeline_options){.gazetteer = table == NULL ? gaz : NULL,
                              .places = table,
                              .model = model,
                              .clean_cutoff = -1};
}

/* Runs one measurement in a child: what it took is then the system's again. */
static bool in_child(void) {
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) return true;
    int result = 0;
    if (child < 0 || waitpid(child, &result, 0) < 0 || result != 0) must(STATUS_STOPPED, "child");
    return false;
}

static void replay(const char *name, const char *path) {
    pipeline *p;
    tweet_source *source;
    pipeline_options o = options();
    double before_bytes = resident_bytes();
    must(source_files(&path, 1, NULL, &source), path);
    must(pipeline_new(&o, &p, NULL), "pipeline");
    double begin = seconds();
    must(pipeline_start(p, source), "start");
    must(pipeline_wait(p), path);
    double took = seconds() - begin;
    pipeline_progress progress;
    pipeline_get_progress(p, &progress);
    double items = (double)progress.items;
    say(name, "items", items, "items", 0);
    say(name, "replay", items / took, "items/s", strcmp(name, "bz2") == 0 ? 20000 : 143199);
    say(name, "engine thread busy", 100 * (double)progress.engine_busy_us / 1e6 / took, "%", 0);
    say(name, "resident a line", (resident_bytes() - before_bytes) / items, "B", 450);
    pipeline_free(p);
}

/* ---- The engine alone: records with score and place in memory ---- */

typedef struct {
    record_batch **batches;
    size_t count;
    uint64_t items;
} decoded;

static decoded decode_all(const char *path) {
    decoded d = {0};
    tweet_source *source;
    source_chunk *chunk;
    decoder *dec = decoder_new();
    scoring *sc = scoring_new(model, 1);
    must(source_files(&path, 1, NULL, &source), path);
    while (source->next(source, &chunk) == STATUS_OK) {
        d.batches = realloc(d.batches, (d.count + 1) * sizeof(record_batch *));
        d.batches[d.count] = record_batch_new();
        must(decoder_run(dec, chunk, d.batches[d.count]), "decode");
        scoring_run(sc, d.batches[d.count]);
        d.items += d.batches[d.count++]->item_count;
        source_chunk_free(chunk);
    }
    source->close(source);
    scoring_free(sc);
    decoder_free(dec);
    return d;
}

static engine *engine_of(bool readers) {
    engine *e;
    engine_options o = {.gazetteer = table == NULL ? gaz : NULL,
                        .places = table,
                        .model = model,
                        .cleaning = {80, 5000000, 1000000000, false},
                        .hash_seed = random_seed(),
                        .readers = readers};
    must(engine_new(&o, &e, NULL), "engine");
    return e;
}

static void engine_alone(const char *name, const decoded *d) {
    engine *e = engine_of(true);
    uint64_t applied = 0;
    double begin = seconds(), before = resident_bytes();
    for (size_t i = 0; i < d->count; i++) {
        for (size_t j = 0; j < d->batches[i]->record_count; j++) {
            must(engine_apply(e, &d->batches[i]->records[j]), "apply");
            if (++applied % 16384 == 0) must(engine_commit(e), "commit");
        }
    }
    must(engine_commit(e), "commit");
    double took = seconds() - begin;
    say(name, "engine alone", (double)d->items / took, "items/s", 250000);
    say(name, "engine, records", (double)applied / took, "records/s", 0);
    say(name, "engine, resident a line", (resident_bytes() - before) / (double)d->items, "B", 450);
    say(name, "engine, counted a line", (double)engine_bytes(e) / (double)d->items, "B", 450);
    engine_free(e);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* One more line, after all but the last thousand: from bytes in memory until the views
 * are published. */
typedef struct {
    engine *e;
    decoder *dec;
    scoring *sc;
    record_batch *b;
} machine;

static char *read_file(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    struct stat st;
    char *bytes = NULL;
    if (file != NULL && fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode)) {
        bytes = malloc((size_t)st.st_size + 1);
        *count = bytes == NULL ? 0 : fread(bytes, 1, (size_t)st.st_size, file);
    }
    if (file != NULL) (void)fclose(file);
    return bytes;
}

/* Where the last `lines` lines begin. */
static size_t tail_of(const char *bytes, size_t count, size_t lines) {
    size_t at = count;
    for (size_t seen = 0; at > 0; at--)
        if (bytes[at - 1] == '\n' && ++seen > lines) break;
    return at;
}

static double feed(machine *m, const char *bytes, size_t count) {
    source_chunk *chunk = source_chunk_new(count + 64);
    memcpy(chunk->bytes, bytes, count);
    chunk->count = count;
    double begin = seconds();
    record_batch_clear(m->b);
    must(decoder_run(m->dec, chunk, m->b), "decode");
    scoring_run(m->sc, m->b);
    for (size_t i = 0; i < m->b->record_count; i++)
        must(engine_apply(m->e, &m->b->records[i]), "apply");
    must(engine_commit(m->e), "commit");
    double took = seconds() - begin;
    source_chunk_free(chunk);
    return took;
}

static void say_more(const char *name, size_t lines_each, const double *took, size_t rounds) {
    char figure[40];
    (void)snprintf(figure, sizeof figure, "%zu more, median", lines_each);
    say(name, figure, took[rounds / 2] * 1e3, "ms", lines_each == 1 ? 0.1 : 1);
    (void)snprintf(figure, sizeof figure, "%zu more, p99", lines_each);
    say(name, figure, took[rounds * 99 / 100] * 1e3, "ms", 0);
}

static void one_more(const char *name, const char *path, size_t lines_each, size_t rounds) {
    size_t count = 0;
    char *bytes = read_file(path, &count);
    if (bytes == NULL) return;
    machine m = {engine_of(true), decoder_new(), scoring_new(model, 1), record_batch_new()};
    double *took = calloc(rounds, sizeof(*took));
    size_t at = tail_of(bytes, count, lines_each * rounds);
    (void)feed(&m, bytes, at);
    for (size_t round = 0; round < rounds && at < count; round++) {
        size_t end = at, lines = 0;
        while (end < count && lines < lines_each)
            if (bytes[end++] == '\n') lines++;
        took[round] = feed(&m, bytes + at, end - at);
        at = end;
    }
    qsort(took, rounds, sizeof(*took), by_value);
    say_more(name, lines_each, took, rounds);
    record_batch_free(m.b);
    scoring_free(m.sc);
    decoder_free(m.dec);
    engine_free(m.e);
    free(took);
    free(bytes);
}

/* ---- A window over n responses ---- */

static void feed_response(engine *e, uint64_t i, random_source *r) {
    record original = {.kind = RECORD_TWEET,
                       .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_SCORE | TWEET_LANG,
                       .observed_ms = 1500000000000};
    double u = random_unit(r);
    original.tweet.id = 1 + (uint64_t)(u * u * u * 200000);
    original.tweet.author_id = 1 + original.tweet.id % 50000;
    original.tweet.created_ms = 1500000000000;
    original.tweet.lang = original.tweet.scored_lang = TEXT("en");
    record response = original;
    response.fields |= TWEET_REPLY_TO | TWEET_FOLLOWERS | TWEET_TWEETS | TWEET_TEXT;
    response.tweet.id = 1000000 + i;
    response.tweet.author_id = 1000000 + random_below(r, 500000);
    response.tweet.reply_to = original.tweet.id;
    response.tweet.heard = true;
    response.tweet.created_ms += (int64_t)i * 60;
    response.tweet.followers = random_below(r, 100000);
    response.tweet.tweets = random_below(r, 10000);
    if (random_below(r, 5) == 0) response.tweet.lang = response.tweet.scored_lang = TEXT("ja");
    response.tweet.score_label = SENTIMENT_NEUTRAL;
    must(engine_apply(e, &original), "apply");
    must(engine_apply(e, &response), "apply");
}

static void windows(uint64_t responses, double aim) {
    engine *e = engine_of(false);
    random_source r = {7};
    char name[40];
    (void)snprintf(name, sizeof name, "window %gM", (double)responses / 1e6);
    for (uint64_t i = 0; i < responses; i++) {
        feed_response(e, i, &r);
        if (i % 16384 == 0) must(engine_commit(e), "commit");
    }
    must(engine_commit(e), "commit");
    const moment *m = engine_present(e);
    static const struct {
        const char *figure;
        query_window window;
        text lang;
    } asks[] = {{"all, lang en", WINDOW_ALL, {"en", 2}}, {"24h", WINDOW_24H, {NULL, 0}}};
    for (size_t i = 0; i < 2; i++) {
        double took[5];
        for (size_t round = 0; round < 5; round++) {
            const query_params p = {
                .window = asks[i].window, .filter = {.lang = asks[i].lang}, .limit = 100};
            ranking board;
            double begin = seconds();
            must(ranking_open(&board, m, RANK_TWEETS, &p), "board");
            must(ranking_count(&board), "responders");
            took[round] = seconds() - begin;
            ranking_close(&board);
        }
        qsort(took, 5, sizeof(double), by_value);
        say(name, asks[i].figure, took[2] * 1e3, "ms", aim);
    }
    engine_free(e);
}

static void bench_input(const char *name, const char *path) {
    if (in_child()) {
        replay(name, path);
        exit(0);
    }
    if (in_child()) {
        decoded d = decode_all(path);
        engine_alone(name, &d);
        exit(0);
    }
    one_more(name, path, 1, 1000);
    one_more(name, path, 100, 100);
}

int main(int argc, char **argv) {
    must(sentiment_model_builtin(&model), "sentiment");
    must(gazetteer_builtin(&gaz), "gazetteer");
    for (int i = 1; i < argc; i++) {
        uint64_t line;
        const char *why;
        if (strcmp(argv[i], "--places") == 0 && i + 1 < argc) {
            i++;
            must(place_table_load(argv[i], &table, &line, &why), argv[i]);
            continue;
        }
        char *equals = strchr(argv[i], '=');
        if (equals == NULL) continue;
        *equals = '\0';
        bench_input(argv[i], equals + 1);
    }
    if (in_child()) {
        windows(1000000, 25);
        exit(0);
    }
    if (in_child()) {
        windows(10000000, 250);
        exit(0);
    }
    place_table_free(table);
    gazetteer_close(gaz);
    sentiment_model_free(model);
    return 0;
}
