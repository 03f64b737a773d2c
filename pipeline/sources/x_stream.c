/* SPDX-License-Identifier: MIT */
/* x_stream -- one thread pulls: `next` drives curl's multi interface, so that a reader
 * that is held back holds back the server, and any thread can end a wait.
 *
 * Every wait goes through wait_until, which asks the clock again whenever it wakes.  A
 * test's clock may thus jump 20 s in no time (x_stream_wake). */
#include "pipeline/sources/x_stream.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/log.h"
#include "pipeline/sources/x_stream_backoff.h"
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
    const char *name;    /* Of the only "file". */
    char *url, *ca_path; /* ca_path: NULL for the system's. */
    int64_t silence_us_max;
    struct curl_slist *headers;
    CURLM *multi;
    CURL *easy; /* NULL between connections. */
    x_lines lines;
    x_backoff backoff;
    int64_t last_life_us, next_try_us;     /* Ticks of the clock. */
    bool is_answered, is_alive, is_paused; /* Of this connection: status, bytes, full. */
    long code;                             /* HTTP status of this connection; 0: none yet. */
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
    (void)pthread_mutex_unlock(&x->lock);
}

/* The first bytes of a body that is not the stream's, kept for the message. */
static void keep_error(x_stream *x, text body) {
    size_t room = sizeof x->error_body - x->error_count;
    size_t count = body.count < room ? body.count : room;
    memcpy(x->error_body + x->error_count, body.bytes, count);
    x->error_count += count;
}

static size_t on_bytes(char *bytes, size_t one, size_t count, void *context) {
    x_stream *x = context;
    text t = {bytes, one * count};
    if (x->code == 0) (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->code);
    if (x->code != 200) {
        keep_error(x, t);
        return t.count;
    }
    if (t.count > X_PUSH_BYTES_MAX) return 0; /* Cannot be: curl gives 16 KiB at most. */
    if (!x_lines_push(&x->lines, t)) {
        x->is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    x->last_life_us = x->clock->ticks_us(x->clock);
    if (!x->is_alive) x_backoff_alive(&x->backoff);
    x->is_alive = true;
    x->bytes_since_chunk += t.count;
    publish_counts(x, t.count);
    return t.count;
}

static void set_options(x_stream *x) {
    const char *scheme = text_starts_with(text_of(x->url), TEXT("https:")) ? "https" : "http";
    CURL *e = x->easy;
    (void)curl_easy_setopt(e, CURLOPT_URL, x->url);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, scheme);
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L); /* The token goes to one host. */
    (void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    (void)curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (x->ca_path != NULL) (void)curl_easy_setopt(e, CURLOPT_CAINFO, x->ca_path);
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* stop waits for no name server. */
    (void)curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(e, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, x->headers);
    (void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->curl_error);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
}

static status connect_now(x_stream *x) {
    x->easy = curl_easy_init();
    if (x->easy == NULL) return STATUS_NO_MEMORY;
    x->is_answered = x->is_alive = x->is_paused = false;
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

/* Wall time of x-rate-limit-reset, or 0. */
static int64_t reset_ms(x_stream *x) {
    struct curl_header *header;
    uint64_t seconds;
    if (curl_easy_header(x->easy, "x-rate-limit-reset", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return 0;
    if (!text_to_u64(text_trim(text_of(header->value)), &seconds)) return 0;
    return seconds < INT64_MAX / MS_PER_SECOND ? (int64_t)seconds * MS_PER_SECOND : 0;
}

/* The words of a problem's "detail" or "title", as they stand. */
static text words_of_error(const x_stream *x) {
    static const char *const keys[] = {"\"detail\":\"", "\"title\":\""};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *found = memmem(x->error_body, x->error_count, keys[i], strlen(keys[i]));
        if (found == NULL) continue;
        const char *begin = found + strlen(keys[i]);
        size_t rest = x->error_count - (size_t)(begin - x->error_body);
        const char *end = memchr(begin, '"', rest);
        return (text){begin, end == NULL ? rest : (size_t)(end - begin)};
    }
    return TEXT("");
}

static void fail_unauthorized(x_stream *x) {
    text words = words_of_error(x);
    char detail[sizeof x->state.detail];
    const char *advice = x->code == 401 ? "the bearer token is not accepted: give another"
                                        : "this token may not read this stream: see its access";
    (void)snprintf(detail, sizeof detail, "HTTP %ld: %s%s%.*s", x->code, advice,
                   words.count > 0 ? "; " : "", (int)(words.count < 80 ? words.count : 80),
                   words.count > 0 ? words.bytes : "");
    x->failure = STATUS_UNAUTHORIZED;
    disconnect(x);
    set_state(x, "failed", 0, detail);
    log_line(LOG_ERROR, "x-stream: %s", detail);
}

/* Ends the connection and plans the next one. */
static void end_connection(x_stream *x, x_end end, const char *why) {
    int64_t now_ms = x->clock->now_ms(x->clock);
    int64_t reset = end == X_END_RATE ? reset_ms(x) : 0;
    int64_t wait_ms = x_backoff_wait_ms(&x->backoff, end, now_ms, reset);
    disconnect(x);
    x->next_try_us = x->clock->ticks_us(x->clock) + wait_ms * 1000;
    set_state(x, "waiting", now_ms + wait_ms, why);
    log_line(LOG_WARNING, "x-stream: %s; connecting again in %lld ms", why, (long long)wait_ms);
}

static void end_by_itself(x_stream *x, CURLcode result) {
    char why[sizeof x->state.detail];
    (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->code);
    if (x->code == 401 || x->code == 403) {
        fail_unauthorized(x);
    } else if (x->code != 0 && x->code != 200) {
        text words = words_of_error(x);
        int count = (int)(words.count < 100 ? words.count : 100);
        (void)snprintf(why, sizeof why, "HTTP %ld %.*s", x->code, count,
                       words.count > 0 ? words.bytes : "");
        end_connection(x, x->code == 429 ? X_END_RATE : X_END_HTTP, why);
    } else {
        const char *words = *x->curl_error != '\0' ? x->curl_error : curl_easy_strerror(result);
        if (result == CURLE_OK) words = "closed by the server";
        end_connection(x, x->is_alive ? X_END_ALIVE : X_END_NETWORK, words);
    }
}

/* Notes the answer as soon as its status is known. */
static void note_answer(x_stream *x) {
    long code = 0;
    (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &code);
    if (x->is_answered || code == 0) return;
    x->is_answered = true;
    x_backoff_answered(&x->backoff, x->clock->now_ms(x->clock));
    x->code = code;
    if (code != 200) return;
    x->last_life_us = x->clock->ticks_us(x->clock);
    count_one(x, &x->counts.answers);
    set_state(x, "live", 0, "");
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
    note_answer(x);
    const CURLMsg *m = curl_multi_info_read(x->multi, &left);
    if (m != NULL && m->msg == CURLMSG_DONE) {
        end_by_itself(x, m->data.result);
        return true;
    }
    if (x->lines.has_disconnect) {
        end_connection(x, X_END_ALIVE, "the server announced a disconnect");
        return true;
    }
    return false;
}

static void end_if_silent(x_stream *x) {
    if (x->clock->ticks_us(x->clock) - x->last_life_us < x->silence_us_max) return;
    count_one(x, &x->counts.silences);
    if (x->is_answered && x->code != 0 && x->code != 200) {
        end_by_itself(x, CURLE_OPERATION_TIMEDOUT);
        return;
    }
    end_connection(x, x->is_alive ? X_END_ALIVE : X_END_NETWORK, status_text(STATUS_STREAM_SILENT));
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
    c->sequence = x->sequence++;
    c->input_bytes = x->bytes_since_chunk;
    x->bytes_since_chunk = 0;
    *chunk = c;
    return STATUS_OK;
}

/* One round: connect when it is time, read, or wait for either. */
static status step(x_stream *x) {
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

static status x_next(tweet_source *source, source_chunk **chunk) {
    x_stream *x = self_of(source);
    status s = STATUS_OK;
    *chunk = NULL;
    while (s == STATUS_OK) {
        if (x->lines.whole_bytes > 0) return take_chunk(x, chunk);
        if (atomic_load(&x->is_stopped)) {
            disconnect(x);
            set_state(x, "ended", 0, "stopped");
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
    (void)pthread_mutex_lock(&x->lock);
    *result = x->state;
    (void)pthread_mutex_unlock(&x->lock);
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

static void free_headers(struct curl_slist *headers) {
    for (struct curl_slist *h = headers; h != NULL; h = h->next)
        explicit_bzero(h->data, strlen(h->data)); /* One of them holds the token. */
    curl_slist_free_all(headers);
}

static void x_close(tweet_source *source) {
    if (source == NULL) return;
    x_stream *x = self_of(source);
    disconnect(x);
    if (x->multi != NULL) (void)curl_multi_cleanup(x->multi);
    free_headers(x->headers);
    curl_free(x->url);
    free(x->ca_path);
    x_lines_deinit(&x->lines);
    (void)pthread_mutex_destroy(&x->lock);
    free(x);
}

static bool add_header(x_stream *x, const char *name, text value) {
    char line[X_STREAM_TOKEN_BYTES_MAX + 64];
    (void)snprintf(line, sizeof line, "%s%.*s", name, (int)value.count, value.bytes);
    struct curl_slist *longer = curl_slist_append(x->headers, line);
    explicit_bzero(line, sizeof line);
    if (longer != NULL) x->headers = longer;
    return longer != NULL;
}

static bool is_header_text(text t) {
    for (size_t i = 0; i < t.count; i++)
        if (t.bytes[i] < 0x20 || t.bytes[i] > 0x7E) return false;
    return t.count > 0 && t.count <= X_STREAM_TOKEN_BYTES_MAX;
}

static bool is_loopback(const char *host) {
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(host, names[i]) == 0) return true;
    return false;
}

/* https anywhere, http on this machine; no user, no query. */
static status url_of(const x_stream_options *o, char **result) {
    const char *base = o->base_url == NULL ? X_STREAM_URL : o->base_url;
    const char *path =
        o->kind == X_STREAM_SAMPLED ? "/2/tweets/sample/stream" : "/2/tweets/search/stream";
    char *scheme = NULL, *host = NULL, *user = NULL, *query = NULL;
    CURLU *url = curl_url();
    if (url == NULL) return STATUS_NO_MEMORY;
    status s = STATUS_BAD_ARGUMENT;
    bool is_read = curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
                   curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                   curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    (void)curl_url_get(url, CURLUPART_USER, &user, 0);
    (void)curl_url_get(url, CURLUPART_QUERY, &query, 0);
    bool is_safe = is_read && (strcmp(scheme, "https") == 0 ||
                               (strcmp(scheme, "http") == 0 && is_loopback(host)));
    if (is_safe && user == NULL && query == NULL) {
        s = STATUS_OK;
        if (curl_url_set(url, CURLUPART_PATH, path, 0) != CURLUE_OK ||
            curl_url_set(url, CURLUPART_QUERY, FIELDS, 0) != CURLUE_OK ||
            curl_url_get(url, CURLUPART_URL, result, 0) != CURLUE_OK)
            s = STATUS_NO_MEMORY;
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(query);
    curl_url_cleanup(url);
    return s;
}

static void start_curl(void) {
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static status fill_in(x_stream *x, const x_stream_options *o) {
    text agent = o->user_agent == NULL ? TEXT("dunlin") : text_of(o->user_agent);
    if (!x_stream_is_token(o->token) || !is_header_text(agent)) return STATUS_BAD_ARGUMENT;
    status s = url_of(o, &x->url);
    if (s != STATUS_OK) return s;
    if (o->ca_path != NULL && (x->ca_path = strdup(o->ca_path)) == NULL) return STATUS_NO_MEMORY;
    x->multi = curl_multi_init();
    if (x->multi == NULL) return STATUS_NO_MEMORY;
    if (!add_header(x, "Authorization: Bearer ", o->token) || !add_header(x, "User-Agent: ", agent))
        return STATUS_NO_MEMORY;
    return x_lines_init(&x->lines);
}

status x_stream_open(const x_stream_options *o, tweet_source **result) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *result = NULL;
    (void)pthread_once(&once, start_curl);
    x_stream *x = calloc(1, sizeof(*x));
    if (x == NULL) return STATUS_NO_MEMORY;
    x->base = (tweet_source){x_next, x_stop, x_state, x_file_name, x_close, NULL, NULL};
    x->clock = o->clock == NULL ? clock_real() : o->clock;
    x->name = o->kind == X_STREAM_SAMPLED ? "X sampled stream" : "X filtered stream";
    x->silence_us_max =
        1000 * (o->silence_ms_max > 0 ? o->silence_ms_max : X_STREAM_SILENCE_MS_MAX);
    x->next_try_us = x->clock->ticks_us(x->clock);
    x->state = (source_state){.kind = "x-stream", .state = "connecting"};
    (void)pthread_mutex_init(&x->lock, NULL);
    status s = fill_in(x, o);
    if (s != STATUS_OK) {
        x_close(&x->base);
        return s;
    }
    *result = &x->base;
    return STATUS_OK;
}

const char *x_stream_library(void) {
    return curl_version_info(CURLVERSION_NOW)->version;
}
