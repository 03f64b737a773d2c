/* SPDX-License-Identifier: MIT */
/* Whatever is written for a rule is read or refused with its place, and what was read can
 * be judged; where and set are apart by a line's end.
 *
 * covers: pipeline/queries/rule.c pipeline/queries/rule_read.c pipeline/queries/rule_values.c */
#include "pipeline/queries/rule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static text copy_of(text t) {
    char *bytes = malloc(t.count > 0 ? t.count : 1); /* Reading beyond the end is seen. */
    if (bytes != NULL && t.count > 0) memcpy(bytes, t.bytes, t.count);
    return (text){bytes, bytes == NULL ? 0 : t.count};
}

static void judge(const rule *r, bool of_user) {
    static const char words[] = "some Words 7";
    rule_subject s = {.is_user = of_user};
    rule_value after;
    for (size_t i = 0; i < RULE_FIELDS; i++)
        s.values[i] = (rule_value){i * 77, {words, sizeof words - 1}};
    (void)rule_matches(r, &s);
    uint32_t sets = rule_sets(r, of_user);
    for (unsigned i = 0; i < RULE_FIELDS; i++)
        if ((sets >> i & 1) != 0) (void)rule_value_after(r, (rule_field)i, &s, &after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const rule_times times = {INT64_C(1795421400000), INT64_C(1795422000000)};
    text all = {(const char *)data, size};
    size_t end = size;
    rule_error e;
    rule *r;
    (void)text_find_byte(all, '\n', &end);
    text where = copy_of(text_slice(all, 0, end)), set = copy_of(text_slice(all, end + 1, size));
    status s = rule_read(where, set, &times, &r, &e);
    free((char *)(uintptr_t)where.bytes); /* Nothing of them is kept. */
    free((char *)(uintptr_t)set.bytes);
    if (s == STATUS_OK) {
        assert(rule_sets(r, false) != 0 || rule_sets(r, true) != 0);
        judge(r, false);
        judge(r, true);
    } else {
        assert(s != STATUS_BAD_FORMAT || e.message[0] != '\0');
        assert(e.position + e.count <= (e.in_set ? set.count : where.count) || e.count == 0);
    }
    rule_free(r);
    return 0;
}
