/* SPDX-License-Identifier: MIT */
#include "server/http/http_raw.h"

enum { CRLF_BYTES = 2, VERSION_BYTES = 8 /* "HTTP/1.1" */ };

typedef struct {
    gate_request *request;
    uintptr_t line; /* Where the next line must begin. */
    bool is_broken;
} walk;

static enum MHD_Result see_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  size_t name_count, const char *value, size_t value_count) {
    walk *w = context;
    (void)kind;
    if (value == NULL) value = name + name_count;
    if ((uintptr_t)name != w->line || (uintptr_t)value <= (uintptr_t)name + name_count)
        w->is_broken = true;
    w->line = (uintptr_t)value + value_count + CRLF_BYTES;
    gate_add_header(w->request, (text){name, name_count}, (text){value, value_count});
    return MHD_YES;
}

void http_raw_read(struct MHD_Connection *c, uintptr_t target, gate_request *g) {
    const union MHD_ConnectionInfo *size =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    uintptr_t begin = target - g->method.count - 1;
    walk w = {.request = g, .line = target + g->target.count + 1 + VERSION_BYTES + CRLF_BYTES};
    (void)MHD_get_connection_values_n(c, MHD_HEADER_KIND, see_header, &w);
    if (size == NULL || w.line + CRLF_BYTES != begin + size->header_size) w.is_broken = true;
    bool hides = MHD_get_version()[0] == '0';
    g->has_bad_lines = hides && w.is_broken;
}
