/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/x_rules.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/base/times.h"
#include "pipeline/sources/x_stream_curl.h"

enum { ANSWER_BYTES_MAX = 16 * 1024 * 1024, ANSWER_MS_MAX = 30000, WORDS_MAX = 120 };

static size_t on_bytes(char *bytes, size_t one, size_t count, void *context) {
    buffer *body = context;
    if (body->count + one * count > ANSWER_BYTES_MAX) return 0;
    buffer_add(body, (text){bytes, one * count});
    return body->failed ? 0 : one * count;
}

static void set_body(CURL *e, text body) {
    if (body.count == 0) return;
    (void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.count);
    (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, body.bytes);
}

/* What has become of the request, in words as well. */
static status judge(CURL *e, CURLcode result, const char *error, x_rules_answer *a) {
    if (a->body.failed) return STATUS_NO_MEMORY;
    if (result != CURLE_OK) {
        (void)snprintf(a->detail, sizeof a->detail, "%.150s",
                       *error != '\0' ? error : curl_easy_strerror(result));
        return STATUS_UPSTREAM;
    }
    (void)curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &a->code);
    if (a->code / 100 == 2) return STATUS_OK;
    text words = x_curl_problem(buffer_text(&a->body));
    a->reset_ms = x_curl_reset_ms(e, clock_real()->now_ms(clock_real()));
    (void)snprintf(a->detail, sizeof a->detail, "HTTP %ld%s%.*s", a->code,
                   words.count > 0 ? ": " : "",
                   (int)(words.count < WORDS_MAX ? words.count : WORDS_MAX),
                   words.count > 0 ? words.bytes : "");
    return a->code == 401 || a->code == 403 ? STATUS_UNAUTHORIZED : STATUS_UPSTREAM;
}

static status perform(const char *url, const struct curl_slist *headers, text body,
                      x_rules_answer *a) {
    char error[CURL_ERROR_SIZE] = "";
    CURL *e = curl_easy_init();
    if (e == NULL) return STATUS_NO_MEMORY;
    x_curl_set(e, url, headers, NULL, error);
    set_body(e, body);
    (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS_MAX);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, &a->body);
    status s = judge(e, curl_easy_perform(e), error, a);
    curl_easy_cleanup(e);
    return s;
}

status x_rules_ask(const x_rules_options *o, const char *query, text body, x_rules_answer *a) {
    struct curl_slist *headers = NULL;
    char *url = NULL;
    x_curl_start();
    buffer_clear(&a->body);
    a->code = 0;
    a->reset_ms = 0;
    a->detail[0] = '\0';
    status s = x_curl_url(o->base_url, "/2/tweets/search/stream/rules", query, &url);
    if (s == STATUS_OK) s = x_curl_headers(o->token, o->user_agent, &headers);
    if (s == STATUS_OK && !x_curl_add_header(&headers, "Content-Type: ", TEXT("application/json")))
        s = STATUS_NO_MEMORY;
    if (s == STATUS_OK) s = perform(url, headers, body, a);
    x_curl_free_headers(headers);
    curl_free(url);
    return s;
}
