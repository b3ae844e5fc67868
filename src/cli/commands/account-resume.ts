/** `relayctl account resume`: its mail goes out again, after a suspension or after sending health has restricted it. */
import { liftHealth, resumeAccount } from '../../admin/suspensions.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { visible } from '../../platform/visible-text.ts';
import type { HealthState } from '../../store/health.ts';
import { counted } from '../output/time-words.ts';
import { adminContext } from '../program/admin-context.ts';
import { notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { healthWarning, subjectWords } from '../views/health-view.ts';

export const accountResume: CommandSpec = {
  path: 'account resume',
  summary: 'Send mail of an account again that is suspended, or throttled or held by sending health',
  arguments: '<name>',
  details:
    'After a suspension what was held for it is released; what was held before, by an operator or a route, stays held.\n\n' +
    'Where sending health has restricted the account or a stream, that is lifted, all that is held there is released (by hand too, as ' +
    'with relayctl queue release --account NAME), and bounces and complaints are counted anew from the next full hour, so that the ' +
    'same figures do not restrict it again. Repair the cause first. Of an account that is suspended as well this needs --health.',
  options: [
    { flags: '--stream <name>', meaning: 'lift what sending health decided about this stream alone' },
    { flags: '--health', meaning: 'lift what sending health decided too, where the account is suspended' },
  ],
  examples: [
    { type: 'account resume shop', does: 'after suspend, or after it was held for its figures' },
    { type: 'account resume shop --stream news', does: 'one stream that its figures have held' },
    { type: 'account show shop', does: 'whether it is suspended, until when and why' },
  ],
  run: resume,
};

async function resume(
  context: CommandContext,
  { arguments: [name = ''], options }: CommandInput,
): Promise<void> {
  const { reader, nowMs } = context;
  const account = await reader.accountByName(name);
  if (account === undefined) throw await context.noAccount(name);
  const stream = options.text('stream');
  const admin = await adminContext(context);
  const resumed = stream === undefined ? await resumeAccount(account, admin) : undefined;
  const lifts = resumed === undefined || options.flag('health');
  const lifted = lifts ? unlessRefused(await liftHealth(account, stream, admin)) : undefined;
  const states = lifted?.states ?? [];
  if (resumed === undefined && states.length === 0) throw nothingToResume(account.name, stream);
  const released = (resumed?.released ?? 0) + (lifted?.released ?? 0);
  if (context.global.json) {
    context.printJson({ account: account.name, suspended: false, released, lifted: states.map(liftedJson) });
    return;
  }
  if (resumed !== undefined) context.print(`Resumed ${visible(account.name)}.`);
  for (const state of states) context.print(visible(`Lifted: ${subjectWords(state)} ${wasWords(state)}.`));
  context.print(`Released ${counted(released, 'delivery', 'deliveries')}.`);
  if (states.length > 0) context.print('Bounces and complaints are counted anew from the next full hour.');
  for (const left of await reader.healthStates())
    if (left.accountId === account.id && left.level !== 'warn')
      context.note(visible(`still: ${healthWarning(left, nowMs)}`));
}

function nothingToResume(account: string, stream: string | undefined): Error {
  const whole = visible(account);
  return stream === undefined
    ? notFound(
        `the account ${whole} is not suspended, and sending health does not restrict it`,
        `see it: relayctl account show ${whole}`,
      )
    : notFound(
        `sending health does not restrict the stream ${visible(stream)} of ${whole}`,
        'see what it restricts: relayctl health',
      );
}

function wasWords({ level, reason }: HealthState): string {
  const was = level === 'warn' ? 'was close to a limit' : level === 'throttle' ? 'was throttled' : 'was held';
  return `${was} for its figures (${reason})`;
}

function liftedJson({ stream, level, reason, sinceMs }: HealthState): object {
  return { stream: stream === '' ? null : stream, level, reason, since: timestamp(sinceMs) };
}
