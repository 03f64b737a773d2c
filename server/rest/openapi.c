/* SPDX-License-Identifier: MIT */
#include "server/rest/openapi.h"

#include "server/base/version.h"
#include "server/rest/param_docs.h"
#include <stdio.h>
#include <string.h>

/* What is the same for every path. */
static const char components[] =
    "\"schemas\":{\"Meta\":{\"type\":\"object\",\"required\":[\"epoch\",\"as_of\"],\"properties\":{"
    "\"result_count\":{\"type\":\"integer\"},\"newest_id\":{\"type\":\"string\"},"
    "\"oldest_id\":{\"type\":\"string\"},\"next_token\":{\"type\":\"string\","
    "\"description\":\"The cursor of the next page; absent on the last.\"},"
    "\"epoch\":{\"type\":\"integer\"},\"as_of\":{\"type\":[\"string\",\"null\"],"
    "\"format\":\"date-time\",\"description\":\"The minute of the newest tweet heard.\"}}},"
    "\"Answer\":{\"type\":\"object\",\"required\":[\"data\",\"meta\"],\"properties\":{"
    "\"data\":{\"type\":[\"object\",\"array\",\"number\",\"boolean\"]},"
    "\"includes\":{\"type\":\"object\",\"properties\":{\"users\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\"}}}},\"meta\":{\"$ref\":\"#/components/schemas/Meta\"}}},"
    "\"Problem\":{\"type\":\"object\",\"description\":\"RFC 9457.\",\"required\":[\"title\","
    "\"status\",\"detail\"],\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":"
    "\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"instance\":{"
    "\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
    "\"properties\":{\"parameter\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"}}}}}}},"
    "\"responses\":{\"Problem\":{\"description\":\"What is wrong, and what was meant.\","
    "\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/Problem\"}}}},"
    "\"Full\":{\"description\":\"There is no room for it now: what the limits are, and what of "
    "them "
    "was left.\",\"headers\":{\"Retry-After\":{\"schema\":{\"type\":\"integer\"}},"
    "\"RateLimit-Policy\":{\"schema\":{\"type\":\"string\"}},\"RateLimit\":{\"schema\":{\"type\":"
    "\"string\"}}},\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/Problem\"}}}}},"
    "\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\","
    "\"description\":\"Where the server was started with --token-file.\"},\"pushToken\":{"
    "\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"That of --push-token-file.\"}}";

static void put_literal(json_writer *w, const char *json) {
    json_put_raw(w, text_of(json));
}

static void put_reference(json_writer *w, const char *where, const char *name) {
    char path[96];
    (void)snprintf(path, sizeof path, "#/components/%s/%s", where, name);
    json_begin_object(w);
    json_field(w, "$ref", string, path);
    json_end_object(w);
}

/* ---- Parameters ---- */

static bool is_required(const char *name) {
    static const char *const names[] = {"text", "what", "a", "b"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static void put_enum(json_writer *w, const char *const *names) {
    json_begin_object(w);
    json_field(w, "type", string, "string");
    json_key(w, "enum");
    json_begin_array(w);
    for (size_t i = 0; names[i] != NULL; i++) json_put_string(w, names[i]);
    json_end_array(w);
    json_end_object(w);
}

static void begin_parameter(json_writer *w, const param_doc *d) {
    json_begin_object(w);
    json_field(w, "name", string, d->name);
    json_field(w, "in", string, "query");
    if (is_required(d->name)) json_field(w, "required", bool, true);
    json_field(w, "description", string, d->text);
}

/* What is the same wherever it is taken. */
static void put_parameter(json_writer *w, const param_doc *d, const example_ids *ids) {
    const char *example = example_value(d->name, d->example, ids);
    bool is_text = strstr(d->schema, "\"string\"") != NULL;
    begin_parameter(w, d);
    json_key(w, "schema");
    put_literal(w, d->schema);
    if (example != NULL) {
        json_key(w, "example");
        is_text ? json_put_string(w, example) : put_literal(w, example);
    }
    json_end_object(w);
}

/* What a row has names of its own for: one of them, or (without an example) a comma list. */
static void put_own_parameter(json_writer *w, const param_doc *d, const char *const *names) {
    bool is_list = d->example == NULL;
    begin_parameter(w, d);
    if (is_list) json_field(w, "style", string, "form");
    if (is_list) json_field(w, "explode", bool, false);
    json_key(w, "schema");
    if (is_list) {
        json_begin_object(w);
        json_field(w, "type", string, "array");
        json_key(w, "items");
    }
    put_enum(w, names);
    if (is_list) json_end_object(w);
    json_key(w, "example");
    if (is_list) {
        json_begin_array(w);
        for (size_t i = 0; i < 3 && names[i] != NULL; i++) json_put_string(w, names[i]);
        json_end_array(w);
    } else {
        json_put_string(w, d->example);
    }
    json_end_object(w);
}

static void put_id(json_writer *w, const char *example) {
    json_begin_object(w);
    json_field(w, "name", string, "id");
    json_field(w, "in", string, "path");
    json_field(w, "required", bool, true);
    json_field(w, "description", string, "A decimal number, as answers have it.");
    json_key(w, "schema");
    put_literal(w, "{\"type\":\"string\",\"pattern\":\"^[0-9]{1,20}$\"}");
    json_field(w, "example", string, example);
    json_end_object(w);
}

static void put_parameters(json_writer *w, const route *way, const example_ids *ids) {
    const char *id = example_id_of(way, ids);
    json_key(w, "parameters");
    json_begin_array(w);
    if (id != NULL) put_id(w, id);
    for (size_t i = 0; i < param_doc_count; i++) {
        const param_doc *d = &param_docs[i];
        if ((way->params & d->flags) == 0) continue;
        if (d->schema == NULL)
            put_own_parameter(w, d, route_names(way, d->name));
        else
            put_reference(w, "parameters", d->name);
    }
    json_end_array(w);
}

static void put_shared_parameters(json_writer *w, const route_table *t, const example_ids *ids) {
    unsigned taken = 0;
    for (size_t i = 0; i < t->count; i++) taken |= t->rows[i].params;
    json_key(w, "parameters");
    json_begin_object(w);
    for (size_t i = 0; i < param_doc_count; i++) {
        if (param_docs[i].schema == NULL || (param_docs[i].flags & taken) == 0) continue;
        json_key(w, param_docs[i].name);
        put_parameter(w, &param_docs[i], ids);
    }
    json_end_object(w);
}

/* ---- Paths ---- */

/* "getTweetsTop" of "tweets/top", so that programs made of it read well. */
static void put_operation_id(json_writer *w, const char *verb, const route *way) {
    char name[96];
    size_t count = (size_t)snprintf(name, sizeof name, "%s", verb);
    bool begins = true;
    for (const char *c = way->path; *c != '\0' && count + 1 < sizeof name; c++) {
        bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        if (is_letter) name[count++] = (char)(begins && *c >= 'a' ? *c - 'a' + 'A' : *c);
        begins = !is_letter;
    }
    name[count] = '\0';
    json_field(w, "operationId", string, name);
}

static void put_good(json_writer *w, const route *way) {
    json_key(w, "200");
    json_begin_object(w);
    json_field(w, "description", string, way->summary);
    json_key(w, "content");
    json_begin_object(w);
    for (size_t i = 0; way->types[i] != NULL; i++) {
        bool is_answer = strcmp(way->base, API_BASE) == 0 &&
                         strcmp(way->types[i], "application/json") == 0 && way->types[1] == NULL &&
                         (way->methods & METHOD_GET) != 0;
        bool is_json = strstr(way->types[i], "json") != NULL && strstr(way->types[i], "nd") == NULL;
        json_key(w, way->types[i]);
        json_begin_object(w);
        json_key(w, "schema");
        if (is_answer)
            put_reference(w, "schemas", "Answer");
        else
            put_literal(w, is_json ? "{\"type\":\"object\"}" : "{\"type\":\"string\"}");
        json_end_object(w);
    }
    json_end_object(w);
    json_end_object(w);
}

static void put_responses(json_writer *w, const route *way, bool writes) {
    bool finds = (way->params & (QUERY_ID | QUERY_PLACE | QUERY_AUTHOR)) != 0;
    bool pages = (way->params & QUERY_CURSOR) != 0;
    bool pushes = writes && way->posting->takes_push, asks = (way->methods & METHOD_GET) != 0;
    bool brings = writes && (way->methods & METHOD_POST) != 0;
    bool large = brings && way->posting->body_bytes_max > 0;
    bool fixes = writes && way->posting->takes_fix;
    const struct {
        const char *code;
        bool is_possible;
    } bad[] = {
        {"400", true},   {"401", pushes || fixes}, {"403", writes}, {"404", finds || fixes},
        {"406", true},   {"409", writes && asks},  {"410", pages},  {"413", brings},
        {"415", brings}, {"429", large},           {"503", true},
    };
    json_key(w, "responses");
    json_begin_object(w);
    put_good(w, way);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (!bad[i].is_possible) continue;
        json_key(w, bad[i].code);
        put_reference(w, "responses", strcmp(bad[i].code, "429") == 0 ? "Full" : "Problem");
    }
    json_end_object(w);
}

/* What a row that those who push may change says beside. */
static void put_push_security(json_writer *w) {
    json_key(w, "security");
    put_literal(w, "[{\"pushToken\":[]}]");
}

static const char *tag_of(const route *way) {
    if (strcmp(way->base, API_BASE) != 0) return "program";
    return way->query != NULL || way->params != 0 ? "questions" : "source";
}

/* The operations that a path may have; the method's bit is one of the row's. */
static const struct {
    unsigned method;
    const char *verb;
} verbs[] = {{METHOD_GET, "get"}, {METHOD_POST, "post"}, {METHOD_DELETE, "delete"}};

static void put_operation(json_writer *w, const route *way, size_t verb, const example_ids *ids) {
    bool writes = verbs[verb].method != METHOD_GET;
    json_key(w, verbs[verb].verb);
    json_begin_object(w);
    put_operation_id(w, verbs[verb].verb, way);
    json_key(w, "tags");
    json_begin_array(w);
    json_put_string(w, tag_of(way));
    json_end_array(w);
    json_field(w, "summary", string, way->summary);
    if (verbs[verb].method == METHOD_POST) {
        json_key(w, "requestBody");
        put_literal(w, way->posting->schema);
    } else {
        put_parameters(w, way, ids);
    }
    if (writes && way->posting->takes_push) put_push_security(w);
    put_responses(w, way, writes);
    json_end_object(w);
}

static void put_path(json_writer *w, const route *way, const example_ids *ids) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s%s", way->base, way->path);
    json_key(w, path);
    json_begin_object(w);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if ((way->methods & verbs[i].method) != 0) put_operation(w, way, i, ids);
    json_end_object(w);
}

static void put_info(json_writer *w) {
    json_field(w, "openapi", string, "3.1.0");
    json_key(w, "info");
    json_begin_object(w);
    json_field(w, "title", string, "dunlin");
    json_field(w, "version", string, DUNLIN_VERSION);
    json_field(w, "description", string,
               "What tweets do: who is heard, where, and how it is taken. Every path also "
               "answers HEAD and OPTIONS; answers carry an ETag. The page is at /, words "
               "are explained at /docs.");
    json_key(w, "license");
    put_literal(w, "{\"name\":\"MIT\",\"identifier\":\"MIT\"}");
    json_end_object(w);
    json_key(w, "servers");
    put_literal(w, "[{\"url\":\"/\",\"description\":\"This server.\"}]");
    json_key(w, "security");
    put_literal(w, "[{},{\"token\":[]}]");
    json_key(w, "tags");
    put_literal(w, "[{\"name\":\"questions\",\"description\":\"What was heard.\"},"
                   "{\"name\":\"source\",\"description\":\"What is read, and how it stands.\"},"
                   "{\"name\":\"program\",\"description\":\"The program itself.\"}]");
}

void openapi_write(const route_table *t, const example_ids *ids, json_writer *w) {
    json_begin_object(w);
    put_info(w);
    json_key(w, "paths");
    json_begin_object(w);
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].summary != NULL) put_path(w, &t->rows[i], ids);
    json_end_object(w);
    json_key(w, "components");
    json_begin_object(w);
    json_put_raw(w, text_of(components));
    put_shared_parameters(w, t, ids);
    json_end_object(w);
    json_end_object(w);
}
