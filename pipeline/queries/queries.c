/* SPDX-License-Identifier: MIT */
/* queries -- the two tables that everything outside is driven by. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/topic.h"

#include <stdlib.h>

enum {
    QUERY_BOARD =
        QUERY_WINDOW | QUERY_SORT | QUERY_LIMIT | QUERY_FILTER | QUERY_SENTIMENT | QUERY_CURSOR,
};

const query queries[] = {
    {"tweets/top", "The tweets that spread most.", QUERY_BOARD, board_sorts, NULL, tweets_top},
    {"tweets/{id}", "One tweet.", QUERY_ID, NULL, NULL, tweet_by_id},
    {"authors/top", "The authors whose voice carries.", QUERY_BOARD, board_sorts, NULL,
     authors_top},
    {"places/top", "The places whose people are heard.", QUERY_BOARD, board_sorts, NULL,
     places_top},
    {"origins/top", "The places whose people respond, and how they take it.", QUERY_BOARD,
     board_sorts, NULL, origins_top},
    {"hashtags/top", "The hashtags whose tweets are answered.", QUERY_BOARD, board_sorts, NULL,
     hashtags_top},
    {"links/top", "The links whose tweets are answered.", QUERY_BOARD, board_sorts, NULL,
     links_top},
    {"languages/top", "The languages that responses are written in.", QUERY_BOARD, board_sorts,
     NULL, langs_top},
    {"authors/{id}", "One author, with where the responses came from.", QUERY_ID, NULL, NULL,
     author_by_id},
    {"authors/{id}/responses", "The latest responses to one author.",
     QUERY_ID | QUERY_LIMIT | QUERY_CURSOR, NULL, NULL, author_responses},
    {"search", "The tweets that are looked for.",
     QUERY_WANTED | QUERY_WINDOW | QUERY_SORT | QUERY_LIMIT | QUERY_CURSOR, search_sorts, NULL,
     search_answer},
    {"compare", "Responses to tweets of two to four kinds, side by side.",
     QUERY_SIDES | QUERY_WINDOW | (QUERY_FILTER & ~QUERY_WANTED) | QUERY_SENTIMENT, NULL, NULL,
     compare_answer},
    {"timeline", "Volume and mood of each minute.",
     QUERY_WINDOW | QUERY_LANG | QUERY_KIND | QUERY_AUTHOR | QUERY_HASHTAG | QUERY_WANTED, NULL,
     NULL, timeline_answer},
    {"map", "Authors with a map point, as columns.", QUERY_WINDOW | QUERY_FILTER | QUERY_SENTIMENT,
     NULL, NULL, map_answer},
    {"places", "Places that responses come from or go to.", 0, NULL, "application/geo+json",
     places_answer},
    {"locations/explain", "Why a text is where it is, or is no place.", QUERY_TEXT, NULL, NULL,
     explain_answer},
    {"cleaning", "Places that the cleaning removed.", 0, NULL, NULL, cleaning_answer},
    {"dataflow", "The operators, with what they carry, hold and cost.", 0, NULL, NULL,
     dataflow_answer},
};
const size_t query_count = sizeof queries / sizeof queries[0];

const stream_topic stream_topics[] = {
    {"map", true, 2, map_make, map_full, map_change, topic_free},
    {"board", true, 1, board_make, board_full, board_change, topic_free},
    {"timeline", false, 4, timeline_make, timeline_full, timeline_change, topic_free},
};
const size_t stream_topic_count = sizeof stream_topics / sizeof stream_topics[0];

void topic_free(topic_state *s) {
    if (s == NULL) return;
    buffer_deinit(&s->json);
    buffer_deinit(&s->strings);
    free(s->points);
    free(s->minutes);
    free(s);
}
