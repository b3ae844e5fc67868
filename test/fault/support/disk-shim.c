/*
 * LD_PRELOAD between SQLite and the disk, for tests of relayd: acts at the n-th write or sync of the database or its
 * WAL (kills the process before or after it, fails it with an errno, or makes it wait), and keeps what was synced in
 * a shadow folder, so that a power cut can be played: everything that no sync covered is lost. It also sets the wall
 * clock as relayd sees it, which jumps while it runs as that of a machine does; timers do not notice.
 *
 * FAULT_CONTROL: a file of 9 int32, written by the test while the process runs (disk-faults.ts has the meanings).
 * FAULT_SHADOW: the folder of the synced state; absent: none is kept.
 * Faults are for relayd only, the shadow is kept by every process that has the library.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { OPERATION, FILES, COUNTDOWN, ACTION, ARGUMENT, STICKY, ACTED, SEEN, SKEW_SECONDS, WORDS };
enum { NO_OPERATION, SYNC, WRITE };
enum { WAL = 1, DATABASE = 2 };
enum { KILL_BEFORE = 1, KILL_AFTER, FAIL, WAIT };

static volatile int32_t *control;
static const char *shadow;
static int is_relayd;

static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate64)(int, off64_t);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_gettimeofday)(struct timeval *, void *);

/* A write, or with size -1 a truncation, that no sync covers yet. */
struct change { int file; off64_t offset; ssize_t size; };
static struct change *changes;
static size_t change_count, change_room;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void start(void) {
  real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate64 = dlsym(RTLD_NEXT, "ftruncate64");
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  real_gettimeofday = dlsym(RTLD_NEXT, "gettimeofday");
  shadow = getenv("FAULT_SHADOW");
  char line[4096] = {0};
  int fd = open("/proc/self/cmdline", O_RDONLY);
  ssize_t length = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
  if (fd >= 0) close(fd);
  for (ssize_t at = 0; at < length; at++) if (line[at] == 0) line[at] = ' ';
  is_relayd = strstr(line, "relayd.js") != NULL;
  const char *path = getenv("FAULT_CONTROL");
  if (path == NULL || (fd = open(path, O_RDWR)) < 0) return;
  void *page = mmap(NULL, WORDS * sizeof(int32_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (page != MAP_FAILED) control = page;
}

/* WAL, DATABASE, or 0 for any other file. */
static int file_of(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  const char *name = strrchr(path, '/');
  if (name == NULL) return 0;
  if (strcmp(name, "/postern.db-wal") == 0) return WAL;
  return strcmp(name, "/postern.db") == 0 ? DATABASE : 0;
}

static void note_locked(int file, off64_t offset, ssize_t size) {
  if (change_count == change_room) {
    change_room = change_room == 0 ? 1024 : change_room * 2;
    changes = realloc(changes, change_room * sizeof *changes);
    if (changes == NULL) abort();
  }
  changes[change_count++] = (struct change){ file, offset, size };
}

static void note(int file, off64_t offset, ssize_t size) {
  pthread_mutex_lock(&lock);
  note_locked(file, offset, size);
  pthread_mutex_unlock(&lock);
}

/* What the sync of `fd` made durable goes to the shadow, in the order in which it was done. */
static void keep(int fd, int file) {
  char path[PATH_MAX], own[64];
  snprintf(path, sizeof path, "%s/%s", shadow, file == WAL ? "postern.db-wal" : "postern.db");
  snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
  int from = open(own, O_RDONLY), to = open(path, O_RDWR | O_CREAT, 0600);
  if (from < 0 || to < 0) abort();
  pthread_mutex_lock(&lock);
  /* A sync covers the file, so the first one here also covers what an earlier process wrote and never synced. */
  static int whole_done[3];
  if (!whole_done[file]) {
    whole_done[file] = 1;
    off64_t size = lseek(from, 0, SEEK_END);
    if (size < 0 || real_ftruncate64(to, size) != 0) abort();
    note_locked(file, 0, size);
  }
  size_t left = 0;
  for (size_t at = 0; at < change_count; at++) {
    struct change change = changes[at];
    if (change.file != file) { changes[left++] = change; continue; }
    if (change.size < 0) { if (real_ftruncate64(to, change.offset) != 0) abort(); continue; }
    static char buffer[65536];
    while (change.size > 0) {
      size_t part = change.size < (ssize_t)sizeof buffer ? (size_t)change.size : sizeof buffer;
      ssize_t got = pread(from, buffer, part, change.offset);
      if (got <= 0) break; /* cut off again since */
      if (real_pwrite64(to, buffer, (size_t)got, change.offset) != got) abort();
      change.offset += got;
      change.size -= got;
    }
  }
  change_count = left;
  pthread_mutex_unlock(&lock);
  close(from);
  close(to);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* The action due at this call; 0: none. */
static int due(int operation, int file) {
  if (control == NULL || !is_relayd || control[OPERATION] != operation || (control[FILES] & file) == 0) return 0;
  __atomic_add_fetch((int32_t *)&control[SEEN], 1, __ATOMIC_SEQ_CST);
  int32_t left = __atomic_sub_fetch((int32_t *)&control[COUNTDOWN], 1, __ATOMIC_SEQ_CST);
  if (left > 0 || (left < 0 && !control[STICKY])) return 0;
  __atomic_add_fetch((int32_t *)&control[ACTED], 1, __ATOMIC_SEQ_CST);
  return control[ACTION];
}

static int before(int action) {
  if (action == KILL_BEFORE) die();
  if (action == FAIL) { errno = control[ARGUMENT]; return -1; }
  if (action == WAIT) {
    struct timespec pause_for = { control[ARGUMENT] / 1000, (control[ARGUMENT] % 1000) * 1000000L };
    nanosleep(&pause_for, NULL);
  }
  return 0;
}

static int idle(void) {
  return shadow == NULL && (control == NULL || control[OPERATION] == NO_OPERATION);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  int file = idle() ? 0 : file_of(fd);
  if (file == 0) return real_pwrite64(fd, bytes, size, offset);
  int action = due(WRITE, file);
  if (before(action) != 0) return -1;
  ssize_t written = real_pwrite64(fd, bytes, size, offset);
  if (shadow != NULL && written > 0) note(file, offset, written);
  if (action == KILL_AFTER) die();
  return written;
}

int ftruncate64(int fd, off64_t size) {
  int file = shadow == NULL ? 0 : file_of(fd);
  int result = real_ftruncate64(fd, size);
  if (file != 0 && result == 0) note(file, size, -1);
  return result;
}

static int sync_with(int (*real)(int), int fd) {
  int file = idle() ? 0 : file_of(fd);
  if (file == 0) return real(fd);
  int action = due(SYNC, file);
  if (before(action) != 0) return -1;
  int result = real(fd);
  if (shadow != NULL && result == 0) keep(fd, file);
  if (action == KILL_AFTER) die();
  return result;
}

int fsync(int fd) { return sync_with(real_fsync, fd); }
int fdatasync(int fd) { return sync_with(real_fdatasync, fd); }

static time_t skew(void) {
  return control == NULL || !is_relayd ? 0 : control[SKEW_SECONDS];
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (real_clock_gettime == NULL) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real_clock_gettime(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += skew();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  if (real_gettimeofday == NULL) real_gettimeofday = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real_gettimeofday(now, zone);
  if (result == 0) now->tv_sec += skew();
  return result;
}
