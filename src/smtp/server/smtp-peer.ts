/** The client of one connection as a session sees it; properties are current when read. */
import type { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import type { X509Certificate } from 'node:crypto';
import { readClientCertificate, type ClientCertificate } from '../../policy/client-certificate.ts';
import type { Reply } from '../reply.ts';
import type { SmtpPeer } from './server-session.ts';

type Channel = SMTPConnection & {
  readonly shownCertificate: X509Certificate | undefined;
  endWhenAnswered(reply: Reply): void;
};

export class ChannelPeer implements SmtpPeer {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly #channel: Channel;

  constructor(channel: Channel) {
    this.id = channel.id;
    this.address = channel.remoteAddress;
    this.port = channel.remotePort;
    this.#channel = channel;
  }

  get tls(): SmtpPeer['tls'] {
    const cipher = this.#channel.tlsOptions;
    return cipher === false ? undefined : { version: cipher.version, cipher: cipher.standardName };
  }

  get certificate(): ClientCertificate | undefined {
    const shown = this.#channel.shownCertificate;
    return shown && readClientCertificate(shown);
  }

  get helo(): string {
    const helo = this.#channel.hostNameAppearsAs;
    return helo === false ? '' : helo;
  }

  get extended(): boolean {
    return this.#channel.openingCommand === 'EHLO';
  }

  end(reply: Reply): void {
    this.#channel.endWhenAnswered(reply);
  }
}
