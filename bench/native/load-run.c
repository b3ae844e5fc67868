/*
 * See load-run.h. There is one run at a time, so its state is the process's. A worker whose connection ended waits for the
 * end of the turn before it begins again: no callback goes deeper than one connection.
 */
#include "load-run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "json.h"
#include "load-plan.h"
#include "loop.h"
#include "measure.h"

/* A generator that meets nothing but errors gives up rather than spin. */
enum { MAX_PROBLEMS = 1000, PROBLEM_KINDS = 20, PROBLEM_LENGTH = 120, MAX_NOT_ACCEPTED = 1000 };

struct worker {
  /* First, so that a connection is its worker. */
  struct load_connection connection;
  /* In the list of those that wait for a message, or for the end of the turn. */
  struct worker *next;
  struct stamp stamp;
  bool has_message;
  bool sent;
};

struct list {
  struct worker *first;
  struct worker *last;
};

static struct {
  bool on;
  struct load_plan plan;
  struct worker *workers;
  int working;
  struct list idle;
  struct list ended;
  int64_t first_start_us;
  int64_t last_accept_us;
  int64_t cpu_before_us;
  int64_t started;
  int64_t accepted;
  uint8_t *accepted_flags;
  int64_t problem_count;
  int problem_kinds;
  struct {
    char text[PROBLEM_LENGTH + 1];
    int64_t count;
  } problems[PROBLEM_KINDS];
  struct histogram latency;
} run;

static void append(struct list *list, struct worker *worker) {
  worker->next = NULL;
  if (list->last == NULL) list->first = worker;
  else list->last->next = worker;
  list->last = worker;
}

static struct worker *take_first(struct list *list) {
  struct worker *worker = list->first;
  if (worker == NULL) return NULL;
  list->first = worker->next;
  if (list->first == NULL) list->last = NULL;
  return worker;
}

static int64_t last_start_us(void) {
  return run.first_start_us + (int64_t)(run.plan.max_seconds * 1e6);
}

static bool exhausted(int64_t now_us) {
  return run.started >= run.plan.count || run.problem_count >= MAX_PROBLEMS || now_us > last_start_us();
}

static double due_us(void) {
  return (double)run.first_start_us + (double)run.started / run.plan.rate_per_second * 1e6;
}

static void send_message(struct worker *worker) {
  worker->sent = true;
  load_connection_send(&worker->connection, &worker->stamp);
}

/* Gives `worker` the next message when it is due, and to its connection what follows from that. */
static void when_due(struct worker *worker) {
  int64_t now_us = monotonic_us();
  bool connected = worker->connection.open;
  if (exhausted(now_us)) {
    worker->has_message = false;
    if (connected) load_connection_quit(&worker->connection);
    else run.working--;
    return;
  }
  double start_us = run.plan.rate_per_second == 0 ? (double)now_us : due_us();
  if (start_us > (double)now_us) {
    append(&run.idle, worker);
    return;
  }
  worker->has_message = true;
  worker->sent = false;
  worker->stamp = (struct stamp){
      .run = run.plan.run,
      .sequence = run.started++,
      .started_at_us = (int64_t)start_us,
  };
  if (connected) send_message(worker);
  else load_connection_open(&worker->connection, &run.plan.target);
}

static void work(struct worker *worker) {
  worker->has_message = false;
  if (run.plan.reuse) load_connection_open(&worker->connection, &run.plan.target);
  else when_due(worker);
}

static void on_ready(struct load_connection *connection) {
  struct worker *worker = (struct worker *)connection;
  if (run.plan.reuse) when_due(worker);
  else if (worker->sent) load_connection_quit(connection);
  else send_message(worker);
}

static void on_accepted(struct load_connection *connection) {
  struct worker *worker = (struct worker *)connection;
  if (!worker->has_message) return;
  int64_t now_us = monotonic_us();
  run.accepted++;
  run.accepted_flags[worker->stamp.sequence] = 1;
  run.last_accept_us = now_us;
  histogram_record(&run.latency, now_us - worker->stamp.started_at_us);
}

static void count_problem(const char *problem) {
  run.problem_count++;
  for (int i = 0; i < run.problem_kinds; i++) {
    if (strncmp(run.problems[i].text, problem, PROBLEM_LENGTH) == 0) {
      run.problems[i].count++;
      return;
    }
  }
  if (run.problem_kinds == PROBLEM_KINDS) return;
  strncpy(run.problems[run.problem_kinds].text, problem, PROBLEM_LENGTH);
  run.problems[run.problem_kinds].count = 1;
  run.problem_kinds++;
}

static void on_closed(struct load_connection *connection, const char *problem) {
  if (problem != NULL) count_problem(problem);
  append(&run.ended, (struct worker *)connection);
}

void load_run_start(const struct command *command, SSL_CTX *context) {
  if (run.on) die("a load was asked for while another one runs");
  memset(&run, 0, sizeof run);
  run.on = true;
  run.cpu_before_us = cpu_us();
  load_plan_read(&run.plan, command);
  run.plan.target.context = context;
  run.plan.target.on_ready = on_ready;
  run.plan.target.on_accepted = on_accepted;
  run.plan.target.on_closed = on_closed;
  run.accepted_flags = must_allocate((size_t)run.plan.count, 1);
  run.workers = must_allocate((size_t)run.plan.connections, sizeof *run.workers);
  run.working = run.plan.connections;
  run.first_start_us = monotonic_us();
  for (int i = 0; i < run.plan.connections; i++) {
    run.workers[i].connection.stream.fd = -1;
    work(&run.workers[i]);
  }
}

void load_run_on_timer(void) {
  /* Those that have to wait again stand behind the last one. */
  struct worker *last = run.idle.last;
  int64_t now_us = monotonic_us();
  while (run.idle.first != NULL && (exhausted(now_us) || due_us() <= (double)now_us)) {
    struct worker *worker = take_first(&run.idle);
    when_due(worker);
    if (worker == last) return;
  }
}

static void report(void) {
  struct json json;
  json_begin(&json);
  json_integer(&json, "started", run.started);
  json_integer(&json, "accepted", run.accepted);
  json_open(&json, "notAccepted", '[');
  int listed = 0;
  for (int64_t sequence = 0; sequence < run.started && listed < MAX_NOT_ACCEPTED; sequence++) {
    if (run.accepted_flags[sequence] != 0) continue;
    json_integer(&json, NULL, sequence);
    listed++;
  }
  json_close(&json, ']');
  json_open(&json, "problems", '{');
  for (int i = 0; i < run.problem_kinds; i++) json_integer(&json, run.problems[i].text, run.problems[i].count);
  json_close(&json, '}');
  json_integer(&json, "firstStartUs", run.first_start_us);
  json_integer(&json, "lastAcceptUs", run.last_accept_us);
  histogram_to_json(&run.latency, &json, "acceptLatency");
  json_number(&json, "cpuMs", (double)(cpu_us() - run.cpu_before_us) / 1e3);
  json_integer(&json, "rssBytes", rss_bytes());
  json_send(&json);
}

static void finish(void) {
  report();
  for (int i = 0; i < run.plan.connections; i++) load_connection_free(&run.workers[i].connection);
  free(run.workers);
  free(run.accepted_flags);
  load_plan_free(&run.plan);
  run.on = false;
}

void load_run_turn(void) {
  if (!run.on) return;
  struct worker *worker;
  while ((worker = take_first(&run.ended)) != NULL) {
    if (exhausted(monotonic_us())) run.working--;
    else work(worker);
  }
  if (run.working == 0) {
    loop_wake_at_us(0);
    finish();
    return;
  }
  if (run.idle.first == NULL) return;
  double at_us = fmin(ceil(due_us()), (double)last_start_us() + 1);
  loop_wake_at_us(run.started >= run.plan.count ? monotonic_us() : (int64_t)at_us);
}
