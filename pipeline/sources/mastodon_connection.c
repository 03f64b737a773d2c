/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/mastodon_connection.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/times.h"
#include "pipeline/sources/x_stream_curl.h"

enum { ERROR_BODY_BYTES = 1024 };
#define ACCEPTED "text/event-stream"

struct mastodon_connection {
    bool (*take)(void *context, text bytes);
    void *context;
    char *url, *ca_path;
    live_token *live_token; /* NULL: the token stays. */
    uint64_t token_number;  /* In the headers. */
    const char *user_agent;
    struct curl_slist *headers;
    CURLM *multi;
    CURL *easy; /* NULL: none is open. */
    bool is_paused;
    mastodon_answer answer;
    char error_body[ERROR_BODY_BYTES]; /* Of an answer that is no stream: its beginning. */
    size_t error_count;
    char curl_error[CURL_ERROR_SIZE];
};

/* ---- What comes ---- */

static void note_answer(mastodon_connection *c) {
    char *type = NULL;
    if (c->answer.code != 0) return;
    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->answer.code);
    (void)curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type);
    c->answer.is_stream =
        c->answer.code == 200 && type != NULL && strncasecmp(type, "text/event-stream", 17) == 0;
}

static void keep_error(mastodon_connection *c, text body) {
    size_t room = sizeof c->error_body - c->error_count;
    size_t count = body.count < room ? body.count : room;
    memcpy(c->error_body + c->error_count, body.bytes, count);
    c->error_count += count;
}

/* Of an answer that is no stream no more is read than its beginning. */
static size_t on_bytes(char *bytes, size_t one, size_t count, void *context) {
    mastodon_connection *c = context;
    text t = {bytes, one * count};
    note_answer(c);
    if (!c->answer.is_stream) {
        keep_error(c, t);
        return c->error_count < sizeof c->error_body ? t.count : 0;
    }
    if (c->take(c->context, t)) return t.count;
    c->is_paused = true;
    return CURL_WRITEFUNC_PAUSE;
}

/* ---- What is wrong ---- */

static text server_words(const mastodon_connection *c) {
    static const char key[] = "\"error\":\"";
    const char *found = memmem(c->error_body, c->error_count, key, sizeof key - 1);
    if (found == NULL) return TEXT("");
    const char *begin = found + sizeof key - 1;
    size_t rest = c->error_count - (size_t)(begin - c->error_body), end;
    text words = {begin, rest};
    return text_find_byte(words, '"', &end) ? text_slice(words, 0, end) : words;
}

static void set_words(mastodon_answer *a, text words) {
    size_t count = words.count < sizeof a->words - 1 ? words.count : sizeof a->words - 1;
    for (size_t i = 0; i < count; i++)
        a->words[i] = words.bytes[i] >= ' ' && words.bytes[i] <= '~' ? words.bytes[i] : '?';
    a->words[count] = '\0';
}

/* Of a redirect where it leads to, of a page that it is one, else what the server says. */
static void find_words(mastodon_connection *c, CURLcode result) {
    char *place = NULL, *type = NULL;
    (void)curl_easy_getinfo(c->easy, CURLINFO_REDIRECT_URL, &place);
    (void)curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type);
    if (place != NULL)
        set_words(&c->answer, text_of(place));
    else if (c->answer.code == 200 && !c->answer.is_stream)
        set_words(&c->answer, type != NULL ? text_of(type) : TEXT("no type"));
    else if (c->answer.code != 0 && c->answer.code != 200)
        set_words(&c->answer, server_words(c));
    else if (result != CURLE_OK)
        set_words(&c->answer,
                  text_of(c->curl_error[0] != '\0' ? c->curl_error : curl_easy_strerror(result)));
}

static void end_answer(mastodon_connection *c, CURLcode result) {
    curl_off_t seconds = 0;
    note_answer(c);
    (void)curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0 && seconds < MS_PER_DAY) c->answer.asked_ms = (int64_t)seconds * MS_PER_SECOND;
    find_words(c, result);
}

/* ---- One connection ---- */

static void set_options(mastodon_connection *c) {
    x_curl_set(c->easy, c->url, c->headers, c->ca_path, c->curl_error);
    (void)curl_easy_setopt(c->easy, CURLOPT_ACCEPT_ENCODING, NULL); /* Packed events wait. */
    (void)curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
}

bool mastodon_connection_is_open(const mastodon_connection *c) {
    return c->easy != NULL;
}

status mastodon_connection_begin(mastodon_connection *c) {
    assert(c->easy == NULL);
    status s =
        x_curl_renew_headers(c->live_token, &c->token_number, c->user_agent, ACCEPTED, &c->headers);
    if (s != STATUS_OK) return s;
    c->easy = curl_easy_init();
    if (c->easy == NULL) return STATUS_NO_MEMORY;
    c->is_paused = false;
    c->answer = (mastodon_answer){0};
    c->error_count = 0;
    c->curl_error[0] = '\0';
    set_options(c);
    if (curl_multi_add_handle(c->multi, c->easy) == CURLM_OK) return STATUS_OK;
    curl_easy_cleanup(c->easy);
    c->easy = NULL;
    return STATUS_NO_MEMORY;
}

void mastodon_connection_end(mastodon_connection *c) {
    if (c->easy == NULL) return;
    (void)curl_multi_remove_handle(c->multi, c->easy);
    curl_easy_cleanup(c->easy);
    c->easy = NULL;
}

bool mastodon_connection_read(mastodon_connection *c, mastodon_answer *answer) {
    int running, left;
    if (c->is_paused) {
        c->is_paused = false;
        (void)curl_easy_pause(c->easy, CURLPAUSE_CONT);
    }
    (void)curl_multi_perform(c->multi, &running);
    note_answer(c);
    const CURLMsg *m = curl_multi_info_read(c->multi, &left);
    bool has_ended = m != NULL && m->msg == CURLMSG_DONE;
    if (has_ended) end_answer(c, m->data.result);
    *answer = c->answer;
    return has_ended;
}

void mastodon_connection_wait(mastodon_connection *c, int wait_ms) {
    if (wait_ms > 0) (void)curl_multi_poll(c->multi, NULL, 0, wait_ms, NULL);
}

void mastodon_connection_wake(mastodon_connection *c) {
    (void)curl_multi_wakeup(c->multi);
}

/* ---- The request ---- */

static status fill_in(mastodon_connection *c, const mastodon_request *r) {
    if (r->base_url == NULL) return STATUS_BAD_ARGUMENT;
    c->live_token = live_token_share(r->live_token);
    c->user_agent = r->user_agent;
    status s = x_curl_url(r->base_url, r->path, r->query, &c->url);
    if (s == STATUS_OK) s = x_curl_headers(r->token, r->user_agent, &c->headers);
    if (s != STATUS_OK) return s;
    if (r->ca_path != NULL && (c->ca_path = strdup(r->ca_path)) == NULL) return STATUS_NO_MEMORY;
    c->multi = curl_multi_init();
    bool is_whole = c->multi != NULL && x_curl_add_header(&c->headers, "Accept: ", TEXT(ACCEPTED));
    return is_whole ? STATUS_OK : STATUS_NO_MEMORY;
}

status mastodon_connection_new(const mastodon_request *r, mastodon_connection **result) {
    *result = NULL;
    x_curl_start();
    mastodon_connection *c = calloc(1, sizeof(*c));
    if (c == NULL) return STATUS_NO_MEMORY;
    c->take = r->take;
    c->context = r->context;
    status s = fill_in(c, r);
    if (s != STATUS_OK) {
        mastodon_connection_free(c);
        return s;
    }
    *result = c;
    return STATUS_OK;
}

void mastodon_connection_free(mastodon_connection *c) {
    if (c == NULL) return;
    mastodon_connection_end(c);
    if (c->multi != NULL) (void)curl_multi_cleanup(c->multi);
    x_curl_free_headers(c->headers);
    live_token_free(c->live_token);
    curl_free(c->url);
    free(c->ca_path);
    free(c);
}
