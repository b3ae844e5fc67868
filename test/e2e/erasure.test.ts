/**
 * One person of a running relay: mail that arrived, bounced and was turned away, reports, events at a receiver. After `relayctl erase` no
 * octet of the address is in any file of the data folder, also when relayd is killed right after it; and with `log.redact` none is in
 * its log from the first line on.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { octetPatternsOf } from '../../src/smtp/address-mentions.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const JANE = `jane@${RECIPIENT_DOMAIN}`;
/** Nobody there: the reply quotes the address, and it is suppressed. */
const GONE = `bounce-550-5.1.1+mary@${RECIPIENT_DOMAIN}`;
const SENDER = `shop@${SENDER_DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({
    config: { log: { redact: ['addresses', 'subjects'], level: 'debug' } },
  });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function send(from: string, to: readonly string[], subject: string): Promise<string> {
  const session = await stage.session();
  const content = `From: <${from}>\r\nTo: ${to.join(', ')}\r\nSubject: ${subject}\r\nX-Relay-Tag: ${to[0] ?? ''}\r\n\r\nDear ${to[0] ?? ''}\r\n`;
  const id = await session.submitForId({ from, to, content });
  await session.quit();
  return id;
}

/** Files that have the address. */
function filesWith(address: string): readonly string[] {
  const patterns = octetPatternsOf(address, [address.toUpperCase()]);
  return readdirSync(stage.relay.dataDir, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(stage.relay.dataDir, name))
    .filter((file) => statSync(file).isFile())
    .filter((file) => {
      const text = readFileSync(file, 'latin1');
      return patterns.some((pattern) => text.search(pattern) >= 0);
    });
}

interface Answer {
  readonly accounts: readonly { finished: boolean; erased: Readonly<Record<string, number>> }[];
  readonly traces: readonly object[];
}

it('leaves no octet of the address in any file, also after a kill', async () => {
  const ids = [
    await send(SENDER, [JANE, `bob@${RECIPIENT_DOMAIN}`], 'An offer'),
    await send(SENDER, [GONE], 'Another offer'),
    await send(SENDER, [JANE.toUpperCase()], 'A third'),
  ];
  for (const id of ids) await stage.settled(id);
  // The relay's own report about the bounce.
  await stage.received(SENDER);
  // Turned away after its content, and kept.
  const session = await stage.session();
  await session.submit({
    from: SENDER,
    to: [JANE],
    content: `From: <ceo@other.test>\r\nTo: ${JANE}\r\nSubject: no\r\n\r\nx\r\n`,
  });
  await session.quit();
  await stage.relay.ctl('suppression', 'add', JANE, '--note', `by phone, ${JANE}`);
  for (const address of [JANE, GONE]) expect(filesWith(address).length).toBeGreaterThan(0);
  for (const address of [JANE, GONE]) {
    const answer = await stage.relay.ctl<Answer>('erase', address, '--cancel', '--verify', '--yes');
    expect(answer.accounts.every(({ finished }) => finished)).toBe(true);
    expect(answer.traces).toEqual([]);
  }
  await stage.relay.kill();
  for (const address of [JANE, GONE]) expect(filesWith(address)).toEqual([]);
  await stage.relay.start();
  for (const address of [JANE, GONE]) {
    expect(filesWith(address)).toEqual([]);
    expect(await stage.relay.ctl('suppression', 'check', address)).toMatchObject({ suppressed: true });
  }
  expect(await stage.message(ids[0] ?? '')).toMatchObject({
    ...{ subject: null, reverse_path: SENDER },
    deliveries: [
      { recipient: expect.stringMatching(/^erased-\w+@erased\.invalid$/) as string, state: 'delivered' },
      { recipient: `bob@${RECIPIENT_DOMAIN}`, state: 'delivered' },
    ],
  });
  expect((await stage.relay.ctlRaw(['audit', 'verify'])).code).toBe(0);
  // Still not mailed.
  const again = await stage.settled(await send(SENDER, [JANE], 'Yet another'));
  expect(again.deliveries).toMatchObject([{ state: 'suppressed', attempts: 0 }]);
  await stage.relay.ctl('erase', JANE, '--yes');
  expect(filesWith(JANE)).toEqual([]);
});

it('has no address and no subject in the log', () => {
  const log = stage.relay.log();
  expect(log).toMatch(/h:[0-9a-z]{8}@recipient\.test/);
  for (const words of [/jane/i, /mary/i, /shop@/, /bob@/, /ceo@/, /offer/i]) expect(log).not.toMatch(words);
});
