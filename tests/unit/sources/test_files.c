/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/base/random.h"
#include "pipeline/sources/files.h"
#include "tests/support/fake_clock.h"
#include "tests/support/pack.h"

/* A folder that is gone after the test. */
static int set_up(void **state) {
    char *folder = strdup("/tmp/dunlin-files-XXXXXX");
    *state = folder;
    log_set_level(LOG_ERROR);
    return folder == NULL || mkdtemp(folder) == NULL;
}

static int tear_down(void **state) {
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", (char *)*state);
    free(*state);
    return system(command);
}

static const char *path_of(const char *folder, const char *name) {
    static char paths[4][512];
    static unsigned at;
    char *path = paths[at++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *folder, const char *name, text bytes) {
    const char *path = path_of(folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.bytes, 1, bytes.count, f), bytes.count);
    assert_int_equal(fclose(f), 0);
    return path;
}

static tweet_source *open_paths(const char *const *paths, size_t count, double speed,
                                clock_source *clock) {
    source_files_options o = {.speed = speed, .chunk_bytes = 4096, .clock = clock};
    tweet_source *s = NULL;
    assert_int_equal(source_files(paths, count, &o, &s), STATUS_OK);
    return s;
}

/* All bytes of a source, and checks of what every chunk promises. */
static const char *read_all(tweet_source *s, buffer *out) {
    source_chunk *c;
    uint64_t sequence = 0, input_bytes = 0;
    source_state state;
    buffer_clear(out);
    while (s->next(s, &c) == STATUS_OK) {
        assert_int_equal(c->sequence, sequence++);
        buffer_add(out, (text){c->bytes, c->count});
        input_bytes += c->input_bytes;
        source_chunk_free(c);
    }
    s->state(s, &state);
    assert_string_equal(state.kind, "files");
    assert_string_equal(state.state, "ended");
    assert_true(input_bytes <= state.bytes_read);
    if (state.bytes_total != 0) assert_int_equal(state.bytes_read, state.bytes_total);
    buffer_add_byte(out, '\0');
    return out->bytes;
}

static void assert_reads(const char *path, const char *expected) {
    buffer out = {0};
    tweet_source *s = open_paths(&path, 1, 0, NULL);
    assert_string_equal(read_all(s, &out), expected);
    s->close(s);
    buffer_deinit(&out);
}

static void files_are_known_by_their_content(void **state) {
    buffer packed = {0};
    assert_reads(write_file(*state, "plain.bz2", TEXT("{\"a\":1}\n")), "{\"a\":1}\n");
    pack_gzip(&packed, TEXT("{\"a\":2}\n"));
    assert_reads(write_file(*state, "gzip.json", buffer_text(&packed)), "{\"a\":2}\n");
    buffer_clear(&packed);
    pack_bzip2(&packed, TEXT("{\"a\":3}\n"));
    assert_reads(write_file(*state, "bzip2", buffer_text(&packed)), "{\"a\":3}\n");
    assert_reads(write_file(*state, "BZ", TEXT("BZh9 is no archive\n")), "BZh9 is no archive\n");
    assert_reads(write_file(*state, "none", TEXT("")), "");
    buffer_deinit(&packed);
}

static void archives_may_have_members_and_padding(void **state) {
    buffer packed = {0};
    pack_gzip(&packed, TEXT("{\"a\":1}\n"));
    pack_gzip(&packed, TEXT("{\"a\":2}\n"));
    buffer_add(&packed, (text){"\0\0\0\0", 4});
    assert_reads(write_file(*state, "a.gz", buffer_text(&packed)), "{\"a\":1}\n{\"a\":2}\n");
    buffer_clear(&packed);
    pack_bzip2(&packed, TEXT("{\"a\":1}\n"));
    pack_bzip2(&packed, TEXT(""));
    pack_bzip2(&packed, TEXT("{\"a\":2}\n"));
    assert_reads(write_file(*state, "a.bz2", buffer_text(&packed)), "{\"a\":1}\n{\"a\":2}\n");
    buffer_deinit(&packed);
}

/* What a cut archive still gives, and that it says so. */
static void assert_gives_a_part(const char *path, text whole) {
    buffer out = {0};
    source_state state;
    tweet_source *s = open_paths(&path, 1, 0, NULL);
    (void)read_all(s, &out);
    size_t count = strlen(out.bytes);
    s->state(s, &state);
    assert_non_null(strstr(state.detail, "damaged"));
    assert_in_range(count, whole.count / 4, whole.count - 1);
    assert_memory_equal(out.bytes, whole.bytes, count);
    s->close(s);
    buffer_deinit(&out);
}

static void a_cut_archive_gives_what_it_has(void **state) {
    buffer whole = {0}, packed = {0};
    random_source r = {1};
    while (whole.count < 3000000)
        buffer_add_format(&whole, "{\"n\":%llu}\n", (unsigned long long)random_next(&r));
    log_set_level((log_level)-1); /* Nothing: the failures are wanted. */
    pack_gzip(&packed, buffer_text(&whole));
    assert_gives_a_part(
        write_file(*state, "a.gz", text_slice(buffer_text(&packed), 0, packed.count / 2)),
        buffer_text(&whole));
    buffer_clear(&packed);
    pack_bzip2(&packed, buffer_text(&whole));
    assert_gives_a_part(
        write_file(*state, "a.bz2", text_slice(buffer_text(&packed), 0, packed.count / 2)),
        buffer_text(&whole));
    buffer_deinit(&whole);
    buffer_deinit(&packed);
}

static void a_folder_is_read_by_name_without_junk(void **state) {
    buffer out = {0};
    const char *folder = *state;
    assert_int_equal(mkdir(path_of(folder, "10"), 0700), 0);
    assert_int_equal(mkdir(path_of(folder, "9"), 0700), 0);
    write_file(folder, "10/b.json", TEXT("{\"a\":2}\n"));
    write_file(folder, "10/a.json", TEXT("{\"a\":1}\n"));
    write_file(folder, "9/c.json", TEXT("x\n{\"a\":3}"));
    write_file(folder, "z.json", TEXT("{\"a\":4}\n"));
    write_file(folder, "LICENSE", TEXT("No JSON here.\n  (nor here)\n"));
    write_file(folder, ".09.json.J1uA1l", TEXT("{\"a\":5}\n"));
    write_file(folder, "z.json~", TEXT("{\"a\":6}\n"));
    write_file(folder, "z.json.part", TEXT("{\"a\":7}\n"));
    write_file(folder, "empty", TEXT(""));
    tweet_source *s = open_paths(&folder, 1, 0, NULL);
    assert_string_equal(read_all(s, &out), "{\"a\":1}\n{\"a\":2}\nx\n{\"a\":3}{\"a\":4}\n");
    assert_true(text_ends_with(text_of(s->file_name(s, 0)), TEXT("/10/a.json")));
    assert_string_equal(s->file_name(s, 99), "");
    s->close(s);
    buffer_deinit(&out);
}

static void several_files_come_in_the_order_given(void **state) {
    buffer out = {0};
    const char *paths[] = {write_file(*state, "b", TEXT("[1,2]")),
                           write_file(*state, "a", TEXT("{}\n{}"))};
    tweet_source *s = open_paths(paths, 2, 0, NULL);
    source_chunk *c;
    for (uint32_t file = 0; file < 2; file++) {
        assert_int_equal(s->next(s, &c), STATUS_OK);
        assert_int_equal(c->file, file);
        assert_int_equal(c->first_line, 1);
        assert_string_equal(s->file_name(s, file), paths[file]);
        source_chunk_free(c);
    }
    assert_int_equal(s->next(s, &c), STATUS_END);
    assert_int_equal(s->next(s, &c), STATUS_END);
    s->close(s);
    buffer_deinit(&out);
}

static void what_is_missing_is_named_and_the_rest_read(void **state) {
    buffer out = {0};
    source_state told;
    tweet_source *s;
    const char *paths[] = {"/nowhere/at/all", write_file(*state, "a", TEXT("{}\n"))};
    log_set_level((log_level)-1); /* Nothing: the failures are wanted. */
    s = open_paths(paths, 2, 0, NULL);
    assert_string_equal(read_all(s, &out), "{}\n");
    s->state(s, &told);
    assert_non_null(strstr(told.detail, "/nowhere/at/all"));
    s->close(s);
    assert_int_equal(source_files(paths, 1, NULL, &s), STATUS_CANNOT_READ);
    assert_null(s);
    buffer_deinit(&out);
}

static void what_vanishes_or_may_not_be_read_is_named(void **state) {
    buffer out = {0};
    source_state told;
    tweet_source *s;
    const source_files_options o = {.threads = 1};
    const char *paths[] = {write_file(*state, "a", TEXT("{\"a\":1}\n")),
                           write_file(*state, "b", TEXT("{\"a\":2}\n")),
                           write_file(*state, "c", TEXT("{\"a\":3}\n"))};
    log_set_level((log_level)-1); /* Nothing: the failures are wanted. */
    assert_int_equal(source_files(paths, 3, &o, &s), STATUS_OK);
    assert_int_equal(unlink(paths[1]), 0);
    assert_string_equal(read_all(s, &out), "{\"a\":1}\n{\"a\":3}\n");
    s->state(s, &told);
    assert_non_null(strstr(told.detail, paths[1]));
    assert_int_equal(told.parts_read, 2);
    assert_int_equal(told.parts_failed, 1);
    s->close(s);
    assert_int_equal(chmod(paths[0], 0), 0);
    bool is_root = access(paths[0], R_OK) == 0;
    assert_int_equal(source_files(paths, 1, &o, &s), is_root ? STATUS_OK : STATUS_CANNOT_READ);
    if (is_root) s->close(s);
    buffer_deinit(&out);
}

/* Standard input is a pipe whose writer is slow. */
typedef struct {
    int fd;
    text parts[3];
} slow_writer;

static void *write_slowly(void *context) {
    slow_writer *w = context;
    for (size_t i = 0; i < 3; i++) {
        if (write(w->fd, w->parts[i].bytes, w->parts[i].count) < 0) break;
        usleep(20000);
    }
    (void)close(w->fd);
    return NULL;
}

static void standard_input_gives_lines_as_they_come(void **state) {
    int ends[2], saved = dup(STDIN_FILENO);
    const char *path = "-";
    source_chunk *c;
    pthread_t thread;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    slow_writer w = {ends[1], {TEXT("{\"a\":1}\n{\"a\""), TEXT(":2}\n"), TEXT("{\"a\":3}")}};
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(pthread_create(&thread, NULL, write_slowly, &w), 0);
    tweet_source *s = open_paths(&path, 1, 0, NULL);
    assert_int_equal(s->next(s, &c), STATUS_OK);
    assert_memory_equal(c->bytes, "{\"a\":1}\n", 8); /* Not all of it at the end. */
    assert_in_range(c->count, 8, 16);
    buffer out = {0};
    source_chunk_free(c);
    while (s->next(s, &c) == STATUS_OK) source_chunk_free(c);
    (void)pthread_join(thread, NULL);
    s->close(s);
    buffer_deinit(&out);
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    (void)close(saved);
    (void)close(ends[0]);
}

static void *stop_soon(void *context);

/* ---- What grows ---- */

static void append(const char *path, text t) {
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    assert_int_equal(fwrite(t.bytes, 1, t.count, f), t.count);
    assert_int_equal(fclose(f), 0);
}

static void assert_next(tweet_source *s, const char *expected, uint64_t line) {
    source_chunk *c;
    assert_int_equal(s->next(s, &c), STATUS_OK);
    assert_int_equal(c->count, strlen(expected));
    assert_memory_equal(c->bytes, expected, c->count);
    assert_int_equal(c->first_line, line);
    source_chunk_free(c);
}

static void a_followed_file_may_grow_be_cut_and_replaced(void **state) {
    const char *path = write_file(*state, "log", TEXT("{\"a\":1}\n{\"a\""));
    const source_files_options o = {.follow = true};
    tweet_source *s;
    source_chunk *c;
    assert_int_equal(source_files(&path, 1, &o, &s), STATUS_OK);
    assert_next(s, "{\"a\":1}\n", 1);
    append(path, TEXT(":2}\n"));
    assert_next(s, "{\"a\":2}\n", 2);
    append(path, TEXT("{\"a\":3}\n{\"a\":4}\n"));
    assert_next(s, "{\"a\":3}\n{\"a\":4}\n", 3);
    path = write_file(*state, "log", TEXT("{\"b\":1}\n")); /* Cuts it first. */
    assert_next(s, "{\"b\":1}\n", 1);
    append(path, TEXT("{\"b\":2}\n"));
    const char *other = write_file(*state, "other", TEXT("{\"c\":1}\n"));
    assert_int_equal(rename(other, path), 0);
    assert_next(s, "{\"b\":2}\n", 2); /* What the old one still held. */
    assert_next(s, "{\"c\":1}\n", 1);
    append(path, TEXT("{\"c\":2}\n"));
    assert_next(s, "{\"c\":2}\n", 2);
    assert_int_equal(unlink(path), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, s), 0);
    assert_int_equal(s->next(s, &c), STATUS_STOPPED);
    (void)pthread_join(thread, NULL);
    s->close(s);
}

static void a_packed_file_may_grow_too(void **state) {
    buffer packed = {0};
    const source_files_options o = {.follow = true};
    tweet_source *s;
    pack_gzip(&packed, TEXT("{\"a\":1}\n"));
    const char *path = write_file(*state, "log.gz", buffer_text(&packed));
    assert_int_equal(source_files(&path, 1, &o, &s), STATUS_OK);
    assert_next(s, "{\"a\":1}\n", 1);
    append(path, buffer_text(&packed)); /* Another member. */
    assert_next(s, "{\"a\":1}\n", 2);
    s->stop(s);
    s->close(s);
    buffer_deinit(&packed);
}

static void only_the_last_of_several_is_followed(void **state) {
    const char *paths[] = {write_file(*state, "a", TEXT("{\"a\":1}\n")),
                           write_file(*state, "b", TEXT("{\"b\":1}\n"))};
    for (size_t threads = 1; threads < 3; threads++) {
        const source_files_options o = {.follow = true, .threads = threads};
        tweet_source *s;
        assert_int_equal(source_files(paths, 2, &o, &s), STATUS_OK);
        assert_next(s, "{\"a\":1}\n", 1);
        assert_next(s, "{\"b\":1}\n", 1);
        s->stop(s);
        s->close(s);
    }
}

static void write_fifo(const char *path, text t) {
    int fd = open(path, O_WRONLY | O_NONBLOCK); /* The reader has it open. */
    assert_true(fd >= 0);
    assert_int_equal(write(fd, t.bytes, t.count), t.count);
    (void)close(fd);
}

static void a_fifo_is_read_to_its_writers_end_or_followed_by_the_next(void **state) {
    const char *path = path_of(*state, "fifo");
    source_chunk *c;
    assert_int_equal(mkfifo(path, 0600), 0);
    for (int follow = 0; follow < 2; follow++) {
        const source_files_options o = {.follow = follow};
        pthread_t thread;
        tweet_source *s;
        assert_int_equal(source_files(&path, 1, &o, &s), STATUS_OK);
        int keeper = open(path, O_RDWR); /* So that there is a reader from here on. */
        write_fifo(path, TEXT("{\"a\":1}\n"));
        assert_next(s, "{\"a\":1}\n", 1);
        write_fifo(path, TEXT("{\"a\":2}\n"));
        assert_next(s, "{\"a\":2}\n", 2);
        (void)close(keeper);
        if (!follow) assert_int_equal(s->next(s, &c), STATUS_END);
        if (follow) write_fifo(path, TEXT("{\"a\":3}\n"));
        if (follow) assert_next(s, "{\"a\":3}\n", 3);
        assert_int_equal(pthread_create(&thread, NULL, stop_soon, s), 0);
        (void)s->next(s, &c);
        (void)pthread_join(thread, NULL);
        s->close(s);
    }
}

static void a_fifo_that_nobody_writes_can_be_stopped(void **state) {
    const char *path = path_of(*state, "fifo");
    source_chunk *c;
    pthread_t thread;
    tweet_source *s;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(source_files(&path, 1, NULL, &s), STATUS_OK);
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, s), 0);
    assert_int_equal(s->next(s, &c), STATUS_STOPPED);
    (void)pthread_join(thread, NULL);
    s->close(s);
}

static void *stop_soon(void *context) {
    tweet_source *s = context;
    usleep(30000);
    s->stop(s);
    return NULL;
}

static void a_source_that_waits_can_be_stopped(void **state) {
    int ends[2], saved = dup(STDIN_FILENO);
    const char *path = "-";
    source_chunk *c;
    pthread_t thread;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    tweet_source *s = open_paths(&path, 1, 0, NULL);
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, s), 0);
    assert_int_equal(s->next(s, &c), STATUS_STOPPED);
    assert_int_equal(s->next(s, &c), STATUS_STOPPED);
    (void)pthread_join(thread, NULL);
    s->close(s);
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    (void)close(saved);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* ---- Recorded speed ---- */

enum { RECORDED_S = 1539201600 };
#define RECORDED_MS ((int64_t)RECORDED_S * MS_PER_SECOND) /* Of the first line. */
static const char recorded[] = "{\"created_at\":\"2018-10-10T20:00:00Z\",\"id\":1}\n"
                               "{\"delete\":{}}\n"
                               "{\"created_at\":\"2018-10-10T20:00:10Z\",\"id\":2}\n"
                               "{\"created_at\":\"2018-10-10T19:00:00Z\",\"id\":3}\n"
                               "\n"
                               "{\"created_at\":\"2018-10-10T20:01:00Z\",\"id\":4}\n";

/* A clock that jumps a second each time it is asked for ticks. */
static int64_t jumping_ticks(clock_source *self) {
    fake_clock *c = (fake_clock *)self;
    c->now_us += 1000000;
    return c->now_us;
}

static void recorded_time_passes_at_the_speed_asked_for(void **state) {
    static const int64_t due_s[] = {0, 5, 30}, lines[] = {2, 3, 1};
    const char *expected = recorded;
    uint64_t line = 1;
    fake_clock clock;
    source_state told;
    source_chunk *c;
    const char *path = write_file(*state, "a", text_of(recorded));
    fake_clock_init(&clock, RECORDED_MS + MS_PER_DAY);
    clock.base.ticks_us = jumping_ticks;
    int64_t begin_us = clock.now_us;
    tweet_source *s = open_paths(&path, 1, 2.0, &clock.base);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s->next(s, &c), STATUS_OK);
        assert_int_equal(c->first_line, line);
        assert_memory_equal(c->bytes, expected, c->count);
        expected += c->count;
        for (size_t k = 0; k < c->count; k++) line += c->bytes[k] == '\n';
        assert_int_equal(line, c->first_line + (uint64_t)lines[i]);
        assert_int_equal(c->sequence, i);
        assert_true(clock.now_us - begin_us >= due_s[i] * 1000000);
        assert_true(clock.now_us - begin_us < (due_s[i] + 8) * 1000000);
        source_chunk_free(c);
    }
    s->state(s, &told);
    assert_true(told.position_ms == 1539201660000 && told.speed == 2.0);
    assert_int_equal(s->next(s, &c), STATUS_END);
    s->close(s);
}

static void a_wait_for_recorded_time_can_be_stopped(void **state) {
    const char *path = write_file(*state, "a", text_of(recorded));
    source_chunk *c;
    pthread_t thread;
    tweet_source *s = open_paths(&path, 1, 0.001, NULL);
    assert_int_equal(s->next(s, &c), STATUS_OK);
    source_chunk_free(c);
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, s), 0);
    assert_int_equal(s->next(s, &c), STATUS_STOPPED);
    (void)pthread_join(thread, NULL);
    s->close(s);
}

/* ---- Orders ---- */

static status give_order(tweet_source *s, source_order_kind kind, double speed, int64_t time_ms) {
    const source_order order = {kind, speed, time_ms};
    return s->control(s, &order);
}

static source_state state_of(tweet_source *s) {
    source_state told;
    s->state(s, &told);
    return told;
}

/* Reads all that is left without a pause; how many lines. */
static size_t count_lines(tweet_source *s) {
    source_chunk *c;
    size_t lines = 0;
    while (s->next(s, &c) == STATUS_OK) {
        for (size_t i = 0; i < c->count; i++) lines += c->bytes[i] == '\n';
        source_chunk_free(c);
    }
    return lines;
}

static void a_seek_reads_through_what_lies_before(void **state) {
    const char *path = write_file(*state, "a", text_of(recorded));
    source_chunk *c;
    tweet_source *s = open_paths(&path, 1, 0.001, NULL); /* The rest would take days. */
    assert_false(state_of(s).can_seek);
    assert_int_equal(give_order(s, SOURCE_SEEK, 0, RECORDED_MS), STATUS_NOT_POSSIBLE);
    assert_int_equal(s->next(s, &c), STATUS_OK);
    source_chunk_free(c);
    assert_true(state_of(s).can_seek);
    assert_int_equal(state_of(s).start_ms, RECORDED_MS);
    assert_int_equal(give_order(s, SOURCE_SEEK, 0, RECORDED_MS), STATUS_NOT_POSSIBLE);
    assert_int_equal(give_order(s, SOURCE_SEEK, 0, RECORDED_MS + 60000), STATUS_OK);
    assert_int_equal(count_lines(s), 4);
    assert_int_equal(state_of(s).position_ms, RECORDED_MS + 60000);
    assert_false(state_of(s).can_seek);
    assert_int_equal(give_order(s, SOURCE_SEEK, 0, RECORDED_MS + 70000), STATUS_NOT_POSSIBLE);
    assert_int_equal(give_order(s, SOURCE_PLAY, 0, 0), STATUS_NOT_POSSIBLE);
    s->close(s);
}

static void the_speed_may_change_while_it_runs(void **state) {
    const char *path = write_file(*state, "a", text_of(recorded));
    source_chunk *c;
    tweet_source *s = open_paths(&path, 1, 0.001, NULL);
    assert_int_equal(s->next(s, &c), STATUS_OK);
    source_chunk_free(c);
    assert_int_equal(give_order(s, SOURCE_SPEED, 0.01, 0), STATUS_BAD_ARGUMENT);
    assert_int_equal(give_order(s, SOURCE_SPEED, -1, 0), STATUS_BAD_ARGUMENT);
    assert_int_equal(give_order(s, SOURCE_SPEED, 0.0 / 0.0, 0), STATUS_BAD_ARGUMENT);
    assert_int_equal(give_order(s, SOURCE_SPEED, 1e10, 0), STATUS_BAD_ARGUMENT);
    assert_int_equal(give_order(s, SOURCE_SPEED, 0, 0), STATUS_OK);
    assert_true(state_of(s).speed == 0);
    assert_int_equal(count_lines(s), 4);
    s->close(s);
}

typedef struct {
    tweet_source *s;
    bool was_paused;
} player;

static void *seek_and_play_soon(void *context) {
    player *p = context;
    usleep(20000);
    p->was_paused = strcmp(state_of(p->s).state, "paused") == 0 && state_of(p->s).is_paused;
    (void)give_order(p->s, SOURCE_PLAY, 0, 0);
    return NULL;
}

/* At any speed, and before the first line too. */
static void a_pause_lasts_until_play(void **state) {
    static const double speeds[] = {0, 1e8, 1e9};
    const char *path = write_file(*state, "a", text_of(recorded));
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        pthread_t thread;
        player p = {open_paths(&path, 1, speeds[i], NULL), false};
        assert_int_equal(give_order(p.s, SOURCE_PAUSE, 0, 0), STATUS_OK);
        assert_int_equal(pthread_create(&thread, NULL, seek_and_play_soon, &p), 0);
        assert_int_equal(count_lines(p.s), 6);
        (void)pthread_join(thread, NULL);
        assert_true(p.was_paused);
        p.s->close(p.s);
    }
}

static void a_pause_can_be_stopped(void **state) {
    const char *path = write_file(*state, "a", text_of(recorded));
    source_chunk *c;
    pthread_t thread;
    tweet_source *s = open_paths(&path, 1, 0, NULL);
    assert_int_equal(give_order(s, SOURCE_PAUSE, 0, 0), STATUS_OK);
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, s), 0);
    assert_int_equal(s->next(s, &c), STATUS_STOPPED);
    (void)pthread_join(thread, NULL);
    s->close(s);
}

static void a_replay_without_waiting_says_where_it_is(void **state) {
    const char *path = write_file(*state, "a", text_of(recorded));
    tweet_source *s = open_paths(&path, 1, 0, NULL);
    assert_int_equal(state_of(s).position_ms, 0);
    assert_int_equal(count_lines(s), 6);
    assert_int_equal(state_of(s).start_ms, RECORDED_MS);
    assert_int_equal(state_of(s).position_ms, RECORDED_MS + 60000);
    s->close(s);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(files_are_known_by_their_content),
        TEST(archives_may_have_members_and_padding),
        TEST(a_cut_archive_gives_what_it_has),
        TEST(a_folder_is_read_by_name_without_junk),
        TEST(several_files_come_in_the_order_given),
        TEST(what_is_missing_is_named_and_the_rest_read),
        TEST(what_vanishes_or_may_not_be_read_is_named),
        TEST(standard_input_gives_lines_as_they_come),
        TEST(a_source_that_waits_can_be_stopped),
        TEST(a_followed_file_may_grow_be_cut_and_replaced),
        TEST(a_packed_file_may_grow_too),
        TEST(only_the_last_of_several_is_followed),
        TEST(a_fifo_is_read_to_its_writers_end_or_followed_by_the_next),
        TEST(a_fifo_that_nobody_writes_can_be_stopped),
        TEST(recorded_time_passes_at_the_speed_asked_for),
        TEST(a_wait_for_recorded_time_can_be_stopped),
        TEST(a_seek_reads_through_what_lies_before),
        TEST(the_speed_may_change_while_it_runs),
        TEST(a_pause_lasts_until_play),
        TEST(a_pause_can_be_stopped),
        TEST(a_replay_without_waiting_says_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
