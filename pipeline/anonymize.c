/* SPDX-License-Identifier: MIT */
#include "pipeline/anonymize.h"

#include "pipeline/base/random.h"
#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_BYTES = 32,
    HASH_BYTES = 6,
    PSEUDONYM_BYTES = 1 + 2 * HASH_BYTES, /* No longer than a username may be. */
    NAME_BYTES_MAX = 64,
    HOST_BYTES_MAX = 128,
};

struct anonymizer {
    struct hmac_sha256_ctx keyed; /* Copied for each name. */
};

/* ---- The key ---- */

static status read_key(const char *path, uint8_t key[KEY_BYTES]) {
    uint8_t more;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return STATUS_CANNOT_OPEN;
    ssize_t count = read(file, key, KEY_BYTES);
    bool is_whole = count == KEY_BYTES && read(file, &more, 1) == 0;
    (void)close(file);
    if (count < 0) return STATUS_CANNOT_READ;
    return is_whole ? STATUS_OK : STATUS_BAD_FORMAT;
}

static status write_key(int file, const char *path, const uint8_t key[KEY_BYTES]) {
    bool good = write(file, key, KEY_BYTES) == KEY_BYTES && fsync(file) == 0;
    good = close(file) == 0 && good;
    if (!good) (void)unlink(path);
    return good ? STATUS_OK : STATUS_CANNOT_WRITE;
}

static status find_key(const char *path, uint8_t key[KEY_BYTES]) {
    for (size_t i = 0; i < KEY_BYTES; i += sizeof(uint64_t)) {
        uint64_t word = random_seed();
        memcpy(key + i, &word, sizeof word);
    }
    if (path == NULL) return STATUS_OK;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) return write_key(file, path, key);
    return errno == EEXIST ? read_key(path, key) : STATUS_CANNOT_OPEN;
}

status anonymizer_open(const char *path, anonymizer **result) {
    uint8_t key[KEY_BYTES];
    *result = NULL;
    status s = find_key(path, key);
    anonymizer *a = s == STATUS_OK ? calloc(1, sizeof(*a)) : NULL;
    if (a != NULL) hmac_sha256_set_key(&a->keyed, KEY_BYTES, key);
    explicit_bzero(key, sizeof key);
    if (s == STATUS_OK && a == NULL) s = STATUS_NO_MEMORY;
    *result = a;
    return s;
}

void anonymizer_free(anonymizer *a) {
    if (a != NULL) explicit_bzero(a, sizeof(*a));
    free(a);
}

/* ---- Names ---- */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Names differ in more than case only: "Anna" and "anna" are one person's. */
static void put_pseudonym(const anonymizer *a, text name, char to[PSEUDONYM_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    struct hmac_sha256_ctx context = a->keyed;
    uint8_t hash[HASH_BYTES], part[NAME_BYTES_MAX];
    for (size_t at = 0; at < name.count; at += sizeof part) {
        size_t count = name.count - at < sizeof part ? name.count - at : sizeof part;
        for (size_t i = 0; i < count; i++) part[i] = (uint8_t)lower(name.bytes[at + i]);
        hmac_sha256_update(&context, count, part);
    }
    hmac_sha256_digest(&context, sizeof hash, hash);
    to[0] = 'p';
    for (size_t i = 0; i < HASH_BYTES; i++) {
        to[1 + 2 * i] = digits[hash[i] >> 4];
        to[2 + 2 * i] = digits[hash[i] & 15];
    }
}

static bool replace(const anonymizer *a, arena *memory, text *name) {
    if (name->count == 0) return true;
    char *to = arena_take(memory, PSEUDONYM_BYTES);
    if (to == NULL) return false;
    put_pseudonym(a, *name, to);
    *name = (text){to, PSEUDONYM_BYTES};
    return true;
}

static bool change_user(const anonymizer *a, arena *memory, record *r) {
    bool has_username = (r->fields & USER_USERNAME) != 0 && r->user.username.count > 0;
    if (!replace(a, memory, &r->user.username)) return false;
    if ((r->fields & USER_NAME) == 0 || r->user.name.count == 0) return true;
    if (has_username)
        r->user.name = r->user.username;
    else if (!replace(a, memory, &r->user.name))
        return false;
    return true;
}

/* ---- Names in texts ---- */

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t word_count(text t, size_t at, size_t max) {
    size_t count = 0;
    while (count < max && at + count < t.count && is_word(t.bytes[at + count])) count++;
    return count;
}

static size_t host_count(text t, size_t at) {
    size_t count = 0;
    while (
        count < HOST_BYTES_MAX && at + count < t.count &&
        (is_word(t.bytes[at + count]) || t.bytes[at + count] == '-' || t.bytes[at + count] == '.'))
        count++;
    while (count > 0 && t.bytes[at + count - 1] == '.') count--; /* The sentence's. */
    return count;
}

/* The sign before a name at `at`: "@", or the wide one of East Asian keyboards; 0: none. */
static size_t sign_count(text t, size_t at) {
    static const char wide[] = "\xEF\xBC\xA0";
    if (t.bytes[at] == '@') return 1;
    return t.count - at >= 3 && memcmp(t.bytes + at, wide, 3) == 0 ? 3 : 0;
}

/* The name of a person's page: twitter.com/NAME/status/1. */
static size_t page_at(text t, size_t at, size_t *begin) {
    static const char *const hosts[] = {"twitter.com/", "x.com/"};
    static const char *const no_names[] = {"i", "hashtag", "search", "home", "intent", "share"};
    text rest = text_slice(t, at, t.count);
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (!text_starts_with(rest, text_of(hosts[i]))) continue;
        *begin = at + strlen(hosts[i]);
        size_t count = word_count(t, *begin, NAME_BYTES_MAX);
        text name = text_slice(t, *begin, *begin + count);
        for (size_t k = 0; k < sizeof no_names / sizeof no_names[0]; k++)
            if (text_equal(name, text_of(no_names[k]))) return 0;
        return count;
    }
    return 0;
}

/* The name that stands behind what is at `at`: a sign (a host may follow the name), or the
 * host of people's pages. */
static size_t name_at(text t, size_t at, size_t *begin) {
    if (at > 0 && is_word(t.bytes[at - 1])) return 0;
    size_t sign = sign_count(t, at);
    if (sign == 0) return page_at(t, at, begin);
    *begin = at + sign;
    size_t count = word_count(t, *begin, NAME_BYTES_MAX);
    if (count == 0 || *begin + count >= t.count || t.bytes[*begin + count] != '@') return count;
    size_t host = host_count(t, *begin + count + 1);
    return host == 0 ? count : count + 1 + host;
}

static bool change_text(const anonymizer *a, arena *memory, text *t) {
    size_t names = 0, begin = 0, used = 0;
    for (size_t at = 0; at < t->count; at++) names += name_at(*t, at, &begin) > 0;
    if (names == 0) return true;
    char *to = arena_take(memory, t->count + names * PSEUDONYM_BYTES);
    if (to == NULL) return false;
    for (size_t at = 0; at < t->count;) {
        size_t count = name_at(*t, at, &begin);
        if (count == 0) {
            to[used++] = t->bytes[at++];
            continue;
        }
        memcpy(to + used, t->bytes + at, begin - at);
        used += begin - at;
        put_pseudonym(a, (text){t->bytes + begin, count}, to + used);
        used += PSEUDONYM_BYTES;
        at = begin + count;
    }
    *t = (text){to, used};
    return true;
}

status anonymizer_run(const anonymizer *a, record_batch *b) {
    bool good = true;
    for (size_t i = 0; i < b->record_count && good; i++) {
        record *r = &b->records[i];
        if (r->kind == RECORD_USER) good = change_user(a, b->memory, r);
        if (r->kind != RECORD_TWEET) continue;
        good =
            change_text(a, b->memory, &r->tweet.text) && change_text(a, b->memory, &r->tweet.links);
    }
    for (size_t i = 0; i < b->item_count; i++) b->items[i].bytes = (text){NULL, 0};
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}
