/* SPDX-License-Identifier: MIT */
#include "server/rest/postings.h"

#include "server/rest/push.h"

const posting posting_of_orders = {
    .schema =
        "{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\","
        "\"required\":[\"action\"],\"additionalProperties\":false,\"properties\":{\"action\":{"
        "\"type\":\"string\",\"enum\":[\"play\",\"pause\",\"speed\",\"seek\"]},\"speed\":{"
        "\"description\":\"0.1 to 1e9 times the recorded speed; 0 or max is as fast as it goes.\","
        "\"type\":[\"number\",\"string\"]},\"to\":{\"type\":\"string\",\"format\":\"date-time\"}}},"
        "\"examples\":{\"pause\":{\"value\":{\"action\":\"pause\"}},\"play\":{\"value\":{"
        "\"action\":\"play\"}},\"speed\":{\"value\":{\"action\":\"speed\",\"speed\":10}},\"seek\":"
        "{\"value\":{\"action\":\"seek\",\"to\":\"2030-01-01T00:00:00Z\"}}}}}}",
    .example = "-H 'Content-Type: application/json' -d '{\"action\":\"pause\"}' ",
};

static const char *const record_types[] = {"application/x-ndjson", "application/json", NULL};

#define A_TWEET                                                                                    \
    "{\\\"data\\\":{\\\"id\\\":\\\"1500000000000000001\\\",\\\"author_id\\\":\\\"12\\\","          \
    "\\\"created_at\\\":\\\"2022-03-05T11:00:00.000Z\\\",\\\"text\\\":\\\"hello\\\"}}"

const posting posting_of_records = {
    .types = record_types,
    .body_bytes_max = PUSH_BODY_BYTES_MAX,
    .takes_push = true,
    .schema =
        "{\"required\":true,\"description\":\"Items of any kind that files may hold, at most 16 "
        "MiB. application/x-ndjson: one a line; application/json: one document, which may be an "
        "array, a page, and indented.\",\"content\":{\"application/x-ndjson\":{\"schema\":{"
        "\"type\":\"string\"},\"examples\":{\"tweet\":{\"value\":\"" A_TWEET "\\n\"}}},"
        "\"application/json\":{\"schema\":{\"type\":[\"object\",\"array\"]}}}}",
    .example = "-H 'Content-Type: application/x-ndjson' -H 'Authorization: Bearer PUSH-TOKEN' "
               "--data-binary '{\"data\":{\"id\":\"1500000000000000001\",\"author_id\":\"12\","
               "\"created_at\":\"2022-03-05T11:00:00.000Z\",\"text\":\"hello\"}}' ",
};

const posting posting_of_fixes = {
    .takes_fix = true,
    .schema =
        "{\"required\":true,\"description\":\"A rule, tried unless dry_run is false; or the number "
        "of a fix to take back. What rules are: server/CORRECTIONS.md.\",\"content\":{"
        "\"application/json\":{\"schema\":{\"type\":\"object\",\"additionalProperties\":false,"
        "\"properties\":{\"where\":{\"type\":\"string\",\"maxLength\":4096},\"set\":{\"type\":"
        "\"string\",\"maxLength\":4096},\"dry_run\":{\"type\":\"boolean\",\"default\":true},"
        "\"undo\":{\"type\":\"integer\",\"minimum\":1}}},\"examples\":{\"rule\":{\"value\":{"
        "\"where\":\"source:push and created_at>=-1h\",\"set\":\"followers*=1000\","
        "\"dry_run\":true}}}}}}",
    .example = "-H 'Content-Type: application/json' -d '{\"where\":\"source:push and "
               "created_at>=-1h\",\"set\":\"followers*=1000\",\"dry_run\":true}' ",
};

const posting posting_of_notes = {
    .takes_push = true,
    .schema =
        "{\"required\":true,\"description\":\"What to note of a time, or of a span.\",\"content\":{"
        "\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"at\",\"text\"],"
        "\"additionalProperties\":false,\"properties\":{\"at\":{\"type\":\"string\",\"format\":"
        "\"date-time\"},\"until\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"
        "\"text\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":500}}},\"examples\":{\"goal\":"
        "{"
        "\"value\":{\"at\":\"2012-07-04T12:00:00Z\",\"text\":\"goal\"}}}}}}",
    .example = "-H 'Content-Type: application/json' -H 'Authorization: Bearer PUSH-TOKEN' "
               "-d '{\"at\":\"2012-07-04T12:00:00Z\",\"text\":\"goal\"}' ",
};

const posting taking_of_notes = {
    .takes_push = true,
    .example = "-X DELETE -H 'Authorization: Bearer PUSH-TOKEN' ",
};
