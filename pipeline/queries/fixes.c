/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/facts_internal.h"

#include "pipeline/base/array.h"
#include "pipeline/base/times.h"
#include <stdlib.h>
#include <string.h>

/* Fields of a rule as those of records. */
static const uint32_t tweet_bits[RULE_FIELDS] = {[RULE_CREATED] = TWEET_CREATED,
                                                 [RULE_FOLLOWERS] = TWEET_FOLLOWERS,
                                                 [RULE_TWEETS] = TWEET_TWEETS,
                                                 [RULE_TEXT] = TWEET_TEXT,
                                                 [RULE_LANG] = TWEET_LANG,
                                                 [RULE_REPLY_TO] = TWEET_REPLY_TO,
                                                 [RULE_RETWEET_OF] = TWEET_RETWEET_OF,
                                                 [RULE_QUOTE_OF] = TWEET_QUOTE_OF};
static const uint32_t user_bits[RULE_FIELDS] = {[RULE_FOLLOWERS] = USER_FOLLOWERS,
                                                [RULE_LOCATION] = USER_LOCATION,
                                                [RULE_USERNAME] = USER_USERNAME,
                                                [RULE_NAME] = USER_NAME};

void fixes_init(fixes *x) {
    overlays_init(&x->tweets);
    overlays_init(&x->users);
}

void fixes_deinit(fixes *x) {
    for (size_t i = 0; i < x->count; i++) free((char *)(uintptr_t)x->items[i].where.bytes);
    free(x->items);
    overlays_deinit(&x->tweets);
    overlays_deinit(&x->users);
}

size_t fixes_bytes(const fixes *x) {
    return overlays_bytes(&x->tweets) + overlays_bytes(&x->users) + x->capacity * sizeof(fix);
}

size_t fixes_count(const facts *f) {
    return f->fixes.count;
}

const fix *fixes_get(const facts *f, size_t i) {
    return &f->fixes.items[i];
}

static fix *find(const fixes *x, uint64_t number) {
    for (size_t i = 0; i < x->count; i++)
        if (x->items[i].number == number) return &x->items[i];
    return NULL;
}

const fix *fixes_find(const facts *f, uint64_t number) {
    return find(&f->fixes, number);
}

uint64_t fixes_changes(const facts *f) {
    return f->fixes.count + f->fixes.undone_count;
}

int32_t fixes_next_version(const facts *f) {
    int32_t max = f->fixes.version_max;
    return max == INT32_MAX ? max : max + 1;
}

/* ---- What stands ---- */

/* Of equal stamps the fix counts. */
static bool stands(const fix *x, const field_stamps *held, bool is_there, uint32_t bit) {
    if (!is_there) return true;
    stamp said = field_stamp(held, (unsigned)__builtin_ctz(bit));
    return stamp_compare((stamp){x->made_ms, x->version}, said) >= 0;
}

static void lay_over_tweet(tweet_facts *t, const overlay *o) {
    uint32_t value = (uint32_t)o->value;
    switch (o->field) {
    case RULE_CREATED: t->created_ms = (int64_t)o->value; break;
    case RULE_FOLLOWERS: t->followers = value; break;
    case RULE_TWEETS: t->tweets = value; break;
    case RULE_TEXT:
        t->text = value;
        t->flags |= IS_PLAIN; /* People write what they mean. */
        break;
    case RULE_LANG: t->lang = (uint16_t)value; break;
    case RULE_REPLY_TO: t->reply_to = value; break;
    case RULE_RETWEET_OF: t->retweet_of = value; break;
    case RULE_QUOTE_OF: t->quote_of = value; break;
    default: break;
    }
}

static status score_again(facts *f, tweet_facts *t) {
    tweet_sentiment s;
    sentiment_of_tweet(f->ports.model, texts_get(f->ports.texts, t->text),
                       (t->flags & IS_PLAIN) != 0, strings_get(f->ports.langs, t->lang),
                       strings_get(f->ports.langs, t->user_lang), &s);
    t->score = s.label == SENTIMENT_UNKNOWN ? 0 : s.score_e6;
    t->label = (uint8_t)s.label;
    t->flags = (uint8_t)((t->flags & ~IS_GUESSED) | (s.lang_is_guessed ? IS_GUESSED : 0));
    return facts_hold_code(f, s.lang, &t->scored_lang) ? STATUS_OK : STATUS_NO_MEMORY;
}

status tweet_in_force(facts *f, const tweet_facts *t, uint32_t number, tweet_facts *room,
                      const tweet_facts **result) {
    const overlays *over = &f->fixes.tweets;
    const overlay *o = overlays_first(over, number);
    uint32_t done = 0;
    *result = t;
    if (o == NULL) return STATUS_OK;
    *room = *t;
    *result = room;
    field_stamps held = {&f->tweet_stamps, (uint64_t)number << FIELD_BITS, &room->base_ms,
                         &room->has_own_stamps};
    for (; o != NULL; o = overlays_next(over, o)) {
        uint32_t bit = tweet_bits[o->field];
        const fix *x = &f->fixes.items[o->fix];
        if ((done & bit) != 0 || !stands(x, &held, (t->fields & bit) != 0, bit)) continue;
        done |= bit;
        lay_over_tweet(room, o);
    }
    return (done & (TWEET_TEXT | TWEET_LANG)) != 0 ? score_again(f, room) : STATUS_OK;
}

static void lay_over_user(user_facts *u, const overlay *o) {
    uint32_t value = (uint32_t)o->value;
    if (o->field == RULE_FOLLOWERS) u->followers = value;
    if (o->field == RULE_LOCATION) u->location = value;
    if (o->field == RULE_USERNAME) u->username = value;
    if (o->field == RULE_NAME) u->name = value;
}

/* A line that is no correction and later than the fix brings what is new. */
static bool is_news(const fix *x, const field_stamps *held, uint32_t bit) {
    stamp said = field_stamp(held, (unsigned)__builtin_ctz(bit));
    return said.version == 0 && said.observed_ms > x->users_until_ms;
}

const user_facts *user_in_force(const facts *f, const user_facts *u, uint32_t number,
                                user_facts *room) {
    const overlays *over = &f->fixes.users;
    const overlay *o = overlays_first(over, number);
    uint32_t done = 0;
    if (o == NULL) return u;
    *room = *u;
    field_stamps held = {(stamps *)(uintptr_t)&f->user_stamps, (uint64_t)number << FIELD_BITS,
                         &room->base_ms, &room->has_own_stamps};
    for (; o != NULL; o = overlays_next(over, o)) {
        uint32_t bit = user_bits[o->field];
        const fix *x = &f->fixes.items[o->fix];
        bool is_there = (u->fields & bit) != 0;
        if ((done & bit) != 0 || !stands(x, &held, is_there, bit)) continue;
        if (is_there && is_news(x, &held, bit)) continue;
        done |= bit;
        lay_over_user(room, o);
    }
    return room;
}

/* ---- What rules see ---- */

static bool wants(uint32_t mask, rule_field field) {
    return (mask >> field & 1) != 0;
}

static void see_person(const facts *f, uint32_t number, rule_subject *s) {
    const user_facts *u = blocks_find(&f->users, number);
    user_facts room;
    s->values[RULE_AUTHOR].number = idmap_id(f->ports.user_ids, number);
    for (rule_field i = RULE_LOCATION; i <= RULE_NAME; i++) s->values[i].words = (text){NULL, 0};
    if (u == NULL || !user_is_there(u)) return;
    u = user_in_force(f, u, number, &room);
    s->values[RULE_LOCATION].words = strings_get(f->ports.names, u->location);
    s->values[RULE_USERNAME].words = strings_get(f->ports.names, u->username);
    s->values[RULE_NAME].words = strings_get(f->ports.names, u->name);
    if (!s->is_user) return;
    s->values[RULE_FOLLOWERS].number = u->followers;
    s->values[RULE_SOURCE].number = u->origin;
    s->values[RULE_CREATED].number = s->values[RULE_OBSERVED].number = (uint64_t)u->told_ms;
}

static uint64_t id_of_reference(const facts *f, uint32_t reference) {
    return reference == 0 ? 0 : idmap_id(f->ports.tweet_ids, reference - 1);
}

static tweet_kind kind_of(const tweet_facts *t) {
    return t->retweet_of != 0 ? KIND_RETWEET
           : t->reply_to != 0 ? KIND_REPLY
           : t->quote_of != 0 ? KIND_QUOTE
                              : KIND_ORIGINAL;
}

static status see_tweet(facts *f, const tweet_facts *held, uint32_t number, uint32_t mask,
                        rule_subject *s) {
    const uint32_t of_person =
        1u << RULE_AUTHOR | 1u << RULE_LOCATION | 1u << RULE_USERNAME | 1u << RULE_NAME;
    tweet_facts room;
    const tweet_facts *t;
    rule_value *v = s->values;
    status result = tweet_in_force(f, held, number, &room, &t);
    if (result != STATUS_OK) return result;
    if ((mask & of_person) != 0) see_person(f, t->author, s);
    v[RULE_SOURCE].number = t->origin;
    v[RULE_CREATED].number = (uint64_t)t->created_ms;
    v[RULE_OBSERVED].number = (uint64_t)t->base_ms;
    v[RULE_ID].number = idmap_id(f->ports.tweet_ids, number);
    v[RULE_KIND].number = kind_of(t);
    v[RULE_FOLLOWERS].number = t->followers;
    v[RULE_TWEETS].number = t->tweets;
    if (wants(mask, RULE_TEXT)) v[RULE_TEXT].words = texts_get(f->ports.texts, t->text);
    if (wants(mask, RULE_LANG)) v[RULE_LANG].words = strings_get(f->ports.langs, t->scored_lang);
    v[RULE_REPLY_TO].number = id_of_reference(f, t->reply_to);
    v[RULE_RETWEET_OF].number = id_of_reference(f, t->retweet_of);
    v[RULE_QUOTE_OF].number = id_of_reference(f, t->quote_of);
    return STATUS_OK;
}

/* ---- Going over all that is held ---- */

typedef struct {
    facts *f;
    const rule *rule;
    fix_preview *preview;
    fix *fix;             /* NULL: only looked at. */
    fix_weights *weights; /* NULL: not wanted. */
    uint32_t sets, mask;
    uint16_t lang; /* The handle of what `lang` is set to. */
    bool is_visible;
} sweep;

static bool is_same(rule_field field, const rule_value *a, const rule_value *b) {
    bool is_words = field == RULE_TEXT || field == RULE_LANG || field >= RULE_LOCATION;
    return is_words ? text_equal(a->words, b->words) : a->number == b->number;
}

static void count_change(sweep *w, const rule_subject *s, rule_field field,
                         const rule_value *after) {
    fix_preview *p = w->preview;
    const rule_value *before = &s->values[field];
    if (!w->is_visible || is_same(field, before, after)) return;
    (s->is_user ? p->effect.user_fields : p->effect.tweet_fields)[field]++;
    if (p->sample_count == FIX_SAMPLES_MAX) return;
    uint64_t id = s->values[s->is_user ? RULE_AUTHOR : RULE_ID].number;
    p->samples[p->sample_count++] = (fix_sample){s->is_user, id, field, *before, *after};
}

/* The value as the facts hold it. */
static bool hold(const sweep *w, rule_field field, const rule_value *after, uint64_t *held) {
    uint32_t number = NO_NUMBER;
    *held = after->number;
    if (field == RULE_TEXT) *held = w->fix->text;
    if (field == RULE_LANG) *held = w->lang;
    if (field == RULE_LOCATION) *held = w->fix->location;
    if (field == RULE_USERNAME) *held = w->fix->username;
    if (field == RULE_NAME) *held = w->fix->name;
    if (field != RULE_REPLY_TO && field != RULE_RETWEET_OF && field != RULE_QUOTE_OF) return true;
    if (after->number != 0 && !idmap_add(w->f->ports.tweet_ids, after->number, &number))
        return false;
    if (after->number != 0) idmap_hold(w->f->ports.tweet_ids, number);
    *held = (uint32_t)(number + 1);
    return true;
}

static status lay(sweep *w, const rule_subject *s, uint32_t number) {
    fixes *all = &w->f->fixes;
    for (rule_field field = 0; field < RULE_FIELDS; field++) {
        rule_value after;
        if (!wants(w->sets, field)) continue;
        if (!rule_value_after(w->rule, field, s, &after)) {
            w->preview->effect.refused += w->is_visible;
            continue;
        }
        count_change(w, s, field, &after);
        if (w->fix == NULL) continue;
        overlay o = {.number = number, .fix = (uint32_t)(w->fix - all->items)};
        o.field = (uint8_t)field;
        if (!hold(w, field, &after, &o.value)) return STATUS_NO_MEMORY;
        bool good = s->is_user ? overlays_put(&all->users, &o, &w->fix->of_users)
                               : overlays_put(&all->tweets, &o, &w->fix->of_tweets);
        if (!good) return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static bool add_weight(const sweep *w, const rule_subject *s, uint32_t number) {
    rule_value followers = s->values[RULE_FOLLOWERS], tweets = s->values[RULE_TWEETS];
    if (w->weights == NULL || !w->is_visible) return true;
    if (wants(w->sets, RULE_FOLLOWERS))
        (void)rule_value_after(w->rule, RULE_FOLLOWERS, s, &followers);
    if (wants(w->sets, RULE_TWEETS)) (void)rule_value_after(w->rule, RULE_TWEETS, s, &tweets);
    return fix_weights_add(w->weights, number, followers.number, tweets.number);
}

static status go_over_tweets(sweep *w) {
    facts *f = w->f;
    rule_subject s = {0};
    status result = STATUS_OK;
    w->sets = rule_sets(w->rule, false);
    w->mask = rule_reads(w->rule) | w->sets;
    uint32_t count = w->sets == 0 ? 0 : idmap_count(f->ports.tweet_ids);
    for (uint32_t number = 0; number < count && result == STATUS_OK; number++) {
        tweet_facts *t = blocks_find(&f->tweets, number);
        if (t == NULL || t->fields == 0) continue;
        result = see_tweet(f, t, number, w->mask, &s);
        if (result != STATUS_OK || !rule_matches(w->rule, &s)) continue;
        w->is_visible = tweet_is_there(t);
        w->preview->effect.tweets += w->is_visible;
        if (w->fix != NULL) result = tweet_touch(f, t, number);
        if (!add_weight(w, &s, number)) result = STATUS_NO_MEMORY;
        if (result == STATUS_OK) result = lay(w, &s, number);
    }
    return result;
}

static status go_over_users(sweep *w) {
    facts *f = w->f;
    rule_subject s = {.is_user = true};
    status result = STATUS_OK;
    w->sets = rule_sets(w->rule, true);
    w->is_visible = true;
    uint32_t count = w->sets == 0 ? 0 : idmap_count(f->ports.user_ids);
    for (uint32_t number = 0; number < count && result == STATUS_OK; number++) {
        user_facts *u = blocks_find(&f->users, number);
        if (u == NULL || !u->is_seen) continue;
        see_person(f, number, &s);
        if (!rule_matches(w->rule, &s)) continue;
        w->preview->effect.users++;
        if (w->fix != NULL) {
            result = user_touch(f, u, number);
            if (u->base_ms > w->fix->users_until_ms) w->fix->users_until_ms = u->base_ms;
        }
        if (result == STATUS_OK) result = lay(w, &s, number);
    }
    return result;
}

static status go_over_all(sweep *w) {
    memset(w->preview, 0, sizeof *w->preview);
    status s = go_over_tweets(w);
    return s == STATUS_OK ? go_over_users(w) : s;
}

status fixes_preview(facts *f, const rule *r, fix_preview *result, fix_weights *weights) {
    const uint32_t weighs = 1u << RULE_FOLLOWERS | 1u << RULE_TWEETS;
    bool has_weights = (rule_sets(r, false) & weighs) != 0;
    sweep w = {.f = f, .rule = r, .preview = result, .weights = has_weights ? weights : NULL};
    return go_over_all(&w);
}

bool fixes_move_responses(const rule *r) {
    const uint32_t moves = 1u << RULE_REPLY_TO | 1u << RULE_RETWEET_OF | 1u << RULE_QUOTE_OF;
    return (rule_sets(r, false) & moves) != 0;
}

/* ---- Applying, undoing ---- */

static fix *add_fix(fixes *x, const record *r) {
    text where = r->fix.where, set = r->fix.set;
    if (!ARRAY_ROOM(x->items, x->count, x->capacity, 8)) return NULL;
    char *bytes = malloc(where.count + set.count + 1);
    if (bytes == NULL) return NULL;
    if (where.count > 0) memcpy(bytes, where.bytes, where.count);
    if (set.count > 0) memcpy(bytes + where.count, set.bytes, set.count);
    fix *own = &x->items[x->count++];
    *own = (fix){.number = r->fix.number,
                 .made_ms = r->observed_ms,
                 .now_ms = r->fix.now_ms,
                 .version = r->version,
                 .where = {bytes, where.count},
                 .set = {bytes + where.count, set.count},
                 .users_until_ms = r->fix.now_ms};
    return own;
}

/* The words that are set are the same for all that match, and held once. */
static bool hold_words(sweep *w) {
    const facts_ports *ports = &w->f->ports;
    static const rule_subject nobody;
    const uint32_t sets = rule_sets(w->rule, false) | rule_sets(w->rule, true);
    uint32_t *handles[RULE_FIELDS] = {[RULE_LOCATION] = &w->fix->location,
                                      [RULE_USERNAME] = &w->fix->username,
                                      [RULE_NAME] = &w->fix->name};
    rule_value v;
    for (rule_field i = RULE_LOCATION; i <= RULE_NAME; i++) {
        if (!wants(sets, i)) continue;
        (void)rule_value_after(w->rule, i, &nobody, &v);
        if (!strings_hold(ports->names, v.words, handles[i])) return false;
    }
    if (wants(sets, RULE_LANG)) {
        (void)rule_value_after(w->rule, RULE_LANG, &nobody, &v);
        if (!facts_hold_code(w->f, v.words, &w->lang)) return false;
    }
    if (!wants(sets, RULE_TEXT)) return true;
    (void)rule_value_after(w->rule, RULE_TEXT, &nobody, &v);
    w->fix->holds_text = texts_add(ports->texts, v.words, &w->fix->text);
    return w->fix->holds_text;
}

/* A rule that this version cannot read changes nothing; it was made by a later one. */
status fixes_apply(facts *f, const record *r) {
    rule_times times = {r->fix.now_ms, r->observed_ms + 10 * MS_PER_MINUTE};
    rule *read;
    fix_preview preview;
    if (find(&f->fixes, r->fix.number) != NULL) return STATUS_OK;
    fix *own = add_fix(&f->fixes, r);
    if (own == NULL) return STATUS_NO_MEMORY;
    status s = rule_read(own->where, own->set, &times, &read, NULL);
    if (s != STATUS_OK) return s == STATUS_NO_MEMORY ? s : STATUS_OK;
    sweep w = {.f = f, .rule = read, .preview = &preview, .fix = own};
    s = hold_words(&w) ? go_over_all(&w) : STATUS_NO_MEMORY;
    own->effect = preview.effect;
    rule_free(read);
    return s;
}

/* A value that names a tweet holds its number. */
static void drop_reference(const facts *f, const overlay *o) {
    bool names_tweet =
        o->field == RULE_REPLY_TO || o->field == RULE_RETWEET_OF || o->field == RULE_QUOTE_OF;
    if (names_tweet && o->value != 0) idmap_drop(f->ports.tweet_ids, (uint32_t)o->value - 1);
}

void fixes_forget_tweet(facts *f, uint32_t number) {
    overlays *over = &f->fixes.tweets;
    const overlay *o = overlays_first(over, number);
    if (o == NULL) return;
    for (; o != NULL; o = overlays_next(over, o)) drop_reference(f, o);
    overlays_forget(over, number);
    if (!overlays_need_pruning(over)) return;
    for (size_t i = 0; i < f->fixes.count; i++) overlays_prune(over, &f->fixes.items[i].of_tweets);
}

void fixes_forget_user(facts *f, uint32_t number) {
    overlays *over = &f->fixes.users;
    overlays_forget(over, number);
    if (!overlays_need_pruning(over)) return;
    for (size_t i = 0; i < f->fixes.count; i++) overlays_prune(over, &f->fixes.items[i].of_users);
}

static status touch_all(facts *f, const fix *x) {
    const overlays *of_tweets = &f->fixes.tweets, *of_users = &f->fixes.users;
    status s = STATUS_OK;
    for (const overlay *o = overlays_of_fix(of_tweets, x->of_tweets); o != NULL && s == STATUS_OK;
         o = overlays_of_fix(of_tweets, o->next_of_fix)) {
        if (o->is_gone) continue;
        drop_reference(f, o);
        tweet_facts *t = blocks_find(&f->tweets, o->number);
        if (t != NULL && t->fields != 0) s = tweet_touch(f, t, o->number);
    }
    for (const overlay *o = overlays_of_fix(of_users, x->of_users); o != NULL && s == STATUS_OK;
         o = overlays_of_fix(of_users, o->next_of_fix))
        if (!o->is_gone) s = user_touch(f, blocks_find(&f->users, o->number), o->number);
    return s;
}

status fixes_undo(facts *f, uint64_t number) {
    fix *x = find(&f->fixes, number);
    if (x == NULL || x->is_undone) return STATUS_OK;
    status s = touch_all(f, x);
    if (s != STATUS_OK) return s;
    overlays_remove(&f->fixes.tweets, x->of_tweets);
    overlays_remove(&f->fixes.users, x->of_users);
    if (x->holds_text) texts_remove(f->ports.texts, x->text);
    strings_drop(f->ports.names, x->location);
    strings_drop(f->ports.names, x->username);
    strings_drop(f->ports.names, x->name);
    x->of_tweets = x->of_users = x->text = x->location = x->username = x->name = 0;
    x->is_undone = true;
    f->fixes.undone_count++;
    x->holds_text = false;
    return STATUS_OK;
}
