/**
 * The credential of a transaction: the login, otherwise a network credential that lists the client and may use the
 * reverse-path. Decided at MAIL, and again when the credential was changed before the message is stored.
 */
import { refuseEnvelopeDomain } from '../policy/sender-authorization.ts';
import type { SmtpPeer } from '../smtp/server/server-session.ts';
import { STORE_UNAVAILABLE } from '../smtp/server/replies.ts';
import type { Mailbox } from '../smtp/address.ts';
import type { Reply } from '../smtp/reply.ts';
import type { Credential } from '../store/directory-records.ts';
import { replyOf } from '../intake/accept-message.ts';
import { senderFacts } from '../intake/sender-facts.ts';
import type { Refusal } from '../intake/submitted-message.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import type { Refused, Standing } from '../intake/credential-standing.ts';
import * as loginReplies from '../intake/login-replies.ts';
import type { MailTransaction } from './transaction.ts';

type Peer = Pick<SmtpPeer, 'id' | 'address' | 'tls'>;

/** The login, or every network credential that lists the client. */
export async function candidatesFor(
  login: Credential | undefined,
  peer: Peer,
  { authenticator, log }: Acceptance,
): Promise<{ readonly credentials: readonly Credential[] } | Refused> {
  try {
    if (login !== undefined) {
      const standing = await authenticator.standing(login, peer.address);
      return 'refusal' in standing ? standing : { credentials: [standing.credential] };
    }
    const credentials = await authenticator.networkCredentials(peer.address);
    if (credentials.length > 0) return { credentials };
    const inClear = peer.tls === undefined;
    return { refusal: inClear ? loginReplies.AUTH_REQUIRED_IN_CLEAR : loginReplies.AUTH_REQUIRED };
  } catch (error) {
    log.error('credentials cannot be looked up', { session: peer.id, reason: String(error) });
    return { refusal: STORE_UNAVAILABLE };
  }
}

/** The first that may use the reverse-path; otherwise the first one's refusal. */
export async function chooseSender(
  credentials: readonly Credential[],
  reversePath: Mailbox | undefined,
  peer: Peer,
  acceptance: Acceptance,
): Promise<Standing> {
  const from = reversePath === undefined ? [] : [reversePath];
  let refused: Refused | undefined;
  for (const credential of credentials) {
    const refusal = refuseEnvelopeDomain(reversePath, await senderFacts(credential, from, acceptance));
    if (refusal !== undefined) refused ??= { refusal: replyOf(refusal), fix: refusal.fix };
    else if (credential.requireTls && peer.tls === undefined)
      refused ??= { refusal: loginReplies.NETWORK_NEEDS_TLS };
    else return { credential };
  }
  return refused ?? { refusal: loginReplies.AUTH_REQUIRED };
}

/** The transaction's credential, read again, if it may still do what MAIL allowed. Throws errors of the store. */
export async function reauthorize(
  { credential, mail }: MailTransaction,
  peer: Peer,
  acceptance: Acceptance,
): Promise<Credential | Refusal> {
  const standing = await acceptance.authenticator.recheck(credential, peer.address);
  if ('refusal' in standing) return refusalOf('credential', standing);
  const choice = await chooseSender([standing.credential], mail.reversePath, peer, acceptance);
  return 'refusal' in choice ? refusalOf('author', choice) : choice.credential;
}

function refusalOf(because: 'credential' | 'author', { refusal, fix }: Refused): Refusal {
  return { because, reply: refusal, fix };
}

/** The remedy is logged; the client, whose user need not be an operator, is not told about the credential. */
export function turnAway(
  { refusal, fix }: Refused,
  credential: Credential | undefined,
  peer: Peer,
  { log }: Pick<Acceptance, 'log'>,
): Reply {
  const { code, status, text } = refusal;
  if (credential !== undefined)
    log.info('sender refused', {
      session: peer.id,
      client: peer.address,
      credential: credential.id,
      reply: `${code} ${status ?? ''} ${text}`,
      fix,
    });
  return refusal;
}
