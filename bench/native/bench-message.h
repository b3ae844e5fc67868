/*
 * The message that the load generator sends and the sink recognises, octet for octet that of bench/bench-message.ts:
 * one header field carries the run, the number of the message in it and the time at which work on it began, in fixed
 * columns, so that stamping is writing digits.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_FIELD "X-Bench: "
#define STAMP_MARK "\r\n" STAMP_FIELD
/* `RRRRRR-SSSSSSSS-TTTTTTTTTTTTTTTT` */
#define STAMP_LENGTH 32
/* What may have to be kept of the octets before so that a stamp over the border is found. */
#define STAMP_SPAN (sizeof STAMP_MARK - 1 + STAMP_LENGTH)
#define STAMP_MAX_RUN 999999
#define STAMP_MAX_SEQUENCE 99999999

struct stamp {
  int64_t run;
  int64_t sequence;
  /* On the clock of monotonic_us(). */
  int64_t started_at_us;
};

/* CRLF line ends, 7-bit, nothing to dot-stuff. */
struct bench_message {
  char *header;
  size_t header_length;
  size_t stamp_at;
  /* The body, then the end-of-data line; the same for all messages. */
  char *rest;
  size_t rest_length;
};

void bench_message_make(struct bench_message *message, size_t size_bytes, const char *from, const char *to);
void bench_message_free(struct bench_message *message);

/* A copy of the header with its stamp, to `header` with room for `header_length`. */
void bench_message_stamp(const struct bench_message *message, char *header, const struct stamp *stamp);

/* Finds the stamp of a message in its octets; false when it is not (wholly) there. */
bool bench_message_find_stamp(const char *octets, size_t length, struct stamp *stamp);

#endif
