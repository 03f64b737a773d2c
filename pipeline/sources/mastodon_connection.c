/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/mastodon_connection.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/times.h"

enum { ERROR_BODY_BYTES = 1024, HEADER_BYTES_MAX = 4200 };

struct mastodon_connection {
    bool (*take)(void *context, text bytes);
    void *context;
    char *url, *ca_path;
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
    const char *scheme = text_starts_with(text_of(c->url), TEXT("https:")) ? "https" : "http";
    CURL *e = c->easy;
    (void)curl_easy_setopt(e, CURLOPT_URL, c->url);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, scheme);
    (void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L); /* The token goes to one host. */
    (void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    (void)curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (c->ca_path != NULL) (void)curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_path);
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* stop waits for no name server. */
    (void)curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(e, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, c->headers);
    (void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->curl_error);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
}

bool mastodon_connection_is_open(const mastodon_connection *c) {
    return c->easy != NULL;
}

status mastodon_connection_begin(mastodon_connection *c) {
    assert(c->easy == NULL);
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

static bool is_header_text(text t, char least) {
    for (size_t i = 0; i < t.count; i++)
        if (t.bytes[i] < least || t.bytes[i] > '~') return false;
    return t.count > 0 && t.count < HEADER_BYTES_MAX - 64;
}

static bool add_header(mastodon_connection *c, const char *name, text value) {
    char line[HEADER_BYTES_MAX];
    (void)snprintf(line, sizeof line, "%s%.*s", name, (int)value.count, value.bytes);
    struct curl_slist *longer = curl_slist_append(c->headers, line);
    explicit_bzero(line, sizeof line);
    if (longer != NULL) c->headers = longer;
    return longer != NULL;
}

static void free_headers(struct curl_slist *headers) {
    for (struct curl_slist *h = headers; h != NULL; h = h->next)
        explicit_bzero(h->data, strlen(h->data)); /* One of them holds the token. */
    curl_slist_free_all(headers);
}

static bool is_loopback(const char *host) {
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(host, names[i]) == 0) return true;
    return false;
}

static bool is_safe(CURLU *url, const char *base) {
    char *scheme = NULL, *host = NULL, *user = NULL, *query = NULL;
    bool is_read = curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
                   curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                   curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    (void)curl_url_get(url, CURLUPART_USER, &user, 0);
    (void)curl_url_get(url, CURLUPART_QUERY, &query, 0);
    bool is_good =
        is_read && user == NULL && query == NULL &&
        (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_loopback(host)));
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(query);
    return is_good;
}

/* Appending encodes all of the query but its first "=". */
static status url_of(const mastodon_request *r, char **result) {
    CURLU *url = curl_url();
    if (url == NULL) return STATUS_NO_MEMORY;
    status s = STATUS_BAD_ARGUMENT;
    if (r->base_url != NULL && is_safe(url, r->base_url)) {
        bool is_set =
            curl_url_set(url, CURLUPART_PATH, r->path, 0) == CURLUE_OK &&
            (r->query == NULL || curl_url_set(url, CURLUPART_QUERY, r->query,
                                              CURLU_URLENCODE | CURLU_APPENDQUERY) == CURLUE_OK) &&
            curl_url_get(url, CURLUPART_URL, result, 0) == CURLUE_OK;
        s = is_set ? STATUS_OK : STATUS_NO_MEMORY;
    }
    curl_url_cleanup(url);
    return s;
}

static status fill_in(mastodon_connection *c, const mastodon_request *r) {
    text agent = r->user_agent == NULL ? TEXT("dunlin") : text_of(r->user_agent);
    if (!is_header_text(r->token, '!') || !is_header_text(agent, ' ')) return STATUS_BAD_ARGUMENT;
    status s = url_of(r, &c->url);
    if (s != STATUS_OK) return s;
    if (r->ca_path != NULL && (c->ca_path = strdup(r->ca_path)) == NULL) return STATUS_NO_MEMORY;
    c->multi = curl_multi_init();
    bool is_whole = c->multi != NULL && add_header(c, "Authorization: Bearer ", r->token) &&
                    add_header(c, "User-Agent: ", agent) &&
                    add_header(c, "Accept: ", TEXT("text/event-stream"));
    return is_whole ? STATUS_OK : STATUS_NO_MEMORY;
}

static void start_curl(void) {
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

status mastodon_connection_new(const mastodon_request *r, mastodon_connection **result) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *result = NULL;
    (void)pthread_once(&once, start_curl);
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
    free_headers(c->headers);
    curl_free(c->url);
    free(c->ca_path);
    free(c);
}
