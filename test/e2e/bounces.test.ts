/** Permanent failures: the report to the sender, the suppression or none, and what the trace says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { field } from './support/received-mail.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage, type SuppressionJson } from './support/stage.ts';

/** A reverse-path for each test, so that its report is told apart. */
const sender = (name: string) => `${name}@${SENDER_DOMAIN}`;
const at = (localPart: string) => `${localPart}@${RECIPIENT_DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({
    zone: {
      'null-mx.test': { mx: [{ preference: 0, exchange: '' }] },
      'no-mail.test': { txt: ['no MX, no address'] },
    },
  });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function submit(
  from: string,
  to: string | readonly string[],
  parameters: { mailParameters?: string; rcptParameters?: string } = {},
): Promise<string> {
  const session = await stage.session();
  const id = await session.submitForId({
    from,
    to,
    content: `From: <${from}>\r\nTo: ${[to].flat().join(', ')}\r\nSubject: Order 4711\r\nX-Mark: kept\r\n\r\nbody text\r\n`,
    ...parameters,
  });
  await session.quit();
  return id;
}

async function suppressions(): Promise<readonly SuppressionJson[]> {
  return await stage.relay.ctlList<SuppressionJson>('suppression', 'list');
}

describe('an unknown address', () => {
  const from = sender('unknown');
  const to = at('bounce-550-5.1.1+unknown');
  let id: string;

  it('bounces, with the reply in the trace', async () => {
    id = await submit(from, to);
    const message = await stage.settled(id);
    expect(message.deliveries[0]).toMatchObject({ state: 'bounced', attempts: 1 });
    expect(message.deliveries[0]?.last_reply).toMatch(/^550 5\.1\.1 /);
    const trace = await stage.relay.ctlRaw(['message', 'trace', id]);
    expect(trace.stdout).toContain('550 5.1.1');
    expect(trace.stdout).toMatch(/suppress/i);
  });

  it('sends one report to the reverse-path: RFC 3464, signed, with the null reverse-path', async () => {
    const report = await stage.received(from);
    expect(report.reversePath).toBe('');
    const text = report.content.toString();
    expect(field(report.content, 'content-type')).toMatch(
      /^multipart\/report;.*report-type="?delivery-status"?/is,
    );
    expect(text).toMatch(/^Action: failed\r$/im);
    expect(text).toMatch(/^Status: 5\.1\.1\r$/im);
    expect(text).toMatch(new RegExp(`^Final-Recipient: rfc822; ?${to.replaceAll(/[.+]/g, '\\$&')}\r$`, 'im'));
    expect(text).toMatch(/^Diagnostic-Code: smtp; ?550 5\.1\.1 /im);
    expect(text).toContain('X-Mark: kept');
    expect(field(report.content, 'from')).toContain(SENDER_DOMAIN);
    expect(stage.mx.deliveriesTo(from)).toBe(1);
  });

  it('is suppressed and not mailed again', async () => {
    expect(await suppressions()).toContainEqual(
      expect.objectContaining({ address: to, reason: 'unknown-address' }),
    );
    const before = stage.mx.commands.filter((command) => command.includes(to)).length;
    const second = await submit(from, to);
    const message = await stage.settled(second);
    expect(message.deliveries[0]).toMatchObject({ state: 'suppressed', attempts: 0 });
    expect(stage.mx.commands.filter((command) => command.includes(to))).toHaveLength(before);
    const events = await stage.relay.ctlList<{ event: string; message_id: string }>('events');
    expect(events.filter((event) => event.message_id === second).map((event) => event.event)).toEqual([
      'accepted',
      'suppressed',
    ]);
  });

  it('is mailed again once an operator removes the suppression', async () => {
    await stage.relay.ctl('suppression', 'remove', to, '--yes');
    const third = await submit(from, to);
    expect((await stage.settled(third)).deliveries[0]?.state).toBe('bounced');
  });
});

describe('other permanent failures', () => {
  it('does not suppress for a refusal of policy', async () => {
    const to = at('bounce-550-5.7.1+policy');
    const message = await stage.settled(await submit(sender('policy'), to));
    expect(message.deliveries[0]?.state).toBe('bounced');
    expect((await suppressions()).map((one) => one.address)).not.toContain(to);
  });

  it('bounces what the end of data refuses', async () => {
    const message = await stage.settled(await submit(sender('content'), at('data-554-5.7.1+content')));
    expect(message.deliveries[0]).toMatchObject({ state: 'bounced' });
    expect(message.deliveries[0]?.last_reply).toMatch(/^554 5\.7\.1 /);
  });

  it('settles each recipient by its own reply and reports only the failed one', async () => {
    const from = sender('mixed');
    const good = at('good+mixed');
    const bad = at('bounce-550-5.2.1+mixed');
    const message = await stage.settled(await submit(from, [good, bad]));
    const states = Object.fromEntries(message.deliveries.map((one) => [one.recipient, one.state]));
    expect(states).toEqual({ [good]: 'delivered', [bad]: 'bounced' });
    const report = (await stage.received(from)).content.toString();
    expect(report).toContain(bad);
    expect(report).not.toMatch(new RegExp(`Final-Recipient: rfc822; ?${good.replace('+', '\\+')}`, 'i'));
  });

  it('does not accept a recipient whose domain has a null MX', async () => {
    const session = await stage.session();
    await session.ok(250, `MAIL FROM:<${sender('null-mx')}>`);
    expect((await session.command('RCPT TO:<x@null-mx.test>')).text).toMatch(/^556 5\.1\.10 /);
    await session.quit();
  });

  it('bounces a domain that does not exist, without a suppression', async () => {
    const from = sender('nxdomain');
    const to = 'x@does-not-exist.test';
    const message = await stage.settled(await submit(from, to));
    expect(message.deliveries[0]?.state).toBe('bounced');
    expect((await suppressions()).map((one) => one.address)).not.toContain(to);
    await stage.received(from);
  });

  it('bounces a UTF-8 local part to a hop without SMTPUTF8 with 5.6.7', async () => {
    stage.mx.change({ extensions: ['PIPELINING', 'STARTTLS', '8BITMIME'] });
    // Sessions that are open know the extensions of before.
    stage.mx.dropConnections();
    const message = await stage.settled(
      await submit(sender('utf8'), 'jürgen@recipient.test', { mailParameters: 'SMTPUTF8' }),
    );
    stage.mx.change({
      extensions: ['PIPELINING', 'STARTTLS', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN'],
    });
    stage.mx.dropConnections();
    expect(message.deliveries[0]).toMatchObject({ state: 'bounced' });
    expect(message.deliveries[0]?.last_reply).toContain('5.6.7');
  });
});

describe('reports that nobody wants', () => {
  it('sends none for NOTIFY=NEVER', async () => {
    const from = sender('never');
    await stage.settled(await submit(from, at('bounce-550-5.2.1+never'), { rcptParameters: 'NOTIFY=NEVER' }));
    await settledOtherReport('never');
    expect(stage.mx.deliveriesTo(from)).toBe(0);
  });

  it('sends none for the null reverse-path', async () => {
    const session = await stage.session();
    const id = await session.submitForId({
      from: '',
      to: at('bounce-550-5.2.1+null'),
      content: `From: <${sender('null')}>\r\n\r\nbody\r\n`,
    });
    await session.quit();
    expect((await stage.settled(id)).deliveries[0]?.state).toBe('bounced');
    await settledOtherReport('null');
    expect(stage.mx.deliveriesTo(sender('null'))).toBe(0);
  });

  it('returns ENVID, ORCPT and only the header where RET=HDRS asks for it', async () => {
    const from = sender('dsn');
    await submit(from, at('bounce-550-5.2.1+dsn'), {
      mailParameters: 'RET=HDRS ENVID=order-4711',
      rcptParameters: 'NOTIFY=FAILURE ORCPT=rfc822;first@original.test',
    });
    const text = (await stage.received(from)).content.toString();
    expect(text).toMatch(/^Original-Envelope-Id: order-4711\r$/im);
    expect(text).toMatch(/^Original-Recipient: rfc822; ?first@original\.test\r$/im);
    expect(text).toContain('X-Mark: kept');
    expect(text).not.toContain('body text');
  });

  /** A report of a later bounce has come: an earlier one would have come before it. */
  async function settledOtherReport(name: string): Promise<void> {
    const later = sender(`after-${name}`);
    await submit(later, at(`bounce-550-5.2.1+after-${name}`));
    await stage.received(later);
  }
});
