/*
 * The one event loop of the process: epoll over sockets, stdin and one timer with microseconds. Sockets are watched
 * edge-triggered and once in their life (again only when a write had to wait), which saves a system call a turn.
 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#define LOOP_BATCH 256

/* Who woke up, in `data.ptr` of an event, beside what was given to loop_watch. */
extern char loop_input, loop_timer;

/* Also ignores SIGPIPE and raises the limit of open files as far as it goes. Watches stdin. */
void loop_open(void);

void loop_watch(int fd, void *who, uint32_t events);
void loop_rewatch(int fd, void *who, uint32_t events);

/* One `loop_timer` event at that time or at once if it has passed; 0: never. Replaces the time before. */
void loop_wake_at_us(int64_t at_us);

/* Waits for at most LOOP_BATCH events; how many there are. */
int loop_wait(struct epoll_event *events);

#endif
