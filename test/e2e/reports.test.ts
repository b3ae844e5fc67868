/** Reports that come back to port 25 of the real relay: the life of a message does not end with `delivered`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RelayStatus } from '../../src/app/status-file.ts';
import { Wire } from '../protocol/support/dialogue.ts';
import { deliveryReport, feedbackReport } from '../protocol/support/inbound-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { verdicts } from './support/received-mail.ts';
import {
  RECIPIENT_DOMAIN,
  SENDER_DOMAIN,
  Stage,
  type EventJson,
  type SuppressionJson,
} from './support/stage.ts';

const POSTMASTER = `ops@${RECIPIENT_DOMAIN}`;
const at = (localPart: string) => `${localPart}@${RECIPIENT_DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({
    config: {
      inbound: { listen: ['127.0.0.1:0'], postmaster: POSTMASTER, feedback_networks: ['127.0.0.1'] },
    },
    zone: {
      [`bounces.${SENDER_DOMAIN}`]: {
        mx: [{ preference: 10, exchange: 'relay.test' }],
        txt: ['v=spf1 a:relay.test ~all'],
      },
    },
    // Without DSN: the relay has to say itself that it passed a message on.
    mx: { extensions: ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'STARTTLS'] },
  });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Submits to `to`; the message's id and the envelope sender that the MX saw. */
async function sent(
  from: string,
  to: string,
  rcptParameters = '',
): Promise<{ readonly id: string; readonly returnPath: string }> {
  const session = await stage.session();
  const id = await session.submitForId({
    from,
    to,
    content: `From: <${from}>\r\nTo: ${to}\r\nSubject: Order 4711\r\n\r\nbody text\r\n`,
    rcptParameters,
  });
  await session.quit();
  const received = await stage.received(to);
  await stage.settled(id);
  return { id, returnPath: received.reversePath };
}

/** Hands `content` to port 25 as a remote does; the last reply. */
async function report(to: string, content: string): Promise<string> {
  const status = JSON.parse(
    readFileSync(path.join(stage.relay.dataDir, 'relayd.json'), 'utf8'),
  ) as RelayStatus;
  const wire = await Wire.open(status.listeners.inbound[0]?.port ?? 0);
  try {
    await wire.reply();
    await wire.command('EHLO mx.recipient.test');
    await wire.command('STARTTLS');
    await wire.secure();
    await wire.command('EHLO mx.recipient.test');
    await wire.command('MAIL FROM:<>');
    const answer = await wire.command(`RCPT TO:<${to}>`);
    if (!answer.startsWith('250')) return answer;
    await wire.command('DATA');
    wire.send(`${content.replace(/\r?\n/g, '\r\n')}\r\n.\r\n`);
    return await wire.reply();
  } finally {
    wire.destroy();
  }
}

const events = (id: string) =>
  stage.relay.ctlList<EventJson & Record<string, unknown>>('events', '--message', id);
const suppressed = async (address: string) =>
  (await stage.relay.ctlList<SuppressionJson>('suppression', 'list')).find((one) => one.address === address);
const returned = (id: string) => `X-Relay-Message-Id: ${id}`;
/** The field of a delivered message, which is signed. */
const tokenField = (content: string) => /^X-Relay-Report-Token: .*$/m.exec(content)?.[0].trimEnd() ?? '';

describe('the envelope sender', () => {
  it('is a token on the return-path host, and leads back to the relay', async () => {
    const { returnPath } = await sent(`a@${SENDER_DOMAIN}`, at('token'));
    expect(returnPath).toMatch(/^b2-[0-9a-z]{26}-[0-9a-z]{8}-[0-9a-z]{16}@bounces\.sender\.test$/);
    expect(await report(returnPath.replace('b2-0', 'b2-1'), 'x')).toMatch(/^550 5\.7\.1/);
  });
});

describe('a bounce by report', () => {
  const from = `clerk@${SENDER_DOMAIN}`;
  const to = at('gone');
  let id: string;
  let returnPath: string;

  it('turns delivered into bounced, with the event and the suppression', async () => {
    ({ id, returnPath } = await sent(from, to));
    expect((await stage.message(id)).deliveries[0]?.state).toBe('delivered');
    expect(await report(returnPath, deliveryReport(to, { returned: returned(id) }))).toMatch(/^250/);
    expect((await stage.message(id)).deliveries[0]?.state).toBe('bounced');
    expect((await events(id)).at(-1)).toMatchObject({ event: 'bounced', via: 'report', status: '5.1.1' });
    expect(await suppressed(to)).toMatchObject({ reason: 'unknown-address' });
    const { stdout } = await stage.relay.ctlRaw(['message', 'trace', id]);
    expect(stdout).toContain('5.1.1');
  });

  it('tells the sender with a signed notice that says what the report said', async () => {
    const notice = await stage.received(from);
    expect(notice.reversePath).toBe('');
    expect(notice.content.toString()).toContain('Action: failed\r\nStatus: 5.1.1');
    const results = await verdicts(notice.content, stage.dns.zone);
    expect(results.map(({ result }) => result)).toEqual(['pass', 'pass']);
  });

  it('changes nothing when it comes again', async () => {
    expect(await report(returnPath, deliveryReport(to, { returned: returned(id) }))).toMatch(/^250/);
    expect((await events(id)).filter(({ event }) => event === 'bounced').length).toBe(1);
    expect(stage.mx.deliveriesTo(from)).toBe(1);
  });

  it('keeps the next message from being mailed', async () => {
    const session = await stage.session();
    const next = await session.submitForId({
      from,
      to,
      content: `From: <${from}>\r\nSubject: again\r\n\r\nx\r\n`,
    });
    await session.quit();
    expect((await stage.settled(next)).deliveries[0]?.state).toBe('suppressed');
  });
});

describe('other reports', () => {
  it('a complaint that sends back what was delivered suppresses and is an event', async () => {
    const to = at('annoyed');
    const { id } = await sent(`a@${SENDER_DOMAIN}`, to);
    const token = tokenField((await stage.received(to)).content.toString());
    const fbl = `fbl@bounces.${SENDER_DOMAIN}`;
    expect(await report(fbl, feedbackReport('abuse', token, to))).toMatch(/^250/);
    expect((await events(id)).at(-1)).toMatchObject({ event: 'complained', source: '127.0.0.1' });
    expect(await suppressed(to)).toMatchObject({ reason: 'complaint' });
  });

  it('one that only names the message is kept, and applied when the operator says so', async () => {
    const to = at('content');
    const { id } = await sent(`a@${SENDER_DOMAIN}`, to);
    const fbl = `fbl@bounces.${SENDER_DOMAIN}`;
    expect(await report(fbl, feedbackReport('abuse', returned(id), to))).toMatch(/^250/);
    expect((await events(id)).at(-1)?.event).toBe('delivered');
    expect(await suppressed(to)).toBeUndefined();
    const [kept] = await stage.relay.ctlList<{ id: string; message_id: string }>('report', 'list');
    expect(kept).toMatchObject({ message_id: id, kind: 'complaint' });
    await stage.relay.ctl('report', 'apply', kept?.id ?? '', '--yes');
    expect(await suppressed(to)).toMatchObject({ reason: 'complaint' });
  });

  it('an absence notice changes nothing', async () => {
    const to = at('away');
    const { id, returnPath } = await sent(`a@${SENDER_DOMAIN}`, to);
    const reply = `From: <${to}>\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nBack on Monday.`;
    expect(await report(returnPath, reply)).toMatch(/^250/);
    expect((await events(id)).at(-1)?.event).toBe('delivered');
    expect(await suppressed(to)).toBeUndefined();
  });

  it('mail to postmaster reaches the configured address', async () => {
    const letter = 'From: <ann@example.net>\nSubject: a question\n\nHello?';
    expect(await report('postmaster', letter)).toMatch(/^250 2\.0\.0 Ok: queued as msg_/);
    const relayed = await stage.received(POSTMASTER);
    expect(relayed.reversePath).toBe('');
    expect(relayed.content.toString()).toContain('Subject: a question\r\n');
  });
});

describe('NOTIFY=SUCCESS', () => {
  it('is answered by the relay where the next host sends no notices', async () => {
    const from = `proof@${SENDER_DOMAIN}`;
    await sent(from, at('wanted'), 'NOTIFY=SUCCESS ORCPT=rfc822;wanted@recipient.test');
    const notice = await stage.received(from);
    const read = spawnSync('python3', ['-c', READ_NOTICE], { input: notice.content });
    expect(JSON.parse(read.stdout.toString())).toEqual({
      type: 'multipart/report',
      action: 'relayed',
      status: '2.0.0',
      original: 'rfc822; wanted@recipient.test',
    });
  });
});

it('relayd names its port for reports and takes a bounce there after a restart', async () => {
  const { id, returnPath } = await sent(`a@${SENDER_DOMAIN}`, at('later'));
  await stage.relay.stop();
  await stage.relay.start();
  expect(await report(returnPath, deliveryReport(at('later'), { returned: returned(id) }))).toMatch(/^250/);
  await eventually(async () => (await stage.message(id)).deliveries[0]?.state === 'bounced', {
    what: 'the delivery to be bounced',
  });
});

const READ_NOTICE = `
import sys, json, email, email.policy
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
groups = [p for p in m.walk() if p.get_content_type() == 'message/delivery-status'][0].get_payload()
print(json.dumps({'type': m.get_content_type(), 'action': groups[1]['Action'], 'status': groups[1]['Status'],
  'original': groups[1]['Original-Recipient']}))
`;
