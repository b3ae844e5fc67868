/*
 * See load-connection.h. Commands and content are written where the reply that allows them is read, so that a turn of the
 * dialogue is one wake-up, one read and one write.
 */
#include "load-connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static const struct {
  const char *name;
  int expected;
} STEPS[] = {
    [STEP_GREETING] = {"greeting", 220}, [STEP_EHLO] = {"ehlo", 250}, [STEP_STARTTLS] = {"starttls", 220},
    [STEP_AUTH] = {"auth", 235},         [STEP_READY] = {"ready", 0}, [STEP_MAIL] = {"mail", 250},
    [STEP_RCPT] = {"rcpt", 250},         [STEP_DATA] = {"data", 354}, [STEP_FINAL] = {"final", 250},
    [STEP_QUIT] = {"quit", 221},
};
static const char EHLO[] = "EHLO load-generator.example\r\n";
static const struct iovec NOTHING = {0};

static void closed(struct load_connection *connection, const char *problem) {
  if (!connection->open) return;
  connection->open = false;
  stream_close(&connection->stream);
  connection->target->on_closed(connection, problem);
}

static void failed(struct load_connection *connection, const char *why, size_t length) {
  while (length > 0 && strchr(" \t\r\n", why[length - 1]) != NULL) length--;
  char problem[256];
  snprintf(problem, sizeof problem, "%s: %.*s", STEPS[connection->step].name, (int)(length < 200 ? length : 200), why);
  closed(connection, problem);
}

/* What the server said before it hung up says more than that it did. */
static void write_failed(struct load_connection *connection) {
  char why[sizeof connection->stream.problem];
  memcpy(why, connection->stream.problem, sizeof why);
  char reply[512];
  ssize_t count = stream_read(&connection->stream, reply, sizeof reply);
  const char *end = count > 0 ? memchr(reply, '\n', (size_t)count) : NULL;
  if (end != NULL) failed(connection, reply, (size_t)(end - reply));
  else failed(connection, why, strlen(why));
}

static void send_pieces(struct load_connection *connection, struct iovec first, struct iovec second) {
  /* Something is pending only where the server answered before it had everything. */
  if (stream_pending(&connection->stream)) {
    static const char EARLY[] = "answered before it was asked";
    failed(connection, EARLY, sizeof EARLY - 1);
    return;
  }
  if (!stream_send(&connection->stream, first, second)) write_failed(connection);
}

static void say(struct load_connection *connection, enum load_step step, const char *line) {
  connection->step = step;
  send_pieces(connection, (struct iovec){(char *)line, strlen(line)}, NOTHING);
}

static void start_tls(struct load_connection *connection) {
  connection->secure = true;
  if (!stream_start_tls(&connection->stream, connection->target->context, false)) {
    failed(connection, connection->stream.problem, strlen(connection->stream.problem));
  }
}

void load_connection_open(struct load_connection *connection, const struct load_target *target) {
  connection->target = target;
  connection->step = STEP_GREETING;
  connection->open = true;
  connection->secure = connection->pipelining = false;
  connection->held = 0;
  if (connection->header == NULL) connection->header = must_allocate(target->message.header_length, 1);
  const struct sockaddr *to = (const struct sockaddr *)&target->address;
  if (!stream_connect(&connection->stream, to, target->address_length, connection)) {
    connection->stream.fd = -1;
    failed(connection, connection->stream.problem, strlen(connection->stream.problem));
    return;
  }
  if (target->tls != LOAD_TLS_IMPLICIT) return;
  start_tls(connection);
  /* The client speaks first here. */
  if (connection->open) load_connection_on_event(connection, 0);
}

void load_connection_send(struct load_connection *connection, const struct stamp *stamp) {
  bench_message_stamp(&connection->target->message, connection->header, stamp);
  say(connection, STEP_MAIL, connection->pipelining ? connection->target->envelope : connection->target->mail_line);
}

void load_connection_quit(struct load_connection *connection) {
  say(connection, STEP_QUIT, "QUIT\r\n");
}

static void ready(struct load_connection *connection) {
  connection->step = STEP_READY;
  connection->target->on_ready(connection);
}

/* What follows the last line of an expected reply. */
static void go_on(struct load_connection *connection) {
  const struct load_target *target = connection->target;
  const struct bench_message *message = &target->message;
  switch (connection->step) {
    case STEP_GREETING:
      say(connection, STEP_EHLO, EHLO);
      return;
    case STEP_EHLO:
      if (target->tls == LOAD_TLS_STARTTLS && !connection->secure) say(connection, STEP_STARTTLS, "STARTTLS\r\n");
      else if (target->auth_line != NULL) say(connection, STEP_AUTH, target->auth_line);
      else ready(connection);
      return;
    case STEP_STARTTLS:
      /* What was offered or sent in clear counts no longer (RFC 3207 §4.2). */
      connection->held = 0;
      connection->pipelining = false;
      start_tls(connection);
      if (connection->open) say(connection, STEP_EHLO, EHLO);
      return;
    case STEP_AUTH:
      ready(connection);
      return;
    case STEP_MAIL:
      connection->step = STEP_RCPT;
      if (!connection->pipelining) say(connection, STEP_RCPT, target->rcpt_line);
      return;
    case STEP_RCPT:
      connection->step = STEP_DATA;
      if (!connection->pipelining) say(connection, STEP_DATA, "DATA\r\n");
      return;
    case STEP_DATA:
      connection->step = STEP_FINAL;
      send_pieces(connection, (struct iovec){connection->header, message->header_length},
                  (struct iovec){message->rest, message->rest_length});
      return;
    case STEP_FINAL:
      target->on_accepted(connection);
      ready(connection);
      return;
    case STEP_QUIT:
      closed(connection, NULL);
      return;
    case STEP_READY:
      return;
  }
}

static int code_of(const char *line, size_t length) {
  if (length < 3) return -1;
  int code = 0;
  for (int i = 0; i < 3; i++) {
    if (line[i] < '0' || line[i] > '9') return -1;
    code = code * 10 + (line[i] - '0');
  }
  return code;
}

static void take_line(struct load_connection *connection, const char *line, size_t length) {
  static const char KEYWORD[] = "PIPELINING";
  if (connection->step == STEP_EHLO && memmem(line, length, KEYWORD, sizeof KEYWORD - 1) != NULL) {
    connection->pipelining = connection->target->pipelining;
  }
  if (length > 3 && line[3] == '-') return;
  if (code_of(line, length) == STEPS[connection->step].expected) go_on(connection);
  else failed(connection, line, length);
}

static void take_lines(struct load_connection *connection) {
  size_t from = 0;
  char *end;
  while ((end = memchr(connection->input + from, '\n', connection->held - from)) != NULL) {
    size_t start = from;
    from = (size_t)(end + 1 - connection->input);
    take_line(connection, connection->input + start, from - 1 - start);
    /* Nothing is left of a connection that was closed, nor of what came before TLS. */
    if (!connection->open || connection->held == 0) return;
  }
  connection->held -= from;
  memmove(connection->input, connection->input + from, connection->held);
}

void load_connection_on_event(struct load_connection *connection, uint32_t events) {
  struct stream *stream = &connection->stream;
  if (!connection->open) return;
  stream_woken(stream, events);
  if (!stream_flush(stream)) write_failed(connection);
  while (connection->open) {
    ssize_t count = stream_read(stream, connection->input + connection->held, sizeof connection->input - connection->held);
    if (count == STREAM_AGAIN) {
      /* A handshake that this read has finished lets wait what was written before it. */
      if (!stream_flush(stream)) write_failed(connection);
      return;
    }
    if (count == STREAM_FAILED) {
      failed(connection, stream->problem, strlen(stream->problem));
    } else if (count == STREAM_END) {
      if (connection->step == STEP_QUIT) closed(connection, NULL);
      else failed(connection, "connection closed", strlen("connection closed"));
    } else {
      connection->held += (size_t)count;
      take_lines(connection);
      if (connection->open && connection->held == sizeof connection->input) {
        failed(connection, "a reply is too long", strlen("a reply is too long"));
      }
    }
  }
}

void load_connection_free(struct load_connection *connection) {
  free(connection->header);
  connection->header = NULL;
  free(connection->stream.plain);
  connection->stream.plain = NULL;
  connection->stream.plain_room = 0;
}
