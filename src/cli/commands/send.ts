/**
 * `relayctl send`: a test message through the running server, and what becomes of it.
 */
import { isFinal } from '../../policy/delivery-state.ts';
import { formatMailbox } from '../../smtp/address.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { mailboxOf } from '../program/options.ts';
import { visible } from '../../platform/visible-text.ts';
import { span } from '../output/time-words.ts';
import type { SubmitReply } from '../program/services.ts';
import { messageJson } from '../../api-json/message-json.ts';
import { handInMessage, waitUntilSettled } from '../follow-message.ts';
import { renderTrace } from '../trace/render-trace.ts';
import { gatherTraceFacts } from '../trace/trace-facts.ts';
import { stateCounts } from './message-list.ts';

export const send: CommandSpec = {
  path: 'send',
  summary: 'Send a test message through the running server and show its outcome',
  details:
    'Submitted to relayd over its socket (relayd.sock in the data folder) or, without the socket, by SMTP with a login that is ' +
    'valid for a minute. The rules are those for the mail of an application. Waits for the outcome. ' +
    'Exit code 1 when it is refused, is not delivered, or has no outcome within --timeout.',
  options: [
    { flags: '--from <address>', meaning: 'sender, in a verified domain' },
    { flags: '--to <address>', meaning: 'recipient', repeats: true },
    { flags: '--subject <text>', meaning: 'subject (default: a test)' },
    { flags: '--text <text>', meaning: 'the text' },
    { flags: '--timeout <duration>', meaning: 'how long to wait for the outcome (default: 60s)' },
  ],
  examples: [
    { type: 'send --from me@example.com --to you@example.org', does: 'a test message' },
    {
      type: 'send --from me@example.com --to you@example.org --subject Hello --text "Is it there?"',
      does: 'with your own subject and text',
    },
    { type: 'send --from me@example.com --to you@example.org --timeout 5m --json', does: 'for a script' },
  ],
  run: sendTest,
};

const DEFAULT_TIMEOUT_MS = 60_000;

async function sendTest(context: CommandContext, { options }: CommandInput): Promise<void> {
  const from = mailboxOf(options.requiredText('from', 'me@example.com'), '--from');
  const recipients = options.requiredList('to', 'you@example.org');
  const to = recipients.map((text) => formatMailbox(mailboxOf(text, '--to')));
  const timeoutMs = options.durationMs('timeout') ?? DEFAULT_TIMEOUT_MS;
  const { services, config } = context;
  const { hostname } = services.runningRelay(config) ?? config;
  const message = {
    from: formatMailbox(from),
    to,
    subject: options.text('subject') ?? 'A test of Postern',
    text: options.text('text') ?? `This message was sent with relayctl send through ${hostname}.`,
  };
  const submitted = await handInMessage(context, from.domain, message);
  report(context, submitted);
  await showOutcome(context, submitted.id, timeoutMs, submitted.refused.length);
}

function report(context: CommandContext, { reply, refused }: SubmitReply): void {
  if (context.global.json) return;
  const { paint } = context;
  context.print(`${paint.good(paint.sign.good)} handed in: ${visible(reply)}`);
  for (const { recipient, reply: why } of refused)
    context.print(`${paint.bad(paint.sign.bad)} ${visible(recipient)} was refused: ${visible(why)}`);
}

async function showOutcome(
  context: CommandContext,
  id: string,
  timeoutMs: number,
  refusedCount: number,
): Promise<void> {
  const message = await waitUntilSettled(context, id, timeoutMs);
  const settled = message.deliveries.every(({ state }) => isFinal(state));
  if (context.global.json) context.printJson({ ...messageJson(message), settled });
  else {
    const facts = await gatherTraceFacts(context, message);
    context.print('\n' + renderTrace(facts, { paint: context.paint, columns: context.io.columns }));
  }
  const hint = `see it again: relayctl message trace ${id}`;
  if (!settled)
    throw new CliFailure('timeout', `not settled within ${span(timeoutMs)}: ${stateCounts(message)}`, {
      hint,
    });
  if (refusedCount > 0 || message.deliveries.some(({ state }) => state !== 'delivered'))
    throw new CliFailure('not-delivered', `not delivered to everybody: ${stateCounts(message)}`, { hint });
}
