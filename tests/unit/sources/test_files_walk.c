/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/base/random.h"
#include "pipeline/sources/files.h"
#include "pipeline/sources/files_bytes.h"
#include "pipeline/sources/files_walk.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/pack.h"

static const atomic_bool never;

/* Bytes as a file that is in no folder. */
typedef struct {
    int fd;
    char path[64];
} memory_file;

static void memory_open(memory_file *f, text bytes) {
    f->fd = memfd_create("walk", 0);
    assert_true(f->fd >= 0);
    assert_int_equal(write(f->fd, bytes.bytes, bytes.count), bytes.count);
    (void)snprintf(f->path, sizeof f->path, "/proc/self/fd/%d", f->fd);
}

/* What a walk gives, in words: "part:" and its lines; "-part (why)" for what is skipped,
 * "!part (why)" for what fails.  The file itself is left out of the names. */
static status describe(const char *path, buffer *out) {
    const walk_options o = {.path = path, .chunk_bytes = 64, .stop = &never};
    file_walk *w = NULL;
    walk_step step;
    status s = file_walk_open(&o, &w);
    while (s == STATUS_OK && (s = file_walk_next(w, &step)) == STATUS_OK) {
        const char *name = step.part == NULL ? NULL : step.part + strlen(path);
        if (step.kind != WALK_CHUNK)
            buffer_add_format(out, "%c%s (%s)\n", step.kind == WALK_SKIPPED ? '-' : '!', name,
                              step.why);
        else if (name != NULL)
            buffer_add_format(out, "%s:\n", name);
        if (step.kind == WALK_CHUNK) buffer_add(out, (text){step.chunk->bytes, step.chunk->count});
        if (!text_ends_with(buffer_text(out), TEXT("\n"))) buffer_add_byte(out, '\n');
        walk_step_deinit(&step);
    }
    file_walk_close(w);
    if (s == STATUS_END) s = out->failed ? STATUS_NO_MEMORY : STATUS_OK;
    return s;
}

static void assert_walks(text bytes, const char *expected) {
    memory_file f;
    buffer out = {0};
    memory_open(&f, bytes);
    assert_int_equal(describe(f.path, &out), STATUS_OK);
    buffer_add_byte(&out, '\0');
    assert_string_equal(out.bytes, expected);
    buffer_deinit(&out);
    (void)close(f.fd);
}

#define BYTES(literal)                                                                             \
    { literal, sizeof(literal) - 1 } /* TEXT is no constant. */
static const pack_member members[] = {
    {"d/1", BYTES("{\"a\":1}\n"), NULL},
    {"d/2.json", BYTES("{\"a\":2}\n{\"b\":2}\n"), NULL},
    {"d/.3.json", BYTES("{\"a\":3}\n"), NULL},
    {"d/4.txt", BYTES("Words.\n"), NULL},
    {"../../5", BYTES("[{\"c\":5},\n{\"c\":6}]"), NULL},
    {"__MACOSX/6", BYTES("{\"a\":6}\n"), NULL},
    {"7", BYTES(""), NULL},
    {"link.json", BYTES(""), "/etc/passwd"}, /* A zip says that at its end only. */
};
enum { MEMBERS = sizeof members / sizeof members[0] };
#define TOLD                                                                                       \
    ":d/1:\n{\"a\":1}\n:d/2.json:\n{\"a\":2}\n{\"b\":2}\n"                                         \
    "-:d/.3.json (is what copying leaves behind)\n-:d/4.txt (holds no JSON)\n"                     \
    ":../../5:\n{\"c\":5}\n{\"c\":6}\n"                                                            \
    "-:__MACOSX/6 (is what copying leaves behind)\n"

static void members_are_parts_and_junk_is_named(void **state) {
    static const char *const formats[] = {"ustar", "pax", "zip"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        buffer packed = {0}, outer = {0};
        bool is_zip = i == 2;
        const char *told = is_zip ? TOLD : TOLD "-:link.json (is a link or no file)\n";
        pack_archive(&packed, formats[i], members, is_zip ? MEMBERS - 1 : MEMBERS);
        assert_walks(buffer_text(&packed), told);
        pack_gzip(&outer, buffer_text(&packed));
        assert_walks(buffer_text(&outer), told);
        buffer_deinit(&packed);
        buffer_deinit(&outer);
    }
}

static void archives_hold_archives(void **state) {
    buffer inner = {0}, packed = {0}, outer = {0};
    (void)state;
    pack_archive(&inner, "pax", members, 1);
    pack_bzip2(&packed, buffer_text(&inner));
    const pack_member around[] = {{"x", buffer_text(&packed), NULL}, members[1]};
    pack_archive(&outer, "zip", around, 2);
    assert_walks(buffer_text(&outer), ":x:d/1:\n{\"a\":1}\n:d/2.json:\n{\"a\":2}\n{\"b\":2}\n");
    buffer_deinit(&inner);
    buffer_deinit(&packed);
    buffer_deinit(&outer);
}

/* ---- What is damaged ---- */

static const pack_member plain[] = {
    {"1", BYTES("{\"a\":1}\n"), NULL},
    {"2", BYTES("{\"a\":2}\n"), NULL},
    {"3", BYTES("{\"a\":3}\n"), NULL},
    {"4", BYTES("{\"a\":4}\n"), NULL},
};

static void behind_a_broken_header_a_tar_goes_on(void **state) {
    buffer packed = {0};
    (void)state;
    pack_archive(&packed, "ustar", plain, 4);
    packed.bytes[2 * 512 + 150] ^= 1; /* The second member's sum. */
    assert_walks(buffer_text(&packed), ":1:\n{\"a\":1}\n! (the data are damaged)\n"
                                       ":3:\n{\"a\":3}\n:4:\n{\"a\":4}\n");
    buffer_deinit(&packed);
}

static void a_cut_tar_gives_what_it_has(void **state) {
    buffer packed = {0};
    (void)state;
    pack_archive(&packed, "ustar", plain, 4);
    assert_walks(text_slice(buffer_text(&packed), 0, 3 * 512 + 4),
                 ":1:\n{\"a\":1}\n:2:\n{\"a\"\n!:2 (the data are damaged)\n");
    assert_walks(text_slice(buffer_text(&packed), 0, 2 * 512 + 100),
                 ":1:\n{\"a\":1}\n! (the data are damaged)\n");
    buffer_deinit(&packed);
}

/* Where "needle" stands for the n-th time. */
static size_t find(const buffer *b, const char *needle, int n) {
    const char *at = b->bytes - 1;
    while (n-- > 0) {
        at = memmem(at + 1, b->count - (size_t)(at + 1 - b->bytes), needle, strlen(needle));
        assert_non_null(at);
    }
    return (size_t)(at - b->bytes);
}

static void a_broken_member_of_a_zip_costs_itself(void **state) {
    buffer packed = {0}, out = {0};
    memory_file f;
    (void)state;
    pack_archive(&packed, "zip", plain, 4);
    size_t second = find(&packed, "PK\3\4", 2);
    size_t data = second + 30 + (unsigned char)packed.bytes[second + 26] +
                  (unsigned char)packed.bytes[second + 28]; /* Behind its name and more. */
    memset(packed.bytes + data, 0xFF, 6);
    memory_open(&f, buffer_text(&packed));
    assert_int_equal(describe(f.path, &out), STATUS_OK);
    buffer_add_byte(&out, '\0');
    assert_non_null(strstr(out.bytes, ":1:\n{\"a\":1}\n"));
    assert_non_null(strstr(out.bytes, "!:2 (the data are damaged)\n"));
    assert_non_null(strstr(out.bytes, ":3:\n{\"a\":3}\n:4:\n{\"a\":4}\n"));
    assert_null(strstr(out.bytes, "{\"a\":2}"));
    (void)close(f.fd);
    buffer_deinit(&packed);
    buffer_deinit(&out);
}

static void behind_a_hole_a_zip_goes_on(void **state) {
    buffer packed = {0}, out = {0};
    memory_file f;
    (void)state;
    pack_archive(&packed, "zip", plain, 4);
    size_t second = find(&packed, "PK\3\4", 2), third = find(&packed, "PK\3\4", 3);
    memset(packed.bytes + second, 0, third - second + 5); /* The third's head as well. */
    memory_open(&f, buffer_text(&packed));
    assert_int_equal(describe(f.path, &out), STATUS_OK);
    buffer_add_byte(&out, '\0');
    assert_non_null(strstr(out.bytes, ":1:\n{\"a\":1}\n"));
    assert_non_null(strstr(out.bytes, ":4:\n{\"a\":4}\n"));
    (void)close(f.fd);
    buffer_deinit(&packed);
    buffer_deinit(&out);
}

static void a_damaged_packer_around_an_archive_is_told_once(void **state) {
    buffer packed = {0}, outer = {0}, long_text = {0};
    random_source r = {1};
    (void)state;
    while (long_text.count < 300000)
        buffer_add_format(&long_text, "{\"n\":%llu}\n", (unsigned long long)random_next(&r));
    const pack_member two[] = {plain[0], {"long", buffer_text(&long_text), NULL}};
    pack_archive(&packed, "ustar", two, 2);
    pack_gzip(&outer, buffer_text(&packed));
    memory_file f;
    buffer out = {0};
    memory_open(&f, text_slice(buffer_text(&outer), 0, outer.count / 2));
    assert_int_equal(describe(f.path, &out), STATUS_OK);
    buffer_add_byte(&out, '\0');
    const char *told = strchr(out.bytes, '!');
    assert_non_null(told);
    assert_string_equal(told, "!:long (the data are damaged)\n");
    (void)close(f.fd);
    buffer_deinit(&out);
    buffer_deinit(&packed);
    buffer_deinit(&outer);
    buffer_deinit(&long_text);
}

/* Every byte of an archive cut and turned over: always an end, never the wrong bytes. */
static void any_damage_has_an_end(void **state) {
    static const char *const formats[] = {"ustar", "zip"};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        buffer packed = {0}, out = {0};
        pack_archive(&packed, formats[k], plain, 4);
        for (size_t i = 0; i < packed.count; i++) {
            memory_file f;
            packed.bytes[i] = (char)~packed.bytes[i];
            memory_open(&f, buffer_text(&packed));
            packed.bytes[i] = (char)~packed.bytes[i];
            buffer_clear(&out);
            assert_int_equal(describe(f.path, &out), STATUS_OK);
            assert_int_equal(ftruncate(f.fd, (off_t)i), 0);
            buffer_clear(&out);
            assert_int_equal(describe(f.path, &out), STATUS_OK);
            (void)close(f.fd);
        }
        buffer_deinit(&packed);
        buffer_deinit(&out);
    }
}

/* ---- Limits ---- */

static void layers_have_a_limit(void **state) {
    buffer a = {0}, b = {0};
    (void)state;
    buffer_add(&a, TEXT("{\"a\":1}\n"));
    for (int i = 0; i <= WALK_LAYERS_MAX; i++) {
        if (i > 0) assert_walks(buffer_text(&a), ":\n{\"a\":1}\n");
        buffer_clear(&b);
        pack_gzip(&b, buffer_text(&a));
        buffer swap = a;
        a = b;
        b = swap;
    }
    assert_walks(buffer_text(&a), "! (archives within archives, too deep)\n");
    buffer_deinit(&a);
    buffer_deinit(&b);
}

static void a_bomb_ends_its_member_and_no_other(void **state) {
    enum { BOMB_BYTES = 70 << 20 };
    buffer once = {0}, bomb = {0}, packed = {0}, out = {0};
    memory_file f;
    char *blanks = malloc(BOMB_BYTES);
    (void)state;
    assert_non_null(blanks);
    memset(blanks, ' ', BOMB_BYTES);
    blanks[0] = '{';
    blanks[1] = '\n';
    pack_gzip(&once, (text){blanks, BOMB_BYTES});
    pack_gzip(&bomb, buffer_text(&once));
    const pack_member around[] = {plain[0], {"bomb", buffer_text(&bomb), NULL}, plain[2]};
    pack_archive(&packed, "ustar", around, 3);
    memory_open(&f, buffer_text(&packed));
    assert_int_equal(describe(f.path, &out), STATUS_OK);
    assert_true(text_ends_with(buffer_text(&out),
                               TEXT("!:bomb (unpacks to more than 1,000 times its size)\n"
                                    ":3:\n{\"a\":3}\n")));
    (void)close(f.fd);
    buffer_deinit(&out);
    free(blanks);
    buffer_deinit(&once);
    buffer_deinit(&bomb);
    buffer_deinit(&packed);
}

static void a_guard_knows_bombs_by_what_was_read(void **state) {
    uint64_t taken = 5000;
    byte_guard g = byte_guard_begin(&taken);
    (void)state;
    for (int i = 0; i < 64; i++) assert_int_equal(byte_guard_pass(&g, 1 << 20), STATUS_OK);
    assert_int_equal(byte_guard_pass(&g, 1 << 20), STATUS_UNPACKS_TOO_FAR);
    taken += 1 << 20; /* More was read: it was none. */
    assert_int_equal(byte_guard_pass(&g, 1 << 20), STATUS_OK);
    taken = UINT64_MAX;
    assert_int_equal(byte_guard_pass(&g, (size_t)1 << 40), STATUS_TOO_LARGE);
}

/* ---- Memory ---- */

static status walk_once(void *context) {
    buffer out = {0};
    status s = describe(context, &out);
    buffer_deinit(&out);
    return s;
}

static void a_walk_survives_every_failed_allocation(void **state) {
    buffer inner = {0}, packed = {0}, outer = {0};
    memory_file f;
    (void)state;
    pack_archive(&inner, "pax", members, 4);
    pack_bzip2(&packed, buffer_text(&inner));
    const pack_member around[] = {{"x", buffer_text(&packed), NULL}, members[1]};
    pack_archive(&outer, "zip", around, 2);
    memory_open(&f, buffer_text(&outer));
    assert_true(torture(walk_once, f.path, 1000) > 10);
    (void)close(f.fd);
    buffer_deinit(&inner);
    buffer_deinit(&packed);
    buffer_deinit(&outer);
}

/* ---- Several at a time ---- */

enum { FILES = 12, FEW_FILES = 4 };

static status read_files(void *context) {
    memory_file *files = context;
    const char *paths[FILES];
    const source_files_options o = {.threads = 3, .chunk_bytes = 256};
    tweet_source *s;
    source_chunk *c;
    for (size_t i = 0; i < FEW_FILES; i++) paths[i] = files[i].path;
    status r = source_files(paths, FEW_FILES, &o, &s);
    if (r != STATUS_OK) return r;
    while ((r = s->next(s, &c)) == STATUS_OK) source_chunk_free(c);
    s->close(s);
    return r == STATUS_END ? STATUS_OK : r;
}

static void describe_files(memory_file *files, size_t threads, buffer *out) {
    const char *paths[FILES];
    const source_files_options o = {.threads = threads, .chunk_bytes = 256};
    tweet_source *s;
    source_chunk *c;
    source_state told;
    for (size_t i = 0; i < FILES; i++) paths[i] = files[i].path;
    assert_int_equal(source_files(paths, FILES, &o, &s), STATUS_OK);
    while (s->next(s, &c) == STATUS_OK) {
        buffer_add_format(out, "%s %llu %llu %llu\n", s->file_name(s, c->file),
                          (unsigned long long)c->first_line, (unsigned long long)c->sequence,
                          (unsigned long long)c->input_bytes);
        buffer_add(out, (text){c->bytes, c->count});
        source_chunk_free(c);
    }
    s->state(s, &told);
    assert_int_equal(told.bytes_read, told.bytes_total);
    buffer_add_format(out, "%s\n", told.detail);
    s->close(s);
}

/* Lines, archives, what is empty, what is damaged. */
static void make_files(memory_file *files) {
    for (size_t i = 0; i < FILES; i++) {
        buffer lines = {0}, packed = {0};
        for (size_t k = 0; k < i * i * 30; k++) buffer_add_format(&lines, "{\"n\":%zu}\n", k);
        const pack_member two[] = {{"in", buffer_text(&lines), NULL}, members[3]};
        if (i % 3 == 0) pack_bzip2(&packed, buffer_text(&lines));
        if (i % 3 == 1) pack_archive(&packed, "zip", two, 2);
        if (i % 3 == 2) buffer_add(&packed, buffer_text(&lines));
        memory_open(&files[i],
                    text_slice(buffer_text(&packed), 0, packed.count - (i == 9 ? 20 : 0)));
        buffer_deinit(&lines);
        buffer_deinit(&packed);
    }
}

static void threads_change_nothing_of_what_comes(void **state) {
    memory_file files[FILES];
    buffer one = {0}, other = {0};
    (void)state;
    make_files(files);
    describe_files(files, 1, &one);
    for (size_t threads = 2; threads < 6; threads++) {
        buffer_clear(&other);
        describe_files(files, threads, &other);
        assert_true(text_equal(buffer_text(&one), buffer_text(&other)));
    }
    assert_true(torture(read_files, files, 10000) > 10);
    for (size_t i = 0; i < FILES; i++) (void)close(files[i].fd);
    buffer_deinit(&one);
    buffer_deinit(&other);
}

/* Threads may be in any place when nobody takes what they have read. */
static void a_source_may_be_closed_at_any_time(void **state) {
    memory_file files[FILES];
    const char *paths[FILES];
    const source_files_options o = {.threads = 3, .chunk_bytes = 256};
    (void)state;
    make_files(files);
    for (size_t i = 0; i < FILES; i++) paths[i] = files[i].path;
    for (int taken = 0; taken < 40; taken += 3) {
        tweet_source *s;
        source_chunk *c;
        assert_int_equal(source_files(paths, FILES, &o, &s), STATUS_OK);
        for (int i = 0; i < taken && s->next(s, &c) == STATUS_OK; i++) source_chunk_free(c);
        if (taken % 2 == 0) s->stop(s);
        s->close(s);
    }
    for (size_t i = 0; i < FILES; i++) (void)close(files[i].fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_parts_and_junk_is_named),
        cmocka_unit_test(archives_hold_archives),
        cmocka_unit_test(behind_a_broken_header_a_tar_goes_on),
        cmocka_unit_test(a_cut_tar_gives_what_it_has),
        cmocka_unit_test(a_broken_member_of_a_zip_costs_itself),
        cmocka_unit_test(behind_a_hole_a_zip_goes_on),
        cmocka_unit_test(a_damaged_packer_around_an_archive_is_told_once),
        cmocka_unit_test(any_damage_has_an_end),
        cmocka_unit_test(layers_have_a_limit),
        cmocka_unit_test(a_bomb_ends_its_member_and_no_other),
        cmocka_unit_test(a_guard_knows_bombs_by_what_was_read),
        cmocka_unit_test(a_walk_survives_every_failed_allocation),
        cmocka_unit_test(threads_change_nothing_of_what_comes),
        cmocka_unit_test(a_source_may_be_closed_at_any_time),
    };
    log_set_level((log_level)-1); /* Nothing: the failures are wanted. */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
