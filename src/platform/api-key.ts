/**
 * API keys: `pst_live_`, 160 random bits and a CRC-32 of them, 48 characters of `0-9a-z_`. Prefix and checksum let
 * secret scanners recognise a leaked key and catch typing mistakes; the random part alone makes a key secure.
 */
import { crc32 } from 'node:zlib';
import { base32 } from './ids.ts';
import type { Random } from './random.ts';
import { makeSecret } from './secret-box.ts';

/** The prefix of every key. */
export const API_KEY_PREFIX = 'pst_live_';
/** For documentation and scanners. */
export const API_KEY_PATTERN = /^pst_live_[0-9a-hjkmnp-tv-z]{39}$/;

const SECRET_CHARS = 32;

export function makeApiKey(random: Random): string {
  const secret = makeSecret(random);
  return API_KEY_PREFIX + secret + checksum(secret);
}

/** True when `text` has the form of a key and a correct checksum: only then is it looked up. */
export function isApiKey(text: string): boolean {
  if (!API_KEY_PATTERN.test(text)) return false;
  const body = text.slice(API_KEY_PREFIX.length);
  return checksum(body.slice(0, SECRET_CHARS)) === body.slice(SECRET_CHARS);
}

/** Seven characters of base32 for the 32 bits. */
function checksum(secret: string): string {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, crc32(secret));
  return base32(octets);
}
