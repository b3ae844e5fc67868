/** Tokens of invitations and cookies: 256 random bits, of which the store has the SHA-256 alone. */
import { createHash } from 'node:crypto';
import type { Random } from '../../platform/random.ts';

const TOKEN_BYTES = 32;

export function newToken(random: Pick<Random, 'bytes'>): {
  readonly token: string;
  readonly hash: Uint8Array;
} {
  const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url');
  return { token, hash: hashOfToken(token) };
}

/** Of any text: what is no token has a hash that nothing has. */
export function hashOfToken(token: string): Uint8Array {
  return createHash('sha256').update(token, 'utf8').digest();
}
