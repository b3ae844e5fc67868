/** A domain with an RSA key alone: whatever leaves from it carries one signature, and that one verifies. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fields, verdicts } from './support/received-mail.ts';
import { RECIPIENT_DOMAIN, Stage, verifyDomain } from './support/stage.ts';

const DOMAIN = 'rsa-alone.test';
const FROM = `shop@${DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({
    // Where its notices go.
    zone: { [DOMAIN]: { mx: [{ preference: 10, exchange: `mx.${RECIPIENT_DOMAIN}` }] } },
  });
  await verifyDomain(stage.relay, stage.dns, DOMAIN, '--dkim', 'rsa');
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function submit(to: string): Promise<void> {
  const session = await stage.session();
  await session.submitForId({
    from: FROM,
    to,
    content: `From: Shop <${FROM}>\r\nTo: ${to}\r\nSubject: Order 4711\r\n\r\nOn its way.\r\n`,
  });
  await session.quit();
}

async function expectOneSignature(recipient: string): Promise<void> {
  const { content } = await stage.received(recipient);
  const signatures = fields(content, 'dkim-signature');
  expect(signatures).toHaveLength(1);
  expect(signatures[0]).toMatch(/\ba=rsa-sha256;.*\bd=rsa-alone\.test;/);
  expect(await verdicts(content, stage.dns.zone)).toEqual([
    { domain: DOMAIN, algorithm: 'rsa-sha256', result: 'pass' },
  ]);
}

it('signs its mail once', async () => {
  const to = `once@${RECIPIENT_DOMAIN}`;
  await submit(to);
  await expectOneSignature(to);
});

it('signs the notice of a bounce once', async () => {
  await submit(`bounce-550-5.1.1@${RECIPIENT_DOMAIN}`);
  await expectOneSignature(FROM);
});
