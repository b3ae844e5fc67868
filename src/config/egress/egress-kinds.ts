/** Kinds of values in `[[route]]` and `[[source]]` tables. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { normalizeDomain } from '../../smtp/address.ts';
import { parseHostPort } from '../../platform/network/host-port.ts';
import { familyOf, unmapped } from '../../platform/network/ip-address.ts';
import type { SourceHop, SourceWarmUp } from '../../policy/egress/source.ts';
import { listOf, parsed, text, type Problem, type ValueKind } from '../value-kind.ts';

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;
const MOST_TEXT = 200;
/** Access tokens are long. */
const MOST_SECRET = 8192;

/** The name of a route, source or pool: fits in a table, an event and a command line. */
export const egressNameKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'a name of up to 64 letters, digits, dots, hyphens and underscores such as "smart-host"',
  schema: parsed(text, (value) => (NAME.test(value) ? value : { problem: 'is not a name' })),
};

/** Texts, each not empty. */
export const namesKind = listOf<string>('a name, or a list of them', (value) =>
  value.trim() === '' ? { problem: 'has an empty text in it' } : value,
);

/** Recipient domains: lower-case A-labels, with `*.` before them for all names below. `*` alone is all: an empty list. */
export const domainPatternsKind: ValueKind<readonly string[]> = (() => {
  const kind = listOf<string>(
    'a domain such as "example.com", "*.example.com", or a list of them',
    (value) => {
      if (value === '*') return value;
      const below = value.startsWith('*.');
      const name = domainOf(below ? value.slice(2) : value);
      if (name === undefined) return { problem: `has "${value}", which is not a domain` };
      return below ? `*.${name}` : name;
    },
  );
  return { ...kind, schema: parsed(kind.schema, (list) => (list.includes('*') ? [] : list)) };
})();

/** A host name or an address, without a port. */
export const smartHostKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'a host name or an address such as "smtp.example.com"',
  schema: parsed(text, (value) => {
    const bare = /^\[(.+)\]$/.exec(value)?.[1] ?? value;
    if (isIP(bare) !== 0) return bare.toLowerCase();
    if (parseHostPort(value, undefined) !== undefined)
      return { problem: 'has a port: write it as port = on a line of its own' };
    return domainOf(value) ?? { problem: 'is not a host' };
  }),
};

/** One address, or one of each family. */
export const sourceAddressesKind: ValueKind<readonly string[]> = (() => {
  const kind = listOf<string>(
    'an address such as "192.0.2.10", or one of each family as ["192.0.2.10", "2001:db8::10"]',
    (value) => {
      const family = familyOf(value);
      if (family === undefined) return { problem: `has "${value}", which is not an address` };
      const address = unmapped(value).toLowerCase();
      return address === '0.0.0.0' || /^[0:]+$/.test(address)
        ? {
            problem: `has "${value}", which is no address of its own: without a source the system chooses one`,
          }
        : address;
    },
  );
  const checked = parsed(kind.schema, (list): readonly string[] | Problem => {
    if (list.length === 0) return { problem: 'is an empty list' };
    const families = new Set(list.map((address) => familyOf(address)));
    return families.size === list.length ? list : { problem: 'has two addresses of one family' };
  });
  return { ...kind, schema: checked };
})();

/** What is told to people, on one line. */
export const reasonKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: `a text of up to ${MOST_TEXT} characters on one line`,
  schema: parsed(text, (value) => oneLine(value, MOST_TEXT)),
};

/** User name or secret of a login. */
export const loginTextKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'a text on one line',
  schema: parsed(text, (value) => oneLine(value, MOST_SECRET)),
};

const HOPS = { 'socks5:': 'socks5', 'proxy-protocol:': 'proxy-protocol' } as const;

export const hopKind: ValueKind<SourceHop> = {
  writtenAs: 'text',
  accepted: '"socks5://host:port" or "proxy-protocol://host:port"',
  schema: parsed(text, (value) => {
    const [, scheme = '', at = ''] = /^([a-z0-9-]+:)\/\/(.+?)\/?$/.exec(value) ?? [];
    const kind = Object.hasOwn(HOPS, scheme) ? HOPS[scheme as keyof typeof HOPS] : undefined;
    const hostPort = parseHostPort(at, undefined);
    if (kind === undefined || hostPort === undefined || hostPort.port === 0)
      return { problem: 'is not the address of a hop' };
    if (at.includes('@')) return { problem: 'carries a user name, which is not supported' };
    const host = isIP(hostPort.host) === 0 ? domainOf(hostPort.host) : hostPort.host;
    return host === undefined
      ? { problem: 'has no host that can be reached' }
      : { kind, at: { host, port: hostPort.port } };
  }),
};

/** The plan of those that name none. */
const DEFAULT_PLAN = 'default';

/** `undefined`: the source is warm, as without the key. */
export const warmUpKind: ValueKind<SourceWarmUp | undefined> = {
  writtenAs: 'text',
  accepted: 'the first day such as "2026-12-01", or { start = "2026-12-01", plan = "cautious" }, or false',
  schema: parsed(z.unknown(), (value) => {
    if (value === false) return undefined;
    if (value === true) return { problem: 'says nothing of the first day' };
    if (typeof value === 'string' || value instanceof Date) return warmUpOf(value, DEFAULT_PLAN);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { problem: 'is not a day' };
    const { start, plan = DEFAULT_PLAN, ...others } = value as Record<string, unknown>;
    const [other] = Object.keys(others);
    if (other !== undefined) return { problem: `has "${other}", which is neither start nor plan` };
    if (typeof plan !== 'string' || !NAME.test(plan)) return { problem: 'has a plan that is not a name' };
    return warmUpOf(start, plan);
  }),
};

function warmUpOf(start: unknown, plan: string): SourceWarmUp | Problem {
  const day = start instanceof Date ? start.toISOString().slice(0, 10) : start;
  if (typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day))
    return { problem: 'has a first day that is not like 2026-12-01' };
  const startsAtMs = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(startsAtMs) || new Date(startsAtMs).toISOString().slice(0, 10) !== day
    ? { problem: `names a day that there is not: ${day}` }
    : { plan, startsAtMs };
}

function oneLine(value: string, most: number): string | Problem {
  if (value.trim() === '') return { problem: 'is empty' };
  if (value.length > most) return { problem: `is longer than ${most} characters` };
  return /[\0-\x1f\x7f]/.test(value) ? { problem: 'has a control character in it' } : value;
}

function domainOf(value: string): string | undefined {
  return value.startsWith('[') ? undefined : normalizeDomain(value);
}
