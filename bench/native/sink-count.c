/*
 * See sink-count.h. One sink counts one run at a time, so its state is the process's.
 */
#include "sink-count.h"

#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "json.h"
#include "measure.h"

enum { MAX_SAMPLE_BYTES = 4 * 1024 * 1024 };

static struct {
  int64_t run;
  int64_t count;
  uint8_t *seen;
  int64_t unique;
  int64_t duplicates;
  int64_t stray;
  int64_t last_arrival_us;
  int64_t connections;
  int64_t tls_connections;
  int64_t cpu_before_us;
  bool wants_sample;
  struct histogram latency;
} counted = {.run = -1};

static struct {
  char *octets;
  size_t length;
  size_t room;
  bool too_large;
} sample;

void sink_count_reset(int64_t run, int64_t count) {
  free(counted.seen);
  memset(&counted, 0, sizeof counted);
  counted.run = run;
  counted.count = count;
  counted.seen = must_allocate((size_t)count, 1);
  counted.wants_sample = true;
  counted.cpu_before_us = cpu_us();
  sample.length = 0;
  sample.too_large = false;
}

void sink_count_connection(void) {
  counted.connections++;
}

void sink_count_tls_connection(void) {
  counted.tls_connections++;
}

bool sink_count_take_sampling(void) {
  bool wanted = counted.wants_sample;
  counted.wants_sample = false;
  return wanted;
}

void sink_count_sample(const char *octets, size_t length) {
  if (sample.too_large || length == 0) return;
  if (length > MAX_SAMPLE_BYTES - sample.length) {
    sample.too_large = true;
    sample.length = 0;
    return;
  }
  size_t wanted = sample.length + length;
  if (sample.room < wanted) {
    size_t room = sample.room == 0 ? 64 * 1024 : sample.room;
    while (room < wanted) room *= 2;
    char *larger = realloc(sample.octets, room);
    if (larger == NULL) die("out of memory");
    sample.octets = larger;
    sample.room = room;
  }
  memcpy(sample.octets + sample.length, octets, length);
  sample.length = wanted;
}

void sink_count_arrived(const struct stamp *stamp) {
  if (stamp == NULL || stamp->run != counted.run || stamp->sequence >= counted.count) {
    counted.stray++;
    return;
  }
  if (counted.seen[stamp->sequence] != 0) {
    counted.duplicates++;
    return;
  }
  int64_t now_us = monotonic_us();
  counted.seen[stamp->sequence] = 1;
  counted.unique++;
  counted.last_arrival_us = now_us;
  histogram_record(&counted.latency, now_us - stamp->started_at_us);
}

int64_t sink_count_unique(void) {
  return counted.unique;
}

void sink_count_report(void) {
  struct json json;
  json_begin(&json);
  json_true(&json, "report");
  json_integer(&json, "unique", counted.unique);
  json_integer(&json, "duplicates", counted.duplicates);
  json_integer(&json, "stray", counted.stray);
  json_integer(&json, "lastArrivalUs", counted.last_arrival_us);
  histogram_to_json(&counted.latency, &json, "endToEndLatency");
  json_integer(&json, "connections", counted.connections);
  json_integer(&json, "tlsConnections", counted.tls_connections);
  json_string(&json, "sample", sample.octets == NULL ? "" : sample.octets, sample.length);
  json_number(&json, "cpuMs", (double)(cpu_us() - counted.cpu_before_us) / 1e3);
  json_integer(&json, "rssBytes", rss_bytes());
  json_send(&json);
}
