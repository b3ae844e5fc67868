/** Routes and smart hosts for tests: a rule by what differs from the usual one, and the settings that hold it. */
import type { Route } from '../../../../src/delivery/route/routes.ts';
import type { Source } from '../../../../src/policy/egress/source.ts';
import type { RouteRule, SmartHost } from '../../../../src/policy/egress/route-rules.ts';
import { MATCHES_EVERYTHING, routeRule } from '../../../support/route-rules.ts';
import { HOUR_MS } from './world.ts';

export const RELAY_ADDRESS = '203.0.113.25';
export const OTHER_RELAY_ADDRESS = '203.0.113.26';

export const EVERYTHING = MATCHES_EVERYTHING;

/** To a smart host of its own name, unless `parts` says something else. */
export function rule(name: string, parts: Partial<RouteRule> = {}): RouteRule {
  const action = parts.action ?? 'relay';
  const smartHost: SmartHost = { host: `${name}.test`, port: 587, tls: 'may', login: undefined };
  return routeRule(name, {}, { action, ...(action === 'relay' && { smartHost }), ...parts });
}

export function source(name: string, address: string): Source {
  return {
    name,
    addresses: [address],
    hostname: `${name}.relay.test`,
    pool: 'default',
    weight: 1,
    clientCertificate: undefined,
    hop: undefined,
    warmUp: undefined,
  };
}

/** `smart.test` is at RELAY_ADDRESS, every other smart host at OTHER_RELAY_ADDRESS. */
export function routed(...rules: readonly RouteRule[]) {
  const findSmartHost = async ({ host }: { readonly host: string }): Promise<Route> => {
    await Promise.resolve();
    const address = host === 'smart.test' ? RELAY_ADDRESS : OTHER_RELAY_ADDRESS;
    const hosts = [{ name: host, preference: 0, addresses: [address] }];
    return { kind: 'hosts', site: host, hosts, ttlMs: HOUR_MS };
  };
  return {
    findSmartHost,
    egress: {
      rules,
      providerOf: (hosts: readonly string[]) => (hosts[0]?.endsWith('.google.test') ? 'google' : undefined),
      accounts: async () => [
        { id: 'acc_1', name: 'shop' },
        { id: 'acc_2', name: 'news' },
      ],
    },
  };
}

export const NO_ANSWER = { stage: 'connect', reply: undefined, text: 'connection timed out' } as const;
