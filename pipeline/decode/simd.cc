/* SPDX-License-Identifier: MIT */
/* simd -- simdjson as a json_reader: 400,000 tweets a second.
 *
 * The DOM parser, since it validates every byte; On-Demand would let errors pass in
 * what is not asked for, and is slower once it is asked for everything.  It refuses
 * what jansson might judge otherwise: a byte order mark, an escaped NUL, and integers
 * from 2^63 on.  (What simdjson itself refuses goes the same way.)  Built against
 * simdjson 3.0 and later. */
#include <simdjson.h>

#include <cstring>
#include <new>

#include "pipeline/decode/reader.h"

namespace dom = simdjson::dom;

static_assert(sizeof(dom::array) <= sizeof(json_value::node), "a node holds an array");
static_assert(sizeof(dom::array::iterator) <= sizeof(uint64_t[2]), "a cursor holds an iterator");

namespace {

enum { FIRST_LINE_BYTES = 16 * 1024 }; /* The parser grows when a longer line comes. */

struct simd_reader {
    json_reader reader;
    dom::parser parser;
};

template <typename T> void store(uint64_t *node, const T &from) {
    std::memcpy(node, &from, sizeof from);
}

template <typename T> T load(const uint64_t *node) {
    T to;
    std::memcpy(static_cast<void *>(&to), node, sizeof to);
    return to;
}

void set_value(json_value *v, const dom::element &e) {
    switch (e.type()) {
    case dom::element_type::ARRAY:
        v->kind = NODE_ARRAY;
        store(v->node, dom::array(e));
        break;
    case dom::element_type::OBJECT:
        v->kind = NODE_OBJECT;
        store(v->node, dom::object(e));
        break;
    case dom::element_type::INT64:
        v->kind = NODE_INTEGER;
        v->integer = int64_t(e);
        break;
    case dom::element_type::DOUBLE:
        v->kind = NODE_REAL;
        v->real = double(e);
        break;
    case dom::element_type::STRING: {
        std::string_view s(e);
        v->kind = NODE_TEXT;
        v->string = text{s.data(), s.size()};
        break;
    }
    case dom::element_type::BOOL:
        v->kind = NODE_BOOL;
        v->integer = bool(e);
        break;
    default: v->kind = NODE_NULL; /* No UINT64: such a line was refused. */
    }
}

/* Some versions of simdjson read past it; to jansson it is no JSON. */
bool has_byte_order_mark(const char *b, size_t count) {
    return count >= 3 && std::memcmp(b, "\xEF\xBB\xBF", 3) == 0;
}

/* True when backslash-u000 stands anywhere: perhaps an escaped NUL.  Without
 * branches, so that the compiler makes vectors of it. */
bool may_hold_nul_escape(const char *b, size_t count) {
    unsigned found = 0;
    for (size_t i = 0; i < count; i++) /* Reads into the padding. */
        found |= unsigned(b[i] == '\\') & unsigned(b[i + 1] == 'u') & unsigned(b[i + 2] == '0') &
                 unsigned(b[i + 4] == '0') & unsigned(b[i + 3] == '0');
    return found != 0;
}

/* True when a word of the tape may mark an unsigned integer of 2^63 or more.  Number
 * payloads are looked at too, which at worst sends a line to the strict reader. */
bool may_hold_huge_integer(const uint64_t *tape) {
    uint64_t words = tape[0] & 0x00FFFFFFFFFFFFFFULL;
    unsigned found = 0;
    for (uint64_t i = 1; i < words; i++) found |= unsigned(tape[i] >> 56 == 'u');
    return found != 0;
}

read_verdict simd_read(json_reader *self, const char *bytes, size_t count, json_value *root) {
    auto *r = reinterpret_cast<simd_reader *>(self);
    if (has_byte_order_mark(bytes, count) || may_hold_nul_escape(bytes, count)) return READ_REFUSED;
    auto parsed = r->parser.parse(reinterpret_cast<const uint8_t *>(bytes), count, false);
    if (parsed.error() == simdjson::MEMALLOC) return READ_NO_MEMORY;
    if (parsed.error() != simdjson::SUCCESS) return READ_REFUSED;
    if (may_hold_huge_integer(r->parser.doc.tape.get())) return READ_REFUSED;
    set_value(root, parsed.value_unsafe());
    return READ_OK;
}

void simd_pick(const json_value *object, const key_set *keys, json_value *values) {
    for (uint32_t i = 0; i < keys->count; i++) values[i].kind = NODE_ABSENT;
    auto o = load<dom::object>(object->node);
    const auto end = o.end();
    for (auto field = o.begin(); field != end; ++field) {
        std::string_view key = field.key();
        int i = key_find(keys, key.data(), key.size());
        if (i >= 0) set_value(&values[i], field.value());
    }
}

bool simd_next(const json_value *array, json_cursor *cursor, json_value *element) {
    auto a = load<dom::array>(array->node);
    auto at = cursor->node[2] == 0 ? a.begin() : load<dom::array::iterator>(cursor->node);
    if (!(at != a.end())) return false;
    set_value(element, *at);
    ++at;
    store(cursor->node, at);
    cursor->node[2] = 1;
    return true;
}

void simd_free(json_reader *self) {
    delete reinterpret_cast<simd_reader *>(self);
}

} // namespace

json_reader *fast_reader_new(void) {
    auto *r = new (std::nothrow) simd_reader;
    if (r == nullptr) return nullptr;
    r->reader = json_reader{simd_read, simd_pick, simd_next, simd_free};
    if (r->parser.allocate(FIRST_LINE_BYTES, JSON_DEPTH_MAX) != simdjson::SUCCESS) {
        delete r;
        return nullptr;
    }
    return &r->reader;
}
