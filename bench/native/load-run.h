/*
 * One run of the load generator: N workers that submit messages, each over a connection for every message or one that
 * stays, bounded in count and time, as fast as it goes or at a fixed rate. Counterpart of LoadRun in
 * bench/load-generator.ts, with the same definitions: latency runs from the moment that work on a message begins (before
 * connecting, where each has its own connection; at the time it was due, where there is a rate, so that a server that
 * stalls cannot hide it) to the 250 after the final dot.
 */
#ifndef BENCH_LOAD_RUN_H
#define BENCH_LOAD_RUN_H

#include <stdbool.h>

#include "command.h"
#include "load-connection.h"

/* Begins what a `load` command asks for; only when no run is on. */
void load_run_start(const struct command *command, SSL_CTX *context);

/* Workers whose message may be due now. */
void load_run_on_timer(void);

/* To be called after each batch of events: connections that ended begin anew, and a run that is over is reported. */
void load_run_turn(void);

#endif
