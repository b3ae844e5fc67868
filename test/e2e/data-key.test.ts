/** The master key is replaced under load, and what was made under the one before goes on: logins, keys, tokens, signatures. */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RelayStatus } from '../../src/app/status-file.ts';
import { Wire } from '../protocol/support/dialogue.ts';
import { deliveryReport } from '../protocol/support/inbound-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startWebhookReceiver, verifySignature } from '../support/webhook-receiver.ts';
import { ApiTalk } from './support/api-talk.ts';
import { verdicts } from './support/received-mail.ts';
import { SmtpTalk, UnexpectedReply, type Login } from './support/smtp-talk.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

interface Shown {
  readonly present: string;
  readonly waiting: string | null;
  readonly others: readonly {
    readonly key: string;
    readonly accepted: boolean;
    readonly sealed: number;
    readonly secrets: number;
    readonly tokens_until: string | null;
    readonly removable_at: string | null;
  }[];
  readonly secrets: readonly { readonly name: string }[];
  readonly unreadable_count: number;
}

const FROM = `shop@${SENDER_DOMAIN}`;
const at = (localPart: string) => `${localPart}@${RECIPIENT_DOMAIN}`;
const content = (to: string) => `From: <${FROM}>\r\nTo: ${to}\r\nSubject: Order\r\n\r\nHello.\r\n`;
const DAY_MS = 86_400_000;

let cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

async function started(): Promise<Stage> {
  const stage = await Stage.start({
    config: {
      http: { listen: ['127.0.0.1:0'] },
      inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` },
      webhooks: { allow_http: true, allow_private_addresses: true },
    },
    zone: {
      [`bounces.${SENDER_DOMAIN}`]: {
        mx: [{ preference: 10, exchange: 'relay.test' }],
        txt: ['v=spf1 a:relay.test ~all'],
      },
    },
  });
  cleanups.push(() => stage[Symbol.asyncDispose]());
  return stage;
}

async function submit(stage: Stage, to: string, login: Login = stage.login): Promise<string> {
  using session = await SmtpTalk.session({ port: stage.relay.port, login });
  return await session.submitForId({ from: FROM, to, content: content(to) });
}

async function report(stage: Stage, to: string, text: string): Promise<string> {
  const file = path.join(stage.relay.dataDir, 'relayd.json');
  const status = JSON.parse(readFileSync(file, 'utf8')) as RelayStatus;
  const wire = await Wire.open(status.listeners.inbound[0]?.port ?? 0);
  try {
    await wire.reply();
    await wire.command('EHLO mx.recipient.test');
    await wire.command('MAIL FROM:<>');
    const answer = await wire.command(`RCPT TO:<${to}>`);
    if (!answer.startsWith('250')) return answer;
    await wire.command('DATA');
    wire.send(`${text.replace(/\r?\n/g, '\r\n')}\r\n.\r\n`);
    return await wire.reply();
  } finally {
    wire.destroy();
  }
}

const show = ({ relay }: Stage) => relay.ctl<Shown>('data-key', 'show');
const restart = async ({ relay }: Stage) => {
  await relay.stop();
  await relay.start();
};

describe('a new master key', () => {
  it(
    'is taken at a restart; what was made under the old one goes on until it does not need it',
    { timeout: 180_000 },
    async () => {
      const stage = await started();
      const { relay } = stage;
      const receiver = await startWebhookReceiver();
      cleanups.push(() => receiver.stop());
      const { secret } = await relay.ctl<{ secret: string }>('webhook', 'add', '--url', receiver.url);
      const api = await ApiTalk.withKey(relay, '--scope', 'send');
      await relay.ctl('credential', 'add', '--name', 'idle');
      const mail = { from: FROM, to: at('first'), subject: 'x', text: 'x' };
      const first = await api.post<{ id: string }>('/v1/send', mail, { 'idempotency-key': 'order-1' });
      expect(first.status).toBe(200);
      const bouncing = await submit(stage, at('later'));
      const { reversePath } = await stage.received(at('later'));
      expect(reversePath).toMatch(/^b2-/);
      const before = await show(stage);
      expect(before).toMatchObject({ waiting: null, others: [] });

      const rotated = await relay.ctl<{ key: string; previous: string }>('data-key', 'rotate');
      expect(rotated.previous).toBe(before.present);
      // Until relayd is restarted it works with the old key, and so does relayctl.
      expect(await show(stage)).toMatchObject({ present: before.present, waiting: rotated.key });
      const made = await relay.ctl<Login>('credential', 'add', '--name', 'between');
      await submit(stage, at('between'), made);
      expect((await relay.ctlRaw(['data-key', 'rotate'])).stderr).toContain('restart relayd');
      await restart(stage);

      await eventually(async () => (await show(stage)).present === rotated.key);
      const after = await show(stage);
      expect(after).toMatchObject({ waiting: null, unreadable_count: 0 });
      const [old] = after.others;
      expect(old).toMatchObject({ key: before.present, accepted: true, sealed: 0, removable_at: null });
      // The login, the key, the idle one, and the one that was made in between.
      expect(old?.secrets).toBe(4);
      const tokensInMs = Date.parse(old?.tokens_until ?? '') - Date.now();
      expect(tokensInMs).toBeGreaterThan(29 * DAY_MS);
      expect(tokensInMs).toBeLessThan(31 * DAY_MS);

      // Signed with keys and secrets that were sealed anew.
      const id = await submit(stage, at('signed'));
      const signed = await stage.received(at('signed'));
      expect(await verdicts(signed.content, stage.dns.zone)).toMatchObject([
        { result: 'pass' },
        { result: 'pass' },
      ]);
      await eventually(() => receiver.received.some(({ body }) => body['message_id'] === id));
      for (const received of receiver.received) verifySignature(received, secret);
      // The same request within 24 hours.
      const again = await api.post<{ id: string }>('/v1/send', mail, { 'idempotency-key': 'order-1' });
      expect(again.body.id).toBe(first.body.id);
      await submit(stage, at('between-again'), made);
      // A bounce with a token from before.
      expect(await report(stage, reversePath, deliveryReport(at('later'), {}))).toMatch(/^250/);
      expect((await stage.message(bouncing)).deliveries[0]?.state).toBe('bounced');

      // What was presented depends on the old key no longer.
      await eventually(async () => (await show(stage)).others[0]?.secrets === 1, { everyMs: 200 });
      expect((await show(stage)).secrets.map(({ name }) => name)).toEqual(['idle']);
      const check = await relay.ctlRaw(['config', 'check']);
      expect(check.code).toBe(0);
      expect(check.stdout).toContain('default/idle');
      const refused = await relay.ctlRaw(['data-key', 'forget', before.present]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('1 credentials');
      expect((await relay.ctl<{ ok: boolean }>('audit', 'verify')).ok).toBe(true);

      // Taken away by force: what still needed it is named, all else goes on.
      await relay.ctl('data-key', 'forget', before.present, '--force');
      expect(existsSync(path.join(relay.dataDir, 'master.key.previous'))).toBe(false);
      await restart(stage);
      expect((await api.post('/v1/send', { ...mail, to: at('last') })).status).toBe(200);
      await submit(stage, at('last-smtp'));
      await stage.received(at('last-smtp'));
      expect(await report(stage, reversePath, deliveryReport(at('later'), {}))).toMatch(/^550/);
      const warned = await relay.ctlRaw(['config', 'check']);
      expect(warned.stdout).toContain('default/idle');
      await eventually(() => relay.log().includes('credentials of a master key that is gone'));
      expect((await relay.ctlRaw(['audit', 'verify'])).stdout).toContain(`with the key ${before.present}`);
      const verified = await relay.ctl<{ ok: boolean; seals_of_gone_keys: Record<string, number> }>(
        ...['audit', 'verify', '--without-key', before.present],
      );
      expect(verified).toMatchObject({ ok: true, seals_of_gone_keys: { [before.present]: 1 } });
      for (const file of ['master.key']) {
        const key = readFileSync(path.join(relay.dataDir, file), 'utf8').trim();
        expect(relay.log()).not.toContain(key);
      }
    },
  );

  it('is taken under load, and over a kill while values are sealed anew', { timeout: 180_000 }, async () => {
    const stage = await started();
    const { relay } = stage;
    for (let domain = 0; domain < 30; domain++) await relay.ctl('domain', 'add', `d${domain}.test`);
    let stopped = false;
    let accepted = 0;
    const refused: string[] = [];
    const load = async () => {
      while (!stopped) {
        try {
          await submit(stage, at('load'));
          accepted++;
        } catch (error) {
          if (error instanceof UnexpectedReply) refused.push(error.message);
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    };
    const loads = [load(), load()];
    const more = async () => {
      const before = accepted;
      await eventually(() => accepted > before + 5);
    };
    await more();
    const { key } = await relay.ctl<{ key: string }>('data-key', 'rotate');
    for (let kill = 0; kill < 3; kill++) {
      await relay.kill();
      await relay.start();
    }
    await eventually(async () => (await show(stage)).present === key, { everyMs: 100 });
    await more();
    stopped = true;
    await Promise.all(loads);
    const shown = await show(stage);
    expect(shown.others[0]?.sealed).toBe(0);
    expect(shown.unreadable_count).toBe(0);
    expect(refused).toEqual([]);
    // Nothing sealed needs the old key.
    await relay.stop();
    rmSync(path.join(relay.dataDir, 'master.key.previous'));
    await relay.start();
    await submit(stage, at('after'));
    const mail = await stage.received(at('after'));
    expect(await verdicts(mail.content, stage.dns.zone)).toMatchObject([
      { result: 'pass' },
      { result: 'pass' },
    ]);
  });

  it(
    'restores a backup from before the change with both keys, and refuses it with the new one alone',
    { timeout: 180_000 },
    async () => {
      const stage = await started();
      const { relay } = stage;
      const backup = path.join(relay.folder, 'before.db');
      await relay.ctl('db', 'backup', backup);
      await relay.ctl('data-key', 'rotate');
      await restart(stage);
      await eventually(async () => (await show(stage)).others[0]?.sealed === 0, { everyMs: 200 });
      const after = path.join(relay.folder, 'after.db');
      await relay.ctl('db', 'backup', after, '--with-key');
      expect(existsSync(`${after}.master.key.previous`)).toBe(true);
      expect(await relay.ctl('db', 'check', after)).toMatchObject({ ok: true, key: { state: 'opens' } });
      await relay.stop();
      for (const name of ['postern.db', 'postern.db-wal', 'postern.db-shm'])
        rmSync(path.join(relay.dataDir, name), { force: true });
      copyFileSync(backup, path.join(relay.dataDir, 'postern.db'));
      const previous = path.join(relay.dataDir, 'master.key.previous');
      renameSync(previous, `${previous}.away`);
      const wrong = await relay.ctlRaw(['config', 'check']);
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toContain('If it is a new key, put the one before into previous_data_keys');
      renameSync(`${previous}.away`, previous);
      await relay.start();
      await submit(stage, at('restored'));
      const mail = await stage.received(at('restored'));
      expect(await verdicts(mail.content, stage.dns.zone)).toMatchObject([
        { result: 'pass' },
        { result: 'pass' },
      ]);
      await eventually(async () => (await show(stage)).others[0]?.sealed === 0, { everyMs: 200 });
    },
  );
});
