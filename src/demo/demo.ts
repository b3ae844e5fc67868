/**
 * `npm run demo`: the main use on a machine without network. Starts the real relayd, a DNS server and a recipient's
 * MX with STARTTLS, verifies a domain, submits through 587 (STARTTLS), 465 (implicit TLS) and the HTTP API, and shows
 * the outcome of every message: delivered with verified DKIM, reported to a webhook, bounced and suppressed, deferred
 * and delivered by a retry. Exits 0 only when every step was observed; stops and removes everything it started and
 * wrote. With `--store postgres` it is fleet-demo.ts.
 */
import { parseArgs } from 'node:util';
import { createTransport } from 'nodemailer';
import { systemClock } from '../platform/clock.ts';
import type { FleetDemo } from './fleet-demo.ts';
import { Narrator, paint } from './narrator.ts';
import { DemoReceiver, isSignedWith } from './receiver.ts';
import { DemoFailure } from './relay.ts';
import { DemoScene, FROM, RECIPIENT_DOMAIN, SENDER_DOMAIN, started } from './scene.ts';

/** The default schedule would wait a minute first. */
const RETRY_AFTER = '2s';

interface DomainReport {
  readonly verified: boolean;
  readonly records: readonly { readonly type: string; readonly name: string; readonly value: string }[];
}

/** The steps, in order. */
class Demo extends DemoScene {
  #login = { username: '', password: '' };

  async run(): Promise<void> {
    await this.#start();
    await this.#addDomain();
    await this.#addCredential();
    await this.#deliver('Through port 587 with STARTTLS', 'starttls', `ada@${RECIPIENT_DOMAIN}`);
    await this.#deliver('Through port 465 with TLS from the start', 'implicit', `grace@${RECIPIENT_DOMAIN}`);
    await this.#throughApi();
    await this.#retry();
    await this.#bounce();
    await this.#end();
  }

  logTail(): string {
    return this.relay.logTail(15);
  }

  async #start(): Promise<void> {
    this.say.heading('Start relayd, a DNS server and a recipient’s mail server on this machine');
    await this.raise();
    const { dns, mx } = this;
    for (const domain of [RECIPIENT_DOMAIN, SENDER_DOMAIN]) {
      dns.add(domain, { type: 'MX', preference: 10, exchange: `mx.${domain}` });
      dns.add(`mx.${domain}`, { type: 'A', address: '127.0.0.1' });
    }
    await this.relay.start(`
hostname = "relay.${SENDER_DOMAIN}"
dns.servers = ["${dns.server}"]
log.format = "json"
submission.listen = ["127.0.0.1:0"]
submission.listen_tls = ["127.0.0.1:0"]
http.listen = ["127.0.0.1:0"]
webhooks.allow_http = true
webhooks.allow_private_addresses = true
delivery.port = ${mx.port}
delivery.allow_private_addresses = true
delivery.retry_schedule = ["${RETRY_AFTER}"]
`);
    const ports = `${this.relay.port('starttls')} stands for 587, ${this.relay.port('implicit')} for 465`;
    this.say.observe(`relayd listens (port ${ports}, ${this.relay.httpPort} for the HTTP API)`, true);
  }

  async #addDomain(): Promise<void> {
    this.say.heading('Add a sending domain and publish its records');
    const { dns } = this;
    this.say.command(
      `relayctl domain add ${SENDER_DOMAIN}`,
      await this.relay.ctl('domain', 'add', SENDER_DOMAIN),
    );
    const shown = (await this.relay.ctlJson('domain', 'show', SENDER_DOMAIN)) as DomainReport;
    for (const record of shown.records) {
      if (record.type === 'TXT') dns.add(record.name, { type: 'TXT', text: record.value });
    }
    this.say.command(
      `relayctl domain verify ${SENDER_DOMAIN}`,
      await this.relay.ctl('domain', 'verify', SENDER_DOMAIN),
    );
    const verified = (await this.relay.ctlJson('domain', 'show', SENDER_DOMAIN)) as DomainReport;
    this.say.observe(`${SENDER_DOMAIN} is verified: its DKIM records are in DNS`, verified.verified);
  }

  async #addCredential(): Promise<void> {
    this.say.heading('Make a credential for an application');
    const added = (await this.relay.ctlJson(
      ...['credential', 'add', '--kind', 'smtp', '--name', 'web-shop', '--domain', SENDER_DOMAIN],
    )) as { username: string; password: string };
    this.#login = added;
    this.say.command(
      `relayctl credential add --kind smtp --name web-shop --domain ${SENDER_DOMAIN}`,
      `username ${added.username}\npassword ${added.password.slice(0, 4)}… (shown once, kept only as a hash)`,
    );
    this.say.observe('one SMTP user exists', added.username !== '' && added.password !== '');
  }

  async #deliver(title: string, tls: 'starttls' | 'implicit', recipient: string): Promise<void> {
    this.say.heading(title);
    const id = await this.#submit(recipient, tls);
    const received = await this.arrival(recipient);
    this.say.observe(
      `the recipient’s server has it, over ${received.overTls ? 'TLS' : 'clear text'}`,
      received.overTls,
    );
    await this.observeDkim(received);
    await this.observeState(id, 'delivered', 1);
    await this.trace(id);
  }

  async #throughApi(): Promise<void> {
    this.say.heading('Through the HTTP API, with a webhook for its events');
    const receiver = this.runs(await DemoReceiver.start());
    const { key } = (await this.relay.ctlJson(
      ...['credential', 'add', '--kind', 'api', '--name', 'checkout', '--scope', 'send'],
    )) as { key: string };
    const shownKey = `${key.slice(0, 13)}…`;
    this.say.command('relayctl credential add --kind api --name checkout --scope send', `key ${shownKey}`);
    const { secret } = (await this.relay.ctlJson('webhook', 'add', '--url', receiver.url)) as {
      secret: string;
    };
    this.say.command(`relayctl webhook add --url ${receiver.url}`, `secret ${secret.slice(0, 10)}…`);
    const recipient = `joan@${RECIPIENT_DOMAIN}`;
    const message = { from: FROM, to: recipient, subject: 'Your code', text: 'It is 4711.\n' };
    const url = `http://127.0.0.1:${this.relay.httpPort}/v1/send`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    const answer = (await response.json()) as { id: string; status: string };
    this.say.command(
      `curl ${url} -H 'Authorization: Bearer ${shownKey}' --json '${JSON.stringify(message)}'`,
      JSON.stringify(answer),
    );
    this.say.observe(`the API answered ${response.status} “${answer.status}”`, response.ok, answer);
    await this.observeDkim(await this.arrival(recipient));
    await this.observeState(answer.id, 'delivered', 1);
    await this.waitFor('the webhook', () =>
      Promise.resolve(receiver.find('delivered', answer.id) !== undefined),
    );
    const told = started(receiver.find('delivered', answer.id));
    this.say.observe(
      `the webhook received: ${told.event} to ${told.recipient}`,
      told.recipient === recipient,
    );
    this.say.observe('its signature is right (Standard Webhooks)', isSignedWith(secret, told), told.headers);
  }

  async #retry(): Promise<void> {
    this.say.heading(`A server that says “come back later” (451), tried again after ${RETRY_AFTER}`);
    const recipient = `busy@${RECIPIENT_DOMAIN}`;
    const id = await this.#submit(recipient, 'starttls');
    await this.observeState(id, 'deferred', 1);
    const received = await this.arrival(recipient);
    await this.observeState(id, 'delivered', 2);
    await this.observeDkim(received);
    await this.trace(id);
  }

  async #bounce(): Promise<void> {
    this.say.heading('An address that does not exist (550 5.1.1)');
    const recipient = `nobody@${RECIPIENT_DOMAIN}`;
    const id = await this.#submit(recipient, 'starttls');
    await this.observeState(id, 'bounced', 1);
    await this.trace(id);
    const report = await this.arrival(FROM);
    const text = report.content.toString('latin1');
    this.say.observe(
      `${FROM} got a delivery status notification that names the address`,
      text.includes('multipart/report') && text.includes(recipient),
    );
    this.say.command('relayctl suppression list', await this.relay.ctl('suppression', 'list'));
    const again = await this.#submit(recipient, 'implicit');
    await this.observeState(again, 'suppressed', 0);
    await this.trace(again);
    const { mx } = this;
    this.say.observe(
      'the recipient’s server never heard of the second message',
      mx.messagesTo(recipient).length === 0,
    );
  }

  async #end(): Promise<void> {
    this.say.heading('Stop');
    this.say.command('relayctl status', await this.relay.ctl('status'));
    const code = await this.relay.terminate();
    this.say.observe('relayd drained after SIGTERM and exited with 0', code === 0, code ?? 'killed');
  }

  async #submit(recipient: string, tls: 'starttls' | 'implicit'): Promise<string> {
    const transport = createTransport({
      host: '127.0.0.1',
      port: this.relay.port(tls),
      secure: tls === 'implicit',
      requireTLS: true,
      auth: { user: this.#login.username, pass: this.#login.password },
      // relayd's certificate is self-signed.
      tls: { rejectUnauthorized: false },
    });
    const info = await transport.sendMail({
      from: `Web Shop <${FROM}>`,
      to: recipient,
      subject: 'Your order 4711',
      text: 'It is on its way.\n',
      html: '<p>It is on its way.</p>',
    });
    transport.close();
    const id = /msg_[0-9a-z]+/.exec(info.response)?.[0];
    this.say.observe(`Nodemailer to <${recipient}>: ${info.response}`, id !== undefined, info.response);
    return id ?? '';
  }
}

/** Rejects when the demo is interrupted, or when its output is closed. */
async function interruption(): Promise<never> {
  const interrupted = Promise.withResolvers<never>();
  const interrupt = () => interrupted.reject(new DemoFailure('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  process.stdout.on('error', interrupt);
  return await interrupted.promise;
}

async function chosen(say: Narrator): Promise<Demo | FleetDemo> {
  const store = askedStore();
  if (store === 'sqlite') return new Demo(say);
  if (store !== 'postgres') throw new DemoFailure(`--store knows sqlite and postgres, not ${store}`);
  // Loaded by those alone who use it.
  const { FleetDemo } = await import('./fleet-demo.ts');
  return new FleetDemo(say);
}

function askedStore(): string {
  try {
    return parseArgs({ options: { store: { type: 'string', default: 'sqlite' } } }).values.store;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new DemoFailure(`${what}: npm run demo [-- --store sqlite|postgres]`);
  }
}

/** Runs the demo; resolves to the exit code. */
export async function main(): Promise<number> {
  const startedMs = systemClock.monotonic();
  const say = new Narrator((text) => process.stdout.write(text));
  say.line(paint('bold', 'Postern demo: everything below really happens, on 127.0.0.1 alone.'));
  let demo: Demo | FleetDemo | undefined;
  try {
    demo = await chosen(say);
    await Promise.race([demo.run(), interruption()]);
    const seconds = ((systemClock.monotonic() - startedMs) / 1000).toFixed(1);
    say.line(`\n${paint('green', `All ${say.observed} steps were observed`)} in ${seconds} s.`);
    return 0;
  } catch (error) {
    say.failed(error instanceof Error ? error.message : String(error));
    if (!(error instanceof DemoFailure) && error instanceof Error) say.line(error.stack ?? '');
    if (demo !== undefined) say.line(`\nThe last lines of relayd’s log:\n${demo.logTail()}`);
    return 1;
  } finally {
    await demo?.stop();
  }
}

if (import.meta.main) process.exitCode = await main();
