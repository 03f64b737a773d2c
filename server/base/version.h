/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SERVER_BASE_VERSION_H
#define DUNLIN_SERVER_BASE_VERSION_H

#define DUNLIN_VERSION "0.1.0"

#endif
