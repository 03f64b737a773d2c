/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/definitions.h"

const definition definitions[] = {
    {"responses", "Response",
     "Tweets that refer to the tweet (or to any tweet of the author, at the place, with the "
     "hashtag or link; on the board of origins: that people at the place wrote) and are by "
     "somebody else; both are known and not deleted.",
     "retweets + replies + quotes"},
    {"retweets", "Retweets",
     "Responses that repeat the tweet; what is a retweet is no reply or quote.", NULL},
    {"replies", "Replies", "Responses that answer the tweet; what is a reply is no quote.", NULL},
    {"quotes", "Quotes", "Responses that show the tweet within words of their own.", NULL},
    {"responders", "Responders", "Different people among those who responded.",
     "count(distinct responder)"},
    {"influence", "Influence",
     "How far responses carry: the sum of their weights, each by the followers and the number of "
     "tweets that the responder had as the response's own line says.",
     "sum over responses of sqrt(followers) / max(tweets, 1)^(1/4)"},
    {"recent", "Lately",
     "Responses that fade with the half-life h that the sort names (5 minutes, 1 hour, 6 hours), "
     "by their age a in whole minutes before as_of (0 if later), in multiples of 2^-32.",
     "sum over responses of floor(2^32 2^(-(a mod h) / h)) / 2^(32 + floor(a / h)), 0 from 33 h "
     "on"},
    {"received.n", "Words received",
     "Responses whose words count: replies and quotes in a language that has a model; with "
     "sentiment=all every response's text in such a language.",
     NULL},
    {"received.mean", "Reception", "The mean score of these words, from -1 to 1.",
     "sum of scores / n"},
    {"received.low", "Reception, at least",
     "The lower end of the 95 % interval of the mean; what reception ranks by.",
     "mean - 1.96 spread / sqrt(n), for n >= 2"},
    {"received.high", "Reception, at most", "The upper end of the 95 % interval of the mean.",
     "mean + 1.96 spread / sqrt(n), for n >= 2"},
    {"received.spread", "Controversy",
     "The standard deviation of the scores; controversy ranks by the lower end of its own 95 % "
     "interval, since two people who disagree are no controversy yet.",
     "sqrt(sum of (score - mean)^2 / (n - 1)), for n >= 2; ranked by "
     "spread - 1.96 spread / sqrt(2 (n - 1))"},
    {"differences.received", "Difference",
     "In a comparison, the reception of one side less that of another, with its 95 % interval "
     "after Welch (Biometrika 34, 1947), which needs no equal variances; v is rounded down.  Of "
     "several differences each stands for itself.",
     "mean_a - mean_b +- t(0.975, v) sqrt(A + B), A = s_a^2 / n_a, B likewise, v = (A + B)^2 / "
     "(A^2 / (n_a - 1) + B^2 / (n_b - 1))"},
    {"tweets", "Tweets",
     "On boards of hashtags, links and languages: the tweets that have responses which count.",
     "count(distinct tweet responded to)"},
    {"authors", "Authors",
     "On boards of places, origins, hashtags and links: the authors who have responses which "
     "count.",
     "count(distinct author responded to)"},
    {"place", "Place", "Where the author's profile says they are, as the geocoder reads it.", NULL},
    {"map_point", "Map point", "Whether the place is small enough to be shown as a point.",
     "area of its box <= 10 square degrees"},
    {"verdict", "Verdict",
     "What the cleaning says of the place: bad when authors with responses enough are there and "
     "none of them is heard nearby, good when one is, unjudged when there is no such author.",
     "an author with n >= 80 located responses speaks for the place if close / n > 0.005 (both "
     "are options); repeated without the bad places until nothing changes"},
    {"clean.responses", "Clean",
     "Of all time, responses between two map points of which none is bad.", "close + medium + far"},
    {"clean.close", "Close", "Clean responses over a short distance.", "distance < 200 km"},
    {"clean.medium", "Medium", "Clean responses over a medium distance.",
     "200 km <= distance < 2,000 km"},
    {"clean.far", "Far", "Clean responses over a long distance.", "distance >= 2,000 km"},
    {"clean.influence", "Clean influence", "The influence of the clean responses.", NULL},
    {"followers", "Followers", "How many follow the author, by the newest line that says so.",
     NULL},
    {"sentiment.score", "Mood",
     "The score of the tweet's own words, from -1 (very negative) to 1 (very positive).", NULL},
    {"words", "Words",
     "Each word that has a valence of its own, as it counted in this text: after negation, "
     "intensifiers, capitals and \"but\".",
     NULL},
    {"terms.influence", "Terms",
     "The responses that count most, each with its weight; together all weights are the "
     "influence.",
     "sqrt(followers) / max(tweets, 1)^(1/4) of who responded"},
    {"located", "Located", "Responses whose two ends both make a point on the map.", NULL},
    {"items", "Items",
     "Lines, or elements of arrays, that were read; each is accepted, repaired, ignored or "
     "rejected.",
     "accepted + repaired + ignored + rejected"},
    {"accepted", "Accepted", "Items that were read as they were.", NULL},
    {"repaired", "Repaired", "Items that were accepted after a mistake in them was mended.", NULL},
    {"ignored", "Ignored",
     "Blank lines, notices (which are applied), and objects of a kind that is not known.", NULL},
    {"rejected", "Rejected", "Items that are no JSON, no objects, or tweets that lack their id.",
     NULL},
    {"rows_out", "Rate", "Rows that the operator gave on; the page shows those of a second.", NULL},
    {"bytes_held", "Memory", "What the operator remembers, to answer corrections.", NULL},
    {"time_us", "Time", "What the operator took of all time spent in operators since the start.",
     NULL},
    {"lag_ms", "Lag",
     "How old the newest tweet of a live source is.  An alert tells of what comes late, and of "
     "what "
     "does not come at all, apart.",
     "wall time - created_at"},
    {"gaps", "Gaps", "Times that a live source may have missed something.", NULL},
    {"missed", "Missed", "Items that the source says it did not send.", NULL},
    {"spend", "Spend",
     "Posts and users read, at the published prices; the source stops before the budget is "
     "passed.",
     NULL},
    {"journal", "Journal",
     "The file that keeps what was accepted; what is shown was stored there first.", NULL},
    {"annotations", "Notes",
     "What somebody noted of a time, at most 200; no number follows from it.", NULL},
    {"rate_fell", "Shift",
     "Five minutes that differ from the hour before by more than its own ups and downs: in their "
     "rate, moods or languages.",
     "rate: 4 robust deviations, and to less than 2/3 or more than 3/2; shares: a G-test at one in "
     "a million, and 0.004 bits of divergence"},
};
const size_t definition_count = sizeof definitions / sizeof definitions[0];
