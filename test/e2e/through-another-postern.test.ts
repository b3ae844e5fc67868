/** One Postern hands its mail to another, as a smart host: what both say of it, and whose login, and how bounces come back. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { certificateOf } from './support/own-certificate.ts';
import { verdicts } from './support/received-mail.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage, verifyDomain, type EventJson } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
/** Where reports about the first relay's mail come back, at the port of all MX hosts. */
const REPORTS = '127.0.0.25';

let hub: Stage;
let relay: Stage;

beforeAll(async () => {
  hub = await Stage.start({
    config: { hostname: 'hub.test' },
    zone: {
      [`bounces.${SENDER_DOMAIN}`]: { mx: [{ preference: 10, exchange: 'relay.test' }] },
      'relay.test': { a: [REPORTS] },
    },
  });
  await verifyDomain(hub.relay, hub.dns, `bounces.${SENDER_DOMAIN}`);
  const authority = path.join(hub.relay.folder, 'authority.pem');
  writeFileSync(authority, certificateOf(hub));
  const { username, password } = hub.login;
  relay = await Stage.start({
    config: {
      inbound: { listen: [`${REPORTS}:${hub.mx.port}`], postmaster: FROM },
      route: [
        {
          name: 'hub',
          action: 'relay',
          host: 'hub.test',
          port: hub.relay.port,
          tls: 'verify',
          // The second signs, and its fields take the place of ours.
          dkim: false,
          username,
          password,
        },
      ],
    },
    // As for a smart host with a certificate of the operator's own authority.
    env: { NODE_EXTRA_CA_CERTS: authority },
    zone: {
      'hub.test': { a: ['127.0.0.1'] },
      [`bounces.${SENDER_DOMAIN}`]: {
        mx: [{ preference: 10, exchange: 'relay.test' }],
        txt: ['v=spf1 a:relay.test ~all'],
      },
    },
  });
}, 120_000);
afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

async function submitted(to: string): Promise<string> {
  const session = await relay.session();
  const content = `From: <${FROM}>\r\nTo: ${to}\r\nSubject: Order 4711\r\n\r\n.body text\r\n`;
  const id = await session.submitForId({ from: FROM, to, content });
  await session.quit();
  return id;
}

const eventsOf = async (id: string) =>
  await relay.relay.ctlList<EventJson & Record<string, unknown>>('events', '--message', id);

describe('mail that one Postern hands to another', () => {
  it('arrives once, signed by the second, and the first says that it was a relay that took it', async () => {
    const to = `a@${RECIPIENT_DOMAIN}`;
    const id = await submitted(to);
    await relay.settled(id);
    expect((await eventsOf(id)).at(-1)).toMatchObject({ event: 'delivered', hop: 'relay', route: 'hub' });
    const message = await hub.received(to);
    expect(message.reversePath).toMatch(new RegExp(`@bounces\\.${SENDER_DOMAIN.replace('.', '\\.')}$`));
    expect(message.content.toString()).toContain('\r\n\r\n.body text\r\n');
    const signatures = await verdicts(message.content, hub.dns.zone);
    expect(signatures).toMatchObject([{ result: 'pass' }, { result: 'pass' }]);
    expect(hub.mx.deliveriesTo(to)).toBe(1);
    expect(relay.mx.messageCount).toBe(0);
  });

  it('that the second cannot deliver is seen to bounce by the first', async () => {
    const id = await submitted(`bounce-550-5.1.1@${RECIPIENT_DOMAIN}`);
    await eventually(async () => (await eventsOf(id)).some(({ event }) => event === 'bounced'), {
      what: 'the bounce to come back',
      timeoutMs: 20_000,
      everyMs: 200,
    });
    const last = (await eventsOf(id)).findLast(({ event }) => event === 'bounced');
    expect(last).toMatchObject({ class: 'unknown-user' });
  });

  it('has the login of the second in neither log', () => {
    for (const { relay: one } of [relay, hub]) expect(one.log()).not.toContain(hub.login.password);
  });
});
