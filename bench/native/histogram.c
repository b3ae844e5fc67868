/*
 * See histogram.h. Recording is one logarithm and three additions; quantiles walk all buckets, once a report.
 * A zeroed struct is an empty histogram.
 */
#include "histogram.h"

#include <math.h>

static const double GROWTH = 1.01;

void histogram_record(struct histogram *histogram, int64_t duration_us) {
  int bucket = 0;
  if (duration_us > 1) {
    bucket = (int)floor(log((double)duration_us) / log(GROWTH));
    if (bucket >= HISTOGRAM_BUCKETS) bucket = HISTOGRAM_BUCKETS - 1;
  }
  histogram->buckets[bucket]++;
  histogram->count++;
  histogram->sum_us += (double)duration_us;
  if (duration_us > histogram->max_us) histogram->max_us = duration_us;
}

double histogram_quantile_us(const struct histogram *histogram, double quantile) {
  if (histogram->count == 0) return 0;
  double wanted = ceil(quantile * (double)histogram->count);
  int64_t seen = 0;
  for (int bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += histogram->buckets[bucket];
    if ((double)seen >= wanted) return fmin((double)histogram->max_us, pow(GROWTH, bucket + 1));
  }
  return (double)histogram->max_us;
}

void histogram_to_json(const struct histogram *histogram, struct json *json, const char *name) {
  double mean_us = histogram->count == 0 ? 0 : histogram->sum_us / (double)histogram->count;
  json_open(json, name, '{');
  json_integer(json, "count", histogram->count);
  json_number(json, "meanUs", mean_us);
  json_number(json, "p50Us", histogram_quantile_us(histogram, 0.5));
  json_number(json, "p99Us", histogram_quantile_us(histogram, 0.99));
  json_number(json, "p999Us", histogram_quantile_us(histogram, 0.999));
  json_integer(json, "maxUs", histogram->max_us);
  json_close(json, '}');
}
