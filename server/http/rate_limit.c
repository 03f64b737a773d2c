/* SPDX-License-Identifier: MIT */
#include "server/http/rate_limit.h"

static void put_name(buffer *out, const rate_limit *l, size_t index) {
    buffer_add_format(out, "%s\"%s\"", index == 0 ? "" : ", ", l->name);
}

void rate_limit_put_policy(buffer *out, const rate_limit *limits, size_t count) {
    for (size_t i = 0; i < count; i++) {
        put_name(out, &limits[i], i);
        buffer_add_format(out, ";q=%llu;qu=\"%s\"", (unsigned long long)limits[i].quota,
                          limits[i].unit);
    }
}

void rate_limit_put_left(buffer *out, const rate_limit *limits, size_t count) {
    for (size_t i = 0; i < count; i++) {
        put_name(out, &limits[i], i);
        buffer_add_format(out, ";r=%llu", (unsigned long long)limits[i].left);
    }
}
