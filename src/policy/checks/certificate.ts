/** Whether clients that verify the certificate can go on: its times, its names, and whether it can be read at all. */
import type { Check } from './check.ts';

export interface CertificateFacts {
  /** `undefined`: the one that relayd made for itself. */
  readonly file: string | undefined;
  readonly hostname: string;
  readonly seen:
    | { readonly kind: 'unusable'; readonly message: string }
    | {
        readonly kind: 'read';
        readonly notBeforeMs: number;
        readonly notAfterMs: number;
        readonly namesHost: boolean;
      };
}

const DAY_MS = 86_400_000;
const RENEW = 'renew it; relayd takes the new files within a minute';

export const certificate: Check<CertificateFacts> = {
  reason: 'the certificate is not valid',
  stopsMail: false,
  look({ file, hostname, seen }, nowMs) {
    const name = file ?? 'the self-signed certificate';
    const bad = (detail: string, remedy: string) => ({ ok: false, detail: `${name} ${detail}`, remedy });
    if (seen.kind === 'unusable')
      return bad(
        `cannot be used: ${seen.message}`,
        'mend tls.cert and tls.key; open ports go on with what was read before',
      );
    if (nowMs >= seen.notAfterMs) return bad(`expired ${day(seen.notAfterMs)}`, RENEW);
    if (nowMs < seen.notBeforeMs)
      return bad(
        `is not valid before ${day(seen.notBeforeMs)}`,
        'look at the clock of this machine, or take another certificate',
      );
    if (!seen.namesHost)
      return bad(`is not for ${hostname}`, 'take one that names it, or set hostname to a name that it has');
    const days = Math.floor((seen.notAfterMs - nowMs) / DAY_MS);
    return { ok: true, detail: `${name} is valid for another ${days} days` };
  },
};

function day(atMs: number): string {
  return `on ${new Date(atMs).toISOString().slice(0, 10)}`;
}
