/** `relayctl certificate renew`: relayd orders certificates by ACME now, and what came of it. */
import type { Renewal } from '../../acme/acme-service.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { assertNever } from '../../platform/assert.ts';
import { visible } from '../../platform/visible-text.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { domainName } from '../input/lookup.ts';
import { wordsOf } from '../own-checks.ts';

export const certificateRenew: CommandSpec = {
  path: 'certificate renew',
  summary: 'Order certificates by ACME now, and say what came of it',
  arguments: '[name]',
  details:
    'relayd renews by itself; this is for after a failure that was mended. It needs a running relayd and acme.enabled. ' +
    'Authorities limit orders: four an hour for a name, and none before the time that the authority has named. ' +
    'Exit code 1 unless every certificate was issued.',
  examples: [
    { type: 'certificate renew', does: 'every name of acme.names' },
    { type: 'certificate renew mail.example.com', does: 'one of them' },
    { type: 'certificate renew --json', does: 'one object a name' },
  ],
  run: renew,
};

async function renew(context: CommandContext, input: CommandInput): Promise<void> {
  const { services, config } = context;
  const [given] = input.arguments;
  const name = given === undefined ? undefined : domainName(given);
  const asked = await services.ask(config, { operation: 'certificate-renew', name });
  if (asked.kind === 'failed') throw new CliFailure(asked.error.code, asked.error.message);
  if (asked.kind === 'unreachable') {
    const down = asked.because === 'left-behind' || services.runningRelay(config) === undefined;
    throw new CliFailure(
      'not-running',
      down
        ? 'relayd is not running: certificates are ordered by it'
        : `relayd cannot be asked: ${wordsOf(asked).why}`,
      { hint: down ? 'start it' : wordsOf(asked).remedy },
    );
  }
  const { renewals } = asked.answer;
  if (renewals.some(({ kind }) => kind !== 'issued')) context.exitCode = 1;
  for (const renewal of renewals)
    if (context.global.json) await context.printJsonLine(renewalJson(renewal));
    else context.print(renewalLines(context, renewal));
}

function renewalJson(renewal: Renewal): object {
  const { name, kind } = renewal;
  return {
    name,
    result: kind,
    not_after: kind === 'issued' ? timestamp(renewal.notAfterMs) : null,
    detail: kind === 'failed' ? renewal.detail : null,
    remedy: kind === 'failed' ? renewal.remedy : null,
    not_before: kind === 'waits' ? timestamp(renewal.untilMs) : null,
  };
}

function renewalLines({ paint }: CommandContext, renewal: Renewal): string {
  const name = visible(renewal.name);
  switch (renewal.kind) {
    case 'issued':
      return `${paint.good('✓')} ${name}: issued, valid until ${timestamp(renewal.notAfterMs)}`;
    case 'failed':
      return `${paint.bad('✗')} ${name}: ${visible(renewal.detail)}\n  ${paint.name('do:')} ${visible(renewal.remedy)}`;
    case 'waits':
      return `${paint.warn('!')} ${name}: no order before ${timestamp(renewal.untilMs)}, for the authority limits them`;
    default:
      return assertNever(renewal);
  }
}
