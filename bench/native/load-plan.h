/*
 * What a run is to do, as a `load` command says it: the fields of LoadOptions in bench/load-generator.ts, by the names that
 * bench/native-tools.ts gives them.
 */
#ifndef BENCH_LOAD_PLAN_H
#define BENCH_LOAD_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "load-connection.h"

struct load_plan {
  int64_t run;
  int connections;
  bool reuse;
  /* Messages to start at the most. */
  int64_t count;
  /* No message is started later than this after the first. */
  double max_seconds;
  /* Evenly spaced; 0: as fast as it goes. */
  double rate_per_second;
  /* Without `context` and callbacks. */
  struct load_target target;
};

/* Ends the process when the command cannot be understood. */
void load_plan_read(struct load_plan *plan, const struct command *command);
void load_plan_free(struct load_plan *plan);

#endif
