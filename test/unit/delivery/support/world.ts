/** A delivery service on a virtual clock, between a spool in memory and MX hosts without sockets. */
import { seededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import type { DeliveryOptions } from '../../../../src/delivery/delivery-options.ts';
import { startDelivery, type DeliveryService } from '../../../../src/delivery/delivery-service.ts';
import type { DeliveryLimits } from '../../../../src/delivery/limits.ts';
import type { Route } from '../../../../src/delivery/route/routes.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { parseMailbox, isMailbox } from '../../../../src/smtp/address.ts';
import type { MessageFacts, NewMessage } from '../../../../src/store/message-records.ts';
import { FakeRemotes } from './fake-remotes.ts';
import { MemorySpool } from './memory-spool.ts';

export interface Submitted {
  readonly to: readonly string[];
  readonly from?: string;
  readonly account?: string;
  readonly facts?: Partial<MessageFacts>;
  readonly notify?: NewMessage['deliveries'][number]['notify'];
  readonly body?: string;
  readonly bulk?: boolean;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Of the delivery service. */
export const CONFIG: DeliveryOptions['config'] = {
  port: 25,
  allowPrivateAddresses: true,
  mode: 'live',
  retryScheduleMs: [60_000, 300_000, 900_000, 1_800_000, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS],
  maxAgeMs: 4 * DAY_MS,
};

export class World implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly random = seededRandom(1);
  readonly spool: MemorySpool;
  readonly remotes: FakeRemotes;
  readonly routes = new Map<string, Route>();
  readonly lookups: string[] = [];
  readonly bugs: unknown[] = [];
  signatures = 0;
  signFails: Error | undefined;
  delivery: DeliveryService;
  #life: Life = { dead: false };
  readonly #limits: Partial<DeliveryLimits>;
  readonly #options: Partial<DeliveryOptions>;
  #messages = 0;

  constructor(
    limits: Partial<DeliveryLimits> = {},
    options: Partial<DeliveryOptions> = {},
    clock = new VirtualClock(),
  ) {
    this.clock = clock;
    this.spool = new MemorySpool(clock);
    this.remotes = new FakeRemotes(clock);
    this.#limits = limits;
    this.#options = options;
    this.delivery = this.#start();
  }

  #start(): DeliveryService {
    const life: Life = { dead: false };
    this.#life = life;
    return startDelivery({
      spool: mortal(this.spool, life),
      content: this.spool,
      attempts: this.spool,
      waits: mortal(this.spool, life),
      directory: {
        dkimKeys: async () => [],
        domainHolder: async () => undefined,
        findDomain: async (accountId, name) => {
          this.spool.checkReadable();
          return name === 'sender.test'
            ? { id: 'dom_1', accountId, name, verifiedAtMs: 1, recordStatus: {}, createdAtMs: 1 }
            : undefined;
        },
        suppressionFor: async () => {
          this.spool.checkReadable();
          return undefined;
        },
      },
      openKey: () => {
        throw new Error('no keys here');
      },
      sign: async () => {
        this.signatures++;
        await Promise.resolve();
        if (this.signFails !== undefined) throw this.signFails;
        return Buffer.from('DKIM-Signature: fake\r\n');
      },
      findRoute: async (destination) => {
        this.lookups.push(destination);
        await Promise.resolve();
        return this.routes.get(destination) ?? route(`mx.${destination}`, [`192.0.2.1 ${destination}`]);
      },
      resolver: undefined as never,
      connect: this.remotes.connectOf(life),
      config: CONFIG,
      hostname: 'relay.test',
      ownAddresses: [],
      rules: [],
      clock: mortal(this.clock, life),
      random: this.random,
      log: silentLog,
      limits: this.#limits,
      failing: [...this.spool.blocks.values()].map(({ destination, failures }) => ({
        name: destination,
        failures,
      })),
      onBug: (error) => this.bugs.push(error),
      ...this.#options,
    });
  }

  /** The address of the host that serves `destination` unless it was given a route. */
  static addressOf(destination: string): string {
    return `192.0.2.1 ${destination}`;
  }

  async submit({
    to,
    from = 'a@sender.test',
    account = 'acc_1',
    facts,
    notify,
    body = 'Hi',
    bulk = false,
  }: Submitted): Promise<NewMessage> {
    const message = this.message({
      to,
      from,
      account,
      ...(facts && { facts }),
      ...(notify && { notify }),
      body,
      bulk,
    });
    await this.spool.accept(message);
    return message;
  }

  message({
    to,
    from = 'a@sender.test',
    account = 'acc_1',
    facts,
    notify,
    body = 'Hi',
    bulk = false,
  }: Submitted): NewMessage {
    const number = this.#messages++;
    const header = `From: <${from}>\r\nSubject: ${number}\r\n\r\n`;
    const bytes = new Uint8Array(Buffer.from(`${header}${body}\r\n`));
    const nowMs = this.clock.now();
    return {
      credentialVersion: 0,
      ...(bulk && { bulk }),
      facts: {
        id: `msg_${number}`,
        accountId: account,
        credentialId: 'crd_1',
        stream: 'transactional',
        via: 'smtp',
        reversePath: from,
        headerFrom: from,
        subject: String(number),
        messageIdField: `<${number}@sender.test>`,
        bodyType: '7bit',
        smtpUtf8: false,
        requireTls: false,
        dsnReturn: undefined,
        envelopeId: undefined,
        sendDsn: true,
        tags: [],
        metadata: {},
        signingDomain: 'sender.test',
        headerSizeBytes: header.length,
        sizeBytes: bytes.length,
        bodyHash: Buffer.alloc(32).toString('base64'),
        acceptedAtMs: nowMs,
        sendAtMs: undefined,
        expiresAtMs: nowMs + 4 * DAY_MS,
        ...facts,
      },
      content: { kind: 'whole', bytes },
      deliveries: to.map((recipient) => {
        const mailbox = parseMailbox(recipient);
        if (!isMailbox(mailbox)) throw new Error(recipient);
        return {
          recipient,
          destination: mailbox.domain,
          notify,
          originalRecipient: undefined,
          suppressedBy: undefined,
        };
      }),
    };
  }

  /** The process dies at this instant, without a word, and another one starts. */
  crash(): void {
    this.#life.dead = true;
    this.start();
  }

  /** Another process starts; this one has been stopped. */
  start(): void {
    this.spool.restart();
    this.delivery = this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.delivery.stop(0);
    await this.clock.advance(10_000);
    await stopped;
    if (this.bugs.length > 0) throw this.bugs[0];
  }
}

interface Life {
  dead: boolean;
}

/** Once `life` is over, nothing answers and nothing fires any more. */
function mortal<T extends object>(target: T, life: Life): T {
  return new Proxy(target, {
    get(_target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        if (name === 'now' || name === 'monotonic') return Reflect.apply(value, target, given);
        if (life.dead) return new Promise(() => undefined);
        const last = given.at(-1);
        if (name === 'after' && typeof last === 'function')
          given[given.length - 1] = () => {
            if (!life.dead) Reflect.apply(last, undefined, []);
          };
        const result: unknown = Reflect.apply(value, target, given);
        if (!(result instanceof Promise)) return result;
        return result.then((answer: unknown) => (life.dead ? new Promise(() => undefined) : answer));
      };
    },
  });
}

export function route(host: string, addresses: readonly string[]): Route {
  return { kind: 'hosts', site: host, hosts: [{ name: host, preference: 10, addresses }], ttlMs: HOUR_MS };
}
