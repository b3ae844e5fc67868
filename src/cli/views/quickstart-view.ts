/** The steps of quickstart for the eyes, and all of it as one JSON document. */
import type { Verification } from '../../admin/domain-check.ts';
import { credentialJson, newCredentialJson } from '../../api-json/credential-json.ts';
import { domainJson } from '../../api-json/domain-json.ts';
import { messageJson } from '../../api-json/message-json.ts';
import { visible } from '../../platform/visible-text.ts';
import type { CheckResult } from '../../policy/checks/registry.ts';
import { wrap } from '../output/display-width.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { Access } from '../quickstart/access.ts';
import type { SettledConfiguration } from '../quickstart/configuration.ts';
import type { FirstMessage } from '../quickstart/first-message.ts';
import type { MachineView } from '../quickstart/machine.ts';
import type { TakeOver } from '../quickstart/take-over.ts';
import type { Journey, NextSteps } from '../quickstart/next-steps.ts';
import { renderTrace } from '../trace/render-trace.ts';
import { gatherTraceFacts } from '../trace/trace-facts.ts';
import { checkJson } from './check-view.ts';
import { renderAccess } from './credential-view.ts';

const WIDTH_WITHOUT_TERMINAL = 100;

export function renderConfiguration(
  { paint }: CommandContext,
  { file, written, lines, differs }: SettledConfiguration,
  takenOver: TakeOver | undefined,
): string {
  const head = paint.bold('1. Configuration');
  const good = paint.good(paint.sign.good);
  const done = written
    ? `  ${good} wrote ${visible(file)}`
    : `  ${good} ${visible(file)} exists and is unchanged`;
  const added = lines.map((line) => `      + ${visible(line)}`);
  const relayd =
    takenOver === undefined
      ? []
      : takenOver.kind === 'taken'
        ? [`  ${good} relayd (pid ${takenOver.pid}) has taken it over`]
        : [`  ${paint.warn('!')} relayd has not taken it over: ${visible(takenOver.why)}`];
  const left = differs.flatMap(({ wanted, now }) => [
    ...(now === undefined ? [] : [`      - ${visible(now)}`]),
    ...wanted.split('\n').map((line) => `      + ${visible(line)}`),
  ]);
  const note = left.length === 0 ? [] : [`  ${paint.warn('!')} differs (- in force, + wanted):`, ...left];
  return [head, done, ...added, ...relayd, ...note, ''].join('\n');
}

export function renderMachine(context: CommandContext, { checks, deliverability }: MachineView): string {
  const { paint } = context;
  const sign = ({ ok, remedy, unknown }: CheckResult) =>
    !ok
      ? paint.bad(paint.sign.bad)
      : remedy !== undefined || unknown === true
        ? paint.warn('!')
        : paint.good(paint.sign.good);
  const lines = checks.flatMap((check) => {
    const { name, detail, remedy } = check;
    const said = indented(context, `${name}: ${detail}`, 4);
    const todo = remedy === undefined ? [] : indented(context, `do: ${remedy}`, 6);
    return [`  ${sign(check)} ${said.join('\n').trimStart()}`, ...todo];
  });
  const { canDeliver, verdict, steps } = deliverability;
  const brush = canDeliver === false ? paint.bad : canDeliver === true ? paint.good : paint.warn;
  const judged = indented(context, verdict, 2).map(brush);
  const todo = canDeliver === true ? [] : steps.flatMap((step) => indented(context, `- ${step}`, 4));
  return [paint.bold('2. This machine'), ...lines, '', ...judged, ...todo, ''].join('\n');
}

export async function renderAccessStep(context: CommandContext, access: Access): Promise<string> {
  const { paint } = context;
  const { domain, domainAdded, credential, secret } = access;
  const good = paint.good(paint.sign.good);
  const words = domainAdded ? 'was added with its DKIM keys' : 'exists with its DKIM keys';
  const head = `${paint.bold('3. Domain and credential')}\n  ${good} ${domain.name} ${words}`;
  if (secret !== undefined) {
    const shown = await renderAccess(context, credential, secret, 'Added');
    return `${head}\n${shown.replace(/^(?=.)/gm, '  ')}`;
  }
  const user = credential.username === undefined ? '' : `, user name ${credential.username}`;
  return (
    `${head}\n  ${good} credential ${visible(credential.name)} exists${user}; its password was shown when it was added\n` +
    `      (for a new password: relayctl credential rotate ${credential.id})\n`
  );
}

/** `zone`: empty where it was shown before. */
export function renderRecordsStep(
  context: CommandContext,
  { domain, records, outcome }: Verification,
  zone: string,
): string {
  const { paint } = context;
  const there = records.filter(({ status }) => status === 'ok').length;
  const state =
    outcome === 'verified'
      ? `${paint.good(paint.sign.good)} ${domain.name} is verified: its DKIM records are published`
      : outcome === 'dns-failed'
        ? `${paint.bad(paint.sign.bad)} DNS did not answer for the records of ${domain.name}`
        : outcome === 'elsewhere'
          ? `${paint.bad(paint.sign.bad)} another account was verified with ${domain.name} first`
          : outcome === 'failing'
            ? `${paint.bad(paint.sign.bad)} ${domain.name} is verified, but its DKIM records are missing or different now`
            : `${paint.warn(paint.sign.waiting)} ${domain.name} is not verified yet`;
  const head = `${paint.bold('4. DNS records')}\n  ${state} (${there} of ${records.length} records are correct)\n`;
  return zone === '' ? head : `${head}\n  Publish this block (zone file format):\n\n${zone}`;
}

export async function renderMessage(context: CommandContext, test: FirstMessage): Promise<string> {
  const { paint } = context;
  const head = paint.bold('5. The first message');
  if (test.kind === 'not-sent') return `${head}\n  ${paint.warn('!')} not sent: ${visible(test.why)}\n`;
  const facts = await gatherTraceFacts(context, test.message);
  return `${head}\n\n${renderTrace(facts, { paint, columns: context.io.columns })}`;
}

export function renderNext(context: CommandContext, { ready, steps }: NextSteps): string {
  const { paint } = context;
  const head = ready ? `${paint.good(paint.sign.good)} ${paint.bold('Ready.')}` : paint.bold('Next');
  const numbered = steps.flatMap((step) => indented(context, `- ${step}`, 2));
  return [head, ...numbered].join('\n');
}

export function quickstartJson(
  context: CommandContext,
  journey: Journey,
  next: NextSteps,
  domain: Parameters<typeof domainJson>[1],
): object {
  const { configuration, machine, access, records, zone, test } = journey;
  const { credential, secret } = access;
  const { canDeliver, verdict, steps } = machine.deliverability;
  return {
    ...domainJson(records.domain, domain, records.records),
    hostname: context.config.hostname,
    ready: next.ready,
    configuration: {
      file: configuration.file,
      written: configuration.written,
      differs: configuration.differs.map(({ key, wanted, now }) => ({ key, wanted, now: now ?? null })),
    },
    checks: machine.checks.map((check) => checkJson({ ...check, sinceMs: undefined })),
    can_deliver: canDeliver ?? null,
    verdict,
    remedies: steps,
    credential: {
      added: secret !== undefined,
      ...(secret === undefined
        ? credentialJson(credential, undefined)
        : newCredentialJson(credential, secret)),
    },
    zone,
    test:
      test === undefined
        ? null
        : test.kind === 'sent'
          ? {
              sent: true,
              settled: test.settled,
              delivered: test.delivered,
              message: messageJson(test.message),
            }
          : { sent: false, reason: test.why },
    next: next.steps,
  };
}

/** Wrapped to the terminal, each line behind `columns` of space. */
function indented({ io }: CommandContext, text: string, columns: number): readonly string[] {
  const width = (io.columns ?? WIDTH_WITHOUT_TERMINAL) - columns - 2;
  const space = ' '.repeat(columns);
  return wrap(visible(text), width).map((line, index) =>
    index > 0 && text.startsWith('- ') ? `${space}  ${line}` : `${space}${line}`,
  );
}
