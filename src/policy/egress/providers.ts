/**
 * Mailbox providers, as data (config/providers.toml): which one runs the MX hosts of a domain. Thousands of domains have
 * their mail at one provider, and its view of our address is one view for all of them. Parses and finds; reads no file.
 *
 *   [[provider]]
 *   name = "google"                        lower-case letters, digits, hyphens; unique
 *   mx = ["google.com", "googlemail.com"]  MX hosts are of this name or below it
 */
import { normalizeDomain } from '../../smtp/address.ts';
import { readTables, type TablesProblem } from '../data-tables.ts';

export interface Provider {
  readonly name: string;
  /** Lower-case A-labels; no other provider has one of them. */
  readonly mx: readonly string[];
}

export type Providers = readonly Provider[];

const KEYS = ['name', 'mx'];

export function parseProviders(toml: string): Providers | TablesProblem {
  const tables = readTables(toml, 'provider');
  if ('expected' in tables) return tables;
  const providers: Provider[] = [];
  for (const [index, table] of tables.entries()) {
    const provider = parseProvider(table, index + 1);
    if ('expected' in provider) return provider;
    const at = `provider "${provider.name}"`;
    if (providers.some(({ name }) => name === provider.name))
      return { at, expected: 'a name that no other provider has' };
    const doubled = provider.mx.find((suffix) => providers.some(({ mx }) => mx.includes(suffix)));
    if (doubled !== undefined) return { at: `${at}, mx`, expected: `${doubled} at one provider only` };
    providers.push(provider);
  }
  return providers;
}

/**
 * The name of the provider that runs the preferred of `mxHosts`, which are in the order of their preference; `undefined`:
 * none that is known. The most specific name decides. RFC 5321 §5.1.
 */
export function providerOf(mxHosts: readonly string[], providers: Providers): string | undefined {
  const host = mxHosts[0]?.toLowerCase().replace(/\.$/, '');
  if (host === undefined) return undefined;
  let found: { readonly name: string; readonly suffix: string } | undefined;
  for (const { name, mx } of providers)
    for (const suffix of mx)
      if ((host === suffix || host.endsWith(`.${suffix}`)) && suffix.length > (found?.suffix.length ?? 0))
        found = { name, suffix };
  return found?.name;
}

function parseProvider(table: Readonly<Record<string, unknown>>, number: number): Provider | TablesProblem {
  const { name, mx } = table;
  if (typeof name !== 'string' || !/^[a-z0-9-]{1,40}$/.test(name))
    return { at: `provider ${number}, name`, expected: 'lower-case letters, digits and hyphens' };
  const at = (key: string): string => `provider "${name}", ${key}`;
  const unknown = Object.keys(table).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return { at: at(unknown), expected: `one of the keys ${KEYS.join(', ')}` };
  const suffixes = Array.isArray(mx) ? (mx as readonly unknown[]) : [];
  const names = suffixes.filter((one): one is string => typeof one === 'string' && isDomain(one));
  return suffixes.length > 0 && names.length === suffixes.length
    ? { name, mx: names }
    : { at: at('mx'), expected: 'a list of host names in lower case such as "mx.example.net"' };
}

function isDomain(text: string): boolean {
  return text.includes('.') && normalizeDomain(text) === text;
}
