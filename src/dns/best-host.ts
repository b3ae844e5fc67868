/** Which of a domain's MX hosts stands for it. */
import type { MxHost } from './mx-lookup.ts';

type NamedHost = Pick<MxHost, 'name' | 'preference'>;

/**
 * The most preferred, of equal ones the first by name: by it domains without a known provider are told apart. `undefined`: there
 * is none.
 */
export function bestHost([first, ...others]: readonly NamedHost[]): string | undefined {
  if (first === undefined) return undefined;
  const isBetter = (one: NamedHost, other: NamedHost) =>
    one.preference < other.preference || (one.preference === other.preference && one.name < other.name);
  return others.reduce((best, host) => (isBetter(host, best) ? host : best), first).name;
}
