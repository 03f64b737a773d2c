/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/rows.h"

FLOW_SCHEMA(tweet_row, TWEET_ROW)
FLOW_SCHEMA(user_row, USER_ROW)
FLOW_SCHEMA(audience_row, AUDIENCE_ROW)
FLOW_SCHEMA(original_row, ORIGINAL_ROW)
FLOW_SCHEMA(reaction_row, REACTION_ROW)
FLOW_SCHEMA(response_row, RESPONSE_ROW)
FLOW_SCHEMA(total_row, TOTAL_ROW)
FLOW_SCHEMA(board_row, BOARD_ROW)
FLOW_SCHEMA(pair_row, PAIR_ROW)
FLOW_SCHEMA(responders_row, RESPONDERS_ROW)
FLOW_SCHEMA(home_row, HOME_ROW)
FLOW_SCHEMA(half_located_row, HALF_LOCATED_ROW)
FLOW_SCHEMA(located_row, LOCATED_ROW)
FLOW_SCHEMA(cell_row, CELL_ROW)
FLOW_SCHEMA(author_count_row, AUTHOR_COUNT_ROW)
FLOW_SCHEMA(author_row, AUTHOR_ROW)
FLOW_SCHEMA(evidence_row, EVIDENCE_ROW)
FLOW_SCHEMA(evidence_sum_row, EVIDENCE_SUM_ROW)
FLOW_SCHEMA(vote_row, VOTE_ROW)
FLOW_SCHEMA(verdict_row, VERDICT_ROW)
FLOW_SCHEMA(place_row, PLACE_ROW)
FLOW_SCHEMA(round_row, ROUND_ROW)
FLOW_SCHEMA(place_total_row, PLACE_TOTAL_ROW)
FLOW_SCHEMA(clean_part_row, CLEAN_PART_ROW)
FLOW_SCHEMA(clean_row, CLEAN_ROW)
FLOW_SCHEMA(heard_row, HEARD_ROW)
FLOW_SCHEMA(minute_row, MINUTE_ROW)
FLOW_SCHEMA(known_part_row, KNOWN_PART_ROW)
FLOW_SCHEMA(known_row, KNOWN_ROW)
FLOW_SCHEMA(notices_row, NOTICES_ROW)
FLOW_SCHEMA(profile_part_row, PROFILE_PART_ROW)
FLOW_SCHEMA(profiles_row, PROFILES_ROW)
FLOW_SCHEMA(sum_part_row, SUM_PART_ROW)
FLOW_SCHEMA(sum_row, SUM_ROW)
FLOW_SCHEMA(lang_key_row, LANG_KEY_ROW)
FLOW_SCHEMA(lang_row, LANG_ROW)

const char *tweet_kind_text(tweet_kind k) {
    static const char *const names[] = {"original", "retweet", "reply", "quote"};
    return names[k];
}
