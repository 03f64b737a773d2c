/* SPDX-License-Identifier: MIT */
#include "sentiment/letter.h"

#include <unicase.h>
#include <unictype.h>
#include <uniwidth.h>

bool letter_is_upper(uint32_t code_point) {
    return uc_is_property_uppercase(code_point);
}

bool letter_is_lower_or_title(uint32_t code_point) {
    return uc_is_property_lowercase(code_point) ||
           uc_is_general_category_withtable(code_point, UC_CATEGORY_MASK_Lt);
}

bool letter_is_any(uint32_t code_point) {
    return uc_is_property_alphabetic(code_point);
}

bool letter_is_in_word(uint32_t code_point) {
    return letter_is_any(code_point) ||
           uc_is_general_category_withtable(code_point, UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_Nd);
}

uint32_t letter_lower(uint32_t code_point) {
    return uc_tolower(code_point);
}

int letter_columns(uint32_t code_point) {
    int columns = uc_width(code_point, "UTF-8");
    return columns < 0 ? 1 : columns;
}
