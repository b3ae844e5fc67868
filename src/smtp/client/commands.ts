/**
 * MAIL and RCPT lines of a transaction for the extensions of this hop, or the reason why it cannot be sent there. No
 * I/O. RFC 5321 §4.1.1.2-3, RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 3461 (DSN), RFC 8689
 * (REQUIRETLS), RFC 6710 (MT-PRIORITY), RFC 2852 (DELIVERBY).
 */
import { encodeXtext, type ForwardPath } from '../envelope.ts';
import type { OutboundTransaction, TransactionResult } from './session.ts';

export interface TransactionCommands {
  readonly kind: 'commands';
  readonly mail: string;
  /** One for each forward-path, in order. */
  readonly rcpts: readonly string[];
}

/** The properties of the hop on which commands depend. */
export interface Hop {
  readonly extensions: ReadonlyMap<string, string>;
  readonly inTls: boolean;
}

type Unsendable = Extract<TransactionResult, { kind: 'unsendable' }>;

/** RFC 3461 §4.2 and §4.4, in characters after encoding; longer values are omitted. */
const MAX_ORCPT = 500;
const MAX_ENVID = 100;

// A path that could end its command or begin another is never sent. Acceptance has parsed every path; this is a
// second check.
const SAFE_PATH = /^(?:[^\x00-\x20\x7f"<>]+|"(?:[^\x00-\x1f\x7f"\\]|\\[\x20-\x7e])*")@[^\x00-\x20\x7f"<>@]+$/;
const NON_ASCII = /[^\x00-\x7f]/;

export function transactionCommands(
  transaction: OutboundTransaction,
  hop: Hop,
): TransactionCommands | Unsendable {
  const { reversePath, forwardPaths } = transaction;
  const refused = refusal(transaction, hop);
  if (refused !== undefined) return refused;
  const dsn = hop.extensions.has('DSN');
  return {
    kind: 'commands',
    mail: `MAIL FROM:<${reversePath}>${mailParameters(transaction, hop)}`,
    rcpts: forwardPaths.map((path) => `RCPT TO:<${path.recipient}>${dsn ? dsnParameters(path) : ''}`),
  };
}

function refusal(transaction: OutboundTransaction, { extensions, inTls }: Hop): Unsendable | undefined {
  const { reversePath, forwardPaths, sizeBytes, requireTls, deliverBy } = transaction;
  if (reversePath !== '' && !SAFE_PATH.test(reversePath))
    return unsendable('5.1.7', 'the reverse-path is malformed');
  const malformed = positions(forwardPaths, ({ recipient }) => !SAFE_PATH.test(recipient));
  if (malformed.length > 0) return unsendable('5.1.3', 'the forward-path is malformed', malformed);

  const limit = Number(extensions.get('SIZE') ?? 0);
  if (limit > 0 && sizeBytes > limit)
    return unsendable('5.3.4', `the message has ${sizeBytes} octets, the remote takes at most ${limit}`);
  if (requireTls && !(inTls && extensions.has('REQUIRETLS')))
    return unsendable('5.7.30', 'the sender requires TLS on every hop, and the remote does not support that');
  const leastSeconds = Number(/^\d{1,9}/.exec(extensions.get('DELIVERBY') ?? '')?.[0] ?? 0);
  if (deliverBy?.mode === 'return' && deliverBy.seconds < leastSeconds)
    return unsendable(
      '5.4.7',
      `it has to arrive within ${deliverBy.seconds} seconds, the remote promises ${leastSeconds}`,
    );
  if (extensions.has('SMTPUTF8')) return undefined;
  if (NON_ASCII.test(reversePath))
    return unsendable('5.6.7', 'the reverse-path is not ASCII, and the remote does not support SMTPUTF8');
  const nonAscii = positions(forwardPaths, ({ recipient }) => NON_ASCII.test(recipient));
  return nonAscii.length === 0
    ? undefined
    : unsendable('5.6.7', 'the address is not ASCII, and the remote does not support SMTPUTF8', nonAscii);
}

function positions(paths: readonly ForwardPath[], test: (path: ForwardPath) => boolean): number[] {
  return paths.flatMap((path, position) => (test(path) ? [position] : []));
}

/** Without `concerned`, or with all recipients: the message cannot be sent at all. */
function unsendable(status: string, text: string, concerned?: readonly number[]): Unsendable {
  return {
    kind: 'unsendable',
    status,
    text,
    ...(concerned === undefined ? {} : { forwardPaths: concerned }),
  };
}

function mailParameters(transaction: OutboundTransaction, { extensions }: Hop): string {
  const { bodyType, sizeBytes, smtpUtf8, requireTls, dsnReturn, envelopeId, priority, deliverBy } =
    transaction;
  let parameters = '';
  if (extensions.has('SIZE')) parameters += ` SIZE=${sizeBytes}`;
  if (extensions.has('8BITMIME') && bodyType === '8bitmime') parameters += ' BODY=8BITMIME';
  if (extensions.has('SMTPUTF8') && (smtpUtf8 || needsUtf8(transaction))) parameters += ' SMTPUTF8';
  if (requireTls) parameters += ' REQUIRETLS';
  if (extensions.has('MT-PRIORITY') && priority !== undefined) parameters += ` MT-PRIORITY=${priority}`;
  if (extensions.has('DELIVERBY') && deliverBy !== undefined) parameters += byParameter(deliverBy);
  if (extensions.has('DSN')) {
    if (dsnReturn !== undefined) parameters += ` RET=${dsnReturn.toUpperCase()}`;
    const envid = envelopeId === undefined ? '' : encodeXtext(envelopeId);
    if (envid !== '' && envid.length <= MAX_ENVID) parameters += ` ENVID=${envid}`;
  }
  return parameters;
}

/** RFC 2852 §4.1: by-time has nine digits. */
const MAX_BY_SECONDS = 999_999_999;

function byParameter({ seconds, mode, trace }: NonNullable<OutboundTransaction['deliverBy']>): string {
  const time = Math.max(-MAX_BY_SECONDS, Math.min(seconds, MAX_BY_SECONDS));
  return ` BY=${time};${mode === 'return' ? 'R' : 'N'}${trace ? 'T' : ''}`;
}

function needsUtf8({ reversePath, forwardPaths }: OutboundTransaction): boolean {
  return NON_ASCII.test(reversePath) || forwardPaths.some(({ recipient }) => NON_ASCII.test(recipient));
}

function dsnParameters({ notify, originalRecipient }: ForwardPath): string {
  let parameters = '';
  if (notify !== undefined && notify.length > 0) parameters += ` NOTIFY=${notify.join(',').toUpperCase()}`;
  const orcpt = originalRecipient === undefined ? undefined : encodeOriginalRecipient(originalRecipient);
  if (orcpt !== undefined && orcpt.length <= MAX_ORCPT) parameters += ` ORCPT=${orcpt}`;
  return parameters;
}

/** `undefined` when `text` is not `type;address`. An address beyond ASCII gets the type utf-8, RFC 6533 §3. */
function encodeOriginalRecipient(text: string): string | undefined {
  const match = /^([A-Za-z0-9-]+);(.+)$/s.exec(text);
  const [, type, address] = match ?? [];
  if (type === undefined || address === undefined) return undefined;
  if (!NON_ASCII.test(address) && type.toLowerCase() !== 'utf-8') return `${type};${encodeXtext(address)}`;
  const escaped = address.replace(
    /[^\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e]/gu,
    (character) => `\\x{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  );
  return `utf-8;${escaped}`;
}
