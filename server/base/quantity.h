/* SPDX-License-Identifier: MIT */
/* quantity -- "7d", "512MB", "30d,20GB": what people write for times and sizes. */
#ifndef DUNLIN_SERVER_BASE_QUANTITY_H
#define DUNLIN_SERVER_BASE_QUANTITY_H

#include "pipeline/base/text.h"

/* A number and one of s, m, h, d, w: from 1 ms to 100 years. */
bool quantity_time(text t, int64_t *ms);
/* A number and one of kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB; at least 1 MB. */
bool quantity_size(text t, uint64_t *bytes);
/* A time, a size, or both apart by a comma; what is not said is 0. */
bool quantity_keep(text t, int64_t *ms, uint64_t *bytes);

#endif
