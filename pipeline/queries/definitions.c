/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/definitions.h"

const definition definitions[] = {
    {"responses",
     "Tweets that refer to the tweet (or to any tweet of the author, at the place, with the "
     "hashtag or link) and are by somebody else; both are known and not deleted.",
     "retweets + replies + quotes"},
    {"retweets", "Responses that repeat the tweet; what is a retweet is no reply or quote.", NULL},
    {"replies", "Responses that answer the tweet; what is a reply is no quote.", NULL},
    {"quotes", "Responses that show the tweet within words of their own.", NULL},
    {"responders", "Different people among those who responded.", "count(distinct responder)"},
    {"influence",
     "How far responses carry: the sum of their weights, each by the followers and the number of "
     "tweets that the responder had as the response's own line says.",
     "sum over responses of sqrt(followers) / max(tweets, 1)^(1/4)"},
    {"recent",
     "Responses that fade with the half-life h that the sort names (5 minutes, 1 hour, 6 hours), "
     "by their age a in whole minutes before as_of (0 if later), in multiples of 2^-32.",
     "sum over responses of floor(2^32 2^(-(a mod h) / h)) / 2^(32 + floor(a / h)), 0 from 33 h "
     "on"},
    {"received.n",
     "Responses whose words count: replies and quotes in a language that has a model; with "
     "sentiment=all every response's text in such a language.",
     NULL},
    {"received.mean", "The mean score of these words, from -1 to 1.", "sum of scores / n"},
    {"received.low", "The lower end of the 95 % interval of the mean; what reception ranks by.",
     "mean - 1.96 spread / sqrt(n), for n >= 2"},
    {"received.high", "The upper end of the 95 % interval of the mean.",
     "mean + 1.96 spread / sqrt(n), for n >= 2"},
    {"received.spread",
     "The standard deviation of the scores; controversy ranks by the lower end of its own 95 % "
     "interval, since two people who disagree are no controversy yet.",
     "sqrt(sum of (score - mean)^2 / (n - 1)), for n >= 2; ranked by "
     "spread - 1.96 spread / sqrt(2 (n - 1))"},
    {"tweets",
     "On boards of hashtags, links and languages: the tweets that have responses which count.",
     "count(distinct tweet responded to)"},
    {"authors",
     "On boards of places, hashtags and links: the authors who have responses which count.",
     "count(distinct author responded to)"},
    {"place", "Where the author's profile says they are, as the geocoder reads it.", NULL},
    {"map_point", "Whether the place is small enough to be shown as a point.",
     "area of its box <= 10 square degrees"},
    {"verdict",
     "What the cleaning says of the place: bad when authors with responses enough are there and "
     "none of them is heard nearby, good when one is, unjudged when there is no such author.",
     "an author with n >= 80 located responses speaks for the place if close / n > 0.005 (both "
     "are options); repeated without the bad places until nothing changes"},
    {"clean.responses", "Of all time, responses between two map points of which none is bad.",
     "close + medium + far"},
    {"clean.close", "Clean responses over a short distance.", "distance < 200 km"},
    {"clean.medium", "Clean responses over a medium distance.", "200 km <= distance < 2,000 km"},
    {"clean.far", "Clean responses over a long distance.", "distance >= 2,000 km"},
    {"clean.influence", "The influence of the clean responses.", NULL},
    {"followers", "How many follow the author, by the newest line that says so.", NULL},
    {"sentiment.score", "The score of the tweet's own words, from -1 to 1.", NULL},
};
const size_t definition_count = sizeof definitions / sizeof definitions[0];
