/*
 * A non-blocking TCP connection, in clear text or TLS, watched by the loop. Writing takes what it can at once and goes on
 * when the loop says so; reading goes on until nothing is there, as edge-triggered events demand.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Results beside a number of octets. */
enum { STREAM_END = 0, STREAM_AGAIN = -1, STREAM_FAILED = -2 };

struct stream {
  /* -1 when closed. */
  int fd;
  void *owner;
  /* Where it was connected to, for what is said when that fails. */
  const struct sockaddr *peer;
  socklen_t peer_length;
  SSL *ssl;
  bool connecting;
  bool watches_output;
  /* The last read took less than there was room for: in clear text that was all. */
  bool drained;
  /* The other end has closed its direction, or the connection is lost: to be read until it says so. */
  bool ending;
  struct iovec pending[2];
  /* What is being encrypted; room for the largest so far. */
  char *plain;
  size_t plain_room;
  /* Why it failed, in the words of Node.js where those are known. */
  char problem[192];
};

/* An accepted connection; `owner` is what the loop reports its events under. */
void stream_adopt(struct stream *stream, int fd, void *owner);

/* A new connection to `to`, which stays as long as the stream. False: failed, see `problem`. */
bool stream_connect(struct stream *stream, const struct sockaddr *to, socklen_t to_length, void *owner);

/* From now on TLS; the handshake is part of the reads and writes that follow. False: failed. */
bool stream_start_tls(struct stream *stream, SSL_CTX *context, bool server);

/* To be called with every event before anything else. */
void stream_woken(struct stream *stream, uint32_t events);

/* The number of octets read, or STREAM_END, STREAM_AGAIN, STREAM_FAILED. */
ssize_t stream_read(struct stream *stream, void *octets, size_t room);

/* Writes `first` and then `second` (which may be empty). They must stay as they are until nothing is pending, and
 * nothing may be pending now. False: failed. */
bool stream_send(struct stream *stream, struct iovec first, struct iovec second);

bool stream_pending(const struct stream *stream);

/* Goes on with what is pending. False: failed. */
bool stream_flush(struct stream *stream);

/* Says that nothing follows; what the other end says can still be read. */
void stream_finish(struct stream *stream);

/* Closes at once; harmless when closed. */
void stream_close(struct stream *stream);

#endif
