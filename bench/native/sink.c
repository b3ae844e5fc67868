/*
 * The recipient MX of the benchmarks: a process of its own that takes every message and keeps none, at next to no cost.
 * It does what bench/sink.ts does. One thread, one epoll; ends when its stdin does.
 *
 * argv: fields as command.h describes them: host=127.0.0.1 port=0, delayMs=200 for a slow destination, and
 * certificate=FILE key=FILE (PEM), with which STARTTLS is offered.
 * stdin: lines `expect run=7 count=50` and `report unique=50 withinMs=60000`.
 * stdout: lines of JSON, `{"listening":PORT}` first and a SinkReport of bench/sink.ts for each `report`.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "loop.h"
#include "measure.h"
#include "sink-connection.h"
#include "sink-count.h"
#include "tls.h"

enum { BACKLOG = 1024, MAX_DELAY_MS = 600000, MAX_WAIT_MS = 3600000 };

static char listener;
static int listener_fd;
static struct sink_options options;
/* What a `report` waits for. */
static bool report_wanted;
static int64_t report_unique;
static int64_t report_due_us;

static int listen_on(const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
  struct addrinfo *found = NULL;
  int result = getaddrinfo(host, port, &hints, &found);
  if (result != 0) die("%s is no address: %s", host, gai_strerror(result));
  int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      /* Linux hands it on to what is accepted. */
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
    die("cannot listen on %s:%s: %s", host, port, strerror(errno));
  }
  freeaddrinfo(found);
  return fd;
}

static int port_of(int fd) {
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) die("getsockname: %s", strerror(errno));
  return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                             : ((struct sockaddr_in *)&address)->sin_port);
}

/* One a turn: the loop says when there are more, without a call that finds none. */
static void accept_one(void) {
  int fd = accept4(listener_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) sink_connection_accept(fd, &options);
  else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) die("accept: %s", strerror(errno));
}

static void on_line(char *line) {
  struct command command;
  command_parse(&command, line);
  if (strcmp(command.verb, "expect") == 0) {
    int64_t run = command_integer(&command, "run", 0, STAMP_MAX_RUN);
    sink_count_reset(run, command_integer(&command, "count", 0, STAMP_MAX_SEQUENCE + 1));
  } else if (strcmp(command.verb, "report") == 0) {
    report_wanted = true;
    report_unique = command_integer(&command, "unique", 0, STAMP_MAX_SEQUENCE + 1);
    report_due_us = monotonic_us() + command_integer(&command, "withinMs", 0, MAX_WAIT_MS) * 1000;
  } else {
    die("no such command: %s", command.verb);
  }
}

static void report_when_due(void) {
  if (!report_wanted) return;
  if (sink_count_unique() < report_unique && monotonic_us() < report_due_us) return;
  report_wanted = false;
  sink_count_report();
}

static void read_options(struct command *command, int argc, char **argv) {
  *command = (struct command){.verb = "sink"};
  for (int i = 1; i < argc; i++) command_add(command, argv[i]);
  if (command_text(command, "delayMs") != NULL) {
    options.delay_us = command_integer(command, "delayMs", 0, MAX_DELAY_MS) * 1000;
  }
  const char *certificate = command_text(command, "certificate");
  const char *key = command_text(command, "key");
  if (certificate != NULL && key != NULL) options.context = tls_server_context(certificate, key);
}

static void say_port(void) {
  struct json json;
  json_begin(&json);
  json_integer(&json, "listening", port_of(listener_fd));
  json_send(&json);
}

int main(int argc, char **argv) {
  struct command command;
  read_options(&command, argc, argv);
  const char *host = command_text(&command, "host");
  const char *port = command_text(&command, "port");
  if (host == NULL || port == NULL) die("no host or no port");
  loop_open();
  listener_fd = listen_on(host, port);
  loop_watch(listener_fd, &listener, EPOLLIN);
  say_port();
  struct epoll_event events[LOOP_BATCH];
  for (;;) {
    int count = loop_wait(events);
    for (int i = 0; i < count; i++) {
      void *who = events[i].data.ptr;
      if (who == &loop_input) command_read(on_line);
      else if (who == &listener) accept_one();
      else if (who != &loop_timer) sink_connection_on_event(who, events[i].events);
    }
    int64_t wake_us = sink_connections_turn();
    report_when_due();
    if (report_wanted && (wake_us == 0 || report_due_us < wake_us)) wake_us = report_due_us;
    loop_wake_at_us(wake_us);
  }
}
