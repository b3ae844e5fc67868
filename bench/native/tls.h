/*
 * TLS contexts of both ends, as the Node.js tools have them: X25519 or P-256, no certificate is verified (those of the
 * bench are self-signed), no session is resumed by the client.
 */
#ifndef BENCH_TLS_H
#define BENCH_TLS_H

#include <openssl/ssl.h>

SSL_CTX *tls_client_context(void);

/* From PEM files; ends the process when they cannot be used. */
SSL_CTX *tls_server_context(const char *certificate_file, const char *key_file);

/* What OpenSSL said last, in a static buffer; empties its queue of errors. */
const char *tls_problem(void);

#endif
