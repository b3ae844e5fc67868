/** A message of the API, from its parts to the spool. The checks of MAIL and RCPT come first. */
import { isPromise } from 'node:util/types';
import type { Composition } from '../compose/composition.ts';
import type { ControlHeaders } from '../message/control-headers.ts';
import { flatMapInTurn } from '../platform/in-turn.ts';
import { removalCommand } from '../policy/suppression-removal.ts';
import { formatMailbox } from '../smtp/address.ts';
import { suppressionKey } from '../smtp/address-keys.ts';
import { reply } from '../smtp/server/replies.ts';
import type { IdempotencyMark } from '../store/idempotency.ts';
import type { Credential } from '../store/directory-records.ts';
import { TemplateEngineError } from '../template/template-engine.ts';
import { acceptMessage, limitRefusal } from './accept-message.ts';
import type { Acceptance } from './acceptance.ts';
import type { NullMxCheck } from './null-mx-check.ts';
import { isRendered } from './message-templates.ts';
import {
  receiveComposed,
  type ApiClient,
  type ApiRecipient,
  type ApiSubmission,
} from './receive-composed.ts';
import { replyToFailure } from './store-failure.ts';
import { chooseStream } from './stream-choice.ts';
import type { Refusal, Verdict } from './submitted-message.ts';

/** A promise only where something has to be waited for. */
type Perhaps<T> = T | undefined | Promise<T | undefined>;

interface Rendering {
  readonly accountId: string;
  readonly template: NonNullable<ControlHeaders['template']>;
  readonly variables: ControlHeaders['variables'];
}

/** Resolves when the message is durable, or to the refusal. `markFor` gets the message id. Never rejects. */
export async function submit(
  submission: ApiSubmission,
  client: ApiClient,
  acceptance: Acceptance,
  markFor?: (messageId: string) => IdempotencyMark,
): Promise<Verdict> {
  const refusal =
    (await refuseRate(client.credential, acceptance)) ??
    (await refuseRecipients(submission, client.credential, acceptance)) ??
    (await refuseNullMx(submission.recipients, acceptance));
  if (refusal !== undefined) return { kind: 'refused', refusal };
  const composition = await fillComposition(submission, client.credential, acceptance);
  if ('because' in composition) return { kind: 'refused', refusal: composition };
  const received = await receiveComposed({ ...submission, composition }, client, acceptance);
  if ('because' in received) return { kind: 'refused', refusal: received };
  const verdict = await acceptMessage(received.message, acceptance, markFor?.(received.message.id));
  if (verdict.kind === 'accepted') received.release();
  else received.abandon();
  return verdict;
}

/** Counts one message against the credential's rate. */
export function refuseRate(credential: Credential, { limits, clock }: Acceptance): Perhaps<Refusal> {
  const refusal = limits.takeMessage(credential, clock.now());
  return isPromise(refusal) ? refusal.then(limitRefusal) : limitRefusal(refusal);
}

/** Number and suppression of recipients, as at RCPT. */
export function refuseRecipients(
  submission: ApiSubmission,
  credential: Credential,
  acceptance: Acceptance,
): Perhaps<Refusal> {
  const { recipients } = submission;
  const { maxRecipients, suppressedRecipients } = acceptance.config.submission;
  if (recipients.length > maxRecipients) {
    const text = `Too many recipients: the limit is ${maxRecipients} a message`;
    return { because: 'recipient', reply: reply(452, '4.5.3', text), field: 'to' };
  }
  return suppressedRecipients === 'accept' ? undefined : refuseSuppressed(submission, credential, acceptance);
}

async function refuseSuppressed(
  submission: ApiSubmission,
  credential: Credential,
  { directory, clock }: Acceptance,
): Promise<Refusal | undefined> {
  const { accountId, accountName } = credential;
  const name = await nameOfStream(submission, credential, directory);
  for (const { mailbox, field } of submission.recipients) {
    const suppression = await directory.suppressionFor(accountId, name, suppressionKey(mailbox), clock.now());
    if (suppression === undefined) continue;
    const address = formatMailbox(mailbox);
    const fix = removalCommand(address, suppression, accountName);
    const text = `<${address}> is suppressed (${suppression.reason}); fix: ${fix}`;
    return { because: 'recipient', reply: reply(550, '5.7.1', text), field };
  }
  return undefined;
}

async function nameOfStream(
  { composition, control }: ApiSubmission,
  credential: Credential,
  directory: Acceptance['directory'],
): Promise<string> {
  const { domain } = composition.from.mailbox;
  const stream = await chooseStream(control.stream, domain, credential, directory);
  return stream?.name ?? control.stream ?? credential.stream;
}

/** Suppressed recipients as known here; the store decides at acceptance. */
export async function suppressedRecipients(
  submission: ApiSubmission,
  credential: Credential,
  { directory, clock }: Pick<Acceptance, 'directory' | 'clock'>,
): Promise<readonly string[]> {
  const { accountId } = credential;
  const name = await nameOfStream(submission, credential, directory);
  return await flatMapInTurn(submission.recipients, async ({ mailbox }) => {
    const found = await directory.suppressionFor(accountId, name, suppressionKey(mailbox), clock.now());
    return found === undefined ? [] : [formatMailbox(mailbox)];
  });
}

/** Refuses domains with a null MX, as far as known in time (null-mx-check.ts). */
export function refuseNullMx(recipients: readonly ApiRecipient[], { nullMx }: Acceptance): Perhaps<Refusal> {
  return nullMx && refuseWithNullMx(recipients, nullMx);
}

async function refuseWithNullMx(
  recipients: readonly ApiRecipient[],
  nullMx: NullMxCheck,
): Promise<Refusal | undefined> {
  const answers = recipients.map(({ mailbox }) => nullMx.refuses(mailbox.domain));
  // Usually all answers are known and nothing is awaited.
  const known = answers.some(isPromise)
    ? await Promise.all(answers.map(async (answer) => await answer))
    : answers;
  const refused = recipients[known.indexOf(true)];
  if (refused === undefined) return undefined;
  const { mailbox, field } = refused;
  const text = `<${formatMailbox(mailbox)}>: ${mailbox.domain} takes no mail (null MX)`;
  return { because: 'recipient', reply: reply(556, '5.1.10', text), field };
}

/** The parts with the rendered template, if any. Never rejects. */
export function fillComposition(
  { composition, control }: ApiSubmission,
  { accountId }: Credential,
  acceptance: Acceptance,
): Composition | Promise<Composition | Refusal> {
  const { template, variables } = control;
  return template === undefined
    ? composition
    : renderComposition(composition, { accountId, template, variables }, acceptance);
}

async function renderComposition(
  composition: Composition,
  { accountId, template, variables }: Rendering,
  { templates, log }: Acceptance,
): Promise<Composition | Refusal> {
  try {
    const rendered = await templates.render(accountId, template, variables);
    if (!isRendered(rendered)) {
      const { field, refusal } = rendered;
      return { because: 'template', reply: reply(554, '5.6.0', refusal), field };
    }
    const { subject, text, html } = rendered;
    return { ...composition, text, html, subject: subject ?? composition.subject };
  } catch (error) {
    const failure = replyToFailure(error, template.name, log);
    if (error instanceof TemplateEngineError && error.code === 'held')
      return { because: 'limit', reply: failure, retryAfterSeconds: error.retryAfterSeconds };
    return { because: 'failure', reply: failure };
  }
}
