/**
 * Mail to the operator, as a message of the relay itself in the ordinary queue: with the null reverse-path, so it causes no
 * DSN; in its own account (store/operator-account.ts), so that no tenant sees it; in no statistics and no sending health;
 * signed with the keys of the holder of the From domain. It expires after a day. RFC 3834 §5.
 */
import { composeMessage } from '../../compose/compose-message.ts';
import type { Config } from '../../config/config.ts';
import { bodyHashOf } from '../../dkim/body-hash.ts';
import { messageIdFor } from '../../message/fix-ups.ts';
import { assert } from '../../platform/assert.ts';
import type { Clock } from '../../platform/clock.ts';
import { makeId } from '../../platform/ids.ts';
import type { Random } from '../../platform/random.ts';
import { formatMailbox, isMailbox, needsSmtpUtf8, parseMailbox, type Mailbox } from '../../smtp/address.ts';
import type { DirectoryReader, DirectoryWriter } from '../../store/directory.ts';
import { ensureOperatorAccount, OPERATOR_ACCOUNT } from '../../store/operator-account.ts';
import { deliveryOfOwnMail, FACTS_OF_OWN_MAIL } from '../../store/own-mail.ts';
import type { Spool } from '../../store/spool.ts';

export interface OperatorMailContext {
  /** Live (config/live-config.ts), with `operator.mail`. */
  readonly config: Pick<Config, 'hostname' | 'operator' | 'delivery'>;
  readonly reader: Pick<DirectoryReader, 'accountByName'>;
  readonly directory: Pick<DirectoryWriter, 'addAccount'>;
  readonly spool: Pick<Spool, 'accept'>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface OperatorMail {
  readonly subject: string;
  readonly text: string;
  /** `undefined`: text alone. */
  readonly html: string | undefined;
}

/** A notice is no news after that. */
const MAX_AGE_MS = 86_400_000;
const STREAM = 'transactional';

/** Resolves to the message's id when it is durable. Rejects with StoreError. */
export async function spoolOperatorMail(mail: OperatorMail, context: OperatorMailContext): Promise<string> {
  const { config, spool, clock, random } = context;
  const to = mailboxOf(config.operator.mail);
  const from = mailboxOf(config.operator.from ?? `postmaster@${config.hostname}`);
  const nowMs = clock.now();
  await ensureOperatorAccount(context.reader, context.directory, nowMs);
  const by = { messageId: makeId('msg_', nowMs, random), hostname: config.hostname, nowMs };
  const bytes = new Uint8Array(
    composeMessage(
      {
        from: { name: `Postern ${config.hostname}`, mailbox: from },
        to: [{ name: '', mailbox: to }],
        cc: [],
        replyTo: [],
        ...mail,
        fields: [['Auto-Submitted', 'auto-generated']],
        attachments: [],
      },
      by,
    ),
  );
  const facts = {
    ...FACTS_OF_OWN_MAIL,
    id: by.messageId,
    accountId: OPERATOR_ACCOUNT.id,
    stream: STREAM,
    messageIdField: messageIdFor(by, from),
    headerFrom: formatMailbox(from),
    subject: mail.subject,
    smtpUtf8: needsSmtpUtf8(from) || needsSmtpUtf8(to),
    signingDomain: from.domain,
    acceptedAtMs: nowMs,
    expiresAtMs: nowMs + Math.min(MAX_AGE_MS, config.delivery.maxAgeMs),
    ...contentFacts(bytes),
  };
  const content = { kind: 'whole', bytes } as const;
  await spool.accept({ facts, credentialVersion: undefined, content, deliveries: [deliveryOfOwnMail(to)] });
  return facts.id;
}

function contentFacts(bytes: Uint8Array) {
  const headerSizeBytes = Buffer.from(bytes.buffer).indexOf('\r\n\r\n') + 4;
  const bodyHash = bodyHashOf(bytes.subarray(headerSizeBytes));
  const bodyType = bytes.some((octet) => octet >= 0x80) ? '8bitmime' : '7bit';
  return { headerSizeBytes, sizeBytes: bytes.length, bodyHash, bodyType } as const;
}

function mailboxOf(text: string | undefined): Mailbox {
  const mailbox = parseMailbox(text ?? '');
  assert(isMailbox(mailbox), 'the configuration has checked the address');
  return mailbox;
}
