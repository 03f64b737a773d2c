/* SPDX-License-Identifier: MIT */
/* x_stream -- one thread pulls: `next` drives curl's multi interface, so that a reader
 * that is held back holds back the server, and any thread can end a wait.
 *
 * Every wait goes through wait_until, which asks the clock again whenever it wakes.  A
 * test's clock may thus jump 20 s in no time (x_stream_wake). */
#include "pipeline/sources/x_stream.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/log.h"
#include "pipeline/decode/record.h"
#include "pipeline/sources/x_stream_curl.h"
#include "pipeline/sources/x_stream_lines.h"

#define FIELDS                                                                                     \
    "tweet.fields=created_at,author_id,lang,public_metrics,referenced_tweets,geo,entities,"        \
    "conversation_id,in_reply_to_user_id,edit_history_tweet_ids,possibly_sensitive,withheld"       \
    "&expansions=author_id,referenced_tweets.id,referenced_tweets.id.author_id,geo.place_id"       \
    "&user.fields=location,public_metrics,username,name,verified,created_at"                       \
    "&place.fields=country_code,full_name,geo,place_type"

enum { ERROR_BODY_BYTES_MAX = 2048, WAIT_MS_MAX = 1000 };

typedef struct {
    tweet_source base; /* First: a tweet_source * is an x_stream *. */
    clock_source *clock;
    const x_stream_form *form;
    char name[64], key[32]; /* Of the only "file"; in the account. */
    char *url, *ca_path;    /* ca_path: NULL for the system's. */
    x_account *account;
    bool tells_spent; /* Of the streams of an account one: states are added up. */
    int64_t silence_us_max;
    live_token *live_token; /* NULL: the token stays. */
    uint64_t token_number;  /* In the headers. */
    const char *user_agent;
    struct curl_slist *headers;
    CURLM *multi;
    CURL *easy; /* NULL between connections. */
    x_lines lines;
    x_backoff backoff;
    int64_t last_life_us, next_try_us; /* Ticks of the clock. */
    int64_t not_before_ms;             /* The server said that a request was the last. */
    /* Of this connection: asked; its status known; its limit known; a line came; full; no
     * stream at all. */
    bool is_asked, is_answered, is_limited, is_alive, is_paused, is_foreign;
    long code; /* HTTP status of this connection; 0: none yet. */
    char error_body[ERROR_BODY_BYTES_MAX];
    size_t error_count;
    char curl_error[CURL_ERROR_SIZE];
    uint64_t sequence, bytes_since_chunk;
    status failure; /* Once not OK, for good. */
    atomic_bool is_stopped;
    pthread_mutex_t lock; /* Guards what other threads ask: */
    source_state state;
    x_stream_counts counts;
} x_stream;

static x_stream *self_of(tweet_source *source) {
    return (x_stream *)(void *)source;
}

static void set_state(x_stream *x, const char *state, int64_t next_try_ms, const char *detail) {
    (void)pthread_mutex_lock(&x->lock);
    x->state.state = state;
    x->state.next_try_ms = next_try_ms;
    (void)snprintf(x->state.detail, sizeof x->state.detail, "%s", detail);
    if (strcmp(state, "waiting") == 0)
        (void)snprintf(x->state.last_end, sizeof x->state.last_end, "%s", detail);
    (void)pthread_mutex_unlock(&x->lock);
}

static void count_one(x_stream *x, uint64_t *counter) {
    (void)pthread_mutex_lock(&x->lock);
    ++*counter;
    (void)pthread_mutex_unlock(&x->lock);
}

static void publish_counts(x_stream *x, size_t bytes_read) {
    (void)pthread_mutex_lock(&x->lock);
    x->state.bytes_read += bytes_read;
    x->counts.lines_partial = x->lines.lines_partial;
    x->counts.lines_too_long = x->lines.lines_too_long;
    x->state.missed = x->lines.missed;
    (void)pthread_mutex_unlock(&x->lock);
}

/* The first bytes of a body that is not the stream's, kept for the message. */
static void keep_error(x_stream *x, text body) {
    size_t room = sizeof x->error_body - x->error_count;
    size_t count = body.count < room ? body.count : room;
    memcpy(x->error_body + x->error_count, body.bytes, count);
    x->error_count += count;
}

/* A page of a proxy, with a status of 200. */
static bool is_page(x_stream *x) {
    const char *type = NULL;
    (void)curl_easy_getinfo(x->easy, CURLINFO_CONTENT_TYPE, &type);
    return type != NULL && strcasestr(type, "html") != NULL;
}

static size_t on_bytes(char *bytes, size_t one, size_t count, void *context) {
    x_stream *x = context;
    text t = {bytes, one * count};
    if (x->code == 0) (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->code);
    if (x->code == 200 && !x->is_alive && is_page(x)) x->is_foreign = true;
    if (x->code != 200 || x->is_foreign) {
        keep_error(x, t);
        return t.count;
    }
    if (t.count > X_PUSH_BYTES_MAX) return 0; /* Cannot be: curl gives 16 KiB at most. */
    if (!x_lines_push(&x->lines, t)) {
        x->is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    x->last_life_us = x->clock->ticks_us(x->clock);
    x->bytes_since_chunk += t.count;
    publish_counts(x, t.count);
    return t.count;
}

static void set_options(x_stream *x) {
    CURL *e = x->easy;
    x_curl_set(e, x->url, x->headers, x->ca_path, x->curl_error);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
}

/* The request counts in the file before it is sent: a kill must not hide it. */
static void save_attempt(x_stream *x) {
    x_backoff with = x->backoff;
    x_backoff_asked(&with, x->clock->now_ms(x->clock));
    x_account_save(x->account, x->key, &with, 0);
}

static status connect_now(x_stream *x) {
    status s =
        x_curl_renew_headers(x->live_token, &x->token_number, x->user_agent, NULL, &x->headers);
    if (s != STATUS_OK) return s;
    x->easy = curl_easy_init();
    if (x->easy == NULL) return STATUS_NO_MEMORY;
    x->is_asked = x->is_answered = x->is_limited = false;
    x->is_alive = x->is_paused = x->is_foreign = false;
    x->code = 0;
    x->error_count = 0;
    x->curl_error[0] = '\0';
    x->last_life_us = x->clock->ticks_us(x->clock);
    set_options(x);
    if (curl_multi_add_handle(x->multi, x->easy) != CURLM_OK) {
        curl_easy_cleanup(x->easy);
        x->easy = NULL;
        return STATUS_NO_MEMORY;
    }
    count_one(x, &x->state.connects);
    set_state(x, "connecting", 0, "");
    save_attempt(x);
    return STATUS_OK;
}

static void disconnect(x_stream *x) {
    if (x->easy == NULL) return;
    (void)curl_multi_remove_handle(x->multi, x->easy);
    curl_easy_cleanup(x->easy);
    x->easy = NULL;
    x_lines_cut(&x->lines);
    publish_counts(x, 0);
}

static text words_of_error(const x_stream *x) {
    return x_curl_problem((text){x->error_body, x->error_count});
}

/* Not to be asked again in this run, and by the next one not before `next_ms`. */
static void fail_with(x_stream *x, status s, const char *state, const char *detail,
                      int64_t next_ms) {
    x->failure = s;
    disconnect(x);
    x_account_save(x->account, x->key, &x->backoff, next_ms);
    set_state(x, state, 0, detail);
    log_line(LOG_ERROR, "%s", detail);
}

static void fail_of_budget(x_stream *x) {
    x_spent spent;
    char detail[sizeof x->state.detail];
    x_account_get_spent(x->account, &spent);
    (void)snprintf(detail, sizeof detail,
                   "$%.3f of $%.3f is spent, and more would pass it: raise --budget-usd to go on",
                   spent.spent_usd, spent.budget_usd);
    fail_with(x, STATUS_BUDGET, SOURCE_BUDGET_REACHED, detail, 0);
}

static void fail_unauthorized(x_stream *x) {
    text words = words_of_error(x);
    char detail[sizeof x->state.detail];
    const char *advice = x->code == 401 ? "the bearer token is not accepted: give another"
                                        : "this token may not read this stream: see its access";
    (void)snprintf(detail, sizeof detail, "HTTP %ld: %s%s%.*s", x->code, advice,
                   words.count > 0 ? "; " : "", (int)(words.count < 80 ? words.count : 80),
                   words.count > 0 ? words.bytes : "");
    int64_t now_ms = x->clock->now_ms(x->clock); /* Who starts us in a loop is held back. */
    fail_with(x, STATUS_UNAUTHORIZED, "failed", detail,
              now_ms + x_backoff_wait_ms(&x->backoff, X_END_HTTP, now_ms, 0));
}

/* Ends the connection and plans the next one. */
static void end_connection(x_stream *x, x_end end, const char *why) {
    int64_t now_ms = x->clock->now_ms(x->clock);
    int64_t reset_ms = end == X_END_RATE ? x_curl_reset_ms(x->easy, now_ms) : 0;
    int64_t wait_ms = x_backoff_wait_ms(&x->backoff, end, now_ms, reset_ms);
    if (x->not_before_ms - now_ms > wait_ms && x->not_before_ms - now_ms <= X_RESET_WAIT_MS_MAX)
        wait_ms = x->not_before_ms - now_ms;
    if (x->is_alive) count_one(x, &x->state.gaps);
    disconnect(x);
    x->next_try_us = x->clock->ticks_us(x->clock) + wait_ms * 1000;
    x_account_save(x->account, x->key, &x->backoff, now_ms + wait_ms);
    set_state(x, "waiting", now_ms + wait_ms, why);
    log_line(LOG_WARNING, "%s; connecting again in %lld ms", why, (long long)wait_ms);
}

static x_end end_of_life(const x_stream *x, x_end otherwise) {
    return x->is_alive ? X_END_ALIVE : otherwise;
}

/* What a status other than 200 says, 401 and 403 apart. */
static void end_refused(x_stream *x) {
    char why[sizeof x->state.detail];
    text words = words_of_error(x);
    bool is_rate = x->code == 429 || x->code == 420;
    if (words.count == 0 && x->code / 100 == 3) words = TEXT("a redirect, which is not followed");
    (void)snprintf(why, sizeof why, "HTTP %ld %.*s", x->code,
                   (int)(words.count < 100 ? words.count : 100),
                   words.count > 0 ? words.bytes : "");
    end_connection(x, is_rate ? X_END_RATE : X_END_HTTP, why);
}

static void end_by_itself(x_stream *x, CURLcode result) {
    (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->code);
    if (x->code == 401 || x->code == 403) {
        fail_unauthorized(x);
    } else if (x->code != 0 && x->code != 200) {
        end_refused(x);
    } else {
        const char *words = *x->curl_error != '\0' ? x->curl_error : curl_easy_strerror(result);
        if (result == CURLE_OK) words = "closed by the server";
        end_connection(x, end_of_life(x, X_END_NETWORK), words);
    }
}

static bool farewell_has(const x_stream *x, const char *word) {
    return memmem(x->lines.farewell, x->lines.farewell_count, word, strlen(word)) != NULL;
}

/* The stream itself announced its end.  Somebody else who holds the connection is waited
 * for like a rate limit: two who take turns would lock each other out. */
static void end_announced(x_stream *x) {
    char why[sizeof x->state.detail];
    text words = x_curl_problem((text){x->lines.farewell, x->lines.farewell_count});
    bool is_taken = farewell_has(x, "TooManyConnections") ||
                    farewell_has(x, "ConnectionException") || farewell_has(x, "\"code\":2,");
    (void)snprintf(why, sizeof why, "the server announced a disconnect%s%.*s",
                   words.count > 0 ? ": " : "", (int)(words.count < 100 ? words.count : 100),
                   words.count > 0 ? words.bytes : "");
    end_connection(x, is_taken ? X_END_RATE : end_of_life(x, X_END_HTTP), why);
}

/* That this request was the last one for now stands in headers, which come after the status and
 * perhaps in pieces, but before any line. */
static void note_limit(x_stream *x, int64_t now_ms) {
    if (x->is_limited || x->is_alive || !x_curl_is_last(x->easy)) return;
    int64_t reset_ms = x_curl_reset_ms(x->easy, now_ms);
    if (reset_ms == 0) return;
    x->not_before_ms = reset_ms;
    x->is_limited = true;
}

/* Notes what the connection has come to: asked, answered, alive. */
static void note_progress(x_stream *x) {
    long code = 0, request_bytes = 0;
    int64_t now_ms = x->clock->now_ms(x->clock);
    (void)curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &code);
    if (!x->is_asked && (request_bytes > 0 || code != 0)) {
        x->is_asked = true;
        x_backoff_asked(&x->backoff, now_ms);
    }
    if (!x->is_answered && code != 0) {
        x->is_answered = true;
        x->code = code;
        if (code == 200) {
            x->last_life_us = x->clock->ticks_us(x->clock);
            count_one(x, &x->counts.answers);
            set_state(x, "live", 0, "");
        }
    }
    note_limit(x, now_ms);
    if (!x->is_alive && x->lines.signs > 0) {
        x->is_alive = true;
        x_backoff_alive(&x->backoff);
        x_account_save(x->account, x->key, &x->backoff, 0);
    }
}

static void wait_until(x_stream *x, int64_t until_us) {
    int64_t wait_ms = (until_us - x->clock->ticks_us(x->clock) + 999) / 1000;
    if (wait_ms > WAIT_MS_MAX) wait_ms = WAIT_MS_MAX;
    if (wait_ms > 0) (void)curl_multi_poll(x->multi, NULL, 0, (int)wait_ms, NULL);
}

/* Reads what has come, without waiting; true when the connection has ended. */
static bool read_some(x_stream *x) {
    int running, left;
    if (x->is_paused) {
        x->is_paused = false;
        (void)curl_easy_pause(x->easy, CURLPAUSE_CONT);
    }
    (void)curl_multi_perform(x->multi, &running);
    note_progress(x);
    const CURLMsg *m = curl_multi_info_read(x->multi, &left);
    if (x->lines.is_closed)
        fail_of_budget(x);
    else if (x->is_foreign)
        end_connection(x, X_END_HTTP, "HTTP 200 with a page of HTML: this is not the stream");
    else if (x->lines.farewell_count > 0)
        end_announced(x);
    else if (m != NULL && m->msg == CURLMSG_DONE)
        end_by_itself(x, m->data.result);
    return x->easy == NULL;
}

static void end_if_silent(x_stream *x) {
    if (x->clock->ticks_us(x->clock) - x->last_life_us < x->silence_us_max) return;
    count_one(x, &x->counts.silences);
    if (x->is_answered && x->code != 0 && x->code != 200) {
        end_by_itself(x, CURLE_OPERATION_TIMEDOUT);
        return;
    }
    end_connection(x, end_of_life(x, X_END_NETWORK), status_text(STATUS_STREAM_SILENT));
}

static status take_chunk(x_stream *x, source_chunk **chunk) {
    source_chunk *c = source_chunk_new(x->lines.whole_bytes);
    if (c == NULL) return STATUS_NO_MEMORY;
    (void)pthread_mutex_lock(&x->lock);
    c->first_line = x->counts.lines + 1;
    x->counts.lines += x->lines.whole_lines;
    (void)pthread_mutex_unlock(&x->lock);
    c->count = x->lines.whole_bytes;
    x_lines_take(&x->lines, c->bytes);
    memset(c->bytes + c->count, 0, SOURCE_PADDING_BYTES);
    c->file = 0;
    c->origin = ORIGIN_X;
    c->sequence = x->sequence++;
    c->input_bytes = x->bytes_since_chunk;
    x->bytes_since_chunk = 0;
    *chunk = c;
    return STATUS_OK;
}

/* One round: connect when it is time, read, or wait for either. */
static status step(x_stream *x) {
    if (x->easy == NULL && x->form->has_posts && x_account_is_spent(x->account)) {
        fail_of_budget(x);
        return STATUS_OK;
    }
    if (x->easy == NULL) {
        if (x->clock->ticks_us(x->clock) >= x->next_try_us) return connect_now(x);
        wait_until(x, x->next_try_us);
        return STATUS_OK;
    }
    if (read_some(x) || x->lines.whole_bytes > 0) return STATUS_OK;
    end_if_silent(x);
    if (x->easy != NULL) wait_until(x, x->last_life_us + x->silence_us_max);
    return STATUS_OK;
}

static void stop_now(x_stream *x) {
    int64_t left_ms = (x->next_try_us - x->clock->ticks_us(x->clock)) / 1000;
    bool is_waiting = x->easy == NULL && left_ms > 0;
    disconnect(x);
    x_account_save(x->account, x->key, &x->backoff,
                   is_waiting ? x->clock->now_ms(x->clock) + left_ms : 0);
    set_state(x, "ended", 0, "stopped");
}

static status x_next(tweet_source *source, source_chunk **chunk) {
    x_stream *x = self_of(source);
    status s = STATUS_OK;
    *chunk = NULL;
    while (s == STATUS_OK) {
        if (x->lines.whole_bytes > 0) return take_chunk(x, chunk);
        if (atomic_load(&x->is_stopped)) {
            stop_now(x);
            return STATUS_STOPPED;
        }
        s = x->failure != STATUS_OK ? x->failure : step(x);
    }
    return s;
}

static void x_stop(tweet_source *source) {
    x_stream *x = self_of(source);
    atomic_store(&x->is_stopped, true);
    (void)curl_multi_wakeup(x->multi);
}

void x_stream_wake(tweet_source *self) {
    (void)curl_multi_wakeup(self_of(self)->multi);
}

static void x_state(tweet_source *source, source_state *result) {
    x_stream *x = self_of(source);
    x_spent spent;
    (void)pthread_mutex_lock(&x->lock);
    *result = x->state;
    (void)pthread_mutex_unlock(&x->lock);
    if (!x->tells_spent) return;
    x_account_get_spent(x->account, &spent);
    result->spent_usd = spent.spent_usd;
    result->budget_usd = spent.budget_usd;
}

void x_stream_get_counts(tweet_source *self, x_stream_counts *result) {
    x_stream *x = self_of(self);
    (void)pthread_mutex_lock(&x->lock);
    *result = x->counts;
    (void)pthread_mutex_unlock(&x->lock);
}

static const char *x_file_name(tweet_source *source, uint32_t file) {
    (void)file;
    return self_of(source)->name;
}

static void x_close(tweet_source *source) {
    if (source == NULL) return;
    x_stream *x = self_of(source);
    disconnect(x);
    if (x->multi != NULL) (void)curl_multi_cleanup(x->multi);
    x_curl_free_headers(x->headers);
    live_token_free(x->live_token);
    curl_free(x->url);
    free(x->ca_path);
    x_lines_deinit(&x->lines);
    x_account_close(x->account);
    (void)pthread_mutex_destroy(&x->lock);
    free(x);
}

static bool judge_line(void *context, text line) {
    return x_account_spend(context, line);
}

/* The fields that the logic needs; streams of events have none. */
static status make_url(x_stream *x, const x_stream_options *o) {
    char query[sizeof FIELDS + 64] = "";
    size_t at = 0;
    if (x->form->has_posts) at += (size_t)snprintf(query, sizeof query, "%s", FIELDS);
    if (o->partition > 0)
        at += (size_t)snprintf(query + at, sizeof query - at, "&partition=%u", o->partition);
    if (o->backfill_minutes > 0)
        (void)snprintf(query + at, sizeof query - at, "&backfill_minutes=%u", o->backfill_minutes);
    return x_curl_url(o->base_url, x->form->path, query[0] == '&' ? query + 1 : query, &x->url);
}

static void name_it(x_stream *x, const x_stream_options *o) {
    const char *apart = o->partition > 0 ? ":" : "";
    char number[16] = "";
    if (o->partition > 0) (void)snprintf(number, sizeof number, "%u", o->partition);
    (void)snprintf(x->name, sizeof x->name, "%s%s%s", x->form->title, apart, number);
    (void)snprintf(x->key, sizeof x->key, "%s%s%s", x->form->word, apart, number);
}

/* When the account of an earlier run says: not sooner, and not more often. */
static void plan_first_try(x_stream *x) {
    int64_t now_ms = x->clock->now_ms(x->clock), next_ms;
    x_account_load(x->account, x->key, &x->backoff, &next_ms);
    int64_t wait_ms = x_backoff_wait_ms(&x->backoff, X_END_ALIVE, now_ms, 0);
    if (next_ms - now_ms > wait_ms && next_ms - now_ms <= X_RESET_WAIT_MS_MAX)
        wait_ms = next_ms - now_ms;
    x->next_try_us = x->clock->ticks_us(x->clock) + wait_ms * 1000;
    if (wait_ms > 0) set_state(x, "waiting", now_ms + wait_ms, "as an earlier run was told to");
}

static status take_account(x_stream *x, const x_stream_options *o) {
    const x_account_options own = {.clock = x->clock};
    if (o->account == NULL) return x_account_open(&own, &x->account);
    x->account = x_account_share(o->account);
    return STATUS_OK;
}

static status fill_in(x_stream *x, const x_stream_options *o) {
    uint32_t parts = x->form->partitions;
    if (o->partition > parts || (parts > 0) != (o->partition > 0)) return STATUS_BAD_ARGUMENT;
    if (o->backfill_minutes > X_STREAM_BACKFILL_MAX) return STATUS_BAD_ARGUMENT;
    status s = take_account(x, o);
    if (s == STATUS_OK) s = make_url(x, o);
    x->live_token = live_token_share(o->live_token);
    x->user_agent = o->user_agent;
    if (s == STATUS_OK) s = x_curl_headers(o->token, o->user_agent, &x->headers);
    if (s != STATUS_OK) return s;
    if (o->ca_path != NULL && (x->ca_path = strdup(o->ca_path)) == NULL) return STATUS_NO_MEMORY;
    x->multi = curl_multi_init();
    if (x->multi == NULL) return STATUS_NO_MEMORY;
    s = x_lines_init(&x->lines);
    if (!x->form->has_posts || s != STATUS_OK) return s;
    x->tells_spent = x_account_tell(x->account);
    x->lines.judge = judge_line;
    x->lines.judge_context = x->account;
    return STATUS_OK;
}

status x_stream_open(const x_stream_options *o, tweet_source **result) {
    *result = NULL;
    x_curl_start();
    x_stream *x = calloc(1, sizeof(*x));
    if (x == NULL) return STATUS_NO_MEMORY;
    x->base = (tweet_source){x_next, x_stop, x_state, x_file_name, x_close, NULL, NULL};
    x->clock = o->clock == NULL ? clock_real() : o->clock;
    x->form = &x_stream_forms[o->kind];
    name_it(x, o);
    x->silence_us_max =
        1000 * (o->silence_ms_max > 0 ? o->silence_ms_max : X_STREAM_SILENCE_MS_MAX);
    x->state = (source_state){.kind = "x-stream", .state = "connecting"};
    (void)pthread_mutex_init(&x->lock, NULL);
    status s = fill_in(x, o);
    if (s != STATUS_OK) {
        x_close(&x->base);
        return s;
    }
    plan_first_try(x);
    *result = &x->base;
    return STATUS_OK;
}

const char *x_stream_library(void) {
    return curl_version_info(CURLVERSION_NOW)->version;
}
