/*
 * The load generator: a process of its own that submits messages and measures how long they take to be accepted, at next
 * to no cost, because what it costs is taken from what it measures. It does what bench/load-generator.ts does, over SMTP,
 * without session resumption. One thread, one epoll; ends when its stdin does.
 *
 * stdin: lines as command.h describes them. One command, `load`, with the fields of load-plan.c:
 *   load run=7 host=127.0.0.1 port=2525 tls=none pipelining=true from=a%40b.example to=c%40d.example sizeBytes=4096
 *     connections=20 reuse=true count=1000 maxSeconds=5
 * and ratePerSecond, username and password where there are such.
 * stdout: one line of JSON for each, a LoadResult of bench/load-generator.ts.
 */
#include "command.h"
#include "load-run.h"
#include "loop.h"
#include "measure.h"
#include "tls.h"

#include <string.h>

static SSL_CTX *context;

static void on_line(char *line) {
  struct command command;
  command_parse(&command, line);
  if (strcmp(command.verb, "load") != 0) die("no such command: %s", command.verb);
  load_run_start(&command, context);
}

int main(void) {
  loop_open();
  context = tls_client_context();
  struct epoll_event events[LOOP_BATCH];
  for (;;) {
    int count = loop_wait(events);
    for (int i = 0; i < count; i++) {
      void *who = events[i].data.ptr;
      if (who == &loop_input) command_read(on_line);
      else if (who == &loop_timer) load_run_on_timer();
      else load_connection_on_event(who, events[i].events);
    }
    load_run_turn();
  }
}
