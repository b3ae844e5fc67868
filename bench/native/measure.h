/*
 * What the operating system says about this process: time, processor time, memory; and the one way to give up.
 * The clock is that of monotonicUs() in bench/measure.ts, so that times of both kinds of tools compare.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds on CLOCK_MONOTONIC, which all processes of this machine share. */
int64_t monotonic_us(void);

/* User and system time of this process so far, in microseconds. */
int64_t cpu_us(void);

/* Resident memory now; 0 when /proc does not say. */
int64_t rss_bytes(void);

/* Zeroed memory; ends the process when there is none. `count` may be 0. */
void *must_allocate(size_t count, size_t size);

/* What printf would print, allocated; ends the process when there is no memory. */
char *must_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why on stderr and ends the process with 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
