/** `relayctl report apply`: a kept report has the effect that it would have had, on the operator's word. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { CliFailure, notFound, usage } from '../program/cli-failure.ts';
import { findMessage, findReport } from '../input/lookup.ts';
import { mailboxOf } from '../program/options.ts';
import { formatMailbox } from '../../smtp/address.ts';
import { silentLog } from '../../platform/log.ts';
import type { UnverifiedReportContent } from '../../store/reports.ts';
import type { KeptChanges } from '../../inbound/apply-kept.ts';

export const reportApply: CommandSpec = {
  path: 'report apply',
  summary: 'Apply an unverified report, as if it had been verified',
  arguments: '<id>',
  details:
    'The delivery may become bounced, the address suppressed, the sender told. Look at it first: report show. ' +
    'A bounce of a message with several recipients at one destination suppresses none of them.',
  options: [
    { flags: '--message <id>', meaning: 'the message that it is about, where the report does not name it' },
    { flags: '--recipient <address>', meaning: 'the recipient that it is about, where it does not say' },
  ],
  examples: [
    { type: 'report apply rpt_01k9q3...', does: 'on the message that it names; asks first' },
    {
      type: 'report apply rpt_01k9q3... --message msg_01k9q2... --recipient bob@example.net --yes',
      does: 'on the message and recipient that you name',
    },
  ],
  run: applyReport,
};

async function applyReport(
  context: CommandContext,
  { arguments: args, options }: CommandInput,
): Promise<void> {
  const kept = await findReport(context, args[0] ?? '');
  const message = options.text('message');
  const recipient = options.text('recipient');
  const word = {
    messageId: message === undefined ? undefined : (await findMessage(context, message)).facts.id,
    recipient: recipient === undefined ? undefined : formatMailbox(mailboxOf(recipient, '--recipient')),
  };
  // The reader of reports is loaded only when it is used: it would slow down every other command.
  const { changesOfKept } = await import('../../inbound/apply-kept.ts');
  const found = await changesOfKept(kept, word, applyContext(context));
  const { changes, messageId } = applicable(kept, found);
  await context.confirm(`Apply the ${kept.kind} ${kept.id} to message ${messageId}`);
  const writer = await context.writer();
  const { written } = await writer.reports.applyKeptReport(kept.id, changes, context.services.actor);
  if (context.global.json) context.printJson({ id: kept.id, message_id: messageId, changed: written });
  else if (written === 0) context.print('Nothing was changed: it was written before.');
  else context.print(`Applied to message ${messageId}: relayctl message trace ${messageId}`);
}

function applyContext({ reader, services, config }: CommandContext) {
  const { hostname, delivery, suppression } = config;
  const { clock, random } = services;
  return {
    messages: reader,
    content: reader,
    directory: reader,
    rules: services.loadBounceRules(config),
    softBounces: suppression.softBounces,
    hostname,
    maxAgeMs: delivery.maxAgeMs,
    clock,
    random,
    log: silentLog,
  };
}

/** Throws where there is nothing to apply. */
function applicable(
  kept: UnverifiedReportContent,
  found: KeptChanges,
): Extract<KeptChanges, { kind: 'changes' }> {
  const show = `look at it: relayctl report show ${kept.id}`;
  switch (found.kind) {
    case 'unreadable':
      throw new CliFailure('unreadable', `the report ${kept.id} could not be read when it came`, {
        hint: show,
      });
    case 'no-message':
      throw usage(`the report ${kept.id} names no message of its account`, 'add: --message msg_...');
    case 'unknown-message':
      throw notFound(`there is no message ${found.messageId} in account ${kept.accountName}`, show);
    case 'changes':
      if (found.tooEarly)
        throw new CliFailure('not-settled', `the message ${found.messageId} is still being delivered`, {
          hint: `see: relayctl message trace ${found.messageId}`,
        });
      if (found.changes.length === 0 && found.unmatched > 0)
        throw usage(
          `the report ${kept.id} does not say which recipient of ${found.messageId} it is about`,
          'add: --recipient ADDRESS',
        );
      if (found.changes.length === 0)
        throw new CliFailure('no-effect', `nothing follows from the report ${kept.id}`, { hint: show });
      return found;
  }
}
