/*
 * Latencies by the thousand without keeping them: logarithmic buckets one per cent wide, the same as those of
 * bench/histogram.ts, so that a quantile is off by at most one per cent at any size.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#include "json.h"

/* From 1 µs to over an hour. */
#define HISTOGRAM_BUCKETS 2300

struct histogram {
  uint32_t buckets[HISTOGRAM_BUCKETS];
  int64_t count;
  double sum_us;
  int64_t max_us;
};

void histogram_record(struct histogram *histogram, int64_t duration_us);

/* The upper edge of the bucket in which the share `quantile` (0..1) of all records is reached; 0 without records. */
double histogram_quantile_us(const struct histogram *histogram, double quantile);

/* The member `name` with the fields of a LatencySummary. */
void histogram_to_json(const struct histogram *histogram, struct json *json, const char *name);

#endif
