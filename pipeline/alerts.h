/* SPDX-License-Identifier: MIT */
/* alerts -- what somebody should look at: shifts in the minutes, and states that last.
 *
 * A function of what it is told, the time included.  A state becomes an alert when it has
 * lasted for its kind's while, and ends when it has been away for another, so that nothing
 * flickers; what shifts is said in shifts.h.  How long a source may be silent, and how far
 * behind it is as a rule, follow from its own last hours: silence is 20 times the mean time
 * between tweets, at least a minute (by chance alone once in e^20); a lag is great when it
 * is a minute, and six robust deviations, above the median of an hour's minutes. */
#ifndef DUNLIN_PIPELINE_ALERTS_H
#define DUNLIN_PIPELINE_ALERTS_H

#include "pipeline/shifts.h"
#include "pipeline/sources/source.h"
#include "pipeline/store/store.h"

#define ALERT_KIND_MAP(X)                                                                          \
    X(RATE_FELL, "rate_fell")                                                                      \
    X(RATE_JUMPED, "rate_jumped")                                                                  \
    X(LABELS_SHIFTED, "labels_shifted")                                                            \
    X(LANGUAGES_SHIFTED, "languages_shifted")                                                      \
    X(SOURCE_AWAY, "source_away")                                                                  \
    X(SOURCE_SILENT, "source_silent")                                                              \
    X(LAG_GREW, "lag_grew")                                                                        \
    X(JOURNAL_STOPPED, "journal_stopped")                                                          \
    X(MEMORY_FULL, "memory_full")                                                                  \
    X(BUDGET_NEAR, "budget_near")                                                                  \
    X(BUDGET_REACHED, "budget_reached")
#define X(name, word) ALERT_##name,
typedef enum { ALERT_KIND_MAP(X) ALERT_KINDS } alert_kind;
#undef X
const char *alert_kind_text(alert_kind k); /* "rate_fell", ... */

enum {
    ALERT_SOURCES_MAX = 8,
    ALERT_WORDS_BYTES = 200,
    ALERT_NUMBERS_MAX = 3,
    ALERT_LANG_BYTES = 12,
    ALERTS_MAX = 128, /* That are listed. */
};

typedef struct {
    alert_kind kind;
    char source[24];               /* The kind of the source it is about; "": none. */
    unsigned source_number;        /* Of several sources; 0 for none. */
    int64_t since_ms, until_ms;    /* Shifts: event time; else wall time.  until 0: it goes on. */
    char words[ALERT_WORDS_BYTES]; /* For people; harmless in any document of text. */
    struct {
        const char *name; /* Static. */
        double value;
    } numbers[ALERT_NUMBERS_MAX];
    size_t number_count;
} alert;

/* One source as it stands. */
typedef struct {
    source_state state;
    uint64_t tweets;   /* Heard from it since the start. */
    int64_t newest_ms; /* Of their times; 0: none yet. */
} alert_source;

typedef struct {
    int64_t now_ms; /* Wall time; a jump back changes nothing. */
    const alert_source *sources;
    size_t source_count; /* At most ALERT_SOURCES_MAX are looked at. */
    const store_state *store;
    bool is_memory_full, is_restoring;
    uint64_t memory_bytes;
} alert_states;

typedef struct alerts alerts;
alerts *alerts_new(void);    /* NULL: no memory. */
void alerts_free(alerts *a); /* NULL is allowed. */

/* What lives on the network and sends by itself: not files, not what is pushed. */
bool alerts_is_listening(const source_state *s);

void alerts_look(alerts *a, const alert_states *s);
/* The shifts of a series, in place of those of the last one.  `langs` names the languages
 * of its rows (the last one: others). */
void alerts_learn(alerts *a, const shift_minute *rows, size_t count,
                  const char langs[SHIFT_LANGS][ALERT_LANG_BYTES]);

/* What goes on first, then what is over, each the newest first; how many. */
size_t alerts_list(const alerts *a, alert *out, size_t most);
/* How late its newest tweet was when it came; -1: none has. */
int64_t alerts_lag_ms(const alerts *a, size_t source);

#endif
