/* SPDX-License-Identifier: MIT */
#include "server/rest/docs.h"

#include "pipeline/queries/definitions.h"
#include "server/base/version.h"
#include "server/rest/param_docs.h"
#include <string.h>

const char docs_style[] =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}"
    "h2{margin-top:2.5rem}h3{margin:1.6rem 0 0;font-size:1.05rem}p{margin:.3rem 0}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.9em}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:.5rem .7rem;border:1px solid "
    "#8886;border-radius:4px;margin:.4rem "
    "0}"
    "table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem .8rem "
    ".2rem 0;border-bottom:1px solid #8884}";

static void put(buffer *out, const char *html) {
    buffer_add(out, text_of(html));
}

static void put_escaped(buffer *out, text t) {
    for (size_t i = 0; i < t.count; i++) {
        switch (t.bytes[i]) {
        case '<': put(out, "&lt;"); break;
        case '>': put(out, "&gt;"); break;
        case '&': put(out, "&amp;"); break;
        case '"': put(out, "&quot;"); break;
        case '\'': put(out, "&#39;"); break;
        default: buffer_add_byte(out, t.bytes[i]);
        }
    }
}

static void put_words(buffer *out, const char *words) {
    put_escaped(out, text_of(words));
}

static void put_names(buffer *out, const char *const *names) {
    for (size_t i = 0; names[i] != NULL; i++) {
        put(out, i == 0 ? " (" : ", ");
        put_words(out, names[i]);
    }
    if (names[0] != NULL) put(out, ")");
}

/* One of the parameters that most boards take, all of them. */
static bool is_filter(const param_doc *d) {
    return (d->flags & ~(unsigned)QUERY_FILTER) == 0;
}

/* Names of what the row takes; none gives none.  What many take is told once: filters by one
 * word, and the sorts of the rows before (*told). */
static void put_takes(buffer *out, const route *way, const char *const **told) {
    bool any = false, has_all = (way->params & QUERY_FILTER) == QUERY_FILTER, has_said = false;
    for (size_t i = 0; i < param_doc_count; i++) {
        const param_doc *d = &param_docs[i];
        if ((way->params & d->flags) == 0 || (has_all && has_said && is_filter(d))) continue;
        put(out, any ? ", " : "<p>Takes ");
        any = true;
        if (has_all && is_filter(d)) {
            put(out, "<a href=\"#filters\">filters</a>");
            has_said = true;
            continue;
        }
        put_words(out, d->name);
        if (d->flags != QUERY_SORT) continue;
        const char *const *sorts = route_names(way, d->name);
        if (sorts != *told) put_names(out, sorts);
        *told = sorts;
    }
    if (any) put(out, ".</p>");
}

static void put_filters(buffer *out) {
    bool any = false;
    put(out, "\n<p id=\"filters\">Filters say which responses count: ");
    for (size_t i = 0; i < param_doc_count; i++) {
        if (!is_filter(&param_docs[i])) continue;
        if (any) put(out, ", ");
        put_words(out, param_docs[i].name);
        any = true;
    }
    put(out, ".</p>");
}

static void put_curl(buffer *out, const char *options, text origin, text target) {
    put(out, "<pre>curl -s ");
    put_words(out, options);
    put(out, "'");
    put_escaped(out, origin);
    put_escaped(out, target);
    put(out, "'</pre>");
}

static void put_route(buffer *out, const route *way, const example_ids *ids, text origin,
                      const char *const **told) {
    buffer target = {0};
    bool reads = (way->methods & METHOD_GET) != 0;
    bool deletes = (way->methods & METHOD_DELETE) != 0;
    put(out, "\n<h3><code>");
    put(out, reads ? "GET " : deletes ? "DELETE " : "POST ");
    put_words(out, way->base);
    put_words(out, way->path);
    put(out, "</code></h3><p>");
    put_words(out, way->summary);
    put(out, "</p>");
    put_takes(out, way, told);
    example_write_target(way, ids, &target);
    if (reads) put_curl(out, "", origin, buffer_text(&target));
    if (way->posting != NULL) put_curl(out, way->posting->example, origin, buffer_text(&target));
    if (target.failed) out->failed = true;
    buffer_deinit(&target);
}

static void put_params(buffer *out) {
    put(out, "\n<h2>Parameters</h2>");
    put_filters(out);
    put(out, "<table><tr><th>name<th>what<th>example");
    for (size_t i = 0; i < param_doc_count; i++) {
        const param_doc *d = &param_docs[i];
        buffer_add_format(out, "\n<tr><td><code>%s</code><td>", d->name);
        put_words(out, d->text);
        put(out, "<td><code>");
        put_words(out, d->example == NULL ? "" : d->example);
        put(out, "</code>");
    }
    put(out, "</table>");
}

static void put_definitions(buffer *out) {
    put(out, "\n<h2>What the numbers mean</h2><table><tr><th>number<th>meaning");
    for (size_t i = 0; i < definition_count; i++) {
        const definition *d = &definitions[i];
        buffer_add_format(out, "\n<tr><td><code>%s</code><td>", d->name);
        put_words(out, d->meaning);
        if (d->formula != NULL) {
            put(out, "<br><code>");
            put_words(out, d->formula);
            put(out, "</code>");
        }
    }
    put(out, "</table>");
}

static const char introduction[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>dunlin: the interface</title>"
    "<meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" "
    "href=\"/docs.css\"><main><h1>The interface of dunlin " DUNLIN_VERSION "</h1>"
    "<p>Answers are <code>{\"data\", \"includes\", \"meta\"}</code>, all of one answer from one "
    "moment; ids are strings, times RFC 3339 in UTC. <code>meta.as_of</code> is the minute of the "
    "newest tweet heard, which windows count back from; <code>meta.next_token</code> is the next "
    "page's <code>cursor</code>. What is wrong is said by <code>application/problem+json</code> "
    "with what was meant. Every answer has an ETag. Where the server asks for a token, add "
    "<code>-H 'Authorization: Bearer TOKEN'</code>. For programs: "
    "<a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a>. The dashboard is <a "
    "href=\"/\">here</a>.</p>";

void docs_write(const route_table *t, const example_ids *ids, text origin, buffer *out) {
    const char *const *told = NULL;
    put(out, introduction);
    put(out, "\n<h2>Paths</h2>");
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].summary != NULL) put_route(out, &t->rows[i], ids, origin, &told);
    put_params(out);
    put_definitions(out);
    put(out, "</main></html>\n");
}
