/**
 * A test message handed in, and followed until it is settled. relayd takes it over its control socket; where that is missing
 * it goes in by SMTP, with a login that is revoked as soon as the message is in.
 */
import { domainMeant, domainsNamed } from '../admin/domain-meant.ts';
import { makeSendLogin } from '../admin/credentials/send-login.ts';
import { delay } from '../platform/clock.ts';
import { isFinal } from '../policy/delivery-state.ts';
import type { Account } from '../store/directory-records.ts';
import type { MessageView } from '../store/views.ts';
import { findMessage } from './input/lookup.ts';
import { wordsOf } from './own-checks.ts';
import { CliFailure } from './program/cli-failure.ts';
import type { CommandContext } from './program/command-context.ts';
import { unlessRefused } from './program/refusal.ts';
import type { RunningRelay, SubmissionListener, SubmitReply } from './program/services.ts';

export interface TestMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export interface HandedIn extends SubmitReply {
  readonly id: string;
}

const POLL_MS = 250;

/** `domain`: of the sender. Throws CliFailure where relayd is down, or refuses it. */
export async function handInMessage(
  context: CommandContext,
  domain: string,
  message: TestMessage,
): Promise<HandedIn> {
  const submitted = await handIn(context, domain, message);
  const id = /\bmsg_[0-9a-z]{20,}\b/.exec(submitted.reply)?.[0];
  if (id === undefined)
    throw new CliFailure('no-id', `the relay took the message without an id: ${submitted.reply}`);
  return { ...submitted, id };
}

/** As it is when all its deliveries are settled, or the time is over, or the user interrupts. */
export async function waitUntilSettled(
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
    while (!(await reader.changed()) && goOn());
  }
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

async function submitBySmtp(
  context: CommandContext,
  relay: RunningRelay,
  domain: string,
  message: TestMessage,
): Promise<SubmitReply> {
  const { services, nowMs } = context;
  const writer = await context.writer();
  const box = await services.openSecretBox(context.config);
  const account = await accountOf(context, domain);
  const login = makeSendLogin(account, message.from, { random: services.random, box, nowMs });
  const { credential, username, password } = unlessRefused(login);
  await writer.directory.addCredential(credential, services.actor);
  try {
    const sent = await services.submit({
      listener: chooseListener(relay),
      serverName: relay.hostname,
      username,
      password,
      ...message,
    });
    const { from, to } = message;
    const subject = [
      /\bmsg_\w+/.exec(sent.reply)?.[0] ?? '',
      'from=',
      { text: from },
      'to=',
      ...to.map((text) => ({ text })),
    ];
    await writer.audit.noteAudit({
      ...{ atMs: context.nowMs, actor: services.actor, action: 'send', subject, account: account.id },
    });
    return sent;
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
