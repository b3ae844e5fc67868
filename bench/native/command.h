/*
 * How the tools are told what to do: lines on stdin, and the words of argv in the same form. A line is a verb and
 * fields, separated by one space: `expect run=7 count=50`. Values are percent-encoded as encodeURIComponent does, so
 * they hold neither spaces nor line ends; an absent field is one that is not set. No field is longer than a line.
 */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#define COMMAND_FIELDS 32

struct command {
  const char *verb;
  int field_count;
  struct {
    const char *name;
    const char *value;
  } fields[COMMAND_FIELDS];
};

/* Takes `line` apart in place (it stays the owner of all text). Ends the process when it is none. */
void command_parse(struct command *command, char *line);

/* One more field, `name=value`, in place. */
void command_add(struct command *command, char *word);

/* The decoded value; NULL when it is not set. */
const char *command_text(const struct command *command, const char *name);

/* The value as a whole number from `least` to `most`; ends the process when it is not set or none. */
int64_t command_integer(const struct command *command, const char *name, int64_t least, int64_t most);

/* A number above 0; 0 when it is not set. */
double command_number(const struct command *command, const char *name);

/* Whether the value is `true`. */
bool command_flag(const struct command *command, const char *name);

/* Reads what stdin has (to be called when it is readable) and hands on every whole line. Ends the process with 0 at
 * the end of input: the parent is gone. */
void command_read(void (*on_line)(char *line));

#endif
