/* SPDX-License-Identifier: MIT */
/* reasons -- what can become of an item, in one table.
 *
 * The names are the keys of accounting.json, and stay. */
#ifndef DUNLIN_PIPELINE_DECODE_REASONS_H
#define DUNLIN_PIPELINE_DECODE_REASONS_H

#include "pipeline/decode/record.h"

#define REASON_MAP(X)                                                                              \
    X(ACCEPTED, ACCEPTED, NULL)                                                                    \
    /* Notices are applied, and counted as ignored. */                                             \
    X(BLANK, IGNORED, "blank")                                                                     \
    X(DELETE, IGNORED, "delete")                                                                   \
    X(SCRUB_GEO, IGNORED, "scrub_geo")                                                             \
    X(LIMIT, IGNORED, "limit")                                                                     \
    X(COMPLIANCE, IGNORED, "compliance") /* Of X v2: drop, undrop, withheld, users' ... */         \
    X(STATUS_WITHHELD, IGNORED, "status_withheld")                                                 \
    X(USER_WITHHELD, IGNORED, "user_withheld")                                                     \
    X(DISCONNECT, IGNORED, "disconnect")                                                           \
    X(WARNING, IGNORED, "warning")                                                                 \
    X(ERRORS, IGNORED, "errors")                                                                   \
    X(CONNECTION_METADATA, IGNORED, "connection_metadata")                                         \
    X(EMPTY_ARRAY, IGNORED, "empty_array")                                                         \
    X(TWEET_HEADER, IGNORED, "tweet_header") /* Of an archive: id and time alone. */               \
    X(NOT_PUBLIC, IGNORED, "not_public")     /* For followers, or for those it names. */           \
    X(OTHER_EVENT, IGNORED, "other_event")   /* Of a stream: filters_changed, ... */               \
    X(UNKNOWN, IGNORED, "unknown")                                                                 \
    X(INVALID_JSON, REJECTED, "invalid_json")                                                      \
    X(NOT_AN_OBJECT, REJECTED, "not_an_object")                                                    \
    X(TOO_LARGE, REJECTED, "too_large")                                                            \
    X(TOO_DEEP, REJECTED, "too_deep")                                                              \
    X(NO_ID, REJECTED, "no_id")                                                                    \
    X(NO_AUTHOR, REJECTED, "no_author")                                                            \
    X(NO_TIME, REJECTED, "no_time")                                                                \
    X(TIME_TOO_EARLY, REJECTED, "time_too_early") /* Before Twitter was there. */                  \
    X(TIME_TOO_LATE, REJECTED, "time_too_late")   /* Past the clock that was given. */             \
    X(TWEET_ID, REJECTED, "tweet_id")             /* An id by itself, or a row without more. */    \
    X(ROUNDED_ID, REJECTED, "rounded_id")         /* Its own or its author's was once a double. */ \
    X(BAD_CORRECTION, REJECTED, "bad_correction") /* Of nothing, or to no value of its kind. */    \
    X(CSV_ROW, REJECTED, "csv_row")               /* Its cells are not the header's. */            \
    X(BLUESKY, REJECTED, "bluesky")               /* Of other networks. */                         \
    X(NOSTR, REJECTED, "nostr")                                                                    \
    X(INVALID_UTF8, REPAIRED, "invalid_utf8")                                                      \
    X(LONE_SURROGATE, REPAIRED, "lone_surrogate")                                                  \
    X(NUL_ESCAPE, REPAIRED, "nul_escape")                                                          \
    X(PART_DROPPED, REPAIRED, "part_dropped") /* An embedded tweet or user that is none. */        \
    X(BYTE_ORDER_MARK, REPAIRED, "byte_order_mark")                                                \
    X(UTF16, REPAIRED, "utf16") /* All of the file was. */                                         \
    X(CONTROL_CHARACTER, REPAIRED, "control_character")                                            \
    X(BAD_ESCAPE, REPAIRED, "bad_escape")                                                          \
    X(HUGE_NUMBER, REPAIRED, "huge_number")                                                        \
    X(NOT_A_NUMBER, REPAIRED, "not_a_number")                                                      \
    X(TRAILING_BYTES, REPAIRED, "trailing_bytes")                                                  \
    X(ROUNDED_REFERENCE, REPAIRED, "rounded_reference") /* Whom it answers is not known. */

#define X(name, outcome, key) REASON_##name,
typedef enum { REASON_MAP(X) REASON_COUNT } reason;
#undef X

item_outcome reason_outcome(reason r);
const char *reason_key(reason r); /* Static; NULL for REASON_ACCEPTED. */
/* What a person can do about items of this reason; static, NULL: nothing. */
const char *reason_advice(reason r);
/* The reason with this key, by its bytes; REASON_COUNT when there is none. */
reason reason_find(const char *key);

#endif
