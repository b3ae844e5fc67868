/** The octets that a host receives, held against what was accepted: nothing added but signatures, nothing missing. */
import type { OutboundTransaction } from '../../src/smtp/client/session.ts';
import type { MessageFacts } from '../../src/store/message-records.ts';
import type { LedgerMessage } from './ledger-entries.ts';

/** What the simulated signer puts on top. */
export function signatureOf(facts: MessageFacts): Buffer {
  return Buffer.from(`DKIM-Signature: simulated for ${facts.id} of ${facts.signingDomain}\r\n`);
}

/** The message that a transaction carries, by what the simulated signer wrote; empty when nobody signed it. */
export async function sentMessageId(transaction: OutboundTransaction): Promise<string> {
  for await (const chunk of transaction.content()) {
    const match = /^DKIM-Signature: simulated for (\S+)/.exec(Buffer.from(chunk).toString('latin1'));
    return match?.[1] ?? '';
  }
  return '';
}

/** Reads the content to its end, or only its beginning. What is wrong with it; `undefined`: nothing. */
export async function readContent(
  transaction: OutboundTransaction,
  message: LedgerMessage | undefined,
  partly: boolean,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of transaction.content()) {
    chunks.push(Buffer.from(chunk));
    if (partly) return undefined;
  }
  const received = Buffer.concat(chunks);
  if (received.length !== transaction.sizeBytes)
    return `${received.length} octets were sent, SIZE said ${transaction.sizeBytes}`;
  if (message === undefined) return undefined;
  const wanted = Buffer.concat([signatureOf(message.facts), message.content]);
  return received.equals(wanted) ? undefined : 'other octets were sent than were accepted';
}
