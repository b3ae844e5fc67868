/**
 * API keys as they are written: `pst_live_`, 160 random bits and a CRC-32 of them, 48 characters of `0-9a-z_`. The prefix
 * and the checksum are for secret scanners (they can tell a key that leaked from a word that looks like one) and for
 * typing mistakes; what keeps a key safe is its random part alone.
 */
import { crc32 } from 'node:zlib';
import { base32 } from './ids.ts';
import type { Random } from './random.ts';
import { makeSecret } from './secret-box.ts';

/** What every key begins with. */
export const API_KEY_PREFIX = 'pst_live_';
/** For documentation and scanners. */
export const API_KEY_PATTERN = /^pst_live_[0-9a-hjkmnp-tv-z]{39}$/;

const SECRET_CHARS = 32;

export function makeApiKey(random: Random): string {
  const secret = makeSecret(random);
  return API_KEY_PREFIX + secret + checksum(secret);
}

/** True when `text` has the form of a key and its checksum is right: only then is it worth a look-up. */
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
