/*
 * See bench-message.h. What is sent must stay what bench/bench-message.ts sends: a test compares both.
 */
#include "bench-message.h"

#include <stdlib.h>
#include <string.h>

#include "measure.h"

enum { RUN_DIGITS = 6, SEQUENCE_DIGITS = 8, TIME_DIGITS = 16, LINE_LENGTH = 78 };

static const char LINE[] = "The quick brown fox jumps over the lazy dog while the parcel is on its way.";
static const char END_OF_DATA[] = ".\r\n";

/* `size` octets of prose in lines of 76 characters and CRLF; the last line takes what is left. */
static void write_body(char *to, size_t size) {
  char line[LINE_LENGTH];
  memset(line, '!', sizeof line);
  memcpy(line, LINE, sizeof LINE - 1);
  memcpy(line + LINE_LENGTH - 2, "\r\n", 2);
  size_t text = size - 2;
  for (size_t at = 0; at < text; at++) to[at] = line[at % LINE_LENGTH];
  /* Cutting may leave half a line end; the text must not hold a bare CR. */
  if (text > 0 && to[text - 1] == '\r') to[text - 1] = '!';
  memcpy(to + text, "\r\n", 2);
}

void bench_message_make(struct bench_message *message, size_t size_bytes, const char *from, const char *to) {
  message->header = must_print(
      "From: Load Generator <%s>\r\n"
      "To: %s\r\n"
      "Subject: Your order 4711 has shipped\r\n"
      "Date: Tue, 03 Nov 2026 10:00:00 +0000\r\n"
      "Message-ID: <bench@load-generator.example>\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: 7bit\r\n" STAMP_FIELD "00000000000000000000000000000000\r\n"
      "\r\n",
      from, to);
  message->header_length = strlen(message->header);
  message->stamp_at = (size_t)(strstr(message->header, STAMP_MARK) - message->header) + sizeof STAMP_MARK - 1;
  size_t body = size_bytes < message->header_length + 2 ? 2 : size_bytes - message->header_length;
  message->rest_length = body + sizeof END_OF_DATA - 1;
  message->rest = must_allocate(message->rest_length, 1);
  write_body(message->rest, body);
  memcpy(message->rest + body, END_OF_DATA, sizeof END_OF_DATA - 1);
}

void bench_message_free(struct bench_message *message) {
  free(message->header);
  free(message->rest);
  *message = (struct bench_message){0};
}

static void write_digits(char *to, int width, int64_t value) {
  for (int at = width - 1; at >= 0; at--) {
    to[at] = (char)('0' + value % 10);
    value /= 10;
  }
}

void bench_message_stamp(const struct bench_message *message, char *header, const struct stamp *stamp) {
  memcpy(header, message->header, message->header_length);
  char *to = header + message->stamp_at;
  write_digits(to, RUN_DIGITS, stamp->run);
  to += RUN_DIGITS;
  *to++ = '-';
  write_digits(to, SEQUENCE_DIGITS, stamp->sequence);
  to += SEQUENCE_DIGITS;
  *to++ = '-';
  write_digits(to, TIME_DIGITS, stamp->started_at_us);
}

/* Moves `at` behind the digits; -1 when there are others than digits. */
static int64_t read_digits(const char **at, int width) {
  int64_t value = 0;
  for (int i = 0; i < width; i++) {
    char digit = *(*at)++;
    if (digit < '0' || digit > '9') return -1;
    value = value * 10 + (digit - '0');
  }
  return value;
}

bool bench_message_find_stamp(const char *octets, size_t length, struct stamp *stamp) {
  const char *mark = memmem(octets, length, STAMP_MARK, sizeof STAMP_MARK - 1);
  if (mark == NULL) return false;
  const char *at = mark + sizeof STAMP_MARK - 1;
  if ((size_t)(octets + length - at) < STAMP_LENGTH) return false;
  stamp->run = read_digits(&at, RUN_DIGITS);
  if (stamp->run < 0 || *at++ != '-') return false;
  stamp->sequence = read_digits(&at, SEQUENCE_DIGITS);
  if (stamp->sequence < 0 || *at++ != '-') return false;
  stamp->started_at_us = read_digits(&at, TIME_DIGITS);
  return stamp->started_at_us >= 0;
}
