/* SPDX-License-Identifier: MIT */
/* json_walk -- reads JSON in place: the bodies of requests, and our own answers when
 * they are written in another form.
 *
 * A value is a run of bytes of the text that it stands in; nothing is copied until a
 * string is unescaped.  Any bytes are safe to walk: what is no JSON, or nested deeper
 * than 32, ends the walk.
 *
 * No parser that builds values (those are behind pipeline/decode) would do: numbers go on
 * with the digits that they have, ids of 19 and means to the last; a key that is there
 * twice is met twice, so that an order can be refused; and an answer of ten thousand rows
 * becomes CSV without being in memory a second time. */
#ifndef DUNLIN_SERVER_BASE_JSON_WALK_H
#define DUNLIN_SERVER_BASE_JSON_WALK_H

#include "pipeline/base/json.h"

/* True when t is one JSON value (RFC 8259) with white space around it at most; *value
 * is it without that. */
bool json_walk_whole(text t, text *value);

/* Members of an object, or elements of an array (`key` then stays empty), one by one.
 * Start with {.container = ...}, a whole value. */
typedef struct {
    text container;
    size_t at;
    text key, value; /* The key as written between its quotes. */
} json_walk;
bool json_walk_next(json_walk *w);
/* Writes the member that it stands at, as it is there. */
void json_walk_put(const json_walk *at, json_writer *w);

/* The value at a path of keys, "received.mean"; false when one of them is missing. */
bool json_walk_find(text object, const char *path, text *value);
/* Appends what a string says, as UTF-8; a lone surrogate becomes U+FFFD.  False: the
 * value is no string. */
bool json_walk_string(text value, buffer *out);
bool json_walk_is(text value, char first); /* '{', '[', '"', ... */

#endif
