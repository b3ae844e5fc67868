/**
 * From a recipient domain to the addresses that mail for it may be sent to: MX look-up, addresses of every host, and
 * what must never be: mail to ourselves (a loop), mail into a private network that nobody allowed. RFC 5321 §5.1.
 */
import type { HostPort } from '../config/config.ts';
import { isPublicAddress } from '../dns/address-ranges.ts';
import { lookupAddresses, lookupMx, siteOf } from '../dns/mx-lookup.ts';
import type { AddressLookup, MxHost, MxLookup } from '../dns/mx-lookup.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { Random } from '../platform/random.ts';
import type { SiteHost } from './candidates.ts';
import type { FindRoute, Route } from './routes.ts';

export interface FindRouteOptions {
  readonly resolver: Resolver;
  readonly random: Random;
  readonly hostname: string;
  /** Concrete addresses: a wildcard stands only for itself here. */
  readonly ownAddresses: readonly HostPort[];
  readonly port: number;
  readonly allowPrivateAddresses: boolean;
}

/** Hosts whose addresses are looked up, best preferences first: nobody needs more, and each costs two questions. */
const MAX_HOSTS = 10;
/** A refusal that rests on our own configuration is looked at again soon. */
const REFUSAL_TTL_MS = 60_000;

export function createFindRoute(options: FindRouteOptions): FindRoute {
  const own = new Set(
    options.ownAddresses.filter(({ port }) => port === options.port).map(({ host }) => host.toLowerCase()),
  );
  return async (destination) => {
    const mx = await lookupMx(destination, options);
    switch (mx.kind) {
      case 'failed':
        return { kind: 'unknown', text: mx.text };
      case 'null-mx': {
        const text = `${destination} takes no mail (null MX)`;
        return none('null-mx', 'dns', '5.1.10', text, mx.ttlSeconds * 1_000);
      }
      case 'no-such-domain':
        return none('no-such-domain', 'dns', '5.1.2', mx.text, mx.ttlSeconds * 1_000);
      case 'hosts':
        return await fromHosts(destination, mx, own, options);
    }
  };
}

interface HostAnswer {
  readonly host: MxHost;
  readonly answer: AddressLookup;
}

async function fromHosts(
  destination: string,
  mx: Extract<MxLookup, { kind: 'hosts' }>,
  own: ReadonlySet<string>,
  options: FindRouteOptions,
): Promise<Route> {
  const answers = await Promise.all(
    mx.hosts
      .slice(0, MAX_HOSTS)
      .map(async (host): Promise<HostAnswer> => ({
        host,
        answer: await lookupAddresses(host.name, options),
      })),
  );
  // We are in the list: only better hosts may be tried, the others would hand the mail back (RFC 5321 §5.1).
  const ourPreference = Math.min(
    ...answers
      .filter((entry) => isOurselves(entry, own, options.hostname))
      .map(({ host }) => host.preference),
  );
  const better = answers.filter(({ host }) => host.preference < ourPreference);
  if (better.length === 0) {
    const text = `mail for ${destination} would come back here: its MX is this relay`;
    return none('loop', 'policy', '5.4.6', text, REFUSAL_TTL_MS);
  }
  return fromAnswers(destination, mx, better, options);
}

function fromAnswers(
  destination: string,
  mx: Extract<MxLookup, { kind: 'hosts' }>,
  answers: readonly HostAnswer[],
  { allowPrivateAddresses }: FindRouteOptions,
): Route {
  const hosts: SiteHost[] = [];
  let ttlSeconds = mx.ttlSeconds;
  let refused: string | undefined;
  for (const { host, answer } of answers) {
    if (answer.kind !== 'found') continue;
    const addresses = answer.addresses.filter((address) => allowPrivateAddresses || isPublicAddress(address));
    refused ??= answer.addresses.find((address) => !addresses.includes(address));
    if (addresses.length === 0) continue;
    hosts.push({ name: host.name, preference: host.preference, addresses });
    ttlSeconds = Math.min(ttlSeconds, answer.ttlSeconds);
  }
  if (hosts.length > 0) return { kind: 'hosts', site: siteOf(mx), hosts, ttlMs: ttlSeconds * 1_000 };

  for (const { host, answer } of answers) {
    if (answer.kind === 'failed') {
      return { kind: 'unknown', text: `the addresses of ${host.name} are not known: ${answer.text}` };
    }
  }
  if (refused !== undefined) {
    const text = `${destination} points at ${refused}, an address that is not public; delivery.allow_private_addresses allows it`;
    return none('not-allowed', 'policy', '5.4.4', text, REFUSAL_TTL_MS);
  }
  const names = answers.map(({ host }) => host.name).join(', ');
  return none(
    'no-mail-host',
    'dns',
    '5.4.4',
    `the mail hosts of ${destination} have no address: ${names}`,
    ttlSeconds * 1_000,
  );
}

function isOurselves({ host, answer }: HostAnswer, own: ReadonlySet<string>, hostname: string): boolean {
  if (host.name.toLowerCase() === hostname.toLowerCase()) return true;
  return answer.kind === 'found' && answer.addresses.some((address) => own.has(address.toLowerCase()));
}

function none(
  found: Extract<Route, { kind: 'none' }>['found'],
  stage: 'dns' | 'policy',
  status: string,
  text: string,
  ttlMs: number,
): Route {
  return { kind: 'none', found, stage, status, text, ttlMs };
}
