/* SPDX-License-Identifier: MIT */
#include "server/http/gate.h"

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

/* ---- Methods ---- */

static const struct {
    const char *name;
    unsigned method; /* 0: known, and answered nowhere here. */
} methods[] = {
    {"GET", METHOD_GET},
    {"HEAD", METHOD_HEAD},
    {"OPTIONS", METHOD_OPTIONS},
    {"POST", METHOD_POST},
    {"PUT", 0},
    {"DELETE", METHOD_DELETE},
    {"PATCH", 0},
    {"TRACE", 0},
    {"CONNECT", 0},
};
enum { METHOD_COUNT = sizeof methods / sizeof methods[0] };

static size_t method_row(text method) {
    size_t i = 0;
    while (i < METHOD_COUNT && !text_equal(method, text_of(methods[i].name))) i++;
    return i;
}

unsigned gate_method(text method) {
    size_t i = method_row(method);
    return i < METHOD_COUNT ? methods[i].method : 0;
}

const char *gate_allow_text(unsigned allowed) {
    if ((allowed & METHOD_DELETE) != 0) return "DELETE, OPTIONS";
    if ((allowed & METHOD_GET) == 0) return "OPTIONS, POST";
    return (allowed & METHOD_POST) != 0 ? "GET, HEAD, OPTIONS, POST" : "GET, HEAD, OPTIONS";
}

static refusal judge_method(const gate_request *r) {
    if (method_row(r->method) == METHOD_COUNT) return (refusal){501, "The method is not known."};
    if ((gate_method(r->method) & (r->allowed | METHOD_OPTIONS)) == 0)
        return (refusal){405, "This path does not take that method: see Allow."};
    return (refusal){0, NULL};
}

/* ---- Bodies ---- */

void gate_add_header(gate_request *r, text name, text value) {
    const struct {
        text name;
        text *value;
        size_t *count;
    } kept[] = {
        {TEXT("Host"), &r->host, &r->host_count},
        {TEXT("Content-Length"), &r->length, &r->length_count},
        {TEXT("Transfer-Encoding"), &r->encoding, &r->encoding_count},
        {TEXT("Content-Type"), &r->type, NULL},
        {TEXT("Content-Encoding"), &r->coding, NULL},
        {TEXT("Origin"), &r->origin, NULL},
        {TEXT("Sec-Fetch-Site"), &r->fetch_site, NULL},
        {TEXT("Expect"), &r->expect, NULL},
    };
    r->header_count++;
    if (!gate_header_is_clean(name, value)) r->has_bad_header = true;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (!text_equal_caseless(name, kept[i].name)) continue;
        *kept[i].value = value;
        if (kept[i].count != NULL) ++*kept[i].count;
    }
}

static refusal judge_framing(const gate_request *r) {
    size_t comma;
    if (r->header_count > HEADERS_MAX) return (refusal){431, "Too many header fields."};
    if (r->has_bad_lines)
        return (refusal){400, "A line of the header is folded, cut, or does not end in CRLF."};
    if (r->has_bad_header) return (refusal){400, "A header field is malformed."};
    if (r->encoding_count > 0 && r->length_count > 0)
        return (refusal){400, "Content-Length and Transfer-Encoding together are ambiguous."};
    if (r->encoding_count > 1 || r->length_count > 1)
        return (refusal){400, "A field that frames the body came twice."};
    if (r->encoding_count > 0 && text_find_byte(r->encoding, ',', &comma))
        return (refusal){400, "Several transfer encodings are ambiguous."};
    if (r->encoding_count > 0 && !text_equal_caseless(r->encoding, TEXT("chunked")))
        return (refusal){501, "The transfer encoding is not known."};
    if (r->expect.count > 0 && !text_equal_caseless(r->expect, TEXT("100-continue")))
        return (refusal){417, "The expectation is not known."};
    return (refusal){0, NULL};
}

/* What follows a semicolon, such as the character set, is no matter. */
bool gate_type_is(text type, const char *wanted) {
    size_t end;
    if (!text_find_byte(type, ';', &end)) end = type.count;
    return text_equal_caseless(text_trim(text_slice(type, 0, end)), text_of(wanted));
}

static refusal judge_type(const gate_request *r) {
    static const char *const json[] = {"application/json", NULL};
    const char *const *types = r->types != NULL ? r->types : json;
    if (r->coding.count > 0 && !text_equal_caseless(r->coding, TEXT("identity")))
        return (refusal){415, "A body is taken as it is, without a Content-Encoding."};
    for (size_t i = 0; types[i] != NULL; i++)
        if (gate_type_is(r->type, types[i])) return (refusal){0, NULL};
    return r->types == NULL
               ? (refusal){415, "The body must be application/json."}
               : (refusal){415, "The body must be application/x-ndjson or application/json."};
}

/* "http://HOST", HOST as in Host: a page that this server gave. */
static bool is_own_origin(text origin, text host) {
    static const text schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < 2; i++)
        if (text_starts_with(origin, schemes[i]) &&
            text_equal_caseless(text_slice(origin, schemes[i].count, origin.count), host))
            return true;
    return false;
}

/* What changes something comes from a page of this server, or from no page. */
static refusal judge_page(const gate_request *r) {
    const refusal no = {403, "A page of another site may not change anything here."};
    if (r->origin.count > 0 && !is_own_origin(r->origin, r->host)) return no;
    bool is_near =
        text_equal(r->fetch_site, TEXT("same-origin")) || text_equal(r->fetch_site, TEXT("none"));
    return r->fetch_site.count == 0 || is_near ? (refusal){0, NULL} : no;
}

uint64_t gate_body_bytes(const gate_request *r) {
    uint64_t length = 0;
    return r->length_count == 1 && text_to_u64(r->length, &length) ? length : 0;
}

static refusal judge_body(const gate_request *r) {
    uint64_t length = 0;
    bool has_length = r->length_count == 1;
    bool changes = (gate_method(r->method) & METHODS_CHANGING) != 0;
    if (has_length && !text_to_u64(r->length, &length))
        return (refusal){400, "Content-Length must be a number."};
    if (gate_method(r->method) != METHOD_POST) {
        if (r->encoding_count > 0 || length > 0)
            return (refusal){400, "This method takes no body here."};
        /* The library would take the next request for the body. */
        if (r->expect.count > 0) return (refusal){400, "Expect needs a body."};
        return changes ? judge_page(r) : (refusal){0, NULL};
    }
    if (!has_length) return (refusal){411, "A body must come with its Content-Length."};
    if (length > BODY_BYTES_MAX && length > r->body_bytes_max)
        return r->body_bytes_max == 0
                   ? (refusal){413, "The body is larger than 64 KiB."}
                   : (refusal){413, "The body is larger than 16 MiB: send it in parts."};
    refusal no = judge_type(r);
    return no.status != 0 ? no : judge_page(r);
}

refusal gate_judge(const gate_request *r, const char *const *hosts, size_t host_count) {
    refusal no = judge_framing(r);
    bool is_star = text_equal(r->target, TEXT("*")) && text_equal(r->method, TEXT("OPTIONS"));
    if (no.status == 0 && !is_star) no = judge_target(r->target);
    if (no.status != 0) return no;
    if (r->host_count != 1) return (refusal){400, "There must be one Host field."};
    if (!gate_host_is_allowed(r->host, hosts, host_count))
        return (refusal){421,
                         "This server does not answer to that host name: --host NAME allows one."};
    no = judge_method(r);
    return no.status != 0 ? no : judge_body(r);
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
