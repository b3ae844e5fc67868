/**
 * `relayctl doctor`: looks at everything that mail needs, now: what relayd says of itself, the surroundings (doctor/), every
 * sending domain. It looks by itself, so it works before the first start; relayd is asked to look again as well.
 */
import { domainsNamed, type OwnedDomain } from '../../admin/domain-meant.ts';
import { domainsToLookAt, lookAtDomains, type DomainLook } from '../../doctor/look-at-domains.ts';
import {
  lookAround,
  lookAtLists,
  outsideAddresses,
  serversWords,
  type SurroundingsFacts,
} from '../../doctor/surroundings.ts';
import {
  CHECK_NAMES,
  lookAtChecks,
  type CheckFacts,
  type CheckName,
  type CheckResult,
} from '../../policy/checks/registry.ts';
import type { TimedResult } from '../../policy/checks/since.ts';
import type { StoreFacts } from '../../policy/checks/store.ts';
import { StoreError } from '../../store/errors.ts';
import { domainName, findDomain } from '../input/lookup.ts';
import { portFacts, viewRelay, type RelayView } from '../own-checks.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { domainLookJson, examinedJson, renderExamined, renderLooks } from '../views/doctor-view.ts';

export const doctor: CommandSpec = {
  path: 'doctor',
  summary: 'Look at everything that mail needs, and say how to mend it',
  arguments: '[domain]',
  details:
    'Port 25, the ports of relayd, the host name and the PTR record there and back, certificate, resolver, clock, disk, file rights, blocklists, ' +
    'the checks of relayctl status, and the DNS records of every sending domain, or of the one that is named. Works with relayd ' +
    'up or down, also before its first start. Contacts resolvers, and a mail host of each domain in checks.egress, which is ' +
    'greeted and left.\n\n' +
    'relayd makes the same checks by itself: every hour, blocklists every six hours, domains every day. What they find is in ' +
    'relayctl status, /readyz, the metrics and relayctl events --server.\n\n' +
    'Exit code 0: all is well, or there are warnings only; 1: something is wrong; 3: relayd is down or the store cannot be read.',
  examples: [
    { type: 'doctor', does: 'before the first message, and whenever mail does not arrive' },
    { type: 'doctor example.com', does: 'the same, and of the domains this one alone' },
    {
      type: 'doctor --json | jq \'.checks[] | select(.level != "ok")\'',
      does: 'what is to be done, for a script',
    },
  ],
  run: examine,
};

const DOMAINS_WITHIN_MS = 60_000;

async function examine(context: CommandContext, input: CommandInput): Promise<void> {
  const { loaded, services, config } = context;
  const [typed] = input.arguments;
  const { outcome, domains } = await readStore(context, typed === undefined ? undefined : domainName(typed));
  if (context.io.outIsTerminal) context.note('looking around, within half a minute ...');
  const options = services.surroundings(loaded);
  const [view, around, lists, ports] = await Promise.all([
    viewRelay(context, outcome),
    lookAround(options),
    lookAtLists(options),
    portFacts(context),
  ]);
  const facts = { ...ownFacts(context, view, { ...around, ...lists }), ports };
  const checks = joined(view, lookAtChecks(facts, context.nowMs));
  const { looks, leftOut } = await lookAtDomains(domains, {
    ...options,
    config,
    // With no domain there need not be a store.
    keysOf: (id) => context.reader.dkimKeys(id),
    addresses: outsideAddresses(around.reverse_dns, config.egress),
    evaluatesAll: true,
    openAuthority: () => services.openAuthority(config),
    withinMs: DOMAINS_WITHIN_MS,
  });
  // So that status tells the same before the next look is due. Of no weight for what was seen here.
  if (view.state === 'heard')
    await services.ask(config, { operation: 'look-again', domains: namesOf(looks) });
  const wrong = checks.some(({ ok }) => !ok) || looks.some(isWrong);
  const untold = view.state === 'down' || view.state === 'silent' || outcome?.kind !== 'answers';
  context.exitCode = untold ? 3 : wrong ? 1 : 0;
  if (context.global.json)
    context.printJson({
      ok: !wrong,
      running: view.state !== 'down',
      checks: checks.map(examinedJson),
      domains: looks.map(domainLookJson),
      domains_left_out: leftOut,
    });
  else context.print([renderExamined(context, checks), ...renderLooks(context, looks, leftOut)].join('\n'));
}

interface StoreRead {
  /** As {@link viewRelay} takes it. */
  readonly outcome: StoreFacts['outcome'] | undefined;
  readonly domains: readonly OwnedDomain[];
}

/** A store that is not there or cannot be read is a finding, unless a domain of it was asked for. */
async function readStore(context: CommandContext, named: string | undefined): Promise<StoreRead> {
  if (named !== undefined)
    return { outcome: { kind: 'answers' }, domains: await domainNamed(context, named) };
  try {
    if (!context.services.storeExists(context.config)) return { outcome: undefined, domains: [] };
    return { outcome: { kind: 'answers' }, domains: await domainsToLookAt(context.reader) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const message = error.code === 'unsafe' ? 'other users can get at the data folder' : error.message;
    return { outcome: { kind: 'failed', code: error.code, message }, domains: [] };
  }
}

/** One, whoever's; of several accounts that have it the one that is meant. */
async function domainNamed(context: CommandContext, name: string): Promise<readonly OwnedDomain[]> {
  const { id } = await findDomain(context, name);
  const named = await domainsNamed(context.reader, await context.accounts(), name);
  return named.filter(({ domain }) => domain.id === id);
}

/** What relayd says by itself where it is heard, relayctl looks at where it is not. */
function ownFacts(
  { config }: CommandContext,
  { state }: RelayView,
  { synchronized, ...facts }: SurroundingsFacts,
): CheckFacts {
  if (state === 'heard') return facts;
  const forward = facts.hostname?.forward;
  return {
    ...facts,
    dns: {
      servers: serversWords(config.dns.servers),
      outcome: forward?.kind === 'failed' ? { kind: 'failed', reason: forward.reason } : { kind: 'answers' },
    },
    clock: { newestEventMs: undefined, synchronized },
  };
}

/** What was looked at just now stands for what relayd has found earlier; without `since` where it says something else. */
function joined(view: RelayView, own: readonly CheckResult[]): readonly TimedResult[] {
  const earlier = (name: CheckName) => view.checks.find((one) => one.name === name);
  return CHECK_NAMES.flatMap((name): readonly TimedResult[] => {
    const before = earlier(name);
    const now = own.find((one) => one.name === name);
    if (now === undefined) return before === undefined ? [] : [before];
    return [{ ...now, sinceMs: before?.ok === now.ok ? before.sinceMs : undefined }];
  });
}

/** Those with something to tell. */
function namesOf(looks: readonly DomainLook[]): readonly string[] {
  return looks.flatMap(({ domain, problems }) => (problems.length === 0 ? [] : [domain.name]));
}

function isWrong({ problems }: DomainLook): boolean {
  return problems.some(({ level }) => level === 'wrong');
}
