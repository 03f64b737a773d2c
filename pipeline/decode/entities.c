/* SPDX-License-Identifier: MIT */
/* entities -- the hashtags and links of a tweet, as the source took them out of its text.
 *
 * v1.1 says {"text"} and {"expanded_url", "unwound": {"url"}}; X v2 {"tag"} and
 * {"expanded_url", "unwound_url"}.  Most tweets have none or one of a kind, which is
 * copied once. */
#include "pipeline/decode/line.h"

static bool has_text(const json_value *v) {
    return v->kind == NODE_TEXT && v->string.count > 0;
}

/* The list's separator may not stand in a member. */
static bool is_clean(text t) {
    for (size_t i = 0; i < t.count; i++)
        if ((unsigned char)t.bytes[i] < ' ') return false;
    return t.count > 0;
}

static text hashtag_of(const json_value *v) {
    const json_value *said = has_text(&v[ENTITY_tag]) ? &v[ENTITY_tag] : &v[ENTITY_text];
    return has_text(said) ? said->string : (text){NULL, 0};
}

/* Where the link leads, as far as the source has followed it.  The address of the
 * tweet's own picture is no link. */
static text link_of(const line *l, const json_value *v) {
    json_value unwound[ENTITY_KEY_COUNT];
    if (v[ENTITY_media_key].kind != NODE_ABSENT) return (text){NULL, 0};
    if (has_text(&v[ENTITY_display_url]) &&
        (text_starts_with(v[ENTITY_display_url].string, TEXT("pic.twitter.com/")) ||
         text_starts_with(v[ENTITY_display_url].string, TEXT("pic.x.com/"))))
        return (text){NULL, 0};
    if (has_text(&v[ENTITY_unwound_url])) return v[ENTITY_unwound_url].string;
    if (v[ENTITY_unwound].kind == NODE_OBJECT) {
        line_pick(l, KEYS_ENTITY, &v[ENTITY_unwound], unwound);
        if (has_text(&unwound[ENTITY_url])) return unwound[ENTITY_url].string;
    }
    if (has_text(&v[ENTITY_expanded_url])) return v[ENTITY_expanded_url].string;
    return has_text(&v[ENTITY_url]) ? v[ENTITY_url].string : (text){NULL, 0};
}

/* The members of an array, a line each, or the one there is. */
static bool keep_list(line *l, const json_value *array, bool are_links, text *result) {
    json_cursor cursor = {0};
    json_value element, v[ENTITY_KEY_COUNT];
    text only = {NULL, 0};
    *result = only;
    if (array->kind != NODE_ARRAY) return false;
    buffer_clear(&l->list);
    while (l->reader->next(array, &cursor, &element)) {
        if (element.kind != NODE_OBJECT) continue;
        line_pick(l, KEYS_ENTITY, &element, v);
        text member = are_links ? link_of(l, v) : hashtag_of(v);
        if (!is_clean(member)) continue;
        if (only.count > 0) {
            if (l->list.count == 0) buffer_add(&l->list, only);
            buffer_add_byte(&l->list, '\n');
            buffer_add(&l->list, member);
        }
        only = member;
    }
    if (l->list.failed) l->no_memory = true;
    if (l->list.count > 0) only = buffer_text(&l->list);
    if (only.count > 0) *result = arena_copy(l->out->memory, only);
    if (only.count > 0 && result->bytes == NULL) l->no_memory = true;
    return true;
}

void entities_read_lists(line *l, record *tweet, const json_value *hashtags,
                         const json_value *links) {
    if (keep_list(l, hashtags, false, &tweet->tweet.hashtags)) tweet->fields |= TWEET_HASHTAGS;
    if (keep_list(l, links, true, &tweet->tweet.links)) tweet->fields |= TWEET_LINKS;
}

void entities_read(line *l, record *tweet, const json_value *entities) {
    json_value v[ENTITIES_KEY_COUNT];
    if (entities->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_ENTITIES, entities, v);
    entities_read_lists(l, tweet, &v[ENTITIES_hashtags], &v[ENTITIES_urls]);
}
