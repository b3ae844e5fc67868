/*
 * What the sink counts of one run: each message once, by its stamp, so that what is missing or came twice is known; the
 * latency from the stamp to here (one clock on one machine); and the first message whole, for its signature. Counterpart
 * of SinkCount in bench/sink.ts.
 */
#ifndef BENCH_SINK_COUNT_H
#define BENCH_SINK_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench-message.h"

/* Counts for `run`, of `count` messages, from now on; messages of other runs are stray. */
void sink_count_reset(int64_t run, int64_t count);

void sink_count_connection(void);
void sink_count_tls_connection(void);

/* True once a run: for the connection that is to keep its next message with sink_count_sample. */
bool sink_count_take_sampling(void);

/* More of the sampled message; one that is too large is given up and reported as empty. */
void sink_count_sample(const char *octets, size_t length);

/* A whole message has arrived; `stamp` is NULL when it has none. */
void sink_count_arrived(const struct stamp *stamp);

int64_t sink_count_unique(void);

/* One line of JSON: a SinkReport. */
void sink_count_report(void);

#endif
