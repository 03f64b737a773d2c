/* SPDX-License-Identifier: MIT */
#include "server/http/problem.h"

static const struct {
    unsigned code;
    const char *title;
} titles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
};

static const char *problem_title(unsigned code) {
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (titles[i].code == code) return titles[i].title;
    return "Error";
}

void problem_write(buffer *out, unsigned code, const char *detail, text instance,
                   const param_errors *errors) {
    json_writer w = json_to(out);
    json_begin_object(&w);
    json_field(&w, "type", string, "about:blank");
    json_field(&w, "title", string, problem_title(code));
    json_field(&w, "status", u64, code);
    json_field(&w, "detail", string, detail);
    json_field(&w, "instance", text, instance);
    if (errors != NULL && errors->count > 0) {
        json_key(&w, "errors");
        json_begin_array(&w);
        for (size_t i = 0; i < errors->count; i++) {
            json_begin_object(&w);
            json_field(&w, "parameter", string, errors->errors[i].parameter);
            json_field(&w, "detail", string, errors->errors[i].detail);
            json_end_object(&w);
        }
        json_end_array(&w);
    }
    json_end_object(&w);
    buffer_add_byte(out, '\n');
}
