/**
 * Random values for the store: few enough of each kind that verbs meet each other's rows, and among the texts those that
 * engines differ in: NUL, halves of surrogate pairs, letters that fold in other ways, what SQL and JSON escape.
 */
import { idOf } from '../../../src/platform/ids.ts';
import { suppressionKeyOf } from '../../../src/smtp/address-keys.ts';
import { seededRandom } from '../../support/seeded-random.ts';

export const ACCOUNTS = ['acc_one', 'acc_two'] as const;
export const DAY_MS = 86_400_000;
export const STREAMS = ['transactional', 'broadcast', 'news'] as const;

const TEXTS = [
  ...[
    '',
    'a',
    'A',
    'plain words',
    'a\0b',
    'n\0',
    's\ud800',
    'x\udfffy',
    '\\u0000',
    '\\ud800',
    '\\',
    "'",
    '"',
  ],
  ...[
    '%',
    '_',
    '\u00e9',
    'e\u0301',
    '\u00c9',
    '\u0131',
    '\u0130',
    '\u00df',
    '\u212a',
    '\u{1f600}',
    '\x80\xff',
    '\u2028',
  ],
  ...['a\r\nb', '{"a":1}', '$1', ':name', 'z'.repeat(900), 'true', 'null', '1', ' ', `nn${'\0'.repeat(3)}`],
];
const ADDRESSES = [
  ...['user@example.com', 'USER@example.com', 'other@example.com', 'a@b.example', '"quoted a"@b.example'],
  ...[
    'j\u00f6rg@b.example',
    'J\u00d6RG@b.example',
    '\u212aelvin@example.com',
    "o'neill@example.com",
    'x_y%z@c.example',
  ],
];

export class RandomValues {
  readonly #random;
  #nowMs: number;
  #made = 0;

  constructor(seed: number, startMs: number) {
    this.#random = seededRandom(seed);
    this.#nowMs = startMs;
  }

  /** Grows. */
  now(): number {
    this.#nowMs += this.below(5) === 0 ? this.below(3_000_000) : this.below(50);
    return this.#nowMs;
  }

  /** In the order in which they are made. */
  id(prefix: string): string {
    return idOf(prefix, this.#nowMs, String(++this.#made).padStart(16, '0'));
  }

  below(limit: number): number {
    return Math.floor(this.#random.float() * limit);
  }

  maybe(): boolean {
    return this.below(2) === 0;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  some<T>(most: number, one: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, one);
  }

  optional<T>(one: () => T): T | undefined {
    return this.maybe() ? one() : undefined;
  }

  text(): string {
    return this.below(4) === 0 ? this.of(TEXTS) + this.of(TEXTS) : this.of(TEXTS);
  }

  /** By which something is listed: no NUL, whose place is another than that of what stands for it. */
  name(): string {
    return this.text().replaceAll('\0', 'N');
  }

  /** Printable ASCII. */
  tag(): string {
    return this.of(['a', 'A', 'b', "it's", '"', '\\', '\\u0000', '\\ud800', '%', '[]', ' ']);
  }

  /** The class of a failure, which is the relay's own word. */
  failure(): string {
    return this.of(['unknown-address', 'mailbox-full', 'policy']);
  }

  account(): string {
    return this.of(ACCOUNTS);
  }

  address(): string {
    return this.of(ADDRESSES);
  }

  /** A `suppressionKey`. */
  addressKey(): string {
    return suppressionKeyOf(this.address());
  }

  domain(): string {
    return this.of(['example.com', 'b.example', 'c.example', 'nowhere.example']);
  }

  octets(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#random.bytes(1 + this.below(8)));
  }
}
