/*
 * One JSON object as one line on stdout: how the tools answer. Members are written in order; octets become the
 * characters of the same number (latin1), escaped where they are not printable ASCII, so that no message can break
 * the line. What is written is bounded by its callers.
 */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stddef.h>
#include <stdint.h>

struct json {
  char *text;
  size_t length;
  size_t room;
};

/* Opens the outermost object; `json` may be uninitialised. */
void json_begin(struct json *json);

/* `name` is NULL inside an array. `bracket` is `{` or `[`, and its counterpart to close. */
void json_open(struct json *json, const char *name, char bracket);
void json_close(struct json *json, char bracket);

void json_integer(struct json *json, const char *name, int64_t value);
void json_number(struct json *json, const char *name, double value);
void json_true(struct json *json, const char *name);
void json_string(struct json *json, const char *name, const char *octets, size_t length);

/* Closes the outermost object, writes the line and frees it. Ends the process when nobody reads. */
void json_send(struct json *json);

#endif
