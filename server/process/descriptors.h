/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SERVER_PROCESS_DESCRIPTORS_H
#define DUNLIN_SERVER_PROCESS_DESCRIPTORS_H

#include <stdint.h>

/* descriptors -- how many live streams the limit of open files leaves room for. */

/* Files that have to be allowed for so many streams, with all else that is open. */
uint64_t descriptors_wanted(uint64_t streams);
/* The most streams when so many files are allowed. */
uint64_t descriptors_left(uint64_t files);

#endif
