/* SPDX-License-Identifier: MIT */
#include "server/cli/poster.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_BYTES_MAX = 1024 * 1024,
    CONNECT_MS_MAX = 10000,
    ANSWER_MS_MAX = 120000, /* The server's store may be slow. */
    URL_BYTES = 2048,
};

struct poster {
    CURL *easy;
    struct curl_slist *headers;
    char url[URL_BYTES], error[CURL_ERROR_SIZE];
    buffer *body;
};

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context) {
    poster *p = context;
    if (p->body->count + size * count > ANSWER_BYTES_MAX) return 0;
    buffer_add(p->body, (text){bytes, size * count});
    return p->body->failed ? 0 : size * count;
}

static bool add_header(poster *p, const char *line) {
    struct curl_slist *longer = curl_slist_append(p->headers, line);
    if (longer != NULL) p->headers = longer;
    return longer != NULL;
}

static bool set_options(poster *p, const char *type, text token) {
    char line[640];
    CURL *e = p->easy;
    (void)curl_easy_setopt(e, CURLOPT_URL, p->url);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L); /* The token goes to one host. */
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    (void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS_MAX);
    (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS_MAX);
    (void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, p->error);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, p);
    (void)snprintf(line, sizeof line, "Content-Type: %s", type);
    bool good = add_header(p, line) && add_header(p, "Expect:");
    (void)snprintf(line, sizeof line, "Authorization: Bearer %.*s", (int)token.count, token.bytes);
    if (token.count > 0) good = good && add_header(p, line);
    explicit_bzero(line, sizeof line);
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, p->headers);
    return good;
}

status poster_open(const char *url, const char *what, const char *type, text token,
                   poster **result) {
    size_t count = strlen(url);
    *result = NULL;
    if (count == 0 || count + 32 > URL_BYTES || token.count > 600) return STATUS_BAD_ARGUMENT;
    poster *p = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? calloc(1, sizeof *p) : NULL;
    if (p == NULL) return STATUS_NO_MEMORY;
    (void)snprintf(p->url, sizeof p->url, "%s%sapi/v1/%s", url, url[count - 1] == '/' ? "" : "/",
                   what);
    p->easy = curl_easy_init();
    if (p->easy == NULL || !set_options(p, type, token)) {
        poster_close(p);
        return STATUS_NO_MEMORY;
    }
    *result = p;
    return STATUS_OK;
}

status poster_send(poster *p, text body, poster_answer *answer) {
    return poster_send_as(p, POSTER_POST, body, answer);
}

static void set_request(poster *p, poster_method method, text body) {
    if (method == POSTER_DELETE) {
        (void)curl_easy_setopt(p->easy, CURLOPT_HTTPGET, 1L);
        (void)curl_easy_setopt(p->easy, CURLOPT_CUSTOMREQUEST, "DELETE");
        return;
    }
    (void)curl_easy_setopt(p->easy, CURLOPT_CUSTOMREQUEST, NULL);
    (void)curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.count);
    (void)curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, body.bytes);
}

status poster_send_as(poster *p, poster_method method, text body, poster_answer *answer) {
    long code = 0;
    curl_off_t wait_s = 0;
    buffer_clear(&answer->body);
    answer->code = 0;
    answer->retry_after_s = 0;
    answer->detail[0] = p->error[0] = '\0';
    p->body = &answer->body;
    set_request(p, method, body);
    CURLcode result = curl_easy_perform(p->easy);
    if (result != CURLE_OK) {
        (void)snprintf(answer->detail, sizeof answer->detail, "%.150s",
                       p->error[0] != '\0' ? p->error : curl_easy_strerror(result));
        return result == CURLE_OUT_OF_MEMORY ? STATUS_NO_MEMORY : STATUS_UPSTREAM;
    }
    (void)curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &code);
    (void)curl_easy_getinfo(p->easy, CURLINFO_RETRY_AFTER, &wait_s);
    answer->code = (unsigned)code;
    answer->retry_after_s = wait_s < 0 ? 0 : wait_s > 3600 ? 3600 : (uint32_t)wait_s;
    return STATUS_OK;
}

void poster_close(poster *p) {
    if (p == NULL) return;
    if (p->easy != NULL) curl_easy_cleanup(p->easy);
    curl_slist_free_all(p->headers);
    free(p);
}
