/*
 * See load-plan.h. The lines that every connection of the run says are made here, once.
 */
#include "load-plan.h"

#include <netdb.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

enum {
  MAX_CONNECTIONS = 10000,
  MAX_SIZE_BYTES = 64 * 1024 * 1024,
  MAX_CREDENTIAL = 512,
};

static const char *required(const struct command *command, const char *name) {
  const char *text = command_text(command, name);
  if (text == NULL) die("%s: no %s", command->verb, name);
  return text;
}

/* `AUTH PLAIN` with an initial response (RFC 4954 §4). */
static char *auth_line(const char *username, const char *password) {
  unsigned char plain[2 * MAX_CREDENTIAL + 2];
  unsigned char encoded[4 * sizeof plain];
  size_t username_length = strlen(username), password_length = strlen(password);
  if (username_length > MAX_CREDENTIAL || password_length > MAX_CREDENTIAL) die("load: the credential is too long");
  plain[0] = 0;
  memcpy(plain + 1, username, username_length);
  plain[username_length + 1] = 0;
  memcpy(plain + username_length + 2, password, password_length);
  if (EVP_EncodeBlock(encoded, plain, (int)(username_length + password_length + 2)) <= 0) die("load: no base64");
  return must_print("AUTH PLAIN %s\r\n", (const char *)encoded);
}

static enum load_tls tls_of(const char *name) {
  if (strcmp(name, "none") == 0) return LOAD_TLS_NONE;
  if (strcmp(name, "starttls") == 0) return LOAD_TLS_STARTTLS;
  if (strcmp(name, "implicit") == 0) return LOAD_TLS_IMPLICIT;
  die("load: tls cannot be %s", name);
}

static void read_address(struct load_target *target, const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  int result = getaddrinfo(host, port, &hints, &found);
  if (result != 0) die("load: %s is no address: %s", host, gai_strerror(result));
  memcpy(&target->address, found->ai_addr, found->ai_addrlen);
  target->address_length = found->ai_addrlen;
  freeaddrinfo(found);
}

void load_plan_read(struct load_plan *plan, const struct command *command) {
  const char *from = required(command, "from");
  const char *to = required(command, "to");
  const char *username = command_text(command, "username");
  *plan = (struct load_plan){
      .run = command_integer(command, "run", 0, STAMP_MAX_RUN),
      .connections = (int)command_integer(command, "connections", 1, MAX_CONNECTIONS),
      .reuse = command_flag(command, "reuse"),
      .count = command_integer(command, "count", 0, STAMP_MAX_SEQUENCE + 1),
      .max_seconds = command_number(command, "maxSeconds"),
      .rate_per_second = command_number(command, "ratePerSecond"),
  };
  struct load_target *target = &plan->target;
  read_address(target, required(command, "host"), required(command, "port"));
  target->tls = tls_of(required(command, "tls"));
  target->pipelining = command_flag(command, "pipelining");
  if (username != NULL) target->auth_line = auth_line(username, required(command, "password"));
  target->mail_line = must_print("MAIL FROM:<%s>\r\n", from);
  target->rcpt_line = must_print("RCPT TO:<%s>\r\n", to);
  target->envelope = must_print("MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", from, to);
  int64_t size_bytes = command_integer(command, "sizeBytes", 1, MAX_SIZE_BYTES);
  bench_message_make(&target->message, (size_t)size_bytes, from, to);
}

void load_plan_free(struct load_plan *plan) {
  struct load_target *target = &plan->target;
  free(target->auth_line);
  free(target->mail_line);
  free(target->rcpt_line);
  free(target->envelope);
  bench_message_free(&target->message);
}
