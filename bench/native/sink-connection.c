/*
 * See sink-connection.h. Octets are read into one buffer for all connections. Between reads a connection keeps the verb of an
 * unfinished command line, or the end of what came of the content, in which half a stamp or half an end of data may be.
 */
#include "sink-connection.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench-message.h"
#include "measure.h"
#include "sink-count.h"
#include "stream.h"

#define END_OF_DATA "\r\n.\r\n"

enum {
  VERB_LENGTH = 4,
  HELD_LENGTH = STAMP_SPAN - 1,
  END_LENGTH = sizeof END_OF_DATA - 1,
  READ_BYTES = 256 * 1024,
  /* Of a client that pipelines and does not read: it is cut off. */
  REPLY_BYTES = 8 * 1024,
};

struct sink_connection {
  struct stream stream;
  const struct sink_options *options;
  char verb[VERB_LENGTH];
  size_t verb_length;
  bool in_data;
  bool sampling;
  bool has_stamp;
  /* QUIT was answered. */
  bool leaving;
  bool finished;
  struct stamp stamp;
  char held[HELD_LENGTH];
  size_t held_length;
  /* What is on its way, what may leave, and what waits for its time, in this order. */
  size_t on_its_way;
  size_t released;
  size_t reply_length;
  int delayed_groups;
  struct sink_connection *next_closed;
  char replies[REPLY_BYTES];
};

struct delayed_group {
  struct delayed_group *next;
  struct sink_connection *connection;
  size_t length;
  int64_t due_us;
};

static char buffer[HELD_LENGTH + READ_BYTES];
static struct sink_connection *closed;
/* All wait equally long, so the first is the next. */
static struct delayed_group *first_group, **next_group = &first_group;

static void end(struct sink_connection *connection) {
  if (connection->stream.fd < 0) return;
  stream_close(&connection->stream);
  connection->next_closed = closed;
  closed = connection;
}

static void drop_sent(struct sink_connection *connection) {
  size_t gone = connection->on_its_way;
  if (gone == 0) return;
  connection->reply_length -= gone;
  connection->released -= gone;
  connection->on_its_way = 0;
  memmove(connection->replies, connection->replies + gone, connection->reply_length);
}

/* Sends what may leave, and what follows from its being sent. */
static void flush(struct sink_connection *connection) {
  struct stream *stream = &connection->stream;
  if (stream->fd < 0) return;
  bool fine = stream_flush(stream);
  while (fine && !stream_pending(stream)) {
    drop_sent(connection);
    if (connection->released == 0) break;
    connection->on_its_way = connection->released;
    fine = stream_send(stream, (struct iovec){connection->replies, connection->released}, (struct iovec){0});
  }
  if (!fine) {
    end(connection);
    return;
  }
  if (!connection->leaving || connection->finished || connection->reply_length > 0) return;
  /* A client in clear text says nothing after QUIT; one in TLS may, and would be told that nobody listens. */
  if (stream->ssl == NULL) {
    end(connection);
    return;
  }
  connection->finished = true;
  stream_finish(stream);
}

static void add_reply(struct sink_connection *connection, const char *text) {
  size_t length = strlen(text);
  if (length > REPLY_BYTES - connection->reply_length) {
    end(connection);
    return;
  }
  memcpy(connection->replies + connection->reply_length, text, length);
  connection->reply_length += length;
}

/* `length` octets more of the replies may leave: now, or when their time has come. */
static void release(struct sink_connection *connection, size_t length) {
  if (connection->stream.fd < 0 || length == 0) return;
  if (connection->options->delay_us == 0) {
    connection->released += length;
    flush(connection);
    return;
  }
  struct delayed_group *group = must_allocate(1, sizeof *group);
  *group = (struct delayed_group){
      .connection = connection,
      .length = length,
      .due_us = monotonic_us() + connection->options->delay_us,
  };
  *next_group = group;
  next_group = &group->next;
  connection->delayed_groups++;
}

static void upgrade(struct sink_connection *connection) {
  add_reply(connection, "220 2.0.0 go ahead\r\n");
  connection->released = connection->reply_length;
  flush(connection);
  if (connection->stream.fd < 0) return;
  /* It would have to be full already. */
  if (stream_pending(&connection->stream) || !stream_start_tls(&connection->stream, connection->options->context, true)) {
    end(connection);
    return;
  }
  sink_count_tls_connection();
}

static bool offers_tls(const struct sink_connection *connection) {
  return connection->options->context != NULL && connection->stream.ssl == NULL;
}

static bool is(const struct sink_connection *connection, const char *verb) {
  return connection->verb_length == VERB_LENGTH && strncasecmp(connection->verb, verb, VERB_LENGTH) == 0;
}

static void obey(struct sink_connection *connection) {
  if (is(connection, "MAIL") || is(connection, "RCPT") || is(connection, "RSET") || is(connection, "NOOP")) {
    add_reply(connection, "250 2.0.0 ok\r\n");
  } else if (is(connection, "DATA")) {
    connection->in_data = true;
    connection->has_stamp = false;
    connection->held_length = 0;
    connection->sampling = sink_count_take_sampling();
    add_reply(connection, "354 go ahead\r\n");
  } else if (is(connection, "EHLO")) {
    add_reply(connection, "250-mx.sink.example\r\n");
    if (offers_tls(connection)) add_reply(connection, "250-STARTTLS\r\n");
    add_reply(connection, "250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n");
    add_reply(connection, "250 SIZE 52428800\r\n");
  } else if (is(connection, "HELO")) {
    add_reply(connection, "250 mx.sink.example\r\n");
  } else if (is(connection, "QUIT")) {
    add_reply(connection, "221 2.0.0 bye\r\n");
    connection->leaving = true;
  } else if (is(connection, "STAR") && offers_tls(connection)) {
    upgrade(connection);
  } else {
    add_reply(connection, "502 5.5.1 no\r\n");
  }
}

/* How many octets belong to the command line, whole or not. */
static size_t take_command(struct sink_connection *connection, const char *octets, size_t length) {
  const char *line_end = memchr(octets, '\n', length);
  size_t line = line_end == NULL ? length : (size_t)(line_end - octets);
  size_t missing = VERB_LENGTH - connection->verb_length;
  size_t taken = line < missing ? line : missing;
  memcpy(connection->verb + connection->verb_length, octets, taken);
  connection->verb_length += taken;
  if (line_end == NULL) return length;
  obey(connection);
  connection->verb_length = 0;
  return line + 1;
}

/* The end of data in `octets`, by its dot: there are fewer of those than of line ends. */
static const char *find_end(const char *octets, size_t length) {
  if (length < END_LENGTH) return NULL;
  const char *at = octets + 2;
  const char *last = octets + length - 3;
  while (at <= last && (at = memchr(at, '.', (size_t)(last - at) + 1)) != NULL) {
    if (memcmp(at - 2, END_OF_DATA, END_LENGTH) == 0) return at - 2;
    at++;
  }
  return NULL;
}

/* How many octets are done with; when that is not all, the rest is held. */
static size_t take_content(struct sink_connection *connection, const char *octets, size_t length) {
  const char *content_end = find_end(octets, length);
  size_t content = content_end == NULL ? length : (size_t)(content_end - octets) + 2;
  if (!connection->has_stamp) connection->has_stamp = bench_message_find_stamp(octets, content, &connection->stamp);
  if (content_end == NULL) {
    size_t kept = connection->has_stamp ? END_LENGTH - 1 : HELD_LENGTH;
    if (kept > length) kept = length;
    if (connection->sampling) sink_count_sample(octets, length - kept);
    memcpy(connection->held, octets + length - kept, kept);
    connection->held_length = kept;
    return length;
  }
  if (connection->sampling) sink_count_sample(octets, content);
  connection->in_data = connection->sampling = false;
  connection->held_length = 0;
  sink_count_arrived(connection->has_stamp ? &connection->stamp : NULL);
  add_reply(connection, "250 2.0.0 taken\r\n");
  return content + END_LENGTH - 2;
}

static void take(struct sink_connection *connection, size_t length) {
  size_t held = connection->held_length;
  const char *octets = buffer + HELD_LENGTH - held;
  memcpy(buffer + HELD_LENGTH - held, connection->held, held);
  connection->held_length = 0;
  length += held;
  size_t before = connection->reply_length;
  bool in_clear = connection->stream.ssl == NULL;
  for (size_t at = 0; at < length && connection->stream.fd >= 0 && !connection->leaving;) {
    at += connection->in_data ? take_content(connection, octets + at, length - at)
                              : take_command(connection, octets + at, length - at);
    /* What came in clear behind STARTTLS is nothing that counts (RFC 3207 §4.2), and its reply has gone. */
    if (in_clear && connection->stream.ssl != NULL) return;
  }
  release(connection, connection->reply_length - before);
}

void sink_connection_accept(int fd, const struct sink_options *options) {
  struct sink_connection *connection = must_allocate(1, sizeof *connection);
  connection->options = options;
  stream_adopt(&connection->stream, fd, connection);
  sink_count_connection();
  add_reply(connection, "220 mx.sink.example ESMTP\r\n");
  connection->released = connection->reply_length;
  flush(connection);
}

void sink_connection_on_event(void *who, uint32_t events) {
  struct sink_connection *connection = who;
  struct stream *stream = &connection->stream;
  if (stream->fd < 0) return;
  stream_woken(stream, events);
  flush(connection);
  while (stream->fd >= 0) {
    ssize_t count = stream_read(stream, buffer + HELD_LENGTH, READ_BYTES);
    if (count == STREAM_AGAIN) break;
    if (count <= 0) {
      end(connection);
      return;
    }
    if (!connection->leaving) take(connection, (size_t)count);
  }
  flush(connection);
}

int64_t sink_connections_turn(void) {
  int64_t now_us = first_group == NULL ? 0 : monotonic_us();
  struct delayed_group *group;
  while ((group = first_group) != NULL && group->due_us <= now_us) {
    struct sink_connection *connection = group->connection;
    first_group = group->next;
    if (first_group == NULL) next_group = &first_group;
    connection->delayed_groups--;
    /* Less is left of a group whose replies left early, before TLS. */
    size_t waiting = connection->reply_length - connection->released;
    connection->released += group->length < waiting ? group->length : waiting;
    free(group);
    flush(connection);
  }
  struct sink_connection **link = &closed;
  while (*link != NULL) {
    struct sink_connection *connection = *link;
    if (connection->delayed_groups > 0) {
      link = &connection->next_closed;
      continue;
    }
    *link = connection->next_closed;
    free(connection->stream.plain);
    free(connection);
  }
  return first_group == NULL ? 0 : first_group->due_us;
}
