/*
 * One SMTP submission connection of the load generator, greeting to QUIT: clear text, STARTTLS or implicit TLS, with AUTH
 * PLAIN or none; MAIL, RCPT and DATA in one write where the server offers PIPELINING and the target allows it. RFC 5321,
 * RFC 2920, RFC 3207, RFC 4954. The counterpart of bench/load-connection.ts: the same octets, the same problems.
 */
#ifndef BENCH_LOAD_CONNECTION_H
#define BENCH_LOAD_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "bench-message.h"
#include "stream.h"

enum load_tls { LOAD_TLS_NONE, LOAD_TLS_STARTTLS, LOAD_TLS_IMPLICIT };

enum load_step {
  STEP_GREETING,
  STEP_EHLO,
  STEP_STARTTLS,
  STEP_AUTH,
  STEP_READY,
  STEP_MAIL,
  STEP_RCPT,
  STEP_DATA,
  STEP_FINAL,
  STEP_QUIT,
};

struct load_connection;

/* Where to, and what is said there: the same for all connections of a run. Lines end in CRLF. */
struct load_target {
  struct sockaddr_storage address;
  socklen_t address_length;
  enum load_tls tls;
  SSL_CTX *context;
  bool pipelining;
  /* NULL: none. */
  char *auth_line;
  char *mail_line;
  char *rcpt_line;
  /* MAIL, RCPT and DATA. */
  char *envelope;
  struct bench_message message;
  /* Ready for a message: answer with load_connection_send or load_connection_quit, now or later. */
  void (*on_ready)(struct load_connection *connection);
  /* 250 to the end of data of the message sent last. */
  void (*on_accepted)(struct load_connection *connection);
  /* The connection is gone; `problem` is NULL after an orderly QUIT. Once for each load_connection_open, which may call it. */
  void (*on_closed)(struct load_connection *connection, const char *problem);
};

struct load_connection {
  struct stream stream;
  const struct load_target *target;
  enum load_step step;
  bool open;
  bool secure;
  bool pipelining;
  /* Replies that are not whole yet; a longer line than this is a problem. */
  char input[4096];
  size_t held;
  /* The stamped header of the message. */
  char *header;
};

/* `connection` is zeroed or was closed. */
void load_connection_open(struct load_connection *connection, const struct load_target *target);
void load_connection_send(struct load_connection *connection, const struct stamp *stamp);
void load_connection_quit(struct load_connection *connection);
void load_connection_on_event(struct load_connection *connection, uint32_t events);

/* Frees what a closed connection has kept for the next. */
void load_connection_free(struct load_connection *connection);

#endif
