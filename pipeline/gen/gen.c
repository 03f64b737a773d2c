/* SPDX-License-Identifier: MIT */
/* gen -- what happens in the conversation, line by line.
 *
 * Who is answered is a Yule process: most responses go where one of the last 65,536
 * went, which gives cascades their heavy tail; the rest go to one of the last 32,768
 * tweets.  These two rings are all that is remembered.
 *
 * Besides, a fixed share of the lines is staged, so that the cleaning of places has
 * work: authors who claim a town or a non-place and are answered from all over the
 * world.  Those in a town of the chain get a tenth of their answers from the town
 * before it, which speaks for them until that one has fallen: the n-th town falls in
 * round n. */
#include "pipeline/gen/gen.h"

#include "pipeline/base/times.h"
#include "pipeline/gen/lines.h"

#include <stdlib.h>
#include <string.h>

enum {
    POOL = 32768,    /* Tweets that may still be answered. */
    RECENT = 65536,  /* Where the last responses went. */
    WAITING = 64,    /* Lines that come late. */
    SLOTS = 96,      /* Stretches of time, some busier than others. */
    STAGED_EACH = 3, /* Authors in a town of the chain. */
    STAGED = CHAIN_TOWNS * STAGED_EACH + LONELY_WORDS + 1,
    STAGED_RESPONSES = 130, /* At least, for each, from LINES_STAGED_MIN on. */
    STAGED_CASCADE = 40,    /* Responses until a staged author's next tweet. */
    CHUNK_BYTES = 1 << 20,
};
#define NOBODY UINT32_MAX

/* Out of 1,000 lines. */
enum { ODDS_DELETE = 8, ODDS_DOUBLE = 14, ODDS_ORIGINAL = 120, ODDS_ALL = 1000 };

typedef struct {
    uint32_t home, close_home; /* From where a tenth of the answers comes; NOBODY: none. */
    uint64_t author;
    uint64_t responses;
    post tweet;
} staged_author;

typedef struct {
    post post, to;
    uint32_t held;     /* Place in the pool of an original that is unheard. */
    uint64_t due_line; /* 0: this place is free. */
} waiting_line;

typedef struct {
    gen_options options;
    world world;
    random_source random;
    FILE *out;
    buffer chunk, again; /* again: a line to be repeated. */
    uint64_t line, again_due_line, sequence, staged_count;
    uint64_t slot_until[SLOTS];
    int64_t now_ms;
    post *pool;
    uint32_t *recent;
    uint64_t pooled, responded;
    waiting_line waiting[WAITING];
    staged_author staged[STAGED];
} conversation;

bool gen_format_from(text t, gen_format *format) {
    bool is_demo = text_equal(t, TEXT("demo")), is_v1 = text_equal(t, TEXT("v1"));
    if (is_demo || is_v1) *format = is_demo ? GEN_DEMO : GEN_V1;
    return is_demo || is_v1;
}

static uint64_t chance(conversation *c, uint64_t limit) {
    return random_below(&c->random, limit);
}

/* ---- Time ---- */

/* The day has a curve, and now and then something happens. */
static void set_rates(conversation *c) {
    uint64_t sum = 0;
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        unsigned of_day = slot % 48 < 24 ? slot % 48 : 48 - slot % 48;
        uint64_t burst = hash_mix(c->options.seed + slot) % 16 == 0 ? 60 : 0;
        sum += 20 + 2 * of_day + burst;
        c->slot_until[slot] = sum;
    }
}

/* The time of a line: its share of all lines is its share of the rates. */
static int64_t time_of_line(const conversation *c, uint64_t line) {
    double at = (double)line / (double)c->options.lines * (double)c->slot_until[SLOTS - 1];
    unsigned slot = 0;
    while (slot < SLOTS - 1 && (double)c->slot_until[slot] <= at) slot++;
    double begin = slot > 0 ? (double)c->slot_until[slot - 1] : 0;
    double within = (at - begin) / ((double)c->slot_until[slot] - begin);
    return c->options.start_ms +
           (int64_t)((slot + within) / SLOTS * (double)c->options.duration_ms);
}

/* As Twitter makes them: the time, then what tells tweets of a millisecond apart. */
static uint64_t next_id(conversation *c) {
    int64_t since = c->now_ms - 1288834974657;
    if (since < 0) since = c->now_ms - TWITTER_EPOCH_MS;
    return (uint64_t)since << 22 | (c->sequence++ & 0x3FFFFF);
}

/* ---- Tweets ---- */

static post post_new(conversation *c, post_kind kind, uint64_t author, const post *to) {
    post p = {.id = next_id(c),
              .author = author,
              .bits = random_next(&c->random),
              .created_ms = c->now_ms,
              .kind = kind,
              .lang = world_lang(&c->world, author)};
    if (to == NULL) return p;
    p.to_id = to->id;
    p.to_author = to->author;
    p.lean = words_lean(to->bits);
    if (kind == POST_RETWEET) p.lang = to->lang;
    return p;
}

static uint32_t pool_add(conversation *c, const post *p) {
    uint32_t held = (uint32_t)(c->pooled++ % POOL);
    c->pool[held] = *p;
    return held;
}

/* Retweets hold their tweet in v1.1 always; other responses, and X v2, may do without. */
static void write_post(conversation *c, const post *p, const post *to) {
    bool embeds = to != NULL && !to->is_unheard && p->bits % 16 != 1;
    if (p->kind == POST_RETWEET && c->options.format == GEN_V1) embeds = true;
    line_add_post(c->options.format, &c->world, p, to, embeds, &c->chunk);
}

/* The line comes later; at once when too many wait. */
static void write_later(conversation *c, waiting_line line, uint64_t lines) {
    for (waiting_line *w = c->waiting; w < c->waiting + WAITING; w++) {
        if (w->due_line != 0) continue;
        *w = line;
        w->due_line = c->line + lines;
        return;
    }
    write_post(c, &line.post, line.post.kind == POST_ORIGINAL ? NULL : &line.to);
}

static bool write_waiting(conversation *c) {
    for (waiting_line *w = c->waiting; w < c->waiting + WAITING; w++) {
        if (w->due_line == 0 || w->due_line > c->line) continue;
        w->due_line = 0;
        bool is_original = w->post.kind == POST_ORIGINAL;
        write_post(c, &w->post, is_original ? NULL : &w->to);
        if (is_original && c->pool[w->held].id == w->post.id) c->pool[w->held].is_unheard = false;
        return true;
    }
    return false;
}

/* ---- What happens ---- */

/* Of 32 originals one is only known from those who share it, and two come late, when
 * some have already responded. */
static void happens_original(conversation *c) {
    uint64_t author = world_author(&c->world, world_any_city(&c->world, &c->random), &c->random);
    post p = post_new(c, POST_ORIGINAL, author, NULL);
    uint64_t fate = chance(c, 32), wait = 20 + chance(c, c->options.lines / 20 + 1) % 2000;
    p.is_unheard = fate > 29 && c->line + wait + 100 < c->options.lines;
    uint32_t held = pool_add(c, &p);
    for (int i = 0; i < (p.is_unheard ? 8 : 1); i++) c->recent[c->responded++ % RECENT] = held;
    if (p.is_unheard) {
        write_later(c, (waiting_line){.post = p, .held = held}, wait);
    } else if (fate > 0) {
        write_post(c, &p, NULL);
    }
}

static post_kind response_kind(conversation *c, const post *to) {
    uint64_t share = chance(c, 100);
    bool may_embed = !to->is_unheard || c->options.format == GEN_DEMO;
    if (share < 62 && may_embed) return POST_RETWEET;
    return share < 87 || !may_embed ? POST_REPLY : POST_QUOTE;
}

static uint64_t responder_for(conversation *c, const post *to) {
    uint32_t home = world_home(&c->world, to->author);
    uint64_t share = chance(c, 100);
    if (share == 0) return to->author; /* An answer to oneself. */
    if (share > 12 || !world_home_is_city(&c->world, home))
        home = world_any_home(&c->world, &c->random);
    return world_anybody(&c->world, home, &c->random);
}

/* One response in 12 by somebody in a city may itself be answered. */
static void happens_response(conversation *c) {
    uint32_t held = c->recent[chance(c, c->responded < RECENT ? c->responded : RECENT)];
    uint64_t pooled = c->pooled < POOL ? c->pooled : POOL;
    if (chance(c, 5) == 0) held = (uint32_t)chance(c, pooled);
    const post to = c->pool[held];
    uint64_t author = responder_for(c, &to);
    post p = post_new(c, author == to.author ? POST_REPLY : response_kind(c, &to), author, &to);
    c->recent[c->responded++ % RECENT] = held;
    if (p.kind != POST_RETWEET && chance(c, 12) == 0 &&
        world_home_is_city(&c->world, world_home(&c->world, author)))
        pool_add(c, &p);
    if (chance(c, 700) == 0 && c->line + 100 < c->options.lines) { /* Deleted before it comes. */
        line_add_delete(p.id, author, c->now_ms, &c->chunk);
        write_later(c, (waiting_line){.post = p, .to = to}, 1 + chance(c, 50));
    } else {
        write_post(c, &p, &to);
    }
}

/* Half of what is deleted was never seen here, as on the public stream. */
static void happens_delete(conversation *c) {
    const post *p = &c->pool[chance(c, c->pooled < POOL ? c->pooled : POOL)];
    bool is_known = chance(c, 2) == 0 && p->kind != POST_ORIGINAL;
    uint64_t id = is_known ? p->id : next_id(c);
    line_add_delete(id, p->author, c->now_ms, &c->chunk);
}

static uint64_t staged_responder(conversation *c, const staged_author *s) {
    uint32_t home = s->close_home;
    if (home == NOBODY || s->responses % 10 != 5) home = world_any_city(&c->world, &c->random);
    uint64_t person = world_anybody(&c->world, home, &c->random);
    while (person == s->author) person += c->world.home_count;
    return person;
}

/* The staged authors are answered in turn. */
static void happens_staged(conversation *c) {
    staged_author *s = &c->staged[c->staged_count++ % STAGED];
    if (s->responses++ % STAGED_CASCADE == 0) {
        s->tweet = post_new(c, POST_ORIGINAL, s->author, NULL);
        write_post(c, &s->tweet, NULL);
        return;
    }
    uint64_t author =
        staged_responder(c, s); /* One draw after the other: arguments have no order. */
    post p = post_new(c, response_kind(c, &s->tweet), author, &s->tweet);
    write_post(c, &p, &s->tweet);
}

/* A fixed number of lines, evenly spread. */
static bool staged_is_due(const conversation *c) {
    uint64_t all = c->options.lines / 40;
    if (all < STAGED * STAGED_RESPONSES) all = STAGED * STAGED_RESPONSES;
    if (all > c->options.lines / 4) all = c->options.lines / 4;
    return c->staged_count * c->options.lines < all * c->line;
}

static void happens_something(conversation *c, uint64_t odds) {
    if (c->pooled == 0 || (odds >= ODDS_DOUBLE && odds < ODDS_ORIGINAL)) {
        happens_original(c);
    } else if (odds < ODDS_DELETE) {
        happens_delete(c);
    } else if (staged_is_due(c)) {
        happens_staged(c);
    } else {
        happens_response(c);
    }
}

/* One line, or two, or (an original that nobody is told of) none. */
static void step(conversation *c) {
    size_t begin = c->chunk.count;
    if (write_waiting(c)) return;
    if (c->again.count > 0 && c->line >= c->again_due_line) {
        buffer_add(&c->chunk, buffer_text(&c->again));
        buffer_clear(&c->again);
        return;
    }
    uint64_t odds = chance(c, ODDS_ALL);
    happens_something(c, odds);
    if (odds < ODDS_DELETE || odds >= ODDS_DOUBLE || c->again.count > 0) return;
    buffer_add(&c->again, text_slice(buffer_text(&c->chunk), begin, c->chunk.count));
    c->again_due_line = c->line + 1 + chance(c, 200);
}

/* ---- From beginning to end ---- */

static void set_stage(conversation *c) {
    staged_author *s = c->staged;
    for (uint32_t i = 0; i < CHAIN_TOWNS * STAGED_EACH; i++, s++) {
        s->home = world_chain_home(&c->world, i / STAGED_EACH);
        s->close_home = i < STAGED_EACH ? NOBODY : s->home - 1;
        s->author = (uint64_t)(i % STAGED_EACH) * c->world.home_count + s->home;
    }
    for (uint32_t i = 0; i < LONELY_WORDS + 1; i++, s++) {
        s->home = world_lonely_home(&c->world, i < LONELY_WORDS ? i : 0);
        s->close_home = NOBODY;
        s->author = (uint64_t)(i / LONELY_WORDS) * c->world.home_count + s->home;
    }
    /* The last one but one is answered by those who write the same words: the cleaning
     * takes them for neighbours unless told to count other strings only. */
    c->staged[STAGED - 2].close_home = c->staged[STAGED - 2].home;
}

static status conversation_init(conversation *c, const gen_options *o, FILE *out) {
    *c = (conversation){.options = *o, .random = {o->seed}, .out = out};
    gen_options *own = &c->options;
    if (own->lines == 0) own->lines = GEN_LINES_DEFAULT;
    if (own->start_ms == 0) own->start_ms = GEN_START_MS_DEFAULT;
    if (own->duration_ms == 0) own->duration_ms = GEN_DURATION_MS_DEFAULT;
    if (own->start_ms < TWITTER_EPOCH_MS || own->duration_ms < 0) return STATUS_BAD_ARGUMENT;
    c->pool = calloc(POOL, sizeof *c->pool);
    c->recent = calloc(RECENT, sizeof *c->recent);
    if (c->pool == NULL || c->recent == NULL) return STATUS_NO_MEMORY;
    status s =
        world_init(&c->world, own->seed, own->lines / 3 + 500, own->start_ms, own->duration_ms);
    if (s != STATUS_OK) return s;
    set_rates(c);
    set_stage(c);
    return STATUS_OK;
}

static uint64_t lines_in(const buffer *b, size_t begin) {
    uint64_t count = 0;
    for (size_t i = begin; i < b->count; i++) count += b->bytes[i] == '\n';
    return count;
}

static status flush(conversation *c) {
    if (c->chunk.failed || c->again.failed) return STATUS_NO_MEMORY;
    if (fwrite(c->chunk.bytes, 1, c->chunk.count, c->out) != c->chunk.count)
        return STATUS_CANNOT_WRITE;
    buffer_clear(&c->chunk);
    return STATUS_OK;
}

static status converse(conversation *c) {
    status s = STATUS_OK;
    while (s == STATUS_OK && c->line < c->options.lines) {
        size_t begin = c->chunk.count;
        c->now_ms = time_of_line(c, c->line);
        step(c);
        c->line += lines_in(&c->chunk, begin);
        if (c->chunk.count >= CHUNK_BYTES || c->chunk.failed) s = flush(c);
    }
    return s == STATUS_OK ? flush(c) : s;
}

status gen_run(const gen_options *o, FILE *out, FILE *places) {
    conversation *c = malloc(sizeof *c);
    if (c == NULL) return STATUS_NO_MEMORY;
    status s = conversation_init(c, o, out);
    if (s == STATUS_OK && places != NULL) s = world_write_places(&c->world, places);
    if (s == STATUS_OK) s = converse(c);
    world_deinit(&c->world);
    buffer_deinit(&c->chunk);
    buffer_deinit(&c->again);
    free(c->recent);
    free(c->pool);
    free(c);
    return s;
}
