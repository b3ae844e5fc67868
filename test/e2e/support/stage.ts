/**
 * Everything around one relay: a DNS server, a recipient MX, the real relayd with a verified domain and a credential,
 * made through relayctl as an operator does. Tests change DNS and MX while it runs.
 */
import type { Zone } from '../../support/dns-zone.ts';
import { eventually } from '../../support/eventually.ts';
import { startFakeDns, type FakeDns } from '../../support/fake-dns.ts';
import type { FakeMxOptions, ReceivedMessage } from '../../support/fake-mx-options.ts';
import { startFakeMx, type FakeMx } from '../../support/fake-mx.ts';
import { Relay, type TomlTables } from './relay-process.ts';
import { SmtpTalk, type Login } from './smtp-talk.ts';

export const SENDER_DOMAIN = 'sender.test';
export const RECIPIENT_DOMAIN = 'recipient.test';

/** `relayctl domain … --json`. */
export interface DomainJson {
  readonly domain: string;
  readonly verified: boolean;
  readonly records: readonly {
    readonly purpose: string;
    readonly type: string;
    readonly name: string;
    readonly value: string;
    readonly status: string;
  }[];
}

/** `relayctl message show --json`. */
export interface MessageJson {
  readonly id: string;
  readonly account: string;
  readonly stream: string;
  readonly reverse_path: string;
  readonly header_from: string;
  readonly subject: string;
  readonly size_bytes: number;
  readonly accepted_at: string;
  readonly deliveries: readonly DeliveryJson[];
}

export interface DeliveryJson {
  readonly id: string;
  readonly recipient: string;
  readonly destination: string;
  readonly state: string;
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly last_reply: string | null;
  readonly history: readonly {
    readonly at: string;
    readonly host: string | null;
    readonly address: string | null;
    readonly tls: string | null;
    readonly reply: string | null;
    readonly duration_ms: number;
  }[];
}

export interface EventJson {
  readonly id: string;
  readonly event: string;
  readonly message_id: string;
  readonly delivery_id: string;
  readonly recipient: string;
  readonly timestamp: string;
}

export interface SuppressionJson {
  readonly address: string;
  readonly reason: string;
  readonly scope: string;
  readonly created_at: string;
  readonly expires_at: string | null;
}

export interface StageOptions {
  readonly config?: TomlTables;
  readonly zone?: Zone;
  readonly mx?: FakeMxOptions;
  /** For relayd and relayctl. */
  readonly env?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
}

/** States after which nothing happens to a delivery any more. */
const SETTLED = ['delivered', 'bounced', 'expired', 'suppressed', 'cancelled'];
/** A relayctl call takes a process; waiting for the store asks not more often than this. */
const ASK_EVERY_MS = 100;
const WAIT_MS = 20_000;

export class Stage implements AsyncDisposable {
  readonly dns: FakeDns;
  readonly mx: FakeMx;
  readonly relay: Relay;
  readonly login: Login;

  private constructor(dns: FakeDns, mx: FakeMx, relay: Relay, login: Login) {
    this.dns = dns;
    this.mx = mx;
    this.relay = relay;
    this.login = login;
  }

  static async start(options: StageOptions = {}): Promise<Stage> {
    const dns = await startFakeDns({
      [RECIPIENT_DOMAIN]: { mx: [{ preference: 10, exchange: `mx.${RECIPIENT_DOMAIN}` }] },
      [`mx.${RECIPIENT_DOMAIN}`]: { a: ['127.0.0.1'] },
      // Where bounces go.
      [SENDER_DOMAIN]: { mx: [{ preference: 10, exchange: `mx.${SENDER_DOMAIN}` }] },
      [`mx.${SENDER_DOMAIN}`]: { a: ['127.0.0.1'] },
      ...options.zone,
    });
    const mx = await startFakeMx(options.mx);
    const relay = new Relay({
      dnsServer: dns.address,
      mxPort: mx.port,
      ...(options.config === undefined ? {} : { config: options.config }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    });
    try {
      await relay.start();
      await verifyDomain(relay, dns, SENDER_DOMAIN);
      const login = await relay.ctl<Login>('credential', 'add', '--kind', 'smtp', '--name', 'test');
      return new Stage(dns, mx, relay, login);
    } catch (error) {
      await relay.dispose();
      await Promise.all([dns.close(), mx.close()]);
      throw error;
    }
  }

  /** A session on the STARTTLS port, logged in. */
  async session(): Promise<SmtpTalk> {
    return await SmtpTalk.session({ port: this.relay.port, login: this.login });
  }

  async message(id: string): Promise<MessageJson> {
    return await this.relay.ctl<MessageJson>('message', 'show', id);
  }

  /** The message once all its deliveries are in a final state. */
  async settled(id: string): Promise<MessageJson> {
    return await this.messageWhere(id, `${id} to be settled`, (message) =>
      message.deliveries.every((delivery) => SETTLED.includes(delivery.state)),
    );
  }

  async messageWhere(
    id: string,
    what: string,
    holds: (message: MessageJson) => boolean,
  ): Promise<MessageJson> {
    return await eventually(
      async () => {
        const message = await this.message(id);
        return holds(message) ? message : undefined;
      },
      { what, timeoutMs: WAIT_MS, everyMs: ASK_EVERY_MS },
    ).then((message) => {
      if (message === undefined) throw new Error(`${what}: no message`);
      return message;
    });
  }

  /** The first message that the MX took for `recipient`, once it is there. */
  async received(recipient: string): Promise<ReceivedMessage> {
    const found = await eventually(
      () => this.mx.messages.find((message) => message.recipients.some((one) => one.address === recipient)),
      { what: `a message for ${recipient} at the MX`, timeoutMs: WAIT_MS },
    );
    if (found === undefined) throw new Error(`no message for ${recipient}`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay.dispose();
    await Promise.all([this.dns.close(), this.mx.close()]);
  }
}

/** Adds `domain`, publishes what relayctl asks for and verifies it; `options` of `domain add`. */
export async function verifyDomain(
  relay: Relay,
  dns: FakeDns,
  domain: string,
  ...options: string[]
): Promise<DomainJson> {
  const added = await relay.ctl<DomainJson>('domain', 'add', domain, ...options);
  for (const record of added.records) {
    if (record.type === 'TXT' && record.purpose.startsWith('dkim'))
      dns.zone.set(record.name, { txt: [record.value] });
  }
  const verified = await relay.ctl<DomainJson>('domain', 'verify', domain);
  if (!verified.verified) throw new Error(`${domain} is not verified: ${JSON.stringify(verified)}`);
  return verified;
}
