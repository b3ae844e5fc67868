/** A check that fails on the real relayd: told once, by every way, within two minutes, and not again after a restart. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { NoticeMemory } from '../../src/upkeep/notices/notice-file.ts';
import { eventually } from '../support/eventually.ts';
import { OperatorStage } from './support/operator-stage.ts';
import { body, field } from './support/received-mail.ts';
import { SENDER_DOMAIN, verifyDomain } from './support/stage.ts';

interface Status {
  readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
}

it('tells the operator that the records of a domain are gone, once', { timeout: 180_000 }, async () => {
  await using desk = await OperatorStage.start();
  const { stage, webhook } = desk;
  const { records } = await verifyDomain(stage.relay, stage.dns, 'gone.test');
  await stage.relay.stop();
  for (const { name, purpose } of records) if (purpose.startsWith('dkim')) stage.dns.zone.delete(name);
  await stage.relay.start();
  await checkFails(desk);
  await eventually(
    () => tellingMails(desk).length > 0 && webhook.received.length > 0 && desk.pages.length > 0,
    {
      what: 'a notice by three ways',
      timeoutMs: 120_000,
      everyMs: 500,
    },
  );

  // On a busy machine what the surroundings are like is known by then, and told along with it.
  const [mail] = tellingMails(desk);
  expect(field(mail!.content, 'subject')).toMatch(/^\[relay\.test\] .*domains failed$/);
  expect(body(mail!.content).toString().replaceAll('=\r\n', '')).toContain(
    'DKIM records of gone.test are missing in DNS',
  );
  const told = { event: 'check_failed', check: 'domains', ok: false, left_out: 0 };
  expect(webhook.received.map((one) => one.body)).toMatchObject([
    {
      event: 'operator_notice',
      changes: expect.arrayContaining([expect.objectContaining(told)]) as object[],
    },
  ]);
  expect(desk.pages).toEqual([webhook.received[0]!.body]);

  await stage.relay.stop();
  await stage.relay.start();
  await checkFails(desk);
  const file = path.join(stage.relay.dataDir, 'notices.json');
  const memory = JSON.parse(readFileSync(file, 'utf8')) as NoticeMemory;
  expect(memory).toMatchObject({ told: { domains: { toldOk: false, ok: false, changes: 0 } } });
  expect(tellingMails(desk)).toHaveLength(1);
});

/** Those that tell of the domains. */
function tellingMails({ mails }: OperatorStage) {
  return mails.filter(({ content }) => field(content, 'subject')?.includes('domains') === true);
}

async function checkFails({ stage }: OperatorStage): Promise<void> {
  await eventually(
    async () => {
      const { checks } = JSON.parse((await stage.relay.ctlRaw(['status', '--json'])).stdout) as Status;
      return checks.some(({ name, ok }) => name === 'domains' && !ok);
    },
    { what: 'the check of domains to fail', timeoutMs: 60_000, everyMs: 500 },
  );
}

it('tells nothing of a stop and a start', async () => {
  await using desk = await OperatorStage.start();
  const { stage } = desk;
  const session = await stage.session();
  const from = `shop@${SENDER_DOMAIN}`;
  const to = 'slow-4000ms@recipient.test';
  await session.submitForId({ from, to, content: `From: ${from}\r\n\r\nHi\r\n` });
  await session.quit();
  await eventually(() => stage.mx.commands.includes('.'));
  // The attempt keeps it for some seconds.
  const stopped = stage.relay.stop();
  await eventually(
    async () => {
      const { stdout } = await stage.relay.ctlRaw(['status', '--json']);
      const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean; detail: string }[] };
      return checks.some(({ name, ok, detail }) => name === 'relayd' && !ok && detail.includes('stopping'));
    },
    { what: 'a status of the relay that stops', everyMs: 50 },
  );
  await stopped;
  expect(existsSync(path.join(stage.relay.dataDir, 'notices.json'))).toBe(false);
});
