/**
 * Time-sortable text ids: a prefix, then 48 bits of milliseconds and 80 random bits in lower-case Crockford base32
 * (the layout of a ULID). Text order is order of creation, across processes and machines.
 */
import type { Random } from './random.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARS = 10;
/** Of each ten bits. */
const PAIRS = Array.from(
  { length: 1024 },
  (_, bits) => ALPHABET.charAt(bits >> 5) + ALPHABET.charAt(bits & 31),
);
/** The random part at the end of an id: 80 bits, and their characters. */
const ID_RANDOM_BYTES = 10;
export const ID_RANDOM_LENGTH = 16;

/** Characters after the prefix. */
export const ID_BODY_LENGTH = TIME_CHARS + ID_RANDOM_LENGTH;

/** For example `makeId('msg_', clock.now(), random)` gives `msg_01k9q3...` with {@link ID_BODY_LENGTH} characters after the prefix. */
export function makeId(prefix: string, nowMs: number, random: Pick<Random, 'bytes'>): string {
  return idOf(prefix, nowMs, randomPartOfId(random));
}

/** The last {@link ID_RANDOM_LENGTH} characters of an id that is to be made. */
export function randomPartOfId(random: Pick<Random, 'bytes'>): string {
  return base32(random.bytes(ID_RANDOM_BYTES));
}

/** The id with the random part that was drawn before. */
export function idOf(prefix: string, nowMs: number, randomPart: string): string {
  const ms = Math.max(0, Math.floor(nowMs));
  const high = Math.floor(ms / 2 ** 20);
  const low = ms % 2 ** 20;
  const time = pair(Math.floor(high / 2 ** 20)) + pair(high >> 10) + pair(high) + pair(low >> 10) + pair(low);
  return prefix + time + randomPart;
}

/** Octets of {@link packId}. */
export const PACKED_ID_BYTES = 16;

/** An id of {@link makeId} without its prefix, as the octets that it was made of; `undefined`: another kind of id. */
export function packId(prefix: string, id: string): Uint8Array | undefined {
  if (!id.startsWith(prefix) || id.length !== prefix.length + ID_BODY_LENGTH) return undefined;
  let bits = 0n;
  for (const character of id.slice(prefix.length)) {
    const digit = ALPHABET.indexOf(character);
    if (digit === -1) return undefined;
    bits = (bits << 5n) | BigInt(digit);
  }
  // Ten characters of time have two bits more than its 48.
  if (bits >> BigInt(8 * PACKED_ID_BYTES) !== 0n) return undefined;
  return Buffer.from(bits.toString(16).padStart(2 * PACKED_ID_BYTES, '0'), 'hex');
}

/** The id that {@link packId} packed. */
export function unpackId(prefix: string, packed: Uint8Array): string {
  let bits = BigInt(`0x${Buffer.from(packed).toString('hex')}`);
  let body = '';
  for (let i = 0; i < ID_BODY_LENGTH; i++) {
    body = ALPHABET.charAt(Number(bits & 31n)) + body;
    bits >>= 5n;
  }
  return prefix + body;
}

/** Crockford base32 of `bytes`, lower case, no padding; 5 bits a character, most significant first. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0x3_ffff;
    bits += 8;
    if (bits < 10) continue;
    bits -= 10;
    text += pair(buffer >> bits);
  }
  if (bits >= 5) {
    bits -= 5;
    text += ALPHABET.charAt((buffer >> bits) & 31);
  }
  if (bits > 0) text += ALPHABET.charAt((buffer << (5 - bits)) & 31);
  return text;
}

/** The two characters of the last ten bits. */
function pair(bits: number): string {
  return PAIRS[bits & 1023] as string;
}
