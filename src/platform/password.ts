/**
 * Passwords that people choose, kept as scrypt hashes (RFC 7914) with a salt each. The parameters stand in the text, so that they
 * can grow later: `scrypt$LOG2_N$R$P$SALT$HASH`, base64url. One check takes a tenth of a second and 32 MiB on a thread of libuv's
 * pool; a queue bounds how many.
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from './random.ts';

/** A choice of OWASP's Password Storage Cheat Sheet. */
const LOG2_N = 15;
const R = 8;
const P = 3;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const AT_ONCE = 2;
const MOST_WAITING = 20;
/** Longer ones are not hashed at all. */
export const MOST_PASSWORD_CHARS = 256;

/** There are too many checks under way; try again later. */
export class PasswordQueueFull extends Error {
  constructor() {
    super('too many passwords are being checked at the moment');
  }
}

export class Passwords {
  readonly #random: Pick<Random, 'bytes'>;
  readonly #waiting: (() => void)[] = [];
  /** Of nobody: checked where there is no such person, so that the time does not tell. */
  readonly #nobody: string;
  #running = 0;

  constructor(random: Pick<Random, 'bytes'>) {
    this.#random = random;
    this.#nobody = textOf(random.bytes(SALT_BYTES), random.bytes(HASH_BYTES));
  }

  /** Rejects with {@link PasswordQueueFull}. */
  async hash(password: string): Promise<string> {
    const salt = this.#random.bytes(SALT_BYTES);
    return textOf(salt, await this.#inTurn(() => derive(password, salt, LOG2_N, R, P)));
  }

  /** `stored`: what {@link hash} made; `undefined`: there is no such person. Rejects with {@link PasswordQueueFull}. */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    if (password.length > MOST_PASSWORD_CHARS) return false;
    const [, logN, r, p, salt = '', hash = ''] = (stored ?? this.#nobody).split('$');
    const expected = Buffer.from(hash, 'base64url');
    const given = await this.#inTurn(() =>
      derive(password, Buffer.from(salt, 'base64url'), Number(logN), Number(r), Number(p)),
    );
    return stored !== undefined && expected.length === given.length && timingSafeEqual(expected, given);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < AT_ONCE) this.#running++;
    else {
      if (this.#waiting.length >= MOST_WAITING) throw new PasswordQueueFull();
      // Whoever ends hands over its place.
      await new Promise<void>((begin) => this.#waiting.push(begin));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

function derive(password: string, salt: Uint8Array, logN: number, r: number, p: number): Promise<Buffer> {
  const cost = 2 ** logN;
  // Equal characters in other compositions are equal passwords.
  const text = password.normalize('NFC');
  return new Promise((resolve, reject) => {
    const options = { N: cost, r, p, maxmem: 128 * cost * r * 2 };
    scrypt(text, salt, HASH_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function textOf(salt: Uint8Array, hash: Uint8Array): string {
  const base64 = (octets: Uint8Array) => Buffer.from(octets).toString('base64url');
  return ['scrypt', LOG2_N, R, P, base64(salt), base64(hash)].join('$');
}
