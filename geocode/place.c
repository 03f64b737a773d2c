/* SPDX-License-Identifier: MIT */
#include "geocode/geocode.h"

const char *place_kind_text(place_kind k) {
    static const char *const texts[] = {"city", "region", "country", "coordinates", "other"};
    return texts[k];
}
