/* SPDX-License-Identifier: MIT */
/* Configuration files, and what another server answers `dunlin top`.
 *
 * covers: server/options/config.c server/cli/screen.c */
#include "server/cli/screen.h"
#include "server/options/config.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_settings(text file) {
    arena *memory = arena_new(256);
    buffer problem = {0};
    config_setting s;
    if (memory == NULL) return;
    config_reader r = config_of(file, memory, &problem);
    while (config_next(&r, &s)) {
        assert(s.key.count > 0 && s.line > 0 && (s.is_list || s.value_count == 1));
        for (size_t i = 0; i < s.value_count; i++) assert(utf8_valid(text_of(s.values[i])));
    }
    assert(r.has_failed == (problem.count > 0));
    buffer_deinit(&problem);
    arena_free(memory);
}

/* No byte that a terminal obeys comes out, whatever a server says. */
static void draw(text answer) {
    screen_answers a = {0};
    screen_shape shape = {.columns = 80, .rows = 40, .window = "all"};
    buffer out = {0};
    buffer_add(&a.stats, answer);
    buffer_add(&a.tweets, answer);
    buffer_add(&a.authors, answer);
    buffer_add(&a.timeline, answer);
    (void)screen_draw(&a, &shape, &out);
    for (size_t i = 0; i < out.count; i++)
        assert(out.bytes[i] == '\n' || (unsigned char)out.bytes[i] >= ' ');
    buffer_deinit(&out);
    screen_answers_deinit(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    text input = {(const char *)data, size};
    read_settings(input);
    draw(input);
    return 0;
}
