/* SPDX-License-Identifier: MIT */
#include "server/gate.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { HOST_BYTES_MAX = 255 };

static bool all_digits(text t) {
    for (size_t i = 0; i < t.count; i++)
        if (t.bytes[i] < '0' || t.bytes[i] > '9') return false;
    return true;
}

/* Cuts ":port" off; false when what follows the colon is no port. */
static bool cut_port(text *host) {
    size_t colon, begin = 0;
    if (host->count > 0 && host->bytes[0] == '[') {
        if (!text_find_byte(*host, ']', &begin)) return false;
        begin++;
        if (begin < host->count && host->bytes[begin] != ':') return false;
    }
    if (!text_find_byte(text_slice(*host, begin, host->count), ':', &colon)) return true;
    text port = text_slice(*host, begin + colon + 1, host->count);
    *host = text_slice(*host, 0, begin + colon);
    return port.count <= 5 && all_digits(port);
}

static bool is_address(const char *host) {
    unsigned char address[16];
    char inside[HOST_BYTES_MAX + 1];
    size_t count = strlen(host);
    if (host[0] != '[') return inet_pton(AF_INET, host, address) == 1;
    memcpy(inside, host + 1, count - 2); /* cut_port has seen the bracket that closes. */
    inside[count - 2] = '\0';
    return inet_pton(AF_INET6, inside, address) == 1;
}

bool gate_host_is_allowed(text host, const char *const *hosts, size_t host_count) {
    char name[HOST_BYTES_MAX + 1];
    if (!cut_port(&host) || host.count == 0 || host.count > HOST_BYTES_MAX) return false;
    if (memchr(host.bytes, '\0', host.count) != NULL) return false;
    memcpy(name, host.bytes, host.count);
    name[host.count] = '\0';
    if (is_address(name)) return true;
    if (host.count > 1 && name[host.count - 1] == '.') name[host.count - 1] = '\0';
    if (strcasecmp(name, "localhost") == 0) return true;
    for (size_t i = 0; i < host_count; i++)
        if (strcasecmp(name, hosts[i]) == 0) return true;
    return false;
}

static bool is_token_byte(unsigned char c) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
    return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool gate_header_is_clean(text name, text value) {
    for (size_t i = 0; i < name.count; i++)
        if (!is_token_byte((unsigned char)name.bytes[i])) return false;
    for (size_t i = 0; i < value.count; i++) {
        unsigned char c = (unsigned char)value.bytes[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) return false;
    }
    return name.count > 0;
}

static bool has_encoded_nul(text target) {
    for (size_t i = 0; i + 2 < target.count; i++)
        if (memcmp(target.bytes + i, "%00", 3) == 0) return true;
    return false;
}

static refusal judge_target(text target) {
    if (target.count > TARGET_BYTES_MAX) return (refusal){414, "The target is too long."};
    if (target.count == 0 || target.bytes[0] != '/')
        return (refusal){400, "The target must begin with a slash."};
    for (size_t i = 0; i < target.count; i++) {
        unsigned char c = (unsigned char)target.bytes[i];
        if (c <= 0x20 || c == 0x7F || c == '#')
            return (refusal){400, "The target has a character that must be percent-encoded."};
    }
    if (has_encoded_nul(target)) return (refusal){400, "The target has a NUL."};
    return (refusal){0, NULL};
}

static bool is_known_method(text method) {
    static const char *const known[] = {"POST",    "PUT",   "DELETE", "PATCH",
                                        "OPTIONS", "TRACE", "CONNECT"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (text_equal(method, text_of(known[i]))) return true;
    return false;
}

static refusal judge_framing(const gate_request *r) {
    if (r->header_count > HEADERS_MAX) return (refusal){431, "Too many header fields."};
    if (r->has_bad_header) return (refusal){400, "A header field is malformed."};
    if (r->encoding_count > 0 && r->length_count > 0)
        return (refusal){400, "Content-Length and Transfer-Encoding together are ambiguous."};
    if (r->encoding_count > 1 || r->length_count > 1)
        return (refusal){400, "A field that frames the body came twice."};
    return (refusal){0, NULL};
}

refusal gate_judge(const gate_request *r, const char *const *hosts, size_t host_count) {
    refusal framing = judge_framing(r);
    if (framing.status != 0) return framing;
    refusal target = judge_target(r->target);
    if (target.status != 0) return target;
    if (r->host_count != 1) return (refusal){400, "There must be one Host field."};
    if (!gate_host_is_allowed(r->host, hosts, host_count))
        return (refusal){421,
                         "This server does not answer to that host name: --host NAME allows one."};
    if (!text_equal(r->method, TEXT("GET")) && !text_equal(r->method, TEXT("HEAD")))
        return is_known_method(r->method) ? (refusal){405, "Only GET and HEAD are answered here."}
                                          : (refusal){501, "The method is not known."};
    if (r->encoding_count > 0 || r->has_body)
        return (refusal){400, "GET and HEAD take no body here."};
    return (refusal){0, NULL};
}

bool gate_secret_equal(text a, text b) {
    unsigned char difference = a.count != b.count;
    for (size_t i = 0; i < a.count && i < b.count; i++)
        difference |= (unsigned char)(a.bytes[i] ^ b.bytes[i]);
    return difference == 0;
}

static text cookie_value(text cookies, text name) {
    while (cookies.count > 0) {
        size_t end;
        if (!text_find_byte(cookies, ';', &end)) end = cookies.count;
        text one = text_trim(text_slice(cookies, 0, end));
        if (text_starts_with(one, name) && one.count > name.count && one.bytes[name.count] == '=')
            return text_slice(one, name.count + 1, one.count);
        cookies = text_slice(cookies, end + 1, cookies.count);
    }
    return (text){NULL, 0};
}

bool gate_has_token(text authorization, text cookie, text token) {
    const text scheme = TEXT("Bearer ");
    bool is_bearer = authorization.count > scheme.count &&
                     strncasecmp(authorization.bytes, scheme.bytes, scheme.count) == 0;
    if (is_bearer)
        return gate_secret_equal(text_slice(authorization, scheme.count, authorization.count),
                                 token);
    return gate_secret_equal(cookie_value(cookie, TEXT(TOKEN_COOKIE)), token);
}
