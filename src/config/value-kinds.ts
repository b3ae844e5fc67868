/**
 * The kinds of values of configuration keys: their TOML type, their text form in environment variables, and the words
 * for what is accepted. Parsing only: defaults and keys are in settings.ts.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseDurationMs, parseSizeBytes } from '../platform/duration.ts';
import { isMailbox, formatMailbox, normalizeDomain, parseMailbox } from '../smtp/address.ts';
import { parseTimeOfDay } from '../policy/time-of-day.ts';
import { parseNetwork } from '../platform/network/cidr.ts';
import { parseHostPort, type HostPort } from '../platform/network/host-port.ts';

/** TOML type of the value, which decides how the text of an environment variable is converted. */
export type WrittenAs = 'text' | 'integer' | 'boolean' | 'list' | 'text or integer';

export interface ValueKind<T> {
  readonly writtenAs: WrittenAs;
  /** In words, for error messages and the comments of relay.toml. */
  readonly accepted: string;
  /** Converts the TOML value to the value of `Config`. Messages of its issues are sentences without the key. */
  readonly schema: z.ZodType<T>;
}

const MASTER_KEY_BYTES = 32;

interface Problem {
  readonly problem: string;
}

/** A schema over `input` with a parser that returns a value or a problem in words. */
function parsed<I, R>(input: z.ZodType<I>, parse: (value: I) => R): z.ZodType<Exclude<R, Problem>> {
  // zod types the result of a transform as awaited; every `parse` here is synchronous.
  return input.transform((value, context) => {
    const result = parse(value);
    if (!isProblem(result)) return result;
    context.addIssue({ code: 'custom', message: result.problem });
    return z.NEVER;
  }) as z.ZodType<Exclude<R, Problem>>;
}

function isProblem<R>(result: R): result is Extract<R, Problem> {
  return typeof result === 'object' && result !== null && 'problem' in result;
}

const text = z.string('is not a text in quotes');

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

/** A domain name; the lower-cased A-label form. */
export const hostnameKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'a host name such as "mail.example.com"',
  schema: parsed(text, (value) => {
    const domain = value.startsWith('[') ? undefined : normalizeDomain(value);
    return domain ?? { problem: 'is not a host name' };
  }),
};

/** `local-part@domain`. */
export const mailboxKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'an address such as "postmaster@example.com"',
  schema: parsed(text, (value) => {
    const mailbox = parseMailbox(value);
    return isMailbox(mailbox) ? formatMailbox(mailbox) : { problem: `is not an address: ${mailbox.problem}` };
  }),
};

/** An http or https address without a trailing slash. */
export const urlKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'an address such as "https://mail.example.com"',
  schema: parsed(text, (value) => {
    const url = URL.parse(value);
    if (url === null || !['http:', 'https:'].includes(url.protocol))
      return { problem: 'is not an http or https address' };
    if (url.search !== '' || url.hash !== '') return { problem: 'carries a query or a fragment' };
    return value.replace(/\/+$/, '');
  }),
};

/** An http or https address that takes requests; it may have a query, and no password. */
export const receiverKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'an address such as "https://alerts.example.com/mail"',
  schema: parsed(text, (value) => {
    const url = URL.parse(value);
    if (url === null || !['http:', 'https:'].includes(url.protocol))
      return { problem: 'is not an http or https address' };
    if (url.username !== '' || url.password !== '') return { problem: 'carries a user name or password' };
    return url.hash === '' ? url.href : { problem: 'carries a fragment' };
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

/** An https address. */
export const httpsUrlKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'an address such as "https://acme.example.com/directory"',
  schema: parsed(text, (value) => {
    const url = URL.parse(value);
    if (url?.protocol !== 'https:') return { problem: 'is not an https address' };
    return url.username + url.password === '' ? url.href : { problem: 'carries a user or a password' };
  }),
};

/** 32 octets as 64 hexadecimal digits or 44 characters of base64. */
export const masterKeyKind: ValueKind<Uint8Array> = {
  writtenAs: 'text',
  accepted: '32 octets as 64 hexadecimal digits or in base64 (`openssl rand -hex 32` makes one)',
  schema: parsed(text, (value) => {
    const written = value.trim();
    const octets = /^[0-9a-f]{64}$/i.test(written)
      ? Buffer.from(written, 'hex')
      : /^[A-Za-z0-9+/_-]{43}=?$/.test(written)
        ? Buffer.from(written, 'base64')
        : undefined;
    return octets?.length === MASTER_KEY_BYTES
      ? new Uint8Array(octets)
      : { problem: 'is not a key of 32 octets' };
  }),
};

/** `sqlite:`, the store in `data_dir`. `postgres://` is recognised and refused: that engine does not exist yet. */
export const storeUrlKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: '"sqlite:" (the database in data_dir)',
  schema: parsed(text, (value) => {
    if (/^postgres(?:ql)?:/.test(value))
      return { problem: 'names PostgreSQL, which this version cannot use as a store' };
    return value === 'sqlite:' ? value : { problem: 'is not a store' };
  }),
};

/** A string or a list of strings, each parsed by `entry`. */
function listOf<T>(accepted: string, entry: (value: string) => T | Problem): ValueKind<readonly T[]> {
  return {
    writtenAs: 'list',
    accepted,
    schema: parsed(
      z.union([z.string(), z.array(z.string())], 'is not a list of texts in quotes'),
      (value) => {
        const result: T[] = [];
        for (const item of typeof value === 'string' ? [value] : value) {
          const one = entry(item);
          if (isProblem(one)) return one;
          result.push(one);
        }
        return result;
      },
    ),
  };
}

/** Listeners: `host:port`, port 0 for any free one. */
export const listenKind = listOf<HostPort>(
  'host:port such as "0.0.0.0:587" or "[::]:587", or a list of them',
  (value) => {
    const hostPort = readHostPort(value, undefined);
    return hostPort ?? { problem: `has "${value}", which is not host:port` };
  },
);

/** Host names, each once; lower-cased A-labels. */
export const hostNamesKind: ValueKind<readonly string[]> = {
  ...listOf<string>('a host name such as "mail.example.com", or a list of them', (value) => {
    const name = value.startsWith('[') ? undefined : normalizeDomain(value);
    return name ?? { problem: `has "${value}", which is not a host name` };
  }),
};

/** DNS servers by address, port 53 when none is written. */
export const serversKind = listOf<HostPort>(
  'address:port such as "192.0.2.53:53" or "[2001:db8::53]:53", or a list of them',
  (value) => {
    const hostPort = readHostPort(value, 53);
    if (hostPort === undefined || hostPort.port === 0)
      return { problem: `has "${value}", which is not address:port` };
    return isIP(hostPort.host) === 0
      ? { problem: `has "${value}", which is a name and not an address` }
      : hostPort;
  },
);

/** Networks in CIDR notation; a bare address is a network of one. */
export const networksKind = listOf<string>(
  'an address or network such as "192.0.2.7" or "10.0.0.0/8", or a list of them',
  (value) => {
    return parseNetwork(value) === undefined
      ? { problem: `has "${value}", which is neither an address nor a network` }
      : value;
  },
);

/** Domains by name, in any case; none is allowed. */
export const domainsKind = listOf<string>(
  'a domain such as "gmail.com", or a list of them',
  (value) => normalizeDomain(value) ?? { problem: `has "${value}", which is not a domain name` },
);

/** A program by its path, and its arguments. */
export const commandKind: ValueKind<readonly string[]> = {
  writtenAs: 'list',
  accepted: 'a program and its arguments such as ["/usr/local/bin/page", "mail"]',
  schema: parsed(z.union([z.string(), z.array(z.string())], 'is not a list of texts in quotes'), (value) => {
    const words = typeof value === 'string' ? [value] : value;
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

/** `undefined`: not host:port, or the host is neither an address nor a domain name. */
function readHostPort(written: string, defaultPort: number | undefined): HostPort | undefined {
  const parsed = parseHostPort(written, defaultPort);
  if (parsed === undefined || isIP(parsed.host) !== 0) return parsed;
  const name = normalizeDomain(parsed.host);
  return name === undefined ? undefined : { host: name, port: parsed.port };
}
