/** Codes by time as authenticator apps make them: HMAC-SHA-1, six digits, a step of 30 seconds. RFC 6238, RFC 4226. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from './random.ts';

const STEP_MS = 30_000;
const DIGITS = 6;
/** RFC 4226 §4 recommends 160 bits. */
const SECRET_BYTES = 20;
/** Steps before and after the present one of which a code is taken: clocks differ. RFC 6238 §5.2. */
const WINDOW = 1;
/** RFC 4648 §6; not the alphabet of ids. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function makeTotpSecret(random: Pick<Random, 'bytes'>): Uint8Array {
  return random.bytes(SECRET_BYTES);
}

/** RFC 4226 §5.3. */
export function codeAt(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

export function stepAt(nowMs: number): number {
  return Math.floor(nowMs / STEP_MS);
}

/** The time step whose code it is; `undefined`: of none near now. Spaces do not count. */
export function stepOf(code: string, secret: Uint8Array, nowMs: number): number | undefined {
  const given = Buffer.from(code.replaceAll(/\s/g, ''));
  if (given.length !== DIGITS) return undefined;
  const now = stepAt(nowMs);
  const steps = Array.from({ length: 2 * WINDOW + 1 }, (_, index) => now - WINDOW + index);
  // All of them, so that the time does not tell which.
  return steps.filter((step) => timingSafeEqual(given, Buffer.from(codeAt(secret, step)))).at(-1);
}

/** As people type it into an app. */
export function totpSecretText(secret: Uint8Array): string {
  let text = '';
  for (let at = 0; at < secret.length * 8; at += 5) {
    const [high = 0, low = 0] = secret.subarray(at >> 3, (at >> 3) + 2);
    text += BASE32.charAt((((high << 8) | low) >> (11 - (at & 7))) & 31);
  }
  return text;
}

/** As apps take it by a link. */
export function otpauthUri(secret: Uint8Array, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${totpSecretText(secret)}&issuer=${encodeURIComponent(issuer)}`;
}
