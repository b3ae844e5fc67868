/*
 * See tls.h. Contexts are made once a process: everything that costs time stands here, not in a handshake.
 */
#include "tls.h"

#include <openssl/err.h>
#include <stdio.h>

#include "measure.h"

static const char GROUPS[] = "X25519:P-256";

static SSL_CTX *context(const SSL_METHOD *method) {
  SSL_CTX *made = SSL_CTX_new(method);
  if (made == NULL || SSL_CTX_set1_groups_list(made, GROUPS) != 1) die("%s", tls_problem());
  SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  /* A connection that ends without close_notify has ended; Node.js thinks so too. */
  SSL_CTX_set_options(made, SSL_OP_IGNORE_UNEXPECTED_EOF);
  /* A record in one read, not its header first. */
  SSL_CTX_set_read_ahead(made, 1);
  return made;
}

SSL_CTX *tls_client_context(void) {
  SSL_CTX *made = context(TLS_client_method());
  SSL_CTX_set_verify(made, SSL_VERIFY_NONE, NULL);
  return made;
}

SSL_CTX *tls_server_context(const char *certificate_file, const char *key_file) {
  SSL_CTX *made = context(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(made, certificate_file) != 1 ||
      SSL_CTX_use_PrivateKey_file(made, key_file, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(made) != 1) {
    die("the certificate cannot be used: %s", tls_problem());
  }
  return made;
}

const char *tls_problem(void) {
  static char text[160];
  unsigned long code = ERR_get_error();
  const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
  snprintf(text, sizeof text, "TLS: %s", reason == NULL ? "unknown" : reason);
  ERR_clear_error();
  return text;
}
