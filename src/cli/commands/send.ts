/**
 * `relayctl send`: a test message through the running server, by SMTP as an application would, and what becomes of
 * it. The login for it lives a minute and is revoked as soon as the message is in.
 */
import { delay } from '../../platform/clock.ts';
import { base32, makeId } from '../../platform/ids.ts';
import { makeSecret } from '../../platform/secret-box.ts';
import { isFinal } from '../../policy/delivery-state.ts';
import { formatMailbox } from '../../smtp/address.ts';
import type { Account, Credential, MessageView } from '../../store/records.ts';
import { CliFailure } from '../cli-failure.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandInput, CommandSpec } from '../command-spec.ts';
import { SEND_NAME_PREFIX } from '../credential-view.ts';
import { domainMeant, findMessage } from '../lookup.ts';
import { mailboxOf } from '../options.ts';
import { visible } from '../../platform/visible-text.ts';
import { span } from '../output/time-words.ts';
import type { RunningRelay, SubmitReply, SubmissionListener } from '../services.ts';
import { messageShape } from '../../shape/message-shape.ts';
import { renderTrace } from '../trace/render-trace.ts';
import { gatherTraceFacts } from '../trace/trace-facts.ts';
import { stateCounts } from './message-list.ts';

export const send: CommandSpec = {
  path: 'send',
  summary: 'Send a test message through the running server and show what becomes of it',
  details:
    'Goes in by SMTP with TLS and a login, like the mail of an application, and waits until it is delivered or not. ' +
    'Exits with 1 when it was refused, did not arrive, or is not settled within --timeout.',
  options: [
    { flags: '--from <address>', meaning: 'sender, in a verified domain' },
    { flags: '--to <address>', meaning: 'recipient', repeats: true },
    { flags: '--subject <text>', meaning: 'subject (default: a test)' },
    { flags: '--text <text>', meaning: 'what it says' },
    { flags: '--timeout <duration>', meaning: 'how long to wait for the outcome (default: 60s)' },
  ],
  examples: [
    { type: 'send --from me@example.com --to you@example.org', does: 'a test message' },
    {
      type: 'send --from me@example.com --to you@example.org --subject Hello --text "Is it there?"',
      does: 'with words of your own',
    },
    { type: 'send --from me@example.com --to you@example.org --timeout 5m --json', does: 'for a script' },
  ],
  run: sendTest,
};

const CREDENTIAL_LIFE_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 60_000;
const POLL_MS = 250;

async function sendTest(context: CommandContext, { options }: CommandInput): Promise<void> {
  const from = mailboxOf(options.requiredText('from', 'me@example.com'), '--from');
  const recipients = options.requiredList('to', 'you@example.org');
  const to = recipients.map((text) => formatMailbox(mailboxOf(text, '--to')));
  const timeoutMs = options.durationMs('timeout') ?? DEFAULT_TIMEOUT_MS;
  const relay = context.services.runningRelay(context.config);
  if (relay === undefined) {
    throw new CliFailure('not-running', `relayd is not running on ${context.config.dataDir}`, {
      hint: 'start it: relayd (with the same --config)',
    });
  }
  const message = {
    from: formatMailbox(from),
    to,
    subject: options.text('subject') ?? 'A test of Postern',
    text: options.text('text') ?? `This message was sent with relayctl send through ${relay.hostname}.`,
  };
  const submitted = await submitWithTemporaryLogin(context, relay, from.domain, message);
  const id = /\bmsg_[0-9a-z]{20,}\b/.exec(submitted.reply)?.[0];
  if (id === undefined)
    throw new CliFailure('no-id', `the relay took the message without an id: ${submitted.reply}`);
  report(context, submitted);
  await showOutcome(context, id, timeoutMs, submitted.refused.length);
}

async function submitWithTemporaryLogin(
  context: CommandContext,
  relay: RunningRelay,
  domain: string,
  message: { from: string; to: readonly string[]; subject: string; text: string },
): Promise<SubmitReply> {
  const { services } = context;
  const writer = await context.writer();
  const { credential, password } = makeCredential(context, accountOf(context, domain), message.from);
  await writer.directory.addCredential(credential, services.actor);
  try {
    return await services.submit({
      listener: chooseListener(relay),
      serverName: relay.hostname,
      username: credential.username ?? '',
      password,
      ...message,
    });
  } finally {
    await writer.directory.revokeCredential(credential.id, context.nowMs, services.actor);
  }
}

/** The account that owns the sender's domain, unless one was named. */
function accountOf(context: CommandContext, domain: string): Account {
  const owner = domainMeant(context, domain)?.accountId;
  const found = context.reader.listAccounts().find(({ id }) => id === owner);
  return context.global.account === undefined && found !== undefined ? found : context.account();
}

function makeCredential(
  context: CommandContext,
  account: Account,
  from: string,
): { credential: Credential; password: string } {
  const { services, nowMs } = context;
  const password = makeSecret(services.random);
  const username = `${SEND_NAME_PREFIX}${base32(services.random.bytes(10))}`;
  const credential: Credential = {
    id: makeId('crd_', nowMs, services.random),
    accountId: account.id,
    accountName: account.name,
    kind: 'smtp',
    name: username,
    username,
    secretHash: services.openSecretBox(context.config).hmac(password),
    networks: [],
    domains: [],
    fromAddresses: [from],
    scopes: ['send'],
    stream: 'transactional',
    ratePerMinute: undefined,
    dailyQuota: undefined,
    requireTls: false,
    sendDsn: false,
    expiresAtMs: nowMs + CREDENTIAL_LIFE_MS,
    revokedAtMs: undefined,
    createdAtMs: nowMs,
    version: 0,
  };
  return { credential, password };
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
  if (context.global.json) context.printJson({ ...messageShape(message), settled });
  else {
    const facts = gatherTraceFacts(context, message);
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
    const message = findMessage(context, id);
    if (message.deliveries.every(({ state }) => isFinal(state)) || !goOn()) return message;
    do await delay(services.clock, POLL_MS);
    while (!reader.changed() && goOn());
  }
}
