/** The protocol name in the Received field. RFC 3848, RFC 6531 §4.3. */
import type { ReceivedProtocol } from '../../message/received.ts';
import type { SmtpPeer } from './server-session.ts';

export function receivedProtocol(
  peer: SmtpPeer,
  smtpUtf8: boolean,
  authenticated: boolean,
): ReceivedProtocol {
  if (!peer.extended) return 'SMTP';
  const secure = peer.tls === undefined ? '' : 'S';
  return `${smtpUtf8 ? 'UTF8SMTP' : 'ESMTP'}${secure}${authenticated ? 'A' : ''}`;
}
