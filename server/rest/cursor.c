/* SPDX-License-Identifier: MIT */
#include "server/rest/cursor.h"

#include "pipeline/base/random.h"
#include "server/http/gate.h"
#include <nettle/hmac.h>
#include <nettle/version.h>
#include <stdio.h>
#include <string.h>

enum {
    FORM = 1, /* Another layout takes another number. */
    WORD_BYTES = 8,
    BOOT_AT = 1,
    TIME_AT = BOOT_AT + WORD_BYTES,
    WORDS_AT = TIME_AT + WORD_BYTES,
    SIGNED_BYTES = WORDS_AT + QUERY_CURSOR_WORDS * WORD_BYTES,
    MAC_BYTES = 16,
    TOKEN_BYTES = SIGNED_BYTES + MAC_BYTES,
    LETTERS = (TOKEN_BYTES * 8 + 5) / 6,
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void cursor_key_make(cursor_key *k, uint64_t boot) {
    k->boot = boot;
    for (size_t i = 0; i < CURSOR_KEY_BYTES; i += WORD_BYTES) {
        uint64_t word = random_seed();
        memcpy(k->bytes + i, &word, WORD_BYTES);
    }
}

const char *cursor_library(void) {
    static char version[16]; /* The same bytes each time. */
    (void)snprintf(version, sizeof version, "%d.%d", nettle_version_major(),
                   nettle_version_minor());
    return version;
}

static void put_word(unsigned char *to, uint64_t word) {
    for (size_t i = 0; i < WORD_BYTES; i++) to[i] = (unsigned char)(word >> (8 * i));
}

static uint64_t get_word(const unsigned char *from) {
    uint64_t word = 0;
    for (size_t i = 0; i < WORD_BYTES; i++) word |= (uint64_t)from[i] << (8 * i);
    return word;
}

static void sign(const cursor_key *k, const unsigned char *bytes, text question,
                 unsigned char mac[MAC_BYTES]) {
    struct hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, CURSOR_KEY_BYTES, k->bytes);
    hmac_sha256_update(&context, SIGNED_BYTES, bytes);
    hmac_sha256_update(&context, question.count, (const uint8_t *)question.bytes);
    hmac_sha256_digest(&context, MAC_BYTES, mac);
}

/* Without "=" at the end; the last letter's spare bits are 0. */
static void put_letters(const unsigned char *bytes, buffer *out) {
    uint32_t bits = 0, held = 0;
    for (size_t i = 0; i < TOKEN_BYTES; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 6; held -= 6)
            buffer_add_byte(out, alphabet[bits >> (held - 6) & 63]);
    }
    _Static_assert(TOKEN_BYTES * 8 % 6 > 0, "some bits are left for a last letter");
    buffer_add_byte(out, alphabet[bits << (6 - held) & 63]);
}

static bool get_letters(text token, unsigned char bytes[TOKEN_BYTES]) {
    uint32_t bits = 0, held = 0;
    size_t count = 0;
    if (token.count != LETTERS) return false;
    for (size_t i = 0; i < token.count; i++) {
        const char *letter = token.bytes[i] == '\0' ? NULL : strchr(alphabet, token.bytes[i]);
        if (letter == NULL) return false;
        bits = bits << 6 | (uint32_t)(letter - alphabet);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes[count++] = (unsigned char)(bits >> held);
    }
    return (bits & ((1u << held) - 1)) == 0; /* One token, one spelling. */
}

void cursor_write(const cursor_key *k, const query_cursor *c, text question, uint32_t now_s,
                  buffer *out) {
    unsigned char bytes[TOKEN_BYTES] = {FORM};
    put_word(bytes + BOOT_AT, k->boot);
    put_word(bytes + TIME_AT, now_s);
    for (size_t i = 0; i < QUERY_CURSOR_WORDS; i++)
        put_word(bytes + WORDS_AT + i * WORD_BYTES, c->words[i]);
    sign(k, bytes, question, bytes + SIGNED_BYTES);
    put_letters(bytes, out);
}

cursor_verdict cursor_read(const cursor_key *k, text token, text question, uint32_t now_s,
                           query_cursor *c) {
    unsigned char bytes[TOKEN_BYTES], mac[MAC_BYTES];
    if (!get_letters(token, bytes) || bytes[0] != FORM) return CURSOR_FORGED;
    if (get_word(bytes + BOOT_AT) != k->boot) return CURSOR_GONE;
    sign(k, bytes, question, mac);
    if (!gate_secret_equal((text){(const char *)mac, MAC_BYTES},
                           (text){(const char *)bytes + SIGNED_BYTES, MAC_BYTES}))
        return CURSOR_FORGED;
    uint64_t made_s = get_word(bytes + TIME_AT);
    if (made_s > now_s || now_s - made_s > CURSOR_AGE_S_MAX) return CURSOR_GONE;
    for (size_t i = 0; i < QUERY_CURSOR_WORDS; i++)
        c->words[i] = get_word(bytes + WORDS_AT + i * WORD_BYTES);
    return CURSOR_GOOD;
}

/* With its length before it, so that no two lists of texts look alike. */
static void add_text(buffer *out, text t) {
    buffer_add_u64(out, t.count);
    buffer_add_byte(out, ':');
    buffer_add(out, t);
}

void cursor_name_question(text path, const query_params *p, buffer *out) {
    const query_filter *f = &p->filter;
    add_text(out, path);
    add_text(out, text_of(p->sort));
    add_text(out, f->lang);
    add_text(out, f->place);
    add_text(out, f->country);
    add_text(out, f->author);
    add_text(out, f->hashtag);
    add_text(out, f->wanted);
    add_text(out, p->text);
    buffer_add_format(out, "%d %lld %lld %u %d %d %d", (int)p->window, (long long)p->start_ms,
                      (long long)p->end_ms, f->kinds, (int)f->located, (int)f->clean,
                      (int)p->all_texts);
    if (f->box.is_given)
        buffer_add_format(out, " %d %d %d %d", f->box.west_e7, f->box.south_e7, f->box.east_e7,
                          f->box.north_e7);
}
