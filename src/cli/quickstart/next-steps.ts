/** What is left to do after quickstart, as commands and sentences, and whether that is a failure. Pure. */
import type { Verification } from '../../admin/domain-check.ts';
import type { CheckResult } from '../../policy/checks/registry.ts';
import { shellWord } from '../../platform/shell-word.ts';
import type { RunningRelay } from '../program/services.ts';
import type { Access } from './access.ts';
import type { Answers } from './answers.ts';
import type { SettledConfiguration } from './configuration.ts';
import type { TakeOver } from './take-over.ts';
import type { FirstMessage } from './first-message.ts';
import type { MachineView } from './machine.ts';

export interface Journey {
  readonly answers: Answers;
  readonly configuration: SettledConfiguration;
  readonly machine: MachineView;
  readonly access: Access;
  readonly records: Verification;
  /** What was to be published when it began. */
  readonly zone: string;
  readonly test: FirstMessage | undefined;
}

export interface NextSteps {
  /** Verified, running, and the test message, if there was one, delivered. */
  readonly ready: boolean;
  /** Something that was asked for did not come about, or mail cannot leave. */
  readonly failed: boolean;
  readonly steps: readonly string[];
}

export interface RelayFacts {
  readonly relay: Pick<RunningRelay, 'pid' | 'configFile'> | undefined;
  readonly configFile: string;
  /** It was named with --config. */
  readonly named: boolean;
  /** Of the file that was written just now; `undefined`: it was not, or no relayd runs with it. */
  readonly takenOver: TakeOver | undefined;
}

/** Without them mail is not taken or cannot leave; the others are told, and need not hold anybody up. */
const STOPPERS: ReadonlySet<CheckResult['name']> = new Set([
  'egress',
  'smart_hosts',
  'blocklists',
  'disk',
  'clock',
  'ports',
]);

export function nextSteps(journey: Journey, relay: RelayFacts): NextSteps {
  const { answers, configuration, machine, records, test } = journey;
  const verified = records.outcome === 'verified';
  const again = againWords(answers, relay.named ? relay.configFile : undefined);
  const delivered = test === undefined || (test.kind === 'sent' && test.delivered);
  const steps = [
    ...configuration.differs.map(differenceWords(relay.configFile)),
    ...startWords(relay),
    ...(machine.deliverability.canDeliver === false ? machine.deliverability.steps : []),
    ...recordWords(journey, again),
    ...messageWords(journey, verified, relay.relay !== undefined, again),
  ];
  return {
    ready: verified && delivered && relay.relay !== undefined && machine.deliverability.canDeliver !== false,
    failed:
      machine.checks.some(({ name, ok }) => !ok && STOPPERS.has(name)) ||
      (answers.waitMs > 0 && !verified) ||
      !delivered,
    steps,
  };
}

function recordWords({ answers, records }: Journey, again: string): readonly string[] {
  switch (records.outcome) {
    case 'verified':
      return [];
    case 'elsewhere':
      return [`another account was verified with ${answers.domain} first; see which: relayctl domain list`];
    case 'dns-failed':
      return [`DNS did not answer: check dns.servers, then type: ${again}`];
    case 'failing':
    case 'not-verified':
      return [
        ...spfWords(answers),
        `publish the DNS records above, then type: ${again} --wait (or: relayctl domain verify ${answers.domain})`,
      ];
  }
}

/** What a smart host sends is checked by its addresses. RFC 7208. */
function spfWords({ domain, smartHost }: Answers): readonly string[] {
  return smartHost === undefined
    ? []
    : [
        `add what the provider of ${smartHost.host} names, such as include:..., to the SPF record of ${domain}`,
      ];
}

function differenceWords(file: string) {
  return ({ key, wanted, now, variable }: SettledConfiguration['differs'][number]): string => {
    if (variable !== undefined) return `${variable} sets ${now ?? ''}, not ${wanted}: change or unset it`;
    const section = key.includes('.') ? ` in [${key.slice(0, key.lastIndexOf('.'))}]` : '';
    if (key === 'route' && now !== undefined)
      return `${file} has routes of its own (${now}), which are kept: add one to the smart host among them, docs/routes.md`;
    return now === undefined
      ? `add ${wanted.replaceAll('\n', ' / ')}${section} to ${file}, or repeat with --yes or --edit-config`
      : `${file} has ${now}${section}, which is kept: change it there if you want ${wanted}`;
  };
}

function startWords({ relay, configFile, takenOver }: RelayFacts): readonly string[] {
  const config = ` --config ${shellWord(configFile)}`;
  if (relay === undefined)
    return [`start the server: systemctl start relayd (package), or npx relayd${config}`];
  if (relay.configFile !== undefined && relay.configFile !== configFile)
    return [
      `relayd (pid ${relay.pid}) runs with ${relay.configFile ?? 'no configuration file'}: restart it with${config}`,
    ];
  if (takenOver?.kind === 'not')
    return [
      `reload the configuration: systemctl reload relayd, or kill -HUP ${relay.pid}, then check: relayctl status`,
    ];
  const waiting = takenOver?.needsRestart ?? [];
  if (waiting.length === 0) return [];
  const socket = waiting.includes('inbound.listen')
    ? '; with the package the port is opened by systemd, so first: systemctl enable relayd-smtp.socket'
    : '';
  return [`restart relayd for ${waiting.join(', ')}: systemctl restart relayd${socket}`];
}

function messageWords(
  { answers, test }: Journey,
  verified: boolean,
  runs: boolean,
  again: string,
): readonly string[] {
  if (test === undefined)
    return verified && runs
      ? [`send a test message: relayctl send --from ${answers.from} --to you@elsewhere.example`]
      : [];
  if (test.kind === 'sent' && !test.delivered)
    return [`see what became of the message: relayctl message trace ${test.message.facts.id}`];
  return test.kind === 'not-sent' && verified ? [`then send the test message: ${again}`] : [];
}

/** `configFile` `undefined`: relayctl finds it by itself. */
function againWords({ domain, to, credentialName }: Answers, configFile: string | undefined): string {
  const name = credentialName === domain ? '' : ` --name ${shellWord(credentialName)}`;
  return `relayctl quickstart ${domain}${to === undefined ? '' : ` --to ${shellWord(to)}`}${name}${configFile === undefined ? '' : ` --config ${shellWord(configFile)}`}`;
}
