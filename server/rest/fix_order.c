/* SPDX-License-Identifier: MIT */
#include "server/rest/fix_order.h"

#include "server/base/json_members.h"
#include "server/base/json_walk.h"

typedef enum { MEMBER_WHERE, MEMBER_SET, MEMBER_DRY_RUN, MEMBER_UNDO, MEMBER_COUNT } member;
static const char *const member_names[] = {"where", "set", "dry_run", "undo"};

/* Both parts of the rule, one behind the other. */
static void read_rule(const text members[MEMBER_COUNT], fixing_order *order, buffer *texts,
                      param_errors *e) {
    size_t ends[2] = {0, 0};
    for (size_t i = MEMBER_WHERE; i <= MEMBER_SET; i++) {
        if (members[i].count == 0)
            param_errors_add(e, text_of(member_names[i]), "missing");
        else if (!json_walk_string(members[i], texts))
            param_errors_add(e, text_of(member_names[i]), "must be a string");
        ends[i] = texts->count;
    }
    if (texts->failed) param_errors_add(e, TEXT("where"), "out of memory");
    order->where = text_slice(buffer_text(texts), 0, ends[0]);
    order->set = text_slice(buffer_text(texts), ends[0], ends[1]);
    text dry = members[MEMBER_DRY_RUN];
    order->is_dry = !text_equal(dry, TEXT("false"));
    if (dry.count > 0 && order->is_dry && !text_equal(dry, TEXT("true")))
        param_errors_add(e, TEXT("dry_run"), "must be true or false");
}

static void read_undo(const text members[MEMBER_COUNT], fixing_order *order, param_errors *e) {
    for (size_t i = MEMBER_WHERE; i < MEMBER_UNDO; i++)
        if (members[i].count > 0) param_errors_add(e, text_of(member_names[i]), "not with undo");
    if (!text_to_u64(members[MEMBER_UNDO], &order->undo) || order->undo == 0)
        param_errors_add(e, TEXT("undo"), "must be the number of a fix");
}

bool fix_order_read(text body, fixing_order *order, buffer *texts, param_errors *e) {
    static const char example[] = "{\"where\":\"source:push\",\"set\":\"followers*=1000\","
                                  "\"dry_run\":true} or {\"undo\":1}";
    text members[MEMBER_COUNT] = {{0}};
    *order = (fixing_order){0};
    if (!json_members_read(body, member_names, MEMBER_COUNT, example, members, e)) return false;
    if (members[MEMBER_UNDO].count > 0)
        read_undo(members, order, e);
    else
        read_rule(members, order, texts, e);
    return e->count == 0;
}

void fix_order_add_wrong(param_errors *e, const rule_error *wrong) {
    param_errors_add(e, wrong->in_set ? TEXT("set") : TEXT("where"), "at byte %zu: %s",
                     wrong->position, wrong->message);
}

unsigned fix_order_refusal(status s, const char **detail) {
    switch (s) {
    case STATUS_BAD_FORMAT: *detail = "The rule is wrong."; return 400;
    case STATUS_NOT_FOUND: *detail = "There is no fix of this number."; return 404;
    case STATUS_NOT_POSSIBLE: *detail = "This fix was taken back already."; return 409;
    case STATUS_CANNOT_WRITE: *detail = "It cannot be stored now."; return 503;
    case STATUS_STOPPED: *detail = "The program is stopping."; return 503;
    default: *detail = status_text(s); return 503;
    }
}
