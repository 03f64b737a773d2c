// SPDX-License-Identifier: MIT
#include "sentiment/cld2.h"

#include <climits>
#include <cstdio> // CLD2's header needs it and does not say so.

#include <cld2/public/compact_lang_det.h>

const char *cld2_detect(const char *bytes, size_t count, bool *is_reliable) {
    if (count > INT_MAX) count = 0;
    try {
        CLD2::Language language =
            CLD2::DetectLanguage(bytes, static_cast<int>(count), true, is_reliable);
        return language == CLD2::UNKNOWN_LANGUAGE ? nullptr : CLD2::LanguageCode(language);
    } catch (...) { // Only memory can be missing.
        *is_reliable = false;
        return nullptr;
    }
}
