/* SPDX-License-Identifier: MIT */
/* The live stream without sockets: ticks are calls and time is a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/log.h"
#include "pipeline/base/random.h"
#include "server/live/live.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/fake_backend.h"

enum { TICK_US = 50000, BOOT = 0xb007 };

typedef struct {
    fake *backend;
    live *live;
    int64_t now_us;
    unsigned pauses, resumes, cuts;
} world;

/* A line is the world's counters: one client's at a time is looked at. */
static void count_pause(void *line) {
    ((world *)line)->pauses++;
}

static void count_resume(void *line) {
    ((world *)line)->resumes++;
}

static void count_cut(void *line) {
    ((world *)line)->cuts++;
}

static const live_line lines = {count_pause, count_resume, count_cut};

static int begin_with(void **state, uint32_t clients, uint32_t per_address, size_t ring_frames) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->backend = fake_new();
    (void)fake_set(w->backend, 0, 10);
    w->now_us = 1000000000000; /* Clocks begin anywhere. */
    const live_options o = {.backend = fake_backend(w->backend),
                            .line = &lines,
                            .version = "1",
                            .boot = BOOT,
                            .now_us = w->now_us,
                            .clients_max = clients,
                            .clients_per_address_max = per_address,
                            .ring_frames = ring_frames};
    assert_int_equal(live_new(&o, &w->live), STATUS_OK);
    *state = w;
    return 0;
}

static int begin(void **state) {
    return begin_with(state, 100, 0, 0);
}

static int begin_small(void **state) {
    return begin_with(state, 2, 1, 4);
}

static int end(void **state) {
    world *w = *state;
    assert_int_equal(live_client_count(w->live), 0); /* Who gave up has left some. */
    live_free(w->live);
    fake_free(w->backend);
    free(w);
    return 0;
}

static void tick(world *w) {
    w->now_us += TICK_US;
    live_tick(w->live, w->now_us);
}

/* Topics: 0 stats, 1 map, 2 board. */
static live_client *join(world *w, uint32_t topics, const char *last_id) {
    const live_request r = {.topics = topics, .last_id = text_of(last_id)};
    live_client *c = live_join(w->live, &r);
    assert_non_null(c);
    return c;
}

/* All that the client can be sent now, in pieces of seven bytes; static. */
static const char *read_all(world *w, live_client *c) {
    static char all[65536];
    size_t count = 0, piece;
    bool ended = false;
    while ((piece = live_read(c, w, all + count, 7, &ended)) > 0) {
        count += piece;
        assert_true(count < sizeof all - 8);
    }
    (void)snprintf(all + count, sizeof all - count, "%s", ended ? "[end]" : "");
    return all;
}

#define ID(epoch) "000000000000b007-" #epoch
#define MAP(id, epoch, full, upsert, remove)                                                       \
    id "event: map\ndata: {\"epoch\":" #epoch ",\"full\":" #full                                   \
       ",\"window\":\"all\",\"upsert\":{" upsert "},\"remove\":[" remove "]}\n\n"

static void a_client_is_greeted_then_given_whole_states_of_one_epoch(void **state) {
    world *w = *state;
    live_client *c = join(w, 7, NULL);
    const char *hello = read_all(w, c);
    assert_memory_equal(hello, "retry: ", 7);
    int retry = atoi(hello + 7);
    assert_in_range(retry, 1000, 4000);
    assert_string_equal(strchr(hello, '\n'),
                        "\nevent: hello\ndata: {\"version\":\"1\",\"boot\":\"000000000000b007\","
                        "\"epoch\":1,\"tick_ms\":50,\"topics\":[\"stats\",\"map\",\"board\"],"
                        "\"window\":\"all\"}\n\n");
    assert_int_equal(w->pauses, 1);
    tick(w);
    assert_int_equal(w->resumes, 1);
    assert_string_equal(read_all(w, c),
                        "event: stats\ndata: {\"items\":1,\"rate\":0}\n\n" MAP(
                            "", 1, true, "\"0\":10",
                            "") "id: " ID(1) "\nevent: board\ndata: {\"epoch\":1,\"sum\":10}\n\n");
    live_leave(c);
}

static void alerts_are_told_whole_when_they_change_and_without_an_epoch(void **state) {
    world *w = *state;
    live_client *c = join(w, 8, NULL);
    assert_non_null(strstr(read_all(w, c), "\"topics\":[\"alerts\"]"));
    tick(w);
    assert_string_equal(read_all(w, c), "id: " ID(1) "\nevent: alert\ndata: {\"alerts\":[]}\n\n");
    (void)fake_set(w->backend, 3, 5);
    for (int i = 0; i < 40; i++) tick(w);
    assert_string_equal(read_all(w, c), "");
    fake_set_alert(w->backend, true);
    for (int i = 0; i < 40; i++) tick(w);
    assert_non_null(strstr(read_all(w, c), "event: alert\ndata: {\"alerts\":[{\"id\":"
                                           "\"memory_full-0-1\"}]}\n\n"));
    live_leave(c);
}

static void a_change_is_told_once_and_nothing_when_nothing_changed(void **state) {
    world *w = *state;
    live_client *c = join(w, 2, NULL);
    tick(w);
    (void)read_all(w, c);
    (void)fake_set(w->backend, 3, 5);
    tick(w);
    assert_string_equal(read_all(w, c), MAP("id: " ID(2) "\n", 2, false, "\"3\":5", ""));
    unsigned made = fake_makes();
    for (int i = 0; i < 20; i++) tick(w);
    assert_string_equal(read_all(w, c), "");
    assert_int_equal(fake_makes(), made);
    (void)fake_set(w->backend, 3, 0);
    tick(w);
    assert_string_equal(read_all(w, c), MAP("id: " ID(3) "\n", 3, false, "", "3"));
    live_leave(c);
}

static void the_id_comes_with_the_last_event_of_a_tick_only(void **state) {
    world *w = *state;
    live_client *c = join(w, 6, NULL);
    tick(w), tick(w), tick(w);
    (void)read_all(w, c);
    (void)fake_set(w->backend, 1, 1);
    tick(w); /* The board is made every fourth tick: this one. */
    assert_string_equal(read_all(w, c),
                        MAP("", 2, false, "\"1\":1",
                            "") "id: " ID(2) "\nevent: board\ndata: {\"epoch\":2,\"sum\":11}\n\n");
    live_leave(c);
}

static void a_client_resumes_where_it_was_without_hole_or_doubling(void **state) {
    world *w = *state;
    live_client *other = join(w, 2, NULL);
    tick(w);
    for (unsigned i = 2; i <= 5; i++) {
        (void)fake_set(w->backend, i, 7);
        tick(w);
    }
    live_client *c = join(w, 2, ID(3));
    tick(w);
    const char *events = strstr(read_all(w, c), "event: map");
    assert_string_equal(events - strlen("id: " ID(4) "\n"),
                        MAP("id: " ID(4) "\n", 4, false, "\"4\":7", "")
                            MAP("id: " ID(5) "\n", 5, false, "\"5\":7", ""));
    live_leave(c);
    live_leave(other);
}

static void a_state_that_nobody_watched_for_a_while_is_still_resumed_from(void **state) {
    world *w = *state;
    live_client *c = join(w, 2, NULL);
    tick(w);
    live_leave(c);
    for (unsigned i = 2; i <= 5; i++) {
        (void)fake_set(w->backend, i, 7);
        tick(w);
    }
    c = join(w, 2, ID(1));
    tick(w);
    assert_non_null(strstr(
        read_all(w, c), MAP("id: " ID(5) "\n", 5, false, "\"2\":7,\"3\":7,\"4\":7,\"5\":7", "")));
    live_leave(c);
}

static void expect_reset(world *w, const char *id, const char *reason) {
    char expected[128];
    live_client *c = join(w, 2, id);
    tick(w);
    const char *events = strchr(read_all(w, c), '}') + 3; /* After hello. */
    (void)snprintf(expected, sizeof expected,
                   "event: reset\ndata: {\"reason\":\"%s\",\"snapshot\":\"/api/v1/snapshot\"}\n\n",
                   reason);
    assert_memory_equal(events, expected, strlen(expected));
    assert_non_null(strstr(events, "\"full\":true"));
    live_leave(c);
}

static void what_cannot_be_resumed_is_reset_with_its_reason(void **state) {
    world *w = *state;
    live_client *c = join(w, 2, NULL);
    tick(w);
    expect_reset(w, "0000000000000bad-1", "restart");
    expect_reset(w, ID(2), "bad_id"); /* Of the future. */
    expect_reset(w, "garbage", "bad_id");
    expect_reset(w, "000000000000b007-", "bad_id");
    expect_reset(w, "000000000000b007-1x", "bad_id");
    expect_reset(w, "-1", "bad_id");
    expect_reset(w, "000000000000b007-99999999999999999999", "bad_id");
    expect_reset(w, ID(0), "too_old"); /* Before the state was made. */
    live_leave(c);
}

static void what_was_deleted_is_told_to_nobody_who_comes_back_later(void **state) {
    world *w = *state;
    live_client *other = join(w, 2, NULL);
    tick(w);
    for (unsigned i = 2; i <= 4; i++) {
        (void)fake_set(w->backend, i, 7);
        tick(w);
    }
    live_client *slow = join(w, 2, ID(2)); /* Is brought up to date by frames 3 and 4. */
    tick(w);
    fake_take_away(w->backend); /* Epoch 5: what frame 3 told of. */
    (void)fake_set(w->backend, 3, 0);
    tick(w);
    tick(w);
    tick(w);
    assert_null(strstr(read_all(w, slow), "\"3\":7"));
    expect_reset(w, ID(2), "too_old");
    live_client *same = join(w, 2, ID(6)); /* Who had read all goes on. */
    tick(w);
    assert_null(strstr(read_all(w, same), "reset"));
    live_leave(same);
    live_leave(slow);
    live_leave(other);
}

static void a_frame_that_left_the_ring_is_too_old_to_resume_from(void **state) {
    world *w = *state; /* Four frames are held. */
    live_client *c = join(w, 2, NULL);
    tick(w);
    for (unsigned i = 0; i < 6; i++) {
        (void)fake_set(w->backend, i, 70);
        tick(w);
    }
    live_leave(c);
    expect_reset(w, ID(2), "too_old");
    c = join(w, 2, ID(3)); /* 4, 5, 6, 7 are there. */
    tick(w);
    const char *events = read_all(w, c);
    assert_null(strstr(events, "reset"));
    assert_non_null(strstr(events, ID(4)));
    assert_non_null(strstr(events, ID(7)));
    live_leave(c);
}

static void frames_older_than_two_minutes_leave_the_ring(void **state) {
    world *w = *state;
    live_client *c = join(w, 2, NULL);
    tick(w);
    (void)fake_set(w->backend, 1, 1);
    tick(w);
    (void)read_all(w, c);
    w->now_us += 121 * 1000000;
    tick(w);
    (void)read_all(w, c);
    expect_reset(w, ID(1), "too_old");
    live_leave(c);
}

static void a_state_made_late_for_a_newcomer_reaches_who_resumes_from_its_epoch(void **state) {
    world *w = *state;
    live_client *other = join(w, 6, NULL);
    tick(w);
    (void)fake_set(w->backend, 1, 1);
    tick(w); /* Tells of the map at epoch 2; the board is not due. */
    live_client *newcomer = join(w, 4, NULL);
    tick(w); /* The board of epoch 2 is made for the newcomer, after 2 was told. */
    live_client *c = join(w, 6, ID(2));
    tick(w);
    const char *events = read_all(w, c);
    assert_null(strstr(events, "reset"));
    assert_null(strstr(events, "event: map"));
    assert_non_null(strstr(events, "event: board\ndata: {\"epoch\":2,\"sum\":11}"));
    live_leave(other), live_leave(newcomer), live_leave(c);
}

static void a_quiet_stream_has_a_heartbeat_every_15_s(void **state) {
    world *w = *state;
    live_client *c = join(w, 2, NULL);
    tick(w);
    (void)read_all(w, c);
    w->now_us += 14 * 1000000;
    tick(w);
    assert_string_equal(read_all(w, c), "");
    w->now_us += 1 * 1000000;
    tick(w);
    assert_string_equal(read_all(w, c), ": heartbeat\n\n");
    tick(w);
    assert_string_equal(read_all(w, c), "");
    live_leave(c);
}

static void a_connection_is_rotated_after_8_to_12_minutes(void **state) {
    world *w = *state;
    live_client *c = join(w, 2, NULL);
    tick(w);
    (void)read_all(w, c);
    w->now_us += 479 * 1000000LL;
    tick(w);
    assert_null(strstr(read_all(w, c), "bye"));
    w->now_us += 242 * 1000000LL;
    tick(w);
    assert_string_equal(read_all(w, c), "event: bye\ndata: {\"reason\":\"rotate\"}\n\n[end]");
    live_leave(c);
}

static void a_slow_client_skips_to_whole_states(void **state) {
    world *w = *state;
    live_client *slow = join(w, 2, NULL);
    tick(w);
    (void)read_all(w, slow);
    for (unsigned i = 0; i < 65; i++) {
        (void)fake_set(w->backend, 1, (int)i + 1);
        tick(w);
        w->now_us -= TICK_US - 1; /* Fast: it is behind by frames, not by time. */
    }
    assert_string_equal(read_all(w, slow), "");
    tick(w);
    assert_string_equal(read_all(w, slow),
                        MAP("id: " ID(66) "\n", 66, true, "\"0\":10,\"1\":65", ""));
    (void)fake_set(w->backend, 2, 2);
    tick(w);
    w->now_us += 3 * 1000000; /* Now by time. */
    tick(w);
    assert_string_equal(read_all(w, slow), "");
    tick(w);
    assert_non_null(strstr(read_all(w, slow), "\"full\":true"));
    live_leave(slow);
}

static void a_client_overtaken_in_mid_frame_gets_the_frame_whole(void **state) {
    world *w = *state; /* Four frames are held. */
    char piece[10];
    bool ended = false;
    live_client *slow = join(w, 2, NULL);
    tick(w);
    (void)read_all(w, slow);
    (void)fake_set(w->backend, 1, 1);
    tick(w);
    assert_int_equal(live_read(slow, w, piece, sizeof piece, &ended), sizeof piece);
    for (unsigned i = 0; i < 9; i++) {
        (void)fake_set(w->backend, 2, (int)i + 1);
        tick(w);
    }
    const char *rest = read_all(w, slow);
    assert_string_equal(rest, MAP("id: " ID(2) "\n", 2, false, "\"1\":1", "") + sizeof piece);
    tick(w);
    assert_string_equal(read_all(w, slow),
                        MAP("id: " ID(11) "\n", 11, true, "\"0\":10,\"1\":1,\"2\":9", ""));
    live_leave(slow);
}

static void a_client_without_progress_is_cut_after_30_s(void **state) {
    world *w = *state;
    char piece[10];
    bool ended = false;
    live_client *c = join(w, 2, NULL);
    (void)live_read(c, w, piece, sizeof piece, &ended); /* It has not paused. */
    w->now_us += 29 * 1000000;
    tick(w);
    assert_int_equal(w->cuts, 0);
    w->now_us += 1 * 1000000;
    tick(w);
    assert_int_equal(w->cuts, 1);
    live_leave(c);
}

static void a_client_too_many_is_told_busy(void **state) {
    world *w = *state; /* Two clients, one an address. */
    live_request r = {.topics = 2, .address = {1}};
    live_client *first = live_join(w->live, &r), *same = live_join(w->live, &r);
    assert_string_equal(read_all(w, same),
                        "retry: 30000\nevent: busy\ndata: {\"reason\":\"full\"}\n\n[end]");
    r.address[0] = 2;
    live_client *second = live_join(w->live, &r);
    r.address[0] = 3;
    live_client *third = live_join(w->live, &r);
    assert_null(strstr(read_all(w, second), "busy"));
    assert_non_null(strstr(read_all(w, third), "busy"));
    assert_int_equal(live_client_count(w->live), 2);
    live_leave(first), live_leave(same), live_leave(second), live_leave(third);
    assert_int_equal(live_client_count(w->live), 0);
}

static void once_ends_after_the_whole_states(void **state) {
    world *w = *state;
    const live_request r = {.topics = 2, .once = true, .last_id = TEXT("nonsense")};
    live_client *c = live_join(w->live, &r);
    tick(w);
    const char *events = strchr(read_all(w, c), '}') + 3;
    assert_string_equal(events, MAP("id: " ID(1) "\n", 1, true, "\"0\":10", "") "[end]");
    live_leave(c);
}

static void lines_hold_the_same_as_events(void **state) {
    world *w = *state;
    const live_request r = {.topics = 3, .once = true, .as_lines = true};
    live_client *c = live_join(w->live, &r);
    tick(w);
    assert_string_equal(
        read_all(w, c),
        "{\"event\":\"hello\",\"id\":null,\"data\":{\"version\":\"1\",\"boot\":"
        "\"000000000000b007\","
        "\"epoch\":1,\"tick_ms\":50,\"topics\":[\"stats\",\"map\"],\"window\":\"all\"}}\n"
        "{\"event\":\"stats\",\"id\":null,\"data\":{\"items\":1,\"rate\":0}}\n"
        "{\"event\":\"map\",\"id\":\"" ID(
            1) "\",\"data\":{\"epoch\":1,\"full\":true,\"window\":\"all\","
               "\"upsert\":{\"0\":10},\"remove\":[]}}\n[end]");
    live_leave(c);
}

static void stats_that_change_without_an_epoch_are_told_within_a_second_or_so(void **state) {
    world *w = *state;
    live_client *c = join(w, 1, NULL);
    tick(w);
    (void)read_all(w, c);
    fake_set_rate(w->backend, 9);
    for (int i = 0; i < 26; i++) tick(w);
    assert_string_equal(read_all(w, c),
                        "id: " ID(1) "\nevent: stats\ndata: {\"items\":1,\"rate\":9}\n\n");
    live_leave(c);
}

static void clients_share_one_making_a_tick(void **state) {
    world *w = *state;
    live_client *many[20];
    for (int i = 0; i < 20; i++) many[i] = join(w, 2, NULL);
    unsigned made = fake_makes();
    tick(w);
    (void)fake_set(w->backend, 1, 1);
    tick(w);
    assert_int_equal(fake_makes() - made, 2);
    for (int i = 0; i < 20; i++) live_leave(many[i]);
}

static void windows_are_streams_of_their_own(void **state) {
    world *w = *state;
    const live_request r = {.topics = 6, .window = WINDOW_5M};
    live_client *c = live_join(w->live, &r), *all = join(w, 6, NULL);
    tick(w);
    assert_non_null(strstr(read_all(w, c), "\"window\":\"5m\",\"upsert\""));
    assert_non_null(strstr(read_all(w, all), "\"window\":\"all\",\"upsert\""));
    live_leave(c), live_leave(all);
}

static void all_are_told_bye_when_the_server_stops(void **state) {
    world *w = *state;
    live_client *settled = join(w, 2, NULL);
    tick(w);
    (void)read_all(w, settled);
    live_client *fresh = join(w, 2, NULL);
    unsigned resumes = w->resumes;
    live_say_bye(w->live);
    assert_int_equal(w->resumes, resumes + 1);
    assert_string_equal(read_all(w, settled),
                        "event: bye\ndata: {\"reason\":\"stopping\"}\n\n[end]");
    assert_non_null(strstr(read_all(w, fresh), "bye"));
    live_client *late = join(w, 2, NULL);
    assert_non_null(strstr(read_all(w, late), "busy"));
    live_leave(settled), live_leave(fresh), live_leave(late);
}

static size_t drop_all(live_client *c) {
    char out[4096];
    bool ended = false;
    size_t count = 0, piece;
    while ((piece = live_read(c, c, out, sizeof out, &ended)) > 0) count += piece;
    return count;
}

static void nothing(void *line) {
    (void)line;
}

static status live_a_little(void *context) {
    static const live_line silent = {nothing, nothing, nothing};
    fake *f = context;
    live *l = NULL;
    const live_options o = {
        .backend = fake_backend(f), .line = &silent, .version = "1", .clients_max = 9};
    status s = live_new(&o, &l);
    if (s != STATUS_OK) return s;
    live_client *c = live_join(l, &(live_request){.topics = 7});
    bool was_told = c != NULL;
    for (int i = 1; i <= 8; i++) {
        (void)fake_set(f, 1, i);
        live_tick(l, i * TICK_US);
        if (c != NULL) was_told = drop_all(c) > 0 && was_told;
    }
    if (c != NULL) live_leave(c);
    live_free(l);
    return was_told ? STATUS_OK : STATUS_NO_MEMORY;
}

static void it_survives_every_failed_allocation(void **state) {
    world *w = *state;
    log_set_level(LOG_ERROR);
    assert_true(torture(live_a_little, w->backend, 10000) > 20);
    log_set_level(LOG_INFO);
}

/* ---- The model test: whatever was missed, what is held is what is ---- */

typedef struct {
    live_client *client; /* NULL: away. */
    char partial[4096];  /* Of an event whose end has not come. */
    size_t partial_count;
    int values[FAKE_KEYS], sum;
    char last_id[64];
    unsigned resets, fulls, changes;
} viewer;

static void view_map(viewer *v, const char *data) {
    if (strstr(data, "\"full\":true") != NULL) {
        memset(v->values, 0, sizeof v->values);
        v->fulls++;
    } else {
        v->changes++;
    }
    const char *at = strstr(data, "\"upsert\":{") + strlen("\"upsert\":{");
    for (int key, value, used; sscanf(at, "\"%d\":%d%n", &key, &value, &used) == 2;) {
        v->values[key] = value;
        at += used + (at[used] == ',' ? 1 : 0);
    }
    at = strstr(at, "\"remove\":[") + strlen("\"remove\":[");
    for (int key, used; sscanf(at, "%d%n", &key, &used) == 1;) {
        v->values[key] = 0;
        at += used + (at[used] == ',' ? 1 : 0);
    }
}

static void view_event(viewer *v, const char *event) {
    const char *id = strstr(event, "id: "), *data = strstr(event, "data: ");
    if (strstr(event, "event: reset") != NULL) {
        memset(v->values, 0, sizeof v->values);
        v->sum = 0;
        v->resets++;
    }
    if (strstr(event, "event: map") != NULL) view_map(v, data);
    if (strstr(event, "event: board") != NULL) v->sum = atoi(strstr(data, "sum\":") + 5);
    if (id == event) {
        size_t count = strcspn(id + 4, "\n");
        assert_true(count < sizeof v->last_id);
        memcpy(v->last_id, id + 4, count);
        v->last_id[count] = '\0';
    }
}

/* Reads at most so many bytes, and does what a browser does with them. */
static void view(world *w, viewer *v, size_t bytes_max) {
    bool ended = false;
    while (bytes_max > 0) {
        size_t room = sizeof v->partial - 1 - v->partial_count;
        size_t count = live_read(v->client, w, v->partial + v->partial_count,
                                 room < bytes_max ? room : bytes_max, &ended);
        if (count == 0) return;
        bytes_max -= count;
        v->partial_count += count;
        v->partial[v->partial_count] = '\0';
        for (char *stop; (stop = strstr(v->partial, "\n\n")) != NULL;) {
            *stop = '\0';
            view_event(v, v->partial);
            v->partial_count -= (size_t)(stop + 2 - v->partial);
            memmove(v->partial, stop + 2, v->partial_count + 1);
        }
    }
}

static void come(world *w, viewer *v) {
    if (v->client == NULL) v->client = join(w, 6, v->last_id);
}

static void go(viewer *v) {
    if (v->client != NULL) live_leave(v->client);
    v->client = NULL;
    v->partial_count = 0; /* An unfinished event is dropped. */
    v->partial[0] = '\0';
}

static void expect_present(world *w, viewer *v, const int *now) {
    int sum = 0;
    come(w, v);
    for (int i = 0; i < 12; i++) {
        tick(w);
        view(w, v, SIZE_MAX);
    }
    for (unsigned i = 0; i < FAKE_KEYS; i++) sum += now[i];
    assert_memory_equal(v->values, now, sizeof v->values);
    assert_int_equal(v->sum, sum);
}

static void what_a_client_holds_is_what_is_however_it_comes_and_goes(void **state) {
    world *w = *state;
    random_source chance = {1};
    int now[FAKE_KEYS] = {10};
    viewer v = {0};
    for (int round = 1; round <= 20000; round++) {
        unsigned key = (unsigned)random_below(&chance, FAKE_KEYS);
        if (random_below(&chance, 3) == 0) {
            now[key] = (int)random_below(&chance, 4);
            (void)fake_set(w->backend, key, now[key]);
        }
        if (random_below(&chance, 20) == 0) go(&v);
        if (random_below(&chance, 10) == 0) come(w, &v);
        if (random_below(&chance, 400) == 0) w->now_us += 3 * 1000000;
        if (random_below(&chance, 2000) == 0) w->now_us += 121 * 1000000;
        tick(w);
        if (v.client != NULL) view(w, &v, (size_t)random_below(&chance, 90));
        if (round % 50 == 0) expect_present(w, &v, now);
    }
    go(&v);
    print_message("resets %u, whole states %u, changes %u\n", v.resets, v.fulls, v.changes);
    assert_true(v.fulls > 10 && v.changes > 1000);
}

int main(void) {
#define IN(f)       cmocka_unit_test_setup_teardown(f, begin, end)
#define IN_SMALL(f) cmocka_unit_test_setup_teardown(f, begin_small, end)
    const struct CMUnitTest tests[] = {
        IN(a_client_is_greeted_then_given_whole_states_of_one_epoch),
        IN(alerts_are_told_whole_when_they_change_and_without_an_epoch),
        IN(a_change_is_told_once_and_nothing_when_nothing_changed),
        IN(the_id_comes_with_the_last_event_of_a_tick_only),
        IN(a_client_resumes_where_it_was_without_hole_or_doubling),
        IN(a_state_that_nobody_watched_for_a_while_is_still_resumed_from),
        IN(what_cannot_be_resumed_is_reset_with_its_reason),
        IN(what_was_deleted_is_told_to_nobody_who_comes_back_later),
        IN_SMALL(a_frame_that_left_the_ring_is_too_old_to_resume_from),
        IN(frames_older_than_two_minutes_leave_the_ring),
        IN(a_state_made_late_for_a_newcomer_reaches_who_resumes_from_its_epoch),
        IN(a_quiet_stream_has_a_heartbeat_every_15_s),
        IN(a_connection_is_rotated_after_8_to_12_minutes),
        IN(a_slow_client_skips_to_whole_states),
        IN_SMALL(a_client_overtaken_in_mid_frame_gets_the_frame_whole),
        IN(a_client_without_progress_is_cut_after_30_s),
        IN_SMALL(a_client_too_many_is_told_busy),
        IN(once_ends_after_the_whole_states),
        IN(lines_hold_the_same_as_events),
        IN(stats_that_change_without_an_epoch_are_told_within_a_second_or_so),
        IN(clients_share_one_making_a_tick),
        IN(windows_are_streams_of_their_own),
        IN(all_are_told_bye_when_the_server_stops),
        IN(it_survives_every_failed_allocation),
        IN(what_a_client_holds_is_what_is_however_it_comes_and_goes),
        IN_SMALL(what_a_client_holds_is_what_is_however_it_comes_and_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
