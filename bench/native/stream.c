/*
 * See stream.h. In clear text a message is one writev; in TLS it is copied together first, so that records are full.
 */
#include "stream.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "measure.h"
#include "tls.h"

static const uint32_t INPUT = EPOLLIN | EPOLLRDHUP | EPOLLET;

/* As Node.js writes them, so that the problems of both generators read alike. */
static const char *error_name(int number) {
  switch (number) {
    case ECONNREFUSED: return "ECONNREFUSED";
    case ECONNRESET: return "ECONNRESET";
    case ECONNABORTED: return "ECONNABORTED";
    case ETIMEDOUT: return "ETIMEDOUT";
    case EHOSTUNREACH: return "EHOSTUNREACH";
    case ENETUNREACH: return "ENETUNREACH";
    case EADDRNOTAVAIL: return "EADDRNOTAVAIL";
    case EMFILE: return "EMFILE";
    case EPIPE: return "EPIPE";
    default: return strerror(number);
  }
}

static void fail(struct stream *stream, const char *what) {
  snprintf(stream->problem, sizeof stream->problem, "%s %s", what, error_name(errno));
}

void stream_adopt(struct stream *stream, int fd, void *owner) {
  /* What belongs to the address and the room stays from one connection to the next. */
  *stream = (struct stream){
      .fd = fd,
      .owner = owner,
      .peer = stream->peer,
      .peer_length = stream->peer_length,
      .plain = stream->plain,
      .plain_room = stream->plain_room,
  };
  loop_watch(fd, owner, INPUT);
}

static void fail_to_connect(struct stream *stream) {
  int number = errno;
  char host[64] = "", port[16] = "";
  getnameinfo(stream->peer, stream->peer_length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  snprintf(stream->problem, sizeof stream->problem, "connect %s %s:%s", error_name(number), host, port);
}

bool stream_connect(struct stream *stream, const struct sockaddr *to, socklen_t to_length, void *owner) {
  stream->peer = to;
  stream->peer_length = to_length;
  int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      (connect(fd, to, to_length) != 0 && errno != EINPROGRESS)) {
    fail_to_connect(stream);
    if (fd >= 0) close(fd);
    return false;
  }
  stream_adopt(stream, fd, owner);
  stream->connecting = true;
  return true;
}

bool stream_start_tls(struct stream *stream, SSL_CTX *context, bool server) {
  stream->ssl = SSL_new(context);
  if (stream->ssl == NULL || SSL_set_fd(stream->ssl, stream->fd) != 1) {
    snprintf(stream->problem, sizeof stream->problem, "%s", tls_problem());
    return false;
  }
  if (server) SSL_set_accept_state(stream->ssl);
  else SSL_set_connect_state(stream->ssl);
  return true;
}

void stream_woken(struct stream *stream, uint32_t events) {
  stream->drained = false;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) stream->ending = true;
  if (stream->connecting && (events & EPOLLERR) == 0) stream->connecting = false;
}

static void watch_output(struct stream *stream) {
  if (stream->watches_output) return;
  stream->watches_output = true;
  loop_rewatch(stream->fd, stream->owner, INPUT | EPOLLOUT);
}

/* What SSL_get_error looks at beside the result. */
static void begin_tls_call(void) {
  ERR_clear_error();
  errno = 0;
}

/* What a TLS call, `what`, that did not succeed means. */
static int tls_result(struct stream *stream, const char *what, int returned) {
  int number = errno;
  switch (SSL_get_error(stream->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
      return STREAM_AGAIN;
    case SSL_ERROR_WANT_WRITE:
      watch_output(stream);
      return STREAM_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
      return STREAM_END;
    case SSL_ERROR_SYSCALL:
      if (number == 0) return STREAM_END;
      errno = number;
      fail(stream, what);
      return STREAM_FAILED;
    default:
      snprintf(stream->problem, sizeof stream->problem, "%s", tls_problem());
      return STREAM_FAILED;
  }
}

ssize_t stream_read(struct stream *stream, void *octets, size_t room) {
  if (stream->ssl != NULL) {
    begin_tls_call();
    int count = SSL_read(stream->ssl, octets, room > INT32_MAX ? INT32_MAX : (int)room);
    return count > 0 ? count : tls_result(stream, "read", count);
  }
  if (stream->drained) return STREAM_AGAIN;
  ssize_t count = recv(stream->fd, octets, room, 0);
  if (count >= 0) {
    stream->drained = (size_t)count < room && !stream->ending;
    return count;
  }
  if (errno == EAGAIN || errno == EINTR) return STREAM_AGAIN;
  if (stream->connecting && errno != ECONNRESET) fail_to_connect(stream);
  else fail(stream, "read");
  return STREAM_FAILED;
}

bool stream_pending(const struct stream *stream) {
  return stream->pending[0].iov_len + stream->pending[1].iov_len > 0;
}

static void sent(struct stream *stream, size_t count) {
  for (int i = 0; i < 2; i++) {
    struct iovec *piece = &stream->pending[i];
    size_t taken = count < piece->iov_len ? count : piece->iov_len;
    piece->iov_base = (char *)piece->iov_base + taken;
    piece->iov_len -= taken;
    count -= taken;
  }
}

/* Octets written at once, STREAM_AGAIN or STREAM_FAILED. */
static ssize_t write_some(struct stream *stream) {
  if (stream->ssl != NULL) {
    begin_tls_call();
    int count = SSL_write(stream->ssl, stream->pending[0].iov_base, (int)stream->pending[0].iov_len);
    if (count > 0) return count;
    int result = tls_result(stream, "write", count);
    if (result != STREAM_END) return result;
    snprintf(stream->problem, sizeof stream->problem, "connection closed");
    return STREAM_FAILED;
  }
  ssize_t count = stream->pending[1].iov_len == 0
                      ? send(stream->fd, stream->pending[0].iov_base, stream->pending[0].iov_len, MSG_NOSIGNAL)
                      : writev(stream->fd, stream->pending, 2);
  if (count >= 0) return count;
  if (errno == EAGAIN) {
    watch_output(stream);
    return STREAM_AGAIN;
  }
  if (errno == EINTR) return 0;
  fail(stream, "write");
  return STREAM_FAILED;
}

bool stream_flush(struct stream *stream) {
  while (stream_pending(stream)) {
    ssize_t count = write_some(stream);
    if (count == STREAM_FAILED) {
      stream->pending[0].iov_len = stream->pending[1].iov_len = 0;
      return false;
    }
    if (count == STREAM_AGAIN) return true;
    sent(stream, (size_t)count);
  }
  return true;
}

bool stream_send(struct stream *stream, struct iovec first, struct iovec second) {
  if (stream->ssl != NULL && second.iov_len > 0) {
    size_t length = first.iov_len + second.iov_len;
    if (stream->plain_room < length) {
      free(stream->plain);
      stream->plain = must_allocate(length, 1);
      stream->plain_room = length;
    }
    memcpy(stream->plain, first.iov_base, first.iov_len);
    memcpy(stream->plain + first.iov_len, second.iov_base, second.iov_len);
    first = (struct iovec){stream->plain, length};
    second.iov_len = 0;
  }
  stream->pending[0] = first;
  stream->pending[1] = second;
  return stream_flush(stream);
}

void stream_finish(struct stream *stream) {
  /* Both fail only when the other end is gone, which reading will say. */
  if (stream->ssl != NULL) (void)SSL_shutdown(stream->ssl);
  (void)shutdown(stream->fd, SHUT_WR);
}

void stream_close(struct stream *stream) {
  if (stream->fd < 0) return;
  SSL_free(stream->ssl);
  stream->ssl = NULL;
  close(stream->fd);
  stream->fd = -1;
  stream->pending[0].iov_len = stream->pending[1].iov_len = 0;
}
