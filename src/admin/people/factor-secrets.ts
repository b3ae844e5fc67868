/** Secrets of second factors: what a TOTP's is sealed for, and recovery codes, of which the store has hashes alone. */
import { base32 } from '../../platform/ids.ts';
import type { Random } from '../../platform/random.ts';
import { hashOfToken } from './secret-token.ts';

const RECOVERY_CODES = 10;
/** 80 bits, four times four characters: nobody finds one by its plain hash. */
const CODE_BYTES = 10;

export function totpSealContext(factorId: string): string {
  return `totp:${factorId}`;
}

/** Shown once, in the same order as their hashes. */
export function newRecoveryCodes(random: Pick<Random, 'bytes'>): {
  readonly codes: readonly string[];
  readonly hashes: readonly Uint8Array[];
} {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    (base32(random.bytes(CODE_BYTES)).match(/.{4}/g) ?? []).join('-'),
  );
  return { codes, hashes: codes.map(hashOfRecoveryCode) };
}

/** However it is typed: capitals, spaces and hyphens do not count. */
export function hashOfRecoveryCode(code: string): Uint8Array {
  return hashOfToken(`recovery ${code.toLowerCase().replaceAll(/[^0-9a-z]/g, '')}`);
}
