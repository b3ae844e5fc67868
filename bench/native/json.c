/*
 * See json.h. A buffer that doubles; a comma goes before every member but the first of its object or array, which is
 * seen by the last character written.
 */
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

static void put(struct json *json, const char *octets, size_t length) {
  if (json->room - json->length < length) {
    size_t room = json->room;
    while (room - json->length < length) room *= 2;
    char *text = realloc(json->text, room);
    if (text == NULL) die("out of memory");
    json->text = text;
    json->room = room;
  }
  memcpy(json->text + json->length, octets, length);
  json->length += length;
}

static void put_quoted(struct json *json, const char *octets, size_t length) {
  put(json, "\"", 1);
  for (size_t at = 0; at < length; at++) {
    unsigned char octet = (unsigned char)octets[at];
    if (octet >= 0x20 && octet < 0x7f && octet != '"' && octet != '\\') {
      put(json, octets + at, 1);
    } else {
      char escaped[8];
      int written = snprintf(escaped, sizeof escaped, "\\u%04x", octet);
      put(json, escaped, (size_t)written);
    }
  }
  put(json, "\"", 1);
}

static void put_name(struct json *json, const char *name) {
  char last = json->text[json->length - 1];
  if (last != '{' && last != '[') put(json, ",", 1);
  if (name == NULL) return;
  put_quoted(json, name, strlen(name));
  put(json, ":", 1);
}

void json_begin(struct json *json) {
  *json = (struct json){.text = must_allocate(1, 1024), .room = 1024};
  put(json, "{", 1);
}

void json_open(struct json *json, const char *name, char bracket) {
  put_name(json, name);
  put(json, &bracket, 1);
}

void json_close(struct json *json, char bracket) {
  put(json, &bracket, 1);
}

void json_integer(struct json *json, const char *name, int64_t value) {
  char digits[32];
  int written = snprintf(digits, sizeof digits, "%" PRId64, value);
  put_name(json, name);
  put(json, digits, (size_t)written);
}

void json_number(struct json *json, const char *name, double value) {
  char digits[40];
  int written = snprintf(digits, sizeof digits, "%.17g", value);
  put_name(json, name);
  put(json, digits, (size_t)written);
}

void json_true(struct json *json, const char *name) {
  put_name(json, name);
  put(json, "true", 4);
}

void json_string(struct json *json, const char *name, const char *octets, size_t length) {
  put_name(json, name);
  put_quoted(json, octets, length);
}

void json_send(struct json *json) {
  put(json, "}\n", 2);
  size_t written = 0;
  while (written < json->length) {
    ssize_t count = write(STDOUT_FILENO, json->text + written, json->length - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) exit(0);
    written += (size_t)count;
  }
  free(json->text);
  *json = (struct json){0};
}
