/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/x_stream_curl.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/base/times.h"
#include "pipeline/sources/x_stream.h"

static void start_library(void) {
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

void x_curl_start(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, start_library);
}

/* ---- Addresses ---- */

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

status x_curl_url(const char *base, const char *path, const char *query, char **result) {
    CURLU *url = curl_url();
    *result = NULL;
    if (url == NULL) return STATUS_NO_MEMORY;
    status s = STATUS_BAD_ARGUMENT;
    if (is_safe(url, base == NULL ? X_STREAM_URL : base)) {
        bool is_set =
            curl_url_set(url, CURLUPART_PATH, path, 0) == CURLUE_OK &&
            curl_url_set(url, CURLUPART_QUERY, *query == '\0' ? NULL : query, 0) == CURLUE_OK &&
            curl_url_get(url, CURLUPART_URL, result, 0) == CURLUE_OK;
        s = is_set ? STATUS_OK : STATUS_NO_MEMORY;
    }
    curl_url_cleanup(url);
    return s;
}

/* ---- Headers ---- */

bool x_curl_add_header(struct curl_slist **headers, const char *name, text value) {
    char line[X_STREAM_TOKEN_BYTES_MAX + 64];
    (void)snprintf(line, sizeof line, "%s%.*s", name, (int)value.count, value.bytes);
    struct curl_slist *longer = curl_slist_append(*headers, line);
    explicit_bzero(line, sizeof line);
    if (longer != NULL) *headers = longer;
    return longer != NULL;
}

static bool is_header_text(text t) {
    for (size_t i = 0; i < t.count; i++)
        if (t.bytes[i] < 0x20 || t.bytes[i] > 0x7E) return false;
    return t.count > 0 && t.count <= X_STREAM_TOKEN_BYTES_MAX;
}

status x_curl_headers(text token, const char *agent, struct curl_slist **result) {
    text name = agent == NULL ? TEXT("dunlin") : text_of(agent);
    *result = NULL;
    if (!x_stream_is_token(token) || !is_header_text(name)) return STATUS_BAD_ARGUMENT;
    if (x_curl_add_header(result, "Authorization: Bearer ", token) &&
        x_curl_add_header(result, "User-Agent: ", name))
        return STATUS_OK;
    x_curl_free_headers(*result);
    *result = NULL;
    return STATUS_NO_MEMORY;
}

status x_curl_renew_headers(live_token *t, uint64_t *known, const char *agent, const char *accept,
                            struct curl_slist **headers) {
    struct curl_slist *fresh = NULL;
    buffer token = {0};
    uint64_t number = t == NULL ? *known : live_token_get(t, *known, &token);
    if (number == *known) return STATUS_OK;
    status s = token.failed ? STATUS_NO_MEMORY : x_curl_headers(buffer_text(&token), agent, &fresh);
    x_stream_wipe_token(&token);
    if (s == STATUS_OK && accept != NULL && !x_curl_add_header(&fresh, "Accept: ", text_of(accept)))
        s = STATUS_NO_MEMORY;
    if (s != STATUS_OK) {
        x_curl_free_headers(fresh);
        return s;
    }
    x_curl_free_headers(*headers);
    *headers = fresh;
    *known = number;
    return STATUS_OK;
}

void x_curl_free_headers(struct curl_slist *headers) {
    for (struct curl_slist *h = headers; h != NULL; h = h->next)
        explicit_bzero(h->data, strlen(h->data)); /* One of them holds the token. */
    curl_slist_free_all(headers);
}

/* ---- One transfer ---- */

void x_curl_set(CURL *e, const char *url, const struct curl_slist *headers, const char *ca_path,
                char *error) {
    const char *scheme = text_starts_with(text_of(url), TEXT("https:")) ? "https" : "http";
    (void)curl_easy_setopt(e, CURLOPT_URL, url);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, scheme);
    (void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L); /* The token goes to one host. */
    (void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    (void)curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (ca_path != NULL) (void)curl_easy_setopt(e, CURLOPT_CAINFO, ca_path);
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);        /* stop waits for no name server. */
    (void)curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, 0L); /* An address may change. */
    (void)curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(e, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    /* Others unpack to more than X_PUSH_BYTES_MAX at a time. */
    (void)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, error);
}

static const char *header_of(CURL *e, const char *name) {
    struct curl_header *header;
    if (curl_easy_header(e, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return NULL;
    return header->value;
}

int64_t x_curl_reset_ms(CURL *e, int64_t now_ms) {
    const char *reset = header_of(e, "x-rate-limit-reset"), *date = header_of(e, "date");
    uint64_t seconds;
    if (reset == NULL || !text_to_u64(text_trim(text_of(reset)), &seconds)) return 0;
    if (seconds >= INT64_MAX / 2 / MS_PER_SECOND) return 0;
    int64_t reset_ms = (int64_t)seconds * MS_PER_SECOND;
    time_t theirs = date == NULL ? -1 : curl_getdate(date, NULL);
    return theirs < 0 ? reset_ms : reset_ms - (int64_t)theirs * MS_PER_SECOND + now_ms;
}

bool x_curl_is_last(CURL *e) {
    const char *remaining = header_of(e, "x-rate-limit-remaining");
    return remaining != NULL && text_equal(text_trim(text_of(remaining)), TEXT("0"));
}

text x_curl_problem(text body) {
    static const char *const keys[] = {"\"detail\":\"", "\"title\":\"", "\"message\":\"",
                                       "\"reason\":\""};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *found = memmem(body.bytes, body.count, keys[i], strlen(keys[i]));
        if (found == NULL) continue;
        const char *begin = found + strlen(keys[i]);
        size_t rest = body.count - (size_t)(begin - body.bytes);
        const char *end = memchr(begin, '"', rest);
        return (text){begin, end == NULL ? rest : (size_t)(end - begin)};
    }
    return TEXT("");
}
