/* SPDX-License-Identifier: MIT */
#include "pipeline/base/status.h"

static const char *const texts[] = {
#define X(name, description) description,
    STATUS_MAP(X)
#undef X
};

const char *status_text(status s) {
    return (unsigned)s < STATUS_COUNT ? texts[s] : "unknown status";
}
