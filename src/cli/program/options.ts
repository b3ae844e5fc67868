/**
 * The options of one command as they were typed, read by kind. A value that cannot be meant is a usage failure that
 * names the option and what it takes.
 */
import { parseDurationMs } from '../../platform/duration.ts';
import { parseDateOrTime } from '../../platform/rfc3339.ts';
import { isMailbox, parseMailbox } from '../../smtp/address.ts';
import type { Mailbox } from '../../smtp/address.ts';
import { usage } from './cli-failure.ts';

export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  /** `values` by long name in camel case, as commander gives them. */
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  #raw(name: string): unknown {
    return this.#values[name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase())];
  }

  flag(name: string): boolean {
    return this.#raw(name) === true;
  }

  /** For `--no-…` options: false when given. */
  unlessNo(name: string): boolean {
    return this.#raw(name) !== false;
  }

  /** For `--x` beside `--no-x`; `undefined`: neither was given. */
  either(name: string): boolean | undefined {
    const value = this.#raw(name);
    return typeof value === 'boolean' ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.#raw(name);
    if (typeof value !== 'string') return undefined;
    if (value.trim() === '') throw usage(`--${name} is empty`);
    return value;
  }

  requiredText(name: string, example: string): string {
    const value = this.text(name);
    if (value === undefined) throw usage(`--${name} is missing`, `add: --${name} ${example}`);
    return value;
  }

  /** A repeatable option; empty when not given. */
  list(name: string): readonly string[] {
    const value = this.#raw(name);
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  }

  requiredList(name: string, example: string): readonly string[] {
    const values = this.list(name);
    if (values.length === 0) throw usage(`--${name} is missing`, `add: --${name} ${example}`);
    return values;
  }

  wholeNumber(name: string, least = 1): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d{1,12}$/.test(text) || value < least)
      throw usage(`--${name} ${text} is not a whole number from ${least}`);
    return value;
  }

  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const durationMs = parseDurationMs(text);
    if (durationMs === undefined) throw usage(`--${name} ${text} is not a duration such as 30s, 5m or 2h`);
    return durationMs;
  }

  /** A point in time: a span from now on (`90d`), or RFC 3339 (`2027-01-01T00:00:00Z`). */
  pointInTimeMs(name: string, nowMs: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const spanMs = parseDurationMs(text);
    const atMs = spanMs !== undefined ? nowMs + spanMs : parseDateOrTime(text);
    if (atMs === undefined)
      throw usage(
        `--${name} ${text} is neither a duration such as 90d nor a time such as 2027-01-31T00:00:00Z`,
      );
    return atMs;
  }

  /** A point in time that is past: a span ago (`7d`), or RFC 3339. */
  timeOrSpanAgoMs(name: string, nowMs: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const spanMs = parseDurationMs(text);
    const atMs = spanMs === undefined ? parseDateOrTime(text) : nowMs - spanMs;
    if (atMs === undefined)
      throw usage(`--${name} ${text} is neither a span such as 7d nor a time such as 2027-01-31T08:00:00Z`);
    return atMs;
  }

  choice<const C extends string>(name: string, choices: readonly C[]): C | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw usage(`--${name} ${text} is none of ${choices.join(', ')}`);
    return found;
  }
}

/** An address that was typed, of an option or an argument. */
export function mailboxOf(text: string, what: string): Mailbox {
  const mailbox = parseMailbox(text.trim());
  if (!isMailbox(mailbox)) throw usage(`${what} ${text} is not an address: ${mailbox.problem}`);
  return mailbox;
}
