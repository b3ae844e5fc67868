/**
 * A relay in fast time among three mailbox providers with hosts and limits of their own, each on loopback addresses of its
 * own: what one provider does with the relay's mail, and what the others get meanwhile. The built-in lists and rules know
 * the providers by the names of their MX hosts.
 */
import type { FastTime } from '../../support/fast-time.ts';
import type { ReceivedMessage } from '../../support/fake-mx-options.ts';
import { startFakeMx, type FakeMx } from '../../support/fake-mx.ts';
import { ProviderLimits } from '../../support/provider-limits.ts';
import { SENDER_DOMAIN, Stage } from './stage.ts';
import type { TomlTables } from './toml.ts';

const PROVIDERS = [
  {
    name: 'google',
    hosts: [
      { name: 'aspmx.l.google.com', address: '127.0.1.1' },
      { name: 'alt1.aspmx.l.google.com', address: '127.0.1.2' },
    ],
    domains: ['alpha.test', 'beta.test'],
  },
  {
    name: 'yahoo',
    hosts: [{ name: 'mta5.am0.yahoodns.net', address: '127.0.2.1' }],
    domains: ['gamma.test'],
  },
  { name: 'gmx', hosts: [{ name: 'mx00.gmx.net', address: '127.0.3.1' }], domains: ['delta.test'] },
] as const;

export type ProviderName = (typeof PROVIDERS)[number]['name'];

export interface TakenMessage {
  /** Of the fast clock, epoch milliseconds. */
  readonly atMs: number;
  readonly recipient: string;
}

export interface StagedProvider {
  readonly domains: readonly string[];
  readonly limits: ProviderLimits;
  readonly hosts: readonly FakeMx[];
  /** In the order in which they were taken. */
  readonly taken: readonly TakenMessage[];
}

export class ProviderStage implements AsyncDisposable {
  readonly stage: Stage;
  readonly time: FastTime;
  readonly providers: Readonly<Record<ProviderName, StagedProvider>>;

  private constructor(stage: Stage, time: FastTime, providers: Record<ProviderName, StagedProvider>) {
    this.stage = stage;
    this.time = time;
    this.providers = providers;
  }

  static async start(time: FastTime, config: TomlTables = {}): Promise<ProviderStage> {
    const stage = await Stage.start({ env: time.env, config });
    const providers: Partial<Record<ProviderName, StagedProvider>> = {};
    for (const { name, hosts, domains } of PROVIDERS) {
      const limits = new ProviderLimits({ clock: time.clock });
      const taken: TakenMessage[] = [];
      const onMessage = ({ recipients }: ReceivedMessage) => {
        for (const { address } of recipients) taken.push({ atMs: time.clock.now(), recipient: address });
      };
      const started: FakeMx[] = [];
      for (const { name: hostname, address } of hosts) {
        const options = { host: address, port: stage.mx.port, hostname, limits, onMessage };
        started.push(await startFakeMx({ ...options, keepMessages: false, keepContent: false }));
        stage.dns.zone.set(hostname, { a: [address] });
      }
      const mx = hosts.map(({ name: exchange }, index) => ({ preference: 10 * (index + 1), exchange }));
      for (const domain of domains) stage.dns.zone.set(domain, { mx });
      providers[name] = { domains, limits, hosts: started, taken };
    }
    return new ProviderStage(stage, time, providers as Record<ProviderName, StagedProvider>);
  }

  /**
   * Submits `count` messages of a stream to each domain of the provider. Local parts are the stream's first letter and a
   * number, in order.
   */
  async submit(
    provider: ProviderName,
    stream: 'transactional' | 'broadcast',
    count: number,
    from = 0,
  ): Promise<void> {
    const session = await this.stage.session();
    const sender = `shop@${SENDER_DOMAIN}`;
    for (let number = from; number < from + count; number++)
      for (const domain of this.providers[provider].domains) {
        const content = `From: <${sender}>\r\nTo: list:;\r\nX-Relay-Stream: ${stream}\r\nSubject: News\r\n\r\ntext\r\n`;
        await session.submitForId({ from: sender, to: [`${stream.charAt(0)}${number}@${domain}`], content });
      }
    await session.quit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
    for (const { hosts } of Object.values(this.providers)) for (const host of hosts) await host.close();
  }
}
