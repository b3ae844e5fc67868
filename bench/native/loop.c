/*
 * See loop.h. State of the process, as there is one loop in it. Whatever fails here is a mistake or the end of the
 * machine's resources, and ends the process.
 */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "measure.h"

char loop_input, loop_timer;

static int epoll_fd = -1;
static int timer_fd = -1;
static int64_t armed_us;

void loop_open(void) {
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) die("signal: %s", strerror(errno));
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die("getrlimit: %s", strerror(errno));
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die("setrlimit: %s", strerror(errno));
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1: %s", strerror(errno));
  timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer_fd < 0) die("timerfd_create: %s", strerror(errno));
  /* Edge-triggered: arming it again makes it ready again, so nobody has to read it. */
  loop_watch(timer_fd, &loop_timer, EPOLLIN | EPOLLET);
  loop_watch(STDIN_FILENO, &loop_input, EPOLLIN);
}

static void control(int operation, int fd, void *who, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = who};
  if (epoll_ctl(epoll_fd, operation, fd, &event) != 0) die("epoll_ctl: %s", strerror(errno));
}

void loop_watch(int fd, void *who, uint32_t events) {
  control(EPOLL_CTL_ADD, fd, who, events);
}

void loop_rewatch(int fd, void *who, uint32_t events) {
  control(EPOLL_CTL_MOD, fd, who, events);
}

void loop_wake_at_us(int64_t at_us) {
  if (at_us == armed_us) return;
  struct itimerspec when = {.it_value = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000}};
  if (timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0) die("timerfd_settime: %s", strerror(errno));
  armed_us = at_us;
}

int loop_wait(struct epoll_event *events) {
  int count = epoll_wait(epoll_fd, events, LOOP_BATCH, -1);
  if (count < 0 && errno != EINTR) die("epoll_wait: %s", strerror(errno));
  for (int i = 0; i < count; i++) {
    if (events[i].data.ptr == &loop_timer) armed_us = 0;
  }
  return count < 0 ? 0 : count;
}
