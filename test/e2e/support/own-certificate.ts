/** What clients trust that verify the relay's certificate. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Stage } from './stage.ts';

/** The certificate that the relay made for itself, without its key: for programs that want to know it. */
export function certificateOf(stage: Stage): string {
  const pem = readFileSync(path.join(stage.relay.dataDir, 'self-signed.pem'), 'utf8');
  return /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/.exec(pem)?.[0] ?? '';
}
