/* SPDX-License-Identifier: MIT */
#include "server/base/terminal.h"
#include "server/options/commands.h"
#include "server/process/assembly.h"
#include "server/process/signals.h"
#include <stdatomic.h>
#include <stdio.h>

enum { PROGRESS_MS = 200 };

/* The thread beside the one that waits for the pipeline: signals and progress. */
typedef struct {
    pipeline *pipeline;
    bool shows;
    _Atomic bool has_ended;
    int signal; /* The one that stopped it; 0: none. */
} watcher;

static void *watch(void *context) {
    watcher *w = context;
    pipeline_progress p;
    while (!atomic_load(&w->has_ended)) {
        int number = signals_wait(PROGRESS_MS);
        if (number != 0) {
            w->signal = number;
            signals_release();
            pipeline_stop(w->pipeline);
            return NULL;
        }
        if (!w->shows || atomic_load(&w->has_ended)) continue;
        pipeline_get_progress(w->pipeline, &p);
        progress_show(&p, clock_real()->ticks_us(clock_real()));
    }
    return NULL;
}

static status run_watched(pipeline *p, tweet_source *source, const options *o, int *signal) {
    watcher w = {.pipeline = p, .shows = !o->quiet && terminal_is_here()};
    pthread_t thread;
    status s = pipeline_start(p, source);
    if (s != STATUS_OK) return s;
    bool is_watched = pthread_create(&thread, NULL, watch, &w) == 0;
    s = pipeline_wait(p);
    atomic_store(&w.has_ended, true);
    if (is_watched) {
        signals_wake(thread);
        (void)pthread_join(thread, NULL);
    }
    if (w.shows) progress_clear();
    *signal = w.signal;
    return s;
}

static void print_json(const pipeline_progress *p, int64_t now_us) {
    buffer out = {0};
    json_writer w = json_to(&out);
    json_begin_object(&w);
    json_field(&w, "items", u64, p->items);
    json_field(&w, "accepted", u64, p->outcomes[0]);
    json_field(&w, "repaired", u64, p->outcomes[1]);
    json_field(&w, "ignored", u64, p->outcomes[2]);
    json_field(&w, "rejected", u64, p->outcomes[3]);
    json_field(&w, "records", u64, p->records);
    json_field(&w, "bytes", u64, p->source.bytes_read);
    json_field(&w, "seconds", double, (double)(now_us - p->started_us) / 1e6);
    json_end_object(&w);
    if (!out.failed) (void)printf("%.*s\n", (int)out.count, out.bytes);
    buffer_deinit(&out);
}

static int write_results(const assembly *a, const options *o) {
    const char *failed = NULL;
    if (o->out == NULL) return EXIT_OK;
    status s = pipeline_write_files(a->pipeline, o->out, &failed);
    if (s == STATUS_OK) return EXIT_OK;
    complain(failed != NULL ? failed : o->out, status_text(s),
             "give a folder that can be written to --out");
    return EXIT_FAILED;
}

static int finish(const assembly *a, const options *o, status s) {
    pipeline_progress p;
    int code = exit_code_of(s, a->pipeline);
    if (code != EXIT_OK) return code;
    pipeline_get_progress(a->pipeline, &p);
    int64_t now_us = clock_real()->ticks_us(clock_real());
    if (!o->quiet) summary_show(&p, now_us);
    if (p.advice != NULL && !o->quiet)
        complain("nothing was accepted", p.advice, "dunlin inspect says more");
    if (o->json) print_json(&p, now_us);
    code = write_results(a, o);
    if (code == EXIT_OK && o->strict && p.outcomes[3] > 0) {
        complain("--strict", "items were rejected", "--dead-letter FILE keeps them");
        return EXIT_BAD_INPUT;
    }
    return code;
}

int command_replay(const options *o) {
    assembly a;
    tweet_source *source = NULL;
    int signal = 0;
    int code = assembly_init(&a, o, false);
    if (code == EXIT_OK) code = assembly_open_source(o, &source, NULL, NULL);
    if (code == EXIT_OK) {
        status s = run_watched(a.pipeline, source, o, &signal);
        code = signal != 0 ? EXIT_SIGNAL + signal : finish(&a, o, s);
    }
    assembly_deinit(&a);
    return code;
}
