/* SPDX-License-Identifier: MIT */
/* Reading goes over the text once, from left to right; parentheses are the only depth. */
#include "pipeline/queries/wanted_internal.h"

#include "geocode/decimal.h"
#include "pipeline/base/suggest.h"
#include "pipeline/queries/mention.h"
#include "sentiment/sentiment.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    text input;
    size_t at;
    wanted *made;
    written_error *e;
} reading;

typedef struct {
    size_t begin, end; /* As written, quotes included. */
    text words;
} written_value;

static bool at_byte(const reading *r, char c) {
    return r->at < r->input.count && r->input.bytes[r->at] == c;
}

static bool at_text(const reading *r, text t) {
    return text_starts_with(text_slice(r->input, r->at, r->input.count), t);
}

static void skip_blanks(reading *r) {
    r->at = written_blanks_end(r->input, r->at);
}

/* ---- Values ---- */

/* The mark that ends a quotation which begins here, straight or as telephones write it;
 * empty: none begins. */
static text quote_end(const reading *r, size_t *begin_bytes) {
    static const char opening[] = "\xE2\x80\x9C", closing[] = "\xE2\x80\x9D";
    *begin_bytes = at_byte(r, '"') ? 1 : 3;
    if (at_byte(r, '"')) return TEXT("\"");
    if (at_text(r, TEXT(opening)) || at_text(r, TEXT(closing))) return TEXT(closing);
    return TEXT("");
}

static bool take_quoted(reading *r, text mark, size_t begin_bytes, written_value *v) {
    v->begin = r->at;
    v->end = r->input.count;
    r->at += begin_bytes;
    size_t begin = r->at;
    while (r->at < r->input.count && !at_text(r, mark)) r->at++;
    v->words = text_slice(r->input, begin, r->at);
    if (r->at == r->input.count)
        return written_fail(r->e, v->begin, r->input.count, "this quotation has no end");
    v->end = r->at += mark.count;
    return true;
}

static bool ends_word(const reading *r) {
    if (r->at == r->input.count) return true;
    char c = r->input.bytes[r->at];
    size_t bytes;
    return written_is_blank(c) || c == '(' || c == ')' || quote_end(r, &bytes).count > 0;
}

static void take_bare(reading *r, written_value *v) {
    v->begin = r->at;
    while (!ends_word(r)) r->at++;
    v->end = r->at;
    v->words = text_slice(r->input, v->begin, v->end);
}

static bool take_value(reading *r, written_value *v) {
    size_t begin_bytes;
    text mark = quote_end(r, &begin_bytes);
    if (mark.count > 0) return take_quoted(r, mark, begin_bytes, v);
    take_bare(r, v);
    return true;
}

static text keep(wanted *w, text words) {
    char *copy = w->bytes + w->byte_count;
    if (words.count > 0) memcpy(copy, words.bytes, words.count);
    w->byte_count += words.count;
    return (text){copy, words.count};
}

/* ---- Operators ---- */

static bool read_name(reading *r, const written_value *v, wanted_term *t) {
    text name = text_trim(v->words);
    if (text_starts_with(name, TEXT("@"))) name = text_slice(name, 1, name.count);
    if (name.count == 0)
        return written_fail(r->e, v->begin, v->end, "this is nobody; write a name or an id");
    t->words = keep(r->made, name);
    return true;
}

static bool read_lang(reading *r, const written_value *v, wanted_term *t) {
    bool good = v->words.count >= 2 && v->words.count <= 8;
    for (size_t i = 0; good && i < v->words.count; i++) {
        char c = v->words.bytes[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    }
    if (!good)
        return written_fail(r->e, v->begin, v->end,
                            "this is no language code; write it like en or pt");
    t->words = keep(r->made, v->words);
    return true;
}

static bool read_place(reading *r, const written_value *v, wanted_term *t) {
    text where = text_trim(v->words);
    if (where.count == 0)
        return written_fail(r->e, v->begin, v->end, "a place is missing here, as in place:London");
    t->words = keep(r->made, where);
    return true;
}

typedef struct {
    const char *name;
    term_type type;
    int32_t number;
} choice;

static bool read_choice(reading *r, const written_value *v, const choice *choices,
                        const char *names, wanted_term *t) {
    suggestion near = {.wanted = v->words};
    for (; choices->name != NULL; choices++) {
        suggest(&near, choices->name);
        if (!text_equal_caseless(v->words, text_of(choices->name))) continue;
        t->type = choices->type;
        t->number = choices->number;
        return true;
    }
    if (near.best != NULL)
        return written_fail(r->e, v->begin, v->end, "unknown; did you mean %s?", near.best);
    return written_fail(r->e, v->begin, v->end, "unknown; there are %s", names);
}

static bool read_is(reading *r, const written_value *v, wanted_term *t) {
    static const choice kinds[] = {{"retweet", TERM_KIND, KIND_RETWEET},
                                   {"reply", TERM_KIND, KIND_REPLY},
                                   {"quote", TERM_KIND, KIND_QUOTE},
                                   {"original", TERM_KIND, KIND_ORIGINAL},
                                   {NULL, TERM_KIND, 0}};
    return read_choice(r, v, kinds, "retweet, reply, quote and original", t);
}

static bool read_has(reading *r, const written_value *v, wanted_term *t) {
    static const choice whats[] = {{"hashtags", TERM_HAS_TAGS, 0},
                                   {"links", TERM_HAS_LINKS, 0},
                                   {"mentions", TERM_HAS_MENTIONS, 0},
                                   {NULL, TERM_HAS_TAGS, 0}};
    return read_choice(r, v, whats, "hashtags, links and mentions", t);
}

static bool read_score(reading *r, const written_value *v, wanted_term *t) {
    static const struct {
        text written;
        score_op op;
    } ops[] = {{{">=", 2}, SCORE_AT_LEAST},
               {{"<=", 2}, SCORE_AT_MOST},
               {{">", 1}, SCORE_MORE},
               {{"<", 1}, SCORE_LESS},
               {{"=", 1}, SCORE_IS}};
    size_t i = 0;
    int64_t e6;
    bool is_exact;
    while (!text_starts_with(v->words, ops[i].written)) i++;
    t->op = ops[i].op;
    text number = text_slice(v->words, ops[i].written.count, v->words.count);
    if (!decimal_read(number, 6, &e6, &is_exact) || e6 < -1000000 || e6 > 1000000)
        return written_fail(r->e, v->begin, v->end,
                            "this is no score; write a number from -1 to 1, as in "
                            "sentiment:>0.2");
    if (!is_exact) return written_fail(r->e, v->begin, v->end, "a score has at most six decimals");
    t->number = (int32_t)e6;
    return true;
}

static bool read_sentiment(reading *r, const written_value *v, wanted_term *t) {
    static const choice labels[] = {{"positive", TERM_LABEL, SENTIMENT_POSITIVE},
                                    {"neutral", TERM_LABEL, SENTIMENT_NEUTRAL},
                                    {"negative", TERM_LABEL, SENTIMENT_NEGATIVE},
                                    {NULL, TERM_LABEL, 0}};
    char first = v->words.count > 0 ? v->words.bytes[0] : ' ';
    if (first == '>' || first == '<' || first == '=') return read_score(r, v, t);
    return read_choice(r, v, labels, "positive, neutral, negative, and scores as in >0.2", t);
}

static const struct {
    const char *name;
    term_type type;
    bool (*read)(reading *r, const written_value *v, wanted_term *t);
} operators[] = {
    {"from", TERM_FROM, read_name},        {"to", TERM_TO, read_name},
    {"lang", TERM_LANG, read_lang},        {"place", TERM_PLACE, read_place},
    {"country", TERM_COUNTRY, read_place}, {"is", TERM_KIND, read_is},
    {"has", TERM_HAS_TAGS, read_has},      {"sentiment", TERM_SCORE, read_sentiment},
};
enum { OPERATOR_COUNT = sizeof operators / sizeof operators[0] };

static bool fail_operator(reading *r, text name) {
    suggestion near = {.wanted = name};
    size_t end = r->at + name.count + 1;
    for (size_t i = 0; i < OPERATOR_COUNT; i++) suggest(&near, operators[i].name);
    if (near.best != NULL)
        return written_fail(r->e, r->at, end, "there is no such operator; did you mean %s:?",
                            near.best);
    return written_fail(r->e, r->at, end,
                        "there is no such operator; what is meant as words is written in quotes");
}

static bool read_operator(reading *r, text name, wanted_term *t) {
    written_value v;
    size_t i = 0;
    while (i < OPERATOR_COUNT && !text_equal_caseless(name, text_of(operators[i].name))) i++;
    if (i == OPERATOR_COUNT) return fail_operator(r, name);
    t->type = operators[i].type;
    r->at += name.count + 1;
    return take_value(r, &v) && operators[i].read(r, &v, t);
}

/* ---- Words, hashtags, mentions ---- */

static bool read_words(reading *r, const written_value *v, wanted_term *t) {
    wanted *w = r->made;
    char *room = w->bytes + w->byte_count;
    size_t count = folded_write(&w->fold, v->words, true, room, sizeof w->bytes - w->byte_count);
    if (count == 0)
        return written_fail(r->e, v->begin, v->end,
                            "nothing here can be looked for: it has no letter or digit");
    w->byte_count += count;
    t->type = TERM_WORDS;
    t->words = (text){room, count};
    t->pair = folded_rarest_pair(t->words);
    return true;
}

static bool read_tag(reading *r, wanted_term *t) {
    char folded[MENTION_ROOM];
    written_value v;
    text tag, found;
    size_t at = 0;
    take_bare(r, &v);
    bool good = hashtag_next(v.words, &at, &found) && at == v.words.count &&
                hashtag_fold(found, folded, &tag);
    if (!good)
        return written_fail(r->e, v.begin, v.end, "this is no hashtag; write it like #worldcup");
    t->type = TERM_TAG;
    t->words = keep(r->made, tag);
    return true;
}

static bool is_username(text t) {
    for (size_t i = 0; i < t.count; i++) {
        char c = t.bytes[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!good && c != '_') return false;
    }
    return t.count > 0;
}

static bool read_mention(reading *r, wanted_term *t) {
    written_value v;
    take_bare(r, &v);
    text name = text_slice(v.words, 1, v.words.count);
    if (!is_username(name))
        return written_fail(r->e, v.begin, v.end,
                            "this is no name; names have letters, digits and _, as in @ada");
    t->type = TERM_MENTION;
    t->words = keep(r->made, name);
    return true;
}

/* X refuses these too: most who write them mean to join. */
static bool is_a_join(text word) {
    return text_equal_caseless(word, TEXT("or")) || text_equal_caseless(word, TEXT("and")) ||
           text_equal_caseless(word, TEXT("not"));
}

static bool read_plain(reading *r, wanted_term *t) {
    written_value v;
    take_bare(r, &v);
    if (is_a_join(v.words))
        return written_fail(r->e, v.begin, v.end,
                            "a blank joins, OR (in capitals) gives a choice, - negates; the word "
                            "itself is written in quotes");
    return read_words(r, &v, t);
}

static bool read_term(reading *r, wanted_term *t) {
    size_t begin_bytes;
    written_value v;
    text name = written_name_at(r->input, r->at), mark = quote_end(r, &begin_bytes);
    size_t behind = r->at + name.count;
    if (mark.count > 0) return take_quoted(r, mark, begin_bytes, &v) && read_words(r, &v, t);
    if (name.count > 0 && behind < r->input.count && r->input.bytes[behind] == ':')
        return read_operator(r, name, t);
    if (at_byte(r, '#') || at_text(r, TEXT("\xEF\xBC\x83"))) return read_tag(r, t);
    if (at_byte(r, '@')) return read_mention(r, t);
    return read_plain(r, t);
}

/* ---- The tree ---- */

static uint16_t add_node(wanted *w, node_type type) {
    w->nodes[w->node_count] = (wanted_node){.type = (uint8_t)type};
    return (uint16_t)++w->node_count;
}

static void add_child(wanted *w, uint16_t parent, uint16_t child) {
    wanted_node *p = &w->nodes[parent - 1], *c = &w->nodes[child - 1];
    uint16_t *link = &p->first;
    while (*link != 0 && w->nodes[*link - 1].cost <= c->cost) link = &w->nodes[*link - 1].next;
    c->next = *link;
    *link = child;
    if (c->cost > p->cost) p->cost = c->cost;
}

/* One that stands alone needs no parent. */
static void join(wanted *w, node_type type, uint16_t *group, bool *is_joined, uint16_t child) {
    if (*group == 0) {
        *group = child;
        return;
    }
    if (!*is_joined) {
        uint16_t first = *group;
        *group = add_node(w, type);
        add_child(w, *group, first);
        *is_joined = true;
    }
    add_child(w, *group, child);
}

static bool read_any(reading *r, unsigned depth, uint16_t *node);

static bool read_group(reading *r, unsigned depth, uint16_t *node) {
    size_t begin = r->at++;
    if (depth == WANTED_DEPTH_MAX)
        return written_fail(r->e, begin, r->at, "these parentheses are more than %d deep",
                            WANTED_DEPTH_MAX);
    if (!read_any(r, depth + 1, node)) return false;
    skip_blanks(r);
    if (!at_byte(r, ')'))
        return written_fail(r->e, begin, begin + 1, "this parenthesis has no end");
    r->at++;
    return true;
}

static bool read_leaf(reading *r, uint16_t *node) {
    wanted *w = r->made;
    if (w->term_count == WANTED_TERMS_MAX)
        return written_fail(r->e, r->at, r->at, "these are more than %d conditions",
                            WANTED_TERMS_MAX);
    wanted_term *t = &w->terms[w->term_count];
    if (!read_term(r, t)) return false;
    *node = add_node(w, NODE_TERM);
    w->nodes[*node - 1].term = (uint16_t)w->term_count++;
    w->nodes[*node - 1].cost = (uint8_t)t->type;
    return true;
}

static bool at_or(const reading *r) {
    reading ahead = *r;
    written_value v;
    take_bare(&ahead, &v);
    return text_equal(v.words, TEXT("OR"));
}

static bool at_end_of_all(const reading *r) {
    return r->at == r->input.count || at_byte(r, ')') || at_or(r);
}

static bool read_one(reading *r, unsigned depth, uint16_t *node) {
    bool is_negated = false;
    size_t begin = r->at;
    for (; at_byte(r, '-'); r->at++) is_negated = !is_negated;
    bool is_missing = r->at == r->input.count || written_is_blank(r->input.bytes[r->at]);
    if (r->at > begin && (is_missing || at_byte(r, ')')))
        return written_fail(r->e, begin, r->at, "what is not wanted comes right behind the -");
    if (!(at_byte(r, '(') ? read_group(r, depth, node) : read_leaf(r, node))) return false;
    if (is_negated) r->made->nodes[*node - 1].is_negated = !r->made->nodes[*node - 1].is_negated;
    return true;
}

static bool read_all(reading *r, unsigned depth, uint16_t *node) {
    uint16_t one = 0;
    bool is_joined = false;
    skip_blanks(r);
    *node = 0;
    if (at_end_of_all(r))
        return written_fail(r->e, r->at, r->at,
                            "something to look for belongs here, such as a word, \"some words\", "
                            "#tag or from:name");
    for (; !at_end_of_all(r); skip_blanks(r)) {
        if (!read_one(r, depth, &one)) return false;
        join(r->made, NODE_ALL, node, &is_joined, one);
    }
    return true;
}

static bool read_any(reading *r, unsigned depth, uint16_t *node) {
    uint16_t one = 0;
    bool is_joined = false, goes_on = true;
    *node = 0;
    while (goes_on) {
        if (!read_all(r, depth, &one)) return false;
        join(r->made, NODE_ANY, node, &is_joined, one);
        goes_on = r->at < r->input.count && !at_byte(r, ')');
        if (goes_on) r->at += 2; /* "OR" */
    }
    return true;
}

static bool read_whole(reading *r) {
    if (!written_is_readable(r->input, WANTED_BYTES_MAX, r->e)) return false;
    if (!read_any(r, 0, &r->made->root)) return false;
    return r->at == r->input.count ||
           written_fail(r->e, r->at, r->at + 1, "this parenthesis has no beginning");
}

status wanted_read(text words, wanted **result, written_error *e) {
    written_error unread;
    wanted *w = calloc(1, sizeof *w);
    *result = NULL;
    if (e == NULL) e = &unread;
    *e = (written_error){0};
    if (w == NULL) return STATUS_NO_MEMORY;
    reading r = {.input = words, .made = w, .e = e};
    status s = !folder_init(&w->fold) ? STATUS_BAD_DATA
               : read_whole(&r)       ? STATUS_OK
                                      : STATUS_BAD_FORMAT;
    if (s == STATUS_OK)
        *result = w;
    else
        wanted_free(w);
    return s;
}

void wanted_free(wanted *w) {
    free(w);
}
