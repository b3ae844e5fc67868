/** Kinds of values: texts, numbers, times, sizes, keys. Addresses: address-kinds.ts. */
import { z } from 'zod';
import { parseDurationMs, parseSizeBytes } from '../platform/duration.ts';
import { parseTimeOfDay } from '../policy/time-of-day.ts';
import { REDACTED, type Redacted } from '../platform/log-redaction.ts';
import { listOf, parsed, text, textList, type ValueKind } from './value-kind.ts';

const MASTER_KEY_BYTES = 32;

/** Text that is not empty. */
export const textKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'a text',
  schema: parsed(text, (value) => (value.trim() === '' ? { problem: 'is empty' } : value)),
};

export const booleanKind: ValueKind<boolean> = {
  writtenAs: 'boolean',
  accepted: 'true or false',
  schema: z.boolean('is neither true nor false (without quotes)'),
};

/** A whole number from `least` to `most`. */
export function integerKind(least: number, most: number): ValueKind<number> {
  const range = `is not a whole number from ${least} to ${most}`;
  return {
    writtenAs: 'integer',
    accepted: `a whole number from ${least} to ${most}`,
    schema: z.int(range).min(least, range).max(most, range),
  };
}

/** One of `choices`. */
export function choiceKind<const C extends readonly [string, ...string[]]>(choices: C): ValueKind<C[number]> {
  const accepted = choices.map((choice) => `"${choice}"`).join(', ');
  return { writtenAs: 'text', accepted, schema: z.enum(choices, `is not one of ${accepted}`) };
}

/** Milliseconds, from `90s`, `5m`, `4h`, `2d`. Greater than zero. */
export const durationKind: ValueKind<number> = {
  writtenAs: 'text',
  accepted: 'a duration such as "90s", "5m", "4h" or "2d"',
  schema: parsed(z.string('is not a duration in quotes'), (value) => {
    const durationMs = parseDurationMs(value);
    if (durationMs === undefined) return { problem: 'is not a duration' };
    return durationMs === 0 ? { problem: 'is zero' } : durationMs;
  }),
};

/** The same, or `undefined` for `off`. */
export const durationOrOffKind: ValueKind<number | undefined> = {
  writtenAs: 'text',
  accepted: `${durationKind.accepted}, or "off"`,
  schema: parsed(z.string('is not a duration in quotes'), (value) => {
    if (value === 'off') return undefined;
    const durationMs = parseDurationMs(value) ?? 0;
    return durationMs === 0 ? { problem: 'is not a duration' } : durationMs;
  }),
};

/** A share in 0 .. 1, from `4%` or `0.1%`; `undefined` for `off`. */
export const shareKind: ValueKind<number | undefined> = {
  writtenAs: 'text',
  accepted: 'a percentage such as "4%" or "0.1%", or "off"',
  schema: parsed(z.string('is not a percentage in quotes'), (value) => {
    if (value === 'off') return undefined;
    const number = /^(\d{1,3}(?:\.\d{1,4})?) ?%$/.exec(value)?.[1];
    const percent = Number(number ?? Number.NaN);
    return percent > 0 && percent <= 100
      ? percent / 100
      : { problem: 'is not a percentage above 0% and up to 100%' };
  }),
};

/** Octets, from a whole number or `25MiB`. */
export const sizeKind: ValueKind<number> = {
  writtenAs: 'text or integer',
  accepted: 'bytes such as 26214400, or a size such as "25MiB"',
  schema: parsed(z.union([z.int(), z.string()], 'is not a size'), (value) => {
    const sizeBytes = typeof value === 'number' ? value : parseSizeBytes(value);
    return sizeBytes === undefined || sizeBytes <= 0 ? { problem: 'is not a size' } : sizeBytes;
  }),
};

/** Minutes since midnight in UTC, from `08:00`. */
export const timeOfDayKind: ValueKind<number> = {
  writtenAs: 'text',
  accepted: 'a time of day in UTC such as "08:00"',
  schema: parsed(z.string('is not a time of day in quotes'), (value) => {
    return parseTimeOfDay(value) ?? { problem: 'is not a time of day' };
  }),
};

/** 32 octets as 64 hexadecimal digits or 44 characters of base64. */
export const masterKeyKind: ValueKind<Uint8Array> = {
  writtenAs: 'text',
  accepted: '32 octets as 64 hexadecimal digits or in base64 (`openssl rand -hex 32` makes one)',
  schema: parsed(text, (value) => masterKeyOf(value) ?? { problem: 'is not a key of 32 octets' }),
};

/** Each as {@link masterKeyKind}; which of them is wrong is said by its place, never by its text. */
export const masterKeysKind: ValueKind<readonly Uint8Array[]> = {
  writtenAs: 'list',
  accepted: 'a list of keys as data_key takes them; in a file, one a line',
  schema: parsed(textList, (values) => {
    const keys = values.map(masterKeyOf);
    const wrong = keys.indexOf(undefined);
    return wrong < 0
      ? keys.filter((key) => key !== undefined)
      : { problem: `has a key of other than 32 octets, number ${wrong + 1} of ${values.length}` };
  }),
};

function masterKeyOf(value: string): Uint8Array | undefined {
  const written = value.trim();
  const octets = /^[0-9a-f]{64}$/i.test(written)
    ? Buffer.from(written, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(written)
      ? Buffer.from(written, 'base64')
      : undefined;
  return octets?.length === MASTER_KEY_BYTES ? new Uint8Array(octets) : undefined;
}

/** A program by its path, and its arguments. */
export const commandKind: ValueKind<readonly string[]> = {
  writtenAs: 'list',
  accepted: 'a program and its arguments such as ["/usr/local/bin/page", "mail"]',
  schema: parsed(textList, (words) => {
    const [program = ''] = words;
    // No shell and no PATH: nothing is guessed of it.
    if (!program.startsWith('/')) return { problem: 'does not begin with the absolute path of a program' };
    return words.some((word) => word.includes('\0')) ? { problem: 'has a NUL in it' } : words;
  }),
};

/** One or more waits. */
export const durationListKind: ValueKind<readonly number[]> = {
  writtenAs: 'list',
  accepted: 'a list of durations such as ["1m", "5m", "1h"]',
  schema: parsed(
    z.array(z.string('is not a list of durations in quotes'), 'is not a list of durations in quotes'),
    (value) => {
      const waits: number[] = [];
      for (const item of value) {
        const waitMs = parseDurationMs(item);
        if (waitMs === undefined || waitMs === 0)
          return { problem: `has "${item}", which is not a duration` };
        waits.push(waitMs);
      }
      return waits.length === 0 ? { problem: 'is an empty list' } : waits;
    },
  ),
};

/** What log lines do not show; none is allowed. */
export const redactedKind = listOf<Redacted>(
  `${REDACTED.map((kind) => `"${kind}"`).join(' or ')}, or a list of them`,
  (value) =>
    REDACTED.find((kind) => kind === value) ?? {
      problem: `has "${value}", which is none of ${REDACTED.join(', ')}`,
    },
);
