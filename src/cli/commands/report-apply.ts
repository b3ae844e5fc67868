/** `relayctl report apply`: applies an unverified report as if it had been verified. */
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findMessage, findReport } from '../input/lookup.ts';
import { mailboxOf } from '../program/options.ts';
import { unlessRefused } from '../program/refusal.ts';
import { formatMailbox } from '../../smtp/address.ts';

export const reportApply: CommandSpec = {
  path: 'report apply',
  summary: 'Apply an unverified report, as if it had been verified',
  arguments: '<id>',
  details:
    'The delivery may become bounced, the address may be suppressed, and a DSN may be sent. Look at it first: report show. ' +
    'A bounce of a message with several recipients at one destination suppresses none of them.',
  options: [
    { flags: '--message <id>', meaning: 'the message, if the report does not name it' },
    { flags: '--recipient <address>', meaning: 'the recipient, if the report does not name it' },
  ],
  examples: [
    { type: 'report apply rpt_01k9q3...', does: 'on the message that it names; asks first' },
    {
      type: 'report apply rpt_01k9q3... --message msg_01k9q2... --recipient bob@example.net --yes',
      does: 'on the message and recipient that you name',
    },
  ],
  run: apply,
};

async function apply(context: CommandContext, { arguments: args, options }: CommandInput): Promise<void> {
  const kept = await findReport(context, args[0] ?? '');
  const message = options.text('message');
  const recipient = options.text('recipient');
  const word = {
    messageId: message === undefined ? undefined : (await findMessage(context, message)).facts.id,
    recipient: recipient === undefined ? undefined : formatMailbox(mailboxOf(recipient, '--recipient')),
  };
  // The reader of reports is loaded only when it is used: it would slow down every other command.
  const { applyUnverifiedReport, reportEffect } = await import('../../admin/reports.ts');
  const { reader, config, bounceRules, services } = context;
  const { clock, random } = services;
  const facts = { reader, config, bounceRules, clock, random };
  const effect = await reportEffect(kept, word, facts);
  const show = `look at it: relayctl report show ${kept.id}`;
  const hints = {
    unreadable: show,
    'no-effect': show,
    'not-found': show,
    'not-settled': `see: relayctl message trace ${word.messageId ?? kept.messageId ?? ''}`,
  };
  const { messageId } = unlessRefused(effect, hints);
  await context.confirm(`Apply the ${kept.kind} ${kept.id} to message ${messageId}`);
  const applied = await applyUnverifiedReport(kept, word, { ...facts, ...(await adminContext(context)) });
  const { changed } = unlessRefused(applied, hints);
  if (context.global.json) context.printJson({ id: kept.id, message_id: messageId, changed });
  else if (changed === 0) context.print('Nothing was changed: it was written before.');
  else context.print(`Applied to message ${messageId}: relayctl message trace ${messageId}`);
}
