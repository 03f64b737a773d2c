/* SPDX-License-Identifier: MIT */
#include "server/rest/param_docs.h"

#define TEXT_UP_TO(n) "{\"type\":\"string\",\"minLength\":1,\"maxLength\":" #n "}"
#define ONE_OF(list)  "{\"type\":\"string\",\"enum\":[" list "]}"
#define A_TIME                                                                                     \
    "{\"anyOf\":[{\"type\":\"string\",\"format\":\"date-time\"},"                                  \
    "{\"type\":\"string\",\"pattern\":\"^-[0-9.]+ ?[smhdw]$\"}]}"

const param_doc param_docs[] = {
    {"what", PARAM_EXPORT,
     ONE_OF("\"tweets\",\"authors\",\"places\",\"origins\",\"hashtags\",\"links\","
            "\"languages\",\"map\",\"timeline\""),
     "tweets", "What to export: a board, the map or the timeline."},
    {"format", PARAM_EXPORT, ONE_OF("\"csv\",\"jsonl\",\"geojson\""), "csv",
     "csv (default), jsonl (of tweets: pages of X API v2, as twarc2 reads them) or geojson (of "
     "what has a place)."},
    {"window", QUERY_WINDOW | PARAM_PRESET, ONE_OF("\"5m\",\"15m\",\"1h\",\"6h\",\"24h\",\"all\""),
     "24h", "How far back from as_of; all is the default."},
    {"start", QUERY_WINDOW, A_TIME, "2012-07-04T00:00:00Z",
     "Instead of window: from this time, or so long ago (-30m), snapped outward to a minute."},
    {"end", QUERY_WINDOW, A_TIME, "2030-01-01T00:00:00Z",
     "Instead of window: before this time (or -5m), snapped outward to a minute."},
    {"sort", QUERY_SORT, NULL, "responses", "The order, greatest first."},
    {"limit", QUERY_LIMIT, "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":10}",
     "3", "How many; up to 10000 in an export."},
    {"cursor", QUERY_CURSOR, TEXT_UP_TO(512), NULL,
     "meta.next_token of the page before; 410 after an hour or a restart."},
    {"fields", QUERY_FIELDS, NULL, NULL,
     "Only these members of each row, by commas; what names the row always stays, `includes` with "
     "author_id."},
    {"lang", QUERY_LANG, "{\"type\":\"string\",\"pattern\":\"^[A-Za-z-]{2,8}$\"}", "en",
     "Only responses written in this language."},
    {"place", QUERY_PLACE, TEXT_UP_TO(256), "London",
     "Only responses by people there: a place's id or name."},
    {"country", QUERY_PLACE, TEXT_UP_TO(256), "GB",
     "Only responses by people in this country: its two letters or its name."},
    {"bbox", QUERY_PLACE, TEXT_UP_TO(64), "-11,35,32,71",
     "Only responses by people whose place is a map point in this box: west,south,east,north in "
     "degrees; west may be more than east."},
    {"q", QUERY_WANTED, TEXT_UP_TO(1024), "lang:en",
     "Only responses to tweets that match (search: these tweets): words, \"some words\", #tag, "
     "@name, from:, to:, lang:, place:, country:, is:, has:, sentiment:>0.2; OR, parentheses and - "
     "join them."},
    {"a", QUERY_SIDES, TEXT_UP_TO(1024), "sentiment:positive",
     "To which tweets responses are on this side, as q says it."},
    {"b", QUERY_SIDES, TEXT_UP_TO(1024), "sentiment:negative", "The second side."},
    {"c", QUERY_SIDES, TEXT_UP_TO(1024), NULL, "A third side."},
    {"d", QUERY_SIDES, TEXT_UP_TO(1024), NULL, "A fourth side."},
    {"author", QUERY_AUTHOR, TEXT_UP_TO(256), NULL,
     "Only responses to this author: an id or @username."},
    {"hashtag", QUERY_HASHTAG, TEXT_UP_TO(256), "worldcup",
     "Only responses to tweets with this tag."},
    {"kind", QUERY_KIND, TEXT_UP_TO(64), "reply,quote",
     "Only responses of these kinds: retweet, reply, quote, by commas."},
    {"located", QUERY_LOCATED, "{\"type\":\"boolean\"}", "true",
     "Only responses of which both ends make a map point (false: only the others)."},
    {"clean", QUERY_LOCATED, "{\"type\":\"boolean\"}", "true",
     "Only located responses with no end at a bad place (false: only the others)."},
    {"sentiment", QUERY_SENTIMENT, ONE_OF("\"received\",\"all\""), "all",
     "Whose texts `received` sums: replies and quotes, or every response's own."},
    {"text", QUERY_TEXT, TEXT_UP_TO(2048), "London", "A location as people write it."},
    {"topics", PARAM_STREAM, TEXT_UP_TO(64), "stats,board",
     "stats, map, board, timeline, alerts, annotations, by commas; the first three are the "
     "default."},
    {"once", PARAM_STREAM, ONE_OF("\"0\",\"1\""), "1", "1: whole states once, then the end."},
    {"since", PARAM_STREAM, TEXT_UP_TO(64), NULL, "An id to resume after, as Last-Event-ID."},
};
const size_t param_doc_count = sizeof param_docs / sizeof param_docs[0];
