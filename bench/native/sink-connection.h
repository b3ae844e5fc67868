/*
 * One connection to the sink: just enough SMTP to take every message, in clear text or after STARTTLS, and nothing kept of
 * it but its stamp. The replies of bench/sink.ts, all of a turn in one write. RFC 5321, RFC 2920, RFC 3207.
 */
#ifndef BENCH_SINK_CONNECTION_H
#define BENCH_SINK_CONNECTION_H

#include <openssl/ssl.h>
#include <stdint.h>

struct sink_options {
  /* NULL: STARTTLS is not offered. */
  SSL_CTX *context;
  /* Every group of replies leaves so much later; 0: at once. */
  int64_t delay_us;
};

/* Greets. `options` stays as long as the process. */
void sink_connection_accept(int fd, const struct sink_options *options);

/* `connection` is who the loop says it is. */
void sink_connection_on_event(void *connection, uint32_t events);

/* Sends the delayed replies whose time has come, and frees what was closed; once after each batch of events, as memory
 * must not go while another event of the batch may mean it. When the next ones are due; 0: there are none. */
int64_t sink_connections_turn(void);

#endif
