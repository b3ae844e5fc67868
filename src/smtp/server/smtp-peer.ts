/** The client of one connection, as a session sees it: each property is what is known when it is asked. */
import type { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import type { Reply } from '../reply.ts';
import type { SmtpPeer } from './smtp-session.ts';

export function peerOf(connection: SMTPConnection & { endWhenAnswered(reply: Reply): void }): SmtpPeer {
  return {
    id: connection.id,
    address: connection.remoteAddress,
    port: connection.remotePort,
    get tls() {
      const cipher = connection.tlsOptions;
      return cipher === false ? undefined : { version: cipher.version, cipher: cipher.standardName };
    },
    get helo() {
      return connection.hostNameAppearsAs === false ? '' : connection.hostNameAppearsAs;
    },
    get extended() {
      return connection.openingCommand === 'EHLO';
    },
    end: (reply) => connection.endWhenAnswered(reply),
  };
}
