/* SPDX-License-Identifier: MIT */
/* libraries -- what the program runs with: for --version, /version and bug reports. */
#ifndef DUNLIN_SERVER_REST_LIBRARIES_H
#define DUNLIN_SERVER_REST_LIBRARIES_H

#include <stddef.h>

typedef struct {
    const char *name;
    const char *(*version)(void); /* Of what is loaded, not of what was built with. */
} library;
extern const library libraries[];
extern const size_t library_count;

#endif
