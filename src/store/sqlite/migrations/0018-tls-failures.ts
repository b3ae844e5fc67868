/** Attempts in clear with a host that offers TLS say why. */
import type { Migration } from './migration.ts';

export const tlsFailures: Migration = {
  version: 18,
  name: 'tls failures',
  breaking: false,
  up: `
ALTER TABLE attempt ADD COLUMN tls_failure TEXT;
ALTER TABLE destination_try ADD COLUMN tls_failure TEXT;
`,
};
