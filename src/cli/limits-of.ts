/** Limits that the relay set itself, as far as they are about one destination: of its MX hosts, of their provider, or met by its mail. */
import { bestHost } from '../dns/best-host.ts';
import { subjectsOf } from '../delivery/shaping/limits-in-force.ts';
import { lookupMx } from '../dns/mx-lookup.ts';
import { providerOf } from '../policy/egress/providers.ts';
import type { AutomaticLimit } from '../policy/shaping/automatic-limit.ts';
import { limitAt } from '../policy/shaping/next-limit.ts';
import type { CommandContext } from './program/command-context.ts';

/** In force now. `name`: a domain, or what a limit is about: an MX host or a provider. */
export async function limitsOf(context: CommandContext, name: string): Promise<readonly AutomaticLimit[]> {
  const limits = await limitsInForce(context);
  if (limits.length === 0) return limits;
  const subjects = [name, ...(await subjectsOfDomain(context, name))];
  return limits.filter(({ subject, destination }) => subjects.includes(subject) || destination === name);
}

export async function limitsInForce({ reader, nowMs }: CommandContext): Promise<readonly AutomaticLimit[]> {
  return (await reader.destinationLimits()).flatMap((limit) => limitAt(limit, nowMs) ?? []);
}

/** By DNS; where that does not answer, none: whose mail met a limit is known without. */
async function subjectsOfDomain(
  { services, config }: CommandContext,
  name: string,
): Promise<readonly string[]> {
  const mx = await lookupMx(name, { resolver: services.createResolver(config), random: services.random });
  if (mx.kind !== 'hosts') return [];
  const best = bestHost(mx.hosts) ?? name;
  const provider = providerOf([best], services.readRuleFiles(config).providers);
  return subjectsOf(
    mx.hosts.map((host) => host.name),
    provider,
  );
}
