/*
 * See command.h. Lines come from the bench alone, so anything unexpected in one is a mistake in it and ends the
 * process with a reason.
 */
#include "command.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

static int hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

static void decode(char *text) {
  char *to = text;
  for (const char *from = text; *from != 0; from++) {
    if (*from != '%') {
      *to++ = *from;
      continue;
    }
    int high = hex(from[1]);
    int low = high < 0 ? -1 : hex(from[2]);
    if (low < 0) die("not percent-encoded: %s", text);
    *to++ = (char)(high * 16 + low);
    from += 2;
  }
  *to = 0;
}

void command_add(struct command *command, char *word) {
  char *equals = strchr(word, '=');
  if (equals == NULL) die("not name=value: %s", word);
  if (command->field_count == COMMAND_FIELDS) die("too many fields");
  *equals = 0;
  decode(equals + 1);
  command->fields[command->field_count].name = word;
  command->fields[command->field_count].value = equals + 1;
  command->field_count++;
}

void command_parse(struct command *command, char *line) {
  char *rest = line;
  *command = (struct command){.verb = strsep(&rest, " ")};
  while (rest != NULL) command_add(command, strsep(&rest, " "));
}

const char *command_text(const struct command *command, const char *name) {
  for (int i = 0; i < command->field_count; i++) {
    if (strcmp(command->fields[i].name, name) == 0) return command->fields[i].value;
  }
  return NULL;
}

int64_t command_integer(const struct command *command, const char *name, int64_t least, int64_t most) {
  const char *text = command_text(command, name);
  if (text == NULL) die("%s: no %s", command->verb, name);
  char *end = NULL;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno != 0 || end == text || *end != 0 || value < least || value > most) {
    die("%s: %s cannot be %s", command->verb, name, text);
  }
  return value;
}

double command_number(const struct command *command, const char *name) {
  const char *text = command_text(command, name);
  if (text == NULL) return 0;
  char *end = NULL;
  double value = strtod(text, &end);
  if (end == text || *end != 0 || !(value > 0)) die("%s: %s cannot be %s", command->verb, name, text);
  return value;
}

bool command_flag(const struct command *command, const char *name) {
  const char *text = command_text(command, name);
  return text != NULL && strcmp(text, "true") == 0;
}

void command_read(void (*on_line)(char *line)) {
  static char buffer[16 * 1024];
  static size_t held;
  ssize_t count = read(STDIN_FILENO, buffer + held, sizeof buffer - held);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) exit(0);
  held += (size_t)count;
  size_t from = 0;
  char *end;
  while ((end = memchr(buffer + from, '\n', held - from)) != NULL) {
    *end = 0;
    on_line(buffer + from);
    from = (size_t)(end + 1 - buffer);
  }
  held -= from;
  memmove(buffer, buffer + from, held);
  if (held == sizeof buffer) die("a command is too long");
}
