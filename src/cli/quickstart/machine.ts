/**
 * The machine as quickstart looks at it: names, addresses, resolver, blocklists, clock, disk, ports. Port 25 is tried at the mail
 * host of the test's recipient and nowhere else; the rest asks resolvers alone.
 */
import { lookAround, lookAtLists } from '../../doctor/surroundings.ts';
import { judgeDeliverability, type Deliverability } from '../../policy/deliverability.ts';
import { lookAtChecks, type CheckResult } from '../../policy/checks/registry.ts';
import { isMailbox, parseMailbox } from '../../smtp/address.ts';
import { portFacts } from '../own-checks.ts';
import type { CommandContext } from '../program/command-context.ts';

export interface MachineView {
  readonly checks: readonly CheckResult[];
  readonly deliverability: Deliverability;
  /** Nothing answered at the port of mail hosts. */
  readonly portClosed: boolean;
  /** Addresses that mail leaves from, as far as they are known. */
  readonly publicAddresses: readonly string[];
  /** The hostname has no address in DNS yet, or a wrong one. */
  readonly needsAddressRecord: boolean;
}

/** `to`: recipient of the test message, if there is one. */
export async function lookAtMachine(context: CommandContext, to: string | undefined): Promise<MachineView> {
  const { services, loaded, config } = context;
  const mailbox = to === undefined ? undefined : parseMailbox(to);
  const domain = mailbox !== undefined && isMailbox(mailbox) ? mailbox.domain : undefined;
  const around = services.surroundings(loaded);
  const egress = domain === undefined ? [] : [domain];
  const options = { ...around, config: { ...around.config, checks: { ...around.config.checks, egress } } };
  const [{ synchronized, ...seen }, lists, ports, disk] = await Promise.all([
    lookAround(options),
    lookAtLists(options),
    portFacts(context),
    services.lookAtDisk(config),
  ]);
  const newestEventMs = services.storeExists(config) ? await context.reader.newestEventMs() : undefined;
  // Without a recipient nobody is greeted, which is said by the verdict.
  const egressSeen = domain === undefined && seen.egress?.direct !== 'no' ? undefined : seen.egress;
  const facts = {
    ...seen,
    egress: egressSeen,
    ...lists,
    ports,
    disk,
    clock: { newestEventMs, synchronized },
  };
  const checks = lookAtChecks(facts, context.nowMs);
  return {
    checks,
    deliverability: judgeDeliverability(checks, facts),
    portClosed: checks.some(({ name, ok }) => name === 'egress' && !ok),
    publicAddresses: seen.hostname?.sending.public ?? [],
    needsAddressRecord: checks.some(({ name, ok }) => name === 'hostname' && !ok),
  };
}
