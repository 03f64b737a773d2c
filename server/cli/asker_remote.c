/* SPDX-License-Identifier: MIT */
#include "server/cli/asker.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 16 * 1024 * 1024, ANSWER_MS_MAX = 10000, URL_BYTES = 2048 };

typedef struct {
    asker asker;
    CURL *easy;
    struct curl_slist *headers;
    char base[URL_BYTES], error[CURL_ERROR_SIZE];
    buffer *body;
} remote;

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context) {
    remote *r = context;
    if (r->body->count + size * count > ANSWER_BYTES_MAX) return 0;
    buffer_add(r->body, (text){bytes, size * count});
    return r->body->failed ? 0 : size * count;
}

static status remote_ask(asker *self, const char *what, buffer *body) {
    remote *r = (remote *)self;
    char url[URL_BYTES + 512];
    long code = 0;
    buffer_clear(body);
    r->body = body;
    r->error[0] = self->detail[0] = '\0';
    (void)snprintf(url, sizeof url, "%sapi/v1/%s", r->base, what);
    (void)curl_easy_setopt(r->easy, CURLOPT_URL, url);
    CURLcode result = curl_easy_perform(r->easy);
    if (result != CURLE_OK) {
        (void)snprintf(self->detail, sizeof self->detail, "%.150s",
                       r->error[0] != '\0' ? r->error : curl_easy_strerror(result));
        return STATUS_UPSTREAM;
    }
    (void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &code);
    if (code == 200) return STATUS_OK;
    (void)snprintf(self->detail, sizeof self->detail, "it answers %ld to %.100s", code, what);
    return code == 401 ? STATUS_UNAUTHORIZED : STATUS_UPSTREAM;
}

static void remote_close(asker *self) {
    remote *r = (remote *)self;
    if (r->easy != NULL) curl_easy_cleanup(r->easy);
    curl_slist_free_all(r->headers);
    free(r);
}

static bool set_options(remote *r, text token) {
    char header[640];
    CURL *e = r->easy;
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L); /* The token goes to one host. */
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    (void)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS_MAX);
    (void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, r->error);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
    if (token.count == 0) return true;
    (void)snprintf(header, sizeof header, "Authorization: Bearer %.*s", (int)token.count,
                   token.bytes);
    r->headers = curl_slist_append(NULL, header);
    explicit_bzero(header, sizeof header);
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, r->headers);
    return r->headers != NULL;
}

status asker_remote(const char *url, text token, asker **result) {
    size_t count = strlen(url);
    *result = NULL;
    if (count == 0 || count + 2 > URL_BYTES) return STATUS_BAD_ARGUMENT;
    remote *r = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? calloc(1, sizeof *r) : NULL;
    if (r == NULL) return STATUS_NO_MEMORY;
    r->asker = (asker){.ask = remote_ask, .close = remote_close};
    (void)snprintf(r->base, sizeof r->base, "%s%s", url, url[count - 1] == '/' ? "" : "/");
    r->easy = curl_easy_init();
    if (r->easy == NULL || !set_options(r, token)) {
        remote_close(&r->asker);
        return STATUS_NO_MEMORY;
    }
    *result = &r->asker;
    return STATUS_OK;
}
