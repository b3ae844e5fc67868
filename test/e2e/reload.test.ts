/** SIGHUP at the real relayd: what is taken over works at once, what is not is named, and what is wrong changes nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { ApiTalk } from './support/api-talk.ts';
import type { TomlTables } from './support/relay-process.ts';
import { SmtpTalk } from './support/smtp-talk.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const HTTP = { http: { listen: ['127.0.0.1:0'] } };

interface ReloadLine {
  readonly level: string;
  readonly event: string;
  readonly changed: readonly string[];
  readonly needs_restart: readonly string[];
  readonly values: readonly string[];
  readonly note?: string;
  readonly reason?: string;
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string | null;
}

let stage: Stage;
let receiver: WebhookReceiver | undefined;
beforeEach(async () => {
  stage = await Stage.start({ config: HTTP });
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await receiver?.stop();
  receiver = undefined;
});

function reloads(): ReloadLine[] {
  return stage.relay
    .log()
    .split('\n')
    .filter((line) => line.includes('"event":"reload'))
    .map((line) => JSON.parse(line) as ReloadLine);
}

/** SIGHUP with `changes` in the file; the line that relayd says then. */
async function reload(changes: TomlTables): Promise<ReloadLine> {
  const before = reloads().length;
  stage.relay.configure(changes);
  stage.relay.signal('SIGHUP');
  await eventually(() => reloads().length > before, { what: 'the line of the reload' });
  return reloads()[before]!;
}

function content(subject: string, octets = 0): string {
  return `From: ${FROM}\r\nTo: ann@recipient.test\r\nSubject: ${subject}\r\n\r\nHello.\r\n${'x'
    .repeat(70)
    .concat('\r\n')
    .repeat(octets / 72)}`;
}

async function submit(to: string): Promise<string> {
  const session = await stage.session();
  const id = await session.submitForId({ from: FROM, to, content: content('Order') });
  await session.quit();
  return id;
}

async function configurationCheck(): Promise<Check | undefined> {
  const { stdout } = await stage.relay.ctlRaw(['status', '--json']);
  const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
  return checks.find(({ name }) => name === 'configuration');
}

describe('a new hostname', () => {
  it('is in the greeting, in Received, in EHLO to others, in the certificate and in status', async () => {
    const open = await stage.session();
    expect(await reload({ hostname: 'new.test' })).toMatchObject({
      level: 'info',
      event: 'reloaded',
      changed: ['hostname'],
      needs_restart: [],
      values: ['hostname: "relay.test" -> "new.test"'],
    });
    const talk = await SmtpTalk.connect({ port: stage.relay.port });
    expect((await talk.ehlo()).lines[0]).toBe('new.test');
    await talk.quit();

    const id = await open.submitForId({ from: FROM, to: 'open@recipient.test', content: content('Open') });
    expect(id).toMatch(/^msg_/);
    await open.quit();
    await submit('ann@recipient.test');
    const received = await stage.received('ann@recipient.test');
    expect(received.content.toString()).toMatch(/^Received: from .*\r\n\s+by new\.test/m);
    expect(received.helo).toBe('new.test');
    const status = await stage.relay.ctl<{ hostname: string; checks: readonly Check[] }>('status');
    expect(status.hostname).toBe('new.test');
    expect(status.checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe('limits and times', () => {
  it('hold for the next message: max_age, retry schedule, size, recipients', async () => {
    const line = await reload({
      delivery: { max_age: '1h', retry_schedule: ['7m'] },
      submission: { max_message_bytes: 20_000, max_recipients: 1 },
    });
    expect(line.changed).toEqual([
      'submission.max_message_bytes',
      'submission.max_recipients',
      'delivery.retry_schedule',
      'delivery.max_age',
    ]);
    const id = await submit('defer-451-4.7.1@recipient.test');
    const deferred = await stage.messageWhere(id, 'a deferral', ({ deliveries }) =>
      deliveries.every(({ attempts }) => attempts === 1),
    );
    const waitMs = Date.parse(deferred.deliveries[0]?.next_attempt_at ?? '') - Date.now();
    expect(waitMs).toBeGreaterThan(4 * 60_000);
    expect(waitMs).toBeLessThan(10 * 60_000);
    const { expires_at: expiresAt, accepted_at: acceptedAt } = (await stage.message(id)) as unknown as {
      expires_at: string;
      accepted_at: string;
    };
    expect(Date.parse(expiresAt) - Date.parse(acceptedAt)).toBe(3_600_000);

    const session = await stage.session();
    expect((await session.ehlo()).lines.join()).toContain('SIZE 20000');
    const big = await session.submit({ from: FROM, to: 'a@recipient.test', content: content('Big', 30_000) });
    expect(big.code).toBe(552);
    await session.ok(250, `MAIL FROM:<${FROM}>`);
    await session.ok(250, 'RCPT TO:<a@recipient.test>');
    expect((await session.command('RCPT TO:<b@recipient.test>')).text).toContain('the limit is 1 a message');
    await session.quit();

    const api = await ApiTalk.withKey(stage.relay);
    const body = { from: FROM, to: ['a@recipient.test'], subject: 'Big', text: 'x'.repeat(1_200_000) };
    expect((await api.call('POST', '/v1/send', body)).status).toBe(413);
  });

  it('count the connections from then on', async () => {
    await reload({ submission: { max_connections_per_address: 1 } });
    const first = await SmtpTalk.connect({ port: stage.relay.port });
    await expect(SmtpTalk.connect({ port: stage.relay.port })).rejects.toThrow(/421/);
    await first.quit();
  });

  it('log.level holds, on the delivery thread too', async () => {
    const attempts = () => stage.relay.log().split('"event":"attempt"').length - 1;
    await stage.settled(await submit('ann@recipient.test'));
    await eventually(() => attempts() === 1);
    // Something that needs a restart, so that there is a line at this level.
    const line = await reload({ log: { level: 'warn', format: 'text' } });
    expect(line).toMatchObject({ changed: ['log.level'], needs_restart: ['log.format'] });
    await stage.settled(await submit('bob@recipient.test'));
    await reload({ log: { level: 'info', format: 'json' } });
    await stage.settled(await submit('eve@recipient.test'));
    await eventually(() => attempts() > 1);
    expect(attempts()).toBe(2);
  });
});

describe('webhooks', () => {
  it('real events and webhook test go by the same settings', async () => {
    receiver = await startWebhookReceiver();
    const api = await ApiTalk.withKey(stage.relay, '--scope', 'admin');
    const { url } = receiver;
    expect((await api.call('POST', '/v1/webhooks', { url })).status).toBe(400);
    await reload({ webhooks: { allow_http: true, allow_private_addresses: true } });
    const added = await api.call<{ id: string }>('POST', '/v1/webhooks', { url });
    expect(added.status).toBe(201);
    await stage.relay.ctl('webhook', 'test', added.body.id);
    await submit('ann@recipient.test');
    const events = () => receiver!.received.map(({ body }) => body['event']);
    await eventually(() => events().includes('delivered'));
    expect(events()).toContain('test');

    await reload({ webhooks: { allow_http: true, allow_private_addresses: false } });
    const test = await stage.relay.ctlRaw(['webhook', 'test', added.body.id, '--json']);
    expect(test.stdout + test.stderr).toContain('webhooks.allow_private_addresses');
    await submit('bob@recipient.test');
    const told = await eventually(async () => {
      const { stdout } = await stage.relay.ctlRaw(['webhook', 'show', added.body.id, '--json']);
      return stdout.includes('webhooks.allow_private_addresses');
    });
    expect(told).toBe(true);
  });
});

describe('what cannot be taken over', () => {
  it('is named in the log and by status until it is set back, and the rest is taken', async () => {
    const line = await reload({ hostname: 'new.test', http: { listen: ['127.0.0.1:0', '127.0.0.2:0'] } });
    expect(line).toMatchObject({
      level: 'warn',
      event: 'reloaded',
      changed: ['hostname'],
      needs_restart: ['http.listen'],
      note: 'restart needed for http.listen',
    });
    const check = await eventually(async () => {
      const found = await configurationCheck();
      return found?.ok === false ? found : undefined;
    });
    expect(check?.detail).toContain('restart needed for http.listen');
    expect((await fetch(`${stage.relay.httpUrl}/readyz`)).status).toBe(200);
    await reload({});
    await eventually(async () => (await configurationCheck())?.ok);
  });

  it('never shows a secret', async () => {
    const line = await reload({
      store: { url: 'sqlite:' },
      data_key: Buffer.alloc(32, 7).toString('base64'),
    });
    expect(line.needs_restart).toEqual(['data_key']);
    expect(stage.relay.log()).not.toContain(Buffer.alloc(32, 7).toString('base64'));
  });
});

describe('a configuration that is wrong', () => {
  it('changes nothing, says what is wrong as config check does, and status keeps it until it is mended', async () => {
    const line = await reload({ hostname: 'new.test', delivery: { max_age: 'soon', retry: 1 } });
    expect(line).toMatchObject({ level: 'error', event: 'reload failed, the old settings stay' });
    const check = await stage.relay.ctlRaw(['config', 'check']);
    for (const fault of line.reason?.split('\n') ?? []) {
      expect(fault).toMatch(/relay\.toml:\d+: delivery\./);
      expect(check.stdout + check.stderr).toContain(fault);
    }
    const talk = await SmtpTalk.connect({ port: stage.relay.port });
    expect((await talk.ehlo()).lines[0]).toBe('relay.test');
    await talk.quit();
    stage.relay.configure({});
    const kept = await configurationCheck();
    expect(kept?.detail).toContain('the last reload changed nothing');
    await reload({});
    await eventually(async () => (await configurationCheck())?.ok);
  });

  it('is refused whole when a file that it names is no good', async () => {
    const line = await reload({ hostname: 'new.test', delivery: { bounce_rules: '/nowhere/rules.toml' } });
    expect(line.reason).toContain('/nowhere/rules.toml');
    const talk = await SmtpTalk.connect({ port: stage.relay.port });
    expect((await talk.ehlo()).lines[0]).toBe('relay.test');
    await talk.quit();
  });
});
