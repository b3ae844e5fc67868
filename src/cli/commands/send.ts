/**
 * `relayctl send`: a test message through the running server, and what becomes of it. relayd takes it over its control
 * socket; where that is missing it goes in by SMTP, with a login that is revoked as soon as the message is in.
 */
import { delay } from '../../platform/clock.ts';
import { domainMeant, domainsNamed } from '../../admin/domain-meant.ts';
import { makeSendLogin } from '../../admin/credentials/send-login.ts';
import { isFinal } from '../../policy/delivery-state.ts';
import { formatMailbox } from '../../smtp/address.ts';
import type { Account } from '../../store/directory-records.ts';
import type { MessageView } from '../../store/views.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findMessage } from '../input/lookup.ts';
import { wordsOf } from '../own-checks.ts';
import { mailboxOf } from '../program/options.ts';
import { visible } from '../../platform/visible-text.ts';
import { span } from '../output/time-words.ts';
import type { RunningRelay, SubmitReply, SubmissionListener } from '../program/services.ts';
import { messageJson } from '../../api-json/message-json.ts';
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
const POLL_MS = 250;

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
  const submitted = await handIn(context, from.domain, message);
  const id = /\bmsg_[0-9a-z]{20,}\b/.exec(submitted.reply)?.[0];
  if (id === undefined)
    throw new CliFailure('no-id', `the relay took the message without an id: ${submitted.reply}`);
  report(context, submitted);
  await showOutcome(context, id, timeoutMs, submitted.refused.length);
}

/** By the control socket; where relayd runs and cannot be asked, by SMTP. */
async function handIn(context: CommandContext, domain: string, message: TestMessage): Promise<SubmitReply> {
  const { services, config, global } = context;
  const request = { operation: 'send', ...message, account: global.account, actor: services.actor } as const;
  const asked = await services.ask(config, request);
  switch (asked.kind) {
    case 'answered': {
      const { id, reply } = asked.answer;
      if (id === undefined) throw new CliFailure('refused', `the relay refused the message: ${reply}`);
      return { reply, refused: [] };
    }
    case 'failed':
      throw new CliFailure(asked.error.code, `relayd did not take the message: ${asked.error.message}`);
    case 'unreachable': {
      const relay = asked.because === 'left-behind' ? undefined : services.runningRelay(config);
      if (relay === undefined)
        throw new CliFailure('not-running', `relayd is not running on ${config.dataDir}`, {
          hint: 'start it: relayd (with the same --config)',
        });
      // It may have been taken: a second one would be sent twice.
      const { why, remedy } = wordsOf(asked);
      if (asked.because === 'no-answer')
        throw new CliFailure('no-answer', `relayd: ${why}`, { hint: remedy });
      context.note(`relayd cannot be asked (${why}): handing the message in by SMTP; fix: ${remedy}`);
      return await submitBySmtp(context, relay, domain, message);
    }
  }
}

interface TestMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

async function submitBySmtp(
  context: CommandContext,
  relay: RunningRelay,
  domain: string,
  message: TestMessage,
): Promise<SubmitReply> {
  const { services, nowMs } = context;
  const writer = await context.writer();
  const box = await services.openSecretBox(context.config);
  const login = makeSendLogin(await accountOf(context, domain), message.from, {
    random: services.random,
    box,
    nowMs,
  });
  const { credential, username, password } = login;
  await writer.directory.addCredential(credential, services.actor);
  try {
    return await services.submit({
      listener: chooseListener(relay),
      serverName: relay.hostname,
      username,
      password,
      ...message,
    });
  } finally {
    await writer.directory.revokeCredential(credential.id, context.nowMs, services.actor);
  }
}

/** The account that owns the sender's domain, unless one was named. */
async function accountOf(context: CommandContext, domain: string): Promise<Account> {
  if (context.global.account !== undefined) return context.account();
  const domains = await domainsNamed(context.reader, await context.accounts(), domain);
  return domainMeant(domains)?.account ?? (await context.account());
}

function chooseListener({ submission }: RunningRelay): SubmissionListener {
  const listener = submission.find(({ tls }) => tls === 'starttls') ?? submission[0];
  if (listener === undefined) {
    throw new CliFailure('no-listener', 'relayd has no submission listener', {
      hint: 'set submission.listen: relayctl config show submission',
    });
  }
  return listener;
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

async function waitUntilSettled(
  context: CommandContext,
  id: string,
  timeoutMs: number,
): Promise<MessageView> {
  const { reader, services } = context;
  const endMs = services.clock.monotonic() + timeoutMs;
  const goOn = () => services.clock.monotonic() < endMs && !context.io.interrupted.aborted;
  for (;;) {
    const message = await findMessage(context, id);
    if (message.deliveries.every(({ state }) => isFinal(state)) || !goOn()) return message;
    do await delay(services.clock, POLL_MS);
    while (!reader.changed() && goOn());
  }
}
