/* SPDX-License-Identifier: MIT */
/* source -- where items come from: recorded files, a live stream, a test. */
#ifndef DUNLIN_PIPELINE_SOURCES_SOURCE_H
#define DUNLIN_PIPELINE_SOURCES_SOURCE_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"
#include "pipeline/base/times.h"

/* A line or element of more bytes is handed over cut to this many and one, which
 * tells the decoder to reject it; the rest is read past.  A page of X v2 is a line, and
 * 500 tweets with all that they bring take two of these megabytes. */
enum { SOURCE_LINE_BYTES_MAX = 4 * 1024 * 1024, SOURCE_PADDING_BYTES = 64 };

struct record_batch; /* pipeline/decode/record.h */

/* Whoever waits to learn what became of a chunk.  It goes with the chunk, is passed on to
 * its batch, and is told on the engine's thread; `done` comes once, whatever happens. */
typedef struct source_receipt source_receipt;
struct source_receipt {
    /* What became of the items (struct record_batch: pipeline/decode/record.h). */
    void (*counted)(source_receipt *self, const struct record_batch *b);
    /* Last.  OK: what was accepted is stored, where there is a store, and shown, in this
     * epoch.  CANNOT_WRITE: shown, but it cannot be stored now.  STOPPED, NO_MEMORY: none of
     * it was. */
    void (*done)(source_receipt *self, status s, uint64_t epoch);
};

/* A chunk of whole items, owned by its holder; JSON Lines, or one page or array.
 * `bytes` has at least 64 readable bytes after `count` (zeros), as the fast reader
 * wants. */
typedef struct {
    char *bytes;
    size_t count, capacity;
    uint32_t file;           /* Index into the source's names. */
    uint64_t first_line;     /* From 1. */
    uint64_t sequence;       /* Order of reading, from 0 without gaps. */
    uint64_t input_bytes;    /* Compressed bytes read for it. */
    const char *form;        /* Of the document, for people; static, NULL: not known. */
    bool was_utf16;          /* The bytes are a translation: good items count as repaired. */
    uint8_t origin;          /* A record_origin (pipeline/decode/record.h): what sent it. */
    source_receipt *receipt; /* NULL: nobody waits. */
} source_chunk;

/* NULL: no memory.  Who fills it sets count and writes the zeros after it. */
source_chunk *source_chunk_new(size_t capacity);
/* Tells a receipt that is still there that it was stopped.  NULL is allowed. */
void source_chunk_free(source_chunk *c);

typedef struct {
    const char *kind;  /* "files", "x-stream". */
    const char *state; /* "connecting", "live", "waiting", "replaying", "ended", ... */
    char detail[160];  /* Words for people; never a token. */
    uint64_t bytes_read, bytes_total;                 /* total 0 when unknown. */
    uint64_t parts_read, parts_skipped, parts_failed; /* Files, and members of archives. */
    uint64_t connects;                                /* Of a live source. */
    char last_end[160];           /* Why its last connection ended; "": none has. */
    uint64_t gaps;                /* Times that a live source may have missed something. */
    uint64_t missed;              /* Items that it says it did not send (limit notices). */
    double spent_usd, budget_usd; /* At the published prices; 0: no price, no cap. */
    bool lacks_location, lacks_followers, lacks_deletes; /* What it cannot give. */
    int64_t next_try_ms; /* Wall time of the next attempt; 0 when none is due. */
    double speed;        /* Of a replay; 0: as fast as it goes. */
    bool is_paused;      /* By an order. */
    bool can_seek;       /* A replay that goes on, and knows its times. */
    int64_t start_ms;    /* Event time at which the replay began; 0: unknown. */
    int64_t position_ms; /* Event time reached by a replay; 0: unknown. */
} source_state;

#define SOURCE_BUDGET_REACHED "budget reached" /* A state: what comes next would pass it. */
bool source_is_spent(const source_state *s);   /* In that state, or at the cap to a cent. */

/* What a person asks of a replay, as of a player.  A replay that is paused stays so
 * when it is given another speed or place. */
typedef enum { SOURCE_PLAY, SOURCE_PAUSE, SOURCE_SPEED, SOURCE_SEEK } source_order_kind;

typedef struct {
    source_order_kind kind;
    double speed;    /* SOURCE_SPEED: 0.1 to 1e9 times the recorded one; 0: as fast as it goes. */
    int64_t time_ms; /* SOURCE_SEEK: the event time to go to, later than the position.  What
                      * lies before is read through as fast as it goes, and counts. */
} source_order;

typedef struct tweet_source tweet_source;
struct tweet_source {
    /* Waits for the next chunk, which becomes the caller's.  STATUS_END after the
     * last; STATUS_STOPPED after stop; another status when the source has failed for
     * good.  Called by one thread. */
    status (*next)(tweet_source *self, source_chunk **chunk);
    /* Any thread: next returns soon. */
    void (*stop)(tweet_source *self);
    void (*state)(tweet_source *self, source_state *result); /* Any thread. */
    const char *(*file_name)(tweet_source *self, uint32_t file);
    void (*close)(tweet_source *self); /* Frees it; no thread may be in it. */
    /* Any thread: does as ordered, soon.  STATUS_BAD_ARGUMENT: no such speed.
     * STATUS_NOT_POSSIBLE: a time that is not ahead, or a replay that has ended.  NULL:
     * this source takes no orders. */
    status (*control)(tweet_source *self, const source_order *order);
    /* Any thread: of several sources in one, the state of each, at most `max`; how many.
     * NULL: it is only one. */
    size_t (*parts)(tweet_source *self, source_state *results, size_t max);
};

#endif
